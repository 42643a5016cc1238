"""``detente verify``: prove the inference on a case by simulation, and one engine by the other."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.screen import Screen, command_line, say, show_json
from detente.errors import EXIT_DIAGNOSTICS
from detente.settings import DEFAULT_RANDOM_SEED, EngineName

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from detente.parallel import Workers


@options.command("verify")
def verify_command(
    case: str | None = options.case,
    workspace: Path = options.workspace,
    as_of: dt.date | None = options.as_of,
    engine: str = options.engine(
        "Engines to test; sampled and exact answers are compared unless it is exact.", "both", "nuts", "exact"
    ),
    replicates: int = options.valued(click.IntRange(1, options.MOST_DRAWS), 500, "Simulated cases per engine."),
    draws: int = options.valued(
        click.IntRange(80, options.MOST_DRAWS), 800, "With nuts: draws per simulated case; every eighth is kept."
    ),
    random_cases: int = options.valued(
        click.IntRange(0, options.MOST_CHAINS),
        3,
        "Random cases on which sampled and exact answers are compared.",
    ),
    workers: Workers = options.workers,
    random_seed: int = options.random_seed,
    out: Path | None = options.out(
        "Folder for verify.md, verify.json, verify.csv and figures (default: reports/CASE/verify)."
    ),
    screen: Screen = options.screen("as_json", "quiet", "verbose"),
) -> int:
    """Test the inference on a case by simulation, and each engine by the other.

    Truths are drawn from the prior, cases are simulated from them, and the posterior is computed: the truth must lie
    anywhere in it equally often. Sampled and exact answers are then compared on the case itself and on random ones.
    The exit code is 4 if anything fails. After an interruption the same command resumes where it stopped.

    \b
    Example:
      detente verify turkey-syria --engine exact --replicates 20
    """
    from detente.case import find_case, read_case
    from detente.case.folders import renew_folder
    from detente.report.run_folder import check_writable
    from detente.report.verification import render_verification, verdict_lines
    from detente.verify import Plan, verify

    location = find_case(case, workspace)
    loaded, _ = read_case(location, as_of)
    folder = out or workspace / "reports" / location.name / "verify"
    check_writable(folder)
    chosen: tuple[EngineName, ...] = ("nuts", "exact")
    plan = Plan(
        replicates=replicates,
        draws=draws,
        random_cases=random_cases,
        random_seed=random_seed,
        engines=tuple(name for name in chosen if engine in {"both", name}),
    )
    began = time.monotonic()
    with screen.progress() as tell, workers.executor() as executor:
        verified = verify(loaded, plan, checkpoint=folder / options.CHECKPOINT, executor=executor, progress=tell)
    seconds = time.monotonic() - began
    if screen.as_json:
        show_json(verified.to_json())
    if screen.writes(out):
        asked = {
            "as_of": as_of,
            "engine": engine if engine != "both" else None,
            "replicates": replicates,
            "draws": draws if draws != Plan.draws else None,
            "random_cases": random_cases if random_cases != Plan.random_cases else None,
            "random_seed": random_seed if random_seed != DEFAULT_RANDOM_SEED else None,
        }
        files = render_verification(verified, command_line("verify", location.name, **asked))
        renew_folder(folder, files)
    else:
        with suppress(OSError):  # nothing is to be left behind
            folder.rmdir()
    if not screen.as_json:
        for line in verdict_lines(verified, seconds):
            say(line)
        say(str(folder / "verify.md"))
    return EXIT_DIAGNOSTICS if verified.verdict == "fail" else 0
