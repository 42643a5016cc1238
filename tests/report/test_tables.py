"""One table, written four ways."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest

from detente.report.tables import (
    Column,
    Group,
    decimals,
    fixed,
    grouped,
    table,
    to_csv,
    to_markdown,
    to_page,
    to_text,
)


@dataclass(frozen=True)
class Runner:
    """What a row is about."""

    label: str
    chance: float | None
    bounds: tuple[float, float]
    born: dt.date
    note: str = ""


RUNNERS = (
    Runner("Ada | <b>", 0.126, (0.02, 0.24), dt.date(2031, 3, 8), "A *reason*, at some length."),
    Runner("Bo", None, (0.001, 0.02), dt.date(2031, 12, 1)),
)
COLUMNS = (
    Column[Runner]("Runner", lambda runner: runner.label),
    Column[Runner]("Chance", lambda runner: runner.chance, "percent", key="chance"),
    Column[Runner]("Interval", lambda runner: runner.bounds, "interval"),
    Column[Runner]("Born", lambda runner: runner.born, "date"),
    Column[Runner]("Because", lambda runner: runner.note, "reason"),
)


def test_csv_gets_raw_values_under_keys():
    assert to_csv(table("", RUNNERS, *COLUMNS)) == (
        "Runner,chance,Interval,Born,Because\n"
        'Ada | <b>,0.1260,0.02 0.24,2031-03-08,"A *reason*, at some length."\n'
        "Bo,,0.001 0.02,2031-12-01,\n"
    )


def test_markdown_escapes_and_aligns():
    lines = to_markdown(table("", RUNNERS, *COLUMNS)).splitlines()
    assert lines[:2] == ["| Runner | Chance | Interval | Born | Because |", "| --- | ---: | ---: | --- | --- |"]
    assert lines[2].startswith("| Ada \\| &lt;b&gt; |")
    assert lines[2].endswith("| 8 March 2031 | A \\*reason\\*, at some length. |")
    assert lines[3].startswith("| Bo | – |")


def test_groups_have_headings_and_notes():
    made = grouped("Two", [Group(RUNNERS[:1], "First", "a note"), Group(RUNNERS[1:])], *COLUMNS)
    assert made.size == 2
    assert "| **First**<br>a note | | | | |" in to_markdown(made).splitlines()
    page = to_page(made)
    assert 'colspan="5"><span class="line" dir="auto">First</span><span class="note" dir="auto">a note</span>' in page
    assert page.count("<tbody>") == 2
    assert "First" in to_text(made).splitlines()[2]


def test_page_escapes_and_stacks_where_there_are_reasons():
    page = to_page(table("A & B", RUNNERS, *COLUMNS), "wide")
    assert 'aria-label="A &amp; B"' in page
    assert '<table class="wide stacks">' in page
    assert '<th scope="row" class="text" dir="auto">Ada | &lt;b&gt;</th>' in page
    assert '<td class="number" data-label="Chance">' in page
    assert '<td class="reason" dir="auto">' in page


def test_page_shows_lines_below_each_other():
    page = to_page(table("", [("a", "b")], Column("Both", lambda pair: pair)))
    assert '<span class="line first" dir="auto">a</span><span class="line" dir="auto">b</span>' in page


def test_a_terminal_has_plain_lines_within_its_width_and_no_markup():
    long = Runner("[bold]" + "word " * 60, 0.5, (0.1, 0.2), dt.date(2031, 1, 1))
    columns = (Column[Runner]("Runner", lambda runner: runner.label, limit=50), *COLUMNS[1:3])
    text = to_text(table("", [long], *columns))
    assert max(map(len, text.splitlines())) <= 80
    assert "[bold]" in text
    assert "…" in text
    assert "─" in text
    assert "─" not in to_text(table("", [long], *columns), rule=False)


@pytest.mark.parametrize(
    ("kind", "value", "worded", "raw"),
    [
        ("text", "text", "text", "text"),
        ("short", "short", "short", "short"),
        ("count", 1234, "1,234", 1234),
        ("percent", 0.126, "13%", 0.126),
        ("percent", "happened", "happened", "happened"),
        ("percent", None, "–", ""),
        ("tenths", 0.126, "12.6%", 0.126),
        ("points", -0.0123, "−1.2", -0.0123),
        ("decibans", 2.14, "+2.1", 2.14),
        ("interval", (0.1, 0.2), "10–20%", "0.1 0.2"),
        ("date", dt.date(2031, 3, 8), "8 March 2031", dt.date(2031, 3, 8)),
        ("iso_date", dt.date(2031, 3, 8), "2031-03-08", dt.date(2031, 3, 8)),
        (decimals("{:.1f}"), 1.25, "1.2", 1.25),
        (fixed(3), 0.12345, "0.123", "0.123"),
        ("text", ("a", "b"), ("a", "b"), ("a", "b")),
    ],
)
def test_a_kind_words_a_value_and_keeps_it_raw(kind, value, worded, raw):
    column = Column("", lambda row: row, kind)
    assert column.cell(value) == worded
    assert column.raw(value) == raw


def test_csv_leaves_a_number_below_nought_a_number():
    columns = (Column("Text", str), Column("Number", str, "number"))
    assert to_csv(table("", ["-0.5", "+1e-3"], *columns)).splitlines()[1:] == ["-0.5,-0.5", "+1e-3,+1e-3"]


def test_csv_never_begins_a_text_like_a_formula():
    """A spreadsheet would run it; numbers keep their signs."""
    columns = (Column("a", lambda row: row[0]), Column("b", lambda row: row[1]))
    assert to_csv(table("", [("=1+1", -2.0), ("-1+x", "-0.73")], *columns)) == "a,b\n'=1+1,-2.0\n'-1+x,-0.73\n"
