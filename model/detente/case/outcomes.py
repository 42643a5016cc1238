"""Outcomes: the questions about the future, and how each was settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from detente.case.columns import Column, Frozen, Row
from detente.case.values import Date, Id, Reads, Text, window

if TYPE_CHECKING:
    from detente.case.question import Declared


class Outcome(Frozen):
    """A question about the future, whether ``process`` has visited ``state`` by a date."""

    id: Annotated[Id, Column("Its name in the tables.", "agreement_signed")]
    label: Annotated[Text, Column("What prose calls it.", "A river agreement is signed")]
    process: Annotated[Id, Column("The process it asks about.", "ladder")]
    state: Annotated[Id, Column("The state of that process; reaching one beyond it counts too.", "agreement_signed")]
    resolution: Annotated[
        Text | None,
        Column("What counts as yes, and who decides.", "Yes if both governments sign a text on the shared river."),
    ] = None


class Resolution(Frozen):
    """How an outcome's question was settled for one window; ``date`` is when it was, and known from then on."""

    outcome: Annotated[Id, Column("Id of the outcome.", "agreement_signed")]
    window: Annotated[
        str,
        Reads(window, "before_election, after_election, horizon or by:DATE"),
        Column(
            "The days asked about: before_election and after_election with an election only; by: a deadline.", "horizon"
        ),
    ]
    resolution: Annotated[
        Literal["yes", "no", "void"],
        Column("How it was settled; void where the question fell away.", "no"),
    ]
    date: Annotated[Date, Column("The day it happened (yes), or on which it was settled.", "2027-03-02")]
    source: Annotated[Text, Column("Where that stands.", "Gazette of 3 March 2027")]


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
            row.unknown(f"{path}.{state}: {process} has no state", name, states, at=state)
