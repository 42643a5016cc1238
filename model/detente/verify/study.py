"""Verify the engines on a case by simulation, and against each other."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy as np

from detente.checkpoint import Checkpoint, program_digest
from detente.forecast import forecast
from detente.inference import silent
from detente.jsonable import jsonable
from detente.settings import LIBRARIES, Settings, versions
from detente.verify.fitting import ExactFitter, compile_nuts
from detente.verify.random_cases import random_case
from detente.verify.replicate import Replicate, replicate
from detente.verify.result import AGREEMENT_WITHIN, Agreement, Plan, Verification, worst
from detente.verify.verdicts import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from detente.case.schema import Case
    from detente.inference import Progress
    from detente.settings import EngineName
    from detente.verify.result import Verdict

AHEAD = 8
"""Replicates submitted ahead of the first to finish."""


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
        Where to run the exact engine's replicates; None runs them here.
    progress
        Called with each stage and its finished share.

    Raises
    ------
    detente.errors.OutputError
        If the checkpoint cannot be written.
    """
    plan, tell = plan or Plan(), progress or silent
    if checkpoint is None:
        results: dict[str, Any] = {}
        return _verify(case, plan, _Store(results, results.__setitem__), executor, tell)
    with Checkpoint(checkpoint, _belongs_to(case, plan)) as kept:
        verification = _verify(case, plan, _Store(kept.results, kept.add), executor, tell)
        kept.remove()
    return verification


@dataclass(frozen=True)
class _Store:
    """Finished parts by key, and a function that stores one more."""

    results: Mapping[str, Any]
    keep: Callable[[str, Any], None]

    def missing(self, plan: Plan, engine: EngineName) -> list[int]:
        """Return the numbers of the replicates still to run."""
        return [number for number in range(plan.replicates) if f"{engine}/{number}" not in self.results]

    def finished(self, plan: Plan, engine: EngineName) -> tuple[Replicate, ...]:
        """Return all replicates, in order."""
        return tuple(_read(self.results[f"{engine}/{number}"]) for number in range(plan.replicates))


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


def _verify(case: Case, plan: Plan, store: _Store, executor: Executor | None, tell: Progress) -> Verification:
    reports = []
    for engine in plan.engines:
        if engine == "nuts":
            _nuts(case, plan, store, tell)
        else:
            _exact(case, plan, store, executor, tell)
        reports.append(judge(case, engine, store.finished(plan, engine)))
    agreements = _agreements(case, plan, store, tell) if "nuts" in plan.engines else ()
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


def _nuts(case: Case, plan: Plan, store: _Store, tell: Progress) -> None:
    """Run the missing replicates with NUTS, on one compiled model."""
    missing = store.missing(plan, "nuts")
    if not missing:
        return
    tell("compiling the model", None)
    engine = compile_nuts(case, plan)
    for number in missing:
        tell("replicates with NUTS", number / plan.replicates)
        store.keep(f"nuts/{number}", jsonable(replicate(case, engine, plan.random_seed, number)))
    tell("replicates with NUTS", 1.0)


def _exact(case: Case, plan: Plan, store: _Store, executor: Executor | None, tell: Progress) -> None:
    """Run the missing replicates with the exact engine, on the executor if there is one."""
    engine, stage = ExactFitter(plan), "replicates with the exact engine"
    missing = store.missing(plan, "exact")
    done = plan.replicates - len(missing)
    tell(stage, done / plan.replicates)
    if executor is None:
        for number in missing:
            store.keep(f"exact/{number}", jsonable(replicate(case, engine, plan.random_seed, number)))
            tell(stage, (done := done + 1) / plan.replicates)
        return
    waiting: set[Future[Replicate]] = set()
    try:
        while missing or waiting:
            while missing and len(waiting) < AHEAD:
                waiting.add(executor.submit(replicate, case, engine, plan.random_seed, missing.pop(0)))
            ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in ready:
                finished = future.result()
                store.keep(f"exact/{finished.number}", jsonable(finished))
                tell(stage, (done := done + 1) / plan.replicates)
    finally:
        for future in waiting:
            future.cancel()


def _agreements(case: Case, plan: Plan, store: _Store, tell: Progress) -> tuple[Agreement, ...]:
    """Compare the engines on the case and on random ones."""
    names = ["agreement/case", *(f"agreement/{number}" for number in range(plan.random_cases))]
    for place, name in enumerate(names):
        tell("sampled against exact", place / len(names))
        if name not in store.results:
            rng = np.random.default_rng([plan.random_seed, place])
            store.keep(name, jsonable(agree(random_case(rng, f"random-{place}") if place else case, plan)))
    tell("sampled against exact", 1.0)
    return tuple(Agreement(**store.results[name]) for name in names)


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
