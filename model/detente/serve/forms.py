"""Forms: one row of one file of a case as fields to fill in, each explained as the reference explains its column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from detente.case.assessors import WeightRow
from detente.case.calibration import CalibrationQuestion
from detente.case.columns import Frozen, specs
from detente.case.editing import row_at
from detente.case.evidence import EvidenceItem, LikelihoodRow
from detente.case.intensities import IntensityRow
from detente.case.outcomes import ResolutionRow
from detente.case.polls import Poll
from detente.case.processes import Event
from detente.case.reference_class import ExternalForecast, Member
from detente.case.template import slug
from detente.case.watch import WatchRow
from detente.report.prose import capital, name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from detente.serve.desk import Snapshot

TABLES: Mapping[str, type[Frozen]] = {
    "evidence.csv": EvidenceItem,
    "events.csv": Event,
    "polls.csv": Poll,
    "reference_class.csv": Member,
    "external_forecasts.csv": ExternalForecast,
    "resolutions.csv": ResolutionRow,
    "likelihoods.csv": LikelihoodRow,
    "intensities.csv": IntensityRow,
    "priors.csv": WeightRow,
    "calibration.csv": CalibrationQuestion,
    "watch.csv": WatchRow,
}
"""What a row of each table is."""
SLIDERS = frozenset({"low", "mid", "high"})
LONG = frozenset({"claim", "because", "indicator", "retracted_because", "resolution", "question"})
"""Columns that hold a sentence or more."""
CHOICES: Mapping[str, Sequence[str]] = {
    "observed": ("yes", "no"),
    "reliability": tuple("ABCDEF"),
    "credibility": tuple("123456"),
}


@dataclass(frozen=True)
class Field:
    """One cell: its column, what stands in it, what the reference says of it, and how it is filled in."""

    name: str
    value: str
    doc: str
    kind: Literal["text", "long", "choice", "probability"]
    choices: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What the field is called."""
        return "URL" if self.name == "url" else capital(name(self.name))


@dataclass(frozen=True)
class RowForm:
    """A row to edit: where it stands, the digest of its file, and its fields; ``key`` tells forms of a page apart."""

    key: str
    title: str
    file: str
    line: int
    was: str
    fields: tuple[Field, ...]


def row_form(snapshot: Snapshot, file: str, line: int, title: str, only: Iterable[str] = ()) -> RowForm | None:
    """Return the form of the row that begins on a line of a table; None where there is none."""
    content = snapshot.contents.get(file)
    kind = TABLES.get(file.rpartition("/")[2])
    row = row_at(content, line) if content is not None and kind is not None else None
    if row is None or kind is None:
        return None
    docs = {spec.name: spec.column.doc for spec in specs(kind)}
    lacking = {spec.name: "" for spec in specs(kind) if spec.column.may_lack}
    wanted = tuple(only) or tuple(row)
    cells = {**lacking, **row}
    fields = tuple(_field(snapshot, key, cells[key].strip(), docs.get(key, "")) for key in wanted if key in cells)
    return RowForm(f"{slug(file.removesuffix('.csv'))}-{line}", title, file, line, snapshot.digests[file], fields)


def _field(snapshot: Snapshot, key: str, value: str, doc: str) -> Field:
    choices = CHOICES.get(key, ())
    if key == "cluster" and snapshot.record is not None:
        choices = ("", *snapshot.record.clusters)
    if choices and (not value or value in choices):
        return Field(key, value, doc, "choice", tuple(choices))
    if key in SLIDERS:
        return Field(key, value, doc, "probability")
    return Field(key, value, doc, "long" if key in LONG else "text")
