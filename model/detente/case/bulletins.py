"""Bulletins: what became known by a day, and how it is judged, in the objects and by the rules of the case's tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from detente.case.assessors import OWN
from detente.case.bulletin_rules import (
    BulletinDraft,
    Repeat,
    check_bulletin,
    contents,
    is_same,
    is_taken_in,
    numbers,
    on_record,
    repeats,
)
from detente.case.changes import take_in
from detente.case.columns import UNREAD, Frozen, InFile, Row, objects
from detente.case.documents import Entry, read_document
from detente.case.election import ScheduledElection, check_schedule
from detente.case.evidence import EvidenceItem
from detente.case.files import decode, read_source
from detente.case.findings import Findings
from detente.case.likelihoods import NO_REASON, Likelihood, LikelihoodRow, judged
from detente.case.mappings import read_mapping
from detente.case.polls import Poll
from detente.case.priors import RESERVED
from detente.case.processes import Event
from detente.case.schema import CaseRecord
from detente.case.values import Date, Dated, Id, Note, Reads, Text, Truth, best_guess
from detente.errors import BulletinError, Problem

SHARED = ("date", "source")
"""What a row may leave to the bulletin as a whole."""


class Retraction(Frozen):
    """An item that is withdrawn: kept in the register, out of the model from the bulletin's date on."""

    id: Annotated[Id, InFile("Id of the item.", "toast")]
    because: Annotated[Text, InFile("Why.", "It was water, not wine.")]


REPLACE = InFile("true: this row corrects the one that the case has, from the bulletin's date on.", "true")


class BulletinItem(EvidenceItem):
    """An item of evidence as a bulletin states it, with its likelihoods."""

    date: Annotated[Date | None, InFile("When it became known; left out: the bulletin's date.", "2026-03-09")] = None  # type: ignore[assignment] # filled
    source: Annotated[Note, InFile("Where it was reported; left out: the bulletin's source.", "Gazette")] = ""
    retracted_on: dt.date | None = None
    retracted_because: Text | None = None
    known_from: dt.date | None = None
    replaced_on: dt.date | None = None
    replace: Annotated[Truth, REPLACE] = False
    likelihoods: Annotated[
        Mapping[str, Any],
        InFile(
            "Under each hypothesis low, mid, high and because, or an estimative word; of several assessors a list, "
            "each with its assessor.",
            "{settle: {low: 0.3, mid: 0.5, high: 0.7, because: Envoys cost something.}, show: unlikely}",
            kind=LikelihoodRow,
            form="mapping or word",
        ),
    ]


class BulletinEvent(Event):
    """A step as a bulletin states it, known from the bulletin's date on unless it says otherwise."""

    replaced_on: dt.date | None = None
    replace: Annotated[Truth, REPLACE] = False

    date: Annotated[
        Dated | None, InFile("The day it happened, or its month or year; left out: the bulletin's date.", "2026-03-09")
    ] = None  # type: ignore[assignment] # filled
    source: Annotated[Note, InFile("Where it was reported; left out: the bulletin's source.", "Gazette")] = ""


class BulletinPoll(Poll):
    """A poll as a bulletin states it."""

    known_from: dt.date | None = None
    replaced_on: dt.date | None = None
    replace: Annotated[Truth, REPLACE] = False


class Bulletin(Frozen):
    """What became known by ``date``, and how it is judged.

    ``likelihoods[item][hypothesis]`` has every hypothesis of the new items, ``revisions`` those of items on record that
    are judged anew.  Where several assessors judge, ``readings`` has what each states, and the likelihoods are the
    pool.
    """

    date: Annotated[Date, InFile("The day by which all of it was known; the cut-off moves there.", "2026-03-10")]
    source: Annotated[Note, InFile("Where it was reported, for what names no source of its own.", "Gazette")] = ""
    replace: Annotated[Truth, InFile("true: rows that the case has already are corrected.", "true")] = False
    clusters: Annotated[
        Mapping[Id, Text],
        InFile(
            "New clusters, and why the items of each are not independent.",
            "{envoys: One delegation.}",
            reserved=RESERVED,
        ),
    ] = {}
    evidence: Annotated[tuple[EvidenceItem, ...], InFile("New items.", kind=BulletinItem)] = ()
    likelihoods: Mapping[Id, Mapping[Id, Likelihood]] = {}
    readings: tuple[LikelihoodRow, ...] = ()
    revisions: Annotated[
        Mapping[str, Any],
        InFile(
            "Likelihoods revised from the date on: of items on record, under the hypotheses named.",
            "{toast: {tactic: {low: 0.2, mid: 0.4, high: 0.6, because: It was the custom.}}}",
            name="likelihoods",
            form="mapping (id: mapping)",
        ),
    ] = {}
    events: Annotated[tuple[Event, ...], InFile("Steps that happened.", kind=BulletinEvent)] = ()
    schedule: Annotated[tuple[ScheduledElection, ...], InFile("New dates of the election.")] = ()
    polls: Annotated[tuple[Poll, ...], InFile("New polls.", kind=BulletinPoll)] = ()
    retractions: Annotated[tuple[Retraction, ...], InFile("Items withdrawn.")] = ()


def read_bulletin(source: str | bytes, label: str, case: CaseRecord) -> Bulletin:
    """Read a bulletin and check it against the whole case it is meant for.

    Parameters
    ----------
    source
        The text, or its bytes.
    label
        What errors call the file.
    case
        A whole case, as :func:`detente.case.read_record` returns it.

    Raises
    ------
    BulletinError
        If it has problems, or has been taken in already: all of them, each with its line.
    """
    findings = Findings(label)
    content = decode(source, findings) if isinstance(source, bytes) else source
    document = read_document(content, findings) if content is not None else None
    if document is not None:
        draft = _read(document)
        check_bulletin(draft, case, findings)
        if not findings.problems:
            return _assemble(draft, case)
    raise BulletinError(findings.problems)


def read_bulletins(folder: Path, case: CaseRecord, *, may_be_none: bool = False) -> tuple[Bulletin, ...]:
    """Read the bulletins of a folder (``*.yaml``) that a whole case has not taken in, in order of their dates.

    Each is checked against the case as the earlier ones leave it.

    Raises
    ------
    BulletinError
        If one has problems, or there is none and there must be one (unless ``may_be_none``).
    """
    problems: list[Problem] = []
    waiting = []
    for path in sorted(folder.glob("*.yaml")):
        findings = Findings(str(path), problems)
        source = read_source(path, findings)
        document = read_document(source, findings) if source is not None else None
        if source is not None and document is not None:
            draft = _read(document._replace(findings=Findings(str(path))))  # what is wrong with it is said below
            if not is_taken_in(draft, case):
                waiting.append((draft.date or dt.date.max, path, source))
    if not waiting and not problems and not may_be_none:
        Findings(str(folder), problems).add(0, "has no bulletin (*.yaml) that the case has not taken in already")
    bulletins = []
    for _, path, source in sorted(waiting):
        try:
            bulletins.append(read_bulletin(source, str(path), case))
            case = take_in(case, bulletins[-1])
        except BulletinError as error:
            problems.extend(error.problems)
    if problems:
        raise BulletinError(problems)
    return tuple(bulletins)


def _read(document: Entry) -> BulletinDraft:
    top = read_mapping(document, Bulletin)

    def rows(name: str, kind: type[Any] | None = None) -> tuple[Row[Any], ...]:
        return tuple(_completed(row, kind or type(row.item), top) for _, row in top.all(name))

    evidence = rows("evidence", EvidenceItem)
    events = tuple(_dated(row, top) for row in rows("events", Event))
    for row in evidence:
        if row.sound("source") and not row.item.source and top.sound("source"):
            row.add("evidence.source: is missing, and the bulletin names none either")
    schedule = rows("schedule")
    check_schedule(schedule)
    return BulletinDraft(
        top=top,
        evidence=evidence,
        likelihoods=tuple(stated for row in evidence for stated in _likelihoods(row)),
        revisions=tuple(_revisions(top)),
        events=events,
        schedule=schedule,
        polls=rows("polls", Poll),
        retractions=rows("retractions"),
    )


def _completed[T: Frozen](row: Row[Any], kind: type[T], top: Row[Bulletin]) -> Row[T]:
    """Return a row as one of the table it goes into, with what it leaves to the bulletin as a whole filled in."""
    values = row.item.fields(kind)
    faulty = set(row.faulty)
    for name in SHARED:
        if name in values and not values[name]:
            values[name] = getattr(top.item, name, UNREAD)
            if values.get(name) is UNREAD:
                del values[name]
                faulty.add(name)
    absent = [name for name in faulty if name not in values]
    replace = getattr(row.item, "replace", False) or getattr(top.item, "replace", False)
    return row.changed(item=kind.read(values, absent), faulty=faulty, extra={"replace": replace})


def _dated(row: Row[Event], top: Row[Bulletin]) -> Row[Event]:
    """Return an event with the day from which it was known: the bulletin's, unless it says or is of that day."""
    if not top.sound("date") or not row.sound("date", "known_from", "precision") or row.item.known_from is not None:
        return row
    known_from = top.item.date if row.item.first < top.item.date else None
    return row.changed(item=row.item.changed(known_from=known_from))


def _likelihoods(item: Row[EvidenceItem]) -> Iterator[Row[LikelihoodRow]]:
    """Read the likelihoods of one item: under each hypothesis low, mid, high and why, or an estimative word alone."""
    for hypothesis, part in item.all("likelihoods"):
        entry: Entry = part.item
        given = {
            "evidence": item.item.id if item.sound("id") else UNREAD,
            "hypothesis": hypothesis,
            "revised_on": None,
        }
        if entry.node.kind != "scalar":
            yield from _stated(entry, given)
            continue
        word = entry.read(Reads(best_guess, "estimative word"))
        if isinstance(word, float):
            entry.add("must state low, mid, high and because, or be an estimative word such as likely")
        values = {**given, "mid": word, "because": NO_REASON}
        known = {name: value for name, value in values.items() if value is not UNREAD}
        faulty = set(values) - set(known)
        yield Row(LikelihoodRow.read(known, faulty), item.findings, entry.line, entry.path, faulty=faulty)


def _stated(entry: Entry, given: Mapping[str, Any]) -> Iterator[Row[LikelihoodRow]]:
    """Read what one assessor states under a hypothesis, or a list of what several do."""
    for part in entry.items() if entry.is_list else (entry,):
        yield read_mapping(part, LikelihoodRow, given)


def _revisions(top: Row[Bulletin]) -> Iterator[Row[LikelihoodRow]]:
    """Read the likelihoods of items on record that are judged anew, each with its reason."""
    for item, part in top.all("revisions"):
        for hypothesis, entry in part.item.mapping().items():
            yield from _stated(entry, {"evidence": item, "hypothesis": hypothesis, "revised_on": None})


def _assemble(draft: BulletinDraft, case: CaseRecord) -> Bulletin:
    """Build the bulletin from rows that were found consistent, without those that the case has as they are."""
    top, weights = draft.top.item, case.priors.hypotheses.weights
    again = {id(repeat.row): repeat for repeat in repeats(draft, case)}

    def brought[T: Frozen](rows: Iterable[Row[T]]) -> tuple[T, ...]:
        """Return new rows, and corrected ones with what they leave blank as it was."""
        fresh = [row for row in rows if id(row) not in again or again[id(row)].differences]
        return tuple(_corrected(again[id(row)], top.date) if id(row) in again else row.item for row in fresh)

    known = {item.id for item in case.evidence}
    rows = (*draft.likelihoods, *draft.revisions)
    several = not case.own_decides and (bool(case.assessors) or any(row.item.assessor for row in rows))
    readings = tuple(_readings((row for row in rows if several or row.item.assessor), case, top.date))
    plain = [row for row in draft.likelihoods if not several and row.item.assessor is None]
    revised = [row for row in draft.revisions if not several and row.item.assessor is None]
    stated = judged(objects(plain), weights)
    if several:
        after = case.with_readings(readings)
        new = (row.item.id for row in draft.evidence if row.item.id not in known)
        stated = {item: dict(after.likelihoods[item]) for item in new}
    revisions = {
        item: {name: new for name, new in rows.items() if numbers(new) != numbers(case.likelihoods[item][name])}
        for item, rows in stated.items()
        if item in known
    }
    for row in revised:
        item, name = row.item.evidence, row.item.hypothesis
        held = {**{h: LikelihoodRow.stating(item, h, old) for h, old in case.likelihoods[item].items()}, name: row.item}
        revisions.setdefault(item, {})[name] = judged(held.values(), weights)[item][name]
    return Bulletin.read(
        {
            "date": top.date,
            "source": top.source,
            "clusters": {name: why for name, why in top.clusters.items() if name not in case.clusters},
            "evidence": brought(draft.evidence),
            "likelihoods": {item: rows for item, rows in stated.items() if item not in known},
            "readings": readings,
            "revisions": {item: rows for item, rows in revisions.items() if rows},
            "events": brought(draft.events),
            "schedule": brought(draft.schedule),
            "polls": brought(draft.polls),
            "retractions": brought(draft.retractions),
        }
    )


def _readings(rows: Iterable[Row[LikelihoodRow]], case: CaseRecord, date: dt.date) -> Iterator[LikelihoodRow]:
    """Yield what each assessor states of new items, and of items on record from the bulletin's date on."""
    known = {item.id for item in case.evidence}
    rounds = {one.id: one.round for one in case.assessors}
    for row in rows:
        is_new = row.item.evidence not in known
        if is_new or not any(is_same(row.item, one) for one in on_record(row.item, case)[:1]):
            when = {"revised_on": None if is_new else date, "round": rounds.get(row.item.assessor or OWN, 1)}
            yield row.item.changed(**when)


def _corrected[T: Frozen](repeat: Repeat[T], date: dt.date) -> T:
    """Return a row on record as a bulletin of a date corrects it."""
    stated = {name: getattr(repeat.row.item, name) for name in contents(type(repeat.row.item))}
    said = {name: value for name, value in stated.items() if value not in {None, ""}}
    return repeat.stated.changed(**said, known_from=date, source=repeat.row.item.source)  # type: ignore[attr-defined] # rows of the three tables have one
