"""What seeing something would do is what the case says once it is in the record; sets by enumeration."""

import dataclasses
import datetime as dt
import itertools

import numpy as np
import pytest
from small import CUTOFF, HORIZON, WHY, make_case

from detente import exact
from detente.analysis.conditional import by_gamma, condition_outcomes
from detente.analysis.results import Watch
from detente.analysis.reweighting import take_apart
from detente.analysis.watch import watch
from detente.analysis.watch.information import Belief, best_set, entropy, information, mutual_information
from detente.analysis.watch.observables import dates, indicators, next_steps, split_paths, transitions
from detente.case.evidence import EvidenceItem
from detente.case.likelihoods import Interval, Likelihood
from detente.case.watch import WatchItem
from detente.projection import carry

LATER = CUTOFF + dt.timedelta(days=60)


def watched(name, mids, *, width=0.1, cluster=None, **more):
    likelihoods = {f"h{k}": Interval(low=m - width, mid=m, high=m + width) for k, m in enumerate(mids)}
    return WatchItem(id=name, by=LATER, indicator=f"{name} is seen", likelihoods=likelihoods, cluster=cluster, **more)


def make(*items, **more):
    settings = {"clusters": ["c", "c", None], "width": 0.1, "gamma": (0.6, 0.15), "trust": 0.95} | more
    return make_case([(0.6, 0.3), (0.4, 0.5), (0.7, 0.6)], **settings).changed(watch=items)


def recorded(case, *seen):
    """Return the case with indicators in the record, graded A1: pairs of an indicator and whether it was seen."""
    items = tuple(
        EvidenceItem(
            id=w.id, date=CUTOFF, cluster=w.cluster, observed=yes, reliability="A", credibility=1, actor="",
            source="A source", locator="", claim=w.indicator,
        )
        for w, yes in seen
    )  # fmt: skip
    judged = {
        w.id: {h: Likelihood(low=p.low, mid=p.mid, high=p.high, because=WHY) for h, p in w.likelihoods.items()}
        for w, _ in seen
    }
    return case.changed(evidence=(*case.evidence, *items), likelihoods={**case.likelihoods, **judged})


@pytest.mark.parametrize("cluster", [None, "c", "new"])
def test_seen_or_not_is_what_the_case_says_with_it_in_the_record(cluster):
    item = watched("x", (0.7, 0.3), cluster=cluster)
    case = make(item)
    row = watch(case, "h0").indicators[0]
    now = exact.posterior(case)
    for yes, then in ((True, row.if_seen), (False, row.if_not)):
        assert then == pytest.approx(exact.posterior(recorded(case, (item, yes))).probability, abs=1e-9)
    seen = exact.posterior(recorded(case, (item, True)))
    assert row.chance == pytest.approx(np.exp(seen.log_evidence - now.log_evidence), abs=1e-9)


def test_what_is_expected_to_be_learned_averages_out():
    for target in ("h0", "p_b"):
        found = watch(make(watched("x", (0.7, 0.3)), processes={"p": [("a", "b"), ("b", "d")]}, chances=0.3), target)
        assert found.indicators
        for row in found.indicators:
            mean = row.chance * np.array(row.if_seen) + (1 - row.chance) * np.array(row.if_not)
            assert mean == pytest.approx(found.base, abs=1e-9)
            assert 0 <= row.bits_hypotheses <= found.entropy_hypotheses
            assert 0 <= row.bits_target <= found.entropy_target


def test_bits_are_the_mutual_information_by_enumeration():
    item = watched("x", (0.7, 0.3))
    case = make(item)
    row = watch(case, "h0").indicators[0]
    now = exact.posterior(case)
    joint = []
    for yes in (True, False):
        then = exact.posterior(recorded(case, (item, yes)))
        joint.append(np.exp(then.log_evidence - now.log_evidence) * then.probability)
    assert row.bits_hypotheses == pytest.approx(mutual_information(np.array(joint)), abs=1e-9)
    by_hand = entropy(now.probability) - sum(part.sum() * entropy(part / part.sum()) for part in joint)
    assert row.bits_hypotheses == pytest.approx(by_hand, abs=1e-9)


@pytest.mark.parametrize("clusters", [(None, None, None), ("c", "c", None), ("c", "new", "new")])
def test_a_set_tells_what_enumerating_every_pattern_in_the_record_tells(clusters):
    items = [
        watched(name, mids, cluster=cluster)
        for name, mids, cluster in zip("xyz", ((0.7, 0.3), (0.4, 0.6), (0.2, 0.35)), clusters, strict=True)
    ]
    case = make(*items)
    now, joint = exact.posterior(case), []
    for pattern in itertools.product((True, False), repeat=3):
        then = exact.posterior(recorded(case, *zip(items, pattern, strict=True)))
        joint.append(np.exp(then.log_evidence - now.log_evidence) * then.probability)
    basis = take_apart(case, 1)
    belief = Belief(basis, basis.share, np.zeros((*basis.share.shape, 0)), None)
    observables = list(indicators(basis))
    assert information(belief, observables) == pytest.approx(mutual_information(np.array(joint)), abs=1e-9)
    best = best_set(belief, observables, 3)
    assert best[-1].total == pytest.approx(mutual_information(np.array(joint)), abs=1e-9)
    assert best[0].adds == pytest.approx(max(information(belief, [one]) for one in observables))


def test_returns_diminish_for_indicators_that_share_no_cause():
    case = make(*(watched(name, (0.7, 0.4)) for name in "uvwxyz"), gamma=(1.0, 0.0))
    adds = [pick.adds for pick in watch(case, "h0", size=6).best]
    assert len(adds) == 6
    assert adds == sorted(adds, reverse=True)


def test_a_step_by_a_date_is_the_projection_to_that_date(bundled):
    case, steps = next_steps(bundled)
    conditional, day = condition_outcomes(case, 2, 50), 40
    marks = [step.mark for step in steps]
    chance, joint = split_paths(conditional, tuple(marks), day)
    late = np.stack([by_gamma(np.tensordot(conditional.winner, f.late, axes=1)) for f in conditional.futures], axis=1)
    for h, future in enumerate(conditional.futures):
        seen = np.zeros((future.log_intensity.shape[0], len(case.outcomes)))
        for chain in conditional.chains:
            state = np.eye(chain.states, 1) * np.ones(seen.shape[0])
            rates = np.exp(future.log_intensity[:, :, 0])
            seen[:, list(chain.outcomes)] = carry(chain, rates, state, np.array([float(day)]))[0][:, 0]
        assert chance[:, h] == pytest.approx(by_gamma(seen)[:, marks], abs=1e-9)
    assert joint[:, :, range(len(marks)), marks] == pytest.approx(chance, abs=1e-9)  # once visited, always visited
    assert (joint <= late[:, :, None] + 1e-9).all()
    assert (joint <= chance[..., None] + 1e-9).all()


@pytest.mark.parametrize("day", [100, 200])
def test_a_step_after_the_election_is_split_by_winner(bundled, day):
    """On the horizon itself the joint chance of a step and an outcome is that of the outcome, for the step's own."""
    case, steps = next_steps(bundled)
    conditional = condition_outcomes(case, 2, 50)
    marks = tuple(step.mark for step in steps)
    chance, joint = split_paths(conditional, marks, conditional.calendar.horizon)
    late = np.stack([by_gamma(np.tensordot(conditional.winner, f.late, axes=1)) for f in conditional.futures], axis=1)
    assert chance == pytest.approx(late[..., list(marks)], abs=1e-9)
    sooner, _ = split_paths(conditional, marks, day)
    assert (sooner <= chance + 1e-9).all()
    assert (joint <= late[:, :, None] + 1e-9).all()


def test_a_step_tells_of_another_process_by_the_winner_that_both_depend_on():
    """By hand: each winner's chances of the step and of the outcome multiply, and the mean is over the winners."""
    vote, slow, fast = 100, 0.05, 0.6
    case = make_case(
        processes={"p": [("a", "b")], "q": [("x", "y")]},
        chances=lambda step, h, regime: fast if regime == "after:left" else slow,
        winners=("left", "right"),
        election=CUTOFF + dt.timedelta(days=vote),
    )
    before, after = (-np.log1p(-np.array(chances)) / 100 for chances in ((slow, slow), (fast, slow)))

    def by(days):
        return -np.expm1(-before * min(days, vote - 1) - after * max(0, days - vote + 1))

    found = watch(case, "q_y")
    place, whole = found.headlines.index("q_y"), by((HORIZON - CUTOFF).days)
    rows = [row for row in found.indicators if row.id == "p:b"]
    for row in rows:
        seen = by((row.by - CUTOFF).days)
        joint = np.array([[np.mean(a * b) for b in (whole, 1 - whole)] for a in (seen, 1 - seen)])
        assert row.chance == pytest.approx(seen.mean(), abs=1e-9)
        assert row.if_seen[place] == pytest.approx(joint[0, 0] / joint[0].sum(), abs=1e-9)
        assert row.if_not[place] == pytest.approx(joint[1, 0] / joint[1].sum(), abs=1e-9)
        assert row.bits_target == pytest.approx(mutual_information(joint), abs=1e-9)
    late = max(rows, key=lambda row: row.by)
    assert (late.if_seen[place], late.if_not[place]) == pytest.approx((0.816, 0.350), abs=5e-4)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr("detente.analysis.watch.analysis.LANES", 20)


@pytest.mark.usefixtures("few")
def test_steps_and_silences_of_the_bundled_case_are_candidates(bundled):
    basis = take_apart(bundled, 1, 20)
    found = watch(bundled, "tactic")
    kinds = {row.kind for row in found.indicators}
    assert kinds == {"indicator", "transition", "silence"}
    assert len([row for row in found.indicators if row.kind == "indicator"]) >= 12
    assert all(row.because for row in found.indicators if row.kind == "indicator")
    case, steps = next_steps(bundled)
    assert {row.by for row in transitions(basis, condition_outcomes(case, 1, 20), steps, None)} == set(dates(bundled))
    assert bundled.election.date in dates(bundled)
    assert max(dates(bundled)) < bundled.horizon


@pytest.mark.usefixtures("few")
def test_a_date_cuts_the_list(bundled):
    day = dt.date(2023, 5, 1)
    found = watch(bundled, "leaders_met", by=day)
    assert found.indicators
    assert all(row.by <= day for row in found.indicators)
    assert all(pick.by <= day for pick in found.best)


def test_a_case_with_nothing_to_watch_says_so():
    found = watch(make_case([(0.6, 0.3)]))
    assert found.indicators == found.best == ()


def test_json_can_be_read_back():
    import json

    import msgspec

    found = watch(make(watched("x", (0.7, 0.3), cost=2.0, reasons={"h0": "Because."})), "h0")
    assert found.indicators[0].cost == 2.0
    assert found.indicators[0].because == "h0: Because."
    assert msgspec.json.decode(json.dumps(found.to_json()), type=Watch) == found
    assert dataclasses.is_dataclass(found)
