"""A scoring as files: score.json for reports and programs, tables for both kinds of reader, figures; and read back."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from detente.errors import DetenteError
from detente.evaluation.track_record import DESCRIPTIONS, NO_CHANGE, OURS, UNIFORM, TrackRecord
from detente.forecast.plain import plain
from detente.report import scored_words as words
from detente.report.prose import date, listed
from detente.report.render import draw, to_score_markdown
from detente.report.sections.track_record import build_record
from detente.scoring import CLIP

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from detente.evaluation.scorecard import Scorecard

FOLDER, FILE = "score", "score.json"
SCHEMA_VERSION = 1
DIGITS, DAILY_DIGITS = 6, 4
COLUMNS = (
    "case", "question", "outcome", "window", "process", "status", "answer", "resolved_on", "opens", "closes",
    "forecaster", "days", "first", "mean", "brier", "log", "ranked", "ours_brier", "ours_log", "first_brier",
    "first_log",
)  # fmt: skip


class ScoresFileError(DetenteError):
    """A ``score.json`` that is none, or that this version cannot read."""

    def __init__(self, path: Path, case: str) -> None:
        """Say which, and what helps."""
        super().__init__(f"{path}: cannot be read as scores: run `detente score {case}` again, or delete it")


def render_scores(card: Scorecard, command: str, notes: tuple[str, ...] = ()) -> Mapping[str, bytes]:
    """Return the files of a scoring by name; ``command`` makes them again, ``notes`` say what went into it."""
    record = card.record
    spec = build_record(record)
    said = {"s": spec, "titles": listed(list(record.titles.values())), "notes": notes, "command": command}
    figures = draw(figure for figure in (spec.figure, spec.reliability) if figure is not None)
    return {
        FILE: to_text(card, command).encode(),
        "score.csv": questions_csv(record).encode(),
        "daily.csv": daily_csv(card).encode(),
        "score.md": to_score_markdown(said).encode(),
        **{f"figures/{name}.svg": svg.encode() for name, svg in figures.items()},
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
            "hypotheses": words.NEVER,
            "averages": "over the days of a question on which both gave a forecast, then over questions",
        },
        "forecasters": dict(DESCRIPTIONS),
        **plain(card.record),
        "by_case": plain(card.by_case),
        "by_outcome": plain(card.by_outcome),
    }


def to_text(card: Scorecard, command: str) -> str:
    """Return the text of ``score.json``."""
    return json.dumps(to_json(card, command), ensure_ascii=False, indent=1) + "\n"


def read_record(case_folder: Path, case: str) -> TrackRecord | None:
    """Return what a scoring of this case alone found, or nothing where there is none.

    Raises
    ------
    ScoresFileError
        If what is there cannot be read.
    """
    from pydantic import TypeAdapter

    path = case_folder / FOLDER / FILE
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(raw, dict) or raw.get("schema") != SCHEMA_VERSION:
            raise ScoresFileError(path, case)
        record = TypeAdapter(TrackRecord).validate_python(raw)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:  # pydantic's is a ValueError
        raise ScoresFileError(path, case) from error
    return record if record.cases == (case,) else None


def questions_csv(record: TrackRecord) -> str:
    """Return the table for programs: a row a question and forecaster; one that is void or pending has one row."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in record.questions:
        asked = row.question
        answer = "" if asked.answer is None else (asked.categories or ("no", "yes"))[asked.answer]
        head = [asked.case, asked.id, asked.outcome, asked.window, asked.group, asked.status, answer]
        head += [str(asked.resolved_on or ""), str(asked.opens), str(asked.closes)]
        for found in row.performances:
            first = _given(found.first, DIGITS) if found.first else ""
            scores = (found.brier, found.log, found.ranked, found.ours_brier, found.ours_log)
            numbers = [_number(value) for value in (*scores, found.first_brier, found.first_log)]
            writer.writerow([*head, found.forecaster, found.days, first, _given(found.mean, DIGITS), *numbers])
        if not row.performances:
            writer.writerow([*head, *[""] * 11])
    return lines.getvalue()


def daily_csv(card: Scorecard) -> str:
    """Return what was given day by day: a row a date, a column a resolved question and forecaster.

    Left out are the two forecasters who never change their minds.
    """
    several = len(card.record.cases) > 1
    columns: dict[str, Mapping[dt.date, tuple[float, ...]]] = {}
    for one in card.series:
        if one.question.answer is not None:
            name = f"{one.question.case}/{one.question.id}" if several else one.question.id
            columns |= {
                f"{name}:{who}": one.given[who]
                for who in DESCRIPTIONS
                if who in one.given and who not in {UNIFORM, NO_CHANGE}
            }
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(["date", *columns])
    for day in sorted({day for given in columns.values() for day in given}):
        found = [given.get(day) for given in columns.values()]
        writer.writerow([day, *(_given(value, DAILY_DIGITS) if value else "" for value in found)])
    return lines.getvalue()


def _given(given: tuple[float, ...], digits: int) -> str:
    return " ".join(f"{value:.{digits}f}" for value in given)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.{DIGITS}f}"


def summary_lines(record: TrackRecord) -> list[str]:
    """Return the lines for a terminal: a table of everybody beside ours, and what it rests on."""
    rows = [("", "questions", "Brier", "ours", "skill", "ours less its, 90 %", "log", "ours")]
    for row in record.overall:
        beside, own_log = ("", "", ""), ""
        if row.forecaster != OURS:
            bounds = words.bounds_words(row.by_process, row.processes)
            beside, own_log = (
                (words.loss(row.ours_brier), words.skilled(row.brier_skill), bounds),
                words.loss(row.ours_log),
            )
        name, questions = words.NAMES[row.forecaster], str(row.questions)
        rows.append((name, questions, words.loss(row.brier), *beside, words.loss(row.log), own_log))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    head = f"{listed(record.cases)}: forecasts of {date(record.start)} to {date(record.end)}, each day, less is better"
    tail = [words.better_words(record), words.resolved_words(record), words.size_words(record), words.NEVER]
    return [head, *lines, *(line for line in tail if line)]
