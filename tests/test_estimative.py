"""Words and probabilities."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.estimative import EFSA, ICD_203, UK, percent, term, term_range

SCALES = [ICD_203, EFSA, UK]


@pytest.mark.parametrize(
    ("probability", "word"),
    [
        (0.0, "almost no chance"),
        (0.005, "almost no chance"),
        (0.01, "almost no chance"),
        (0.0499, "almost no chance"),
        (0.05, "very unlikely"),
        (0.20, "unlikely"),
        (0.4499, "unlikely"),
        (0.45, "roughly even chance"),
        (0.50, "roughly even chance"),
        (0.55, "roughly even chance"),
        (0.5501, "likely"),
        (0.80, "likely"),
        (0.95, "very likely"),
        (0.9501, "almost certain"),
        (0.99, "almost certain"),
        (1.0, "almost certain"),
    ],
)
def test_the_weaker_word_wins_an_edge(probability, word):
    assert term(probability) == word


@pytest.mark.parametrize(
    ("probability", "word"),
    [(0.0, "almost impossible"), (0.01, "extremely unlikely"), (0.33, "about as likely as not"),
     (0.66, "about as likely as not"), (0.67, "likely"), (0.99, "extremely likely"), (1.0, "almost certain")],
)  # fmt: skip
def test_efsa_has_no_gaps(probability, word):
    assert term(probability, EFSA) == word


@pytest.mark.parametrize(
    ("probability", "word"),
    [(0.05, "remote chance"), (0.07, "remote chance to highly unlikely"), (0.10, "highly unlikely"),
     (0.35, "unlikely"), (0.50, "realistic possibility"), (0.52, "realistic possibility to likely"),
     (0.93, "highly likely to almost certain")],
)  # fmt: skip
def test_the_uk_yardstick_has_gaps(probability, word):
    assert term(probability, UK) == word


@pytest.mark.parametrize("scale", SCALES)
@given(probability=st.floats(0, 1))
def test_every_probability_has_a_word_whose_range_it_is_in(scale, probability):
    words = term(probability, scale).split(" to ")
    low, high = term_range(words[0], scale)[0], term_range(words[-1], scale)[1]
    assert low <= min(max(probability, scale.bands[0].low), scale.bands[-1].high) <= high


@pytest.mark.parametrize("scale", SCALES)
@given(pair=st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted))
def test_words_never_fall_as_probabilities_rise(scale, pair):
    lower, upper = (scale.words.index(term(probability, scale).split(" to ")[0]) for probability in pair)
    assert lower <= upper


@pytest.mark.parametrize("scale", SCALES)
def test_bands_rise_and_do_not_overlap(scale):
    edges = [edge for band in scale.bands for edge in (band.low, band.high)]
    assert edges == sorted(edges)


def test_a_word_is_found_whatever_its_case_and_spaces():
    assert term_range(" Very  likely ") == (0.80, 0.95)


@pytest.mark.parametrize("probability", [-0.01, 1.01, float("nan"), float("inf")])
def test_what_is_no_probability_has_no_word(probability):
    with pytest.raises(ValueError, match="must be between 0 and 1"):
        term(probability)


def test_an_unknown_word_names_the_known_ones():
    with pytest.raises(ValueError, match='"maybe" is not a word of the ICD 203 scale: almost no chance, '):
        term_range("maybe")


@pytest.mark.parametrize(
    ("probability", "shown"),
    [(0.0, "<1%"), (0.0099, "<1%"), (0.01, "1%"), (0.123, "12%"), (0.99, "99%"), (0.991, ">99%"), (1.0, ">99%")],
)
def test_percentages_are_floored_and_capped(probability, shown):
    assert percent(probability) == shown
