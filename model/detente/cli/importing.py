"""``detente import``: a matrix of competing hypotheses as a new case, or as sheets of the assessors of one."""

from __future__ import annotations

import datetime as dt
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.screen import say

if TYPE_CHECKING:
    from detente.exchange.ach import Matrix


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "name", metavar="CASE", help="Name of the new case (default: that of the file).")
@click.option(
    "--date",
    "day",
    type=options.IsoDate(),
    help="Day on which all of it was known: the case's cut-off (default: today).",
)
@click.option("--into", metavar="CASE", help="Case whose assessors the raters are: each gets a sheet of his own.")
@options.round_number
@options.workspace
def import_command(
    file: Path, name: str | None, day: dt.date | None, into: str | None, round_: int, workspace: Path
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
    where = "" if str(workspace) == "." else f" --workspace {shlex.quote(str(workspace))}"
    say(f"next: detente check {name}{where}")


def _take(matrix: Matrix, case: str, round_: int, file: Path, workspace: Path) -> None:
    """Take what each rater judged into a sheet of his own."""
    from detente.case import find_case
    from detente.case.judging import LIKELIHOODS, questions, take
    from detente.case.locating import FOLDER
    from detente.errors import BundledCaseError, CaseError
    from detente.exchange.ach import sheets

    location = find_case(case, workspace)
    if location.bundled:
        raise BundledCaseError(location.name)
    people = sheets(matrix, questions(location), file)
    taken = take(location, {who: {LIKELIHOODS: rows} for who, rows in people.items()}, round_, f"matrix {file.name}")
    if taken.wrong:
        raise CaseError([problem for problem, _ in taken.wrong])
    for who, rows in people.items():
        say(f"{who}: {len(rows)} likelihoods taken into {location.priors / FOLDER / who}")
    say(f"`detente undo {case}` takes them back")
