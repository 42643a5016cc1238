"""Score a set: the model's P(hypothesis) beside simpler forecasters on the same questions.

The rivals are the even probabilities, the prior, naive Bayes at the stated middles, and naive Bayes with one exponent
on its likelihood, fitted to the set by cross-validation over whole groups of questions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detente.errors import InSampleSetError
from detente.evaluation.explanations import (
    EXPONENTS,
    ExplanationScores,
    Exponent,
    Forecasts,
    best_exponent,
    log_scores,
    normalized,
    score_explanations,
    scores_by_exponent,
)
from detente.evaluation.questions import ScoringError
from detente.evaluation.track_record import NAIVE, OURS, PRIOR, TEMPERED, UNIFORM
from detente.scoring import numbered
from detente.settings import DEFAULT_RANDOM_SEED, versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from detente.arrays import Flags, Floats, Integers
    from detente.case.priors import BetaPrior
    from detente.case.question_set import QuestionSet
    from detente.evaluation.sets.answers import Answers


FOLDS = 10
"""Parts of a set, of whole groups, of which each is left out in turn."""
BANDS = ((0, 2), (3, 5), (6, 9), (10, None))
"""Numbers of items by which calibration is shown."""


@dataclass(frozen=True)
class ItemBand:
    """The questions with a number of items from ``fewest`` to ``most`` (None: any more)."""

    fewest: int
    most: int | None
    questions: int
    log: float
    exponent: Exponent


@dataclass(frozen=True)
class SetScore:
    """The scores of a set; ``unknown`` questions have no truth yet and do not count.

    ``tempering`` are the exponents of tempered naive Bayes, one for each part left out.
    """

    name: str
    folder: str
    questions: int
    unknown: int
    items: int
    discrimination: BetaPrior
    scores: ExplanationScores
    by_items: tuple[ItemBand, ...]
    tempering: tuple[float, ...]
    random_seed: int
    inputs_sha256: str
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Scored:
    """A scoring, and the forecasts behind it: ``rows`` (question,) tells which questions of the set they are about."""

    result: SetScore
    rows: Flags
    by_forecaster: Mapping[str, Forecasts]


def score_set(question_set: QuestionSet, answers: Answers, random_seed: int = DEFAULT_RANDOM_SEED) -> Scored:
    """Score the answers to a set's questions.

    Raises
    ------
    InSampleSetError
        If the discrimination was learned from this set.
    ScoringError
        If no question's truth is known.
    """
    refuse_in_sample(question_set)
    rows, own = known_forecasts(question_set, answers)
    rivals, exponents = simple_forecasts(own, answers, random_seed)
    by_forecaster = {OURS: own, **rivals}
    result = SetScore(
        name=question_set.name,
        folder=str(question_set.folder),
        questions=int(rows.sum()),
        unknown=int((~rows).sum()),
        items=int(answers.items[rows].sum()),
        discrimination=question_set.priors.discrimination,
        scores=score_explanations(OURS, by_forecaster, int(rows.sum()), random_seed),
        by_items=by_items(own, answers.items[rows], random_seed),
        tempering=exponents,
        random_seed=random_seed,
        inputs_sha256=question_set.inputs_sha256,
        versions=versions("exact"),
    )
    return Scored(result, rows, by_forecaster)


def refuse_in_sample(question_set: QuestionSet) -> None:
    """Refuse to score a set with a discrimination that was learned from it.

    Raises
    ------
    InSampleSetError
        If it is among what the discrimination was learned from.
    """
    if question_set.name in (question_set.priors.learned_from or ()):
        raise InSampleSetError(question_set.name, question_set.folder)


def known_forecasts(question_set: QuestionSet, answers: Answers) -> tuple[Flags, Forecasts]:
    """Return which questions' truth is known, and the model's forecasts of them.

    Raises
    ------
    ScoringError
        If there are none.
    """
    rows = answers.is_known
    if not rows.any():
        raise ScoringError(f"{question_set.folder}: no question has a truth: fill in the column truth of questions.csv")
    group = numbered(name for name, kept in zip(answers.groups, rows, strict=True) if kept)
    own = Forecasts(answers.log_posterior[rows], answers.truth[rows], np.ones(rows.sum()), group)
    return rows, own


def by_items(forecasts: Forecasts, items: Integers, random_seed: int) -> tuple[ItemBand, ...]:
    """Return log score and best exponent by the number of items of a question; bands without any are left out."""
    bands = []
    for fewest, most in BANDS:
        inside = (items >= fewest) & (items <= (most if most is not None else items.max()))
        if inside.any():
            some = forecasts.only(inside)
            log = float(log_scores(some).mean())
            bands.append(ItemBand(fewest, most, int(inside.sum()), log, best_exponent(some, random_seed)))
    return tuple(bands)


def folds(group: Integers, random_seed: int) -> Iterator[Flags]:
    """Yield which forecasts each part leaves out, whole groups together; there are no more parts than groups."""
    count = int(group.max()) + 1
    order = np.random.default_rng(random_seed).permutation(count)
    parts = min(FOLDS, count)
    for part in range(parts):
        yield np.isin(group, order[part::parts])


def simple_forecasts(
    own: Forecasts, answers: Answers, random_seed: int
) -> tuple[dict[str, Forecasts], tuple[float, ...]]:
    """Return what simpler forecasters say of the questions whose truth is known, and the exponents of tempering."""
    rows = answers.is_known
    log_prior, naive = answers.log_prior[rows], answers.naive[rows]
    tempered, exponents = temper(own, log_prior, naive, random_seed)
    even = np.where(np.isfinite(log_prior), 0.0, -np.inf)
    by_forecaster = {
        UNIFORM: normalized(even),
        PRIOR: log_prior,
        NAIVE: normalized(log_prior + naive),
        TEMPERED: tempered,
    }
    return {name: own.with_probability(chance) for name, chance in by_forecaster.items()}, exponents


def temper(own: Forecasts, log_prior: Floats, naive: Floats, random_seed: int) -> tuple[Floats, tuple[float, ...]]:
    """Return prior × (naive likelihood)^a, renormalized, each part with the exponent that is best on the others."""
    parts = list(folds(own.group, random_seed))
    totals = np.zeros((len(parts), EXPONENTS.size))
    for rows, scores in scores_by_exponent(log_prior, naive, own.truth):
        for number, part in enumerate(parts):
            totals[number] += scores[part[rows]].sum(axis=0)
    tempered, exponents = np.empty_like(naive), []
    for number, part in enumerate(parts):
        others = totals.sum(axis=0) - totals[number] if len(parts) > 1 else totals[number]
        exponent = float(EXPONENTS[others.argmin()])
        exponents.append(exponent)
        powers = np.where(np.isfinite(naive[part]), exponent * naive[part], -np.inf)
        tempered[part] = normalized(log_prior[part] + powers)
    return tempered, tuple(exponents)
