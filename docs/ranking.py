"""What drives the outcome, at full size, and is the ranking settled? Writes docs/sensitivity.md: `make validate`.

All parameters are screened over their assumed ranges, the first are ranked by an emulator's total indices, and both are
done twice, with other points and other networks. The ranking is settled when Spearman's correlation is at least 0.9
from half of the runs to all of them, and from the one to the other.
"""

from dataclasses import dataclass

from validate import ROOT, head, table, wrapped

from lnlab import Parameters, sweep
from lnlab.analysis import convergence, emulator, even_points, morris, morris_design, sobol_of
from lnlab.analysis.sensitivity.convergence import CRITERION, Convergence
from lnlab.analysis.sensitivity.emulator import Emulator
from lnlab.analysis.sensitivity.indices import Indices
from lnlab.analysis.sensitivity.screening import Screening
from lnlab.mechanisms import assumed_ranges, reasons

LEDGER = ROOT / "docs" / "sensitivity.md"
NETWORK = Parameters()
N_TRAJECTORIES, N_KEPT, N_POINTS, N_NETWORKS, N_PAIRS = 80, 8, 512, 4, 20
FIRST = 3       # parameters whose reason is told


@dataclass(frozen=True)
class Ranking:
    """One screening, and one emulator of the parameters that were kept."""

    screening: Screening
    steps: Convergence
    emulator: Emulator
    indices: Indices
    halves: Convergence


def ranking(seed, kept=None, n_trajectories=N_TRAJECTORIES, n_points=N_POINTS, n=N_NETWORKS, network=NETWORK):
    """Screen all parameters, keep the first (or those named), and rank them, with points and networks of one seed."""
    ranges, whole = assumed_ranges()
    design = morris_design(ranges, n_trajectories, seed=seed, whole=whole)
    walked = sweep(design.points, network, n=1, seed=seed, progress=False)
    screening = morris(design, walked)
    kept = {name: ranges[name] for name in kept or screening.ranking[:N_KEPT]}
    counts = [name for name in whole if name in kept]
    points = even_points(kept, n_points, seed, counts)
    made = emulator(points, sweep(points, network, n=n, seed=seed, paired=False, progress=False), ranges=kept,
                    whole=counts)
    return Ranking(screening, convergence(design, walked), made, sobol_of(made), convergence(made))


def correlation(one, other, column):
    """Spearman's correlation between two tables of indices of the same parameters."""
    one, other = (each.set_index("parameter")[column] for each in (one, other))
    return float(one.rank().corr(other.rank()))


def checks(first, again):
    """What must hold, with the correlation: a list of (what, runs, correlation)."""
    runs = {name: made.emulator.numbers.size for name, made in (("first", first), ("again", again))}
    walks = first.steps.table["n_runs"].max()
    return [
        ("Screening, half of the trajectories and all", f"{walks // 2:,} and {walks:,}", first.steps.last),
        ("Screening, other trajectories and networks", f"{walks:,} each",
         correlation(first.screening.table, again.screening.table, "mu_star")),
        ("Total indices, half of the points and all", f"{runs['first'] // 2:,} and {runs['first']:,}",
         first.halves.last),
        ("Total indices, other points and networks", f"{runs['again']:,} each",
         correlation(first.indices.table, again.indices.table, "total"))]


def document(first, again, why):
    """The report as Markdown, but for its head."""
    ranges, _ = assumed_ranges()
    held = checks(first, again)
    failing = [what for what, _, found in held if not found >= CRITERION]
    walked = first.screening.table.sort_values("mu_star", ascending=False)
    shares = first.indices.table.sort_values("total", ascending=False)
    return "\n\n".join([
        "## Is the ranking settled?",
        table(("Compared", "Runs", "Spearman's correlation", f"At least {CRITERION:g}"),
              [(what, runs, f"{found:.2f}", "yes" if found >= CRITERION else "**no**") for what, runs, found in held]),
        wrapped("All four hold." if not failing else f"**Not settled: {'; '.join(failing)}.**"),
        "## Screening", wrapped(SCREENING),
        table(("Parameter", "From", "To", "Mean distance", "95 % interval", "Direction", "Spread"), [
            (f"`{row.parameter}`", *(f"{end:g}" for end in ranges[row.parameter]),
             _points(row.mu_star), f"{_points(row.mu_star_low)} to {_points(row.mu_star_high)}",
             f"{100 * row.mu:+.1f}", _points(row.sigma)) for row in walked.itertuples()]),
        "## Indices", wrapped(INDICES + f" It predicts {first.emulator.q2:.1%} of what varies between points left out; "
                              f"the luck of single networks is {first.indices.noise_share:.1%} of what varies."),
        table(("Parameter", "First index", "95 % interval", "Total index", "95 % interval"), [
            (f"`{row.parameter}`", f"{row.first:.3f}", f"{row.first_low:.3f} to {row.first_high:.3f}",
             f"{row.total:.3f}", f"{row.total_low:.3f} to {row.total_high:.3f}") for row in shares.itertuples()]),
        "## The reason for the first three", wrapped(REASON),
        "\n".join(wrapped(f"- {said}") for said in why.sentences.values()),
        table(("Parameter", "Part", "Points of remission", "95 % interval"), [
            (f"`{row.parameter}`", row.part, f"{row.difference:+.1f}", f"{row.low:+.1f} to {row.high:+.1f}")
            for row in why.parts.itertuples()]),
        wrapped(why.decomposition)]) + "\n"


def _points(share):
    return f"{100 * share:.1f}"


OPENING = ("Which parameters drive remission in year ten of the default network, over ranges that are assumed, and is "
           "the ranking settled? Written by `make validate`; not to be edited. Another network, other ranges or "
           "another outcome may give another order.")
SCREENING = ("How far remission in the last year moves over the parameter's whole range, in points of remission: the "
             f"mean distance of {N_TRAJECTORIES} elementary effects (Morris), their direction and their spread.")
INDICES = (f"Sobol' indices of the first {N_KEPT}: shares of the variance of remission over all their ranges at once, "
           f"by an emulator (a Gaussian process) from {N_POINTS} points with {N_NETWORKS} networks "
           "each, others at every point.")
REASON = (f"From the low to the high value of the range, all else as in the default network; {N_PAIRS} paired networks.")


if __name__ == "__main__":
    first = ranking(seed=1)
    again = ranking(seed=2, kept=list(first.emulator.ranges))
    leading = {name: first.emulator.ranges[name] for name in first.indices.ranking[:FIRST]}
    text = document(first, again, reasons(leading, NETWORK, n=N_PAIRS))
    LEDGER.write_text(head("What drives the outcome", OPENING) + text, encoding="utf-8")
