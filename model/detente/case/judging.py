"""What an assessor is asked, and how his answers become tables of his own, ``priors/<case>/assessors/NAME/``.

The cells are those of the case: each item under each hypothesis, each step as ``intensities.csv`` states it (or each
step under each hypothesis, where it does not), and the prior probability of each hypothesis.  What is asked never shows
what anybody else has answered.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final, NamedTuple

from detente.case.assessors import WeightRow
from detente.case.columns import REQUIRED, Frozen, objects, specs
from detente.case.dialect import THREE, decimal
from detente.case.editing import replace_rows
from detente.case.evidence import EvidenceItem
from detente.case.files import CaseFiles, digests, sheet_name
from detente.case.findings import Findings
from detente.case.intensities import ANY, IntensityRow
from detente.case.likelihoods import UNREASONED, LikelihoodRow
from detente.case.loading import problems_with
from detente.case.locating import FOLDER, PRIORS, CaseLocation
from detente.case.mappings import read_mapping
from detente.case.question import CaseFile, Hypothesis, declared_by
from detente.case.tables import split
from detente.case.transaction import alone, commit
from detente.case.values import words
from detente.errors import BundledCaseError, CaseError, DetenteError, Problem, quoted

LIKELIHOODS, INTENSITIES, WEIGHTS = "likelihoods.csv", "intensities.csv", "priors.csv"
KINDS: Final[Mapping[str, type[Frozen]]] = {
    LIKELIHOODS: LikelihoodRow,
    INTENSITIES: IntensityRow,
    WEIGHTS: WeightRow,
}
CELLS: Final[Mapping[str, tuple[str, ...]]] = {
    LIKELIHOODS: ("evidence", "hypothesis"),
    INTENSITIES: ("process", "from", "to", "hypothesis", "regime", "phase"),
    WEIGHTS: ("hypothesis",),
}
"""The columns that say what a row of each table judges."""
DAYS: Final = "90"
WHICHEVER: Final = "whichever explanation is true"

type Cells = Mapping[str, str]
"""A row as its table has it: texts by column."""
type Cell = tuple[str, ...]
"""What a row judges, by the columns of :data:`CELLS`."""


class AssessorNameError(DetenteError):
    """A name that no assessor can have."""

    def __init__(self, name: str) -> None:
        """Say what a name is made of."""
        super().__init__(f"{quoted(name)} cannot name an assessor: use letters, digits, spaces, - and _")


@dataclass(frozen=True)
class Questions:
    """What is asked of a case.

    ``items`` are the items of evidence in force on the cut-off, ``steps`` the cells of ``intensities.csv`` with the
    days they are stated for, by column.
    """

    case: str
    title: str
    question: str
    hypotheses: tuple[Hypothesis, ...]
    items: tuple[EvidenceItem, ...]
    steps: tuple[Cells, ...]

    def cells(self, table: str) -> list[Cells]:
        """Return the cells of a table in the order in which they are asked for."""
        if table == LIKELIHOODS:
            return [{"evidence": item.id, "hypothesis": h.id} for item in self.items for h in self.hypotheses]
        if table == WEIGHTS:
            return [{"hypothesis": hypothesis.id} for hypothesis in self.hypotheses]
        return [*self.steps]

    def supposed(self, step: Cells) -> str:
        """Say which explanations a pace is judged under; ``*`` are those that no row for the same days names."""
        statements = {hypothesis.id: hypothesis.statement for hypothesis in self.hypotheses}
        if step["hypothesis"] != ANY:
            return statements[step["hypothesis"]]
        named = {other["hypothesis"] for other in self._beside(step) if other["regime"] == step["regime"]}
        left = [statement for key, statement in statements.items() if key not in named]
        return WHICHEVER if len(left) in {0, len(statements)} else " Or: ".join(left)

    def when(self, step: Cells) -> str:
        """Say which days a pace is judged for; ``*`` are those that no other row on the step is for."""
        regime, phase = step.get("regime", ""), step.get("phase", "")
        like = {step["hypothesis"]} if step["hypothesis"] != ANY else {ANY, *(one.id for one in self.hypotheses)}
        is_rest = any(other["regime"] != regime and other["hypothesis"] in like for other in self._beside(step))
        always = "whenever no other row on this step applies" if is_rest else "at any time"
        named = {"": always, ANY: always, "before": "before the election"}
        when = named.get(regime, f"after the election, won by {words(regime.removeprefix('after:'))}")
        return f"{when}, {words(phase)}" if phase else when

    def _beside(self, step: Cells) -> list[Cells]:
        """Return the other rows on a step in its phase."""
        same = ("process", "from", "to", "phase")
        return [other for other in self.steps if other != step and all(other[name] == step[name] for name in same)]


def questions(location: CaseLocation) -> Questions:
    """Return what is asked of a case; nobody need have judged anything yet.

    Raises
    ------
    CaseError
        If what the case asks cannot be read.
    """
    files = CaseFiles(location)
    files.read_all()
    document = files.document("case.yaml")
    evidence = files.table("evidence.csv", EvidenceItem)
    mine = {files.findings[name].file for name in ("case.yaml", "evidence.csv")}
    if document is None or evidence is None:
        raise CaseError([problem for problem in files.problems if problem.file in mine] or files.problems)
    top = read_mapping(document, CaseFile)
    if wrong := [problem for problem in files.problems if problem.file in mine]:
        raise CaseError(wrong)
    case = top.item
    items = [item for item in objects(evidence) if item.in_force(case.information_cutoff)]
    tables = [files.table(name, IntensityRow) for name in files.texts if name.endswith(INTENSITIES)]
    steps: dict[tuple[str, ...], Cells] = {}
    for row in (row for rows in tables for row in rows or () if not row.faulty):
        of = row.item
        names = (of.process, of.source, of.target, of.hypothesis, of.regime, of.phase or "")
        steps.setdefault(names, _step(names, f"{of.within_days:g}"))
    for process in () if steps else declared_by(top).processes.values():
        for step in process.transitions:
            for hypothesis in case.hypotheses:
                names = (process.id, step.source, step.target, hypothesis.id, ANY, "")
                steps[names] = _step(names, DAYS)
    return Questions(case.id, case.title, case.question, case.hypotheses, tuple(items), tuple(steps.values()))


def _step(names: Sequence[str], days: str) -> Cells:
    return {**dict(zip(CELLS[INTENSITIES], names, strict=True)), "within_days": days}


def assessor_name(name: str) -> str:
    """Return the name of an assessor, if it can be that of a folder.

    Raises
    ------
    AssessorNameError
        If it cannot.
    """
    plain = " ".join(name.split())
    is_plain = all(letter.isalnum() or letter in " -_" for letter in plain)
    if not plain or not is_plain or len(plain) > 60 or not plain[0].isalnum():  # noqa: PLR2004 - a name, not a text
        raise AssessorNameError(name)
    return plain


def tables_with(
    location: CaseLocation, name: str, answers: Mapping[str, Sequence[Cells]], round_: int
) -> dict[Path, bytes]:
    """Return an assessor's tables with answers taken in: a cell that he had answered in that round is replaced."""
    written = {}
    for table, rows in answers.items():
        if not rows:
            continue
        path = location.priors / FOLDER / name / table
        content = path.read_bytes() if path.exists() else None
        columns = {
            spec.name: spec.default is REQUIRED or not spec.column.may_lack or spec.name == "round"
            for spec in specs(KINDS[table])
            if spec.name not in {"assessor", "revised_on"}
        }
        told = [{**row, "because": row.get("because") or UNREASONED, "round": str(round_)} for row in rows]
        # No spreadsheet must take a number for one of thousands.
        safe = [{k: decimal(float(cell)) if THREE.fullmatch(cell) else cell for k, cell in row.items()} for row in told]
        written[path] = replace_rows(content, columns, (*CELLS[table], "round"), safe)
    return written


class Taken(NamedTuple):
    """The tables that were written, and what is wrong in them, each problem with the cell it is in, if it is in one."""

    paths: tuple[Path, ...]
    wrong: tuple[tuple[Problem, tuple[str, Cell] | None], ...]


def take(
    location: CaseLocation,
    people: Mapping[str, Mapping[str, Sequence[Cells]]],
    round_: int,
    what: str,
    *,
    dry_run: bool = False,
) -> Taken:
    """Write what assessors answered into tables of their own, as one change; where something is wrong, nothing.

    With ``dry_run`` it is only said what is wrong.

    Raises
    ------
    BundledCaseError
        If the case comes with the program.
    """
    if location.bundled:
        raise BundledCaseError(location.name)
    with alone(location):
        read = digests(location)
        files = {
            path: content
            for name, answers in people.items()
            for path, content in tables_with(location, name, answers, round_).items()
        }
        names = {path: sheet_name(path.parent.name, path.name) for path in files}
        instead = {names[path]: content for path, content in files.items()}
        labels = {f"{PRIORS}/{location.name}/{name}": path for path, name in names.items()}
        wrong = [problem for problem in problems_with(location, instead) if problem.file in labels]
        if not wrong and files and not dry_run:
            commit(location, files, what, read=read)
    cells = {label: _cells_by_line(path.name, files[path]) for label, path in labels.items()}
    return Taken(tuple(files), tuple((problem, cells[problem.file].get(problem.line)) for problem in wrong))


def _cells_by_line(table: str, content: bytes) -> dict[int, tuple[str, Cell]]:
    rows = split(io.StringIO(content.decode(), newline=""), Findings(""))
    head = next(rows, (0, []))[1]
    return {line: (table, cell_of(table, dict(zip(head, cells, strict=False)))) for line, cells in rows}


def judged(location: CaseLocation, table: str) -> dict[Cell, dict[str, dict[int, Cells]]]:
    """Return what everybody has judged in a table: rows by cell, person (blank is the case's own) and round."""
    files = CaseFiles(location)
    files.read_all()
    judgements: dict[Cell, dict[str, dict[int, Cells]]] = {}
    for name in files.texts:
        if PurePath(name).name != table:
            continue
        home = PurePath(name).parent.name
        rows = split(io.StringIO(files.texts[name], newline=""), files.findings[name])
        head = [cell.strip() for cell in next(rows, (0, []))[1]]
        for _, cells in rows:
            row = {title: cell.strip() for title, cell in zip(head, cells, strict=False)}
            number = row.get("round") or "1"
            if number.isdigit() and not row.get("revised_on"):
                people = judgements.setdefault(cell_of(table, row), {})
                people.setdefault(home or row.get("assessor", ""), {})[int(number)] = row
    return judgements


def cell_of(table: str, row: Cells) -> Cell:
    """Return what a row judges; a blank regime is any."""
    return tuple(row.get(name, "") or (ANY if name == "regime" else "") for name in CELLS[table])
