"""What one more case is worth: Fisher information by hand, and by the exact engine over every answer."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from resolving import VOTE, resolved_case
from small import beta

from detente import exact
from detente.evaluation.calibrate.information import HALF_STEP, case_information, expected_information
from detente.evaluation.calibrate.tables import outcome_means, outcomes_at

GAMMA = 0.6
POINTS = (GAMMA - HALF_STEP, GAMMA, GAMMA + HALF_STEP)


def log_evidence(case, gamma):
    fixed = beta(gamma, 0.0)
    return exact.posterior(case.changed(priors=case.priors.changed(discrimination=fixed))).log_evidence


def over_every_answer(**parts):
    """Return sum of P(y) (d log P(y) / d gamma)^2 over every combination of seen and unseen items."""
    total = 0.0
    for seen in product((False, True), repeat=len(parts["mids"])):
        low, here, high = (log_evidence(resolved_case(seen=list(seen), **parts).case, gamma) for gamma in POINTS)
        total += np.exp(here) * ((high - low) / (2 * HALF_STEP)) ** 2
    return total


@pytest.mark.parametrize(
    "parts",
    [
        {"mids": [(0.95, 0.4)]},
        {"mids": [(0.9, 0.2), (0.3, 0.8)], "trust": 0.9},
        {"mids": [(0.9, 0.3), (0.8, 0.2), (0.7, 0.2)], "clusters": ["c", "c", None], "width": 0.05},
        {"mids": [(0.9, 0.3, 0.5), (0.8, 0.2, 0.4)], "clusters": ["c", "c"], "weights": [0.5, 0.2, 0.3]},
    ],
)
def test_items_alone_and_in_clusters(parts):
    known = over_every_answer(**parts)
    assert case_information(resolved_case(**parts), GAMMA, 3) == pytest.approx(known, rel=0.1)


def test_outcomes_by_the_horizon():
    parts = {
        "hypotheses": 2,
        "processes": {"p": [("a", "b"), ("a", "c")]},
        "chances": lambda step, h, regime: 0.5 if (step.target == "b") == (h == "h0") else 0.05,
    }
    total = 0.0
    for said in (("no", "no"), ("yes", "no"), ("no", "yes")):
        found = resolved_case(*zip(("p_b", "p_c"), ["horizon"] * 2, said, strict=True), **parts)
        table = outcomes_at(outcome_means(found, np.array(POINTS), np.zeros(1), 1))[:, 0]
        chance = np.exp(table).mean(axis=1)  # two hypotheses of even weight
        total += chance[1] * ((np.log(chance[2]) - np.log(chance[0])) / (2 * HALF_STEP)) ** 2
    assert case_information(resolved_case(**parts), GAMMA, 3) == pytest.approx(total, rel=0.1)


def test_outcomes_of_processes_that_share_a_winner():
    """Over every pattern of both: as the tables have it, in which a winner is the same for both."""
    parts = {
        "hypotheses": 2,
        "processes": {"p": [("a", "b")], "q": [("x", "y")]},
        "chances": lambda step, h, regime: 0.6 if (regime == "after:left") == (h == "h0") else 0.05,
        "winners": ("left", "right"),
        "election": VOTE,
    }
    total = 0.0
    for said in product(("no", "yes"), repeat=2):
        found = resolved_case(*zip(("p_b", "q_y"), ["horizon"] * 2, said, strict=True), **parts)
        assert len(found.winners) == 2
        table = outcomes_at(outcome_means(found, np.array(POINTS), np.zeros(1), 1))[:, 0]
        chance = np.exp(table).mean(axis=1)
        total += chance[1] * ((np.log(chance[2]) - np.log(chance[0])) / (2 * HALF_STEP)) ** 2
    assert case_information(resolved_case(**parts), GAMMA, 3) == pytest.approx(total, rel=0.1)


def test_how_many_cases_halve_a_deviation():
    """Three times the prior's precision is needed on top of it."""
    found = resolved_case(mids=[(0.9, 0.2), (0.3, 0.8)])
    worth = expected_information([found, found], beta(0.6, 0.15), GAMMA, 3)
    assert worth.information == pytest.approx(case_information(found, GAMMA, 3))
    assert worth.cases == pytest.approx(3 / (0.15**2 * worth.information))


def test_a_case_with_nothing_in_it_teaches_nothing():
    worth = expected_information([resolved_case()], beta(0.6, 0.15), GAMMA, 3)
    assert (worth.information, worth.cases) == (0.0, None)
