"""What a long command says on stderr while it works: stages, and time left where it can be known."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.inference import Progress


@contextmanager
def told(*, quiet: bool, verbose: bool) -> Iterator[Progress]:
    """Yield a function to be told stages: a bar on a terminal, a line a stage with ``verbose``, else silence."""
    if quiet or not (verbose or sys.stderr.isatty()):
        yield _nobody
    elif verbose:
        yield _lines()
    else:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            tasks: dict[str, int] = {}

            def tell(stage: str, done: float | None) -> None:
                if stage not in tasks:
                    for task in tasks.values():
                        bar.update(task, total=1, completed=1, visible=False)  # type: ignore[arg-type]
                    tasks[stage] = bar.add_task(stage, total=None if done is None else 1)
                if done is not None:
                    bar.update(tasks[stage], total=1, completed=done)  # type: ignore[arg-type]

            yield tell


def _lines() -> Progress:
    seen: list[str] = []

    def tell(stage: str, done: float | None) -> None:
        del done
        if stage not in seen:
            seen.append(stage)
            click.echo(stage, err=True)

    return tell


def _nobody(stage: str, done: float | None) -> None:
    del stage, done
