"""Check everything that must be true of the model, at full size, and write docs/validation.md: `make validate`.

One function for each claim. Each runs the arms that it needs, always the same seeds, so that arms are paired:
replicate for replicate the same people with the same luck. An interval is the 95 % interval of a mean over seeds.
"""

import dataclasses
import hashlib
import itertools
import math
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np

import lnlab
from lnlab import LEVERS, Parameters, hold, mean_and_interval, simulate
from lnlab.compiled import FINGERPRINT
from lnlab.experiment import replicate_seeds
from lnlab.knowledge import usable_knowledge
from lnlab.population import MADE_FROM, make_population
from lnlab.results import by_month
from lnlab.tables import EVENTS

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))         # the closed forms and the plain Mesa model stand with the tests

REPORT = ROOT / "docs" / "validation.md"
SEEDS = tuple(replicate_seeds(20))
BEFORE, PLANNED, GROWN, YEAR_4, YEAR_10 = (12, 24), (36, 60), (54, 66), (60, 72), (132, 144)   # first month, first not
HOLDS, REMARK, FAILS = "holds", "holds with a remark", "**does not hold**"
NEVER = dict(growth="never")


@dataclass(frozen=True)
class Check:
    """One thing that can be true or false of the runs, with what was found."""

    what: str
    result: str
    holds: bool
    remark: str = ""

    @property
    def verdict(self):
        """In words: one of `HOLDS`, `REMARK`, `FAILS`."""
        return (REMARK if self.remark else HOLDS) if self.holds else FAILS


@dataclass(frozen=True)
class Claim:
    """What must be true of the model, the checks that could refute it, and the tables behind them."""

    number: str
    title: str
    statement: str
    how: str
    checks: tuple
    details: str = ""
    remarks: tuple = ()

    @property
    def verdict(self):
        """It holds if every check does; with a remark if there is anything to add."""
        if not all(check.holds for check in self.checks):
            return FAILS
        return REMARK if self.remarks or any(check.remark for check in self.checks) else HOLDS


# Runs, and what is measured on them

def lived(growth="together", programs=(), **changes):
    """Measures of every month for each seed: a dict of (n_seeds, n_months, ...) arrays."""
    return _lived(SEEDS, growth, tuple(programs), Parameters(**changes))


@lru_cache(maxsize=500)
def _lived(seeds, growth, programs, parameters):
    shaping = Parameters(**{name: getattr(parameters, name) for name in MADE_FROM})

    def live_one(seed):
        return measured(simulate(parameters, programs, seed, growth=growth, population=_people(shaping, seed)))

    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(live_one, seeds))
    return {name: np.array([run[name] for run in runs]) for name in runs[0]}


@lru_cache(maxsize=200)
def _people(shaping, seed):
    return make_population(shaping, seed)


def measured(run):
    """Every measure of a run that is cheap, each (n_months,); usable knowledge at the end of each year only."""
    notes, commons, ends = run.record.notes, run.record.commons, slice(11, None, 12)
    measures = {name: by_month(run, name) for name in (
        "remission_rate", "median_health", "mean_health", "activation", "active_share", "best_package_share")}
    knowledge = np.full(len(commons), np.nan)
    knowledge[ends] = usable_knowledge(commons[ends], run.record.kinds[ends], run.population.efficacy)
    patients = np.bincount(run.population.center, minlength=run.parameters.n_centers)
    return {**measures, **{name: notes[name].sum(axis=1) for name in EVENTS},
            "center_remission": notes["well"] / patients,
            "clinician_activation": notes["clinician_activation"].sum(axis=1),
            "commons_cases": commons.sum(axis=(1, 2, 3)) / run.parameters.n_patients, "usable_knowledge": knowledge}


def mean(period=YEAR_10, measure="remission_rate", **arm):
    """A measure's mean over some months, one number for each seed: (n_seeds,)."""
    return np.nanmean(lived(**arm)[measure][:, slice(*period)], axis=1)


# Numbers in words

def amount(values, digits=3, scale=1, sign=""):
    """A mean with its interval: '0.481 (0.476 to 0.487)'."""
    middle, low, high = (f"{scale * value:{sign}.{digits}f}" for value in mean_and_interval(values))
    return f"{middle} ({low} to {high})"


def percent(values):
    """A mean share with its interval, in percent."""
    return amount(values, 1, 100).replace(" (", " % (", 1)


def points(differences):
    """A mean difference of shares with its interval, in points."""
    return amount(differences, 1, 100, "+")


def table(titles, rows):
    """A Markdown table."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


# Checks

def within(what, values, low, high, in_words=percent):
    """The mean lies between two bounds."""
    middle, least, most = mean_and_interval(values)
    crosses = "the interval reaches past the bound" if least < low or most > high else ""
    return Check(what, in_words(values), bool(low <= middle <= high), crosses)


def above_zero(what, differences, in_words=points, remark=""):
    """The whole interval of paired differences lies above 0."""
    return Check(what, in_words(differences), bool(mean_and_interval(differences)[1] > 0), remark)


def exactly(what, same, result=None):
    """Something is the same to the last bit in every run."""
    found = np.ravel(same)
    return Check(what, result or f"the same in {found.sum()} of {len(found)} comparisons", bool(found.all()))


def rises(what, steps, in_words):
    """Every step of a curve, paired by seed, lies above 0 with its interval; the smallest is told."""
    smallest = min(steps, key=lambda step: mean_and_interval(step)[1])
    return above_zero(f"{what}: every one of {len(steps)} steps is upward (the least certain is told)", smallest,
                      in_words)


# The claims

@dataclass(frozen=True)
class Target:
    """What remission must be: its mean in a year, perhaps less that in an earlier one, within a window."""

    says: str
    arm: str                            # "network" or "never joined"
    year: int                           # 1 is the first year of the network, 0 the year before it
    low: float
    high: float
    less: int | None = None             # the year whose mean is taken off

    @property
    def window(self):
        """The window in words: percent for a level, points for a change."""
        if self.less is None:
            return f"{100 * self.low:.0f} % to {100 * self.high:.0f} %"
        return f"{100 * self.low:+.0f} to {100 * self.high:+.0f} points"

    def value(self, remission, launch_month):
        """The target's quantity, from remission by month (..., n_months)."""
        def mean(year):
            return remission[..., launch_month + 12 * (year - 1):launch_month + 12 * year].mean(axis=-1)
        return mean(self.year) - (0 if self.less is None else mean(self.less))


# The levels to which the model was calibrated. They stand here only: tests/test_behavior.py and refit.py ask for them.
TARGETS = (
    Target("Care as usual, in the year before the launch", "never joined", 0, 0.55, 0.62),
    Target("Its change from the year before that", "never joined", 0, -0.01, 0.01, less=-1),
    Target("With the network, in its 4th year", "network", 4, 0.70, 0.77),
    Target("With the network, in its 10th year", "network", 10, 0.76, 0.82),
    Target("Never joined: change from the year before the launch to the 10th", "never joined", 10, -0.02, 0.02, less=0))


def before_and_after():
    """7.1"""
    arms = {"network": {}, "never joined": NEVER}
    values = [each.value(lived(**arms[each.arm])["remission_rate"], Parameters().launch_month) for each in TARGETS]
    checks = tuple(within(f"{each.says}: {each.window}", found, each.low, each.high,
                          percent if each.less is None else points) for each, found in zip(TARGETS, values))
    drift = values[-1]
    return Claim(
        "7.1", "Before and after",
        "Care as usual is steady; with a network remission rises toward 80 % within years; without one it stays.",
        "Means over months 0-11, 12-23 (the network starts in month 24), 60-71 and 132-143.", checks, remarks=(
            "The model was calibrated to these heights. That they are met shows that the fit is kept, and is no "
            "evidence that the model is right.",
            *(["Care as usual is not wholly at rest after the burn-in: it still rises a little. So the gain of a "
               "network is taken against care as usual in the same months, and not against the year before."]
              if mean_and_interval(drift)[1] > 0 else [])))


INFLUENCES = (0, 0.03, 0.06, 0.10, 0.15, 0.20, 0.30, 0.40)
STRONG = 0.30


def published_chain():
    """7.2"""
    links = {"activation": "activation", "commons_cases": "cases in the commons", "median_health": "median health"}

    def curve(measure, **arm):
        return [mean(GROWN, measure, patient_influence=influence, **arm) for influence in INFLUENCES]

    def gain(measure, **arm):
        return (mean(GROWN, measure, patient_influence=STRONG, **arm)
                - mean(GROWN, measure, patient_influence=0, **arm))

    checks = [rises(name, np.diff(curve(measure), axis=0), _three) for measure, name in links.items()]
    checks.append(rises("cases in the commons, all adhere alike", np.diff(
        curve("commons_cases", adherence_floor=1), axis=0), _three))
    health, health_alike = gain("median_health"), gain("median_health", adherence_floor=1)
    knowledge, adherence = chain_by_clamps()
    checks.append(above_zero("median health, all adhere alike: influence 0 to 0.3 still gains", health_alike, _three))
    curves = {name: curve(measure) for measure, name in links.items()}
    alike = curve("median_health", adherence_floor=1)
    paths = table(("Median health, influence 0 to 0.3", "Gain", "Part of the gain"), [
        ("by every path", _three(health), "all"),
        ("all adhere alike (`adherence_floor` 1)", _three(health_alike), _part(health_alike, health)),
        ("packages as with strong influence, activation as with none", _three(knowledge), _part(knowledge, health)),
        ("activation as with strong influence, packages as with none", _three(adherence), _part(adherence, health))])
    return Claim(
        "7.2", "The published chain",
        "Patient influence alone raises activation, the cases in the commons and median health.",
        f"Influence at {', '.join(f'{each:g}' for each in INFLUENCES)}; months 54-65 (30 to 41 months after the "
        "start); all else at its default. Then the same with `adherence_floor` 1, and with states clamped to another "
        "run.", tuple(checks),
        table(("Influence", *map(str.capitalize, links.values()), "Median health, all adhere alike"),
              [(f"{influence:g}", *(amount(curves[name][at]) for name in curves), amount(alike[at]))
               for at, influence in enumerate(INFLUENCES)]) + "\n\n" + paths,
        (f"Most of the third link is adherence: what knowledge alone does is {_part(knowledge, health)} of the gain in "
         "median health. Influence is no lever, so it works in care as usual too.",))


def chain_by_clamps():
    """What strong influence adds to median health through better packages alone, and through adherence alone."""
    def both(seed):
        none, strong = (simulate(Parameters(patient_influence=influence, months=GROWN[1]), seed=seed)
                        for influence in (0, STRONG))
        runs = (none, simulate(none.parameters, seed=seed, holds=[hold("package", at=strong)]),
                simulate(strong.parameters, seed=seed, holds=[hold("package", at=none)]))
        return [by_month(run, "median_health")[slice(*GROWN)].mean() for run in runs]

    with ThreadPoolExecutor(2) as pool:
        none, knowledge, adherence = np.transpose(list(pool.map(both, SEEDS)))
    return knowledge - none, adherence - none


def _three(differences):
    return amount(differences, 3, 1, "+")


def _part(part, whole):
    return percent(np.asarray(part) / np.asarray(whole))


NO_DATA = dict(data_baseline=0, registry=0, patient_reported_data=0, pre_visit_planning=0)
ACTIVATION = ("activation", "active_share", "clinician_activation")
CASES = ("encounters", "with_data", "cases")
PATH = ("consulted", "changes")
# name: (what is cut, unchanged, closed, still open, what may then be changed without any effect on health)
CUTS = {
    "sharing": (dict(sharing=0), (*ACTIVATION, *CASES), ("shared_cases", "commons_cases"), PATH,
                [dict(shared_information_use=0)]),
    "use": (dict(shared_information_use=0, clinician_spread=0), (*ACTIVATION, *CASES, "shared_cases"), ("consulted",),
            ("changes",), [dict(sharing=0), dict(sharing=1)]),
    "implementation": (dict(implementation=0), (*ACTIVATION, *CASES, "shared_cases"), PATH, ("shared_cases",),
                       [dict(sharing=0), dict(shared_information_use=0), dict(clinician_spread=1)]),
    "data": (NO_DATA, (*ACTIVATION, "encounters"), ("with_data", "cases", "shared_cases", *PATH), (),
             [dict(sharing=0), dict(shared_information_use=0), dict(implementation=1)]),
    "influence": (dict(patient_influence=0), ("encounters",), (), ("shared_cases", *PATH),
                  [dict(contagion_threshold=1), dict(patient_ties=0)])}


def cut_links():
    """7.3"""
    checks, rows, left, compared = [], [], {}, []
    for name, (cut, unchanged, closed, still_open, idle) in CUTS.items():
        kept = {"clinician_spread": 0} if "clinician_spread" in cut else {}
        whole, without = lived(recall=0, **kept), lived(recall=0, **cut)
        checks.append(exactly(f"no {name}: upstream unchanged (measures: {len(unchanged)})", [
            np.array_equal(one, other) for column in unchanged
            for one, other in zip(whole[column], without[column], strict=True)]))
        if closed:
            checks.append(exactly(f"no {name}: the path is closed", [
                one.sum() > 0 == other.sum() for column in closed
                for one, other in zip(whole[column], without[column], strict=True)], "0 in every run, above 0 before"))
        checks.append(exactly(f"no {name}: what runs through it no longer touches health", [
            np.array_equal(one, other) for change in idle for one, other in zip(
                without["mean_health"], lived(recall=0, **{**cut, **change})["mean_health"], strict=True)]))
        if still_open:
            checks.append(exactly(f"no {name}: the others are open", [
                one.sum() > 0 for column in still_open for one in without[column]], "above 0 in every run"))
        compared.append((f"no {name}", *(", ".join(columns) or "–" for columns in (unchanged, closed, still_open)),
                         named(idle)))
        alone = {link: value for link, value in cut.items() if link != "clinician_spread"}
        lost, left[name] = mean() - mean(**alone), mean(**alone) - mean(**NEVER)
        checks.append(above_zero(f"no {name}: remission lost in year 10, points", lost))
        rows.append((f"no {name}", percent(mean(**alone)), points(-lost), points(left[name])))
    worse = [name for name, points_left in left.items() if mean_and_interval(points_left)[2] < 0]
    return Claim(
        "7.3", "Cut a link",
        "Each cut leaves everything upstream unchanged to the bit where nothing feeds back, and closes the named path; "
        "the other paths stay open.",
        "All months of all seeds, compared to the last bit, without recalls (`recall` 0), because through recalls "
        "health feeds back on visits; *use* also without hearsay (`clinician_spread` 0), which carries only what is "
        "not shared. The table is with recalls and hearsay as by default, in year 10.", tuple(checks),
        table(("Cut", "In remission", "Against the whole network, points", "Against care as usual, points"),
              [("nothing", percent(mean()), "", points(mean() - mean(**NEVER))), *rows])
        + "\n\nWhat was compared:\n\n"
        + table(("Cut", "Unchanged", "Closed: 0 in every run", "Open: above 0", "Without effect on health"), compared),
        (f"Without {' or '.join(worse)}, members end below care as usual: care as usual, too, has some data and acts "
         "on some better ideas.",) if worse else ())


def named(changes):
    """Changes of parameters in words: 'sharing 0; implementation 0, recall 0'."""
    return "; ".join(", ".join(f"{name} {value:g}" for name, value in change.items()) for change in changes)


SIZES = (1, 2, 5, 10, 20, 50, 100)


def size():
    """7.4"""
    def of(n_centers, measure, period):
        return mean(period, measure, n_centers=n_centers, n_patients=100 * n_centers)

    checks = []
    for measure, period, name, in_words in (("usable_knowledge", (48, 60), "usable knowledge, month 59", _three),
                                            ("remission_rate", PLANNED, "remission, months 36-59", points),
                                            ("remission_rate", YEAR_10, "remission, year 10", points)):
        small, middle, large = (of(n_centers, measure, period) for n_centers in (1, 10, 100))
        checks += [above_zero(f"{name}: 10 centers above 1", middle - small, in_words),
                   above_zero(f"{name}: 100 centers above 10", large - middle, in_words),
                   above_zero(f"{name}: the first step is the larger", 2 * middle - small - large, in_words)]
    rows = [(n, amount(of(n, "usable_knowledge", (48, 60))), percent(of(n, "remission_rate", PLANNED)),
             percent(of(n, "remission_rate", YEAR_10))) for n in SIZES]
    down = [f"{one} to {other} centers ({points(step)} points)" for one, other in itertools.pairwise(SIZES)
            if mean_and_interval(step := of(other, "remission_rate", PLANNED) - of(one, "remission_rate", PLANNED))[0]
            <= 0]
    return Claim(
        "7.4", "Size matters, and saturates",
        "More centers know more, and each adds less than the one before.",
        "Centers of 100 patients and 2 clinicians each; levers at their defaults.", tuple(checks),
        table(("Centers", "Usable knowledge, month 59", "In remission, months 36-59", "In remission, year 10"), rows),
        (f"Not every single step is upward in remission, months 36-59: {'; '.join(down)}.",) if down else ())


STATES = {"young": dict(sharing=0.1, shared_information_use=0.3, implementation=0.15), "default": {},
          "mature": dict(sharing=0.9, shared_information_use=1, implementation=0.6, patient_influence=0.15)}
VANISH = {
    "planning, where data are always at hand and nobody uses the commons":
        (dict(data_baseline=1, shared_information_use=0), dict(pre_visit_planning=0), dict(pre_visit_planning=0.5)),
    "registry, where data are always at hand, every case can be shared and nobody is recalled":
        (dict(data_baseline=1, shareable=1, recall=0), dict(registry=0), dict(registry=0.5)),
    "planning, where nobody can act and nobody is recalled":
        (dict(implementation=0, recall=0), dict(pre_visit_planning=0), dict(pre_visit_planning=0.5)),
    "registry, where nobody can act and nobody is recalled":
        (dict(implementation=0, recall=0), dict(registry=0), dict(registry=0.5))}


def depends_on_the_start():
    """7.5"""
    effects = {}
    for state, changes in STATES.items():
        def of(planning, registry, changes=changes):
            return mean(PLANNED, months=60, pre_visit_planning=planning, registry=registry, **changes)

        effects[state] = {"planning": of(0.5, 0) - of(0, 0), "registry": of(0, 0.5) - of(0, 0),
                          "both": of(0.5, 0.5) - of(0, 0),
                          "interaction": of(0.5, 0.5) - of(0.5, 0) - of(0, 0.5) + of(0, 0)}
    checks = [above_zero(f"{lever} adds more in the default than in the young network", effects["default"][lever]
                         - effects["young"][lever]) for lever in ("planning", "registry")]
    checks += [above_zero(f"{state}: together less than the sum of both", -effects[state]["interaction"])
               for state in STATES]
    for name, (setting, off, on) in VANISH.items():
        one, other = (lived(months=60, **setting, **change)["mean_health"] for change in (off, on))
        checks.append(exactly(f"no effect of {name}", [np.array_equal(*pair) for pair in zip(one, other, strict=True)]))
    differ = {lever: effects["mature"][lever] - effects["default"][lever] for lever in ("planning", "registry")}
    return Claim(
        "7.5", "It depends where you start",
        "What planning or a registry adds depends on the state of the network and on the other; and each can be "
        "worth nothing.",
        "`pre_visit_planning` 0 or 0.5 by `registry` 0 or 0.5, remission in months 36-59 (runs of 60 months begin "
        "like longer ones). " + "; ".join(f"*{state}*: {named([changes])}" for state, changes in STATES.items()
                                          if changes) + ".", tuple(checks),
        table(("Network", "Planning, points", "Registry, points", "Both, points", "Interaction, points"),
              [(state, *map(points, found.values())) for state, found in effects.items()]),
        ("It does not simply grow with maturity: from the default to the mature network planning's effect changes by "
         f"{points(differ['planning'])} points and registry's by {points(differ['registry'])}.",))


PARTS = {"leadership": "leadership", "registry": "registry", "planning": "pre_visit_planning", "sharing": "sharing"}


def shapley(value, names):
    """Each name's share of value(all) - value(none): its mean addition over all orders in which they can be added."""
    def weight(n):
        return math.factorial(n) * math.factorial(len(names) - n - 1) / math.factorial(len(names))

    return {name: sum(weight(n) * (value({*others, name}) - value(set(others)))
                      for n in range(len(names))
                      for others in itertools.combinations([each for each in names if each != name], n))
            for name in names}


def decomposition():
    """7.6"""
    checks, details, shares = [], [], {}
    for archive, heading in ((False, "clinicians forget (default)"), (True, "centers keep an archive")):
        for period, when in ((YEAR_4, "year 4"), (YEAR_10, "year 10")):
            def value(on, archive=archive, period=period):
                off = {parameter: 0 for name, parameter in PARTS.items() if name not in on}
                return mean(period, center_archive=archive, **off)

            usual = mean(period, center_archive=archive, **NEVER)
            everything, nothing = value(set(PARTS)), value(set())
            parts = shapley(value, list(PARTS))
            shares[archive, when] = parts["sharing"]
            rows = [(name, points(parts[name]), points(value({name}) - nothing),
                     points(everything - value(set(PARTS) - {name}))) for name in PARTS]
            rows.append(("the rest (hearsay)", points(nothing - usual), "", ""))
            rows.append(("all", points(everything - usual), "", ""))
            details.append(f"**{heading.capitalize()}, {when}**\n\n" + table(
                ("Part", "Share of the gain", "Added alone", "Taken away alone"), rows))
            difference = np.abs(sum(parts.values()) + nothing - everything).max()
            checks.append(Check(f"the parts add up to the gain: {heading}, {when}",
                                f"to {'1e-12' if difference < 1e-12 else f'{difference:.0e}'}",
                                bool(difference < 1e-12)))
            checks.append(above_zero(f"sharing has a part: {heading}, {when}", parts["sharing"]))
    checks += [above_zero(f"sharing's part is smaller with an archive, {when}",
                          shares[False, when] - shares[True, when]) for when in ("year 4", "year 10")]
    left = _part(mean(sharing=0) - mean(**NEVER), mean() - mean(**NEVER))
    left_archive = _part(mean(sharing=0, center_archive=True) - mean(center_archive=True, **NEVER),
                         mean(center_archive=True) - mean(center_archive=True, **NEVER))
    return Claim(
        "7.6", "Decomposition",
        "The gain over care as usual divides into leadership, registry, planning and sharing; with an archive in "
        "every center sharing's part is smaller.",
        "All 16 networks in which each of the four is on (at its default) or off (0), all else at its default. The "
        "share is the Shapley value: the mean of what a part adds, over all orders in which the four can be added. "
        "Points of remission.", tuple(checks), "\n\n".join(details),
        (f"Without any sharing {left} of the gain in year 10 stays, with an archive {left_archive}. The shares are "
         "those of one calibrated setting; others that fit as well may divide the gain differently.",))


def docking():
    """7.7"""
    from plain_mesa import COLUMNS, plain_months
    parameters = Parameters(n_patients=200, n_centers=4, burn_in=12, launch_month=6, months=24)

    def apart(seed):
        run = simulate(parameters, seed=seed)
        plain = plain_months(parameters, run.population, run.joins, run.programs, seed)
        ours, theirs = run.months[COLUMNS].to_numpy(float), plain[COLUMNS].to_numpy(float)
        return np.nanmax(np.abs(ours - theirs)) if np.array_equal(np.isnan(ours), np.isnan(theirs)) else np.inf

    largest = max(map(apart, SEEDS))
    checks = (Check("200 patients, two years, default parameters, every column of every month: apart by at most 1e-12",
                    "at most 1e-12" if largest <= 1e-12 else f"{largest:.0e}", bool(largest <= 1e-12)),
              tested("other settings, programs and growth", "test_docking.py"))
    return Claim("7.7", "Docking", "An agent-by-agent version in plain Mesa gives the same months to 1e-12.",
                 "`tests/plain_mesa.py` shares the draws and the population, and not one rule.", checks)


def limits():
    """7.8"""
    checks = (tested("shares of 0 and 1, one center, one patient, one package, no ties, nobody joins",
                     "test_limits.py"),
              tested("without channels, a program in one center changes nothing in another, to the bit",
                     "test_isolation.py"))
    return Claim("7.8", "Limits, and isolation", "At the limits there is a sensible run or a clear error; and what "
                 "happens in one center reaches others only through channels.",
                 "The tests named; isolation is the property that section 4 of the specification asks for.", checks)


def closed_forms():
    """7.9"""
    from test_closed_forms import ALIKE, AWAY_FROM_BOUNDS, everybody_tied, settled_activation, settled_together
    checks = []

    influence, leadership = 0.06, 0.02
    at = ALIKE.but(patient_influence=influence, leadership=leadership)
    settled = settled_activation(influence, leadership, at.fading, at.activation)
    checks.append(agrees("activation, everybody alike", [simulate(at, seed=seed).months["activation"].iloc[-1]
                                                         for seed in SEEDS], settled))
    at = at.but(n_patients=300, turnover=0.05)
    start = settled_activation(influence, leadership, at.fading, at.activation, at.turnover)
    checks.append(agrees("activation, with turnover 0.05", [
        by_month(simulate(at, seed=seed, population=everybody_tied(at, seed)), "activation")[100:].mean()
        for seed in SEEDS], (start - at.turnover * at.activation) / (1 - at.turnover)))
    at = ALIKE.but(encounter_influence=0.1, visit_interval=1, activation=0.1, clinician_activation=0.9)
    ends = [simulate(at, seed=seed).months.iloc[-1] for seed in SEEDS]
    for name, settled in zip(("activation", "clinician_activation"), settled_together(at, 1), strict=True):
        checks.append(agrees(f"two populations that meet every month: {name}", [end[name] for end in ends], settled))

    for turnover in (0, 0.01):
        p = AWAY_FROM_BOUNDS.but(turnover=turnover, n_patients=5000)
        target = p.best_efficacy * (p.adherence_floor + (1 - p.adherence_floor) * p.activation)
        keep = 1 - p.response_rate
        formula = ((p.response_rate * target - p.flare_chance * p.flare_drop + turnover * keep / 2)
                   / (1 - keep * (1 - turnover)))
        runs = [simulate(p, seed=seed, growth="never") for seed in SEEDS]
        checks.append(agrees(f"mean health, turnover {turnover:g}",
                             [by_month(run, "mean_health").mean() for run in runs], formula, 5))
    p = AWAY_FROM_BOUNDS.but(n_patients=5000)
    formula = ((p.noise**2 + p.flare_chance * (1 - p.flare_chance) * p.flare_drop**2)
               / (1 - (1 - p.response_rate) ** 2))
    checks.append(agrees("variance of health, no turnover", [
        simulate(p, seed=seed, growth="never").patients["health"].var() for seed in SEEDS], formula, 6))

    one = lived()
    commons, shared = one["commons_cases"] * Parameters().n_patients, one["shared_cases"]
    left_over = commons[:, 1:] - (1 - Parameters().obsolescence) * commons[:, :-1] - shared[:, 1:]
    checks.append(_nothing_left("commons: what was there, aged, and what was shared this month", left_over))
    kept = lived(obsolescence=0, forgetting=0, clinician_spread=0)
    checks.append(_nothing_left("conservation: without ageing, the commons holds every shared case once",
                                kept["commons_cases"] * Parameters().n_patients - kept["shared_cases"].cumsum(axis=1)))
    p = Parameters()
    checks.append(agrees("best-package share without implementation", mean((0, 24), "best_package_share",
                                                                           implementation=0),
                         p.usual_match + (1 - p.usual_match) / p.n_packages, 4))
    checks += [tested("the same formulas in other settings", "test_closed_forms.py"),
               tested("conservation in other settings, pile by pile", "test_conservation.py")]
    return Claim("7.9", "Closed forms", "Where the model can be solved on paper, runs agree with the paper.",
                 "Each mean is held against the formula: apart by at most 4 standard errors of the mean over seeds (or "
                 "1e-9 where nothing is left to chance). With several checks at 95 %, now and then a formula lies "
                 "outside an interval by luck; that is then said. Health with 5,000 patients, away from its bounds.",
                 tuple(checks))


def agrees(what, values, formula, digits=4):
    """The mean over seeds lies where the formula says."""
    middle, low, high = mean_and_interval(values)
    error = np.std(values, ddof=1) / len(values) ** 0.5 if len(values) > 1 else 0
    close = abs(middle - formula) <= 4 * error + 1e-9
    if error < 1e-9:
        return Check(what, f"{middle:.{digits}f}, formula {formula:.{digits}f}, apart by less than 1e-9"
                     if close else f"{middle:.9f}, formula {formula:.9f}", bool(close))
    remark = "" if low <= formula <= high else "the formula lies outside the 95 % interval, within 4 standard errors"
    return Check(what, f"{amount(values, digits)}, formula {formula:.{digits}f}", bool(close), remark if close else "")


def _nothing_left(what, left_over):
    largest = np.abs(left_over).max()
    return Check(what, "apart by less than 1e-7 cases, in every month of every run" if largest < 1e-7
                 else f"apart by {largest:.1g} cases", bool(largest < 1e-7))


def tested(what, file):
    """The tests of one file, all of them."""
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", f"tests/{file}"], cwd=ROOT, text=True,
                          capture_output=True)
    last = done.stdout.strip().splitlines()[-1]
    passed = re.search(r"(\d+) passed", last)
    found = passed[0] if passed and done.returncode == 0 else re.sub(r" in .*", "", last)
    return Check(what, f"{found} (`tests/{file}`)", done.returncode == 0)


CLAIMS = (before_and_after, published_chain, cut_links, size, depends_on_the_start, decomposition, docking, limits,
          closed_forms)


# The document

def code_state():
    """What a result depends on, for the heads of the documents: the compiled rules and the default parameters."""
    defaults = repr(dataclasses.asdict(Parameters())).encode()
    return (f"lnlab {lnlab.__version__}, compiled rules `{FINGERPRINT}`, default parameters "
            f"`{hashlib.sha256(defaults).hexdigest()[:12]}`, {len(SEEDS)} paired seeds.")


def document(claims):
    """The report as Markdown, but for the date."""
    failing = [claim.number for claim in claims if claim.verdict == FAILS]
    parts = [
        "## At a glance", f"{len(claims) - len(failing)} of {len(claims)} claims hold"
        + (f"; **{', '.join(failing)} not**" if failing else "")
        + f". A remark is added to {sum(bool(claim.remarks) for claim in claims)}.",
        table(("Claim", "What must be true", "Checks that hold", "Verdict"), [
            (f"[{claim.number}](#{anchor(f'{claim.number} {claim.title}')})", claim.title,
             f"{sum(check.holds for check in claim.checks)} of {len(claim.checks)}", claim.verdict)
            for claim in claims])]
    for claim in claims:
        parts += [f"## {claim.number} {claim.title}", wrapped(f"**{claim.statement}** {claim.how}"),
                  table(("Check", "Result (95 % interval)", "Verdict"), [
                      (check.what, check.result + (f"; {check.remark}" if check.remark else ""), check.verdict)
                      for check in claim.checks])]
        parts += [claim.details] if claim.details else []
        parts += [wrapped(f"*Remark.* {remark}") for remark in claim.remarks]
    return "\n\n".join(parts) + "\n"


def head(title, opening):
    """The head of a generated document. The date stands alone, because it alone changes when nothing else does."""
    return (f"# {title}\n\n{wrapped(opening)}\n\nState: {code_state()}\n\n"
            f"Run on {date.today().isoformat()}.\n\n")


def wrapped(text):
    """A paragraph in lines of at most 118 characters."""
    import textwrap
    return textwrap.fill(text, 118, break_long_words=False, break_on_hyphens=False)


def anchor(heading):
    """The address of a heading within its document."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


OPENING = ("Everything that must be true of the model, checked at full size. Written by `make validate`; not to be "
           "edited. Unless a line says otherwise, networks have the default parameters (2,000 patients in 20 centers, "
           "two years of care as usual, then ten with the network), arms are paired by seed, and brackets hold 95 % "
           "intervals of means over seeds: the error of few replicates, and not the doubt about the rules.")


if __name__ == "__main__":
    text = document([claim() for claim in CLAIMS])
    REPORT.write_text(head("Validation", OPENING) + text, encoding="utf-8")
