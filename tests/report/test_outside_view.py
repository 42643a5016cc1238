"""Section 9 and the polls of section 5, in both formats."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pytest
from outside_cases import PRIORS, TODAY, class_case, member, random_polls
from tests.report.factory import in_words, make_forecast
from tests.report.variants import counting

from detente.case.reference_class import ExternalForecast
from detente.dossier import Dossier
from detente.forecast import forecast
from detente.forecast.outside import OutsideView, StepLevel
from detente.report.render import render
from detente.report.sections.outside_view import moved_far
from detente.report.sections.priors import judgement_tables
from detente.report.tables import to_text
from detente.settings import Settings

HOSTILE = '<script>alert("x")</script> | **b**'
SECTION = re.compile(r"^## 9\..*?(?=^## 10\.)", re.DOTALL | re.MULTILINE)


def members(note=""):
    return [
        member(f"m{n}{note}", 0, 2000, election=bool(n % 2), met=90 * n, signed=None if n % 3 else 95 * n, allied=None)
        for n in range(1, 12)
    ]


def make(polls=20, *, seen=(), note="", **more):
    case = class_case(members(note), **more)
    priors = case.priors.changed(polls=PRIORS)
    polls = tuple(random_polls(np.random.default_rng(3), polls))
    return forecast(
        case.changed(polls=polls, priors=priors, external_forecasts=tuple(seen)), Settings(engine="exact", draws=300)
    )


@pytest.fixture(scope="module")
def made():
    given = ExternalForecast(
        date=dt.date(2030, 10, 1), forecaster="A market", winner="rival", probability=0.7, source="", note="overround"
    )
    return make(seen=[given])


@pytest.fixture(scope="module")
def text(made):
    return render(Dossier(made))["report.md"].decode()


def test_section_nine_has_everything(text):
    section = SECTION.search(text)[0]
    for words in (
        "Share of each class that had taken a step",
        "Within 5 months",
        "Within 24 months",
        "Pace of each step",
        "A base rate for the explanations",
        "rest on memory",
        "beside simpler answers",
        "Items taken as independent and certain",
        "Even odds",
        "No change",
    ):
        assert words in section
    assert "figures/outside-view.svg" in section


def test_several_others_are_pooled_as_well():
    """70% and 60% for the rival are 30% and 40% for the incumbent, and a little less together; the latest counts."""
    day = dt.date(2030, 10, 1)
    given = [
        ExternalForecast(date=day + dt.timedelta(n), forecaster=who, winner=winner, probability=p, source="", note="")
        for n, (who, winner, p) in enumerate((("A", "rival", 0.1), ("B", "incumbent", 0.4), ("A", "rival", 0.7)))
    ]
    section = SECTION.search(render(Dossier(make(seen=given)))["report.md"].decode())[0]
    pooled = re.search(r"The latest of each, pooled \| 3 October 2030 \| (\d+)% \|", section)
    assert 31 <= int(pooled[1]) <= 34


def test_what_others_gave_is_said_of_one_winner(text):
    """They gave the rival 70%: that is 30% for the incumbent."""
    assert re.search(r"A market \(overround\) \| 1 October 2030 \| 30% \|", SECTION.search(text)[0])


def test_a_ratio_far_from_one_is_flagged(text):
    level = next(level for level in make().outside_view.levels if level.target == "met")
    assert level.of_class / level.before < 2.5
    slow = render(Dossier(make(chances=0.01, spread=0.005)))["report.md"].decode()
    assert "far apart" in slow
    assert "less than two fifths, or more than two and a half times" in slow


def level(before, after, **changed):
    given = {"process": "steps", "source": "ministers", "target": "leaders", "regime": "before", "waited": 0}
    given |= {"members": 9, "reached": 5, "within_days": 90.0, "of_class": after, "before": before, "after": after}
    return StepLevel(**(given | changed))


def told(make, *levels):
    forecast = make().changed(outside_view=OutsideView(None, "class", (), levels, None, {}))
    return moved_far(forecast), in_words(Dossier(forecast)).split("## 6.")[0]


def test_a_pace_that_the_class_moves_far_is_told_where_outcomes_are():
    """Odds of 3 to 1 become 1 to 10; from 50% to 66% they do not double."""
    moved, text = told(make_forecast, level(0.75, 1 / 11), level(0.5, 0.66, regime="after:incumbent"))
    assert moved == (
        "The reference class at least doubles or halves the odds of 1 of the 2 paces ahead that it speaks of: "
        "furthest, “Steps: ministers → leaders” (before the election) goes from a judged 75% to 9% within 90 days"
    )
    assert f"{moved} (section 9)." in text.split("## 5.")[1]


def test_nothing_is_told_of_paces_that_move_little_or_are_past():
    assert told(make_forecast, level(0.5, 0.66))[0] == ""
    assert told(counting, level(0.75, 0.09))[0] == ""
    one = told(counting, level(0.75, 0.09), level(0.6, 0.2, regime="after:incumbent"))[0]
    assert "of the one pace ahead that it speaks of: “Steps" in one


def test_a_class_that_makes_a_step_certain_is_told():
    assert "from a judged 50% to " in told(make_forecast, level(0.5, 1.0))[0]
    assert moved_far(make_forecast()) == ""


def test_polls_are_in_section_five(text):
    before, after = text.split("## 9.")[0], text.split("## 5.")[1]
    assert "The probability of each winner comes from 20 polls." in before
    assert "figures/polls.svg" in after.split("## 6.")[0]
    assert "Errors of the polls" in text


def test_too_few_polls_are_said():
    text = render(Dossier(make(polls=2)))["report.md"].decode()
    assert "Only 2 polls could be used, and at least three are needed" in text
    assert "figures/polls.svg" not in text


def test_a_case_without_either_says_so(made):
    case = made.inputs.changed(
        polls=(),
        reference_class=(),
        external_forecasts=(),
        priors=made.inputs.priors.changed(polls=None, outside_view=None),
    )
    text = render(Dossier(made.changed(inputs=case, polls=None, outside_view=None)))["report.md"].decode()
    assert "The case has no reference class" in text


def test_hostile_names_are_escaped():
    given = ExternalForecast(
        date=TODAY, forecaster=HOSTILE, winner="incumbent", probability=0.5, source="", note=HOSTILE
    )
    found = render(Dossier(make(seen=[given], note=HOSTILE)))
    assert b"<script>alert" not in found["report.html"]
    assert b"**b**" not in found["report.md"]


def test_figures_repeat(made):
    one, other = (render(Dossier(made)) for _ in range(2))
    for name in ("figures/polls.svg", "figures/outside-view.svg"):
        assert one[name] == other[name]
        assert len(one[name]) < 100_000


def test_without_a_stated_weight_each_step_says_how_far_it_moved():
    found = make(weight=None)
    section = SECTION.search(render(Dossier(found))["report.md"].decode())[0]
    assert "further, the wider the judged ranges are" in section
    level = next(level for level in found.outside_view.levels if level.target == "met")
    assert re.search(rf"\| Moved \|.*\| {level.weight:.0%} \|", section, re.DOTALL)


@pytest.mark.parametrize(("weight", "words"), [(0.5, "50% of the way"), (None, "w = σ² / (σ² + τ²) of the way")])
def test_the_priors_say_how_far_levels_move(weight, words):
    case = class_case(members(), weight=weight, half_life=30.0)
    shown = next(found for found in judgement_tables(case) if found.caption.startswith("Outside view"))
    text = to_text(shown, 160)
    assert words in text
    assert "30 years" in text
    assert "A test wants it." in text
