"""Pool a table of opinions, round by round too, and score pools on its answered questions by what the others teach."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detente.case.files import read_compressed
from detente.case.findings import Findings
from detente.case.opinions import Opinion, OpinionTable, read_opinions
from detente.case.tables import names_in_header
from detente.crowd import LOG_ODDS, MEAN, MEDIAN, Opinions, Pool, log_odds, opinions
from detente.scoring import bootstrap_interval, brier_score, interval, log_score, numbered, resampled_means

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from detente.arrays import Flags, Floats


OURS = "pool"
ONE_BY_ONE, FOLDS = 100, 20
"""Up to so many answered questions each is left out alone; of more, one part in so many at a time."""
SD_OF_90 = 1.645
FEWEST = 10
"""Of fewer answered questions an interval of their mean difference says nothing."""


@dataclass(frozen=True)
class QuestionPool:
    """One question: the pool with its 90% interval, the simple pools, and once answered what the others teach of it."""

    question: str
    people: int
    probability: float
    interval: tuple[float, float]
    mean: float
    median: float
    log_odds: float
    outcome: bool | None
    left_out: float | None


@dataclass(frozen=True)
class PoolScore:
    """A pool's mean scores over the answered questions; ``difference`` is our Brier score less its own, with 90%."""

    pool: str
    brier: float
    log_score: float
    difference: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class PersonWeight:
    """A person: answered questions, mean excess in Brier score over the others on them (shrunk), weight."""

    person: str
    answered: int
    excess: float
    weight: float


@dataclass(frozen=True)
class PoolAnswer:
    """What a table of opinions says of its questions, and how well that does.

    ``factor`` is by which log odds are multiplied, with a 90% interval; ``prior_factor`` what it was without answers,
    and ``as_it_stands`` the probability that it is 1.  ``pools`` are the weights of the pools.  ``ahead`` and
    ``behind`` are the simple pools that the scores tell apart from ours, ``level`` the rest; ``needed`` is of how many
    answered questions the nearest of those would be told apart if the difference stayed.
    """

    round: str
    questions: tuple[QuestionPool, ...]
    people: tuple[PersonWeight, ...]
    answered: int
    factor: float
    factor_interval: tuple[float, float]
    prior_factor: float
    as_it_stands: float
    lean: float
    pools: Mapping[str, float]
    scores: tuple[PoolScore, ...]
    level: tuple[str, ...]
    needed: int | None
    notes: tuple[str, ...]


def pool_opinions(table: OpinionTable, of_round: str | None = None) -> PoolAnswer:
    """Pool every question of a table.

    Parameters
    ----------
    table
        What people said.
    of_round
        The round that counts, alone; None takes the last thing each person said of each question, and what he said
        in earlier rounds as well.
    """
    chosen = [one for one in table.opinions if of_round in {None, one.round}]
    last, rounds = _last_of_each(chosen, table.rounds)
    asked = list(dict.fromkeys(question for question, _ in last))
    people = list(dict.fromkeys(person for _, person in last))
    answers = [float(table.answers[name]) if name in table.answers else math.nan for name in asked]
    given = opinions(
        numbered(question for question, _ in last),
        numbered(person for _, person in last),
        [one.probability for one in last.values()],
        answers,
        ends=[one.ends for one in last.values()],
        over_rounds=rounds,
    )
    pool = Pool(given)
    pooled = pool.pooled()
    left_out = pool.left_out(_parts(given))
    scores = _scores(given, left_out)
    few = given.is_answered.sum() < FEWEST
    level = tuple(row.pool for row in scores if row.interval and (few or row.interval[0] <= 0 <= row.interval[1]))
    return PoolAnswer(
        round=of_round if of_round is not None else table.rounds[-1],
        questions=tuple(_questions(asked, given, pooled.probability, pooled.interval, left_out)),
        people=tuple(
            PersonWeight(name, int(n), float(excess), float(weight))
            for name, n, excess, weight in zip(
                people, pooled.skill.answered, pooled.skill.excess, pooled.skill.weight, strict=True
            )
        ),
        answered=int(given.is_answered.sum()),
        factor=pooled.factor,
        factor_interval=pooled.factor_interval,
        prior_factor=pooled.prior_factor,
        as_it_stands=pooled.as_it_stands,
        lean=pooled.lean,
        pools=pooled.pools,
        scores=scores,
        level=level,
        needed=_needed(given, left_out, level),
        notes=table.notes,
    )


def _last_of_each(
    chosen: Sequence[Opinion], rounds: Sequence[str]
) -> tuple[dict[tuple[str, str], Opinion], list[float]]:
    """Return the last opinion by question and person, and of each the mean log odds over the rounds."""
    order = {name: place for place, name in enumerate(rounds)}
    said: dict[tuple[str, str], list[Opinion]] = {}
    for one in chosen:
        said.setdefault((one.question, one.person), []).append(one)
    last = {key: max(every, key=lambda one: order[one.round]) for key, every in said.items()}
    over = [float(log_odds(np.array([one.probability for one in every])).mean()) for every in said.values()]
    return last, over


def _parts(given: Opinions) -> list[Flags]:
    """Return the answered questions to be left out together: each alone, or every twentieth where there are many."""
    answered = np.flatnonzero(given.is_answered)
    folds = answered.size if answered.size <= ONE_BY_ONE else FOLDS
    parts = np.zeros((folds, given.answer.size), dtype=bool)
    for place, question in enumerate(answered):
        parts[place % folds, question] = True
    return [*parts]


def _questions(
    asked: Sequence[str], given: Opinions, probability: Floats, interval: Floats, left_out: Floats
) -> list[QuestionPool]:
    simple = given.simple
    return [
        QuestionPool(
            question=name,
            people=int(given.people[place]),
            probability=float(probability[place]),
            interval=(float(interval[place, 0]), float(interval[place, 1])),
            mean=float(simple[MEAN][place]),
            median=float(simple[MEDIAN][place]),
            log_odds=float(simple[LOG_ODDS][place]),
            outcome=bool(given.answer[place]) if given.is_answered[place] else None,
            left_out=float(left_out[place]) if given.is_answered[place] else None,
        )
        for place, name in enumerate(asked)
    ]


def _scores(given: Opinions, left_out: Floats) -> tuple[PoolScore, ...]:
    """Score ours, with what the other questions teach, and the simple pools, which learn nothing."""
    answered = given.is_answered
    if not answered.any():
        return ()
    answer = given.answer[answered]
    groups = np.flatnonzero(answered).tolist()
    own = brier_score(left_out[answered], answer)
    rows = [PoolScore(OURS, float(own.mean()), float(log_score(left_out[answered], answer).mean()), None, None)]
    for name, chance in given.simple.items():
        other = brier_score(chance[answered], answer)
        logs = float(log_score(chance[answered], answer).mean())
        interval = bootstrap_interval(own - other, groups)
        rows.append(PoolScore(name, float(other.mean()), logs, float((own - other).mean()), interval))
    return tuple(rows)


def _needed(given: Opinions, left_out: Floats, level: Sequence[str]) -> int | None:
    """Return how many answered questions would tell ours from every pool, if differences stay; None if told apart."""
    answered = given.is_answered
    needed = []
    for name in level:
        own, other = (
            brier_score(chance[answered], given.answer[answered]) for chance in (left_out, given.simple[name])
        )
        difference = own - other
        if difference.size > 1 and difference.mean():
            needed.append(math.ceil((SD_OF_90 * difference.std(ddof=1) / difference.mean()) ** 2))
    return max(needed) if needed else None


@dataclass(frozen=True)
class CrowdPanel:
    """One round: the scores of the pools, ours with each question left out, and the factor that the answers teach.

    ``ratio`` is our Brier score over that of the ``best`` simple pool, with a 90% interval by questions.
    """

    round: str
    questions: int
    people: int
    scores: tuple[PoolScore, ...]
    best: str
    ratio: float
    ratio_interval: tuple[float, float]
    factor: float
    factor_interval: tuple[float, float]


def prove_crowds(path: Path, random_seed: int) -> tuple[CrowdPanel, ...]:
    """Pool each round of a table by itself; nothing where nobody is named, or too few questions are answered.

    Raises
    ------
    SetError
        If the table cannot be read, or has problems.
    """
    text = read_compressed(path, Findings(str(path)))
    if text is None or "person" not in names_in_header(text):
        return ()
    table = read_opinions(path)
    answers = [(name, pool_opinions(table, name)) for name in table.rounds]
    return tuple(_panel(name, answer, random_seed) for name, answer in answers if answer.answered >= FEWEST)


def _panel(name: str, answer: PoolAnswer, random_seed: int) -> CrowdPanel:
    best = min((row for row in answer.scores if row.pool != OURS), key=lambda row: row.brier)
    answered = [row for row in answer.questions if row.outcome is not None]
    outcome = [float(bool(row.outcome)) for row in answered]
    ours = brier_score([row.left_out or 0.0 for row in answered], outcome)
    theirs = brier_score([getattr(row, best.pool) for row in answered], outcome)
    scores = np.stack([ours, theirs], axis=1)
    drawn = resampled_means(scores, np.arange(len(answered)), random_seed)
    return CrowdPanel(
        round=name,
        questions=len(answered),
        people=len(answer.people),
        scores=answer.scores,
        best=best.pool,
        ratio=float(ours.mean() / theirs.mean()),
        ratio_interval=interval(drawn[:, 0] / drawn[:, 1]),
        factor=answer.factor,
        factor_interval=answer.factor_interval,
    )
