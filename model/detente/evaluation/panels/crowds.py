"""Probabilities that several people gave, pooled, beside their mean, median and mean of log odds, in every round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detente.case.files import read_compressed
from detente.case.findings import Findings
from detente.case.opinions import read_opinions
from detente.case.tables import names_in_header
from detente.evaluation.explanations import group_totals, interval, resampled
from detente.evaluation.pooled import FEWEST, OURS, pool_opinions
from detente.scoring import brier_score

if TYPE_CHECKING:
    from pathlib import Path

    from detente.evaluation.pooled import PoolAnswer, PoolScore


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
    drawn = resampled(*group_totals(scores, np.ones(len(answered)), np.arange(len(answered))), random_seed)
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
