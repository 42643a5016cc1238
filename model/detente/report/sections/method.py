"""Section 11 and annex D: the method in plain words, the scales, and the command that makes the report again."""

from __future__ import annotations

import shlex
from types import SimpleNamespace
from typing import TYPE_CHECKING

from detente.estimative import ICD_203
from detente.report import confidence as rule
from detente.report.figures.diagram import Box, diagram
from detente.report.prose import between, percent, points, span
from detente.report.sections.priors import range_note
from detente.report.specs import Figure
from detente.report.tables import Column, Table, table

if TYPE_CHECKING:
    from detente.dossier import Dossier
    from detente.forecast.result import Forecast

    Line = tuple[str, str, str, str]


def build(dossier: Dossier) -> SimpleNamespace:
    """Build the section."""
    forecast = dossier.forecast
    basis = rule.confidence(forecast, dossier.sensitivity)
    return SimpleNamespace(
        confidence=basis, rule=_rule(basis), figure=_figure(forecast), ranges=range_note(forecast.inputs)
    )


def _rule(confidence: rule.Confidence) -> Table[Line]:
    """Return the rule of confidence beside what was found."""
    step = points(rule.LOW_PRIOR_STEP)
    weights = between(confidence.prior_bounds)
    turns = "yes" if "turns" in confidence.reasons else "no"
    checks = "failed" if "computation" in confidence.reasons else "passed"
    moved = (
        f"{points(confidence.largest_move)}, without {confidence.mover}"
        if confidence.mover
        else "there is nothing to leave out"
    )
    lines: tuple[Line, ...] = (
        ("Width of the 90% credible interval",
         f"{points(confidence.width)}; {points(confidence.prior_width)} with the prior alone, from {weights}",
         f"at most {points(rule.HIGH_WIDTH)}", f"more than {points(rule.LOW_WIDTH)}"),
        (f"Largest change without one {confidence.parts}", moved,
         f"at most {points(rule.HIGH_MOVE)}", f"more than {points(rule.LOW_MOVE)}"),
        ("Another explanation leads without one of them", turns, "no", "yes"),
        ("One source behind every item", confidence.source or "no", "no", "–"),
        ("Share of the weight of evidence from items graded C3 or weaker", percent(confidence.weak_share),
         f"at most {percent(rule.HIGH_WEAK)}", f"more than {percent(rule.LOW_WEAK)}"),
        ("Independent groups of items", f"{confidence.groups}",
         f"{rule.HIGH_GROUPS} or more", f"{rule.LOW_GROUPS} or fewer"),
        ("Prior at which another explanation would lead",
         f"{percent(confidence.break_even)} (stated: {percent(confidence.prior)})",
         f"{percent(rule.HIGH_PRIOR)} or less", f"less than {step} below the stated prior, or above it"),
        ("Diagnostics of the computation", checks, "passed", "failed"),
    )  # fmt: skip
    return table(
        "The rule of confidence",
        lines,
        Column("Criterion", lambda line: line[0]),
        Column("Found", lambda line: line[1]),
        Column("Needed for high", lambda line: line[2]),
        Column("Makes it low", lambda line: line[3]),
    )


def _figure(forecast: Forecast) -> Figure:
    processes, election = bool(forecast.inputs.processes), forecast.election_date is not None
    boxes = [
        Box(56, 182, 108, ("Prior", "of each explanation")),
        Box(56, 118, 108, ("Evidence", "likelihood, grade,", "shared cause"), height=50),
        Box(186, 150, 112, ("Which explanation", "probability of each"), answer=True),
    ]
    arrows = [(0, 2), (1, 2)]
    if processes:
        boxes += [
            Box(56, 50, 108, ("Record", "steps taken,", "days without one"), height=50),
            Box(186, 60, 112, ("Pace of each step", "if each were true"), height=44),
            Box(306, 105, 104, ("What will happen", "by each date"), answer=True),
        ]
        arrows += [(3, 2), (3, 4), (2, 5), (4, 5)]
    if processes and election:
        boxes.append(Box(306, 24, 104, ("Election", "chance of each"), height=36))
        arrows.append((6, 5))
    steps = [
        "Prior and evidence give the probability of each explanation.",
        "The record of steps taken and days without one informs the explanations and the pace of each step."
        * processes,
        "Explanations and pace give what will happen by each date." * processes,
        "The election decides which pace holds after it." * (processes and election),
    ]
    return Figure(
        name="model-diagram",
        title="The model: judgements and facts on the left, answers in blue frames",
        description=" ".join(step for step in steps if step),
        drawing=diagram(tuple(boxes), tuple(arrows)),
    )


def reference(dossier: Dossier) -> SimpleNamespace:
    """Build the annex: what a reader looks up."""
    words = table("Estimative words (ICD 203)", ICD_203.words, Column("Word", str), Column("Range", span, "number"))
    return SimpleNamespace(words=words, command=command(dossier.forecast))


def command(forecast: Forecast) -> str:
    """Return the command that makes this report again from the same inputs."""
    words = [
        "detente", "run", forecast.case, "--as-of", forecast.as_of.isoformat(), "--engine", forecast.engine,
        "--random-seed", str(forecast.random_seed),
    ]  # fmt: skip
    # The exact engine has no chains: as many as its draws divide into.
    divisor = next((chains for chains in (4, 2, 3, 5, 7) if forecast.draws % chains == 0), 4)
    chains = forecast.chains if forecast.engine != "exact" else divisor
    words += ["--draws", str(forecast.draws // chains), "--chains", str(chains)]
    if forecast.engine != "exact":
        words += ["--tune", str(forecast.tune)]
        words += ["--target-accept", f"{forecast.target_accept:g}"] if forecast.target_accept is not None else []
    return shlex.join(words)
