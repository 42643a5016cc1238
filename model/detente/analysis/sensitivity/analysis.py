"""The sensitivity analysis of a case."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from detente.analysis.results import LeftOut, Sensitivity
from detente.analysis.reweighting import check_target, take_apart
from detente.analysis.sensitivity.conflict import conflict
from detente.analysis.sensitivity.power import Scaled, power_scaling, power_scaling_of_run
from detente.analysis.sensitivity.thresholds import break_even, tipping, tipping_of_items
from detente.analysis.sensitivity.tornado import set_up, sweeps, tornado
from detente.analysis.sensitivity.variance import split_variance
from detente.inference import silent
from detente.settings import DEFAULT_RANDOM_SEED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor

    import xarray as xr

    from detente.analysis.results import TippingPoint
    from detente.analysis.reweighting import Basis
    from detente.case.schema import Case
    from detente.inference import Progress

MUCH, MOVES_A_LIKELIHOOD = 40_000, 8
"""Work (:func:`_work`) above which other processes are worth the second of a processor that each takes to begin."""


def sensitivity(
    case: Case,
    target: str | None = None,
    *,
    random_seed: int = DEFAULT_RANDOM_SEED,
    executor: Executor | None = None,
    draws: Path | xr.DataTree | None = None,
    progress: Progress | None = None,
) -> Sensitivity:
    """Return the sensitivity of the forecast of ``case``.

    Parameters
    ----------
    case
        The case as of its cut-off.
    target
        The headline that rows are ranked by: a hypothesis, an outcome by the horizon, or ``<outcome>.before_election``;
        None takes the leading hypothesis.
    random_seed
        Seed of the draws of the intensities and of the samples.
    executor
        Where to distribute the work; None works in this process.
    draws
        The draws of a run with NUTS on the same inputs, or their file, for power-scaling; None leaves it out.
    progress
        Called as each stage begins.

    Raises
    ------
    detente.errors.DetenteError
        The case has no such hypothesis or outcome.
    """
    report_progress = progress or silent
    basis = take_apart(case, random_seed)
    base = basis.weigh(basis.total)
    names = case.hypothesis_ids
    leading = names[int(np.argmax(base[: len(names)]))]
    target = target or leading
    check_target(target, basis.headlines)
    executor = executor if _work(basis) > MUCH else None
    report_progress("splitting the variance", None)
    split = _later(executor, split_variance, case, basis.headlines, basis.closed_form.factors.steps, random_seed)
    power = _power(executor, draws)
    report_progress("varying each number", None)
    points: list[TippingPoint] = []
    # Asked for while the swings of the items are: what the others of a cluster say is kept of a few items at once.
    of_items = tipping_of_items(basis, target)
    swings = tornado(set_up(basis), target, executor, lambda items: points.extend(of_items(items)))
    report_progress("leaving out, sweeping, finding thresholds", None)
    quantities, power_rows = power()
    return Sensitivity(
        target=target,
        headlines=basis.headlines,
        base=tuple(map(float, base)),
        error=tuple(map(float, basis.error)),
        left_out=left_out(basis),
        tornado=swings,
        break_even=break_even(basis, target),
        tipping=tipping(basis, target, points),
        sweeps=sweeps(basis, target if target in names else leading),
        variance=split(),
        conflict=conflict(basis, random_seed),
        quantities=quantities,
        power=power_rows,
    )


def _work(basis: Basis) -> int:
    """Return about how much there is to do that can be spread, in moves of a chain carried for one number."""
    moves = sum(len(chain.moves) for chain in basis.conditional.chains)
    judged = len(basis.case.evidence_in_force) * len(basis.case.hypotheses)
    return moves * len(basis.case.intensities) + MOVES_A_LIKELIHOOD * judged


def _power(executor: Executor | None, draws: Path | xr.DataTree | None) -> Callable[[], Scaled]:
    """Start the power-scaling, in another process if the draws are in a file."""
    if draws is None:
        return lambda: ((), ())
    if isinstance(draws, Path):
        return _later(executor, power_scaling_of_run, draws)
    return _later(None, power_scaling, draws)


def _later[**P, R](
    executor: Executor | None, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> Callable[[], R]:
    """Submit work to the executor, if there is one, and return a function that returns its result."""
    if executor is None:
        return lambda: work(*args, **kwargs)
    return executor.submit(work, *args, **kwargs).result


SEPARATOR = ";"
"""Between the names of several actors of one item."""


def left_out(basis: Basis) -> tuple[LeftOut, ...]:
    """Return the headlines without each item, each cluster, each actor and each source.

    Leaving out an actor or a source leaves out every item that names it, even beside others.
    """
    return tuple(
        LeftOut(kind, name, items, tuple(map(float, basis.weigh(basis.without(items)))))
        for kind, name, items in groups(basis.case)
    )


def groups(case: Case) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield kind, name and items of everything that can be left out."""
    for item in case.evidence_in_force:
        yield "item", item.id, (item.id,)
    for cluster in case.clusters_in_force:
        yield "cluster", cluster.name, tuple(item.id for item in cluster.items)
    for kind in ("actor", "source"):
        named: dict[str, list[str]] = {}
        for item in case.evidence_in_force:
            actors = filter(None, (part.strip() for part in item.actor.split(SEPARATOR)))
            for name in dict.fromkeys(item.sources if kind == "source" else actors):
                named.setdefault(name, []).append(item.id)
        for name, items in named.items():
            yield kind, name, tuple(items)
