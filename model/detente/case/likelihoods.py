"""Likelihoods: how likely each item would be seen under each hypothesis, as stated, and as revised since."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Final

from detente.case.columns import NOTHING, Frozen, InFile, Row
from detente.case.findings import nothing_said, now_called
from detente.case.ranges import CLAIM, claimed
from detente.case.values import (
    NOT_STATED,
    BestGuess,
    Date,
    HighEnd,
    Id,
    LowEnd,
    Mass,
    Probability,
    Text,
    Whole,
)
from detente.estimative import stated_range

if TYPE_CHECKING:
    from detente.case.evidence import EvidenceItem
    from detente.case.question import Declared

LOW = InFile("Low end of the assessor's 90% interval.", "0.3")
MID = InFile("Best guess.", "0.5")
HIGH = InFile("High end of the assessor's 90% interval.", "0.7")
ASSESSOR = InFile("Who judged; blank: the assessor of the case.", "ann", may_lack=True)
ROUND = InFile("In which round; of one assessor the last counts.", "2", may_lack=True)
HOLDS = InFile("How often the range is meant to hold the truth.", "0.8", may_lack=True)
NOBODY = "No assessor states it."
NO_REASON = "Given as a word, with no reason stated."
"""The reason of a likelihood that is an estimative word in a bulletin and nothing else."""
UNREASONED = "No reason was given."
"""The reason of what an assessor answered without one."""
BECAUSE = InFile("The reason.", "Envoys cost something.")
UNNAMED: Final = ": two people's rows need their names in a column assessor"
"""What duplicates of nobody in particular may be."""


class Interval(Frozen):
    """A stated probability: a best guess between a low and a high that the assessor holds to be a 90% interval."""

    low: Annotated[Probability, LOW]
    mid: Annotated[Probability, MID]
    high: Annotated[Probability, HIGH]


class Likelihood(Interval):
    """P(the indicator would be seen | hypothesis), with its reason."""

    because: Text
    word: str | None = None


class LikelihoodRow(Frozen):
    """One row of ``likelihoods.csv``: an item under a hypothesis, in numbers or in an estimative word."""

    evidence: Annotated[Id, InFile("Id of the item.", "envoys_named")]
    hypothesis: Annotated[Id, InFile("Id of the hypothesis.", "settle")]
    low: Annotated[LowEnd | None, InFile(f"{LOW.doc} Blank beside a word.", LOW.example)] = None
    mid: Annotated[
        BestGuess,
        InFile(
            "Best guess of P(seen | hypothesis); an estimative word, which stands for its range; or not stated.", "0.5"
        ),
    ]
    high: Annotated[HighEnd | None, InFile(f"{HIGH.doc} Blank beside a word.", HIGH.example)] = None
    because: Annotated[Text, BECAUSE]
    assessor: Annotated[Text | None, ASSESSOR] = None
    round: Annotated[Whole, ROUND] = 1
    holds: Annotated[Mass, HOLDS] = CLAIM
    revised_on: Annotated[
        Date | None,
        InFile("The day from which this revision holds; blank in the row stated first.", "2026-03-05", may_lack=True),
    ] = None

    @classmethod
    def rules(cls, row: Row[LikelihoodRow]) -> None:
        """Check that the numbers rise, or that a word stands alone."""
        check_rising(row)

    @classmethod
    def stating(
        cls, evidence: str, hypothesis: str, stated: Likelihood, revised_on: dt.date | None = None
    ) -> LikelihoodRow:
        """Return the row that states a likelihood, from a day on where it is a revision."""
        low, mid, high = (None, stated.word, None) if stated.word else (stated.low, stated.mid, stated.high)
        values = {"low": low, "mid": mid, "high": high, "because": stated.because}
        return cls.read({"evidence": evidence, "hypothesis": hypothesis, **values, "revised_on": revised_on})

    def likelihood(self, others: Sequence[tuple[float, Likelihood]] = ()) -> Likelihood:
        """Return what it states: a word is its range, and the middle of that.

        Where nothing is stated it is the mean of the ``others``, each with its weight, in log odds: then the item says
        nothing of this hypothesis against them.
        """
        word = self.mid if isinstance(self.mid, str) else None
        if word is None:
            low, mid, high = claimed((self.low, self.mid, self.high), self.holds)  # type: ignore[arg-type] # numbers
            stated = {"low": low, "mid": mid, "high": high}
        elif word == NOT_STATED:
            stated = {name: _mean([(w, getattr(row, name)) for w, row in others]) for name in ("low", "mid", "high")}
        else:
            low, high = stated_range(word)
            stated = {"low": low, "mid": (low + high) / 2, "high": high}
        return Likelihood.read({**stated, "because": self.because, "word": word})


class EarlierLikelihood(Frozen):
    """A likelihood before a revision, None if nothing was judged then: it holds as of every day before ``until``."""

    evidence: Id
    hypothesis: Id
    until: dt.date
    likelihood: Likelihood | None = None


def as_it_stood(
    likelihoods: Mapping[str, Mapping[str, Likelihood]], earlier: Sequence[EarlierLikelihood], cutoff: dt.date
) -> dict[str, Mapping[str, Likelihood]]:
    """Return likelihoods as they stood on a day: those in whose place a later revision stands as they were."""
    then = {row.evidence: dict(likelihoods[row.evidence]) for row in earlier if row.evidence in likelihoods}
    for row in sorted(earlier, key=lambda one: one.until, reverse=True):
        if cutoff < row.until and row.likelihood is not None:
            then[row.evidence][row.hypothesis] = row.likelihood
        elif cutoff < row.until:
            del then[row.evidence][row.hypothesis]
    return {**likelihoods, **then}


def revised(
    rows: Iterable[LikelihoodRow], weights: Mapping[str, float]
) -> tuple[dict[str, dict[str, Likelihood]], tuple[EarlierLikelihood, ...]]:
    """Return the likelihoods as they were last revised, and what held before each revision."""
    by_cell: dict[tuple[str, str], list[LikelihoodRow]] = {}
    for row in rows:
        by_cell.setdefault((row.evidence, row.hypothesis), []).append(row)
    for stated in by_cell.values():
        stated.sort(key=lambda row: row.revised_on or dt.date.min)
    latest = judged((stated[-1] for stated in by_cell.values()), weights)
    earlier = [
        EarlierLikelihood.read(
            {
                "evidence": before.evidence,
                "hypothesis": before.hypothesis,
                "until": after.revised_on,
                "likelihood": judged([before, *_beside(before, by_cell)], weights)[before.evidence][before.hypothesis],
            }
        )
        for stated in by_cell.values()
        for before, after in pairwise(stated)
    ]
    return latest, in_order(earlier)


def in_order(earlier: Iterable[EarlierLikelihood]) -> tuple[EarlierLikelihood, ...]:
    """Return earlier likelihoods in an order that does not depend on that of their rows."""
    return tuple(sorted(earlier, key=lambda row: (row.evidence, row.hypothesis, row.until)))


def _beside(row: LikelihoodRow, by_cell: Mapping[tuple[str, str], Sequence[LikelihoodRow]]) -> list[LikelihoodRow]:
    """Return what is stated of the same item under the other hypotheses, as last revised."""
    return [
        stated[-1]
        for (item, hypothesis), stated in by_cell.items()
        if item == row.evidence and hypothesis != row.hypothesis
    ]


def judged(rows: Iterable[LikelihoodRow], weights: Mapping[str, float]) -> dict[str, dict[str, Likelihood]]:
    """Return the likelihoods of each item under every hypothesis; ``weights`` are the prior's, in order."""
    table: dict[str, dict[str, LikelihoodRow]] = {}
    for row in rows:
        table.setdefault(row.evidence, {})[row.hypothesis] = row
    stated = {
        item: {name: row.likelihood() for name, row in under.items() if row.mid != NOT_STATED}
        for item, under in table.items()
    }
    return completed(stated, weights, table)


def completed(
    stated: Mapping[str, Mapping[str, Likelihood]],
    weights: Mapping[str, float],
    rows: Mapping[str, Mapping[str, LikelihoodRow]] = NOTHING,
) -> dict[str, dict[str, Likelihood]]:
    """Return the likelihoods of each item under every hypothesis: where none is stated it says nothing.

    ``rows`` may say why none is.
    """
    table = {}
    for item, under in stated.items():
        others = [(weights[name], likelihood) for name, likelihood in under.items()]
        blank = LikelihoodRow.read({"evidence": item, "hypothesis": "", "mid": NOT_STATED, "because": NOBODY})
        silent = rows.get(item, NOTHING)
        table[item] = {name: under.get(name) or silent.get(name, blank).likelihood(others) for name in weights}
    return table


def _mean(values: Sequence[tuple[float, float]]) -> float:
    """Return the weighted mean of probabilities in log odds."""
    total = sum(weight for weight, _ in values)
    return 1 / (1 + math.exp(-sum(weight * math.log(p / (1 - p)) for weight, p in values) / total))


def check_rising[T: Frozen](row: Row[T]) -> None:
    """Check that a row states low <= mid <= high, or a word alone."""
    if not row.sound("mid"):
        return
    low, mid, high = (getattr(row.item, name, None) for name in ("low", "mid", "high"))
    if isinstance(mid, str):
        if low is not None or high is not None:
            row.add(f'low, high: must be blank beside the word "{mid}", which stands for a range')
    elif row.sound("low", "high") and low is not None and high is not None and mid is not None:
        if not low <= mid <= high:
            row.add(f"low, mid, high: must increase (got {low:g}, {mid:g}, {high:g})")
    elif blank := [name for name in ("low", "high") if row.sound(name) and getattr(row.item, name) is None]:
        row.add(f"{', '.join(blank)}: must not be blank beside a number: only a word stands for a range")


def _unnamed(
    rows: Sequence[Row[LikelihoodRow]], items: Collection[str], declared: Declared
) -> tuple[list[str], list[str]]:
    """Return items and hypotheses that no row names: what is unknown may have their names by now."""
    named = {row.item.evidence for row in rows if row.sound("evidence")}
    weighed = {row.item.hypothesis for row in rows if row.sound("hypothesis")}
    new_items = [item for item in items if item not in named] if len(named - set(items)) == 1 else []
    return new_items, [hypothesis for hypothesis in declared.hypotheses if weighed and hypothesis not in weighed]


def _names_known(
    row: Row[LikelihoodRow],
    items: Collection[str] | None,
    declared: Declared,
    new_items: Sequence[str],
    new_hypotheses: Sequence[str],
) -> bool:
    """Tell whether a row names an item, of those known, and a hypothesis that are there; a problem if not."""
    sound = True
    if row.sound("evidence") and items is not None and row.item.evidence not in items:
        hint = now_called(new_items)
        row.unknown("evidence: evidence.csv has no item", row.item.evidence, items, hint=hint)
        sound = False
    if row.sound("hypothesis") and declared.lacks("hypotheses", row.item.hypothesis):
        message, hint = f"hypothesis: {declared.file} declares no hypothesis", now_called(new_hypotheses)
        row.unknown(message, row.item.hypothesis, declared.hypotheses, hint=hint)
        sound = False
    return sound


def check_likelihoods(
    rows: Iterable[Row[LikelihoodRow]],
    evidence: Sequence[Row[EvidenceItem]],
    declared: Declared,
    file: str,
    *,
    of_own: bool = False,
) -> None:
    """Check that every item has a likelihood under every hypothesis; one missing in the file is noted at the item.

    Of each assessor it has one a round at most; with ``of_own`` only the case's own count for what must be there.
    """
    items = {row.item.id: row for row in evidence if row.sound("id")}
    known = items if all(row.sound("id") for row in evidence) else None
    rows = tuple(rows)
    new_items, new_hypotheses = _unnamed(rows, items, declared)
    first: dict[tuple[object, ...], Row[LikelihoodRow]] = {}
    judged_cells: set[tuple[str, str]] = set()
    silent: dict[str, bool] = {}
    faulty = "hypotheses" in declared.faulty
    for row in rows:
        faulty |= not _names_known(row, known, declared, new_items, new_hypotheses)
        if not row.sound("evidence", "hypothesis", "revised_on", "assessor", "round"):
            faulty = True
            continue
        item, hypothesis, who = row.item.evidence, row.item.hypothesis, row.item.assessor
        key = item, hypothesis, row.item.revised_on, who, row.item.round
        earlier = first.setdefault(key, row)
        if earlier is not row:
            beside = row.findings.beside(earlier.findings, earlier.line)
            row.add(f"{item} under {hypothesis}: duplicate of {beside}{'' if who else UNNAMED}")
        if who is None or not of_own:
            if row.item.revised_on is None:
                judged_cells.add((item, hypothesis))
            silent[item] = silent.get(item, True) and row.sound("mid") and row.item.mid == NOT_STATED
    if faulty:  # a row that could not be understood may be the one that is missed
        return
    for item, stated in items.items():
        missing = [hypothesis for hypothesis in declared.hypotheses if (item, hypothesis) not in judged_cells]
        if missing:
            about = nothing_said("hypothesis", missing) if missing == new_hypotheses else ""
            message = f"{item}: has no likelihood under {' and '.join(missing)}: add it to {file}"
            stated.add(message, about=about, remedy=f"state a likelihood in {file} for every item of")
        elif silent[item]:
            stated.add(f"{item}: must have a likelihood under at least one hypothesis (got {NOT_STATED} under each)")
