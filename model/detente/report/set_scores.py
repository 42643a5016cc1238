"""A set of questions: its scores as files and on a terminal, and what it taught on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from rich.text import Text

from detente.evaluation.calibrate import block
from detente.evaluation.explanations import Exponent, brier_scores, log_scores, top_scores
from detente.evaluation.track_record import OF_EXPLANATIONS, OURS, STATED
from detente.jsonable import json_text, jsonable
from detente.report.calibration import print_learned
from detente.report.prose import capital, count
from detente.report.render import markdown_page
from detente.report.score_tables import (
    FORECASTERS,
    SCORE,
    calibration_table,
    explanation_comparison,
    explanation_standings,
    exponent_number,
    exponent_words,
)
from detente.report.tables import TERMINAL_WIDTH, Column, Columns, Kind, Table, fixed, table, to_csv, to_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console

    from detente.evaluation.sets import Answers, SetCalibration
    from detente.evaluation.sets.score import ItemBand, Scored, SetScore
    from detente.scoring import Bounds

    Number = tuple[str, float, float, tuple[float, float], Bounds | None]

SCHEMA_VERSION = 1
FOLDER = "score-set"
"""Another than that of a case's scores, since a case may have the name of a set."""
DIGITS = 6
WIDTH = 120
SPAN = Kind("number", lambda bounds: f"{bounds[0]:.3f} to {bounds[1]:.3f}")


def render_set(scored: Scored, answers: Answers, command: str) -> Mapping[str, bytes]:
    """Return the files of a set's scoring by name; ``command`` makes them again."""
    result = scored.result
    page = {
        "title": result.name,
        "head": scored_words(result),
        "comparison": explanation_comparison(result.scores),
        "exponent": exponent_words(result.scores.exponent, result.questions),
        "tables": (
            explanation_standings(result.scores),
            items_table(result.by_items),
            calibration_table(result.scores),
        ),
        "forecasters": tuple((FORECASTERS[name], text) for name, text in OF_EXPLANATIONS.items()),
        "tempering": tempering_words(result),
        "command": command,
    }
    return {
        "score.json": json_text(set_json(result, command)).encode(),
        "score.csv": questions_csv(scored, answers).encode(),
        "score.md": markdown_page("set.j2", **page).encode(),
    }


def set_json(scores: SetScore, command: str) -> dict[str, Any]:
    """Return the scores of a set as plain values."""
    return {
        "schema": SCHEMA_VERSION,
        "command": command,
        "conventions": {
            "log": "minus the natural logarithm of the probability of the true hypothesis, not clipped",
            "brier": "sum over the hypotheses of (p - y)^2, in [0, 2]",
            "top": "how often the true hypothesis was the likeliest; a tie is shared",
            "exponent": "the a for which p^a, renormalized, scores best: 1 calibrated, below 1 overconfident",
            "intervals": "90%, by resampling whole groups; of differences, ours less theirs",
        },
        "forecasters": dict(OF_EXPLANATIONS),
        **jsonable(scores),
    }


def questions_csv(scored: Scored, answers: Answers) -> str:
    """Return a row for each question: its truth, the model's probabilities, and everybody's scores."""
    places = np.flatnonzero(scored.rows)
    own = scored.by_forecaster[OURS]
    log = {name: log_scores(forecasts) for name, forecasts in scored.by_forecaster.items()}
    brier, top = brier_scores(own), top_scores(own)

    def probabilities(row: int) -> str:
        given = np.exp(own.log_probability[row])
        names = answers.hypotheses[places[row]]
        return " ".join(f"{name}:{value:.{DIGITS}f}" for name, value in zip(names, given, strict=False))

    return to_csv(
        table(
            "",
            range(len(own)),
            Column("question", lambda row: answers.ids[places[row]]),
            Column("group", lambda row: answers.groups[places[row]]),
            Column("items", lambda row: int(answers.items[places[row]])),
            Column("truth", lambda row: answers.hypotheses[places[row]][own.truth[row]]),
            Column("probabilities", probabilities),
            Column("brier", lambda row: brier[row], fixed(DIGITS)),
            Column("top", lambda row: top[row], fixed(DIGITS)),
            Columns(log, lambda name: f"log:{name}", lambda name, row: log[name][row], fixed(DIGITS)),
        )
    )


def summary_lines(scores: SetScore) -> Iterator[str]:
    """Yield the lines for a terminal."""
    yield scored_words(scores)
    for shown in (explanation_standings(scores.scores), items_table(scores.by_items), calibration_table(scores.scores)):
        yield ""
        yield shown.caption
        yield from to_text(shown, WIDTH, rule=False).splitlines()
    yield ""
    yield explanation_comparison(scores.scores)
    yield exponent_words(scores.scores.exponent, scores.questions)
    yield tempering_words(scores)


def head_words(of: SetScore | SetCalibration, more: str = "") -> str:
    """Say what was scored, or learned from; ``more`` stands behind the items."""
    groups = f", in {count(of.scores.groups, 'group')}" if of.scores.groups < of.questions else ""
    unknown = f"; {count(of.unknown, 'question')} without a truth left out" if of.unknown else ""
    return f"{of.name}: {count(of.questions, 'question')} with {count(of.items, 'item')}{more}{groups}{unknown}"


def scored_words(scores: SetScore) -> str:
    """Say what was scored, with the discrimination that it was scored with."""
    held = scores.discrimination
    return f"{head_words(scores, ' of evidence')}; discrimination {held.mean:g} (sd {held.sd:g})."


def tempering_words(scores: SetScore) -> str:
    """Say what tempered naive Bayes is, with the exponents it took."""
    low, high = min(scores.tempering), max(scores.tempering)
    span = exponent_number(low) if high == low else f"{exponent_number(low)} to {exponent_number(high)}"
    return f"Tempered naive Bayes takes the exponent that is best on the other parts of the set: {span}."


def items_table(bands: tuple[ItemBand, ...]) -> Table[ItemBand]:
    """Return log score and best exponent by the number of items."""
    return table(
        "By the number of items of a question",
        bands,
        Column("Items", band_words, "short"),
        Column("Questions", lambda band: band.questions, "count"),
        Column("Log score", lambda band: band.log, SCORE),
        Column("Exponent", lambda band: exponent_number(band.exponent.value), "number"),
        Column("90% interval", lambda band: exponent_span(band.exponent), "number"),
    )


def band_words(band: ItemBand) -> str:
    """Return a band's numbers of items."""
    if band.most is None:
        return f"{band.fewest} and more"
    return f"{band.fewest} to {band.most}"


def exponent_span(exponent: Exponent) -> str:
    """Return an exponent's interval."""
    if exponent.interval is None:
        return "–"
    return f"{exponent_number(exponent.interval[0])} to {exponent_number(exponent.interval[1])}"


def print_set_calibration(calibration: SetCalibration, console: Console) -> None:
    """Print it; text from a set is never read as markup."""
    width = min(console.width, TERMINAL_WIDTH)
    console.print(Text(f"{head_words(calibration)}."), width=width)
    for shown in (_learned(calibration), explanation_standings(calibration.scores), _by_items(calibration)):
        console.print()
        print(shown.caption, to_text(shown, WIDTH, rule=False), sep="\n", file=console.file)
    print_learned(_sentences(calibration), "a case", block(calibration), console)


def _learned(calibration: SetCalibration) -> Table[Number]:
    before, after, hyper = calibration.prior, calibration.learned, calibration.hyper
    rows: tuple[Number, ...] = (
        ("mean", before.mean, after.mean, hyper.of_mean, calibration.mean_resampled),
        ("sd", before.sd, after.sd, hyper.of_sd, calibration.sd_resampled),
    )
    return table(
        "Discrimination of the next question",
        rows,
        Column("", lambda row: row[0], "short"),
        Column("Prior", lambda row: row[1], "thousandths"),
        Column("Learned", lambda row: row[2], "thousandths"),
        Column("Over questions (sd)", lambda row: f"{row[3][0]:.3f} ({row[3][1]:.3f})", "number"),
        Column("Groups resampled, 90%", lambda row: row[4], SPAN),
    )


def _by_items(calibration: SetCalibration) -> Table[tuple[ItemBand, ItemBand]]:
    return table(
        "By the number of items of a question, as stated and with what the other parts taught",
        calibration.by_items,
        Column("Items", lambda row: band_words(row[0]), "short"),
        Column("Questions", lambda row: row[0].questions, "count"),
        Column("Log score", lambda row: row[0].log, SCORE),
        Column("learned", lambda row: row[1].log, SCORE),
        Column("Exponent", lambda row: exponent_number(row[0].exponent.value), "number"),
        Column("learned", lambda row: exponent_number(row[1].exponent.value), "number"),
        Column("90% interval", lambda row: exponent_span(row[1].exponent), "number"),
    )


def _sentences(calibration: SetCalibration) -> Iterator[str]:
    parts = len(calibration.parts)
    if parts == 1:
        yield "There is one group: what it taught cannot be scored on another, and these scores flatter it."
    else:
        yield (
            f"“{capital(FORECASTERS[OURS])}” is scored on each of {parts} parts of the set with the discrimination "
            f"that the others teach; “{FORECASTERS[STATED]}” is the prior's."
        )
    yield explanation_comparison(calibration.scores)
    for start, scores in (("As stated", calibration.before), ("With what was learned", calibration.scores)):
        sentence = exponent_words(scores.exponent, calibration.questions)
        yield f"{start}: {sentence[:1].lower()}{sentence[1:]}"
