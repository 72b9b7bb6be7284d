"""How a result with tables and cautions is told, as text and on a page."""


def as_text(first, tables, cautions):
    """The text form of a result: a sentence, its tables, and its cautions."""
    shown = [table.to_string(index=False, float_format="{:.3g}".format) for table in tables]
    return "\n".join([first, *shown, *(f"Caution: {each}" for each in cautions)])


def as_page(first, tables, cautions):
    """The HTML form of a result, for a notebook."""
    from html import escape
    shown = [table.to_html(index=False, float_format="{:.3g}".format) for table in tables]
    warned = [f"<p><b>Caution:</b> {escape(each)}</p>" for each in cautions]
    return "".join([f"<p>{escape(first)}</p>", *shown, *warned])
