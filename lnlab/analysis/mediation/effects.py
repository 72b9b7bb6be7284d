"""The parts of an effect, from fitted regressions: of the estimates, of each resample, and their delta errors."""

from dataclasses import replace

import numpy as np

from lnlab.analysis.mediation.g_formula import mean_outcome, path_name, paths


def effects_of(system, method, linear):
    """Every effect by its name.

    Parameters
    ----------
    system : System
    method : {"products", "g-formula", "interventional"}
    linear : bool
        Straight lines without products of columns: the parts are products of coefficients.

    Returns
    -------
    dict of str to (n_resamples,) float
    """
    mediators = system.mediators
    control = None if linear and method != "interventional" else mean_outcome(system, ())
    if method == "interventional":
        found = _interventional(system, control)
    elif linear:
        found = {path_name(path, mediators): _product(system, path) for path in paths(len(mediators))}
    else:
        treated, worlds = set(), [control]
        for path in paths(len(mediators)):
            treated.add(path)
            worlds.append(mean_outcome(system, treated))
        found = {path_name(path, mediators): after - before
                 for path, before, after in zip(paths(len(mediators)), worlds, worlds[1:])}
    parts = list(found.values())
    total = sum(parts[1:], parts[0])
    if len(mediators) > 1:
        found["total indirect"] = total - found["direct"]
    found["total"] = total
    with np.errstate(divide="ignore", invalid="ignore"):
        found["proportion mediated"] = 1 - found["direct"] / total
    if len(mediators) == 1 and not linear:
        through = mean_outcome(system, {(0,)})
        found |= {"acme_control": through - control, "acme_treated": found[f"through {mediators[0]}"],
                  "ade_control": found["direct"], "ade_treated": control + total - through}
    return found


def _product(system, path):
    """The product of the coefficients along a path, for the change of the exposure."""
    product, before = system.levels[1] - system.levels[0], system.exposure
    for place in [*path, len(system.equations) - 1]:
        equation = system.equations[place]
        product = product * system.fits[place].coefficients[:, equation.terms.index((before,))]
        before = equation.of
    return product


def _interventional(system, control):
    """Direct, through the distribution of each mediator, and through their dependence."""
    first, second = system.mediators
    to_first, to_second = {(0,)}, {(1,), (0, 1)}
    direct, total = (mean_outcome(system, treated) for treated in ({()}, {()} | to_first | to_second))
    apart = [mean_outcome(system, {()} | treated, independent=True) for treated in (
        set(), to_first, to_first | to_second)]
    parts = {"direct": direct - control, f"through {first}": apart[1] - apart[0],
             f"through {second}": apart[2] - apart[1]}
    return parts | {"through their dependence": total - control - sum(parts.values())}


def delta_errors(system, method, linear, names):
    """Standard errors by the delta method: those of the coefficients, and the slope of each effect on each of them.

    Parameters
    ----------
    system : System
        Of the rows as they are, each once.
    method, linear
        As in `effects_of`.
    names : sequence of str
        The effects wanted.

    Returns
    -------
    (n_effects,) float
    """
    variance = np.zeros(len(names))
    for place, each in enumerate(system.fits):
        covariance = each.covariance()
        steps = np.sqrt(np.diag(covariance)) * 1e-3
        both = []
        for sign in (1, -1):
            moved = replace(each, coefficients=each.coefficients + sign * np.diag(steps),
                            deviation=np.repeat(each.deviation, len(steps)))
            found = effects_of(replace(system, fits=(*system.fits[:place], moved, *system.fits[place + 1:])), method,
                               linear)
            both.append(np.column_stack([np.broadcast_to(found[name], len(steps)) for name in names]))
        with np.errstate(invalid="ignore"):
            slopes = (both[0] - both[1]) / (2 * steps[:, None])
        variance += np.einsum("ie,ij,je->e", slopes, covariance, slopes)
    return np.sqrt(variance)
