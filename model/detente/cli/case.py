"""``detente new`` and ``detente check``: write a commented case, validate a case and lint its judgements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.cli import options
from detente.cli.screen import say, say_next, show_json
from detente.errors import EXIT_USER, CaseError, CutoffError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from detente.case import CaseLocation


@options.command("new")
def new_command(
    case: str = options.argument(),
    example: str | None = options.option("Copy this bundled case instead of the skeleton.", metavar="CASE"),
    workspace: Path = options.workspace,
) -> None:
    """Write a new case: commented files to fill in, which run as they are.

    Nothing is overwritten, and either all files are written or none.

    \b
    Example:
      detente new my-case --example turkey-syria
    """
    from detente.case.template import new_case

    for path in new_case(case, workspace, example):
        say(f"wrote {path}")
    say_next(workspace, "check", case)


@options.command("check")
def check_command(
    case: str | None = options.case,
    workspace: Path = options.workspace,
    *,
    verbose: bool = options.switch("Print every piece of advice, also where many lines of a file need it."),
    as_json: bool = options.SPOKEN["as_json"],
) -> int:
    """Validate a case and review its judgements.

    All errors are reported at once, one a line, and the exit code is then 1. Advice does not stop a forecast.

    \b
    Example:
      detente check my-case
    """
    from detente.case import find_case
    from detente.case.check import examine, gathered

    location = find_case(case, workspace)
    try:
        read, advice = examine(location)
    except (CaseError, CutoffError) as error:
        if not as_json:
            raise
        lines = [Problem("", 0, line) for line in str(error).splitlines()]
        show_json(_answer(location, error.problems if isinstance(error, CaseError) else lines, ()))
        return EXIT_USER
    if as_json:
        show_json(_answer(location, (), advice))
        return 0
    verdict = "no problem found" if not advice else f"no error, {_count(len(advice), 'piece')} of advice"
    bundled = " (bundled with detente)" if location.bundled else ""
    clusters = _count(len({item.cluster for item in read.evidence if item.cluster}), "cluster")
    processes, outcomes = _count(len(read.processes), "process", "processes"), _count(len(read.outcomes), "outcome")
    contents = f"{_count(len(read.evidence), 'item')} in {clusters}, {processes}, {outcomes}"
    say(f"{read.id}{bundled}: {contents}: {verdict}")
    shown = advice if verbose else gathered(advice)
    for piece in shown:
        say(str(piece))
    if len(shown) < len(advice):
        say("each piece on a line of its own: --verbose", err=True)
    return 0


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _answer(location: CaseLocation, problems: Sequence[Problem], advice: Sequence[Problem]) -> dict[str, object]:
    return {
        "case": location.name,
        "bundled": location.bundled,
        "status": "error" if problems else "advice" if advice else "clean",
        "problems": [{"file": one.file, "line": one.line, "message": one.message} for one in problems],
        "advice": [{"file": one.file, "line": one.line, "message": one.message} for one in advice],
    }
