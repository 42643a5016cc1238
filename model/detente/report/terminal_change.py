"""What an update changes and what moved between two runs, in plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.estimative import term
from detente.report.prose import tenths
from detente.report.tables import TENTHS, Column, Kind, table, to_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.analysis.attribution import Contribution
    from detente.case import Case
    from detente.compare import Comparison
    from detente.forecast.headlines import Headlines
    from detente.update import Update

SURE = 1 - 1e-9
LISTED = 20
"""Rows of one kind that are named; of more, the first and a count."""
BAR = 24
WIDE = 400
"""Columns of a terminal that wraps nothing: a label is shown whole, on one line."""
WINDOWS = {"before_election": "before the election", "after_election": "after it, given not before", "horizon": ""}
KINDS = {
    "question": "the question changed",
    "priors": "priors edited",
    "withdrawn": "withdrawn",
    "rejudged": "judged anew",
    "corrected": "record corrected",
    "schedule": "election date",
    "time": "time passes",
    "event": "event",
    "polls": "polls",
    "silent": "has not come",
    "added": "new",
    "other": "all else",
}


def points(difference: float) -> str:
    """Return a difference of probabilities in points, signed, with one decimal.

    >>> points(0.0123), points(-0.00001)
    ('+1.2', '+0.0')
    """
    return f"{round(100 * difference, 1) + 0.0:+.1f}"


CHANGE = Kind("number", points)


def describe(update: Update) -> str:
    """Say, one a line, what a bulletin changes."""
    bulletin, case = update.bulletin, update.after
    dates = f"cut-off {update.before.information_cutoff}"
    if case.information_cutoff != update.before.information_cutoff:
        dates += f" -> {case.information_cutoff}"
    lines = [f"{case.id}: bulletin of {bulletin.date}; {dates}"]
    changes = {
        "item": [
            f"{item.date}  {item.id} ({item.grade}, {'seen' if item.observed else 'not seen'}"
            f"{f', cluster {item.cluster}' if item.cluster else ''})"
            for item in bulletin.evidence
        ],
        "cluster": [f"{name}: {why}" for name, why in bulletin.clusters.items()],
        "event": [f"{event.date}  {event.process} > {event.state}" for event in bulletin.events],
        "election date": [f"{row.date}, known from {row.known_from}" for row in bulletin.schedule],
        "poll": [f"{poll.end}  {poll.pollster}" for poll in bulletin.polls],
        "retraction": [f"{row.id}: {row.because}" for row in bulletin.retractions],
        "silence": [f"{item.id}, expected by {item.expected_by}, has not come" for item in update.silent],
    }
    width = max(len(name) for name in changes)
    for name, texts in changes.items():
        lines += [f"  + {name:<{width}}  {text}" for text in texts[:LISTED]]
        if len(texts) > LISTED:
            lines.append(f"  + {name:<{width}}  and {len(texts) - LISTED} more")
    return "\n".join(lines)


def headline_table(case: Case, before: Headlines | None, after: Headlines) -> str:
    """Show every hypothesis and outcome before and after."""
    headlines = table(
        "",
        _headlines(case, before, after),
        Column("", lambda row: row[0]),
        Column("before", lambda row: "" if row[1] is None else row[1], TENTHS),
        Column("after", lambda row: row[2], TENTHS),
        Column("change", lambda row: "" if row[1] is None else row[2] - row[1], CHANGE),
        Column("", lambda row: term(row[2])),
    )
    return to_text(headlines, WIDE, rule=False)


def _headlines(case: Case, before: Headlines | None, after: Headlines) -> Iterator[tuple[str, float | None, float]]:
    """Yield a label, the probability before and the probability after of every hypothesis and outcome."""
    for hypothesis, probability in after.hypotheses.items():
        yield hypothesis, before.hypotheses.get(hypothesis) if before else None, probability
    labels = {outcome.id: outcome.label for outcome in case.outcomes}
    for outcome, windows in after.outcomes.items():
        earlier = before.outcomes.get(outcome, {}) if before else {}
        happened = windows["horizon"] > SURE
        shown = ("horizon",) if happened or len(windows) == 1 else tuple(windows)
        for place, window in enumerate(sorted(shown, key=lambda window: window != "horizon")):
            label = f"  {WINDOWS.get(window, window.replace(':', ' '))}" if place else labels[outcome]
            yield label, earlier.get(window), windows[window]


def comparison(compared: Comparison, outcome: str | None) -> str:
    """Show every headline of two runs, and what moved the leading hypothesis and, if asked, an outcome."""
    old, new = compared.before, compared.after
    lines = [
        f"{new.case}: as of {old.as_of} and as of {new.as_of}, by the exact engine",
        headline_table(new.inputs, compared.headlines_before, compared.headlines_after),
        "",
        *_waterfall(compared, new.leading, None),
    ]
    if outcome is not None:
        label = next(one.label for one in new.inputs.outcomes if one.id == outcome)
        lines += ["", *_waterfall(compared, label, outcome)]
    return "\n".join(lines)


def _waterfall(compared: Comparison, label: str, outcome: str | None) -> Iterator[str]:
    """Yield one line a move: points, a bar, and what it was."""
    leading = compared.after.leading

    def probability(headlines: Headlines) -> float:
        if outcome is None:
            return headlines.hypotheses[leading]
        return headlines.outcomes.get(outcome, {}).get("horizon", 0.0)

    moves = [
        move.hypotheses[leading] if outcome is None else move.outcomes.get(outcome, 0.0)
        for move in compared.contributions
    ]
    before, after = probability(compared.headlines_before), probability(compared.headlines_after)
    yield f"{label}: {tenths(before)} -> {tenths(after)}, in points"
    largest = max(map(abs, moves), default=0.0) or 1.0
    for move, moved in zip(compared.contributions, moves, strict=True):
        size = round(BAR * abs(moved) / largest)
        left = ("-" * size if moved < 0 else "").rjust(BAR)
        right = ("+" * size if moved >= 0 else "").ljust(BAR)
        yield f"{points(moved):>7}  {left}|{right}  {_named(move)}".rstrip()
    yield f"{points(sum(moves)):>7}  in all"


def _named(move: Contribution) -> str:
    day = f" ({move.date})" if move.date else ""
    return f"{KINDS[move.kind]}{f': {move.id}' if move.id else ''}{day}"
