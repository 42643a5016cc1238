"""Run a case: forecast it, and work out what the forecast rests on and what to watch.

Both need the exact engine only, so where there is an executor they are worked out in another process while NUTS
compiles and samples in this one; only power-scaling has to wait for the draws.
"""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from typing import TYPE_CHECKING

from detente.dossier import Dossier
from detente.errors import DetenteError
from detente.forecast import forecast
from detente.inference import Progress, silent

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from detente.analysis.assessors import PanelView
    from detente.analysis.attribution import ChangeSinceLast
    from detente.analysis.results import Sensitivity, Watch
    from detente.case import Case, CaseLocation
    from detente.settings import Settings


def run(
    case: Case,
    settings: Settings,
    *,
    assesses: bool = True,
    executor: Executor | None = None,
    change: ChangeSinceLast | None = None,
    progress: Progress = silent,
) -> Dossier:
    """Forecast ``case`` and assess it, on the executor if there is one; ``change`` is what the last update moved."""
    if not assesses:
        return Dossier(forecast(case, settings, progress), change=change, panel=_panel(case))
    early = None if executor is None else executor.submit(assess, case, settings.random_seed)
    posterior = forecast(case, settings, progress)
    progress("working out what it rests on", None)
    fragility, ahead = assess(case, settings.random_seed) if early is None else early.result()
    if posterior.engine == "nuts" and posterior.sampled is not None:
        from detente.analysis.sensitivity.power import power_scaling

        quantities, rows = power_scaling(posterior.draws_tree())
        fragility = dataclasses.replace(fragility, quantities=quantities, power=rows)
    return Dossier(posterior, sensitivity=fragility, watch=ahead, change=change, panel=_panel(case))


def _panel(case: Case) -> PanelView | None:
    """Return what the assessors of a case make of it, where any are named."""
    if not case.assessors:
        return None
    from detente.analysis.assessors import panel_view

    return panel_view(case)


def assess(case: Case, random_seed: int) -> tuple[Sensitivity, Watch]:
    """Work out how fragile the forecast of a case is and what to watch, in whichever process this is."""
    from detente.analysis.sensitivity import sensitivity
    from detente.analysis.watch import watch

    return sensitivity(case, random_seed=random_seed), watch(case, random_seed=random_seed)


def waiting_bulletins(location: CaseLocation, case: Case) -> int:
    """Count the bulletins beside a case that are dated up to its cut-off and not taken in."""
    from detente.case import read_bulletins, read_record

    with suppress(DetenteError):  # what is wrong with a bulletin is said when it is taken in
        waiting = read_bulletins(
            location.seeds / "bulletins", read_record(location, without_answers=True)[0], may_be_none=True
        )
        return sum(bulletin.date <= case.information_cutoff for bulletin in waiting)
    return 0
