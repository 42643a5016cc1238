"""Section 5, what may happen: each outcome before and after the election and by the horizon, and under which winner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.case.windows import by_deadline
from detente.report.competing import competing, settled
from detente.report.prose import chance, date, interval, name, percent, window_chance
from detente.report.sections import over_time, polls
from detente.report.sections.curves import incidence
from detente.report.specs import Cell, Column, Figure, Group, Table, table
from detente.report.views import ElectionView, election, winner_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.dossier import Dossier
    from detente.forecast.result import Forecast, OutcomeForecast, WindowForecast


@dataclass(frozen=True)
class Outcomes:
    """What may happen."""

    election: ElectionView
    horizon: str
    open: bool
    winners: Table | None
    polls: polls.Polls | None
    settled: tuple[tuple[str, str], ...]
    windows: Table
    figures: tuple[Figure, ...]
    over_time: Figure | None
    conditional: tuple[Table, ...]
    has_winners: bool
    resolution: Table | None


def build(dossier: Dossier) -> Outcomes | None:
    """Build the section, or nothing for a case without outcomes."""
    forecast = dossier.forecast
    if not forecast.outcomes:
        return None
    return Outcomes(
        election=election(forecast),
        horizon=date(forecast.horizon),
        open=any(not settled(outcome) for outcome in forecast.outcomes.values()),
        winners=_winners(forecast),
        polls=polls.build(forecast),
        settled=tuple((o.label, date(o.happened)) for o in forecast.outcomes.values() if o.happened),
        windows=_windows(forecast),
        figures=tuple(incidence(forecast)),
        over_time=over_time.build(forecast, dossier.history),
        conditional=tuple(_conditional(forecast)),
        has_winners=any(outcome.horizon.by_winner for outcome in forecast.outcomes.values()),
        resolution=_resolution(forecast),
    )


def windows(forecast: Forecast) -> tuple[tuple[str, str], ...]:
    """Return the windows this forecast has, with their headings."""
    days = (*forecast.inputs.deadlines_ahead, forecast.horizon)
    by = [(by_deadline(day), f"By {date(day)}") for day in days[:-1]] + [("horizon", f"By {date(days[-1])}")]
    if not any(outcome.before_election for outcome in forecast.outcomes.values()):
        return tuple(by)
    return (("before_election", "Before the election"), ("after_election", "After it, if not before"), *by)


def _winners(forecast: Forecast) -> Table | None:
    if election(forecast).state != "ahead":
        return None
    rows = tuple(
        (winner.label, chance(winner.probability, mcse=winner.mcse).full, interval(winner.interval))
        for winner in forecast.election.values()
    )
    return table("Who wins the election", (Column("Winner"), Column("Probability"), Column("Moves", "number")), rows)


def _windows(forecast: Forecast) -> Table:
    shown = windows(forecast)
    groups = []
    for process in dict.fromkeys(outcome.process for outcome in forecast.outcomes.values()):
        kinds, _ = competing(forecast, process)
        members = [outcome for outcome in forecast.outcomes.values() if outcome.process == process]
        rows = tuple((o.label, *(_cell(o, o.windows.get(window)) for window, _ in shown)) for o in members)
        note = "at most one of these comes first" if len(kinds) == len(members) else ""
        groups.append(Group(rows, name(process), note))
    columns = (Column("Outcome"), *(Column(heading) for _, heading in shown))
    return Table("Each outcome: number, word, the word’s range, and how far the number moves", columns, tuple(groups))


def _cell(outcome: OutcomeForecast, window: WindowForecast | None) -> Cell:
    if text := settled(outcome):
        return text
    if window is None:
        return "–"
    worded = window_chance(window)
    return (worded.number, f"{worded.word} ({worded.span})", f"moves {interval(window.interval)}")


def _conditional(forecast: Forecast) -> Iterator[Table]:
    """Yield, for each window, the outcomes under each hypothesis and each winner."""
    for window, heading in windows(forecast):
        found = [(o, o.windows[window]) for o in forecast.outcomes.values() if not settled(o) and window in o.windows]
        winners = tuple(dict.fromkeys(key for _, w in found for key in w.by_winner))
        if not found:
            continue
        columns = (
            Column("Outcome"),
            *(Column(f"if {name(h)}", "number") for h in forecast.hypotheses),
            *(Column(f"if: {winner_label(forecast, key)}", "number") for key in winners),
        )
        rows = tuple(
            (
                o.label,
                *(_share(w.by_hypothesis.get(h)) for h in forecast.hypotheses),
                *(_share(w.by_winner.get(key)) for key in winners),
            )
            for o, w in found
        )
        yield table(
            f"{heading}: each outcome if one hypothesis{' or one winner' if winners else ''} were certain",
            columns,
            rows,
        )


def _share(probability: float | None) -> str:
    return "–" if probability is None else percent(probability)


def _resolution(forecast: Forecast) -> Table | None:
    rows = tuple((o.label, o.resolution) for o in forecast.outcomes.values() if o.resolution)
    if not rows:
        return None
    return table("How each outcome is decided", (Column("Outcome"), Column("Rule", "reason")), rows)
