"""At a break-even prior, and at a tipping point, the case run again is on the line."""

import dataclasses

import numpy as np
import pytest
from small import make_case

from detente import exact
from detente.analysis.results import TippingPoint
from detente.analysis.reweighting import take_apart
from detente.analysis.sensitivity.elicited import applied, elicited, known
from detente.analysis.sensitivity.thresholds import PRECISION, _roots, break_even, prior_for, tipping
from detente.estimative import ICD_203


def with_prior(case, hypothesis, weight):
    prior = case.priors.hypotheses
    rest = 1 - prior.weights[hypothesis]
    weights = {k: weight if k == hypothesis else w * (1 - weight) / rest for k, w in prior.weights.items()}
    moved = {"hypotheses": prior.changed(weights=weights), "centre": case.priors.centre_weights}
    return case.changed(priors=case.priors.changed(**moved))


def test_two_items_by_hand():
    """Likelihood ratio 3 x 2 = 6, so that even odds need a prior of 1 / 7."""
    basis = take_apart(make_case([(0.6, 0.2), (0.5, 0.25)]), 0)
    row = next(row for row in break_even(basis, "h0") if row.line == 0.5)
    assert row.prior == pytest.approx(1 / 7, abs=1e-9)
    assert row.stated == pytest.approx(0.5)


@pytest.mark.parametrize("weights", [(0.5, 0.5), (0.2, 0.3, 0.5)])
def test_a_case_with_the_break_even_prior_is_on_the_line(weights):
    mids = [(0.6, 0.3, 0.4)[: len(weights)], (0.3, 0.5, 0.2)[: len(weights)]]
    case = make_case(mids, weights=weights, gamma=(0.6, 0.15), width=0.1)
    basis = take_apart(case, 0)
    for row in break_even(basis, "h1"):
        if row.prior is not None:
            probability = exact.posterior(with_prior(case, row.hypothesis, row.prior)).probability
            assert probability[case.hypothesis_ids.index(row.target)] == pytest.approx(row.line, abs=1e-9)


def test_an_outcome_that_no_prior_brings_to_the_line_has_none(basis):
    assert prior_for(basis, "tactic", "comprehensive_deal", 0.5) is None


def test_the_prior_for_an_outcome_brings_it_to_the_line(basis):
    place = basis.headlines.index("ground_operation")
    ends = [basis.weigh(basis.total, log_prior=log)[place] for log in ([-0.01, -4.6], [-4.6, -0.01])]
    line = sum(ends) / 2
    weight = prior_for(basis, "tactic", "ground_operation", line)
    again = take_apart(with_prior(basis.case, "tactic", weight), 3, conditional=basis.conditional)
    assert again.weigh(again.total)[place] == pytest.approx(line, abs=1e-9)


def test_at_each_tipping_point_the_case_run_again_is_on_the_line(bundled):
    basis = take_apart(bundled, 3, 100)
    found = tipping(basis, "tactic")
    numbers = {(n.kind, n.id): n for n in elicited(bundled)}
    edges = {band.low for band in ICD_203.bands} | {band.high for band in ICD_203.bands} | {0.5}
    likelihoods = [row for row in found if row.kind == "likelihood"]
    assert [row.distance for row in likelihoods] == sorted(row.distance for row in likelihoods)
    for row in likelihoods[:4]:
        p = float(exact.posterior(applied(bundled, numbers["likelihood", row.id], row.at)).probability[1])
        assert min(abs(p - edge) for edge in edges) < 1e-5


def test_correlations_and_grades_tip_a_case_on_the_edge():
    case = make_case(
        [(0.6, 0.3), (0.6, 0.3), (0.3, 0.62), (0.4, 0.55)], clusters=["c", "c", None, None], width=0.1, rho=(0.5, 0.15)
    )
    ladder = dict(zip("ABCDEF", (0.98, 0.9, 0.75, 0.5, 0.25, 0.5), strict=True))
    case = case.changed(priors=case.priors.changed(reliability=ladder))
    basis = take_apart(case, 0)
    found = tipping(basis, "h0")
    assert {row.kind for row in found} >= {"likelihood", "grade"}
    for row in found:
        if row.kind == "correlation":
            dependence = {**case.priors.dependence, row.id: known(row.at)}
            again = exact.posterior(case.changed(priors=case.priors.changed(dependence=dependence)))
            assert min(abs(float(again.probability[0]) - line) for line in (0.45, 0.5, 0.55, 0.8)) < 1e-5
        if row.kind == "grade":
            assert row.distance >= 1
            assert row.label[0] in "ABCDEF"
    assert dataclasses.asdict(found[0])


@pytest.mark.parametrize(
    ("function", "ends", "root"),
    [
        (lambda x: np.where(x <= 0.5, 1e-7, 1e-7 - (x - 0.5)), (0, 1), 0.5 + 1e-7),
        (lambda x: 1e-7 - 40 * np.maximum(0, x - 0.5) ** 2, (0, 3), 0.5 + 5e-5),
        (lambda x: 1e-9 + x * (0.9 - x), (0, 1), 0.9),
        (lambda x: 0.3 - x, (1, 0), 0.3),
        (lambda x: np.exp(-x) - 0.5, (-30, 30), np.log(2)),
        (lambda x: 1 - x, (0, 1), 1),
    ],
)
def test_a_root_is_where_the_sign_changes_however_near_to_0_a_flat_function_comes(function, ends, root):
    a, b = (np.array([end], float) for end in ends)
    (answer,) = _roots(lambda _, x: function(x), a, function(a), b, function(b))
    assert answer == pytest.approx(root, abs=2 * PRECISION)


def test_changes_that_tip_in_several_ways_are_in_the_order_of_the_effects(basis):
    points = [TippingPoint("grade", "i", effect, 0.9, 0.5, 1.0, "step") for effect in ("unlikely", "lead", "even")]
    answer = [point.effect for point in tipping(basis, "tactic", points) if point.kind == "grade"]
    assert answer == ["even", "lead", "unlikely"]
