"""What a run adds to a forecast for its report: how fragile it is, and what to watch.

Both need the exact engine only, so with more than one worker they are worked out in another process while NUTS compiles
and samples in this one; only power-scaling has to wait for the draws.
"""

from __future__ import annotations

import dataclasses
from contextlib import contextmanager
from typing import TYPE_CHECKING

from detente.analysis.sensitivity import sensitivity
from detente.analysis.sensitivity.power import power_scaling
from detente.analysis.watch import watch
from detente.dossier import Dossier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from detente.analysis.results import Sensitivity, Watch
    from detente.case import Case
    from detente.forecast import Forecast
    from detente.inference import Progress


@contextmanager
def assessing(case: Case, random_seed: int, workers: int) -> Iterator[Callable[[Forecast, Progress], Dossier]]:
    """Start to assess ``case``, and yield a function that adds the assessment to its forecast."""
    from detente.cli.pool import pool

    with pool(workers) as executor:
        early = None if executor is None else executor.submit(assess, case, random_seed)

        def add(result: Forecast, tell: Progress) -> Dossier:
            tell("working out what it rests on", None)
            fragility, ahead = assess(case, random_seed) if early is None else early.result()
            if result.engine == "nuts" and result.sampled is not None:
                quantities, rows = power_scaling(result.draws_tree())
                fragility = dataclasses.replace(fragility, quantities=quantities, power=rows, power_note="")
            return Dossier(result, sensitivity=fragility, watch=ahead)

        yield add


def assess(case: Case, random_seed: int) -> tuple[Sensitivity, Watch]:
    """Work out both, in whichever process this is."""
    return sensitivity(case, random_seed=random_seed), watch(case, random_seed=random_seed)
