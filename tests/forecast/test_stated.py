"""Stated and used: the middle at full discrimination, and drawn together by what is taken off."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from small import CUTOFF, around, make_case

from detente.case.intensities import Intensity
from detente.case.phases import Occasion, ScheduledOccasion
from detente.forecast.stated import stated_items, stated_steps

LADDER = {"ladder": [("a", "b")]}
CHANCES = {"h0": 0.3, "h1": 0.01}


def case_of(gamma, **more):
    options = {"weights": [0.3, 0.7], "width": 0.15, "spread": 0.009, "trust": 0.5}
    chances = {"processes": LADDER, "chances": lambda _step, h, _g: CHANCES[h]}
    return make_case([(0.8, 0.4), (0.2, 0.2)], clusters=["c", "c"], gamma=gamma, **(options | chances | more))


def test_at_full_discrimination_the_middle_is_used():
    case = case_of((1.0, 0.0))
    for row in (*stated_items(case), *stated_steps(case)):
        assert row.used == pytest.approx(row.mid, abs=1e-12)
        assert row.low < row.mid < row.high


def test_what_the_discrimination_takes_off_by_hand():
    case = case_of((0.5, 0.0))
    level = 0.3 * ndtri(0.8) + 0.7 * ndtri(0.4)
    rows = {(row.item.id, row.hypothesis): row.used for row in stated_items(case)}
    assert rows["i0", "h0"] == pytest.approx(ndtr((level + ndtri(0.8)) / 2), abs=1e-12)
    assert rows["i0", "h1"] == pytest.approx(ndtr((level + ndtri(0.4)) / 2), abs=1e-12)
    assert rows["i1", "h0"] == rows["i1", "h1"] == pytest.approx(0.2, abs=1e-12)
    used = {row.hypothesis: row.used for row in stated_steps(case)}
    assert CHANCES["h1"] < used["h1"] < used["h0"] < CHANCES["h0"]


def test_what_is_used_is_what_drawing_from_the_priors_makes(random_case):
    """Of the intensities, against the draws of a case whose record says nothing yet."""
    from detente import exact

    case = random_case(3, processes=2, items=0, fresh=True).case
    draws = exact.draw(case, exact.posterior(case), 40_000, 1).log_intensity
    for row in stated_steps(case):
        place = (
            case.transitions.index(row.transition),
            case.hypothesis_ids.index(row.hypothesis),
            case.regimes.index(row.regime),
        )
        made = -np.expm1(-np.exp(draws[:, *place]) * row.within_days)
        assert made.mean() == pytest.approx(row.used, abs=4 * made.std() / 200)


def test_nothing_judged():
    case = make_case([])
    assert [*stated_items(case), *stated_steps(case)] == []


def test_steps_that_compete_on_an_occasion_have_the_chances_stated():
    """At full discrimination the mean over what is unsure is the stated middle, of the second step too."""
    case = make_case(processes={"p": [("a", "b"), ("a", "c")]}, hypotheses=2)
    rows = [
        around(mid, 0.1, Intensity, transition=step, hypothesis=h, regime="before/summit", within_days=1)
        for h in case.hypothesis_ids
        for step, mid in zip(case.transitions, (0.3, 0.5), strict=True)
    ]
    day = ScheduledOccasion(known_from=CUTOFF, date=CUTOFF + dt.timedelta(days=9))
    held = Occasion(id="summit", schedule=(day,))
    case = case.changed(occasions=(held,), intensities=(*case.intensities, *rows))
    used = [row.used for row in stated_steps(case) if row.regime == "before/summit"]
    assert used == pytest.approx([0.3, 0.3, 0.5, 0.5], abs=1e-9)
