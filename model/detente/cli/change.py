"""How an update is shown: what it changes, and where that puts every hypothesis and outcome, in plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.estimative import term

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from detente.case import Case
    from detente.forecast.headlines import Headlines
    from detente.update import Update

SURE = 1 - 1e-9
LISTED = 20
"""Rows of one kind that are named; of more, the first and a count."""
WINDOWS = {"before_election": "before the election", "after_election": "after it, given not before", "horizon": ""}


def describe(update: Update) -> str:
    """Say, one a line, what a bulletin changes."""
    bulletin, case = update.bulletin, update.after
    dates = f"cut-off {update.before.information_cutoff}"
    if case.information_cutoff != update.before.information_cutoff:
        dates += f" -> {case.information_cutoff}"
    lines = [f"{case.id}: bulletin of {bulletin.date}; {dates}"]
    rows = {
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
    width = max(len(name) for name in rows)
    for name, texts in rows.items():
        lines += [f"  + {name:<{width}}  {text}" for text in texts[:LISTED]]
        if len(texts) > LISTED:
            lines.append(f"  + {name:<{width}}  and {len(texts) - LISTED} more")
    return "\n".join(lines)


def headline_table(case: Case, before: Headlines | None, after: Headlines) -> str:
    """Show every hypothesis and outcome before and after."""
    return "\n".join(_table((("", "before", "after", "change", ""), *_rows(case, before, after))))


def _rows(case: Case, before: Headlines | None, after: Headlines) -> Iterator[tuple[str, ...]]:
    for hypothesis, value in after.hypotheses.items():
        yield hypothesis, *_numbers(before.hypotheses.get(hypothesis) if before else None, value)
    labels = {outcome.id: outcome.label for outcome in case.outcomes}
    for outcome, windows in after.outcomes.items():
        known = before.outcomes.get(outcome, {}) if before else {}
        happened = windows["horizon"] > SURE
        shown = ("horizon",) if happened or len(windows) == 1 else tuple(windows)
        for place, window in enumerate(sorted(shown, key=lambda window: window != "horizon")):
            label = f"  {WINDOWS.get(window, window.replace(':', ' '))}" if place else labels[outcome]
            yield label, *_numbers(known.get(window), windows[window])


def _numbers(before: float | None, after: float) -> tuple[str, str, str, str]:
    if before is None:
        return "", tenths(after), "", term(after)
    return tenths(before), tenths(after), points(after - before), term(after)


def tenths(probability: float) -> str:
    """Return a percent with one decimal, for tables about small changes of exact numbers."""
    return f"{100 * probability:.1f} %"


def points(difference: float) -> str:
    """Return a difference of probabilities in points, signed, with one decimal.

    >>> points(0.0123), points(-0.00001)
    ('+1.2', '+0.0')
    """
    return f"{round(100 * difference, 1) + 0.0:+.1f}"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table whose first and last columns are words and whose others are numbers."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for first, *numbers, last in rows:
        inside = "  ".join(text.rjust(width) for text, width in zip(numbers, widths[1:], strict=False))
        yield f"{first:<{widths[0]}}  {inside}  {last}".rstrip()
