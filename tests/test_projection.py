"""Projection: closed forms, the two ways of carrying a chain against each other, and paths simulated one by one."""

from __future__ import annotations

import datetime as dt

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle.simulate import simulate
from scipy.linalg import expm
from small import CUTOFF, HORIZON, START, make_case

from detente.case.election import ScheduledElection
from detente.case.priors import Coupling, Reached
from detente.case.processes import Event
from detente.case.windows import occurrence
from detente.projection import build_chains, carry, carrying, compiled, lumped_chains, project, projecting

QUICK = settings(max_examples=20, deadline=None)
DAYS = (HORIZON - CUTOFF).days
VOTE = CUTOFF + dt.timedelta(days=100)
DIAMOND = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("a", "d"), ("d", "e")]
PATHS = 40_000


def event(process, state, day):
    return Event(date=day, process=process, state=state, source="", claim="")


def coupling(process, to, other, reached, multiplier):
    when = Reached(process=other, reached=reached)
    return Coupling(process=process, to=to, when=when, multiplier=multiplier, because="A test wants it.")


def carried(case, rates, *, probability=None, winner=None, curves=True):
    """Project `rates` (draws, transition, hypothesis, regime) a day."""
    rates = np.asarray(rates, dtype=float)
    draws, width = rates.shape[0], len(case.hypotheses)
    if probability is None:
        probability = np.full((draws, width), 1 / width)
    if winner is None:
        count = 0 if case.winner else len(case.winner_ids)
        winner = np.full((draws, count), 1 / max(count, 1))
    with np.errstate(divide="ignore"):
        return project(case, np.log(rates), probability, winner, with_curves=curves)


def by_name(found, case, outcome, values):
    return values[..., found.outcomes.index(outcome)]


def race(winners=("left", "right")):
    """One process of three competing kinds under two hypotheses, with an election ahead."""
    return make_case(processes={"p": [("a", "b"), ("a", "c"), ("a", "d")]}, winners=winners, election=VOTE)


# --- closed forms


def test_one_step_by_hand():
    """P(step by the horizon) is 1 - exp(-rate days), and so on every date of the curve."""
    case = make_case(processes={"p": [("a", "b")]})
    found = carried(case, np.full((1, 1, 2, 1), 0.002))
    np.testing.assert_allclose(found.by_horizon, 1 - np.exp(-0.002 * DAYS), rtol=1e-12)
    elapsed = np.array([(day - CUTOFF).days for day in found.dates])
    np.testing.assert_allclose(found.curve.by_draw[0, :, 0], 1 - np.exp(-0.002 * elapsed), atol=1e-12)
    assert found.by_election is None
    assert found.winners == ()
    assert (found.dates[0], found.dates[-1]) == (CUTOFF, HORIZON)
    assert set(np.diff(elapsed)[:-1]) == {7}


def test_two_steps_by_hand():
    """A sum of two exponentials."""
    case = make_case(processes={"p": [("a", "b"), ("b", "c")]})
    one, two = 0.01, 0.004
    found = carried(case, np.array([one, two])[None, :, None, None] * np.ones((1, 1, 2, 1)))
    both = 1 - (two * np.exp(-one * DAYS) - one * np.exp(-two * DAYS)) / (two - one)
    np.testing.assert_allclose(found.by_horizon[0, 0, 0], [1 - np.exp(-one * DAYS), both], rtol=1e-10)


def test_competing_kinds_by_hand():
    """Cumulative incidence: each kind's share of the total intensity."""
    case = make_case(processes={"p": [("a", "b"), ("a", "c")]})
    found = carried(case, np.array([0.003, 0.001])[None, :, None, None] * np.ones((1, 1, 2, 1)))
    any_kind = 1 - np.exp(-0.004 * DAYS)
    np.testing.assert_allclose(found.by_horizon[0, 0, 0], [0.75 * any_kind, 0.25 * any_kind], rtol=1e-10)


def test_regimes_by_hand():
    """Before the vote one rate, after it another for each winner."""
    case = make_case(processes={"p": [("a", "b")]}, winners=("left", "right"), election=VOTE)
    rates = np.array([0.001, 0.004, 0.0])[None, None, None, :] * np.ones((1, 1, 2, 1))
    found = carried(case, rates, winner=np.array([[0.3, 0.7]]))
    early, late = 0.001 * (VOTE - CUTOFF).days - 0.001, (HORIZON - VOTE).days + 1  # election day is the first after it
    np.testing.assert_allclose(found.by_election, 1 - np.exp(-early), rtol=1e-12)
    np.testing.assert_allclose(found.by_horizon[0, :, 0, 0], 1 - np.exp(-early - 0.004 * late), rtol=1e-12)
    np.testing.assert_allclose(found.by_horizon[0, :, 1, 0], 1 - np.exp(-early), rtol=1e-12)
    mean = 1 - np.exp(-early) * (0.3 * np.exp(-0.004 * late) + 0.7)
    np.testing.assert_allclose(found.curve.by_draw[0, -1, 0], mean, rtol=1e-12)
    np.testing.assert_allclose(found.curve.by_winner[:, -1, 0], found.by_horizon[0, 0, :, 0], rtol=1e-12)
    assert VOTE in found.dates


def test_coupling_by_hand():
    """While q waits, p moves at its own rate; from its step on at three times that. Integrated over q's day."""
    case = make_case(processes={"p": [("a", "b")], "q": [("x", "y")]}, couplings=(coupling("p", "b", "q", "y", 3),))
    p, q = 0.001, 0.005
    found = carried(case, np.array([p, q])[None, :, None, None] * np.ones((1, 1, 2, 1)))
    day = np.linspace(0, DAYS, 400_001)
    never = np.exp(-(p + q) * DAYS)
    later = np.trapezoid(q * np.exp(-q * day) * np.exp(-p * day - 3 * p * (DAYS - day)), day)
    assert by_name(found, case, "p_b", found.by_horizon)[0, 0, 0] == pytest.approx(1 - never - later, rel=1e-8)
    assert by_name(found, case, "q_y", found.by_horizon)[0, 0, 0] == pytest.approx(1 - np.exp(-q * DAYS), rel=1e-10)


def test_linked_processes_move_together_and_others_apart():
    arrows = {name: [("a", "b")] for name in ("p", "q", "r", "s")}
    case = make_case(processes=arrows, couplings=(coupling("p", "b", "r", "b", 2), coupling("s", "b", "p", "b", 2)))
    assert sorted(chain.states for chain in build_chains(case)) == [2, 8]
    assert sorted(len(chain.outcomes) for chain in build_chains(case)) == [1, 3]


# --- lumped chains


def test_a_process_needs_only_what_drives_it():
    """Each in its own chain: p waits for nobody, q for p until p has moved, r for both, and s for nothing at all."""
    arrows = {name: [("a", "b"), ("b", "c")] for name in ("p", "q", "r", "s")}
    rules = (coupling("q", "b", "p", "b", 2), coupling("r", "c", "q", "b", 3), coupling("s", "b", "r", "c", 1))
    case = make_case(processes=arrows, couplings=rules)
    assert [chain.states for chain in build_chains(case)] == [81]
    lumped = {case.outcomes[chain.outcomes[0]].process: chain for chain in lumped_chains(case)}
    assert {name: chain.states for name, chain in lumped.items()} == {"p": 3, "q": 4, "r": 7, "s": 3}
    assert {name: len({one.transition for one in chain.moves}) for name, chain in lumped.items()} == {
        "p": 2,
        "q": 3,
        "r": 4,
        "s": 2,
    }


def test_processes_that_drive_each_other_share_a_chain():
    arrows = {name: [("a", "b")] for name in ("p", "q", "r")}
    rules = (coupling("p", "b", "q", "b", 2), coupling("q", "b", "p", "b", 2), coupling("r", "b", "q", "b", 2))
    chains = lumped_chains(make_case(processes=arrows, couplings=rules))
    assert [(chain.states, len(chain.outcomes)) for chain in chains] == [(4, 2), (4, 1)]


def test_what_ends_a_wait_without_being_asked_about_is_one_state():
    """Of a process with four ends, one of them asked about, three states are left."""
    case = make_case(processes={"p": [("a", name) for name in "bcde"]})
    (chain,) = lumped_chains(case.changed(outcomes=case.outcomes[:1]))
    assert (chain.states, len(chain.moves)) == (3, 4)
    np.testing.assert_array_equal(chain.visited, [[0, 1, 0]])


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_lumped_chains_are_the_product(seed):
    """Four processes with forks, at random driven by each other: as carried all together, to 1e-12."""
    rng = np.random.default_rng(seed)
    arrows = {"p": DIAMOND, "q": [("x", "y"), ("x", "z")], "r": [("i", "j"), ("j", "k")], "s": [("u", "v")]}
    ends = [(name, to) for name, steps in arrows.items() for to in dict.fromkeys(to for _, to in steps)]
    pairs = [(one, other) for one in ends for other in ends if one[0] != other[0]]
    chosen = [pairs[place] for place in rng.choice(len(pairs), rng.integers(0, 5), replace=False)]
    rules = tuple(coupling(*one, *other, float(rng.choice([0.5, 2.0, 4.0]))) for one, other in chosen)
    case = make_case(processes=arrows, couplings=rules, winners=("left", "right"), election=VOTE)
    asked = rng.choice(len(case.outcomes), rng.integers(1, len(case.outcomes)), replace=False)
    case = case.changed(outcomes=tuple(case.outcomes[place] for place in sorted(asked)))
    rates = np.exp(rng.normal(-5.5, 1.5, (3, len(case.transitions), 2, len(case.regimes))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(carrying, "_is_stiff", lambda events, dates: np.full(events.shape, True))
        found = carried(case, rates)
        patch.setattr(projecting, "lumped_chains", build_chains)
        whole = carried(case, rates)
    np.testing.assert_allclose(found.by_horizon, whole.by_horizon, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.curve.by_draw, whole.curve.by_draw, rtol=0, atol=1e-12)


# --- two ways of carrying a chain


@pytest.fixture
def always(monkeypatch):
    """Return a function that projects by one method only."""

    def call(stiff, *arguments, **options):
        monkeypatch.setattr(carrying, "_is_stiff", lambda events, dates: np.full(events.shape, stiff))
        return carried(*arguments, **options)

    return call


@st.composite
def chains(draw):
    """Draw a case of one or two processes, linked or not, with an election or not, and rates for it."""
    second = draw(st.sampled_from([{}, {"q": [("x", "y"), ("y", "z")]}]))
    rules = (coupling("p", "d", "q", "y", 3.0), coupling("q", "z", "p", "c", 0.5)) if second else ()
    winners = draw(st.sampled_from([(), ("left", "right")]))
    case = make_case(
        processes={"p": DIAMOND, **second},
        couplings=draw(st.sampled_from([(), rules])),
        winners=winners,
        election=VOTE if winners else None,
    )
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    shape = (draw(st.integers(1, 5)), len(case.transitions), 2, len(case.regimes))
    return case, np.exp(rng.normal(draw(st.floats(-9, -4)), 1.5, shape))


@settings(max_examples=12, deadline=None)
@given(chains())
def test_uniformization_is_the_rational_approximation(chain):
    """To 1e-9, at every date, whichever is chosen for speed."""
    case, rates = chain
    with pytest.MonkeyPatch.context() as patch:
        found = []
        for stiff in (False, True):
            patch.setattr(carrying, "_is_stiff", lambda events, dates, stiff=stiff: np.full(events.shape, stiff))
            found.append(carried(case, rates))
    one, other = found
    np.testing.assert_allclose(one.by_horizon, other.by_horizon, rtol=0, atol=1e-9)
    np.testing.assert_allclose(one.curve.by_draw, other.curve.by_draw, rtol=0, atol=1e-9)
    if one.by_election is not None:
        np.testing.assert_allclose(one.by_election, other.by_election, rtol=0, atol=1e-9)


def test_rational_approximation_of_the_exponential():
    """To 1e-13 of it on the whole negative half line, which the constants state to twenty digits."""
    x = -np.concatenate([np.linspace(0, 60, 2001), np.logspace(1, 8, 500)])
    sums = (carrying.RESIDUES / (x[:, None] - carrying.POLES)).sum(axis=1)
    np.testing.assert_allclose(carrying.AT_INFINITY + 2 * sums.real, np.exp(x), rtol=0, atol=1e-13)


@settings(max_examples=12, deadline=None)
@given(chains())
def test_one_date_is_the_matrix_exponential(chain):
    """To 1e-11, state by state, however many draws share the room, and at any speed."""
    case, rates = chain
    rates = np.tile(rates[:, :, 0, 0], (carrying.CHUNK // len(rates) + 1, 1))
    rates[-1] *= 1000
    for one in build_chains(case):
        state = np.zeros((one.states, len(rates)))
        state[0] = 1.0
        seen, last = carry(one, rates, state, np.array([90.0]))
        for draw in (0, len(rates) // 2, len(rates) - 1):
            generator = np.zeros((one.states, one.states))
            for move in one.moves:
                flow = rates[draw, move.transition] * move.multiplier * 90
                generator[move.source, move.target] += flow
                generator[move.source, move.source] -= flow
            expected = expm(generator)[0]
            np.testing.assert_allclose(last[:, draw], expected, rtol=0, atol=1e-11)
            np.testing.assert_allclose(seen[draw, 0], one.visited @ expected, rtol=0, atol=1e-11)


@settings(max_examples=12, deadline=None)
@given(case_and_rates=chains(), draws=st.sampled_from([1, 64, 65, 300]))
def test_compiled_loops_have_the_numbers_of_the_arrays(case_and_rates, draws):
    """To the last digit, so that it does not matter which of them a process has come to."""
    case, rates = case_and_rates
    rates = np.resize(rates[:, :, 0, 0], (draws, rates.shape[1])) * np.geomspace(1, 1000, draws)[:, None]
    for one in (*build_chains(case), *lumped_chains(case)):
        state = np.random.default_rng(draws).dirichlet(np.ones(one.states), draws).T.copy()
        leaving = np.zeros_like(state)
        for move in one.moves:
            leaving[move.source] += move.multiplier * rates.T[move.transition]
        arguments = one, rates.T.copy(), leaving, state
        np.testing.assert_array_equal(compiled.by_loops(*arguments), carrying._by_arrays(*arguments))


def test_a_process_that_has_carried_much_compiles(monkeypatch):
    """Also of a chain that has come to its end."""
    case = make_case(processes={"p": DIAMOND, "q": [("x", "y")]})
    p, q = case.processes
    case = case.changed(processes=(p, q.changed(start=q.start.changed(state="y"))))
    assert sorted(chain.states for chain in build_chains(case)) == [1, 9]
    found = []
    for much, solver in ((10**12, carrying._by_arrays), (0, compiled.by_loops)):
        monkeypatch.setattr(carrying, "MUCH", much)
        assert carrying._solver(0) is solver
        found.append(carried(case, np.full((3, 7, 2, 1), 0.003), curves=False))
    np.testing.assert_array_equal(found[0].by_horizon, found[1].by_horizon)


def test_states_are_numbered_by_level():
    """Every move leads to a later level, none within one; moves are sorted by source."""
    (chain,) = build_chains(make_case(processes={"p": DIAMOND}))
    assert chain.levels[0] == slice(0, 1)
    assert [level.stop for level in chain.levels[:-1]] == [level.start for level in chain.levels[1:]]
    level = {state: n for n, part in enumerate(chain.levels) for state in range(part.start, part.stop)}
    assert all(level[move.source] < level[move.target] for move in chain.moves)
    assert [move.source for move in chain.moves] == sorted(move.source for move in chain.moves)


def test_stiff_intensities(always):
    """A step that takes minutes beside one that takes centuries: both methods, and the closed form."""
    case = make_case(processes={"p": [("a", "b"), ("b", "c")]})
    rates = np.array([200.0, 1e-5])[None, :, None, None] * np.ones((1, 1, 2, 1))
    slow = 1 - np.exp(-1e-5 * DAYS)
    for stiff in (True, False):
        found = always(stiff, case, rates, curves=False)
        np.testing.assert_allclose(found.by_horizon[0, 0, 0], [1, slow], rtol=1e-4, atol=1e-9)
    usual = carried(case, rates)
    assert np.isfinite(usual.curve.by_draw).all()


def test_draws_of_very_different_speed_do_not_disturb_each_other():
    """Each draw's answer alone is its answer among a thousand others, slow, fast and still."""
    rng = np.random.default_rng(5)
    case = make_case(processes={"p": DIAMOND})
    rates = np.exp(rng.normal(-6, 3, (1100, 6, 2, 1)))
    rates[::7] = 0.0
    together = carried(case, rates, curves=False).by_horizon
    for draw in (0, 1, 2, 500, int(rates.sum(axis=(1, 2, 3)).argmax())):
        alone = carried(case, rates[[draw]], curves=False).by_horizon[0]
        np.testing.assert_allclose(together[draw], alone, rtol=0, atol=1e-9)
    assert (together[0] == 0).all()


# --- paths


def simulated(case, rates, **options):
    """Simulate the case with one set of rates (transition, hypothesis, regime)."""
    names = {h: k for k, h in enumerate(case.hypothesis_ids)}
    split = (case.election_eve - case.information_cutoff).days if case.election else None
    return simulate(
        {p.id: [(s.source, s.target) for s in p.transitions] for p in case.processes},
        {p.id: case.state(p.id) for p in case.processes},
        {
            h: {
                (step.process, step.source, step.target, regime): rates[t, k, g]
                for t, step in enumerate(case.transitions)
                for g, regime in enumerate(case.regimes)
            }
            for h, k in names.items()
        },
        hypotheses=dict.fromkeys(names, 0.5),
        couplings=[msgspec.to_builtins(c) for c in case.priors.couplings],
        election_day=split,
        horizon_day=(case.horizon - case.information_cutoff).days,
        paths=PATHS,
        random_seed=3,
        **options,
    )


@pytest.mark.parametrize("kind", ["diamond", "coupled", "election", "all"])
def test_projection_is_what_paths_do(kind):
    """Within five standard errors of 40,000 simulated paths: by election, by horizon, by hypothesis, by winner."""
    arrows = {"p": DIAMOND, "q": [("x", "y"), ("x", "z"), ("y", "z")]}
    rules = (coupling("p", "d", "q", "y", 4.0), coupling("p", "d", "q", "z", 2.0), coupling("q", "y", "p", "b", 0.3))
    winners = ("left", "right") if kind in ("election", "all") else ()
    case = make_case(
        processes={"p": DIAMOND} if kind == "diamond" else arrows,
        couplings=rules if kind in ("coupled", "all") else (),
        winners=winners,
        election=VOTE if winners else None,
    )
    rng = np.random.default_rng(11)
    rates = np.exp(rng.normal(-6, 1, (len(case.transitions), 2, len(case.regimes))))
    chance = {"left": 0.35, "right": 0.65} if winners else None
    found = carried(case, rates[None], winner=np.array([[0.35, 0.65]]) if winners else None)
    paths = simulated(case, rates, winners=chance)
    days = [(day - CUTOFF).days for day in found.dates]
    for index, outcome in enumerate(case.outcomes):
        state = (outcome.process, outcome.state)
        curve = found.curve.by_draw[0, :, index]
        error = 5 * np.sqrt(np.maximum(curve * (1 - curve), 1e-4) / PATHS)
        assert (np.abs(paths.curve(state, days) - curve) < error).all(), outcome.id
        for k, h in enumerate(case.hypothesis_ids):
            seen = paths.frequency(state, hypothesis=h)
            late = found.by_horizon[0, k, :, index] @ (list(chance.values()) if chance else [1.0])
            assert seen["horizon"] == pytest.approx(late, abs=2.5 / seen["n"] ** 0.5)
            if winners:
                assert seen["before"] == pytest.approx(found.by_election[0, k, index], abs=2.5 / seen["n"] ** 0.5)
        for w, winner in enumerate(winners):
            seen = paths.frequency(state, winner=winner)
            expected = found.by_horizon[0, :, w, index].mean()
            assert seen["horizon"] == pytest.approx(expected, abs=2.5 / seen["n"] ** 0.5)


def test_projection_of_a_record_is_what_paths_do():
    """Processes that have moved, a state visited and left, and a winner on record."""
    case = make_case(
        processes={"p": DIAMOND, "q": [("x", "y"), ("y", "z")]},
        couplings=(coupling("p", "d", "q", "y", 4.0),),
        winners=("left", "right"),
        election=START + dt.timedelta(days=60),
        events=(
            event("p", "b", START + dt.timedelta(days=20)),
            event("election", "right", START + dt.timedelta(days=60)),
            event("q", "y", START + dt.timedelta(days=90)),
        ),
    )
    rates = np.exp(np.random.default_rng(2).normal(-6, 1, (len(case.transitions), 2, 3)))
    found = carried(case, rates[None])
    assert (found.by_election, found.winners, found.by_horizon.shape[2]) == (None, ("right",), 1)
    paths = simulated(case, rates, winners={"left": 0.0, "right": 1.0}, visited={("p", "b"): -10.0, ("q", "y"): -5.0})
    for index, outcome in enumerate(case.outcomes):
        expected = paths.frequency((outcome.process, outcome.state))["horizon"]
        assert found.by_horizon[0, :, 0, index].mean() == pytest.approx(expected, abs=2.5 / PATHS**0.5), outcome.id
    np.testing.assert_allclose(by_name(found, case, "p_b", found.by_horizon), 1, atol=1e-12)
    np.testing.assert_allclose(by_name(found, case, "q_y", found.curve.by_draw), 1, rtol=1e-14)
    assert by_name(found, case, "p_c", found.by_horizon).max() == 0  # no path leads there any more


# --- what must hold of any projection


@QUICK
@given(chains())
def test_outcomes_never_decrease_and_stay_probabilities(chain):
    case, rates = chain
    found = carried(case, rates)
    for values, axis in ((found.curve.by_draw, 1), (found.curve.by_hypothesis, 1), (found.curve.by_winner, 1)):
        assert (np.diff(values, axis=axis) >= -1e-12).all()
        assert ((values >= 0) & (values <= 1 + 1e-12)).all()
    if found.by_election is not None:
        assert (found.by_horizon >= found.by_election[:, :, None] - 1e-12).all()


@QUICK
@given(st.integers(0, 10_000), st.floats(-8, -2))
def test_stacked_shares_of_competing_kinds_never_pass_one(seed, speed):
    case = race()
    rates = np.exp(np.random.default_rng(seed).normal(speed, 1.5, (4, 3, 2, 3)))
    found = carried(case, rates)
    assert (found.by_horizon.sum(axis=-1) <= 1 + 1e-12).all()
    assert (found.curve.by_draw.sum(axis=-1) <= 1 + 1e-12).all()


@QUICK
@given(chains())
def test_a_state_cannot_be_likelier_than_what_all_its_paths_pass(chain):
    """Every way to e leads through d; to d, through a step from a."""
    case, rates = chain
    found = carried(case, rates)
    assert (
        by_name(found, case, "p_e", found.by_horizon) <= by_name(found, case, "p_d", found.by_horizon) + 1e-12
    ).all()


@QUICK
@given(chains())
def test_curve_ends_in_the_windows(chain):
    """On the eve of the election and at the horizon the curve is what the windows say."""
    case, rates = chain
    found = carried(case, rates)
    share = np.full((len(rates), len(found.winners) or 1), 1 / (len(found.winners) or 1))
    late = np.einsum("skwo,sw->so", found.by_horizon, share) / 2
    np.testing.assert_allclose(found.curve.by_draw[:, -1], late, atol=1e-12)
    if found.by_election is not None:
        day = found.dates.index(case.election_eve)
        np.testing.assert_allclose(found.curve.by_draw[:, day], found.by_election.mean(axis=1), atol=1e-12)


@pytest.mark.parametrize("with_curves", [True, False])
def test_windows_do_not_depend_on_the_curves(with_curves):
    case = race()
    rates = np.exp(np.random.default_rng(1).normal(-6, 1, (5, 3, 2, 3)))
    found, whole = carried(case, rates, curves=with_curves), carried(case, rates)
    np.testing.assert_allclose(found.by_horizon, whole.by_horizon, rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.by_election, whole.by_election, rtol=0, atol=1e-10)
    assert (found.curve is None) == (not with_curves)


# --- dates


def test_cutoff_on_election_day():
    """The regime after it begins that day; the winner is not yet known, so both are carried."""
    case = make_case(processes={"p": [("a", "b")]}, winners=("left", "right"), election=CUTOFF)
    rates = np.array([9.0, 0.001, 0.002])[None, None, None, :] * np.ones((1, 1, 2, 1))
    found = carried(case, rates)
    assert found.by_election is None
    assert found.winners == ("left", "right")
    expected = 1 - np.exp(-np.array([0.001, 0.002]) * DAYS)
    np.testing.assert_allclose(found.by_horizon[0, 0, :, 0], expected, rtol=1e-12)


@pytest.mark.parametrize("days", [1, 2, 10])
def test_before_the_election_is_every_day_earlier_than_it(days):
    """On its eve none is left, and election day is the first day after it."""
    vote = CUTOFF + dt.timedelta(days=days)
    case = make_case(processes={"p": [("a", "b")]}, winners=("left", "right"), election=vote)
    rates = np.array([0.5, 0.001, 0.002])[None, None, None, :] * np.ones((1, 1, 2, 1))
    found = carried(case, rates)
    early, late = 0.5 * (days - 1), np.array([0.001, 0.002]) * (DAYS - days + 1)
    if days == 1:
        assert found.by_election is None
    else:
        np.testing.assert_allclose(found.by_election, 1 - np.exp(-early), rtol=1e-12)
    np.testing.assert_allclose(found.by_horizon[0, 0, :, 0], 1 - np.exp(-early - late), rtol=1e-12)


def test_between_two_rounds_the_first_one_has_been():
    """A run-off that was announced after the first round reopens nothing: each regime after it is carried."""
    case = make_case(processes={"p": [("a", "b")]}, winners=("left", "right"), election=CUTOFF - dt.timedelta(days=3))
    runoff = ScheduledElection(known_from=CUTOFF - dt.timedelta(days=2), date=CUTOFF + dt.timedelta(days=11))
    election = case.election.changed(schedule=(*case.election.schedule, runoff))
    rates = np.array([9.0, 0.001, 0.002])[None, None, None, :] * np.ones((1, 1, 2, 1))
    found = carried(case.changed(election=election), rates)
    assert found.by_election is None
    assert found.winners == ("left", "right")
    expected = 1 - np.exp(-np.array([0.001, 0.002]) * DAYS)
    np.testing.assert_allclose(found.by_horizon[0, 0, :, 0], expected, rtol=1e-12)


def test_horizon_on_the_next_day():
    case = make_case(processes={"p": [("a", "b")]}, horizon=CUTOFF + dt.timedelta(days=1))
    found = carried(case, np.full((1, 1, 2, 1), 0.5))
    np.testing.assert_allclose(found.by_horizon, 1 - np.exp(-0.5), rtol=1e-12)
    assert found.dates == (CUTOFF, CUTOFF + dt.timedelta(days=1))


def test_nothing_to_project():
    found = carried(make_case(), np.zeros((3, 0, 2, 1)))
    assert found.by_horizon.shape == (3, 2, 1, 0)
    assert found.curve.by_draw.shape[2] == 0


def test_has_happened():
    step = event("p", "b", START + dt.timedelta(days=10))
    case = make_case(processes={"p": [("a", "b"), ("b", "c")]}, events=(step,))
    assert [occurrence(case, outcome) for outcome in case.outcomes] == [step, None]
    start = case.outcomes[0].changed(state="a")
    begun = occurrence(case, start)
    assert begun is not None
    assert begun.date == START


def test_a_state_that_is_passed_by_is_not_visited():
    """An outcome is that its own state is entered: one beyond it, by a path that leaves it out, does not count."""
    arrows = {"p": [("a", "b"), ("b", "c"), ("a", "c")]}
    case = make_case(processes=arrows, events=(event("p", "c", START + dt.timedelta(days=10)),))
    assert [outcome.state for outcome in case.outcomes] == ["b", "c"]
    assert [occurrence(case, outcome) is None for outcome in case.outcomes] == [True, False]
