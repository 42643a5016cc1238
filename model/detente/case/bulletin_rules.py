"""What a bulletin may say to the case it is meant for: the rules of the tables, and what is there already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from detente.case.assessors import OWN, Assessor
from detente.case.columns import Frozen, Row, objects, specs
from detente.case.election import ELECTION, ScheduledElection
from detente.case.evidence import EvidenceItem, check_clusters
from detente.case.findings import Findings
from detente.case.likelihoods import EarlierLikelihood, Likelihood, LikelihoodRow, check_likelihoods
from detente.case.polls import Poll, check_kinds, check_polls, house
from detente.case.priors import DEFAULT, poll_errors
from detente.case.processes import Event, check_events
from detente.case.question import Declared
from detente.errors import quoted

if TYPE_CHECKING:
    from detente.case.bulletins import Bulletin, Retraction
    from detente.case.schema import CaseRecord

NO_CONTENTS = frozenset(
    {"source", "known_from", "replaced_on", "retracted_on", "retracted_because", "replace", "likelihoods"}
)
"""Fields of a row that say nothing of what it is about."""


class BulletinDraft(NamedTuple):
    """A bulletin as far as it could be read, in rows like those of the tables."""

    top: Row[Bulletin]
    evidence: tuple[Row[EvidenceItem], ...]
    likelihoods: tuple[Row[LikelihoodRow], ...]
    revisions: tuple[Row[LikelihoodRow], ...]
    events: tuple[Row[Event], ...]
    schedule: tuple[Row[ScheduledElection], ...]
    polls: tuple[Row[Poll], ...]
    retractions: tuple[Row[Retraction], ...]

    @property
    def rows(self) -> tuple[Row[Any], ...]:
        """Everything it brings."""
        return (*self.evidence, *self.events, *self.schedule, *self.polls, *self.retractions, *self.revisions)

    @property
    def date(self) -> dt.date | None:
        """Its date, where that could be read."""
        return self.top.item.date if self.top.sound("date") else None


def numbers(stated: Likelihood) -> tuple[float, float, float]:
    """Return low, mid and high of a likelihood."""
    return stated.low, stated.mid, stated.high


def contents(kind: type[Frozen]) -> tuple[str, ...]:
    """Return the fields in which a row may differ from the one on record; where it was reported is none of them."""
    return tuple(spec.field for spec in specs(kind) if spec.field not in NO_CONTENTS)


def is_taken_in(draft: BulletinDraft, case: CaseRecord) -> bool:
    """Tell whether a case has everything a bulletin brings, as the bulletin has it."""
    if not draft.rows:
        return draft.date is not None and draft.date <= case.information_cutoff
    same = {id(repeat.row) for repeat in repeats(draft, case) if not repeat.differences}
    return same == {id(row) for row in draft.rows}


def check_bulletin(draft: BulletinDraft, case: CaseRecord, findings: Findings) -> None:
    """Note everything about a bulletin that its case does not allow; ``case`` is the whole case."""
    if is_taken_in(draft, case):
        what = (
            "everything in it is in the case: `detente undo` takes it back if it was the last change"
            if draft.rows
            else "it contains nothing, and the cut-off has reached its date: add what is new, or give a later date"
        )
        findings.add(0, f"has been taken in already: {what}")
        return
    for repeat in repeats(draft, case):
        if not repeat.row.extra.get("replace"):
            repeat.row.add(repeat.problem)
    election = case.election
    if election is not None:
        dated = objects(row for row in draft.schedule if row.sound("known_from", "date"))
        election = election.changed(schedule=(*election.schedule, *dated))
    new = getattr(draft.top.item, "clusters", {})
    declared = Declared(case.changed(clusters={**case.clusters, **new}, election=election))
    _check_dates(draft)
    _check_items(draft, case, declared)
    _check_schedule(draft, case)
    _check_polls(draft, case)
    _check_course(draft, case, declared)
    _check_retractions(draft, case)
    _check_revisions(draft, case)
    _check_rounds(draft)


class Repeat[T: Frozen](NamedTuple):
    """A row of a bulletin that the case has already, and in what they differ."""

    row: Row[T]
    stated: T
    differences: tuple[str, ...]
    message: str

    @property
    def problem(self) -> str:
        """What is wrong with it, unless it is a correction."""
        if not self.differences:
            return self.message
        remedy = "add `replace: true` to correct it" if "replace" in self.row.extra else "leave it out"
        return f"{self.message}, with other contents ({'; '.join(self.differences)}): {remedy}"


def repeats(draft: BulletinDraft, case: CaseRecord) -> Iterator[Repeat[Any]]:
    """Yield what the case has already."""
    dates = case.election.schedule if case.election else ()
    withdrawn = tuple(item for item in case.evidence if item.retracted_on is not None)
    winner = [event for event in case.events if event.process == ELECTION]
    steps = [event for event in case.events if event.process != ELECTION]
    returning = {process.id for process in case.processes if process.returns}
    again = tuple(row for row in draft.events if row.sound("process") and row.item.process in returning)
    once = tuple(row for row in draft.events if not any(row is other for other in again))
    present = "events: {process} > {state} is already in events.csv"
    tables: tuple[tuple[Sequence[Row[Any]], tuple[str, ...], Iterable[Any], str], ...] = (
        (draft.evidence, ("id",), case.evidence, 'evidence.id: "{id}" is already in evidence.csv'),
        (once, ("process", "state"), steps, present),
        (again, ("process", "state", "date"), steps, f"{present} on that day"),
        (draft.events, ("process",), winner, "events: events.csv already has the winner of the election"),
        (draft.schedule, ("known_from",), dates, "schedule.known_from: {known_from} is already in case.yaml"),
        (
            draft.polls,
            ("pollster", "start", "end", "kind"),
            case.polls,
            "polls: this poll of {pollster} is already in polls.csv",
        ),
        (draft.retractions, ("id",), withdrawn, 'retractions.id: "{id}" has been retracted already'),
    )
    for rows, names, stated, message in tables:
        known: dict[tuple[Any, ...], list[Any]] = {}
        for one in stated:
            known.setdefault(tuple(getattr(one, name) for name in names), []).append(one)
        for row in rows:
            key = tuple(getattr(row.item, name) for name in names) if row.sound(*names) else ()
            if key not in known:
                continue
            held = sorted(known[key], key=lambda one: getattr(one, "replaced_on", None) or dt.date.max)
            told: list[tuple[str, ...]] = [()]
            if rows is not draft.retractions:
                told = [tuple(_differences(row, one, draft, case)) for one in held]
            # It may be as it is on record, or as it was before a correction.
            differences = told[-1] if all(told) else ()
            yield Repeat(row, held[-1], differences, message.format(**dict(zip(names, key, strict=True))))
    for row in draft.revisions:
        cells = on_record(row.item, case, draft.date) if row.sound("assessor") else []
        if row.sound("low", "mid", "high") and any(is_same(row.item, cell) for cell in cells):
            yield Repeat(row, row.item, (), f"likelihoods.{row.item.evidence}: is the likelihood on record already")


def _differences(row: Row[Any], stated: Frozen, draft: BulletinDraft, case: CaseRecord) -> Iterator[str]:
    """Say in what a row differs from the one on record; what it leaves blank is no difference."""
    for name in contents(type(row.item)):
        if isinstance(stated, Event) and name in {"date", "precision"}:
            if name == "date" and row.sound("date", "precision") and row.item.when != stated.when:
                yield f"date {row.item.when}, not {stated.when}"
            continue
        new, old = (getattr(row.item, name) if row.sound(name) else None), getattr(stated, name)
        if new not in {None, ""} and new != old:
            yield f"{name} {_shown(new)}, not {_shown(old)}"
    if isinstance(row.item, EvidenceItem):
        for judgement in draft.likelihoods:
            if not judgement.sound("evidence", "hypothesis", "low", "mid", "high"):
                continue
            item, hypothesis = judgement.item.evidence, judgement.item.hypothesis
            cells = on_record(judgement.item, case, dt.date.min) if judgement.sound("assessor") else []
            if item == row.item.id and cells and not any(is_same(judgement.item, cell) for cell in cells):
                yield f"likelihood under {hypothesis}"


def on_record(row: LikelihoodRow, case: CaseRecord, day: dt.date | None = None) -> list[Likelihood]:
    """Return what the case has for a row's item, hypothesis and assessor: now, and before each revision after a day."""
    key = row.evidence, row.hypothesis
    table: Mapping[str, Mapping[str, Likelihood]] = case.likelihoods
    earlier: Sequence[EarlierLikelihood] = case.earlier_likelihoods
    if row.assessor or (case.assessors and not case.own_decides):
        one = next((one for one in case.assessors if one.id == (row.assessor or OWN)), Assessor.read({"id": ""}))
        table, earlier = one.likelihoods, one.earlier
    cells: list[Likelihood | None] = (
        [table[row.evidence][row.hypothesis]] if row.hypothesis in table.get(row.evidence, {}) else []
    )
    if day is not None:
        cells += [one.likelihood for one in earlier if (one.evidence, one.hypothesis) == key and day < one.until]
    return [cell for cell in cells if cell is not None]


def is_same(row: LikelihoodRow, stated: Likelihood) -> bool:
    """Tell whether a row states the likelihood on record."""
    if isinstance(row.mid, str):
        return row.mid == stated.word
    return None not in {row.low, row.high} and numbers(row.likelihood()) == numbers(stated)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return quoted(value) if isinstance(value, str) and " " in value else "blank" if value in {None, ""} else f"{value}"


def _check_dates(draft: BulletinDraft) -> None:
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


def _check_items(draft: BulletinDraft, case: CaseRecord, declared: Declared) -> None:
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


def _check_course(draft: BulletinDraft, case: CaseRecord, declared: Declared) -> None:
    """Check that the events, and those on record, are possible one after the other."""
    again = [repeat for repeat in repeats(draft, case) if any(repeat.row is row for row in draft.events)]
    corrected = [repeat for repeat in again if repeat.differences and repeat.row.extra.get("replace")]
    left_out = {id(repeat.row) for repeat in again} - {id(repeat.row) for repeat in corrected}
    replaced = {id(repeat.stated) for repeat in corrected}
    fresh = [row for row in draft.events if id(row) not in left_out]
    touched = {row.item.process: row.line for row in reversed(fresh) if row.sound("process")}
    if draft.schedule and declared.has_election:
        touched.setdefault(ELECTION, draft.schedule[0].line)
    # What is on record is spoken of at the line that does not fit it; what follows from a misfit is no other problem.
    course = Findings(draft.top.findings.file)
    recorded = [
        Row(event, course, touched[event.process])
        for event in case.events
        if event.process in touched and event.replaced_on is None and id(event) not in replaced
    ]
    check_events([*recorded, *(row.changed(findings=course) for row in fresh)], declared)
    first = {problem.line: problem for problem in reversed(course.problems)}
    draft.top.findings.problems.extend(first.values())


def _check_retractions(draft: BulletinDraft, case: CaseRecord) -> None:
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


def _check_schedule(draft: BulletinDraft, case: CaseRecord) -> None:
    """Check that there is an election to schedule, and that it stays within the horizon."""
    for row in draft.schedule:
        if case.election is None:
            row.add("schedule: case.yaml declares no election")
        elif row.sound("date") and row.item.date >= case.horizon:
            message = f"schedule.date: must be before the horizon, {case.horizon} (got {row.item.date})"
            row.add(message, at="date")


def _check_polls(draft: BulletinDraft, case: CaseRecord) -> None:
    """Check that no poll is there twice, and that the case knows the kind and spells the house as it is spelt here."""
    check_polls(draft.polls)
    errors = poll_errors(case.priors.polls, case.winner_ids, has_polls=True)
    if errors is not None:
        check_kinds(draft.polls, errors.kind_sd, "priors.yaml", "polls.")
    spelt = {house(poll.pollster): poll.pollster for poll in case.polls}
    for row in draft.polls:
        known = spelt.get(house(row.item.pollster), row.item.pollster) if row.sound("pollster") else None
        if known is not None and known != row.item.pollster:
            row.add(f"polls.pollster: {quoted(row.item.pollster)} is {quoted(known)} in polls.csv: use that spelling")


def _check_rounds(draft: BulletinDraft) -> None:
    """Check that no judgement names a round: what a bulletin states belongs to the last."""
    for row in (*draft.likelihoods, *draft.revisions):
        if row.sound("round") and row.item.round != 1:
            row.add("likelihoods.round: must be left out: a bulletin's judgements belong to the last round", at="round")


def _check_revisions(draft: BulletinDraft, case: CaseRecord) -> None:
    """Check that what is judged anew is on record."""
    for row in draft.revisions:
        if row.item.evidence not in case.likelihoods:
            row.unknown("likelihoods: evidence.csv has no item", row.item.evidence, case.likelihoods)
        elif row.item.hypothesis not in case.hypothesis_ids:
            message = "likelihoods: case.yaml declares no hypothesis"
            row.unknown(message, row.item.hypothesis, case.hypothesis_ids)
