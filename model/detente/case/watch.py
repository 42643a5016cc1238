"""Things to look out for, with the chance of seeing each by a date under each hypothesis."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

from detente.case.columns import Frozen, InFile, Row
from detente.case.likelihoods import HIGH, LOW, MID, Interval, check_rising
from detente.case.ranges import claimed
from detente.case.values import Date, HighEnd, Id, LowEnd, NotNegative, Probability, Text
from detente.errors import quoted

if TYPE_CHECKING:
    from detente.case.question import Declared


ENDS = ("low", "mid", "high")


class WatchItem(Frozen):
    """Something to look out for, with the chance of seeing it by a date under each hypothesis.

    ``reasons`` says why, by hypothesis; ``cost`` is what looking for it takes, in a unit of the case's own; ``cluster``
    the shared cause that it would belong to.
    """

    id: Id
    by: dt.date
    indicator: Text
    likelihoods: Mapping[Id, Interval]
    reasons: Mapping[Id, Text] = {}
    cost: NotNegative | None = None
    cluster: Id | None = None


class WatchRow(Frozen):
    """One row of ``watch.csv``: a thing to look out for under one hypothesis."""

    id: Annotated[Id, InFile("Its name; one row for each hypothesis.", "treaty_text")]
    by: Annotated[Date, InFile("The day by which it would be seen.", "2026-05-01")]
    hypothesis: Annotated[Id, InFile("Id of the hypothesis.", "settle")]
    low: Annotated[LowEnd, LOW]
    mid: Annotated[Probability, MID]
    high: Annotated[HighEnd, HIGH]
    indicator: Annotated[Text, InFile("What to look for.", "A draft treaty is published")]
    because: Annotated[Text | None, InFile("The reason.", "A draft commits both.", may_lack=True)] = None
    cost: Annotated[
        NotNegative | None, InFile("What looking for it takes, in a unit of the case's own.", "2", may_lack=True)
    ] = None
    cluster: Annotated[
        Id | None, InFile("The cluster it would belong to; blank if none.", "announcements", may_lack=True)
    ] = None

    @classmethod
    def rules(cls, row: Row[WatchRow]) -> None:
        """Check that the numbers rise."""
        check_rising(row)


def gather(rows: Iterable[Row[WatchRow]]) -> tuple[WatchItem, ...]:
    """Return the things to look out for, each with what its rows say under every hypothesis."""
    items: dict[str, list[WatchRow]] = {}
    for row in rows:
        items.setdefault(row.item.id, []).append(row.item)
    return tuple(
        WatchItem.read(
            {
                "id": name,
                "by": judged[0].by,
                "indicator": judged[0].indicator,
                "likelihoods": {
                    row.hypothesis: Interval.read(dict(zip(ENDS, claimed((row.low, row.mid, row.high)), strict=True)))
                    for row in judged
                },
                "reasons": {row.hypothesis: row.because for row in judged if row.because},
                "cost": judged[0].cost,
                "cluster": judged[0].cluster,
            }
        )
        for name, judged in items.items()
    )


def check_watch(rows: Iterable[Row[WatchRow]], declared: Declared, evidence: Collection[str]) -> None:
    """Check that every thing to watch has one chance under every hypothesis, one date and one text, and a new id."""
    items: dict[str, dict[str, Row[WatchRow]]] = {}
    faulty = "hypotheses" in declared.faulty
    for row in rows:
        if row.sound("hypothesis") and declared.lacks("hypotheses", row.item.hypothesis):
            message = "hypothesis: case.yaml declares no hypothesis"
            row.unknown(message, row.item.hypothesis, declared.hypotheses)
            faulty = True
        elif not row.sound("id", "hypothesis"):
            faulty = True
        elif row.item.hypothesis in (judged := items.setdefault(row.item.id, {})):
            line = judged[row.item.hypothesis].line
            row.add(f"{row.item.id} under {row.item.hypothesis}: duplicate of line {line}")
        else:
            judged[row.item.hypothesis] = row
    for item, judged in items.items():
        first = next(iter(judged.values()))
        cluster = first.item.cluster if first.sound("cluster") else None
        if cluster is not None and declared.lacks("clusters", cluster):
            first.unknown("cluster: case.yaml declares no cluster", cluster, declared.clusters)
        if item in evidence:
            first.add(f"id: {quoted(item)} is already an item of evidence.csv: delete its rows here")
        missing = [hypothesis for hypothesis in declared.hypotheses if hypothesis not in judged]
        if missing and not faulty:
            first.add(f"{item}: has no row for {' and '.join(missing)}: add one")
        _check_alike(item, list(judged.values()))


def _check_alike(item: str, rows: Sequence[Row[WatchRow]]) -> None:
    """Check that the rows of one thing to watch name one date, one indicator, one cost and one cluster."""
    first, *others = rows
    for row in others:
        for name in ("by", "indicator", "cost", "cluster"):
            if not first.sound(name) or not row.sound(name):
                continue
            stated, again = getattr(first.item, name), getattr(row.item, name)
            if None not in {stated, again} and stated != again:
                row.add(f"{name}: must be what line {first.line} says of {item}")
