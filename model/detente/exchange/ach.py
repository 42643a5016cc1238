"""A matrix of the analysis of competing hypotheses (ACH), read as a case.

Such a matrix rates each item of evidence against each hypothesis: CC very consistent, C consistent, N neutral, I
inconsistent, II very inconsistent, N/A not applicable.  No likelihoods have been published for these words.  What they
become here is a convention, the same distances up and down from an even chance, and every judgement says so.

N/A, and what nobody rated, is no judgement: the item then says nothing of that hypothesis against the others.  Ratings
of several people are averaged on the probit scale, low, middle and high each.  A word for the credibility of an item
becomes an Admiralty grade, by convention too.

References
----------
Heuer, R. J. (1999), Psychology of Intelligence Analysis, chapter 8.
Pherson, R. H. and Heuer, R. J. (2020), Structured Analytic Techniques for Intelligence Analysis (CC, C, N, I, II, N/A).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from detente.case.editing import quoted_text
from detente.case.files import read_source
from detente.case.findings import Findings
from detente.case.judging import AssessorNameError, Cells, Questions, assessor_name
from detente.case.tables import split
from detente.case.template import NAMELESS, free, slug, write_new
from detente.case.values import NOT_STATED
from detente.errors import CaseError, quoted, suggestion
from detente.exchange.formats import to_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


RATINGS: Mapping[str, tuple[float, float, float]] = {
    "CC": (0.8, 0.9, 0.97),
    "C": (0.6, 0.75, 0.88),
    "N": (0.35, 0.5, 0.65),
    "I": (0.12, 0.25, 0.4),
    "II": (0.03, 0.1, 0.2),
}
"""Low, middle and high of P(the item would be seen | hypothesis) that a rating is taken for: a convention."""
WORDS = {
    "very consistent": "CC",
    "consistent": "C",
    "neutral": "N",
    "inconsistent": "I",
    "very inconsistent": "II",
}
NO_JUDGEMENT = frozenset({"", "-", "n/a", "na", "not applicable"})
GRADES: Mapping[str, str] = {"high": "B2", "medium": "C3", "low": "D4"}
"""The Admiralty grade that a word for credibility is taken for: a convention."""
EVIDENCE, CREDIBILITY, RATER, ASIDE = (
    {"evidence", "item", "items", "evidence item", "description"},
    {"credibility", "reliability", "grade"},
    {"rater", "analyst", "assessor", "name"},
    {"relevance", "type", "date", "order", "number", "no.", "#", "source", "notes", "note", "inconsistency"},
)
"""What the columns beside the hypotheses may be called."""
SHAPE = (
    "it needs a line for each item and a column for each hypothesis, with CC, C, N, I, II, N/A or blank in its cells "
    "(`detente help exchange`); tables of polls, of waits and of a case are for `detente poll`, `wait` and `check`"
)
CONVENTION = "a convention of the import, not a measured likelihood"
_GRADE = re.compile(r"[A-F][1-6]")


@dataclass(frozen=True)
class Rated:
    """An item: its text, its grade, who rated it how against each hypothesis, and the line on which each person did."""

    text: str
    grade: str
    ratings: Mapping[str, tuple[tuple[str, str], ...]]
    lines: Mapping[str, int]


@dataclass(frozen=True)
class Matrix:
    """A matrix: the hypotheses in order, the items in order, how many people rated, and the line of its heading."""

    hypotheses: tuple[str, ...]
    items: tuple[Rated, ...]
    raters: int
    heading: int


def read_matrix(path: Path) -> Matrix:
    """Read a matrix from a table with commas, semicolons or tabs.

    Raises
    ------
    CaseError
        It has problems: all of them, each with its line.
    """
    findings = Findings(str(path))
    text = read_source(path, findings)
    rows = list(_rows(text, findings)) if text is not None else []
    if not rows and not findings.problems:
        findings.add(0, "the table is empty: it needs a heading, and a line for each item")
    if findings.problems:
        raise CaseError(findings.problems)
    (line, head), body = rows[0], rows[1:]
    if body and not _has_ratings(head, body):
        findings.add(line, f"is no ACH matrix, for no column has ratings in it: {SHAPE}")
        raise CaseError(findings.problems)
    places, hypotheses = _columns(head, line, findings)
    if not body:
        findings.add(line, "the table has no items: a line for each has to follow")
    matrix = None if findings.problems else _read(places, hypotheses, body, line, findings)
    if matrix is None or findings.problems:
        raise CaseError(findings.problems)
    return matrix


def write_case(matrix: Matrix, name: str, workspace: Path, day: dt.date) -> tuple[Path, ...]:
    """Write a matrix as a new case that runs as it is, all of its files or none, and return their paths."""
    hypotheses, items = _ids(matrix.hypotheses), _ids([item.text for item in matrix.items])
    facts = {"case.yaml": _case(name, hypotheses, day), "evidence.csv": _evidence(matrix, items, day)}
    priors = {"priors.yaml": _priors(hypotheses), "likelihoods.csv": _likelihoods(matrix, hypotheses, items)}
    return write_new(name, workspace, *({file: text.encode() for file, text in of.items()} for of in (facts, priors)))


def sheets(matrix: Matrix, asked: Questions, path: Path) -> dict[str, list[Cells]]:
    """Return what each person who rated judges of a case: rows of his own ``likelihoods.csv``, by his name.

    A hypothesis is found by its id, its label or its statement, an item by its id or its claim, in any case of letters.

    Raises
    ------
    CaseError
        The matrix names what the case does not have, or does not say who rated: all of it, each with its line.
    """
    findings = Findings(str(path))
    hypotheses = {text.casefold(): one.id for one in asked.hypotheses for text in (one.statement, one.label, one.id)}
    items = {text.casefold(): one.id for one in asked.items for text in (one.claim, one.id)}
    for name in matrix.hypotheses:
        if name.casefold() not in hypotheses:
            known, what = [one.id for one in asked.hypotheses], f"{asked.case} has no hypothesis"
            findings.unknown(matrix.heading, what, name, known, "give an id or its label")
    people: dict[str, list[Cells]] = {}
    for item in matrix.items:
        if item.text.casefold() not in items:
            known, what = [one.id for one in asked.items], f"{asked.case} has no item in force"
            findings.unknown(min(item.lines.values()), what, item.text, known, "give its id")
        for rater, line in item.lines.items():
            rows = people.setdefault(_assessor(rater, line, findings), [])
            if not findings.problems:
                rows += [
                    _judgement(items[item.text.casefold()], hypotheses[name.casefold()], rating)
                    for name, rated in item.ratings.items()
                    for who, rating in rated
                    if who == rater
                ]
    if findings.problems:
        raise CaseError(findings.problems)
    return people


def _assessor(rater: str, line: int, findings: Findings) -> str:
    """Return the name of the assessor whom a rater is; note where none can have it."""
    try:
        return assessor_name(rater)
    except AssessorNameError as error:
        findings.add(line, f"rater: {error}" if rater else "rater: must not be blank: whose sheet is it?")
        return rater


def _judgement(item: str, hypothesis: str, rating: str) -> Cells:
    low, mid, high = map(str, RATINGS[rating])
    because = f"ACH: {rating}; {CONVENTION}."
    return {"evidence": item, "hypothesis": hypothesis, "low": low, "mid": mid, "high": high, "because": because}


def pooled(ratings: Sequence[str]) -> tuple[float, float, float]:
    """Return low, middle and high of what several people rated, averaged on the probit scale.

    Examples
    --------
    >>> pooled(["C"])
    (0.6, 0.75, 0.88)
    >>> [round(p, 3) for p in pooled(["CC", "II"])]
    [0.302, 0.5, 0.698]
    """
    if len(set(ratings)) == 1:
        return RATINGS[ratings[0]]
    low, mid, high = (round(float(p), 6) for p in ndtr(np.mean([ndtri(RATINGS[one]) for one in ratings], axis=0)))
    return low, mid, high


def _rows(text: str, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a table, whatever separates its cells: that which the heading has most of."""
    heading = next((line for line in text.splitlines() if line.strip(' ;,\t"')), "")
    separator = max(",;\t", key=heading.count)
    if separator != ",":
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        text = to_csv(next(lines, []), lines)
    yield from split(io.StringIO(text, newline=""), findings)


def _has_ratings(head: Sequence[str], body: Sequence[tuple[int, list[str]]]) -> bool:
    """Tell whether a column that may be a hypothesis's has a rating, or what may be a mistyped one."""
    aside = EVIDENCE | CREDIBILITY | RATER | ASIDE
    places = [place for place, cell in enumerate(head) if place and _plain(cell).lower() not in aside]
    cells = {_cell(row, place).lower() for _, row in body for place in places}
    known = [*(rating.lower() for rating in RATINGS), *WORDS]
    return any(cell in known or cell in NO_JUDGEMENT - {""} or suggestion(cell, known) for cell in cells)


def _columns(head: Sequence[str], line: int, findings: Findings) -> tuple[dict[str, int], dict[str, int]]:
    """Return where evidence, credibility and rater stand (-1: nowhere), and where each hypothesis does."""
    named = [_plain(cell) for cell in head]
    lower = [cell.lower() for cell in named]
    place = {}
    for what, names in (("evidence", EVIDENCE), ("credibility", CREDIBILITY), ("rater", RATER)):
        places = [index for index, cell in enumerate(lower) if cell in names]
        if len(places) > 1:
            findings.add(line, f"two columns say the {what}: {', '.join(named[i] for i in places)}: keep one")
        place[what] = places[0] if places else -1
    place["evidence"] = max(place["evidence"], 0)  # the corner of a matrix is often left blank
    taken = {*place.values(), *(index for index, cell in enumerate(lower) if cell in ASIDE)}
    hypotheses = {cell: index for index, cell in enumerate(named) if index not in taken and cell}
    if len(hypotheses) < 2:  # noqa: PLR2004 - a choice needs two
        findings.add(line, f"needs a column for each of two hypotheses or more (got {', '.join(hypotheses) or 'none'})")
    twice = [cell for cell in hypotheses if named.count(cell) > 1]
    if twice:
        findings.add(line, f"two columns have the heading {quoted(twice[0])}: name each hypothesis once")
    return place, hypotheses


def _read(
    places: Mapping[str, int],
    hypotheses: Mapping[str, int],
    body: Sequence[tuple[int, list[str]]],
    heading: int,
    findings: Findings,
) -> Matrix:
    grades: dict[str, str] = {}
    ratings: dict[str, dict[str, list[tuple[str, str]]]] = {}
    seen: dict[tuple[str, str], int] = {}
    for line, cells in body:
        item, stated, rater = (_cell(cells, places[name]) for name in ("evidence", "credibility", "rater"))
        if not item:
            findings.add(line, "evidence: must not be blank")
            continue
        if (item, rater) in seen:
            who = f" by {quoted(rater)}" if rater else ""
            findings.add(line, f"{quoted(item)}{who}: duplicate of line {seen[item, rater]}")
        seen[item, rater] = line
        grade = _grade(stated, line, findings)
        if grades.setdefault(item, grade) != grade:
            findings.add(line, f"credibility: {quoted(item)} has another one above (got {quoted(stated)})")
        under = ratings.setdefault(item, {name: [] for name in hypotheses})
        for name, index in hypotheses.items():
            rating = _rating(_cell(cells, index), name, line, findings)
            if rating:
                under[name].append((rater, rating))
    items = []
    for item, under in ratings.items():
        lines = {rater: line for (text, rater), line in seen.items() if text == item}
        if not any(under.values()) and not findings.problems:
            first = min(lines.values())
            findings.add(first, f"{quoted(item)}: nobody rated it against any hypothesis: rate it, or leave it out")
        items.append(Rated(item, grades[item], {h: tuple(rated) for h, rated in under.items()}, lines))
    return Matrix(tuple(hypotheses), tuple(items), len({rater for _, rater in seen}), heading)


def _cell(cells: Sequence[str], index: int) -> str:
    return _plain(cells[index]) if 0 <= index < len(cells) else ""


def _plain(text: str) -> str:
    """Return a text on one line, without what cannot be printed."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _grade(text: str, line: int, findings: Findings) -> str:
    if not text or text.upper() in {"N/A", "NA"}:
        return "F6"
    if _GRADE.fullmatch(text.upper()):
        return text.upper()
    if text.lower() not in GRADES:
        known = ", ".join(word.capitalize() for word in GRADES)
        findings.add(line, f"credibility: must be {known} or an Admiralty grade such as B2 (got {quoted(text)})")
    return GRADES.get(text.lower(), "F6")


def _rating(text: str, hypothesis: str, line: int, findings: Findings) -> str:
    """Return a rating, or nothing where there is none."""
    if text.lower() in NO_JUDGEMENT:
        return ""
    rating = WORDS.get(text.lower(), text.upper())
    if rating not in RATINGS:
        near = suggestion(text, [*RATINGS, *WORDS])
        findings.add(line, f"{hypothesis}: must be {', '.join(RATINGS)}, N/A or blank (got {quoted(text)}){near}")
    return rating if rating in RATINGS else ""


def _ids(texts: Sequence[str]) -> dict[str, str]:
    """Return an id for each text, from its first words, each once."""
    ids: dict[str, str] = {}
    for text in texts:
        plain = "item" if slug(text) == NAMELESS else "_".join(slug(text).split("-")[:5])[:40].strip("_")
        ids[text] = free(plain, ids.values())
    return ids


def _case(name: str, hypotheses: Mapping[str, str], day: dt.date) -> str:
    stated = "\n".join(
        f"  - {{id: {quoted_text(id_)}, statement: {quoted_text(text)}}}" for text, id_ in hypotheses.items()
    )
    return f"""# Written by `detente import` from an ACH matrix: write the question, and replace what is not so.
case: {name}
title: {quoted_text(f"{name}: which explanation is true?")}
question: Which of the hypotheses of the matrix is true?
information_cutoff: {day}
hypotheses:
{stated}
horizon: {day + dt.timedelta(days=365) if day.year < dt.MAXYEAR else dt.date.max}
"""


def _evidence(matrix: Matrix, items: Mapping[str, str], day: dt.date) -> str:
    head = (
        "id", "date", "cluster", "observed", "reliability", "credibility", "actor", "source", "locator", "claim",
        "expected_by",
    )  # fmt: skip
    rows = (
        (items[item.text], day, "", "yes", item.grade[0], item.grade[1], "", "ACH matrix", "", item.text, "")
        for item in matrix.items
    )
    return to_csv(head, rows)


def _priors(hypotheses: Mapping[str, str]) -> str:
    even = round(1 / len(hypotheses), 6)
    weights = [round(1 - even * (len(hypotheses) - 1), 6), *[even] * (len(hypotheses) - 1)]
    named = zip(hypotheses.values(), weights, strict=True)
    stated = ", ".join(f"{quoted_text(name)}: {weight}" for name, weight in named)
    return f"""# A matrix states no priors, no reliability and no dependence: these are what `detente new` begins with.
hypotheses:
  weights: {{{stated}}}
  concentration: 4
  because: A matrix states no prior; even weights until somebody states one.
# Items that share a cause count once and not twice: put them in one cluster (`detente help evidence.csv`).
reliability: {{A: 0.98, B: 0.90, C: 0.75, D: 0.50, E: 0.25, F: 0.50}}
credibility: {{1: 1.0, 2: 0.95, 3: 0.85, 4: 0.6, 5: 0.3, 6: 0.7}}
"""


def _likelihoods(matrix: Matrix, hypotheses: Mapping[str, str], items: Mapping[str, str]) -> str:
    rows: list[tuple[object, ...]] = []
    for item in matrix.items:
        for text, name in hypotheses.items():
            rated = item.ratings[text]
            if not rated:
                why = "ACH: not applicable, or not rated; the item says nothing of this hypothesis."
                rows.append((items[item.text], name, "", NOT_STATED, "", why))
                continue
            said = ", ".join(f"{rater} {rating}" if rater else rating for rater, rating in rated)
            mean = ", averaged" if len(rated) > 1 else ""
            because = f"ACH: {said}{mean}; {CONVENTION}."
            rows.append((items[item.text], name, *pooled([rating for _, rating in rated]), because))
    return to_csv(("evidence", "hypothesis", "low", "mid", "high", "because"), rows)
