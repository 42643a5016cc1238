"""What several assessors make of a case: the answer of each alone, without each, and where they differ most.

All answers are exact, those on outcomes means over exact draws.  The answer of one alone takes his numbers, and the
pool's (or the case's own, where those decide) in the cells he left out.  Differences are in decibans: what the item,
as reported, weighs for the target by each one's likelihoods at face value, or what his prior weights do; the source
and the discrimination discount it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from detente.case.assessors import CASES_OWN, Panel, with_weights
from detente.case.likelihoods import completed
from detente.case.windows import HORIZON
from detente.exact import log_probabilities
from detente.forecast.outcomes import headlines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from detente.case.assessors import Assessor
    from detente.case.evidence import EvidenceItem
    from detente.case.likelihoods import Likelihood
    from detente.case.schema import Case

DRAWS = 2000
"""Draws behind the outcomes of each: half a percentage point."""


@dataclass(frozen=True)
class Voice:
    """One assessor, ``id`` blank for the case's own: what he judged of what counts, and the answers.

    ``alone`` is P(hypothesis) by his judgements, ``without`` by everybody else's (None where he is not counted);
    ``factor`` is how much wider his ranges are taken to be than the case's, as calibration questions teach.
    ``outcomes`` are P(outcome by the horizon) by his judgements, one for each of the panel's outcomes.
    """

    id: str
    name: str
    likelihoods: int
    of_likelihoods: int
    intensities: int
    of_intensities: int
    weighs: bool
    factor: float
    round: int
    alone: tuple[float, ...]
    without: tuple[float, ...] | None = None
    outcomes: tuple[float, ...] = ()


@dataclass(frozen=True)
class Difference:
    """What assessors differ on: an item (``likelihood``), the ``prior``, or a step (``intensity``).

    ``values`` has one for each voice, None where it is silent: the weight for the target in decibans; of a step, how
    much faster than the case's its pace is, in decibans, on average over hypotheses and regimes.  ``spread`` is the
    largest less the smallest.
    """

    kind: Literal["likelihood", "prior", "intensity"]
    id: str
    values: tuple[float | None, ...]
    spread: float


@dataclass(frozen=True)
class PanelView:
    """What several assessors make of a case: P(hypothesis) of the pool, or of the case's own where those decide.

    ``outcomes`` are the ids of what may happen by the horizon.
    """

    target: str
    own_decides: bool
    base: tuple[float, ...]
    voices: tuple[Voice, ...]
    differences: tuple[Difference, ...]
    outcomes: tuple[str, ...] = ()


def panel_view(case: Case) -> PanelView | None:
    """Return what the assessors of a case make of it; None where there are not several."""
    if len(case.assessors) + case.own_decides < 2:  # noqa: PLR2004 - one has nobody to differ from
        return None
    base = _answer(case)
    target = case.hypothesis_ids[int(np.argmax(base))]
    return PanelView(
        target=target,
        own_decides=case.own_decides,
        base=base,
        voices=tuple(_voice(case, one) for one in case.assessors),
        differences=tuple(_differences(case, target)),
        outcomes=tuple(outcome.id for outcome in case.outcomes) if case.horizon > case.information_cutoff else (),
    )


def alone(case: Case, who: Assessor) -> Case:
    """Return the case by one assessor's judgements, and the case's where he has none."""
    return _judged_by(case, Panel((who,), case.panel.factors, case.panel.deviation))


def without(case: Case, who: Assessor) -> Case | None:
    """Return the case without one assessor, but for cells that nobody else judged; None where he is not counted."""
    if not case.is_pooled:
        return None
    others = tuple(one for one in case.assessors if one.id != who.id)
    return _judged_by(case, Panel(others, case.panel.factors, case.panel.deviation))


def _judged_by(case: Case, panel: Panel) -> Case:
    """Return the case with the cells that a panel judged as the panel has them."""
    stated = case.own_prior or case.priors.hypotheses
    pool = panel.pool(stated.concentration)
    likelihoods = {item: {**under, **pool.likelihoods.get(item, {})} for item, under in case.likelihoods.items()}
    intensities = {one.cell: one for one in case.intensities} | pool.intensities
    return case.changed(
        likelihoods=likelihoods, intensities=tuple(intensities.values()), priors=with_weights(case.priors, stated, pool)
    )


def _answer(case: Case) -> tuple[float, ...]:
    return tuple(map(float, np.exp(log_probabilities(case))))


def _outcomes(case: Case) -> tuple[float, ...]:
    """Return the probability of each outcome by the horizon; none where nothing is left to happen."""
    return tuple(windows[HORIZON] for windows in headlines(case, DRAWS).outcomes.values())


def _voice(case: Case, one: Assessor) -> Voice:
    counted = {item.id for item in case.evidence_in_force}
    judged = sum(len(under) for item, under in one.likelihoods.items() if item in counted)
    by_himself, others = alone(case, one), without(case, one)
    return Voice(
        id=one.id,
        name=one.id or CASES_OWN,
        likelihoods=judged,
        of_likelihoods=len(counted) * len(case.hypotheses),
        intensities=len(one.intensities),
        of_intensities=len(case.intensities),
        weighs=one.weights is not None,
        factor=case.panel.factors.get(one.id, 1.0),
        round=one.round,
        alone=_answer(by_himself),
        without=None if others is None else _answer(others),
        outcomes=_outcomes(by_himself),
    )


def _differences(case: Case, target: str) -> Iterator[Difference]:
    """Yield items, the prior and steps that several judged: by kind, those they differ on most first."""
    by_item = [
        Difference("likelihood", item.id, weights, *_span(weights))
        for item in case.evidence_in_force
        if (weights := _weights(case, item, target)) and len([one for one in weights if one is not None]) > 1
    ]
    priors = tuple(None if one.weights is None else _odds(one.weights[target]) for one in case.assessors)
    if len([one for one in priors if one is not None]) > 1:
        by_item.append(Difference("prior", target, priors, *_span(priors)))
    yield from sorted(by_item, key=lambda row: (-row.spread, row.kind, row.id))
    yield from sorted(_steps(case), key=lambda row: (-row.spread, row.id))


def _weights(case: Case, item: EvidenceItem, target: str) -> tuple[float | None, ...]:
    """Return what an item, as reported, weighs for the target by each assessor's likelihoods, in decibans."""
    share = case.priors.centre_weights
    return tuple(
        None
        if not (under := one.likelihoods.get(item.id))
        else weight(completed({item.id: under}, share)[item.id], share, target, item.observed)
        for one in case.assessors
    )


def weight(under: Mapping[str, Likelihood], share: Mapping[str, float], target: str, seen: bool) -> float:  # noqa: FBT001
    """Return the weight of an item for a hypothesis against the others, by their prior weights, in decibans."""
    chance = {name: row.mid if seen else 1 - row.mid for name, row in under.items()}
    rest = math.fsum(share[name] * chance[name] for name in under if name != target)
    return 10 * math.log10(chance[target] * math.fsum(share[name] for name in under if name != target) / rest)


def _odds(probability: float) -> float:
    return 10 * math.log10(probability / (1 - probability))


def _steps(case: Case) -> Iterator[Difference]:
    """Yield each step that several judged, with their paces beside the case's, over its hypotheses and regimes."""
    usual = {one.cell: one for one in case.intensities}
    by_step: dict[str, list[dict[tuple[str, ...], float]]] = {}
    for place, one in enumerate(case.assessors):
        for stated in one.intensities:
            cell = stated.cell
            if cell not in usual:
                continue
            pace = 10 * math.log10(-math.log1p(-stated.mid) / stated.within_days)
            held = usual[cell]
            beside = 10 * math.log10(-math.log1p(-held.mid) / held.within_days)
            table = by_step.setdefault(stated.transition.id, [{} for _ in case.assessors])
            table[place][cell] = pace - beside
    for step, tables in by_step.items():
        means = tuple(math.fsum(table.values()) / len(table) if table else None for table in tables)
        if len([mean for mean in means if mean is not None]) > 1:
            yield Difference("intensity", step, means, *_span(means))


def _span(values: tuple[float | None, ...]) -> tuple[float]:
    known = [value for value in values if value is not None]
    return (max(known) - min(known),)
