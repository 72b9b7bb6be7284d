"""The ladder of notebooks: what each asks, how long it takes, and where on the translational spectrum it stands."""

from pathlib import Path

LADDER = Path(__file__).with_name("ladder.csv")


def ladder():
    """The notebooks of the laboratory in the order in which they build on each other, the planned ones among them.

    Returns
    -------
    pandas.DataFrame
        One row for each notebook: notebook (its name), question, minutes (to read it and do its exercises), spectrum
        (description, measurement, models and mechanisms are the basic questions; T1-T3 are experiments; T4 is
        implementation), since (the version of lnlab that brought it, empty while it is planned), and here (bool: does
        this version have it?).

    Examples
    --------
    >>> rungs = ladder().set_index("notebook")
    >>> rungs.loc["05_commons", "question"]
    'Why is sharing not a tragedy?'
    >>> bool(rungs.loc["00_start_here", "here"])
    True
    """
    import pandas as pd
    rungs = pd.read_csv(LADDER, dtype={"minutes": int, "since": str}, keep_default_na=False)
    return rungs.assign(here=rungs["since"] != "")
