"""``detente evidence``: add one item as a bulletin, list the register, withdraw an item."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detente.cli import options

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from detente.case import Case

LONGEST_ID = 48


@click.group("evidence", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Add, list or withdraw items of evidence.

    \b
    Example:
      detente evidence list my-case
    """


@command.command("list")
@click.argument("case", required=False)
@options.workspace
@options.as_of
@click.option("--from", "start", type=options.IsoDate(), help="Only items dated on this day or later.")
@click.option("--to", "end", type=options.IsoDate(), help="Only items dated on this day or earlier.")
@click.option("--cluster", metavar="ID", help="Only items of this cluster.")
@click.option("--actor", metavar="TEXT", help="Only items whose actor has this text in it.")
@click.option("--sort", type=click.Choice(["date", "weight"]), default="date", show_default=True, help="Order.")
def list_command(
    case: str | None,
    workspace: Path,
    as_of: dt.date | None,
    start: dt.date | None,
    end: dt.date | None,
    cluster: str | None,
    actor: str | None,
    sort: str,
) -> None:
    """Show the register: date, grade, weight in decibans, cluster and claim of each item.

    \b
    Examples:
      detente evidence list my-case
      detente evidence list my-case --cluster speeches --sort weight
    """
    from detente.case import find_case, read_case
    from detente.forecast.evidence import register

    loaded, _ = read_case(find_case(case, workspace), as_of)
    found = register(loaded)
    rows = [
        row
        for row in found.rows
        if (start or row.item.date) <= row.item.date <= (end or row.item.date)
        and cluster in {None, row.item.cluster}
        and (actor or "").casefold() in row.item.actor.casefold()
    ]
    if sort == "weight":
        rows.sort(key=lambda row: -abs(row.weight_db or 0.0))
    click.echo(f"{loaded.id} as of {loaded.information_cutoff}: {len(rows)} of {len(found.rows)} items; "
               f"dB for {found.towards}")  # fmt: skip
    for row in rows:
        weight = f"{row.weight_db:+5.1f}" if row.weight_db is not None else "     "
        where = f" [{row.item.cluster}]" if row.item.cluster else ""
        note = f" ({row.note})" if row.note else ""
        click.echo(f"{row.item.date}  {row.item.grade}  {weight}  {row.item.id}{where}{note}: {row.item.claim}")


@command.command("retract")
@click.argument("case")
@click.argument("item")
@click.option("--because", required=True, help="Why it is withdrawn.")
@click.option("--date", "day", type=options.IsoDate(), help="From which day on (default: the cut-off).")
@options.workspace
def retract(case: str, item: str, because: str, day: dt.date | None, workspace: Path) -> None:
    """Withdraw an item: it stays in the register, marked, and is out of the model.

    A replay as of an earlier date still counts it.

    \b
    Example:
      detente evidence retract my-case first_report --because "The agency withdrew it."
    """
    from detente.bulletin.composing import compose_retraction
    from detente.case import find_case, read_whole_case
    from detente.cli.change import describe
    from detente.cli.update import show_answer
    from detente.update import update

    location = find_case(case, workspace)
    when = day or read_whole_case(location)[0].information_cutoff
    found = update(location, compose_retraction(item, because, when), "retraction")
    click.echo(describe(found))
    show_answer(found, as_json=False)


@command.command("add")
@click.argument("case")
@options.workspace
@click.option("--claim", help="What was seen, in one sentence.")
@click.option("--date", "day", help="When it became known.")
@click.option("--source", help="Who reported it.")
@click.option("--grade", help="Admiralty grade, such as B2.")
@click.option("--cluster", help="Whose cause it shares; blank if it stands alone.")
@click.option("--cluster-because", default="", help="Why the items of a new cluster share a cause.")
@click.option("--likelihood", "likelihoods", multiple=True, metavar="HYPOTHESIS=LOW/MID/HIGH", help="Or =WORD.")
@click.option("--because", "reasons", multiple=True, metavar="HYPOTHESIS=TEXT", help="Why so likely.")
@click.option("--absent", is_flag=True, help="It was looked for and not seen.")
@click.option("--expected-by", default="", metavar="DATE", help="With --absent: counts once this day is past.")
@click.option("--actor", default="", help="Whose doing it is.")
@click.option("--locator", default="", help="Where in the source.")
@click.option("--id", "item_id", help="Its id (default: from the claim).")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="Where the bulletin goes (default: bulletins/DATE-ID.yaml beside the case; - is stdout).",
)
def add(
    case: str,
    workspace: Path,
    claim: str | None,
    day: str | None,
    source: str | None,
    grade: str | None,
    cluster: str | None,
    cluster_because: str,
    likelihoods: tuple[str, ...],
    reasons: tuple[str, ...],
    absent: bool,
    expected_by: str,
    actor: str,
    locator: str,
    item_id: str | None,
    out: Path | None,
) -> None:
    """Ask for one item and write it as a bulletin, for detente update.

    What is given as an option is not asked. Lower and upper are asked before the best guess.

    \b
    Example:
      detente evidence add my-case --claim "They named envoys." --grade B2
    """
    from detente.bulletin import read_bulletin
    from detente.bulletin.composing import Item, compose_item
    from detente.case import find_case, read_whole_case
    from detente.cli.asking import ask, ask_judgements, in_words

    location = find_case(case, workspace)
    whole, _ = read_whole_case(location)
    claim = ask("--claim", "What was seen, in one sentence", claim)
    day = ask("--date", "When it became known", day, default=whole.information_cutoff.isoformat())
    source = ask("--source", "Source", source)
    grade = ask("--grade", "Grade (reliability A to F, credibility 1 to 6)", grade)
    if cluster is None:
        known = ", ".join(whole.clusters)
        cluster = ask("--cluster", f"Cluster it shares a cause with ({known}; blank for none)", None, default="")
    if cluster and cluster not in whole.clusters:
        cluster_because = ask("--cluster-because", "Why its items share a cause", cluster_because or None)
    judged = ask_judgements(whole.hypothesis_ids, _pairs(likelihoods, whole), _pairs(reasons, whole))
    item = Item(
        id=item_id or _slug(claim),
        claim=claim,
        date=day,
        source=source,
        grade=grade,
        observed=not absent,
        cluster=cluster,
        actor=actor,
        locator=locator,
        expected_by=expected_by,
    )
    reason = cluster_because if cluster and cluster not in whole.clusters else ""
    text = compose_item(item, reason, judged)
    read = read_bulletin(text, "the item", whole)
    click.echo(in_words(read.evidence[0], read.likelihoods[item.id]), err=True)
    if out is not None and str(out) == "-":
        click.echo(text, nl=False)
        return
    path = out or location.seeds / "bulletins" / f"{day}-{item.id.replace('_', '-')}.yaml"
    _write_new(path, text)
    click.echo(f"wrote {path}")
    click.echo(f"next: detente update {whole.id} {path}")


def _pairs(given: tuple[str, ...], case: Case) -> Mapping[str, str]:
    """Take options of the form HYPOTHESIS=VALUE apart."""
    found = {}
    for text in given:
        hypothesis, separator, value = text.partition("=")
        if not separator or hypothesis not in case.hypothesis_ids:
            raise click.UsageError(f'"{text}": must be HYPOTHESIS=... with one of {", ".join(case.hypothesis_ids)}')
        found[hypothesis] = value
    return found


def _slug(claim: str) -> str:
    """Make an id of the first words of a claim."""
    from detente.case.template import slug

    words = slug(claim)[:LONGEST_ID].rsplit("-", 1)[0] if len(slug(claim)) > LONGEST_ID else slug(claim)
    return re.sub("-", "_", words)


def _write_new(path: Path, text: str) -> None:
    """Write a bulletin that is not there yet."""
    from detente.errors import OutputError

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise OutputError(path, error) from error
