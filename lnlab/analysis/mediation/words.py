"""What a mediation analysis split into which parts, what must hold for that, and what to doubt, in words."""

import numpy as np

from lnlab.analysis.mediation.g_formula import path_name, paths
from lnlab.analysis.limits import MOST_SPREAD

FEW_CLUSTERS = 20
FEWEST_EXPOSED = 10             # rows with each of two values
FEWEST_EXPOSED_CLUSTERS = 5     # clusters with each of them
ROWS_PER_TERM = 10


def told(names):
    """Names in a row: 'A', 'A and B', 'A, B and C'.

    >>> told(["A", "B", "C"])
    'A, B and C'
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def decomposition(method, exposure, mediators, outcome, levels, linear):
    """Which parts the total was split into, and in which order: a tuple of sentences."""
    control, treated = levels
    total = (f"The total is the mean change in {outcome} if {exposure} were {treated:g} instead of {control:g} for "
             "every row.")
    if method == "interventional":
        first, second = mediators
        return (
            total, f"Direct: {exposure} changes, while {first} and {second} are drawn together from what they are "
            f"under control. Through {first}: its draws change to the treated, those of {second}, drawn apart, stay. "
            f"Through {second}: then its draws change, too (whatever changed them, {first} among it). Through their "
            "dependence: what is left of the total, because the two are not drawn apart in truth.")
    order = [path_name(path, mediators) for path in paths(len(mediators))]
    any_order = ("As all regressions are straight lines without products of columns, every order gives the same parts."
                 if linear else "Another order would give other parts, as effects depend on each other here.")
    return (total, f"It is split by turning one path after another from control to treated, in this order: "
            f"{'; '.join(order)}. {any_order}")


def assumptions(method, exposure, mediators, outcome, families, linear):
    """What must hold for the parts to be what the exposure causes: a tuple of sentences."""
    several = len(mediators) > 1
    named, all_of = told(mediators), told([*mediators, outcome])
    curved = [name for name, family in families.items() if family != "gaussian"]
    form = f"{told(curved)} by a curve for {'shares' if 'poisson' not in families.values() else 'shares or counts'}" \
        if curved else "straight lines"
    said = [
        f"Nothing unmeasured moves {exposure} and also any of {all_of}. Randomizing {exposure} makes this so.",
        f"Nothing unmeasured moves {'any two of ' if several else ''}{all_of}. Randomizing {exposure} does not make "
        "this so.",
        f"Nothing that {exposure} moves, other than {named}, moves {'any two of ' if several else 'both '}{all_of}.",
        f"The order in time is right: covariates, {exposure}, {', '.join(mediators)}, {outcome}.",
        f"The regressions have the right form: {form}"
        f"{', no products of columns' if linear else ', with the products that were given and no others'}.",
        "What is done to one row does not move another. Within a network it does, by design: there a row must be a "
        "whole network."]
    if not linear and method != "interventional" and several:
        said.append("What the regression of a mediator leaves unexplained would be the same under control and treated. "
                    "No data can show this; method='interventional' does without.")
    if curved and set(mediators) - set(curved):
        said.append("What the straight lines of the mediators leave unexplained is normally distributed.")
    return tuple(said)


def describe(effect, estimate, low, high, exposure, outcome):
    """One effect as a phrase."""
    if effect == "proportion mediated":
        return f"{estimate:.0%} of the total ({low:.0%} to {high:.0%})"
    unsure = "; the interval takes in 0" if low <= 0 <= high else ""
    return f"{estimate:+.3g} in {outcome} ({low:+.3g} to {high:+.3g}){unsure}"


def doubts(table, parts, n_rows, n_terms, n_clusters, n_lost, n_resamples):
    """What to doubt in the numbers, a sentence each."""
    row = table.set_index("effect")
    said = []
    if n_rows < ROWS_PER_TERM * n_terms:
        said.append(f"{n_rows} rows are few for regressions with up to {n_terms} terms (at least {ROWS_PER_TERM} rows "
                    "for each are advised): the intervals may be too narrow.")
    if n_clusters is not None and n_clusters < FEW_CLUSTERS:
        said.append(f"{n_clusters} clusters are few (at least {FEW_CLUSTERS} are advised): the intervals are likely "
                    "too narrow.")
    if n_lost:
        said.append(f"{n_lost} of {n_resamples} resamples could not be fitted (a column did not vary in them, or told "
                    "the outcomes apart) and were left out of the intervals.")
    clear = {part.estimate > 0 for part in row.loc[list(parts)].itertuples() if not part.low <= 0 <= part.high}
    share = row.loc["proportion mediated", "estimate"]
    if row.loc["total", "low"] <= 0 <= row.loc["total", "high"]:
        said.append("The interval of the total takes in 0, so the proportion mediated is a share of what may be "
                    "nothing: do not quote it.")
    elif len(clear) > 1 or not 0 <= share <= 1:
        said.append("Some parts are above 0 and some below, so the proportion mediated is no share of anything: do not "
                    "quote it.")
    return said


def far_from_the_data(values, equations, exposure, levels, linear, clusters):
    """Cautions: exposures that no row had, or few; a mediator that hardly says more than what is before it."""
    said, seen = [], values[exposure]
    outside = [f"{level:g}" for level in levels if not seen.min() <= level <= seen.max()]
    if outside and not linear:
        said.append(f"{exposure} = {told(outside)} lies outside what was seen ({seen.min():g} to "
                    f"{seen.max():g}), and the effects depend on it: they are extrapolated. Give `control` and "
                    "`treated` from the data.")
    n_fewest = min(np.unique(seen, return_counts=True)[1])
    if len(np.unique(seen)) == 2 and n_fewest < FEWEST_EXPOSED:
        said.append(f"Only {n_fewest} rows have the rarer of the two values of {exposure}: what is said of them rests "
                    "on very few.")
    elif len(np.unique(seen)) == 2 and clusters is not None:
        n_fewest = min(len(np.unique(clusters[seen == value])) for value in np.unique(seen))
        if n_fewest < FEWEST_EXPOSED_CLUSTERS:
            said.append(f"Only {n_fewest} cluster{'s have' if n_fewest > 1 else ' has'} rows with the rarer of the two "
                        f"values of {exposure}, however many there are in all: the intervals can be far too narrow.")
    for equation in equations:
        left = equation.outcome - equation.matrix @ np.linalg.lstsq(equation.matrix, equation.outcome)[0]
        share = left.var() / equation.outcome.var()
        if equation is equations[-1]:
            said += [f"{equation.of} is determined without error by what explains it: was it computed from that?"] * (
                bool(share < 1e-12))
        elif share < 0.01:
            said.append(f"Less than 1 % of the variance of {equation.of} is left unexplained ({share:.2g}): its own "
                        "effect can hardly be told from that of what explains it.")
    return said


def too_small(equations, fits):
    """Cautions where errors of the delta method, without resamples, take the rows to vary less than they do."""
    said = []
    for equation, found in zip(equations, fits):
        line = equation.matrix @ found.coefficients[0]
        if equation.family == "poisson":
            mean = np.exp(line)
            spread = ((equation.outcome - mean)**2 / mean).sum() / (len(mean) - len(equation.terms))
            if spread > MOST_SPREAD:
                said.append(f"{equation.of} varies {spread:.1f} times as much as a Poisson distribution has it: these "
                            "intervals are too narrow. Give `n_bootstrap`.")
        elif equation.family == "gaussian" and np.isin(equation.outcome, (0, 1)).all():
            said.append(f"{equation.of} is 0 or 1, so that its variance cannot be equal everywhere, as these intervals "
                        "take it to be. Give `n_bootstrap`.")
    return said
