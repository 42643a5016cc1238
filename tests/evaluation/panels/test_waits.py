"""Waits predicted from earlier ones: each rule against another library or by hand, and the whole against simulation."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from half_life import profile_half_life
from scipy.stats import CensoredData, weibull_min

from detente.case.reference_class import Member
from detente.case.spells import ENDED, Spell
from detente.evaluation.panels import wait_rules
from detente.evaluation.panels import waits as panel
from detente.evaluation.panels.wait_rules import METHODS
from detente.evaluation.panels.waits import prove_waits
from detente.exact.waiting import Wait, wait_posterior
from detente.forecast import forecast
from detente.forecast.spells import waits_of
from detente.settings import Settings

END = dt.date(1990, 1, 1)


def spell(number, start, wait, group=None, end=END):
    """Return a spell of so many days, cut short on the last day of the panel."""
    ends = start + dt.timedelta(days=int(wait))
    member = Member(
        reference_class="c", member=f"m{number}", start=start, followed_until=min(ends, end),
        reached={ENDED: ends if ends <= end else None},
    )  # fmt: skip
    return Spell(member, ENDED, group or f"g{number}")


def simulated(seed, count, draw, years=20):
    rng = np.random.default_rng(seed)
    starts = [END - dt.timedelta(days=int(day)) for day in np.sort(rng.integers(1, 365 * years, count))[::-1]]
    waits = np.maximum(draw(rng, count), 1)
    return [spell(n, start, wait, f"g{n // 2}") for n, (start, wait) in enumerate(zip(starts, waits, strict=True))]


ENDS = (20.0, 35.0, 35.0, 80.0, 200.0, 410.0)
WAITS = (*(Wait(day, day) for day in ENDS), Wait(90, np.inf), Wait(500, np.inf))


def test_a_constant_hazard_by_hand():
    days = 20 + 35 + 35 + 80 + 200 + 410 + 90 + 500
    assert wait_rules._constant(WAITS)(np.array([100.0])) == pytest.approx(np.exp(-6.5 / days * 100))


def test_the_count_by_hand():
    """Of eight one ended on day 20; of seven two on 35, of five one on 80; one was cut short; of three one on 200."""
    left = wait_rules._counted(WAITS)(np.array([10.0, 34.0, 100.0, 300.0]))
    assert left == pytest.approx([1, 7 / 8, 7 / 8 * 5 / 7 * 4 / 5, 7 / 8 * 5 / 7 * 4 / 5 * 2 / 3])


def test_weibull_is_scipys():
    made = [wait.after for wait in WAITS if np.isfinite(wait.by)]
    cut = [wait.after for wait in WAITS if np.isinf(wait.by)]
    shape, _, scale = weibull_min.fit(CensoredData(uncensored=made, right=cut), floc=0)
    days = np.array([30.0, 365.0])
    assert wait_rules._weibull(WAITS)(days) == pytest.approx(weibull_min.sf(days, shape, scale=scale), rel=1e-4)


def test_what_is_asked_and_what_came():
    """From the start, and of one under way; where the panel ends before the horizon, only a no is known."""
    one = spell(0, dt.date(1989, 1, 1), 100)
    assert panel._answers(one, dt.date(1989, 1, 1)) == [False, False, True, True, True, True]
    assert panel._answers(one, dt.date(1989, 3, 1)) == [False, True, True, True, True, True]
    cut = spell(1, dt.date(1989, 1, 1), 1000)
    assert panel._answers(cut, dt.date(1989, 1, 1)) == [False, False, False, False, None, None]


def test_a_cutoff_knows_what_had_begun():
    known = [spell(n, dt.date(1970, 1, 2) + dt.timedelta(days=40 * n), 500) for n in range(20)]
    (first, begun, under_way), *_ = panel._cutoffs(known)
    assert first == dt.date(1972, 1, 1) if known[9].start.year == 1971 else dt.date(1971, 1, 1)
    assert all(known[n].start >= first for n in begun)
    assert all(known[n].start < first < known[n].last for n in under_way)


def test_the_whole_case_is_what_the_forecast_of_the_case_says():
    """The record in closed form is the exact engine's forecast of the same case."""
    known = simulated(3, 60, lambda rng, n: rng.exponential(200, n))
    case = wait_rules.ignorant_case(known, END)
    left = wait_rules.whole_case(case)(np.array([0.0, float(max(wait_rules.HORIZONS))]))
    found = forecast(case, Settings(engine="exact", draws=4000)).outcomes[ENDED].horizon.probability
    assert 1 - left[1] / left[0] == pytest.approx(found, abs=0.01)


def test_who_knows_nothing_leans_on_the_class():
    """Within a twentieth of its log score, on waits of two speeds, far from what he states and near it."""
    for scale in (60, 900):
        proved = prove_waits("c", simulated(5, 80, lambda rng, n, s=scale: s * rng.lognormal(0, 1.2, n), years=6), 1)
        assert proved.scores[0].asked is None
        assert proved.scores[0].of("whole").log_score / proved.scores[0].of("class").log_score < 1.05


def test_standings_add_up():
    proved = prove_waits("c", simulated(6, 80, lambda rng, n: rng.exponential(150, n)), 1)
    total, *kinds = proved.scores
    assert (proved.spells, proved.groups) == (80, 40)
    assert total.questions == sum(kind.questions for kind in kinds)
    assert [row.method for row in total.standings] == list(METHODS)
    for row in total.standings:
        assert row.log_score == pytest.approx(
            sum(kind.questions * kind.of(row.method).log_score for kind in kinds) / total.questions
        )
        assert row.ratio_interval[0] <= row.ratio <= row.ratio_interval[1]
    assert sum(part.questions for part in total.bins) == total.questions
    assert total.of("class").ratio == 1
    assert total.best_simple.method in {"constant", "counted", "weibull"}


def test_with_one_hazard_for_all_the_class_loses_little_to_the_rule_that_knows_it():
    proved = prove_waits("c", simulated(7, 200, lambda rng, n: rng.exponential(150, n)), 1)
    assert 0.98 < proved.scores[0].of("constant").ratio < 1.02


def test_members_that_tell_less_the_older_they_are_are_found():
    """Waits five times as long in the second half of the panel: a short half-life gains; without change it does not."""
    rng = np.random.default_rng(8)
    known = simulated(9, 200, lambda _, n: rng.exponential(100, n))
    changed = [spell(n, one.start, rng.exponential(100 if n < 100 else 500), one.group) for n, one in enumerate(known)]
    (found,) = profile_half_life(changed, (3.0,))
    assert found.gain > 3 * found.error
    (same,) = profile_half_life(known, (3.0,))
    assert same.gain < 2 * same.error


def test_the_gain_is_the_density_of_what_came():
    """One cut-off, one new wait: by the posterior of the waits known then, weighed and not."""
    early = [spell(n, dt.date(1970, 1, 2) + dt.timedelta(days=30 * n), 40 + 10 * n) for n in range(10)]
    late = spell(10, dt.date(1985, 6, 1), 70)
    (gain,) = profile_half_life([*early, late], (10.0,))

    def density(half_life):
        found = wait_posterior(waits_of(early, dt.date(1985, 1, 1), half_life))
        return np.log(found.weight @ (found.still_waiting(70) * (found.floor + found.shape / (found.rate + 70))))

    assert gain.gain == pytest.approx(density(10.0) - density(np.inf))
    assert gain.error == pytest.approx(abs(gain.gain))
