"""What an engine is: a way to the posterior of a case, and to how surely it is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import datetime as dt

    import numpy as np
    from numpy.typing import NDArray

    from detente.case.schema import Case, CaseRecord
    from detente.diagnostics import Diagnostics, ExactAgreement, Precision
    from detente.exact import ExactPosterior
    from detente.inference.draws import Draws
    from detente.settings import EngineName, Settings

    Floats = NDArray[np.float64]

Progress = Callable[[str, float | None], None]
"""Called with the stage that begins and, where it can be known, the share of it that is done."""


def silent(stage: str, done: float | None) -> None:
    """Show no progress."""
    del stage, done


@dataclass(frozen=True)
class Posterior:
    """The posterior of a case.

    ``probability`` (hypothesis,) is P(hypothesis | data): in closed form where there is a ``closed_form``, else the
    average of the ``draws``; ``winner`` (winner,) is P(winner), likewise, and empty without an open election.  ``tune``
    and ``target_accept`` are what the sampler was told (0 and None where draws are independent).
    """

    engine: Engine
    draws: Draws
    probability: Floats
    winner: Floats
    random_seed: int
    closed_form: ExactPosterior | None = None
    tune: int = 0
    target_accept: float | None = None

    @property
    def known(self) -> Floats | None:
        """P(hypothesis | data) where it is known without Monte Carlo error, (hypothesis,)."""
        return None if self.closed_form is None else self.probability


class Engine(Protocol):
    """A way to work out the posterior of a case, and to judge how well that went."""

    @property
    def name(self) -> EngineName:
        """What the settings call it."""
        ...

    def infer(self, case: Case, settings: Settings, progress: Progress = silent) -> Posterior:
        """Return the posterior of ``case`` as of its cut-off."""
        ...

    def prepare(
        self, record: CaseRecord, last: dt.date, settings: Settings, progress: Progress = silent
    ) -> Callable[[Case], Posterior]:
        """Return a function from a whole case, cut at any date up to ``last``, to its posterior."""
        ...

    def measure(self, quantities: Mapping[str, Floats]) -> Mapping[str, Precision]:
        """Return the Monte Carlo error of the mean of each quantity, (chain, draw), without those that are constant."""
        ...

    def diagnose(
        self, measured: Mapping[str, Precision], draws: Draws, agreement: ExactAgreement | None
    ) -> Diagnostics:
        """Judge the draws: what was measured, the sampler's own statistics, agreement with the exact engine."""
        ...
