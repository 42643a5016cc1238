"""The headlines of a forecast: P(hypothesis), P(outcome) and P(winner)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from detente.forecast.outcomes import project_posterior
from detente.inference import EXACT, QUICK_DRAWS
from detente.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from detente.case.schema import Case
    from detente.inference import Posterior

    ByWindow = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Headlines:
    """P(hypothesis), and P(outcome) by window (``before_election``, ``after_election``, ``horizon``).

    ``outcomes`` is empty from the horizon on, when nothing is left to forecast.  ``election`` is P(winner), empty
    without an election; the winner on record has 1.
    """

    hypotheses: Mapping[str, float]
    outcomes: ByWindow
    election: Mapping[str, float] = field(default_factory=dict)

    def flat(self) -> dict[str, float]:
        """Return what evidence and record move under one name: ``P(h)`` and ``outcome.window``."""
        named = {f"P({h})": value for h, value in self.hypotheses.items()}
        for outcome, by_window in self.outcomes.items():
            named |= {f"{outcome}.{window}": value for window, value in by_window.items()}
        return named


def headlines(case: Case, draws: int = QUICK_DRAWS) -> Headlines:
    """Return the headlines of a case as of its cut-off, by the exact engine."""
    return headlines_of(case, EXACT.infer(case, Settings(engine="exact", draws=draws)))


def headlines_of(case: Case, posterior: Posterior) -> Headlines:
    """Return the headlines of a posterior."""
    hypotheses = dict(zip(case.hypothesis_ids, map(float, posterior.probability), strict=True))
    election = winner_probabilities(case, posterior)
    if case.horizon <= case.information_cutoff or not case.outcomes:
        return Headlines(hypotheses, {}, election)
    return Headlines(hypotheses, project_posterior(case, posterior).probabilities, election)


def winner_probabilities(case: Case, posterior: Posterior) -> dict[str, float]:
    """Return P(winner) by id; the winner on record has 1."""
    if case.winner is not None:
        return {winner: float(winner == case.winner) for winner in case.winner_ids}
    return {winner: float(posterior.winner[index]) for index, winner in enumerate(case.winner_ids)}
