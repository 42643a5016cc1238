"""Bulletins: what became known by a day, and how it is judged, in the objects and by the rules of the case's tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from detente.case.changes import take_in
from detente.case.columns import UNREAD, Column, Frozen, Row, objects
from detente.case.documents import Entry, read_document
from detente.case.election import ELECTION, ScheduledElection, check_schedule
from detente.case.evidence import (
    NO_REASON,
    EvidenceItem,
    Likelihood,
    LikelihoodRow,
    check_clusters,
    check_likelihoods,
    judged,
)
from detente.case.files import decode, read_source
from detente.case.findings import Findings
from detente.case.mappings import read_mapping
from detente.case.polls import Poll, check_polls, house
from detente.case.priors import DEFAULT, RESERVED
from detente.case.processes import Event, check_events
from detente.case.question import Declared
from detente.case.schema import CaseRecord
from detente.case.values import Date, Id, Note, Reads, Text, best_guess
from detente.errors import BulletinError, Problem, quoted

SHARED = ("date", "source")
"""What a row may leave to the bulletin as a whole."""


class Retraction(Frozen):
    """An item that is withdrawn: kept in the register, out of the model from the bulletin's date on."""

    id: Annotated[Id, Column("Id of the item.", "toast")]
    because: Annotated[Text, Column("Why.", "It was water, not wine.")]


class BulletinItem(EvidenceItem):
    """An item of evidence as a bulletin states it, with its likelihoods."""

    date: Annotated[Date | None, Column("When it became known; left out: the bulletin's date.", "2026-03-09")] = None  # type: ignore[assignment] # filled
    source: Annotated[Note, Column("Where it was reported; left out: the bulletin's source.", "Gazette")] = ""
    retracted_on: dt.date | None = None
    retracted_because: Text | None = None
    likelihoods: Annotated[
        Mapping[str, Any],
        Column(
            "Under each hypothesis low, mid, high and because, or an estimative word.",
            "{settle: {low: 0.3, mid: 0.5, high: 0.7, because: Envoys cost something.}, show: unlikely}",
            kind=LikelihoodRow,
            form="mapping or word",
        ),
    ]


class BulletinEvent(Event):
    """A step as a bulletin states it, known from the bulletin's date on unless it says otherwise."""

    date: Annotated[Date | None, Column("The day it happened; left out: the bulletin's date.", "2026-03-09")] = None  # type: ignore[assignment] # filled
    source: Annotated[Note, Column("Where it was reported; left out: the bulletin's source.", "Gazette")] = ""


class Bulletin(Frozen):
    """What became known by ``date``, and how it is judged; ``likelihoods[item][hypothesis]`` is complete."""

    date: Annotated[Date, Column("The day by which all of it was known; the cut-off moves there.", "2026-03-10")]
    source: Annotated[Note, Column("Where it was reported, for what names no source of its own.", "Gazette")] = ""
    clusters: Annotated[
        Mapping[Id, Text],
        Column(
            "New clusters, and why the items of each are not independent.",
            "{envoys: One delegation.}",
            reserved=RESERVED,
        ),
    ] = Field(default_factory=dict)
    evidence: Annotated[tuple[EvidenceItem, ...], Column("New items.", kind=BulletinItem)] = ()
    likelihoods: Mapping[Id, Mapping[Id, Likelihood]] = Field(default_factory=dict)
    events: Annotated[tuple[Event, ...], Column("Steps that happened.", kind=BulletinEvent)] = ()
    schedule: Annotated[tuple[ScheduledElection, ...], Column("New dates of the election.")] = ()
    polls: Annotated[tuple[Poll, ...], Column("New polls.")] = ()
    retractions: Annotated[tuple[Retraction, ...], Column("Items withdrawn.")] = ()


class Draft(NamedTuple):
    """A bulletin as far as it could be read, in rows like those of the tables."""

    top: Row[Bulletin]
    evidence: tuple[Row[EvidenceItem], ...]
    likelihoods: tuple[Row[LikelihoodRow], ...]
    events: tuple[Row[Event], ...]
    schedule: tuple[Row[ScheduledElection], ...]
    polls: tuple[Row[Poll], ...]
    retractions: tuple[Row[Retraction], ...]

    @property
    def rows(self) -> tuple[Row[Any], ...]:
        """Everything it brings."""
        return (*self.evidence, *self.events, *self.schedule, *self.polls, *self.retractions)

    @property
    def date(self) -> dt.date | None:
        """Its date, where that could be read."""
        return self.top.item.date if self.top.sound("date") else None


def read_bulletin_file(path: Path, case: CaseRecord) -> Bulletin:
    """Read a bulletin from a file; see :func:`read_bulletin`."""
    findings = Findings(str(path))
    text = read_source(path, findings)
    if text is None:
        raise BulletinError(findings.problems)
    return read_bulletin(text, str(path), case)


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
        _check(draft, case, findings)
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
            if not _is_taken_in(draft, case):
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


def _read(document: Entry) -> Draft:
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
    return Draft(
        top=top,
        evidence=evidence,
        likelihoods=tuple(stated for row in evidence for stated in _likelihoods(row)),
        events=events,
        schedule=schedule,
        polls=rows("polls"),
        retractions=rows("retractions"),
    )


def _completed[T: Frozen](row: Row[Any], kind: type[T], top: Row[Bulletin]) -> Row[T]:
    """Return a row as one of the table it goes into, with what it leaves to the bulletin as a whole filled in."""
    values = {name: getattr(row.item, name) for name in kind.model_fields if hasattr(row.item, name)}
    faulty = set(row.faulty)
    for name in SHARED:
        if name in values and not values[name]:
            values[name] = getattr(top.item, name, UNREAD)
            if values.get(name) is UNREAD:
                del values[name]
                faulty.add(name)
    absent = [name for name in faulty if name not in values]
    return row._replace(item=kind.read(values, absent), faulty=faulty)


def _dated(row: Row[Event], top: Row[Bulletin]) -> Row[Event]:
    """Return an event with the day from which it was known: the bulletin's, unless it says or is of that day."""
    if not top.sound("date") or not row.sound("date", "known_from") or row.item.known_from is not None:
        return row
    known_from = top.item.date if row.item.date < top.item.date else None
    return row._replace(item=row.item.model_copy(update={"known_from": known_from}))


def _likelihoods(item: Row[EvidenceItem]) -> Iterator[Row[LikelihoodRow]]:
    """Read the likelihoods of one item: under each hypothesis low, mid, high and why, or an estimative word alone."""
    for hypothesis, part in item.all("likelihoods"):
        entry: Entry = part.item
        given = {"evidence": item.item.id if item.sound("id") else UNREAD, "hypothesis": hypothesis}
        if entry.node.kind != "scalar":
            yield read_mapping(entry, LikelihoodRow, given)
            continue
        word = entry.read(Reads(best_guess, "estimative word"))
        if isinstance(word, float):
            entry.add("must state low, mid, high and because, or be an estimative word such as likely")
        values = {**given, "mid": word, "because": NO_REASON}
        known = {name: value for name, value in values.items() if value is not UNREAD}
        faulty = set(values) - set(known)
        yield Row(LikelihoodRow.read(known, faulty), item.findings, entry.line, entry.path, faulty=faulty)


def _assemble(draft: Draft, case: CaseRecord) -> Bulletin:
    """Build the bulletin from rows that were found consistent."""
    top = draft.top.item
    return Bulletin.read(
        {
            "date": top.date,
            "source": top.source,
            "clusters": {name: why for name, why in top.clusters.items() if name not in case.clusters},
            "evidence": objects(draft.evidence),
            "likelihoods": judged(objects(draft.likelihoods), case.priors.hypotheses.weights),
            "events": objects(draft.events),
            "schedule": objects(draft.schedule),
            "polls": objects(draft.polls),
            "retractions": objects(draft.retractions),
        }
    )


def _is_taken_in(draft: Draft, case: CaseRecord) -> bool:
    """Tell whether a case has everything a bulletin brings: every item, event, date, poll and retraction."""
    claims = {item.id: item.claim for item in case.evidence}
    if any(not row.sound("id", "claim") or row.item.claim != claims.get(row.item.id) for row in draft.evidence):
        return False
    if draft.rows:
        return len({id(row) for row, _ in _known(draft, case)}) == len(draft.rows)
    return draft.date is not None and draft.date <= case.information_cutoff


def _check(draft: Draft, case: CaseRecord, findings: Findings) -> None:
    """Note everything about a bulletin that its case does not allow; ``case`` is the whole case."""
    if _is_taken_in(draft, case):
        what = (
            "everything in it is in the case"
            if draft.rows
            else "it contains nothing, and the cut-off has reached its date"
        )
        findings.add(0, f"has been taken in already: {what}")
        return
    for row, problem in _known(draft, case):
        row.add(problem)
    election = case.election
    if election is not None:
        dated = objects(row for row in draft.schedule if row.sound("known_from", "date"))
        election = election.model_copy(update={"schedule": (*election.schedule, *dated)})
    new = getattr(draft.top.item, "clusters", {})
    declared = Declared(case.changed(clusters={**case.clusters, **new}, election=election))
    _check_dates(draft)
    _check_items(draft, case, declared)
    for row in draft.schedule:
        if election is None:
            row.add("schedule: case.yaml declares no election")
        elif row.sound("date") and row.item.date >= case.horizon:
            message = f"schedule.date: must be before the horizon, {case.horizon} (got {row.item.date})"
            row.add(message, at="date")
    check_polls(draft.polls)
    spelt = {house(poll.pollster): poll.pollster for poll in case.polls}
    for row in draft.polls:
        if (
            row.sound("pollster")
            and (known := spelt.get(house(row.item.pollster), row.item.pollster)) != row.item.pollster
        ):
            row.add(f"polls.pollster: {quoted(row.item.pollster)} is {quoted(known)} in polls.csv: use that spelling")
    _check_course(draft, case, declared)
    _check_retractions(draft, case)


def _known(draft: Draft, case: CaseRecord) -> Iterator[tuple[Row[Any], str]]:
    """Yield what the case has already, and how to say so."""
    dates = case.election.schedule if case.election else ()
    withdrawn = tuple(item for item in case.evidence if item.retracted_on is not None)
    tables: tuple[tuple[Sequence[Row[Any]], tuple[str, ...], Iterable[Frozen], str], ...] = (
        (draft.evidence, ("id",), case.evidence, 'evidence.id: "{id}" is already in evidence.csv'),
        (draft.events, ("process", "state"), case.events, "events: {process} > {state} is already in events.csv"),
        (draft.schedule, ("known_from",), dates, "schedule.known_from: {known_from} is already in case.yaml"),
        (
            draft.polls,
            ("pollster", "start", "end"),
            case.polls,
            "polls: this poll of {pollster} is already in polls.csv",
        ),
        (draft.retractions, ("id",), withdrawn, 'retractions.id: "{id}" has been retracted already'),
    )
    for rows, names, stated, message in tables:
        known = {tuple(getattr(one, name) for name in names) for one in stated}
        for row in rows:
            if row.sound(*names) and (key := tuple(getattr(row.item, name) for name in names)) in known:
                yield row, message.format(**dict(zip(names, key, strict=True)))


def _check_dates(draft: Draft) -> None:
    """Check that nothing became known after the bulletin's own date."""
    polled = [row for row in draft.polls if row.sound("published") and row.item.published is None]
    dated: tuple[tuple[str, str, Iterable[Row[Any]]], ...] = (
        ("evidence", "date", draft.evidence),
        ("events", "date", draft.events),
        ("events", "known_from", draft.events),
        ("schedule", "known_from", draft.schedule),
        ("polls", "published", draft.polls),
        ("polls", "end", polled),
    )
    for part, name, rows in dated:
        for row in rows:
            day = getattr(row.item, name) if row.sound(name) else None
            if draft.date is not None and day is not None and day > draft.date:
                message = f"{part}.{name}: must not be later than the bulletin's date, {draft.date} (got {day})"
                row.add(message, at=name)


def _check_items(draft: Draft, case: CaseRecord, declared: Declared) -> None:
    """Check items, their clusters and their likelihoods."""
    for name, row in draft.top.all("clusters"):
        if name in case.clusters and row.item != case.clusters[name]:
            row.add(f"clusters.{name}: is already in case.yaml, with another reason: leave it out")
        if name not in case.priors.dependence and DEFAULT not in case.priors.dependence:
            row.add(f"clusters.{name}: has no correlation: give dependence.{DEFAULT} in priors.yaml")
    check_clusters(draft.evidence, declared)
    watched = {item.id for item in case.watch}
    for row in draft.evidence:
        if row.sound("id") and row.item.id in watched:
            remedy = "delete its rows there first"
            row.add(f"evidence.id: {quoted(row.item.id)} is in watch.csv: {remedy}", at="id")
    with_likelihoods = [row for row in draft.evidence if row.sound("likelihoods")]
    check_likelihoods(draft.likelihoods, with_likelihoods, declared, draft.top.findings.file)


def _check_course(draft: Draft, case: CaseRecord, declared: Declared) -> None:
    """Check that the events, and those on record, are possible one after the other."""
    known = {id(row) for row, _ in _known(draft, case)}
    fresh = [row for row in draft.events if id(row) not in known]
    for row in fresh:
        if row.sound("process") and row.item.process == ELECTION and any(e.process == ELECTION for e in case.events):
            row.add("events: events.csv already has the winner of the election, and it is a different one")
            return
    touched = {row.item.process: row.line for row in reversed(fresh) if row.sound("process")}
    if draft.schedule and declared.has_election:
        touched.setdefault(ELECTION, draft.schedule[0].line)
    # What is on record is spoken of at the line that does not fit it; what follows from a misfit is no other problem.
    course = Findings(draft.top.findings.file)
    recorded = [Row(event, course, touched[event.process]) for event in case.events if event.process in touched]
    check_events([*recorded, *(row._replace(findings=course) for row in fresh)], declared)
    first = {problem.line: problem for problem in reversed(course.problems)}
    draft.top.findings.problems.extend(first.values())


def _check_retractions(draft: Draft, case: CaseRecord) -> None:
    """Check that what is withdrawn is there."""
    items = {item.id: item for item in case.evidence}
    for row in draft.retractions:
        if not row.sound("id"):
            continue
        item = items.get(row.item.id)
        if item is None:
            row.unknown("retractions.id: evidence.csv has no item", row.item.id, items, at="id")
        elif draft.date is not None and draft.date < item.date:
            row.add(f"retractions.id: {item.id} is dated {item.date}, after the bulletin's date, {draft.date}")
