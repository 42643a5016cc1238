"""The printed rule of confidence, line by line."""

from __future__ import annotations

import pytest
from tests.report.factory import make_case, make_forecast, two, without
from tests.report.variants import bare, failed, many_hypotheses

from detente.diagnostics import Diagnostics
from detente.report.confidence import break_even, confidence, weak_share
from detente.report.sections.outcomes import by_process, competing


def leveled(**changes):
    return confidence(make_forecast(**changes)).level


def light():
    """Items that move the answer little."""
    base = make_forecast()
    lighter = {"weight_db": two(0.2), "posterior_without": without(0.2)}
    return {
        "evidence": tuple(item.changed(**lighter) for item in base.evidence),
        "clusters": tuple(cluster.changed(**lighter) for cluster in base.clusters),
        "records": tuple(record.changed(**lighter) for record in base.records),
    }


def test_one_cluster_that_moves_the_answer_by_twelve_points_keeps_it_moderate():
    found = confidence(make_forecast())
    assert found.level == "moderate"
    assert found.largest_move == pytest.approx(0.1206, abs=1e-3)
    assert found.mover == "the cluster “no price”"


def test_high_when_every_line_meets_it():
    assert leveled(**light()) == "high"


def test_low_when_the_interval_is_wide():
    wide = {h: f.changed(interval=(0.2, 0.9)) for h, f in make_forecast().hypotheses.items()}
    assert leveled(**light(), hypotheses=wide) == "low"


def test_low_when_one_item_left_out_changes_the_answer():
    base = make_forecast()
    turning = base.evidence[0].changed(posterior_without={"earnest": 0.6, "show": 0.4})
    found = confidence(make_forecast(evidence=(turning, *base.evidence[1:])))
    assert (found.level, found.reasons) == ("low", ("turns",))


def test_low_when_the_weight_is_weak():
    weak = make_case()
    weak = weak.changed(evidence=tuple(item.changed(reliability="D") for item in weak.evidence))
    assert weak_share(make_forecast(weak)) == 1
    assert confidence(make_forecast(weak)).level == "low"


def test_low_when_the_computation_failed_and_when_there_is_no_evidence():
    assert confidence(failed()).level == "low"
    assert confidence(bare()).level == "low"
    assert leveled(**light(), diagnostics=Diagnostics("fail")) == "low"


def test_weak_share_counts_c3_and_below():
    weights = [0.5, 0.4, 2.2, 0.9, 0.4, 2.6, 1.1, 1.4, 0.7, 1.6]
    assert weak_share(make_forecast()) == pytest.approx((0.9 + 0.7) / sum(weights))


def test_break_even_of_two_hypotheses_is_one_over_one_plus_the_likelihood_ratio():
    assert break_even(make_forecast()) == pytest.approx(1 / (1 + 0.863 / 0.137))


def test_break_even_of_five_hypotheses_makes_leader_and_runner_up_equal():
    forecast = many_hypotheses(5)
    even = break_even(forecast)
    lead, second = (forecast.hypotheses[h] for h in ("reading_0", "reading_1"))
    assert even * lead.posterior / lead.prior == pytest.approx((1 - even) / (1 - lead.prior) * second.posterior)


def test_kinds_compete_and_rungs_do_not():
    forecast = make_forecast()
    kinds, rungs = competing(forecast, by_process(forecast)["accord"])
    assert [kind.state for kind in kinds] == ["zone", "patrols", "treaty"]
    assert rungs == ()
    kinds, rungs = competing(forecast, by_process(forecast)["steps"])
    assert kinds == ()
    assert [rung.state for rung in rungs] == ["leaders", "embassies"]
