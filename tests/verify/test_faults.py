"""Faults put in on purpose: each must make the verification fail, and the test says which check caught it.

The cases are small and made for the fault; without it the same replicates of the same cases fail nothing.  Truths and
cases are simulated by code that none of the faults touches.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest
from small import CUTOFF, make_case, sampled_case

from detente import inference
from detente.case.priors import Coupling, Reached
from detente.exact import counting, draws, evidence, factors
from detente.verify.fitting import ExactFitter, compile_nuts
from detente.verify.likelihood import joint, log_likelihood, read_stated
from detente.verify.replicate import replicate
from detente.verify.result import Plan
from detente.verify.simulation import _draw_prior, parameters
from detente.verify.tally import tally
from detente.verify.verdicts import judge

TELLING = [(0.9, 0.1), (0.1, 0.9), (0.85, 0.2), (0.2, 0.8), (0.9, 0.15)] * 2
LIKELIHOOD, CHANCE, SCORE = "joint_log_likelihood", "hypothesis_probability[h0]", "Spiegelhalter's z of P(hypothesis)"
PLAN = Plan(exact_draws=200)


def judged(case, replicates=30):
    """Return the report of the exact engine, nothing remembered from before."""
    factors._remembered.cache_clear()
    engine = ExactFitter(PLAN)
    try:
        return judge(case, "exact", [replicate(case, engine, 1, number) for number in range(replicates)])
    finally:
        factors._remembered.cache_clear()


def items(**more):
    return make_case(TELLING, width=0.04, **more)


def history(first, second, multiplier):
    """Return a case of two processes, with their chances under each hypothesis; the first holds up the second."""
    chances = {"p": first, "q": second}
    return make_case(
        hypotheses=2,
        processes={"p": [("s0", "s1")], "q": [("t0", "t1")]},
        chances=lambda step, h, regime: chances[step.process][h == "h1"],
        spread=0.1,
        horizon=CUTOFF + dt.timedelta(days=60),
        couplings=[
            Coupling(
                process="q", to="t1", when=Reached(process="p", reached="s1"), multiplier=multiplier, because="A test."
            )
        ],
    )


CASES = {
    "sign": items(gamma=(0.6, 0.2), trust=0.6),
    "contrast": items(gamma=(0.6, 0.2), trust=0.6),
    "trust": items(trust=0.3),
    "discrimination": items(gamma=(0.2, 0.1)),
    "rho": make_case([(0.6, 0.4)] * 6, clusters=["one"] * 6, width=0.08, rho=(0.7, 0.1)),
    "weeks": history((0.6, 0.3), (0.6, 0.3), 6.0),
    "couplings": history((0.85, 0.85), (0.85, 0.4), 0.04),
    "prior": make_case(
        [(0.6, 0.4)] * 12, clusters=["a", "b", "c", "d"] * 3, width=0.04, gamma=(0.6, 0.2), rho=(0.8, 0.1)
    ),
}


def change(monkeypatch, module, name, wrap):
    """Replace a function by what ``wrap`` makes of its result."""
    original = getattr(module, name)
    monkeypatch.setattr(module, name, lambda *given: wrap(original, *given))


def seen_for_absent(monkeypatch):
    def swap(read, *given):
        found = read(*given)
        return found.changed(seen=~found.seen)

    change(monkeypatch, factors, "read_items", swap)


def contrast_turned_round(monkeypatch):
    def turn(read, *given):
        found = read(*given)
        return found.changed(location=found.location[:, ::-1].copy())

    change(monkeypatch, factors, "read_items", turn)


def every_source_believed(monkeypatch):
    def believe(read, *given):
        found = read(*given)
        return found.changed(trust=np.ones_like(found.trust))

    change(monkeypatch, factors, "read_items", believe)


def contrasts_not_shrunk(monkeypatch):
    for module in (evidence, draws):
        change(monkeypatch, module, "shrink", lambda shrink, read, gamma: shrink(read, np.ones_like(gamma)))


def common_cause_ignored(monkeypatch):
    change(monkeypatch, evidence.AtGamma, "pull", lambda f, at, rho: f(at, 0 * rho))
    change(monkeypatch, draws, "_at_draws", lambda f, read, gamma, rho, z: f(read, gamma, 0 * rho, z))


def exposure_in_weeks(monkeypatch):
    def weeks(count, case, dated):
        made, days, constant = count(case, dated)
        return made, days / 7, constant

    change(monkeypatch, counting, "count_dated", weeks)


def couplings_dropped(monkeypatch):
    monkeypatch.setattr(counting, "_factor", lambda *_: np.ones((1, 1)))


def draws_from_the_prior(monkeypatch):
    """P(hypothesis | data, all else) is right at every draw; only the draws never saw the data."""

    def from_prior(case, closed_form, count, random_seed):
        rng, stated = np.random.default_rng(random_seed), read_stated(case)
        made = [_draw_prior(case, stated, rng) for _ in range(count)]
        names = ("hypothesis_weight", "discrimination", "cluster_correlation", "common_cause")
        values = {name: np.stack([row[name] for row in made]) for name in names}
        seen = np.array([item.observed for item in case.evidence_in_force])
        chance = joint(parameters(values), log_likelihood(stated, parameters(values), seen, tally(case)))[1]
        values["hypothesis_probability"] = chance
        drawn = {name: array[None] for name, array in values.items()}
        return inference.Draws(drawn, np.zeros((1, count), dtype=np.int64), {})

    monkeypatch.setattr(inference, "draw_exactly", from_prior)


@pytest.mark.parametrize(
    ("fault", "case", "replicates", "caught_by"),
    [
        (seen_for_absent, "sign", 30, {CHANCE, SCORE}),
        (contrast_turned_round, "contrast", 30, {CHANCE, SCORE}),
        (every_source_believed, "trust", 30, {CHANCE}),
        (contrasts_not_shrunk, "discrimination", 30, {CHANCE, SCORE}),
        (common_cause_ignored, "rho", 30, {LIKELIHOOD, CHANCE}),
        (exposure_in_weeks, "weeks", 60, {CHANCE}),
        (couplings_dropped, "couplings", 40, {"q_t1.horizon", SCORE}),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_a_fault_is_caught_and_named(monkeypatch, fault, case, replicates, caught_by):
    fault(monkeypatch)
    report = judged(CASES[case], replicates)
    assert report.verdict == "fail"
    assert caught_by <= set(report.failed)


@pytest.mark.parametrize(("case", "replicates"), [("sign", 30), ("rho", 30), ("weeks", 60), ("couplings", 40)])
def test_without_the_fault_nothing_fails(case, replicates):
    report = judged(CASES[case], replicates)
    assert report.failed == ()
    assert report.verdict == "too few"


def test_only_the_likelihood_sees_a_posterior_that_is_the_prior(monkeypatch):
    """The textbook blind spot (Modrák et al. 2023): every parameter's rank is uniform."""
    draws_from_the_prior(monkeypatch)
    report = judged(CASES["prior"])
    assert report.verdict == "fail"
    assert report.failed == (LIKELIHOOD,)


@pytest.mark.sampling
def test_faults_in_the_graphs_data_are_caught_on_one_compiled_model(monkeypatch):
    """NUTS: sound data fail nothing; items the wrong way round, then days in weeks, do."""
    from detente.graph import data, record

    case = sampled_case()
    firm = case.priors.hypotheses.changed(concentration=400)
    case = case.changed(priors=case.priors.changed(hypotheses=firm))
    engine = compile_nuts(case, Plan(draws=200, thinning=4, tune=150))

    def report(first):
        return judge(case, "nuts", [replicate(case, engine, 1, first + number) for number in range(12)])

    assert report(0).failed == ()
    with monkeypatch.context() as patched:
        change(patched, data, "evidence_data", lambda f, one: dataclasses.replace(f(one), sign=-f(one).sign))
        assert CHANCE in report(0).failed
    with monkeypatch.context() as patched:
        change(
            patched,
            record,
            "record_data",
            lambda f, *given: dataclasses.replace(f(*given), exposure=f(*given).exposure / 7),
        )
        assert CHANCE in report(0).failed
