"""Phases and occasions ahead: closed forms, and paths simulated one by one by code of its own."""

from __future__ import annotations

import datetime as dt

import msgspec
import numpy as np
import pytest
from oracle.simulate import simulate
from small import CUTOFF, HORIZON, START, around, make_case

from detente.case.intensities import Intensity
from detente.case.phases import Occasion, Phase, ScheduledOccasion, within
from detente.case.priors import Coupling, Reached
from detente.projection import build_chains, project, projecting

DAYS = (HORIZON - CUTOFF).days
VOTE = CUTOFF + dt.timedelta(days=120)
PATHS = 60_000


def on(day):
    return CUTOFF + dt.timedelta(days=day)


def occasion(name, day, **more):
    return Occasion(id=name, schedule=[ScheduledOccasion(known_from=START, date=on(day))], **more)


def divide(case, stated, *, phases=(), occasions=()):
    """Return a case in which steps, by index, are stated in parts of regimes: `stated[regime, part] = indices`."""
    rows = [
        around(0.2, 0.01, Intensity, transition=case.transitions[t], hypothesis=h, regime=name, within_days=1)
        for (regime, part), steps in stated.items()
        for t in steps
        for h in case.hypothesis_ids
        for name in [within(regime, part)]
    ]
    return case.changed(intensities=(*case.intensities, *rows), phases=phases, occasions=occasions)


def carried(case, rates, *, curves=True):
    """Project one draw of `rates`, by (process, from, to, regime or part): a number, or one by hypothesis."""
    table = np.zeros((1, len(case.transitions), len(case.hypotheses), len(case.regimes)))
    for t, step in enumerate(case.transitions):
        for g, regime in enumerate(case.regimes):
            table[0, t, :, g] = rates.get((step.process, step.source, step.target, regime), 0.0)
    width, winners = len(case.hypotheses), len(case.winner_ids)
    winner = np.full((1, winners), 1 / max(winners, 1))
    with np.errstate(divide="ignore"):
        return project(case, np.log(table), np.full((1, width), 1 / width), winner, with_curves=curves)


STEP = {"p": [("a", "b")]}
FORK = {"p": [("a", "b"), ("a", "c"), ("b", "c")]}


def test_a_phase_by_hand():
    """Three stretches of one step: its hazard is the sum of the paces over the days of each."""
    phase = Phase(id="haste", first=on(51), until=on(80))
    case = divide(make_case(processes=STEP), {("before", "haste"): [0]}, phases=(phase,))
    assert case.regimes == ("before", "before/haste")
    found = carried(case, {("p", "a", "b", "before"): 0.002, ("p", "a", "b", "before/haste"): 0.03})
    elapsed = np.array([(day - CUTOFF).days for day in found.dates])
    inside = np.clip(elapsed - 50, 0, 30)
    expected = 1 - np.exp(-0.002 * (elapsed - inside) - 0.03 * inside)
    np.testing.assert_allclose(found.curve.by_draw[0, :, 0], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("phase", "span"),
    [
        ({"days": 30, "before": "election"}, (90, 119)),
        ({"days": 30, "after": "election"}, (120, 149)),
        ({"days": 14, "before": "summit"}, (46, 59)),
        ({"first": on(300)}, (300, DAYS)),
        ({"until": on(9)}, (0, 9)),
    ],
)
def test_the_days_of_a_phase(phase, span):
    """The days before a named day end on its eve; those after it begin on it; a phase may be open at either end."""
    case = make_case(processes=STEP, winners=("left", "right"), election=VOTE)
    regime = "before" if span[1] < 120 else "after:left"
    named = Phase(id="part", **phase)
    case = divide(case, {(regime, "part"): [0]}, phases=(named,), occasions=(occasion("summit", 60),))
    inside = [day for day in range(1, DAYS + 1) if case.pace_on(case.transitions[0], regime, on(day)) != regime]
    assert (inside[0], inside[-1]) == (max(span[0], 1), span[1])
    assert len(inside) == inside[-1] - inside[0] + 1


def test_a_phase_moves_with_the_vote():
    case = make_case(processes=STEP, winners=("left", "right"), election=VOTE)
    row = case.election.schedule[0].changed(known_from=on(-10), date=on(60))
    moved = case.election.changed(schedule=(*case.election.schedule, row))
    case = case.changed(election=moved, phases=(Phase(id="last", days=30, before="election"),))
    assert case.as_of(on(-11)).stretches["last"] == (on(90), on(119))
    assert case.as_of(on(-10)).stretches["last"] == (on(30), on(59))


def test_an_occasion_by_hand():
    """Competing steps have the chances stated, those of the day before come on top, and the day itself has no pace."""
    case = divide(make_case(processes=FORK), {("before", "summit"): [0, 1]}, occasions=(occasion("summit", 40),))
    pace, first, second = 0.004, 0.3, 0.5
    rates = {("p", "a", "b", "before"): pace, ("p", "a", "b", "before/summit"): -np.log1p(-first)}
    rates |= {("p", "a", "c", "before/summit"): -np.log1p(-second / (1 - first))}
    case = case.changed(deadlines=(on(39), on(40), on(41)))
    found = carried(case, rates, curves=False)
    stays = np.exp(-pace * 39)
    expected = {39: (1 - stays, 0), 40: (1 - stays * (1 - first), stays * second)}
    for day, (b, c) in expected.items():
        np.testing.assert_allclose(found.by_deadline[on(day)][0, 0, 0], [b, c], rtol=0, atol=1e-12)
    after = stays * (1 - first - second) * np.exp(-pace)
    assert found.by_deadline[on(41)][0, 0, 0, 0] == pytest.approx(1 - stays * second - after, abs=1e-12)


def test_a_coupling_multiplies_what_an_occasion_expects():
    """1 - (1 - chance)^multiplier, while the other process is there."""
    when = Reached(process="q", reached="y")
    rule = Coupling(process="p", to="b", when=when, multiplier=3.0, because="A test wants it.")
    case = make_case(processes={"p": [("a", "b")], "q": [("x", "y")]}, couplings=(rule,))
    case = divide(case, {("before", "summit"): [0]}, occasions=(occasion("summit", 40),))
    found = carried(case, {("p", "a", "b", "before/summit"): -np.log1p(-0.2), ("q", "x", "y", "before"): 0.02})
    there = 1 - np.exp(-0.02 * 40)
    assert found.by_horizon[0, 0, 0, 0] == pytest.approx((1 - there) * 0.2 + there * (1 - 0.8**3), abs=1e-12)


def test_an_occasion_called_off_or_not_yet_announced_does_nothing():
    gone = occasion("summit", 40, cancelled_on=on(-5))
    case = divide(make_case(processes=STEP), {("before", "summit"): [0]}, occasions=(gone,))
    rates = {("p", "a", "b", "before/summit"): 1.0}
    assert carried(case.as_of(on(-6)), rates).by_horizon.max() == pytest.approx(1 - np.exp(-1))
    assert carried(case.as_of(CUTOFF), rates).by_horizon.max() == 0
    late = gone.changed(schedule=(ScheduledOccasion(known_from=on(3), date=on(40)),), cancelled_on=None)
    assert carried(case.changed(occasions=(late,)).as_of(CUTOFF), rates).by_horizon.max() == 0


def test_a_phase_that_states_the_pace_of_its_regime_changes_nothing():
    case = make_case(processes=FORK, winners=("left", "right"), election=VOTE)
    rates = {("p", *arrow, g): 0.003 for arrow in FORK["p"] for g in case.regimes}
    phases = (Phase(id="early", until=on(20)), Phase(id="mid", first=on(60), until=on(200)))
    parts = {("before", "early"): [0, 2], ("before", "mid"): [1], ("after:right", "mid"): [0, 1, 2]}
    divided = divide(case, parts, phases=phases)
    same = rates | {("p", *FORK["p"][t], within(*part)): 0.003 for part, steps in parts.items() for t in steps}
    one, other = carried(case, rates), carried(divided, same)
    np.testing.assert_allclose(one.curve.by_draw, other.curve.by_draw, rtol=0, atol=1e-12)
    np.testing.assert_allclose(one.by_horizon, other.by_horizon, rtol=0, atol=1e-12)
    unstated = case.changed(phases=phases)  # and one that no step is stated for is not even seen
    np.testing.assert_array_equal(one.by_horizon, carried(unstated, rates).by_horizon)


def test_only_the_chains_a_phase_is_stated_for_are_cut(monkeypatch):
    """A process that knows nothing of a phase is carried over the whole time in one piece."""
    from detente.projection import course

    case = make_case(processes={"p": [("a", "b")], "q": [("x", "y")]})
    phases = (Phase(id="mid", first=on(60), until=on(200)),)
    case = divide(case, {("before", "mid"): [0]}, phases=phases)
    pieces = []
    carry = course.carry
    monkeypatch.setattr(
        course, "_changes", lambda case, chain, real=course._changes: pieces.append(real(case, chain)) or pieces[-1]
    )
    carried(case, {("p", "a", "b", "before"): 0.01})
    assert carry is course.carry
    assert pieces == [[59, 200], []]


def drawn(seed):
    """Return a case with an election, couplings, overlapping phases and two occasions, and rates for all of it."""
    rng = np.random.default_rng(seed)
    arrows = {"p": [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")], "q": [("x", "y"), ("y", "z")]}
    rules = tuple(
        Coupling(process=p, to=to, when=Reached(process=q, reached=s), multiplier=m, because="A test wants it.")
        for p, to, q, s, m in (("p", "d", "q", "y", 3.0), ("q", "z", "p", "b", 0.5))
    )
    case = make_case(processes=arrows, couplings=rules, winners=("left", "right"), election=VOTE)
    phases = (
        Phase(id="last", days=30, before="election"),
        Phase(id="mid", first=on(60), until=on(200)),
        Phase(id="calm", days=40, after="election"),
    )
    occasions = (occasion("summit", 45), occasion("vote", 150))
    parts = {
        ("before", "last"): [0, 1],
        ("before", "mid"): [2, 4],
        ("after:left", "mid"): [2],
        ("after:right", "calm"): [0, 5],
        ("before", "summit"): [0, 1, 4],
        ("after:left", "vote"): [2, 3],
        ("after:right", "vote"): [3],
    }
    case = divide(case, parts, phases=phases, occasions=occasions)
    rates = {}
    every = [(t, regime) for t in range(6) for regime in case.main_regimes]
    every += [(t, within(*part)) for part, steps in parts.items() for t in steps]
    for t, regime in every:
        step = case.transitions[t]
        is_day = regime.endswith(("summit", "vote"))
        rates[step.process, step.source, step.target, regime] = float(np.exp(rng.normal(-0.5 if is_day else -5.2, 0.7)))
    return case, rates


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_against_simulated_paths(seed):
    """Phases, occasions, couplings and an election together: within four standard errors, on dates all along."""
    case, rates = drawn(seed)
    dates = (30, 45, 80, 110, 130, 150, 210)
    case = case.changed(deadlines=tuple(map(on, dates)))
    found = carried(case, rates)
    names = case.hypothesis_ids
    paths = simulate(
        {p.id: [(s.source, s.target) for s in p.transitions] for p in case.processes},
        {p.id: case.state(p.id) for p in case.processes},
        dict.fromkeys(names[:1], rates),
        winners={"left": 0.5, "right": 0.5},
        couplings=[msgspec.to_builtins(c) for c in case.priors.couplings],
        election_day=119,
        horizon_day=DAYS,
        phases={"last": (90, 119), "mid": (60, 200), "calm": (120, 159)},
        occasions={"summit": 45, "vote": 150},
        paths=PATHS,
        random_seed=seed,
    )
    for index, outcome in enumerate(case.outcomes):
        state = outcome.process, outcome.state
        for place, winner in enumerate(("left", "right")):
            for day in (*dates, DAYS):
                exact = found.by_horizon if day == DAYS else found.by_deadline[on(day)]
                mine = paths.visits[state][paths.winner == place]
                seen = (mine <= day).mean()
                error = 4 * np.sqrt(max(seen * (1 - seen), 1e-4) / mine.size)
                assert exact[0, 0, place, index] == pytest.approx(seen, abs=error), (outcome.id, winner, day)


@pytest.mark.parametrize("asked", [["p_d"], ["q_z"], ["p_b", "q_y"]])
def test_steps_that_compete_on_an_occasion_are_not_lumped(monkeypatch, asked):
    """What is not asked about takes its share of the day all the same."""
    case, rates = drawn(4)
    case = case.changed(outcomes=tuple(one for one in case.outcomes if one.id in asked))
    found = carried(case, rates)
    monkeypatch.setattr(projecting, "lumped_chains", build_chains)
    whole = carried(case, rates)
    np.testing.assert_allclose(found.curve.by_draw, whole.curve.by_draw, rtol=0, atol=1e-12)


def test_a_step_nobody_asked_about_competes_by_hand():
    """On the day of an occasion it comes first, and leaves that much less for the other."""
    case = make_case(processes={"p": [("a", "b"), ("a", "c"), ("c", "d")]})
    case = divide(case, {("before", "summit"): [0, 1]}, occasions=(occasion("summit", 45),))
    case = case.changed(outcomes=tuple(one for one in case.outcomes if one.id == "p_d"))
    rates = {("p", "a", "b", "before/summit"): 0.7, ("p", "a", "c", "before/summit"): 1.1, ("p", "c", "d", "before"): 1}
    expected = np.exp(-0.7) * (1 - np.exp(-1.1))
    np.testing.assert_allclose(carried(case, rates).by_horizon[0, :, 0, 0], expected, rtol=1e-9)


# --- processes that return

TRUCE = {"truce": [("truce", "fighting"), ("fighting", "truce"), ("truce", "settled")]}


def asking_both(case):
    """Return the case with each outcome asked in both ways: has been, then is in."""
    current = (o.changed(id=f"{o.id}_now", asks="is_in") for o in case.outcomes)
    return case.changed(outcomes=(*case.outcomes, *current))


def test_a_truce_that_breaks_and_is_renewed_by_hand():
    """Two states: P(in the second) tends to its share of the time; P(has been there) has the step's own hazard."""
    arrows = {"truce": [("truce", "fighting"), ("fighting", "truce")]}
    case = asking_both(make_case(processes=arrows))
    breaks, renewed = 0.01, 0.03
    rates = {("truce", "truce", "fighting", "before"): breaks, ("truce", "fighting", "truce", "before"): renewed}
    found = carried(case, rates)
    elapsed = np.array([(day - CUTOFF).days for day in found.dates])
    total = breaks + renewed
    visited, present = (
        found.curve.by_draw[0, :, found.outcomes.index(name)] for name in ("truce_fighting", "truce_fighting_now")
    )
    np.testing.assert_allclose(visited, 1 - np.exp(-breaks * elapsed), rtol=0, atol=1e-12)
    np.testing.assert_allclose(present, breaks / total * (1 - np.exp(-total * elapsed)), rtol=0, atol=1e-12)


@pytest.mark.parametrize("speed", [1e4, 1e9, 1e16])
def test_steps_to_and_fro_faster_than_any_record_keep_their_shares(speed):
    arrows = {"truce": [("truce", "fighting"), ("fighting", "truce")]}
    case = asking_both(make_case(processes=arrows))
    rates = {("truce", "truce", "fighting", "before"): speed, ("truce", "fighting", "truce", "before"): speed}
    found = carried(case, rates)
    visited, present = (
        found.by_horizon[..., found.outcomes.index(name)] for name in ("truce_fighting", "truce_fighting_now")
    )
    np.testing.assert_allclose(visited, 1, rtol=0, atol=1e-9)
    np.testing.assert_allclose(present, 1 / 2, rtol=0, atol=1e-9)


def test_what_is_may_fall_and_what_has_been_never_does():
    case = asking_both(make_case(processes=TRUCE))
    rates = {("truce", "truce", "fighting", "before"): 0.05, ("truce", "fighting", "truce", "before"): 0.05}
    found = carried(case, rates | {("truce", "truce", "settled", "before"): 0.02})
    curves = dict(zip(found.outcomes, found.curve.by_draw[0].T, strict=True))
    assert (np.diff(curves["truce_fighting"]) >= 0).all()
    assert np.diff(curves["truce_fighting_now"]).min() < 0
    assert (curves["truce_fighting_now"] <= curves["truce_fighting"] + 1e-12).all()
    np.testing.assert_allclose(
        curves["truce_settled_now"], curves["truce_settled"], rtol=0, atol=1e-12
    )  # nothing leaves it


@pytest.mark.parametrize("size", [0.01, 3.0])
def test_two_ways_of_carrying_a_chain_that_returns(size):
    """Uniformization and the exponential, at slow and at fast steps, with draws of both kinds side by side."""
    from detente.projection import build_chains, carry, carrying

    (chain,) = build_chains(asking_both(make_case(processes=TRUCE)))
    assert chain.levels == ()
    rates = np.random.default_rng(3).gamma(2.0, size, (1100, 3))
    days = np.array([0.0, 7.0, 14.0, 21.0, 30.0, 200.0])
    state = np.zeros((chain.states, len(rates)))
    state[0] = 1.0
    by_step, leaving = rates.T.copy(), np.zeros(state.shape)
    for move in chain.moves:
        leaving[move.source] += move.multiplier * by_step[move.transition]
    one = carrying._by_exponential(chain, by_step, leaving, state, days)
    other = carrying._by_terms(chain, by_step, leaving, state, days)
    usual = carry(chain, rates, state, days)
    for first, second, third in zip(one, other, usual, strict=True):
        np.testing.assert_allclose(first, second, rtol=0, atol=2e-9)
        np.testing.assert_allclose(first, third, rtol=0, atol=2e-9)


@pytest.mark.parametrize("seed", [1, 2])
def test_returning_processes_against_simulated_paths(seed):
    """Two linked processes that return, a phase, an occasion, an election: has been by, and is in on, several dates."""
    rng = np.random.default_rng(seed)
    arrows = TRUCE | {"talks": [("none", "open"), ("open", "none"), ("open", "deal")]}
    rules = (
        Coupling(
            process="truce", to="fighting", when=Reached(process="talks", reached="open"), multiplier=0.3, because="-"
        ),
        Coupling(
            process="talks", to="none", when=Reached(process="truce", reached="fighting"), multiplier=5.0, because="-"
        ),
    )
    case = asking_both(make_case(processes=arrows, couplings=rules, winners=("left", "right"), election=VOTE))
    dates = (20, 45, 80, 119, 150, 260)
    phases, occasions = (Phase(id="mid", first=on(60), until=on(200)),), (occasion("summit", 45),)
    parts = {("before", "mid"): [0, 3], ("after:left", "mid"): [0], ("before", "summit"): [0, 2, 4]}
    case = divide(case, parts, phases=phases, occasions=occasions).changed(deadlines=tuple(map(on, dates)))
    cells = [(t, regime) for t in range(6) for regime in case.main_regimes]
    cells += [(t, within(*part)) for part, steps in parts.items() for t in steps]
    rates = {}
    for t, regime in cells:
        step, middle = case.transitions[t], -0.7 if regime.endswith("summit") else -4.0
        rates[step.process, step.source, step.target, regime] = float(np.exp(rng.normal(middle, 0.6)))
    found = carried(case, rates)
    paths = simulate(
        {p.id: [(s.source, s.target) for s in p.transitions] for p in case.processes},
        {p.id: case.state(p.id) for p in case.processes},
        {case.hypothesis_ids[0]: rates},
        winners={"left": 0.5, "right": 0.5},
        couplings=[
            {**msgspec.to_builtins(c), "beyond": sorted(case.process(c.when.process).beyond[c.when.reached])}
            for c in rules
        ],
        election_day=119,
        horizon_day=DAYS,
        phases={"mid": (60, 200)},
        occasions={"summit": 45},
        ask=dates,
        paths=PATHS,
        random_seed=seed,
    )
    for index, outcome in enumerate(case.outcomes):
        state = outcome.process, outcome.state
        for day in dates:
            exact = found.by_deadline[on(day)][0, 0, :, index].mean()
            seen = (paths.states[day][state] if outcome.is_current else paths.visits[state] <= day).mean()
            error = 4 * np.sqrt(max(seen * (1 - seen), 1e-4) / PATHS)
            assert exact == pytest.approx(seen, abs=error), (outcome.id, day)
