"""The reference says what the program does: words, exit codes and formulas are those of the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from detente import errors
from detente.case import find_case, read_record
from detente.case.bulletins import read_bulletin
from detente.case.reference import bulletin_format, file_formats
from detente.estimative import EFSA, ICD_203, UK
from detente.report.manual import TOPICS, known_topics, manual_page, topic, topic_text
from detente.report.specs import Formula
from detente.report.tables import Table


@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_has_parts_that_hold_something(name):
    for block in topic(name).blocks:
        if isinstance(block, Table):
            assert block.size
        elif isinstance(block, str):
            assert block.strip()
        else:
            assert all(value.strip() for name, value in vars(block).items() if name != "detail")


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


def test_the_width_of_stated_intervals_is_what_the_engines_take():
    """The numbers on the page of formulas are those of the model."""
    from detente.case.ranges import IGNORANCE, TAIL_DF, WIDTH_LOG_SD, WIDTH_MEDIAN
    from detente.exact.widths import learned

    text = " ".join(topic_text("model").split())
    assert f"ν = {TAIL_DF:g} log c ~ Normal(log {WIDTH_MEDIAN:g}, {WIDTH_LOG_SD:g})" in text
    assert f"2Φ⁻¹(0.95) at most {IGNORANCE:g}" in text
    mass, widths = learned(())
    first, second, third, last = (f"{width:.1f}" for width in widths)
    assert f"{first}, {second}, {third} and {last} before any question" in text
    assert mass == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("form", [*file_formats(), bulletin_format()], ids=lambda form: form.name)
def test_every_column_that_is_read_is_in_the_reference(form):
    """With its kind, its default and its example; a file of a case is a topic of its own as well."""
    lines = topic_text("bulletins" if form.name not in known_topics() else "files").splitlines()
    assert f"{form.folder}/CASE/{form.name}" in lines
    after = lines[lines.index(f"{form.folder}/CASE/{form.name}") :]
    text = " ".join(" ".join(after).split())
    for key in form.keys:
        assert f" {key.name} ({key.kind}; {key.needed}) {key.doc}" in text
    if form.name in known_topics():
        assert topic_text(form.name).splitlines()[2:] == after[: len(topic_text(form.name).splitlines()) - 2]


def test_the_bulletin_shown_can_be_taken_in():
    """It is read as a bulletin of the case it names its states from."""
    shown = next(block for block in topic("bulletins").blocks if isinstance(block, Formula))
    case = read_record(find_case("turkey-syria", Path(__file__).parents[2]))[0]
    bulletin = read_bulletin(shown.kept, "the bulletin shown", case)
    assert [item.id for item in bulletin.evidence] == ["four_way_ministers"]
    assert [event.state for event in bulletin.events] == ["foreign_ministers_met"]


@pytest.mark.parametrize("name", TOPICS)
def test_no_definition_runs_into_the_next(name):
    """A line between two of them is what parts them."""
    assert " :: " not in topic_text(name)


def test_the_page_in_the_repository_is_what_the_program_writes():
    """`make reference` writes it again."""
    page = Path(__file__).parents[2] / "reports" / "reference.html"
    assert page.read_text("utf-8") == manual_page()
