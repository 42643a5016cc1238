"""Typed results as values that the json module can write."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from detente.case.columns import Frozen


def jsonable(value: Any) -> Any:  # noqa: ANN401 - whatever a result holds
    """Return dataclasses, objects of a case, tuples, dates and NumPy numbers as such values, without None fields.

    Pydantic could dump the objects of a case, but takes longer to build its serializers than to use them.
    """
    if isinstance(value, str | bool | int) or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(key): jsonable(v) for key, v in value.items()}
    if isinstance(value, tuple | list):
        return [jsonable(v) for v in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    names = _fields(type(value))
    return float(value) if names is None else {n: jsonable(v) for n in names if (v := getattr(value, n)) is not None}


def _fields(kind: type) -> tuple[str, ...] | None:
    """Return the names of a class's fields; None if it has none."""
    if issubclass(kind, Frozen):
        return tuple(kind.model_fields)
    return tuple(field.name for field in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else None
