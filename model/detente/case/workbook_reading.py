"""Read a workbook that an assessor has filled in, whatever a spreadsheet of his country has made of it.

A sheet is known by the names of its columns, which stand in one of its first rows.  Numbers may be decimals or
percents, in the format of a cell or as text; days may be dates or text; a merged cell stands for each of its cells.
Every problem names its sheet and cell.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import field

from detente.case.dialect import SEMICOLON, tidy_cell
from detente.case.findings import Findings
from detente.case.judging import CELLS, INTENSITIES, KINDS, LIKELIHOODS, WEIGHTS, Cells, Questions
from detente.case.tables import lay_out, read_rows
from detente.case.workbook import JUDGED, NAME, SHEETS, NoSheetsError
from detente.errors import CaseError, Problem, absent, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet


LOOKED_AT = 12
"""Rows among which the names of the columns are looked for."""
MARKS: Mapping[str, frozenset[str]] = {
    LIKELIHOODS: frozenset({"evidence", "hypothesis", "mid"}),
    INTENSITIES: frozenset({"process", "from", "to", "mid"}),
    WEIGHTS: frozenset({"hypothesis", "weight"}),
}
NUMBERS = frozenset({"low", "mid", "high", "holds", "weight", "within_days"})
LONGEST = 1_000_000
"""Cells of a sheet beyond which it is none that was written here."""
_FAILED = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)")


class SheetFindings(Findings):
    """The problems of one sheet: each names the cell, by the column it begins with; of a cell only the first counts."""

    letters: Mapping[str, str] = field(default_factory=dict)
    faulty: set[tuple[int, str]] = field(default_factory=set)

    @property
    def lines(self) -> set[int]:
        """The rows in which something is wrong."""
        return {line for line, _ in self.faulty}

    def add(self, line: int, message: str, about: str = "", remedy: str = "") -> None:
        """Note a problem."""
        name = re.split(r"[:,]", message, maxsplit=1)[0].strip()
        letter = self.letters.get(name)
        if letter and (line, name) in self.faulty:
            return
        self.faulty.add((line, name))
        super().add(line, f"cell {letter}{line}: {message}" if letter and line else message, about, remedy)


class WorkbookRows(NamedTuple):
    """What a workbook says: the name in it, rows by table, where each row stands, sheet and line, and what is wrong.

    Rows in which something is wrong are left out, and with one of the weights all of them, since they add up.
    """

    name: str
    rows: Mapping[str, Sequence[Cells]]
    places: Mapping[str, Sequence[tuple[str, int]]]
    wrong: Sequence[Problem]


def read_workbook(path: Path, asked: Questions) -> WorkbookRows:
    """Read a workbook.

    Raises
    ------
    CaseError
        If it is none, or has no sheet to be read.
    NoSheetsError
        If openpyxl is not installed.
    """
    book, formulas = _open(path)
    problems: list[Problem] = []
    rows: dict[str, list[Cells]] = {}
    places: dict[str, list[tuple[str, int]]] = {}
    for sheet in book.worksheets:
        table, head, names = _kind_of(sheet)
        if not table:
            continue
        findings = SheetFindings(f"{path}, sheet {sheet.title}", problems)
        if table in rows:
            findings.add(0, f"a second sheet of {SHEETS[table].lower()}: keep one")
            continue
        read = _rows(sheet, formulas[sheet.title], table, head, names, findings, asked)
        is_useless = table == WEIGHTS and bool(findings.faulty)
        sound = [] if is_useless else [(row, line) for row, line in read if line not in findings.lines]
        rows[table] = [row for row, _ in sound]
        places[table] = [(sheet.title, line) for _, line in sound]
    if not rows:
        Findings(str(path), problems).add(
            0, "has no sheet that detente sheet has written: no row has the columns' names"
        )
        raise CaseError(problems)
    return WorkbookRows(_name_in(book), rows, places, problems)


def _open(path: Path) -> tuple[Any, Any]:
    """Open a workbook twice: with the values of formulas, and with the formulas."""
    try:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException
    except ModuleNotFoundError:
        raise NoSheetsError from None
    findings = Findings(str(path))
    if not path.is_file():
        findings.add(0, absent(path) if not path.exists() else "must be a file")
    elif path.suffix.lower() not in {".xlsx", ".xlsm"}:
        beside = "; a CSV is read where it lies, as priors/CASE/assessors/NAME/likelihoods.csv"
        remedy = beside if path.suffix.lower() == ".csv" else ""
        findings.add(0, f"must be an Excel workbook (.xlsx): save it as one{remedy}")
    else:
        try:
            return load_workbook(path, data_only=True), load_workbook(path)
        except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, SyntaxError):
            findings.add(0, "cannot be read as a workbook: open it in a spreadsheet and save it as .xlsx again")
    raise CaseError(findings.problems)


def _kind_of(sheet: Worksheet) -> tuple[str, int, dict[str, int]]:
    """Return which table a sheet is of, the row of its columns' names, and the place of each; blank if it is none."""
    for row in sheet.iter_rows(min_row=1, max_row=min(LOOKED_AT, sheet.max_row)):
        names = {str(cell.value).strip().casefold(): cell.column for cell in row if cell.value is not None}
        for table, marks in MARKS.items():
            if marks <= names.keys():
                known = {*CELLS[table], *JUDGED[table]}
                return table, row[0].row, {name: place for name, place in names.items() if name in known and place}
    return "", 0, {}


def _rows(
    sheet: Worksheet,
    formulas: Worksheet,
    table: str,
    head: int,
    names: Mapping[str, int],
    findings: SheetFindings,
    asked: Questions,
) -> list[tuple[Cells, int]]:
    """Read the rows of a sheet in which something was judged, with their lines; check them by the table's columns."""
    from openpyxl.utils import get_column_letter

    findings.letters = {name: get_column_letter(place) for name, place in names.items()}
    if sheet.max_row * max(1, sheet.max_column) > LONGEST:
        findings.add(0, f"has {sheet.max_row:,} rows: delete those below the last that is filled in")
        return []
    merged = _merged(sheet)
    told = [name for name in JUDGED[table] if name in names and name != "within_days"]
    kept: list[tuple[Cells, int]] = []
    known = {tuple(cell.get(name, "") for name in CELLS[table]) for cell in asked.cells(table)}
    for line in range(head + 1, sheet.max_row + 1):
        row: dict[str, str] = {}
        known_problems = len(findings.problems)
        for name, place in names.items():
            at = merged.get((line, place), (line, place))
            row[name] = _text_of(sheet.cell(*at), formulas.cell(*at), name, line, findings)
        if not any(row[name] for name in told) and len(findings.problems) == known_problems:
            continue
        key = tuple(row.get(name, "") for name in CELLS[table])
        if key not in known and len(findings.problems) == known_problems:
            findings.add(
                line, f"{CELLS[table][0]}: the case asks for no such row (got {quoted(' '.join(filter(None, key)))})"
            )
            continue
        kept.append((row, line))
    layout = lay_out([*names], head, KINDS[table], findings)
    if layout is not None:
        blank = {"because": "-"}  # a reason may be left out
        filled = [(line, [judged[name] or blank.get(name, "") for name in names]) for judged, line in kept]
        read_rows(filled, layout, findings)
        first: dict[tuple[str, ...], int] = {}
        for judged, line in kept:
            key = tuple(judged.get(name, "") for name in CELLS[table])
            if first.setdefault(key, line) != line:
                findings.add(line, f"{CELLS[table][0]}: is judged in row {first[key]} already")
    return kept


def _merged(sheet: Worksheet) -> dict[tuple[int, int], tuple[int, int]]:
    """Return for each cell of a merged range the one that has its value."""
    return {
        (row, column): (span.min_row, span.min_col)
        for span in sheet.merged_cells.ranges
        for row in range(span.min_row, span.max_row + 1)
        for column in range(span.min_col, span.max_col + 1)
    }


def _text_of(cell: Cell, formula: Cell, name: str, line: int, findings: Findings) -> str:
    """Return what a cell holds as a table has it: a decimal point, a fraction for a percent, an ISO date."""
    value = cell.value
    said = ""
    if value is None:
        if isinstance(formula.value, str) and formula.value.startswith("="):
            said = "has a formula without a stored value: type the number itself"
        text = ""
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, int | float):
        text = f"{value:.12g}"
    elif isinstance(value, dt.date | dt.time):
        text = (value.date() if isinstance(value, dt.datetime) else value).isoformat()
        if name in NUMBERS:
            said = "the spreadsheet has made a date of what was typed: format the cell as a number"
    else:
        text = tidy_cell(str(value).strip().removeprefix("'"), name, SEMICOLON)[0]
        if _FAILED.fullmatch(text):
            said = f"has an error of the spreadsheet, {text}: type the number itself"
    if said:
        findings.add(line, f"{name}: {said}")
    return "" if said else text


def _name_in(book: Any) -> str:  # noqa: ANN401 - the library's class
    """Return the name that somebody wrote beside the words for it; blank if none."""
    for sheet in book.worksheets:
        for row in sheet.iter_rows(min_row=1, max_row=min(LOOKED_AT, sheet.max_row), values_only=True):
            for place, value in enumerate(row[:-1]):
                if isinstance(value, str) and value.strip().casefold() == NAME.casefold() and row[place + 1]:
                    return str(row[place + 1]).strip()
    return ""
