"""Columns: a field of a case's object declared once, and all that follows from the declaration.

An object is a frozen class.  Each of its fields that a file must state is annotated with a :class:`InFile`, and one
that it may leave out has :func:`optional` for its default::

    pollster: Annotated[Text, InFile("Who asked.", "House")]
    sample_size: Whole | None = optional("Number of respondents; blank if not published.", "1200")

The type says how the text is read (:mod:`detente.case.values`), the default what a blank means; from these come the
readers of tables (:mod:`detente.case.tables`) and of YAML (:mod:`detente.case.mappings`), their errors, and the
reference of the file formats (:mod:`detente.case.reference`).  What rules an object obeys by itself, its class says in
``rules``.
"""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Final, Literal, NamedTuple, Protocol, Self, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticUndefined

from detente.case.days import InvalidError
from detente.case.findings import Findings
from detente.case.values import Reads, one_of
from detente.errors import quoted

REQUIRED: Final = object()
"""The default of a field that has none."""
UNREAD: Final = object()
"""What a text is read as that cannot be read."""
NOTHING: Final[Mapping[str, Any]] = types.MappingProxyType({})


@dataclass(frozen=True)
class InFile:
    """What a field is in a file: one line on it and an example.

    ``name`` is what the file calls it, where that is not the field's own name.  A column that ``may_lack`` need not be
    there at all.  A mapping may have no key that is ``reserved``, for the reason given, and a list without a member is
    a problem of the words ``empty``.  ``kind`` is the class in the file, where the object's is another; a list of a
    ``keyed`` kind is a mapping in the file, by id.  ``form`` is what a member looks like that the class takes apart by
    itself.  A header may call the column by one of the names ``also``.
    """

    doc: str
    example: str = ""
    name: str = ""
    may_lack: bool = False
    keyed: bool = False
    reserved: Mapping[str, str] = field(default_factory=dict)
    empty: str = ""
    kind: type[Frozen] | None = None
    form: str = ""
    also: tuple[str, ...] = ()


def optional(doc: str, example: str = "", **more: Any) -> Any:  # noqa: ANN401 - as the field's own annotation says
    """Return the default of a field that a file may leave out, None or another, with what it is in a file.

    Of ``more``, ``default`` or ``factory`` give the default; the rest are fields of :class:`InFile`.
    """
    factory = more.pop("factory", None)
    stated: Any = Field(default_factory=factory) if factory else Field(default=more.pop("default", None))
    stated.metadata.append(InFile(doc, example, **more))
    return stated


class Frozen(BaseModel):
    """Base of every object of a case: immutable, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    @classmethod
    def rules(cls, row: Row[Self]) -> None:
        """Note what is wrong with one object by itself, its fields taken together."""

    @classmethod
    def read(cls, values: Mapping[str, Any], faulty: Collection[str] = ()) -> Self:
        """Build an object from values that its columns have read; what could not be read it does not have.

        Pydantic's own ``model_construct`` does the same in four times the time.
        """
        known = {**_defaults(cls), **values}
        for name, factory in _factories(cls):
            if known.get(name) is None and name not in faulty and "id" in values:
                known[name] = factory(values)
        for name in faulty:
            known.pop(name, None)
        made = cls.__new__(cls)
        put = object.__setattr__
        put(made, "__dict__", known)
        put(made, "__pydantic_fields_set__", _stated(tuple(values)))
        put(made, "__pydantic_extra__", None)
        put(made, "__pydantic_private__", None)
        return made

    def __getstate__(self) -> dict[Any, Any]:
        """Pack the fields alone: what an object remembers of its own working out may be growing in another thread."""
        state, names = super().__getstate__(), type(self).model_fields
        return {**state, "__dict__": {name: self.__dict__[name] for name in names if name in self.__dict__}}


class Correctable(Protocol):
    """A row of a table that a later one may correct: known from a day on, replaced from another."""

    @property
    def known_on(self) -> dt.date:
        """The day from which it was known."""

    @property
    def replaced_on(self) -> dt.date | None:
        """The day from which a corrected row stands in its place."""


def stands(row: Correctable, cutoff: dt.date) -> bool:
    """Tell whether a row was known on a day, and not yet corrected."""
    return row.known_on <= cutoff and (row.replaced_on is None or cutoff < row.replaced_on)


def unreplaced[T: Frozen](row: T, cutoff: dt.date) -> T:
    """Return a row as it stood on a day: a later correction was not known."""
    replaced_on = getattr(row, "replaced_on", None)
    return row.model_copy(update={"replaced_on": None}) if replaced_on and replaced_on > cutoff else row


class Scalar(NamedTuple):
    """A single value."""

    reads: Reads


class Nested(NamedTuple):
    """An object of its own."""

    kind: type[Frozen]


class Listed(NamedTuple):
    """A list of one shape; ``keyed``, a mapping from id to the rest of each."""

    of: Shape
    fewest: int
    keyed: bool


class Mapped(NamedTuple):
    """A mapping to one shape; ``key`` reads its keys (None: any), ``every`` are all of them where they are given."""

    key: Reads | None
    every: tuple[str, ...]
    of: Shape


class Raw(NamedTuple):
    """An entry that its class takes apart by itself."""


type Shape = Scalar | Nested | Listed | Mapped | Raw


class Spec(NamedTuple):
    """A field of a class as its file has it: the field's name, the file's name for it, shape and default."""

    field: str
    name: str
    shape: Shape
    default: Any
    column: InFile

    @property
    def reader(self) -> Reads:
        """How its text is read; only of a single value."""
        assert isinstance(self.shape, Scalar)  # noqa: S101 - a table has nothing else
        return self.shape.reads


class Row[T](NamedTuple):
    """An object as far as it could be read, and where it stands.

    ``faulty`` names the fields with which something is wrong; ``parts`` has what a field consists of, each part a row
    of its own, by key or id.  ``extra`` are values of columns that no field declares.
    """

    item: T
    findings: Findings
    line: int = 0
    path: str = ""
    lines: Mapping[str, int] = NOTHING
    parts: Mapping[str, Mapping[str, Row[Any]]] = NOTHING
    faulty: AbstractSet[str] = frozenset()
    extra: Mapping[str, Any] = NOTHING

    def sound(self, *names: str) -> bool:
        """Tell whether fields could be read, and so may be asked for."""
        return self.faulty.isdisjoint(names)

    def at(self, name: str) -> int:
        """Return the line of a field."""
        return self.lines.get(name, self.line)

    def part(self, name: str) -> Row[Any] | None:
        """Return the one part of a field that holds an object, where it is there."""
        return self.parts.get(name, {}).get("")

    def all(self, name: str) -> Iterable[tuple[str, Row[Any]]]:
        """Return the parts of a field that holds several, by key or id."""
        return self.parts.get(name, {}).items()

    def add(self, message: str, at: str = "", about: str = "", remedy: str = "") -> None:
        """Note a problem on the line of a field, or of the whole; see :meth:`Findings.add`."""
        self.findings.add(self.at(at), message, about, remedy)

    def unknown(
        self, message: str, text: str, known: Collection[str], at: str = "", remedy: str = "", hint: str = ""
    ) -> None:
        """Note a name that is not among the known ones; see :meth:`Findings.unknown`."""
        self.findings.unknown(self.at(at), message, text, known, remedy, hint)


@cache
def specs(kind: type[Frozen]) -> tuple[Spec, ...]:
    """Return what a file may state of a class, in the order declared."""
    fields = []
    for name, info in kind.model_fields.items():
        column = next((part for part in info.metadata if isinstance(part, InFile)), None)
        if column is None:
            continue
        shape = _shape(info.annotation, info.metadata, column)
        default = REQUIRED if info.default is PydanticUndefined else info.default
        if info.default_factory is not None:
            default = {} if isinstance(shape, Mapped) else None
        fields.append(Spec(name, column.name or name, shape, default, column))
    return tuple(fields)


def read_text(reads: Reads, text: str, default: Any, line: int, label: str, findings: Findings) -> Any:  # noqa: ANN401
    """Read the text of one field; note what is wrong and return UNREAD where it cannot be read."""
    if not text:
        if default is not REQUIRED:
            return default
        findings.add(line, f"{label}: must not be blank")
        return UNREAD
    try:
        return reads.read(text)
    except InvalidError as error:
        findings.wrong(line, label, str(error), text)
        return UNREAD


def objects[T](rows: Iterable[Row[T]]) -> tuple[T, ...]:
    """Return what rows hold."""
    return tuple(row.item for row in rows)


def unique[T: Frozen](rows: Iterable[Row[T]]) -> dict[str, Row[T]]:
    """Return rows by their id; one that stands twice is a problem.  Without an id a row stands under its place."""
    first: dict[str, Row[T]] = {}
    for place, row in enumerate(rows):
        name: str = row.item.id if row.sound("id") else f"#{place}"  # type: ignore[attr-defined] # only what has an id is asked
        if name in first:
            row.add(f"id: {quoted(name)} is a duplicate of line {first[name].line}", at="id")
        else:
            first[name] = row
    return first


@cache
def _stated(names: tuple[str, ...]) -> set[str]:
    """Return the names as the set that pydantic asks for, one for all objects that state the same: it copies it."""
    return set(names)


@cache
def _defaults(kind: type[Frozen]) -> Mapping[str, Any]:
    return {
        name: info.default if info.default_factory is None else info.default_factory()  # type: ignore[call-arg] # below
        for name, info in kind.model_fields.items()
        if not info.is_required() and not info.default_factory_takes_validated_data
    }


@cache
def _factories(kind: type[Frozen]) -> tuple[tuple[str, Any], ...]:
    return tuple(
        (name, info.default_factory)
        for name, info in kind.model_fields.items()
        if info.default_factory_takes_validated_data
    )


def _shape(annotation: Any, metadata: Iterable[Any], column: InFile) -> Shape:  # noqa: ANN401 - any type, of seven kinds
    """Work out what an annotation asks for."""
    if get_origin(annotation) is Annotated:
        annotation, *inner = get_args(annotation)
        metadata = (*inner, *metadata)
    metadata = tuple(metadata)
    origin, parts = get_origin(annotation), get_args(annotation)
    reads = next((part for part in metadata if isinstance(part, Reads)), None)
    if reads is not None:
        return Scalar(reads)
    if origin is Literal:
        return Scalar(Reads(one_of(*parts), f"{', '.join(parts[:-1])} or {parts[-1]}"))
    if origin in {Union, types.UnionType}:
        return _shape(next(part for part in parts if part is not type(None)), metadata, column)
    if origin is tuple:
        fewest = next((part.min_length for part in metadata if hasattr(part, "min_length")), 0)
        return Listed(_shape(parts[0], (), column), fewest, column.keyed)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key = next((part for part in get_args(parts[0]) if isinstance(part, Reads)), None)
        words = get_args(get_args(parts[0])[0]) if key else ()
        return Mapped(key, tuple(map(str, words)), _shape(parts[1], (), column))
    return Raw() if annotation is Any else Nested(column.kind or annotation)
