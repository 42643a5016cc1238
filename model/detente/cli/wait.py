"""``detente wait``: when a wait will end, by a class of earlier waits alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from detente.case.reference_class import HALF_LIFE_YEARS
from detente.cli import options
from detente.cli.screen import Screen, say

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path


DAYS = (30, 90, 180, 365, 730)
"""What is asked where nothing is."""


@options.command("wait")
def wait_command(
    file: Path = options.read_file,
    by: tuple[dt.date, ...] = options.option(
        "Day by which the wait may have ended; may be repeated.", multiple=True, type=options.IsoDate()
    ),
    days: tuple[int, ...] = options.option(
        "The same, in days from the cut-off.", multiple=True, type=click.IntRange(1)
    ),
    since: dt.date | None = options.day("The day this wait began (default: it begins at the cut-off)."),
    as_of: dt.date | None = options.day("Use nothing that became known after this day (default: the last in FILE)."),
    state: str | None = options.option("State that is waited for, of a reference class with several.", metavar="STATE"),
    of: str | None = options.option("Class to use, of a table with several.", "--class", metavar="CLASS"),
    half_life: float = options.valued(
        options.FiniteRange(0, min_open=True), HALF_LIFE_YEARS, "Years after which an earlier wait counts half."
    ),
    out: Path | None = options.out("Folder for wait.json, wait.csv (the curve) and wait.svg."),
    screen: Screen = options.screen("as_json"),
) -> None:
    """Answer how long a wait will be from a class of earlier waits alone: no hypotheses, no evidence, no case.

    FILE is a table of earlier waits with the columns `start` and `end` (blank for one still going on), and perhaps
    `ended` (no for one that was cut short), or a case's reference_class.csv; it may be compressed (.csv.gz). The
    waiting-time model is that of a case's outside view. With --since the probability is that of a wait that has lasted
    so long.

    \b
    Example:
      detente wait seeds/turkey-syria/reference_class.csv --state leaders_met --as-of 2023-02-08 --since 2022-12-28
    """
    import datetime as dt

    from detente.case.spells import read_spells
    from detente.forecast.spells import wait_forecast
    from detente.jsonable import json_text, jsonable
    from detente.report.wait_tables import curve_table, wait_figure, wait_parts

    spells = read_spells(file, state, of)
    cutoff = as_of or max(spell.last for spell in spells)
    if not any(spell.start < cutoff for spell in spells):
        if as_of is None:
            text = f"the only day in {file} is {cutoff}, on which a wait began: say with --as-of how long it has lasted"
            raise click.UsageError(text)
        raise click.UsageError(f"--as-of {cutoff}: no wait in {file} had begun before it")
    if since is not None and since > cutoff:
        raise click.UsageError(f"--since {since}: must not be later than the cut-off, {cutoff}")
    early = [day for day in by if day <= cutoff]
    if early:
        raise click.UsageError(f"--by {early[0]}: must be later than the cut-off, {cutoff} (give another with --as-of)")
    asked = [*days, *((day - cutoff).days for day in by)] or [*DAYS]
    if max(asked) > (dt.date.max - cutoff).days:
        raise click.UsageError(f"--days {max(asked)}: is beyond the last day of the calendar")
    answered = wait_forecast(spells, cutoff, asked, half_life, since)
    answer = {"schema": 1, **jsonable(answered)}
    if out is not None:
        from detente.case.folders import renew_folder
        from detente.report.figures.svg import to_files
        from detente.report.tables import to_csv

        files = to_files([wait_figure(answered)])
        files |= {
            "wait.json": json_text(answer).encode(),
            "wait.csv": to_csv(curve_table(answered)).encode(),
        }
        renew_folder(out, files)
    screen.answer(lambda: answer, wait_parts(answered))
    if out is not None and not screen.as_json:
        say(f"curve and picture: {out / 'wait.csv'}, {out / 'wait.svg'}")
