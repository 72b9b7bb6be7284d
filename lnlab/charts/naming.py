"""How the values, points and places of a chart are written for those who read it."""

import pandas as pd

SHARES = {"p", "p'"}
PERIODS = {"Y": "year", "Q": "quarter", "M": "month", "W": "week", "D": "day"}


def quoted(name):
    """A name between quotation marks.

    >>> quoted("before")
    '“before”'
    """
    return f"\N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}"


def written(chart):
    """How values of a chart are written: a function from a number to text, shares in percent.

    >>> from lnlab.charts.shewhart import control_chart
    >>> table = pd.DataFrame({"well": [5, 6, 5], "seen": [9, 9, 8]})
    >>> written(control_chart(table, "p", value="well", denominator="seen"))(0.5)
    '50 %'
    """
    if is_share(chart):
        scale = 100 / chart.multiply
        digits = 0 if chart.points["center_line"].mean() * scale >= 10 else 1
        return lambda value: f"{scale * value:.{digits if value else 0}f} %"
    return lambda value: f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def is_share(chart):
    """Does the chart show shares of a whole, so that percent is the natural way to say them?"""
    points = chart.points
    if chart.multiply not in (1, 100):
        return False
    if chart.kind in SHARES:
        return True
    if chart.kind not in ("run", "I", "I'") or "denominator" not in points:
        return False
    return bool((points["numerator"] <= points["denominator"])[points["value"].notna()].all())


def noun_of(chart):
    """What a point is called: a month (or another period), or a point."""
    at = chart.points["at"]
    if isinstance(at.dtype, pd.PeriodDtype):
        return PERIODS.get(at.dtype.freq.freqstr[0], "point")
    months = pd.api.types.is_datetime64_any_dtype(at) and (at.dt.day == 1).all() and len(at) > 1
    return "month" if chart.at_name == "month" or months else "point"


def place_of(chart, at):
    """A place on the axis as people say it.

    >>> from lnlab.charts.shewhart import control_chart
    >>> table = pd.DataFrame({"month": pd.to_datetime(["2024-01-01", "2024-02-01"]), "waiting": [14, 15]})
    >>> place_of(control_chart(table, value="waiting", at="month"), pd.Timestamp("2024-02-01"))
    'February 2024'
    """
    if isinstance(at, pd.Timestamp):
        return f"{at.month_name()} {at.year}" if noun_of(chart) == "month" else f"{at.day} {at.month_name()} {at.year}"
    if isinstance(at, pd.Period) and noun_of(chart) == "month":
        return f"{at.start_time.month_name()} {at.year}"
    if isinstance(at, (str, pd.Period)):
        return str(at)
    if isinstance(at, float) and at.is_integer():
        at = int(at)
    return f"{chart.at_name or 'point'} {at}"


def span(chart, points):
    """From the place of the first point to that of the last."""
    places = [place_of(chart, at) for at in (points["at"].iloc[0], points["at"].iloc[-1])]
    return " to ".join(dict.fromkeys(places))


def counted(n, noun):
    """So many of something.

    >>> counted(1, "month"), counted(2, "month")
    ('1 month', '2 months')
    """
    return f"{n} {noun}{'' if n == 1 else 's'}"


def all_of(names):
    """Names in one breath.

    >>> all_of(["one", "two", "three"])
    'one, two and three'
    """
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
