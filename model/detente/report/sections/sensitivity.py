"""Section 8, sensitivity: what was left out, moved, swept and split; and all of it as one tidy CSV table."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from detente.analysis.results import LeftOut, PowerScaling, Sensitivity, Share, Swing
from detente.report.figures.bars import tornado
from detente.report.figures.curves import SweepPanel, sweeps
from detente.report.names import (
    PARAMETERS,
    RANGES,
    UNITS,
    as_headline,
    cause_name,
    headline_name,
    hypotheses,
    labels,
    lead_name,
    parameter_name,
    settled,
    stated_name,
    stated_value,
)
from detente.report.prose import capital, cardinal, listed, name, signed_number, window_chance
from detente.report.sections.fragility import EVEN, left_out
from detente.report.specs import Figure
from detente.report.tables import Column, Columns, Group, Table, decimals, grouped, table, to_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from detente.dossier import Dossier
    from detente.forecast.result import Forecast

BARS, LEFT_OUT, CAUSES, POWER, OUTCOMES = 12, 5, 8, 12, 4
FLAG = 0.05
KINDS = {"item": "Items", "cluster": "Clusters", "actor": "Actors", "source": "Sources"}


def build(dossier: Dossier) -> SimpleNamespace | None:
    """Build the section, where there is an analysis; ``sum`` and ``error`` are of the shares of variance."""
    forecast = dossier.forecast
    sensitivity = dossier.sensitivity
    if sensitivity is None:
        return None
    place = sensitivity.place(forecast.leading)
    conflict = table(
        "Conflict: whether the items agree",
        (sensitivity.conflict.whole, *sensitivity.conflict.clusters),
        Column("Cluster", lambda row: "all items" if row.id == "all" else f"“{name(row.id)}”"),
        Column("Items", lambda row: row.items, "count"),
        Column("Conflict, bits", lambda row: signed_number(row.conflict, 1), "number"),
        Column("Tail probability", lambda row: row.tail, "percent"),
    )
    return SimpleNamespace(
        leading=lead_name(forecast),
        sensitivity=sensitivity,
        tornado=_tornado(forecast, sensitivity, place),
        outcomes=_outcomes(forecast, sensitivity),
        left_out=_left_out(forecast, sensitivity, place),
        sweeps=_sweeps(forecast, sensitivity, place),
        variance=_variance(forecast, sensitivity),
        sum=sensitivity.variance.total[place],
        error=sensitivity.variance.total_error[place],
        power=_power(forecast, sensitivity) if sensitivity.power else None,
        conflict=conflict if sensitivity.conflict.whole.items else None,
    )


def by_swing(sensitivity: Sensitivity, place: int) -> list[Swing]:
    """Return the numbers by how far they move a headline."""
    base = sensitivity.base[place]
    return sorted(sensitivity.tornado, key=lambda row: (-row.span(place, base), row.kind, row.id))


def part_name(row: LeftOut) -> str:
    """Name what was left out; actors and sources are called as the case calls them."""
    return name(row.id) if row.kind in {"item", "cluster"} else row.id


def _tornado(forecast: Forecast, sensitivity: Sensitivity, place: int) -> Figure:
    view, rows = hypotheses(forecast)[0], by_swing(sensitivity, place)[:BARS]
    top, called, shown = rows[0], labels(forecast.inputs), as_headline(forecast)
    return Figure(
        name="tornado",
        title=(
            f"{capital(view.name)}: most sensitive to the {stated_name(top.kind, top.id, called)}, "
            f"from {shown.worded(top.at_low[place])} to {shown.worded(top.at_high[place])}"
        ),
        description=(
            f"Tornado: how far the probability of {view.name}, {view.posterior.number}, moves as each of the "
            f"{len(rows)} most influential numbers goes from its low (ring) to its high (dot)."
        ),
        drawing=tornado(
            tuple((stated_name(r.kind, r.id, called), r.at_low[place], r.at_high[place]) for r in rows),
            sensitivity.base[place],
            view.look,
        ),
        note="Ring: the number at its low. Dot: at its high. Line: all numbers as stated.",
        data=table(
            "The most influential numbers",
            rows,
            Column("Number", lambda row: capital(stated_name(row.kind, row.id, called))),
            Column("Low", lambda row: stated_value(row.kind, row.low), "number"),
            Column("Stated", lambda row: stated_value(row.kind, row.mid), "number"),
            Column("High", lambda row: stated_value(row.kind, row.high), "number"),
            Column("Answer at low", lambda row: row.at_low[place], shown),
            Column("Answer at high", lambda row: row.at_high[place], shown),
        ),
    )


def _outcomes(forecast: Forecast, sensitivity: Sensitivity) -> Table[tuple[str, int, Swing]] | None:
    """Return, for each outcome still open, the number that moves it most."""
    still = {key: outcome for key, outcome in forecast.outcomes.items() if not settled(outcome)}
    if not still:
        return None
    called = labels(forecast.inputs)
    return table(
        "What moves each outcome most",
        [(key, place := sensitivity.place(key), by_swing(sensitivity, place)[0]) for key in still],
        Column("Outcome by the horizon", lambda row: still[row[0]].label),
        Column("Now", lambda row: window_chance(still[row[0]].horizon).number, "number"),
        Column("Moved most by", lambda row: capital(stated_name(row[2].kind, row[2].id, called))),
        Column("At its low", lambda row: row[2].at_low[row[1]], "percent"),
        Column("At its high", lambda row: row[2].at_high[row[1]], "percent"),
    )


def _left_out(forecast: Forecast, sensitivity: Sensitivity, place: int) -> Table[LeftOut] | None:
    groups = [
        Group(rows, heading)
        for kind, heading in KINDS.items()
        if (rows := left_out(sensitivity, kind, place, LEFT_OUT))
    ]
    if not groups:
        return None
    return grouped(
        "The answer without each part: the largest changes of each kind",
        groups,
        Column("Without", part_name),
        Column("Items", lambda row: len(row.items), "count"),
        Column("Answer", lambda row: row.values[place], as_headline(forecast)),
    )


def _sweeps(forecast: Forecast, sensitivity: Sensitivity, place: int) -> Figure:
    view, base, shown = hypotheses(forecast)[0], sensitivity.base[place], as_headline(forecast)
    lines = {
        sweep: tuple((x, row[place]) for x, row in zip(sweep.grid, sweep.values, strict=True))
        for sweep in sensitivity.sweeps
    }

    def end(line: tuple[tuple[float, float], ...], which: Callable[..., tuple[float, float]]) -> str:
        x, answer = which(line, key=lambda point: point[1])
        return f"{shown.worded(answer)} at {x:.2g}"

    way, farthest = ("below", min) if base >= EVEN else ("above", max)
    across = [
        sweep.parameter
        for sweep, line in lines.items()
        if (farthest(answer for _, answer in line) < EVEN) == (base >= EVEN)
    ]
    which = {0: "No parameter", 1: f"Only the {''.join(across)}", len(lines): "Every parameter"}.get(
        len(across), f"{capital(cardinal(len(across)))} parameters"
    )
    return Figure(
        name="sweeps",
        title=f"{which} could take {view.name} {way} 50% over the full range",
        description=f"The probability of {view.name} as one parameter at a time goes through its full range: "
        + listed([sweep.parameter for sweep in sensitivity.sweeps])
        + ".",
        drawing=sweeps(
            tuple(
                SweepPanel(sweep.parameter, line, None if sweep.stated is None else (sweep.stated, base))
                for sweep, line in lines.items()
            ),
            view.look,
        ),
        note="Dot: as stated. Correlation and reliability are set to one value for all items, which the case is not.",
        data=table(
            "Lowest and highest answer along each parameter",
            lines.items(),
            Column("Parameter", lambda row: capital(row[0].parameter)),
            Column("What it is", lambda row: PARAMETERS[row[0].parameter].format(lead_name(forecast))),
            Column("Lowest", lambda row: end(row[1], min), "number"),
            Column("Highest", lambda row: end(row[1], max), "number"),
        ),
    )


def _variance(forecast: Forecast, sensitivity: Sensitivity) -> Table[Share]:
    """Return the share of each cause in the leading hypothesis and in the outcomes by the horizon."""
    shown = [forecast.leading, *(key for key, o in forecast.outcomes.items() if not settled(o))][: OUTCOMES + 1]
    places, called = [sensitivity.place(key) for key in shown], labels(forecast.inputs)

    def indexed(key: str, share: Share) -> str:
        place = sensitivity.place(key)
        return f"{max(0.0, share.index[place]):.2f} ± {share.error[place]:.2f}"

    ranked = sorted(sensitivity.variance.shares, key=lambda share: -max(share.index[p] for p in places))[:CAUSES]
    total = Share("sum", "", sensitivity.variance.total, sensitivity.variance.total_error)
    return table(
        "Share of the variance by cause, ± standard error",
        [*ranked, total],
        Column("Cause", lambda share: capital(cause_name(share))),
        Columns(shown, lambda key: capital(called.get(key, name(key))), indexed, "number"),
    )


def _power(forecast: Forecast, sensitivity: Sensitivity) -> Table[PowerScaling]:
    called = labels(forecast.inputs)

    def most(row: PowerScaling) -> str:
        key = sensitivity.quantities[row.values.index(max(row.values))]
        return headline_name(key, called)

    return table(
        f"Power-scaling: the largest sensitivities (worth a look from {FLAG})",
        sensitivity.power[:POWER],
        Column("Block of the prior, or item", lambda row: capital(parameter_name(row.id))),
        Column("Kind", lambda row: row.kind, "short"),
        Column("Sensitivity", lambda row: max(row.values), decimals("{:.2f}")),
        Column("Of the probability of", most),
    )


def sensitivity_csv(sensitivity: Sensitivity) -> str:
    """Return one row a setting: which part, of what, at which value, a note, and every headline.

    In rows of ``variance`` and ``power_scaling`` the headlines' columns hold indices, in those of ``break_even`` and
    ``tipping`` nothing.
    """
    heads = ("part", "kind", "id", "at", "note", *sensitivity.headlines)

    def cell(place: int, row: tuple[object, ...]) -> object:
        return row[place] if place < len(row) else None

    return to_csv(table("", _settings(sensitivity), Columns(range(len(heads)), heads.__getitem__, cell)))


def _settings(sensitivity: Sensitivity) -> Iterator[tuple[object, ...]]:
    """Yield part, kind, id, value, note and the headlines, where there are any."""
    yield "base", "", "", None, "", *sensitivity.base
    yield "base_error", "", "", None, "Monte Carlo standard error", *sensitivity.error
    for row in sensitivity.left_out:
        yield "left_out", row.kind, row.id, None, f"{len(row.items)} items", *row.values
    for swing in sensitivity.tornado:
        note = f"stated {swing.mid:g}; {RANGES[swing.range]}"
        yield "tornado_low", swing.kind, swing.id, swing.low, note, *swing.at_low
        yield "tornado_high", swing.kind, swing.id, swing.high, note, *swing.at_high
    for even in sensitivity.break_even:
        note = f"{even.target} at {even.line:g} ({even.beyond}); prior stated {even.stated:g}"
        yield "break_even", "prior", even.hypothesis, even.prior, note
    for tip in sensitivity.tipping:
        note = f"{tip.effect}; stated {tip.stated:g}; {tip.distance:.3g} {UNITS[tip.unit]} {tip.label}".strip()
        yield "tipping", tip.kind, tip.id, tip.at, note
    for sweep in sensitivity.sweeps:
        for value, answers in zip(sweep.grid, sweep.values, strict=True):
            what = PARAMETERS[sweep.parameter].format(sweep.hypothesis)
            yield "sweep", sweep.parameter, "", value, what, *answers
    total = Share("sum", "", sensitivity.variance.total, sensitivity.variance.total_error)
    for share in (*sensitivity.variance.shares, total):
        what = "sum of the indices" if share is total else "first-order index"
        yield "variance", share.kind, share.id, None, what, *share.index
        yield "variance_error", share.kind, share.id, None, "its standard error", *share.error
    for power in sensitivity.power:
        by_name = dict(zip(sensitivity.quantities, power.values, strict=True))
        yield "power_scaling", power.kind, power.id, None, "", *map(by_name.get, sensitivity.headlines)
    for surprise in (sensitivity.conflict.whole, *sensitivity.conflict.clusters):
        yield "conflict", "items", surprise.id, surprise.conflict, f"bits; tail {surprise.tail:.3g}"
