"""The record with phases, occasions and processes that return: by hand, and counted by three codes of their own."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from scipy import integrate, stats
from small import CUTOFF, START, around, beta, make_case
from test_course import divide, occasion

from detente import exact
from detente.case.intensities import Intensity
from detente.case.phases import Phase, within
from detente.case.priors import Coupling, Reached
from detente.case.processes import Event
from detente.exact.reading import read_steps
from detente.exact.record import log_chance, record_by_winner
from detente.graph.record import record_data
from detente.verify.tally import tally

RECORDED = (CUTOFF - START).days


def since(day):
    return START + dt.timedelta(days=day)


def event(process, state, day, **more):
    return Event(date=since(day), process=process, state=state, source="", claim="", **more)


def counted(case):
    """Return what each code counts: transitions made, days at risk and log multipliers, (transition, regime).

    After a vote that is not called, the transitions under each winner in turn.
    """
    called = [case.if_called(winner) for winner in case.open_winners] or [case]
    steps, graph, simulator = [read_steps(one)[0] for one in called], record_data(case), tally(case)
    return tuple(
        tuple(np.reshape(part, (-1, len(case.regimes))) for part in parts)
        for parts in (
            ([one.happened for one in steps], [one.exposure for one in steps], [one.constant for one in steps]),
            (graph.happened, graph.exposure, graph.log_multiplier),
            (simulator.made, simulator.days, simulator.log_multiplier),
        )
    )


def alike(case):
    """Return the counts, having made sure that all three are the same."""
    one, *others = counted(case)
    for other in others:
        for mine, theirs in zip(one, other, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-9)
    return one


def column(case, name):
    return case.regimes.index(name)


# --- counts by hand


def test_days_and_steps_count_in_their_phase():
    case = make_case(processes={"p": [("a", "b"), ("b", "c")]}, events=(event("p", "b", 70),))
    phase = Phase(id="mid", first=since(51), until=since(80))
    case = divide(case, {("before", "mid"): [0]}, phases=(phase,))
    made, days, _ = alike(case)
    assert made.tolist() == [[0, 1], [0, 0]]
    assert days.tolist() == [[50, 20], [RECORDED - 70, 0]]


def test_a_phase_before_a_vote_is_that_of_the_date_known_at_the_cutoff():
    case = make_case(processes={"p": [("a", "b")]}, winners=("left", "right"), election=since(140), cutoff=since(135))
    case = divide(case, {("before", "last"): [0]}, phases=(Phase(id="last", days=30, before="election"),))
    _, days, _ = alike(case)
    assert (days[0, 0], days[0, column(case, "before/last")]) == (109, 26)


def test_an_occasion_without_the_step_and_one_with_it():
    """On its day a step has no other risk; what was not made at an occasion counts against its chance."""
    arrows = {"p": [("a", "b"), ("a", "c"), ("b", "c")]}
    held = (occasion("first", 0), occasion("second", 0))
    schedule = [[row.changed(date=since(day)) for row in one.schedule] for one, day in zip(held, (40, 90), strict=True)]
    held = tuple(one.changed(schedule=tuple(rows)) for one, rows in zip(held, schedule, strict=True))
    parts = {("before", "first"): [0, 1], ("before", "second"): [0, 1, 2]}
    case = make_case(processes=arrows, events=(event("p", "c", 90),))
    made, days, _ = alike(divide(case, parts, occasions=held))
    assert made.tolist() == [[0, 0, 0], [0, 0, 1], [0, 0, 0]]
    assert days.tolist() == [[88, 1, 1], [88, 1, 0], [0, 0, 0]]
    early, days, _ = alike(
        divide(case.changed(events=(event("p", "b", 40), event("p", "c", 91))), parts, occasions=held)
    )
    assert early.tolist() == [[0, 1, 0], [0, 0, 0], [1, 0, 0]]
    assert days.tolist() == [[39, 0, 0], [39, 0, 0], [50, 0, 1]]


def test_steps_made_again_count_again():
    """Days over all stays, and every transition as often as it was made; several of them on one day."""
    arrows = {"p": [("a", "b"), ("b", "a"), ("b", "c")]}
    made_on = [("b", 10), ("a", 30), ("b", 60), ("a", 60), ("b", 61), ("c", 100)]
    case = make_case(processes=arrows, events=tuple(event("p", state, day) for state, day in made_on))
    made, days, _ = alike(case)
    assert made[:, 0].tolist() == [3, 2, 1]
    assert days[:, 0].tolist() == [10 + 30 + 1, 20 + 39, 20 + 39]
    assert [e.state for e in case.history("p")] == [state for state, _ in made_on]


def test_a_coupling_acts_while_the_other_process_is_there():
    rule = Coupling(
        process="p", to="b", when=Reached(process="q", reached="y"), multiplier=3.0, because="A test wants it."
    )
    arrows = {"p": [("a", "b")], "q": [("x", "y"), ("y", "x"), ("y", "z")]}
    events = tuple(event("q", state, day) for state, day in (("y", 10), ("x", 30), ("y", 100), ("z", 120)))
    _, days, _ = alike(make_case(processes=arrows, couplings=(rule,), events=events))
    assert days[0, 0] == RECORDED + 2 * (20 + RECORDED - 100)


# --- probabilities by hand


def stated(mid, half, **more):
    return around(mid, half, Intensity, within_days=1, **more)


def judged(case, chances, part, half=1e-13):
    """Return the case with chances at an occasion, `chances[h][step]`."""
    rows = [
        stated(mid, half, transition=case.transitions[t], hypothesis=h, regime=within("before", part))
        for h, row in chances.items()
        for t, mid in enumerate(row)
    ]
    return case.changed(intensities=(*case.intensities, *rows))


@pytest.mark.parametrize("made", ["b", "c", None])
def test_an_occasion_is_evidence_as_it_was_stated(made):
    """Competing steps judged without doubt: the posterior odds are those of the stated chances."""
    day = since(40)
    held = occasion("summit", 0)
    held = held.changed(schedule=(held.schedule[0].changed(date=day),))
    chances = {"h0": (0.3, 0.6), "h1": (0.2, 0.1)}
    events = (event("p", made, 40),) if made else ()
    arrows = {"p": [("a", "b"), ("a", "c")]}
    case = make_case(processes=arrows, events=events, cutoff=day, weights=(0.4, 0.6)).changed(occasions=(held,))
    odds = exact.posterior(judged(case, chances, "summit")).probability
    of = {"b": lambda row: row[0], "c": lambda row: row[1], None: lambda row: 1 - sum(row)}[made]
    likelihood = np.array([of(chances[h]) for h in ("h0", "h1")])
    expected = np.array([0.4, 0.6]) * likelihood
    np.testing.assert_allclose(odds, expected / expected.sum(), rtol=1e-9)


def test_an_occasion_judged_with_doubt_has_its_stated_chance():
    """The mean over what is unsure is the stated middle, so that the odds are its odds, and of the second step too."""
    held = occasion("summit", 0)
    held = held.changed(schedule=(held.schedule[0].changed(date=since(1)),))
    for made, index in (("b", 0), ("c", 1)):
        case = make_case(processes={"p": [("a", "b"), ("a", "c")]}, events=(event("p", made, 1),), cutoff=since(1))
        chances = {"h0": (0.3, 0.4), "h1": (0.15, 0.2)}
        found = exact.posterior(judged(case.changed(occasions=(held,)), chances, "summit", half=0.1)).probability
        likelihood = np.array([chances[h][index] for h in ("h0", "h1")])
        np.testing.assert_allclose(found, likelihood / likelihood.sum(), rtol=1e-7)


def test_two_phases_of_one_step_by_quadrature():
    """Days in two phases: u is shared between them, and each has a v of its own."""
    case = make_case(
        processes={"p": [("a", "b")]}, spread=0.15, persistence=0.4, chances=lambda s, h, g: {"h0": 0.3, "h1": 0.6}[h]
    )
    phase = Phase(id="mid", first=since(51), until=since(80))
    rows = [
        around(mid, 0.1, Intensity, transition=case.transitions[0], hypothesis=h, regime="before/mid", within_days=30)
        for h, mid in (("h0", 0.4), ("h1", 0.2))
    ]
    case = case.changed(intensities=(*case.intensities, *rows), phases=(phase,), events=(event("p", "b", 70),))
    (steps,) = read_steps(case)
    likelihood = []
    for h in range(2):
        eta, sigma = steps.location[0, h], steps.spread[0, h]

        def given(u, eta=eta, sigma=sigma):
            v = np.linspace(-9, 9, 1801)
            weight = stats.norm.pdf(v) * 0.01
            log_rate = eta[:, None] + sigma[:, None] * (np.sqrt(0.4) * u + np.sqrt(0.6) * v)
            stayed = np.exp(-50 * np.exp(log_rate[0])) @ weight
            return stats.norm.pdf(u) * stayed * (np.exp(log_rate[1] - 20 * np.exp(log_rate[1])) @ weight)

        likelihood.append(integrate.quad(given, -9, 9, epsabs=1e-14)[0])
    np.testing.assert_allclose(exact.posterior(case).probability, np.array(likelihood) / sum(likelihood), rtol=1e-7)


def test_log_chance_of_few_and_of_many():
    x = np.array([-800.0, -40.0, -3.0, -0.7, 0.0, 2.0, 8.0])
    with np.errstate(under="ignore"):
        assert log_chance(x)[:2].tolist() == pytest.approx([-800.0, -40.0])
        np.testing.assert_allclose(log_chance(x)[2:], np.log(-np.expm1(-np.exp(x[2:]))), rtol=1e-13, atol=1e-300)


# --- three codes


def drawn(seed):
    """Draw a case with an election, couplings, phases, occasions, and a record of processes that return."""
    rng = np.random.default_rng(seed)
    arrows = {
        "p": [("a", "b"), ("b", "a"), ("b", "c"), ("c", "a")],
        "q": [("x", "y"), ("x", "z"), ("y", "z"), ("y", "x")],
    }
    rules = tuple(
        Coupling(process=p, to=to, when=Reached(process=q, reached=s), multiplier=m, because="A test wants it.")
        for p, to, q, s, m in (("p", "b", "q", "y", 3.0), ("q", "z", "p", "b", 0.5), ("p", "c", "q", "z", 2.0))
    )
    kind = rng.choice(["none", "over", "uncalled"])
    winners = ("left", "right") if kind != "none" else ()
    vote = since(int(rng.integers(60, 120)))
    events, marked = [], [20, 45, 80, 119, 130]
    for name, first, leads in (
        ("p", "a", {"a": "b", "b": "ac", "c": "a"}),
        ("q", "x", {"x": "yz", "y": "zx", "z": ""}),
    ):
        day, state = 0, first
        while leads[state] and rng.random() < 0.85:
            later = [one for one in marked if one >= day]
            day = int(rng.choice(later)) if later and rng.random() < 0.5 else day + int(rng.integers(0, 40))
            if day >= RECORDED:
                break
            state = str(rng.choice(list(leads[state])))
            events.append(event(name, state, day))
    if kind == "over":
        events.append(Event(date=vote, process="election", state="left", source="", claim=""))
    case = make_case(
        processes=arrows,
        couplings=rules,
        winners=winners,
        election=vote if winners else None,
        events=tuple(events),
        persistence=0.3,
        spread=0.1,
        gamma=(0.6, 0.15),
    )
    phases = (Phase(id="last", days=25, before="summit"), Phase(id="mid", first=since(30), until=since(110)))
    held = [occasion(name, 0) for name in ("summit", "vote", "later")]
    days = (80, 119, RECORDED + 50)
    held = [
        one.changed(schedule=(one.schedule[0].changed(date=since(day)),)) for one, day in zip(held, days, strict=True)
    ]
    main = case.main_regimes
    parts = {(str(rng.choice(main)), "last"): [0, 2], (main[-1], "mid"): [1, 4, 5], (main[0], "mid"): [3]}
    parts |= {(str(rng.choice(main)), "summit"): [0, 1, 2, 5], (main[0], "vote"): [2, 4], (main[-1], "later"): [0]}
    parts |= {(regime, "vote"): [1, 5, 6] for regime in main[1:]}
    return divide(case, parts, phases=phases, occasions=tuple(held))


@pytest.mark.parametrize("seed", range(40))
def test_three_codes_count_the_same(seed):
    alike(drawn(seed))


@pytest.mark.parametrize("seed", [4, 9, 28])
def test_the_graph_has_the_likelihood_of_the_exact_engine(seed):
    """At draws of the exact posterior, phases, occasions and a vote that is not called included."""
    from detente.graph import build, evaluate

    case = drawn(seed)
    at = exact.draw(case, exact.posterior(case), 12, 1)
    free = {"discrimination": at.discrimination, "hypothesis_weight": at.weight}
    free |= {"step_effect": at.step_effect, "regime_effect": at.regime_effect, "winner_probability": at.winner}
    model = build(case)
    values = evaluate(model, {variable.name: free[variable.name] for variable in model.free_RVs})
    expected = np.squeeze(np.moveaxis(record_by_winner(read_steps(case)[0], at.log_intensity), 2, 1))
    np.testing.assert_allclose(values["transition_log_likelihood"].sum(axis=-2), expected, rtol=1e-9, atol=1e-9)


def test_the_drawn_records_have_what_they_are_to_test():
    cases = [drawn(seed) for seed in range(40)]
    counts = [counted(case)[0] for case in cases]
    at_once = [read_steps(case)[0].at_once for case in cases]
    assert sum(made[:, flag].any() for (made, _, _), flag in zip(counts, at_once, strict=True)) > 5
    assert sum(days[:, flag].any() for (_, days, _), flag in zip(counts, at_once, strict=True)) > 20
    assert sum((made > 1).any() for made, _, _ in counts) > 5
    assert beta(0.5).sd == 0
