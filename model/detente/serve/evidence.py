"""The page of the evidence: a matrix of items by explanations, and one item at a time to edit in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.case.editing import rows_of
from detente.forecast.evidence import RegisterRow, register
from detente.report.names import labels
from detente.report.prose import capital, name, percent
from detente.report.tables import Cell, Column, Columns, Table, table
from detente.serve.assessors import is_blind, whose
from detente.serve.editing import moved, weighed
from detente.serve.forms import RowForm, row_form
from detente.serve.web import Visit, failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.responses import Response

    from detente.case import Case
    from detente.case.evidence import EvidenceItem
    from detente.serve.desk import Snapshot

WEIGHTS = (1, 3, 10)
"""Least weights, in decibans, that the matrix can be narrowed to."""
FACTS = (
    "claim", "date", "observed", "reliability", "credibility", "cluster", "actor", "source", "locator",
    "url", "quote", "expected_by",
)  # fmt: skip
JUDGED = ("low", "mid", "high", "because")


@dataclass(frozen=True)
class Filters:
    """What the matrix is narrowed to."""

    cluster: str = ""
    actor: str = ""
    source: str = ""
    weight: str = ""

    @classmethod
    def of(cls, visit: Visit) -> Filters:
        """Read them off the address."""
        return cls(*(visit.asked(key) for key in ("cluster", "actor", "source", "weight")))

    def admits(self, row: RegisterRow) -> bool:
        """Tell whether an item is shown."""
        item, least = row.item, float(self.weight) if self.weight.isdecimal() else 0.0
        return (
            self.cluster in {"", item.cluster or "-"}
            and self.actor.casefold() in item.actor.casefold()
            and self.source.casefold() in item.source.casefold()
            and (not least or abs(row.weight_db or 0.0) >= least)
        )


def show(visit: Visit) -> Response:
    """Show the matrix."""
    return _page(visit, None)


def show_item(visit: Visit) -> Response:
    """Show the matrix with one item opened for editing."""
    item_id, record = str(visit.request.path_params["item"]), visit.snapshot.record
    item = next((one for one in record.evidence if one.id == item_id), None) if record is not None else None
    if item is None:
        return failure(visit, f"{visit.name} has no item {item_id}.", 404)
    return _page(visit, item)


def _page(visit: Visit, item: EvidenceItem | None) -> Response:
    case, snapshot = visit.case, visit.snapshot
    filters = Filters.of(visit)
    weights = register(case, snapshot.posterior)
    rows = sorted(weights.rows, key=lambda row: (row.weight_db is None, -abs(row.weight_db or 0.0), row.item.id))
    shown = [row for row in rows if filters.admits(row)]
    return visit.page(
        "evidence.j2",
        matrix=matrix(visit, case, weights.towards, shown) if shown else None,
        shown=len(shown),
        items=len(rows),
        filters=filters,
        clusters=case.clusters,
        weights=WEIGHTS,
        opened=None if item is None else _opened(visit, case, item),
    )


def matrix(visit: Visit, case: Case, lead: str, rows: list[RegisterRow]) -> Table[RegisterRow]:
    """Return the items by explanations: what each says, its grade, its likelihoods, its weight, and where it leads."""
    called = labels(case)

    def what(row: RegisterRow) -> Cell:
        item = row.item
        cluster = f" · {name(item.cluster)}" if item.cluster else ""
        standing = {
            "seen": "",
            "absent": " · not seen",
            "awaited": " · not due yet",
            "withdrawn": f" · withdrawn on {item.retracted_on}",
        }[row.standing]
        return capital(name(item.id)), item.claim, f"{item.grade}{cluster}{standing}"

    def likelihood(hypothesis: str, row: RegisterRow) -> str:
        stated = case.likelihoods[row.item.id][hypothesis]
        return f"{percent(stated.mid)} ({percent(stated.low)}–{percent(stated.high)})"

    return table(
        f"Items of evidence, heaviest first; weights count for {called[lead]}, given the items before",
        rows,
        Column("Item", what, address=lambda row: visit.address("evidence", row.item.id) + _query(visit) + "#item"),
        Column("Known", lambda row: row.item.date, "iso_date"),
        Columns(case.hypothesis_ids, lambda h: f"Likelihood: {called[h]}", likelihood, "short"),
        Column("Weight, dB", lambda row: row.weight_db, "decibans"),
    )


def _query(visit: Visit) -> str:
    return f"?{visit.request.url.query}" if visit.request.url.query else ""


def _opened(visit: Visit, case: Case, item: EvidenceItem) -> dict[str, Any]:
    """Return an item as forms: its facts, and its judgement under each explanation."""
    snapshot = visit.snapshot
    line = snapshot.places.of("evidence", item.id).line
    facts = row_form(snapshot, "evidence.csv", line, "What was seen, and who says so", FACTS)
    return {
        "item": item,
        "forms": [form for form in (*_judged(snapshot, case, item.id), facts) if form is not None],
        "problems": [problem for problem in snapshot.problems if problem.message.startswith(f"{item.id}:")],
        "moved": moved(case, None, snapshot.posterior),
        "weighed": weighed(case, snapshot.posterior, item.id),
        "back": visit.address("evidence", item.id) + _query(visit) + "#item",
        "is_withdrawn": item.retracted_on is not None,
    }


def _judged(snapshot: Snapshot, case: Case, item: str) -> Iterator[RowForm | None]:
    """Yield every row of a judgement of an item as a form: one for each explanation, assessor, round and revision.

    While the assessors judge blind, none of theirs is shown.
    """
    called, blind = labels(case), is_blind(case)
    rows = [
        (file, line, row)
        for file, content in snapshot.contents.items()
        if file.rpartition("/")[2] == "likelihoods.csv"
        for line, row in rows_of(content)
        if row.get("evidence", "").strip() == item
    ]
    rows.sort(key=lambda one: [*case.hypothesis_ids].index(one[2]["hypothesis"].strip()))
    for file, line, row in rows:
        who = whose(file, row)
        if who and blind:
            continue
        parts = [
            f"Probability of seeing it under {called[row['hypothesis'].strip()]}",
            f"as {who} judged it" if who else "",
            f"round {row['round'].strip()}" if row.get("round", "").strip() else "",
            f"as revised on {row['revised_on'].strip()}" if row.get("revised_on", "").strip() else "",
        ]
        yield row_form(snapshot, file, line, ", ".join(filter(None, parts)), JUDGED)
