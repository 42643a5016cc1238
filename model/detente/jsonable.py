"""The edge where typed results become what the json module writes."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from detente.case.columns import Frozen


def jsonable(value: Any) -> Any:  # noqa: ANN401 - whatever a result holds
    """Turn dataclasses, a case's objects, tuples, dates and numpy numbers into plain values, without None fields.

    Pydantic would do the same with a case's objects, but spend longer on working out how than on doing it.
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
    """Return the names of a class's fields; None where it has none."""
    if issubclass(kind, Frozen):
        return tuple(kind.model_fields)
    return tuple(field.name for field in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else None
