"""The summary on a terminal: hypotheses, what weighs most each way, and the outcomes, within 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from detente.case.windows import by_deadline
from detente.report.competing import settled
from detente.report.prose import clean, decibans, name, percent, short, window_chance
from detente.report.sections.bottom_line import build as bottom_line
from detente.report.sections.front import build as front_matter
from detente.report.sections.outcomes import windows
from detente.report.views import rivals

if TYPE_CHECKING:
    from rich.console import Console

    from detente.dossier import Dossier
    from detente.forecast.result import EvidenceWeight, Forecast

HEAVIEST = 3
NARROWEST_LABEL = 18
_MEASURE = 80


def print_summary(dossier: Dossier, console: Console) -> None:
    """Print the summary; text from cases is never read as markup."""
    forecast, width = dossier.forecast, min(console.width, _MEASURE)
    parts = [_head(dossier), _hypotheses(dossier), _evidence(forecast, width), _outcomes(forecast, width)]
    for part in parts:
        if part is not None:
            console.print(part, width=width)
            console.print()


def _head(dossier: Dossier) -> Text:
    front, line = front_matter(dossier), bottom_line(dossier)
    head = Text()
    if front.diagnostics_failed:
        head.append("DIAGNOSTICS FAILED: do not rely on these numbers yet.\n", style="bold reverse")
        for check in front.failed:
            head.append(f"  {clean(check.name)}: {clean(check.finding)}. {clean(check.advice)}\n")
        head.append("\n")
    head.append(f"{clean(front.title)}\n", style="bold")
    vote = {"none": "", "ahead": f", election {front.election.date}", "past": f", election held {front.election.date}"}
    head.append(f"as of {front.as_of}{vote[front.election.state]}, horizon {front.horizon}\n\n")
    lead = line.leading
    head.append(lead.name, style="bold")
    head.append(f": {lead.posterior.full}, {lead.posterior.frequency}. {lead.moves.capitalize()}.\n")
    head.append(f"Confidence is {line.confidence.level}.")
    return head


def _hypotheses(dossier: Dossier) -> Table:
    table = _table("Hypothesis", "Before", "Now", "Moves", "In words")
    for view in front_matter(dossier).hypotheses:
        table.add_row(
            Text(short(view.name, 24)),
            view.prior.number,
            Text(view.posterior.number, style="bold" if view.leading else ""),
            view.interval,
            view.posterior.word,
        )
    return table


def _evidence(forecast: Forecast, width: int) -> Table | None:
    if not forecast.evidence:
        return None
    lead = forecast.leading
    claims = {item.id: item.claim if item.observed else f"Not seen: {item.claim}" for item in forecast.inputs.evidence}
    ranked = sorted(forecast.evidence, key=lambda item: -abs(item.weight_db[lead]))
    table = _table("Heaviest evidence", "dB", "Without")
    table.columns[0].ratio = 1
    for heading, sign in ((f"for {name(lead)}", 1), (f"for {rivals(forecast)}", -1)):
        side: list[EvidenceWeight] = [item for item in ranked if sign * item.weight_db[lead] > 0][:HEAVIEST]
        if not side:
            continue
        table.add_row(Text(heading, style="bold"), "", "")
        for item in side:
            table.add_row(
                Text(short(claims[item.id], 2 * (width - 24))),
                decibans(item.weight_db[lead]),
                percent(item.posterior_without[lead]),
            )
    table.expand = True
    return table


def _outcomes(forecast: Forecast, width: int) -> Table | None:
    if not forecast.outcomes:
        return None
    shown = windows(forecast)
    short_heads = {"before_election": "Before", "after_election": "After", "horizon": "By horizon"}
    short_heads |= {by_deadline(day): f"By {day.day}\n{day:%b %Y}" for day in forecast.inputs.deadlines_ahead}
    worded = not forecast.inputs.deadlines_ahead  # where there are more columns the words are left to the report
    table = _table("Outcome", *(short_heads[window] for window, _ in shown), *(("In words",) if worded else ()))
    table.columns[0].min_width = 0 if worded else NARROWEST_LABEL
    for outcome in forecast.outcomes.values():
        label = Text(short(outcome.label, 2 * (width - 50)))
        if text := settled(outcome):
            table.add_row(label, *("" for _ in table.columns[2:]), Text(text))
            continue
        cells = [outcome.windows.get(window) for window, _ in shown]
        numbers = ("–" if cell is None else window_chance(cell).number for cell in cells)
        table.add_row(label, *numbers, *((window_chance(outcome.horizon).word,) if worded else ()))
    return table


def _table(first: str, *others: str) -> Table:
    """Return a table whose columns hold numbers, but for the first and any that is in words."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    table.add_column(first)
    for heading in others:
        words = heading == "In words"
        table.add_column(heading, justify="left" if words else "right", no_wrap=True)
    return table
