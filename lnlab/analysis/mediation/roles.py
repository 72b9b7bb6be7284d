"""Which column plays which part in a mediation analysis, held against what is possible."""

from lnlab.analysis.mediation.equations import FAMILIES
from lnlab.analysis.rows import numbers_of
from lnlab.checks import InputError, items, one_of

MOST_MEDIATORS = 3
MOST_LEVELS = 30        # of a covariate of text


def check_roles(exposure, mediators, outcome, covariates=(), families=None, cluster=None):
    """Mediators and covariates as tuples, and a family for each mediator and the outcome, or what is wrong.

    >>> check_roles("X", "M", "Y")
    (('M',), (), {'X': 'gaussian', 'M': 'gaussian', 'Y': 'gaussian'})
    """
    mediators = (mediators,) if isinstance(mediators, str) else tuple(items("mediators", mediators, "columns"))
    covariates = (covariates,) if isinstance(covariates, str) else tuple(items("covariates", covariates, "columns"))
    if not 1 <= len(mediators) <= MOST_MEDIATORS:
        raise InputError(f"`mediators` must be one to {MOST_MEDIATORS} columns, in causal order; got {len(mediators)}.")
    roles = [("exposure", exposure), *(("mediators", each) for each in mediators), ("outcome", outcome),
             *(("covariates", each) for each in covariates)]
    taken = {}
    for role, column in [*roles, *([("cluster", cluster)] if cluster is not None else [])]:
        if not isinstance(column, str):
            raise InputError(f"`{role}` must be the name of a column; got {column!r:.200}.")
        if column in taken and not (role == "cluster" and taken[column] == "covariates"):
            raise InputError(f"A column must have one part only; {column!r} was given as {taken[column]} and as "
                             f"{role}.")
        taken.setdefault(column, role)
    given = {} if families is None else families
    if not isinstance(given, dict):
        raise InputError(f"`families` must be a dict of columns to one of {', '.join(FAMILIES)}; got {given!r:.200}.")
    for column, family in given.items():
        one_of(f"families[{column!r}]", family, FAMILIES)
        if column not in (*mediators, outcome):
            raise InputError(f"`families` must name mediators or the outcome; got {column!r}.")
        if column in mediators and family == "poisson":
            raise InputError(f"`families` must be 'gaussian' or 'binomial' for a mediator; got 'poisson' for "
                             f"{column!r}.")
    return mediators, covariates, {name: given.get(name, "gaussian") for name in (exposure, *mediators, outcome)}


def numbers_in(rows, column):
    """A column as floats, (n_rows,); an InputError if it holds no numbers, dates among them.

    >>> import pandas as pd
    >>> numbers_in(pd.DataFrame({"X": [True, False]}), "X")
    array([1., 0.])
    """
    import pandas as pd
    kind = rows[column].dtype
    if pd.api.types.is_datetime64_any_dtype(kind) or pd.api.types.is_timedelta64_dtype(kind):
        raise InputError(f"The column {column!r} must hold numbers; it holds dates or times ({rows[column].iloc[0]}). "
                         "Give it as a number of days, months or years since a start.")
    found = rows[column].unique()
    if isinstance(kind, pd.CategoricalDtype) and len(found) > 2:
        raise InputError(f"The column {column!r} must hold numbers; it holds {len(found)} categories. Compare two of "
                         "them at a time, as 0 and 1, or give numbers if they are sizes.")
    if len(found) == 2 and pd.to_numeric(pd.Series(found.astype(object)), errors="coerce").isna().all():
        raise InputError(f"The column {column!r} must hold numbers; it holds the words {found[0]!r} and {found[1]!r}. "
                         "Make 0 and 1 of them.")
    return numbers_of(rows, column)


def covariate_columns(rows, column):
    """A covariate as numbers: itself, or one column for each level but the first if it is text or categories.

    >>> import pandas as pd
    >>> covariate_columns(pd.DataFrame({"center": ["a", "b", "a"]}), "center")
    {'center=b': array([0., 1., 0.])}
    """
    import pandas as pd
    values = rows[column]
    numeric = pd.api.types.is_numeric_dtype(values) or values.dtype.kind in "bmM"
    categories = isinstance(values.dtype, pd.CategoricalDtype)
    if numeric or (not categories and pd.to_numeric(values, errors="coerce").notna().all()):
        return {column: numbers_in(rows, column)}
    levels = [level for level in (values.cat.categories if categories else sorted(values.unique(), key=str))
              if (values == level).any()]
    if not 2 <= len(levels) <= MOST_LEVELS:
        raise InputError(f"The covariate {column!r} must have 2 to {MOST_LEVELS} levels; it has {len(levels)}. "
                         f"{'Leave it out.' if len(levels) < 2 else 'Give it as `cluster`, or join levels.'}")
    return {f"{column}={level}": (values == level).to_numpy(dtype=float) for level in levels[1:]}


def pairs_of(interactions, exposure, mediators, outcome, covariates):
    """The pairs of columns whose products are wanted; a covariate of text takes part with each of its columns.

    >>> pairs_of("X:M", "X", ("M",), "Y", {})
    (('X', 'M'),)
    """
    if interactions is False or interactions is None:
        return ()
    known = {exposure: [exposure], **{each: [each] for each in mediators}, **covariates}
    if interactions is True:
        return tuple((exposure, each) for each in mediators)
    if isinstance(interactions, str) or (isinstance(interactions, tuple) and len(interactions) == 2
                                         and all(each in known for each in interactions)):
        interactions = [interactions]
    found = []
    for given in items("interactions", interactions, "products of two columns, as 'X:M'"):
        pair = _pair(given, known)
        if outcome in pair or pair[0] == pair[1] or not set(pair) <= set(known):
            raise InputError("`interactions` must be products of two different columns out of exposure, mediators and "
                             f"covariates ({', '.join(known)}), as '{exposure}:{mediators[0]}'; got {given!r:.200}.")
        found += [(one, other) for one in known[pair[0]] for other in known[pair[1]]]
    if len({frozenset(pair) for pair in found}) < len(found):
        raise InputError(f"`interactions` must name each product once; got {interactions!r:.200}.")
    return tuple(found)


def _pair(given, known):
    """The two columns of 'A:B'; a name may itself hold a colon."""
    if not isinstance(given, str):
        pair = tuple(given) if isinstance(given, (tuple, list)) else ()
        return pair if len(pair) == 2 and all(isinstance(each, str) for each in pair) else ("", "")
    cuts = [place for place, sign in enumerate(given) if sign == ":"]
    pairs = [(given[:cut].strip(), given[cut + 1:].strip()) for cut in cuts]
    return next((pair for pair in pairs if set(pair) <= set(known)), ("", ""))
