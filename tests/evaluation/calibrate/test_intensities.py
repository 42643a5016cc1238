"""Draws of intensities given the record, against plain integration on a grid."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from small import CUTOFF, START, make_case

from detente.case.processes import Event
from detente.evaluation.calibrate.intensities import draw_log_intensity, join, shifted, spread_evenly
from detente.exact.reading import read_steps

DRAWS, GAMMA = 4096, 0.7
VOTE = START + dt.timedelta(days=60)
WIDE = 0.2


def chances(step, hypothesis, regime):
    del step
    return {"h0": 0.3, "h1": 0.6}[hypothesis] + (0.05 if regime == "after:left" else 0)


def step_case(**parts):
    return make_case(hypotheses=2, processes={"p": [("a", "b"), ("b", "c")]}, chances=chances, spread=WIDE, **parts)


def drawn(case, bias=0.0, seed=1):
    steps = read_steps(case)
    uniforms = spread_evenly(np.random.default_rng(seed), DRAWS, steps)
    rates, weight = draw_log_intensity(shifted(steps, bias), GAMMA, uniforms)
    assert (weight == 1).all()  # the ranges have one width
    return rates


def on_a_grid(case, bias, hypothesis, regimes, wanted):
    """Return mean and sd of log intensity of the first step in regime `wanted`, given the record, by brute force."""
    (steps,) = read_steps(case)
    at = steps.log_intensity(np.array([GAMMA]))[0, 0, hypothesis] + bias
    spread, line = steps.spread[0, hypothesis], np.linspace(-7, 7, 71)
    axes = np.meshgrid(*[line] * (1 + len(regimes)), indexing="ij")
    u, v = axes[0], dict(zip(regimes, axes[1:], strict=True))
    half = np.sqrt(0.5)
    log_weight = -sum(axis**2 for axis in axes) / 2
    value = {g: at[g] + spread[g] * half * (u + v[g]) for g in regimes}
    for g in regimes:
        days = steps.exposure[0, g]
        log_weight = log_weight + steps.happened[0, g] * value[g] - days * np.exp(value[g])
    weight = np.exp(log_weight - log_weight.max())
    mean = (weight * value[wanted]).sum() / weight.sum()
    return mean, np.sqrt((weight * (value[wanted] - mean) ** 2).sum() / weight.sum())


def test_without_a_record_they_are_the_stated_ones():
    case = step_case(winners=("left", "right"), election=CUTOFF + dt.timedelta(days=9))
    case = case.changed(processes=tuple(case.restarted(process) for process in case.processes))
    found, (steps,) = drawn(case), read_steps(case)
    stated = steps.log_intensity(np.array([GAMMA]))[0].transpose(1, 0, 2)
    assert found.mean(axis=0) == pytest.approx(stated, abs=2e-3)
    assert found.std(axis=0) == pytest.approx(steps.spread.transpose(1, 0, 2), rel=1e-2)


@pytest.mark.parametrize("bias", [-0.8, 0.0, 1.2])
@pytest.mark.parametrize("hypothesis", [0, 1])
def test_given_days_without_a_step(bias, hypothesis):
    """151 days in the first state: slower than stated, the more so the faster they were stated."""
    case = step_case()
    mean, sd = on_a_grid(case, bias, hypothesis, [0], 0)
    found = drawn(case, bias)[:, hypothesis, 0, 0]
    assert mean < read_steps(case)[0].log_intensity(np.array([GAMMA]))[0, 0, hypothesis, 0] + bias - 0.05
    assert found.mean() == pytest.approx(mean, abs=0.01)
    assert found.std() == pytest.approx(sd, rel=0.02)


def test_given_two_regimes():
    """The election was on day 60: what is lasting is learned from both regimes."""
    won = Event(date=VOTE, process="election", state="left", source="", claim="")
    case = step_case(winners=("left", "right"), election=VOTE, events=(won,))
    found = drawn(case)
    for wanted in (0, 1):
        mean, sd = on_a_grid(case, 0.0, 1, [0, 1], wanted)
        assert found[:, 1, 0, wanted].mean() == pytest.approx(mean, abs=0.01)
        assert found[:, 1, 0, wanted].std() == pytest.approx(sd, rel=0.02)
    never, _ = on_a_grid(case, 0.0, 1, [0, 1], 0)
    stated = read_steps(case)[0].log_intensity(np.array([GAMMA]))[0, 0, 1]
    assert found[:, 1, 0, 2].mean() < stated[2] - 0.02  # the other winner never governed, but a hard step is hard
    assert never < stated[0]


def test_given_a_step_that_was_made():
    made = Event(date=START + dt.timedelta(days=20), process="p", state="b", source="", claim="")
    case = step_case(events=(made,))
    mean, sd = on_a_grid(case, 0.0, 0, [0], 0)
    found = drawn(case)[:, 0, 0, 0]
    assert mean > read_steps(case)[0].log_intensity(np.array([GAMMA]))[0, 0, 0, 0]
    assert found.mean() == pytest.approx(mean, abs=0.01)
    assert found.std() == pytest.approx(sd, rel=0.02)


def test_they_move_smoothly_with_bias():
    """The same uniform numbers at every bias: no draw jumps."""
    case = step_case()
    here, there = drawn(case, 0.0), drawn(case, 1e-4)
    assert np.abs(there - here).max() < 3e-4


def test_sets_are_spread_evenly_and_joined_in_order():
    rng = np.random.default_rng(3)
    steps = read_steps(step_case(winners=("left", "right"), election=VOTE))
    sets = [spread_evenly(rng, 64, steps) for _ in range(2)]
    for one in sets:
        assert one.v.shape == (64, 2, 3)
        assert np.array_equal(np.sort((one.u * 64).astype(int), axis=0), np.tile(np.arange(64)[:, None], 2))
    assert np.array_equal(join(sets).v[64:], sets[1].v)


def test_draws_of_several_widths_are_weighed_by_the_record():
    """The weighted mean chance of a step given quiet days, against brute force over every width."""
    case = step_case(assumed_mass=None)
    by_width = read_steps(case)
    uniforms = spread_evenly(np.random.default_rng(1), 4096, by_width)
    rates, weight = draw_log_intensity(by_width, GAMMA, uniforms)
    assert weight.mean(axis=0) == pytest.approx(1, abs=0.02)
    x = np.linspace(-8, 8, 4001)
    for h in range(2):
        mass, chance = [], []
        for steps in by_width:
            rate = np.exp(steps.log_intensity(np.array([GAMMA]))[0, 0, h, 0] + steps.spread[0, h, 0] * x)
            share = np.exp(-(x**2) / 2 - rate * steps.exposure[0, 0])
            mass.append(share.sum())
            chance.append(share @ -np.expm1(-100 * rate) / share.sum())
        found = np.average(-np.expm1(-100 * np.exp(rates[:, h, 0, 0])), weights=weight[:, h])
        assert found == pytest.approx(np.average(chance, weights=mass), abs=0.004)
