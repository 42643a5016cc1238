"""The simulation: its likelihood against both engines, its paths and polls against closed forms."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from scipy import stats
from small import CUTOFF, START, make_case

from detente import exact, inference
from detente.case.priors import Coupling, Reached
from detente.case.processes import Event
from detente.exact.reading import read_steps
from detente.graph.data import evidence_data
from detente.graph.polls import poll_data
from detente.graph.record import record_data
from detente.projection import project
from detente.verify.election import simulate_polls
from detente.verify.likelihood import joint, log_likelihood, read_stated
from detente.verify.paths import simulate_future, simulate_record
from detente.verify.replicate import rank_place
from detente.verify.simulation import parameters, polls_missed, simulate, simulate_waits, waits_log_likelihood
from detente.verify.tally import tally
from detente.verify.uniformity import p_value

MEETING = Coupling(process="q", to="t1", when=Reached(process="p", reached="s1"), multiplier=4.0, because="A test.")


@pytest.mark.parametrize("seed", range(12))
def test_likelihood_and_count_are_those_of_both_engines(random_case, seed):
    """A third reading of the design: P(h | all else) at the exact engine's draws, exposure of both."""
    case = random_case(seed).case
    stated, counted = read_stated(case), tally(case)
    widths, record, items = read_steps(case) if case.transitions else (), record_data(case), evidence_data(case)
    for steps in widths[:1]:
        assert counted.days == pytest.approx(steps.exposure)
        assert counted.days == pytest.approx(record.exposure)
        assert counted.made == pytest.approx(steps.happened)
        assert stated.sigma == pytest.approx(record.spread)
    assert stated.mu == pytest.approx(items.location)
    assert stated.s == pytest.approx(items.spread)
    drawn = inference.draw_exactly(case, exact.posterior(case), 50)
    at = parameters({name: values[0] for name, values in drawn.values.items()})
    seen = np.array([item.observed for item in case.evidence_in_force], dtype=bool)
    chance = joint(at, log_likelihood(stated, at, seen, counted))[1]
    assert chance == pytest.approx(drawn.flat("hypothesis_probability"), abs=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_every_replicate_has_the_same_items_and_only_a_record_of_its_own(random_case, seed):
    case = random_case(seed).case
    for number in range(3):
        made = simulate(case, np.random.default_rng(number)).case
        assert [item.id for item in made.evidence_in_force] == [item.id for item in case.evidence_in_force]
        assert [group.name for group in made.groups_in_force] == [group.name for group in case.groups_in_force]
        assert (made.winner, made.information_cutoff) == (case.winner, case.information_cutoff)
        assert all(START.year and event.date <= case.information_cutoff for event in made.events)


def test_a_silence_that_is_not_over_can_be_seen_or_absent():
    case = make_case([(0.5, 0.5)])
    item = case.evidence[0].changed(observed=True, expected_by=CUTOFF)
    case = case.changed(evidence=(item,))
    seen = [simulate(case, np.random.default_rng(seed)) for seed in range(40)]
    assert {len(one.case.evidence_in_force) for one in seen} == {1}
    assert 8 < sum(one.case.evidence[0].observed for one in seen) < 32


def test_the_days_until_a_step_are_exponential_and_recorded_whole():
    """One step a hundred days on average, watched for a long time: the recorded days are the clock's, rounded."""
    case = make_case(hypotheses=2, processes={"p": [("s0", "s1")]}, cutoff=START + dt.timedelta(days=3000))
    rate = np.full((1, 2, 1), np.log(0.01))
    rng = np.random.default_rng(1)
    days = []
    for _ in range(2000):
        made = simulate_record(case, lambda _: rate, 0, rng)
        days += [(event.date - START).days for event in made.events]
    assert len(days) == 2000
    assert np.mean(days) == pytest.approx(100, abs=4 * 100 / np.sqrt(2000))
    assert stats.kstest(np.array(days) + rng.uniform(-0.5, 0.5, 2000), "expon", (0, 100)).pvalue > 0.01


def test_competing_steps_couplings_and_regimes():
    """Shares go with intensities, a coupling multiplies one, and the election turns them over on its day."""
    election = START + dt.timedelta(days=50)
    case = make_case(
        hypotheses=2,
        processes={"p": [("s0", "s1"), ("s0", "s2")], "q": [("t0", "t1")]},
        winners=("incumbent", "rival"),
        election=election,
        events=[Event(date=election, process="election", state="rival", source="", claim="")],
        couplings=(MEETING,),
    )
    rate = np.full((3, 2, 3), -np.inf)
    rate[:2, :, 0] = np.log([[0.03], [0.01]])
    rate[2, :, 2] = np.log(0.004)  # after:rival only
    rng = np.random.default_rng(2)
    first, later = [], {"s1": [], "s2": []}
    for _ in range(1500):
        events = [e for e in simulate_record(case, lambda _: rate, 1, rng).events if e.process != "election"]
        state = [e.state for e in events if e.process == "p"]
        assert all((e.date < election) == (e.process == "p") for e in events)
        if state:
            first.append(state[0])
            later[state[0]].append(any(e.process == "q" for e in events))
    made, among = 1 - np.exp(-0.04 * 50), first.count("s1") / len(first)
    assert len(first) / 1500 == pytest.approx(made, abs=4 * np.sqrt(made * (1 - made) / 1500))
    assert among == pytest.approx(0.75, abs=4 * np.sqrt(0.1875 / len(first)))
    left = (CUTOFF - election).days
    for state, factor in (("s1", 4), ("s2", 1)):
        expected = 1 - np.exp(-0.004 * factor * left)
        assert np.mean(later[state]) == pytest.approx(expected, abs=4 * np.sqrt(0.25 / len(later[state])))


def test_futures_come_as_often_as_they_are_projected():
    case = make_case(
        hypotheses=2,
        processes={"p": [("s0", "s1"), ("s1", "s2")], "q": [("t0", "t1")]},
        winners=("incumbent", "rival"),
        election=CUTOFF + dt.timedelta(days=90),
        couplings=(MEETING,),
    )
    rate = np.log(np.random.default_rng(3).uniform(0.001, 0.006, (3, 2, 3)))
    found = project(case, rate[None], np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]), with_curves=False)
    rng = np.random.default_rng(4)
    came = [simulate_future(case, rate[:, 0], "rival", (), rng).first for _ in range(1500)]
    for row, outcome in enumerate(case.outcomes):
        times = np.array([future[outcome.id] for future in came])
        early, late = (times <= case.election.date.toordinal()).mean(), np.isfinite(times).mean()
        assert early == pytest.approx(found.by_election[0, 0, row], abs=4 * np.sqrt(0.25 / 1500))
        assert late == pytest.approx(found.by_horizon[0, 0, 1, row], abs=4 * np.sqrt(0.25 / 1500))


def precise(case):
    """Return the case with polls that show what there is to see, without lean or error."""
    prior = case.priors.polls.changed(house_sd=1e-9, excess_sd=0.0, unstated_sample=10**12)
    polls = tuple(poll.changed(sample_size=None) for poll in case.polls_in_force)
    return case.changed(polls=polls, priors=case.priors.changed(polls=prior))


def test_the_walk_is_that_of_the_graph_in_its_own_coordinates(bundled):
    case = precise(bundled)
    data = poll_data(case)
    for seed in range(20):
        contest = simulate_polls(case, np.random.default_rng(seed))
        shown = [poll.incumbent / (poll.incumbent + poll.opponent) for poll in contest.polls]
        assert shown == pytest.approx(0.5 + data.shows @ contest.state, abs=1e-5)
        ends = data.day @ contest.state
        expected = ends[1] - data.taught * ends[0]
        assert contest.share == pytest.approx(0.5 + expected + data.unknown * contest.surprise)
        assert contest.wins == pytest.approx(stats.t.cdf(expected / data.unknown, data.degrees))


def test_the_coordinates_are_standard_normal_and_apart(bundled):
    rng = np.random.default_rng(5)
    stated = bundled.priors.polls.changed(start_sd=0.1, degrees=None)
    case = bundled.changed(priors=bundled.priors.changed(polls=stated))
    made = [simulate_polls(case, rng) for _ in range(1200)]
    table = np.array([[*one.state, one.surprise] for one in made])
    assert np.cov(table.T) == pytest.approx(np.eye(table.shape[1]), abs=0.15)
    assert table.mean(axis=0) == pytest.approx(0, abs=4 / np.sqrt(1200))


@pytest.mark.parametrize(("start", "degrees"), [(0.1, None), (1.0, None), (1.0, 4.0)])
def test_the_polls_say_what_the_exact_engine_makes_of_them(bundled, start, degrees):
    """The share on election day lies where the closed form has it, wherever a diffuse level begins."""
    stated = bundled.priors.polls.changed(start_sd=start, degrees=degrees)
    case, places, gaps = bundled.changed(priors=bundled.priors.changed(polls=stated)), [], []
    for seed in range(300):
        contest = simulate_polls(case, np.random.default_rng(seed))
        found = exact.poll_posterior(case.changed(polls=contest.polls))
        places.append(found.below(contest.share))
        gaps.append((contest.share > 0.5) - found.probability)
    assert stats.kstest(places, "uniform").pvalue > 0.01
    assert np.mean(gaps) == pytest.approx(0, abs=4 * np.std(gaps) / np.sqrt(300))


def test_the_waits_likelihood_is_the_exact_engines(bundled):
    """The exact engine's log posterior less its standard normal prior."""
    made = simulate_waits(bundled, np.random.default_rng(2))
    points = np.random.default_rng(3).standard_normal((3, 20))
    for waits in made.waits:
        likelihood = exact.waiting._log_likelihood(*exact.waiting._parameters(*points), waits)
        assert waits_log_likelihood(waits, *points) == pytest.approx(likelihood)


def test_draws_that_never_saw_polls_or_waits_are_told_apart(bundled):
    """Truths ranked among draws from the prior: parameters' places are uniform, those of data and parameters not."""
    rng, places = np.random.default_rng(4), {"share": [], "missed": [], "pace": [], "likelihood": []}
    for seed in range(60):
        made = simulate(bundled, np.random.default_rng(seed))
        shares = np.array([simulate_polls(bundled, rng).share for _ in range(30)])
        pace, shape, floor = rng.standard_normal((3, 30))
        places["share"].append(rank_place(shares, made.truth["incumbent_share"], rng))
        missed = polls_missed(made.case, shares)
        places["missed"].append(rank_place(missed, made.truth["polls_missed"], rng))
        places["pace"].append(rank_place(pace, made.truth["class_pace"][0], rng))
        likelihood = waits_log_likelihood(made.waits.waits[0], pace, shape, floor)
        places["likelihood"].append(rank_place(likelihood, made.truth["class_log_likelihood"][0], rng))
    found = {name: p_value(np.array(values)) for name, values in places.items()}
    assert min(found["share"], found["pace"]) > 0.01
    assert max(found["missed"], found["likelihood"]) < 1e-4


def test_waits_are_cut_short_where_they_were(bundled):
    real = simulate_waits(bundled, np.random.default_rng(1))
    assert real.steps == tuple(step.id for step in exact.steps_with_class(bundled))
    for step, waits in zip(exact.steps_with_class(bundled), real.waits, strict=True):
        recorded = exact.members.class_waits(bundled, step, bundled.priors.outside_view.reference_class)
        for wait, limits in zip(waits, recorded, strict=True):
            is_as_recorded = wait[:2] == limits[:2]
            assert is_as_recorded or wait.after == wait.by
            assert is_as_recorded or limits.after == limits.by or not limits.after < wait.after <= limits.by
    assert simulate_waits(make_case([(0.5, 0.5)]), np.random.default_rng(1)).steps == ()
