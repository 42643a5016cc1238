"""``detente export`` and ``detente import``: a case for other programs, and theirs as a case or as sheets of one."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.cases import find_own
from detente.cli.screen import say, say_next
from detente.errors import CaseError
from detente.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from detente.case import Case
    from detente.exchange.ach import Matrix

NETWORKS, QUESTIONS = ("bif", "xdsl", "uai"), ("metaculus", "csv")


class Numbered(click.ParamType[tuple[str, int]]):
    """A question and its number elsewhere, such as leaders_met=12345."""

    name = "question"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        """Parse the text, or fail with the form that is wanted."""
        name, is_given, number = str(value).rpartition("=")
        if not is_given or not name or not (number.isascii() and number.isdigit()) or len(number) > 15:  # noqa: PLR2004 - what JSON holds
            self.fail(f'"{value}" is not a question and its number, such as leaders_met=12345', param, ctx)
        return name, int(number)


@options.command("export")
def export_command(
    case: str | None = options.case,
    workspace: Path = options.workspace,
    as_of: dt.date | None = options.as_of,
    to: str = options.option(
        "bif, xdsl, uai: the evidence as a Bayesian network; metaculus, csv: the questions and their probabilities.",
        type=click.Choice((*NETWORKS, *QUESTIONS)),
        required=True,
    ),
    numbers: tuple[tuple[str, int], ...] = options.option(
        "With metaculus: hypothesis, outcome, outcome.window or hypotheses (all as options), and its number there.",
        "--question",
        type=Numbered(),
        metavar="NAME=NUMBER",
        multiple=True,
    ),
    out: Path | None = options.out("Folder for the files (default: reports/CASE/export in the workspace)."),
) -> None:
    """Write a case, or what is forecast of it, for other programs.

    A network holds the evidence in force and the recorded history; what was found stands in a table beside it. It is a
    tree of discrete variables with the same P(hypothesis | evidence); `detente help exchange` says what it leaves out.
    Probabilities are those of the exact engine.

    \b
    Example:
      detente export turkey-syria --to xdsl
    """
    from detente.case import find_case, load_case
    from detente.case.writing import replace_files
    from detente.exchange.formats import files
    from detente.exchange.network import network

    if (to == "metaculus") != bool(numbers):
        need = "needs --question NAME=NUMBER for each question" if to == "metaculus" else "takes no --question"
        raise click.UsageError(f"--to {to} {need}")
    cut = load_case(case, workspace, as_of)
    texts = files(network(cut), to) if to in NETWORKS else _questions(cut, to, numbers)
    folder = out or workspace / "reports" / find_case(case, workspace).name / "export"
    replace_files({folder / name: text.encode() for name, text in texts.items()})
    for name in texts:
        say(f"wrote {folder / name}")


def _questions(case: Case, to: str, numbers: tuple[tuple[str, int], ...]) -> dict[str, str]:
    from detente.exchange.questions import to_metaculus, to_table
    from detente.forecast import forecast

    answer = forecast(case, Settings(engine="exact", in_full=False))
    if to == "csv":
        return {f"{answer.case}.questions.csv": to_table(answer)}
    return {f"{answer.case}.metaculus.json": to_metaculus(answer, numbers)}


@options.command("import")
def import_command(
    file: Path = options.read_file,
    name: str | None = options.option("Name of the new case (default: that of the file).", "--as", metavar="CASE"),
    day: dt.date | None = options.day(
        "Day on which all of it was known: the case's cut-off (default: today).", "--date"
    ),
    into: str | None = options.option(
        "Case whose assessors the raters are: each gets a sheet of his own.", metavar="CASE"
    ),
    round_: int = options.round_number("Round of judgements."),
    workspace: Path = options.workspace,
) -> None:
    """Write a new case from an ACH matrix: a line for each item, a column for each hypothesis.

    Cells are CC, C, N, I, II, N/A or blank; columns `credibility` and `rater` may stand beside them. No likelihoods
    have been published for these ratings: what they become is a convention, which `detente help exchange` states and
    every judgement repeats. Replace it by what you think. With --into a case that is there keeps its facts, and what
    each rater said of them goes into priors/CASE/assessors/NAME/.

    \b
    Example:
      detente import matrix.csv --as dispute
    """
    from detente.case.template import slug
    from detente.exchange.ach import RATINGS, read_matrix, write_case

    if into is not None and (name or day):
        raise click.UsageError("give --into, for a case that is there, or --as and --date, for a new one, not both")
    matrix = read_matrix(file)
    if into is None:
        name = name or slug(file.stem)
        for path in write_case(matrix, name, workspace, day or dt.datetime.now(tz=dt.UTC).astimezone().date()):
            say(f"wrote {path}")
    else:
        name = into
        _take(matrix, into, round_, file, workspace)
    taken = ", ".join(f"{rating} {mid:.0%}" for rating, (_, mid, _) in RATINGS.items())
    say(f"taken as P(seen | hypothesis): {taken}; a convention, since none has been published (detente help exchange)")
    if into is None and matrix.raters > 1:
        say(f"ratings of {matrix.raters} people were averaged; each judgement says who rated what")
    say_next(workspace, "check", name)


def _take(matrix: Matrix, case: str, round_: int, file: Path, workspace: Path) -> None:
    """Take what each rater judged into a sheet of his own."""
    from detente.case.judging import LIKELIHOODS, questions, take
    from detente.case.locating import FOLDER
    from detente.exchange.ach import sheets

    location = find_own(case, workspace)
    people = sheets(matrix, questions(location), file)
    taken = take(location, {who: {LIKELIHOODS: rows} for who, rows in people.items()}, round_, f"matrix {file.name}")
    if taken.wrong:
        raise CaseError([problem for problem, _ in taken.wrong])
    for who, rows in people.items():
        say(f"{who}: {len(rows)} likelihoods taken into {location.priors / FOLDER / who}")
    say(f"`detente undo {case}` takes them back")
