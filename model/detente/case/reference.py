"""The reference of the file formats, worked out from the declarations that the files are read by."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from detente.case.assessors import PanelFile, WeightRow
from detente.case.bulletins import Bulletin
from detente.case.columns import REQUIRED, Frozen, InFile, Listed, Mapped, Nested, Scalar, Shape, Spec, specs
from detente.case.evidence import EvidenceItem
from detente.case.files import FILES, OPTIONAL
from detente.case.intensities import IntensityRow
from detente.case.likelihoods import LikelihoodRow
from detente.case.opinions import OpinionRow
from detente.case.outcomes import ResolutionRow
from detente.case.past_polls import PastPoll
from detente.case.polls import Poll
from detente.case.priors import BetaPrior, Priors
from detente.case.processes import Event
from detente.case.question import CaseFile
from detente.case.ranges import CalibrationQuestion
from detente.case.reference_class import REACHED, ExternalForecast, Member
from detente.case.set_tables import SHARED_PRIORS, TABLES, SetPriors
from detente.case.spells import SpellRow
from detente.case.watch import WatchRow

KINDS: dict[str, tuple[type[Frozen], str]] = {
    "case.yaml": (CaseFile, "What is asked: the hypotheses, the processes and the questions."),
    "evidence.csv": (EvidenceItem, "The items of evidence, one row an item."),
    "events.csv": (Event, "The steps that happened, one row a step, and the winner of the election."),
    "polls.csv": (Poll, "Polls of the election, one row a poll."),
    "reference_class.csv": (Member, "How comparable dyads moved, one row a member; failures included."),
    "external_forecasts.csv": (
        ExternalForecast,
        "What others gave for a winner; shown beside the forecast, never used.",
    ),
    "resolutions.csv": (
        ResolutionRow,
        "How questions were settled, and which hypothesis is true; for scores only.",
    ),
    "priors.yaml": (Priors, "The priors of everything unsure, each with its reason."),
    "likelihoods.csv": (LikelihoodRow, "P(seen | hypothesis), one row for each item and hypothesis."),
    "intensities.csv": (IntensityRow, "P(step within so many days), for each step, hypothesis and regime."),
    "priors.csv": (WeightRow, "Prior probabilities by assessor; the case's own stand in priors.yaml."),
    "assessors.yaml": (PanelFile, "What the case's own judgements are beside those of named assessors."),
    "calibration.csv": (
        CalibrationQuestion,
        "Quantities the assessor gave a range for, and their true values: they teach how wide such ranges really are.",
    ),
    "watch.csv": (WatchRow, "Things to look out for, one row for each and each hypothesis."),
}
BULLETIN = "bulletins/DATE.yaml"
SET = "SET"
PAST_POLLS = "past-polls.csv"
OPINIONS = "opinions.csv"
OF_SET = {
    "questions.csv": "The questions, one row a question: which of its hypotheses is true.",
    "evidence.csv": "Their items of evidence, one row an item.",
    "likelihoods.csv": "P(seen | hypothesis), one row for each item and hypothesis.",
    SHARED_PRIORS: "The priors that all questions share; what it leaves out is as `detente new` writes it.",
}


class Key(NamedTuple):
    """A column, or a key by its path.

    In a path ``[]`` stands for each member of a list and ``ID`` for a key of the case's own.  ``needed`` is
    ``required``, the default, ``optional``, or of a column ``may be blank``: then it must be in the header.
    """

    name: str
    kind: str
    needed: str
    doc: str
    example: str


class FileFormat(NamedTuple):
    """A file of a case: its folder and name, whether it must be there, what it holds, and its columns or keys."""

    folder: str
    name: str
    required: bool
    doc: str
    keys: tuple[Key, ...]

    @property
    def path(self) -> str:
        """Where it stands: in a case's folder of facts or judgements, in that of a set, or anywhere."""
        if not self.folder:
            return self.name
        return f"{SET}/{self.name}" if self.folder == SET else f"{self.folder}/CASE/{self.name}"


def file_formats() -> tuple[FileFormat, ...]:
    """Return the format of every file of a case, those of facts first."""
    return tuple(
        FileFormat(folder, name, name not in OPTIONAL, doc, tuple(_keys(kind, in_table=name.endswith(".csv"))))
        for folder, names in FILES.items()
        for name in names
        for kind, doc in [KINDS[name]]
    )


def bulletin_format() -> FileFormat:
    """Return the format of a bulletin."""
    doc = "News of one day and how it is judged: checked whole, then added to the tables in one step."
    return FileFormat("seeds", BULLETIN, required=False, doc=doc, keys=tuple(_keys(Bulletin)))


def set_formats() -> tuple[FileFormat, ...]:
    """Return the format of every file of a set."""
    kinds: dict[str, type[Frozen]] = {**TABLES, SHARED_PRIORS: SetPriors}
    return tuple(
        FileFormat(SET, name, name in TABLES, OF_SET[name], tuple(_keys(kind, in_table=name in TABLES)))
        for name, kind in kinds.items()
    )


def table_formats() -> tuple[FileFormat, ...]:
    """Return the format of every table that a command reads from wherever it is."""
    doc = (
        "Polls of votes that are past, with their results: `detente calibrate --polls` learns from it how polls err. "
        "Without results, what `detente poll` is asked about; it may be gzipped, and have any name."
    )
    opinions = (
        "Probabilities that several people gave: what `detente pool` pools; it may be gzipped, and have any name."
    )
    return (
        FileFormat("", PAST_POLLS, required=True, doc=doc, keys=tuple(_keys(PastPoll, in_table=True))),
        FileFormat("", OPINIONS, required=True, doc=opinions, keys=tuple(_keys(OpinionRow, in_table=True))),
    )


def in_tables() -> tuple[type[Frozen], ...]:
    """Return the class of the rows of every table."""
    of_cases = (kind for name, (kind, _) in KINDS.items() if name.endswith(".csv"))
    return (*of_cases, *TABLES.values(), PastPoll, OpinionRow, SpellRow)


def _keys(
    kind: type[Frozen], before: str = "", without: Collection[str] = (), *, in_table: bool = False
) -> Iterator[Key]:
    for spec in specs(kind):
        if spec.field in without:
            continue
        name, column = before + spec.name, spec.column
        yield Key(name, _describe(spec.shape, column), _needed(spec, in_table=in_table), column.doc, column.example)
        inner, path = _inner(spec.shape, name)
        if inner is not None:
            yield from _keys(inner, path)
        elif isinstance(spec.shape, Mapped) and column.kind is not None:  # what the reader takes apart by itself
            yield from _keys(column.kind, f"{name}.ID.", without=("evidence", "hypothesis"))
    if kind is Member:
        yield Key("STATE", "date or -", "optional", REACHED.doc, REACHED.example)


def _inner(shape: Shape, name: str) -> tuple[type[Frozen] | None, str]:
    """Return the class of the objects that a shape consists of, if any, and the path to their keys."""
    if isinstance(shape, Nested):
        return shape.kind, f"{name}."
    if isinstance(shape, Listed) and isinstance(shape.of, Nested):
        return shape.of.kind, f"{name}.ID." if shape.keyed else f"{name}[]."
    if isinstance(shape, Mapped) and isinstance(shape.of, Nested):
        return shape.of.kind, f"{name}.ID."
    return None, name


def _describe(shape: Shape, column: InFile) -> str:
    """Say what a shape is: the kind of value, ``list (KIND)`` or ``mapping (KEY: KIND)``."""
    if isinstance(shape, Scalar):
        return shape.reads.kind
    if isinstance(shape, Listed):
        member = _describe(shape.of, column)
        return f"mapping (id: {member})" if shape.keyed else f"list ({member})"
    if isinstance(shape, Mapped):
        keys = f"{shape.every[0]} to {shape.every[-1]}" if shape.every else "id"
        return f"mapping ({keys}: {_describe(shape.of, column)})"
    return "mapping" if isinstance(shape, Nested) else column.form


def _needed(spec: Spec, *, in_table: bool) -> str:
    if spec.default is REQUIRED:
        return "required"
    if isinstance(spec.default, BetaPrior):
        return f"default: mean {spec.default.mean}, sd {spec.default.sd}"
    if spec.default is not None and spec.default not in ("", (), {}):
        return f"default: {spec.default}"
    return "may be blank" if in_table and not spec.column.may_lack else "optional"
