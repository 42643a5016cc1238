"""Section 6, what would change our mind: indicators by expected information, and the answer if seen and if not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from detente.report.figures.dots import dumbbell
from detente.report.names import as_headline, hypotheses, indicator_text, label
from detente.report.prose import capital, date, short
from detente.report.specs import Figure
from detente.report.tables import Column, Columns, Table, decimals, table, to_csv

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from detente.analysis.results import Indicator, Watch
    from detente.dossier import Dossier
    from detente.forecast.result import Forecast

DRAWN, LISTED = 10, 20


def build(dossier: Dossier) -> SimpleNamespace | None:
    """Build the section, where something is left to watch; ``most`` and ``best_share`` are of all there is to learn."""
    forecast = dossier.forecast
    watch = dossier.watch
    if watch is None or not watch.indicators:
        return None
    place = watch.place(forecast.leading)
    learned = watch.best[-1].total / watch.entropy_target if watch.best and watch.entropy_target else 0.0
    ranked = sorted(watch.indicators, key=lambda one: (-one.bits_hypotheses, one.by, one.id))
    most = ranked[0].bits_hypotheses / watch.entropy_hypotheses if watch.entropy_hypotheses else 0.0
    by_date = table(
        "The most informative indicator up to each date",
        best_by_date(ranked).items(),
        Column("Up to", lambda row: row[1], "date"),
        Column("Indicator", lambda row: _label(row[0])),
        Column("Answer if seen", lambda row: row[0].if_seen[place], as_headline(forecast)),
        Column("If not", lambda row: row[0].if_not[place], as_headline(forecast)),
        Column("Bits", lambda row: row[0].bits_hypotheses, "thousandths"),
    )
    texts = {(one.id, one.by): _label(one) for one in watch.indicators}
    best = table(
        "The best few together: each adds most to those above it",
        watch.best,
        Column("Indicator", lambda pick: texts[pick.id, pick.by]),
        Column("By", lambda pick: pick.by, "date"),
        Column("Added bits", lambda pick: pick.adds, "thousandths"),
        Column("Total bits", lambda pick: pick.total, "thousandths"),
    )
    return SimpleNamespace(
        watch=watch,
        most=most,
        best_share=learned,
        dumbbell=_dumbbell(forecast, watch, ranked[:DRAWN], place),
        ranked=_ranked(forecast, ranked, place),
        by_date=by_date,
        best=best if watch.best else None,
    )


def _dumbbell(forecast: Forecast, watch: Watch, ranked: list[Indicator], place: int) -> Figure:
    view, top, shown = hypotheses(forecast)[0], ranked[0], as_headline(forecast).worded
    rows = tuple((_label(one), f"by {date(one.by)}", one.if_seen[place], one.if_not[place]) for one in ranked)
    return Figure(
        name="watch",
        title=(
            f"{capital(view.name)}: {shown(top.if_seen[place])} if “{short(_label(top).rstrip('.'), 60)}” by "
            f"{date(top.by)}, {shown(top.if_not[place])} if not"
        ),
        description=(
            f"For each of the {len(rows)} most informative indicators, the probability of {view.name} if it is seen by "
            f"its date (dot) and if it is not (ring); {view.posterior.number} now. "
            "The table of indicators has all numbers."
        ),
        drawing=dumbbell(rows, watch.base[place], view.look),
        note="Dot: if seen. Ring: if not seen. Line: now.",
    )


def _ranked(forecast: Forecast, ranked: list[Indicator], place: int) -> Table[Indicator]:
    return table(
        "What to watch, most informative first" + (f": {LISTED} of {len(ranked)} indicators" * (len(ranked) > LISTED)),
        ranked[:LISTED],
        Column("Indicator", lambda one: (indicator_text(one), *because(one, forecast))),
        Column("By", lambda one: one.by, "date"),
        Column("Probability", lambda one: one.chance, "percent"),
        Column("Answer if seen", lambda one: one.if_seen[place], as_headline(forecast)),
        Column("If not", lambda one: one.if_not[place], as_headline(forecast)),
        Column("Bits", lambda one: one.bits_hypotheses, "thousandths"),
        Column("Cost", lambda one: one.cost, decimals("{:g}")) if any(one.cost is not None for one in ranked) else None,
    )


def best_by_date(ranked: Sequence[Indicator]) -> dict[Indicator, dt.date]:
    """Return the most telling indicator up to each date; one that stays the best is not repeated."""
    leaders: dict[Indicator, dt.date] = {}
    for day in sorted({one.by for one in ranked}):
        leaders.setdefault(next(one for one in ranked if one.by <= day), day)
    return leaders


def because(one: Indicator, forecast: Forecast) -> tuple[str, ...]:
    """Return why an indicator tells the explanations apart, a line for each explanation."""
    reasons = next((item.reasons for item in forecast.inputs.watch if item.id == one.id), {})
    worded = tuple(f"{capital(label(forecast, key))}: {reason}" for key, reason in reasons.items())
    return worded or ((one.because,) if one.because else ())


def _label(one: Indicator) -> str:
    return f"Still to come: {one.text}" if one.kind == "silence" else indicator_text(one)


def watch_csv(watch: Watch) -> str:
    """Return one row an indicator, most informative first."""
    picked = {(pick.id, pick.by): number for number, pick in enumerate(watch.best, start=1)}
    ranks = {one: rank for rank, one in enumerate(watch.indicators, start=1)}

    places, own = range(len(watch.headlines)), ("kind", "id", "by", "chance", "bits_hypotheses", "bits_target", "cost")
    return to_csv(
        table(
            "",
            watch.indicators,
            Column("rank", ranks.__getitem__),
            Columns(own, str, lambda field, one: getattr(one, field)),
            Column("in_best_set", lambda one: picked.get((one.id, one.by))),
            Columns(places, lambda i: f"{watch.headlines[i]}_if_seen", lambda i, one: one.if_seen[i]),
            Columns(places, lambda i: f"{watch.headlines[i]}_if_not", lambda i, one: one.if_not[i]),
            Column("text", indicator_text),
            Column("because", lambda one: one.because),
        )
    )
