"""The ranking of what to watch next in a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detente.analysis.conditional import condition_outcomes
from detente.analysis.results import Watch
from detente.analysis.reweighting import check_target, take_apart
from detente.analysis.watch.information import Belief, best_set, weigh
from detente.analysis.watch.observables import indicators, next_steps, silences, transitions
from detente.settings import DEFAULT_RANDOM_SEED

if TYPE_CHECKING:
    import datetime as dt
    from concurrent.futures import Executor

    from detente.case.schema import Case
    from detente.inference import Progress

LANES = 200
SIZE = 5


def watch(
    case: Case,
    target: str | None = None,
    *,
    by: dt.date | None = None,
    size: int = SIZE,
    random_seed: int = DEFAULT_RANDOM_SEED,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Watch:
    """Rank what could be seen next by its expected information about the target.

    Parameters
    ----------
    case
        The case as of its cut-off.
    target
        A hypothesis (which of them holds is then the question), or an outcome (whether it happens by the horizon);
        None takes the leading hypothesis.
    by
        Only indicators due by this date; None takes all.
    size
        The largest size of the best set.
    random_seed
        Seed of the draws of the intensities.
    executor
        Where to compute the steps of processes; None works in this process.
    progress
        Called as each stage begins.

    Raises
    ------
    detente.errors.DetenteError
        The case has no such hypothesis or outcome.
    """
    headlines = (*case.hypothesis_ids, *(outcome.id for outcome in case.outcomes))
    if target is not None:
        check_target(target, headlines)
    marked, steps = next_steps(case)
    if progress is not None:
        progress("projecting what could be seen", None)
    conditional = condition_outcomes(marked, random_seed, LANES)
    basis = take_apart(case, random_seed, conditional=conditional)
    target = target or case.hypothesis_ids[int(np.argmax(basis.share.sum(axis=0)))]
    late = conditional.late(basis.closed_form.gamma)[..., : len(case.outcomes)]
    named = [outcome.id for outcome in case.outcomes]
    belief = Belief(basis, basis.share, late, named.index(target) if target in named else None)
    observables = [
        observable
        for observable in (*indicators(basis), *silences(basis), *transitions(basis, conditional, steps, executor))
        if by is None or observable.by <= by
    ]
    ranked = sorted((weigh(belief, one) for one in observables), key=lambda one: (-one.bits_target, one.by, one.id))
    about_h, about_target = belief.entropy
    return Watch(
        target=target,
        headlines=headlines,
        base=(*map(float, basis.share.sum(axis=0)), *map(float, np.einsum("gk,gko->o", basis.share, late))),
        entropy_hypotheses=about_h,
        entropy_target=about_target,
        indicators=tuple(ranked),
        best=best_set(belief, observables, size),
    )
