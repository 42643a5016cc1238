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


def print_set_calibration(found: SetCalibration, console: Console) -> None:
    """Print it; text from a set is never read as markup."""
    width = min(console.width, TERMINAL_WIDTH)
    console.print(Text(_head(found)), width=width)
    for shown in (_learned(found), explanation_standings(found.scores), _by_items(found)):
        console.print()
        print(shown.caption, to_text(shown, WIDTH, rule=False), sep="\n", file=console.file)
    for paragraph in _sentences(found):
        console.print()
        console.print(Text(paragraph), width=width)
    console.print()
    console.print(Text("For priors.yaml of a case:"))
    print(block(found), file=console.file)  # to be pasted: neither wrapped nor coloured


def _head(found: SetCalibration) -> str:
    unknown = f"; {count(found.unknown, 'question')} without a truth left out" if found.unknown else ""
    groups = f", in {count(found.scores.groups, 'group')}" if found.scores.groups < found.questions else ""
    return f"{found.name}: {count(found.questions, 'question')} with {count(found.items, 'item')}{groups}{unknown}."


def _learned(found: SetCalibration) -> Table[Number]:
    rows: tuple[Number, ...] = (
        ("mean", found.prior.mean, found.learned.mean, found.hyper.of_mean, found.mean_resampled),
        ("sd", found.prior.sd, found.learned.sd, found.hyper.of_sd, found.sd_resampled),
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


def _by_items(found: SetCalibration) -> Table[tuple[ItemBand, ItemBand]]:
    return table(
        "By the number of items of a question, as stated and with what the other parts taught",
        found.by_items,
        Column("Items", lambda row: band_words(row[0]), SHORT),
        Column("Questions", lambda row: row[0].questions, COUNT),
        Column("Log score", lambda row: row[0].log, SCORE),
        Column("learned", lambda row: row[1].log, SCORE),
        Column("Exponent", lambda row: exponent_number(row[0].exponent.value), NUMBER),
        Column("learned", lambda row: exponent_number(row[1].exponent.value), NUMBER),
        Column("90% interval", lambda row: exponent_span(row[1].exponent), NUMBER),
    )


def _sentences(found: SetCalibration) -> Iterator[str]:
    parts = len(found.parts)
    if parts == 1:
        yield "There is one group: what it taught cannot be scored on another, and these scores flatter it."
    else:
        yield (
            f"“{capital(FORECASTERS[OURS])}” is scored on each of {parts} parts of the set with the discrimination "
            f"that the others teach; “{FORECASTERS[STATED]}” is the prior's."
        )
    yield explanation_comparison(found.scores)
    yield f"As stated: {_lower(exponent_words(found.before.exponent, found.questions))}"
    yield f"With what was learned: {_lower(exponent_words(found.scores.exponent, found.questions))}"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
