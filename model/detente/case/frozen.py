"""Frozen objects with annotated fields, which pydantic checks where JSON is read back.

To load pydantic, and to have it look at every class, takes longer than to read a case, whose values the readers of
files have checked: it is loaded when it is first needed.
"""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from functools import cache
from inspect import get_annotations
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple, Self, get_args, get_origin

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, TypeAdapter

NONE: Final = object()
"""What a field begins as that must be given."""


class Bounds:
    """What pydantic is to check of a value, by the names that its ``Field`` has for it."""

    __is_annotated_types_grouped_metadata__ = True

    def __init__(self, **limits: Any) -> None:  # noqa: ANN401 - as pydantic has them
        """Keep the limits for pydantic."""
        self.limits = limits

    def __iter__(self) -> Iterator[Any]:
        """Yield what pydantic makes of the limits."""
        from pydantic import Field, StringConstraints

        yield from (
            StringConstraints(**self.limits) if "strip_whitespace" in self.limits else Field(**self.limits).metadata
        )


class Default(NamedTuple):
    """What a field is that was not given: a value, what ``factory`` returns, or what ``made_of`` makes of the others.

    ``metadata`` adds to what the field's annotation says.
    """

    value: Any = None
    factory: Callable[[], Any] | None = None
    made_of: Callable[[Mapping[str, Any]], Any] | None = None
    metadata: tuple[Any, ...] = ()


class FieldOf(NamedTuple):
    """A field of a class: its type, what is annotated beside it, and its default, None where it must be given."""

    annotation: Any
    metadata: tuple[Any, ...]
    default: Default | None


class _Fields:
    """The fields of whichever class they are asked of."""

    def __get__(self, _: object, kind: type) -> Mapping[str, FieldOf]:
        return fields_of(kind)


def made_by(factory: Callable[[], Any]) -> Any:  # noqa: ANN401 - as the field's own annotation says
    """Return the default of a field that is made by a call."""
    return Default(factory=factory)


if TYPE_CHECKING:
    # mypy takes these classes for pydantic's, whose constructors it knows.
    class HeldByPydantic(BaseModel):
        """As :class:`Held`."""

        model_config = ConfigDict(frozen=True, extra="forbid")

        @classmethod
        def read(cls, values: Mapping[str, Any], faulty: Collection[str] = ()) -> Self:
            """As :meth:`Held.read`."""

    Held = HeldByPydantic
else:

    class Held:
        """An object that is immutable, and strict about unknown names."""

        model_fields = _Fields()

        def __init_subclass__(cls) -> None:
            """Take the defaults out of the class: an object whose field could not be read has none."""
            cls._begin_as = {name: vars(cls).get(name, NONE) for name in cls.__annotations__}
            for name in cls._begin_as.keys() & vars(cls).keys():
                delattr(cls, name)

        def __init__(self, **values: Any) -> None:  # noqa: ANN401 - pydantic's signature
            """Have pydantic check values, and hold them."""
            vars(self).update(vars(_checked(type(self))(**values)))

        @classmethod
        def read(cls, values: Mapping[str, Any], faulty: Collection[str] = ()) -> Self:
            """Build an object from values that its columns have read; what could not be read it does not have."""
            known = {**_defaults(cls), **values}
            for name, make in _made(cls):
                if known.get(name) is None and name not in faulty and "id" in values:
                    known[name] = make(values)
            for name in faulty:
                known.pop(name, None)
            return cls._holding(known)

        @classmethod
        def _holding(cls, values: Mapping[str, Any]) -> Self:
            made = cls.__new__(cls)
            vars(made).update(values)
            return made

        @classmethod
        def model_construct(cls, **values: Any) -> Self:  # noqa: ANN401 - pydantic's signature
            """Build an object from values that are not checked."""
            return cls.read(values)

        @classmethod
        def model_validate(cls, values: object) -> Self:
            """Return the object that values are, checked."""
            return _adapter(cls).validate_python(values)

        def model_dump(self, **how: Any) -> Any:  # noqa: ANN401 - pydantic's signature
            """Return the fields as values, as pydantic writes them."""
            return _adapter(type(self)).dump_python(self, **how)

        def model_dump_json(self, **how: Any) -> str:  # noqa: ANN401 - pydantic's signature
            """Return the same as JSON."""
            return _adapter(type(self)).dump_json(self, **how).decode()

        def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self:
            """Return a copy in which some fields are others, which are not checked."""
            return self._holding({**vars(self), **(update or {})})

        @classmethod
        def __get_pydantic_core_schema__(cls, _: object, handler: GetCoreSchemaHandler) -> Any:  # noqa: ANN401 - pydantic's signature
            """Tell pydantic how to check what is to be such an object, and how to write one."""
            from pydantic_core import core_schema

            checked = _checked(cls)
            schema = handler.generate_schema(checked)

            def take(value: object, check: Callable[[object], object]) -> object:
                return value if isinstance(value, cls) else cls._holding(vars(check(value)))

            def give(value: Held) -> BaseModel:
                return checked.model_construct(**value.__getstate__())

            written = core_schema.plain_serializer_function_ser_schema(give, return_schema=schema)
            return core_schema.no_info_wrap_validator_function(take, schema, serialization=written)

        def __setattr__(self, name: str, value: object) -> None:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")

        def __delattr__(self, name: str) -> None:
            raise FrozenInstanceError(f"cannot delete field {name!r}")

        def __eq__(self, other: object) -> bool:
            if type(self) is not type(other):
                return False
            return vars(self) == vars(other) or self.__getstate__() == other.__getstate__()

        def __hash__(self) -> int:
            return hash((type(self), *self.__getstate__().values()))

        def __iter__(self) -> Iterator[tuple[str, Any]]:
            yield from self.__getstate__().items()

        def __repr__(self) -> str:
            fields = ", ".join(f"{name}={value!r}" for name, value in self.__getstate__().items())
            return f"{type(self).__name__}({fields})"

        def __getstate__(self) -> dict[str, Any]:
            """Return the fields alone: what an object remembers of its own working out may grow in another thread."""
            held = vars(self)
            return {name: held[name] for name in fields_of(type(self)) if name in held}


@cache
def fields_of(kind: type[Held]) -> dict[str, FieldOf]:
    """Return the fields of a class, those it inherits first."""
    inherited = [fields_of(base) for base in reversed(kind.__bases__) if issubclass(base, Held)]
    fields = {name: field for of_base in inherited for name, field in of_base.items()}
    hints: dict[str, Any] = get_annotations(kind, eval_str=True)
    for name, hint in hints.items():
        annotation, *metadata = get_args(hint) if get_origin(hint) is Annotated else (hint,)
        value = vars(kind)["_begin_as"][name]
        default = value if isinstance(value, Default) else None if value is NONE else Default(value)
        fields[name] = FieldOf(annotation, (*metadata, *(default.metadata if default else ())), default)
    return fields


@cache
def _defaults(kind: type[Held]) -> dict[str, Any]:
    """Return the defaults of a class that do not depend on what is given."""
    known = ((name, field.default) for name, field in fields_of(kind).items())
    return {
        name: default.factory() if default.factory else default.value
        for name, default in known
        if default and not default.made_of
    }


@cache
def _made(kind: type[Held]) -> tuple[tuple[str, Callable[[Mapping[str, Any]], Any]], ...]:
    """Return the fields of a class that are made of the others, and what makes them."""
    known = ((name, field.default) for name, field in fields_of(kind).items())
    return tuple((name, default.made_of) for name, default in known if default and default.made_of)


@cache
def _checked(kind: type[Held]) -> type[BaseModel]:
    """Return the class by which pydantic checks the fields of another."""
    from pydantic import ConfigDict, Field, create_model

    config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)
    stated: dict[str, Any] = {}
    for name, (annotation, metadata, default) in fields_of(kind).items():
        hint: Any = Annotated[annotation, *metadata] if metadata else annotation
        if default is None:
            stated[name] = (hint, ...)
        elif make := default.factory or default.made_of:
            stated[name] = (hint, Field(default_factory=make))
        else:
            stated[name] = (hint, default.value)
    return create_model(kind.__name__, __config__=config, __module__=kind.__module__, **stated)


@cache
def _adapter(kind: type[Held]) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
