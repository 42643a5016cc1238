"""Spell out every ``*`` of the intensities: which row holds for each step, hypothesis and regime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from detente.case.facts import CaseDraft
from detente.case.findings import Findings
from detente.case.records import Record
from detente.case.seeds import BEFORE, after
from detente.errors import quoted

ANY: Final = "*"

type Step = tuple[str, str, str]
"""A transition: process, from, to."""
type Scope = tuple[str, str]
"""A hypothesis and a regime; a row may have ``*`` for either."""
type Cell = tuple[str, str, str, str, str]
"""A step, a hypothesis and a regime."""


def spell_out_intensities(records: Sequence[Record], case: CaseDraft, findings: Findings) -> Mapping[Cell, Record]:
    """Return the row that holds for each step, hypothesis and regime: the most specific one.

    A row that names both goes before one that names either, and that before ``*, *``.  Two rows that name one each
    and meet in a cell make it ambiguous; a cell without a row is missing.
    """
    stated: dict[Step, dict[Scope, Record]] = {}
    faulty = False
    for record in records:
        step, scope = _step(record, case, findings), _scope(record, case, findings)
        if step is None or scope is None:
            faulty = True
            continue
        rows = stated.setdefault(step, {})
        if scope in rows:
            first = rows[scope].line
            findings.add(record.line, f"{_label(step, scope)} is judged already, on line {first}")
        else:
            rows[scope] = record
    table: dict[Cell, Record] = {}
    for name, process in case.processes.items():
        for source, target in process.transitions:
            step = (name, source, target)
            held, missing = _hold(step, stated.get(step, {}), case, findings)
            table.update({(*step, *scope): row for scope, row in held.items()})
            # A row that could not be understood may be the one that is missed.
            if missing and not faulty and not case.faulty & {"hypotheses", "election", "winners"}:
                scopes = ", ".join(f"{hypothesis} in {regime}" for hypothesis, regime in missing)
                under = f" under {scopes}" if held else ""
                findings.add(0, f"{_label(step)} has no intensity{under}: add a row (* stands for all the others)")
    return table


def _hold(
    step: Step, rows: Mapping[Scope, Record], case: CaseDraft, findings: Findings
) -> tuple[dict[Scope, Record], list[Scope]]:
    """Find the row that holds in each scope of one step, and the scopes without one."""
    held: dict[Scope, Record] = {}
    missing: list[Scope] = []
    for scope in ((hypothesis, regime) for hypothesis in case.hypotheses for regime in _regimes(case)):
        hypothesis, regime = scope
        halves = [row for half in ((hypothesis, ANY), (ANY, regime)) if (row := rows.get(half))]
        if scope in rows:
            held[scope] = rows[scope]
        elif len(halves) > 1:
            first, last = sorted(row.line for row in halves)
            message = f"is ambiguous: lines {first} and {last} both hold; add a row that names both"
            findings.add(last, f"{_label(step, scope)} {message}")
        elif halves or (ANY, ANY) in rows:
            held[scope] = halves[0] if halves else rows[ANY, ANY]
        else:
            missing.append(scope)
    return held, missing


def _step(record: Record, case: CaseDraft, findings: Findings) -> Step | None:
    """Return the step a row is about, or None with the problem noted."""
    process, source, target = record.get("process"), record.get("from"), record.get("to")
    if case.lacks("processes", process):
        findings.unknown(record.line, "process: case.yaml declares no process", process, case.processes)
    draft = case.processes.get(process)
    if draft is None or not draft.whole or source is None or target is None:
        return None
    unknown = [(column, state) for column, state in (("from", source), ("to", target)) if state not in draft.states]
    for column, state in unknown:
        findings.unknown(record.line, f"{column}: {process} has no state", state, draft.states)
    if not unknown and (source, target) not in draft.transitions:
        message = f"from, to: {process} has no transition from {quoted(source)} to {quoted(target)}"
        findings.add(record.line, message)
    return (process, source, target) if (source, target) in draft.transitions else None


def _scope(record: Record, case: CaseDraft, findings: Findings) -> Scope | None:
    """Return the hypothesis and the regime a row names, or None with the problem noted."""
    hypothesis, regime = record.get("hypothesis"), record.get("regime")
    known = hypothesis is not None and regime is not None
    if hypothesis != ANY and case.lacks("hypotheses", hypothesis):
        message = "hypothesis: case.yaml declares no hypothesis"
        findings.unknown(record.line, message, hypothesis, (*case.hypotheses, ANY))
        known = False
    regimes = _regimes(case)
    if regime is not None and regime not in {ANY, *regimes}:
        if not case.faulty & {"election", "winners"}:
            findings.unknown(record.line, "regime: the case has no regime", regime, regimes)
        known = False
    return (hypothesis, regime) if known else None


def _regimes(case: CaseDraft) -> tuple[str, ...]:
    return (BEFORE, *(after(winner) for winner in case.winners))


def _label(step: Step, scope: Scope | None = None) -> str:
    process, source, target = step
    under = f" under {scope[0]} in {scope[1]}" if scope else ""
    return f"{process}: {source} > {target}{under}"
