"""Section 12, the assessors: what each would answer alone, who moves the answer, and what to talk about first.

It is there only where several people judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING

from detente.report.figures.dots import ladder
from detente.report.names import as_headline, label
from detente.report.prose import capital, cardinal, count, date, decibans, listed, name, percent, points
from detente.report.sections.evidence import claim
from detente.report.specs import Figure
from detente.report.tables import KINDS, Column, Columns, Table, decimals, table

if TYPE_CHECKING:
    from detente.analysis.assessors import Difference, PanelView, Voice
    from detente.dossier import Dossier
    from detente.forecast.result import Forecast

FIRST, LISTED, STEPS = 3, 12, 6
WIDEST = 4
"""More assessors than this have no column each: then the two furthest apart are named."""
ENDS = {"Lowest": min, "Highest": max}
POOL, CASES = "the pool", "the case’s own judgements"


@dataclass(frozen=True)
class TalkingPoint:
    """Something to talk about: what it is, and what the two furthest apart make of it."""

    what: str
    low: str
    low_by: str
    high: str
    high_by: str


def build(dossier: Dossier) -> SimpleNamespace | None:
    """Build the section, where several people judged.

    ``mover`` is who moves the answer most, where it would be without that voice, and by how much it is moved.
    """
    panel, forecast = dossier.panel, dossier.forecast
    if panel is None:
        return None
    place = [*forecast.hypotheses].index(panel.target)
    shown = as_headline(forecast) if panel.target == forecast.leading else KINDS["percent"]
    people = [voice for voice in panel.voices if voice.id or not panel.own_decides]
    ranked = sorted(people, key=lambda voice: (voice.alone[place], voice.id))
    low, high = ranked[0], ranked[-1]
    evidence = [row for row in panel.differences if row.kind != "intensity"]
    steps = [row for row in panel.differences if row.kind == "intensity"]
    moved = [(abs(v.without[place] - panel.base[place]), v.without[place], v) for v in panel.voices if v.without]
    most, without, voice = max(moved, key=lambda one: one[0], default=(0.0, 0.0, None))
    mover = None if voice is None else (called(voice), percent(without), points(most))
    return SimpleNamespace(
        decides=panel.own_decides,
        names=listed([called(voice) for voice in people]),
        size=cardinal(len(people)),
        target=label(forecast, panel.target),
        answer=str(shown.worded(panel.base[place])),
        lowest=(called(low), percent(low.alone[place])),
        highest=(called(high), percent(high.alone[place])),
        are_alike=percent(low.alone[place]) == percent(high.alone[place]),
        mover=mover,
        topics=tuple(topic(row, panel, forecast) for row in evidence[:FIRST] if decibans(row.spread) != "0.0"),
        figure=_figure(panel, forecast, ranked, place),
        voices=_voices(panel, people, place),
        outcomes=_outcomes(panel, forecast, people),
        items=_differences(panel, forecast, evidence[:LISTED], "Where the assessors differ most") if evidence else None,
        steps=_differences(panel, forecast, steps[:STEPS], "Paces the assessors differ on most") if steps else None,
        rated=any(abs(voice.factor - 1) > 1e-9 for voice in people),  # noqa: PLR2004 - rounding
    )


def called(voice: Voice) -> str:
    """Return how sentences call an assessor."""
    return voice.id or "the case’s own assessor"


def topic(row: Difference, panel: PanelView, forecast: Forecast) -> TalkingPoint:
    """Return what two assessors furthest apart make of an item or of the prior."""
    ends = sorted(
        (value, called(voice)) for value, voice in zip(row.values, panel.voices, strict=True) if value is not None
    )
    (low, low_by), (high, high_by) = ends[0], ends[-1]
    return TalkingPoint(what(row, forecast), decibans(low), low_by, decibans(high), high_by)


def what(row: Difference, forecast: Forecast) -> str:
    """Name what assessors differ on."""
    if row.kind == "prior":
        return f"The prior of {label(forecast, row.id)}"
    if row.kind == "likelihood":
        return claim(next(item for item in forecast.inputs.evidence if item.id == row.id))
    process, _, step = row.id.partition(":")
    return f"{capital(name(process))}: {' → '.join(name(state) for state in step.split('>'))}"


def _figure(panel: PanelView, forecast: Forecast, ranked: list[Voice], place: int) -> Figure:
    target, end = label(forecast, panel.target), CASES if panel.own_decides else POOL
    look = [*forecast.hypotheses].index(panel.target)
    rows = (*((called(voice), voice.alone[place]) for voice in ranked), (end, panel.base[place]))
    low, high = percent(ranked[0].alone[place]), percent(ranked[-1].alone[place])
    beside = percent(panel.base[place])
    return Figure(
        name="assessors",
        title=f"Alone, the assessors put {target} at {low} to {high}; {end}: {beside}",
        description=(
            f"For each of {count(len(ranked), 'assessor')} a ring: the probability of {target} by that person’s "
            f"judgements alone, lowest first. The dot below is {end}, {beside}."
        ),
        drawing=ladder(rows, look, joined=False),
        note=f"Rings: each assessor alone. Dot: {end}.",
    )


def _voices(panel: PanelView, people: list[Voice], place: int) -> Table[Voice]:
    def judged(voice: Voice) -> str:
        kinds = (
            (voice.likelihoods, voice.of_likelihoods, "likelihood"),
            (voice.intensities, voice.of_intensities, "pace"),
        )
        parts = [f"{done} of {count(whole, noun)}" for done, whole, noun in kinds if done]
        return ", ".join([*parts, *(["prior"] if voice.weighs else [])]) or "nothing that counts by now"

    pooled = not panel.own_decides
    beside = "Alone less pool" if pooled else "Alone less the case’s"
    return table(
        "What each assessor judged, and the answer alone" + (" and without" if pooled else ""),
        people,
        Column("Assessor", called),
        Column("Judged", judged),
        Column("Round", lambda v: str(v.round), "number") if any(voice.round > 1 for voice in people) else None,
        Column("Alone", lambda v: v.alone[place], "percent"),
        Column(beside, lambda v: v.alone[place] - panel.base[place], "points"),
        Column("Pool without", lambda v: v.without and v.without[place], "percent") if pooled else None,
    )


def _outcomes(panel: PanelView, forecast: Forecast, people: list[Voice]) -> Table[str] | None:
    """Return what each would say of the outcomes that are open; None where none is, or the run did not ask."""
    answers = {
        outcome: [voice.outcomes[place] for voice in people]
        for place, outcome in enumerate(panel.outcomes)
        if forecast.outcomes[outcome].happened is None and forecast.outcomes[outcome].possible
    }
    if not answers:
        return None

    def end(which: str, outcome: str) -> str:
        probability, who = ENDS[which](zip(answers[outcome], map(called, people), strict=True))
        return f"{percent(probability)} ({who})"

    few = len(people) <= WIDEST
    return table(
        f"Outcomes by {date(forecast.horizon)}, by the judgements of each assessor alone",
        [*answers],
        Column("Outcome", lambda outcome: forecast.outcomes[outcome].label),
        Column(
            capital(CASES if panel.own_decides else POOL), lambda o: forecast.outcomes[o].horizon.probability, "percent"
        ),
        Columns(range(len(people)), lambda n: called(people[n]), lambda n, o: answers[o][n], "percent")
        if few
        else None,
        None if few else Columns(ENDS, str, end),
    )


def _differences(panel: PanelView, forecast: Forecast, rows: list[Difference], title: str) -> Table[Difference]:
    places = [place for place, voice in enumerate(panel.voices) if voice.id or not panel.own_decides]

    def end(which: str, row: Difference) -> str:
        one = topic(row, panel, forecast)
        return f"{one.high} ({one.high_by})" if which == "Highest" else f"{one.low} ({one.low_by})"

    few = len(places) <= WIDEST
    return table(
        title,
        rows,
        Column("Step" if rows[0].kind == "intensity" else "Judged", lambda row: what(row, forecast)),
        Columns(places, lambda n: called(panel.voices[n]), lambda n, row: row.values[n], "decibans") if few else None,
        None if few else Columns(ENDS, str, end),
        Column("Apart, dB", lambda row: row.spread, decimals("{:.1f}")),
    )


def short_lines(dossier: Dossier) -> list[str]:
    """Return what a terminal says of the assessors, a paragraph each."""
    s = build(dossier)
    if s is None:
        return []
    held = (
        f"The case’s own judgements decide; beside them stand those of {s.names}."
        if s.decides
        else f"Pool of {s.size} assessors: {s.names}."
    )
    span = (
        f"Alone, all would say {s.lowest[1]}."
        if s.are_alike
        else f"Alone, {s.lowest[0]} would say {s.lowest[1]} and {s.highest[0]} {s.highest[1]}."
    )
    moved = f" Without {s.mover[0]}, who moves it most, it would be {s.mover[1]}." if s.mover else ""
    lines = [f"{held} {span}{moved}"]
    if s.topics:
        said = "; ".join(f"{t.what.rstrip('.')} ({t.low} dB by {t.low_by}, {t.high} by {t.high_by})" for t in s.topics)
        lines.append(
            f"Talk about {'this' if len(s.topics) == 1 else 'these'} first, by weights as stated, before any discount: "
            f"{said}."
        )
    return lines
