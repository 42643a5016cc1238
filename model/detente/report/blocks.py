"""The parts of a page that is made of topics: headings, paragraphs, tables, figures; and its two writers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from detente.report.specs import Figure
from detente.report.tables import Table


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


type Block = Heading | Formula | Definition | Table[Any] | Figure | str
"""A part of a topic; a text is a paragraph."""


@dataclass(frozen=True)
class Topic:
    """One topic: its name, what it is about, and its parts in order."""

    name: str
    about: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Page:
    """A page of topics: its title, its heading, the sentence below with a command, and what its topics are called."""

    title: str
    heading: str
    lede: str
    command: str
    parts: str
    topics: tuple[Topic, ...]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures in order."""
        return tuple(block for topic in self.topics for block in topic.blocks if isinstance(block, Figure))
