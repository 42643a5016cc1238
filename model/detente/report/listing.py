"""What commands list: the register, the priors, what an update changes, and what moved between two runs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.case.likelihoods import NO_REASON
from detente.case.windows import occurrence
from detente.estimative import term
from detente.forecast.outcomes import Headlines, headlines
from detente.inference import QUICK_DRAWS
from detente.report.names import NO_LONGER, labels, settled_election
from detente.report.prose import capital, date, decimal_points, listed, name, on, tenths
from detente.report.sections.priors import judgement_tables, range_note
from detente.report.tables import Column, Table, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from detente.analysis.attribution import Contribution
    from detente.analysis.reminders import Reminder
    from detente.case import Case, CaseRecord
    from detente.compare import Comparison
    from detente.forecast import Forecast
    from detente.forecast.evidence import RegisterRow
    from detente.update import Update

AVERAGED = f"Outcomes are averaged over {QUICK_DRAWS} draws here: those of a report may differ by a point or two."
LISTED = 20
"""Rows of one kind that are named; of more, the first and a count."""
BAR = 24
WINDOWS = {"before_election": "before the election", "after_election": "after it, if not before", "horizon": ""}
KINDS = {
    "question": "the question changed",
    "priors": "priors edited",
    "withdrawn": "withdrawn",
    "rejudged": "judged anew",
    "corrected": "record corrected",
    "schedule": "election date",
    "time": "time passing",
    "event": "event",
    "polls": "polls",
    "silent": "has not appeared",
    "added": "new",
    "other": "everything else",
}


def register_table(rows: Iterable[RegisterRow]) -> Table[RegisterRow]:
    """Return items of evidence with their grades, weights, clusters and claims."""

    def where(row: RegisterRow) -> str:
        cluster = f" [{row.item.cluster}]" if row.item.cluster else ""
        return f"{row.item.id}{cluster}{_standing(row)}"

    def claim(row: RegisterRow) -> str:
        quoted = f"“{row.item.quote}”" if row.item.quote else None
        return " ".join(filter(None, (row.item.claim, quoted, row.item.url)))

    return table(
        "",
        rows,
        Column("Known", lambda row: row.item.date, "iso_date"),
        Column("Grade", lambda row: row.item.grade, "short"),
        Column("dB", lambda row: "" if row.weight_db is None else row.weight_db, "decibans"),
        Column("Item [cluster]", where),
        Column("Claim", claim),
    )


def due_parts(case: CaseRecord, due: Iterable[Reminder], day: dt.date) -> Iterator[str | Table[Reminder]]:
    """Yield what is due or overdue as of a day, and when the next thing is."""
    standing = [(one, one.standing(day)) for one in due]
    now, ahead = ([one for one, how in standing if (how == "ahead") is is_ahead] for is_ahead in (False, True))
    overdue = sum(how == "overdue" for _, how in standing)
    yield f"{case.id} as of {date(day)}: {overdue} overdue, {len(now) - overdue} due"
    if now:
        yield table(
            "",
            now,
            Column("Day", lambda one: one.day, "iso_date"),
            Column("", lambda one: one.standing(day), "short"),
            Column("What", lambda one: f"{capital(one.kind)}: {one.text}"),
            Column("Then", lambda one: one.remedy),
        )
    if ahead:
        yield f"next: {date(ahead[0].day)}, {ahead[0].kind}: {ahead[0].text} ({len(ahead)} still to come)"


def _standing(row: RegisterRow) -> str:
    """Say why an item has no weight, or that it counts as absent."""
    item = row.item
    match row.standing:
        case "withdrawn":
            return f" (withdrawn on {item.retracted_on}: {item.retracted_because})"
        case "awaited":
            return f" (not seen so far, expected by {item.expected_by})"
        case "absent":
            return " (not seen)"
        case "seen":
            return ""


def prior_parts(case: Case) -> Iterator[str | Table[Any]]:
    """Yield the priors with their reasons, and what they imply before any evidence or record."""
    priors = case.priors
    yield capital(case.title)
    if priors.baseline is not None:
        since = date(priors.baseline.evidence_from)
        yield f"These priors are the posterior of {priors.baseline.run}; evidence counts from {since} on."
    if priors.learned_from:
        yield f"The discrimination was learned from the outcomes of {listed(priors.learned_from)}."
    yield range_note(case)
    yield from judgement_tables(case)
    implied = headlines(case.without_evidence(), draws=1000)
    if implied.outcomes:
        yield table(
            f"What these judgements imply for {date(case.information_cutoff)} to {date(case.horizon)}, before any "
            "evidence or record",
            case.outcomes,
            Column("Outcome, by the horizon", lambda outcome: outcome.label),
            Column("Probability", lambda outcome: implied.outcomes[outcome.id]["horizon"], "tenths"),
        )


def departure_table(
    case: CaseRecord, day: dt.date, departures: Mapping[str, tuple[float, float]]
) -> Table[tuple[str, float, float]]:
    """Return every headline as of a day, with the old priors and with the rolled ones."""
    called = labels(case)

    def in_words(headline: str) -> str:
        if headline.startswith("P("):
            return capital(called[headline[2:-1]])
        outcome, window = headline.split(".", 1)
        return ", ".join(filter(None, (called[outcome], _window_words(window))))

    return table(
        "",
        [(in_words(headline), old, new) for headline, (old, new) in departures.items()],
        Column(f"As of {date(day)}", lambda row: row[0]),
        Column("Old priors", lambda row: row[1], "tenths"),
        Column("New priors", lambda row: row[2], "tenths"),
        Column("Points", lambda row: row[2] - row[1], "points"),
    )


def describe(update: Update) -> str:
    """Say, one a line, what a bulletin changes."""
    bulletin, case = update.bulletin, update.after
    cutoff = f"cut-off {date(update.before.information_cutoff)}"
    if case.information_cutoff != update.before.information_cutoff:
        cutoff = f"the cut-off moves from {date(update.before.information_cutoff)} to {date(case.information_cutoff)}"
    lines = [f"{case.id}: bulletin of {date(bulletin.date)}; {cutoff}"]
    changes = {
        "item": [
            f"{item.date}  {item.id} ({item.grade}, {'seen' if item.observed else 'not seen'}"
            f"{f', cluster {item.cluster}' if item.cluster else ''})"
            for item in bulletin.evidence
        ],
        "cluster": [f"{key}: {why}" for key, why in bulletin.clusters.items()],
        "event": [f"{event.when}  {event.process} > {event.state}" for event in bulletin.events],
        "election date": [f"{row.date}, known from {row.known_from}" for row in bulletin.schedule],
        "poll": [f"{poll.end}  {poll.pollster}" for poll in bulletin.polls],
        "withdrawal": [f"{row.id}: {row.because}" for row in bulletin.retractions],
        "silence": [f"{item.id}, expected by {item.expected_by}, has not appeared" for item in update.silent],
    }
    changes["word without a reason"] = [
        f"{item} under {hypothesis}: say why, by a mapping {{mid: {row.word}, because: ...}}"
        for item, under in bulletin.likelihoods.items()
        for hypothesis, row in under.items()
        if row.because == NO_REASON
    ]
    width = max(len(kind) for kind, texts in changes.items() if texts or kind == "item")
    for kind, texts in changes.items():
        mark = "!" if kind == "word without a reason" else "+"
        more = [f"and {len(texts) - LISTED} more"] if len(texts) > LISTED else []
        lines += [f"  {mark} {kind:<{width}}  {text}" for text in (*texts[:LISTED], *more)]
    return "\n".join(lines)


@dataclass(frozen=True)
class HeadlineRow:
    """A headline before and after; ``settled`` says what happened, where it is no longer open."""

    label: str
    before: float | None
    after: float
    settled: str = ""


def headline_table(case: Case, before: Headlines | None, after: Headlines) -> Table[HeadlineRow]:
    """Return every hypothesis, winner and outcome before and after."""
    return table(
        "",
        _headlines(case, before, after),
        Column("Probability", lambda row: row.label),
        Column("Before", lambda row: "" if row.before is None else row.before, "tenths"),
        Column("After", lambda row: row.after, "tenths"),
        Column("Points", lambda row: "" if row.before is None else row.after - row.before, "points"),
        Column("In words", lambda row: row.settled or term(row.after)),
    )


def _headlines(case: Case, before: Headlines | None, after: Headlines) -> Iterator[HeadlineRow]:
    """Yield every hypothesis, winner and outcome; an outcome by the horizon first, then by its other windows."""
    called = labels(case)
    for hypothesis, probability in after.hypotheses.items():
        earlier = before.hypotheses.get(hypothesis) if before else None
        yield HeadlineRow(capital(called[hypothesis]), earlier, probability)
    for winner, probability in after.election.items():
        earlier = before.election.get(winner) if before else None
        yield HeadlineRow(called[winner], earlier, probability, settled_election(case, winner))
    outcomes = {outcome.id: outcome for outcome in case.outcomes}
    for outcome, windows in after.outcomes.items():
        by_window = before.outcomes.get(outcome, {}) if before else {}
        done = occurrence(case, outcomes[outcome])
        settled = "" if done is None else f"happened {on(done.first, done.precision)}"
        if not settled and windows["horizon"] == 0:
            settled = NO_LONGER
        shown = ("horizon",) if settled or len(windows) == 1 else tuple(windows)
        for place, window in enumerate(sorted(shown, key=lambda window: window != "horizon")):
            label = f"  {_window_words(window)}" if place else called[outcome]
            yield HeadlineRow(label, by_window.get(window), windows[window], settled)


def _window_words(window: str) -> str:
    return WINDOWS.get(window, window.replace(":", " "))


def comparison(compared: Comparison, outcome: str | None) -> Iterator[str | Table[HeadlineRow]]:
    """Yield every headline of two runs, and what moved the leading hypothesis and, if asked, an outcome."""
    old, new = compared.before, compared.after
    called = labels(new.inputs)
    sides = (f"{date(run.as_of)} (horizon {date(run.horizon)})" for run in (old, new))
    yield f"{new.case}: from {' to '.join(sides)}, both by the exact engine"
    yield from _other_windows(old, new)
    if compared.headlines_after.outcomes:
        yield AVERAGED
    yield headline_table(new.inputs, compared.headlines_before, compared.headlines_after)
    for key in (new.leading, outcome):
        if key is not None:
            yield "\n".join(("", *_waterfall(compared, capital(called[key]), key)))


def _other_windows(old: Forecast, new: Forecast) -> Iterator[str]:
    """Say where the two do not ask about the same days: then their probabilities do not answer one question."""
    if old.horizon != new.horizon:
        yield f"The horizons differ: “by the horizon” ends on {date(old.horizon)} in the first run only."
    if old.election_date != new.election_date:
        votes = [date(day) if day else "none" for day in (old.election_date, new.election_date)]
        yield f"The election dates differ ({' and '.join(votes)}), and with them the days before and after."
    here, there = (set(run.inputs.deadlines_ahead) for run in (old, new))
    for day in sorted(here ^ there):
        yield f"Only the {'first' if day in here else 'second'} has the deadline {date(day)}."


def _waterfall(compared: Comparison, label: str, key: str) -> Iterator[str]:
    """Yield one line per contribution: points, a bar, and what it was."""

    def probability(headlines: Headlines) -> float:
        if key in headlines.hypotheses:
            return headlines.hypotheses[key]
        return headlines.outcomes.get(key, {}).get("horizon", 0.0)

    parts = [
        part.hypotheses[key] if key in part.hypotheses else part.outcomes.get(key, 0.0)
        for part in compared.contributions
    ]
    before, after = probability(compared.headlines_before), probability(compared.headlines_after)
    yield f"{label}: {tenths(before)} to {tenths(after)}, in points"
    largest = max(map(abs, parts), default=0.0) or 1.0
    for contribution, part in zip(compared.contributions, parts, strict=True):
        size = round(BAR * abs(part) / largest)
        left = ("-" * size if part < 0 else "").rjust(BAR)
        right = ("+" * size if part >= 0 else "").ljust(BAR)
        yield f"{decimal_points(part, signed=True):>7}  {left}|{right}  {_named(contribution)}".rstrip()
    yield f"{decimal_points(sum(parts), signed=True):>7}  in total"


def _named(contribution: Contribution) -> str:
    words = KINDS[contribution.kind]
    if contribution.kind == "schedule" and contribution.id:
        words += f": {listed([date(dt.date.fromisoformat(day)) for day in contribution.id.split(', ')])}"
    elif contribution.kind == "polls" and contribution.id:
        words = f"new polls: {contribution.id}"
    elif contribution.id:
        words += f": {' > '.join(name(part) for part in contribution.id.split(' > '))}"
    return f"{words} ({date(contribution.date)})" if contribution.date else words
