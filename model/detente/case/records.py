"""Records: named fields with the line each stands on, read alike from a CSV row and a YAML mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from detente.case.findings import Findings
from detente.case.values import InvalidError, Reader

REQUIRED: Final = object()
"""The default of a field that has none."""


class Field(NamedTuple):
    """A column or key: its name, how to read its text, and what it means to leave it blank.

    A field without a reader is a nested part of a YAML mapping and is handed on as it is.  A column that ``may_lack``
    need not be there at all.
    """

    name: str
    read: Reader | None = None
    default: Any = REQUIRED
    may_lack: bool = False


class Record(NamedTuple):
    """One row or mapping: the fields that could be read, and the lines they stand on."""

    line: int
    values: Mapping[str, Any]
    lines: Mapping[str, int]

    def get(self, name: str) -> Any:  # noqa: ANN401 - typed by the field's reader
        """Return a field, or None where it is blank or could not be read."""
        return self.values.get(name)

    def at(self, name: str) -> int:
        """Return the line of a field."""
        return self.lines.get(name, self.line)


def read_text(field: Field, text: str, line: int, findings: Findings, label: str = "") -> Any:  # noqa: ANN401 - see Record
    """Read the text of one field; note what is wrong and return None where it cannot be read."""
    if not text:
        if field.default is REQUIRED:
            findings.add(line, f"{label or field.name}: must not be blank")
            return None
        return field.default
    if field.read is None:  # pragma: no cover - nested fields are not text
        return text
    try:
        return field.read(text)
    except InvalidError as error:
        findings.wrong(line, label or field.name, str(error), text)
        return None
