"""Options that recur, declared once."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import click

from detente.settings import DEFAULT_RANDOM_SEED


class IsoDate(click.ParamType[dt.date]):
    """An ISO date, such as 2023-02-08."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:  # noqa: ANN401 - click's signature
        """Parse the text, or fail with the form that is wanted."""
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            self.fail(f'"{value}" is not an ISO date such as 2023-02-08', param, ctx)


def processors() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


workspace = click.option(
    "--workspace",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    show_default="the current folder",
    help="Folder that holds seeds/, priors/ and reports/.",
)
as_of = click.option("--as-of", type=IsoDate(), help="Information cut-off (default: the case's own).")
workers = click.option(
    "--workers",
    type=click.IntRange(1),
    default=processors(),
    show_default="the processors there are",
    help="Processes to spread the work over.",
)
target = click.option("--target", help="Hypothesis or outcome in question (default: the leading hypothesis).")
random_seed = click.option(
    "--random-seed", type=click.IntRange(0), default=DEFAULT_RANDOM_SEED, show_default=True, help="Random seed."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print the machine's answer on stdout.")
quiet = click.option("--quiet", is_flag=True, help="Say nothing but errors on stderr.")
no_color = click.option("--no-color", is_flag=True, help="No colours (NO_COLOR is honoured too).")
verbose = click.option("--verbose", is_flag=True, help="Say each stage on stderr, also where it is no terminal.")
