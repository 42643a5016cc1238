"""How wide stated ranges are: four readings of calibration questions, by simulation, by hand, and at their limits."""

from __future__ import annotations

import numpy as np
import pytest
from oracle.record import widths as oracle_widths
from scipy import stats
from scipy.special import ndtri
from small import make_case

from detente import exact
from detente.case.ranges import IGNORANCE, TAIL_DF, WIDTH_LOG_SD, WIDTH_MEDIAN, CalibrationQuestion
from detente.elicitation import widths_of
from detente.exact.intensities import mean_chance
from detente.exact.reading import read_steps
from detente.exact.widths import assumed_mass, errors, mass_interval, widths
from detente.forecast.stated import stated_steps
from detente.verify.likelihood import read_widths

WORD = ndtri(0.95)


def question(low, mid, high, truth, **more):
    return CalibrationQuestion(item=f"{low} {mid} {high} {truth}", low=low, mid=mid, high=high, truth=truth, **more)


def learned(*questions, **parts):
    return make_case(assumed_mass=None, **parts).changed(calibration=questions)


SETS = {
    "none": (),
    "one": (question(1, 2, 3, 2.5),),
    "mixed": (
        question(1, 2, 3, 9),
        question(10, 100, 1000, 2e5, scale="log"),
        question(-4, 0, 5, 1, mass=0.8),
        question(1, 2, 40, 3, scale="log", mass=0.5, assessor=None),
    ),
    "many": tuple(question(0, 1, 2, 1 + x) for x in np.linspace(-6, 6, 150)),
}


@pytest.mark.parametrize("asked", SETS.values(), ids=SETS)
def test_four_readings_agree(asked):
    case = learned(*asked)
    rows = [{name: str(getattr(q, name)) for name in ("low", "mid", "high", "truth", "mass", "scale")} for q in asked]
    mass, halves, largest = oracle_widths(None, rows)
    ours, third = widths_of(case), read_widths(case)
    assert largest == IGNORANCE == ours.largest
    for other_mass, other in ((assumed_mass(case), widths(case)), (ours.mass, ours.deviations), third):
        assert other_mass == pytest.approx(mass, abs=1e-7)
        np.testing.assert_allclose(other, halves, rtol=1e-6)


def test_before_any_question_they_are_those_of_the_panel_by_simulation():
    rng = np.random.default_rng(1)
    factor = WIDTH_MEDIAN * np.exp(WIDTH_LOG_SD * rng.standard_normal(2_000_000))
    width = factor / np.sqrt(rng.chisquare(TAIL_DF, factor.size) / TAIL_DF)
    error = width * rng.standard_normal(factor.size)
    case = learned()
    assert assumed_mass(case) == pytest.approx((np.abs(error) < WORD).mean(), abs=2e-3)
    np.testing.assert_allclose(widths(case) * WORD, np.quantile(width, [0.125, 0.375, 0.625, 0.875]), rtol=5e-3)


def test_an_error_by_hand():
    """Off by two of three where 90% are within: 2 / (3 / 1.645); by a factor of 100 where 1 to 100 is the range."""
    assert errors((question(0, 3, 6, 5),)) == pytest.approx([2 / 3 * WORD])
    assert errors((question(1, 10, 100, 1000, scale="log"),)) == pytest.approx([2 * WORD])
    assert errors((question(0, 3, 6, 1, mass=0.8),)) == pytest.approx([-2 / 3 * ndtri(0.9)])


def test_what_is_learned_is_the_posterior_by_reweighting():
    """Factors drawn from the prior, weighted by the density of the errors."""
    asked = SETS["mixed"]
    factor = WIDTH_MEDIAN * np.exp(WIDTH_LOG_SD * np.random.default_rng(2).standard_normal(400_000))
    weight = np.prod([stats.t.pdf(x, TAIL_DF, scale=factor) for x in errors(asked)], axis=0)
    holds = 1 - 2 * stats.t.sf(WORD / factor, TAIL_DF)
    assert assumed_mass(learned(*asked)) == pytest.approx(np.average(holds, weights=weight), abs=2e-3)


def test_how_sure_the_mass_is_by_reweighting():
    asked, rng = SETS["mixed"], np.random.default_rng(2)
    factor = WIDTH_MEDIAN * np.exp(WIDTH_LOG_SD * rng.standard_normal(400_000))
    weight = np.prod([stats.t.pdf(x, TAIL_DF, scale=factor) for x in errors(asked)], axis=0)
    again = rng.choice(factor, size=100_000, p=weight / weight.sum())
    holds = 1 - 2 * stats.t.sf(WORD / again, TAIL_DF)
    np.testing.assert_allclose(mass_interval(learned(*asked)), np.quantile(holds, [0.05, 0.95]), atol=0.02)


def test_many_questions_say_all_and_few_say_little():
    rng = np.random.default_rng(3)

    def mass(factor, count):
        off = factor * stats.t.rvs(TAIL_DF, size=count, random_state=rng)
        return assumed_mass(learned(*(question(-WORD, 0, WORD, x) for x in off)))

    for factor in (0.7, 4.0):
        own = 1 - 2 * stats.t.sf(WORD / factor, TAIL_DF)
        assert mass(factor, 3000) == pytest.approx(own, abs=0.02)
        before = assumed_mass(learned())
        assert abs(mass(factor, 2) - before) < abs(own - before)


def test_a_stated_mass_is_one_width_whatever_was_answered():
    case = make_case(assumed_mass=0.8).changed(calibration=SETS["mixed"])
    assert assumed_mass(case) == 0.8
    np.testing.assert_allclose(widths(case), [1 / ndtri(0.9)])
    assert len(read_steps(make_case(processes={"p": [("a", "b")]}, assumed_mass=0.8))) == 1


def test_whose_questions_they_are():
    mine, named, other = (question(1, 2, 3, 4, assessor=who) for who in (None, "ann", "bo"))
    case = make_case()
    assert case.changed(calibration=(mine, named)).calibration_of() == (mine,)
    assert case.changed(calibration=(named,)).calibration_of() == (named,)
    assert case.changed(calibration=(named, other)).calibration_of() == ()


@pytest.mark.parametrize("chance", [0.005, 0.05, 0.3, 0.9])
@pytest.mark.parametrize("spread", [0.004, 0.0])
def test_the_stated_middle_is_used_whatever_the_width(chance, spread):
    """Where no contrast is taken off: for each width by itself, and so for the mean that is shown."""
    case = learned(processes={"p": [("a", "b")]}, chances=chance, spread=spread or 1e-9, gamma=(0.6, 0.15))
    for steps in read_steps(case):
        x = steps.location[0, :, 0] + np.log(100)
        np.testing.assert_allclose(mean_chance(x, steps.spread[0, :, 0]), chance, rtol=1e-9)
    for row in stated_steps(case):
        assert row.used == pytest.approx(chance, rel=1e-9)


def test_a_very_wide_range_knows_nothing_and_no_less():
    case = learned(processes={"p": [("a", "b")]}, chances=0.4, spread=0.39)
    spreads = [float(steps.spread.max()) for steps in read_steps(case)]
    assert spreads == sorted(spreads)
    assert spreads[-1] == IGNORANCE


def test_one_width_for_a_step_by_hand():
    """Quiet days: the mean over the four widths of the product over nothing else, each by Gauss-Hermite."""
    parts = {"processes": {"p": [("a", "b")]}, "chances": lambda step, h, g: {"h0": 0.5, "h1": 0.2}[h], "spread": 0.1}
    case = learned(**parts)
    x, weight = np.polynomial.hermite_e.hermegauss(120)
    weight = weight / weight.sum()
    chance = np.zeros(2)
    for steps in read_steps(case):
        rate = np.exp(steps.location[0, :, 0, None] + steps.spread[0, :, 0, None] * x)
        chance += np.exp(-rate * steps.exposure[0, 0]) @ weight
    np.testing.assert_allclose(exact.posterior(case).probability, chance / chance.sum(), atol=2e-4)


def test_draws_have_the_width_of_the_posterior():
    """Of a case with a long wait on record: widths, and what a step's chance is, against brute force."""
    parts = {"processes": {"p": [("a", "b")]}, "chances": lambda step, h, g: {"h0": 0.6, "h1": 0.2}[h], "spread": 0.1}
    case = learned(**parts)
    drawn = exact.draw(case, exact.posterior(case), 40_000, 1)
    x = np.linspace(-8, 8, 4001)
    for h in range(2):
        mass, chances = [], []
        for steps in read_steps(case):
            rate = np.exp(steps.location[0, h, 0] + steps.spread[0, h, 0] * x)
            weight = np.exp(-(x**2) / 2 - rate * steps.exposure[0, 0])
            mass.append(weight.sum())
            chances.append(weight @ -np.expm1(-100 * rate) / weight.sum())
        mine = drawn.hypothesis == h
        share = np.bincount(drawn.width[mine, 0], minlength=4) / mine.sum()
        np.testing.assert_allclose(share, np.array(mass) / np.sum(mass), atol=0.01)
        found = -np.expm1(-100 * np.exp(drawn.log_intensity[mine, 0, h, 0]))
        assert found.mean() == pytest.approx(np.average(chances, weights=mass), abs=0.006)
