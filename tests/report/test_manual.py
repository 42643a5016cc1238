"""The reference says what the program does: words, exit codes and formulas are those of the code."""

from __future__ import annotations

import pytest
from scipy.special import ndtri

from detente import errors
from detente.estimative import EFSA, ICD_203, UK
from detente.report.manual import TOPICS, Formula, Heading, topic, topic_text
from detente.report.tables import Table


@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_has_parts_that_hold_something(name):
    for block in topic(name).blocks:
        if isinstance(block, Table):
            assert block.size
        elif isinstance(block, (Heading, Formula)):
            assert (block.heading if isinstance(block, Heading) else block.kept).strip()
        else:
            assert block.strip()


@pytest.mark.parametrize("scale", [ICD_203, EFSA, UK], ids=lambda scale: scale.name)
def test_every_estimative_word_is_there_with_its_range(scale):
    text = topic_text("words")
    for band in scale.bands:
        assert f"{100 * band.low:.0f}–{100 * band.high:.0f}%" in text
        assert band.word in text


def test_every_exit_code_has_its_meaning():
    codes = {value for name, value in vars(errors).items() if name.startswith("EXIT_") and isinstance(value, int)}
    assert {0, *codes} == set(errors.EXIT_CODES)
    text = topic_text("exit-codes")
    for code, meaning in errors.EXIT_CODES.items():
        assert f"\n{code:>4}   {meaning[:40]}" in text


def test_the_mass_taken_for_granted_is_the_default():
    """What the page of formulas says of a stated interval is what the priors take."""
    from detente.case.priors import Priors

    mass = Priors.model_fields["assumed_mass"].default
    assert f"`assumed_mass` ({mass:g} unless" in topic_text("model").replace("\n", " ")
    assert ndtri((1 + mass) / 2) < ndtri(0.95)
