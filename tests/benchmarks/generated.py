"""Cases of any size, written as files: what is measured grows in one direction at a time."""

from __future__ import annotations

import csv
import datetime as dt
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAME = "generated"
FIRST, CUTOFF = dt.date(2020, 1, 1), dt.date(2022, 6, 1)
ELECTION, HORIZON = dt.date(2022, 11, 1), dt.date(2023, 6, 1)
HYPOTHESES = ("settle", "stall")


@dataclass(frozen=True)
class Size:
    """How large a case is: items and the clusters they are in, processes and the states of each, polls, deadlines."""

    items: int = 0
    clusters: int = 0
    processes: int = 1
    states: int = 3
    coupled: bool = False
    polls: int = 0
    deadlines: int = 0


def write_case(workspace: Path, size: Size) -> None:
    """Write a case of a size into a workspace, the same for the same size."""
    chance = random.Random(1689)  # noqa: S311 - a benchmark is no secret
    seeds, priors = workspace / "seeds" / NAME, workspace / "priors" / NAME
    for folder in (seeds, priors):
        folder.mkdir(parents=True, exist_ok=True)
    (seeds / "case.yaml").write_text(_facts(size), encoding="utf-8")
    (priors / "priors.yaml").write_text(_priors(size), encoding="utf-8")
    names = [f"item_{number}" for number in range(size.items)]
    days = (CUTOFF - FIRST).days
    _table(
        seeds / "evidence.csv",
        "id,date,cluster,observed,reliability,credibility,actor,source,locator,claim,expected_by",
        (
            (
                name,
                FIRST + dt.timedelta(days=chance.randrange(days)),
                f"cluster_{number % size.clusters}" if size.clusters else "",
                chance.choice(("yes", "yes", "yes", "no")),
                chance.choice("AABC"),
                chance.choice("123"),
                "ministry",
                f"Gazette {number}",
                f"p{number}",
                f"Claim {number}, of which more is to be read there.",
                "",
            )
            for number, name in enumerate(names)
        ),
    )
    _table(
        priors / "likelihoods.csv",
        "evidence,hypothesis,low,mid,high,because",
        (
            (name, hypothesis, f"{mid - 0.12:.3f}", f"{mid:.3f}", f"{mid + 0.12:.3f}", "A reason of its own.")
            for name in names
            for hypothesis in HYPOTHESES
            for mid in (chance.uniform(0.3, 0.7),)
        ),
    )
    _table(
        priors / "intensities.csv",
        "process,from,to,hypothesis,regime,within_days,low,mid,high,because",
        (
            (f"process_{p}", f"s{s}", f"s{s + 1}", "*", "*", 200, 0.1, 0.2 + 0.01 * (p % 10), 0.4, "A reason.")
            for p in range(size.processes)
            for s in range(size.states - 1)
        ),
    )
    if size.polls:
        _table(
            seeds / "polls.csv",
            "pollster,start,end,published,sample_size,incumbent,opponent,source",
            (
                (
                    f"House {number % 8}",
                    day,
                    day + dt.timedelta(days=3),
                    day + dt.timedelta(days=5),
                    1000,
                    f"{share:.1f}",
                    f"{100 - share:.1f}",
                    "Poll",
                )
                for number in range(size.polls)
                for day in (FIRST + dt.timedelta(days=number * (days - 10) // size.polls),)
                for share in (chance.gauss(50, 2),)
            ),
        )


def _table(path: Path, header: str, rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def _facts(size: Size) -> str:
    lines = [
        f"case: {NAME}",
        "title: A generated case",
        "question: Which one?",
        "source: {title: None, publisher: Nobody, date: 2022-06-01, url: https://example.org}",
        f"information_cutoff: {CUTOFF}",
        "hypotheses:",
        *(f"  - {{id: {h}, statement: They mean to {h}.}}" for h in HYPOTHESES),
    ]
    if size.clusters:
        lines += ["clusters:", *(f"  cluster_{number}: One cause." for number in range(size.clusters))]
    lines += [
        "election:",
        f"  schedule: [{{known_from: {FIRST}, date: {ELECTION}}}]",
        "  winners: [{id: incumbent, label: The incumbent}, {id: opposition, label: The opposition}]",
        f"horizon: {HORIZON}",
    ]
    if size.deadlines:
        step = (HORIZON - CUTOFF).days / (size.deadlines + 1)
        days = sorted({CUTOFF + dt.timedelta(days=round(step * (k + 1))) for k in range(size.deadlines)})
        lines.append(f"deadlines: [{', '.join(map(str, days))}]")
    lines.append("processes:")
    for p in range(size.processes):
        arrows = ", ".join(f"[s{s}, s{s + 1}]" for s in range(size.states - 1))
        lines += [
            f"  process_{p}:",
            f"    states: [{', '.join(f's{s}' for s in range(size.states))}]",
            f"    start: {{state: s0, date: {FIRST}}}",
            f"    transitions: [{arrows}]",
        ]
    lines.append("outcomes:")
    for p in range(size.processes):
        end = f"s{size.states - 1}"
        lines.append(
            f"  - {{id: done_{p}, label: Process {p} ends, process: process_{p}, state: {end}, resolution: It does.}}"
        )
    return "\n".join(lines) + "\n"


def _priors(size: Size) -> str:
    lines = [
        "hypotheses: {weights: {settle: 0.5, stall: 0.5}, concentration: 4, because: Even.}",
        "discrimination: {mean: 0.6, sd: 0.15, because: Usual.}",
        "dependence: {default: {mean: 0.5, sd: 0.15, because: Usual.}}",
        "assumed_mass: 0.65",
        "persistence: 0.5",
        "reliability: {A: 0.98, B: 0.90, C: 0.75, D: 0.50, E: 0.25, F: 0.50}",
        "credibility: {1: 1.0, 2: 0.95, 3: 0.85, 4: 0.6, 5: 0.3, 6: 0.7}",
        "election: {weights: {incumbent: 0.5, opposition: 0.5}, concentration: 8, because: Even.}",
    ]
    if size.polls:
        lines += [
            "polls: {house_sd: 0.025, bias_sd: 0.03, walk_sd: 0.0025, excess_sd: 0.01, design_effect: 1.5,",
            "  because: Usual.}",
        ]
    if size.coupled:
        lines.append("couplings:")
        lines += [
            f"  - {{process: process_{p}, to: s1, when: {{process: process_{p - 1}, reached: s1}}, "
            "multiplier: 2, because: So.}"
            for p in range(1, size.processes)
        ]
    return "\n".join(lines) + "\n"
