"""The reference of the file formats: it has every file and column, and its examples can be read."""

from __future__ import annotations

import csv
import io

import pytest

from detente.case.columns import Scalar, specs
from detente.case.files import FILES, OPTIONAL
from detente.case.findings import Findings
from detente.case.reference import KINDS, bulletin_format, file_formats
from detente.case.tables import read_table

TABLES = [name for name in KINDS if name.endswith(".csv")]


def test_every_file_is_described():
    named = [(entry.folder, entry.name, entry.required) for entry in file_formats()]
    assert named == [(folder, name, name not in OPTIONAL) for folder, names in FILES.items() for name in names]


@pytest.mark.parametrize("entry", [*file_formats(), bulletin_format()], ids=lambda entry: entry.name)
def test_every_key_has_a_line_in_a_sentence(entry):
    assert entry.doc.endswith(".")
    assert [key.name for key in entry.keys if not key.doc.endswith(".") or not key.kind] == []
    names = [key.name for key in entry.keys]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", TABLES)
def test_the_examples_of_a_table_are_a_row_of_it(name):
    kind = KINDS[name][0]
    stream, findings = io.StringIO(), Findings(name)
    columns = specs(kind)
    csv.writer(stream).writerows([[spec.name for spec in columns], [spec.column.example for spec in columns]])
    assert len(read_table(stream.getvalue(), kind, findings)) == 1
    assert findings.problems == []


def test_the_examples_of_single_values_can_be_read():
    for kind, _ in KINDS.values():
        for spec in specs(kind):
            if isinstance(spec.shape, Scalar) and spec.column.example:
                spec.shape.reads.read(spec.column.example)


def test_what_the_issue_missed_is_there():
    keys = {entry.name: {key.name: key for key in entry.keys} for entry in file_formats()}
    assert keys["priors.yaml"]["polls.kind_sd"].kind == "mapping (id: number, 0 or more)"
    assert keys["priors.yaml"]["assumed_mass"].needed == "optional"
    assert keys["calibration.csv"]["mass"].needed == "default: 0.9"
    assert keys["case.yaml"]["election.schedule[].known_from"].needed == "required"
    assert keys["case.yaml"]["processes.ID.start.state"].example == "envoys_met"
    assert keys["reference_class.csv"]["STATE"].kind == "date or -"
    assert keys["evidence.csv"]["actor"].needed == "may be blank"
    assert keys["evidence.csv"]["retracted_on"].needed == "optional"
    bulletin = {key.name for key in bulletin_format().keys}
    assert {"evidence[].likelihoods.ID.mid", "retractions[].because", "schedule[].date"} <= bulletin
