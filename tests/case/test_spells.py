"""Spells read from both kinds of tables, and what is wrong with them told line by line."""

from __future__ import annotations

import datetime as dt
import gzip

import numpy as np
import pytest

from detente.case.spells import read_spells
from detente.errors import SetError
from detente.forecast.spells import waits_of

AS_OF = dt.date(2005, 1, 1)
PLAIN = """start,end,ended,group
2001-01-01,2001-01-31,yes,a
2001-01-01,2002-01-01,no,a
2004-01-01,,,
2006-01-01,2006-02-01,yes,
"""
CLASS = """class,member,start,followed_until,met,signed
others,A,2001-01-01,2004-01-01,2001-02,2003-01-01
others,B,2001-01-01,2004-01-01,,-
rest,C,2001-01-01,2004-01-01,?,
"""


def write(tmp_path, text, name="spells.csv"):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def plain(waits):
    return [(wait.after, wait.by) for wait in waits]


@pytest.mark.parametrize("name", ["spells.csv", "spells.csv.gz"])
def test_starts_and_ends(tmp_path, name):
    """One that ended, one cut short, one that goes on; one that begins after the cut-off is not there."""
    spells = read_spells(write(tmp_path, PLAIN, name))
    assert plain(waits_of(spells, AS_OF)) == [(30, 30), (365, np.inf), (366, np.inf)]
    assert plain(waits_of(spells, dt.date(2001, 1, 11))) == [(10, np.inf), (10, np.inf)]
    assert [spell.group for spell in spells] == ["a", "a", "line 4", "line 5"]


def test_the_columns_of_a_reference_class(tmp_path):
    path = write(tmp_path, CLASS)
    assert plain(waits_of(read_spells(path, "met", "others"), AS_OF)) == [(31, 58), (1095, np.inf)]
    assert plain(waits_of(read_spells(path, "signed", "others"), AS_OF)) == [(730, 730)]
    assert plain(waits_of(read_spells(path, "met", "rest"), AS_OF)) == [(0, 1095)]


def test_a_start_known_by_month(tmp_path):
    """It began on any day of January: between 31 and 61 days before the third of March."""
    text = "class,member,start,followed_until,met\nothers,A,2001-01,2004-01-01,2001-03-03\n"
    assert plain(waits_of(read_spells(write(tmp_path, text)), AS_OF)) == [(31, 61)]


def test_a_spell_counts_half_after_the_half_life(tmp_path):
    spells = read_spells(write(tmp_path, "start,end\n1995-01-01,1995-02-01\n2004-12-31,2005-01-01\n"))
    old, young = sorted(waits_of(spells, AS_OF, half_life=10.0), reverse=True)
    assert old.weight == pytest.approx(0.5, rel=1e-3)
    assert young.weight == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize(
    ("text", "options", "problem"),
    [
        ("start,end\n2001-01-05,2001-01-01\n", {}, ":2: end: must not be earlier than start, 2001-01-05"),
        ("start,end,ended\n2001-01-05,,yes\n", {}, ":2: end: must not be blank where ended is yes"),
        ("start,end,ended\n2001-01-05,,perhaps\n", {}, ":2: ended: must be yes or no"),
        ("start,end\n", {}, "the table has no spells"),
        (
            "start,finish\n",
            {},
            'unknown column "finish": delete it, or rename it to the column you mean (panel, member, ',
        ),
        (PLAIN, {"state": "met"}, "--state met: a table of starts and ends has no states"),
        (CLASS, {"of": "others"}, ":1: the table has more than one state: choose one with --state (met, signed)"),
        (CLASS, {"state": "met"}, ":1: the table has more than one class: choose one with --class (others, rest)"),
        (CLASS, {"state": "left", "of": "rest"}, ':1: --state "left": the table has no such state'),
    ],
)
def test_problems(tmp_path, text, options, problem):
    with pytest.raises(SetError) as raised:
        read_spells(write(tmp_path, text), **options)
    assert problem in str(raised.value)


def test_who_waited_may_be_a_column_of_names(tmp_path):
    (spell,) = read_spells(write(tmp_path, "name,start,end\nNorland,2001-01-05,2002-01-01\n"))
    assert spell.member.member == "Norland"


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(SetError, match="there is no such file in"):
        read_spells(tmp_path / "none.csv")
