"""Check the files of a case against each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from detente.case.facts import DEFAULT, ELECTION, CaseDraft, ProcessDraft
from detente.case.findings import Findings
from detente.case.judgements import CouplingDraft, PriorsDraft, WeightsDraft
from detente.case.records import Record
from detente.errors import quoted


def check_case(case: CaseDraft, name: str, findings: Findings) -> None:
    """Check the parts of ``case.yaml`` against each other, and its name against its folder's."""
    top = case.top
    if top.get("case") not in {None, name}:
        rule = f"must be the name of its folder, {quoted(name)}"
        findings.wrong(top.at("case"), "case", rule, top.get("case"))
    horizon, cutoff = top.get("horizon"), top.get("information_cutoff")
    if horizon and cutoff and horizon <= cutoff:
        findings.add(top.at("horizon"), f"horizon: must be after information_cutoff, {cutoff} (got {horizon})")
    election = _election_date(case, dt.date.max)
    if horizon and election and horizon <= election:
        findings.add(top.at("horizon"), f"horizon: must be after the election, {election} (got {horizon})")
    for day, line in case.deadlines.items():
        if horizon and day >= horizon:
            findings.add(line, f"deadlines: must be before the horizon, {horizon}, which is one itself (got {day})")
    for outcome in case.outcomes.values():
        _check_state(outcome, ("process", "state"), case, "outcomes", findings)


def check_clusters(records: Sequence[Record], case: CaseDraft, findings: Findings) -> None:
    """Check that each item's cluster is declared."""
    for record in records:
        cluster = record.get("cluster")
        if case.lacks("clusters", cluster):
            findings.unknown(record.line, "cluster: case.yaml declares no cluster", cluster, case.clusters)


def check_retractions(records: Sequence[Record], findings: Findings) -> None:
    """Check that a retraction has a day and a reason, and does not come before the item."""
    for record in records:
        names, day = ("retracted_on", "retracted_because"), record.get("retracted_on")
        blank = [name for name in names if name in record.values and record.get(name) is None]
        if len(blank) == 1:
            other = next(name for name in names if name not in blank)
            findings.add(record.line, f"{blank[0]}: must not be blank beside {other}")
        if day and record.get("date") and day < record.get("date"):
            findings.add(record.line, f"retracted_on: must not be before date, {record.get('date')} (got {day})")


def check_polls(records: Sequence[Record], findings: Findings) -> None:
    """Check that each poll ends after it starts, is published after it ends, and shares out at most the whole."""
    for record in records:
        start, end, published = record.get("start"), record.get("end"), record.get("published")
        if start and end and end < start:
            findings.add(record.at("end"), f"end: must not be before start (got {end}, and start {start})")
        if end and published and published < end:
            findings.add(record.at("published"), f"published: must not be before end (got {published}, and end {end})")
        shares = record.get("incumbent"), record.get("opponent")
        if None not in shares and sum(shares) > 100:  # noqa: PLR2004 - per cent
            findings.add(record.line, f"incumbent, opponent: must not exceed 100 together (got {sum(shares):g})")


def check_events(records: Sequence[Record], case: CaseDraft, findings: Findings) -> None:
    """Check that each event is a declared step from the state its process was then in, or the election's winner."""
    paths: dict[str, list[Record]] = {}
    for record in records:
        process = record.get("process")
        if process == ELECTION and not case.has_election and "election" not in case.faulty:
            findings.add(record.line, "process: case.yaml declares no election")
        elif process != ELECTION and case.lacks("processes", process):
            known = [*case.processes, ELECTION] if case.has_election else [*case.processes]
            findings.unknown(record.line, "process: case.yaml declares no process", process, known)
        elif record.get("date") and record.get("state"):
            paths.setdefault(process, []).append(record)
    for process, rows in paths.items():
        rows.sort(key=lambda row: row.get("date"))
        if process == ELECTION:
            _check_winner(rows, case, findings)
        elif process in case.processes and case.processes[process].whole:
            _check_path(process, rows, case.processes[process], findings)


def check_likelihoods(
    records: Sequence[Record], evidence: Sequence[Record], case: CaseDraft, findings: Findings, facts: Findings
) -> None:
    """Check that every item has one likelihood under every hypothesis; a missing one is noted at the item."""
    items = {record.get("id"): record for record in evidence}
    seen: dict[tuple[str, str], int] = {}
    faulty = False
    for record in records:
        item, hypothesis = record.get("evidence"), record.get("hypothesis")
        if item is not None and item not in items and None not in items:
            findings.unknown(record.line, "evidence: evidence.csv has no item", item, items)
            faulty = True
        if case.lacks("hypotheses", hypothesis):
            message = "hypothesis: case.yaml declares no hypothesis"
            findings.unknown(record.line, message, hypothesis, case.hypotheses)
            faulty = True
        if item is None or hypothesis is None:
            faulty = True
        elif (item, hypothesis) in seen:
            first = seen[item, hypothesis]
            findings.add(record.line, f"{item} under {hypothesis} is judged already, on line {first}")
        else:
            seen[item, hypothesis] = record.line
    # A row that could not be understood may be the one that is missed.
    if faulty or "hypotheses" in case.faulty:
        return
    for item, row in items.items():
        missing = [hypothesis for hypothesis in case.hypotheses if (item, hypothesis) not in seen]
        if missing and item is not None:
            message = f"{item}: has no likelihood under {' and '.join(missing)}: add it to {findings.file}"
            facts.add(row.line, message)


def check_priors(priors: PriorsDraft, case: CaseDraft, used: Collection[str], findings: Findings) -> None:
    """Check the weights, correlations and couplings against the case; ``used`` are the clusters items name."""
    if priors.hypotheses:
        _check_weights(priors.hypotheses, "hypotheses", "hypothesis", case, findings)
    if "election" in case.faulty:
        pass
    elif priors.election and not case.has_election:
        findings.add(priors.top.at("election"), "election: case.yaml declares no election: delete the weights")
    elif priors.election:
        _check_weights(priors.election, "winners", "winner", case, findings)
    elif case.has_election:
        line = priors.top.at("election")
        findings.add(line, "election: is missing, and case.yaml declares one: give the weights of its winners")
    for cluster, record in priors.dependence.items():
        if cluster != DEFAULT and case.lacks("clusters", cluster):
            message = "dependence: case.yaml declares no cluster"
            findings.unknown(record.line, message, cluster, (*case.clusters, DEFAULT))
    bare = [cluster for cluster in used if cluster in case.clusters and cluster not in priors.dependence]
    if bare and DEFAULT not in priors.dependence:
        line = priors.top.at("dependence")
        findings.add(line, f"dependence.{DEFAULT}: is missing, and {quoted(bare[0])} has no correlation of its own")
    for coupling in priors.couplings:
        _check_coupling(coupling, case, findings)


def check_watch(records: Sequence[Record], case: CaseDraft, evidence: Collection[str], findings: Findings) -> None:
    """Check that every thing to watch has one chance under every hypothesis, one date and one text, and a new id."""
    items: dict[str, dict[str, Record]] = {}
    faulty = "hypotheses" in case.faulty
    for record in records:
        item, hypothesis = record.get("id"), record.get("hypothesis")
        if case.lacks("hypotheses", hypothesis):
            message = "hypothesis: case.yaml declares no hypothesis"
            findings.unknown(record.line, message, hypothesis, case.hypotheses)
            faulty = True
        elif item is None or hypothesis is None:
            faulty = True
        elif hypothesis in items.setdefault(item, {}):
            line = items[item][hypothesis].line
            findings.add(record.line, f"{item} under {hypothesis} is judged already, on line {line}")
        else:
            items[item][hypothesis] = record
    for item, rows in items.items():
        first = next(iter(rows.values()))
        if case.lacks("clusters", cluster := first.get("cluster")):
            findings.unknown(first.line, "cluster: case.yaml declares no cluster", cluster, case.clusters)
        if item in evidence:
            findings.add(first.line, f"id: {quoted(item)} is an evidence item already: delete its rows here")
        missing = [hypothesis for hypothesis in case.hypotheses if hypothesis not in rows]
        if missing and not faulty:
            findings.add(first.line, f"{item}: has no chance under {' and '.join(missing)}: add a row")
        _check_alike(item, list(rows.values()), findings)


def _check_alike(item: str, rows: Sequence[Record], findings: Findings) -> None:
    """Check that the rows of one thing to watch name one date, one indicator, one cost and one cluster."""
    first, *others = rows
    for row in others:
        for name in ("by", "indicator", "cost", "cluster"):
            if None not in {first.get(name), row.get(name)} and row.get(name) != first.get(name):
                findings.add(row.line, f"{name}: must be what line {first.line} says of {item}")


def _election_date(case: CaseDraft, day: dt.date) -> dt.date | None:
    """Return the election date that was public on a day."""
    dates = {row.get("known_from"): row.get("date") for row in case.schedule if row.get("known_from")}
    known = [known_from for known_from in dates if known_from <= day]
    return dates[max(known)] if known else None


def _check_state(record: Record, names: tuple[str, str], case: CaseDraft, path: str, findings: Findings) -> None:
    """Check that a record names a declared process and one of its states."""
    process, state = (record.get(name) for name in names)
    if case.lacks("processes", process):
        message = f"{path}.{names[0]}: case.yaml declares no process"
        findings.unknown(record.at(names[0]), message, process, case.processes)
    draft = case.processes.get(process)
    if draft and draft.whole and state is not None and state not in draft.states:
        findings.unknown(record.at(names[1]), f"{path}.{names[1]}: {process} has no state", state, draft.states)


def _check_winner(rows: Sequence[Record], case: CaseDraft, findings: Findings) -> None:
    for row in rows:
        winner, day = row.get("state"), row.get("date")
        if not case.faulty & {"election", "winners"} and winner not in case.winners:
            findings.unknown(row.line, "state: case.yaml declares no winner", winner, case.winners)
        if row is not rows[0]:
            findings.add(row.line, f"state: an election has one winner, and line {rows[0].line} names it")
        if case.faulty & {"election", "schedule"}:
            continue
        date = _election_date(case, day)
        if date is None:
            findings.add(row.line, f"date: case.yaml says of no election date that it was known by {day}")
        elif day < date:
            findings.add(row.line, f"date: must not be before the election, {date} (got {day})")


def _check_path(name: str, rows: Sequence[Record], process: ProcessDraft, findings: Findings) -> None:
    """Follow a process through its events."""
    state, since = process.start.get("state"), process.start.get("date")
    for row in rows:
        target, day = row.get("state"), row.get("date")
        if target not in process.states:
            findings.unknown(row.line, f"state: {name} has no state", target, process.states)
            return
        if day < since:
            findings.add(row.line, f"date: must not be before {name} starts, {since} (got {day})")
        if (state, target) not in process.transitions:
            message = f"state: {name} was in {quoted(state)} by {day}, and no transition leads from there to"
            findings.add(row.line, f"{message} {quoted(target)}")
        state = target


def _check_weights(prior: WeightsDraft, part: str, what: str, case: CaseDraft, findings: Findings) -> None:
    for name, entry in prior.weights.items():
        if case.lacks(part, name):
            findings.unknown(entry.line, f"{prior.path}: case.yaml declares no {what}", name, case.names(part))
    missing = [name for name in case.names(part) if name not in prior.weights]
    if missing and part not in case.faulty and prior.weights:
        findings.add(prior.line, f"{prior.path}: must weigh every {what} (missing: {', '.join(missing)})")
    if prior.centre:
        _check_weights(prior.centre, part, what, case, findings)


def _check_coupling(coupling: CouplingDraft, case: CaseDraft, findings: Findings) -> None:
    record, when = coupling
    _check_state(record, ("process", "to"), case, "couplings", findings)
    _check_state(when, ("process", "reached"), case, "couplings.when", findings)
    process = record.get("process")
    if process is not None and process == when.get("process"):
        message = "couplings.when.process: must be another process than the one whose pace it changes"
        findings.add(when.at("process"), f"{message} (got {quoted(process)})")
