"""Section 9, the outside view and baselines: how like cases went, what that does here, simpler answers beside ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.competing import settled
from detente.report.figures.dots import Pair, Pairs
from detente.report.prose import count, date, interval, name, percent
from detente.report.specs import Cell, Column, Figure, Group, Table, table
from detente.report.views import election, winner_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from detente.dossier import Dossier
    from detente.forecast.outside import BaseRate, ClassShare, Count, OutsideView, StepLevel
    from detente.forecast.result import Forecast

USUAL = (0.4, 2.5)
"""Ratios of a class's chance to ours that call for no explanation."""
TWO = 2


@dataclass(frozen=True)
class Rate:
    """The base rate in words."""

    state: str
    months: int
    near: str
    far: str
    fewer: str
    unknown: str
    memory: str


@dataclass(frozen=True)
class Outside:
    """What lies outside the case; parts that have no input are None."""

    weight: str
    used: str
    because: str
    shares: Table | None
    levels: Table | None
    flagged: str
    rate: Rate | None
    figure: Figure | None
    explanations: Table | None
    outcomes: Table | None
    winners: Table | None


def build(dossier: Dossier) -> Outside:
    """Build the section; where the case brings no class, simpler answers stand alone."""
    forecast = dossier.forecast
    view, stated = forecast.outside_view, forecast.inputs.priors.outside_view
    odd = [level for level in view.levels if not USUAL[0] <= _ratio(level) <= USUAL[1]] if view else []
    return Outside(
        weight=percent(view.weight) if view else "",
        used=name(view.reference_class) if view else "",
        because=stated.because if stated else "",
        shares=_shares(view) if view else None,
        levels=_levels(forecast, view) if view and view.levels else None,
        flagged=count(len(odd), "step") if odd else "",
        rate=_rate(view.base_rate) if view and view.base_rate and forecast.election_date else None,
        figure=_figure(forecast, view) if view else None,
        explanations=_explanations(forecast),
        outcomes=_outcomes(forecast, view.alone if view else {}),
        winners=_winners(forecast),
    )


def _shares(view: OutsideView) -> Table:
    months = tuple(dict.fromkeys(m for found in view.classes for share in found.shares for m in share.by))
    groups = tuple(
        Group(
            tuple((_who(share), *(_reached(share, m) for m in months)) for share in found.shares),
            name(found.id),
            count(found.members, "member"),
        )
        for found in view.classes
        if found.shares
    )
    columns = (Column("Step"), *(Column(f"within {m} months", "number") for m in months))
    return Table("Share of each class that had taken a step, counted from its start", columns, groups)


def _who(share: ClassShare) -> Cell:
    at_once = f", {share.at_once} more were there on the first day" if share.at_once else ""
    return (name(share.state), f"{share.reached} of {share.waited} that waited{at_once}")


def _reached(share: ClassShare, months: int) -> Cell:
    mean, low, high, counted = share.by[months]
    return (percent(mean), interval((low, high)), f"counted: {percent(counted)}")


def _levels(forecast: Forecast, view: OutsideView) -> Table:
    grouped: dict[str, list[StepLevel]] = {}
    for level in view.levels:
        heading = f"{name(level.process)}: {name(level.source)} → {name(level.target)}"
        grouped.setdefault(heading, []).append(level)
    groups = tuple(
        Group(
            tuple(_level(forecast, level) for level in rows), heading, f"{rows[0].reached} of {rows[0].members} members"
        )
        for heading, rows in grouped.items()
    )
    columns = (
        Column("When"),
        Column("Class", "number"),
        Column("As judged", "number"),
        Column("After blending", "number"),
        Column("Class to judged"),
    )
    return Table("The level of each step’s pace: the chance of it, were it the only one possible", columns, groups)


def _level(forecast: Forecast, level: StepLevel) -> tuple[Cell, ...]:
    regime = level.regime.removeprefix("after:")
    if level.regime == "before":
        when = "before the election" if forecast.election_date else "at any time"
    else:
        when = f"after: {winner_label(forecast, regime)}"
    waited = f", after {count(level.waited, 'day')} of waiting" if level.waited else ""
    ratio = _ratio(level)
    worded = f"{ratio:.1f}" if ratio < 9.95 else f"{ratio:.0f}"  # noqa: PLR2004 - one decimal below ten
    mark = "" if USUAL[0] <= ratio <= USUAL[1] else " – far apart"
    return (
        (when, f"within {level.within_days:g} days{waited}"),
        percent(level.of_class),
        percent(level.before),
        percent(level.after),
        f"{worded}{mark}",
    )


def _ratio(level: StepLevel) -> float:
    return level.of_class / level.before


def _rate(rate: BaseRate) -> Rate:
    def words(found: Count) -> str:
        return f"{found.reached} of {found.of} (90 % interval {interval(found.interval)})"

    whole = rate.recalled == rate.flags
    return Rate(
        state=name(rate.state),
        months=rate.months,
        near=words(rate.with_election),
        far=words(rate.without),
        fewer=percent(rate.fewer_with),
        unknown=count(rate.unknown, "member") if rate.unknown else "",
        memory="" if not rate.recalled else "All" if whole else f"{rate.recalled} of {rate.flags}",
    )


def _figure(forecast: Forecast, view: OutsideView) -> Figure | None:
    rows = tuple(
        (outcome.label, outcome.horizon.probability, view.alone[key])
        for key, outcome in forecast.outcomes.items()
        if key in view.alone and not settled(outcome)
    )
    if not rows:
        return None
    label, ours, theirs = max(rows, key=lambda row: abs(row[1] - row[2]))
    return Figure(
        name="outside-view",
        title=f"Furthest from the class is “{label}”: {percent(ours)} here, {percent(theirs)} by the class alone",
        description=f"By {date(forecast.horizon)}, this forecast and the outside view alone: "
        + "; ".join(f"{label}, {percent(ours)} and {percent(theirs)}" for label, ours, theirs in rows)
        + ".",
        drawing=Pairs(
            tuple(Pair(label, (ours, theirs), (percent(ours), percent(theirs))) for label, ours, theirs in rows),
            ("this forecast", "the class alone"),
        ),
    )


def _explanations(forecast: Forecast) -> Table | None:
    share = 1 / len(forecast.hypotheses)
    rows = [("This forecast", *(percent(found.posterior) for found in forecast.hypotheses.values()))]
    if forecast.model_steps:
        simple = forecast.model_steps[0].posterior
        rows.append(("Evidence taken as independent and certain", *(percent(simple[h]) for h in forecast.hypotheses)))
    rows.append(("No evidence: the prior", *(percent(found.prior) for found in forecast.hypotheses.values())))
    rows.append(("Uniform", *(percent(share) for _ in forecast.hypotheses)))
    columns = (Column("Answer"), *(Column(name(h), "number") for h in forecast.hypotheses))
    return table("Which explanation, beside simpler answers", columns, tuple(rows))


def _outcomes(forecast: Forecast, alone: Mapping[str, float]) -> Table | None:
    """Return each open outcome beside the class alone, where there is one, no change, and even odds."""
    rows = tuple(
        (
            outcome.label,
            percent(outcome.horizon.probability),
            *((percent(alone[key]) if key in alone else "–",) if alone else ()),
            percent(0.0),
            percent(0.5),
        )
        for key, outcome in forecast.outcomes.items()
        if not settled(outcome)
    )
    if not rows:
        return None
    columns = (
        Column("Outcome"),
        Column("This forecast", "number"),
        *((Column("Class alone", "number"),) if alone else ()),
        Column("No change", "number"),
        Column("Uniform", "number"),
    )
    return table(f"By {date(forecast.horizon)}, beside simpler answers", columns, rows)


def _winners(forecast: Forecast) -> Table | None:
    """Return who gave which winner what, and when; between two winners everything is said of the first."""
    if election(forecast).state != "ahead":
        return None
    first, *others = forecast.election
    rows = [("This forecast", date(forecast.as_of), percent(forecast.election[first].probability))]
    rows += _others(forecast, first, two=len(others) + 1 == TWO)
    rows += [("No change", "", percent(1.0)), ("Uniform", "", percent(1 / (len(others) + 1)))]
    columns = (Column("Who"), Column("Known on", "short"), Column(winner_label(forecast, first), "number"))
    return table("The election: what others gave, as of the cut-off", columns, tuple(rows))


def _others(forecast: Forecast, first: str, *, two: bool) -> Iterator[tuple[str, str, str]]:
    for row in sorted(forecast.inputs.external_forecasts, key=lambda row: row.date):
        if row.winner == first or two:
            given = row.probability if row.winner == first else 1 - row.probability
            yield (f"{row.forecaster} ({row.note})" if row.note else row.forecaster, date(row.date), percent(given))
