"""Forms: one row of one file of a case as fields to fill in, and the numbers of ``priors.yaml``, each by its path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from detente.case.assessors import OWN
from detente.case.columns import specs
from detente.case.editing import row_at
from detente.case.reference import KINDS
from detente.case.template import slug
from detente.edit import ValueEdit
from detente.report.names import labels, winner_label
from detente.report.prose import capital, name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from detente.case import CaseRecord
    from detente.serve.desk import Snapshot

TABLES = {name: kind for name, (kind, _) in KINDS.items() if name.endswith(".csv")}
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


PRIORS = "priors.yaml"
SEPARATOR = "/"
"""Between the parts of a path in the name of a form's field: no id holds it."""


@dataclass(frozen=True)
class Number:
    """A number of the file: its path, what it is called, its value as typed, and whether it is a probability."""

    path: tuple[str, ...]
    label: str
    value: str
    is_share: bool = True

    @property
    def key(self) -> str:
        """The name of the form's field."""
        return SEPARATOR.join(self.path)


@dataclass(frozen=True)
class PriorForm:
    """Numbers that belong together, with the reason the case gives; ``sums`` where they must sum to one."""

    key: str
    title: str
    because: str
    numbers: tuple[Number, ...]
    was: str
    sums: bool = False

    @property
    def is_correlation(self) -> bool:
        """Tell whether it is about a cluster."""
        return self.numbers[0].path[0] == "dependence"


def prior_forms(snapshot: Snapshot) -> tuple[PriorForm, ...]:
    """Return the forms of the priors that ``priors.yaml`` states; what it leaves to a default is not among them."""
    record = snapshot.record
    if record is None or PRIORS not in snapshot.contents:
        return ()
    text = snapshot.contents[PRIORS].decode("utf-8-sig", errors="replace")
    stated = {line.partition(":")[0] for line in text.splitlines() if line[:1].strip()}
    return tuple(form for form in _forms(record, snapshot.digests[PRIORS]) if form.numbers[0].path[0] in stated)


def _forms(record: CaseRecord, was: str) -> Iterator[PriorForm]:
    priors, called = record.priors, labels(record)
    # With several assessors the weights in force are those of the pool; the file states the case's own, or none.
    own = next((one.weights for one in record.assessors if one.id == OWN), None)
    if weights := own if record.assessors else priors.hypotheses.weights:
        whose = ", as the case’s own assessor judges it" if record.is_pooled else ""
        yield PriorForm(
            "hypotheses", f"Prior of each explanation{whose}", priors.hypotheses.because,
            tuple(
                Number(("hypotheses", "weights", key), capital(called[key]), f"{weights[key]:g}")
                for key in priors.hypotheses.weights
            ),
            was, sums=True,
        )  # fmt: skip
    if priors.election is not None:
        yield PriorForm(
            "election", "Prior of each winner of the election", priors.election.because,
            tuple(
                Number(("election", "weights", key), capital(winner_label(record, key)), f"{value:g}")  # type: ignore[arg-type] # labels take either
                for key, value in priors.election.weights.items()
            ),
            was, sums=True,
        )  # fmt: skip
    discrimination = priors.discrimination
    yield PriorForm(
        "discrimination", "Discrimination: how far stated contrasts are trusted", discrimination.because,
        _pair(("discrimination",), discrimination.mean, discrimination.sd), was,
    )  # fmt: skip
    for key, prior in priors.dependence.items():
        about = "other clusters" if key == "default" else f"“{name(key)}”"
        yield PriorForm(
            f"dependence-{key}", f"Correlation within {about}", prior.because,
            _pair(("dependence", key), prior.mean, prior.sd), was,
        )  # fmt: skip


def _pair(path: tuple[str, ...], mean: float, sd: float) -> tuple[Number, ...]:
    return (
        Number((*path, "mean"), "Mean", f"{mean:g}"),
        Number((*path, "sd"), "Standard deviation", f"{sd:g}", is_share=False),
    )


def value_edit(form: Mapping[str, str]) -> ValueEdit:
    """Return the edit that a form of numbers asks for."""
    values = {
        tuple(key.removeprefix("value.").split(SEPARATOR)): value.strip()
        for key, value in form.items()
        if key.startswith("value.")
    }
    return ValueEdit(PRIORS, form.get("was", ""), values)
