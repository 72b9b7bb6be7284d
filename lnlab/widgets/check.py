"""A reader's answer to an exercise, against what the library computes."""

from lnlab.checks import number


def check(answer, expected, within, hint="", unit=""):
    """Say whether an answer is right, and if not, in which direction to look.

    Parameters
    ----------
    answer : float or None
        What the reader wrote; None if nothing yet.
    expected : float
        The right answer.
    within : float
        How far off still counts as right.
    hint : str, optional
        What to think of when the answer is wrong.
    unit : str, optional

    Returns
    -------
    str

    Examples
    --------
    >>> check(None, 1.4, within=0.5)
    'Write your answer in place of None, then run this cell again.'
    >>> check(8, 1.4, within=0.5, hint="Look at the commons.", unit="points")
    'Not yet: 8 points is too high. Look at the commons.'
    >>> check(1, 1.4, within=0.5, unit="points")
    'Yes: it is 1.4 points.'
    """
    if answer is None:
        return "Write your answer in place of None, then run this cell again."
    off = number("answer", answer) - expected
    unit = f" {unit}" if unit else ""
    if abs(off) <= within:
        return f"Yes: it is {expected:.2g}{unit}."
    return f"Not yet: {answer:g}{unit} is too {'high' if off > 0 else 'low'}. {hint}".strip()
