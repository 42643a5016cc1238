"""Outcomes: the questions about the future, and how each was settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Final, Literal, get_args

from detente.case.columns import Frozen, InFile, Row
from detente.case.findings import known_names
from detente.case.values import Date, Id, Reads, Text, text
from detente.case.values import window as window_name

if TYPE_CHECKING:
    from detente.case.question import Declared

HYPOTHESIS: Final = "hypothesis"
"""What stands in place of an outcome where it became known which hypothesis is true."""
type Ruling = Literal["yes", "no", "void"]
"""The answer to a question; ``void`` where its criteria do not decide."""
RULINGS: Final[tuple[str, ...]] = get_args(Ruling.__value__)


class Outcome(Frozen):
    """A question about the future: whether ``process`` has been in ``state`` by a date, or is in it on that date."""

    id: Annotated[Id, InFile("Its name in the tables.", "agreement_signed")]
    label: Annotated[Text, InFile("What prose calls it.", "A river agreement is signed")]
    process: Annotated[Id, InFile("The process it asks about.", "ladder")]
    state: Annotated[
        Id,
        InFile(
            "The state of that process, which it must enter: one beyond it that another path leads to does not count.",
            "agreement_signed",
        ),
    ]
    asks: Annotated[
        Literal["has_been", "is_in"],
        InFile("has_been: whether it has been in the state by the date; is_in: whether it is in it on that date."),
    ] = "has_been"
    resolution: Annotated[
        Text | None,
        InFile("What counts as yes, and who decides.", "Yes if both governments sign a text on the shared river."),
    ] = None

    @property
    def is_current(self) -> bool:
        """Whether it asks for the state on a date, and not for what has been by then."""
        return self.asks == "is_in"


class Resolution(Frozen):
    """How an outcome's question was settled for one window; ``date`` is when it was, and known from then on."""

    outcome: Id
    window: str
    resolution: Ruling
    date: dt.date
    source: Text


class Truth(Frozen):
    """The hypothesis that proved true, known from ``date`` on."""

    hypothesis: Id
    date: dt.date
    source: Text


class ResolutionRow(Frozen):
    """One row of ``resolutions.csv``: an outcome in a window, or the hypothesis that proved true."""

    outcome: Annotated[
        Id, InFile(f"Id of the outcome; or {HYPOTHESIS}, once it is known which one is true.", "agreement_signed")
    ]
    window: Annotated[
        str | None,
        Reads(window_name, "before_election, after_election, horizon or by:DATE"),
        InFile(
            "The days asked about: before_election and after_election with an election only; by: a deadline. Blank "
            f"beside {HYPOTHESIS}.",
            "horizon",
        ),
    ] = None
    resolution: Annotated[
        str,
        Reads(text, "yes, no or void; beside hypothesis an id"),
        InFile(
            f"How it was settled; void where the question fell away. Beside {HYPOTHESIS}: the id of the one that is "
            "true.",
            "no",
        ),
    ]
    date: Annotated[Date, InFile("The day it happened (yes), or on which it was settled.", "2027-03-02")]
    source: Annotated[Text, InFile("Where that stands.", "Gazette of 3 March 2027")]


def sort_resolutions(
    rows: Iterable[Row[ResolutionRow]],
) -> tuple[tuple[Row[Resolution], ...], tuple[Row[Truth], ...]]:
    """Return the rows on outcomes, and those on the hypothesis that proved true; note what does not go together."""
    outcomes: list[Row[Resolution]] = []
    truths: list[Row[Truth]] = []
    for row in rows:
        values = {name: getattr(row.item, name) for name in ResolutionRow.__struct_fields__ if row.sound(name)}
        faulty = set(row.faulty)
        if values.get("outcome") == HYPOTHESIS:
            if values.pop("window", None) is not None:
                row.add(f"window: must be blank beside {HYPOTHESIS}: which one is true has no window", at="window")
            del values["outcome"]
            names = {"resolution": HYPOTHESIS}
            held = {names.get(name, name): value for name, value in values.items()}
            wrong = {names.get(name, name) for name in faulty - {"window", "outcome"}}
            truths.append(Row(Truth.read(held, wrong), row.findings, row.line, faulty=wrong))
            continue
        if values.get("window", "") is None:
            row.add("window: must not be blank", at="window")
            faulty.add("window")
        if row.sound("resolution") and row.item.resolution not in RULINGS:
            rule = f"must be {', '.join(RULINGS[:-1])} or {RULINGS[-1]}"
            row.findings.wrong(row.line, "resolution", rule, row.item.resolution)
            faulty.add("resolution")
        sound = {name: value for name, value in values.items() if name not in faulty}
        outcomes.append(Row(Resolution.read(sound, faulty), row.findings, row.line, faulty=faulty))
    return tuple(outcomes), tuple(truths)


def check_truths(rows: Iterable[Row[Truth]], declared: Declared, cutoff: dt.date | None) -> Truth | None:
    """Check that one declared hypothesis proved true, after the cut-off, and return it."""
    first: Row[Truth] | None = None
    for row in rows:
        if row.sound("hypothesis") and declared.lacks("hypotheses", row.item.hypothesis):
            row.unknown("resolution: case.yaml declares no hypothesis", row.item.hypothesis, declared.hypotheses)
        if row.sound("date") and cutoff is not None and row.item.date <= cutoff:
            rule = f"must be after information_cutoff, {cutoff}: a forecast made then would know the answer"
            row.add(f"date: {rule}; set an earlier information_cutoff (got {row.item.date})")
        if first is not None:
            row.add(f"{HYPOTHESIS}: line {first.line} says which one is true, and only one is: delete one of the two")
        first = first or row
    return None if first is None or first.faulty else first.item


def check_state[T: Frozen](row: Row[T], declared: Declared, path: str, state: str) -> None:
    """Check that ``process`` of a row is declared, and has the state that its field ``state`` names."""
    if not row.sound("process"):
        return
    process: str = row.item.process  # type: ignore[attr-defined] # every class this is called for has one
    if declared.lacks("processes", process):
        row.unknown(f"{path}.process: case.yaml declares no process", process, declared.processes, at="process")
    elif declared.knows_process(process) and row.sound(state):
        name, states = getattr(row.item, state), declared.processes[process].states
        if name not in states:
            row.unknown(f"{path}.{state}: {process} has no state", name, states, at=state, hint=known_names(states))
