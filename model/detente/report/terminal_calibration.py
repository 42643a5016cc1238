"""What was learned from scores, on a terminal: the numbers, what they say in words, and the block to paste."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from detente.evaluation.calibrate import block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from detente.evaluation.calibrate import Calibration
    from detente.evaluation.calibrate.quadrature import Summary
    from detente.evaluation.calibrate.result import CaseLearned

_MEASURE = 80
NEXT_TO_NOTHING, LITTLE, SOMETHING = 0.95, 0.8, 0.5
"""Shares of the prior's deviation that are left, from which on so much was learned and no more."""
TELLING = 0.9


def print_calibration(found: Calibration, console: Console) -> None:
    """Print it; text from cases is never read as markup."""
    width = min(console.width, _MEASURE)
    for line in _head(found):
        console.print(Text(line), width=width)
    console.print(_table(found), width=width)
    for line in (_on_discrimination(found), *_on_bias(found), *_on_hypotheses(found)):
        console.print(Text(line), width=width)
        console.print()
    console.print(Text("For priors.yaml of another case:"))
    print(block(found), file=console.file)  # to be pasted: neither wrapped nor coloured


def _head(found: Calibration) -> Iterator[str]:
    cases, count = len(found.cases), found.resolved
    yield f"{_count(cases, 'case')}, {_count(count, 'resolved outcome')}, as of {found.as_of}"
    for case in found.cases:
        asked = _count(len(case.outcomes), "outcome")
        windows = _count(len(case.questions), "window")
        came = f"{len(case.occurred)} came about"
        yield f"  {case.id}, forecast of {case.forecast_date}: {asked} in {windows}, {came}"
        if case.left_out:
            reasons = Counter(row.reason for row in case.left_out)
            yield "    left out: " + ", ".join(f"{number} {reason}" for reason, number in reasons.items())
        if not case.questions:
            yield "    nothing of it counts but its evidence"
        yield from _winner(case)
    if found.other_priors:
        yield f"  prior of {found.prior_of}; {', '.join(found.other_priors)} states another, which is not used"


def _winner(case: CaseLearned) -> Iterator[str]:
    if len(case.winners) > 1:
        shares = ", ".join(f"{name} {share:.2f}" for name, share in case.winners.items())
        yield f"    who won is not on record: taken to be {shares}, as forecast"


def _table(found: Calibration) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("")
    for name in ("mean", "sd", "90 %", "nats", "sampled"):
        table.add_column(name, justify="right")
    stages = (
        ("prior", found.prior),
        ("given the evidence", found.after_evidence),
        ("and the outcomes", found.after_outcomes),
    )
    table.add_row("Discrimination")
    for name, stage in stages:
        table.add_row(
            f"  {name}",
            *_cells(stage.discrimination, stage.gained, "discrimination"),
            _mean(stage.sampled_discrimination),
        )
    if found.bias_sd > 0:
        table.add_row("Level bias")
        for name, stage in stages:
            table.add_row(
                f"  {name}", *_cells(stage.level_bias, stage.gained, "level_bias"), _mean(stage.sampled_level_bias)
            )
    return table


def _cells(summary: Summary, gained: object, name: str) -> tuple[str, str, str, str]:
    nats = gained[name] if isinstance(gained, dict) else 0.0
    return f"{summary.mean:.3f}", f"{summary.sd:.3f}", f"{summary.low:.2f} to {summary.high:.2f}", f"{nats:.3f}"


def _mean(summary: Summary | None) -> str:
    return "" if summary is None else f"{summary.mean:.3f}"


def _on_discrimination(found: Calibration) -> str:
    before, after = found.prior.discrimination, found.after_outcomes.discrimination
    left = after.sd / before.sd
    much = (
        "next to nothing"
        if left > NEXT_TO_NOTHING
        else "a little"
        if left > LITTLE
        else "something"
        if left > SOMETHING
        else "much"
    )
    text = (
        f"About the discrimination {_these(found)} {_teach(found)} {much}: its deviation was {before.sd:.3f} and is "
        f"{after.sd:.3f}."
    )
    worth = found.worth
    if worth is None or worth.cases is None:
        return f"{text} Cases like {_these(found, alone='this one')} can teach nothing about it."
    like = "this one" if len(found.cases) == 1 else "these"
    return f"{text} On average it takes about {_rounded(worth.cases)} cases like {like} to halve a prior's deviation."


def _on_bias(found: Calibration) -> Iterator[str]:
    if found.bias_sd == 0:
        return
    bias = found.after_outcomes.level_bias
    pace, slow, fast = np.exp([bias.mean, bias.low, bias.high])
    text = f"Steps came about {pace:.2f} times as fast as stated (90 %: {slow:.2f} to {fast:.2f} times)"
    if found.bias_is_up > TELLING:
        says = "the stated intensities look too slow"
    elif found.bias_is_up < 1 - TELLING:
        says = "the stated intensities look too fast"
    else:
        says = "whether the stated intensities are too fast or too slow cannot be told"
    chance = f"P(slower than stated) is {100 * (1 - found.bias_is_up):.0f} %"
    yield f"{text}; {chance}: {says}. The bias is reported only: no forecast uses it. To act on it, judge anew."


def _on_hypotheses(found: Calibration) -> Iterator[str]:
    for case in found.cases:
        moves = ", ".join(f"{name} {100 * a:.0f} to {100 * b:.0f} %" for name, (a, b) in case.hypotheses.items())
        yield (
            f"{case.id}: what came about moves the hypotheses, which themselves never resolve, from the evidence's "
            f"answer: {moves}."
        )


def _these(found: Calibration, alone: str = "this case") -> str:
    return alone if len(found.cases) == 1 else "these cases"


def _teach(found: Calibration) -> str:
    return "teaches" if len(found.cases) == 1 else "teach"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _rounded(number: float) -> str:
    """Write a number to one figure, at least 1: it is an expectation from a simulation.

    >>> _rounded(873.1), _rounded(0.4)
    ('900', '1')
    """
    whole = max(number, 1.0)
    return f"{round(whole, -int(np.floor(np.log10(whole)))):,.0f}"
