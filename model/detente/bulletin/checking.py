"""Check a bulletin against the case it is meant for, with the checks that the case's own files pass."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from detente.case.consistency import check_clusters, check_events, check_likelihoods
from detente.case.facts import DEFAULT, ELECTION, CaseDraft, ProcessDraft
from detente.case.findings import Findings
from detente.case.records import Record
from detente.errors import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from detente.case import Case
    from detente.case.frozen import Frozen
    from detente.case.seeds import Process


class Draft(NamedTuple):
    """A bulletin as far as it could be read; ``judged`` are the items whose likelihoods could be."""

    top: Record
    clusters: Mapping[str, Record]
    evidence: tuple[Record, ...]
    judged: tuple[Record, ...]
    likelihoods: tuple[Record, ...]
    events: tuple[Record, ...]
    schedule: tuple[Record, ...]
    polls: tuple[Record, ...]
    retractions: tuple[Record, ...]

    @property
    def rows(self) -> tuple[Record, ...]:
        """Everything it brings."""
        return (*self.evidence, *self.events, *self.schedule, *self.polls, *self.retractions)


def is_taken_in(draft: Draft, case: Case) -> bool:
    """Tell whether a case has everything a bulletin brings: every item, event, date, poll and retraction."""
    claims = {item.id: item.claim for item in case.evidence}
    if any(record.get("claim") != claims.get(record.get("id")) for record in draft.evidence):
        return False
    if draft.rows:
        return len({id(record) for record, _ in _known(draft, case)}) == len(draft.rows)
    return draft.top.get("date") is not None and draft.top.get("date") <= case.information_cutoff


def check_bulletin(draft: Draft, case: Case, findings: Findings) -> None:
    """Note everything about a bulletin that its case does not allow; ``case`` is the whole case."""
    if is_taken_in(draft, case):
        what = "everything in it is in the case" if draft.rows else "it brings nothing, and the cut-off is there"
        findings.add(0, f"was taken in already: {what}")
        return
    for record, problem in _known(draft, case):
        findings.add(record.line, problem)
    merged = _draft(case, draft)
    _check_dates(draft, findings)
    _check_items(draft, case, merged, findings)
    _check_schedule(draft, merged, findings)
    _check_course(draft, case, merged, findings)
    held = {item.id: item for item in case.evidence}
    for record in draft.retractions:
        item, day = held.get(record.get("id")), draft.top.get("date")
        if record.get("id") is not None and item is None:
            findings.unknown(record.at("id"), "retractions.id: evidence.csv has no item", record.get("id"), held)
        elif item is not None and day is not None and day < item.date:
            findings.add(
                record.line, f"retractions.id: {item.id} is dated {item.date}, after the bulletin's date, {day}"
            )
    for record in _repeated(draft.retractions, "id"):
        findings.add(record.line, f"retractions.id: {quoted(record.get('id'))} is retracted twice")


def _known(draft: Draft, case: Case) -> Iterator[tuple[Record, str]]:
    """Yield what the case has already, and how to say so."""
    items = {item.id: item for item in case.evidence}
    events = {(event.process, event.state) for event in case.events}
    withdrawn = {item.id for item in case.evidence if item.retracted_on is not None}

    for record in draft.evidence:
        if record.get("id") in items:
            yield record, f"evidence.id: {quoted(record.get('id'))} is in evidence.csv already"
    for record in draft.events:
        if (record.get("process"), record.get("state")) in events:
            yield record, f"events: {record.get('process')} > {record.get('state')} is in events.csv already"
    yield from _known_outside(draft, case)
    for record in draft.retractions:
        if record.get("id") in withdrawn:
            yield record, f"retractions.id: {quoted(record.get('id'))} is retracted already"


def _known_outside(draft: Draft, case: Case) -> Iterator[tuple[Record, str]]:
    """Yield the dates of the election and the polls that the case has already."""
    schedule = {row.known_from for row in case.election.schedule} if case.election else set()
    polls = {(poll.pollster, poll.start, poll.end) for poll in case.polls}
    for record in draft.schedule:
        if record.get("known_from") in schedule:
            yield record, f"schedule.known_from: {record.get('known_from')} is in case.yaml already"
    for record in draft.polls:
        if tuple(record.get(name) for name in ("pollster", "start", "end")) in polls:
            yield record, f"polls: this poll of {record.get('pollster')} is in polls.csv already"


def _check_dates(draft: Draft, findings: Findings) -> None:
    """Check that nothing became known after the bulletin's own date."""
    day = draft.top.get("date")
    polled = [record for record in draft.polls if record.get("published") is None]
    dated = (
        ("evidence", "date", draft.evidence),
        ("events", "date", draft.events),
        ("schedule", "known_from", draft.schedule),
        ("polls", "published", draft.polls),
        ("polls", "end", polled),
    )
    for part, name, records in dated:
        for record in records:
            if day is not None and record.get(name) is not None and record.get(name) > day:
                problem = f"{part}.{name}: must not be after the bulletin's date, {day} (got {record.get(name)})"
                findings.add(record.at(name), problem)


def _check_items(draft: Draft, case: Case, merged: CaseDraft, findings: Findings) -> None:
    """Check items, their clusters and their likelihoods."""
    for name, record in draft.clusters.items():
        if name in case.clusters and record.get("why") not in {None, case.clusters[name]}:
            findings.add(record.line, f"clusters.{name}: is in case.yaml already, with another reason: leave it out")
        if name not in case.priors.dependence and DEFAULT not in case.priors.dependence:
            findings.add(record.line, f"clusters.{name}: has no correlation: give dependence.{DEFAULT} in priors.yaml")
    check_clusters(draft.evidence, merged, findings)
    watched = {item.id for item in case.watch}
    for record in draft.evidence:
        if record.get("id") in watched:
            remedy = "delete its rows in watch.csv first"
            findings.add(record.at("id"), f"evidence.id: {quoted(record.get('id'))} is something to watch: {remedy}")
    check_likelihoods(draft.likelihoods, draft.judged, merged, findings, findings)


def _check_schedule(draft: Draft, merged: CaseDraft, findings: Findings) -> None:
    """Check that there is an election to schedule, and that it stays within the horizon."""
    for record in draft.schedule:
        date, horizon = record.get("date"), merged.top.get("horizon")
        if not merged.has_election:
            findings.add(record.line, "schedule: case.yaml declares no election")
        elif date is not None and date >= horizon:
            message = f"schedule.date: must be before the horizon, {horizon} (got {date})"
            findings.add(record.at("date"), message)


def _check_course(draft: Draft, case: Case, merged: CaseDraft, findings: Findings) -> None:
    """Check that the events, and those on record, are possible one after the other."""
    known = {id(record) for record, _ in _known(draft, case)}
    fresh = [record for record in draft.events if id(record) not in known]
    for record in fresh:
        if record.get("process") == ELECTION and any(event.process == ELECTION for event in case.events):
            findings.add(record.line, "events: the election's winner is in events.csv already, and it is another one")
            return
    touched = {record.get("process"): record.line for record in reversed(fresh)}
    if draft.schedule and merged.has_election:
        touched.setdefault(ELECTION, draft.schedule[0].line)
    # What is on record is spoken of at the line that does not fit it; what follows from a misfit is no other problem.
    recorded = [_record(event, touched[event.process]) for event in case.events if event.process in touched]
    course = Findings(findings.file)
    check_events([*recorded, *fresh], merged, course)
    first = {problem.line: problem for problem in reversed(course.problems)}
    findings.problems.extend(first.values())


def _draft(case: Case, draft: Draft) -> CaseDraft:
    """Return the case, with the clusters and the schedule a bulletin brings, as what the checks read."""
    election = case.election
    return CaseDraft(
        top=_record(case),
        source=None,
        hypotheses={hypothesis.id: _record(hypothesis) for hypothesis in case.hypotheses},
        clusters={**{name: Record(0, {"why": why}, {}) for name, why in case.clusters.items()}, **draft.clusters},
        has_election=election is not None,
        schedule=(*(_record(row) for row in election.schedule), *draft.schedule) if election else (),
        winners={winner.id: _record(winner) for winner in election.winners} if election else {},
        deadlines={},
        processes={process.id: _process(process) for process in case.processes},
        outcomes={outcome.id: _record(outcome) for outcome in case.outcomes},
        faulty=frozenset(),
    )


def _process(process: Process) -> ProcessDraft:
    return ProcessDraft(
        line=0,
        states=dict.fromkeys(process.states, 0),
        start=_record(process.start),
        transitions={(step.source, step.target): 0 for step in process.transitions},
        whole=True,
    )


def _record(part: Frozen, line: int = 0) -> Record:
    return Record(line, {name: getattr(part, name) for name in type(part).model_fields}, {})


def _repeated(records: Sequence[Record], name: str) -> list[Record]:
    times = Counter(record.get(name) for record in records if record.get(name) is not None)
    return [record for record in records if times[record.get(name)] > 1][1:]
