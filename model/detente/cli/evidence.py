"""``detente evidence``: add one item as a bulletin, list the register, withdraw an item."""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.cases import read_as_of, say_beside
from detente.cli.prompts import agree
from detente.cli.screen import Screen, say, say_next
from detente.cli.update import read_input
from detente.errors import BulletinError, BundledCaseError, OutputError, Problem, quoted, suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from detente.case.evidence import EvidenceItem
    from detente.case.likelihoods import Likelihood

BARE, POSITIVE, STRONG = 3.0, 20.0, 150.0
"""Bounds of Kass and Raftery (1995) for a ratio of likelihoods."""


@click.group("evidence")
def evidence_command() -> None:
    """Add, list or withdraw items of evidence.

    \b
    Example:
      detente evidence list my-case
    """


@options.command("list", evidence_command)
def list_command(
    case: str | None = options.case,
    workspace: Path = options.workspace,
    as_of: dt.date | None = options.as_of,
    start: dt.date | None = options.day("Only items known on this day or later.", "--from"),
    end: dt.date | None = options.day("Only items known on this day or earlier.", "--to"),
    cluster: str | None = options.option("Only items of this cluster.", metavar="ID"),
    actor: str = options.option("Only items whose actor contains this text.", default="", metavar="TEXT"),
    sort: str = options.valued(click.Choice(["date", "weight"]), "date", "Order of the items."),
    screen: Screen = options.screen("no_color"),
) -> None:
    """List the evidence: date, grade, weight in decibans, id and claim of each item.

    \b
    Example:
      detente evidence list my-case --sort weight
    """
    from detente.forecast.evidence import register
    from detente.report.listing import register_table
    from detente.report.names import labels
    from detente.report.prose import count, date

    loaded = read_as_of(case, workspace, as_of)
    if cluster is not None and cluster not in loaded.clusters:
        known = suggestion(cluster, [*loaded.clusters]) or f" (clusters: {', '.join(loaded.clusters) or 'none'})"
        raise click.UsageError(f"there is no cluster {quoted(cluster)}{known}")
    items = register(loaded)
    rows = [
        row
        for row in items.rows
        if (start or row.item.date) <= row.item.date <= (end or row.item.date)
        and cluster in {None, row.item.cluster}
        and actor.casefold() in row.item.actor.casefold()
    ]
    if actor and not rows and all(actor.casefold() not in row.item.actor.casefold() for row in items.rows):
        actors = ", ".join(dict.fromkeys(row.item.actor for row in items.rows if row.item.actor)) or "none"
        raise click.UsageError(f"no item has an actor with {quoted(actor)} in it (actors: {actors})")
    if sort == "weight":
        rows.sort(key=lambda row: -abs(row.weight_db or 0.0))
    counted, withdrawn = (
        [row for row in items.rows if (row.standing == "withdrawn") is is_withdrawn] for is_withdrawn in (False, True)
    )
    shown = f"{sum(row in counted for row in rows)} of {count(len(counted), 'item')}"
    shown += f", {len(withdrawn)} withdrawn" if withdrawn else ""
    say(f"{loaded.id} as of {date(loaded.information_cutoff)}: {shown}; dB for {labels(loaded)[items.towards]}")
    screen.show(register_table(rows))


@options.command("retract", evidence_command)
def retract(
    case: str = options.argument(),
    item: str = options.argument(),
    because: str = options.option("Why it is withdrawn.", required=True),
    day: dt.date | None = options.day("Day of the withdrawal (default: the cut-off).", "--date"),
    workspace: Path = options.workspace,
    *,
    dry_run: bool = options.switch("Show every probability before and after; change nothing."),
    yes: bool = options.switch("Take a day after today as it is: for replays."),
    screen: Screen = options.screen("as_json", "no_color"),
) -> None:
    """Withdraw an item: it stays on the register, marked, and no longer counts.

    Every probability is shown with it and without. A replay as of an earlier date still counts it.

    \b
    Example:
      detente evidence retract my-case opposition_pledge --because "The paper withdrew it." --dry-run
    """
    from detente.case import find_case, read_record
    from detente.case.changes import compose_retraction
    from detente.cli.update import say_dry, show_update
    from detente.report.listing import describe
    from detente.update import update

    location = find_case(case, workspace)
    whole, _ = read_record(location, without_answers=True)
    known = [one.id for one in whole.evidence]
    if item not in known:
        table = f"seeds/{whole.id}/evidence.csv"
        raise BulletinError([Problem(table, 0, f"has no item {quoted(item)}{suggestion(item, known)}")])
    when = day or whole.information_cutoff
    made = update(
        location,
        compose_retraction(item, because, when),
        "retraction",
        dry_run=dry_run,
        confirm=lambda ready: agree(ready.doubts, yes=yes),
    )
    say_beside(made.unread)
    if not screen.as_json:
        say(describe(made))
    show_update(made, screen)
    if dry_run:
        say_dry(made)


@options.command("add", evidence_command)
def add(
    case: str = options.argument(),
    workspace: Path = options.workspace,
    typed: dict[str, str | None] = options.packed(
        dict,
        claim=options.option("What was seen, in one sentence."),
        date=options.option("When it became known."),
        source=options.option("Who reported it."),
        grade=options.option("Admiralty grade, such as B2."),
        cluster=options.option("Cluster of items whose cause it shares; left out or blank if it stands alone."),
        cluster_because=options.option("Why the items of a new cluster share a cause."),
        actor=options.option("Who acted."),
        locator=options.option("Where in the source."),
        url=options.option("The page where it was reported."),
        quote=options.option("Words of the source, at most 25."),
        expected_by=options.option("With --absent: it counts once this day has passed.", metavar="DATE"),
        id=options.option("Id of the item (default: made from the claim)."),
    ),
    *,
    absent: bool = options.switch("It was looked for and not seen."),
    likelihoods: tuple[str, ...] = options.option(
        "Likelihood, or an estimative word.", "--likelihood", multiple=True, metavar="HYPOTHESIS=LOW/MID/HIGH"
    ),
    reasons: tuple[str, ...] = options.option(
        "Reason for the likelihood.", "--because", multiple=True, metavar="HYPOTHESIS=TEXT"
    ),
    file: Path | None = options.path(
        "Take the item from a file: a bulletin of one item, that item alone, or a draft (- is stdin).",
        allow_dash=True,
    ),
    yes: bool = options.switch("Take the date as it is, even after today or a long time ago."),
    out: Path | None = options.path(
        "File for the bulletin (default: seeds/CASE/bulletins/DATE-ID.yaml; - is stdout).",
        dir_okay=False,
        allow_dash=True,
    ),
) -> None:
    """Ask for one item of evidence and write it as a bulletin, for detente update.

    What is given as an option or in a file is not asked for. Every answer is checked as it comes, and kept in
    seeds/CASE/drafts/ until the bulletin is written: the same command goes on from there. The ends of a range are
    asked for before the best guess; a word, such as likely, stands for a range.

    \b
    Example:
      detente evidence add my-case --claim "The envoys met." --grade B2
    """
    from detente.case import find_case, read_bulletin, read_record
    from detente.case.changes import compose_item
    from detente.case.clock import doubtful_day
    from detente.case.writing import refuse_links
    from detente.cli.item import LIKELIHOODS, ask_item, given_likelihoods, read_item
    from detente.cli.prompts import InterviewFile, Reply, conduct

    location = find_case(case, workspace)
    if location.bundled and out is None:
        raise BundledCaseError(location.name)
    whole, _ = read_record(location, without_answers=True)
    given = {} if file is None else read_item(*read_input(file))
    given.update(
        {(name,): Reply(text, f"--{name.replace('_', '-')}") for name, text in typed.items() if text is not None}
    )
    if absent:
        given["observed",] = Reply("no", "--absent")
    try:
        given.update(given_likelihoods(likelihoods, reasons, whole))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    known = whole.hypothesis_ids
    unknown = {key[1]: reply for key, reply in given.items() if key[0] == LIKELIHOODS and key[1] not in known}
    if unknown:
        message = "likelihoods: case.yaml declares no hypothesis"
        raise BulletinError(
            [
                Problem(reply.where, reply.line, f"{message} {quoted(name)}{suggestion(name, known)}")
                for name, reply in unknown.items()
            ]
        )
    for folder in ("drafts", "bulletins"):
        refuse_links(location.seeds / folder, location.seeds)
    draft = None if location.bundled else InterviewFile(location.seeds / "drafts" / "item.yaml")

    def doubt(day: str) -> str | None:
        return doubtful_day("the item", dt.date.fromisoformat(day), whole)

    with nullcontext() if draft is None else draft.until_written():
        answers = conduct(lambda interview: ask_item(interview, whole, doubt), given, draft, yes=yes)
        said, text = answers[0], compose_item(*answers)
        bulletin = read_bulletin(text, "the item", whole)
        labels = {hypothesis.id: hypothesis.label for hypothesis in whole.hypotheses}
        say(_in_words(bulletin.evidence[0], bulletin.likelihoods[said["id"]], labels), err=True)
        if str(out) == "-":
            click.echo(text, nl=False)
            return
        path = out or _free(location.seeds / "bulletins", f"{said['date']}-{said['id'].replace('_', '-')}", text)
        _write_new(path, text)
    say(f"wrote {path}")
    say_next(workspace, "update", whole.id, str(path))


def _in_words(item: EvidenceItem, judged: Mapping[str, Likelihood], hypotheses: Mapping[str, str]) -> str:
    """Say how an item's likelihoods compare, on the best guesses alone."""
    chance = {h: row.mid if item.observed else 1 - row.mid for h, row in judged.items()}
    most, least = max(chance, key=lambda h: chance[h]), min(chance, key=lambda h: chance[h])
    ratio = round(chance[most] / chance[least], 6)
    what = "This" if item.observed else "Its absence"
    if ratio == 1:
        return f"{what} is equally likely under every hypothesis: by itself it changes nothing."
    strength = (
        "hardly worth mentioning"
        if ratio < BARE
        else "positive evidence"
        if ratio < POSITIVE
        else "strong evidence"
        if ratio < STRONG
        else "very strong evidence (is it really that decisive?)"
    )
    return f"{what} is {ratio:.2g} times as likely under {hypotheses[most]} as under {hypotheses[least]}: {strength}."


def _free(folder: Path, name: str, text: str) -> Path:
    """Return a path for a new bulletin, with a number where another of that name is there."""
    path, number = folder / f"{name}.yaml", 2
    while path.exists() and path.read_bytes() != text.encode():
        path, number = folder / f"{name}-{number}.yaml", number + 1
    return path


def _write_new(path: Path, text: str) -> None:
    """Write a bulletin that is not there yet, whole."""
    from detente.case.writing import replace_files

    if path.exists() and path.read_bytes() != text.encode():
        raise OutputError(path, FileExistsError("it is there already"))
    replace_files({path: text.encode()})
