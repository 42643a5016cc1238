"""Columns: a field of a case's object declared once, and all that follows from the declaration.

An object is a frozen class.  Each of its fields that a file states is annotated with a :class:`InFile`; one that it may
leave out has a default::

    pollster: Annotated[Text, InFile("Who asked.", "House")]
    sample_size: Annotated[Whole | None, InFile("Number of respondents; blank if not published.", "1200")] = None

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
from functools import cache
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    Protocol,
    Self,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
)

from msgspec import NODEFAULT, Meta, StructMeta, field, structs

from detente.case.days import InvalidError
from detente.case.findings import Findings
from detente.case.values import Id, Reads, Text, one_of, words
from detente.errors import quoted
from detente.frozen import Immutable, required

REQUIRED: Final = object()
"""The default of a field that has none."""
UNREAD: Final = object()
"""What a text is read as that cannot be read."""
NOTHING: Final[Mapping[str, Any]] = types.MappingProxyType({})


class InFile(Immutable):
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


class _ByKeyword(StructMeta):
    """Lets a field with a default stand before one without, in every class of a kind."""

    def __new__(cls, *of: Any, **options: Any) -> type:  # noqa: ANN401 - what a class is made of
        """Make a class whose fields are given by keyword, which msgspec would have each class say."""
        return super().__new__(cls, *of, **{"kw_only": True, **options})


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Frozen(Immutable, metaclass=_ByKeyword, forbid_unknown_fields=True):
    """Base of every object of a case: immutable, and strict about unknown keys where it is read back from JSON."""

    @classmethod
    def rules(cls, row: Row[Self]) -> None:
        """Note what is wrong with one object by itself, its fields taken together."""

    @classmethod
    def read(cls, values: Mapping[str, Any], faulty: Collection[str] = ()) -> Self:
        """Build an object from values that its columns have read; what could not be read it does not have."""
        return cls.made(values, faulty)

    @classmethod
    def made(cls, values: Mapping[str, Any], faulty: Collection[str]) -> Self:
        """Build an object from its fields, without those that are faulty."""
        absent = {name for name in cls.__struct_fields__ if name in faulty} | (required(cls) - values.keys())
        made = cls(**{**values, **dict.fromkeys(absent)})
        for name in absent:
            getattr(cls, name).__delete__(made)
        return made

    def fields(self, kind: type[Frozen] | None = None) -> dict[str, Any]:
        """Return what it has of its fields, or of those of another ``kind``, by name."""
        names = (kind or type(self)).__struct_fields__
        return {name: getattr(self, name) for name in names if hasattr(self, name)}

    def changed(self, **fields: Any) -> Self:  # noqa: ANN401 - any field of its class
        """Return a copy with some fields replaced and nothing remembered; what this one does not have stays away."""
        try:
            return super().changed(**fields)
        except AttributeError:  # of a field that could not be read
            held = self.fields() | fields
            return type(self).made(held, set(self.__struct_fields__) - held.keys())


class Labelled(Frozen):
    """What prose calls by its label, else by the words of its id."""

    id: Id
    label: Text = ""

    def __post_init__(self) -> None:
        """Take the label from the id where none is stated."""
        if self.id and not self.label:
            structs.force_setattr(self, "label", words(self.id))


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
    return row.changed(replaced_on=None) if replaced_on and replaced_on > cutoff else row


class Scalar(Immutable):
    """A single value."""

    reads: Reads


class Nested(Immutable):
    """An object of its own."""

    kind: type[Frozen]


class Listed(Immutable):
    """A list of one shape; ``keyed``, a mapping from id to the rest of each."""

    of: Shape
    fewest: int
    keyed: bool


class Mapped(Immutable):
    """A mapping to one shape; ``key`` reads its keys (None: any), ``every`` are all of them where they are given."""

    key: Reads | None
    every: tuple[str, ...]
    of: Shape


class Raw(Immutable):
    """An entry that its class takes apart by itself."""


type Shape = Scalar | Nested | Listed | Mapped | Raw


class Spec(Immutable):
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


class Row[T](Immutable):
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
    stated = []
    for info in structs.fields(kind):
        column = next((part for part in getattr(info.type, "__metadata__", ()) if isinstance(part, InFile)), None)
        if column is not None:
            default = REQUIRED if info.required else {} if info.default is NODEFAULT else info.default
            stated.append(Spec(info.name, column.name or info.name, _shape(info.type, (), column), default, column))
    return tuple(stated)


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
        fewest = next((part.min_length for part in metadata if isinstance(part, Meta)), None) or 0
        return Listed(_shape(parts[0], (), column), fewest, column.keyed)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key = next((part for part in get_args(parts[0]) if isinstance(part, Reads)), None)
        words = get_args(get_args(parts[0])[0]) if key else ()
        return Mapped(key, tuple(map(str, words)), _shape(parts[1], (), column))
    return Raw() if annotation is Any else Nested(column.kind or annotation)
