"""What changed since the run before an update, and which items moved it: the sentence of section 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.prose import date, decimal_points, name

if TYPE_CHECKING:
    from detente.analysis.attribution import Move
    from detente.dossier import Dossier

SHOWN = 2
LEAST = 0.0005
"""A move below a twentieth of a point is none worth a name."""


@dataclass(frozen=True)
class ChangeView:
    """The leading hypothesis before, by the exact answer, how far it moved, and the largest movers with their moves."""

    since: str
    rose: bool
    moved: str
    movers: tuple[tuple[str, str], ...]


def build(dossier: Dossier) -> ChangeView | None:
    """Build the sentence, or None for a run that no update made."""
    change, lead = dossier.change, dossier.forecast.leading
    if change is None:
        return None
    difference = dossier.forecast.hypotheses[lead].exact - change.hypotheses[lead]
    ranked = sorted(change.moves, key=lambda move: -abs(move.hypotheses[lead]))[:SHOWN]
    return ChangeView(
        since=date(change.since),
        rose=difference > 0,
        moved=decimal_points(difference),
        movers=tuple(
            (_mover(move), decimal_points(move.hypotheses[lead], signed=True))
            for move in ranked
            if abs(move.hypotheses[lead]) >= LEAST
        ),
    )


def _mover(move: Move) -> str:
    named = {
        "time": "the time that passed",
        "priors": "the edited priors",
        "question": "the changed question",
        "polls": "the polls",
        "silent": f"{name(move.id)}, which has not come",
        "withdrawn": f"{name(move.id)}, withdrawn",
        "schedule": "the election's date",
    }
    return named.get(move.kind, name(move.id) if move.id else "the rest")
