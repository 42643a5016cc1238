"""What a set taught, on a terminal: the numbers, what they say, and the block to paste."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from detente.evaluation.calibrate import block
from detente.evaluation.track_record import OURS, STATED
from detente.report.explanation_tables import (
    FORECASTERS,
    explanation_comparison,
    explanation_standings,
    exponent_number,
    exponent_words,
)
from detente.report.prose import capital, count
from detente.report.score_tables import SCORE
from detente.report.set_scores import band_words, exponent_span
from detente.report.tables import COUNT, NUMBER, SHORT, TERMINAL_WIDTH, Column, Kind, decimals, table, to_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from detente.evaluation.explanations import Bounds
    from detente.evaluation.sets import SetCalibration
    from detente.evaluation.sets.score import ItemBand
    from detente.report.tables import Table

    Number = tuple[str, float, float, tuple[float, float], Bounds | None]

WIDTH = 120
THOUSANDTHS = decimals("{:.3f}")
SPAN = Kind("number", lambda bounds: f"{bounds[0]:.3f} to {bounds[1]:.3f}")


def print_set_calibration(calibration: SetCalibration, console: Console) -> None:
    """Print it; text from a set is never read as markup."""
    width = min(console.width, TERMINAL_WIDTH)
    console.print(Text(_head(calibration)), width=width)
    for shown in (_learned(calibration), explanation_standings(calibration.scores), _by_items(calibration)):
        console.print()
        print(shown.caption, to_text(shown, WIDTH, rule=False), sep="\n", file=console.file)
    for paragraph in _sentences(calibration):
        console.print()
        console.print(Text(paragraph), width=width)
    console.print()
    console.print(Text("For priors.yaml of a case:"))
    print(block(calibration), file=console.file)  # to be pasted: neither wrapped nor coloured


def _head(calibration: SetCalibration) -> str:
    unknown = f"; {count(calibration.unknown, 'question')} without a truth left out" if calibration.unknown else ""
    groups = (
        f", in {count(calibration.scores.groups, 'group')}" if calibration.scores.groups < calibration.questions else ""
    )
    asked = f"{count(calibration.questions, 'question')} with {count(calibration.items, 'item')}"
    return f"{calibration.name}: {asked}{groups}{unknown}."


def _learned(calibration: SetCalibration) -> Table[Number]:
    rows: tuple[Number, ...] = (
        (
            "mean",
            calibration.prior.mean,
            calibration.learned.mean,
            calibration.hyper.of_mean,
            calibration.mean_resampled,
        ),
        ("sd", calibration.prior.sd, calibration.learned.sd, calibration.hyper.of_sd, calibration.sd_resampled),
    )
    return table(
        "Discrimination of the next question",
        rows,
        Column("", lambda row: row[0], SHORT),
        Column("Prior", lambda row: row[1], THOUSANDTHS),
        Column("Learned", lambda row: row[2], THOUSANDTHS),
        Column("Over questions (sd)", lambda row: f"{row[3][0]:.3f} ({row[3][1]:.3f})", NUMBER),
        Column("Groups resampled, 90%", lambda row: row[4], SPAN),
    )


def _by_items(calibration: SetCalibration) -> Table[tuple[ItemBand, ItemBand]]:
    return table(
        "By the number of items of a question, as stated and with what the other parts taught",
        calibration.by_items,
        Column("Items", lambda row: band_words(row[0]), SHORT),
        Column("Questions", lambda row: row[0].questions, COUNT),
        Column("Log score", lambda row: row[0].log, SCORE),
        Column("learned", lambda row: row[1].log, SCORE),
        Column("Exponent", lambda row: exponent_number(row[0].exponent.value), NUMBER),
        Column("learned", lambda row: exponent_number(row[1].exponent.value), NUMBER),
        Column("90% interval", lambda row: exponent_span(row[1].exponent), NUMBER),
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
    yield f"As stated: {_lower(exponent_words(calibration.before.exponent, calibration.questions))}"
    yield f"With what was learned: {_lower(exponent_words(calibration.scores.exponent, calibration.questions))}"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
