"""``detente tidy``: a table converted in one step, taken back with undo, or kept beside."""

from __future__ import annotations

import pytest
from tests.cases import LIKELIHOODS, write_case

TABLE = "priors/dispute/likelihoods.csv"
GERMAN = LIKELIHOODS.replace(",", ";").replace(";0.", ";0,")


@pytest.fixture
def workspace(tmp_path):
    return write_case(tmp_path, likelihoods=GERMAN)


def test_a_table_of_a_case_is_converted_and_taken_back(run, workspace):
    path = workspace / TABLE
    code, out, err = run("tidy", path)
    done = f"{path}: semicolons and decimal commas converted; `detente undo dispute` takes that back\n"
    assert (code, out, err) == (0, done, "")
    assert path.read_text() == LIKELIHOODS
    assert run("tidy", path) == (0, f"{path}: nothing to convert\n", "")
    assert run("undo", "dispute", "--workspace", workspace)[0] == 0
    assert path.read_text() == GERMAN


def test_a_sheet_of_an_assessor_is_one_of_its_case(run, workspace):
    path = workspace / "priors/dispute/assessors/ana/likelihoods.csv"
    path.parent.mkdir(parents=True)
    path.write_text("evidence;hypothesis;low;mid;high;because\nspeech;sincere;0,3;0,4;0,5;So.\n")
    assert "`detente undo dispute` takes that back" in run("tidy", path)[1]
    assert path.read_text().splitlines()[1] == "speech,sincere,0.3,0.4,0.5,So."


def test_a_dry_run_changes_nothing(run, workspace):
    path = workspace / TABLE
    assert run("tidy", path, "--dry-run")[1].endswith(
        "has semicolons and decimal commas; dry run: nothing was changed\n"
    )
    assert path.read_text() == GERMAN


def test_of_any_other_table_the_original_is_kept(run, tmp_path):
    path = tmp_path / "opinions.csv"
    path.write_text("question;person;probability\nq;ana;%38\n", encoding="utf-16")
    code, out, _ = run("tidy", path)
    assert (code, out) == (
        0,
        f"{path}: semicolons, per cent signs and UTF-16 converted; the original is {path}.orig\n",
    )
    assert path.read_text() == "question,person,probability\nq,ana,0.38\n"
    assert path.with_name("opinions.csv.orig").read_text(encoding="utf-16").endswith("%38\n")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.csv", None, "there is no such file in "),
        ("notes.txt", b"a;b\n", "is not a table: tidy converts files that end in .csv"),
        ("book.csv", b"PK\x03\x04", "is a workbook, for all its name"),
        (
            "latin.csv",
            b"a;b\nK\xf6ln;1\n",
            "latin.csv:2: the text is not UTF-8 (byte 0xF6): save it as UTF-8, or type detente tidy ",
        ),
    ],
)
def test_what_cannot_be_converted(run, tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    code, out, err = run("tidy", path)
    assert (code, out) == (1, "")
    assert message in err


def test_letters_of_a_turkish_windows(run, tmp_path):
    path = tmp_path / "opinions.csv"
    path.write_bytes("question;person;probability\nq;Akşener;0,4\n".encode("windows-1254"))
    code, out, _ = run("tidy", path, "--encoding", "windows-1254")
    assert (code, path.read_text(encoding="utf-8")) == (0, "question,person,probability\nq,Akşener,0.4\n")
    assert "windows-1254 converted" in out
    assert run("tidy", path, "--encoding", "klingon")[0] == 2
    path.write_bytes(b"a\n\xf6\n")
    code, _, err = run("tidy", path, "--encoding", "ascii")
    assert (code, err) == (1, f"{path}:2: the text is not ascii: give another --encoding\n")


def test_what_is_unclear_is_said_and_left(run, tmp_path):
    path = tmp_path / "polls.csv"
    path.write_text('date,within_days\n8.2.2023,"1,234"\n')
    code, _, err = run("tidy", path)
    assert (code, err) == (0, f'{path}:2: within_days: "1,234" can be read in two ways: left as it is\n')
    assert path.read_text() == 'date,within_days\n2023-02-08,"1,234"\n'
