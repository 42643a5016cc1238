"""Changes to a case: bulletins taken in, priors carried forward, and what its files then hold.

Taking a bulletin in is a pure function of a record; replays keep its result to themselves, ``detente update`` writes it
back.  What is written back is checked by reading it again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from detente.case.columns import Frozen, specs
from detente.case.dialect import MARK
from detente.case.editing import (
    REPLACED,
    add_to_list,
    add_to_mapping,
    amend_rows,
    append_rows,
    has_key,
    header_of,
    put_value,
    quoted_text,
    replace_block,
    replace_value,
    withdraw_rows,
)
from detente.case.election import ELECTION
from detente.case.evidence import EvidenceItem
from detente.case.intensities import IntensityRow
from detente.case.likelihoods import EarlierLikelihood, LikelihoodRow, in_order
from detente.case.loading import read_record
from detente.case.locating import CaseLocation
from detente.case.polls import Poll
from detente.case.priors import BetaPrior, Priors, poll_errors
from detente.case.processes import Event
from detente.case.schema import CaseRecord
from detente.errors import CaseError, WriteBackError

if TYPE_CHECKING:
    from detente.case.bulletins import Bulletin


KEYS: Mapping[type[Frozen], tuple[str, ...]] = {
    EvidenceItem: ("id",),
    Event: ("process", "state"),
    Poll: ("pollster", "start", "end", "kind"),
}
"""What a row of each table is about."""
VISIT = ("process", "state", "date")
"""What a step is about whose process may have been in the state before."""


def take_in(case: CaseRecord, bulletin: Bulletin) -> CaseRecord:
    """Return the case with everything a bulletin brings; its cut-off moves to the bulletin's date, never back.

    Parameters
    ----------
    case
        A whole case, as :func:`detente.case.read_record` returns it.
    bulletin
        A bulletin that was checked against this case (:func:`detente.case.read_bulletin`).
    """
    election = case.election
    if election is not None and bulletin.schedule:
        election = election.changed(schedule=(*election.schedule, *bulletin.schedule))
    withdrawn = {retraction.id: retraction.because for retraction in bulletin.retractions}
    likelihoods, earlier = dict(case.likelihoods), list(case.earlier_likelihoods)
    for item, revised in bulletin.revisions.items():
        likelihoods[item] = {**likelihoods[item], **revised}
        for hypothesis in revised:
            held = {"evidence": item, "hypothesis": hypothesis, "until": bulletin.date}
            earlier.append(EarlierLikelihood.read({**held, "likelihood": case.likelihoods[item][hypothesis]}))
    evidence = tuple(
        item.changed(retracted_on=bulletin.date, retracted_because=withdrawn[item.id]) if item.id in withdrawn else item
        for item in _replaced(case, case.evidence, bulletin.evidence, bulletin.date)
    )
    polls = (*_replaced(case, case.polls, bulletin.polls, bulletin.date), *bulletin.polls)
    errors = poll_errors(case.priors.polls, case.winner_ids, has_polls=bool(polls))
    digest = hashlib.sha256(f"{case.inputs_sha256}\n{bulletin!r}".encode())
    after = case.changed(
        priors=case.priors if errors == case.priors.polls else case.priors.changed(polls=errors),
        information_cutoff=max(case.information_cutoff, bulletin.date),
        clusters={**case.clusters, **bulletin.clusters},
        election=election,
        evidence=(*evidence, *bulletin.evidence),
        likelihoods={**likelihoods, **bulletin.likelihoods},
        earlier_likelihoods=in_order(earlier),
        events=(*_replaced(case, case.events, bulletin.events, bulletin.date), *bulletin.events),
        polls=polls,
        inputs_sha256=digest.hexdigest(),
    )
    return after.with_readings(bulletin.readings) if bulletin.readings else after


def take_in_all(case: CaseRecord, bulletins: Iterable[Bulletin]) -> CaseRecord:
    """Return the case with several bulletins taken in, one after the other."""
    return reduce(take_in, bulletins, case)


def changed_files(
    location: CaseLocation,
    case: CaseRecord,
    bulletin: Bulletin,
    after: CaseRecord,
    beside: Mapping[Path, bytes] | None = None,
    *,
    without_answers: bool = False,
) -> Mapping[Path, bytes]:
    """Return the new content of each file that taking a bulletin in changes.

    Parameters
    ----------
    location
        Where the case's files are.
    case
        The whole case as they have it.
    bulletin
        What is taken in.
    after
        The case with it, which the new files must be read as.
    beside
        New contents of files that a bulletin does not change and that change with it.
    without_answers
        Whether its answers had problems already, and so stand in no update's way.

    Raises
    ------
    WriteBackError
        If a file is laid out in a way that cannot be edited in place.
    """
    seeds, priors = location.seeds, location.priors
    files: dict[Path, bytes] = dict(beside or {})

    def add(path: Path, kind: type[Frozen], rows: Sequence[Frozen], on_record: Sequence[Frozen] = ()) -> None:
        if rows:
            content = path.read_bytes() if path.exists() else None
            corrected = {_key(row, case) for row in rows}
            replaced = [row for row in on_record if _key(row, case) in corrected and row.replaced_on is None]  # type: ignore[attr-defined] # rows of three tables
            for names in dict.fromkeys(_names(row, case) for row in replaced):
                assert content is not None  # noqa: S101 - it has the rows
                own = (row for row in replaced if _names(row, case) == names)
                changes = {tuple(_text(getattr(row, name)) for name in names): {REPLACED: bulletin.date} for row in own}
                content = amend_rows(content, names, changes)
            files[path] = append_rows(content, _columns(kind), [_cells(row) for row in rows])

    add(seeds / "evidence.csv", EvidenceItem, bulletin.evidence, case.evidence)
    add(seeds / "events.csv", Event, bulletin.events, case.events)
    add(seeds / "polls.csv", Poll, bulletin.polls, case.polls)
    pooled = {row.evidence for row in bulletin.readings} if not case.own_decides else set()
    rows = [
        LikelihoodRow.stating(item, h, row)
        for item, under in bulletin.likelihoods.items()
        if item not in pooled
        for h, row in under.items()
    ]
    rows += bulletin.readings
    rows += [
        LikelihoodRow.stating(item, hypothesis, row, bulletin.date)
        for item, under in bulletin.revisions.items()
        for hypothesis, row in under.items()
    ]
    add(priors / "likelihoods.csv", LikelihoodRow, rows)
    if bulletin.retractions:
        path = seeds / "evidence.csv"
        withdrawn = {row.id: (bulletin.date, row.because) for row in bulletin.retractions}
        files[path] = withdraw_rows(files.get(path, path.read_bytes()), withdrawn)
    document = _document(seeds / "case.yaml", case, bulletin)
    if document is not None:
        files[seeds / "case.yaml"] = document
    _verify(location, files, after, without_answers=without_answers)
    return files


def _document(path: Path, case: CaseRecord, bulletin: Bulletin) -> bytes | None:
    """Return ``case.yaml`` with the clusters, the schedule and the cut-off, or None where none of them changes."""
    content = path.read_bytes().decode()
    text = content.removeprefix(MARK)
    mark = content[: len(content) - len(text)]
    try:
        if bulletin.clusters:
            text = add_to_mapping(text, "clusters", bulletin.clusters)
        if bulletin.schedule:
            rows = [f"{{known_from: {row.known_from}, date: {row.date}}}" for row in bulletin.schedule]
            text = add_to_list(text, ("election", "schedule"), rows)
        if bulletin.date > case.information_cutoff:
            text = replace_value(text, ("information_cutoff",), bulletin.date.isoformat())
    except (AttributeError, StopIteration, TypeError) as error:
        raise WriteBackError(path) from error
    return (mark + text).encode() if mark + text != content else None


def priors_files(location: CaseLocation, case: CaseRecord) -> Mapping[Path, bytes]:
    """Return ``priors.yaml`` and ``intensities.csv`` as a case with rolled priors has them.

    What is not rolled keeps every byte, comments too; the rows of the table stay in the order of those that they were.

    Raises
    ------
    WriteBackError
        If ``priors.yaml`` cannot be edited in place.
    """
    path, table = location.priors / "priors.yaml", location.priors / "intensities.csv"
    before, places = read_record(location, without_answers=True)
    text = path.read_bytes().decode()
    try:
        files = {path: _rolled(text.removeprefix(MARK), before.priors, case.priors, text.startswith(MARK)).encode()}
    except (AttributeError, StopIteration, TypeError) as error:
        raise WriteBackError(path) from error
    if case.intensities:
        in_place = sorted(case.intensities, key=lambda row: places.of("intensity", *row.cell).line)
        rows = [_cells(IntensityRow.stating(row)) for row in in_place]
        header = header_of(table.read_bytes()) if table.exists() else None
        files[table] = append_rows(header, _columns(IntensityRow), rows)
    instead = {one.name: content for one, content in files.items()}
    again, _ = read_record(location, instead, without_answers=True)
    if again.priors != case.priors or set(again.intensities) != set(case.intensities):
        raise WriteBackError(path)
    return files


def _rolled(text: str, before: Priors, after: Priors, has_mark: bool) -> str:  # noqa: FBT001 - of the text
    """Return ``priors.yaml`` with the values that were rolled."""
    values: dict[tuple[str, ...], object] = {}

    def beta(key: tuple[str, ...], old: BetaPrior | None, new: BetaPrior) -> None:
        values.update({(*key, name): getattr(new, name) for name in BetaPrior.__struct_fields__ if new != old})

    for name, weight in after.hypotheses.weights.items():
        values["hypotheses", "weights", name] = weight
    values["hypotheses", "concentration"] = after.hypotheses.concentration
    values["hypotheses", "because"] = after.hypotheses.because
    if after.centre != before.centre:
        values.update({("hypotheses", "centre", name): weight for name, weight in (after.centre or {}).items()})
    if after.assumed_mass != before.assumed_mass:
        values["assumed_mass",] = after.assumed_mass
    beta(("discrimination",), before.discrimination, after.discrimination)
    for cluster, prior in after.dependence.items():
        beta(("dependence", cluster), before.dependence.get(cluster), prior)
    new = dict.fromkeys(key[0] for key in values if not has_key(text, key[0]))
    if "discrimination" in new:
        text = replace_block(text, "discrimination", ["discrimination:", *beta_lines(after.discrimination)])
    if "assumed_mass" in new:
        text = replace_block(text, "assumed_mass", [f"assumed_mass: {after.assumed_mass!r}"])
    for key, value in values.items():
        text = put_value(text, key, quoted_text(value) if isinstance(value, str) else repr(value))
    if after.outside_view is None:
        text = replace_block(text, "outside_view", [])
    return (MARK if has_mark else "") + replace_block(text, "baseline", _baseline(before, after))


def _baseline(before: Priors, after: Priors) -> list[str]:
    """Return the lines that say which run the priors are the posterior of."""
    stated = after.baseline
    if stated is None:
        return []
    note = "# These priors are the posterior of a run; what counted by evidence_from is in them, and counts no more."
    return [
        *([note] if before.baseline is None else []),
        "baseline:",
        f"  run: {stated.run}",
        f"  inputs_sha256: {quoted_text(stated.inputs_sha256)}",
        f"  evidence_from: {stated.evidence_from}",
        *([f"  before: {quoted_text(stated.before)}"] if stated.before else []),
    ]


def beta_lines(prior: BetaPrior) -> list[str]:
    """Return the lines of a Beta prior, below its key."""
    return [f"  mean: {prior.mean!r}", f"  sd: {prior.sd!r}", f"  because: {quoted_text(prior.because)}"]


def discrimination_lines(prior: BetaPrior, learned_from: Sequence[str] | None) -> list[str]:
    """Return the lines of the discrimination, its key and what it was learned from included."""
    lineage = [f"  learned_from: [{', '.join(learned_from)}]"] if learned_from else []
    return ["discrimination:", *beta_lines(prior), *lineage]


class TypedJudgement(NamedTuple):
    """Low, mid and high under one hypothesis, as they were typed, and why; the ends are blank beside a word."""

    low: str
    mid: str
    high: str
    because: str


def compose_item(said: Mapping[str, str], judgements: Mapping[str, TypedJudgement]) -> str:
    """Return the bulletin of one item from what was typed of it; blank is not said.

    ``cluster_because`` says why the items of a new cluster share a cause.
    """
    lines = [f"date: {said['date']}", f"source: {quoted_text(said['source'])}"]
    if because := said.get("cluster_because"):
        lines += ["clusters:", f"  {said['cluster']}: {quoted_text(because)}"]
    lines += ["evidence:", f"  - id: {said['id']}", f"    claim: {quoted_text(said['claim'])}"]
    lines += [f"    observed: {said.get('observed') or 'yes'}"]
    lines += [f"    reliability: {said['grade'][:1].upper()}", f"    credibility: {said['grade'][1:]}"]
    for name in ("cluster", "actor", "locator", "expected_by", "url", "quote"):
        if value := said.get(name):
            lines.append(f"    {name}: {value if name in {'cluster', 'expected_by'} else quoted_text(value)}")
    lines.append("    likelihoods:")
    for hypothesis, judged in judgements.items():
        numbers = f"low: {judged.low}, mid: {judged.mid}, high: {judged.high}" if judged.low else f"mid: {judged.mid}"
        lines.append(f"      {hypothesis}: {{{numbers}, because: {quoted_text(judged.because)}}}")
    return "\n".join(lines) + "\n"


def compose_retraction(item: str, because: str, date: dt.date) -> str:
    """Return the bulletin that withdraws one item."""
    return f"date: {date}\nretractions:\n  - {{id: {quoted_text(item)}, because: {quoted_text(because)}}}\n"


def _names(row: Frozen, case: CaseRecord) -> tuple[str, ...]:
    """Return the fields that say what a row of a table is about."""
    returning = {process.id for process in case.processes if process.returns}
    return VISIT if isinstance(row, Event) and row.process in returning else KEYS.get(type(row), ())


def _key(row: Frozen, case: CaseRecord) -> tuple[object, ...]:
    """Return what a row of a table is about: one that has the same corrects it."""
    if isinstance(row, Event) and row.process == ELECTION:
        return (ELECTION,)
    return tuple(getattr(row, name) for name in _names(row, case))


def _replaced[T: Frozen](
    case: CaseRecord, rows: Iterable[T], corrected: Iterable[Frozen], date: dt.date
) -> tuple[T, ...]:
    """Return rows, those in whose place a corrected one stands from a date on with that date."""
    keys = {_key(row, case) for row in corrected}
    return tuple(
        row.changed(**{REPLACED: date}) if _key(row, case) in keys and getattr(row, REPLACED) is None else row
        for row in rows
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _columns(kind: type[Frozen]) -> dict[str, bool]:
    """Return the columns of a table, and whether each must be there."""
    return {spec.name: not spec.column.may_lack for spec in specs(kind)}


def _cells(row: Frozen) -> dict[str, object]:
    """Return what a row of a table states, by column; a column that may lack is blank where it says nothing else."""
    stated = {spec.name: getattr(row, spec.field) for spec in specs(type(row))}
    usual = {spec.name for spec in specs(type(row)) if spec.column.may_lack and stated[spec.name] == spec.default}
    return {name: None if name in usual else value for name, value in stated.items()}


def _verify(location: CaseLocation, files: Mapping[Path, bytes], after: CaseRecord, *, without_answers: bool) -> None:
    """Make sure that the new files are read as the case they are to be."""
    try:
        instead = {path.name: content for path, content in files.items()}
        again, _ = read_record(location, instead, without_answers=without_answers)
    except CaseError as error:
        if any(Path(problem.file).suffix == ".yaml" for problem in error.problems):
            raise WriteBackError(location.seeds) from error
        raise
    if again.changed(inputs_sha256=after.inputs_sha256) != after:
        raise WriteBackError(location.seeds)
