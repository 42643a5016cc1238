"""The protocol of an engine, and the posterior that every engine returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from detente.frozen import Immutable

if TYPE_CHECKING:
    import datetime as dt

    from detente.arrays import Floats
    from detente.case.schema import Case, CaseRecord
    from detente.diagnostics import Diagnostics, ExactAgreement, Precision
    from detente.exact import ExactPosterior
    from detente.inference.draws import Draws
    from detente.settings import EngineName, Settings


Progress = Callable[[str, float | None], None]
"""Called with the current stage and, if known, the fraction of it that is done."""


def silent(stage: str, done: float | None) -> None:
    """Show no progress."""
    del stage, done


class Posterior(Immutable):
    """The posterior of a case.

    ``probability`` (hypothesis,) is P(hypothesis | data), in closed form if ``closed_form`` is given and otherwise the
    average of the ``draws``; ``winner`` (winner,) is P(winner), likewise, and empty unless an election is open.
    ``tune`` and ``target_accept`` are the sampler's settings (0 and None for independent draws).
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
        """P(hypothesis | data), (hypothesis,), if it has no Monte Carlo error; otherwise None."""
        return None if self.closed_form is None else self.probability


class Engine(Protocol):
    """An engine: computes the posterior of a case and diagnoses the computation."""

    @property
    def name(self) -> EngineName:
        """Its name in the settings."""
        ...

    def infer(self, case: Case, settings: Settings, progress: Progress = silent) -> Posterior:
        """Return the posterior of ``case`` as of its cut-off."""
        ...

    def prepare(
        self, record: CaseRecord, last: dt.date, settings: Settings, progress: Progress = silent
    ) -> Callable[[Case], Posterior]:
        """Return a function that infers ``case`` as of any date up to ``last``, from the case cut at that date."""
        ...

    def measure(self, quantities: Mapping[str, Floats]) -> Mapping[str, Precision]:
        """Return the precision of the mean of each quantity, (chain, draw), leaving out constants."""
        ...

    def diagnose(
        self, measured: Mapping[str, Precision], draws: Draws, agreement: ExactAgreement | None
    ) -> Diagnostics:
        """Diagnose the draws from the measured precision, the sampler's statistics and the agreement of the engines."""
        ...
