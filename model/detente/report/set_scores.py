"""The scores of a set as files and on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from detente.evaluation.explanations import brier_scores, log_scores, top_scores
from detente.evaluation.track_record import OF_EXPLANATIONS, OURS
from detente.jsonable import json_text, jsonable
from detente.report.explanation_tables import (
    FORECASTERS,
    calibration_table,
    explanation_comparison,
    explanation_standings,
    exponent_number,
    exponent_words,
)
from detente.report.prose import count
from detente.report.render import to_score_markdown
from detente.report.score_tables import SCORE
from detente.report.tables import COUNT, NUMBER, SHORT, Column, Table, fixed, table, to_csv, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from detente.evaluation.explanations import Exponent
    from detente.evaluation.sets import Answers
    from detente.evaluation.sets.score import ItemBand, Scored, SetScore

SCHEMA_VERSION = 1
FOLDER = "score-set"
"""Another than that of a case's scores, since a case may have the name of a set."""
DIGITS = 6
TERMINAL_WIDTH = 120


def render_set(scored: Scored, answers: Answers, command: str) -> Mapping[str, bytes]:
    """Return the files of a set's scoring by name; ``command`` makes them again."""
    result = scored.result
    page = {
        "title": result.name,
        "head": head_words(result),
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
        "score.json": f"{json_text(set_json(result, command))}\n".encode(),
        "score.csv": questions_csv(scored, answers).encode(),
        "score.md": to_score_markdown(page, "set.j2").encode(),
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

    def of_set(values: tuple[str, ...]) -> Callable[[int], str]:
        return lambda row: values[places[row]]

    return to_csv(
        table(
            "",
            range(len(own)),
            Column("question", of_set(answers.ids)),
            Column("group", of_set(answers.groups)),
            Column("items", lambda row: int(answers.items[places[row]])),
            Column("truth", lambda row: answers.hypotheses[places[row]][own.truth[row]]),
            Column("probabilities", probabilities),
            Column("brier", lambda row: brier[row], fixed(DIGITS)),
            Column("top", lambda row: top[row], fixed(DIGITS)),
            *(Column(f"log:{name}", values.__getitem__, fixed(DIGITS)) for name, values in log.items()),
        )
    )


def summary_lines(scores: SetScore) -> Iterator[str]:
    """Yield the lines for a terminal."""
    yield head_words(scores)
    for shown in (explanation_standings(scores.scores), items_table(scores.by_items), calibration_table(scores.scores)):
        yield ""
        yield shown.caption
        yield from to_text(shown, TERMINAL_WIDTH, rule=False).splitlines()
    yield ""
    yield explanation_comparison(scores.scores)
    yield exponent_words(scores.scores.exponent, scores.questions)
    yield tempering_words(scores)


def head_words(scores: SetScore) -> str:
    """Say what was scored."""
    groups = f", in {count(scores.scores.groups, 'group')}" if scores.scores.groups < scores.questions else ""
    unknown = f"; {count(scores.unknown, 'question')} without a truth left out" if scores.unknown else ""
    held = scores.discrimination
    return (
        f"{scores.name}: {count(scores.questions, 'question')} with {count(scores.items, 'item')} of evidence{groups}"
        f"{unknown}; discrimination {held.mean:g} (sd {held.sd:g})."
    )


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
        Column("Items", band_words, SHORT),
        Column("Questions", lambda band: band.questions, COUNT),
        Column("Log score", lambda band: band.log, SCORE),
        Column("Exponent", lambda band: exponent_number(band.exponent.value), NUMBER),
        Column("90% interval", lambda band: exponent_span(band.exponent), NUMBER),
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
