"""Write priors as the lines of ``priors.yaml``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.bulletin.document import quoted_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detente.case.priors import BetaPrior


def beta_lines(prior: BetaPrior, indent: str = "  ") -> list[str]:
    """Return the lines of a Beta prior, below its key."""
    because = quoted_text(prior.because)
    return [f"{indent}mean: {prior.mean!r}", f"{indent}sd: {prior.sd!r}", f"{indent}because: {because}"]


def discrimination_lines(prior: BetaPrior, learned_from: Sequence[str] | None) -> list[str]:
    """Return the lines of the discrimination, its key and what it was learned from included."""
    lineage = [f"  learned_from: [{', '.join(learned_from)}]"] if learned_from else []
    return ["discrimination:", *beta_lines(prior), *lineage]
