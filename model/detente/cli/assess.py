"""``detente assess``: one assessor's judgements, asked for one at a time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.cases import find_own
from detente.cli.screen import command_line, say
from detente.errors import CaseError

if TYPE_CHECKING:
    from pathlib import Path


@options.command("assess")
def assess_command(
    case: str | None = options.case,
    name: str = options.option("Your name.", "--as", metavar="NAME", required=True),
    round_: int = options.round_number("Round; from the second on what the others judged is shown, without names."),
    workspace: Path = options.workspace,
) -> None:
    """Judge a case alone: every likelihood, pace and prior probability, one at a time at the terminal.

    The first round shows nothing that others have judged, and a second one what they did, without names, beside your
    own: an empty line keeps yours. What is left blank is left out. Every answer is checked as it comes and kept in a
    draft: the same command goes on from there. At the end the answers go into priors/CASE/assessors/NAME/.

    \b
    Example:
      detente assess my-case --as ana
    """
    from detente.case.judging import KINDS, assessor_name, judged, questions, take
    from detente.case.locating import FOLDER
    from detente.cli.judgements import Session, counted
    from detente.cli.prompts import InterviewFile, conduct

    location = find_own(case, workspace)
    who = assessor_name(name)
    asked = questions(location)
    if not sys.stdin.isatty():
        instead = command_line("sheet", asked.case)
        raise click.UsageError(f"the input is not a terminal, so nobody can be asked: fill in a workbook ({instead})")
    session = Session(asked, who, round_, {table: judged(location, table) for table in KINDS})
    draft = InterviewFile(location.priors / "drafts" / f"{who}-{round_}.yaml")
    with draft.until_written():
        rows = conduct(session.ask, {}, draft)
        if not any(rows.values()):
            say("nothing new was judged")
            return
        taken = take(location, {who: rows}, round_, f"assessment of {who}")
        if taken.wrong:
            raise CaseError([problem for problem, _ in taken.wrong])
    say(f"{who}: {counted(rows)} written into {location.priors / FOLDER / who}")
