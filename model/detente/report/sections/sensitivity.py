"""Section 8, sensitivity: what was left out, moved, swept and split, with tornado and sweeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.bars import Tornado, TornadoRow
from detente.report.figures.curves import SweepPanel, Sweeps
from detente.report.fragility_words import moved_number, named
from detente.report.prose import name, percent
from detente.report.specs import Column, Figure, Group, Table, table
from detente.report.views import hypotheses

if TYPE_CHECKING:
    from detente.analysis.results import Sensitivity, Swing
    from detente.dossier import Dossier
    from detente.forecast.result import Forecast

BARS, LEFT_OUT, CAUSES, POWER = 12, 5, 8, 12
FLAG = 0.05
KINDS = {"item": "Items", "cluster": "Clusters", "actor": "Actors", "source": "Sources"}


@dataclass(frozen=True)
class SensitivitySection:
    """The section."""

    leading: str
    numbers: int
    tornado: Figure
    outcomes: Table | None
    left_out: Table | None
    sweeps: Figure
    variance: Table
    method: str
    sum: str
    error: str
    power: Table | None
    power_note: str
    conflict: Table | None


def build(dossier: Dossier) -> SensitivitySection | None:
    """Build the section, where the run has a sensitivity analysis."""
    forecast = dossier.forecast
    found = dossier.sensitivity
    if found is None:
        return None
    place = found.place(forecast.leading)
    return SensitivitySection(
        leading=name(forecast.leading),
        numbers=len(found.tornado),
        tornado=_tornado(forecast, found, place),
        outcomes=_outcomes(forecast, found),
        left_out=_left_out(forecast, found, place),
        sweeps=_sweeps(forecast, found, place),
        variance=_variance(forecast, found),
        method=found.variance.method,
        sum=f"{found.variance.total[place]:.2f}",
        error=f"{found.variance.total_error[place]:.2f}",
        power=_power(found),
        power_note=found.power_note,
        conflict=_conflict(found),
    )


def by_swing(found: Sensitivity, place: int) -> list[Swing]:
    """Return the numbers by how far they move a headline."""

    def span(row: Swing) -> float:
        values = (row.at_low[place], row.at_high[place], found.base[place])
        return max(values) - min(values)

    return sorted(found.tornado, key=lambda row: (-span(row), row.kind, row.id))


def _tornado(forecast: Forecast, found: Sensitivity, place: int) -> Figure:
    view = hypotheses(forecast)[0]
    rows = by_swing(found, place)[:BARS]
    top = rows[0]
    shown = tuple(TornadoRow(moved_number(r.kind, r.id), r.at_low[place], r.at_high[place]) for r in rows)
    return Figure(
        name="tornado",
        title=(
            f"“{shown[0].label}” moves “{view.name}” most: "
            f"from {percent(top.at_low[place])} to {percent(top.at_high[place])}"
        ),
        description=(
            f"Bars of how far the probability of “{view.name}” moves as each of the {len(rows)} most influential "
            f"numbers goes from its low (ring) to its high (dot), about {percent(found.base[place])}."
        ),
        drawing=Tornado(shown, found.base[place], view.look),
        note="Ring: the number at its low. Dot: at its high. Line: as stated.",
        data=table(
            "The most influential numbers",
            (
                Column("Number"), Column("Low", "number"), Column("Stated", "number"), Column("High", "number"),
                Column("At low", "number"), Column("At high", "number"),
            ),
            tuple(
                (
                    moved_number(r.kind, r.id), f"{r.low:.2g}", f"{r.mid:.2g}", f"{r.high:.2g}",
                    percent(r.at_low[place]), percent(r.at_high[place]),
                )
                for r in rows
            ),
        ),
    )  # fmt: skip


def _outcomes(forecast: Forecast, found: Sensitivity) -> Table | None:
    """Return, for each outcome still open, the number that moves it most."""
    rows = []
    for key, outcome in forecast.outcomes.items():
        if outcome.happened or not outcome.possible:
            continue
        place = found.place(key)
        top = by_swing(found, place)[0]
        rows.append(
            (
                outcome.label, percent(found.base[place], found.error[place]), moved_number(top.kind, top.id),
                percent(top.at_low[place]), percent(top.at_high[place]),
            )
        )  # fmt: skip
    columns = (
        Column("Outcome by the horizon"), Column("Now, exact", "number"), Column("Moved most by"),
        Column("At its low", "number"), Column("At its high", "number"),
    )  # fmt: skip
    return table("What moves each outcome most", columns, tuple(rows)) if rows else None


def _left_out(forecast: Forecast, found: Sensitivity, place: int) -> Table | None:
    groups = []
    for kind, heading in KINDS.items():
        rows = sorted(
            (row for row in found.left_out if row.kind == kind),
            key=lambda row: -abs(row.values[place] - found.base[place]),
        )[:LEFT_OUT]
        if rows:
            cells = tuple(
                (name(r.id) if kind in {"item", "cluster"} else r.id, f"{len(r.items)}", percent(r.values[place]))
                for r in rows
            )
            groups.append(Group(cells, heading))
    columns = (Column("Left out"), Column("Items", "number"), Column(f"{name(forecast.leading)} without", "number"))
    return (
        Table("What the answer would be without, the most telling of each kind", columns, tuple(groups))
        if groups
        else None
    )


def _sweeps(forecast: Forecast, found: Sensitivity, place: int) -> Figure:
    view = hypotheses(forecast)[0]
    panels, rows = [], []
    for sweep in found.sweeps:
        points = tuple((x, row[place]) for x, row in zip(sweep.grid, sweep.values, strict=True))
        panels.append(
            SweepPanel(sweep.dial, points, None if sweep.stated is None else (sweep.stated, found.base[place]))
        )
        low, high = (min(points, key=lambda p: p[1]), max(points, key=lambda p: p[1]))
        rows.append(
            (sweep.dial, sweep.meaning, f"{percent(low[1])} at {low[0]:.2g}", f"{percent(high[1])} at {high[0]:.2g}")
        )
    crossing = [row[0] for row, panel in zip(rows, panels, strict=True) if min(y for _, y in panel.points) < 0.5]  # noqa: PLR2004 - one half
    only = "no dial" if not crossing else f"only the {crossing[0]}" if len(crossing) == 1 else f"{len(crossing)} dials"
    return Figure(
        name="sweeps",
        title=f"Turned from end to end, {only} would bring “{view.name}” below one half",
        description=f"The probability of “{view.name}” as one dial at a time is turned: "
        + ", ".join(row[0] for row in rows)
        + ".",
        drawing=Sweeps(tuple(panels), view.look),
        note="Dot: as stated. Correlation and reliability are set to one value for all, which the case does not do.",
        data=table(
            "The ends of each dial",
            (Column("Dial"), Column("What it is"), Column("Lowest", "number"), Column("Highest", "number")),
            tuple(rows),
        ),
    )


def _variance(forecast: Forecast, found: Sensitivity) -> Table:
    """Return the share of each cause in the leading hypothesis and in the outcomes by the horizon."""
    shown = [forecast.leading, *(key for key, o in forecast.outcomes.items() if not o.happened and o.possible)][:5]
    places = [found.place(key) for key in shown]
    ranked = sorted(found.variance.shares, key=lambda row: -max(row.index[p] for p in places))[:CAUSES]
    rows = [(named(row.cause), *(_share(row.index[p], row.error[p]) for p in places)) for row in ranked]
    total = ("sum of all", *(_share(found.variance.total[p], found.variance.total_error[p]) for p in places))
    columns = (Column("Cause"), *(Column(name(key), "number") for key in shown))
    return table("Share of the variance by cause, ± its standard error", columns, (*rows, total))


def _share(index: float, error: float) -> str:
    return f"{max(0.0, index):.2f} ± {error:.2f}"


def _power(found: Sensitivity) -> Table | None:
    if not found.power:
        return None
    rows = tuple(
        (named(row.id), row.kind, f"{max(row.values):.2f}", name(found.quantities[row.values.index(max(row.values))]))
        for row in found.power[:POWER]
    )
    columns = (Column("Block"), Column("Kind", "short"), Column("Largest", "number"), Column("Of"))
    return table(f"Power-scaling: the largest sensitivities (flagged from {FLAG})", columns, rows)


def _conflict(found: Sensitivity) -> Table | None:
    surprises = (found.conflict.whole, *found.conflict.clusters)
    if not found.conflict.whole.items:
        return None
    rows = tuple((name(s.id), f"{s.items}", f"{s.conflict:+.1f}".replace("-", "−"), percent(s.tail)) for s in surprises)
    columns = (
        Column("Items"), Column("Number", "number"), Column("Conflict, bits", "number"),
        Column("No likelier, before", "number"),
    )  # fmt: skip
    return table("How the evidence hangs together", columns, rows)
