"""Waiting times of a reference class: the paths of its members, the fit, and what it does to the intensities."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from outside_cases import EVE, TODAY, class_case, member, random_members
from scipy.special import ndtr
from scipy.stats import CensoredData, expon, lomax

from detente import exact
from detente.case.processes import Event
from detente.exact import members, teaching, waiting
from detente.exact.intensities import mean_chance, stated_intensities
from detente.exact.reading import read_steps
from detente.exact.waiting import Wait
from detente.forecast.outside import kaplan_meier


def waits(case, source, target):
    step = next(s for s in case.transitions if (s.source, s.target) == (source, target))
    return plain(members.class_waits(case, step, "others"))


def pairs(*days):
    return tuple(Wait(*ends) for ends in days)


def plain(waits):
    """Return the days of waits without their weights."""
    return tuple((wait.after, wait.by) for wait in waits)


def test_a_wait_ends_in_the_step_or_is_cut_short():
    case = class_case([member("a", 0, 900, met=100, signed=400, allied=None), member("b", 0, 700, met=None)])
    assert waits(case, "apart", "met") == ((100, 100), (700, np.inf))
    assert waits(case, "met", "signed") == ((300, 300),)
    assert waits(case, "met", "allied") == ((300, np.inf),)
    assert waits(case, "signed", "allied") == ((500, np.inf),)


def test_who_was_there_at_once_waited_for_less_than_a_day():
    case = class_case([member("a", 0, 900, met=0, signed=50), member("b", 10, 900, met=5, signed=None)])
    assert waits(case, "apart", "met") == ((0, 1), (0, 1))
    assert waits(case, "met", "signed") == ((50, 50), (890, np.inf))


def test_a_day_known_by_month_or_not_at_all_is_between_two_days():
    """And one known by day, from or to one that is not, is too; what ends a wait within bounds cuts another short."""
    case = class_case(
        [
            member("month", 0, 900, met=(60, 90), signed=300, allied=None),
            member("unknown", 0, 900, met=(0, 900), signed=None),
            member("first month", 20, 900, met=(20, 30)),
            member("both", 0, 900, met=(60, 90), signed=(80, 120)),
        ]
    )
    assert waits(case, "apart", "met") == ((0, 10), (0, 900), (60, 90), (60, 90))
    assert waits(case, "met", "signed") == ((0, 60), (210, 240))
    assert waits(case, "met", "allied") == ((210, np.inf),)
    cut = case.as_of(dt.date(2000, 1, 1) + dt.timedelta(days=70))
    assert waits(cut, "apart", "met") == ((0, 10),)  # of the others nobody knows on that day


def test_a_start_known_by_month_widens_the_wait():
    """By hand: from the last day it may have begun to the first of the step, and from the first to the last."""
    case = class_case([member("day", (0, 30), 900, met=100), member("month", (0, 30), 900, met=(60, 90))])
    assert waits(case, "apart", "met") == ((30, 90), (70, 100))
    case = class_case([member("same month", (0, 20), 900, met=20), member("waiting", (0, 30), 900, met=None)])
    assert waits(case, "apart", "met") == ((0, 20), (870, np.inf))
    assert not waits(case.as_of(dt.date(2000, 1, 11)), "apart", "met")  # nobody knows that either has begun


def test_waits_between_two_days_are_integrated_over_them():
    """Against a fine mixture of exact waits, whose densities add up to the probability of the interval."""
    rows = pairs((30, 30), (400, np.inf))
    between = waiting.wait_posterior((*rows, Wait(50, 80)))
    days = np.arange(50.05, 80, 0.1)
    parts = [waiting.wait_posterior((*rows, Wait(day, day))) for day in days[::10]]
    weight, left, density = lattice(8, 81)
    weight = weight * density(30) * left(400) * sum(density(day) for day in days) * 0.1
    assert between.chance(365) == pytest.approx(1 - (weight * left(365)).sum() / weight.sum(), abs=1e-6)
    assert min(part.chance(365) for part in parts) < between.chance(365) < max(part.chance(365) for part in parts)


def lattice(reach, count):
    """Return the prior on an even lattice nothing was chosen for, and P(wait > t) and the density of waits on it."""
    z = np.linspace(-reach, reach, count)
    pace, shape, floor = np.meshgrid(z, z, z)
    mean, alpha = np.exp(1.5 * pace) / 365, np.exp(shape)
    least, rate = mean * ndtr(floor), alpha / (mean * ndtr(-floor))

    def left(days):
        return np.exp(-least * days) * (rate / (rate + days)) ** alpha

    def density(day):
        return (least + alpha / (rate + day)) * left(day)

    return np.exp(-(pace**2 + shape**2 + floor**2) / 2), left, density


def test_a_state_beyond_implies_those_on_every_path_to_it():
    """They signed before they are known to have met: so they had met; but one can be allied without having signed."""
    case = class_case([member("a", 0, 900, met=300, signed=200, allied=150)])
    assert waits(case, "apart", "met") == ((150, 150),)
    assert waits(case, "met", "allied") == ((0, 1),)
    assert waits(case, "met", "signed") == waits(case, "signed", "allied") == ()


def test_two_states_on_one_day_are_taken_in_the_order_of_the_process():
    case = class_case([member("a", 0, 900, met=100, signed=200, allied=200)])
    assert waits(case, "met", "signed") == ((100, 100),)
    assert waits(case, "met", "allied") == ((100, np.inf),)
    assert waits(case, "signed", "allied") == ((0, 1),)


def test_what_does_not_apply_is_not_waited_for():
    case = class_case([member("a", 0, 900, met=100), member("b", 0, 900, signed=300)])
    assert waits(case, "met", "signed") == ()
    assert waits(case, "apart", "met") == ((100, 100),)


def test_the_class_is_cut_at_the_cutoff():
    """A member that begins later is not there; a step that came later has not come."""
    case = class_case([member("a", 0, 900, met=100), member("b", 50, 900, met=400), member("c", 300, 900, met=350)])
    cut = case.as_of(dt.date(2000, 1, 1) + dt.timedelta(days=200))
    assert waits(cut, "apart", "met") == ((100, 100), (150, np.inf))
    assert [m.member for m in cut.reference_class] == ["a", "b"]
    assert waits(case.changed(information_cutoff=cut.information_cutoff), "apart", "met") == waits(cut, "apart", "met")


def test_rungs_are_reached_by_any_path():
    case = class_case([member("a", 0, 900, met=100, signed=None, allied=400), member("b", 0, 500, met=0, allied=None)])
    process = case.process("ladder")
    assert plain(members.rung_waits(case, process, "apart", "allied", "others")) == ((400, 400), (500, np.inf))
    assert plain(members.rung_waits(case, process, "apart", "met", "others")) == ((0, 1), (100, 100))


def simulated(rng, count, shape, rate, until=1500):
    """Draw Lomax waits, cut at random."""
    return cut_short(rng, lomax.rvs(shape, scale=rate, size=count, random_state=rng), until)


def cut_short(rng, wait, until=1500):
    cut = rng.uniform(50, until, len(wait))
    days = ((int(np.ceil(min(w, c))), w < c) for w, c in zip(wait, cut, strict=True))
    return tuple(Wait(day, day if ended else np.inf) for day, ended in days)


@pytest.mark.parametrize("family", ["lomax", "exponential"])
def test_a_large_class_is_fitted_as_by_maximum_likelihood(family):
    """Against scipy's fits to censored data of both ends of the model: nothing in common, and everything."""
    rng = np.random.default_rng(4)
    rows = simulated(rng, 2000, 1.5, 400.0) if family == "lomax" else cut_short(rng, rng.exponential(300, 2000))
    made = [wait.after for wait in rows if wait.after == wait.by]
    cut = [wait.after for wait in rows if wait.by == np.inf]
    data = CensoredData(uncensored=made, right=cut)
    if family == "lomax":
        shape, _, rate = lomax.fit(data, floc=0)
        fitted = lomax(shape, scale=rate)
    else:
        fitted = expon(scale=expon.fit(data, floc=0)[1])
    found = waiting.wait_posterior(rows)
    for days in (90, 365, 730):
        assert found.chance(days) == pytest.approx(fitted.cdf(days), abs=0.006)


@pytest.mark.parametrize("seed", range(4))
def test_the_count_is_kaplan_meier(seed):
    """Against the product over the days on which somebody made the step, of the share of those at risk who did not."""
    rows = simulated(np.random.default_rng(seed), 40, 0.8, 200.0)
    for days in (1, 100, 365, 1000):
        left = 1.0
        for day in {wait.by for wait in rows if wait.by <= days}:
            at_risk = sum(wait.after >= day for wait in rows)
            left *= 1 - sum(wait.by == day for wait in rows) / at_risk
        followed = max(wait.after for wait in rows) >= days or left == 0
        assert kaplan_meier(rows, days) == (pytest.approx(1 - left, abs=1e-12) if followed else None)


def test_the_count_says_nothing_of_days_on_which_nobody_was_followed():
    rows = (Wait(10, 10), Wait(20, 20), Wait(30, np.inf))
    assert [kaplan_meier(rows, days) for days in (20, 30, 31, 4000)] == [pytest.approx(2 / 3)] * 2 + [None, None]
    assert kaplan_meier((Wait(10, 10), Wait(30, 30)), 4000) == 1  # all had made the step
    assert kaplan_meier((Wait(10, np.inf), Wait(30, 30)), 4000) == 1


@pytest.mark.parametrize("seed", range(4))
def test_the_fit_is_near_the_count_and_surer_with_more_members(seed):
    rng = np.random.default_rng(seed)
    few, rows = (simulated(rng, count, 1.2, 300) for count in (20, 1000))
    assert waiting.wait_posterior(rows).chance(365) == pytest.approx(kaplan_meier(rows, 365), abs=0.06)
    (low, high), (lower, higher) = (waiting.wait_posterior(r).share(365, (0.05, 0.95)) for r in (few, rows))
    assert higher - lower < 0.4 * (high - low)


def test_the_grid_integrates_the_posterior():
    """Against brute force on an even grid that nothing was chosen for."""
    rows = ((30, 30, 1.0), (200, 200, 0.5), (400, np.inf, 0.25), (900, np.inf, 2.0), (1200, 1200, 1.0))
    weight, left, density = lattice(8, 121)
    for after, by, counts in rows:
        weight = weight * (density(after) if after == by else left(after)) ** counts
    found = waiting.wait_posterior(tuple(Wait(*row) for row in rows))
    for within, waited in ((100, 0), (365, 0), (365, 500)):
        expected = 1 - (weight * left(waited + within)).sum() / (weight * left(waited)).sum()
        assert found.chance(within, waited) == pytest.approx(expected, abs=1e-6)


def test_a_wait_of_weight_two_counts_as_two():
    once = waiting.wait_posterior((Wait(30, 30, 2.0), Wait(400, np.inf, 1.0), Wait(50, 80, 2.0)))
    twice = waiting.wait_posterior(pairs((30, 30), (30, 30), (400, np.inf), (50, 80), (50, 80)))
    assert once.chance(200) == pytest.approx(twice.chance(200), abs=1e-12)


def test_the_spread_is_that_of_paces_drawn_at_random():
    """Parameters on the lattice, and a member's own pace by its moments among those still waiting, drawn at random."""
    rows = pairs((30, 30), (200, 200), (400, np.inf), (90, 90), (900, 900))
    weight, left, density = lattice(7, 71)
    for after, by, _ in rows:
        weight = weight * (density(after) if after == by else left(after))
    found, rng = waiting.wait_posterior(rows), np.random.default_rng(9)
    z = np.linspace(-7, 7, 71)
    for waited in (0, 400):
        living = weight * left(waited) / (weight * left(waited)).sum()
        shape, pace, floor = (
            z[index] for index in np.unravel_index(rng.choice(living.size, 3000, p=living.ravel()), living.shape)
        )
        mean, share, alpha = np.exp(1.5 * pace) / 365, ndtr(floor), np.exp(shape)
        drawn = mean * (share + (1 - share) * rng.standard_gamma(alpha, size=(4000, 3000)) / alpha)
        survives = np.exp(-drawn * waited)
        level = (drawn * survives).sum(axis=0) / survives.sum(axis=0)
        variance = ((drawn - level) ** 2 * survives).sum(axis=0) / survives.sum(axis=0)
        expected = np.log1p(variance / level**2).mean() + np.log(level).var()
        assert found.spread(waited) == pytest.approx(np.sqrt(expected), rel=0.04)
    assert found.spread(400) < found.spread(0)


def test_having_waited_long_one_waits_longer():
    found = waiting.wait_posterior(pairs((30, 30), (60, 60), (400, 400), (900, np.inf)))
    chances = [found.chance(365, waited) for waited in (0, 100, 1000, 10_000)]
    assert sorted(chances, reverse=True) == chances


# --- what it does to the intensities


def posterior(case):
    """Return the posterior of the waits of the class for the first step of the ladder."""
    step = next(s for s in case.transitions if s.target == "met")
    return waiting.wait_posterior(members.class_waits(case, step, "others"))


MEMBERS = [member(f"m{n}", 0, 2000, met=60 * n, signed=None if n % 2 else 90 * n) for n in range(1, 12)]


def test_no_weight_is_the_model_without_it():
    case = class_case(MEMBERS, weight=0.0)
    bare = case.changed(reference_class=(), priors=case.priors.changed(outside_view=None))
    assert teaching.levels(case) is None
    assert np.array_equal(read_steps(case)[0].location, read_steps(bare)[0].location)
    assert np.array_equal(exact.posterior(case).probability, exact.posterior(bare).probability)


def contrasts(h):
    return 0.2 if h == "h0" else 0.5


def test_the_level_moves_and_the_contrast_stays():
    chances = {"chances": lambda _step, h, regime: contrasts(h) * (0.5 if regime == "before" else 1.0)}
    for weight in (0.25, 1.0):
        case = class_case(MEMBERS, weight=weight, spread=0.05, **chances)
        bare = case.changed(priors=case.priors.changed(outside_view=None))
        moved, was = read_steps(case)[0].location, read_steps(bare)[0].location
        assert np.diff(moved, axis=1) == pytest.approx(np.diff(was, axis=1), abs=1e-12)
        step = next(s for s in case.transitions if s.target == "met")
        row, days = case.transitions.index(step), case.intensity(step, "h0", "before").within_days
        width = np.sqrt((read_steps(case)[0].spread[row, :, 0] ** 2).mean())
        ours, now = (mean_chance(np.log(np.exp(x[row, :, 0]).mean() * days), width) for x in (was, moved))
        hazard = (np.log(1 / (1 - ours)) ** (1 - weight)) * np.log(1 / (1 - posterior(case).chance(days))) ** weight
        assert now == pytest.approx(1 - np.exp(-hazard), abs=1e-12)
        assert min(ours, posterior(case).chance(days)) - 1e-9 < now < max(ours, posterior(case).chance(days)) + 1e-9


def test_moved_all_the_way_a_step_has_the_class_s_chance():
    """Whatever was stated, and however wide, where no hypothesis stands apart."""
    case = class_case(MEMBERS, weight=1.0, spread=0.1, chances=0.3)
    step = next(s for s in case.transitions if s.target == "met")
    row, (_, spread, days, _) = case.transitions.index(step), stated_intensities(case)
    found = posterior(case)
    x = read_steps(case)[0].location[row] + np.log(days[row])
    expected = np.broadcast_to(teaching.class_chances(case, step, found, days[row, 0]), x.shape)
    np.testing.assert_allclose(mean_chance(x, spread[0, row]), expected, rtol=1e-9)


def test_a_step_nobody_made_is_left_alone():
    case = class_case(MEMBERS, weight=1.0)
    steps = {(s.source, s.target): n for n, s in enumerate(case.transitions)}
    (moved,), _ = teaching.levels(case)
    assert moved[steps["met", "allied"]] == pytest.approx(0)
    assert moved[steps["signed", "allied"]] == pytest.approx(0)
    assert np.abs(moved[steps["met", "signed"]]).min() > 0


def test_days_the_record_scores_are_no_waiting():
    """Before the election the clock starts with the state; after it, at the days spent there before the vote."""
    case = class_case(MEMBERS)
    step = next(s for s in case.transitions if s.target == "met")
    start = case.process("ladder").start.date
    assert teaching.waited_before(case, step, "before") == (0,)
    assert teaching.waited_before(case, step, "after:rival") == ((EVE - start).days,)
    onward = next(s for s in case.transitions if s.target == "signed")
    assert teaching.waited_before(case, onward, "after:rival") == (0,)
    met = Event(date=TODAY - dt.timedelta(days=30), process="ladder", state="met", source="", claim="")
    assert teaching.waited_before(case.changed(events=(met,)), onward, "after:rival") == ((EVE - met.date).days,)


def test_days_before_a_clock_was_started_anew_are_waiting():
    """They are not on the record any more, so the class is taken as it is after them."""
    from detente.graph.waiting import moved_levels

    case = class_case(MEMBERS)
    step = next(s for s in case.transitions if s.target == "met")
    again = case.without_evidence()
    start = case.process("ladder").start.date
    assert teaching.waited_before(again, step, "before") == ((TODAY - start).days,)
    assert teaching.waited_before(again, step, "after:rival") == ((EVE - start).days,)
    assert waits(again, "apart", "met") == waits(case, "apart", "met")
    for theirs, ours in zip(moved_levels(again), teaching.levels(again), strict=True):
        np.testing.assert_allclose(theirs, ours, atol=3e-4)
    assert not np.allclose(teaching.levels(again)[0], teaching.levels(case)[0])


@pytest.mark.parametrize("seed", range(20))
def test_both_engines_read_the_same_class(seed):
    """Paths, weights by age, fits, levels and widths by code that shares nothing."""
    from detente.graph.waiting import class_data, moved_levels

    rng = np.random.default_rng(seed)
    weight, half_life = (None, 0.4)[seed % 2], float(rng.uniform(3, 60))
    rows = random_members(rng, int(rng.integers(1, 40)))
    case = class_case(rows, weight=weight, half_life=half_life, apart=0.3 * (seed % 4))
    if seed % 3 == 0:  # ranges of several widths
        case = case.changed(priors=case.priors.changed(assumed_mass=None))
    data, ours = class_data(case), teaching.levels(case)
    for step in case.transitions:
        waits_of = members.class_waits(case, step, "others")
        if any(wait.by < np.inf for wait in waits_of):
            mine = data.step == data.steps.index(step.id)
            columns = (data.days, data.made, data.more, data.weight)
            kinds = zip(*(column[mine] for column in columns), strict=True)
            theirs = sorted((d, d + more if more else d if made else np.inf, w) for d, made, more, w in kinds)
            np.testing.assert_allclose(theirs, sorted(waits_of), rtol=1e-12)
        else:
            assert step.id not in data.steps
    theirs = moved_levels(case)
    assert (ours is None) == (theirs is None)
    if ours is not None:
        for one, other in zip(theirs, ours, strict=True):
            np.testing.assert_allclose(one, other, atol=3e-4)


# --- how far, where nobody says


def test_who_states_wide_ranges_leans_on_the_class_and_who_states_narrow_ones_does_not():
    moved = {}
    for spread in (0.001, 0.02, 0.045):
        case = class_case(MEMBERS, weight=None, spread=spread, chances=0.05)
        row = next(n for n, s in enumerate(case.transitions) if s.target == "met")
        (levels,), widths = teaching.levels(case)
        moved[spread], narrower = levels[row, 0, 0], widths[row, 0, 0]
        was, tau = stated_intensities(case)[1][0, row, 0, 0], posterior(case).spread(0)
        assert was * narrower == pytest.approx(1 / np.sqrt(1 / was**2 + 1 / tau**2))  # the precisions add up
        assert read_steps(case)[0].spread[row, 0, 0] == pytest.approx(was * narrower)
    assert 0 < moved[0.001] < 0.01 < moved[0.02] < moved[0.045]


def test_two_readings_are_weighed_by_their_precision_and_their_chances_lie_on_either_side():
    """By hand: the weight from the two variances, the chance between the two on the scale of log hazards."""
    case = class_case(MEMBERS, weight=None, spread=0.2, chances=0.3)
    row = next(n for n, s in enumerate(case.transitions) if s.target == "met")
    (ours,), (spread,), days, _ = stated_intensities(case)
    ours, spread, days = (array[row, 0, 0] for array in (ours, spread, days))
    found = posterior(case)
    tau = found.spread(0)
    (steps,) = read_steps(case)
    weight = spread**2 / (spread**2 + tau**2)
    assert steps.spread[row, 0, 0] == pytest.approx(1 / np.sqrt(1 / spread**2 + 1 / tau**2), abs=1e-9)
    of_class, used = found.chance(days), mean_chance(steps.location[row, 0, 0] + np.log(days), steps.spread[row, 0, 0])
    assert mean_chance(ours + np.log(days), spread) == pytest.approx(0.3)
    hazard = np.log(1 / 0.7) ** (1 - weight) * np.log(1 / (1 - of_class)) ** weight
    assert used == pytest.approx(1 - np.exp(-hazard), abs=1e-9)
    assert min(0.3, of_class) < used < max(0.3, of_class)


def test_a_member_counts_half_after_its_half_life():
    case = class_case([member("a", 0, 900, met=100), member("b", 3653, 3900, met=3700)], half_life=10.0)
    step = next(s for s in case.transitions if s.target == "met")
    old, young = members.class_waits(case, step, "others")[::-1]
    assert old.weight / young.weight == pytest.approx(0.5, rel=1e-3)
    assert young.weight == pytest.approx(0.5 ** ((TODAY - dt.date(2010, 1, 1)).days / 3652.5), rel=1e-3)


def test_a_case_apart_from_the_class_leans_on_it_less():
    """The share of the way is 1 less the square of what the width shrinks by, and by hand a ratio of variances."""
    case = class_case(MEMBERS, weight=None, apart=2.0)
    row = next(n for n, s in enumerate(case.transitions) if s.target == "met")
    own, found = stated_intensities(case)[1][0, row, 0, 0], posterior(case)
    like, unlike = (
        1 - teaching.levels(class_case(MEMBERS, weight=None, apart=apart))[1][row, 0, 0] ** 2 for apart in (0.0, 2.0)
    )
    assert like == pytest.approx(own**2 / (own**2 + found.spread(0) ** 2))
    assert unlike == pytest.approx(own**2 / (own**2 + found.spread(0) ** 2 + 4))
