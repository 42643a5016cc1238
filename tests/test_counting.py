"""A vote that is not called: the record after it is a mixture over the winners, in both engines, oracle and `verify`.

P(record | h) = sum over w of P(w) P(record | h, w): so the days after the vote speak of who has won too, and the winner
and the hypothesis depend on each other from then on.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from small import CUTOFF, START, make_case

from detente import exact, load_case
from detente.case.polls import INCUMBENT
from detente.case.priors import Coupling, Reached
from detente.case.processes import Event
from detente.forecast.outcomes import project_posterior
from detente.inference import EXACT, draw_exactly
from detente.settings import Settings
from detente.verify.likelihood import joint, log_likelihood, log_likelihood_by_winner, read_stated
from detente.verify.simulation import parameters
from detente.verify.tally import tally

VOTE = dt.date(2030, 3, 14)
WINNERS = ("left", "right")
DAYS_BEFORE, DAYS_AFTER = (VOTE - START).days - 1, (CUTOFF - VOTE).days + 1
CHANCES = {
    ("h0", "before"): 0.2,
    ("h1", "before"): 0.3,
    ("h0", "after:left"): 0.9,
    ("h1", "after:left"): 0.35,
    ("h0", "after:right"): 0.05,
    ("h1", "after:right"): 0.25,
    ("h0", "after:third"): 0.4,
    ("h1", "after:third"): 0.7,
}


def step(process, state, day, precision="day", known_from=None):
    return Event(date=day, process=process, state=state, precision=precision, known_from=known_from)


def chances(transition, hypothesis, regime):
    return CHANCES[hypothesis, regime] * (1 - 0.03 * "abcdxyz".index(transition.source))


def made(winners=WINNERS, weights=None, **changed):
    """Return a case whose vote is not called, with those P(winner)."""
    parts = {"processes": {"p": [("a", "b"), ("b", "c")]}, "chances": chances, "winners": winners, "election": VOTE}
    case = make_case(**(parts | changed))
    if weights is None:
        return case
    stated = case.priors.election.changed(weights=dict(zip(winners, weights, strict=True)))
    return case.changed(priors=case.priors.changed(election=stated))


DOUBT = {"spread": 0.03, "gamma": (0.6, 0.15)}
FIRM = {"spread": 0.03, "gamma": (0.6, 0.0)}
TWO = {"p": [("a", "b"), ("b", "c")], "q": [("x", "y"), ("y", "z")]}
MEETING = Coupling(process="q", to="y", when=Reached(process="p", reached="b"), multiplier=3.0, because="A test.")
MONTH = step("p", "b", dt.date(2030, 3, 1), "month", dt.date(2030, 3, 18))
CASES = {
    "nothing happened": {**DOUBT},
    "a step after the vote": {**DOUBT, "weights": (0.8, 0.2), "events": (step("p", "b", dt.date(2030, 4, 2)),)},
    "three winners": {**DOUBT, "winners": (*WINNERS, "third"), "weights": (0.5, 0.3, 0.2)},
    "two processes": {
        **DOUBT,
        "processes": TWO,
        "couplings": (MEETING,),
        "events": (step("p", "b", dt.date(2030, 2, 2)), step("q", "y", dt.date(2030, 5, 2))),
        "mids": [(0.6, 0.2), (0.3, 0.5)],
        "clusters": ["c", "c"],
    },
    "a month with the vote": {**FIRM, "processes": TWO, "events": (MONTH,), "weights": (0.3, 0.7)},
    "two months": {
        **FIRM,
        "processes": TWO,
        "couplings": (MEETING,),
        "winners": (*WINNERS, "third"),
        "events": (MONTH, step("q", "y", dt.date(2030, 4, 1), "month", dt.date(2030, 4, 3))),
    },
    "on the day of the vote": {**DOUBT, "cutoff": VOTE},
}


def of(name):
    return made(**CASES[name])


def called(case):
    """Yield the case with each winner on record, and its P(winner)."""
    for winner, chance in case.priors.election.weights.items():
        yield case.changed(events=(*case.events, step("election", winner, case.voting_day))), chance


def test_two_winners_by_hand():
    """One transition, nothing happened: with three tenths for the left, of intensities that nobody doubts."""
    case = made(processes={"p": [("a", "b")]}, weights=(0.3, 0.7))
    pace = {key: -np.log1p(-chance) / 100 for key, chance in CHANCES.items()}
    mass = {
        (h, w): 0.5 * share * np.exp(-pace[h, "before"] * DAYS_BEFORE - pace[h, f"after:{w}"] * DAYS_AFTER)
        for h in ("h0", "h1")
        for w, share in (("left", 0.3), ("right", 0.7))
    }
    total = sum(mass.values())
    found = exact.posterior(case)
    assert found.probability[0] == pytest.approx((mass["h0", "left"] + mass["h0", "right"]) / total, abs=1e-9)
    assert found.log_evidence == pytest.approx(np.log(total), abs=1e-9)
    for h, name in enumerate(("h0", "h1")):
        left = mass[name, "left"] / (mass[name, "left"] + mass[name, "right"])
        assert found.winner[h] == pytest.approx([left, 1 - left], abs=1e-9)
    assert exact.known_winners(case, found)["left"] == pytest.approx(
        (mass["h0", "left"] + mass["h1", "left"]) / total, abs=1e-9
    )
    assert exact.known_winners(case)["left"] == 0.3


def test_a_step_after_the_vote_by_hand():
    """The pace of the winner under whom it was made counts once more; then the process waits for its next step."""
    day = dt.date(2030, 4, 2)
    case = made(events=(step("p", "b", day),))
    waited, left = (day - VOTE).days + 1, (CUTOFF - day).days
    mass = np.zeros((2, 2))
    for h, name in enumerate(("h0", "h1")):
        for w, winner in enumerate(WINNERS):
            first, second = (
                {g: -np.log1p(-(CHANCES[name, g] * part)) / 100 for g in ("before", f"after:{winner}")}
                for part in (1.0, 0.97)
            )
            after = f"after:{winner}"
            days = first["before"] * DAYS_BEFORE + first[after] * waited + second[after] * left
            mass[h, w] = 0.25 * first[after] * np.exp(-days)
    found = exact.posterior(case)
    assert found.probability == pytest.approx(mass.sum(axis=1) / mass.sum(), abs=1e-9)
    assert found.winner == pytest.approx(mass / mass.sum(axis=1, keepdims=True), abs=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_the_answer_is_the_mixture_of_the_cases_in_which_each_has_won(name):
    case = of(name)
    mass = []
    for one, chance in called(case):
        answer = exact.posterior(one)
        mass.append(chance * answer.probability * np.exp(answer.log_evidence))
    mass, found = np.array(mass).T, exact.posterior(case)
    assert found.probability * np.exp(found.log_evidence) == pytest.approx(mass.sum(axis=1), rel=1e-7)
    assert found.winner == pytest.approx(mass / mass.sum(axis=1, keepdims=True), abs=1e-7)
    assert np.abs(exact.posterior(case).winner[0] - exact.posterior(case).winner[1]).max() > 1e-3


@pytest.mark.parametrize("name", CASES)
def test_engines_and_simulator_agree_at_given_parameters(name):
    from detente.graph import build, evaluate

    case = of(name)
    draws = {key: values[0] for key, values in draw_exactly(case, exact.posterior(case), 20).values.items()}
    model = build(case)
    found = evaluate(model, {variable.name: draws[variable.name] for variable in model.free_RVs})
    for derived in ("hypothesis_probability", "winner_given_hypothesis"):
        assert found[derived] == pytest.approx(draws[derived], abs=1e-9)
    for variable, dims in model.named_vars_to_dims.items():
        assert len(dims) == model.named_vars[variable].ndim
    at, stated, record = parameters(draws), read_stated(case), tally(case)
    seen = np.array([item.observed for item in case.evidence_in_force], dtype=bool)
    by_winner = log_likelihood_by_winner(stated, at, seen, record)
    by_hypothesis = log_likelihood(stated, at, seen, record)
    assert joint(at, by_hypothesis)[1] == pytest.approx(draws["hypothesis_probability"], abs=1e-9)
    assert np.exp(by_winner - by_hypothesis[..., None]) == pytest.approx(draws["winner_given_hypothesis"], abs=1e-9)


@pytest.mark.parametrize("name", ["a step after the vote", "two months"])
def test_draws_and_outcomes_are_those_of_the_mixture(name):
    case, settings = of(name), Settings(draws=20_000)
    found = EXACT.infer(case, settings)
    drawn = found.draws.flat("hypothesis_probability")[..., None] * found.draws.winner_given_hypothesis
    mass, ahead = [], []
    for one, chance in called(case):
        answer = EXACT.infer(one, Settings(draws=4000))
        mass.append(chance * answer.probability * np.exp(answer.closed_form.log_evidence))
        windows = project_posterior(one, answer).windows
        ahead.append([windows[outcome.id]["horizon"].by_hypothesis for outcome in case.outcomes])
    mass = np.array(mass) / np.sum(mass)
    together = drawn.mean(axis=0).T
    assert together == pytest.approx(mass, abs=0.01)
    assert found.winner == pytest.approx(mass.sum(axis=1), abs=1e-6)
    assert found.draws.winner.mean(axis=0) == pytest.approx(found.winner, abs=0.01)
    projected = project_posterior(case, found).windows
    expected = np.einsum("wh,woh->o", mass, ahead)
    mine = [projected[outcome.id]["horizon"].probability for outcome in case.outcomes]
    assert mine == pytest.approx(expected, abs=0.01)
    for place, outcome in enumerate(case.outcomes):
        by_winner = np.einsum("wh,wh->w", mass, np.array(ahead)[:, place]) / mass.sum(axis=1)
        assert projected[outcome.id]["horizon"].by_winner == pytest.approx(by_winner, abs=0.02)


def test_the_weights_of_the_winners_are_drawn_given_who_has_won():
    """Beta(4 + P(left), 4 + P(right)), mixed over who has won."""
    case = made(processes={"p": [("a", "b")]})
    found, drawn = exact.posterior(case), exact.draw(case, exact.posterior(case), 20_000, 1)
    left = found.probability @ found.winner[:, 0]
    assert drawn.winner[:, 0].mean() == pytest.approx((4 + left) / 9, abs=0.003)
    second = (left * 5 * 6 + (1 - left) * 4 * 5) / (9 * 10)
    assert (drawn.winner[:, 0] ** 2).mean() == pytest.approx(second, abs=0.003)


def test_records_of_several_processes_add_up_by_the_chain_rule():
    """They have a winner in common: what one adds depends on the others, and leaving it out is a case of its own."""
    case = made(processes=TWO, spread=0.03, gamma=(0.6, 0.0), events=(step("q", "y", dt.date(2030, 5, 2)),))
    found = exact.posterior(case)
    odds = 10 / np.log(10) * np.log(found.probability[0] / found.probability[1])
    assert found.record_weight_db[:, 0].sum() == pytest.approx(odds, abs=1e-6)
    for place, process in enumerate(case.processes):
        others = tuple(event for event in case.events if event.process != process.id)
        started = tuple(case.restarted(one) if one == process else one for one in case.processes)
        alone = exact.posterior(case.changed(processes=started, events=others))
        assert found.without_record[place] == pytest.approx(alone.probability, abs=1e-9)
    added = exact.posterior(case.changed(processes=(case.processes[0], case.restarted(case.processes[1])), events=()))
    first = 10 / np.log(10) * np.log(added.probability[0] / added.probability[1])
    assert found.record_weight_db[0, 0] == pytest.approx(first, abs=1e-6)


def uncall(workspace, name):
    """Take the winner out of a case's record."""
    path = workspace / "seeds" / name / "events.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if ",election," not in line), encoding="utf-8")


@pytest.mark.parametrize("seed", [3, 11, 24])
def test_random_case_has_the_oracles_answer(tmp_path, seed):
    from oracle import reference
    from oracle.random_cases import write_random_case

    name = write_random_case(tmp_path, seed, processes=2, items=3, winners=2 + seed % 2, over=True)
    uncall(tmp_path, name)
    case = load_case(name, tmp_path)
    assert case.open_winners
    expected = reference.posterior(tmp_path, name)
    found = exact.posterior(case)
    assert found.winner.shape[1]
    assert dict(zip(case.hypothesis_ids, found.probability, strict=True)) == pytest.approx(expected, abs=1e-6)


def test_outcomes_are_those_of_simulated_paths(tmp_path):
    from oracle.random_cases import write_random_case
    from oracle.simulate import posterior_predictive

    name = write_random_case(tmp_path, 5, processes=1, items=2, winners=2, over=True)
    uncall(tmp_path, name)
    case = load_case(name, tmp_path)
    paths = posterior_predictive(tmp_path, name, paths=8000)
    found = EXACT.infer(case, Settings(draws=8000))
    windows = project_posterior(case, found).windows
    assert np.bincount(paths.winner, minlength=2) / 8000 == pytest.approx(found.winner, abs=0.025)
    for outcome in case.outcomes:
        expected = paths.frequency((outcome.process, outcome.state))["horizon"]
        assert windows[outcome.id]["horizon"].probability == pytest.approx(expected, abs=0.025)


def polled(degrees=None, shares=(0.51, 0.5, 0.52, 0.49, 0.515)):
    """Return a case with polls in force and a vote that is not called."""
    from outside_cases import PRIORS, poll

    case = made(
        winners=(INCUMBENT, "right"),
        processes={"p": [("a", "b")]},
        chances=lambda step, h, regime: chances(step, h, regime.replace(INCUMBENT, "left")),
    )
    days = [VOTE - dt.timedelta(days=5 * n + 4) for n in range(len(shares))]
    polls = [poll(day, share, f"house {n % 3}") for n, (day, share) in enumerate(zip(days, shares, strict=True))]
    errors = PRIORS.changed(degrees=degrees)
    return case.changed(polls=tuple(polls), priors=case.priors.changed(polls=errors))


@pytest.mark.parametrize("degrees", [None, 5.0])
def test_where_polls_are_in_force_the_chances_are_theirs(degrees):
    case = polled(degrees)
    assert case.polls_in_force
    polls = exact.poll_posterior(case)
    chance = np.array([polls.probability, 1 - polls.probability])
    pace = {key: -np.log1p(-value) / 100 for key, value in CHANCES.items()}
    days = {
        (h, w): pace[h, "before"] * DAYS_BEFORE + pace[h, f"after:{w}"] * DAYS_AFTER
        for h in ("h0", "h1")
        for w in WINNERS
    }
    mass = np.array(
        [[0.5 * p * np.exp(-days[h, w]) for w, p in zip(WINNERS, chance, strict=True)] for h in ("h0", "h1")]
    )
    found = exact.posterior(case)
    assert found.probability == pytest.approx(mass.sum(axis=1) / mass.sum(), abs=1e-9)
    assert found.winner == pytest.approx(mass / mass.sum(axis=1, keepdims=True), abs=1e-9)
    # The share is on the winner's side as often as he has won, and on each side as the polls have it.
    drawn, left = exact.draw(case, found, 20_000, 1), mass[:, 0].sum() / mass.sum()
    share = drawn.incumbent_share
    assert (share > 0.5).mean() == pytest.approx(left, abs=0.003)
    for place in (0.42, 0.47, 0.53):
        above = (1 - polls.below(max(place, 0.5))) / chance[0] * left
        below = (polls.below(0.5) - polls.below(min(place, 0.5))) / chance[1] * (1 - left)
        assert (share > place).mean() == pytest.approx(above + below, abs=0.004)
    # What the levels of the polls leave open averages to it, too.
    assert (drawn.probability[..., None] * drawn.winner_given).mean(axis=0) == pytest.approx(
        mass / mass.sum(), abs=0.005
    )
    level = exact.draw(case.changed(events=(step("election", INCUMBENT, VOTE),)), found, 10, 1)
    assert level.winner[0].tolist() == [1.0, 0.0]


def test_a_winner_that_polls_all_but_rule_out():
    """Draws keep their digits where the side of one half that is left lies far in the tail."""
    case = polled(shares=(0.7, 0.71, 0.69, 0.7, 0.7))
    found = exact.posterior(case)
    drawn = exact.draw(case, found, 500, 1)
    assert np.isfinite(drawn.incumbent_share).all()
    assert np.isfinite(drawn.winner_given).all()
    assert found.winner[:, 1].max() < 1e-3


def nuts_agrees(case, quantities, seed=3):
    """Sample a case, and compare P(h), P(winner | h) and the outcomes with the exact engine's."""
    from detente.diagnostics import convergence
    from detente.inference import NUTS

    settings = Settings(draws=1500, tune=700, chains=2, random_seed=seed)
    sampled, expected = NUTS.infer(case, settings), EXACT.infer(case, Settings(draws=8000))
    draws = sampled.draws
    joint = draws.values["hypothesis_probability"][..., None] * draws.values["winner_given_hypothesis"]
    truth = expected.closed_form.probability[:, None] * expected.closed_form.winner
    pairs = {f"{h}, {w}": (joint[..., h, w], truth[h, w], 0.0) for h, w in np.ndindex(*truth.shape)}
    mine, theirs = project_posterior(case, sampled).windows, project_posterior(case, expected).windows
    for outcome in case.outcomes:
        one, other = mine[outcome.id]["horizon"], theirs[outcome.id]["horizon"]
        error = other.influence.std() / np.sqrt(other.influence.size)
        pairs[outcome.id] = one.draws.reshape(draws.hypothesis.shape), other.probability, error
    for name in quantities:
        other = expected.draws.values[name][0]
        error = other.std(axis=0) / np.sqrt(len(other))
        for place in np.ndindex(other.shape[1:]):
            index = (slice(None), slice(None), *place)
            pairs[f"{name}{place}"] = draws.values[name][index], other[(slice(None), *place)].mean(), error[place]
    measured = convergence({name: values for name, (values, *_) in pairs.items()})
    for name, (values, wanted, error) in pairs.items():
        mcse = np.hypot(measured[name].mcse if name in measured else 0.0, error)
        assert values.mean() == pytest.approx(wanted, abs=4 * mcse + 1e-9), name


def unsure_of_widths(case):
    return case.changed(priors=case.priors.changed(assumed_mass=None))


SAMPLED = {
    "a month, and widths that are not known": lambda: unsure_of_widths(of("a month with the vote")),
    "three winners, hardly held": lambda: held(of("three winners"), 0.08),
    "polls": lambda: polled(5.0),
}


def held(case, concentration):
    loose = {
        name: getattr(case.priors, name).changed(concentration=concentration) for name in ("hypotheses", "election")
    }
    return case.changed(priors=case.priors.changed(**loose))


@pytest.mark.sampling
@pytest.mark.parametrize("name", SAMPLED)
def test_sampled_and_exact_agree(name):
    case = SAMPLED[name]()
    more = ("winner_probability", "incumbent_share") if case.polls_in_force else ("winner_probability",)
    nuts_agrees(case, (*more, "log_intensity") if case.transitions else more)


def test_what_leaves_out_or_changes_a_number_knows_of_it():
    """The sensitivity's reweighted tables, its swing of P(winner) and the page's switches, beside the case itself."""
    from detente.analysis.reweighting import take_apart
    from detente.analysis.sensitivity.elicited import applied, elicited
    from detente.analysis.sensitivity.tornado import moved, set_up
    from detente.exact.whatif import what_if

    case = of("two processes")
    settings = Settings(draws=4000)

    def headlines(case):
        answer = EXACT.infer(case, settings)
        windows = project_posterior(case, answer).windows
        return [*answer.probability, *(windows[outcome.id]["horizon"].probability for outcome in case.outcomes)]

    basis = take_apart(case, 1)
    assert basis.weigh(basis.total) == pytest.approx(headlines(case), abs=0.012)
    bench = set_up(basis)
    number = next(one for one in elicited(case) if one.kind == "election")
    found = moved(bench, number, number.high)
    assert found == pytest.approx(headlines(applied(case, number, number.high)), abs=0.02)
    assert np.abs(found - bench.base)[:2].max() > 0.03
    closed_form = exact.posterior(case)
    tables = what_if(case, closed_form)
    (record,) = [part for part in tables.parts if part.kind == "record"]
    assert (record.items, record.every_subset) == (("p", "q"), True)
    weights = np.array(tables.log_weights)[:, None]
    for on, expected in ((3, closed_form.probability), (1, closed_form.without_record[1])):
        rest = sum(np.array(part.rows[-1]) for part in tables.parts if part.kind != "record")
        total = weights + (rest + np.array(record.rows[on])).reshape(len(weights), -1)
        joint = np.exp(total).sum(axis=0)
        assert joint / joint.sum() == pytest.approx(expected, abs=1e-6)


def test_simulated_cases_have_days_after_the_vote():
    """Under the winner drawn: a replicate's truth has P(winner | h) by the likelihood of its own."""
    from detente.verify.simulation import simulate

    case = of("two processes")
    late = 0
    for seed in range(12):
        one = simulate(case, np.random.default_rng(seed))
        assert one.case.open_winners == WINNERS
        late += sum(event.date >= VOTE for event in one.case.events)
        found = exact.posterior(one.case)
        assert one.truth["winner_given_hypothesis"].sum(axis=1) == pytest.approx(1)
        assert np.isfinite(found.probability).all()
    assert late


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stated", "polls"])
def test_ranks_are_uniform(name):
    """Simulation-based calibration of a small case while its vote is not called."""
    from scipy.stats import kstest

    from detente.verify import Plan
    from detente.verify.fitting import ExactFitter
    from detente.verify.replicate import replicate

    case = polled(5.0) if name == "polls" else made(**DOUBT, weights=(0.4, 0.6))
    engine = ExactFitter(Plan(exact_draws=200))
    found = [replicate(case, engine, 7, number).places for number in range(150)]
    assert "winner_given_hypothesis[h0, " in " ".join(found[0])
    for quantity in found[0]:
        assert kstest([places[quantity] for places in found], "uniform").pvalue > 1e-3, quantity


def test_a_forecast_learned_from_knows_who_had_won():
    """The record of a forecast made while votes were counted is the winner's once he is known, else the mixture."""
    from detente.evaluation.calibrate.resolved import ResolvedCase
    from detente.evaluation.calibrate.tables import evidence_table, make_grid, outcome_means, outcomes_at, tabulate

    case = made(processes={"p": [("a", "b")], "q": [("x", "y")]}, weights=(0.3, 0.7))
    gamma, bias = np.array([0.4]), np.zeros(1)
    parts = [chance * np.exp(evidence_table(one, gamma, bias)) for one, chance in called(case)]
    assert evidence_table(case, gamma, bias) == pytest.approx(np.log(np.sum(parts, axis=0)), abs=1e-9)

    def resolved(case, winners):
        return ResolvedCase(
            case=case,
            eve=None,
            checkpoints=(case.horizon,),
            winners=winners,
            questions=(),
            left_out=(),
            first={"p_b": frozenset({0}), "q_y": frozenset({1})},
            truth=None,
        )

    def table(case, winners):
        return outcomes_at(outcome_means(resolved(case, winners), gamma, bias, 1))

    each = [table(one, {winner: 1.0}) for (one, _), winner in zip(called(case), WINNERS, strict=True)]
    mixed = np.sum([part * np.exp(one) for part, one in zip(parts, each, strict=True)], axis=0) / np.sum(parts, axis=0)
    assert np.exp(table(case, {"left": 0.3, "right": 0.7})) == pytest.approx(mixed, abs=1e-9)
    (left, _), _ = called(case)
    mine, theirs = (tabulate(resolved(one, {"left": 1.0}), make_grid(0.0), 1) for one in (case, left))
    assert mine.evidence == pytest.approx(theirs.evidence, abs=1e-9)
    assert mine.outcomes == pytest.approx(theirs.outcomes, abs=1e-9)
