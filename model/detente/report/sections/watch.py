"""Section 6, what would change our mind: indicators by expected information, and the answer if seen and if not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.dots import Dumbbell, DumbbellRow
from detente.report.prose import date, name, percent, short
from detente.report.specs import Column, Figure, Group, Table, table
from detente.report.views import hypotheses

if TYPE_CHECKING:
    import datetime as dt

    from detente.analysis.results import Indicator, Watch
    from detente.dossier import Dossier
    from detente.forecast.result import Forecast

DRAWN, LISTED = 10, 20


@dataclass(frozen=True)
class WatchSection:
    """What to watch."""

    leading: str
    now: str
    count: int
    entropy: str
    most: str
    best_share: str
    dumbbell: Figure
    ranked: Table
    by_date: Table
    best: Table | None
    note: str


def build(dossier: Dossier) -> WatchSection | None:
    """Build the section, where the run has worked out what to watch and there is something."""
    forecast = dossier.forecast
    found = dossier.watch
    if found is None or not found.indicators:
        return None
    place = found.place(forecast.leading)
    told = found.best[-1].total / found.entropy_target if found.best and found.entropy_target else 0.0
    ranked = sorted(found.indicators, key=lambda one: (-one.bits_hypotheses, one.by, one.id))
    return WatchSection(
        leading=name(forecast.leading),
        now=percent(found.base[place]),
        count=len(ranked),
        entropy=f"{found.entropy_hypotheses:.2f}",
        most=percent(ranked[0].bits_hypotheses / found.entropy_hypotheses) if found.entropy_hypotheses else "0 %",
        best_share=percent(told),
        dumbbell=_dumbbell(forecast, found, ranked[:DRAWN], place),
        ranked=_ranked(forecast, ranked, place),
        by_date=_by_date(forecast, ranked, place),
        best=_best(found),
        note=found.note,
    )


def _dumbbell(forecast: Forecast, found: Watch, ranked: list[Indicator], place: int) -> Figure:
    view = hypotheses(forecast)[0]
    top = ranked[0]
    rows = tuple(DumbbellRow(short(_label(one), 52), one.if_seen[place], one.if_not[place]) for one in ranked)
    return Figure(
        name="watch",
        title=(
            f"Seen by {date(top.by)}, “{short(_label(top), 60)}” would put “{view.name}” at "
            f"{percent(top.if_seen[place])}, unseen at {percent(top.if_not[place])}"
        ),
        description=(
            f"For each of the {len(rows)} most telling indicators the probability of “{view.name}” if it is seen by "
            f"its date (dot) and if not (ring), about {percent(found.base[place])} now. "
            "The table of indicators has all numbers."
        ),
        drawing=Dumbbell(rows, found.base[place], view.look),
        note="Dot: if seen. Ring: if not. Line: now.",
    )


def _ranked(forecast: Forecast, ranked: list[Indicator], place: int) -> Table:
    lead = name(forecast.leading)
    columns = (
        Column("Indicator"),
        Column("By", "short"),
        Column("Chance", "number"),
        Column(f"{lead} if seen", "number"),
        Column("if not", "number"),
        Column("Bits", "number"),
        *((Column("Cost", "number"),) if any(one.cost is not None for one in ranked) else ()),
    )
    rows = tuple(
        (
            (one.text, one.because) if one.because else one.text,
            date(one.by),
            percent(one.chance),
            percent(one.if_seen[place]),
            percent(one.if_not[place]),
            f"{one.bits_hypotheses:.3f}",
            *(("–" if one.cost is None else f"{one.cost:g}",) if len(columns) > 6 else ()),  # noqa: PLR2004 - with costs
        )
        for one in ranked[:LISTED]
    )
    return Table(f"What to watch, the most telling of {len(ranked)} first", columns, (Group(rows),))


def _by_date(forecast: Forecast, ranked: list[Indicator], place: int) -> Table:
    """Return the most telling indicator up to each date; one that stays the best is not repeated."""
    rows: list[tuple[str, ...]] = []
    leaders: dict[Indicator, dt.date] = {}
    for day in sorted({one.by for one in ranked}):
        leaders.setdefault(next(one for one in ranked if one.by <= day), day)
    for best, day in leaders.items():
        rows.append(
            (
                date(day),
                _label(best),
                percent(best.if_seen[place]),
                percent(best.if_not[place]),
                f"{best.bits_hypotheses:.3f}",
            )
        )
    columns = (
        Column("Up to", "short"), Column("Most telling"), Column(f"{name(forecast.leading)} if seen", "number"),
        Column("if not", "number"), Column("Bits", "number"),
    )  # fmt: skip
    return table("What tells most up to a date", columns, tuple(rows))


def _best(found: Watch) -> Table | None:
    if not found.best:
        return None
    texts = {(one.id, one.by): _label(one) for one in found.indicators}
    rows = tuple(
        (texts[pick.id, pick.by], date(pick.by), f"{pick.adds:.3f}", f"{pick.total:.3f}") for pick in found.best
    )
    columns = (Column("Indicator"), Column("By", "short"), Column("Adds, bits", "number"), Column("Together", "number"))
    return table("The best few together, each what adds most to those above", columns, rows)


def _label(one: Indicator) -> str:
    return f"Still: {one.text}" if one.kind == "silence" else one.text
