"""The probability of a pattern: by hand, summing to one, and against simulated paths."""

from __future__ import annotations

import datetime as dt
from itertools import product

import msgspec
import numpy as np
import pytest
from oracle.simulate import simulate
from resolving import EVE, VOTE
from small import CUTOFF, HORIZON

from detente.case.priors import Coupling, Reached
from detente.evaluation.calibrate.outcomes import by_horizon, patterns, probability
from detente.verify.paths import simulate_future

DAYS, EARLY = (HORIZON - CUTOFF).days, (EVE - CUTOFF).days
LATE = DAYS - EARLY
RACE = {"winners": ("left", "right"), "election": VOTE}
ONE, TWO = 0.004, 0.006
FIRST = CUTOFF + dt.timedelta(days=150)
RETURNS = {"p": [("a", "b"), ("b", "a")]}
PATHS = 40_000


def chance(found, rates):
    """Return P(all that was resolved) at one value of the intensities, (transition, regime)."""
    at = np.asarray(rates, dtype=float)[None]
    by_winner = np.prod([probability(found, pattern, at)[:, 0] for pattern in patterns(found)], axis=0)
    return float(np.dot([*found.winners.values()] or [1.0], by_winner))


def test_one_step_without_an_election(resolved):
    yes, no = (resolved(("p_b", "horizon", said), processes={"p": [("a", "b")]}) for said in ("yes", "no"))
    assert chance(yes, [[ONE]]) == pytest.approx(1 - np.exp(-ONE * DAYS), rel=1e-12)
    assert chance(no, [[ONE]]) == pytest.approx(np.exp(-ONE * DAYS), rel=1e-12)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([("before_election", "yes")], 1 - np.exp(-ONE * EARLY)),
        ([("before_election", "no")], np.exp(-ONE * EARLY)),
        ([("after_election", "yes")], np.exp(-ONE * EARLY) * (1 - np.exp(-TWO * LATE))),
        ([("after_election", "no")], 1 - np.exp(-ONE * EARLY) * (1 - np.exp(-TWO * LATE))),
        ([("horizon", "no")], np.exp(-ONE * EARLY - TWO * LATE)),
        ([("before_election", "no"), ("horizon", "yes")], np.exp(-ONE * EARLY) * (1 - np.exp(-TWO * LATE))),
    ],
)
def test_one_step_before_and_after_the_election_that_was_won(resolved, answers, expected):
    asked = [("p_b", *row) for row in answers]
    found = resolved(*asked, processes={"p": [("a", "b")]}, winner="right", **RACE)
    assert chance(found, [[ONE, 0.5, TWO]]) == pytest.approx(expected, rel=1e-12)


def test_deadlines_by_hand(resolved):
    """A yes on a day is a step between two checkpoints."""
    deadlines = (CUTOFF + dt.timedelta(days=50), CUTOFF + dt.timedelta(days=200))
    parts = {"processes": {"p": [("a", "b")]}, "deadlines": deadlines}
    between = resolved(("p_b", "horizon", "yes", CUTOFF + dt.timedelta(days=90)), **parts)
    assert chance(between, [[ONE]]) == pytest.approx(np.exp(-50 * ONE) - np.exp(-200 * ONE), rel=1e-10)
    last = resolved(("p_b", "horizon", "yes", HORIZON), **parts)
    assert chance(last, [[ONE]]) == pytest.approx(np.exp(-200 * ONE) - np.exp(-DAYS * ONE), rel=1e-10)
    with_vote = resolved(("p_b", "horizon", "yes", CUTOFF + dt.timedelta(days=150)), winner="left", **parts, **RACE)
    known = np.exp(-EARLY * ONE) * (1 - np.exp(-(200 - EARLY) * TWO))
    assert chance(with_vote, [[ONE, TWO, 0.3]]) == pytest.approx(known, rel=1e-10)


@pytest.mark.parametrize("rate", [0.05, 0.3, 1.0])
def test_what_is_very_unlikely_by_hand(resolved, rate):
    """The logarithm is tabulated: exp(-365) has to be just that."""
    never = resolved(("p_b", "horizon", "no"), processes={"p": [("a", "b")]})
    assert np.log(chance(never, [[rate]])) == pytest.approx(-rate * DAYS, rel=1e-6)
    ladder = {"p": [("a", "b"), ("b", "c")]}
    waits = resolved(("p_b", "horizon", "yes"), ("p_c", "horizon", "no"), processes=ladder)
    slow = rate / 2
    known = rate / (rate - slow) * (np.exp(-slow * DAYS) - np.exp(-rate * DAYS))
    assert np.log(chance(waits, [[rate], [slow]])) == pytest.approx(np.log(known), rel=1e-6)
    at_once = resolved(("p_b", "horizon", "yes"), ("p_c", "horizon", "yes"), processes=ladder)
    tiny = rate * 1e-8
    assert chance(at_once, [[tiny], [tiny]]) == pytest.approx((tiny * DAYS) ** 2 / 2, rel=1e-3)


def test_an_open_race_is_averaged_over(resolved):
    found = resolved(("p_b", "horizon", "no"), processes={"p": [("a", "b")]}, **RACE)
    left, right = np.exp(-0.001 * LATE), np.exp(-TWO * LATE)
    assert chance(found, [[ONE, 0.001, TWO]]) == pytest.approx(np.exp(-ONE * EARLY) * (left + right) / 2, rel=1e-12)


def test_rungs_of_a_ladder_are_no_independent_questions(resolved):
    """Both reached: the sum of two exponentials, and not the product of two answers."""
    ladder = {"p": [("a", "b"), ("b", "c")]}
    both = 1 - (TWO * np.exp(-ONE * DAYS) - ONE * np.exp(-TWO * DAYS)) / (TWO - ONE)
    first = 1 - np.exp(-ONE * DAYS)
    rates = [[ONE], [TWO]]
    found = resolved(("p_b", "horizon", "yes"), ("p_c", "horizon", "yes"), processes=ladder)
    assert chance(found, rates) == pytest.approx(both, rel=1e-10)
    halfway = resolved(("p_b", "horizon", "yes"), ("p_c", "horizon", "no"), processes=ladder)
    assert chance(halfway, rates) == pytest.approx(first - both, rel=1e-10)


def in_b(days):
    """Return P(in b) so many days after a, on a ladder from a to b at the first pace and on to c at the second."""
    return ONE / (TWO - ONE) * (np.exp(-ONE * days) - np.exp(-TWO * days))


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"horizon": "yes"}, in_b(DAYS)),
        ({"horizon": "no"}, 1 - in_b(DAYS)),
        ({f"by:{FIRST}": "yes", "horizon": "yes"}, in_b(150) * np.exp(-TWO * (DAYS - 150))),
        ({f"by:{FIRST}": "yes", "horizon": "no"}, in_b(150) * (1 - np.exp(-TWO * (DAYS - 150)))),
        ({f"by:{FIRST}": "no", "horizon": "yes"}, np.exp(-ONE * 150) * in_b(DAYS - 150)),
    ],
)
def test_the_state_on_a_date_by_hand(resolved, answers, expected):
    """It is no more than where the process was on each of the days asked about."""
    asked = [("p_b_now", window, said) for window, said in answers.items()]
    found = resolved(*asked, processes={"p": [("a", "b"), ("b", "c")]}, current=("p_b",), deadlines=(FIRST,))
    assert chance(found, [[ONE], [TWO]]) == pytest.approx(expected, rel=1e-10)


def test_the_state_on_the_eve_and_on_the_horizon_by_hand(resolved):
    asked = [("p_b_now", "before_election", "yes"), ("p_b_now", "horizon", "no")]
    found = resolved(*asked, processes={"p": [("a", "b"), ("b", "c")]}, current=("p_b",), winner="right", **RACE)
    rates = [[ONE, 0.5, ONE], [TWO, 0.5, 3 * TWO]]
    assert chance(found, rates) == pytest.approx(in_b(EARLY) * (1 - np.exp(-3 * TWO * LATE)), rel=1e-10)


def test_the_state_on_a_date_of_a_process_that_returns_by_hand(resolved):
    """Between a and b: in b with odds that forget the start; and left again, once having been there."""
    now = ONE / (ONE + TWO) * (1 - np.exp(-(ONE + TWO) * DAYS))
    ever = 1 - np.exp(-ONE * DAYS)
    answers = {("yes", "yes"): now, ("yes", "no"): ever - now, ("no", "no"): 1 - ever, ("no", "yes"): 0}
    for (been, present), expected in answers.items():
        asked = [("p_b", "horizon", been), ("p_b_now", "horizon", present)]
        found = resolved(*asked, processes=RETURNS, current=("p_b",))
        assert chance(found, [[ONE], [TWO]]) == pytest.approx(expected, rel=1e-9)


def test_states_on_dates_of_linked_processes_against_the_simulator_of_replicates(resolved):
    """Paths run jump by jump and asked for their states: of a process that returns, slowed by another's step."""
    parts = {"processes": RETURNS | {"q": [("x", "y")]}, "couplings": (link("p", "a", "q", "y", 0.2),), **RACE}
    asked = [
        ("p_b_now", "before_election", "no"),
        ("p_b_now", f"by:{FIRST}", "yes"),
        ("p_b_now", "horizon", "yes"),
        ("q_y", "horizon", "yes", FIRST),
    ]
    found = resolved(*asked, winner="left", current=("p_b",), deadlines=(FIRST,), **parts)
    rates = np.array([[0.01, 0.02, 0.5], [0.008, 0.012, 0.5], [0.004, 0.006, 0.5]])
    exact, rng, days = chance(found, rates), np.random.default_rng(4), (EVE, FIRST, HORIZON)
    paths = [simulate_future(found.case, np.log(rates), "left", days, rng) for _ in range(2500)]
    held = [
        [path.states[day]["p"] for day in days] == ["a", "b", "b"]
        and EVE.toordinal() < path.first["q_y"] <= FIRST.toordinal()
        for path in paths
    ]
    frequency = np.mean(held)
    assert 0.03 < frequency < 0.5
    assert exact == pytest.approx(frequency, abs=4 * np.sqrt(frequency * (1 - frequency) / len(paths)))


def test_kinds_that_compete(resolved):
    kinds = {"p": [("a", "b"), ("a", "c")]}
    total = 1 - np.exp(-(ONE + TWO) * DAYS)
    found = resolved(("p_b", "horizon", "yes"), ("p_c", "horizon", "no"), processes=kinds)
    assert chance(found, [[ONE], [TWO]]) == pytest.approx(total * ONE / (ONE + TWO), rel=1e-10)
    impossible = resolved(("p_b", "horizon", "yes"), ("p_c", "horizon", "yes"), processes=kinds)
    assert chance(impossible, [[ONE], [TWO]]) == 0


def test_processes_that_nothing_links_multiply(resolved):
    apart = {"p": [("a", "b")], "q": [("x", "y")]}
    found = resolved(("p_b", "horizon", "yes"), ("q_y", "horizon", "no"), processes=apart)
    assert chance(found, [[ONE], [TWO]]) == pytest.approx((1 - np.exp(-ONE * DAYS)) * np.exp(-TWO * DAYS), rel=1e-12)
    assert len(patterns(resolved(("q_y", "horizon", "no"), processes=apart))) == 1


def link(process, to, other, reached, multiplier):
    when = Reached(process=other, reached=reached)
    return Coupling(process=process, to=to, when=when, multiplier=multiplier, because="A test wants it.")


LINKED = {
    "processes": {"p": [("a", "b"), ("b", "c"), ("a", "d")], "q": [("x", "y")]},
    "couplings": (link("p", "c", "q", "y", 4.0), link("q", "y", "p", "d", 0.3)),
}
RATES = np.array([[0.004, 0.006], [0.01, 0.002], [0.002, 0.001], [0.003, 0.008]])


def test_patterns_of_linked_processes_sum_to_one(resolved):
    """Every pattern at the election with every one at the horizon: what is impossible has no probability."""
    outcomes, total = ("p_b", "p_c", "p_d", "q_y"), 0.0
    options = [[("no", "no"), ("no", "yes"), ("yes", "yes")]] * len(outcomes)
    rates = np.column_stack([RATES, RATES[:, 1]])
    for answers in product(*options):
        asked = [
            (outcome, window, said)
            for outcome, pair in zip(outcomes, answers, strict=True)
            for window, said in zip(("before_election", "horizon"), pair, strict=True)
        ]
        total += chance(resolved(*asked, winner="left", **RACE, **LINKED), rates)
    assert total == pytest.approx(1, abs=1e-10)


def test_patterns_by_the_horizon_are_those_asked_one_by_one(resolved):
    rates = RATES[:, :1]
    found = resolved(**LINKED)
    (every,) = by_horizon(found, rates[None])
    every = every[0]
    assert every.sum() == pytest.approx(1, abs=1e-10)
    outcomes = [outcome.id for outcome in found.case.outcomes]
    asked = [
        chance(resolved(*zip(outcomes, ["horizon"] * 4, said, strict=True), **LINKED), rates)
        for said in product(("no", "yes"), repeat=4)
    ]
    assert sorted(value for value in asked if value > 1e-12) == pytest.approx(sorted(every[:, 0]), abs=1e-10)


def test_a_pattern_of_linked_processes_against_paths_simulated_one_by_one(resolved):
    asked = [
        ("p_b", "before_election", "no"),
        ("p_b", "horizon", "yes"),
        ("p_c", "after_election", "no"),
        ("q_y", "horizon", "yes", VOTE),
    ]
    found = resolved(*asked, winner="left", **RACE, **LINKED)
    exact = chance(found, np.column_stack([RATES, RATES[:, 1]]))
    arrows = {name: tuple(steps) for name, steps in LINKED["processes"].items()}
    flat = [(process, *step) for process, steps in arrows.items() for step in steps]
    regimes = ("before", "after:left")
    table = {
        (*step, regime): RATES[row, column] for row, step in enumerate(flat) for column, regime in enumerate(regimes)
    }
    paths = simulate(
        arrows,
        {"p": "a", "q": "x"},
        {"h": table},
        winners={"left": 1.0},
        couplings=[msgspec.to_builtins(coupling) for coupling in LINKED["couplings"]],
        election_day=EARLY,
        horizon_day=DAYS,
        paths=PATHS,
        random_seed=11,
    )
    day = {state: visit for (_, state), visit in paths.visits.items()}
    held = (day["b"] >= EARLY) & np.isfinite(day["b"]) & (day["y"] >= EARLY) & np.isfinite(day["y"])
    held &= ~((day["c"] >= EARLY) & np.isfinite(day["c"]))
    frequency = held.mean()
    assert 0.03 < frequency < 0.5
    assert exact == pytest.approx(frequency, abs=4 * np.sqrt(frequency * (1 - frequency) / PATHS))
