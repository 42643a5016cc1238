"""Intensities: how likely each step is within so many days, under each hypothesis and in each regime.

A regime may be divided by phases, and have occasions: days on which a step has a chance of its own.  What is stated for
such a part of a regime stands under the part's name (:func:`detente.case.phases.within`); a step of which nothing is
stated there keeps the pace of the regime.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Annotated, Final

from msgspec import Meta

from detente.case.columns import Frozen, InFile, Row
from detente.case.election import BEFORE, after
from detente.case.findings import NO_ELECTION, Findings, known_names, nothing_said
from detente.case.likelihoods import ASSESSOR, BECAUSE, HIGH, HOLDS, LOW, MID, ROUND, UNNAMED, Interval, check_rising
from detente.case.phases import main_regime, overlapping, part_of, regimes_met, within
from detente.case.processes import Transition
from detente.case.ranges import CLAIM, LOG_INTENSITY, claimed
from detente.case.values import HighEnd, Id, LowEnd, Mass, Positive, Probability, Text, Whole
from detente.errors import quoted

if TYPE_CHECKING:
    from detente.case.question import Declared

ANY: Final = "*"
TIMES: Final = frozenset({"election", "schedule", "winners", "phases", "occasions"})
"""Parts of ``case.yaml`` that say when what holds."""

type Step = tuple[str, str, str]
"""A transition: process, from, to."""
type Scope = tuple[str, str, str]
"""A hypothesis, a regime, and a phase or occasion (blank: none); a row may have ``*`` for the first two."""
type Cell = tuple[str, str, str, str, str]
"""A step, a hypothesis, and a regime or a part of one."""


class Intensity(Interval):
    """P(``transition`` within ``within_days``, were it alone | hypothesis, regime), with its reason.

    ``regime`` may be a part of one: a phase, or an occasion, of whose day the probability then is.
    """

    transition: Transition
    hypothesis: Id
    regime: Text
    within_days: Annotated[float, Meta(gt=0)]
    because: Text

    @property
    def cell(self) -> Cell:
        """The step, hypothesis and regime, or part of one, that it is stated for."""
        step = self.transition
        return step.process, step.source, step.target, self.hypothesis, self.regime


class IntensityRow(Frozen):
    """One row of ``intensities.csv``, which may hold for several hypotheses and regimes."""

    process: Annotated[Id, InFile("The process.", "ladder")]
    source: Annotated[Id, InFile("The state the step leaves.", "envoys_met", name="from")]
    target: Annotated[Id, InFile("The state it leads to.", "ministers_met", name="to")]
    hypothesis: Annotated[Text, InFile("Id of the hypothesis; * for all not named elsewhere.", "settle")]
    regime: Annotated[
        Text, InFile("before, or after:WINNER; * or blank for all not named elsewhere.", "before", may_lack=True)
    ] = ANY
    phase: Annotated[
        Id | None,
        InFile(
            "The phase or occasion it is stated for; blank: the pace wherever no other is stated.",
            "last_month",
            may_lack=True,
        ),
    ] = None
    within_days: Annotated[
        Positive,
        InFile(
            "The days within which the step has the stated chance p; 1 for an occasion. k times the days with "
            "1 - (1 - p)^k say the same only if the range is narrow: over a wide one p is a mean chance, and fixes no "
            "single pace.",
            "90",
        ),
    ]
    low: Annotated[LowEnd, LOW]
    mid: Annotated[Probability, MID]
    high: Annotated[HighEnd, HIGH]
    because: Annotated[Text, BECAUSE]
    assessor: Annotated[Text | None, ASSESSOR] = None
    round: Annotated[Whole, ROUND] = 1
    holds: Annotated[Mass, HOLDS] = CLAIM

    @classmethod
    def rules(cls, row: Row[IntensityRow]) -> None:
        """Check that the numbers rise."""
        check_rising(row)

    @classmethod
    def stating(cls, stated: Intensity) -> IntensityRow:
        """Return the row that states an intensity."""
        step = stated.transition
        names = ("hypothesis", "within_days", "low", "mid", "high", "because")
        values = {name: getattr(stated, name) for name in names}
        when = {"regime": main_regime(stated.regime), "phase": part_of(stated.regime)}
        return cls.read({"process": step.process, "source": step.source, "target": step.target, **when, **values})

    def of(self, cell: Cell) -> Intensity:
        """Return the intensity it states for one step, hypothesis and regime."""
        process, source, target, hypothesis, regime = cell
        low, mid, high = claimed((self.low, self.mid, self.high), self.holds, LOG_INTENSITY)
        stated = {"low": low, "mid": mid, "high": high, "within_days": self.within_days, "because": self.because}
        step = Transition.read({"process": process, "source": source, "target": target})
        return Intensity.read({**stated, "transition": step, "hypothesis": hypothesis, "regime": regime})


def spell_out(
    rows: Iterable[Row[IntensityRow]], declared: Declared, findings: Findings, *, complete: bool = True
) -> Mapping[Cell, Row[IntensityRow]]:
    """Return the row that holds for each step, hypothesis and regime, and part of a regime: the most specific one.

    A row that names both hypothesis and regime goes before one that names either, and that before ``*, *``.  Two rows
    that name one each and meet in a cell make it ambiguous; a cell without a row is missing.  A part of a regime has
    cells for the steps that some row states there.  Rows that need not be ``complete`` may leave cells out.
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
            first = scopes[scope]
            beside = row.findings.beside(first.findings, first.line)
            row.add(f"{_label(step, scope)}: duplicate of {beside}{'' if row.item.assessor else UNNAMED}")
        else:
            scopes[scope] = row
    table: dict[Cell, Row[IntensityRow]] = {}
    for process in declared.processes.values():
        for transition in process.transitions:
            step = (process.id, transition.source, transition.target)
            held, missing = _hold(step, stated.get(step, {}), declared)
            table.update({(*step, hypothesis, _name(regime, part)): row for (hypothesis, regime, part), row in held})
            # A row that could not be understood may be the one that is missed.
            if missing and complete and not faulty:
                names = [(hypothesis, _name(regime, part)) for hypothesis, regime, part in missing]
                _say_missing(step, names if held else [], declared, findings)
    if not declared.faulty & TIMES:
        _check_overlaps(table, declared)
        _check_competing(table, declared)
    return table


def check_complete(
    tables: Collection[Mapping[Cell, Row[IntensityRow]]],
    rows: Iterable[Row[IntensityRow]],
    declared: Declared,
    findings: Findings,
) -> None:
    """Check that of several tables some has a row for each cell that one must have."""
    if any(_step(row, declared, silent=True) is None or not row.sound("hypothesis", "regime", "phase") for row in rows):
        return
    stated = {cell for table in tables for cell in table}
    for process in declared.processes.values():
        for transition in process.transitions:
            step = (process.id, transition.source, transition.target)
            here = {cell[4] for cell in stated if cell[:3] == step}
            regimes = dict.fromkeys((*_regimes(declared), *sorted(here)))
            missing = [
                (hypothesis, regime)
                for hypothesis, regime in product(declared.hypotheses, regimes)
                if (*step, hypothesis, regime) not in stated
            ]
            if missing:
                _say_missing(step, missing if here else [], declared, findings)


def _say_missing(step: Step, missing: Sequence[tuple[str, str]], declared: Declared, findings: Findings) -> None:
    """Say which hypotheses in which regimes lack an intensity; ``missing`` is empty where all of them do."""
    if declared.faulty & {"hypotheses", "election", "winners"}:
        return
    scopes = (f"{hypothesis} in {regime}" if declared.has_election else hypothesis for hypothesis, regime in missing)
    under = f" under {', '.join(scopes)}" if missing else ""
    new = sorted({hypothesis for hypothesis, _ in missing})
    about = nothing_said("hypothesis", new) if 0 < len(new) < len(declared.hypotheses) else ""
    message = f"{_label(step)} has no intensity{under}: add a row (* stands for all the others)"
    findings.add(0, message, about, "state the pace of every step in")


def _hold(
    step: Step, rows: Mapping[Scope, Row[IntensityRow]], declared: Declared
) -> tuple[list[tuple[Scope, Row[IntensityRow]]], list[Scope]]:
    """Find the row that holds in each scope of one step, and the scopes without one."""
    held: list[tuple[Scope, Row[IntensityRow]]] = []
    missing: list[Scope] = []
    named = [(part, regime) for part in _parts(declared) for regime in _met(part, rows, declared)]
    whole = [("", regime) for regime in _regimes(declared)]
    for hypothesis, (part, regime) in product(declared.hypotheses, (*whole, *named)):
        scope = hypothesis, regime, part
        halves = [row for half in ((hypothesis, ANY, part), (ANY, regime, part)) if (row := rows.get(half))]
        if scope in rows:
            held.append((scope, rows[scope]))
        elif len(halves) > 1:
            first, last = sorted(row.line for row in halves)
            both = f"lines {first} and {last} both apply"
            message = f"is ambiguous ({both}): add a row that names both hypothesis and regime"
            home = max(halves, key=lambda row: row.line).findings
            home.add(last, f"{_label(step, scope)} {message}")
        elif halves or (ANY, ANY, part) in rows:
            held.append((scope, halves[0] if halves else rows[ANY, ANY, part]))
        else:
            missing.append(scope)
    return held, missing


def _met(part: str, rows: Mapping[Scope, Row[IntensityRow]], declared: Declared) -> tuple[str, ...]:
    """Return the regimes in which a step is stated for a phase or an occasion."""
    stated = [(regime, row) for (_, regime, named), row in rows.items() if named == part]
    if not stated or declared.faulty & TIMES:
        return ()
    met = regimes_met(declared, part)
    for regime, row in stated:
        if regime != ANY and regime not in met:
            row.add(f"phase: {part} never falls in the regime {quoted(regime)}")
    return tuple(regime for regime in met if any(stated_for in {ANY, regime} for stated_for, _ in stated))


def _check_overlaps(table: Mapping[Cell, Row[IntensityRow]], declared: Declared) -> None:
    """Check that no step is stated in two phases at once, and no process moved by two occasions of one day."""
    phases: dict[tuple[str, ...], dict[str, Row[IntensityRow]]] = {}
    occasions: dict[str, dict[str, Row[IntensityRow]]] = {}
    for (*step, _, regime), row in table.items():
        part = part_of(regime)
        if part is None:
            continue
        if part in declared.phases:
            phases.setdefault((*step, main_regime(regime)), {})[part] = row
        else:
            occasions.setdefault(step[0], {})[part] = row
    for rows in phases.values():
        if pair := overlapping(declared, rows):
            one, other = sorted(pair, key=lambda part: rows[part].line)
            message = f"phase: {one} and {other} overlap, and the step is stated in both, on line {rows[one].line} too"
            rows[other].add(f"{message}: let one end before the other begins")
    for process, rows in occasions.items():
        if pair := overlapping(declared, rows):
            one, other = sorted(pair, key=lambda part: rows[part].line)
            rows[other].add(f"phase: {one} and {other} are on one day, and both may move {process}: make them one")


def _check_competing(table: Mapping[Cell, Row[IntensityRow]], declared: Declared) -> None:
    """Check that the chances of the steps that compete at an occasion leave one for none of them."""
    competing: dict[tuple[str, ...], list[Row[IntensityRow]]] = {}
    for (process, source, _, hypothesis, regime), row in table.items():
        if part_of(regime) in declared.occasions and row.sound("mid"):
            competing.setdefault((process, source, hypothesis, regime), []).append(row)
    told: set[int] = set()
    for (process, source, hypothesis, regime), rows in competing.items():
        total, last = sum(row.item.mid for row in rows), max(rows, key=lambda row: row.line)
        if total >= 1 and last.line not in told:
            told.add(last.line)
            label = f"{process} from {source} at {part_of(regime)} under {hypothesis}"
            last.add(f"mid: the chances of {label} must sum to less than 1 (got {total:g})")


def _step(row: Row[IntensityRow], declared: Declared, *, silent: bool = False) -> Step | None:
    """Return the step a row is about, or None with the problem noted, unless it was."""
    if silent:
        row = row.changed(findings=Findings(""))
    if row.sound("process") and declared.lacks("processes", row.item.process):
        row.unknown("process: case.yaml declares no process", row.item.process, declared.processes)
    if not row.sound("process", "source", "target") or not declared.knows_process(row.item.process):
        return None
    process, source, target = row.item.process, row.item.source, row.item.target
    declaration = declared.processes[process]
    unknown = [(name, state) for name, state in (("from", source), ("to", target)) if state not in declaration.states]
    for name, state in unknown:
        row.unknown(f"{name}: {process} has no state", state, declaration.states, hint=known_names(declaration.states))
    is_declared = any((step.source, step.target) == (source, target) for step in declaration.transitions)
    if not unknown and not is_declared:
        row.add(f"from, to: {process} has no transition from {quoted(source)} to {quoted(target)}")
    return (process, source, target) if is_declared else None


def _scope(row: Row[IntensityRow], declared: Declared) -> Scope | None:
    """Return the hypothesis, the regime and the part of it that a row names, or None with the problem noted."""
    known = row.sound("hypothesis", "regime", "phase")
    if row.sound("hypothesis") and row.item.hypothesis != ANY and declared.lacks("hypotheses", row.item.hypothesis):
        message = "hypothesis: case.yaml declares no hypothesis"
        row.unknown(message, row.item.hypothesis, (*declared.hypotheses, ANY))
        known = False
    regimes = _regimes(declared)
    if row.sound("regime") and row.item.regime not in {ANY, *regimes}:
        if not declared.faulty & {"election", "winners"}:
            if declared.has_election:
                row.unknown("regime: the case has no regime", row.item.regime, regimes, hint=known_names(regimes))
            else:  # perhaps it had one: then all that was said of it follows
                message = f"regime: {NO_ELECTION}, and so no regime {quoted(row.item.regime)}"
                row.add(message, about=NO_ELECTION, remedy="take the rows after the vote out of")
        known = False
    part = row.item.phase if row.sound("phase") else None
    if part is not None and part not in _parts(declared):
        if not declared.faulty & {"phases", "occasions"}:
            row.unknown("phase: case.yaml declares no phase or occasion", part, _parts(declared))
        known = False
    if part in declared.occasions and row.sound("within_days") and row.item.within_days != 1:
        row.add(f"within_days: must be 1, for {part} is an occasion of one day (got {row.item.within_days:g})")
    return (row.item.hypothesis, row.item.regime, part or "") if known else None


def _regimes(declared: Declared) -> tuple[str, ...]:
    return (BEFORE, *(after(winner) for winner in declared.winners))


def _parts(declared: Declared) -> tuple[str, ...]:
    return (*declared.phases, *declared.occasions)


def _name(regime: str, part: str) -> str:
    return within(regime, part) if part else regime


def _label(step: Step, scope: Scope | None = None) -> str:
    process, source, target = step
    under = f" under {scope[0]} in {_name(*scope[1:])}" if scope else ""
    return f"{process}: {source} > {target}{under}"
