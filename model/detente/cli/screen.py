"""How a command speaks: its result on stdout, its talk on stderr, for people or for programs."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import Console
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from detente.diagnostics import Diagnostics
    from detente.errors import Problem
    from detente.inference import Progress
    from detente.report.tables import Table


WIDE = 160
"""Columns of an output that is not a terminal."""
_CONTROL = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"


class Screen(NamedTuple):
    """What was asked for: the machine's answer, only errors, every stage, no colours."""

    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    no_color: bool = False

    def writes(self, out: Path | None) -> bool:
        """Tell whether files are written: with the machine's answer only where the user said where."""
        return out is not None or not self.as_json

    def advise(self, advice: Iterable[Problem]) -> None:
        """Say beside the result what may be a slip in the input, unless only errors are wanted."""
        for piece in () if self.quiet else advice:
            say(str(piece), err=True)

    def console(self) -> Console:
        """Return a console for the result; where the reader of a pipe goes away, it leaves that to :mod:`main`."""
        from rich.console import Console

        class Piped(Console):
            def on_broken_pipe(self) -> None:
                raise BrokenPipeError

        return Piped(no_color=self.no_color or None, highlight=False)

    def show(self, part: str | Table[Any]) -> None:
        """Print lines, or a table with its caption above it; the table is as wide as the terminal, if there is one."""
        if isinstance(part, str):
            say(part)
            return
        from detente.report.tables import to_text

        if part.caption:
            say(part.caption)
        console = self.console()
        say(to_text(part, console.width if console.is_terminal else WIDE))

    def answer(
        self, to_json: Callable[[], object], parts: Iterable[str | Table[Any]], between: str | None = None
    ) -> None:
        """Print the machine's answer where that was asked for, else its parts, each with ``between`` below it."""
        if self.as_json:
            show_json(to_json())
            return
        for part in parts:
            self.show(part)
            if between is not None:
                say(between)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Yield a function to be told stages: a bar on a terminal, a line per stage with ``verbose``, else silence."""
        if self.quiet or not (self.verbose or sys.stderr.isatty()):
            yield _nobody
        elif self.verbose:
            yield _lines()
        else:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                Progress,
                SpinnerColumn,
                TextColumn,
                TimeElapsedColumn,
                TimeRemainingColumn,
            )

            columns = (
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
            )
            with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
                yield _bar(bar)


def say(text: str, *, err: bool = False) -> None:
    r"""Print lines for people; what a case says cannot steer the terminal.

    >>> say("\x1b[31mred\x9b")
    [31mred
    """
    click.echo(re.sub(_CONTROL, "", text), err=err)


def show_json(answer: object) -> None:
    """Print the machine's answer."""
    from detente.jsonable import json_text

    click.echo(json_text(answer), nl=False)


def show_failed(diagnostics: Diagnostics) -> bool:
    """Say on stderr which diagnostics failed, and tell whether any did."""
    failed = [check for check in diagnostics.checks if check.status == "fail"]
    for check in failed:
        from detente.report.names import check_finding

        say(f"diagnostics failed: {check.name}: {check_finding(check)}; {check.advice}", err=True)
    return bool(failed)


def command_line(*words: str, **options: object) -> str:
    """Return a command as it would be typed again, without the options that were not given.

    >>> command_line("verify", "my-case", replicates=200, as_of=None, random_cases=3)
    'detente verify my-case --replicates 200 --random-cases 3'
    """
    import shlex

    given = ((f"--{name.replace('_', '-')}", str(value)) for name, value in options.items() if value is not None)
    return shlex.join(["detente", *words, *(part for pair in given for part in pair)])


def say_next(workspace: Path, *words: str) -> None:
    """Say which command comes next, in a workspace."""
    say(f"next: {command_line(*words, workspace=None if workspace == Path() else workspace)}")


def _bar(bar: RichProgress) -> Progress:
    tasks: dict[str, TaskID] = {}

    def tell(stage: str, done: float | None) -> None:
        if stage not in tasks:
            for task in tasks.values():
                bar.update(task, total=1, completed=1, visible=False)
            tasks[stage] = bar.add_task(stage, total=None if done is None else 1)
        if done is not None:
            bar.update(tasks[stage], total=1, completed=done)

    return tell


def _lines() -> Progress:
    stages: list[str] = []

    def tell(stage: str, done: float | None) -> None:
        del done
        if stage not in stages:
            stages.append(stage)
            say(stage, err=True)

    return tell


def _nobody(stage: str, done: float | None) -> None:
    del stage, done
