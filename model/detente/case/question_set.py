"""A set: many questions about which of several hypotheses is true, in three tables instead of a folder each.

A question of a set is a small case: its hypotheses, its items of evidence and their likelihoods, nothing else.  What a
set lists counts, whatever its date.  The tables are read side by side, a question at a time, so that their length does
not matter; only the ids of the questions are kept.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec

from detente.case.columns import Frozen, objects, unique
from detente.case.documents import read_document
from detente.case.files import decode, read_source
from detente.case.findings import Findings
from detente.case.likelihoods import check_likelihoods, judged
from detente.case.locating import is_case_name
from detente.case.mappings import read_mapping
from detente.case.namesakes import slips
from detente.case.priors import DEFAULT, BetaPrior, Priors, WeightedPrior, with_lineage
from detente.case.question import CaseFile, Declared, Hypothesis
from detente.case.schema import Case
from detente.case.set_tables import (
    EVIDENCE,
    LIKELIHOODS,
    QUESTIONS,
    SHARED_PRIORS,
    TABLES,
    SetItem,
    SetLikelihood,
    SetPriors,
    SetQuestion,
)
from detente.case.tables import Layout, lay_out, read_header, read_rows, split
from detente.case.template import SKELETON
from detente.case.values import words
from detente.errors import Problem, SetError, absent, reason

CUTOFF, HORIZON = dt.date.max - dt.timedelta(days=2), dt.date.max - dt.timedelta(days=1)
"""A set has no cut-off: whatever it lists counts."""
CONCENTRATION = 4.0
"""How firmly the weights of a question are held; P(hypothesis) does not depend on it."""
ALIKE = "As the set states them."


@dataclass(frozen=True)
class QuestionSet:
    """A set: its folder, what its priors say, the headers of its tables, and a digest of all four files.

    ``name`` is that of the folder; ``questions`` counts the rows of its first table; ``advice`` says which groups may
    be slips of one another.
    """

    name: str
    folder: Path
    priors: Priors
    heads: Mapping[str, tuple[str, ...]]
    places: Mapping[str, int]
    questions: int
    inputs_sha256: str
    advice: tuple[Problem, ...] = ()

    def findings(self, problems: list[Problem]) -> dict[str, Findings]:
        """Return where the problems of each table go."""
        return {name: Findings(str(self.folder / name), problems) for name in TABLES}

    def taught(self, discrimination: BetaPrior, learned_from: tuple[str, ...]) -> QuestionSet:
        """Return the set with another discrimination, and what that was learned from."""
        update = {"discrimination": discrimination, "learned_from": learned_from}
        digest = hashlib.sha256(self.inputs_sha256.encode() + msgspec.json.encode(discrimination)).hexdigest()
        return replace(self, priors=self.priors.changed(**update), inputs_sha256=digest)


class Asked(NamedTuple):
    """The rows of one question as they stand in the three tables, each with its line."""

    question: tuple[int, list[str]]
    evidence: list[tuple[int, list[str]]]
    likelihoods: list[tuple[int, list[str]]]


class AskedCase(NamedTuple):
    """A question of a set as a case, and the index of its true hypothesis (None if not known)."""

    case: Case
    truth: int | None
    group: str


def read_set(folder: Path) -> QuestionSet:
    """Read what a set's questions share: the priors, and the headers of its tables.

    Raises
    ------
    SetError
        If a file is missing, or its first line or the priors have problems.
    """
    problems: list[Problem] = []
    name = folder.resolve().name
    if not folder.is_dir():
        Findings(str(folder), problems).add(0, f"{absent(folder, 'folder')}; a set holds {', '.join(TABLES)}")
        raise SetError(problems)
    if not is_case_name(name):
        rule = "the folder's name is that of the set, and must be lower-case words joined by - or _: rename it"
        Findings(str(folder), problems).add(0, rule)
    digest, heads, places, count = hashlib.sha256(), {}, {}, 0
    advice: tuple[Problem, ...] = ()
    for file, kind in TABLES.items():
        findings, known = Findings(str(folder / file), problems), len(problems)
        table = split(_lines(folder / file, findings), findings)
        first = list(islice(table, 1))
        layout = read_header(iter(first), kind, findings) if first or len(problems) == known else None
        if layout is None:
            continue
        heads[file] = tuple(first[0][1])
        key = "id" if file == QUESTIONS else "question"
        at = {column: place for column, _, _, _, place in layout.plan}
        places[file] = at[key]
        with (folder / file).open("rb") as opened:
            digest.update(hashlib.file_digest(opened, "sha256").digest())
        if file == QUESTIONS:
            count, advice = _survey(table, at.get("group"), findings.file)
    priors = _read_priors(folder / SHARED_PRIORS, problems)
    if problems or priors is None:
        raise SetError(problems)
    digest.update(msgspec.json.encode(priors))
    return QuestionSet(name, folder, priors, heads, places, count, digest.hexdigest(), advice)


def _survey(table: Iterator[tuple[int, list[str]]], column: int | None, file: str) -> tuple[int, tuple[Problem, ...]]:
    """Count the questions, and look for groups that may be one."""
    count, counts, first = 0, Counter[str](), dict[str, int]()
    for count, (line, cells) in enumerate(table, 1):  # noqa: B007 - of the last row
        name = cells[column].strip() if column is not None and column < len(cells) else ""
        if name:
            counts[name] += 1
            first.setdefault(name, line)
    return count, tuple(Problem(file, first[rare], text) for rare, text in slips(counts, "group", "groups"))


def default_priors() -> Priors:
    """Return the priors of a new case."""
    problems: list[Problem] = []
    findings = Findings(SHARED_PRIORS, problems)
    entry = read_document((SKELETON.priors / SHARED_PRIORS).read_text(encoding="utf-8"), findings)
    assert entry is not None  # noqa: S101 - the skeleton is in order: tests see to it
    stated = read_mapping(entry, Priors).item
    dependence = {DEFAULT: stated.dependence[DEFAULT]}
    nothing = {"election": None, "couplings": (), "polls": None, "outside_view": None, "baseline": None}
    return stated.changed(dependence=dependence, **nothing)


def _read_priors(path: Path, problems: list[Problem]) -> Priors | None:
    """Read the shared priors; what they leave out, and all of them where there is no file, is as in a new case."""
    default = default_priors()
    if not path.exists():
        return with_lineage(default)
    findings = Findings(str(path), problems)
    text = read_source(path, findings)
    entry = read_document(text, findings) if text is not None else None
    if entry is None:
        return None
    row = read_mapping(entry, SetPriors, shared=default.fields())
    if problems:
        return None
    dependence = {**default.dependence, **row.item.dependence}
    shared = {"dependence": dependence, "hypotheses": default.hypotheses, "centre": None}
    return with_lineage(Priors.read(row.item.fields(Priors) | shared))


def raw_questions(question_set: QuestionSet, problems: list[Problem]) -> Iterator[Asked]:
    """Yield the rows of each question, in the order of ``questions.csv``; note what stands where it should not."""
    findings = question_set.findings(problems)
    order: dict[str, int] = {}
    first = question_set.places[QUESTIONS]
    for line, cells in _body(question_set, QUESTIONS, findings[QUESTIONS]):
        name = cells[first].strip() if first < len(cells) else ""
        if name in order:
            findings[QUESTIONS].add(line, f"id: {name} is a duplicate: give each question an id of its own")
        elif name:
            order[name] = len(order)
    beside = [
        _Rows(_body(question_set, file, findings[file]), question_set.places[file], order, findings[file])
        for file in (EVIDENCE, LIKELIHOODS)
    ]
    number = 0
    for line, cells in _body(question_set, QUESTIONS, Findings("")):
        name = cells[first].strip() if first < len(cells) else ""
        is_next = order.get(name) == number
        evidence, likelihoods = (rows.of(number) if is_next else [] for rows in beside)
        if any(rows.is_cut for rows in beside):  # the rest of that table cannot be read
            return
        yield Asked((line, cells), evidence, likelihoods)
        number += is_next
    for rows in beside:
        rows.of(len(order))


@dataclass
class _Rows:
    """The rows of a table, question by question."""

    table: Iterator[tuple[int, list[str]]]
    place: int
    order: Mapping[str, int]
    findings: Findings
    ahead: tuple[int, list[str]] | None = field(init=False)
    is_cut: bool = False

    def __post_init__(self) -> None:
        """Look at the first row."""
        self._look()

    def _look(self) -> None:
        """Look at the next row; a table that ends with a problem is cut off there."""
        known = len(self.findings.problems)
        self.ahead = next(self.table, None)
        self.is_cut = self.ahead is None and len(self.findings.problems) > known

    def of(self, number: int) -> list[tuple[int, list[str]]]:
        """Take the rows of the question of a number, which follow each other."""
        taken = []
        while self.ahead is not None:
            line, cells = self.ahead
            name = cells[self.place].strip() if self.place < len(cells) else ""
            own = self.order.get(name)
            if own is not None and own > number:
                break
            if own == number or self.place >= len(cells):  # a row too short is reported with the question it stands at
                taken.append(self.ahead)
            elif own is not None:
                rule = "keep the rows of a question together, and in the order of questions.csv"
                self.findings.add(line, f"question: the rows of {name} end before this one: {rule}")
            elif name:
                self.findings.unknown(line, "question: questions.csv has no question", name, self.order)
            else:
                self.findings.add(line, "question: must not be blank")
            self._look()
        return taken


def read_question(question_set: QuestionSet, asked: Asked, problems: list[Problem]) -> AskedCase | None:
    """Read one question as a case; None, and a problem for each fault, where it cannot be."""
    before = len(problems)
    findings = question_set.findings(problems)
    (row,) = read_rows([asked.question], _layout(SetQuestion, question_set.heads[QUESTIONS]), findings[QUESTIONS])
    items = read_rows(asked.evidence, _layout(SetItem, question_set.heads[EVIDENCE]), findings[EVIDENCE])
    judgements = read_rows(
        asked.likelihoods, _layout(SetLikelihood, question_set.heads[LIKELIHOODS]), findings[LIKELIHOODS]
    )
    unique(items)
    if not row.sound("hypotheses"):
        return None
    names = row.item.hypotheses
    hypotheses = tuple(Hypothesis.read({"id": name, "label": words(name), "statement": words(name)}) for name in names)
    declared = Declared(CaseFile.read({"hypotheses": hypotheses}), file=QUESTIONS)
    check_likelihoods(judgements, items, declared, findings[LIKELIHOODS].file)
    if len(problems) > before:
        return None
    question = row.item
    weights = question.even_or_stated
    prior = WeightedPrior.read({"weights": weights, "concentration": CONCENTRATION, "because": ALIKE})
    likelihoods = judged(objects(judgements), weights)
    case = Case.read(
        {
            "id": question.id,
            "title": question.id,
            "question": question.id,
            "information_cutoff": CUTOFF,
            "horizon": HORIZON,
            "hypotheses": hypotheses,
            "evidence": tuple(item.item.as_item() for item in items),
            "priors": question_set.priors.changed(hypotheses=prior),
            "likelihoods": {item.item.id: likelihoods[item.item.id] for item in items},
        }
    )
    truth = None if question.truth is None else names.index(question.truth)
    return AskedCase(case, truth, question.group or question.id)


@lru_cache(maxsize=16)
def _layout[T: Frozen](kind: type[T], heads: tuple[str, ...]) -> Layout[T]:
    layout = lay_out(heads, 1, kind, Findings(""))
    assert layout is not None  # noqa: S101 - read_set has seen that it is in order
    return layout


def _body(question_set: QuestionSet, file: str, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    """Return the rows of a table below its header."""
    table = split(_lines(question_set.folder / file, findings), findings)
    next(table, None)
    return table


def _lines(path: Path, findings: Findings) -> Iterator[str]:
    """Yield the lines of a file; end, with a problem, where it cannot be read."""
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                text = decode(raw, findings, number)
                if text is None:
                    return
                yield text
    except FileNotFoundError:
        findings.add(0, f"the file is missing: `detente help {path.name}` says what it holds")
    except OSError as error:
        findings.add(0, f"cannot be read: {reason(error)}")
