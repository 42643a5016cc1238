"""Verify the engines on a case by simulation, and against each other."""

from __future__ import annotations

from functools import partial
from importlib import metadata
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from detente.checkpoint import Checkpoint
from detente.forecast import forecast
from detente.inference import Progress, silent
from detente.jsonable import jsonable
from detente.parallel import Once, as_finished, program_digest
from detente.settings import LIBRARIES, EngineName, Settings, versions
from detente.verify.fitting import ExactFitter, Fitter, compile_nuts
from detente.verify.random_cases import random_case
from detente.verify.replicate import Replicate, replicate
from detente.verify.result import AGREEMENT_WITHIN, Agreement, Plan, Verdict, Verification, worst
from detente.verify.verdicts import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from detente.case.schema import Case

PIECE = 4
"""Replicates that a worker runs in a row."""
STAGES: Mapping[EngineName, str] = {"nuts": "replicates with NUTS", "exact": "replicates with the exact engine"}
COMPARED = "sampled against exact"


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
    _work_out(case, plan, store, executor, tell)
    reports = []
    for engine in plan.engines:
        replicates = tuple(_read(store.results[f"{engine}/{number}"]) for number in range(plan.replicates))
        reports.append(judge(case, engine, replicates))
    agreements = tuple(Agreement(**store.results[name]) for name in _agreement_keys(plan))
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


class Task(NamedTuple):
    """Some of the work of a stage: the keys of its results, and what works them out."""

    stage: str
    keys: tuple[str, ...]
    work: Callable[[], list[dict[str, Any]]]


def _work_out(case: Case, plan: Plan, store: Checkpoint, executor: Executor | None, tell: Progress) -> None:
    """Work out what is missing, all at once where there is an executor: no worker waits for the end of a stage."""
    tasks = list(_tasks(case, plan, store, 1 if executor is None else PIECE))
    if executor is not None:  # what takes longest comes first
        tasks.sort(key=lambda task: task.stage != COMPARED)
    totals = {**{STAGES[engine]: plan.replicates for engine in plan.engines}, COMPARED: len(_agreement_keys(plan))}
    left = {stage: sum(len(task.keys) for task in tasks if task.stage == stage) for stage in totals}

    def begun() -> Iterator[Task]:
        for stage, members in groupby(tasks, key=lambda task: task.stage):
            is_compiled = stage == STAGES["nuts"]
            tell(*(("compiling the model", None) if is_compiled else (stage, 1 - left[stage] / totals[stage])))
            yield from members

    for stage, results in as_finished(executor, _results, begun()):
        for key, result in results.items():
            store.add(key, result)
        left[stage] -= len(results)
        tell(stage, 1 - left[stage] / totals[stage])


def _results(task: Task) -> tuple[str, dict[str, Any]]:
    """Return the stage of a task and its results by key."""
    return task.stage, dict(zip(task.keys, task.work(), strict=True))


def _agreement_keys(plan: Plan) -> tuple[str, ...]:
    """Return the keys of the comparisons of the two engines: on the case, and on random ones."""
    names = ("agreement/case", *(f"agreement/{number}" for number in range(plan.random_cases)))
    return names if "nuts" in plan.engines else ()


def _tasks(case: Case, plan: Plan, store: Checkpoint, size: int) -> Iterator[Task]:
    """Yield what is missing, replicates in tasks of a ``size``."""
    for engine in plan.engines:
        missing = [number for number in range(plan.replicates) if f"{engine}/{number}" not in store.results]
        if not missing:
            continue
        fitter: Once[Fitter] = Once(compile_nuts, case, plan) if engine == "nuts" else Once(ExactFitter, plan)
        for start in range(0, len(missing), size):
            numbers = missing[start : start + size]
            keys = tuple(f"{engine}/{number}" for number in numbers)
            yield Task(STAGES[engine], keys, partial(several, case, fitter, plan.random_seed, numbers))
    for place, key in enumerate(_agreement_keys(plan)):
        if key not in store.results:
            yield Task(COMPARED, (key,), partial(_agree_on, case, plan, place))


def several(case: Case, fitter: Once[Fitter], random_seed: int, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """Run several replicates, in this process or a worker, which makes its own fitter once."""
    return [jsonable(replicate(case, fitter(), random_seed, number)) for number in numbers]


def _agree_on(case: Case, plan: Plan, place: int) -> list[dict[str, Any]]:
    """Compare the engines on the case itself (place 0) or on a random one."""
    rng = np.random.default_rng([plan.random_seed, place])
    return [jsonable(agree(random_case(rng, f"random-{place}") if place else case, plan))]


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
