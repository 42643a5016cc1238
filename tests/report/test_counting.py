"""A winner has two probabilities while a vote is counted, without and with the record since: both are named."""

from __future__ import annotations

import pytest
from tests.report.factory import in_words, make_forecast
from tests.report.variants import counting

from detente.dossier import Dossier
from detente.forecast.election import PollForecast
from detente.report.sections.outcomes import build


def winners(forecast):
    table = build(Dossier(forecast)).winners
    return [column.heading for column in table.columns], [table.cells(row) for row in table.groups[0].rows]


def test_the_judged_and_the_present_probability_stand_side_by_side():
    headings, rows = winners(counting())
    assert headings == ["Winner", "As stated", "With the record since the vote", "90% interval"]
    assert rows == [
        ("President re-elected", "55%", "31%, unlikely (20–45%)", "12–52%"),
        ("Opposition wins", "45%", "69%, likely (55–80%)", "48–88%"),
    ]


def test_so_do_that_of_the_polls_and_the_present_one():
    polls = PollForecast(usable=9, houses=3, share=0.49, share_sd=0.03, interval=(0.44, 0.54), probability=0.4)
    headings, rows = winners(counting().changed(polls=polls))
    assert headings[1] == "By the polls alone"
    assert [row[1] for row in rows] == ["40%", "60%"]


def test_before_the_vote_there_is_one():
    headings, _ = winners(make_forecast())
    assert headings == ["Winner", "Probability", "90% interval"]


@pytest.mark.parametrize(("make", "is_told"), [(counting, True), (make_forecast, False)])
def test_the_annex_tells_the_parameter_from_the_probability(make, is_told):
    text = in_words(Dossier(make()))
    sentence = "“Winner probability” is what the judgements give a winner before the days since the vote"
    assert (sentence in text) is is_told
