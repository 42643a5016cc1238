"""Learn the discrimination from a set, and score what was learned on questions it was not learned from.

Learned are the mean and the spread of the discrimination over questions (two numbers), by the log score of the truth;
see :mod:`detente.evaluation.calibrate.discrimination`.  Their posterior takes questions as independent; resampling
whole groups shows how far it may be trusted.  The scores "after" are cross-validated: each part of the set, of whole
groups, is scored with what the other parts teach.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from detente.case.priors import BetaPrior
from detente.errors import CalibrationError
from detente.evaluation.calibrate.discrimination import hyper_grid, learn, log_posteriors, log_scores_at
from detente.evaluation.explanations import ExplanationScores, Forecasts, normalized, score_explanations
from detente.evaluation.sets.score import ItemBand, by_items, folds, known_forecasts, simple_forecasts
from detente.evaluation.track_record import NAIVE, OURS, STATED, TEMPERED, UNIFORM
from detente.jsonable import jsonable
from detente.scoring import BLOCK, Bounds, interval
from detente.settings import DEFAULT_RANDOM_SEED, versions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detente.arrays import Floats
    from detente.case.question_set import QuestionSet
    from detente.evaluation.calibrate.discrimination import HyperGrid, Learned
    from detente.evaluation.sets.answers import Answers


RESAMPLES = 400
"""Resamples of whole groups from which the two numbers are learned anew."""
DIGITS = 3


@dataclass(frozen=True)
class SetCalibration:
    """What a set taught.

    ``prior`` is the discrimination that it started from, ``learned`` what to write for a next case; ``hyper`` has the
    posterior of its mean and its spread, ``mean_resampled`` and ``sd_resampled`` the 90% intervals of ``learned`` over
    resampled groups (None with a single one).  ``scores`` sets the cross-validated forecasts beside others, ``before``
    scores those with the prior, ``by_items`` has both; ``parts`` is what each part's forecasts were made with.
    """

    name: str
    folder: str
    questions: int
    unknown: int
    items: int
    prior: BetaPrior
    learned: BetaPrior
    learned_from: tuple[str, ...]
    hyper: Learned
    mean_resampled: Bounds | None
    sd_resampled: Bounds | None
    scores: ExplanationScores
    before: ExplanationScores
    by_items: tuple[tuple[ItemBand, ItemBand], ...]
    parts: tuple[tuple[float, float], ...]
    random_seed: int
    inputs_sha256: str
    versions: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain values."""
        contents: dict[str, Any] = jsonable(self)
        contents["by_items"] = [{"before": before, "after": after} for before, after in contents["by_items"]]
        return contents


def check_prior(question_set: QuestionSet, prior: BetaPrior, learned_from: Sequence[str]) -> None:
    """Check that a set can teach the discrimination anything it did not teach before.

    Raises
    ------
    CalibrationError
        If the prior fixes it, or was learned from this set.
    """
    where = f"{question_set.folder}: its discrimination"
    if prior.sd == 0:
        raise CalibrationError(f"{where} has sd 0, which fixes it: state one above 0")
    if question_set.name in learned_from:
        raise CalibrationError(
            f"{where} was already learned from {question_set.name}, and answers count only once: take it out of "
            "priors.yaml, or start from the prior of a case (--prior-of CASE)"
        )


def calibrate_set(
    question_set: QuestionSet,
    answers: Answers,
    *,
    prior: BetaPrior | None = None,
    learned_from: Sequence[str] | None = None,
    random_seed: int = DEFAULT_RANDOM_SEED,
) -> tuple[SetCalibration, Mapping[str, Forecasts]]:
    """Learn the discrimination from the answers to a set's questions; return everybody's forecasts of those known too.

    Parameters
    ----------
    question_set, answers
        The set, and :func:`detente.evaluation.sets.answer_set` with tables.
    prior, learned_from
        The discrimination to start from and what that was learned from; by default the set's own.
    random_seed
        Seed of the parts and of resampling.

    Raises
    ------
    CalibrationError
        If the prior fixes the discrimination, or was learned from this set.
    ScoringError
        If no question's truth is known.
    """
    if prior is None:
        prior, learned_from = question_set.priors.discrimination, question_set.priors.learned_from
    check_prior(question_set, prior, learned_from or ())
    rows, own = known_forecasts(question_set, answers)
    table, items, truth, group = answers.table[rows], answers.items[rows], own.truth, own.group
    hyper = hyper_grid(prior)
    by_group = np.zeros((int(group.max()) + 1, hyper.mean.size))
    for start in range(0, truth.size, BLOCK):
        some = slice(start, start + BLOCK)
        np.add.at(by_group, group[some], log_scores_at(table[some], truth[some], hyper))
    total = by_group.sum(axis=0)
    result = learn(total, hyper)
    after, parts = np.empty_like(own.log_probability), []
    for part in folds(group, random_seed):
        others = learn(total - by_group[np.unique(group[part])].sum(axis=0), hyper)
        after[part] = _forecast(table[part], own.log_probability[part], others.mean, others.sd)
        parts.append((others.mean, others.sd))
    before = own.with_probability(_forecast(table, own.log_probability, prior.mean, prior.sd))
    learned = own.with_probability(after)
    rivals, _ = simple_forecasts(own, answers, random_seed)
    by_forecaster = {OURS: learned, STATED: before, **{name: rivals[name] for name in (UNIFORM, NAIVE, TEMPERED)}}
    lineage = tuple(dict.fromkeys([*(learned_from or ()), question_set.name]))
    bounds = _resampled(by_group, hyper, random_seed)
    result_of_set = SetCalibration(
        name=question_set.name,
        folder=str(question_set.folder),
        questions=truth.size,
        unknown=int((~rows).sum()),
        items=int(items.sum()),
        prior=prior,
        learned=_as_prior(result, question_set.name, truth.size, prior),
        learned_from=lineage,
        hyper=result,
        mean_resampled=bounds and bounds[0],
        sd_resampled=bounds and bounds[1],
        scores=score_explanations(OURS, by_forecaster, truth.size, random_seed),
        before=score_explanations(OURS, {OURS: before}, truth.size, random_seed),
        by_items=tuple(zip(by_items(before, items, random_seed), by_items(learned, items, random_seed), strict=True)),
        parts=tuple(parts),
        random_seed=random_seed,
        inputs_sha256=question_set.inputs_sha256,
        versions=versions("exact"),
    )
    return result_of_set, by_forecaster


def _forecast(table: Floats, like: Floats, mean: float, sd: float) -> Floats:
    """Return log P(h | evidence) from tables; minus infinity where ``like`` has it."""
    log_posterior = log_posteriors(table, mean, sd)
    return normalized(np.where(np.isfinite(like), log_posterior, -np.inf))


def _resampled(by_group: Floats, hyper: HyperGrid, random_seed: int) -> tuple[Bounds, Bounds] | None:
    """Return the 90% intervals of the learned mean and standard deviation over resampled groups."""
    count = by_group.shape[0]
    if count == 1:
        return None
    rng = np.random.default_rng(random_seed)
    again = [learn(np.bincount(rng.integers(count, size=count), minlength=count) @ by_group, hyper)
             for _ in range(RESAMPLES)]  # fmt: skip
    return interval(np.array([one.mean for one in again])), interval(np.array([one.sd for one in again]))


def _as_prior(learned: Learned, name: str, questions: int, prior: BetaPrior) -> BetaPrior:
    """Return what was learned as a prior, rounded."""
    because = (
        f"Learned from {questions} answered questions of the set {name}; before them, the prior {prior.mean:g} with sd "
        f"{prior.sd:g}. {prior.because}"
    )
    return BetaPrior(mean=round(float(learned.mean), DIGITS), sd=round(float(learned.sd), DIGITS), because=because)
