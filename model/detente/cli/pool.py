"""``detente pool``: one probability from those that several people gave, and how well that does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.screen import Screen, say
from detente.errors import suggestion

if TYPE_CHECKING:
    from pathlib import Path


@options.command("pool")
def pool_command(
    file: Path = options.read_file,
    of_round: str | None = options.option(
        "Use this round alone (default: what each said last).", "--round", metavar="ROUND"
    ),
    out: Path | None = options.out("Folder for pool.json and pool.csv."),
    screen: Screen = options.screen("as_json"),
) -> None:
    """Pool the probabilities that several people gave, and score the pool on the questions that are answered.

    FILE has the columns `question`, `person` and `probability` (or percent), and may have `low` and `high`, `round`
    and `outcome` (yes or no once known); it may be compressed (.csv.gz). Beside mean, median and mean of log odds
    stands a pool that learns from the answered questions how far to sharpen and whom to trust; each answered question
    is scored by what the others teach.

    \b
    Example:
      detente pool forecasts.csv --round 2
    """
    from detente.case.opinions import read_opinions
    from detente.evaluation.pooled import pool_opinions
    from detente.jsonable import json_text, jsonable
    from detente.report.pool_tables import csv_table, pool_parts

    opinions = read_opinions(file)
    if of_round is not None and of_round not in opinions.rounds:
        named = [name for name in opinions.rounds if name.removeprefix("round_") == of_round]
        if not named:
            rounds = ", ".join(filter(None, opinions.rounds)) or "no rounds"
            near = suggestion(of_round, opinions.rounds)
            raise click.UsageError(f"--round {of_round}: the table has {rounds}{near}")
        of_round = named[0]
    pooled = pool_opinions(opinions, of_round)
    answer = {"schema": 1, **jsonable(pooled)}
    if out is not None:
        from detente.case.folders import renew_folder
        from detente.report.tables import to_csv

        renew_folder(out, {"pool.json": json_text(answer).encode(), "pool.csv": to_csv(csv_table(pooled)).encode()})
    screen.answer(lambda: answer, pool_parts(pooled))
    if out is not None and not screen.as_json:
        say(f"wrote {out / 'pool.json'}, {out / 'pool.csv'}", err=True)
