"""The published curves as data: many networks at different strengths of patient influence."""

from lnlab.checks import items
from lnlab.experiment import sweep
from lnlab.studies.study import setting_of

STRENGTHS = (0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.25, 0.3)


def influence_curves(n=10, seed=1, parameters=None, strengths=STRENGTHS):
    """Many networks at different strengths of patient influence: a table to fit the published curves to.

    Parameters
    ----------
    n, seed : int
        Networks at each strength; the same people and luck at all strengths.
    parameters : Parameters, optional
    strengths : sequence of float
        Values of `patient_influence`.

    Returns
    -------
    pandas.DataFrame
        A row for each network and strength: network, patient_influence, activation, commons_cases, median_health,
        remission_rate (means over the last twelve months).

    Raises
    ------
    InputError

    Examples
    --------
    >>> influence_curves(n=2, strengths=(0, 0.3)).shape
    (4, 6)
    """
    import pandas as pd
    p, n = setting_of(parameters, dict(n_patients=1000, n_centers=10, launch_month=12, months=72), n, after=12)
    measures = ["activation", "commons_cases", "median_health", "remission_rate"]
    strengths = items("strengths", strengths, "values of `patient_influence`")
    runs = sweep(pd.DataFrame({"patient_influence": strengths}), p, n=n, seed=seed, measures=measures)
    return runs.table.rename(columns={"replicate": "network"})[["network", "patient_influence", *measures]]
