"""``detente sheet``: a workbook for an assessor to fill in, and back again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.cases import find_own
from detente.cli.screen import command_line, say
from detente.errors import CaseError, OutputError, Problem

if TYPE_CHECKING:
    from detente.case import CaseLocation
    from detente.case.judging import Questions


@options.command("sheet")
def sheet_command(
    case: str | None = options.case,
    out: Path | None = options.path("Workbook to write (default: CASE.xlsx).", dir_okay=False),
    taken: Path | None = options.path("Read this filled-in workbook instead.", "--take"),
    name: str | None = options.option(
        "Whose judgements they are (default: the name in the workbook).", "--as", metavar="NAME"
    ),
    round_: int = options.round_number("Round of judgements."),
    workspace: Path = options.workspace,
) -> None:
    """Write a workbook (.xlsx) in which somebody can judge a case alone, or take a filled-in one back.

    It asks for every likelihood, pace and prior probability, with instructions and drop-downs, and shows nobody's
    judgements. With --take its answers go into priors/CASE/assessors/NAME/; decimal commas, percents and merged cells
    are understood, blank rows are left out, and every problem names its sheet and cell.

    \b
    Example:
      detente sheet my-case --take ana.xlsx --as ana
    """
    from detente.case import find_case
    from detente.case.judging import questions

    if taken is not None and out is not None:
        raise click.UsageError("give --out, to write a workbook, or --take, to read one, not both")
    if taken is None:
        _write(questions(find_case(case, workspace)), out, name)
    else:
        _take(find_own(case, workspace), taken, name, round_)


def _write(asked: Questions, out: Path | None, name: str | None) -> None:
    from detente.case.judging import assessor_name
    from detente.case.workbook import workbook
    from detente.case.writing import replace_files

    if name is not None:
        name = assessor_name(name)
    path = out or Path(f"{asked.case}{f'-{name}' if name else ''}.xlsx")
    if path.suffix != ".xlsx":
        raise click.UsageError(f'--out: a workbook ends in .xlsx (got "{path.name}")')
    content = workbook(asked, name or "")
    if path.exists():
        raise OutputError(path, FileExistsError("it is there already: name another with --out"))
    replace_files({path: content})
    say(f"wrote {path}")
    say(f"next: fill it in, then {command_line('sheet', asked.case, take=path, **{'as': name or 'NAME'})}")


def _take(location: CaseLocation, path: Path, name: str | None, round_: int) -> None:
    from detente.case.judging import CELLS, assessor_name, cell_of, questions, take
    from detente.case.locating import FOLDER
    from detente.case.workbook_reading import read_workbook
    from detente.cli.judgements import counted
    from detente.report.prose import listed

    asked = questions(location)
    answers = read_workbook(path, asked)
    who = name or answers.name
    if not who:
        raise click.UsageError(f"{path}: does not say whose it is: add --as NAME")
    who = assessor_name(who)
    if not any(answers.rows.values()) and not answers.wrong:
        raise CaseError([Problem(str(path), 0, "nothing is filled in")])
    keep = {
        table: [{column: text for column, text in row.items() if text} for row in rows]
        for table, rows in answers.rows.items()
    }
    taken = take(location, {who: keep}, round_, f"sheet of {who}", dry_run=bool(answers.wrong))
    if taken.wrong or answers.wrong:
        rows = {
            (table, cell_of(table, row)): place
            for table in keep
            for row, place in zip(answers.rows[table], answers.places[table], strict=True)
        }
        inside = []
        for problem, cell in taken.wrong:
            sheet, line = rows.get(cell, ("", 0)) if cell else ("", 0)
            inside.append(Problem(f"{path}, sheet {sheet}" if sheet else str(path), line, problem.message))
        raise CaseError([*answers.wrong, *inside])
    home = location.priors / FOLDER / who
    say(f"{who}: {counted(keep)} taken into {home}; `detente undo {location.name}` takes that back")
    out = [
        f"{left} of {len(asked.cells(table))} in {table}"
        for table in CELLS
        if (left := len(asked.cells(table)) - len(keep.get(table, ())))
    ]
    if out:
        say(f"left out: {listed(out)}")
