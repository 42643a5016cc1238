"""Figures as drawings: labels keep to the room there is, and every mark has its place."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from detente.report.figures import to_svg
from detente.report.figures.bars import Bar, BarGroup, log_odds, weight_bars
from detente.report.figures.dots import Pair, pairs
from detente.report.figures.series import Incidence, Line, cumulative_incidence, timeline
from detente.report.figures.style import apart, fitted
from detente.report.specs import Figure

LONG = "Iranian embassy in Riyadh or Saudi embassy in Tehran reopens before the end of the year"
DAYS = (dt.date(2031, 1, 1), dt.date(2031, 3, 1), dt.date(2031, 6, 1))


def words(drawing):
    """Return the texts of a figure in the order in which they are drawn."""
    svg = to_svg(Figure("sample", "A title", "A description.", drawing))
    return [re.sub(r"<[^>]+>", "", text) for text in re.findall(r"<text[^>]*>(.*?)</text>", svg, re.DOTALL)]


def width(text, size):
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    return text_to_path.get_text_width_height_descent(
        text, FontProperties(family=["DejaVu Sans"], size=size), ismath=False
    )[0]


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_a_label_keeps_to_its_room_and_shows_that_it_was_cut(lines):
    rows = fitted(LONG, 130, 9.5, lines).split("\n")
    assert len(rows) == lines
    assert all(width(row, 9.5) <= 130 for row in rows)
    assert rows[-1].endswith(" …")


def test_a_label_that_fits_is_left_alone_and_one_long_word_is_cut():
    assert fitted("short", 130, 9.5) == "short"
    assert fitted("", 130, 9.5) == ""
    row = fitted("m" * 60, 130, 9.5)
    assert row.endswith("…")
    assert width(row, 9.5) <= 130


def test_labels_are_moved_apart_in_their_order():
    assert apart([10.0, 50.0], 20) == [10.0, 50.0]
    assert apart([10.0, 12.0], 20) == [1.0, 21.0]
    assert apart([12.0, 10.0, 11.0], 10) == [21.0, 1.0, 11.0]


def test_log_odds_in_decibans():
    assert log_odds(0.5) == 0
    assert log_odds(10 / 11) == pytest.approx(10)
    assert log_odds(1.0) == pytest.approx(60, abs=0.01)


def test_events_outside_of_the_dates_are_not_drawn():
    line = Line("The leaders meet", (0.2, 0.3, 0.4))
    drawn = words(timeline(DAYS, (line,), events=((DAYS[1], "ceasefire"), (dt.date(2032, 1, 1), "election"))))
    assert "ceasefire" in drawn
    assert "election" not in drawn
    assert words(timeline(DAYS[:1], (Line("The leaders meet", (0.2,)),)))


def test_the_end_of_a_curve_has_the_number_of_the_text():
    outcome = Incidence("The leaders meet", "25%", (0.0, 0.1, 0.244), (0.0, 0.0, 0.1), (0.0, 0.2, 0.4))
    drawn = " ".join(words(cumulative_incidence(DAYS, (outcome,), dt.date(2031, 3, 1), stacked=False)))
    assert "25% The leaders meet" in drawn
    assert "24%" not in drawn


def test_pairs_are_percents_or_scores():
    rows = (Pair("no change", (0.062, 0.082), ("0.062", "0.082")),)
    assert "100%" not in words(pairs(rows, ("this forecast", "the benchmark"), are_scores=True))
    assert "100%" in words(pairs(rows, ("this forecast", "the benchmark")))


def test_weights_say_which_side_they_speak_for():
    group = BarGroup("vote", (Bar("survey", 1.2), Bar("pledge", -0.4)))
    drawn = words(weight_bars((group,), "an election tactic", "sincere reconciliation", (1, 0)))
    assert "+1.2" in drawn
    assert "−0.4" in drawn
    assert "← for sincere reconciliation" in drawn
