"""Verify the engines on a case by simulation, and against each other."""

from __future__ import annotations

from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy as np

from detente.checkpoint import Checkpoint
from detente.forecast import forecast
from detente.inference import silent
from detente.jsonable import jsonable
from detente.parallel import Once, as_finished, program_digest
from detente.settings import LIBRARIES, Settings, versions
from detente.verify.fitting import ExactFitter, compile_nuts
from detente.verify.random_cases import random_case
from detente.verify.replicate import Replicate, replicate
from detente.verify.result import AGREEMENT_WITHIN, Agreement, Plan, Verification, worst
from detente.verify.verdicts import judge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from detente.case.schema import Case
    from detente.inference import Progress
    from detente.settings import EngineName
    from detente.verify.fitting import Fitter
    from detente.verify.result import Verdict

PIECE = 4
"""Replicates that a worker runs in a row."""
STAGES: Mapping[EngineName, str] = {"nuts": "replicates with NUTS", "exact": "replicates with the exact engine"}


def verify(
    case: Case,
    plan: Plan | None = None,
    *,
    checkpoint: Path | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Verify the inference on ``case`` as of its cut-off.

    Parameters
    ----------
    case
        The case as of its cut-off.
    plan
        Engines, replicates, draws, random cases and random seed.
    checkpoint
        File in which to store finished parts and from which to resume; deleted at the end.  None stores nothing.
    executor
        Where to run the replicates; None runs them here.
    progress
        Called with each stage and its finished share.

    Raises
    ------
    detente.errors.OutputError
        If the checkpoint cannot be written.
    """
    plan, tell = plan or Plan(), progress or silent
    with Checkpoint(checkpoint, _belongs_to(case, plan) if checkpoint else {}) as kept:
        verification = _verify(case, plan, kept, executor, tell)
        kept.remove()
    return verification


def _belongs_to(case: Case, plan: Plan) -> dict[str, Any]:
    """Return all that a result depends on; the number of replicates and the engines are not part of it."""
    stated = jsonable(plan)
    for name in ("replicates", "random_cases", "engines"):
        del stated[name]
    libraries = sorted({name for names in LIBRARIES.values() for name in names})
    return {
        "case": case.id,
        "as_of": case.information_cutoff.isoformat(),
        "inputs_sha256": case.inputs_sha256,
        "plan": stated,
        "versions": {name: metadata.version(name) for name in libraries},  # without importing them
        "program": program_digest(),
    }


def _verify(case: Case, plan: Plan, store: Checkpoint, executor: Executor | None, tell: Progress) -> Verification:
    reports = []
    for engine in plan.engines:
        _replicates(case, plan, engine, store, executor, tell)
        replicates = tuple(_read(store.results[f"{engine}/{number}"]) for number in range(plan.replicates))
        reports.append(judge(case, engine, replicates))
    agreements = _agreements(case, plan, store, executor, tell) if "nuts" in plan.engines else ()
    used: dict[str, str] = {}
    for engine in plan.engines:
        used |= versions(engine)
    return Verification(
        case=case.id,
        title=case.title,
        as_of=case.information_cutoff,
        plan=plan,
        inputs_sha256=case.inputs_sha256,
        versions=used,
        engines=tuple(reports),
        agreements=agreements,
        verdict=worst((*(report.verdict for report in reports), *(row.verdict for row in agreements))),
    )


def _replicates(
    case: Case, plan: Plan, engine: EngineName, store: Checkpoint, executor: Executor | None, tell: Progress
) -> None:
    """Run the missing replicates with one engine."""
    missing = [number for number in range(plan.replicates) if f"{engine}/{number}" not in store.results]
    if not missing:
        return
    done = plan.replicates - len(missing)
    tell(*(("compiling the model", None) if engine == "nuts" else (STAGES[engine], done / plan.replicates)))
    fitter: Once[Fitter] = Once(compile_nuts, case, plan) if engine == "nuts" else Once(ExactFitter, plan)
    size = 1 if executor is None else PIECE
    pieces = [missing[start : start + size] for start in range(0, len(missing), size)]
    for finished in as_finished(executor, partial(several, case, fitter, plan.random_seed), pieces):
        for one in finished:
            store.add(f"{engine}/{one.number}", jsonable(one))
        tell(STAGES[engine], (done := done + len(finished)) / plan.replicates)


def several(case: Case, fitter: Once[Fitter], random_seed: int, numbers: Sequence[int]) -> list[Replicate]:
    """Run several replicates, in this process or a worker, which makes its own fitter once."""
    return [replicate(case, fitter(), random_seed, number) for number in numbers]


def _agreements(
    case: Case, plan: Plan, store: Checkpoint, executor: Executor | None, tell: Progress
) -> tuple[Agreement, ...]:
    """Compare the engines on the case and on random ones."""
    names = ["agreement/case", *(f"agreement/{number}" for number in range(plan.random_cases))]
    missing = [place for place, name in enumerate(names) if name not in store.results]
    done = len(names) - len(missing)
    for place, agreement in as_finished(executor, partial(_agree_on, case, plan), missing):
        store.add(names[place], jsonable(agreement))
        tell("sampled against exact", (done := done + 1) / len(names))
    return tuple(Agreement(**store.results[name]) for name in names)


def _agree_on(case: Case, plan: Plan, place: int) -> tuple[int, Agreement]:
    """Compare the engines on the case itself (place 0) or on a random one."""
    rng = np.random.default_rng([plan.random_seed, place])
    return place, agree(random_case(rng, f"random-{place}") if place else case, plan)


def agree(case: Case, plan: Plan) -> Agreement:
    """Sample ``case``, and compare every P(hypothesis) and outcome with the exact engine's, in Monte Carlo errors."""
    settings = Settings(draws=plan.agreement_draws, random_seed=plan.random_seed, in_full=False)
    agreement = forecast(case, settings).diagnostics.exact_agreement
    if agreement is None:  # nothing varies, so the engines agree exactly
        return Agreement(case.id, 0.0, "none that varies", 0, "pass")
    verdict: Verdict = "pass" if agreement.max_z <= AGREEMENT_WITHIN else "fail"
    return Agreement(case.id, round(agreement.max_z, 3), agreement.quantity, agreement.quantities, verdict)


def _read(kept: Mapping[str, Any]) -> Replicate:
    """Rebuild a replicate from its stored form."""
    futures = {name: (float(chance), bool(happened)) for name, (chance, happened) in kept["futures"].items()}
    return Replicate(**{**kept, "probability": tuple(kept["probability"]), "futures": futures})
