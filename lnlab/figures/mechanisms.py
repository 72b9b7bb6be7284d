"""The chain from activation to outcome: its curves, how far a change reaches, networks by size, cases over years."""

import numpy as np

from lnlab.experiment import last_year, mean_and_interval
from lnlab.figures.style import ACCENT, CHANGE, FAINT, INK, USUAL, clean, new_axes, years_since
from lnlab.parameters import Parameters, declared, label

LINKS = {"activation": "Activation\nof patients", "with_data": "Visits\nwith data", "shared_cases": "Cases\nshared",
         "consulted": "Commons\nconsulted", "changes": "Packages\nchanged",
         "best_package_share": "On their\nbest package", "remission_rate": "In\nremission"}
STYLES = (("-", "o"), ("--", "s"), (":", "D"))


def chain(series, measures=("activation", "commons_cases", "median_health"), also=None, titles=()):
    """Measures of the last year against the influence of patients on each other: the published chain, link by link.

    Parameters
    ----------
    series : dict of str to dict of float to pandas.DataFrame
        For each line its replicates (`lnlab.experiment.replicate`) at each value of `patient_influence`. A line whose
        name begins with "usual" is grey. A measure that is 0 throughout has no line.
    measures : sequence of str
        Columns of `Run.months`, one panel for each.
    also : dict of str to dict, optional
        Further lines for a measure, in the form of `series`.
    titles : sequence of str, optional
        What the reader should see in each panel.

    Returns
    -------
    matplotlib Figure
        Means with the 95 % interval of the mean over replicates.
    """
    from matplotlib.figure import Figure
    figure = Figure(figsize=(4.3 * len(measures), 3.9), layout="constrained")
    about = declared("patient_influence")
    for ax, measure in zip(figure.subplots(1, len(measures), squeeze=False)[0], measures):
        ends, styles = [], iter(STYLES)
        for name, arms in {**series, **(also or {}).get(measure, {})}.items():
            color, style = (USUAL, ("-", "^")) if name.startswith("usual") else (CHANGE, next(styles))
            rows = np.array([mean_and_interval(last_year(table, measure)) for table in arms.values()])
            if rows.any():
                _with_intervals(ax, list(arms), rows, color, style)
                ends.append((rows[-1, 0], name, color))
        _mark_default(clean(ax, measure), about["default"])
        ax.set_xlabel(f"{label('patient_influence')} ({about['unit']})")
        _name_ends(ax, ends, x=max(arms))
    _title(figure.axes, titles)
    return figure


def reach(moved):
    """How far each change reaches along the chain: a row for each change, a column for each link.

    Parameters
    ----------
    moved : pandas.DataFrame
        As `what_moved` returns it.

    Returns
    -------
    matplotlib Axes
        White: the same to the last bit. Blue: moved. Orange: nothing left, or nothing there before.
    """
    changes, measures = moved["change"].unique(), moved["measure"].unique()
    ax = new_axes(width=1.6 + 1.25 * len(measures), height=1.25 + 0.44 * len(changes))
    for row in moved.itertuples():
        x, y = list(measures).index(row.measure), list(changes).index(row.change)
        unclear = row.state == "moved" and not (row.low > 0 or row.high < 0)
        closed = row.state in ("none left", "from none")
        tint = "white" if row.state == "the same" else "#f6d9c8" if closed else "#eef4f9" if unclear else "#c3dced"
        color = USUAL if row.state == "the same" or unclear else ACCENT if closed else INK
        ax.barh(y, 0.94, left=x - 0.47, height=0.86, color=tint, edgecolor=FAINT, linewidth=0.6)
        said = row.in_words.replace("-", "\N{MINUS SIGN}")
        ax.annotate(said, (x, y), ha="center", va="center", fontsize=9, color=color,
                    fontweight="bold" if closed else "normal")
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0, labelsize=9.5, labelcolor=INK)
    ax.xaxis.tick_top()
    ax.set_xticks(range(len(measures)), [LINKS.get(measure, measure.replace("_", " ")) for measure in measures])
    ax.set_yticks(range(len(changes)), [label(name) if name in Parameters.__dataclass_fields__ else name for name in changes])
    ax.set(xlim=(-0.5, len(measures) - 0.5), ylim=(len(changes) - 0.5, -0.5))
    ax.annotate("the same: every month of every network equal to the last bit.   ~: the 95 % interval takes in 0.",
                (0, 0), xycoords="axes fraction", xytext=(2, -8), textcoords="offset points", va="top", fontsize=8.5,
                color=USUAL)
    return ax


def network_size(network, usual, titles=()):
    """What networks of different size know, and what they add to usual care, in the last year.

    Parameters
    ----------
    network, usual : dict of int to pandas.DataFrame
        For each number of centers the replicates with a network and with usual care, paired.
    titles : pair of str, optional
        What the reader should see in each panel.

    Returns
    -------
    matplotlib Figure
        Means with the 95 % interval of the mean over replicates; on the right of the mean over pairs.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator
    figure = Figure(figsize=(9.6, 3.8), layout="constrained")
    known, gained = figure.subplots(1, 2)
    knowledge = [last_year(table, "usable_knowledge") for table in network.values()]
    gain = [100 * (last_year(network[size]) - last_year(usual[size])) for size in network]
    for ax, values in ((clean(known, "usable_knowledge"), knowledge), (clean(gained), gain)):
        _with_intervals(ax, list(network), np.array([mean_and_interval(each) for each in values]), CHANGE, STYLES[0])
        ax.set_xscale("log")
        ax.set_xticks(list(network), [str(n_centers) for n_centers in network])
        ax.minorticks_off()
        ax.set_xlabel("Centers in the network (log scale)")
        ax.set_ylim(0, ax.get_ylim()[1] * 1.04)
        ax.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    gained.set_ylabel("Remission above usual care (points)")
    _title(figure.axes, titles)
    return figure


def cases_over_years(known, launch_month, ax=None):
    """How many cases there are to choose by, over the years: the mean of the replicates, and their range as a band.

    Parameters
    ----------
    known : dict of str to pandas.DataFrame
        For each line a table with the columns replicate, month and cases (for each kind and package). A line whose
        name begins with "one clinician" is gray.
    launch_month : int
        The month in which the network starts, where the years begin to count.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    ax = clean(ax or new_axes(width=7.6, height=4))
    ends = []
    for (name, table), (line, _) in zip(known.items(), [("-", ""), *STYLES, ("-.", "")]):
        by_month = table[table["cases"] > 0].groupby("month")["cases"]
        years = years_since(launch_month, by_month.mean().index)
        color = USUAL if name.startswith("one clinician") else CHANGE
        ax.fill_between(years, by_month.min(), by_month.max(), color=color, alpha=0.18, linewidth=0)
        ax.plot(years, by_month.mean(), color=color, linewidth=2, linestyle=line)
        ends.append((by_month.mean().iloc[-1], f"{by_month.mean().iloc[-1]:.1f}  {name}", color))
    ax.set_yscale("log")
    ticks = [0.1, 0.3, 1, 3, 10, 30, 100]
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.axvline(0, color=FAINT, linewidth=1)
    ax.annotate("the network starts", (0, 1), xycoords=ax.get_xaxis_transform(), xytext=(5, -4), va="top",
                textcoords="offset points", color=INK, fontsize=9)
    ax.set(xlabel="Years since the network started", ylabel="Cases for each kind and package (log scale)",
           xlim=(years.min(), years.max()))
    _name_ends(ax, ends, x=years.max())
    return ax


def _with_intervals(ax, x, rows, color, style):
    """A line through means, with whiskers: `rows` holds mean, low and high."""
    line, marker = style
    mean, low, high = rows.T
    ax.errorbar(x, mean, yerr=[mean - low, high - mean], color=color, linestyle=line, marker=marker, markersize=5,
                linewidth=1.8, elinewidth=1.2, capsize=2.5)


def _mark_default(ax, default):
    """A line at the default, its name beside it; room below the lowest point for both."""
    from matplotlib.ticker import MaxNLocator
    low, high = ax.get_ylim()
    ax.set_ylim(low - 0.1 * (high - low), high + 0.04 * (high - low))
    ax.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    ax.axvline(default, color=FAINT, linewidth=1, zorder=0)
    ax.annotate("default", (default, 0), xycoords=ax.get_xaxis_transform(), xytext=(4, 5), textcoords="offset points",
                color=USUAL, fontsize=8.5)


def _title(panels, titles):
    for ax, title in zip(panels, titles):
        ax.set_title(title, loc="left", fontsize=11, fontweight="bold", color=INK)


def _name_ends(ax, ends, x):
    """Write the name of each line beside its end, moved apart where two would touch."""
    at = ax.transData.transform
    heights = [(at((x, value))[1], name, color) for value, name, color in sorted(ends)]
    last = -np.inf
    for height, name, color in heights:
        gap = 13.0 * (1 + name.count("\n"))
        moved = max(height, last + gap)
        ax.annotate(name, (x, ax.transData.inverted().transform((0, height))[1]), xytext=(8, (moved - height) * 0.72),
                    textcoords="offset points", va="center", color=color, fontsize=9, annotation_clip=False)
        last = moved
