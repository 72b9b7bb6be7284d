"""What a regression can and cannot be fitted to, and from where on it should be read with caution."""

import numpy as np

from lnlab.checks import InputError, refuse

FEW_CLUSTERS = 40       # below, errors from clusters are known to be rough
FEW_BEHIND = 5          # clusters behind one estimate: below, its robust error is known to be too small
MOST_SPREAD = 1.5       # of counts, as a multiple of Poisson's variance
FEW_ROWS = 10           # for each term; with a binomial outcome, of the rarer of the two


def check_outcome(outcome, family, cluster):
    """Refuse an outcome that its family cannot have; with clusters shares will do, since errors do not lean on it."""
    values, name = outcome.to_numpy(), outcome.name
    if family == "binomial":
        wrong = (values < 0) | (values > 1) if cluster is not None else (values != 0) & (values != 1)
        must = "lie between 0 and 1" if cluster is not None else "be 0 or 1 (shares need `cluster`)"
    elif family == "poisson":
        wrong = (values < 0) | ((values != np.floor(values)) & (cluster is None))
        must = "be 0 or more" if cluster is not None else "be a count, 0 or more (other numbers need `cluster`)"
    elif family == "gamma":
        wrong, must = values <= 0, "be above 0"
    else:
        return
    refuse("table", [f"row {1 + place}: {name} must {must}; got {values[place]:g}"
                     for place in np.flatnonzero(wrong)], 8)


def about_rows(outcome, terms, family, method, cluster):
    """Cautions about too few rows, or an outcome that does not suit the method: a list of sentences."""
    n_rows, n_terms = terms.shape
    values, cautions = outcome.to_numpy(), []
    binary = bool(np.isin(values, (0, 1)).all())
    rarer = int(min(values.sum(), n_rows - values.sum())) if binary else n_rows
    if n_rows < FEW_ROWS * n_terms:
        cautions.append(f"There are {n_rows} rows for {n_terms} terms; with fewer than {FEW_ROWS} for each term "
                        "estimates depend much on single rows.")
    elif family == "binomial" and rarer < FEW_ROWS * (n_terms - 1):
        cautions.append(f"Only {rarer} rows have the rarer outcome, for {n_terms} terms; with fewer than {FEW_ROWS} "
                        "for each term log odds come out too far from 0.")
    if binary and method == "ols" and cluster is None:
        cautions.append("The outcome is 0 or 1, so that its variance cannot be equal everywhere, as these errors take "
                        "it to be. Use method=\"glm\", family=\"binomial\", or a `cluster`.")
    return cautions


def about_clusters(n_clusters, n_rows, n_terms, method, cluster, small_samples):
    """Cautions about few clusters; an InputError for too few."""
    least = max(2, n_terms + 1) if method == "gee" else 2
    if n_clusters < least:
        raise InputError(f"`cluster` must name at least {least} clusters"
                         f"{f', one more than the {n_terms} terms' if least > 2 else ''}; {cluster!r} has {n_clusters} "
                         f"in {n_rows} complete rows.")
    if n_clusters >= FEW_CLUSTERS or n_clusters == n_rows:
        return []
    said = {"mixed": "the variance between them, and with it the errors of what differs between them, is rough",
            "gee": "even errors made for few clusters are rough" if small_samples else
                   "these errors are too small; small_samples=True makes them larger"}
    more = ([f"There are more terms ({n_terms}) than clusters ({n_clusters}): errors of single estimates may stand, "
             "joint tests cannot."] if method in ("ols", "glm") and n_terms > n_clusters else [])
    return more + [f"There are {n_clusters} clusters; with fewer than {FEW_CLUSTERS} "
            f"{said.get(method, 'robust errors tend to be too small')}"
            f"{', and with fewer than 10 no method is sure' if n_clusters < 10 else ''}."]


def about_few_behind(terms, codes, method):
    """Cautions about estimates that rest on few clusters, such as that of an exposure that only one of many had.

    What a term has for itself, when the others are taken out of it, is looked at cluster by cluster: so many clusters
    of equal share as would be as uneven are behind its estimate (the inverse of the sum of squared shares).
    """
    n_clusters = codes.max() + 1
    upright, triangle = np.linalg.qr(terms.to_numpy())
    alone = upright @ np.linalg.inv(triangle).T     # each term without the others, but for its size
    shares = np.zeros((n_clusters, alone.shape[1]))
    np.add.at(shares, codes, alone**2)
    behind = shares.sum(axis=0)**2 / (shares**2).sum(axis=0)
    few = [(name, number) for name, number in zip(terms.columns, behind)
           if name != "Intercept" and number < min(FEW_BEHIND, n_clusters / 3)]
    if not few or method == "mixed":
        return []
    named = ", ".join(repr(name) for name, _ in few[:3]) + (f" and {len(few) - 3} more" if len(few) > 3 else "")
    clusters = "one cluster" if few[0][1] < 1.5 else f"about {few[0][1]:.0f} clusters"
    return [f"The estimate of {named} rests on {clusters}, the others hardly tell it, however many they are: its "
            "robust error can be far too small."]


def about_spread(observed, line, n_terms):
    """A caution about counts that vary more than Poisson's distribution has it, which makes its errors too small."""
    from scipy import stats
    mean, free = np.exp(line), len(observed) - n_terms
    chi_square = ((observed - mean)**2 / np.maximum(mean, 1e-300)).sum()
    if chi_square <= MOST_SPREAD * free or stats.chi2.sf(chi_square, free) > 0.01:
        return []
    return [f"The counts vary {chi_square / free:.1f} times as much as a Poisson distribution has it, so that these "
            "errors are too small. Give a `cluster` (a column with a value of its own for each row will do)."]


def between_clusters(terms, codes):
    """Which columns of a regression are the same in all rows of a cluster, (n_terms,) bool.

    >>> between_clusters(np.array([[1.0, 0, 3], [1, 0, 4], [1, 1, 3]]), np.array([0, 0, 1])).tolist()
    [True, True, False]
    """
    first = np.zeros(codes.max() + 1, dtype=int)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return np.abs(terms - terms[first][codes]).max(axis=0) <= 1e-9 * np.maximum(1, np.abs(terms).max(axis=0))


def refuse_clusters_told_apart(terms, codes, cluster):
    """Raise an InputError where terms tell all clusters apart, which leaves nothing to judge their differences by."""
    n_between, n_clusters = int(between_clusters(terms.to_numpy(), codes).sum()), codes.max() + 1
    if 2 <= n_clusters <= n_between:
        raise InputError(f"The terms that do not vary within a cluster must be fewer than the clusters; there are "
                         f"{n_between} of them (the constant counts) for {n_clusters} clusters ({cluster!r}). Use "
                         "fewer of these terms, or other clusters; to compare only within clusters, put the columns \"... "
                         "within\" of within_and_between(...) in place of a constant for each.")
