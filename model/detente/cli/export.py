"""``detente export``: a case or its forecast in the formats of other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.screen import say

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from detente.case import Case

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


@click.command("export")
@click.argument("case", required=False)
@options.workspace
@options.as_of
@click.option(
    "--to",
    type=click.Choice((*NETWORKS, *QUESTIONS)),
    required=True,
    help="bif, xdsl, uai: the evidence as a Bayesian network; metaculus, csv: the questions and their probabilities.",
)
@click.option(
    "--question",
    "numbers",
    type=Numbered(),
    metavar="NAME=NUMBER",
    multiple=True,
    help="With metaculus: hypothesis, outcome, outcome.window or hypotheses (all as options), and its number there.",
)
@options.out("Folder for the files (default: reports/CASE/export in the workspace).")
def export_command(
    case: str | None,
    workspace: Path,
    as_of: dt.date | None,
    to: str,
    numbers: tuple[tuple[str, int], ...],
    out: Path | None,
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

    if (to == "metaculus") != bool(numbers):
        need = "needs --question NAME=NUMBER for each question" if to == "metaculus" else "takes no --question"
        raise click.UsageError(f"--to {to} {need}")
    cut = load_case(case, workspace, as_of)
    texts = _network(cut, to) if to in NETWORKS else _questions(cut, to, numbers)
    folder = out or workspace / "reports" / find_case(case, workspace).name / "export"
    replace_files({folder / name: text.encode() for name, text in texts.items()})
    for name in texts:
        say(f"wrote {folder / name}")


def _network(case: Case, to: str) -> dict[str, str]:
    from detente.exchange.formats import files
    from detente.exchange.network import network

    return files(network(case), to)


def _questions(case: Case, to: str, numbers: tuple[tuple[str, int], ...]) -> dict[str, str]:
    from detente.exchange.questions import to_metaculus, to_table
    from detente.forecast import forecast
    from detente.settings import Settings

    answer = forecast(case, Settings(engine="exact", in_full=False))
    if to == "csv":
        return {f"{answer.case}.questions.csv": to_table(answer)}
    return {f"{answer.case}.metaculus.json": to_metaculus(answer, numbers)}
