"""What a judgement was learned from: a case may not be scored, nor learned from again, with what it taught itself."""

from __future__ import annotations

from detente.case.schema import Case
from detente.errors import InSampleError


def refuse_in_sample(case: Case) -> None:
    """Refuse to score a case whose discrimination was learned from its own outcomes.

    Raises
    ------
    InSampleError
        If the case is among those that its discrimination was learned from.
    """
    if case.id in (case.priors.learned_from or ()):
        raise InSampleError(case.id)
