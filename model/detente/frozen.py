"""Objects that cannot be changed once they are made: what is read, computed and handed on."""

from __future__ import annotations

from functools import cache
from typing import Any, Self, dataclass_transform

from msgspec import NODEFAULT, Struct, field, structs


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Immutable(Struct, frozen=True, dict=True):
    """Base of what cannot be changed once it is made, and remembers what it was asked for.

    Such a class is made in a thirtieth of the time of a dataclass, of which a short command makes dozens.
    """

    def changed(self, **fields: Any) -> Self:  # noqa: ANN401 - any field of its class
        """Return a copy with some fields replaced and nothing remembered."""
        return structs.replace(self, **fields)


@cache
def required(kind: type[Struct]) -> frozenset[str]:
    """Return the names of the fields that have no default."""
    names, defaults = kind.__struct_fields__, kind.__struct_defaults__  # of the last fields; `structs.fields` is slow
    optional = (
        name for name, default in zip(reversed(names), reversed(defaults), strict=False) if default is not NODEFAULT
    )
    return frozenset(names).difference(optional)
