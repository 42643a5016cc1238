"""Plain probabilities that several people gave for several questions, perhaps in rounds, perhaps with answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, NamedTuple

from detente.case.columns import Frozen, InFile, Row
from detente.case.days import InvalidError
from detente.case.files import read_compressed
from detente.case.findings import Findings
from detente.case.tables import read_table
from detente.case.values import Reads, Text, YesNo, number
from detente.errors import NAMED, SetError, numbered, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

PERCENT = 100.0
_DIGITS = re.compile(r"(\d+)")


class TypedNumber(NamedTuple):
    """A number as it was typed: a probability or a percent, and whether it says that it is a percent."""

    value: float
    signed: bool

    def fraction(self, scale: float) -> float:
        """Return the probability; ``scale`` is what a number without a sign is a part of."""
        return self.value / (PERCENT if self.signed else scale)


def stated(value: str) -> TypedNumber:
    """Read a probability from 0 to 1, or a percent from 0 to 100 with or without its sign.

    >>> stated("0.38"), stated("%38"), stated("38 %")
    (TypedNumber(value=0.38, signed=False), TypedNumber(value=38.0, signed=True), TypedNumber(value=38.0, signed=True))
    """
    bare = value.strip("%").strip()
    try:
        result = number(bare)
    except InvalidError as error:
        rule = str(error).removeprefix("must be a number such as 0.25")
        raise InvalidError(f"must be a probability such as 0.25, or a percent such as 25{rule}") from None
    if not 0 <= result <= PERCENT:
        raise InvalidError("must be a probability from 0 to 1, or a percent from 0 to 100")
    return TypedNumber(result, bare != value)


Chance = Annotated[TypedNumber, Reads(stated, "probability, or percent")]


class OpinionRow(Frozen):
    """What one person said of one question in one round."""

    question: Annotated[Text, InFile("The question, by any name.", "accord_2027", also=("claim", "item"))]
    person: Annotated[Text, InFile("Who said it.", "ana", also=("assessor", "expert", "forecaster", "user"))]
    probability: Annotated[
        Chance,
        InFile(
            "The probability of a yes: from 0 to 1, or from 0 to 100 in a table of percents.",
            "0.35",
            also=("mid", "best", "estimate"),
        ),
    ]
    low: Annotated[
        Chance | None, InFile("The low end of the person's range.", "0.2", may_lack=True, also=("lower",))
    ] = None
    high: Annotated[Chance | None, InFile("Its high end.", "0.5", may_lack=True, also=("upper",))] = None
    round: Annotated[Text | None, InFile("The round, of several; the last one counts.", "2", may_lack=True)] = None
    outcome: Annotated[
        YesNo | None,
        InFile(
            "yes or no once it is known, on one row of the question or on all.",
            "no",
            may_lack=True,
            also=("answer", "resolution"),
        ),
    ] = None


@dataclass(frozen=True)
class Opinion:
    """What a person said of a question in one round: a probability, and the ends of a range, as fractions."""

    question: str
    person: str
    probability: float
    ends: tuple[float, float] | None
    round: str


@dataclass(frozen=True)
class OpinionTable:
    """All that was said, in the order of the file; ``rounds`` in order; ``answers`` by question where known."""

    opinions: tuple[Opinion, ...]
    rounds: tuple[str, ...]
    answers: Mapping[str, bool]
    notes: tuple[str, ...]


def read_opinions(path: Path) -> OpinionTable:
    """Read a table of opinions, which may be compressed by gzip.

    In a column of percents (numbers without a sign are above 1 on as many rows as have fractions) a row with a range
    whose numbers are all at most 1, and not all whole, was typed in fractions: it is read as such, and a note says
    which.  A number alone could be either, and is a problem.

    Raises
    ------
    SetError
        If the table cannot be read, or has problems.
    """
    findings = Findings(str(path))
    text = read_compressed(path, findings)
    rows = read_table(text, OpinionRow, findings) if text is not None else None
    if not findings.problems and not rows:
        findings.add(0, "the table has no probabilities: add a row for each question and person")
    if findings.problems or rows is None:
        raise SetError(findings.problems)
    in_percent = _is_in_percent(rows)
    fractions: list[int] = []
    answers = _answers(rows)
    opinions: list[Opinion] = []
    seen: dict[tuple[str, str, str | None], int] = {}
    for row in rows:
        item = row.item
        scale = _scale(row, fractions) if in_percent else 1.0
        mid = item.probability.fraction(scale)
        ends = None
        if (item.low is None) != (item.high is None):
            row.add("low and high: give both, or neither")
        elif item.low is not None and item.high is not None:
            ends = item.low.fraction(scale), item.high.fraction(scale)
            if not ends[0] <= mid <= ends[1]:
                row.add(f"low, probability, high: must not decrease (got {ends[0]:g}, {mid:g}, {ends[1]:g})")
        key = (item.question, item.person, item.round)
        if key in seen:
            row.add(f"person: {quoted(item.person)} has answered {quoted(item.question)} on line {seen[key]} already")
        seen.setdefault(key, row.line)
        opinions.append(Opinion(item.question, item.person, mid, ends, item.round or ""))
    if findings.problems:
        raise SetError(findings.problems)
    rounds = tuple(sorted({opinion.round for opinion in opinions}, key=_natural))
    return OpinionTable(tuple(opinions), rounds, answers, tuple(_notes(fractions)))


def _numbers(item: OpinionRow) -> Iterable[TypedNumber]:
    return (value for value in (item.low, item.probability, item.high) if value is not None)


def _is_in_percent(rows: Sequence[Row[OpinionRow]]) -> bool:
    """Tell whether a table has percents; among more fractions a number above 1 is a problem of its own row."""
    bare = [(row, [number.value for number in _numbers(row.item) if not number.signed]) for row in rows]
    above = [(row, max(values)) for row, values in bare if values and max(values) > 1]
    fractions = sum(max(values) <= 1 and any(value % 1 for value in values) for _, values in bare if values)
    if len(above) >= fractions:
        return bool(above)
    for row, value in above:
        row.add(f"probability: must be from 0 to 1, as on the other rows; a percent has its sign (got {value:g})")
    return False


def _scale(row: Row[OpinionRow], fractions: list[int]) -> float:
    """Return what the bare numbers of a row among percents are parts of; note the line of one in fractions."""
    bare = [number.value for number in _numbers(row.item) if not number.signed]
    if not bare or max(bare) > 1 or all(value % 1 == 0 for value in bare):
        return PERCENT
    if len(bare) == 1:
        row.add(f"probability: stands among percents: write {bare[0] * PERCENT:g}, or {bare[0]:g}% (got {bare[0]:g})")
    else:
        fractions.append(row.line)
    return 1.0


def _answers(rows: Sequence[Row[OpinionRow]]) -> dict[str, bool]:
    """Return the answer of each question that has one; two that differ are a problem."""
    first: dict[str, Row[OpinionRow]] = {}
    for row in rows:
        if row.item.outcome is None:
            continue
        other = first.setdefault(row.item.question, row)
        if other.item.outcome != row.item.outcome:
            row.add(f"outcome: must be that of line {other.line}, which is of the same question")
    return {question: bool(row.item.outcome) for question, row in first.items()}


def _natural(text: str) -> list[tuple[int, str]]:
    """Order rounds as people count: 2 before 10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in _DIGITS.split(text)]


def _notes(fractions: Sequence[int]) -> Iterable[str]:
    if fractions:
        what = "1 row is" if len(fractions) == 1 else f"{len(fractions)} rows are"
        yield f"{what} in fractions among percents, and read as such ({numbered(fractions, NAMED)})."
