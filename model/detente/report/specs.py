"""What templates are given: figures with their words, the sections of a report, and the topics of another page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.report.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matplotlib.figure import Figure as Canvas

    from detente.forecast.result import Forecast
    from detente.report.names import ElectionView


@dataclass(frozen=True)
class Figure:
    """A figure: file name, a title that says the finding, a description for those who cannot see it, data, a key.

    ``drawing`` returns it as matplotlib has it.
    """

    name: str
    title: str
    description: str
    drawing: Callable[[], Canvas]
    data: Table[Any] | None = None
    note: str = ""


def figures_of(spec: object) -> Iterator[Figure]:
    """Yield the figures among the values of a section, and of the parts that a section is made of."""
    for value in () if spec is None else vars(spec).values():
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Figure):
                yield part
            elif getattr(part, "figure", None):
                yield part.figure


@dataclass(frozen=True)
class Section:
    """A numbered section: ``id`` names its template and its anchor.

    ``spec`` is what its builder made, None where its input does not exist.
    """

    id: str
    number: str
    title: str
    spec: Any

    @property
    def label(self) -> str:
        """How the text refers to it."""
        return f"annex {self.number}" if self.number.isalpha() else f"section {self.number}"


@dataclass(frozen=True)
class Document:
    """The whole report."""

    forecast: Forecast
    election: ElectionView
    sections: tuple[Section, ...]
    figures: tuple[Figure, ...]

    def see(self, section_id: str) -> Section | None:
        """Return the section of that id to refer to, or None where it has nothing to say."""
        return next((s for s in self.sections if s.id == section_id and s.spec is not None), None)


@dataclass(frozen=True)
class Heading:
    """The heading of what follows."""

    heading: str


@dataclass(frozen=True)
class Formula:
    """Lines that are shown as they stand: a formula, or what a file holds."""

    kept: str


@dataclass(frozen=True)
class Definition:
    """A term or the name of a key, what is said of it in brackets, and what it means."""

    term: str
    detail: str
    meaning: str


type Block = Heading | Formula | Definition | Table[Any] | str
"""A part of a topic; a text is a paragraph."""


@dataclass(frozen=True)
class Topic:
    """One topic: its name, what it is about, and its parts in order, or what its template is given."""

    name: str
    about: str
    blocks: tuple[Block, ...] = ()
    spec: Any = None


@dataclass(frozen=True)
class Page:
    """A page of topics: its title, its heading, the sentence below with a command, and what its topics are called."""

    title: str
    heading: str
    lede: str
    command: str
    parts: str
    topics: tuple[Topic, ...]
