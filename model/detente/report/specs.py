"""What templates are given: figures with their words, and the sections of a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from detente.forecast.result import Forecast
    from detente.report.names import ElectionView
    from detente.report.tables import Table


class Drawing(Protocol):
    """What a figure shows, as data; it knows how to draw itself."""

    def draw(self) -> Canvas:
        """Return the matplotlib figure."""
        ...


@dataclass(frozen=True)
class Figure:
    """A figure: file name, a title that says the finding, a description for those who cannot see it, data, a key."""

    name: str
    title: str
    description: str
    drawing: Drawing
    data: Table[Any] | None = None
    note: str = ""


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
