"""Sensitivity and watch as one tidy CSV table each."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from detente.analysis.results import Sensitivity, Watch

    Cells = list[object]


def sensitivity_csv(found: Sensitivity) -> str:
    """Return one row a setting: which part, of what, at which value, a note, and every headline.

    In rows of ``variance`` and ``power_scaling`` the headlines' columns hold indices, in those of ``break_even`` and
    ``tipping`` nothing.
    """
    return _table(("part", "kind", "id", "at", "note", *found.headlines), _sensitivity_rows(found))


def watch_csv(found: Watch) -> str:
    """Return one row an indicator, most informative first."""
    header = (
        "rank", "kind", "id", "by", "chance", "bits_hypotheses", "bits_target", "cost", "in_best_set",
        *(f"{name}_if_{way}" for way in ("seen", "not") for name in found.headlines), "text", "because",
    )  # fmt: skip
    picked = {(pick.id, pick.by): number for number, pick in enumerate(found.best, start=1)}
    rows: Iterator[Cells] = (
        [
            rank, one.kind, one.id, one.by, one.chance, one.bits_hypotheses, one.bits_target, one.cost,
            picked.get((one.id, one.by)), *one.if_seen, *one.if_not, one.text, one.because,
        ]
        for rank, one in enumerate(found.indicators, start=1)
    )  # fmt: skip
    return _table(header, rows)


def _sensitivity_rows(found: Sensitivity) -> Iterator[Cells]:
    blank: Cells = [None] * len(found.headlines)
    yield ["base", "", "", None, "", *found.base]
    yield ["base_error", "", "", None, "Monte Carlo standard error", *found.error]
    for row in found.left_out:
        yield ["left_out", row.kind, row.id, None, f"{len(row.items)} items", *row.values]
    for swing in found.tornado:
        yield ["tornado_low", swing.kind, swing.id, swing.low, f"stated {swing.mid:g}; {swing.range}", *swing.at_low]
        yield ["tornado_high", swing.kind, swing.id, swing.high, f"stated {swing.mid:g}; {swing.range}", *swing.at_high]
    for even in found.break_even:
        note = f"{even.target} at {even.line:g} ({even.meaning}); prior stated {even.stated:g}"
        yield ["break_even", "prior", even.hypothesis, even.prior, note, *blank]
    for tip in found.tipping:
        note = f"{tip.effect}; stated {tip.stated:g}; {tip.distance:.3g} {tip.unit} {tip.label}".strip()
        yield ["tipping", tip.kind, tip.id, tip.at, note, *blank]
    for sweep in found.sweeps:
        for value, answers in zip(sweep.grid, sweep.values, strict=True):
            yield ["sweep", sweep.dial, "", value, sweep.meaning, *answers]
    for share in found.variance.shares:
        yield ["variance", share.cause, "", None, "first-order index", *share.index]
        yield ["variance_error", share.cause, "", None, "its standard error", *share.error]
    yield ["variance", "sum", "", None, "sum of the indices", *found.variance.total]
    yield ["variance_error", "sum", "", None, "its standard error", *found.variance.total_error]
    for power in found.power:
        by_name = dict(zip(found.quantities, power.values, strict=True))
        yield ["power_scaling", power.kind, power.id, None, "", *(by_name.get(name) for name in found.headlines)]
    for surprise in (found.conflict.whole, *found.conflict.clusters):
        note = f"bits; tail {surprise.tail:.3g}"
        yield ["conflict", "items", surprise.id, surprise.conflict, note, *blank]


def _table(header: Sequence[str], rows: Iterator[Cells]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
