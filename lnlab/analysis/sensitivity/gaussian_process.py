"""A Gaussian process with a nugget, and what it says of each point when that is left out."""

import warnings

import numpy as np

from lnlab.checks import InputError


def gaussian_process(unit, means, seed=1):
    """Fit a Gaussian process to outcomes at points of the unit cube.

    Its covariance is that of Matern (5/2) with a length for each parameter, and a nugget: what differs between runs at
    the same point. All by maximum likelihood, as scikit-learn finds it.

    Parameters
    ----------
    unit : (n_points, n_parameters) float
    means : (n_points,) float
    seed : int
        Of the second starting point of the search.

    Returns
    -------
    mean_of, covariance_of : functions of (n, n_parameters) points
        The surface without the nugget.
    left_out, left_out_sd : (n_points,) float
        Each point predicted from the others (the lengths and variances stay as fitted to all).
    nugget : float
        Its variance.

    Raises
    ------
    InputError
        Where scikit-learn is not installed, and for too few points.

    Examples
    --------
    >>> at = np.linspace(0, 1, 12)[:, None]
    >>> mean_of, *_ = gaussian_process(at, np.sin(3 * at[:, 0]))
    >>> bool(abs(mean_of(np.array([[0.53]]))[0] - np.sin(3 * 0.53)) < 0.001)
    True
    """
    from scipy.linalg import cholesky, solve_triangular
    try:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
        from threadpoolctl import threadpool_limits
    except ImportError:
        raise InputError('A Gaussian process needs scikit-learn, which is not installed. Install it: `python -m pip '
                         'install "scikit-learn>=1.5"` (the extra `calibration` of lnlab); or choose '
                         'kind="quadratic".') from None
    n, n_parameters = unit.shape
    if n < n_parameters + 3:
        raise InputError(f"A Gaussian process of {n_parameters} parameters needs at least {n_parameters + 3} points; "
                         f"got {n}.")
    center, scale = means.mean(), means.std()
    kernel = (ConstantKernel(1.0, (1e-2, 1e3)) * Matern(np.ones(n_parameters), (0.05, 50.0), nu=2.5)
              + WhiteKernel(0.05, (1e-8, 2.0)))
    process = GaussianProcessRegressor(kernel, n_restarts_optimizer=1, random_state=seed)
    with warnings.catch_warnings(), threadpool_limits(1):           # matrices this small are slower on two cores
        warnings.simplefilter("ignore", ConvergenceWarning)     # a length at its bound: this parameter does nothing
        process.fit(unit, (means - center) / scale)
    smooth, nugget = process.kernel_.k1, process.kernel_.k2.noise_level
    # By its root and not its inverse, which of a smooth surface without luck holds little but rounding
    root = cholesky(process.kernel_(unit), lower=True)
    inverse_root = solve_triangular(root, np.eye(n), lower=True)
    precision = (inverse_root**2).sum(axis=0)
    away = (inverse_root.T @ (inverse_root @ process.y_train_)) / precision

    def mean_of(at):
        return center + scale * (smooth(at, unit) @ process.alpha_)

    def covariance_of(at):
        across = solve_triangular(root, smooth(unit, at), lower=True)
        return scale**2 * (smooth(at) - across.T @ across)

    return mean_of, covariance_of, means - scale * away, scale / np.sqrt(precision), scale**2 * nugget
