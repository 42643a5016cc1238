"""``detente update`` and ``detente undo``: take a bulletin into a case and run it, or take the last change back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import structs

from detente.cli import options
from detente.cli.cases import find_own, say_beside
from detente.cli.prompts import agree
from detente.cli.run import show_run
from detente.cli.screen import Screen, say, show_json
from detente.errors import EXIT_DIAGNOSTICS, EXIT_INTERRUPTED, BulletinError
from detente.parallel import Workers, processors
from detente.settings import EngineName, Settings

if TYPE_CHECKING:
    import datetime as dt

    from detente.forecast.outcomes import Headlines
    from detente.update import Update


@options.command("update")
def update_command(
    case: str = options.argument(),
    bulletin: Path = options.argument(type=click.Path(allow_dash=True, path_type=Path)),
    workspace: Path = options.workspace,
    *,
    dry_run: bool = options.switch("Show what it would change, in the files and in every probability; change nothing."),
    quick: bool = options.switch("Stop after the exact forecast: no sampling, no report."),
    yes: bool = options.switch("Take dates after today, or a long time ago, as they are: for replays."),
    engine: EngineName = options.engine("Engine of the run that follows.", "nuts", "exact"),
    screen: Screen = options.screen(),
) -> int:
    """Take a bulletin into a case: new facts and judgements in one file.

    The bulletin (- is stdin) is checked as a whole, the tables of the case are changed, all or none, and every
    probability is shown before and after. Then the case is run, and its report says what changed and what moved it.

    \b
    Example:
      detente update my-case seeds/my-case/bulletins/2023-02-13-aid-crossings.yaml --quick
    """
    from detente.case import find_case
    from detente.report.listing import describe
    from detente.update import update

    source, label = read_input(bulletin)
    made = update(
        find_case(case, workspace),
        source,
        label,
        dry_run=dry_run,
        when_waiting=_say_waiting,
        confirm=lambda ready: agree(ready.doubts, yes=yes),
    )
    say_beside(made.unread)
    if not screen.as_json:
        say(describe(made))
    if dry_run or quick or not screen.as_json:
        show_update(made, screen)
    if dry_run:
        say_dry(made)
    return 0 if dry_run or quick else _rerun(made, workspace, Settings(engine=engine), screen)


@options.command("undo")
def undo_command(case: str = options.argument(), workspace: Path = options.workspace) -> None:
    """Take back the last change to a case's files, made by update, evidence retract, priors roll or calibrate.

    Files edited by hand since are left alone. One step back is all there is: typed again, it brings the change back.

    \b
    Example:
      detente undo my-case
    """
    from detente.case.transaction import UNDO, take_back

    location = find_own(case, workspace)
    what, files = take_back(location, _say_waiting)
    change = what.removeprefix(UNDO)
    say(f"{location.name}: took back: {change}" if change == what else f"{location.name}: brought back: {change}")
    for path in files:
        say(f"restored {path}" if path.exists() else f"removed {path}")
    say("typed again, undo brings the change back" if change == what else "typed again, undo takes it back")


def say_dry(made: Update) -> None:
    """Say that nothing was changed, and what would be asked about."""
    for doubt in made.doubts:
        say(f"to be confirmed: {doubt}", err=True)
    say("dry run: nothing was changed", err=True)


def show_update(made: Update, screen: Screen) -> None:
    """Print prior and posterior of every hypothesis and outcome by the exact engine."""
    from detente.report.listing import AVERAGED, headline_table

    before, after = made.headlines()
    if not screen.as_json:
        say("")
        if after.outcomes:
            say(AVERAGED)
        screen.show(headline_table(made.after, before, after))
        return

    def side(headlines: Headlines | None, as_of: dt.date) -> dict[str, object] | None:
        return None if headlines is None else {"as_of": str(as_of), **structs.asdict(headlines)}

    show_json(
        {
            "case": made.after.id,
            "bulletin": str(made.bulletin.date),
            "before": side(before, made.before.information_cutoff),
            "after": side(after, made.after.information_cutoff),
        }
    )


def _rerun(made: Update, workspace: Path, settings: Settings, screen: Screen) -> int:
    """Run a case that was just updated; its report says what changed, and which items moved it."""
    from detente.report.run_folder import check_run_folder, home_of, write_run
    from detente.run import run
    from detente.update import change

    case, folder = made.after, home_of(made.after, workspace)
    try:
        with screen.progress() as tell, Workers(processors()).executor() as executor:
            tell("attributing the change", None)
            moved = change(made)
            check_run_folder(folder, case.id)
            dossier = run(case, settings, executor=executor, change=moved, progress=tell)
            tell("writing the report", None)
            beside = write_run(dossier, folder)
    except KeyboardInterrupt:
        say(f"interrupted: the case is updated, its run is not: detente run {case.id}", err=True)
        return EXIT_INTERRUPTED
    for line in beside:
        say(line, err=True)
    if not screen.as_json:
        say("")
    show_run(dossier, folder, screen)
    return EXIT_DIAGNOSTICS if dossier.forecast.diagnostics.status == "fail" else 0


def read_input(bulletin: Path) -> tuple[bytes, str]:
    """Return the bytes of a bulletin, or of another file of a case, from the file or stdin, and what to call it."""
    if str(bulletin) == "-":
        return sys.stdin.buffer.read(), "stdin"
    from detente.case.files import read_raw
    from detente.case.findings import Findings

    findings = Findings(str(bulletin))
    raw = read_raw(bulletin, findings)
    if raw is None:
        raise BulletinError(findings.problems)
    return raw, findings.file


def _say_waiting() -> None:
    say("another update of this case is at work: waiting for it", err=True)
