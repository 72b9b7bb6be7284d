"""What was given, held against what it must be: the one place where input errors are worded."""

import difflib
import math
from numbers import Integral, Real

import numpy as np


class InputError(ValueError, TypeError):
    """Something given to lnlab is not what it must be; the message says which, what it must be, and what it was.

    It is both a ``ValueError`` and a ``TypeError``, so either habit of catching works.
    """


def whole_number(name, value, low=None, high=None, unit=""):
    """Return `value` as an int, or say why it is none.

    >>> whole_number("seed", 7, low=0)
    7
    >>> whole_number("months", 2.5, low=1)
    Traceback (most recent call last):
    lnlab.checks.InputError: `months` must be a whole number of at least 1; got 2.5.
    """
    if not is_whole(value) or not _inside(value, low, high):
        raise InputError(f"`{name}` must be a whole number {_range(low, high, unit)}; got {value!r:.200}.")
    return int(value)


def number(name, value, low=None, high=None, unit=""):
    """Return `value` as a float, or say why it is none.

    >>> number("sharing", 1.8, low=0, high=1, unit="share of cases")
    Traceback (most recent call last):
    lnlab.checks.InputError: `sharing` must lie between 0 and 1 (share of cases); got 1.8.
    """
    if isinstance(value, bool) or not isinstance(value, Real) or value != value:
        raise InputError(f"`{name}` must be a number {_range(low, high, unit)}; got {value!r:.200}.")
    if not _inside(value, low, high):
        between = low is not None and high is not None
        raise InputError(f"`{name}` must {'lie' if between else 'be'} {_range(low, high, unit)}; got {value!r:.200}.")
    return float(value)


def switch(name, value, unit=""):
    """Return `value` as a bool, or say why it is none. 0 and 1 will do.

    >>> switch("center_archive", "yes")
    Traceback (most recent call last):
    lnlab.checks.InputError: `center_archive` must be True or False; got 'yes'.
    """
    if not isinstance(value, (Real, np.bool_)) or value not in (0, 1):
        raise InputError(f"`{name}` must be True or False{f' ({unit})' if unit else ''}; got {value!r:.200}.")
    return bool(value)


def items(name, value, what):
    """Return the items of `value` as a list, or say what it must be a list of. A text or a dict is not meant as one.

    >>> items("programs", 5, "Program")
    Traceback (most recent call last):
    lnlab.checks.InputError: `programs` must be a list of Program; got 5.
    """
    try:
        listed = None if isinstance(value, (str, bytes, dict)) else list(value)
    except TypeError:
        listed = None
    if listed is None:
        raise InputError(f"`{name}` must be a list of {what}; got {value!r:.200}.")
    return listed


def one_of(name, value, allowed):
    """Return `value` if it is one of `allowed`; otherwise say which they are, and the likeliest meant.

    >>> one_of("growth", "nevr", ["together", "never"])
    Traceback (most recent call last):
    lnlab.checks.InputError: `growth` must be one of 'together', 'never'; got 'nevr'. Did you mean 'never'?
    """
    allowed = list(allowed)
    if isinstance(value, str) and value in allowed:
        return value
    names = ", ".join(repr(a) for a in allowed)
    raise InputError(f"`{name}` must be one of {names}; got {value!r:.200}.{did_you_mean(value, allowed)}")


def only_by_name(positional, named, known, what, example):
    """Refuse values that were not given by the name of a known field.

    >>> only_by_name((), {"shairng": 1}, ["sharing"], "parameter", "Parameters(sharing=0.8)")
    Traceback (most recent call last):
    lnlab.checks.InputError: There is no parameter `shairng`. Did you mean 'sharing'?
    """
    if positional:
        raise InputError(f"A {what} is given by name, as in {example}; got {positional[0]!r:.200}.")
    for name in named:
        if name not in known:
            raise InputError(f"There is no {what} `{name}`.{did_you_mean(name, known)}")


def refuse(name, problems, most=20):
    """Raise an InputError with all the problems of one input, if there are any; of very many, the first `most`.

    >>> refuse("ties", ["row 3: no tie without a person"])
    Traceback (most recent call last):
    lnlab.checks.InputError: `ties` has 1 problem (row 1 is the first row):
    - row 3: no tie without a person.
    """
    if problems:
        listed = "\n".join(f"- {problem.removesuffix('.')}." for problem in problems[:most])
        counted = " (row 1 is the first row)" if problems[0].startswith("row ") else ""
        more = f"\n- and {len(problems) - most} more." if len(problems) > most else ""
        raise InputError(f"`{name}` has {len(problems)} problem{'s' * (len(problems) != 1)}{counted}:\n"
                         f"{listed}{more}")


def did_you_mean(value, allowed):
    """The likeliest meant name as the end of a sentence; empty if none is near.

    >>> did_you_mean("pateint_influence", ["patient_influence", "sharing"])
    " Did you mean 'patient_influence'?"
    """
    near = difflib.get_close_matches(str(value), map(str, allowed), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def is_whole(value):
    """Is this a whole number, of whatever type?

    >>> is_whole(3.0), is_whole(3.5), is_whole(True), is_whole("3")
    (True, False, False, False)
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    return isinstance(value, Integral) or (math.isfinite(value) and value == math.floor(value))


def _inside(value, low, high):
    try:
        finite = math.isfinite(value)
    except OverflowError:       # a whole number beyond the largest float
        return False
    return finite and (low is None or value >= low) and (high is None or value <= high)


def _range(low, high, unit):
    unit = f" ({unit})" if unit else ""
    if low is None and high is None:
        return f"of any size{unit}"
    if high is None:
        return f"of at least {_bound(low)}{unit}"
    return f"between {_bound(low)} and {_bound(high)}{unit}"


def _bound(value):
    return str(value) if isinstance(value, Integral) else f"{value:g}"
