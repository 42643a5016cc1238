"""A number moved by the short way is the priors edited and everything run again."""

import numpy as np
import pytest
from small import make_case

from detente.analysis.reweighting import take_apart
from detente.analysis.sensitivity.elicited import applied, elicited
from detente.analysis.sensitivity.tornado import FEWER_LANES, moved, set_up, swing, tornado

KINDS = (
    "likelihood", "correlation", "discrimination", "prior", "reliability", "credibility", "intensity", "coupling",
    "persistence", "assumed_mass", "outside_view",
)  # fmt: skip


def some(case, kind, count=2):
    numbers = [number for number in elicited(case) if number.kind == kind]
    return numbers[:: max(1, len(numbers) // count)][:count]


@pytest.mark.parametrize("kind", KINDS)
def test_the_short_way_equals_editing_the_priors_and_running_again(bench, kind):
    assert bench.fewer.lanes == bench.basis.conditional.lanes == FEWER_LANES  # so that both are on the same draws
    for number in some(bench.basis.case, kind):
        for value in (number.low, number.high):
            case = applied(bench.basis.case, number, value)
            if number.id == "default":
                continue
            conditional = bench.basis.conditional if kind == "prior" else None  # else its draws begin elsewhere
            again = take_apart(case, bench.basis.conditional.random_seed, FEWER_LANES, conditional)
            assert moved(bench, number, value) == pytest.approx(again.weigh(again.total), abs=2e-9), number.id


def test_the_default_correlation_moves_every_cluster_without_one_of_its_own(bench):
    number = next(n for n in elicited(bench.basis.case) if (n.kind, n.id) == ("correlation", "default"))
    case = applied(bench.basis.case, number, 0.7)
    again = take_apart(case, bench.basis.conditional.random_seed, conditional=bench.basis.conditional)
    assert moved(bench, number, 0.7) == pytest.approx(again.weigh(again.total), abs=2e-9)


def test_a_number_at_its_stated_value_changes_nothing(bench):
    for kind in ("likelihood", "intensity", "prior", "coupling", "reliability", "persistence", "outside_view"):
        number = some(bench.basis.case, kind, 1)[0]
        assert moved(bench, number, number.mid) == pytest.approx(bench.base, abs=1e-10), number.id


def test_every_elicited_number_is_there_once(bundled):
    numbers = elicited(bundled)
    assert len({(n.kind, n.id) for n in numbers}) == len(numbers)
    count = {kind: sum(n.kind == kind for n in numbers) for kind in {n.kind for n in numbers}}
    assert count["likelihood"] == 2 * len(bundled.evidence_in_force)
    assert count["intensity"] == len(bundled.intensities)
    assert count["coupling"] == len(bundled.priors.couplings)
    assert [number.id for number in numbers if not number.low < number.high] == []


def test_the_election_moves_the_outcomes_in_proportion():
    case = make_case(
        [(0.6, 0.3)], processes={"p": [("a", "b")]}, winners=("x", "y"), election=make_case().information_cutoff
        + __import__("datetime").timedelta(days=60), chances=lambda t, h, g: 0.9 if g == "after:x" else 0.1,
    )  # fmt: skip
    bench = set_up(take_apart(case, 1))
    number = next(n for n in elicited(case) if n.kind == "election")
    place = bench.basis.headlines.index("p_b")
    low, base, high = (moved(bench, number, value)[place] for value in (0.2, 0.5, 0.8))
    assert low < base < high
    assert base == pytest.approx((low + high) / 2, abs=1e-12)


def test_rows_come_by_swing_of_the_target():
    case = make_case([(0.6, 0.3), (0.5, 0.4)], width=0.1, gamma=(0.6, 0.1))
    found = tornado(set_up(take_apart(case, 1)), "h0")
    base = take_apart(case, 1)
    spans = [row.span(0, float(base.weigh(base.total)[0])) for row in found]
    assert spans == sorted(spans, reverse=True)
    assert found[0].kind == "prior"


def test_a_swing_has_both_ends(bench):
    number = some(bench.basis.case, "intensity", 1)[0]
    row = swing(bench, number)
    assert row.at_low == pytest.approx(moved(bench, number, number.low), abs=1e-12)
    assert row.at_high == pytest.approx(moved(bench, number, number.high), abs=1e-12)
    assert not np.array_equal(row.at_low, row.at_high)


@pytest.mark.parametrize("seen", [(True, False), (False, True, True), (True, True, False)])
def test_judgements_that_mirror_each_other_come_by_name(seen):
    """An absence says what the presence of the opposite does; rounding does not tell which comes first."""
    mids = [(0.58, 0.42) if one else (0.42, 0.58) for one in seen]
    made = make_case(mids, clusters=["c"] * len(seen), seen=[*seen], width=0.1, gamma=(0.6, 0.15), trust=0.9)
    rows = [row.id for row in tornado(set_up(take_apart(made, 5, 20)), "h0") if row.id.endswith(":h1")]
    assert rows == sorted(rows)
