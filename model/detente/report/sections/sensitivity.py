"""Section 8, sensitivity: what was left out, moved, swept and split; and all of it as one tidy CSV table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.analysis.results import Share
from detente.report.codes import NO_POWER, RANGES, UNITS, VARIANCE_METHOD, beyond, cause_name, sweep_meaning
from detente.report.figures.bars import Tornado, TornadoRow
from detente.report.figures.curves import SweepPanel, Sweeps
from detente.report.names import hypotheses, joined_name, lead_name, settled, stated_name
from detente.report.prose import name, percent
from detente.report.specs import Figure
from detente.report.tables import (
    COUNT,
    NUMBER,
    PERCENT,
    SHORT,
    Column,
    Group,
    Table,
    decimals,
    grouped,
    table,
    to_csv,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from detente.analysis.results import LeftOut, PowerScaling, Sensitivity, Surprise, Swing
    from detente.dossier import Dossier
    from detente.forecast.result import Forecast

BARS, LEFT_OUT, CAUSES, POWER, OUTCOMES = 12, 5, 8, 12, 4
FLAG, EVEN = 0.05, 0.5
KINDS = {"item": "Items", "cluster": "Clusters", "actor": "Actors", "source": "Sources"}
SHORTEST = decimals("{:.2g}")


@dataclass(frozen=True)
class SensitivitySection:
    """The section; ``sum`` and ``error`` are of the shares of variance of the leading hypothesis."""

    leading: str
    found: Sensitivity
    tornado: Figure
    outcomes: Table[tuple[str, int, Swing]] | None
    left_out: Table[LeftOut] | None
    sweeps: Figure
    variance: Table[Share]
    sum: float
    error: float
    power: Table[PowerScaling] | None
    conflict: Table[Surprise] | None
    method: str = VARIANCE_METHOD
    no_power: str = ""


def build(dossier: Dossier) -> SensitivitySection | None:
    """Build the section, where the run has a sensitivity analysis."""
    forecast = dossier.forecast
    found = dossier.sensitivity
    if found is None:
        return None
    place = found.place(forecast.leading)
    return SensitivitySection(
        leading=lead_name(forecast),
        found=found,
        tornado=_tornado(forecast, found, place),
        outcomes=_outcomes(forecast, found),
        left_out=_left_out(found, place, lead_name(forecast)),
        sweeps=_sweeps(forecast, found, place),
        variance=_variance(forecast, found),
        sum=found.variance.total[place],
        error=found.variance.total_error[place],
        power=_power(found) if found.power else None,
        conflict=_conflict(found) if found.conflict.whole.items else None,
        no_power="" if found.power else NO_POWER,
    )


def by_swing(found: Sensitivity, place: int) -> list[Swing]:
    """Return the numbers by how far they move a headline."""

    def span(row: Swing) -> float:
        values = (row.at_low[place], row.at_high[place], found.base[place])
        return max(values) - min(values)

    return sorted(found.tornado, key=lambda row: (-span(row), row.kind, row.id))


def left_out(found: Sensitivity, kind: str, place: int, most: int) -> tuple[LeftOut, ...]:
    """Return what of one kind moves a headline most when it is left out."""
    rows = (row for row in found.left_out if row.kind == kind)
    return tuple(sorted(rows, key=lambda row: -abs(row.values[place] - found.base[place]))[:most])


def part_name(row: LeftOut) -> str:
    """Name what was left out; actors and sources are called as the case calls them."""
    return name(row.id) if row.kind in {"item", "cluster"} else row.id


def _tornado(forecast: Forecast, found: Sensitivity, place: int) -> Figure:
    view, rows = hypotheses(forecast)[0], by_swing(found, place)[:BARS]
    top = rows[0]
    return Figure(
        name="tornado",
        title=(
            f"“{stated_name(top.kind, top.id)}” moves “{view.name}” most: "
            f"from {percent(top.at_low[place])} to {percent(top.at_high[place])}"
        ),
        description=(
            f"Bars of how far the probability of “{view.name}” moves as each of the {len(rows)} most influential "
            f"numbers goes from its low (ring) to its high (dot), about {percent(found.base[place])}."
        ),
        drawing=Tornado(
            tuple(TornadoRow(stated_name(r.kind, r.id), r.at_low[place], r.at_high[place]) for r in rows),
            found.base[place],
            view.look,
        ),
        note="Ring: the number at its low. Dot: at its high. Line: as stated.",
        data=table(
            "The most influential numbers",
            rows,
            Column("Number", lambda row: stated_name(row.kind, row.id)),
            Column("Low", lambda row: row.low, SHORTEST),
            Column("Stated", lambda row: row.mid, SHORTEST),
            Column("High", lambda row: row.high, SHORTEST),
            Column("At low", lambda row: row.at_low[place], PERCENT),
            Column("At high", lambda row: row.at_high[place], PERCENT),
        ),
    )


def _outcomes(forecast: Forecast, found: Sensitivity) -> Table[tuple[str, int, Swing]] | None:
    """Return, for each outcome still open, the number that moves it most."""
    places = {o.label: found.place(key) for key, o in forecast.outcomes.items() if not settled(o)}
    if not places:
        return None
    return table(
        "What moves each outcome most",
        [(label, place, by_swing(found, place)[0]) for label, place in places.items()],
        Column("Outcome by the horizon", lambda row: row[0]),
        Column("Now, exact", lambda row: percent(found.base[row[1]], found.error[row[1]]), NUMBER),
        Column("Moved most by", lambda row: stated_name(row[2].kind, row[2].id)),
        Column("At its low", lambda row: row[2].at_low[row[1]], PERCENT),
        Column("At its high", lambda row: row[2].at_high[row[1]], PERCENT),
    )


def _left_out(found: Sensitivity, place: int, leading: str) -> Table[LeftOut] | None:
    groups = [
        Group(rows, heading) for kind, heading in KINDS.items() if (rows := left_out(found, kind, place, LEFT_OUT))
    ]
    if not groups:
        return None
    return grouped(
        "What the answer would be without, the most telling of each kind",
        groups,
        Column("Left out", part_name),
        Column("Items", lambda row: len(row.items), COUNT),
        Column(f"{leading} without", lambda row: row.values[place], PERCENT),
    )


def _sweeps(forecast: Forecast, found: Sensitivity, place: int) -> Figure:
    view, base = hypotheses(forecast)[0], found.base[place]
    lines = {
        sweep: tuple((x, row[place]) for x, row in zip(sweep.grid, sweep.values, strict=True)) for sweep in found.sweeps
    }

    def end(line: tuple[tuple[float, float], ...], which: Callable[..., tuple[float, float]]) -> str:
        x, answer = which(line, key=lambda point: point[1])
        return f"{percent(answer)} at {x:.2g}"

    crossing = [sweep.parameter for sweep, line in lines.items() if min(answer for _, answer in line) < EVEN]
    only = "no dial" if not crossing else f"only the {crossing[0]}" if len(crossing) == 1 else f"{len(crossing)} dials"
    return Figure(
        name="sweeps",
        title=f"Turned from end to end, {only} would bring “{view.name}” below one half",
        description=f"The probability of “{view.name}” as one dial at a time is turned: "
        + ", ".join(sweep.parameter for sweep in found.sweeps)
        + ".",
        drawing=Sweeps(
            tuple(
                SweepPanel(sweep.parameter, line, None if sweep.stated is None else (sweep.stated, base))
                for sweep, line in lines.items()
            ),
            view.look,
        ),
        note="Dot: as stated. Correlation and reliability are set to one value for all, which the case does not do.",
        data=table(
            "The ends of each dial",
            lines.items(),
            Column("Dial", lambda row: row[0].parameter),
            Column("What it is", lambda row: sweep_meaning(row[0])),
            Column("Lowest", lambda row: end(row[1], min), NUMBER),
            Column("Highest", lambda row: end(row[1], max), NUMBER),
        ),
    )


def _variance(forecast: Forecast, found: Sensitivity) -> Table[Share]:
    """Return the share of each cause in the leading hypothesis and in the outcomes by the horizon."""
    shown = [forecast.leading, *(key for key, o in forecast.outcomes.items() if not settled(o))][: OUTCOMES + 1]
    places = [found.place(key) for key in shown]

    def of(place: int) -> Callable[[Share], str]:
        return lambda share: f"{max(0.0, share.index[place]):.2f} ± {share.error[place]:.2f}"

    ranked = sorted(found.variance.shares, key=lambda share: -max(share.index[p] for p in places))[:CAUSES]
    total = Share("sum of all", "", found.variance.total, found.variance.total_error)
    return table(
        "Share of the variance by cause, ± its standard error",
        [*ranked, total],
        Column("Cause", cause_name),
        *(Column(name(key), of(place), NUMBER) for key, place in zip(shown, places, strict=True)),
    )


def _power(found: Sensitivity) -> Table[PowerScaling]:
    return table(
        f"Power-scaling: the largest sensitivities (flagged from {FLAG})",
        found.power[:POWER],
        Column("Block", lambda row: joined_name(row.id)),
        Column("Kind", lambda row: row.kind, SHORT),
        Column("Largest", lambda row: max(row.values), decimals("{:.2f}")),
        Column("Of", lambda row: name(found.quantities[row.values.index(max(row.values))])),
    )


def _conflict(found: Sensitivity) -> Table[Surprise]:
    return table(
        "How the evidence hangs together",
        (found.conflict.whole, *found.conflict.clusters),
        Column("Items", lambda row: name(row.id)),
        Column("Number", lambda row: row.items, COUNT),
        Column("Conflict, bits", lambda row: f"{row.conflict:+.1f}".replace("-", "−"), NUMBER),
        Column("No likelier, before", lambda row: row.tail, PERCENT),
    )


def sensitivity_csv(found: Sensitivity) -> str:
    """Return one row a setting: which part, of what, at which value, a note, and every headline.

    In rows of ``variance`` and ``power_scaling`` the headlines' columns hold indices, in those of ``break_even`` and
    ``tipping`` nothing.
    """
    heads = ("part", "kind", "id", "at", "note", *found.headlines)

    def cell(place: int) -> Callable[[tuple[object, ...]], object]:
        return lambda row: row[place] if place < len(row) else None

    columns = (Column(head, cell(place)) for place, head in enumerate(heads))
    return to_csv(table("", _settings(found), *columns))


def _settings(found: Sensitivity) -> Iterator[tuple[object, ...]]:
    """Yield part, kind, id, value, note and the headlines, where there are any."""
    yield "base", "", "", None, "", *found.base
    yield "base_error", "", "", None, "Monte Carlo standard error", *found.error
    for row in found.left_out:
        yield "left_out", row.kind, row.id, None, f"{len(row.items)} items", *row.values
    for swing in found.tornado:
        note = f"stated {swing.mid:g}; {RANGES[swing.range]}"
        yield "tornado_low", swing.kind, swing.id, swing.low, note, *swing.at_low
        yield "tornado_high", swing.kind, swing.id, swing.high, note, *swing.at_high
    for even in found.break_even:
        note = f"{even.target} at {even.line:g} ({beyond(even)}); prior stated {even.stated:g}"
        yield "break_even", "prior", even.hypothesis, even.prior, note
    for tip in found.tipping:
        note = f"{tip.effect}; stated {tip.stated:g}; {tip.distance:.3g} {UNITS[tip.unit]} {tip.label}".strip()
        yield "tipping", tip.kind, tip.id, tip.at, note
    for sweep in found.sweeps:
        for value, answers in zip(sweep.grid, sweep.values, strict=True):
            yield "sweep", sweep.parameter, "", value, sweep_meaning(sweep), *answers
    total = Share("sum", "", found.variance.total, found.variance.total_error)
    for share in (*found.variance.shares, total):
        what = "sum of the indices" if share is total else "first-order index"
        yield "variance", share.kind, share.id, None, what, *share.index
        yield "variance_error", share.kind, share.id, None, "its standard error", *share.error
    for power in found.power:
        by_name = dict(zip(found.quantities, power.values, strict=True))
        yield "power_scaling", power.kind, power.id, None, "", *(by_name.get(headline) for headline in found.headlines)
    for surprise in (found.conflict.whole, *found.conflict.clusters):
        yield "conflict", "items", surprise.id, surprise.conflict, f"bits; tail {surprise.tail:.3g}"
