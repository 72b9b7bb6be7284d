"""What real learning networks have reported: growth, outcomes, activation, participation; each number with its source.

The numbers are plain CSV files in `lnlab/data`, the sources are in `lnlab/references.bib`. Every row says how well it
stands: `read` in the source, from the `abstract` only, or `unverified` (never cite it as it stands). Unverified rows
are left out unless you ask for them.

Values are as published, so shares are percent here and nowhere else in lnlab. Where accounts disagree, all are kept and
`account` tells them apart. Dates are as precise as published: a year, a month, two years as in ``2016/2017``, or empty.
The `year` beside each date is the middle of that period as a decimal number, NaN where there is no date.
"""

import math
import re
from pathlib import Path

from lnlab.checks import InputError, one_of

STANDINGS = ("read", "abstract", "unverified")
DATA = Path(__file__).parent / "data"
BIBLIOGRAPHY = Path(__file__).parent / "references.bib"

_NUMBERS = ("level", "value", "start_value", "end_value", "n")
_DATES = {"date": "year", "start_date": "start_year", "end_date": "end_year"}
_ENTRY, _FIELD = re.compile(r"@(\w+)\{(\w+),"), re.compile(r"  (\w+) = \{(.+)\},")


def growth(network="ImproveCareNow", *, verified_only=True):
    """How large networks were, and when: centers, patients, visits, clinicians.

    Parameters
    ----------
    network : str or None
        One of `networks()`; None for all.
    verified_only : bool
        False adds the rows whose `standing` is "unverified".

    Returns
    -------
    pandas.DataFrame
        One row for each count: network, measure, value, unit, date, year, account, bound ("at least", "at most" or
        empty), source (see `reference`), standing, note.

    Raises
    ------
    InputError
        For a network without such counts.

    Examples
    --------
    How many centers founded ImproveCareNow? It depends on whom you ask:

    >>> centers = growth().query("measure == 'centers' and account != ''")
    >>> print(centers[["account", "bound", "value", "date"]].to_string(index=False))
          account    bound  value date
            panel             7.0
            panel at least   70.0
    2009 abstract             9.0 2007
      2010 thesis            10.0 2007
    """
    return _table("growth", network, verified_only)


def improvecarenow_centers():
    """The growth of ImproveCareNow as one line: centers by date, from the 9 practices of the 2009 abstract on.

    Returns
    -------
    pandas.DataFrame
        The dated rows of `growth` that belong to one account, in the order of `year`.

    Examples
    --------
    >>> improvecarenow_centers()["value"].tolist()
    [9.0, 23.0, 30.0, 33.0, 36.0, 75.0, 85.0, 96.0]
    """
    counts = growth("ImproveCareNow")
    one_account = counts["account"].isin(["", "2009 abstract"])
    counts = counts[(counts["measure"] == "centers") & one_account & counts["year"].notna()]
    return counts.sort_values("year").reset_index(drop=True)


def outcomes(network="ImproveCareNow", *, verified_only=True):
    """What networks say they achieved: a start and an end value for each measure, in outcomes and in processes.

    Parameters
    ----------
    network : str or None
        One of `networks()`; None for all.
    verified_only : bool
        False adds the rows whose `standing` is "unverified".

    Returns
    -------
    pandas.DataFrame
        One row for each claim: network, measure, unit, start_date, start_year, start_value (NaN where only the end is
        known), end_date, end_year, end_value, n (people in the study, as far as published; not always the
        denominator), account, bound (of the end value), source, standing, note.

    Raises
    ------
    InputError
        For a network without such claims.

    Examples
    --------
    >>> claims = outcomes().query("account != ''")
    >>> print(claims[["measure", "account", "start_value", "end_value"]].to_string(index=False))
                  measure      account  start_value  end_value
                remission        panel         60.0       80.0
    Crohn disease remission   2012 study         55.0       68.0
    Crohn disease remission         blog         49.0       77.0
                remission network page          NaN       80.0
    """
    return _table("outcomes", network, verified_only)


def activation_levels(*, verified_only=True):
    """The four levels of the Patient Activation Measure: scores, how common they are, and use of care.

    The meanings are paraphrased from rademakers2016. Two cuts between levels 3 and 4 are in use: say which you take.

    Returns
    -------
    pandas.DataFrame
        One row for each level and measure: level (1-4), meaning, network (whose numbers these are), measure, value,
        unit, date, year, bound, source, standing, note.

    Examples
    --------
    >>> levels = activation_levels().pivot(index="level", columns="measure", values="value")
    >>> levels["share of questionnaires"].tolist()
    [22.0, 19.0, 45.6, 13.3]
    """
    return _table("activation_levels", None, verified_only).astype({"level": int})


def participation(network=None, *, verified_only=True):
    """Who contributes how much: the 90-9-1 rule in digital health networks, and the commons of ImproveCareNow.

    Parameters
    ----------
    network : str or None
        One of `networks()`; None for all.
    verified_only : bool
        False adds the rows whose `standing` is "unverified".

    Returns
    -------
    pandas.DataFrame
        One row for each number: network, measure, group (lurkers, contributors, superusers, or all), value, unit, date,
        year, bound, source, standing, note.

    Raises
    ------
    InputError
        For a network without such numbers.

    Examples
    --------
    >>> shares = participation().query("measure == 'share of posts'")
    >>> dict(zip(shares["group"], shares["value"]))
    {'lurkers': 1.3, 'contributors': 24.0, 'superusers': 74.7}
    """
    return _table("participation", network, verified_only)


def networks():
    """The names of the networks with published numbers here, as they call themselves.

    CFLN is the Cystic Fibrosis Learning Network; T1DX-QI the T1D Exchange Quality Improvement Collaborative (type 1
    diabetes); CPRN the Cerebral Palsy Research Network; SPS Solutions for Patient Safety; OPQC the Ohio Perinatal
    Quality Collaborative; NPC-QIC the National Pediatric Cardiology Quality Improvement Collaborative.

    Returns
    -------
    list of str

    Examples
    --------
    >>> networks()[:3]
    ['ImproveCareNow', 'CFLN', 'T1DX-QI']
    """
    tables = (_table(name, None, verified_only=False) for name in ("growth", "outcomes", "participation"))
    return list(dict.fromkeys(name for table in tables for name in table["network"]))


def reference(key):
    """A source as one readable line; in brackets, what could not be confirmed about it.

    Parameters
    ----------
    key : str
        A value of a `source` column, or another key of `lnlab/references.bib`.

    Raises
    ------
    InputError
        For an unknown key.

    Examples
    --------
    >>> print(reference("vanmierlo2014"))
    van Mierlo, Trevor (2014). The 1% Rule in Four Digital Health Social Networks: An Observational Study.
    Journal of Medical Internet Research 16(2):e33. https://doi.org/10.2196/jmir.2966
    """
    entries = _bibliography()
    entry = entries[one_of("key", key, entries)]
    place = next(entry[name] for name in ("journal", "booktitle", "school", "howpublished") if name in entry)
    issue = f"({entry['number']})" if "number" in entry else ""
    volume = f" {entry['volume']}{issue}" if "volume" in entry else ""
    pages = f"{':' if volume else ', '}{entry['pages']}" if "pages" in entry else ""
    link = f" https://doi.org/{entry['doi']}" if "doi" in entry else f" {entry['url']}" if "url" in entry else ""
    note = f" [{entry['note']}]" if "note" in entry else ""
    return (f"{_authors(entry['author'])} ({entry.get('year', 'undated')}). {entry['title']}. "
            f"{place}{volume}{pages}.{link}{note}")


def _table(name, network, verified_only):
    """One of the data files, read afresh each time, so that nobody can change it for anybody else."""
    import pandas as pd
    table = pd.read_csv(DATA / f"{name}.csv", dtype=str, keep_default_na=False)
    for column in table.columns.intersection(_NUMBERS):
        table[column] = pd.to_numeric(table[column]).astype(float)
    for date in table.columns.intersection(list(_DATES)):
        table.insert(table.columns.get_loc(date) + 1, _DATES[date], [_middle(each) for each in table[date]])
    if network is not None:
        one_of("network", network, table["network"].unique().tolist())
        table = table[table["network"] == network]
    if verified_only:
        table = table[table["standing"] != "unverified"]
    return table.reset_index(drop=True)


def _middle(date):
    """The middle of a published period as a decimal year.

    >>> _middle("2009"), _middle("2015-05"), _middle("2016/2017"), _middle("")
    (2009.5, 2015.375, 2017.0, nan)
    """
    if not date:
        return math.nan
    if "/" in date:
        first, last = date.split("/")
        return (_middle(first) + _middle(last)) / 2
    year, _, month = date.partition("-")
    return int(year) + ((int(month) - 0.5) / 12 if month else 0.5)


def _bibliography():
    """The entries of references.bib by key. Only our own strict form is understood: one field per line."""
    entries, entry = {}, None
    for number, line in enumerate(BIBLIOGRAPHY.read_text(encoding="utf-8").splitlines(), start=1):
        if opening := _ENTRY.fullmatch(line):
            entry = entries[opening[2]] = {"type": opening[1]}
        elif field := _FIELD.fullmatch(line):
            entry[field[1]] = field[2]
        elif line not in ("", "}") and not line.startswith("%"):
            raise InputError(f"Line {number} of {BIBLIOGRAPHY.name} must be `@type{{key,`, `  name = {{value}},` or "
                             f"`}}`; got {line!r}.")
    return entries


def _authors(field):
    """The authors of a bib entry, the fourth and later ones as "et al.".

    >>> _authors("Kazil, Jackie and Masad, David"), _authors("Grimm, Volker and others"), _authors("{T1D Exchange}")
    ('Kazil, Jackie and Masad, David', 'Grimm, Volker et al.', 'T1D Exchange')
    """
    names = [name.strip("{}") for name in field.split(" and ")]
    if len(names) > 3 or "others" in names:
        return f"{names[0]} et al."
    return " and ".join(names)
