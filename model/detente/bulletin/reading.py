"""Read a bulletin and check it whole: first for itself, then against the case it is meant for."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from detente.bulletin.checking import Draft, check_bulletin, is_taken_in
from detente.bulletin.schema import Bulletin, Retraction
from detente.bulletin.taking_in import take_in
from detente.case.consistency import check_polls
from detente.case.documents import read_document
from detente.case.facts import EVENTS, EVIDENCE, POLLS, read_clusters, read_schedule, unique
from detente.case.findings import Findings
from detente.case.judgements import LIKELIHOODS, check_intervals, guess, stated
from detente.case.polling import Poll
from detente.case.priors import Likelihood
from detente.case.records import Field, Record
from detente.case.seeds import Event, EvidenceItem, ScheduledElection
from detente.case.sources import decode, read_source
from detente.case.values import identifier, iso_date, text
from detente.errors import BulletinError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from detente.case import Case
    from detente.case.documents import Entry
    from detente.errors import Problem

BULLETIN = (
    Field("date", iso_date),
    Field("source", text, ""),
    Field("clusters", default=None),
    Field("evidence", default=None),
    Field("events", default=None),
    Field("schedule", default=None),
    Field("polls", default=None),
    Field("retractions", default=None),
)
SHARED = {"date": None, "source": ""}
"""What a row may leave to the bulletin as a whole."""
ITEM = (
    *(
        field._replace(default=SHARED.get(field.name, field.default))
        for field in EVIDENCE
        if not field.may_lack or field.name == "loading"
    ),
    Field("likelihoods"),
)
EVENT = tuple(field._replace(default=SHARED.get(field.name, field.default)) for field in EVENTS)
JUDGED = tuple(field for field in LIKELIHOODS if field.name not in {"evidence", "hypothesis"})
RETRACTION = (Field("id", identifier), Field("because", text))
NO_REASON = "Given as a word, with no reason stated."
"""The reason of a likelihood that is an estimative word and nothing else."""


def read_bulletin_file(path: Path, case: Case) -> Bulletin:
    """Read a bulletin from a file; see :func:`read_bulletin`."""
    findings = Findings(str(path))
    found = read_source(path, findings)
    if found is None:
        raise BulletinError(findings.problems)
    return read_bulletin(found, str(path), case)


def read_bulletin(source: str | bytes, label: str, case: Case) -> Bulletin:
    """Read a bulletin and check it against the whole case it is meant for.

    Parameters
    ----------
    source
        The text, or its bytes.
    label
        What errors call the file.
    case
        A whole case, as :func:`detente.case.read_whole_case` returns it.

    Raises
    ------
    BulletinError
        If it has problems, or was taken in already: all of them, each with its line.
    """
    findings = Findings(label)
    content = decode(source, findings) if isinstance(source, bytes) else source
    document = read_document(content, findings) if content is not None else None
    if document is not None:
        draft = _read(document, findings)
        check_bulletin(draft, case, findings)
        if not findings.problems:
            return _assemble(draft, case)
    raise BulletinError(findings.problems)


def read_bulletins(folder: Path, case: Case, *, may_be_none: bool = False) -> tuple[Bulletin, ...]:
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
            draft = _read(document, Findings(str(path)))  # what is wrong with it is said below
            if not is_taken_in(draft, case):
                waiting.append((draft.top.get("date") or dt.date.max, path, source))
    if not waiting and not problems and not may_be_none:
        Findings(str(folder), problems).add(0, "holds no bulletin (*.yaml) that the case has not taken in")
    found = []
    for _, path, source in sorted(waiting):
        try:
            found.append(read_bulletin(source, str(path), case))
            case = take_in(case, found[-1])
        except BulletinError as error:
            problems.extend(error.problems)
    if problems:
        raise BulletinError(problems)
    return tuple(found)


def _read(document: Entry, findings: Findings) -> Draft:
    top = document.record(BULLETIN)
    shared = {"date": top.get("date"), "source": top.get("source")}

    def rows(name: str, fields: Sequence[Field]) -> tuple[Record, ...]:
        """Read a list of mappings, each with what it leaves to the bulletin filled in."""
        entry = top.get(name)
        records = [item.record(fields) for item in entry.items()] if entry else ()
        known = {field.name for field in fields}
        missing = {name: value for name, value in shared.items() if name in known}
        return tuple(_filled(record, missing) for record in records)

    evidence = rows("evidence", ITEM)
    for record in evidence:
        if "source" in record.values and not record.get("source") and "source" in top.values:
            findings.add(record.line, "evidence.source: is missing, and the bulletin as a whole names none")
    distinct = {id(record) for record in unique(evidence, "id", findings).values()}
    judged = [
        (record, tuple(_likelihoods(record)))
        for record in evidence
        if record.get("likelihoods") and (id(record) in distinct or record.get("id") is None)
    ]
    check_intervals([row for _, likelihoods in judged for row in likelihoods], findings)
    clusters, schedule = top.get("clusters"), top.get("schedule")
    polls = rows("polls", POLLS)
    check_polls(polls, findings)
    return Draft(
        top=top,
        clusters=read_clusters(clusters) if clusters else {},
        evidence=evidence,
        judged=tuple(record for record, _ in judged),
        likelihoods=tuple(row for _, likelihoods in judged for row in likelihoods),
        events=rows("events", EVENT),
        schedule=read_schedule(schedule) if schedule and not _is_empty(schedule) else (),
        polls=polls,
        retractions=rows("retractions", RETRACTION),
    )


def _is_empty(entry: Entry) -> bool:
    return entry.is_list and not entry.node.parts


def _filled(record: Record, shared: Mapping[str, Any]) -> Record:
    """Give a row what it leaves blank of what the bulletin as a whole says."""
    blank = {name: value for name, value in shared.items() if name in record.values and not record.values[name]}
    return record._replace(values={**record.values, **blank})


def _likelihoods(record: Record) -> Iterator[Record]:
    """Read the likelihoods of one item: under each hypothesis low, mid, high and why, or an estimative word alone."""
    for hypothesis, entry in record.get("likelihoods").mapping().items():
        known = len(entry.findings.problems)
        if entry.node.kind == "scalar":
            word = entry.read(guess)
            row = Record(entry.line, {"mid": word, "low": None, "high": None, "because": NO_REASON}, {})
            if isinstance(word, float):
                entry.add("must state low, mid, high and because, or be an estimative word such as likely")
        else:
            row = entry.record(JUDGED)
        # Blank is None; what could not be read has no value, so that it is not taken for blank.
        sound = row.values if len(entry.findings.problems) == known else {}
        yield row._replace(values={**sound, "evidence": record.get("id"), "hypothesis": hypothesis})


def _assemble(draft: Draft, case: Case) -> Bulletin:
    """Build the frozen objects from a draft that was found consistent."""
    judged: dict[str, dict[str, Likelihood]] = {}
    rows = {(row.get("evidence"), row.get("hypothesis")): row for row in draft.likelihoods}
    for item in draft.evidence:
        for hypothesis in case.hypothesis_ids:
            row = rows[item.get("id"), hypothesis]
            low, mid, high, word = stated(row)
            judged.setdefault(item.get("id"), {})[hypothesis] = Likelihood.model_construct(
                low=low, mid=mid, high=high, because=row.get("because"), word=word
            )
    return Bulletin.model_construct(
        date=draft.top.get("date"),
        clusters={name: row.get("why") for name, row in draft.clusters.items() if name not in case.clusters},
        evidence=tuple(
            EvidenceItem.model_construct(**{name: value for name, value in row.values.items() if name != "likelihoods"})
            for row in draft.evidence
        ),
        likelihoods=judged,
        events=tuple(Event.model_construct(**row.values) for row in draft.events),
        schedule=tuple(ScheduledElection.model_construct(**row.values) for row in draft.schedule),
        polls=tuple(Poll.model_construct(**row.values) for row in draft.polls),
        retractions=tuple(Retraction.model_construct(**row.values) for row in draft.retractions),
    )
