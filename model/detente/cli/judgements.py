"""One assessor's judgements, asked for one cell at a time: blind in the first round, beside the others' later."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from detente.case.judging import CELLS, INTENSITIES, LIKELIHOODS, WEIGHTS, WHICHEVER, Cell, Cells, Questions, cell_of
from detente.case.values import SURE, as_shares, best_guess, probability, words
from detente.cli.item import ask_range
from detente.estimative import stated_range
from detente.report.prose import capital, count, decibans, listed, percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detente.case.question import Hypothesis
    from detente.cli.prompts import Interview, Key

NAMES: Final = {LIKELIHOODS: "likelihood", INTENSITIES: "pace", WEIGHTS: "prior probability"}
TWO = 2

type Judged = Mapping[Cell, Mapping[str, Mapping[int, Cells]]]
"""Rows of a table by cell, person and round."""
type Rows = Mapping[str, Sequence[Cells]]
"""Rows by table."""


def counted(rows: Rows) -> str:
    """Say how many judgements there are of each kind."""
    return listed(
        [
            count(len(entries), NAMES[table], "prior probabilities" if table == WEIGHTS else "")
            for table, entries in rows.items()
            if entries
        ]
    )


@dataclass(frozen=True)
class Session:
    """What one assessor is asked in one round, and what he and the others judged before."""

    asked: Questions
    who: str
    round: int
    judged: Mapping[str, Judged]

    def ask(self, interview: Interview) -> dict[str, list[Cells]]:
        """Ask for everything that the assessor has not answered in this round, and return the new rows by table."""
        done = sum(self._is_done(table, cell) for table in CELLS for cell in self._cells(table))
        total = sum(len(self._cells(table)) for table in CELLS)
        interview.tell(f"{self.asked.title}\n{self.asked.question}")
        if done:
            interview.tell(f"{done} of {total} were answered before, and are not asked for again.")
        return {
            LIKELIHOODS: self._evidence(interview),
            INTENSITIES: self._paces(interview),
            WEIGHTS: self._prior(interview),
        }

    def _cells(self, table: str) -> list[Cell]:
        return [cell_of(table, row) for row in self.asked.cells(table)]

    def _is_done(self, table: str, cell: Cell) -> bool:
        return self.round in self.judged[table].get(cell, {}).get(self.who, {})

    def _evidence(self, interview: Interview) -> list[Cells]:
        rows: list[Cells] = []
        done = {cell for cell in self._cells(LIKELIHOODS) if self._is_done(LIKELIHOODS, cell)}
        open_items = [item for item in self.asked.items if not done >= {(item.id, h.id) for h in self.asked.hypotheses}]
        for number, item in enumerate(open_items, 1):
            state = "" if item.observed else "Looked for and not seen: "
            interview.tell(f"\nItem {number} of {len(open_items)}, {item.date}: {state}{item.claim}")
            mids = {}
            for hypothesis in self.asked.hypotheses:
                cell = (item.id, hypothesis.id)
                row = None
                if cell not in done:
                    interview.tell(f"  Suppose this is true: {hypothesis.statement} How likely is it then to be seen?")
                    stated = dict(zip(CELLS[LIKELIHOODS], cell, strict=True))
                    row = self._ranged(interview, LIKELIHOODS, stated, in_words=True)
                rows += [row] if row is not None else []
                held = row or self._own(LIKELIHOODS, cell)
                if held is not None and (mid := _middle(held["mid"])) is not None:
                    mids[hypothesis] = mid
            if text := weights(mids, seen=item.observed):
                interview.tell(f"  {text}")
        return rows

    def _paces(self, interview: Interview) -> list[Cells]:
        rows: list[Cells] = []
        open_steps = [step for step in self.asked.steps if not self._is_done(INTENSITIES, cell_of(INTENSITIES, step))]
        for number, step in enumerate(open_steps, 1):
            supposed, when = self.asked.supposed(step), self.asked.when(step)
            supposed = supposed if supposed == WHICHEVER else f"Suppose this is true: {supposed}"
            goes = f"goes from {words(step['from'])} to {words(step['to'])}"
            interview.tell(
                f"\nPace {number} of {len(open_steps)}: {capital(supposed)}\n  Chance that {words(step['process'])} "
                f"{goes} within {step['within_days']} days, {when}, if nothing else comes first"
            )
            row = self._ranged(interview, INTENSITIES, dict(step), in_words=False)
            if row is not None:
                rows.append(row)
        return rows

    def _ranged(self, interview: Interview, table: str, row: dict[str, str], *, in_words: bool) -> Cells | None:
        """Ask for a range and its reason; None where it is left out, or what was judged before is kept."""
        cell = cell_of(table, row)
        key: Key = (table.removesuffix(".csv"), *(part or "-" for part in cell))
        own = self._show(interview, table, cell)
        blank = "left out" if own is None else "keep yours"
        low, mid, high = ask_range(interview, key, blank=blank, in_words=in_words)
        if not mid:
            return None
        because = interview.ask((*key, "because"), "  reason (blank: none)", default="")
        because = because or ("" if own is None else own.get("because", ""))
        return {**row, "low": low, "mid": mid, "high": high, "because": because}

    def _show(self, interview: Interview, table: str, cell: Cell) -> Cells | None:
        """Tell what the group judged in earlier rounds, without names, and return what the assessor did."""
        own = self._own(table, cell)
        if self.round == 1:
            return own
        column = "weight" if table == WEIGHTS else "mid"
        others = [
            middle
            for who, rounds in self.judged[table].get(cell, {}).items()
            if who != self.who
            and (last := _before(rounds, self.round))
            and (middle := _middle(last[column])) is not None
        ]
        said = ", ".join(percent(value) for value in sorted(others)) if others else "nobody has judged this"
        interview.tell(f"  the others ({len(others)}): {said}" if others else f"  {said}")
        if own is not None:
            ends = f" ({own['low']} to {own['high']})" if own.get("low") else ""
            interview.tell(f"  yours: {own[column]}{ends}")
        return own

    def _own(self, table: str, cell: Cell) -> Cells | None:
        rounds = self.judged[table].get(cell, {}).get(self.who, {})
        return rounds.get(self.round) or _before(rounds, self.round)

    def _prior(self, interview: Interview) -> list[Cells]:
        """Ask for the prior probability of every hypothesis, or of none; the last is what is left."""
        hypotheses = self.asked.hypotheses
        if all(self._is_done(WEIGHTS, (hypothesis.id,)) for hypothesis in hypotheses):
            return []
        interview.tell("\nHow probable was each explanation before any of this evidence? They sum to 1.")
        rows: list[Cells] = []
        given: list[float] = []
        for hypothesis in hypotheses:
            interview.tell(f"  {hypothesis.statement}")
            own = self._show(interview, WEIGHTS, (hypothesis.id,))
            key = ("priors", hypothesis.id)
            is_last = len(given) == len(hypotheses) - 1
            default = f"{1 - sum(given):.6g}" if is_last else None if given else ""
            blank = f" (blank: {'keep yours' if own else 'left out'})" if not given else ""
            check = partial(_share, given=given, is_last=is_last)
            weight = interview.ask((*key, "weight"), f"  probability{blank}", check, default=default)
            if not weight:
                return []
            given.append(probability(weight))
            rows.append({"hypothesis": hypothesis.id, "weight": weight})
        because = interview.ask(("priors", "because"), "  reason (blank: none)", default="")
        return [{**row, "because": because} for row in rows]


def _share(text: str, given: Sequence[float], *, is_last: bool) -> None:
    """Check a prior probability beside those given before it."""
    value = probability(text)
    left = 1 - sum(given)
    if is_last and as_shares([*given, value]) is None:
        raise ValueError(f"must be what the others leave, {left:.6g}")
    if not is_last and value > left - SURE:
        raise ValueError(f"must be less than what the others leave, {left:.6g}")


def _before(rounds: Mapping[int, Cells], number: int) -> Cells | None:
    """Return the last row of the rounds before one."""
    earlier = [one for one in rounds if one < number]
    return rounds[max(earlier)] if earlier else None


def _middle(text: str) -> float | None:
    """Return the probability that a best guess is, or whose middle a word is; None where nothing is stated."""
    try:
        value = best_guess(text)
    except ValueError:
        return None
    if isinstance(value, float):
        return value
    try:
        return sum(stated_range(value)) / TWO
    except ValueError:
        return None


def weights(mids: Mapping[Hypothesis, float], *, seen: bool) -> str:
    """Say by how many decibans an item speaks for each hypothesis against the mean of the others; blank for one.

    10 log10 of the ratio of the likelihoods, those of the item's absence where it was not seen.
    """
    chance = {hypothesis: mid if seen else 1 - mid for hypothesis, mid in mids.items()}
    if len(chance) < TWO:
        return ""
    total = sum(chance.values())
    told = [
        (hypothesis.label, 10 * math.log10(one / ((total - one) / (len(chance) - 1))))
        for hypothesis, one in chance.items()
    ]
    if len(told) == TWO:
        told = [max(told, key=lambda pair: pair[1])]
    return f"weight of evidence: {', '.join(f'{decibans(weight)} dB for {label}' for label, weight in told)}"
