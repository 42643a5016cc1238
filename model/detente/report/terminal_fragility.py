"""Sensitivity and watch on a terminal, within 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from detente.report.fragility_words import WAYS, asked, moved_number, named
from detente.report.prose import clean, name, percent, short

if TYPE_CHECKING:
    from rich.console import Console

    from detente.analysis.results import Indicator, Sensitivity, Watch

MEASURE = 80
ROWS = 8
LIST = 12
CAUSES = 0.005


def print_sensitivity(found: Sensitivity, console: Console) -> None:
    """Print what the target rests on; text from cases is never read as markup."""
    place = found.place(found.target)
    base = found.base[place]
    console.print(
        Text.assemble(("How fragile is ", "bold"), (asked(found.target), "bold"), (f" ({percent(base)})?", "bold"))
    )
    console.print()
    for table in (_left_out(found, place), _tornado(found, place), _tipping(found), _variance(found, place)):
        if table is not None:
            console.print(table, width=min(console.width, MEASURE))
            console.print()
    for even in found.break_even:
        if even.prior is not None and even.target == found.target:
            line = f"{percent(even.line)} ({even.meaning})"
            console.print(Text(f"A prior of {percent(even.prior)} for {name(even.hypothesis)} puts it at {line}."))
    total, error = found.variance.total[place], found.variance.total_error[place]
    console.print(Text(f"Shares of variance sum to {total:.2f} (standard error {error:.2f}); the rest is interaction."))
    console.print(Text(clean(found.conflict.verdict)))
    if found.power_note:
        console.print(Text(found.power_note))


def print_watch(found: Watch, console: Console) -> None:
    """Print the most informative, the same by date, and the best set."""
    place = found.place(found.target)
    width = min(console.width, MEASURE)
    console.print(
        Text.assemble(("What would tell us most about ", "bold"), (asked(found.target), "bold"), ("?", "bold"))
    )
    console.print(Text(f"Now {percent(found.base[place])}; there are {found.entropy_target:.2f} bits to learn."))
    console.print()
    ranked = found.indicators[:LIST]
    for title, rows in (("Most telling", ranked), ("Most telling up to a date", _up_to_dates(found))):
        table = _table(title, "By", "Chance", "Seen", "Not", "Bits", "Cost")
        for one in rows:
            table.add_row(
                Text(short(clean(one.text), 2 * (width - 56))),
                one.by.isoformat(),
                percent(one.chance),
                percent(one.if_seen[place]),
                percent(one.if_not[place]),
                f"{one.bits_target:.4f}",
                "–" if one.cost is None else f"{one.cost:g}",
            )
        console.print(table, width=width)
        console.print()
    table = _table("Best set, in order", "By", "Adds", "Together")
    texts = {(one.id, one.by): one.text for one in found.indicators}
    for pick in found.best:
        text = Text(short(clean(texts[pick.id, pick.by]), 2 * (width - 40)))
        table.add_row(text, pick.by.isoformat(), f"{pick.adds:.4f}", f"{pick.total:.4f}")
    console.print(table, width=width)
    console.print()


def _up_to_dates(found: Watch) -> list[Indicator]:
    """Return, for each date, the most telling indicator up to it; one that stays the best is not repeated."""
    best = [
        next(one for one in found.indicators if one.by <= day) for day in sorted({one.by for one in found.indicators})
    ]
    return list(dict.fromkeys(best))


def _left_out(found: Sensitivity, place: int) -> Table:
    base = found.base[place]
    table = _table("Left out", "Items", "Then")
    for kind in ("item", "cluster", "actor", "source"):
        rows = sorted((r for r in found.left_out if r.kind == kind), key=lambda r: -abs(r.values[place] - base))
        for row in rows[: ROWS // 2]:
            label = row.id if kind in {"actor", "source"} else name(row.id)
            table.add_row(Text(short(f"{kind} {clean(label)}", 56)), f"{len(row.items)}", percent(row.values[place]))
    return table


def _tornado(found: Sensitivity, place: int) -> Table:
    table = _table("Number moved", "Low", "High", "At low", "At high")
    for row in found.tornado[:ROWS]:
        label = Text(short(clean(moved_number(row.kind, row.id)), 44))
        table.add_row(
            label, f"{row.low:.2g}", f"{row.high:.2g}", percent(row.at_low[place]), percent(row.at_high[place])
        )
    return table


def _tipping(found: Sensitivity) -> Table | None:
    if not found.tipping:
        return None
    table = _table("Smallest single change", "From", "To", "Steps", "Effect")
    for kind in ("likelihood", "correlation", "grade"):
        nearest = sorted((row for row in found.tipping if row.kind == kind), key=lambda row: row.distance)
        for row in nearest[:3]:
            label = Text(short(clean(f"{kind} {named(row.id)}"), 44))
            effect = "another leads" if row.effect == WAYS else row.effect
            table.add_row(
                label, f"{row.stated:.2g}", row.label or f"{row.at:.2g}", f"{row.distance:.1f}", short(effect, 20)
            )
    return table


def _variance(found: Sensitivity, place: int) -> Table:
    table = _table("Cause of variance", "Share", "Error")
    for row in sorted(found.variance.shares, key=lambda row: -row.index[place])[:ROWS]:
        if row.index[place] > CAUSES:
            table.add_row(Text(short(named(row.cause), 50)), f"{row.index[place]:.2f}", f"{row.error[place]:.2f}")
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1), expand=True)
    table.add_column(first, ratio=1)
    for heading in others:
        table.add_column(heading, justify="left" if heading == "Effect" else "right", no_wrap=True)
    return table
