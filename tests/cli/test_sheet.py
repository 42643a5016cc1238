"""``detente sheet``: a workbook written, filled in as spreadsheets of three countries do, and taken back."""

from __future__ import annotations

import datetime as dt
import sys

import openpyxl
import pytest
from cases import write_case

from detente.case import find_case, read_record
from detente.case.judging import LIKELIHOODS, judged

pytestmark = pytest.mark.usefixtures("all_undrawn")

HEAD = 3


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    root = write_case(tmp_path / "work")
    monkeypatch.chdir(tmp_path)
    return root


@pytest.fixture
def book(run, workspace, tmp_path):
    """A workbook of the case, as written."""
    path = tmp_path / "ana.xlsx"
    assert run("sheet", "dispute", "--out", path, "--as", "Ana", "--workspace", workspace)[0] == 0
    return path


def fill(path, **sheets):
    """Put values, and formats beside them, into cells by sheet, row and column name."""
    book = openpyxl.load_workbook(path)
    for title, values in sheets.items():
        sheet = book[title]
        places = {cell.value: cell.column for cell in sheet[HEAD]}
        for (row, name), value in values.items():
            cell = sheet.cell(row, places[name])
            cell.value, *form = value if isinstance(value, tuple) else (value,)
            if form:
                cell.number_format = form[0]
    book.save(path)


def take(run, path, workspace, *more):
    return run("sheet", "dispute", "--take", path, *more, "--workspace", workspace)


def stated(workspace, name="Ana"):
    rows = judged(find_case("dispute", workspace), LIKELIHOODS)
    return {cell: who[name] for cell, who in rows.items() if name in who}


def test_it_asks_for_every_cell_and_shows_nobody_s_judgement(book):
    read = openpyxl.load_workbook(book)
    assert read.sheetnames == ["Instructions", "Evidence", "Paces", "Prior"]
    evidence = read["Evidence"]
    names = [cell.value for cell in evidence[HEAD]]
    assert names == ["evidence", "hypothesis", "date", "claim", "statement", "low", "mid", "high", "holds", "because"]
    rows = [[cell.value for cell in row] for row in evidence.iter_rows(min_row=HEAD + 1)]
    assert [row[:2] for row in rows[:2]] == [["speech", "sincere"], ["speech", "tactic"]]
    assert all(cell is None for row in rows for cell in row[5:])
    assert rows[4][3].startswith("Looked for and not seen: North published a map.")
    lists = [choice.formula1 for choice in evidence.data_validations.dataValidation]
    assert any("roughly even chance" in options for options in lists)
    assert "A1:J1" in {str(span) for span in evidence.merged_cells.ranges}


def test_the_other_rows_on_a_step_say_what_a_star_stands_for(run, tmp_path):
    """`*` beside a row for one of two explanations is the other, and beside rows for some days the days left."""
    change = ("border,closed,open,tactic,*", "border,closed,open,*,*")
    root = write_case(tmp_path / "star", intensities=change)
    path = tmp_path / "star.xlsx"
    assert run("sheet", "dispute", "--out", path, "--workspace", root)[0] == 0
    paces = openpyxl.load_workbook(path)["Paces"]
    names = [cell.value for cell in paces[HEAD]]
    said = {}
    for row in paces.iter_rows(min_row=HEAD + 1, values_only=True):
        cell = dict(zip(names, row, strict=True))
        said[cell["step"], cell["hypothesis"], cell["regime"]] = cell["statement"], cell["when"]
    assert said["apart to met", "*", "*"] == ("whichever explanation is true", "at any time")
    assert said["met to signed", "*", "*"] == (
        "whichever explanation is true",
        "whenever no other row on this step applies",
    )
    assert said["met to signed", "sincere", "before"][1] == "before the election"
    hypotheses = read_record(find_case("dispute", root))[0].hypotheses
    assert said["closed to open", "*", "*"] == (hypotheses[1].statement, "at any time")


def test_percents_decimal_commas_words_and_merged_cells(run, workspace, book):
    """Percent cells of Excel, text of a German and of a Turkish sheet, a word, an id merged over two rows."""
    fill(
        book,
        Evidence={
            (4, "low"): (0.2, "0%"), (4, "mid"): (0.38, "0.00%"), (4, "high"): (0.5, "0%"), (4, "because"): "So.",
            (5, "low"): "0,004", (5, "mid"): "%38", (5, "high"): "60 %", (5, "holds"): "80%",
            (6, "mid"): "likely",
        },
        Prior={(4, "weight"): 0.25, (5, "weight"): "0,75"},
    )  # fmt: skip
    read = openpyxl.load_workbook(book)
    read["Evidence"]["A5"] = None
    read["Evidence"].merge_cells("A4:A5")
    read.save(book)
    code, out, err = take(run, book, workspace)
    home = workspace / "priors/dispute/assessors/Ana"
    done = f"Ana: 3 likelihoods and 2 prior probabilities taken into {home}; `detente undo dispute` takes that back\n"
    assert (code, err) == (0, "")
    assert out.startswith(done)
    assert "left out: 3 of 6 in likelihoods.csv and" in out
    rows = stated(workspace)
    names = ("low", "mid", "high", "because", "holds")
    assert [rows["speech", "sincere"][1].get(name) for name in names] == ["0.2", "0.38", "0.5", "So.", ""]
    assert [rows["speech", "tactic"][1].get(name) for name in names] == [
        "0.0040", "0.38", "0.6", "No reason was given.", "0.8",
    ]  # fmt: skip
    assert rows["toast", "sincere"][1]["mid"] == "likely"
    assert (home / "priors.csv").read_text().splitlines()[1:] == [
        "sincere,0.25,No reason was given.,1",
        "tactic,0.75,No reason was given.,1",
    ]
    assert run("check", "dispute", "--workspace", workspace)[0] == 0
    assert run("undo", "dispute", "--workspace", workspace)[0] == 0
    assert not stated(workspace)


WRONG = {
    "percent as a number": ({(4, "mid"): 38}, "Evidence:4: cell G4: mid: must be greater than 0 and less than 1"),
    "date": ({(4, "low"): dt.datetime(2026, 5, 1)}, "Evidence:4: cell F4: low: the spreadsheet has made a date of"),  # noqa: DTZ001
    "formula": ({(4, "mid"): "=1/3"}, "Evidence:4: cell G4: mid: has a formula without a stored value"),
    "error": ({(4, "mid"): "#DIV/0!"}, "Evidence:4: cell G4: mid: has an error of the spreadsheet, #DIV/0!"),
    "falling": (
        {(4, "low"): 0.5, (4, "mid"): 0.4, (4, "high"): 0.6},
        "Evidence:4: cell F4: low, mid, high: must",
    ),
    "half a range": ({(5, "mid"): 0.4, (5, "low"): 0.3}, "Evidence:5: cell H5: high: must not be blank beside a"),
    "no guess": ({(5, "because"): "So."}, "Evidence:5: cell G5: mid: must not be blank"),
    "another item": ({(4, "evidence"): "spech", (4, "mid"): "likely"}, "Evidence:4: cell A4: evidence: the case asks"),
    "twice": (
        {(4, "mid"): "likely", (5, "hypothesis"): "sincere", (5, "mid"): "likely"},
        "Evidence:5: cell A5: evidence: is judged in row 4 already",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("values", "message"), WRONG.values(), ids=WRONG)
def test_every_problem_names_its_sheet_and_cell(run, workspace, book, values, message):
    fill(book, Evidence=values)
    code, out, err = take(run, book, workspace)
    assert (code, out) == (1, "")
    assert f"{book}, sheet {message}" in err
    assert not (workspace / "priors/dispute/assessors").exists()


def test_the_same_mistake_in_a_column_is_said_once(run, workspace, book):
    fill(book, Evidence={(row, "mid"): 38 + row for row in range(4, 10)})
    err = take(run, book, workspace)[2]
    assert "write 42% as 0.42" in err
    assert err.endswith('(got "42"); the same on 6 lines: 4, 5, 6, ...\n')


def test_what_only_the_case_can_tell_names_the_cell_too(run, workspace, book):
    fill(book, Prior={(4, "weight"): 0.25, (5, "weight"): 0.6})
    code, _, err = take(run, book, workspace)
    assert code == 1
    assert f"{book}, sheet Prior:" in err
    assert "sum to 1" in err


def test_a_second_take_replaces_and_a_second_round_is_kept_beside(run, workspace, book):
    fill(book, Evidence={(4, "mid"): "likely"})
    assert take(run, book, workspace)[0] == 0
    fill(book, Evidence={(4, "mid"): "unlikely"})
    assert take(run, book, workspace)[0] == 0
    assert {number: row["mid"] for number, row in stated(workspace)["speech", "sincere"].items()} == {1: "unlikely"}
    fill(book, Evidence={(4, "mid"): "very likely"})
    assert take(run, book, workspace, "--round", "2")[0] == 0
    rounds = stated(workspace)["speech", "sincere"]
    assert {number: row["mid"] for number, row in rounds.items()} == {1: "unlikely", 2: "very likely"}


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--take", "none.xlsx"), 1, "none.xlsx: there is no such file in "),
        (("--take", "ana.csv"), 1, "ana.csv: must be an Excel workbook (.xlsx): save it as one; a CSV is read where"),
        (("--take", "torn.xlsx"), 1, "torn.xlsx: cannot be read as a workbook"),
        (("--take", "other.xlsx"), 1, "other.xlsx: has no sheet that detente sheet has written"),
        (("--take", "ana.xlsx", "--as", "../b"), 1, '"../b" cannot name an assessor'),
        (("--take", "ana.xlsx"), 1, "ana.xlsx: nothing is filled in"),
        (("--take", "ana.xlsx", "--out", "b.xlsx"), 2, "not both"),
        (("--out", "ana.xlsx"), 1, "ana.xlsx: cannot write: it is there already: name another with --out"),
        (("--out", "ana.ods"), 2, "a workbook ends in .xlsx"),
    ],
)
def test_what_cannot_be_done(run, workspace, book, tmp_path, arguments, code, message):
    assert book.parent == tmp_path
    (tmp_path / "ana.csv").write_text("a\n")
    (tmp_path / "torn.xlsx").write_bytes(b"PK\x03\x04torn")
    openpyxl.Workbook().save(tmp_path / "other.xlsx")
    found, out, err = run("sheet", "dispute", *arguments, "--workspace", workspace)
    assert (found, out) == (code, "")
    assert message in err


def test_what_is_wrong_anywhere_is_said_at_once(run, book, workspace):
    """A cell of a spreadsheet's own making, a column's rule, a rule of the row and one of the case, on three sheets."""
    fill(
        book,
        Evidence={
            (4, "low"): dt.date(2023, 2, 1), (4, "mid"): "abc", (5, "mid"): 0.5, (5, "low"): 0.7, (6, "mid"): 1.5,
        },
        Paces={(4, "mid"): "#REF!", (5, "mid"): 0.4, (5, "low"): 0.6},
        Prior={(4, "weight"): 0.5, (5, "weight"): 0.2},
    )  # fmt: skip
    code, _, err = take(run, book, workspace)
    assert code == 1
    places = [":".join(line.removeprefix(f"{book}, sheet ").split(":")[:3]) for line in err.splitlines()]
    assert places == [
        "Evidence:4: cell F4", "Evidence:4: cell G4", "Evidence:5: cell H5", "Evidence:6: cell G6",
        "Paces:4: cell K4", "Paces:4: cell L4", "Paces:4: cell M4", "Paces:5: cell M5", "Prior:4: weight",
    ]  # fmt: skip
    assert not (workspace / "priors/dispute/assessors").exists()


def test_without_the_package_it_says_how_to_have_it(run, workspace, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    code, out, err = run("sheet", "dispute", "--workspace", workspace)
    assert (code, out) == (1, "")
    assert err == "workbooks need the package openpyxl: pip install 'detente[sheet]'\n"


def test_a_bundled_case_is_only_read(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("sheet", "turkey-syria")[0] == 0
    assert (tmp_path / "turkey-syria.xlsx").exists()
    code, _, err = run("sheet", "turkey-syria", "--take", "turkey-syria.xlsx", "--as", "Ana")
    assert code == 1
    assert "is bundled with detente" in err


def test_three_people_s_sheets_make_one_report(run, workspace, tmp_path):
    """Percent cells, decimal commas and signs in front, a sheet each: the report is of all three."""
    styles = {"Ana": lambda p: (p, "0%"), "Bob": lambda p: str(p).replace(".", ","), "Cem": lambda p: f"%{100 * p:g}"}
    for who, style in styles.items():
        path = tmp_path / f"{who}.xlsx"
        assert run("sheet", "dispute", "--out", path, "--as", who, "--workspace", workspace)[0] == 0
        rows = {"low": 0.2, "mid": 0.4, "high": 0.7}
        fill(path, Evidence={(row, name): style(p) for row in range(4, 9) for name, p in rows.items()})
        assert take(run, path, workspace)[0] == 0
    case = read_record(find_case("dispute", workspace))[0]
    assert {one.id for one in case.assessors} == {"", "Ana", "Bob", "Cem"}
    assert all(len(one.likelihoods["speech"]) == 2 for one in case.assessors)
    out = tmp_path / "out"
    code, _, err = run(
        "run", "dispute", "--engine", "exact", "--no-sensitivity", "--out", out, "--workspace", workspace
    )
    assert code == 0, err
    assert (out / "report.html").exists()
