"""Tables of ratings: the maturity grid, who gave which level to what, and what cannot be a rating."""

from pathlib import Path

import numpy as np
import pandas as pd

from lnlab.checks import InputError, did_you_mean, refuse

LEVELS = 5
TABLES = Path(__file__).parent
KEYS = ["network", "year", "domain", "component"]
ALIKE = "All ratings are the same: there is nothing to tell apart, and the value is undefined."
SHOWN = 20       # names that a message spells out


def maturity_grid(own=None):
    """The grid by which a network rates itself: domains, their components, and what each level means.

    The six domains and the scale from 1 (not started) to 5 (ideal) are those of the published network maturity grid
    [lannon2021, bailes2021]. Its components are not public: the components here and all their wording are ours, and
    have not been tested with networks.

    Parameters
    ----------
    own : pandas.DataFrame or path of a CSV file, optional
        A network's own grid instead: columns `domain` and `component`, and if it likes `level_1` to `level_5`.

    Returns
    -------
    pandas.DataFrame
        One row for each component: domain, component, level_1 ... level_5 (empty where an own grid does not say), and
        wording: "lnlab" or "own".

    Raises
    ------
    InputError
        For a grid without these columns, with empty cells in them, or with a component twice in a domain.

    Examples
    --------
    >>> maturity_grid().groupby("domain", sort=False).size().to_dict()
    {'Systems of leadership': 4, 'Governance and management': 4, 'Quality improvement': 4,
     'Engagement and community': 4, 'Data and analytics': 4, 'Research': 4}
    >>> maturity_grid(pd.DataFrame({"domain": ["Data"], "component": ["Data entered once"]}))["wording"].tolist()
    ['own']
    """
    if own is None:
        return pd.read_csv(TABLES / "maturity_grid.csv", keep_default_na=False)
    return declared_table("own", own, ("domain", "component"), [f"level_{level}" for level in range(1, LEVELS + 1)]
                          ).assign(wording="own")


def declared_table(name, given, needed, optional):
    """A table of texts that somebody declares: trimmed, nothing empty or doubled; what is optional and absent is ""."""
    if isinstance(given, (str, Path)):
        try:
            given = pd.read_csv(given, dtype=str, keep_default_na=False, skipinitialspace=True)
        except (OSError, ValueError) as error:
            raise InputError(f"`{name}` must be a table or a CSV file that can be read; {given} cannot: "
                             f"{error}.") from None
    check_columns(name, given, needed)
    if len(given) == 0:
        raise InputError(f"`{name}` must have at least one row; got none.")
    table = pd.DataFrame({column: [_text(cell) for cell in given[column]] if column in given else ""
                          for column in (*needed, *optional)}, index=range(1, len(given) + 1))
    problems = [f"row {row}: `{column}` is empty" for column in needed for row in table.index[table[column] == ""]]
    keys = ["domain", "component"]
    problems += [f"row {row}: {table.component[row]!r} is in {table.domain[row]!r} twice"
                 for row in table.index[table.duplicated(keys)]]
    refuse(name, problems)
    return table.reset_index(drop=True)


def checked_ratings(ratings, grid=None):
    """Ratings as one tidy table, checked against a grid; all that is wrong with them is told at once.

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row for each level given: `network`, `year` (a number), `rater`, `component`, `level` (1 to 5; empty where
        a rater could not say), and `domain`, which may be left out if the grid has each component only once.
    grid : pandas.DataFrame, optional
        As `maturity_grid` returns it. If not given: the domains and components that the ratings name, or lnlab's grid
        for ratings without a domain.

    Returns
    -------
    ratings : pandas.DataFrame
        network, year, domain, component, rater, level (float, NaN where not rated), in the order of the grid.
    grid : pandas.DataFrame
        domain and component.

    Raises
    ------
    InputError
        With the rows (1 is the first): levels that are none of 1 to 5, the same rating twice, unknown components.

    Examples
    --------
    >>> checked_ratings(pd.DataFrame({"network": "ours", "year": 2026, "rater": ["a", "b"], "level": [3, 6],
    ...                               "component": "Rules for deciding"}))
    Traceback (most recent call last):
    lnlab.checks.InputError: `ratings` has 1 problem (row 1 is the first row):
    - row 2: level 6 is none of 1, 2, 3, 4, 5. Halves and 0 are none either; leave it empty if a rater cannot say.
    """
    check_columns("ratings", ratings, ("network", "year", "rater", "component", "level"))
    if len(ratings) == 0:
        raise InputError("`ratings` must have at least one row; got none.")
    has_domain = "domain" in ratings
    table = pd.DataFrame({name: list(ratings[name]) for name in
                          ("network", "year", "rater", "component", "level", *["domain"] * has_domain)},
                         index=range(1, len(ratings) + 1))
    problems = [f"row {row}: `{name}` is empty" for name in ("network", "rater", "component", *["domain"] * has_domain)
                for row, cell in table[name].items() if _text(cell) == ""]
    problems += [f"row {row}: year {cell!r:.40} is not a number such as 2026" for row, cell in table["year"].items()
                 if not _is_number(cell) or pd.isna(cell)]
    problems += [f"row {row}: level {f'{cell:g}' if _is_number(cell) else repr(cell)} is none of 1, 2, 3, 4, 5. Halves "
                 "and 0 are none either; leave it empty if a rater cannot say"
                 for row, cell in table["level"].items() if not (_is_missing(cell) or _is_level(cell))]
    for name in ("component", *["domain"] * has_domain):
        table[name] = table[name].map(_text)
    grid, unknown = _grid_for(table, grid)
    problems += unknown
    refuse("ratings", problems)
    table["level"] = [np.nan if _is_missing(cell) else float(cell) for cell in table["level"]]
    table["year"] = pd.to_numeric(table["year"])
    for name in ("network", "rater"):
        table[name] = _names(table[name])
    if not has_domain:
        table["domain"] = table["component"].map(grid.set_index("component")["domain"])
    twice = table.index[table.duplicated([*KEYS, "rater"])]
    refuse("ratings", [f"row {row}: {_said(table.rater[row], 'rater ')} rated {table.component[row]!r} of "
                       f"{_said(table.network[row])} in {table.year[row]:g} before; keep one, or give two people two "
                       "names" for row in twice])
    order = {key: place for place, key in enumerate(zip(grid["domain"], grid["component"]))}
    table["place"] = [order[key] for key in zip(table["domain"], table["component"])]
    tidy = table.sort_values(["network", "year", "place"], kind="stable", ignore_index=True)
    return tidy[[*KEYS, "rater", "level"]], grid[["domain", "component"]].reset_index(drop=True)


def rating_table(ratings, network=None, year=None, domain=None, grid=None):
    """The ratings of one network in one year as a table: a row for each component, a column for each rater.

    Parameters
    ----------
    ratings : pandas.DataFrame
        As in `checked_ratings`.
    network, year, domain : optional
        Which to take; may be left out where there is only one. Without a domain, the components of all.
    grid : pandas.DataFrame, optional

    Returns
    -------
    pandas.DataFrame
        (n_components, n_raters), NaN where a rater gave no level. Its transpose (`.T`) is what `cronbach_alpha` and
        `within_group_agreement` take.

    Examples
    --------
    >>> ratings = pd.DataFrame({"network": "ours", "year": 2026, "rater": ["a", "b", "a", "b"], "level": [3, 4, 2, 2],
    ...                         "component": ["Rules for deciding"] * 2 + ["Room for trials"] * 2})
    >>> rating_table(ratings).to_numpy().tolist()
    [[3.0, 4.0], [2.0, 2.0]]
    """
    tidy, _ = checked_ratings(ratings, grid)
    for name, wanted in (("network", network), ("year", year), ("domain", domain)):
        found = list(tidy[name].unique())
        if wanted is None and len(found) > 1 and name != "domain":
            raise InputError(f"`{name}` must be given where ratings have several: "
                             f"{', '.join(map(str, found[:SHOWN]))}.")
        if wanted is not None:
            if wanted not in found:
                raise InputError(f"`{name}` must be one of {', '.join(map(str, found[:SHOWN]))}; got {wanted!r}."
                                 f"{did_you_mean(wanted, [str(each) for each in found])}")
            tidy = tidy[tidy[name] == wanted]
    return wide(tidy)


def wide(tidy):
    """Ratings of one network and year from long to wide: components in rows, raters in columns."""
    raters = pd.Index(tidy["rater"].unique(), name="rater")
    table = tidy.set_index(["domain", "component", "rater"])["level"].unstack("rater")
    keys = pd.MultiIndex.from_frame(tidy[["domain", "component"]].drop_duplicates())
    table = table.reindex(index=keys, columns=raters)
    return table.droplevel("domain") if table.index.get_level_values("component").is_unique else table


def table_of_ratings(values, name, rows=None, columns=None):
    """A copy as a table of floats; axes named the wrong way round, and cells that are no numbers, are refused."""
    try:
        table = pd.DataFrame(values).copy()
    except (ValueError, TypeError):
        raise InputError(f"`{name}` must be a table with as many cells in every row; got {values!r:.200}.") from None
    if table.size == 0:
        raise InputError(f"`{name}` must hold ratings; got an empty table.")
    if rows and (columns in table.index.names or rows in table.columns.names):
        raise InputError(f"`{name}` must have one row for each {rows} and one column for each {columns}; got it the "
                         f"other way round. Turn it: {name}.T")
    cells = table.astype(object).to_numpy()
    refuse(name, [f"row {row}, column {column}: {cell!r:.40} is not a number (leave it NaN where nobody rated)"
                  for row, line in enumerate(cells, 1) for column, cell in zip(table.columns, line)
                  if not (_is_missing(cell) or _is_number(cell))])
    numbers = [[np.nan if _is_missing(cell) else float(cell) for cell in line] for line in cells]
    return pd.DataFrame(numbers, table.index, table.columns)


def check_columns(name, table, needed):
    """Is this a DataFrame with these columns, each once?"""
    if not isinstance(table, pd.DataFrame):
        raise InputError(f"`{name}` must be a table (pandas.DataFrame); got {type(table).__name__}.")
    doubled = [str(column) for column in table.columns[table.columns.duplicated()]]
    missing = [column for column in needed if column not in table]
    if missing or doubled:
        trouble = f"it lacks {', '.join(missing)}" if missing else f"it has {', '.join(doubled)} more than once"
        raise InputError(f"`{name}` must have the columns {', '.join(needed)}; {trouble}. It has: "
                         f"{', '.join(map(str, table.columns))}.")


def _grid_for(table, grid):
    """The grid of these ratings, and what is not in it."""
    if grid is None and "domain" in table:
        named = table[["domain", "component"]].drop_duplicates()
        return named[(named != "").all(axis=1)].sort_values("domain", key=lambda column: pd.factorize(column)[0],
                                                            kind="stable"), []
    grid = maturity_grid(grid)
    known = set(zip(grid["domain"], grid["component"]))
    if "domain" in table:
        return grid, [f"row {row}: the grid has no {component!r} in {domain!r}{_meant(component, grid)}"
                      for row, domain, component in table[["domain", "component"]].itertuples()
                      if component and (domain, component) not in known]
    doubled = set(grid.loc[grid["component"].duplicated(), "component"])
    if doubled:
        return grid, [f"`domain` is needed, because the grid has {each!r} in several domains" for each in doubled]
    names = set(grid["component"])
    return grid, [f"row {row}: the grid has no {component!r}{_meant(component, grid)}"
                  for row, component in table["component"].items() if component and component not in names]


def _meant(component, grid):
    meant = did_you_mean(component, [*grid["component"]]).rstrip("?")
    return f" ({meant.strip()}?)" if meant else ""


def _text(cell):
    return "" if _is_missing(cell) else str(cell).strip()


def _names(column):
    """Names as they are if all are numbers; otherwise as texts, so that 1 and "1" are one name and can be sorted."""
    return column if column.map(_is_number).all() else column.map(_text)


def _said(name, what=""):
    """A name as an error tells it: 'Ann', or rater 1."""
    return repr(name) if isinstance(name, str) else f"{what}{name:g}"


def _is_missing(cell):
    return cell is None or cell is pd.NA or cell is pd.NaT or (
        isinstance(cell, (float, np.floating)) and np.isnan(cell))


def _is_number(cell):
    return isinstance(cell, (int, float, np.integer, np.floating)) and not isinstance(cell, bool) and np.isfinite(cell)


def _is_level(cell):
    return _is_number(cell) and cell in range(1, LEVELS + 1)
