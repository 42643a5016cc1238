"""What was learned from resolved outcomes, on a terminal: the numbers, what they say, and the block to paste."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from rich.text import Text

from detente.evaluation.calibrate import Calibration, block
from detente.report.prose import cardinal, count, date, listed, name, percent
from detente.report.tables import TERMINAL_WIDTH, Column, Group, Table, grouped, to_terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console

    from detente.evaluation.calibrate.quadrature import Summary

    Estimate = tuple[str, Summary, float, Summary | None]

LEFT = ((0.95, "almost nothing"), (0.8, "little"), (0.5, "something"))
"""Shares of the prior's standard deviation that are left, down to which so much was learned; below them, much."""
CLEAR = 0.9
"""Probability from which on the direction of a bias is stated."""


def print_calibration(calibration: Calibration, console: Console) -> None:
    """Print it; text from cases is never read as markup."""
    width = min(console.width, TERMINAL_WIDTH)
    for line in _head(calibration):
        console.print(Text(line), width=width)
    console.print()
    console.print(to_terminal(_estimates(calibration)), width=width)
    said = (_on_discrimination(calibration), *_on_bias(calibration), *_on_hypotheses(calibration))
    print_learned(said, "another case", block(calibration), console)


def print_learned(said: Iterable[str], case: str, lines: str, console: Console) -> None:
    """Print what is said of something learned, and the lines that a case may be given."""
    for paragraph in said:
        console.print()
        console.print(Text(paragraph), width=min(console.width, TERMINAL_WIDTH))
    console.print()
    console.print(Text(f"For priors.yaml of {case}:"))
    print(lines, file=console.file)  # to be pasted: neither wrapped nor coloured


def _head(calibration: Calibration) -> Iterator[str]:
    truths = f", {count(calibration.truths, 'known explanation')}" if calibration.truths else ""
    resolved = f"{count(len(calibration.cases), 'case')}, {count(calibration.resolved, 'resolved outcome')}{truths}"
    yield f"{resolved}, as of {date(calibration.as_of)}"
    for case in calibration.cases:
        occurred = cardinal(len(case.occurred)) if case.occurred else "none"
        yield (
            f"  {case.id}, forecast of {date(case.forecast_date)}: {count(len(case.outcomes), 'outcome')} in "
            f"{count(len(case.questions), 'window')}; {occurred} occurred"
        )
        if case.left_out:
            reasons = Counter(row.reason for row in case.left_out)
            yield "    left out: " + listed([f"{number} {reason}" for reason, number in reasons.items()])
        if case.truth is not None:
            yield f"    {name(case.truth)} is known to be true"
        elif not case.questions:
            yield "    only its evidence counts"
        if len(case.winners) > 1:
            shares = listed([f"{name(winner)} {percent(share)}" for winner, share in case.winners.items()])
            yield f"    the winner is not on record; the forecast's probabilities are used: {shares}"
    if calibration.other_priors:
        verb = "states" if len(calibration.other_priors) == 1 else "state"
        others = f"{listed(calibration.other_priors)} {verb} another, which is not used"
        yield f"  the prior is that of {calibration.prior_of}; {others}"


def _estimates(calibration: Calibration) -> Table[Estimate]:
    stages = (
        ("prior", calibration.prior),
        ("with the evidence", calibration.after_evidence),
        ("and outcomes", calibration.after_outcomes),
    )
    groups = [
        Group(
            tuple((f"  {label}", s.discrimination, s.gained["discrimination"], s.sampled_discrimination)
                  for label, s in stages),
            "Discrimination",
        )
    ]  # fmt: skip
    if calibration.bias_sd > 0:
        bias = tuple((f"  {label}", s.level_bias, s.gained["level_bias"], s.sampled_level_bias) for label, s in stages)
        groups.append(Group(bias, "Level bias"))
    return grouped(
        "",
        groups,
        Column("", lambda row: row[0]),
        Column("Mean", lambda row: row[1].mean, "thousandths"),
        Column("SD", lambda row: row[1].sd, "thousandths"),
        Column("90% interval", lambda row: f"{row[1].low:.2f} to {row[1].high:.2f}", "number"),
        Column("Gain, nats", lambda row: row[2], "thousandths"),
        Column("Sampled mean", lambda row: row[3].mean if row[3] else "", "thousandths"),
    )


def _on_discrimination(calibration: Calibration) -> str:
    before, after = calibration.prior.discrimination, calibration.after_outcomes.discrimination
    much = next((word for share, word in LEFT if after.sd / before.sd > share), "much")
    one = len(calibration.cases) == 1
    text = (
        f"{'This case says' if one else 'These cases say'} {much} about the discrimination: its standard deviation "
        f"was {before.sd:.3f} and is now {after.sd:.3f}."
    )
    like = "this one" if one else "these"
    worth = calibration.worth
    if worth is None or worth.cases is None:
        return f"{text} Cases like {like} cannot say anything about it."
    return f"{text} On average about {_rounded(worth.cases)} cases like {like} would halve the prior's deviation."


def _on_bias(calibration: Calibration) -> Iterator[str]:
    if calibration.bias_sd == 0:
        return
    bias = calibration.after_outcomes.level_bias
    pace, slow, fast = np.exp([bias.mean, bias.low, bias.high])
    if calibration.bias_is_up > CLEAR:
        finding = "the stated intensities look too slow"
    elif calibration.bias_is_up < 1 - CLEAR:
        finding = "the stated intensities look too fast"
    else:
        finding = "the data do not show whether the stated intensities are too fast or too slow"
    yield (
        f"Steps were taken {pace:.2f} times as fast as stated (90% interval {slow:.2f} to {fast:.2f} times), and the "
        f"probability that they are slower than stated is {percent(1 - calibration.bias_is_up)}: {finding}. No "
        "forecast uses this bias; to act on it, revise the intensities."
    )


def _on_hypotheses(calibration: Calibration) -> Iterator[str]:
    for case in calibration.cases:
        if case.truth is not None:
            before, _ = case.hypotheses[case.truth]
            true = f"{case.id}: {name(case.truth)} is known to be true"
            yield f"{true}; by the evidence its probability was {percent(before)}."
            continue
        changes = listed([f"{name(key)} from {percent(a)} to {percent(b)}" for key, (a, b) in case.hypotheses.items()])
        yield f"{case.id}: the outcomes move the explanations, of which none is known to be true: {changes}."


def _rounded(number: float) -> str:
    """Write a number to one figure, at least 1: it is an expectation from a simulation.

    >>> _rounded(873.1), _rounded(0.4)
    ('900', '1')
    """
    whole = max(number, 1.0)
    return f"{round(whole, -int(np.floor(np.log10(whole)))):,.0f}"
