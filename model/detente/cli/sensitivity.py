"""``detente sensitivity`` and ``detente watch``: how fragile a forecast is, and what to look out for next."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.cases import read_as_of, read_whole
from detente.cli.screen import Screen, say, show_json

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from detente.analysis.results import Sensitivity, Watch
    from detente.case import CaseLocation
    from detente.parallel import Workers


@options.command("sensitivity")
def sensitivity_command(
    case: str | None = options.case,
    workspace: Path = options.workspace,
    as_of: dt.date | None = options.as_of,
    target: str | None = options.target,
    workers: Workers = options.workers,
    random_seed: int = options.random_seed,
    out: Path | None = options.out(
        "Folder for sensitivity.json and sensitivity.csv (default: reports/CASE/AS-OF in the workspace)."
    ),
    screen: Screen = options.screen(),
) -> None:
    """Show what a forecast rests on, and what would tip it.

    Items, clusters, actors and sources are left out one at a time; every judgement is moved over its range; the
    prior, likelihoods, correlations and grades that would change the leading hypothesis are found; the variance is
    split by cause. Power-scaling is added if reports/CASE/AS-OF holds the draws of a sampled run on the same inputs.

    \b
    Example:
      detente sensitivity turkey-syria --target leaders_met
    """
    from detente.analysis.sensitivity import sensitivity
    from detente.analysis.sensitivity.power import draws_of
    from detente.report.run_folder import check_writable, home_of
    from detente.report.sections.sensitivity import sensitivity_csv
    from detente.report.terminal import print_sensitivity

    loaded = read_as_of(case, workspace, as_of)
    home = home_of(loaded, workspace)
    folder = out or home
    if screen.writes(out):
        check_writable(folder)
    with screen.progress() as tell, workers.executor() as executor:
        draws = draws_of(home, loaded)
        fragility = sensitivity(loaded, target, random_seed=random_seed, executor=executor, draws=draws, progress=tell)
    _deliver("sensitivity", fragility, sensitivity_csv(fragility), folder, screen, writes=screen.writes(out))
    if not screen.as_json:
        print_sensitivity(fragility, loaded, screen.console())
        say(f"everything: {folder / 'sensitivity.csv'}")


@options.command("watch")
def watch_command(
    case: str | None = options.case,
    workspace: Path = options.workspace,
    as_of: dt.date | None = options.as_of,
    target: str | None = options.target,
    by: dt.date | None = options.day("Only what will have been seen, or not, by this day."),
    best: int = options.valued(click.IntRange(1, 8), 5, "Number of indicators in the best set."),
    *,
    due: bool = options.switch("List what is due or overdue, as of today or of --as-of, instead."),
    ics: Path | None = options.file(
        "Write all that is dated as a calendar (- is stdout), instead.", dir_okay=False, allow_dash=True
    ),
    workers: Workers = options.workers,
    random_seed: int = options.random_seed,
    out: Path | None = options.out(
        "Folder for watch.json and watch.csv (default: reports/CASE/AS-OF in the workspace)."
    ),
    screen: Screen = options.screen(),
) -> None:
    """Rank what to look out for next by how much it is expected to tell; or say what is due.

    Candidates are the indicators in priors/CASE/watch.csv, the next transitions of every process, and items expected
    by a day still to come. Each is shown with its probability, the forecast if it is seen and if it is not, and the
    bits of information it is expected to give. With --due it lists instead what the case has dated and is due or
    overdue, as of today or of --as-of: indicators, what is expected, the vote, deadlines; --ics writes all of it for a
    calendar.

    \b
    Example:
      detente watch turkey-syria --by 2023-05-01
    """
    from detente.analysis.watch import watch
    from detente.case import find_case
    from detente.report.run_folder import check_writable, home_of
    from detente.report.sections.watch import watch_csv
    from detente.report.terminal import print_watch

    if due or ics is not None:
        options.refuse_beside_set("target", "by", "best", "out", option="--due" if due else "--ics")
        _remind(find_case(case, workspace), as_of, ics, screen, due=due)
        return
    loaded = read_as_of(case, workspace, as_of)
    folder = out or home_of(loaded, workspace)
    if screen.writes(out):
        check_writable(folder)
    with screen.progress() as tell, workers.executor() as executor:
        ahead = watch(loaded, target, by=by, size=best, random_seed=random_seed, executor=executor, progress=tell)
    _deliver("watch", ahead, watch_csv(ahead), folder, screen, writes=screen.writes(out))
    if not screen.as_json:
        print_watch(ahead, loaded, screen.console())
        say(f"everything: {folder / 'watch.csv'}")


def _remind(location: CaseLocation, as_of: dt.date | None, ics: Path | None, screen: Screen, *, due: bool) -> None:
    """List what is due as of a day, by default today, and write a calendar of all that is dated."""
    from detente.analysis.reminders import reminders
    from detente.case.clock import today
    from detente.case.writing import replace_files
    from detente.report.calendar import to_calendar
    from detente.report.listing import due_parts

    whole = read_whole(location)
    day = as_of or today()
    pending = reminders(whole, day)
    if due and screen.as_json:
        rows = [{**vars(one), "day": str(one.day), "standing": one.standing(day)} for one in pending]
        show_json({"case": whole.id, "as_of": str(day), "reminders": rows})
    elif due:
        for part in due_parts(whole, pending, day):
            screen.show(part)
    if ics is None:
        return
    calendar = to_calendar(whole, pending, day)
    if str(ics) == "-":
        sys.stdout.buffer.write(calendar)
        return
    replace_files({ics: calendar})
    say(f"calendar: {ics}", err=screen.as_json)


def _deliver(name: str, result: Sensitivity | Watch, table: str, folder: Path, screen: Screen, *, writes: bool) -> None:
    """Write a result as JSON and as a table, and print it for a program, where that was asked for."""
    from detente.case.folders import renew_folder
    from detente.jsonable import json_text

    text = json_text(result.to_json())
    if writes:
        renew_folder(folder, {f"{name}.json": text.encode(), f"{name}.csv": table.encode()})
    if screen.as_json:
        click.echo(text, nl=False)
