"""The tables: against the exact engine, a case judged anew, closed forms and simulation."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from oracle.simulate import first_visits
from resolving import VOTE
from scipy.integrate import quad
from scipy.stats import norm
from small import CUTOFF, HORIZON, START, make_case

from detente import exact
from detente.case.priors import Coupling, Reached
from detente.case.processes import Event
from detente.elicitation import half_width
from detente.errors import CalibrationError
from detente.evaluation.calibrate.tables import (
    Grid,
    evidence_table,
    make_grid,
    outcome_means,
    outcomes_at,
    tabulate,
)
from detente.exact.intensities import locate, mean_chance
from detente.exact.quadrature import log_sum_exp
from detente.exact.reading import read_steps

DAYS, EARLY = (HORIZON - CUTOFF).days, (VOTE - CUTOFF).days
MIDS = [(0.7, 0.4), (0.3, 0.6), (0.8, 0.5)]
STEP = {"p": [("a", "b")]}
MADE = Event(date=START + dt.timedelta(days=30), process="p", state="b", source="", claim="")


def judged(step, hypothesis, regime):
    del step
    return {"h0": 0.25, "h1": 0.5}[hypothesis] * (1.2 if regime == "after:left" else 1)


def likely(step, hypothesis, regime):
    return 0.2 + 2 * judged(step, hypothesis, regime) / 3 - 0.2 * (step.target == "c")


def evidence_case(**parts):
    return make_case(
        MIDS,
        seen=[True, False, True],
        clusters=["c", "c", None],
        width=0.1,
        gamma=(0.6, 0.2),
        trust=0.8,
        processes={"p": [("a", "b"), ("b", "c")]},
        chances=judged,
        spread=0.1,
        events=(MADE,),
        **parts,
    )


def test_the_evidence_is_the_exact_engines():
    """Without a bias, P(h, gamma | E) is what the exact engine has."""
    case = evidence_case()
    found = exact.posterior(case)
    table = evidence_table(case, found.gamma, np.zeros(1))[:, 0]
    log_prior = np.log(found.gamma_posterior.T) - table  # of each node, the same under every hypothesis
    assert np.ptp(log_prior, axis=1) == pytest.approx(np.zeros(found.gamma.size), abs=1e-7)
    again = np.exp(table + log_prior[:, :1])
    assert again.sum() == pytest.approx(1, abs=1e-7)
    assert again.sum(axis=0) == pytest.approx(found.probability, abs=1e-7)


@pytest.mark.parametrize("bias", [-0.7, 0.4])
def test_a_bias_is_what_restated_intensities_would_be(bias):
    """P(E | h, gamma, b) is the exact engine's for a case whose every intensity is stated exp(b) times as fast."""
    case = evidence_case()

    def faster(chance):
        return float(-np.expm1(np.exp(bias) * np.log1p(-chance)))

    def restated_row(row):
        logs = [np.log(-np.log1p(-end)) for end in (row.low, row.high)]
        spread = np.array((logs[1] - logs[0]) / (2 * half_width(case.priors.assumed_mass)))
        mid = float(mean_chance(locate(np.array(row.mid), spread) + bias, spread))
        return row.changed(low=faster(row.low), mid=mid, high=faster(row.high))

    restated = case.changed(intensities=tuple(map(restated_row, case.intensities)))
    for gamma in (0.2, 0.9):
        fixed = restated.priors.discrimination.changed(mean=gamma, sd=0.0)
        told = restated.changed(priors=restated.priors.changed(discrimination=fixed))
        table = evidence_table(case, np.array([gamma]), np.array([bias]))
        assert log_sum_exp(table[0, 0], axis=0) == pytest.approx(exact.posterior(told).log_evidence, abs=1e-7)


def test_a_fixed_discrimination_of_one_case_is_no_hindrance():
    fixed, free = evidence_case(), evidence_case()
    stated = fixed.priors.discrimination.changed(sd=0.0)
    fixed = fixed.changed(priors=fixed.priors.changed(discrimination=stated))
    at = np.array([0.3, 0.8]), np.array([0.0, 0.5])
    assert evidence_table(fixed, *at) == pytest.approx(evidence_table(free, *at), abs=1e-9)


@pytest.mark.parametrize("said", ["yes", "no"])
def test_one_step_in_closed_form(resolved, said):
    """E[exp(-lambda T)] over one log-normal intensity, by another integrator."""
    found = resolved(("p_b", "horizon", said), hypotheses=2, processes=STEP, chances=judged, spread=0.15)
    gamma, bias = np.array([0.0, 0.5, 1.0]), np.array([-1.0, 0.0, 1.0])
    direct = outcomes_at(outcome_means(found, gamma, bias, 1))
    (steps,) = read_steps(found.case)
    for g, b, h in np.ndindex(3, 3, 2):
        centre = steps.log_intensity(gamma)[g, 0, h, 0] + bias[b]

        def never(x, centre=centre, h=h):
            return norm.pdf(x) * np.exp(-np.exp(centre + steps.spread[0, h, 0] * x) * DAYS)

        no = quad(never, -10, 10, epsabs=1e-12)[0]
        assert np.exp(direct[g, b, h]) == pytest.approx(1 - no if said == "yes" else no, abs=5e-4)


def test_the_record_teaches_the_future(resolved):
    """The days passed in vain are in both factors: together they are the chance of waiting all the while."""
    found = resolved(("p_b", "horizon", "no"), fresh=False, hypotheses=2, processes=STEP, chances=judged, spread=0.15)
    gamma, bias = np.array([0.6]), np.array([0.3])
    total = evidence_table(found.case, gamma, bias) + outcomes_at(outcome_means(found, gamma, bias, 1))
    (steps,) = read_steps(found.case)
    for h in range(2):
        centre = steps.log_intensity(gamma)[0, 0, h, 0] + 0.3
        days = (HORIZON - START).days

        def never(x, centre=centre, h=h, days=days):
            return norm.pdf(x) * np.exp(-np.exp(centre + steps.spread[0, h, 0] * x) * days)

        assert np.exp(total[0, 0, h]) == pytest.approx(0.5 * quad(never, -10, 10)[0], rel=1e-3)


def test_linked_processes_against_simulated_paths(resolved):
    """Uncertain intensities, a coupling, two regimes and a record: draw, reject by the record, run the jumps."""
    when = Reached(process="q", reached="y")
    link = Coupling(process="p", to="c", when=when, multiplier=3.0, because="A test wants it.")
    arrows = {"p": [("a", "b"), ("b", "c")], "q": [("x", "y")]}
    asked = [("p_b", "before_election", "yes"), ("p_c", "horizon", "no"), ("q_y", "horizon", "yes")]
    parts = {"processes": arrows, "couplings": (link,), "chances": likely, "spread": 0.1, "hypotheses": 2}
    found = resolved(*asked, fresh=False, winner="left", winners=("left", "right"), election=VOTE, **parts)
    gamma, bias = 0.8, -0.4
    table = outcomes_at(outcome_means(found, np.array([gamma]), np.array([bias]), 5))[0, 0]

    rng, paths = np.random.default_rng(2), 60_000
    (steps,) = read_steps(found.case)
    for h in range(2):
        at = steps.log_intensity(np.array([gamma]))[0, :, h] + bias
        u, v = rng.standard_normal((3, 1, paths)), rng.standard_normal((3, 3, paths))
        rate = np.exp(at[..., None] + steps.spread[:, h, :, None] * np.sqrt(0.5) * (u + v))
        kept = rng.random(paths) < np.exp(-(steps.exposure[..., None] * rate).sum(axis=(0, 1)))
        rate = rate[:, :, kept]
        visits, _ = first_visits(
            [(name, *step) for name, pairs in arrows.items() for step in pairs],
            {"p": "a", "q": "x"},
            [(float(EARLY), rate[:, 0], {}), (float(DAYS), rate[:, 1], {})],
            [msgspec.to_builtins(link)],
            {},
            rng,
        )
        held = (visits["p", "b"] < EARLY) & np.isinf(visits["p", "c"]) & np.isfinite(visits["q", "y"])
        held &= visits["q", "y"] >= EARLY  # by its day, which is the horizon's
        frequency, error = held.mean(), np.sqrt(held.mean() * (1 - held.mean()) / held.size)
        assert 0.02 < frequency < 0.5
        assert np.exp(table[h]) == pytest.approx(frequency, abs=4 * error)


def test_processes_share_a_winner_who_is_not_on_record(resolved):
    """By hand: each winner's chances multiply, and the mean is over the winners, and not process by process."""
    slow, fast, shares = 0.05, 0.6, np.array([0.3, 0.7])
    parts = {"processes": {"p": [("a", "b")], "q": [("x", "y")]}, "winners": ("left", "right"), "election": VOTE}
    answers = ("p_b", "horizon", "yes"), ("q_y", "horizon", "no")
    found = resolved(*answers, chances=lambda step, h, g: fast if g == "after:left" else slow, **parts)
    found = replace(found, winners=dict(zip(("left", "right"), shares, strict=True)))
    early, late = EARLY - 1, DAYS - EARLY + 1
    before, after = -np.log1p(-slow) / 100, -np.log1p(-np.array([fast, slow])) / 100
    never = np.exp(-before * early - after * late)
    since = np.exp(-before * early) - never  # the yes is dated after the vote
    table = np.exp(outcomes_at(outcome_means(found, np.array([0.6]), np.zeros(1), 1)))
    assert table[0, 0] == pytest.approx(shares @ (since * never), rel=1e-9)
    apart = (shares @ since) * (shares @ never)
    assert table[0, 0, 0] < 0.6 * apart


def test_what_lies_between_the_nodes(resolved):
    found = resolved(("p_b", "horizon", "yes"), hypotheses=2, processes=STEP, chances=judged, spread=0.15)
    table = tabulate(found, make_grid(0.7), 4)
    at = np.array([0.11, 0.47, 0.93]), np.array([-2.1, -0.3, 0.9])
    direct = outcomes_at(outcome_means(found, *at, 4))
    assert table.grid.at(table.outcomes, *at) == pytest.approx(direct, abs=2e-3)
    without = np.mean([np.exp(table.grid.at(one, *at)) for one in table.without_set], axis=0)
    assert without == pytest.approx(np.exp(direct), rel=5e-3)  # the mean of the means of three sets of four


def test_a_fixed_bias_has_one_node(resolved):
    grid = make_grid(0.0)
    assert grid.bias.tolist() == [0.0]
    found = resolved(("p_b", "horizon", "yes"), hypotheses=2, processes=STEP, chances=judged)
    table = tabulate(found, grid, 4)
    assert table.outcomes.shape == (grid.gamma.size, 1, 2)
    assert grid.at(table.outcomes, np.array([0.5]), np.zeros(3)).shape == (1, 3, 2)


def test_what_cannot_have_happened_is_refused(resolved):
    kinds = {"p": [("a", "b"), ("a", "c")]}
    found = resolved(("p_b", "horizon", "yes"), ("p_c", "horizon", "yes"), hypotheses=2, processes=kinds)
    with pytest.raises(
        CalibrationError, match=r"small/resolutions.csv: no path of the processes leads to the resolved"
    ):
        tabulate(found, Grid(make_grid(0.0).gamma, np.zeros(1)), 1)


def test_a_case_without_questions_has_its_evidence_only(resolved):
    found = resolved(mids=MIDS, processes=STEP)
    table = tabulate(found, make_grid(0.7), 1)
    assert np.all(table.outcomes == 0)
    assert table.evidence.shape == table.outcomes.shape
