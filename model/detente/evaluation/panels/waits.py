"""How long waits are: each predicted from those that had begun before it, by the model and by simpler rules.

Every first of January from the tenth spell on is a cut-off.  The waits that begin in the year after it, and those that
are under way on it, are asked whether they will have ended within several horizons; of the latter it is known how long
they have lasted.  What a rule may use is what was known on the cut-off: spells that were still going on then are cut
short there.  Intervals resample whole groups, since waits of one group end for the same reasons.

References
----------
Dawid, A. P. (1984), Present position and potential developments: the prequential approach.  JRSS A 147.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from detente.evaluation.explanations import wider
from detente.evaluation.panels.seldom import SELDOM, Seldom, seldom, used_as_step
from detente.evaluation.panels.wait_rules import HORIZONS, METHODS, SIMPLE, Method, survival
from detente.scoring import Bounds, interval, numbered, resampled_means

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from detente.arrays import Flags, Floats
    from detente.case.spells import Spell

    Survival = Callable[[Floats], Floats]

Asked = Literal["from the start", "under way"]

FEWEST = 10
"""Spells known on a cut-off."""
LEAST: Final = 0.01
"""Probabilities are held between this and 1 less this: a count says 0 and 1."""
APART = 3.0
"""How far the ends of a range are from a pace stated for the sake of comparison, as a factor."""
TENTHS = 10


@dataclass(frozen=True)
class WaitStanding:
    """How well a ``method`` predicted; its log score in nats (lower is better) with a 90% interval.

    ``ratio`` is the log score of the class alone over that of the method, with its 90% interval: below 1 the class is
    ahead.  ``said`` is the mean probability.
    """

    method: Method
    log_score: float
    log_interval: Bounds
    ratio: float
    ratio_interval: Bounds
    said: float


@dataclass(frozen=True)
class WaitBin:
    """Questions to which the class gave a probability between two tenths: its mean, and how many waits had ended.

    ``interval`` is the 90% interval of that share, by whole groups.
    """

    said: float
    came: float
    questions: int
    interval: Bounds


@dataclass(frozen=True)
class WaitScores:
    """The scores of one kind of question, or of all together (``asked`` None), at every horizon."""

    asked: Asked | None
    questions: int
    spells: int
    groups: int
    came: float
    standings: tuple[WaitStanding, ...]
    bins: tuple[WaitBin, ...]

    def of(self, method: Method) -> WaitStanding:
        """Return the standing of a method."""
        return next(row for row in self.standings if row.method == method)

    @property
    def best_simple(self) -> WaitStanding:
        """The best of constant hazard, Kaplan-Meier and Weibull."""
        return min((self.of(method) for method in SIMPLE), key=lambda row: row.log_score)


@dataclass(frozen=True)
class WaitPanel:
    """What a class of spells shows: scores of all questions, then of each kind.

    ``seldom`` are the questions to which the simple rule that is best here, stated as a judgement, gives a probability
    below one tenth; None where there are none.
    """

    name: str
    spells: int
    groups: int
    scores: tuple[WaitScores, ...]
    seldom: Seldom | None = None


def prove_waits(name: str, spells: Sequence[Spell], random_seed: int) -> WaitPanel:
    """Predict each wait from those begun before it, and score the predictions.

    Parameters
    ----------
    name
        What the class is called.
    spells
        Its spells; the last day on which any of them was followed is the end of the panel.
    random_seed
        Seed of the resampling.
    """
    groups = numbered(spell.group for spell in spells)
    kinds: list[Asked] = []
    rows: list[tuple[float, ...]] = []
    for cutoff, begun, under_way in _cutoffs(spells):
        left_after = survival(spells, cutoff)
        for kind, members in (("from the start", begun), ("under way", under_way)):
            for number in members:
                spell = spells[number]
                waited = (cutoff - spell.start).days if kind == "under way" else 0
                answers = _answers(spell, max(cutoff, spell.start))
                asked = [(days, answer) for days, answer in zip(HORIZONS, answers, strict=True) if answer is not None]
                left = left_after((waited, *(waited + ahead for ahead, _ in asked)))
                chance = 1 - left[:, 1:] / np.maximum(left[:, :1], np.finfo(float).tiny)
                for column, (_, answer) in enumerate(asked):
                    rows.append((groups[number], number, float(answer), *chance[:, column]))
                    kinds.append("from the start" if kind == "from the start" else "under way")
    table = np.array(rows, dtype=float).reshape(-1, 3 + len(METHODS))
    masks: list[tuple[Asked | None, Flags]] = [(None, np.ones(len(table), dtype=bool))]
    masks += [(asked, np.array([kind == asked for kind in kinds])) for asked in ("from the start", "under way")]
    scores = tuple(_score(asked, table[mask], random_seed) for asked, mask in masks if mask.any())
    return WaitPanel(
        name=name,
        spells=len(spells),
        groups=len(np.unique(groups)),
        scores=scores,
        seldom=_seldom(name, table, scores[0].best_simple.method, random_seed) if scores else None,
    )


def _cutoffs(spells: Sequence[Spell]) -> Iterator[tuple[dt.date, list[int], list[int]]]:
    """Yield each cut-off with the places of the spells that begin in the year after it, and of those under way."""
    starts = sorted(spell.start for spell in spells)
    if len(starts) <= FEWEST:
        return
    for year in range(starts[FEWEST - 1].year + 1, starts[-1].year + 1):
        cutoff = dt.date(year, 1, 1)
        begun = [n for n, spell in enumerate(spells) if spell.start >= cutoff and spell.start.year == year]
        under_way = [n for n, spell in enumerate(spells) if spell.start < cutoff < spell.last]
        yield cutoff, begun, under_way


def _answers(spell: Spell, asked_on: dt.date) -> list[bool | None]:
    """Return for each horizon whether the wait had ended by then; None where that is not known."""
    span = spell.member.span(spell.state)
    followed = (spell.last - asked_on).days
    answers: list[bool | None] = []
    for days in HORIZONS:
        if span is not None:
            answers.append((span[1] - asked_on).days <= days)
        else:
            answers.append(False if followed >= days else None)
    return answers


def _bin(table: Floats, said: Floats, random_seed: int) -> WaitBin:
    """Return what came of some questions, beside what was said."""
    drawn = resampled_means(table[:, 2], table[:, 0], random_seed)
    bounds = wider(interval(drawn), float(table[:, 2].sum()), float(len(table)))
    return WaitBin(float(said.mean()), float(table[:, 2].mean()), len(table), bounds)


def _seldom(name: str, table: Floats, method: Method, random_seed: int) -> Seldom | None:
    """Return what became of the small chances of a method that can be stated, as judgements of a range three times."""
    said = table[:, 3 + METHODS.index(method)]
    few = table[(said >= LEAST) & (said < SELDOM)]
    stated = few[:, 3 + METHODS.index(method)]
    if not stated.size:
        return None
    pace = -np.log1p(-stated)
    used = used_as_step(-np.expm1(-pace / APART), stated, -np.expm1(-pace * APART))
    return seldom(name, stated, used, few[:, 2], list(few[:, 0]), random_seed)


def _score(asked: Asked | None, table: Floats, random_seed: int) -> WaitScores:
    came, said = table[:, 2], np.clip(table[:, 3:], LEAST, 1 - LEAST)
    log_scores = -np.log(np.where(came[:, None] > 0, said, 1 - said))
    means, drawn = log_scores.mean(axis=0), resampled_means(log_scores, table[:, 0], random_seed)
    standings = tuple(
        WaitStanding(
            method=method,
            log_score=float(means[n]),
            log_interval=interval(drawn[:, n]),
            ratio=float(means[0] / means[n]),
            ratio_interval=interval(drawn[:, 0] / drawn[:, n]),
            said=float(said[:, n].mean()),
        )
        for n, method in enumerate(METHODS)
    )
    tenth = np.minimum((said[:, 0] * TENTHS).astype(int), TENTHS - 1)
    bins = tuple(_bin(table[tenth == n], said[tenth == n, 0], random_seed) for n in np.unique(tenth))
    return WaitScores(
        asked=asked,
        questions=len(table),
        spells=len(np.unique(table[:, 1])),
        groups=len(np.unique(table[:, 0])),
        came=float(came.mean()),
        standings=standings,
        bins=bins,
    )
