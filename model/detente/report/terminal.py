"""What a terminal of 80 columns shows: the summary of a forecast, its sensitivity, and what to watch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from detente.case.windows import by_deadline
from detente.forecast.result import EvidenceWeight, Forecast, OutcomeForecast, RecordWeight, WinnerForecast
from detente.report.names import (
    ANOTHER_LEADS,
    NO_POWER,
    as_headline,
    cause_name,
    check_finding,
    conflict_words,
    election,
    headline_name,
    indicator_text,
    labels,
    lead_name,
    rivals,
    settled,
    stated_name,
    stated_value,
)
from detente.report.prose import capital, chance, clean, date, interval, name, percent, window_chance
from detente.report.sections import bottom_line
from detente.report.sections.assessors import short_lines
from detente.report.sections.evidence import NOTHING, claim, record_words
from detente.report.sections.fragility import EVEN, left_out, tip_words
from detente.report.sections.outcomes import windows
from detente.report.sections.outside_view import moved_far
from detente.report.sections.sensitivity import part_name
from detente.report.sections.watch import best_by_date
from detente.report.tables import TERMINAL_WIDTH, Column, Columns, Group, Table, decimals, grouped, table, to_terminal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import SimpleNamespace

    from rich.console import Console

    from detente.analysis.results import Indicator, Sensitivity, TippingPoint, Watch
    from detente.case import Case
    from detente.dossier import Dossier

HEAVIEST = 3
LEFT_OUT = ("item", "cluster", "actor", "source")
ROWS, KIND_ROWS, NEAREST, LISTED = 8, 4, 3, 12
NARROWEST_LABEL = 18
WINDOW_WIDTH = 11
"""Letters that a column of one window takes."""
LEAST_SHARE = 0.005


def _print(console: Console, parts: Iterable[Text | Table[Any] | None], *, expand: bool = False) -> None:
    for part in parts:
        if part is not None:
            shown = to_terminal(part, expand=expand) if isinstance(part, Table) else part
            console.print(shown, width=min(console.width, TERMINAL_WIDTH))
            console.print()


def print_summary(dossier: Dossier, console: Console) -> None:
    """Print the summary; text from cases is never read as markup."""
    forecast, line = dossier.forecast, bottom_line.build(dossier)
    width = min(console.width, TERMINAL_WIDTH)
    hypotheses = table(
        "",
        line.hypotheses,
        Column("Explanation", lambda view: capital(view.name), limit=36),
        Column("Before", lambda view: view.prior.number, "number"),
        Column("Now", lambda view: view.posterior.number, "number"),
        Column("90% interval", lambda view: view.interval, "number"),
        Column("In words", lambda view: view.posterior.word, "short"),
    )
    _print(console, [_head(forecast, line), hypotheses, _winners(forecast)])
    _print(console, [_evidence(forecast, width)], expand=True)
    moved = moved_far(forecast)
    _print(console, [_outcomes(forecast, width), Text(clean(f"{moved}.")) if moved else None])
    _print(console, [Text(clean(line)) for line in short_lines(dossier)])


def _head(forecast: Forecast, line: SimpleNamespace) -> Text:
    diagnostics, vote = forecast.diagnostics, election(forecast)
    head = Text()
    if diagnostics.status == "fail":
        head.append("DIAGNOSTICS FAILED: do not rely on these numbers yet.\n", style="bold reverse")
        for check in diagnostics.checks:
            if check.status == "fail":
                head.append(f"  {clean(check.name)}: {clean(check_finding(check))}. {clean(check.advice)}\n")
        head.append("\n")
    head.append(f"{clean(forecast.title)}\n", style="bold")
    held = f", election held {vote.date}"
    voted = {
        "none": "",
        "ahead": f", election {vote.date}",
        "counting": f"{held}, winner not yet known",
        "past": f"{held}: {clean(vote.winner)}",
    }[vote.state]
    head.append(f"as of {date(forecast.as_of)}{voted}, horizon {date(forecast.horizon)}\n\n")
    lead = line.leading
    head.append(capital(clean(lead.name)), style="bold")
    head.append(f": {lead.posterior.full}; 90% credible interval {lead.between}.\n")
    if line.ahead:
        head.append(clean(f"By {date(forecast.horizon)}: {'; '.join(line.ahead)}.") + "\n")
    head.append(clean(f"Confidence is {line.confidence.level}: {line.reasons}."))
    return head


def _winners(forecast: Forecast) -> Table[WinnerForecast] | None:
    """Return who will win the election, while that is open."""
    if election(forecast).state not in {"ahead", "counting"}:
        return None
    return table(
        "",
        forecast.election.values(),
        Column("Winner of the election", lambda winner: winner.label, limit=60),
        Column("Now", lambda winner: chance(winner.probability, mcse=winner.mcse).number, "number"),
        Column("90% interval", lambda winner: interval(winner.interval), "number"),
        Column("In words", lambda winner: chance(winner.probability).word, "short"),
    )


def _evidence(forecast: Forecast, width: int) -> Table[EvidenceWeight | RecordWeight] | None:
    """Return the heaviest items on either side, and among them the records of processes that weigh more."""
    lead, items = forecast.leading, {item.id: item for item in forecast.inputs.evidence}

    def heaviest(weights: Iterable[EvidenceWeight | RecordWeight], sign: int) -> list[EvidenceWeight | RecordWeight]:
        towards = [weight for weight in weights if sign * weight.weight_db[lead] > 0]
        return sorted(towards, key=lambda weight: -abs(weight.weight_db[lead]))[:HEAVIEST]

    def what(weight: EvidenceWeight | RecordWeight) -> str:
        return record_words(weight) if isinstance(weight, RecordWeight) else claim(items[weight.id])

    listed = [abs(item.weight_db[lead]) for sign in (1, -1) for item in heaviest(forecast.evidence, sign)]
    least = min(listed, default=NOTHING)
    weights: list[EvidenceWeight | RecordWeight] = [*forecast.evidence]
    weights += [record for record in forecast.records if abs(record.weight_db[lead]) > least]
    if not weights:
        return None
    sides = [
        Group(tuple(heaviest(weights, sign)), heading)
        for heading, sign in ((f"for {lead_name(forecast)}", 1), (f"for {rivals(forecast)}", -1))
    ]
    return grouped(
        "",
        [side for side in sides if side.rows],
        Column("Heaviest evidence", what, limit=2 * (width - 24)),
        Column("dB", lambda weight: weight.weight_db[lead], "decibans"),
        Column("Without it", lambda weight: weight.posterior_without[lead], as_headline(forecast)),
    )


def _outcomes(forecast: Forecast, width: int) -> Table[OutcomeForecast] | None:
    if not forecast.outcomes:
        return None
    shown = windows(forecast)
    fitting = max(2, (width - NARROWEST_LABEL) // WINDOW_WIDTH)
    if len(shown) > fitting:  # the report has every deadline; here the horizon must not fall off the edge
        shown = (*shown[: fitting - 1], shown[-1])
    heads = {"before_election": "Before", "after_election": "After", "horizon": "By horizon"}
    heads |= {by_deadline(day): f"By {day.day}\n{day:%b %Y}" for day in forecast.inputs.deadlines_ahead}
    worded = not forecast.inputs.deadlines_ahead  # where there are more columns the words are left to the report
    last = shown[-1][0]

    def number(window: str, outcome: OutcomeForecast) -> str | None:
        if text := settled(outcome):
            return text if window == last and not worded else ""
        return window_chance(answer).number if (answer := outcome.windows.get(window)) else None

    return table(
        "",
        forecast.outcomes.values(),
        Column("Outcome", lambda o: o.label, limit=2 * (width - 50), least=0 if worded else NARROWEST_LABEL),
        Columns([window for window, _ in shown], heads.__getitem__, number, "number"),
        Column("In words", lambda o: settled(o) or window_chance(o.horizon).word, "short") if worded else None,
    )


def print_sensitivity(sensitivity: Sensitivity, case: Case, console: Console) -> None:
    """Print what the target rests on; text from cases is never read as markup."""
    place, called = sensitivity.place(sensitivity.target), labels(case)
    target = f"{headline_name(sensitivity.target, called)} ({percent(sensitivity.base[place])})"
    without = table(
        "",
        [row for kind in LEFT_OUT for row in left_out(sensitivity, kind, place, KIND_ROWS)],
        Column("Without", lambda row: f"{row.kind} {part_name(row)}", limit=56),
        Column("Items", lambda row: len(row.items), "count"),
        Column("Answer", lambda row: row.values[place], "percent"),
    )
    tornado = table(
        "",
        sensitivity.tornado[:ROWS],
        Column("Number changed", lambda row: capital(stated_name(row.kind, row.id, called)), limit=88),
        Column("Low", lambda row: stated_value(row.kind, row.low), "number"),
        Column("High", lambda row: stated_value(row.kind, row.high), "number"),
        Column("At low", lambda row: row.at_low[place], "percent"),
        Column("At high", lambda row: row.at_high[place], "percent"),
    )
    ranked = sorted(sensitivity.variance.shares, key=lambda row: -row.index[place])[:ROWS]
    variance = table(
        "",
        [row for row in ranked if row.index[place] > LEAST_SHARE],
        Column("Cause of variance", lambda row: capital(cause_name(row)), limit=50),
        Column("Share", lambda row: row.index[place], decimals("{:.2f}")),
        Column("Error", lambda row: row.error[place], decimals("{:.2f}")),
    )
    _print(console, [Text(f"How fragile is {target}?", style="bold")])
    _print(console, [without, tornado, _tipping(sensitivity, case), variance], expand=True)
    for even in sensitivity.break_even:
        if even.prior is not None and even.target == sensitivity.target:
            edge = "" if even.line == EVEN else f", the edge of “{even.beyond}”"
            prior = f"A prior of {percent(even.prior)} for {called.get(even.hypothesis, name(even.hypothesis))}"
            console.print(Text(clean(f"{prior} takes it to {percent(even.line)}{edge}.")))
    total, error = sensitivity.variance.total[place], sensitivity.variance.total_error[place]
    shares = f"The shares of variance sum to {total:.2f} ± {error:.2f}; the rest is interaction."
    console.print(Text(shares if sensitivity.variance.deviation[place] else "No stated uncertainty moves it."))
    console.print(Text(clean(f"Is an explanation missing? {conflict_words(sensitivity.conflict)}")))
    if not sensitivity.power:
        console.print(Text(NO_POWER))


def _tipping(sensitivity: Sensitivity, case: Case) -> Table[TippingPoint] | None:
    if not sensitivity.tipping:
        return None
    by_distance = sorted(sensitivity.tipping, key=lambda row: row.distance)
    kinds = ("likelihood", "correlation", "grade")
    return table(
        "",
        [row for kind in kinds for row in [row for row in by_distance if row.kind == kind][:NEAREST]],
        Column("Smallest single change", lambda row: capital(tip_words(row, case)[0].removeprefix("the ")), limit=88),
        Column("From", lambda row: tip_words(row, case)[1], "number"),
        Column("To", lambda row: tip_words(row, case)[2], "number"),
        Column("Steps", lambda row: row.distance, decimals("{:.1f}")),
        Column("Effect", lambda row: "another leads" if row.effect == ANOTHER_LEADS else row.effect, "short", limit=20),
    )


def print_watch(watch: Watch, case: Case, console: Console) -> None:
    """Print the most informative indicators, the same by date, and the best few together."""
    place, width = watch.place(watch.target), min(console.width, TERMINAL_WIDTH)
    question = f"What would be most informative about {headline_name(watch.target, labels(case))}?"
    console.print(Text(question, style="bold"))
    console.print(Text(f"Now {percent(watch.base[place])}, which leaves {watch.entropy_target:.2f} bits of doubt."))
    console.print()
    texts = {(one.id, one.by): indicator_text(one) for one in watch.indicators}

    def ranked(title: str, rows: Iterable[Indicator]) -> Table[Indicator]:
        return table(
            "",
            rows,
            Column(title, indicator_text, limit=width),
            Column("By", lambda one: one.by.isoformat(), "number"),
            Column("Prob.", lambda one: one.chance, "percent"),
            Column("If seen", lambda one: one.if_seen[place], "percent"),
            Column("If not", lambda one: one.if_not[place], "percent"),
            Column("Bits", lambda one: one.bits_target, decimals("{:.4f}")),
            Column("Cost", lambda one: one.cost, decimals("{:g}")),
        )

    best = table(
        "",
        watch.best,
        Column("Best few together, in order", lambda pick: texts[pick.id, pick.by], limit=2 * (width - 40)),
        Column("By", lambda pick: pick.by.isoformat(), "number"),
        Column("Adds bits", lambda pick: pick.adds, decimals("{:.4f}")),
        Column("Total", lambda pick: pick.total, decimals("{:.4f}")),
    )
    up_to = best_by_date(watch.indicators)
    _print(console, [ranked("Most informative", watch.indicators[:LISTED])], expand=True)
    _print(console, [ranked("Most informative up to each date", up_to), best], expand=True)
