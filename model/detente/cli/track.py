"""``detente track``: replay a case as of each date on which something became known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.cases import read_whole
from detente.cli.screen import Screen, command_line, say
from detente.settings import EngineName, Settings

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from detente.parallel import Workers


@options.command("track")
def track_command(
    case: str | None = options.case,
    workspace: Path = options.workspace,
    bulletins: Path | None = options.bulletins("Take in, for the replay only, the bulletins of this folder."),
    start: dt.date | None = options.day("First date (default: the earliest that can be forecast).", "--from"),
    end: dt.date | None = options.day("Last date (default: the cut-off, or the date of the last bulletin).", "--to"),
    engine: EngineName = options.engine(
        "Integrate each date, or sample it (compiled once, then refitted).", "exact", "nuts"
    ),
    draws: int = options.valued(click.IntRange(100, options.MOST_DRAWS), 1000, "With nuts: draws per chain."),
    random_seed: int = options.random_seed,
    workers: Workers = options.workers,
    out: Path | None = options.out(
        "Folder for the table and the figures (default: reports/CASE/track in the workspace)."
    ),
    screen: Screen = options.screen("quiet", "verbose"),
) -> None:
    """Replay a case as of each date on which something became known, and show how every probability moved.

    Nothing of the case is changed. The folder gets track.md, track.csv, hypotheses.svg and outcomes.svg.

    \b
    Example:
      detente track saudi-iran
    """
    from detente.case import find_case, read_bulletins, take_in_all
    from detente.case.folders import renew_folder
    from detente.evaluation.track import track
    from detente.report.replay import render_replay, replay_lines
    from detente.report.run_folder import check_writable

    location = find_case(case, workspace)
    whole = read_whole(location)
    if bulletins is not None:
        whole = take_in_all(whole, read_bulletins(bulletins, whole))
    folder = out or workspace / "reports" / location.name / "track"
    check_writable(folder)
    settings = Settings(engine=engine, draws=draws, random_seed=random_seed)
    with screen.progress() as tell, workers.executor() as executor:
        replay = track(whole, start=start, end=end, settings=settings, executor=executor, progress=tell)
    for line in replay_lines(replay):
        say(line)
    asked = {"bulletins": bulletins, "from": start, "to": end, "engine": engine if engine == "nuts" else None}
    files = render_replay(replay, command_line("track", location.name, **asked))
    renew_folder(folder, files)
    for name in files:
        say(str(folder / name))
