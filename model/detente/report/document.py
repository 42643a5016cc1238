"""The outline: which sections there are, in which order, and how a forecast becomes the whole document."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from detente.report.names import election
from detente.report.sections import (
    assessors,
    bottom_line,
    computation,
    evidence,
    fragility,
    judgements,
    method,
    outcomes,
    outside_view,
    priors,
    sensitivity,
    track_record,
    watch,
)
from detente.report.specs import Document, Section, figures_of

if TYPE_CHECKING:
    from detente.dossier import Dossier

Builder = Callable[["Dossier"], Any]

SECTIONS: tuple[tuple[str, str, Builder], ...] = (
    ("bottom_line", "Bottom line", bottom_line.build),
    ("judgements", "Key judgements", judgements.build),
    ("fragility", "How fragile", fragility.build),
    ("evidence", "Why: the evidence by weight", evidence.build),
    ("outcomes", "What will happen, and when", outcomes.build),
    ("watch", "What would change our mind", watch.build),
    ("alternatives", "Alternatives and key assumptions", fragility.alternatives),
    ("sensitivity", "Sensitivity", sensitivity.build),
    ("outside_view", "Outside view and baselines", outside_view.build),
    ("track_record", "Track record", track_record.build),
    ("method", "Method in plain words", method.build),
    ("assessors", "The assessors", assessors.build),
)
"""Id (its template and its anchor), title, builder.

The numbers are the places in this list and never change.  A section whose builder returns None keeps its number and
says in a sentence of ``templates/absent.j2`` what it would need; those in :data:`LEFT_OUT` are then left out.
"""
LEFT_OUT = frozenset({"assessors"})
"""Sections that most cases have no input for: only several people can differ."""

BRIEF = frozenset({"bottom_line", "judgements", "fragility"})
"""Sections of the first printed page."""

ANNEXES: tuple[tuple[str, str, Builder], ...] = (
    ("register", "Evidence register", evidence.register),
    ("priors", "Model and priors", priors.build),
    ("computation", "Computation", computation.build),
    ("reference", "Scales, glossary, and how to reproduce this report", method.reference),
)


def document(dossier: Dossier) -> Document:
    """Build and number every section."""
    numbered = zip(
        (*map(str, range(1, len(SECTIONS) + 1)), *string.ascii_uppercase), (*SECTIONS, *ANNEXES), strict=False
    )
    built = (Section(section_id, number, title, builder(dossier)) for number, (section_id, title, builder) in numbered)
    sections = tuple(one for one in built if one.spec is not None or one.id not in LEFT_OUT)
    figures = tuple(figure for section in sections for figure in figures_of(section.spec))
    return Document(dossier.forecast, election(dossier.forecast), sections, figures)
