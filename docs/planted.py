"""Do stated intervals cover? Effects are planted, analyzed, counted, and docs/coverage.md written: `make validate`.

Each case makes a study with effects that are known, 500 times, with nothing unmeasured, and asks how often the 95 %
interval of an analysis holds the truth. The share has an error of its own, which is told beside it.
"""

import math
import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from validate import ROOT, head, table, wrapped

from lnlab.analysis.regression.marginal import marginal_effects
from lnlab.analysis.mediation.paths import mediation
from lnlab.analysis.regression.fits import regression

LEDGER = ROOT / "docs" / "coverage.md"
N = 500
STATED = 0.95
AS_STATED, NARROW, WIDE = "as stated", "**too narrow**", "too wide"


@dataclass(frozen=True)
class Case:
    """A way to make studies, and the analysis that is put to the test."""

    name: str
    says: str                   # how the studies were made and analyzed
    study: object               # random -> (table, truth by effect)
    analyze: object             # table -> table with effect, estimate, low, high
    against: bool = False       # an analysis that ought to fail, for contrast


# Studies

def one_mediator(random, n=100):
    """X to M to Y, and a covariate."""
    x, c = np.arange(n) % 2, random.normal(size=n)
    m = 0.5 * x + 0.4 * c + random.normal(size=n)
    y = 0.2 * x + 0.4 * m + 0.3 * c + random.normal(size=n)
    return pd.DataFrame(dict(X=x, C=c, M=m, Y=y)), {"direct": 0.2, "through M": 0.2, "total": 0.4}


def two_mediators(random, n=200):
    """X to M1 to M2 to Y, every arrow present."""
    x = np.arange(n) % 2
    m1 = 0.5 * x + random.normal(size=n)
    m2 = 0.4 * x + 0.5 * m1 + random.normal(size=n)
    y = 0.2 * x + 0.3 * m1 + 0.4 * m2 + random.normal(size=n)
    return pd.DataFrame(dict(X=x, M1=m1, M2=m2, Y=y)), {
        "direct": 0.2, "through M2 only": 0.16, "through M1 then M2": 0.1, "through M1 only": 0.15, "total": 0.61}


def interaction(random, n=200):
    """The mediator does more where X is 1."""
    x = np.arange(n) % 2
    m = 1 + 0.5 * x + random.normal(size=n)
    y = 0.1 * x + 0.4 * m + 0.3 * x * m + random.normal(size=n)
    return pd.DataFrame(dict(X=x, M=m, Y=y)), {
        "acme_control": 0.2, "acme_treated": 0.35, "ade_control": 0.4, "ade_treated": 0.55, "total": 0.75}


def yes_or_no(random, n=200):
    """An outcome of 0 and 1; the truth by quadrature over the mediator."""
    x = np.arange(n) % 2
    m = 0.7 * x + random.normal(size=n)
    y = random.random(n) < _share(-0.5 + 0.4 * x + 0.8 * m)
    points, weights = np.polynomial.hermite_e.hermegauss(41)

    def world(at, at_mediator):
        return weights @ _share(-0.5 + 0.4 * at + 0.8 * (0.7 * at_mediator + points)) / weights.sum()

    return pd.DataFrame(dict(X=x, M=m, Y=y.astype(int))), {
        "direct": world(1, 0) - world(0, 0), "through M": world(1, 1) - world(1, 0), "total": world(1, 1) - world(0, 0)}


def centers(random, n_centers=40, n=10):
    """Whole centers get X; what is a center's own moves M and, apart from that, Y."""
    center = np.repeat(np.arange(n_centers), n)
    x = random.permutation(np.arange(n_centers) % 2)[center]
    m = 0.5 * x + 0.6 * random.normal(size=n_centers)[center] + random.normal(size=len(center))
    y = 0.2 * x + 0.4 * m + 0.5 * random.normal(size=n_centers)[center] + random.normal(size=len(center))
    return pd.DataFrame(dict(X=x, M=m, Y=y, center=center)), {"direct": 0.2, "through M": 0.2, "total": 0.4}


def few_centers(random):
    """The same with 10 centers."""
    return centers(random, n_centers=10, n=40)


def straight(random, n=60):
    """A line with a covariate that moves X and Y."""
    c = random.normal(size=n)
    x = 0.5 * c + random.normal(size=n)
    return pd.DataFrame(dict(X=x, C=c, Y=0.3 * x + 0.5 * c + random.normal(size=n))), {"X": 0.3}


def patients(random, n_centers=20, n=15):
    """Y in centers of which half have X, and a covariate W of the patients."""
    center = np.repeat(np.arange(n_centers), n)
    x, w = random.permutation(np.arange(n_centers) % 2)[center], random.normal(size=len(center))
    y = 0.4 * x + 0.3 * w + 0.6 * random.normal(size=n_centers)[center] + random.normal(size=len(center))
    return pd.DataFrame(dict(X=x, W=w, Y=y, center=center)), {"X": 0.4, "W": 0.3}


def many_patients(random):
    """The same with 50 centers."""
    return patients(random, n_centers=50)


def remission(random, n=300):
    """An outcome of 0 and 1; the true difference of shares is that of these very rows."""
    c, x = random.normal(size=n), np.arange(n) % 2
    y = random.random(n) < _share(-0.3 + 0.7 * x + 0.8 * c)
    truth = (_share(0.4 + 0.8 * c) - _share(-0.3 + 0.8 * c)).mean()
    return pd.DataFrame(dict(X=x, C=c, Y=y.astype(int))), {"X": truth}


def _share(line):
    return 1 / (1 + np.exp(-line))


# Analyses

def mediated(mediators="M", **options):
    """A mediation analysis of X on Y."""
    def analyze(rows):
        covariates = ["C"] if "C" in rows else []
        return mediation(rows, "X", mediators, "Y", covariates, **options).effects
    return analyze


def regressed(formula, **options):
    """The slopes of a regression."""
    def analyze(rows):
        return regression(formula, rows, **options).estimates.rename(columns={"term": "effect"})
    return analyze


def difference_of_shares(rows):
    """The average marginal effect of a logistic regression."""
    fit = regression("Y ~ X + C", rows, method="glm", family="binomial")
    return marginal_effects(fit, "X").assign(effect="X")


CASES = (
    Case("Mediation: one mediator", "100 rows, a covariate; 1,000 resamples of rows", one_mediator, mediated()),
    Case("Mediation: one mediator, delta method", "the same, intervals of the delta method", one_mediator,
         mediated(n_bootstrap=0)),
    Case("Mediation: two ordered mediators", "200 rows; 1,000 resamples", two_mediators, mediated(["M1", "M2"])),
    Case("Mediation: interaction", "200 rows, the mediator's slope depends on X; 500 resamples", interaction,
         mediated(interactions=True, n_bootstrap=500)),
    Case("Mediation: outcome of 0 and 1", "200 rows, logistic regression, g-formula; 200 resamples", yes_or_no,
         mediated(method="g-formula", families={"Y": "binomial"}, n_bootstrap=200)),
    Case("Mediation: 40 centers", "40 centers of 10, X given to whole centers; 1,000 resamples of centers", centers,
         mediated(cluster="center")),
    Case("Mediation: 10 centers", "10 centers of 40; 1,000 resamples of centers. The result warns of few clusters",
         few_centers, mediated(cluster="center"), against=True),
    Case("Mediation: centers not told", "40 centers of 10, but rows resampled as if they were strangers", centers,
         mediated(), against=True),
    Case("Regression: ordinary", "60 rows; ordinary least squares", straight, regressed("Y ~ X + C")),
    Case("Regression: 50 centers", "50 centers of 15, X given to whole centers; least squares, errors by cluster",
         many_patients, regressed("Y ~ X + W", cluster="center")),
    Case("Regression: centers not told", "the same, but ordinary errors", many_patients, regressed("Y ~ X + W"),
         against=True),
    Case("Regression: GEE", "20 centers of 15; GEE with exchangeable rows and Mancl and DeRouen's errors", patients,
         regressed("Y ~ X + W", method="gee", cluster="center")),
    Case("Regression: mixed", "20 centers of 15; linear mixed model", patients,
         regressed("Y ~ X + W", method="mixed", cluster="center")),
    Case("Regression: difference of shares", "300 rows; average marginal effect of a logistic regression", remission,
         difference_of_shares))


# Counting

def counted(case, n=N, seed=1):
    """For each effect of a case: truth, mean estimate, and how often the interval held the truth."""
    held, estimates, truths = {}, {}, {}
    for random in np.random.default_rng(seed).spawn(n):
        rows, truth = case.study(random)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = case.analyze(rows).set_index("effect")
        for effect, value in truth.items():
            row = found.loc[effect]
            held.setdefault(effect, []).append(row["low"] <= value <= row["high"])
            estimates.setdefault(effect, []).append(row["estimate"])
            truths.setdefault(effect, []).append(value)
    return [dict(effect=effect, truth=np.mean(truths[effect]), covered=np.mean(held[effect]), n=n,
                 bias=np.mean(np.subtract(estimates[effect], truths[effect]))) for effect in held]


def counted_at(place):
    """The same for one of `CASES`, which another process can be asked for."""
    return counted(CASES[place])


def error(share, n):
    """Monte Carlo standard error of a share of n simulations."""
    return math.sqrt(share * (1 - share) / n)


def verdict(share, n):
    """Whether a share of covering intervals is within Monte Carlo error (1.96 standard errors) of the stated one."""
    if abs(share - STATED) <= 1.96 * error(STATED, n):
        return AS_STATED
    return NARROW if share < STATED else WIDE


def document(found):
    """The report as Markdown, but for its head."""
    parts = []
    for against, title, text in ((False, "Analyses as they should be done", READING), (True, "For contrast", CONTRAST)):
        rows = [(case.name if not place else "", effect["effect"], f"{effect['truth']:.3f}", f"{effect['bias']:+.3f}",
                 f"{100 * effect['covered']:.1f} %", f"{100 * error(effect['covered'], effect['n']):.1f}",
                 verdict(effect["covered"], effect["n"]))
                for case, effects in found if case.against == against for place, effect in enumerate(effects)]
        parts += [f"## {title}", wrapped(text), table(
            ("Case", "Effect", "Truth", "Bias", "Covered", "Monte Carlo error (points)", "Interval"), rows)]
        if not against:
            words = [row[-1] for row in rows]
            away = len(words) - words.count(AS_STATED)
            parts.append(wrapped(
                f"Of {len(words)} effects, {words.count(AS_STATED)} are covered at the stated rate, "
                f"{words.count(NARROW)} too seldom and {words.count(WIDE)} too often. If every interval were right, "
                "chance alone would put "
                f"about {0.05 * len(words):.0f} of {len(words)} outside."
                + ("" if not away else " Those of one case share their studies, so they go astray together.")))
    parts += ["## The cases", table(("Case", "Studies and analysis"), [(case.name, case.says) for case, _ in found])]
    return "\n\n".join(parts) + "\n"


OPENING = (f"Do the 95 % intervals of `lnlab.analysis` hold the truth as often as they say? Effects were planted in "
           f"{N} made-up studies for each case, and counted. Written by `make validate`; not to be edited. The studies "
           "have nothing unmeasured: an interval says nothing about what was left out of an analysis, and where "
           "something was, it covers the wrong number just as often.")
READING = (f"*Covered* is the share of {N} intervals that held the truth; its Monte Carlo error is the square root "
           f"of share x (1 - share) / {N}. *As stated* means within 1.96 Monte Carlo errors of 95 %, that is "
           f"{100 * (STATED - 1.96 * error(STATED, N)):.1f} to {100 * (STATED + 1.96 * error(STATED, N)):.1f} %. "
           "*Bias* is the mean estimate less the truth.")
CONTRAST = ("The same with too few clusters, or with clusters that the analysis was not told of. Intervals are then "
            "too narrow, which no single result can show.")


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        text = document(list(zip(CASES, pool.map(counted_at, range(len(CASES))))))
    LEDGER.write_text(head("Coverage of intervals", OPENING) + text, encoding="utf-8")
