"""The priors as forms: numbers of ``priors.yaml``, each by its path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.case.assessors import OWN
from detente.edit import ValueEdit
from detente.report.names import labels, winner_label
from detente.report.prose import capital, name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from detente.case import CaseRecord
    from detente.serve.desk import Snapshot

FILE = "priors.yaml"
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
    if record is None or FILE not in snapshot.contents:
        return ()
    text = snapshot.contents[FILE].decode("utf-8-sig", errors="replace")
    stated = {line.partition(":")[0] for line in text.splitlines() if line[:1].strip()}
    return tuple(form for form in _forms(record, snapshot.digests[FILE]) if form.numbers[0].path[0] in stated)


def _forms(record: CaseRecord, was: str) -> Iterator[PriorForm]:
    priors, called = record.priors, labels(record)
    if weights := _own_weights(record):
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


def _own_weights(record: CaseRecord) -> Mapping[str, float] | None:
    """Return the weights that ``priors.yaml`` states, which are not those of the pool; None where it states none."""
    if not record.assessors:
        return record.priors.hypotheses.weights
    return next((one.weights for one in record.assessors if one.id == OWN), None)


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
    return ValueEdit(FILE, form.get("was", ""), values)
