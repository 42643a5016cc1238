"""How numbers are worded: over odd cases, spoken aloud once each."""

from __future__ import annotations

import datetime as dt

import pytest

from detente import estimative
from detente.report import prose


@pytest.mark.parametrize(
    ("probability", "mcse", "text"),
    [
        (0.0, 0.0, "<1%"),
        (0.0099, 0.0, "<1%"),
        (0.01, 0.0, "1%"),
        (0.126, 0.0, "13%"),
        (0.5, 0.0, "50%"),
        (0.99, 0.0, "99%"),
        (0.9901, 0.0, ">99%"),
        (1.0, 0.0, ">99%"),
        (0.126, 0.0049, "13%"),
        (0.126, 0.005, "13% ± 1"),
        (0.126, 0.0123, "13% ± 2"),
        (0.001, 0.02, "<1%"),
    ],
)
def test_percent(probability, mcse, text):
    assert prose.percent(probability, mcse) == text


@pytest.mark.parametrize(
    ("bounds", "table", "sentence"),
    [
        ((0.02, 0.24), "2–24%", "2% to 24%"),
        ((0.001, 0.03), "<1–3%", "<1% to 3%"),
        ((0.0, 1.0), "<1–>99%", "<1% to >99%"),
        ((0.301, 0.304), "30%", "30%"),
        ((1.0, 1.0), ">99%", ">99%"),
    ],
)
def test_intervals(bounds, table, sentence):
    assert prose.interval(bounds) == table
    assert prose.between(bounds) == sentence


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.0, "fewer than 1 in 100"),
        (0.03, "about 3 in 100"),
        (0.07, "about 1 in 20"),
        (0.1, "about 1 in 10"),
        (0.15, "about 3 in 20"),
        (0.5, "about 1 in 2"),
        (0.71, "about 7 in 10"),
        (0.86, "about 17 in 20"),
        (0.97, "about 97 in 100"),
        (0.999, "more than 99 in 100"),
    ],
)
def test_frequencies(probability, text):
    assert prose.frequency(probability) == text


def test_a_frequency_is_never_further_from_the_number_than_three_points():
    for hundredths in range(1, 100):
        words = prose.frequency(hundredths / 100).split()
        assert abs(int(words[1]) / int(words[3]) - hundredths / 100) < 0.0301


@pytest.mark.parametrize(
    ("probability", "full"),
    [
        (0.0, "<1%, almost no chance (5% or less)"),
        (0.03, "3%, almost no chance (5% or less)"),
        (0.12, "12%, very unlikely (5–20%)"),
        (0.5, "50%, roughly even chance (45–55%)"),
        (0.64, "64%, likely (55–80%)"),
        (0.999, ">99%, almost certain (95% or more)"),
    ],
)
def test_number_word_and_range_stand_together(probability, full):
    assert prose.chance(probability).full == full


def test_the_word_of_the_forecast_is_kept_and_one_that_is_no_word_is_not():
    assert prose.chance(0.2, "very unlikely").word == "very unlikely"
    assert prose.chance(0.2, "<b>perhaps</b>").word == estimative.term(0.2)


@pytest.mark.parametrize(
    ("difference", "text"), [(0.0, "less than 1 point"), (-0.011, "1 point"), (0.084, "8 points"), (-0.5, "50 points")]
)
def test_points(difference, text):
    assert prose.points(difference) == text


@pytest.mark.parametrize(
    ("weight", "sign", "odds"),
    [
        (0.0, "0.0", "leaves the odds as they are"),
        (-0.04, "0.0", "leaves the odds as they are"),
        (3.01, "+3.0", "multiplies the odds by 2.0"),
        (-10.0, "−10.0", "divides the odds by 10"),
        (33.0, "+33.0", "multiplies the odds by 1,995"),
    ],
)
def test_weights(weight, sign, odds):
    assert prose.decibans(weight) == sign
    assert prose.factor(weight) == odds


@pytest.mark.parametrize(("number", "text"), [(0, "no items"), (1, "1 item"), (2, "2 items"), (1200, "1,200 items")])
def test_singular_and_plural(number, text):
    assert prose.count(number, "item") == text


def test_dates_do_not_depend_on_the_locale():
    assert prose.date(dt.date(2031, 3, 8)) == "8 March 2031"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [("a\x00b", "ab"), ("a\n\tb", "a b"), ("\x1b[31mred", "[31mred"), ("\ud800", "�"), ("שלום\u200f", "שלום\u200f")],
)
def test_clean(text, cleaned):
    assert prose.clean(text) == cleaned


@pytest.mark.parametrize(
    ("text", "length", "cut"),
    [("short", 10, "short"), ("one two three four", 10, "one two …"), ("x" * 30, 10, "x" * 9 + "…"), ("", 5, "")],
)
def test_short(text, length, cut):
    assert prose.short(text, length) == cut
