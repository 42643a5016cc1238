"""``detente evidence``: add one item as a bulletin, list the register, withdraw an item."""

from __future__ import annotations

import dataclasses
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detente.case.changes import Item, Judgement
from detente.cli import options
from detente.cli.screen import Screen, say

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from detente.case import CaseRecord
    from detente.case.evidence import EvidenceItem, Likelihood

LONGEST_ID = 48
BARE, POSITIVE, STRONG = 3.0, 20.0, 150.0
"""Bounds of Kass and Raftery (1995) for a ratio of likelihoods."""


@click.group("evidence", context_settings={"help_option_names": ["-h", "--help"]})
def evidence_command() -> None:
    """Add, list or withdraw items of evidence.

    \b
    Example:
      detente evidence list my-case
    """


@evidence_command.command("list")
@click.argument("case", required=False)
@options.workspace
@options.as_of
@click.option("--from", "start", type=options.IsoDate(), help="Only items known on this day or later.")
@click.option("--to", "end", type=options.IsoDate(), help="Only items known on this day or earlier.")
@click.option("--cluster", metavar="ID", help="Only items of this cluster.")
@click.option("--actor", default="", metavar="TEXT", help="Only items whose actor contains this text.")
@click.option(
    "--sort", type=click.Choice(["date", "weight"]), default="date", show_default=True, help="Order of the items."
)
@options.screen(options.no_color)
def list_command(
    case: str | None,
    workspace: Path,
    as_of: dt.date | None,
    start: dt.date | None,
    end: dt.date | None,
    cluster: str | None,
    actor: str,
    sort: str,
    screen: Screen,
) -> None:
    """List the evidence: date, grade, weight in decibans, id and claim of each item.

    \b
    Example:
      detente evidence list my-case --sort weight
    """
    from detente.case import find_case, read_case
    from detente.errors import suggestion
    from detente.forecast.evidence import register
    from detente.report.listing import register_table
    from detente.report.names import labels
    from detente.report.prose import count, date

    loaded, _ = read_case(find_case(case, workspace), as_of)
    if cluster is not None and cluster not in loaded.clusters:
        raise click.UsageError(f"there is no cluster {cluster}{suggestion(cluster, [*loaded.clusters])}")
    items = register(loaded)
    rows = [
        row
        for row in items.rows
        if (start or row.item.date) <= row.item.date <= (end or row.item.date)
        and cluster in {None, row.item.cluster}
        and actor.casefold() in row.item.actor.casefold()
    ]
    if sort == "weight":
        rows.sort(key=lambda row: -abs(row.weight_db or 0.0))
    shown = f"{len(rows)} of {count(len(items.rows), 'item')}"
    say(f"{loaded.id} as of {date(loaded.information_cutoff)}: {shown}; dB for {labels(loaded)[items.towards]}")
    screen.show(register_table(rows))


@evidence_command.command("retract")
@click.argument("case")
@click.argument("item")
@click.option("--because", required=True, help="Why it is withdrawn.")
@click.option("--date", "day", type=options.IsoDate(), help="Day of the withdrawal (default: the cut-off).")
@options.workspace
def retract(case: str, item: str, because: str, day: dt.date | None, workspace: Path) -> None:
    """Withdraw an item: it stays on the register, marked, and no longer counts.

    A replay as of an earlier date still counts it.

    \b
    Example:
      detente evidence retract my-case opposition_pledge --because "The paper withdrew it."
    """
    from detente.case import find_case, read_record
    from detente.case.changes import compose_retraction
    from detente.cli.update import show_update
    from detente.report.listing import describe
    from detente.update import update

    location = find_case(case, workspace)
    when = day or read_record(location)[0].information_cutoff
    made = update(location, compose_retraction(item, because, when), "retraction")
    say(describe(made))
    show_update(made, Screen())


@evidence_command.command("add")
@click.argument("case")
@options.workspace
@options.packed(
    Item,
    "item",
    click.option("--claim", help="What was seen, in one sentence."),
    click.option("--date", help="When it became known."),
    click.option("--source", help="Who reported it."),
    click.option("--grade", help="Admiralty grade, such as B2."),
    click.option("--cluster", help="Cluster of items whose cause it shares; blank if it stands alone."),
    click.option("--actor", default="", help="Who acted."),
    click.option("--locator", default="", help="Where in the source."),
    click.option(
        "--expected-by", default="", metavar="DATE", help="With --absent: it counts once this day has passed."
    ),
    click.option("--id", default="", help="Id of the item (default: made from the claim)."),
)
@click.option("--absent", is_flag=True, help="It was looked for and not seen.")
@click.option("--cluster-because", default="", help="Why the items of a new cluster share a cause.")
@click.option(
    "--likelihood",
    "likelihoods",
    multiple=True,
    metavar="HYPOTHESIS=LOW/MID/HIGH",
    help="Likelihood, or an estimative word.",
)
@click.option("--because", "reasons", multiple=True, metavar="HYPOTHESIS=TEXT", help="Reason for the likelihood.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="File for the bulletin (default: seeds/CASE/bulletins/DATE-ID.yaml; - is stdout).",
)
def add(
    case: str,
    workspace: Path,
    item: Item,
    cluster_because: str,
    likelihoods: tuple[str, ...],
    reasons: tuple[str, ...],
    out: Path | None,
    *,
    absent: bool,
) -> None:
    """Ask for one item of evidence and write it as a bulletin, for detente update.

    What is given as an option is not asked for. The ends of a range are asked for before the best guess.

    \b
    Example:
      detente evidence add my-case --claim "The envoys met." --grade B2
    """
    from detente.case import find_case, read_bulletin, read_record
    from detente.case.changes import compose_item

    location = find_case(case, workspace)
    whole, _ = read_record(location)
    item = _ask_item(dataclasses.replace(item, observed=not absent), whole)
    is_new = bool(item.cluster) and item.cluster not in whole.clusters
    if is_new:
        cluster_because = _ask(
            "--cluster-because", "Why the items of this cluster share a cause", cluster_because or None
        )
    hypotheses = {hypothesis.id: hypothesis.label for hypothesis in whole.hypotheses}
    judged = _ask_judgements(hypotheses, _pairs(likelihoods, whole), _pairs(reasons, whole))
    text = compose_item(item, cluster_because if is_new else "", judged)
    bulletin = read_bulletin(text, "the item", whole)
    say(_in_words(bulletin.evidence[0], bulletin.likelihoods[item.id], hypotheses), err=True)
    if str(out) == "-":
        click.echo(text, nl=False)
        return
    path = out or location.seeds / "bulletins" / f"{item.date}-{item.id.replace('_', '-')}.yaml"
    _write_new(path, text)
    say(f"wrote {path}")
    say(f"next: detente update {whole.id} {path}")


def _ask_item(item: Item, case: CaseRecord) -> Item:
    """Ask for what was not given as an option, in this order."""
    clusters = ", ".join(case.clusters)
    claim = _ask("--claim", "What was seen, in one sentence", item.claim)
    return dataclasses.replace(
        item,
        id=item.id or _slug(claim),
        claim=claim,
        date=_ask("--date", "When it became known", item.date, default=case.information_cutoff.isoformat()),
        source=_ask("--source", "Source", item.source),
        grade=_ask("--grade", "Grade (reliability A to F, credibility 1 to 6)", item.grade),
        cluster=_ask(
            "--cluster", f"Cluster whose cause it shares ({clusters}; blank for none)", item.cluster, default=""
        ),
    )


def _ask(option: str, question: str, given: str | None, *, default: str | None = None) -> str:
    """Return what was given, else what is answered."""
    if given is not None:
        return given
    try:
        answer: str = click.prompt(question, default=default, show_default=bool(default), err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise click.UsageError(f"{option} is missing: the input is not interactive, so give every option") from None
    return answer.strip()


def _ask_judgements(
    hypotheses: Mapping[str, str], likelihoods: Mapping[str, str], reasons: Mapping[str, str]
) -> dict[str, Judgement]:
    """Return the judgement under each hypothesis: lower and upper first, then the best guess, then why."""
    judged = {}
    for hypothesis, label in hypotheses.items():
        if hypothesis in likelihoods:
            parts = likelihoods[hypothesis].split("/")
            low, mid, high = parts if len(parts) == 3 else ("", likelihoods[hypothesis], "")  # noqa: PLR2004 - low/mid/high
        else:
            about = f"Probability of seeing it under {label}"
            option = f"--likelihood {hypothesis}=..."
            low = _ask(option, f"{about}: at least (0 to 1)", None)
            high = _ask(option, "  at most", None)
            mid = _ask(option, "  best guess", None)
        because = _ask(f"--because {hypothesis}=...", "  reason", reasons.get(hypothesis))
        judged[hypothesis] = Judgement(low.strip(), mid.strip(), high.strip(), because)
    return judged


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


def _pairs(given: tuple[str, ...], case: CaseRecord) -> Mapping[str, str]:
    """Take options of the form HYPOTHESIS=VALUE apart."""
    by_hypothesis = {}
    for text in given:
        hypothesis, separator, value = text.partition("=")
        if not separator or hypothesis not in case.hypothesis_ids:
            raise click.UsageError(f'"{text}": must be HYPOTHESIS=... with one of {", ".join(case.hypothesis_ids)}')
        by_hypothesis[hypothesis] = value
    return by_hypothesis


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
