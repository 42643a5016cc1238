"""From daily forecasts to standings, by hand; and a score that learns nothing from after its days."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
from bulletins import item_bulletin
from cases import write_case
from small import make_case, on_record

from detente.case import find_case, read_bulletin, read_record, take_in
from detente.case.outcomes import Resolution
from detente.case.processes import Event
from detente.errors import InSampleError
from detente.evaluation.questions import Question, ScoringError
from detente.evaluation.score import Past, score
from detente.evaluation.scorecard import DailyForecasts, score_question, tally
from detente.evaluation.track_record import INDEPENDENT, NO_CHANGE, OURS, RELIABLE_FROM, UNIFORM

START, HORIZON = dt.date(2030, 6, 1), dt.date(2030, 7, 1)


def day(number):
    return START + dt.timedelta(number)


def asked(name="q", answer=1, group="ladder", **more):
    fields = {
        "case": "small", "id": name, "label": name, "group": group, "outcome": name, "window": "horizon",
        "status": "void" if answer is None else "resolved", "opens": START, "closes": HORIZON, "answer": answer,
    }  # fmt: skip
    return Question(**fields | more)


def series(question, **given):
    """Return a series from lists of forecasts, one a day; None is a day without one."""
    return DailyForecasts(
        question,
        {
            who: {
                day(n): value if isinstance(value, tuple) else (value,)
                for n, value in enumerate(values)
                if value is not None
            }
            for who, values in given.items()
        },
    )


def test_a_question_is_averaged_over_the_days_both_have():
    row = score_question(series(asked(), detente=[0.6, 0.8, 0.9], uniform=[None, 0.5, 0.5]))
    ours, even = row.of(OURS), row.of(UNIFORM)
    assert (ours.days, row.days, even.days) == (3, 3, 2)
    assert ours.brier == pytest.approx((0.16 + 0.04 + 0.01) / 3)
    assert ours.log == pytest.approx(-(math.log(0.6) + math.log(0.8) + math.log(0.9)) / 3)
    assert ours.mean == pytest.approx((2.3 / 3,))
    assert (ours.first, ours.first_brier) == ((0.6,), pytest.approx(0.16))
    assert (even.brier, even.ours_brier) == pytest.approx((0.25, (0.04 + 0.01) / 2))
    assert even.ours_log == pytest.approx(-(math.log(0.8) + math.log(0.9)) / 2)
    assert even.first is None
    assert even.first_brier is None


def test_who_speaks_only_when_we_are_silent_is_not_compared():
    row = score_question(series(asked(), detente=[0.6, None], uniform=[None, 0.5]))
    assert [found.forecaster for found in row.performances] == [OURS]


def test_void_and_pending_have_no_scores():
    assert score_question(series(asked(answer=None), detente=[0.5])).performances == ()
    assert score_question(series(asked(), uniform=[0.5])).performances == ()


def test_several_categories():
    kinds = asked(answer=0, categories=("none", "zone", "patrols"), ordered=True)
    row = score_question(series(kinds, detente=[(0.5, 0.3, 0.2)], uniform=[(1 / 3, 1 / 3, 1 / 3)]))
    ours, even = row.of(OURS), row.of(UNIFORM)
    assert ours.brier == pytest.approx(0.25 + 0.09 + 0.04)
    assert ours.ranked == pytest.approx(0.25 + 0.04)
    assert ours.log == pytest.approx(math.log(2))
    assert (even.brier, even.ranked) == pytest.approx((2 / 3, 4 / 9 + 1 / 9))
    assert even.ours_ranked == ours.ranked
    unordered = score_question(series(asked(answer=1, categories=("a", "b", "c")), detente=[(0.5, 0.3, 0.2)]))
    assert unordered.of(OURS).ranked is None


def test_standings_count_each_question_once_and_only_where_both_answered():
    rows = [
        series(asked("a", 1), detente=[0.8] * 10, independent_evidence=[0.6] * 10),
        series(asked("b", 0), detente=[0.2], independent_evidence=[0.4]),
        series(asked("c", 0, group="other"), detente=[0.5, 0.5]),
        series(asked("kinds", 0, categories=("x", "y")), detente=[(0.1, 0.9)]),
        series(asked("void", None), detente=[0.9]),
    ]
    card = tally({"small": "A case"}, rows, HORIZON, 1)
    ours, other = card.record.overall
    assert (ours.forecaster, ours.questions, ours.processes, ours.days) == (OURS, 3, 2, 13)
    assert ours.brier == pytest.approx((0.04 + 0.04 + 0.25) / 3)
    assert (other.forecaster, other.questions, other.processes) == (INDEPENDENT, 2, 1)
    assert (other.brier, other.ours_brier) == pytest.approx((0.16, 0.04))
    assert other.brier_skill == pytest.approx(0.75)
    assert other.by_question == pytest.approx((-0.12, -0.12))
    assert (other.first_brier, other.ours_first_brier) == pytest.approx((0.16, 0.04))
    found = card.record.coverage
    assert (found.resolved, found.void, found.pending, len(card.record.questions)) == (4, 1, 0, 5)
    assert found.days_scored == 10 + 1 + 2 + 1
    assert found.days_open == 4 * 30
    assert {name: rows[0].brier for name, rows in card.by_outcome.items()} == pytest.approx(
        {"a": 0.04, "b": 0.04, "c": 0.25}
    )
    assert card.by_case["small"] == card.record.overall
    assert (card.record.start, card.record.end) == (START, day(9))
    assert card.record.reliability is None


def test_the_reliability_diagram_comes_with_thirty_first_forecasts():
    rows = [
        series(asked(f"q{n}", int(n % 10 < n // 5), group=f"g{n}"), detente=[n / 50, 0.99])
        for n in range(RELIABLE_FROM)
    ]
    assert tally({"small": ""}, rows[1:], HORIZON, 1).record.reliability is None
    found = tally({"small": ""}, rows, HORIZON, 1).record
    diagram = found.reliability
    assert sum(diagram.count) == RELIABLE_FROM
    assert max(diagram.probability) == (RELIABLE_FROM - 1) / 50
    parts = diagram.miscalibration - diagram.discrimination + diagram.uncertainty
    assert parts == pytest.approx(found.overall[0].first_brier)


# --- the whole use case


def small(*rows, horizon=START + dt.timedelta(12), events=(), **more):
    case = make_case(
        [(0.6, 0.2)], processes={"ladder": [("apart", "met")]}, chances=0.4, spread=0.05, cutoff=START, horizon=horizon,
        events=events,
    )  # fmt: skip
    return on_record(case.changed(resolutions=rows, **more))


def no(horizon=START + dt.timedelta(12)):
    return Resolution(outcome="ladder_met", window="horizon", resolution="no", date=horizon, source="s")


def test_every_day_of_a_question_is_scored_and_no_other():
    (card,) = score([Past(small(no()), START)])
    (row,) = card.record.questions
    assert row.days == 12
    assert row.of(NO_CHANGE).brier == pytest.approx(0.0001)
    given = card.series[0].given[OURS]
    assert list(given) == [day(n) for n in range(12)]
    assert row.of(OURS).brier == pytest.approx(np.mean([p**2 for (p,) in given.values()]))
    values = [p for (p,) in given.values()]
    assert values == sorted(values, reverse=True)


def test_it_ends_where_it_is_told_to():
    (card,) = score([Past(small(no()), START)], end=day(4))
    assert card.record.end == day(4)
    assert card.record.coverage.days_scored == 5
    assert card.record.coverage.days_open == 12


def test_what_happened_on_a_day_is_no_longer_asked_on_it():
    event = Event(date=day(5), process="ladder", state="met", source="", claim="")
    yes = Resolution(outcome="ladder_met", window="horizon", resolution="yes", date=day(5), source="s")
    (card,) = score([Past(small(yes, events=(event,)), START)])
    assert max(card.series[0].given[OURS]) == day(4)
    assert card.record.questions[0].of(OURS).brier > 0.5


def test_several_cases_are_scored_and_then_pooled():
    first, second = small(no()), small(no()).changed(id="other", title="Another")
    cards = score([Past(first, START), Past(second, START)], end=day(2))
    assert [card.record.cases for card in cards] == [("small",), ("other",), ("small", "other")]
    assert cards[2].record.overall[0].questions == 2
    assert cards[2].record.processes == 2
    assert set(cards[2].by_outcome) == {"small: ladder_met", "other: ladder_met"}
    assert cards[2].by_case["other"] == cards[1].record.overall


class Executor:
    """An executor that counts what it is given."""

    def __init__(self):
        self.pieces = 0

    def map(self, work, pieces):
        self.pieces += len(pieces)
        return map(work, pieces)


def test_days_may_be_forecast_elsewhere():
    executor, told = Executor(), []
    (card,) = score([Past(small(no()), START)], executor=executor, progress=lambda *stage: told.append(stage))
    assert executor.pieces == 2
    assert told == [("replaying small", 0.5), ("replaying small", 1.0)]
    assert card.record == score([Past(small(no()), START)])[0].record


@pytest.mark.parametrize(
    ("case", "options", "message"),
    [
        (
            small(),
            {},
            r"small: nothing to score yet: no question has both an answer and a closed window: add resolutions to ",
        ),
        (small(no()), {"end": day(-1)}, r"small: nothing to score: its first forecast is of 2030-06-01, and --to is"),
        (small(outcomes=()), {}, r"small: nothing to score: it had no open question on 2030-06-01"),
    ],
)
def test_nothing_to_score_is_one_line(case, options, message):
    with pytest.raises(ScoringError, match=message) as caught:
        score([Past(case, START)], **options)
    assert "\n" not in str(caught.value)


def test_what_was_learned_from_a_case_is_not_scored_on_it():
    """And that is said before anything else: a case that taught only others goes on, here to have nothing resolved."""
    case = small()
    learned = case.changed(priors=case.priors.changed(learned_from=("other", "small")))
    with pytest.raises(InSampleError, match="small: its discrimination was learned from its own outcomes"):
        score([Past(learned, START)])
    elsewhere = case.changed(priors=case.priors.changed(learned_from=("other",)))
    with pytest.raises(ScoringError, match="no question has both an answer and a closed window"):
        score([Past(elsewhere, START)])


# --- as of means as of


@pytest.fixture(scope="module")
def dispute(tmp_path_factory):
    rows = "outcome,window,resolution,date,source\nborder_open,horizon,no,2024-03-01,Daily\n"
    return read_record(find_case("dispute", write_case(tmp_path_factory.mktemp("case"), resolutions=rows)))[0]


LATER = {
    "an item": item_bulletin("envoys", "2023-03-09", (0.9, 0.1)),
    "a winner": "date: 2023-05-15\nevents: [{process: election, state: rival, date: 2023-05-14}]\n",
    "a step": "date: 2023-03-11\nsource: W\nevents: [{process: ladder, state: signed, date: 2023-03-11, claim: c}]\n",
    "a poll": (
        "date: 2023-03-12\npolls: [{pollster: House, start: 2023-03-01, end: 2023-03-09, sample_size: 900, "
        "incumbent: 45, opponent: 44.5}]\n"
    ),
    "another date": "date: 2023-03-10\nschedule: [{known_from: 2023-03-10, date: 2023-06-01}]\n",
    "a retraction": "date: 2023-03-10\nretractions: [{id: toast, because: Forged.}]\n",
}


LAST = dt.date(2023, 3, 4)


@pytest.fixture(scope="module")
def before(dispute):
    return score([Past(dispute, dispute.information_cutoff)], end=LAST)[0]


@pytest.mark.parametrize("text", LATER.values(), ids=LATER)
def test_what_became_known_later_changes_no_forecast(dispute, before, text):
    later = take_in(dispute, read_bulletin(text, "news", dispute))
    (after,) = score([Past(later, dispute.information_cutoff)], end=LAST)
    given = {one.question.id: one.given for one in before.series}
    assert all(len(by_day) == 4 for by_day in given["border_open.horizon"].values())
    assert {one.question.id: one.given for one in after.series} == given
    scores = [
        {row.question.id: row.performances for row in card.record.questions if row.question.outcome == "border_open"}
        for card in (before, after)
    ]
    assert scores[0] == scores[1]
