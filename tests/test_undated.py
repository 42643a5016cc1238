"""A step known by month or year: the likelihood is summed over its days, in both engines, the oracle and `verify`."""

from __future__ import annotations

import csv
import datetime as dt
from itertools import product

import numpy as np
import pytest
from oracle import reference
from scipy.special import logsumexp
from small import CUTOFF, make_case

from detente import exact, load_case
from detente.case.priors import Coupling, Reached
from detente.case.processes import Event
from detente.case.undated import undated
from detente.exact.reading import read_steps
from detente.exact.record import record_by_winner
from detente.inference import draw_exactly
from detente.verify.likelihood import joint, log_likelihood, read_stated
from detente.verify.simulation import parameters
from detente.verify.tally import tally

CHAIN = {"p": [("a", "b"), ("b", "c"), ("c", "d")], "q": [("x", "y"), ("y", "z")]}
MEETING = Coupling(process="q", to="z", when=Reached(process="p", reached="b"), multiplier=4.0, because="A test.")
VOTE = dt.date(2030, 3, 14)
DOUBT = {"spread": 0.15, "gamma": (0.6, 0.15)}


def step(process, state, day, precision="day", known_from=None):
    return Event(date=day, process=process, state=state, precision=precision, known_from=known_from)


def chances(transition, hypothesis, regime):
    place = "abcxyz".index(transition.source)
    return {"h0": 0.25, "h1": 0.6}[hypothesis] + 0.02 * place + (0.05 if regime == "after:left" else 0)


MONTH = step("p", "b", dt.date(2030, 3, 1), "month")
PLAIN = {
    "one month": (MONTH,),
    "then a day of the month": (MONTH, step("p", "c", dt.date(2030, 3, 20))),
    "after a day of the month": (step("p", "b", dt.date(2030, 3, 9)), step("p", "c", dt.date(2030, 3, 1), "month")),
    "two of one month": (MONTH, step("p", "c", dt.date(2030, 3, 1), "month")),
    "two months": (MONTH, step("p", "c", dt.date(2030, 4, 1), "month")),
    "known within the month": (step("p", "b", dt.date(2030, 3, 1), "month", dt.date(2030, 3, 11)),),
    "of two processes": (MONTH, step("q", "y", dt.date(2030, 2, 1), "month")),
    "apart": (MONTH, step("p", "c", dt.date(2030, 4, 9)), step("p", "d", dt.date(2030, 5, 1), "month")),
}
CASES = {
    **{name: {"events": events} for name, events in PLAIN.items()},
    "a vote within the month": {
        "events": PLAIN["then a day of the month"],
        "winners": ("left", "right"),
        "election": VOTE,
    },
    "a vote that is not called": {"events": PLAIN["two of one month"], "winners": ("left", "right"), "election": VOTE},
    "a coupling": {
        "events": (*PLAIN["one month"], step("q", "y", dt.date(2030, 2, 2)), step("q", "z", VOTE)),
        "couplings": (MEETING,),
    },
    "a coupling of two months": {
        "events": (MONTH, step("q", "y", dt.date(2030, 2, 2)), step("q", "z", VOTE, "month")),
        "couplings": (MEETING,),
    },
    "a year": {"events": (step("p", "b", dt.date(2030, 1, 1), "year", CUTOFF),)},
}


def made(name):
    parts = dict(CASES[name])
    events = parts.pop("events")
    if "vote within" in name:
        events = (*events, step("election", "left", VOTE + dt.timedelta(days=2)))
    return make_case(processes=CHAIN, chances=chances, events=events, **DOUBT, **parts)


def days_of(event):
    """Return the days of the month or year of a step, up to the one from which it was known."""
    first = event.date.replace(day=1, month=1 if event.precision == "year" else event.date.month)
    days = [first + dt.timedelta(days=n) for n in range(366 if event.precision == "year" else 31)]
    written = slice(0, 4 if event.precision == "year" else 7)
    known = event.known_from or CUTOFF
    return [day for day in days if str(day)[written] == str(event.date)[written] and day <= known]


def dated(case):
    """Yield the case with every combination of days that its steps allow."""
    unsure = [event for event in case.events if not event.has_day]
    for days in product(*map(days_of, unsure)):
        known = {id(event): day for event, day in zip(unsure, days, strict=True)}
        events = [
            event.changed(date=known[id(event)], precision="day", known_from=None) if id(event) in known else event
            for event in case.events
        ]
        paths = [[e.date for s in "bcdyz" for e in events if (e.process, e.state) == (p, s)] for p in "pq"]
        if all(path == sorted(path) for path in paths):
            yield case.changed(events=tuple(events))


@pytest.mark.parametrize("name", [name for name in CASES if "called" not in name and "two months" not in name])
def test_the_likelihood_is_the_sum_over_the_days(name):
    """P(h, record) of the month is the sum of those of its days, each a record of its own."""
    case = made(name)
    total = np.zeros(2)
    for one in dated(case):
        answer = exact.posterior(one)
        total += answer.probability * np.exp(answer.log_evidence)
    found = exact.posterior(case)
    assert found.probability * np.exp(found.log_evidence) == pytest.approx(total, rel=1e-7)


@pytest.mark.parametrize("name", CASES)
def test_engines_and_simulator_agree_at_given_parameters(name):
    from detente.graph import build, evaluate

    case = made(name)
    steps, drawn = read_steps(case)[0], draw_exactly(case, exact.posterior(case), 20)
    draws = {key: values[0] for key, values in drawn.values.items()}
    chance = draws["winner_probability"] if case.open_winners else np.ones((20, 1))
    mine = logsumexp(record_by_winner(steps, draws["log_intensity"]) + np.log(chance)[:, None], axis=2)
    model = build(case)
    found = evaluate(model, {variable.name: draws[variable.name] for variable in model.free_RVs})
    record = found["transition_log_likelihood"].sum(axis=-2).reshape(*chance.shape, -1)
    assert logsumexp(record + np.log(chance)[..., None], axis=1) == pytest.approx(mine, abs=1e-9)
    assert found["hypothesis_probability"] == pytest.approx(draws["hypothesis_probability"], abs=1e-9)
    for variable, dims in model.named_vars_to_dims.items():
        assert len(dims) == model.named_vars[variable].ndim
    at, seen = parameters(draws), np.ones(0, dtype=bool)
    by_hypothesis = log_likelihood(read_stated(case), at, seen, tally(case))
    assert by_hypothesis == pytest.approx(mine, abs=1e-9)
    assert joint(at, by_hypothesis)[1] == pytest.approx(draws["hypothesis_probability"], abs=1e-9)


def test_only_what_bears_on_one_transition_is_summed_together():
    groups = {name: [len(group.events) for group in undated(made(name))] for name in CASES}
    assert groups["two of one month"] == groups["two months"] == groups["a coupling of two months"] == [2]
    assert groups["of two processes"] == groups["apart"] == [1, 1]
    for name in CASES:
        for group in undated(made(name)):
            assert made(name).transitions[group.transitions[0]].target == group.events[0].state


def blur(workspace, name, data):
    """Write some of the steps of a case as known by month; return how many."""
    path = workspace / "seeds" / name / "events.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    steps = [row for row in rows if row["process"] != "election" and row["date"] <= "2023-03-01"]
    for place, row in enumerate(data.permutation(len(steps))[:2]):
        day = dt.date.fromisoformat(steps[row]["date"])
        last = day.replace(day=1) + dt.timedelta(days=31)
        known = last.replace(day=1) - dt.timedelta(days=1)
        steps[row] |= {"precision": "month" if place else "", "known_from": min(known, dt.date(2023, 3, 1)).isoformat()}
        steps[row]["date"] = day.isoformat() if place else day.isoformat()[:7]
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, [*rows[0], *({"precision", "known_from"} - rows[0].keys())])
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize("seed", [2, 12, 36])
def test_random_case_has_the_oracles_answer(tmp_path, seed):
    from oracle.random_cases import write_random_case

    name = write_random_case(tmp_path, seed, processes=2, items=3)
    blur(tmp_path, name, np.random.default_rng(seed))
    case = load_case(name, tmp_path)
    assert undated(case)
    expected = reference.posterior(tmp_path, name)
    found = dict(zip(case.hypothesis_ids, exact.posterior(case).probability, strict=True))
    assert found == pytest.approx(expected, abs=1e-6)


def test_draws_are_those_of_the_mixture():
    """Means of the log intensities given each hypothesis: those of every day's record, by its share."""
    case = made("known within the month")
    found = exact.posterior(case)
    draws = draw_exactly(case, found, 20_000)
    each = [(one, exact.posterior(one)) for one in dated(case)]
    for h in range(2):
        mass = np.array([p.probability[h] * np.exp(p.log_evidence) for _, p in each])
        mean = []
        for one, answer in each:
            drawn = draw_exactly(one, answer, 4000)
            mean.append(drawn.flat("log_intensity")[drawn.hypothesis.ravel() == h][:, :, h].mean(axis=0))
        expected = np.tensordot(mass / mass.sum(), mean, axes=1)
        mine = draws.flat("log_intensity")[draws.hypothesis.ravel() == h][:, :, h].mean(axis=0)
        assert mine == pytest.approx(expected, abs=0.03)


def unsure_of_widths(case):
    """Return the case with ranges of four widths, equally likely."""
    return case.changed(priors=case.priors.changed(assumed_mass=None))


def test_the_width_of_a_range_is_drawn_given_the_days():
    """One for a transition, whatever the day: NUTS recovers widths as the exact engine draws them."""
    from detente.graph import build, evaluate
    from detente.graph.record import record_data
    from detente.inference.nuts import given_widths

    case = unsure_of_widths(made("then a day of the month"))
    found, total = exact.posterior(case), np.zeros(2)
    for one in dated(case):
        answer = exact.posterior(one)
        total += answer.probability * np.exp(answer.log_evidence)
    assert found.probability * np.exp(found.log_evidence) == pytest.approx(total, rel=1e-6)
    drawn = exact.draw(case, found, 4000, 1)
    free = {"discrimination": drawn.discrimination, "hypothesis_weight": drawn.weight}
    free |= {"step_effect": drawn.step_effect, "regime_effect": drawn.regime_effect}
    model = build(case)
    values = evaluate(model, {variable.name: free[variable.name] for variable in model.free_RVs})
    values = {name: array[None] for name, array in values.items()}
    again = given_widths(values, drawn.hypothesis[None], np.random.default_rng(2), record_data(case).undated)
    mine = drawn.log_intensity[np.arange(4000), :, drawn.hypothesis]
    theirs = again["log_intensity"][0][np.arange(4000), :, drawn.hypothesis]
    assert theirs.mean(axis=0) == pytest.approx(mine.mean(axis=0), abs=0.06)
    assert theirs.std(axis=0) == pytest.approx(mine.std(axis=0), rel=0.06)
    marginal = values["hypothesis_probability"].mean(axis=(0, 1))
    assert again["hypothesis_probability"].mean(axis=(0, 1)) == pytest.approx(marginal, abs=0.01)


@pytest.mark.parametrize("widths", [1, 4])
def test_draws_for_a_calibration_are_those_of_the_posterior(widths):
    """Means of the log intensities at one gamma, beside those of the exact engine's own draws."""
    from detente.evaluation.calibrate.intensities import draw_log_intensity, spread_evenly

    case = make_case(processes=CHAIN, chances=chances, events=(MONTH,), spread=0.15, gamma=(0.6, 0.0))
    case = case if widths == 1 else unsure_of_widths(case)
    steps = read_steps(case)
    assert len(steps) == widths
    rates, weight = draw_log_intensity(steps, 0.6, spread_evenly(np.random.default_rng(3), 1024, steps))
    drawn = exact.draw(case, exact.posterior(case), 20_000, 1)
    for h in range(2):
        expected = drawn.log_intensity[drawn.hypothesis == h][:, :, h].mean(axis=0)
        mine = np.average(rates[:, h], axis=0, weights=weight[:, h])
        assert mine == pytest.approx(expected, abs=0.05)
