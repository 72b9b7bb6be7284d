"""A regression in words: what was fitted, on how many, and what it takes to read it as a cause."""

import html

SCALES = {"gaussian": "", "binomial": "log odds", "poisson": "logarithms of the mean",
          "gamma": "logarithms of the mean"}


def method_in_words(method, family, cluster, n_clusters, correlation, small_samples, slope):
    """What was done, as a phrase.

    >>> method_in_words("ols", "gaussian", "center", 30, "exchangeable", True, None)
    "ordinary least squares; errors robust to 30 clusters ('center')"
    """
    kind = "" if family == "gaussian" else f" ({family}; estimates are {SCALES[family]})"
    if method == "ols":
        said = "ordinary least squares"
    elif method == "glm":
        said = f"generalized linear model{kind or ' (gaussian)'}"
    elif method == "gee":
        errors = "Mancl and DeRouen's errors" if small_samples else "plain sandwich errors"
        within = "exchangeable" if correlation == "exchangeable" else "independent"
        return (f"generalized estimating equations{kind} with {within} rows in {n_clusters} clusters ({cluster!r}); "
                f"{errors}")
    else:
        varies = f"the constant and the slope of {slope!r} vary" if slope else "the constant varies"
        return (f"linear mixed model: {varies} between {n_clusters} clusters ({cluster!r}); "
                f"{'restricted ' if small_samples else ''}maximum likelihood")
    return said + (f"; errors robust to {n_clusters} clusters ({cluster!r})" if cluster else "")


def as_text(fit):
    """The whole result as plain text."""
    table = _shown(fit.estimates).to_string(index=False)
    return "\n".join([fit.formula, f"{_sentence(fit.method)} {fit.n_rows:,} rows.", "", table, "",
                      *_further(fit), f"Read as a cause only if: {'; '.join(fit.assumptions)}.",
                      *(f"Caution: {each}" for each in fit.cautions)])


def as_html(fit):
    """The same as a page's part."""
    said = [f"<p><code>{html.escape(fit.formula)}</code><br>",
            f"{html.escape(_sentence(fit.method))} {fit.n_rows:,} rows.</p>",
            _shown(fit.estimates).to_html(index=False, border=0)]
    said += [f"<p>{html.escape(each)}</p>" for each in _further(fit)]
    said.append("<p>Read as a cause only if:</p><ul>"
                + "".join(f"<li>{html.escape(each)}</li>" for each in fit.assumptions) + "</ul>")
    return "".join(said + [f"<p><b>Caution:</b> {html.escape(each)}</p>" for each in fit.cautions])


def p_in_words(p):
    """A p value as it is printed.

    >>> p_in_words(0.00004), p_in_words(0.0314)
    ('< .001', '.031')
    """
    return "" if p != p else "< .001" if p < 0.001 else f"{p:.3f}".replace("0.", ".", 1)


def _shown(estimates):
    shown = estimates.copy()
    for name in ("estimate", "standard_error", "low", "high"):
        shown[name] = [f"{value:.4g}" for value in estimates[name]]
    shown["p"] = [p_in_words(value) for value in estimates["p"]]
    return shown.rename(columns={"standard_error": "standard error", "low": "95 % low", "high": "95 % high"})


def _sentence(method):
    return f"{method[0].upper()}{method[1:]}. On"


def _further(fit):
    further = []
    if fit.variances is not None:
        further.append("Standard deviations: " + ", ".join(
            f"{row.part} {row.sd:.4g}" for row in fit.variances.itertuples()) + ".")
    if fit.cluster_correlation == fit.cluster_correlation:
        further.append(f"Correlation of two rows of a cluster, given the terms: {fit.cluster_correlation:.3f}.")
    return further
