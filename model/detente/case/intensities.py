"""Intensities: how likely each step is within so many days, under each hypothesis and in each regime."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from detente.case.columns import Column, Frozen, Row
from detente.case.election import BEFORE, after
from detente.case.evidence import BECAUSE, HIGH, LOW, MID, Interval, check_rising
from detente.case.findings import Findings
from detente.case.processes import Transition
from detente.case.values import Id, Positive, Probability, Text
from detente.errors import quoted

if TYPE_CHECKING:
    from detente.case.question import Declared

ANY: Final = "*"

type Step = tuple[str, str, str]
"""A transition: process, from, to."""
type Scope = tuple[str, str]
"""A hypothesis and a regime; a row may have ``*`` for either."""
type Cell = tuple[str, str, str, str, str]
"""A step, a hypothesis and a regime."""


class Intensity(Interval):
    """P(``transition`` within ``within_days``, were it alone | hypothesis, regime), with its reason."""

    transition: Transition
    hypothesis: Id
    regime: Text
    within_days: float = Field(gt=0)
    because: Text


class IntensityRow(Frozen):
    """One row of ``intensities.csv``, which may hold for several hypotheses and regimes."""

    process: Annotated[Id, Column("The process.", "ladder")]
    source: Annotated[Id, Column("The state the step leaves.", "envoys_met", name="from")]
    target: Annotated[Id, Column("The state it leads to.", "ministers_met", name="to")]
    hypothesis: Annotated[Text, Column("Id of the hypothesis; * for all not named elsewhere.", "settle")]
    regime: Annotated[
        Text,
        Column("before, or after:WINNER; without an election only before; * for all not named elsewhere.", "before"),
    ]
    within_days: Annotated[Positive, Column("The days within which the step has the stated chance.", "90")]
    low: Annotated[Probability, LOW]
    mid: Annotated[Probability, MID]
    high: Annotated[Probability, HIGH]
    because: Annotated[Text, BECAUSE]

    @classmethod
    def rules(cls, row: Row[IntensityRow]) -> None:
        """Check that the numbers rise."""
        check_rising(row)

    @classmethod
    def stating(cls, stated: Intensity) -> IntensityRow:
        """Return the row that states an intensity."""
        step = stated.transition
        names = ("hypothesis", "regime", "within_days", "low", "mid", "high", "because")
        values = {name: getattr(stated, name) for name in names}
        return cls.read({"process": step.process, "source": step.source, "target": step.target, **values})

    def of(self, cell: Cell) -> Intensity:
        """Return the intensity it states for one step, hypothesis and regime."""
        process, source, target, hypothesis, regime = cell
        stated = {name: getattr(self, name) for name in ("low", "mid", "high", "within_days", "because")}
        step = Transition.read({"process": process, "source": source, "target": target})
        return Intensity.read({**stated, "transition": step, "hypothesis": hypothesis, "regime": regime})


def spell_out(
    rows: Iterable[Row[IntensityRow]], declared: Declared, findings: Findings
) -> Mapping[Cell, Row[IntensityRow]]:
    """Return the row that holds for each step, hypothesis and regime: the most specific one.

    A row that names both goes before one that names either, and that before ``*, *``.  Two rows that name one each
    and meet in a cell make it ambiguous; a cell without a row is missing.
    """
    stated: dict[Step, dict[Scope, Row[IntensityRow]]] = {}
    faulty = False
    for row in rows:
        step, scope = _step(row, declared), _scope(row, declared)
        if step is None or scope is None:
            faulty = True
            continue
        scopes = stated.setdefault(step, {})
        if scope in scopes:
            row.add(f"{_label(step, scope)}: duplicate of line {scopes[scope].line}")
        else:
            scopes[scope] = row
    table: dict[Cell, Row[IntensityRow]] = {}
    for process in declared.processes.values():
        for transition in process.transitions:
            step = (process.id, transition.source, transition.target)
            held, missing = _hold(step, stated.get(step, {}), declared, findings)
            table.update({(*step, *scope): row for scope, row in held.items()})
            # A row that could not be understood may be the one that is missed.
            if missing and not faulty and not declared.faulty & {"hypotheses", "election", "winners"}:
                named = ", ".join(f"{hypothesis} in {regime}" for hypothesis, regime in missing)
                under = f" under {named}" if held else ""
                findings.add(0, f"{_label(step)} has no intensity{under}: add a row (* stands for all the others)")
    return table


def _hold(
    step: Step, rows: Mapping[Scope, Row[IntensityRow]], declared: Declared, findings: Findings
) -> tuple[dict[Scope, Row[IntensityRow]], list[Scope]]:
    """Find the row that holds in each scope of one step, and the scopes without one."""
    held: dict[Scope, Row[IntensityRow]] = {}
    missing: list[Scope] = []
    for scope in ((hypothesis, regime) for hypothesis in declared.hypotheses for regime in _regimes(declared)):
        hypothesis, regime = scope
        halves = [row for half in ((hypothesis, ANY), (ANY, regime)) if (row := rows.get(half))]
        if scope in rows:
            held[scope] = rows[scope]
        elif len(halves) > 1:
            first, last = sorted(row.line for row in halves)
            both = f"lines {first} and {last} both apply"
            message = f"is ambiguous ({both}): add a row that names both hypothesis and regime"
            findings.add(last, f"{_label(step, scope)} {message}")
        elif halves or (ANY, ANY) in rows:
            held[scope] = halves[0] if halves else rows[ANY, ANY]
        else:
            missing.append(scope)
    return held, missing


def _step(row: Row[IntensityRow], declared: Declared) -> Step | None:
    """Return the step a row is about, or None with the problem noted."""
    if row.sound("process") and declared.lacks("processes", row.item.process):
        row.unknown("process: case.yaml declares no process", row.item.process, declared.processes)
    if not row.sound("process", "source", "target") or not declared.knows_process(row.item.process):
        return None
    process, source, target = row.item.process, row.item.source, row.item.target
    declaration = declared.processes[process]
    unknown = [(name, state) for name, state in (("from", source), ("to", target)) if state not in declaration.states]
    for name, state in unknown:
        row.unknown(f"{name}: {process} has no state", state, declaration.states)
    is_declared = any((step.source, step.target) == (source, target) for step in declaration.transitions)
    if not unknown and not is_declared:
        row.add(f"from, to: {process} has no transition from {quoted(source)} to {quoted(target)}")
    return (process, source, target) if is_declared else None


def _scope(row: Row[IntensityRow], declared: Declared) -> Scope | None:
    """Return the hypothesis and the regime a row names, or None with the problem noted."""
    known = row.sound("hypothesis", "regime")
    if row.sound("hypothesis") and row.item.hypothesis != ANY and declared.lacks("hypotheses", row.item.hypothesis):
        message = "hypothesis: case.yaml declares no hypothesis"
        row.unknown(message, row.item.hypothesis, (*declared.hypotheses, ANY))
        known = False
    regimes = _regimes(declared)
    if row.sound("regime") and row.item.regime not in {ANY, *regimes}:
        if not declared.faulty & {"election", "winners"}:
            row.unknown("regime: the case has no regime", row.item.regime, regimes)
        known = False
    return (row.item.hypothesis, row.item.regime) if known else None


def _regimes(declared: Declared) -> tuple[str, ...]:
    return (BEFORE, *(after(winner) for winner in declared.winners))


def _label(step: Step, scope: Scope | None = None) -> str:
    process, source, target = step
    under = f" under {scope[0]} in {scope[1]}" if scope else ""
    return f"{process}: {source} > {target}{under}"
