"""The page of the paces: every step by explanation and regime, and the curves that the stated numbers imply."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

from detente.case.phases import part_of
from detente.report.figures.series import Incidence, cumulative_incidence
from detente.report.names import labels, regime_name, step_name
from detente.report.prose import capital, percent
from detente.report.sections.priors import pace_table
from detente.report.specs import Figure
from detente.report.tables import Column, Columns, table
from detente.serve.forms import row_form
from detente.serve.web import Visit, draw, failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.responses import Response

    from detente.case import Case
    from detente.case.intensities import Intensity
    from detente.case.processes import Transition
    from detente.serve.desk import Snapshot

FILE = "intensities.csv"
POINTS, ROWS = 40, 4
FIELDS = ("within_days", "low", "mid", "high", "because")


def show(visit: Visit) -> Response:
    """Show the paces, and the curves of one step."""
    return _page(visit, 0)


def show_row(visit: Visit) -> Response:
    """Show the paces with one row opened for editing."""
    return _page(visit, int(visit.request.path_params["line"]))


def _page(visit: Visit, line: int) -> Response:
    case, snapshot = visit.case, visit.snapshot
    rows = [row for row in case.intensities if line and _line(snapshot, row) == line]
    form = row_form(snapshot, FILE, line, f"{FILE}, line {line}", FIELDS) if rows else None
    if line and form is None:
        return failure(visit, f"{FILE} has no row on line {line}.", 404)
    steps = {step.id: step for step in case.transitions}
    named = {key: step_name(step.process, step.source, step.target) for key, step in steps.items()}
    chosen = rows[0].transition if rows else steps.get(visit.asked("step"), next(iter(steps.values()), None))
    figures = tuple(curves(case, chosen)) if chosen is not None else ()
    return visit.page(
        "paces.j2",
        paces=pace_table(case, lambda row: visit.address("paces", str(_line(snapshot, row))) + "#row")
        if steps
        else None,
        steps=named,
        chosen=chosen.id if chosen is not None else "",
        heading=named[chosen.id] if chosen is not None else "",
        figures=figures,
        drawn=draw(figures),
        form=form,
        holds_for=[f"{labels(case)[row.hypothesis]}, {regime_name(case, row.regime)}" for row in rows],
    )


def _line(snapshot: Snapshot, row: Intensity) -> int:
    step = row.transition
    cell = (step.process, step.source, step.target, row.hypothesis, row.regime)
    return snapshot.own_line(FILE, "intensity", *cell)


def curves(case: Case, step: Transition) -> Iterator[Figure]:
    """Yield a figure for each regime: the probability that a step has been taken by each day, were it alone.

    A stated probability p within d days is a pace of -log(1 - p) / d a day, and the curve is 1 - exp(-pace t).
    """
    called, days = labels(case), _days(case)
    dates = tuple(case.information_cutoff + dt.timedelta(day) for day in days)
    for regime in case.regimes:
        stated = [(h, case.intensity(step, h, regime)) for h in case.hypothesis_ids if case.states(step, regime)]
        if not stated or part_of(regime) in case.occasion_ids:
            continue
        lines = {h: _curve(called[h], row, days) for h, row in stated}
        best = max(lines.values(), key=lambda line: line.mean[-1])
        when = regime_name(case, regime)
        ends = "; ".join(f"{line.label} {line.number}" for line in lines.values())
        yield Figure(
            name=f"pace-{step.id}-{regime}".replace(":", "-").replace(">", "-").replace(" ", ""),
            title=f"{capital(when)}: soonest under {best.label}, {best.number} within {days[-1]} days",
            description=f"Probability that the step has been taken within so many days, {when}, were no other step "
            f"possible: {ends}. Bands: the stated 90% intervals.",
            note="Bands: stated 90% intervals.",
            drawing=cumulative_incidence(dates, tuple(lines.values()), None, stacked=False),
            data=table(
                "Probability by date, were the pace to hold from the cut-off on",
                range(0, len(days), max(1, len(days) // ROWS)),
                Column("By", lambda place: dates[place], "date"),
                Columns(lines.values(), lambda one: capital(one.label), lambda one, at: one.mean[at], "percent"),
            ),
        )  # fmt: skip


def _days(case: Case) -> tuple[int, ...]:
    length = max(1, (case.horizon - case.information_cutoff).days)
    return tuple(dict.fromkeys(round(length * place / POINTS) for place in range(POINTS + 1)))


def _curve(label: str, stated: Intensity, days: tuple[int, ...]) -> Incidence:
    def curve(probability: float) -> tuple[float, ...]:
        pace = -math.log1p(-probability) / stated.within_days
        return tuple(-math.expm1(-pace * day) for day in days)

    mean = curve(stated.mid)
    return Incidence(label, percent(mean[-1]), mean, curve(stated.low), curve(stated.high))
