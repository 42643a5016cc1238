"""Leaving out by formula is deleting the rows and running again."""

import numpy as np
import pytest
from small import make_case

from detente import exact
from detente.analysis.reweighting import take_apart
from detente.analysis.sensitivity.analysis import groups, left_out
from detente.forecast import forecast
from detente.settings import Settings

EXACT, ODD = 1e-10, 1e-9
"""The second is for correlations with priors that pile up near 0 or 1, where quadrature in rho is at its limit."""


def deleted(case, items):
    return case.changed(evidence=tuple(item for item in case.evidence if item.id not in items))


def test_every_row_equals_deleting_and_running_again_on_the_bundled_case(basis):
    worst = 0.0
    for row in left_out(basis):
        case = deleted(basis.case, row.items)
        again = take_apart(case, 0, conditional=basis.conditional)
        worst = max(worst, np.abs(np.array(row.values) - again.weigh(again.total)).max())
    assert worst < EXACT


def test_deleting_an_item_leaves_the_outlook_as_it_was_draw_for_draw(basis):
    item = basis.case.evidence_in_force[0].id
    again = take_apart(deleted(basis.case, (item,)), basis.conditional.random_seed, basis.conditional.lanes)
    assert basis.weigh(basis.without([item])) == pytest.approx(again.weigh(again.total), abs=EXACT)


@pytest.mark.parametrize("seed", range(12))
def test_probabilities_equal_those_of_random_cases_run_again(random_case, seed):
    case = random_case(seed, items=12, clusters=3, processes=0).case
    basis = take_apart(case, 0)
    for _, _, items in groups(case):
        again = exact.posterior(deleted(case, items)).probability
        assert basis.weigh(basis.without(items)) == pytest.approx(again, abs=ODD)


def test_outcomes_equal_those_of_a_forecast_without_the_rows_within_its_error(bundled):
    basis = take_apart(bundled, 5, 1600)
    cluster = next(row for row in left_out(basis) if row.kind == "cluster")
    again = forecast(deleted(bundled, cluster.items), Settings(engine="exact", draws=4000, in_full=False))
    for name, value, error in zip(basis.headlines, cluster.values, basis.error, strict=True):
        outcome, _, window = name.partition(".")
        if outcome in again.outcomes:
            there = getattr(again.outcomes[outcome], window or "horizon")
            assert abs(value - there.probability) < 4 * np.hypot(error, there.mcse) + 1e-12, name


def test_an_actor_takes_every_item_with_it_that_names_it():
    case = make_case([(0.6, 0.3), (0.4, 0.7), (0.2, 0.5)])
    named = tuple(
        item.changed(actor=actor) for item, actor in zip(case.evidence, ("North; South", "South", ""), strict=True)
    )
    found = {(kind, name): items for kind, name, items in groups(case.changed(evidence=named))}
    assert found["actor", "North"] == ("i0",)
    assert found["actor", "South"] == ("i0", "i1")
    assert ("actor", "") not in found


def test_a_case_without_evidence_has_nothing_to_leave_out():
    assert left_out(take_apart(make_case(hypotheses=2), 0)) == ()
