"""What is simulated is found again: many cases of a known truth, and the ranks of many small studies.

The simulator is written from the design's formulas, apart from the package: a hypothesis, items reported right with
probability r, and one step of log-normal intensity whose question is asked at the horizon.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from resolving import resolved_case
from scipy.special import ndtr, ndtri
from scipy.stats import kstest
from small import CUTOFF, HORIZON, beta

from detente.elicitation import beta_parameters
from detente.evaluation.calibrate.quadrature import prior_density, update
from detente.evaluation.calibrate.tables import evidence_table, make_grid, outcome_means, outcomes_at

MIDS = ((0.85, 0.3), (0.25, 0.7), (0.9, 0.5))
CHANCES = (0.25, 0.75)
TRUST, WIDTH, SPREAD, MASS = 0.9, 0.05, 0.05, 0.65
PRIOR, BIAS_SD = beta(0.55, 0.2), 0.7
GRID = make_grid(BIAS_SD)
DAYS = (HORIZON - CUTOFF).days
REACH = ndtri((1 + MASS) / 2)
MANY = 4000


@pytest.fixture(scope="module")
def tables():
    """Return the table of each of the 16 cases that can come about, by its answers and its outcome."""
    found = {}
    of_outcome = {}
    for seen in product((False, True), repeat=3):
        for said in ("no", "yes"):
            case = resolved_case(
                ("p_b", "horizon", said),
                mids=MIDS,
                seen=list(seen),
                width=WIDTH,
                trust=TRUST,
                gamma=(PRIOR.mean, PRIOR.sd),
                processes={"p": [("a", "b")]},
                chances=lambda step, h, regime: CHANCES[int(h[1])],
                spread=SPREAD,
            )
            if said not in of_outcome:
                of_outcome[said] = outcomes_at(outcome_means(case, GRID.gamma[::4], GRID.bias, 1))
            coarse = of_outcome[said]
            whole = type(GRID)(GRID.gamma[::4], GRID.bias).at(coarse, GRID.gamma, GRID.bias)
            found[seen, said == "yes"] = evidence_table(case.case, GRID.gamma, GRID.bias) + whole
    return found


def simulate(rng, gamma, bias):
    """Simulate a case for each of the given truths: answers (cases, item) and outcomes (cases,)."""
    count = gamma.size
    h = rng.integers(2, size=count)
    mids = np.array(MIDS)
    ends = [ndtri(mids + side * WIDTH) for side in (-1, 1)]
    spread = (ends[1] - ends[0]) / (2 * REACH)
    mu = ndtri(mids)
    shrunk = mu.mean(axis=1, keepdims=True) + gamma[:, None, None] * (mu - mu.mean(axis=1, keepdims=True))
    chance = ndtr(shrunk / np.sqrt(1 + spread**2))  # (cases, item, hypothesis)
    report = TRUST * chance[np.arange(count), :, h] + (1 - TRUST) * chance.mean(axis=2)
    seen = rng.random((count, 3)) < report
    stated = np.array(CHANCES)
    eta = np.log(-np.log(1 - stated) / 100)
    sigma = (np.log(-np.log(1 - stated - SPREAD)) - np.log(-np.log(1 - stated + SPREAD))) / (2 * REACH)
    level = np.log(np.exp(eta).mean())
    log_rate = level + gamma * (eta[h] - level) + bias + sigma[h] * rng.standard_normal(count)
    return seen, rng.random(count) < -np.expm1(-np.exp(log_rate) * DAYS)


def chosen(tables, seen, happened):
    return [tables[tuple(map(bool, row)), bool(said)] for row, said in zip(seen, happened, strict=True)]


def posterior(tables, start, seen, happened):
    """Update by many cases, of which there are 16 kinds."""
    kinds, times = np.unique(np.column_stack([seen, happened]), axis=0, return_counts=True)
    return update(start, GRID, chosen(tables, kinds[:, :3], kinds[:, 3]), times.tolist())


@pytest.mark.parametrize(("gamma", "bias"), [(0.8, -0.6), (0.35, 0.5)])
def test_many_cases_of_a_known_truth(tables, gamma, bias):
    rng = np.random.default_rng(7)
    start = prior_density(PRIOR, BIAS_SD, GRID)
    seen, happened = simulate(rng, np.full(MANY, gamma), np.full(MANY, bias))
    few = posterior(tables, start, seen[:60], happened[:60])
    many = posterior(tables, start, seen, happened)
    assert many.of_gamma.sd < 0.06 < few.of_gamma.sd < start.of_gamma.sd
    assert many.of_bias.sd < 0.12 < few.of_bias.sd < start.of_bias.sd
    assert many.of_gamma.mean == pytest.approx(gamma, abs=3 * many.of_gamma.sd)
    assert many.of_bias.mean == pytest.approx(bias, abs=3 * many.of_bias.sd)


STUDIES, CASES, CELLS = 200, 4, (80, 50)


def ranks(tables, *, sign=1.0):
    """Draw truths from the prior, simulate small studies, and return where in its posterior each truth lies."""
    rng = np.random.default_rng(20)
    start = prior_density(PRIOR, BIAS_SD, GRID, CELLS)
    gamma = rng.beta(*beta_parameters(PRIOR), size=STUDIES)
    bias = rng.normal(0, BIAS_SD, size=STUDIES)
    seen, happened = simulate(rng, np.repeat(gamma, CASES), sign * np.repeat(bias, CASES))
    found = np.empty((STUDIES, 2))
    for row in range(STUDIES):
        mine = slice(CASES * row, CASES * (row + 1))
        known = update(start, GRID, chosen(tables, seen[mine], happened[mine]))
        for column, (points, mass, truth) in enumerate(
            ((known.gamma, known.mass.sum(axis=1), gamma[row]), (known.bias, known.mass.sum(axis=0), bias[row]))
        ):
            half = (points[1] - points[0]) / 2
            found[row, column] = np.interp(truth, points + half, np.cumsum(mass))
    return found


def test_ranks_of_small_studies_are_uniform(tables):
    found = ranks(tables)
    assert kstest(found[:, 0], "uniform").pvalue > 0.01
    assert kstest(found[:, 1], "uniform").pvalue > 0.01


def test_a_sign_mistaken_is_noticed(tables):
    assert kstest(ranks(tables, sign=-1.0)[:, 1], "uniform").pvalue < 1e-4
