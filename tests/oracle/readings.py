"""What several people's readings tell of a number, by brute force: the reading model on a grid, from its definition."""

from __future__ import annotations

import numpy as np
from scipy import stats

SHARED, ALIKE, WORTH = 0.25, 0.2, 2.0


def pooled(said: list[float], deviations: list[float], relative: list[float]) -> tuple[float, float]:
    """Return mean and standard deviation of x given readings ``y_k = x + c + d_k``.

    ``deviations`` are what each one's own range means, before ``relative``, his errors beside the usual, is counted.
    The size w of own errors is integrated on a grid of its logarithm; given it all is one multivariate normal, and
    with a flat prior x has variance 1 / (1' S^-1 1) and mean (1' S^-1 y) times that.
    """
    y, share = np.array(said), 1 - SHARED
    squares = np.array(relative) ** 2
    usual = len(squares) / np.sum(1 / squares)
    alone = np.exp(np.mean(np.log(deviations))) ** 2 * usual
    law = stats.invgamma(WORTH / 2 + 1, scale=WORTH / 2 * alone * share / (1 + ALIKE))
    log_w = np.linspace(np.log(alone) - 12, np.log(alone) + 20, 2001)
    weights, means, variances = [], [], []
    ones = np.ones(len(y))
    for w in np.exp(log_w):
        covariance = (SHARED * alone + ALIKE * w) * np.outer(ones, ones) + w * np.diag(squares / usual)
        inverse = np.linalg.inv(covariance)
        variance = 1 / (ones @ inverse @ ones)
        mean = variance * (ones @ inverse @ y)
        off = y - mean
        # the density of the readings, x integrated out, and of w with the step of the grid
        log_density = -0.5 * (np.linalg.slogdet(covariance)[1] - np.log(variance) + off @ inverse @ off)
        weights.append(np.exp(log_density) * law.pdf(w) * w)
        means.append(mean)
        variances.append(variance)
    share_of = np.array(weights) / np.sum(weights)
    mean = share_of @ means
    return float(mean), float(np.sqrt(share_of @ (np.array(variances) + (np.array(means) - mean) ** 2)))
