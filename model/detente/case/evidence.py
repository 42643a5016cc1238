"""Evidence: the items of the record, and how likely each would be seen under each hypothesis."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Literal

from detente.case.columns import Frozen, InFile, Row, stands, unreplaced
from detente.case.values import (
    Credibility,
    Date,
    Id,
    Note,
    Quotation,
    Reliability,
    Text,
    WebAddress,
    YesNo,
)
from detente.frozen import Immutable

if TYPE_CHECKING:
    from detente.case.question import Declared

_DATED = re.compile(r"\(?dat(ed|ing)\b", re.IGNORECASE)
"""How a note on dating begins, which is no source: ``dated by the reply of 11 August``."""


class EvidenceItem(Frozen):
    """One dated indicator: seen, or looked for and absent; withdrawn from ``retracted_on`` on."""

    id: Annotated[Id, InFile("Its name in the other tables.", "envoys_named")]
    date: Annotated[Date, InFile("When it became known.", "2026-02-20")]
    cluster: Annotated[
        Id | None, InFile("The cause it shares with others, declared in case.yaml; blank if none.", "announcements")
    ] = None
    observed: Annotated[YesNo, InFile("yes if seen, no if looked for and absent.", "yes")]
    reliability: Annotated[Reliability, InFile("Of the source: Admiralty letter, A (best) to E, F unknown.", "B")]
    credibility: Annotated[Credibility, InFile("Of the report: Admiralty digit, 1 (best) to 5, 6 unknown.", "2")]
    actor: Annotated[Note, InFile("Who acted.", "Arvenian foreign ministry")] = ""
    source: Annotated[
        Text,
        InFile(
            "Where it was reported; several sources are parted by ;. A part that begins with `dated` is a note on the "
            "date, and no source.",
            "Gazette of 20 February 2026",
        ),
    ]
    locator: Annotated[Note, InFile("Where in the source.", "p3")] = ""
    claim: Annotated[Text, InFile("What is claimed, in one sentence of one's own.", "Arvenia named its envoys.")]
    url: Annotated[
        WebAddress | None,
        InFile("The page where it was reported; the register links it.", "https://example.org/envoys", may_lack=True),
    ] = None
    quote: Annotated[
        Quotation | None,
        InFile(
            "Words of the source, at most 25, which the register shows in quotation marks.",
            "We have named our envoys.",
            may_lack=True,
        ),
    ] = None
    expected_by: Annotated[
        Date | None,
        InFile("The day by which it was expected: an absence counts once that day has passed.", "2026-02-28"),
    ] = None
    loading: Annotated[
        Literal["+", "-"] | None,
        InFile(
            "Which way the common cause of its cluster pulls on it (judgements tell how much); blank: as it speaks.",
            "+",
            may_lack=True,
        ),
    ] = None
    retracted_on: Annotated[
        Date | None, InFile("The day from which it counts no more.", "2026-02-25", may_lack=True)
    ] = None
    retracted_because: Annotated[
        Text | None, InFile("Why it was withdrawn.", "The Gazette corrected itself.", may_lack=True)
    ] = None

    known_from: Annotated[
        Date | None, InFile("The day from which a correction was known; blank: its date.", "2026-02-21", may_lack=True)
    ] = None
    replaced_on: Annotated[
        Date | None, InFile("The day from which a corrected row stands in its place.", "2026-03-05", may_lack=True)
    ] = None

    @classmethod
    def rules(cls, row: Row[EvidenceItem]) -> None:
        """Check that a retraction has a day and a reason, and does not come before the item."""
        names, item = ("retracted_on", "retracted_because"), row.item
        blank = [name for name in names if row.sound(name) and getattr(item, name) is None]
        if len(blank) == 1:
            other = next(name for name in names if name not in blank)
            row.add(f"{blank[0]}: must not be blank when {other} is given")
        if row.sound("date", "retracted_on") and item.retracted_on is not None and item.retracted_on < item.date:
            row.add(f"retracted_on: must not be earlier than date, {item.date} (got {item.retracted_on})")

    @property
    def sources(self) -> tuple[str, ...]:
        """Who reported it, one by one: the parts of ``source`` between semicolons, less notes on how it was dated."""
        parts = (part.strip() for part in self.source.split(";"))
        return tuple(part for part in parts if part and not _DATED.match(part))

    @property
    def gist(self) -> str:
        """Its claim as it is compared with those of others."""
        return gist(self.claim)

    @property
    def grade(self) -> str:
        """The Admiralty grade, such as ``B2``."""
        return f"{self.reliability}{self.credibility}"

    @property
    def known_on(self) -> dt.date:
        """The day from which it is known: its date, or that of the correction it is."""
        return self.known_from or self.date

    def in_force(self, cutoff: dt.date) -> bool:
        """Tell whether the item counts at ``cutoff``: a dated silence speaks only once its date has passed."""
        if not stands(self, cutoff) or (self.retracted_on is not None and self.retracted_on <= cutoff):
            return False
        return self.observed or self.expected_by is None or cutoff > self.expected_by

    def as_of(self, cutoff: dt.date) -> EvidenceItem:
        """Return the item as it stood on ``cutoff``: a later retraction or correction was not known."""
        if self.retracted_on is None or self.retracted_on <= cutoff:
            return unreplaced(self, cutoff)
        return unreplaced(self.changed(retracted_on=None, retracted_because=None), cutoff)


def gist(claim: str) -> str:
    """Return a claim without what two that say the same may differ in: case, white space, the full stop."""
    return " ".join(claim.casefold().split()).rstrip(".")


class Cluster(Immutable):
    """Items in force that share a cause; an item that shares none with another makes a group without an ``id``."""

    id: str | None
    items: tuple[EvidenceItem, ...]

    @property
    def name(self) -> str:
        """The id of the cause, or that of the only item."""
        return self.id or self.items[0].id


def check_clusters(rows: Iterable[Row[EvidenceItem]], declared: Declared) -> None:
    """Check that each item's cluster is declared."""
    for row in rows:
        if row.sound("cluster") and row.item.cluster is not None and declared.lacks("clusters", row.item.cluster):
            row.unknown("cluster: case.yaml declares no cluster", row.item.cluster, declared.clusters)
