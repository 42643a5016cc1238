"""Refuse to score a forecast on the very answers that its numbers were learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.score.questions import ScoringError

if TYPE_CHECKING:
    from detente.case import Case


def refuse_in_sample(case: Case) -> None:
    """Refuse a case whose discrimination was learned from its own resolutions.

    Raises
    ------
    ScoringError
        If the lineage of its discrimination (``learned_from`` in priors.yaml) names it.
    """
    learned_from: tuple[str, ...] = getattr(case.priors.discrimination, "learned_from", None) or ()
    if case.id in learned_from:
        raise ScoringError(
            f"{case.id}: its discrimination was learned from its own resolutions, so that a score would be no test: "
            "score it with the priors it had before"
        )
