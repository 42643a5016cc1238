"""The command ``detente check``: validate a case and lint its judgements."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.errors import CaseError, CutoffError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from detente.case import Case, CaseLocation


@click.command("check")
@click.argument("case", required=False)
@options.workspace
@options.as_json
@click.pass_context
def command(context: click.Context, case: str | None, workspace: Path, as_json: bool) -> None:
    """Validate a case and lint its judgements.

    Errors are reported all at once, one a line; the exit code is then 1.  Advice does not stop a forecast: exit code 0.

    \b
    Example:
      $ detente check my-case
      my-case: 6 items in 2 clusters, 1 process, 2 outcomes: no problem found
    """
    from detente.case import find_case
    from detente.case.check import examine

    location = find_case(case, workspace)
    try:
        found, advice = examine(location)
    except (CaseError, CutoffError) as error:
        if not as_json:
            raise
        click.echo(_answer(location, _problems(error), ()))
        context.exit(1)
    if as_json:
        click.echo(_answer(location, (), advice))
        return
    verdict = "no problem found" if not advice else f"no error, {_count(len(advice), 'piece')} of advice"
    bundled = " (bundled with detente)" if location.bundled else ""
    click.echo(f"{found.id}{bundled}: {_contents(found)}: {verdict}")
    for piece in advice:
        click.echo(str(piece))


def _contents(case: Case) -> str:
    clusters = {item.cluster for item in case.evidence if item.cluster}
    return ", ".join(
        (
            f"{_count(len(case.evidence), 'item')} in {_count(len(clusters), 'cluster')}",
            _count(len(case.processes), "process", "processes"),
            _count(len(case.outcomes), "outcome"),
        )
    )


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _problems(error: CaseError | CutoffError) -> Sequence[Problem]:
    if isinstance(error, CaseError):
        return error.problems
    return [Problem("", 0, line) for line in str(error).splitlines()]


def _answer(location: CaseLocation, problems: Sequence[Problem], advice: Sequence[Problem]) -> str:
    answer = {
        "case": location.name,
        "bundled": location.bundled,
        "status": "error" if problems else "advice" if advice else "clean",
        "problems": [asdict(problem) for problem in problems],
        "advice": [asdict(piece) for piece in advice],
    }
    return json.dumps(answer, ensure_ascii=False, indent=2)
