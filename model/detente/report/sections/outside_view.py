"""Section 9, the outside view and baselines: how like cases went, what that does here, simpler answers beside ours."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING

from detente.crowd import crowd_probability
from detente.report.figures.dots import Pair, pairs
from detente.report.names import election, label, regime_name, settled, step_name, winner_label
from detente.report.prose import capital, count, date, interval, name, percent
from detente.report.specs import Figure
from detente.report.tables import Cell, Column, Columns, Group, Table, by_key, grouped, table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from detente.dossier import Dossier
    from detente.forecast.outside import ClassShare, OutsideView, StepLevel
    from detente.forecast.result import Forecast, OutcomeForecast

    Given = tuple[str, dt.date | None, float]

USUAL = (0.4, 2.5)
"""Ratios of a class's chance to ours that call for no explanation."""
TWO = 2
FAR = math.log(2)
"""A class that moves the log odds of a judged pace by more at least doubles or halves the odds."""
CERTAIN = 1e-12
"""What a probability is held from 0 and 1 by where its odds are asked for."""


def build(dossier: Dossier) -> SimpleNamespace:
    """Build the section; where the case brings no class, simpler answers stand alone."""
    forecast = dossier.forecast
    view, stated = forecast.outside_view, forecast.inputs.priors.outside_view
    return SimpleNamespace(
        view=view,
        because=stated.because if stated else "",
        shares=_shares(view) if view else None,
        levels=_levels(forecast, view) if view and view.levels else None,
        flagged=sum(not USUAL[0] <= _ratio(level) <= USUAL[1] for level in view.levels) if view else 0,
        rate=view.base_rate if view and forecast.election_date else None,
        figure=_figure(forecast, view) if view else None,
        explanations=_explanations(forecast),
        outcomes=_outcomes(forecast, view.alone if view else {}),
        winners=_winners(forecast),
    )


def _shares(view: OutsideView) -> Table[ClassShare]:
    def reached(months: int, share: ClassShare) -> Cell:
        mean, low, high, counted = share.by[months]
        known = "not counted: nobody was followed so long" if counted is None else f"counted: {percent(counted)}"
        return percent(mean), interval((low, high)), known

    def who(share: ClassShare) -> Cell:
        at_once = f", {share.at_once} of them on the first day" if share.at_once else ""
        return capital(name(share.state)), f"{share.reached} of {share.waited}{at_once}"

    months = dict.fromkeys(m for tally in view.classes for share in tally.shares for m in share.by)
    return grouped(
        "Share of each class that had taken a step, by months from the start",
        [Group(tuple(c.shares), capital(name(c.id)), count(c.members, "member")) for c in view.classes if c.shares],
        Column("Step", who),
        Columns(months, lambda m: f"Within {m} months", reached, "percent"),
    )


def _levels(forecast: Forecast, view: OutsideView) -> Table[StepLevel]:
    def when(level: StepLevel) -> Cell:
        days = count(level.waited_most or level.waited, "day")
        least = f"{level.waited} to " if level.waited_most else ""
        waited = f", after {least}{days} without it" if level.waited or least else ""
        return regime_name(forecast.inputs, level.regime), f"within {level.within_days:g} days{waited}"

    def ratio(level: StepLevel) -> str:
        number = _ratio(level)
        mark = "" if USUAL[0] <= number <= USUAL[1] else " (far apart)"
        return f"{number:.{1 if number < 9.95 else 0}f}{mark}"  # noqa: PLR2004 - one decimal below ten

    steps = by_key(view.levels, lambda level: step_name(level.process, level.source, level.target))
    return grouped(
        "Pace of each step: its probability within the days stated, if no other step could come first",
        [
            Group(levels, heading, f"{levels[0].reached} of {levels[0].members} members")
            for heading, levels in steps.items()
        ],
        Column("When", when),
        Column("Class", lambda level: level.of_class, "percent"),
        Column("Judged", lambda level: level.before, "percent"),
        Column("Moved", lambda level: level.weight, "percent") if view.weight is None else None,
        Column("Blended", lambda level: level.after, "percent"),
        Column("Class / judged", ratio),
    )


def _ratio(level: StepLevel) -> float:
    return level.of_class / level.before


def moved_far(forecast: Forecast) -> str:
    """Say which of the judged paces still ahead the class moves furthest; nothing where it moves none far."""
    case = forecast.inputs
    regimes = {*case.regimes_on(forecast.as_of), *case.regimes_on(forecast.horizon)}

    def is_ahead(level: StepLevel) -> bool:
        return level.regime in regimes and level.source in case.process(level.process).reach[case.state(level.process)]

    ahead = [level for level in (forecast.outside_view.levels if forecast.outside_view else ()) if is_ahead(level)]
    far = [level for level in ahead if abs(_log_odds(level.after) - _log_odds(level.before)) >= FAR]
    if not far:
        return ""
    most = max(far, key=lambda level: abs(_log_odds(level.after) - _log_odds(level.before)))
    step, when = step_name(most.process, most.source, most.target), regime_name(case, most.regime)
    how = (
        f"“{step}” ({when}) goes from a judged {percent(most.before)} to {percent(most.after)} "
        f"within {most.within_days:g} days"
    )
    if len(ahead) == 1:
        return f"The reference class at least doubles or halves the odds of the one pace ahead that it speaks of: {how}"
    many = f"{len(far)} of the {len(ahead)} paces ahead that it speaks of"
    return f"The reference class at least doubles or halves the odds of {many}: furthest, {how}"


def _log_odds(probability: float) -> float:
    inside = min(max(probability, CERTAIN), 1 - CERTAIN)  # a fast class makes a step certain to the last digit
    return math.log(inside / (1 - inside))


def _figure(forecast: Forecast, view: OutsideView) -> Figure | None:
    rows = tuple(
        (outcome.label, outcome.horizon.probability, view.alone[key])
        for key, outcome in forecast.outcomes.items()
        if key in view.alone and not settled(outcome)
    )
    if not rows:
        return None
    called, ours, theirs = max(rows, key=lambda row: abs(row[1] - row[2]))
    return Figure(
        name="outside-view",
        title=f"Furthest from the class: {called}, {percent(ours)} here and {percent(theirs)} by the class alone",
        description=f"By {date(forecast.horizon)}, this forecast and the reference class alone: "
        + "; ".join(f"{called}, {percent(ours)} and {percent(theirs)}" for called, ours, theirs in rows)
        + ".",
        drawing=pairs(
            tuple(Pair(called, (ours, theirs), (percent(ours), percent(theirs))) for called, ours, theirs in rows),
            ("this forecast", "the class alone"),
        ),
    )


def _explanations(forecast: Forecast) -> Table[tuple[str, Mapping[str, float]]]:
    answers: list[tuple[str, Mapping[str, float]]] = [
        ("This forecast", {h: answer.posterior for h, answer in forecast.hypotheses.items()})
    ]
    if forecast.model_steps:
        answers.append(("Items taken as independent and certain", forecast.model_steps[0].posterior))
    answers.append(("The prior, without evidence", {h: answer.prior for h, answer in forecast.hypotheses.items()}))
    answers.append(("Equal probabilities", dict.fromkeys(forecast.hypotheses, 1 / len(forecast.hypotheses))))
    return table(
        "The explanations, beside simpler answers",
        answers,
        Column("Answer", lambda row: row[0]),
        Columns(forecast.hypotheses, lambda h: capital(label(forecast, h)), lambda h, row: row[1][h], "percent"),
    )


def _outcomes(forecast: Forecast, alone: Mapping[str, float]) -> Table[tuple[str, OutcomeForecast]] | None:
    """Return each open outcome beside the class alone, where there is one, no change, and even odds."""
    still = [(key, outcome) for key, outcome in forecast.outcomes.items() if not settled(outcome)]
    if not still:
        return None
    return table(
        f"The outcomes by {date(forecast.horizon)}, beside simpler answers",
        still,
        Column("Outcome", lambda row: row[1].label),
        Column("This forecast", lambda row: row[1].horizon.probability, "percent"),
        Column("Class alone", lambda row: alone.get(row[0]), "percent") if alone else None,
        Column("No change", lambda _: 0.0, "percent"),
        Column("Even odds", lambda _: 0.5, "percent"),
    )


def _winners(forecast: Forecast) -> Table[Given] | None:
    """Return who gave which winner what, and when; between two winners everything is said of the first."""
    if election(forecast).state not in {"ahead", "counting"}:
        return None
    first, *others = forecast.election
    given: list[Given] = [("This forecast", forecast.as_of, forecast.election[first].probability)]
    given += _others(forecast, first, two=len(others) + 1 == TWO)
    given += [("No change", None, 1.0), ("Equal probabilities", None, 1 / (len(others) + 1))]
    return table(
        "The election: probabilities given by others, known by the cut-off",
        given,
        Column("Who", lambda row: row[0]),
        Column("Date", lambda row: row[1] or "", "date"),
        Column(winner_label(forecast.inputs, first), lambda row: row[2], "percent"),
    )


def _others(forecast: Forecast, first: str, *, two: bool) -> Iterator[Given]:
    """Yield what each forecaster gave, and the pool of the latest of each where there are several."""
    latest: dict[str, tuple[dt.date, float]] = {}
    for row in sorted(forecast.inputs.external_forecasts, key=lambda row: row.date):
        if row.winner == first or two:
            given = row.probability if row.winner == first else 1 - row.probability
            latest[row.forecaster] = row.date, given
            yield f"{row.forecaster} ({row.note})" if row.note else row.forecaster, row.date, given
    if len(latest) > 1:
        day = max(day for day, _ in latest.values())
        yield "The latest of each, pooled", day, crowd_probability([given for _, given in latest.values()])
