"""``detente track``: replay a case as of each date on which something became known."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.settings import DEFAULT_RANDOM_SEED, Settings

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from detente.evaluation.track import Replay

WIDEST = 60


@click.command("track")
@click.argument("case", required=False)
@options.workspace
@click.option(
    "--bulletins",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Take in, for the replay only, the bulletins of this folder that the case has not.",
)
@click.option("--from", "start", type=options.IsoDate(), help="First date (default: the first that can be forecast).")
@click.option("--to", "end", type=options.IsoDate(), help="Last date (default: the cut-off, or the last bulletin's).")
@click.option(
    "--engine",
    type=click.Choice(["exact", "nuts"]),
    default="exact",
    show_default=True,
    help="Integrate each date, or sample it: the model is compiled once and refitted by data.",
)
@click.option("--draws", type=click.IntRange(100), default=1000, show_default=True, help="With nuts: draws a chain.")
@click.option(
    "--random-seed", type=click.IntRange(0), default=DEFAULT_RANDOM_SEED, show_default=True, help="Random seed."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write table and plots here (default: reports/CASE/track in the workspace).",
)
@options.quiet
@options.verbose
def command(
    case: str | None,
    workspace: Path,
    bulletins: Path | None,
    start: dt.date | None,
    end: dt.date | None,
    engine: str,
    draws: int,
    random_seed: int,
    out: Path | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Replay CASE as of each date on which something became known, and show how every headline moved.

    Nothing of the case is changed. Writes track.md, track.csv, hypotheses.svg and outcomes.svg.

    \b
    Examples:
      detente track my-case
      detente track my-case --bulletins seeds/my-case/bulletins --from 2023-02-08
    """
    from detente.case import find_case, read_bulletins, read_whole_case, take_in_all
    from detente.case.writing import replace_files
    from detente.cli.progress import told
    from detente.evaluation.track import track
    from detente.report.replay import render_replay
    from detente.report.run_folder import check_writable

    location = find_case(case, workspace)
    whole, _ = read_whole_case(location)
    if bulletins is not None:
        whole = take_in_all(whole, read_bulletins(bulletins, whole))
    folder = out or workspace / "reports" / location.name / "track"
    check_writable(folder)
    settings = Settings(engine="nuts" if engine == "nuts" else "exact", draws=draws, random_seed=random_seed)
    with told(quiet=quiet, verbose=verbose) as tell:
        replay = track(whole, start=start, end=end, settings=settings, progress=tell)
    for line in _lines(replay):
        click.echo(line)
    asked = {"--bulletins": bulletins, "--from": start, "--to": end, "--engine": engine if engine == "nuts" else None}
    given = [part for key, value in asked.items() if value is not None for part in (key, str(value))]
    files = render_replay(replay, shlex.join(["detente", "track", location.name, *given]))
    replace_files({folder / name: content for name, content in files.items()})
    for name in files:
        click.echo(str(folder / name))


def _lines(replay: Replay) -> Iterator[str]:
    """Yield the table: whole percents, outcomes by number, and what became known."""
    from detente.report.prose import clean, short, whole
    from detente.report.replay import arrived

    case, points = replay.case, replay.points
    heads = [*case.hypothesis_ids, *(f"[{number}]" for number, _ in enumerate(case.outcomes, 1))]
    widths = [max(len(head), 4) for head in heads]
    named = "  ".join(head.rjust(width) for head, width in zip(heads, widths, strict=True))
    yield f"{'as of':<10}  {named}  became known"
    for point in points:
        values = [point.hypotheses[h] for h in case.hypothesis_ids]
        cells = [whole(value) for value in values]
        cells += [whole(point.outcomes[o.id]) if o.id in point.outcomes else "" for o in case.outcomes]
        row = "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        yield f"{point.date}  {row}  {short(clean(arrived(point)), WIDEST)}".rstrip()
    yield "numbers are percents; outcomes are by the horizon, blank once that is past:"
    for number, outcome in enumerate(case.outcomes, 1):
        yield f"  [{number}] {clean(outcome.label)}"
