"""The outline: which sections there are, in which order, and how a forecast becomes the whole document."""

from __future__ import annotations

import dataclasses
import string
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from detente.report.sections import (
    bottom_line,
    computation,
    evidence,
    front,
    judgements,
    method,
    outcomes,
    priors,
    reference,
    register,
)
from detente.report.specs import Document, Figure, Section

if TYPE_CHECKING:
    from detente.forecast.result import Forecast

Builder = Callable[["Forecast"], Any]

SECTIONS: tuple[tuple[str, str, Builder], ...] = (
    ("bottom_line", "Bottom line", bottom_line.build),
    ("judgements", "Key judgements", judgements.build),
    ("evidence", "Why: the evidence by weight", evidence.build),
    ("outcomes", "What may happen, and when", outcomes.build),
    ("method", "Method in plain words", method.build),
)
"""Id (its template and its anchor), title, builder; a builder that returns None leaves its section out."""

ANNEXES: tuple[tuple[str, str, Builder], ...] = (
    ("register", "Evidence register", register.build),
    ("priors", "Model and priors", priors.build),
    ("computation", "Computation", computation.build),
    ("reference", "Glossary, scales, and this report again", reference.build),
)


def document(forecast: Forecast) -> Document:
    """Build every section and number those that have something to say."""
    numbers = (str(number) for number in range(1, len(SECTIONS) + 1))
    letters = iter(string.ascii_uppercase)
    sections = (*_sections(forecast, SECTIONS, numbers), *_sections(forecast, ANNEXES, letters))
    return Document(front.build(forecast), sections, tuple(_figures([section.spec for section in sections])))


def _sections(
    forecast: Forecast, outline: tuple[tuple[str, str, Builder], ...], numbers: Iterator[str]
) -> Iterator[Section]:
    for section_id, title, builder in outline:
        spec = builder(forecast)
        if spec is not None:
            yield Section(section_id, next(numbers), title, spec)


def _figures(spec: object) -> Iterator[Figure]:
    """Yield the figures in a spec, in the order of its fields."""
    if isinstance(spec, Figure):
        yield spec
    elif isinstance(spec, list | tuple):
        for part in spec:
            yield from _figures(part)
    elif dataclasses.is_dataclass(spec) and not isinstance(spec, type):
        for field in dataclasses.fields(spec):
            yield from _figures(getattr(spec, field.name))
