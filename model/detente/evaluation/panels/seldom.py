"""Small stated probabilities: what was stated, what the model makes of it, and how often it came.

Three kinds of statements are looked at: what people gave a claim (as the chance of a step within a year), what experts
said of features under the disease the patient has, and what a simple rule says of waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
from scipy.special import ndtr

from detente.case.columns import Frozen, InFile, Row, objects
from detente.case.files import read_alone
from detente.case.likelihoods import Interval
from detente.case.question_set import QuestionSet, raw_questions, read_question
from detente.case.values import Number, Reads, Text
from detente.elicitation import learned_widths, log_intensity
from detente.errors import Problem, SetError
from detente.evaluation.explanations import wider
from detente.evaluation.panels.diagnoses import flag
from detente.exact.evidence import read_items, shrink
from detente.exact.quadrature import line
from detente.scoring import INTERVAL, group_totals, interval, numbered, resampled

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from pathlib import Path

    from detente.arrays import Floats


Bounds = tuple[float, float | None]

CLAIMS, FEATURES = "claims", "features"
SELDOM = 0.1
"""A stated probability below it is small."""
LEAST = 0.001
"""A probability that can be stated: those below are raised to it."""
PER_CENT, YEAR = 100.0, 365.0
REACH, STEP = 9.0, 0.05
ONE = np.ones(1)


class Claim(Frozen):
    """What a person gave a claim: low, mid and high, in percent or, none of them above 1, as fractions."""

    round: Annotated[Text | None, InFile("When they were asked.", "round_1", may_lack=True)] = None
    claim: Annotated[Text, InFile("The claim.", "c7")]
    person: Annotated[Text | None, InFile("Who was asked.", "p2", may_lack=True)] = None
    low: Annotated[Number, InFile("Low end.", "2")]
    mid: Annotated[Number, InFile("Best guess.", "5")]
    high: Annotated[Number, InFile("High end.", "20")]
    outcome: Annotated[bool, Reads(flag, "1 or 0"), InFile("1 if the claim held, else 0.", "0")]

    @classmethod
    def rules(cls, row: Row[Claim]) -> None:
        """Check that the three are in order and no more than 100."""
        stated = row.item
        if row.sound("low", "mid", "high") and not 0 <= stated.low <= stated.mid <= stated.high <= PER_CENT:
            row.add(
                f"low, mid, high: must rise from 0 to 100 (got {stated.low:g}, {stated.mid:g}, {stated.high:g}): put "
                "them in order"
            )


class Sums(NamedTuple):
    """Of one group: the number of statements, and the sums of what was stated, used, and came."""

    statements: float
    stated: float
    used: float
    came: float


@dataclass(frozen=True)
class Seldom:
    """Statements below :data:`SELDOM`: their mean, the mean that the model uses, and the share that came.

    ``ratio`` is used over came, None where nothing came; intervals are 90%, by whole groups, the upper end of the
    ratio's None where none may have come.
    """

    name: str
    statements: int
    groups: int
    stated: float
    used: float
    came: float
    came_interval: tuple[float, float]
    ratio: float | None
    ratio_interval: Bounds | None
    by_group: tuple[Sums, ...]


def seldom(
    name: str, stated: Floats, used: Floats, came: Floats, group: Sequence[Hashable], random_seed: int
) -> Seldom | None:
    """Return what became of small statements, each (statement,); None where there are none."""
    few = stated < SELDOM
    if not few.any():
        return None
    number = np.unique(numbered(group)[few], return_inverse=True)[1]
    totals, sizes = group_totals(np.stack([stated, used, came], axis=1)[few], np.ones(number.size), number)
    return _summed(name, np.column_stack([sizes, totals]), random_seed)


def pooled(name: str, statements: Sequence[Seldom], random_seed: int) -> Seldom | None:
    """Return the statements of several tables, which share no group, as those of one."""
    sums = [group for one in statements for group in one.by_group]
    return _summed(name, np.array(sums), random_seed) if sums else None


def _summed(name: str, sums: Floats, random_seed: int) -> Seldom:
    """Return the means of statements from the sums of their groups, (group, 4)."""
    statements, stated, used, came = sums.sum(axis=0)
    drawn = resampled(sums[:, 2:], sums[:, 0], random_seed)
    with np.errstate(divide="ignore"):
        low, high = np.quantile(drawn[:, 0] / drawn[:, 1], INTERVAL, method="inverted_cdf")
    return Seldom(
        name=name,
        statements=int(statements),
        groups=len(sums),
        stated=float(stated / statements),
        used=float(used / statements),
        came=float(came / statements),
        came_interval=wider(interval(drawn[:, 1]), float(came), float(statements)),
        ratio=float(used / came) if came else None,
        ratio_interval=(float(low), float(high) if np.isfinite(high) else None) if came else None,
        by_group=tuple(Sums(*map(float, row)) for row in sums),
    )


def used_as_step(low: Floats, mid: Floats, high: Floats) -> Floats:
    """Return the probability that the model gives to a step within its days, of ranges of an assessor not yet known."""
    stated = [
        Interval.read({"low": float(a), "mid": float(b), "high": float(c)})
        for a, b, c in zip(low, mid, high, strict=True)
    ]
    location, spread = log_intensity(stated, np.full(mid.size, YEAR), learned_widths(()))
    nodes = line(-REACH, REACH, STEP)
    weight = np.exp(-(nodes**2) / 2)
    rate = np.exp(location[..., None] + spread[..., None] * nodes) * YEAR
    return np.asarray((-np.expm1(-rate) @ (weight / weight.sum())).mean(axis=0))


def prove_claims(path: Path, random_seed: int) -> Seldom | None:
    """Compare small chances that people gave claims with what became of these.

    Raises
    ------
    SetError
        If the table cannot be read, or has problems.
    """
    claims = objects(read_alone(path, Claim))
    stated = np.array([(claim.low, claim.mid, claim.high) for claim in claims], dtype=float).reshape(-1, 3)
    stated /= np.where(stated.max(axis=1, keepdims=True) > 1, PER_CENT, 1.0)
    kept = np.clip(stated, LEAST, 1 - LEAST)
    few = stated[:, 1] < SELDOM
    used = kept[:, 1].copy()
    used[few] = used_as_step(*kept[few].T)
    came = np.array([float(claim.outcome) for claim in claims])
    return seldom(CLAIMS, stated[:, 1], used, came, [claim.claim for claim in claims], random_seed)


def prove_features(question_set: QuestionSet, random_seed: int) -> Seldom | None:
    """Compare small frequencies stated under the true hypothesis, at full discrimination, with what was seen."""
    problems: list[Problem] = []
    stated, used, came, group = list[float](), list[float](), list[float](), list[str]()
    for asked in raw_questions(question_set, problems):
        question = read_question(question_set, asked, problems)
        if question is None or problems:
            raise SetError(problems)
        if question.truth is None or not question.case.evidence:
            continue
        items, case = read_items(question.case, question.case.evidence), question.case
        chance = ndtr(shrink(items, ONE)[0, question.truth] / np.sqrt(1 + items.spread[:, question.truth] ** 2))
        true = case.hypothesis_ids[question.truth]
        stated += [case.likelihoods[item.id][true].mid for item in case.evidence]
        used += map(float, chance)
        came += [float(item.observed) for item in case.evidence]
        group += [question.group] * len(case.evidence)
    return seldom(FEATURES, np.array(stated), np.array(used), np.array(came), group, random_seed)
