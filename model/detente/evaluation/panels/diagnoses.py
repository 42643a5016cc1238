"""Diagnoses as a set: patients whose disease is known, and how often experts say its features are seen.

A patient is a question, the five candidate diseases are its hypotheses, each feature is an item, seen or looked for and
absent.  What experts say of a feature under a disease is a band of frequencies, which becomes a low, a mid and a high.
Patients with one disease make a group: their features are judged by the same entries.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Annotated, Literal

from detente.case.columns import Frozen, InFile, Row, objects
from detente.case.days import InvalidError
from detente.case.files import read_alone
from detente.case.set_tables import BETWEEN, EVIDENCE, LIKELIHOODS, QUESTIONS
from detente.case.template import slug
from detente.case.values import Reads, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

Band = Literal["obligate", "very_frequent", "frequent", "occasional", "very_rare", "excluded", "none"]

BANDS: dict[str, tuple[str, str, str]] = {
    "obligate": ("0.98", "0.99", "0.995"),
    "very_frequent": ("0.80", "0.90", "0.99"),
    "frequent": ("0.30", "0.545", "0.79"),
    "occasional": ("0.05", "0.17", "0.29"),
    "very_rare": ("0.01", "0.025", "0.04"),
    "excluded": ("0.001", "0.005", "0.02"),
    "none": ("0.005", "0.02", "0.08"),
}
"""Low, mid and high of each band: the edges and the middle of the frequencies it stands for.

The bands are those of Orphanet; ``none`` is a feature that the experts do not mention.
"""
CANDIDATES = 5
CLUSTER = "patient"


def index(text: str) -> int:
    """Read the place of a candidate, from 0."""
    if text not in map(str, range(CANDIDATES)):
        raise InvalidError(f"must be a whole number from 0 to {CANDIDATES - 1}")
    return int(text)


def flag(text: str) -> bool:
    """Read 1 or 0."""
    if text not in {"0", "1"}:
        raise InvalidError("must be 1 or 0")
    return text == "1"


Place = Annotated[int, Reads(index, f"0 to {CANDIDATES - 1}")]


class Feature(Frozen):
    """One row of the table: a feature of a patient, and its band under each candidate."""

    patient: Annotated[Text, InFile("The patient.", "p0084")]
    disease: Annotated[Text, InFile("The disease the patient has.", "ORPHA:110")]
    truth: Annotated[Place, InFile("Its place among the candidates.", "2")]
    five: Annotated[Text, InFile("The candidates.", "ORPHA:567|ORPHA:110|ORPHA:904|ORPHA:353277|ORPHA:353284")]
    item: Annotated[Text, InFile("The feature.", "HP:0000662")]
    seen: Annotated[bool, Reads(flag, "1 or 0"), InFile("1 if seen, 0 if looked for and absent.", "1")]
    band0: Annotated[Band, InFile("How often it is seen under the first candidate.", "frequent")]
    band1: Annotated[Band, InFile("Under the second.", "none")]
    band2: Annotated[Band, InFile("Under the third.", "none")]
    band3: Annotated[Band, InFile("Under the fourth.", "none")]
    band4: Annotated[Band, InFile("Under the fifth.", "none")]

    @classmethod
    def rules(cls, row: Row[Feature]) -> None:
        """Check that there are five candidates, and that the true one is the patient's."""
        if not row.sound("five", "truth", "disease"):
            return
        five = row.item.candidates
        if len(five) != CANDIDATES:
            row.add(f"five: must be {CANDIDATES} candidates with {BETWEEN} between them (got {len(five)})")
        elif five[row.item.truth] != row.item.disease:
            row.add(f"truth: the candidate at {row.item.truth} is {five[row.item.truth]}, not {row.item.disease}")

    @property
    def candidates(self) -> list[str]:
        """The candidates in order."""
        return self.five.split(BETWEEN)

    @property
    def bands(self) -> tuple[Band, ...]:
        """The band under each candidate, in order."""
        return self.band0, self.band1, self.band2, self.band3, self.band4


def write_diagnoses(table: Path, folder: Path, *, one_cluster: bool = False) -> int:
    """Write a table of diagnoses as the three tables of a set, and return the number of its questions.

    Parameters
    ----------
    table
        ``diagnoses.csv`` or ``diagnoses.csv.gz``, a row for each feature of a patient.
    folder
        The set's folder, made if it is not there; its tables are replaced.
    one_cluster
        Whether the items of a patient share one cause.

    Raises
    ------
    SetError
        If the table has problems.
    """
    patients: dict[str, list[Feature]] = {}
    for feature in objects(read_alone(table, Feature)):
        patients.setdefault(feature.patient, []).append(feature)
    folder.mkdir(parents=True, exist_ok=True)
    questions, evidence, likelihoods = [], [], []
    for patient, features in patients.items():
        names = [slug(name) for name in features[0].candidates]
        questions.append((patient, BETWEEN.join(names), names[features[0].truth], features[0].disease))
        for feature in features:
            item = slug(feature.item)
            evidence.append((patient, item, "yes" if feature.seen else "no", CLUSTER if one_cluster else ""))
            likelihoods += [
                (patient, item, name, *BANDS[band]) for name, band in zip(names, feature.bands, strict=True)
            ]
    _write(folder / QUESTIONS, ("id", "hypotheses", "truth", "group"), questions)
    _write(folder / EVIDENCE, ("question", "id", "observed", "cluster"), evidence)
    _write(folder / LIKELIHOODS, ("question", "evidence", "hypothesis", "low", "mid", "high"), likelihoods)
    return len(patients)


def _write(path: Path, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heads)
        writer.writerows(rows)
