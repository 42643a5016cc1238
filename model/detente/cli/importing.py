"""``detente import``: a matrix of competing hypotheses as a new case."""

from __future__ import annotations

import datetime as dt
import shlex
from pathlib import Path

import click

from detente.cli import options
from detente.cli.screen import say


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "name", metavar="CASE", help="Name of the new case (default: that of the file).")
@click.option(
    "--date",
    "day",
    type=options.IsoDate(),
    help="Day on which all of it was known: the case's cut-off (default: today).",
)
@options.workspace
def import_command(file: Path, name: str | None, day: dt.date | None, workspace: Path) -> None:
    """Write a new case from an ACH matrix: a line for each item, a column for each hypothesis.

    Cells are CC, C, N, I, II, N/A or blank; columns `credibility` and `rater` may stand beside them. No likelihoods
    have been published for these ratings: what they become is a convention, which `detente help exchange` states and
    every judgement repeats. Replace it by what you think.

    \b
    Example:
      detente import matrix.csv --as dispute
    """
    from detente.case.template import slug
    from detente.exchange.ach import RATINGS, read_matrix, write_case

    matrix = read_matrix(file)
    name = name or slug(file.stem)
    for path in write_case(matrix, name, workspace, day or dt.datetime.now(tz=dt.UTC).astimezone().date()):
        say(f"wrote {path}")
    taken = ", ".join(f"{rating} {mid:.0%}" for rating, (_, mid, _) in RATINGS.items())
    say(f"taken as P(seen | hypothesis): {taken}; a convention, since none has been published (detente help exchange)")
    if matrix.raters > 1:
        say(f"ratings of {matrix.raters} people were averaged; each judgement says who rated what")
    where = "" if str(workspace) == "." else f" --workspace {shlex.quote(str(workspace))}"
    say(f"next: detente check {name}{where}")
