"""Counted history and the marginal likelihood of it, in the exact engine."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from oracle.record import load
from small import CUTOFF, START, make_case

from detente import load_case
from detente.case.priors import Coupling, Reached
from detente.case.processes import Event
from detente.exact.intensities import mean_pace
from detente.exact.reading import Steps, read_steps
from detente.exact.record import transition_marginal
from detente.graph.record import record_data
from detente.verify.tally import Tally, tally

WHY = "A test wants it."
DAYS = (CUTOFF - START).days


def event(process, state, day):
    return Event(date=START + dt.timedelta(days=day), process=process, state=state, source="", claim="")


@pytest.mark.parametrize("seed", [0, 2, 3, 4, 5, 10, 11, 16, 22, 27, 31, 38])
def test_three_counts_of_one_history(random_case, seed):
    """The oracle's, the graph's (day by day) and the exact engine's (interval by interval)."""
    made = random_case(seed)
    for case in (made.case, load_case(made.name, made.workspace, made.case.information_cutoff - dt.timedelta(days=25))):
        oracle = load(made.workspace, made.name, case.information_cutoff)
        widths, record = read_steps(case), record_data(case)
        assert tuple((s.process, s.source, s.target) for s in case.transitions) == oracle.transitions
        for ours in (widths[0], record):
            np.testing.assert_array_equal(ours.happened, oracle.events)
            np.testing.assert_allclose(ours.exposure, oracle.exposure, rtol=1e-12)
        np.testing.assert_allclose(widths[0].constant, record.log_multiplier, atol=1e-12)
        np.testing.assert_allclose([steps.location for steps in widths], record.location, rtol=1e-11)
        np.testing.assert_allclose([steps.spread for steps in widths], record.spread, rtol=1e-11)


def test_exposure_by_hand():
    """Ten days in a, then b: the rival's arrow out of a is at risk for the same ten days; b's for the rest."""
    case = make_case(
        processes={"p": [("a", "b"), ("a", "c"), ("b", "c")]},
        events=(event("p", "b", 10),),
    )
    (steps,) = read_steps(case)
    assert steps.happened[:, 0].tolist() == [1, 0, 0]
    assert steps.exposure[:, 0].tolist() == [10, 10, DAYS - 10]


def test_regimes_by_hand():
    """A transition on election day belongs to the regime that begins; so does that day's exposure."""
    vote = START + dt.timedelta(days=50)
    case = make_case(
        processes={"p": [("a", "b"), ("b", "c")]},
        winners=("left", "right"),
        election=vote,
        events=(event("p", "b", 50), event("election", "right", 50)),
    )
    (steps,) = read_steps(case)
    assert case.regimes == ("before", "after:left", "after:right")
    assert steps.happened.tolist() == [[0, 0, 1], [0, 0, 0]]
    assert steps.exposure.tolist() == [[49, 0, 1], [0, 0, DAYS - 50]]
    assert steps.recorded(0) == (0, 2)


@pytest.mark.parametrize("day", [0, 1, 7])
def test_election_day_is_the_first_day_of_whoever_wins(day):
    """A step on it, or a day that passes without one; while nobody has won, of each winner in turn."""
    vote = CUTOFF - dt.timedelta(days=day)
    parts = {"processes": {"p": [("a", "b"), ("b", "c")]}, "winners": ("left", "right"), "election": vote}
    days = (vote - START).days
    step = event("p", "b", days)
    nothing = [[0, 0], [0, 0]], [[day + 1, 0], [0, 0]]
    a_step = [[1, 0], [0, 0]], [[1, 0], [day, 0]]
    for events, (happened, exposure) in (((), nothing), ((step,), a_step)):
        for of_winner, winners in (((), (0, 1)), ((event("election", "right", days),), (1,))):
            case = make_case(events=(*events, *of_winner), **parts)
            for counts in (*read_steps(case), record_data(case), tally(case)):
                made, exposed = ("made", "days") if isinstance(counts, Tally) else ("happened", "exposure")
                for winner in winners:
                    columns = [1 + winner, 2 - winner]
                    found = under(counts, made, winner), under(counts, exposed, winner)
                    assert found[0][:, columns].tolist() == happened
                    assert found[1][:, columns].tolist() == exposure
                    assert found[0][:, 0].tolist() == [0, 0]
                    assert found[1][:, 0].tolist() == [days - 1, 0]


def under(counts, name, winner):
    """Return counts (transition, regime) of any of the three codes under a winner (index), who may not be known."""
    found = np.array(getattr(counts, name))
    if not isinstance(counts, Steps):
        return found[winner] if found.ndim == 3 else found
    for group in counts.undated:
        found[list(group.rows)] = getattr(group, name)[winner]
    return found


def test_coupling_by_hand():
    """From day 30, when q is at y or beyond, arrows into b count threefold; at day 40 one is followed."""
    rule = Coupling(process="p", to="b", when=Reached(process="q", reached="y"), multiplier=3, because=WHY)
    case = make_case(
        processes={"p": [("a", "b")], "q": [("x", "y"), ("y", "z")]},
        events=(event("q", "y", 30), event("p", "b", 40), event("q", "z", 60)),
        couplings=(rule,),
    )
    for steps, constant in ((read_steps(case)[0], "constant"), (record_data(case), "log_multiplier")):
        assert steps.exposure[0].tolist() == [30 + 3 * 10]
        np.testing.assert_allclose(getattr(steps, constant)[0], np.log(3))


def test_location_by_hand():
    """0.4 within 100 days is an intensity of -log(0.6) / 100 a day."""
    case = make_case(processes={"p": [("a", "b")]}, chances=0.4)
    (steps,) = read_steps(case)
    np.testing.assert_allclose(np.exp(steps.location), -np.log(0.6) / 100)
    np.testing.assert_allclose(steps.spread, 0, atol=1e-11)


def test_quiet_days_by_hand():
    """Without doubt about the intensities: P(no step in n days | h) is (1 - chance) to the n / 100."""
    chance = {"h0": 0.5, "h1": 0.2}
    case = make_case(processes={"p": [("a", "b")]}, chances=lambda step, h, g: chance[h])
    from detente import exact

    quiet = np.array([(1 - c) ** (DAYS / 100) for c in chance.values()])
    np.testing.assert_allclose(exact.posterior(case).probability, quiet / quiet.sum(), atol=1e-10)


def test_a_step_made_by_hand():
    """Density of a step on day 40: intensity times the chance of none before."""
    from detente import exact

    chance = {"h0": 0.5, "h1": 0.2}
    case = make_case(processes={"p": [("a", "b")]}, chances=lambda step, h, g: chance[h], events=(event("p", "b", 40),))
    density = np.array([-np.log(1 - c) / 100 * (1 - c) ** 0.4 for c in chance.values()])
    np.testing.assert_allclose(exact.posterior(case).probability, density / density.sum(), atol=1e-10)


@pytest.mark.parametrize("persistence", [0.4, 1.0])
def test_marginal_is_the_double_integral(persistence):
    """One transition, two regimes on record, wide ranges: against Gauss-Hermite over u and every v."""
    case = make_case(
        processes={"p": [("a", "b")]},
        winners=("left", "right"),
        election=START + dt.timedelta(days=60),
        events=(event("election", "left", 60), event("p", "b", 130)),
        chances=lambda step, h, g: {"h0": 0.5, "h1": 0.3}[h] - (0.1 if g == "before" else 0),
        spread=0.15,
        persistence=persistence,
    )
    (steps,) = read_steps(case)
    found = np.exp(transition_marginal((steps,), 0, np.array([0.6])))[0]
    location = steps.log_intensity(np.array([0.6]))[0, 0]
    x, weight = np.polynomial.hermite_e.hermegauss(100)
    weight = weight / weight.sum()
    for h in range(2):
        total = np.ones_like(x)
        for g in range(3):
            effect = np.sqrt(persistence) * x[:, None] + np.sqrt(1 - persistence) * x
            log_rate = location[h, g] + steps.spread[0, h, g] * effect
            sojourn = steps.happened[0, g] * log_rate - np.exp(log_rate) * steps.exposure[0, g]
            total *= np.exp(sojourn) @ weight
        assert found[h] == pytest.approx(total @ weight, rel=1e-9)


def test_a_step_whose_contrasts_are_not_real_has_the_mean_pace():
    """At gamma 0: what the assessor gives it without knowing which hypothesis is true, not the mean of the logs."""
    paces, weights = np.array([[[0.010], [0.001]]]), np.array([0.25, 0.75])
    assert np.exp(mean_pace(np.log(paces), weights)) == pytest.approx(0.25 * 0.010 + 0.75 * 0.001, rel=1e-14)
