"""Bootstrap: resamples of rows, or of whole clusters, as the number of times that each row counts."""

import numpy as np

AT_ONCE = 1_000_000     # rows times resamples that are held in memory together


def resamples(n_rows, n, seed=1, clusters=None):
    """How often each row counts in each resample, in batches.

    Parameters
    ----------
    n_rows : int
    n : int
        Number of resamples.
    seed : int
    clusters : (n_rows,) int, optional
        The cluster of each row, from 0. Whole clusters are then drawn, as many as there are.

    Yields
    ------
    (n_batch, n_rows) float

    Examples
    --------
    >>> batch, = resamples(4, 3, clusters=np.array([0, 0, 1, 1]))
    >>> batch.shape, bool((batch[:, 0] == batch[:, 1]).all()), batch.sum(axis=1).tolist()
    ((3, 4), True, [4.0, 4.0, 4.0])
    """
    random = np.random.default_rng(seed)
    n_units = n_rows if clusters is None else int(clusters.max()) + 1
    batch = max(1, AT_ONCE // n_rows)
    for begin in range(0, n, batch):
        size = min(batch, n - begin)
        drawn = random.integers(n_units, size=(size, n_units)) + n_units * np.arange(size)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=size * n_units).reshape(size, n_units).astype(float)
        yield counts if clusters is None else counts[:, clusters]


def percentiles(values, level=0.95):
    """The interval that holds the middle of many resampled values, (2, ...): low and high.

    >>> percentiles(np.arange(101.0)).round(6).tolist()
    [2.5, 97.5]
    """
    return np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0)
