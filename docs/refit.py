"""Fit the starred defaults once more, and show how far apart equally good fits lie: `make refit`.

The calibrated parameters are drawn many times over, wide around their defaults, and run. A first, wide round learns
where the levels of remission to which the model was calibrated can be met at all; the draws of the second round come
from there, and each of them that meets all the levels is as good a fit as the defaults. What such fits have in common
was determined by the calibration. What they disagree about was not.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import validate
from scipy.special import expit, logit, ndtri
from scipy.stats import qmc, spearmanr
from validate import ROOT, SEEDS, TARGETS, head, table, wrapped

from lnlab.experiment import mean_and_interval, replicate_seeds
from lnlab.figures.style import percent
from lnlab.parameters import Parameters, declared
from lnlab.population import make_population
from lnlab.results import by_month
from lnlab.run import simulate

DOCUMENT = ROOT / "docs" / "refit.md"
STARRED = tuple(name for name in Parameters.__dataclass_fields__ if declared(name)["source"] == "calibrated")
REACH, REACH_OF_HEALTH = 0.5, 0.2       # how far from its default a parameter is drawn, as a share of the default
TOLERANCE = 0.005                       # how far outside a window a draw may be forecast, and still be run
WIDE_SEED, NEAR_SEED = 1, 2             # of the draws of the two rounds

NETWORK, NEVER, ARCHIVE = {}, None, dict(center_archive=True)
SHARING, REGISTRY = "Without sharing (`sharing` 0)", "Without a registry (`registry` 0)"
SHARING_BESIDE_ARCHIVES = "Without sharing, where centers keep their own cases"
# What equally good fits are asked: how remission in the 10th year differs between two arms
QUESTIONS = {
    "The network, less care as usual": (NETWORK, NEVER),
    SHARING: (dict(sharing=0), NETWORK),
    REGISTRY: (dict(registry=0), NETWORK),
    "Without influence among patients (`patient_influence` 0)": (dict(patient_influence=0), NETWORK),
    "Centers keep their own cases (`center_archive` on)": (ARCHIVE, NETWORK),
    SHARING_BESIDE_ARCHIVES: (ARCHIVE | dict(sharing=0), ARCHIVE)}


def span(name):
    """The range over which a parameter is drawn: around its default, and within its bounds."""
    about = declared(name)
    reach = about["default"] * (REACH_OF_HEALTH if about["unit"] == "health" else REACH)
    low, high = max(about["default"] - reach, about["low"]), about["default"] + reach
    high = high if about["high"] is None else min(high, about["high"])
    return (round(low), round(high)) if about["whole"] else (low, high)


def draws(n, seed):
    """`n` draws of the starred parameters, spread evenly over their ranges (Sobol'): shape (n, n_starred)."""
    points = qmc.Sobol(len(STARRED), seed=seed).random(n)
    for column, name in enumerate(STARRED):
        low, high = span(name)
        points[:, column] = (np.floor(low + (high - low + 1) * points[:, column]) if declared(name)["whole"]
                             else np.round(low + (high - low) * points[:, column], 4))
    return points


def setting(parameters, point):
    """The parameters with the starred ones at a point."""
    return parameters.but(**{name: int(value) if declared(name)["whole"] else float(value)
                             for name, value in zip(STARRED, point)})


def reached(targets, parameters, seeds):
    """What the targets' quantities come to, shape (n_seeds, n_targets): the same people and luck in both arms."""
    rows = []
    for seed in seeds:
        people = make_population(parameters, seed)
        remission = {arm: by_month(simulate(parameters, seed=seed, growth=growth, population=people), "remission_rate")
                     for arm, growth in (("network", "together"), ("never joined", "never"))}
        rows.append([each.value(remission[each.arm], parameters.launch_month) for each in targets])
    return np.array(rows)


def distance(values, targets=TARGETS):
    """The largest miss of a window, 0 if all are met; for the targets' values (..., n_targets)."""
    low, high = (np.array([getattr(each, edge) for each in targets]) for edge in ("low", "high"))
    return np.maximum(np.maximum(low - values, values - high).max(axis=-1), 0)


def depth(values, targets=TARGETS):
    """How near the windows' middles the values lie: 1 if all are there, 0 if one is at an edge."""
    low, high = (np.array([getattr(each, edge) for each in targets]) for edge in ("low", "high"))
    return 1 - np.abs((2 * values - low - high) / (high - low)).max(axis=-1)


def forecast(targets, points, values, where):
    """What a quadratic surface, fitted by least squares to `values` at `points`, says of the points `where`.

    Levels of remission are fitted on the logit scale, on which they do not run into 0 and 1; changes as they are.
    """
    low, high = np.array([span(name) for name in STARRED]).T
    levels = np.array([each.less is None for each in targets])
    values = np.where(levels, logit(np.clip(values, 0.01, 0.99)), values)

    def terms(some):
        scaled = np.column_stack([np.ones(len(some)), (2 * some - low - high) / (high - low)])
        return np.column_stack([scaled[:, i] * scaled[:, j] for i in range(scaled.shape[1]) for j in range(i + 1)])
    said = terms(where) @ np.linalg.lstsq(terms(points), values, rcond=None)[0]
    return np.where(levels, expit(said), said)


def answers(parameters, seeds):
    """What a fit says to each question: paired differences, shape (n_seeds, n_questions)."""
    year, cache = TARGETS[3], {}

    def remission(arm, seed):
        key = repr(arm), seed
        if key not in cache:
            run = simulate(parameters.but(**arm or {}), seed=seed, growth="never" if arm is NEVER else "together")
            cache[key] = year.value(by_month(run, "remission_rate"), parameters.launch_month)
        return cache[key]
    return np.array([[remission(this, seed) - remission(other, seed) for this, other in QUESTIONS.values()]
                     for seed in seeds])


@dataclass(frozen=True)
class Refit:
    """What was tried and what was found; the document is made from it."""

    targets: tuple
    wide: np.ndarray                    # (n_wide, n_starred): the draws of the wide round
    wide_values: np.ndarray             # (n_wide, n_targets): what each came to, in one run of its own seed
    n_candidates: int
    n_left: int                         # candidates that the wide round does not rule out
    near: np.ndarray                    # (n_near, n_starred): those of them that were run
    forecasts: np.ndarray               # (n_near, n_targets)
    near_values: np.ndarray             # (n_near, n_seeds, n_targets): all with the same seeds
    default_values: np.ndarray          # (n_seeds, n_targets)
    answers: np.ndarray                 # (n_asked, n_seeds_asked, n_questions): of the first equally good fits
    default_answers: np.ndarray         # (n_seeds_asked, n_questions)

    @property
    def good(self):
        """Which draws of the second round are equally good fits: all windows met by the means over seeds."""
        return np.flatnonzero(distance(self.near_values.mean(axis=1), self.targets) == 0)


def refit(parameters=Parameters(), targets=TARGETS, n_wide=1024, n_candidates=2**15, n_near=112, seeds=SEEDS,
          n_asked=40, n_seeds_asked=8):
    """Draw wide, learn where a fit can lie, draw there, compare, and ask the fits that are equally good."""
    with ThreadPoolExecutor(2) as pool:
        def each(what, points, seeds_of_each, *shape):
            done = pool.map(lambda point, some: what(setting(parameters, point), some), points, seeds_of_each)
            return np.array(list(done)).reshape(len(points), *shape)

        def values(one, some):
            return reached(targets, one, some)

        wide, own = draws(n_wide, WIDE_SEED), replicate_seeds(n_wide, NEAR_SEED)
        wide_values = each(values, wide, [[seed] for seed in own], len(targets))
        candidates = draws(n_candidates, NEAR_SEED)
        forecasts = forecast(targets, wide, wide_values, candidates)
        left = np.flatnonzero(distance(forecasts, targets) <= TOLERANCE)
        near = candidates[left[:n_near]]
        near_values = each(values, near, [seeds] * len(near), len(seeds), len(targets))
        good = np.flatnonzero(distance(near_values.mean(axis=1), targets) == 0)[:n_asked]
        asked, few = near[good], seeds[:n_seeds_asked]
        return Refit(targets, wide, wide_values, n_candidates, len(left), near, forecasts[left[:n_near]], near_values,
                     values(parameters, seeds), each(answers, asked, [few] * len(asked), len(few), len(QUESTIONS)),
                     answers(parameters, few))


OPENING = (
    "The model's starred defaults (source *calibrated* in [the table of parameters](ODD.md#parameters)) were set so "
    "that remission behaves as ImproveCareNow has told: steady near 60 %, then a rise to nearly 80 %. That is little "
    "to go by, and many other values do as well. This page draws the starred parameters anew, says how many draws "
    "were tried, and shows how far apart those lie that fit equally well: what the calibration has not determined, "
    "and which conclusions hang on it. Written by `make refit`; not to be edited.")
LIMITS = (
    "Only the starred parameters were drawn. All others stayed at their assumed defaults, so the true uncertainty is "
    "wider than any spread on this page.",
    "A range of equally good fits cannot reach beyond the range tried, which is a choice of ours. Where it fills that "
    "range, the calibration says nothing about this parameter.",
    "A fit that the forecasts wrongly ruled out is missing here.",
    "The windows are wide, because what was told is coarse. A fit is not a better one for lying deeper inside them.",
    "That a fit meets what it was fitted to is no evidence for the model.")


def document(found):
    """The document as Markdown, but for its head."""
    parts = (("What a fit must meet", targets_part), ("What was tried", tried_part),
             ("How far apart equally good fits lie", spread_part), ("What trades off against what", pairs_part),
             ("What equally good fits disagree about", answers_part))
    return "\n\n".join([
        *(text for title, part in parts for text in (f"## {title}", *part(found))),
        "## What this does not show", "\n".join(wrapped(f"- {limit}") for limit in LIMITS)]) + "\n"


def targets_part(found):
    """The windows, and what the present defaults come to."""
    met = distance(found.default_values.mean(axis=0), found.targets) == 0
    rows, unsure = [], 0
    for each, values in zip(found.targets, found.default_values.T):
        mean, low, high = mean_and_interval(values)
        unsure += each.low <= mean <= each.high and not each.low <= low <= high <= each.high
        reaches = validate.percent(values) if each.less is None else f"{validate.points(values)} points"
        rows.append((each.says, each.window, reaches))
    yield wrapped(
        f"Patients in remission, means over {len(found.default_values)} pairs of runs with the same people and the "
        "same luck; in brackets the 95 % interval that comes from few runs. Years count from the launch. "
        f"**The present defaults {'meet' if met else 'do not meet'} all windows.**"
        + (f" In {unsure} of the {len(rows)} the interval reaches beyond the window." if unsure else ""))
    yield table(("Remission", "Window", "Present defaults"), rows)


def tried_part(found):
    """How many draws there were, and what became of them."""
    n_near, left = len(found.near), found.n_left / found.n_candidates
    fitting = left * len(found.good) / max(1, n_near)
    passed = (distance(found.wide_values, found.targets) == 0).sum()
    halves = [distance(found.near_values[:, half].mean(axis=1), found.targets) == 0
              for half in (slice(0, None, 2), slice(1, None, 2))]
    miss = 100 * np.median(np.abs(found.forecasts - found.near_values.mean(axis=1)).max(axis=1)) if n_near else 0
    yield wrapped(
        f"Each of the {len(STARRED)} starred parameters was drawn evenly over a range around its default: "
        f"{percent(REACH_OF_HEALTH)} of it to either side for those in units of health, which move remission directly, "
        f"and {percent(REACH)} for the others, of which less is known; never beyond a parameter's bounds.")
    yield "\n".join(wrapped(line) for line in (
        f"1. **Wide:** {len(found.wide):,} draws, each run once as a network and once as care as usual, with people of "
        f"its own. In these single runs {passed} met all windows. A quadratic surface fitted to them forecasts each "
        "target between the draws.",
        f"2. **Near:** of {found.n_candidates:,} further draws the forecasts leave {found.n_left:,} "
        f"({percent(left, 1)}); the others are forecast to miss a window by more than {100 * TOLERANCE:g} points. The "
        f"first {n_near} of those left were run, all with the same {found.near_values.shape[1]} seeds in both arms. "
        f"(Forecasts only choose what is run. In the middle draw, the worst of its {len(found.targets)} forecasts "
        f"missed by {miss:.1f} points.)",
        f"3. **Equally good:** {len(found.good)} of these {n_near} meet all windows, by the means over seeds: "
        f"roughly {percent(fitting, 1)} of what lies in the ranges tried. Judged by one half of the seeds it would be "
        f"{halves[0].sum()}, by the other {halves[1].sum()}, by both {(halves[0] & halves[1]).sum()}: at the edges of "
        "the windows, luck decides."))


def spread_part(found):
    """Parameter by parameter, how far apart equally good fits lie."""
    fits = found.near[found.good]
    if not len(fits):
        yield "No draw met all windows."
        return
    inside = depth(found.near_values[found.good].mean(axis=1), found.targets)
    ours = depth(found.default_values.mean(axis=0), found.targets)
    slack = 0.5 / len(fits)**0.5            # standard error of the middle half's width, for even draws
    rows, narrow = [], []
    for name, values, deepest in zip(STARRED, fits.T, fits[inside.argmax()]):
        low, high = span(name)
        lower, upper = np.quantile(values, [0.25, 0.75])
        width = (upper - lower) / (high - low)
        narrow += [f"`{name}`"] if width < 0.5 - 2 * slack else []
        rows.append((f"`{name}`", f"{declared(name)['default']:g}", f"{low:.3g} to {high:.3g}",
                     f"{values.min():.3g} to {values.max():.3g}", percent(np.ptp(values) / (high - low)),
                     f"{lower:.3g} to {upper:.3g}", percent(width),
                     percent((values < declared(name)["default"]).mean()), f"{deepest:.3g}"))
    yield wrapped(
        f"The {len(fits)} equally good fits, one parameter at a time. *Share* is the share of the range tried. Of a "
        "parameter about which the targets say nothing, the middle half of the fits would span 50 % of the range "
        f"tried, give or take {100 * slack:.0f} (one standard error). *Lower* is the share of fits with a lower value "
        "than the default: near 0 or 100 % the default is an unusual one. The last column is the fit that lies "
        "deepest inside the windows.")
    yield table(("Parameter", "Default", "Tried", "Equally good fits", "Share", "Their middle half", "Share", "Lower",
                 "Deepest fit"), rows)
    yield wrapped(
        f"Clearly narrowed, by two standard errors: {', '.join(narrow) or 'none'}. Any other can lie almost anywhere "
        "in the range tried, as long as the rest makes up for it.")
    yield wrapped(
        "How deep a fit lies is 0 % if a target is at the edge of its window, and 100 % if all are in the middle. The "
        f"deepest fit has {percent(inside.max())}, the present defaults {percent(ours)}, which is more than "
        f"{(inside < ours).sum()} of the {len(fits)} have.")


def pairs_part(found):
    """Which parameters make up for each other among equally good fits."""
    fits = found.near[found.good]
    if len(fits) < 4:
        yield "There are too few equally good fits to tell."
        return
    pairs = list(combinations(range(len(STARRED)), 2))
    found_together = np.array([rank_correlation(fits[:, one], fits[:, other]) for one, other in pairs])
    chance = -ndtri(0.025 / len(pairs)) / (len(fits) - 1)**0.5
    strongest = np.argsort(-np.abs(found_together), kind="stable")[:6]
    yield wrapped(
        f"Rank correlations among the {len(fits)} fits, the {len(strongest)} strongest of {len(pairs)} pairs. Were all "
        f"parameters unrelated, one of the pairs would pass {chance:.2f} by chance in one refit of twenty. A negative "
        "one says that less of one goes with more of the other, a positive one that both rise together.")
    yield table(("One", "Other", "Rank correlation", "Beyond chance"), [
        (*(f"`{STARRED[place]}`" for place in pairs[number]), f"{found_together[number]:+.2f}",
         "yes" if abs(found_together[number]) > chance else "no") for number in strongest])


def answers_part(found):
    """What equally good fits say to the questions."""
    n_asked, n_seeds = found.answers.shape[:2]
    if n_asked < 4:
        yield "There are too few equally good fits to tell."
        return
    fits, told, rows = found.near[found.good[:n_asked]], dict(zip(QUESTIONS, found.answers.mean(axis=1).T)), []
    for (question, values), ours in zip(told.items(), found.default_answers.T):
        least, lower, middle, upper, most = (f"{100 * value:+.1f}" for value in np.quantile(values, np.arange(5) / 4))
        along = [rank_correlation(column, values) for column in fits.T]
        closest = int(np.argmax(np.abs(along)))
        rows.append((question, validate.points(ours), middle, f"{lower} to {upper}", f"{least} to {most}",
                     f"`{STARRED[closest]}` ({along[closest]:+.2f})"))
    yield wrapped(
        f"The first {n_asked} of the equally good fits were asked what a change does to remission in the 10th year: "
        f"paired differences in points, means over {n_seeds} seeds. For the present defaults, brackets hold the 95 % "
        "interval that comes from few runs. The other columns are the spread over fits that cannot be told apart by "
        "what was told of ImproveCareNow. **That spread, not the interval, says how well the answer is known, and it "
        "says too little, because most parameters are assumed and were not drawn.** The last column is the starred "
        "parameter with which the answer goes most closely over the fits (rank correlation; no proof of a cause): the "
        "first candidate to be measured.")
    yield table(("Change", "Present defaults", "Middle fit", "Middle half", "All fits", "Goes most with"), rows)
    agreed = sum(np.ptp(np.sign(values)) == 0 for values in told.values())
    weaker = np.abs(told[SHARING_BESIDE_ARCHIVES]) < np.abs(told[SHARING])
    yield wrapped(
        f"In {agreed} of the {len(told)} lines all fits agree on the direction. Without sharing more is lost than "
        f"without a registry in {(told[SHARING] < told[REGISTRY]).sum()} of {n_asked} fits, and less is lost where "
        f"centers keep their own cases in {weaker.sum()}.")


def rank_correlation(one, other):
    """Spearman's, and 0 where one of them does not vary."""
    return spearmanr(one, other).statistic if np.ptp(one) and np.ptp(other) else 0.0


if __name__ == "__main__":
    DOCUMENT.write_text(head("The calibration, repeated", OPENING) + document(refit()), encoding="utf-8")
