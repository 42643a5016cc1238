"""A workbook for an assessor: what is asked as rows to fill in, with drop-downs, written by the columns that read it.

One sheet says what to do; one has the evidence, one the paces, one the prior probabilities.  The columns that are read
back are those of the tables (:data:`detente.case.judging.KINDS`); between them stands what the reader needs to judge,
and nothing that anybody has judged.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final, NamedTuple

from detente.case.columns import specs
from detente.case.judging import CELLS, INTENSITIES, KINDS, LIKELIHOODS, WEIGHTS, Cells, Questions
from detente.case.values import NOT_STATED, words
from detente.errors import DetenteError
from detente.estimative import ICD_203

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openpyxl.worksheet.worksheet import Worksheet


SHEETS: Final[Mapping[str, str]] = {LIKELIHOODS: "Evidence", INTENSITIES: "Paces", WEIGHTS: "Prior"}
"""The sheet of each table."""
INSTRUCTIONS: Final = "Instructions"
NAME: Final = "Your name"
JUDGED: Final[Mapping[str, tuple[str, ...]]] = {
    LIKELIHOODS: ("low", "mid", "high", "holds", "because"),
    INTENSITIES: ("within_days", "low", "mid", "high", "holds", "because"),
    WEIGHTS: ("weight", "because"),
}
"""The columns that are filled in."""
HEAD: Final = 3
"""The row of the columns' names: above them are the title and what the columns are for."""
WIDTHS: Final = {"because": 60, "claim": 60, "statement": 40}
MASSES: Final = ("50%", "80%", "90%")
FILLED, GREY = "FFF7E0", "777777"


class NoSheetsError(DetenteError):
    """Workbooks cannot be read or written, for want of a package."""

    def __init__(self) -> None:
        """Say how to install it."""
        super().__init__("workbooks need the package openpyxl: pip install 'detente[sheet]'")


class Context(NamedTuple):
    """A column that only tells what is judged."""

    name: str
    texts: Sequence[str]


def workbook(asked: Questions, name: str = "") -> bytes:
    """Return the workbook of a case as a file; ``name`` is the assessor's, where it is known.

    Raises
    ------
    NoSheetsError
        If openpyxl is not installed.
    """
    try:
        from openpyxl import Workbook
    except ModuleNotFoundError:
        raise NoSheetsError from None
    book = Workbook()
    first = book.active
    assert first is not None  # noqa: S101 - a new workbook has one sheet
    first.title = INSTRUCTIONS
    _instruct(first, asked, name)
    for table in KINDS:
        cells = asked.cells(table)
        if cells:
            _fill(book.create_sheet(SHEETS[table]), asked, table, cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _instruct(sheet: Worksheet, asked: Questions, name: str) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    lines = [
        asked.title,
        asked.question,
        "",
        "Judge alone, without asking what others think. Fill in the yellow columns; leave blank what you cannot judge.",
        "Evidence: suppose that the explanation is true. How likely is it then that this is seen? Give the ends of a",
        "range first (low, high), then the best guess between them (mid). A number from 0 to 1, a percent (38%), or in",
        f"mid alone a word that stands for a range: {', '.join(ICD_203.words)}. “{NOT_STATED}” says nothing.",
        "Paces: the chance that the step is made within so many days (within_days), if nothing else happens first.",
        "holds: how often such a range of yours would hold the truth; blank means 90%.",
        "Prior: how probable each explanation was before the evidence; give all of them, or none. They sum to 1.",
        "because: your reason, in a sentence.",
        "Decimal commas, percents and dates may be written as your country does. Do not change the grey columns.",
    ]
    sheet["A1"], sheet["B1"] = NAME, name or None
    sheet["A1"].font = Font(bold=True)
    sheet["B1"].fill = PatternFill("solid", fgColor=FILLED)
    for number, line in enumerate(lines, 3):
        cell = sheet.cell(number, 1, _text(line))
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=2)
    sheet["A3"].font = Font(bold=True, size=14)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 30, 90
    for number in (4, 6, 7, 8, 9):
        sheet.row_dimensions[number].height = 30


def _fill(sheet: Worksheet, asked: Questions, table: str, cells: Sequence[Cells]) -> None:
    """Write one sheet: a title, what the columns are for, their names, and a row for each cell."""
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    docs = {spec.name: spec.column.doc for spec in specs(KINDS[table])}
    judged = list(JUDGED[table])
    context = _context(asked, table, cells)
    names = [*CELLS[table], *(column.name for column in context), *judged]
    told = len(names) - len(judged)
    for row, (text, start, end) in enumerate(
        ((f"{SHEETS[table]}: {asked.title}", 1, len(names)), ("Judged", 1, told)), 1
    ):
        sheet.cell(row, start, _text(text)).font = Font(bold=True)
        sheet.merge_cells(start_row=row, end_row=row, start_column=start, end_column=end)
    sheet.cell(2, told + 1, "Your judgement").font = Font(bold=True)
    sheet.merge_cells(start_row=2, end_row=2, start_column=told + 1, end_column=len(names))
    for place, name in enumerate(names, 1):
        cell = sheet.cell(HEAD, place, name)
        cell.font = Font(bold=True)
        if name in docs:
            cell.comment = Comment(docs[name], "detente")
        sheet.column_dimensions[get_column_letter(place)].width = WIDTHS.get(name, 14)
    for number, values in enumerate(cells, HEAD + 1):
        for place, name in enumerate(names, 1):
            cell = sheet.cell(number, place)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if name in judged:
                cell.fill = PatternFill("solid", fgColor=FILLED)
            else:
                cell.font = Font(color=GREY) if name in CELLS[table] else Font()
            told_here = next((column.texts[number - HEAD - 1] for column in context if column.name == name), None)
            value = values.get(name) if told_here is None else told_here
            if value:
                cell.value = int(value) if name == "within_days" and value.isdigit() else _text(value)
    sheet.freeze_panes = sheet.cell(HEAD + 1, 1)
    _drop_down(sheet, names, table, HEAD + len(cells))


def _drop_down(sheet: Worksheet, names: Sequence[str], table: str, last: int) -> None:
    """Offer words for the best guess and shares for what a range holds; hint at what the ends may be."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    lists = {"holds": MASSES, **({"mid": (*ICD_203.words, NOT_STATED)} if table == LIKELIHOODS else {})}
    for name, options in lists.items():
        if name in names:
            choice = DataValidation(type="list", formula1=f'"{",".join(options)}"', allow_blank=True)
            choice.showErrorMessage = False  # a number will do as well
            letter = get_column_letter(names.index(name) + 1)
            choice.add(f"{letter}{HEAD + 1}:{letter}{last}")
            sheet.add_data_validation(choice)
    bounds = DataValidation(type="decimal", operator="between", formula1="0", formula2="1", allow_blank=True)
    bounds.errorStyle = "warning"
    bounds.error = "From 0 to 1, or a percent such as 38%."
    for name in ("low", "high", "weight", *(() if "mid" in lists else ("mid",))):
        if name in names:
            letter = get_column_letter(names.index(name) + 1)
            bounds.add(f"{letter}{HEAD + 1}:{letter}{last}")
    sheet.add_data_validation(bounds)


def _context(asked: Questions, table: str, cells: Sequence[Cells]) -> list[Context]:
    """Return the columns that say in words what each cell is about."""
    statements = {hypothesis.id: hypothesis.statement for hypothesis in asked.hypotheses}
    if table == LIKELIHOODS:
        under = [statements[cell["hypothesis"]] for cell in cells]
        by_id = {item.id: item for item in asked.items}
        items = [by_id[cell["evidence"]] for cell in cells]
        absent = "Looked for and not seen: {} (Judge how likely it is to be seen.)"
        claims = [item.claim if item.observed else absent.format(item.claim) for item in items]
        days = [item.date.isoformat() for item in items]
        return [Context("date", days), Context("claim", claims), Context("statement", under)]
    if table == INTENSITIES:
        steps = [f"{words(cell['from'])} to {words(cell['to'])}" for cell in cells]
        under, when = [asked.supposed(cell) for cell in cells], [asked.when(cell) for cell in cells]
        return [Context("step", steps), Context("statement", under), Context("when", when)]
    under = [statements[cell["hypothesis"]] for cell in cells]
    return [Context("statement", under)]


def _text(value: str) -> str:
    """Return a text that no spreadsheet runs, without letters that its format cannot hold."""
    plain = "".join(letter for letter in value if letter.isprintable() or letter == "\n")
    return f"'{plain}" if plain[:1] in "=+-@" and plain else plain
