"""A wait forecast from a class alone: the model of the outside view, its intervals by simulation, its curve."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from detente.case.reference_class import Member
from detente.case.spells import ENDED, Spell
from detente.exact import waiting
from detente.forecast.spells import wait_forecast, waits_of

AS_OF = dt.date(2000, 1, 1)


def spells(seed=1, count=60):
    """Return spells whose paces differ, the last of them still going on."""
    rng = np.random.default_rng(seed)
    found = []
    for number, (began, wait) in enumerate(zip(rng.integers(0, 4000, count), rng.lognormal(6, 1, count), strict=True)):
        start = AS_OF - dt.timedelta(days=4000 - int(began))
        end = start + dt.timedelta(days=int(wait))
        reached = {ENDED: end}
        found.append(Spell(Member(
            reference_class="c", member=f"m{number}", start=start, reached=reached, followed_until=end,
        ), ENDED, f"g{number}"))  # fmt: skip
    return tuple(found)


@pytest.mark.parametrize("waited", [0, 500])
def test_it_is_the_waiting_time_model_of_a_class(waited):
    known = spells()
    found = wait_forecast(known, AS_OF, [100, 700], 25.0, AS_OF - dt.timedelta(days=waited))
    posterior = waiting.wait_posterior(waits_of(known, AS_OF, 25.0))
    assert found.waited == waited
    assert [ahead.days for ahead in found.ahead] == [100, 700]
    for ahead in found.ahead:
        assert ahead.date == AS_OF + dt.timedelta(days=ahead.days)
        assert ahead.probability == posterior.chance(ahead.days, waited)
        assert ahead.ninety[0] < ahead.half[0] < ahead.probability < ahead.half[1] < ahead.ninety[1]


def test_the_intervals_are_quantiles_of_shares_drawn_at_random():
    """Of those who have waited: parameters are the likelier, the likelier it is to have waited so long."""
    known, rng = spells(), np.random.default_rng(2)
    (ahead,) = wait_forecast(known, AS_OF, [300], 25.0, AS_OF - dt.timedelta(days=400)).ahead
    posterior = waiting.wait_posterior(waits_of(known, AS_OF, 25.0))
    weight = posterior.weight * posterior.still_waiting(400)
    cell = rng.choice(weight.size, 50_000, p=weight / weight.sum())
    shares = 1 - (posterior.still_waiting(700) / posterior.still_waiting(400))[cell]
    assert np.quantile(shares, [0.05, 0.25, 0.75, 0.95]) == pytest.approx(
        [ahead.ninety[0], *ahead.half, ahead.ninety[1]], abs=0.003
    )


def test_the_curve_rises_to_what_was_asked_and_the_quarters_are_on_it():
    found = wait_forecast(spells(), AS_OF, [30, 2000], 25.0)
    curve = [ahead.probability for ahead in found.curve]
    assert curve == sorted(curve)
    assert (curve[0], curve[-1]) == (0, found.ahead[-1].probability)
    for days, probability in zip(found.quarters, (0.25, 0.5, 0.75), strict=True):
        (at,) = wait_forecast(spells(), AS_OF, [days], 25.0).ahead
        assert at.probability == pytest.approx(probability, abs=0.01)


def test_counted_is_counted_among_those_who_waited_as_long():
    """By hand: of four that outlasted 100 days two ended within another 100."""
    start = dt.date(1990, 1, 1)
    ends = (50, 80, 150, 180, 300, 400)
    known = tuple(
        Spell(Member(
            reference_class="c", member=str(days), start=start, followed_until=start + dt.timedelta(days=days),
            reached={ENDED: start + dt.timedelta(days=days)},
        ), ENDED, str(days))
        for days in ends
    )  # fmt: skip
    (ahead,) = wait_forecast(known, AS_OF, [100], 25.0, AS_OF - dt.timedelta(days=100)).ahead
    assert ahead.counted == pytest.approx(0.5)
    (ahead,) = wait_forecast(known, AS_OF, [100], 25.0, AS_OF - dt.timedelta(days=500)).ahead
    assert ahead.counted is None
