"""YAML: the line of what never ends, what cannot be seen, and what is read but cannot be edited."""

from __future__ import annotations

import pytest
from tests.cases import CASE, write_case

from detente.case import find_case, read_record
from detente.case.check import examine
from detente.case.priors import LEAST_DEVIATION
from detente.errors import CaseError, quoted

LINES = CASE.count("\n")


@pytest.mark.parametrize(
    ("more", "last"),
    [
        ("x: [1, 2\n", LINES + 1),
        ("x: [1, 2", LINES + 1),
        ('x: "never ends', LINES + 1),
        ('x: "never ends\n', LINES + 1),
        ("x: {a: 1\n\n\n", LINES + 3),
        ("x: 'never\n  ends\n", LINES + 2),
    ],
)
def test_what_never_ends_is_said_on_the_last_line(tmp_path, more, last):
    location = find_case("dispute", write_case(tmp_path, case=CASE + more))
    with pytest.raises(CaseError) as caught:
        read_record(location)
    assert [problem.line for problem in caught.value.problems] == [last]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\x9bb", r"a\x9bb"),
        ("a\0b", r"a\x00b"),
        ("a\u2028b", r"a\u2028b"),
        ("a\u202eb", r"a\u202eb"),
        ("a\ud800b", r"a\ud800b"),
        ("a\u00a0 b\tc\n", "a b c"),
        ("Ünlü", "Ünlü"),
    ],
    ids=ascii,
)
def test_what_cannot_be_seen_is_escaped_in_a_quoted_value(text, shown):
    assert quoted(text) == f'"{shown}"'


def test_a_control_character_in_a_value_is_shown_by_its_code(tmp_path):
    case = CASE.replace("horizon: 2024-03-01", 'horizon: "2024\\e[31m-03"')
    with pytest.raises(CaseError, match=r'horizon: must be an ISO date .*\(got "2024\\x1b\[31m-03"\)'):
        read_record(find_case("dispute", write_case(tmp_path, case=case)))


@pytest.mark.parametrize("old", ["clusters:\n", "start: {state: apart, date: 2022-12-01}"])
def test_a_file_with_an_anchor_is_read_and_check_says_that_it_cannot_be_edited(tmp_path, old):
    name, _, rest = old.partition(":")
    case = CASE.replace(old, f"{name}: &same{rest}", 1)
    advice = examine(find_case("dispute", write_case(tmp_path, case=case)))[1]
    found = [piece for piece in advice if "&same" in piece.message]
    assert [piece.line for piece in found] == [case[: case.index("&same")].count("\n") + 1]
    assert "no command can edit this file in place" in found[0].message
    assert not [piece for piece in examine(find_case("dispute", write_case(tmp_path / "b")))[1] if "&" in piece.message]


@pytest.mark.parametrize("sd", [1e-9, LEAST_DEVIATION / 2])
def test_a_deviation_of_nearly_nothing_is_none(tmp_path, sd):
    location = find_case("dispute", write_case(tmp_path, priors=("mean: 0.6, sd: 0.15", f"mean: 0.6, sd: {sd:.12f}")))
    assert read_record(location)[0].priors.discrimination.sd == 0


def test_a_small_deviation_is_one(tmp_path):
    location = find_case("dispute", write_case(tmp_path, priors=("mean: 0.6, sd: 0.15", "mean: 0.6, sd: 0.00001")))
    assert read_record(location)[0].priors.discrimination.sd == 1e-5
