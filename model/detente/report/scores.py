"""A scoring as files: score.json for reports and programs, tables for both kinds of reader, figures; and read back."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from detente.errors import DetenteError
from detente.evaluation.track_record import DESCRIPTIONS, NO_CHANGE, OF_EXPLANATIONS, OURS, PRIOR, UNIFORM, TrackRecord
from detente.jsonable import json_text, jsonable, parsed
from detente.report.figures import to_files
from detente.report.prose import listed
from detente.report.render import markdown_page
from detente.report.score_tables import NAMES, SCORE, score, score_interval, skill
from detente.report.sections import track_record as section
from detente.report.tables import Column, Columns, fixed, table, to_csv, to_text
from detente.scoring import CLIP

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from detente.evaluation.questions import Question
    from detente.evaluation.scorecard import Scorecard
    from detente.evaluation.track_record import Performance, Standing

    Scored = tuple[Question, Performance | None]

FOLDER, FILE = "score", "score.json"
SCHEMA_VERSION = 1
DIGITS, DAILY_DIGITS = 6, 4
TERMINAL_WIDTH = 120
OF_QUESTION = (
    "case", "id", "outcome", "window", "group", "status", "answer", "resolved_on", "opens", "closes",
)  # fmt: skip
OF_PERFORMANCE = (
    "first", "mean", "brier", "log", "ranked", "ours_brier", "ours_log", "first_brier",
    "first_log",
)  # fmt: skip
HEADINGS = {"id": "question", "group": "process"}


class ScoresFileError(DetenteError):
    """A ``score.json`` that is none, or that this version cannot read."""

    def __init__(self, path: Path, case: str, reason: str) -> None:
        """Say which, what helps, and where it is damaged."""
        again = f"run `detente score {case}` again, or delete it"
        super().__init__(f"{path}: cannot be read as scores: {again} ({reason})")


def render_scores(card: Scorecard, command: str, notes: tuple[str, ...] = ()) -> Mapping[str, bytes]:
    """Return the files of a scoring by name; ``command`` makes them again, ``notes`` say what went into it."""
    record = section.build_record(card.record)
    titles = listed(list(card.record.titles.values()))
    return {
        FILE: json_text(to_json(card, command)).encode(),
        "score.csv": questions_csv(card.record).encode(),
        "daily.csv": daily_csv(card).encode(),
        "score.md": markdown_page("score.j2", s=record, titles=titles, notes=notes, command=command).encode(),
        **to_files((figure for figure in (record.figure, record.reliability) if figure is not None), "figures/"),
    }


def to_json(card: Scorecard, command: str) -> dict[str, Any]:
    """Return the contents of ``score.json`` as plain values."""
    return {
        "schema": SCHEMA_VERSION,
        "command": command,
        "conventions": {
            "brier": "mean of (p - y)^2, in [0, 1]; of several categories summed over them, in [0, 2]",
            "log": f"natural logarithm, probabilities clipped to {CLIP:g} and {1 - CLIP:g}",
            "ranked": "ranked probability score, summed over the ordered categories",
            "hypotheses": section.NEVER
            if card.record.explanations is None
            else "which was true: log score not clipped, Brier in [0, 2], days of a case together, then cases",
            "averages": "over the days of a question on which both gave a forecast, then over questions",
        },
        "forecasters": {**DESCRIPTIONS, **({PRIOR: OF_EXPLANATIONS[PRIOR]} if card.record.explanations else {})},
        **jsonable(card.record),
        "by_case": jsonable(card.by_case),
        "by_outcome": jsonable(card.by_outcome),
    }


def read_record(case_folder: Path, case: str) -> TrackRecord | None:
    """Return the track record of a scoring of this case alone, or nothing where there is none.

    Raises
    ------
    ScoresFileError
        If what is there cannot be read.
    """
    import msgspec

    from detente.report.consistency import in_record
    from detente.report.reading import problem

    path = case_folder / FOLDER / FILE
    try:
        raw = parsed(path.read_text(encoding="utf-8"))
        if not isinstance(raw, dict) or raw.get("schema") != SCHEMA_VERSION:
            raise ScoresFileError(path, case, f"schema: must be {SCHEMA_VERSION}")
        record = msgspec.convert(raw, TrackRecord, str_keys=True)
    except FileNotFoundError:
        return None
    except msgspec.ValidationError as error:
        raise ScoresFileError(path, case, problem(error).removeprefix(".")) from error
    except (OSError, ValueError) as error:
        raise ScoresFileError(path, case, str(error).partition("\n")[0]) from error
    if fault := next(in_record(raw), None):
        raise ScoresFileError(path, case, str(fault))
    return record if record.cases == (case,) else None


def questions_csv(record: TrackRecord) -> str:
    """Return the table for programs: a row for each question and forecaster; void and pending ones have one row."""

    def of_question(field: str, row: Scored) -> object:
        question = row[0]
        if field != "answer":
            return getattr(question, field)
        return "" if question.answer is None else (question.categories or ("no", "yes"))[question.answer]

    def of_performance(field: str, row: Scored) -> object:
        given = None if row[1] is None else getattr(row[1], field)
        return _probabilities(given, DIGITS) if isinstance(given, tuple) else given

    scored = ((row.question, performance) for row in record.questions for performance in row.performances or (None,))
    return to_csv(
        table(
            "",
            scored,
            Columns(OF_QUESTION, lambda field: HEADINGS.get(field, field), of_question),
            Columns(("forecaster", "days"), str, of_performance),
            Columns(OF_PERFORMANCE, str, of_performance, fixed(DIGITS)),
        )
    )


def daily_csv(card: Scorecard) -> str:
    """Return what was given day by day: a row for each date, a column for each resolved question and forecaster.

    Left out are the two forecasters who never change their minds.
    """
    several = len(card.record.cases) > 1
    given = {
        f"{f'{one.question.case}/' if several else ''}{one.question.id}:{forecaster}": one.given[forecaster]
        for one in card.series
        if one.question.answer is not None
        for forecaster in DESCRIPTIONS
        if forecaster in one.given and forecaster not in {UNIFORM, NO_CHANGE}
    }

    def probabilities(key: str, day: dt.date) -> str | None:
        return _probabilities(given[key][day], DAILY_DIGITS) if day in given[key] else None

    days = sorted(set(chain.from_iterable(given.values())))
    return to_csv(table("", days, Column("date", lambda day: day), Columns(given, str, probabilities)))


def _probabilities(values: tuple[float, ...], digits: int) -> str:
    return " ".join(f"{value:.{digits}f}" for value in values)


def summary_lines(record: TrackRecord) -> Iterator[str]:
    """Yield the lines for a terminal: a table of everybody beside ours, and what it rests on."""

    def beside(value: Callable[[Standing], str]) -> Callable[[Standing], str]:
        return lambda row: "" if row.forecaster == OURS else value(row)

    yield f"{listed(record.cases)}: forecasts as of {section.scored_dates(record)}; lower is better"
    standings = table(
        "",
        record.overall,
        Column("", lambda row: NAMES[row.forecaster]),
        Column("questions", lambda row: row.questions, "count"),
        Column("Brier", lambda row: row.brier, SCORE),
        Column("ours", beside(lambda row: score(row.ours_brier)), "number"),
        Column("skill", beside(lambda row: skill(row.brier_skill)), "number"),
        Column("difference (90% interval)", score_interval, "number"),
        Column("log score", lambda row: row.log, SCORE),
        Column("ours", beside(lambda row: score(row.ours_log)), "number"),
    )
    if record.overall:
        yield from to_text(standings, TERMINAL_WIDTH, rule=False).splitlines()
    sentences = (section.comparison_words(record), section.resolved_words(record), section.size_words(record))
    yield from filter(None, (*sentences, section.never_words(record)))
    for shown in section.explanation_tables(record)[:1]:
        yield shown.caption
        yield from to_text(shown, TERMINAL_WIDTH, rule=False).splitlines()
        yield section.truth_words(record)
