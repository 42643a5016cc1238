"""``detente verify``: prove the inference on a case by simulation, and one engine by the other."""

from __future__ import annotations

import json
import shlex
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.settings import DEFAULT_RANDOM_SEED

if TYPE_CHECKING:
    import datetime as dt

    from detente.settings import EngineName
    from detente.verify import Verification

CHECKPOINT = ".checkpoint.jsonl"


@click.command("verify")
@click.argument("case", required=False)
@options.workspace
@options.as_of
@click.option(
    "--engine",
    type=click.Choice(["both", "nuts", "exact"]),
    default="both",
    show_default=True,
    help="Engines to verify; only with nuts is sampled set against exact.",
)
@click.option("--replicates", type=click.IntRange(1), default=500, show_default=True, help="Simulated cases an engine.")
@click.option(
    "--draws",
    type=click.IntRange(80),
    default=800,
    show_default=True,
    help="With nuts: draws a replicate, of which every eighth is kept.",
)
@click.option(
    "--random-cases",
    type=click.IntRange(0),
    default=3,
    show_default=True,
    help="Random cases on which sampled is set against exact (each is compiled).",
)
@options.workers
@options.random_seed
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write verify.md, verify.json, verify.csv and figures here (default: reports/CASE/verify in the workspace).",
)
@options.as_json
@options.quiet
@options.verbose
def command(
    case: str | None,
    workspace: Path,
    as_of: dt.date | None,
    engine: str,
    replicates: int,
    draws: int,
    random_cases: int,
    workers: int,
    random_seed: int,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Verify that the inference on CASE recovers what it simulates.

    Truths are drawn from the prior, cases simulated from them and fitted; the truth must then lie anywhere in the
    posterior equally often. Sampled and exact answers are compared on CASE and on random cases. Exit code 4 if
    anything fails. What is finished is kept while it runs: after an interruption the same command goes on from there.

    \b
    Examples:
      detente verify my-case
      detente verify my-case --engine exact --replicates 200
    """
    from detente.case import find_case, read_case
    from detente.case.writing import replace_files
    from detente.cli.main import EXIT_DIAGNOSTICS
    from detente.cli.pool import pool
    from detente.cli.progress import told
    from detente.report.run_folder import check_writable
    from detente.report.verify import render_verification
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
    with told(quiet=quiet, verbose=verbose) as tell, pool(workers if "exact" in plan.engines else 1) as executor:
        found = verify(loaded, plan, checkpoint=folder / CHECKPOINT, executor=executor, progress=tell)
    seconds = time.monotonic() - began
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=1))
    if as_json and out is None:  # nothing is to be left behind
        with suppress(OSError):
            folder.rmdir()
        return EXIT_DIAGNOSTICS if found.verdict == "fail" else 0
    asked = {
        "--as-of": as_of,
        "--engine": engine if engine != "both" else None,
        "--replicates": replicates,
        "--draws": draws if draws != Plan().draws else None,
        "--random-cases": random_cases if random_cases != Plan().random_cases else None,
        "--random-seed": random_seed if random_seed != DEFAULT_RANDOM_SEED else None,
    }
    given = [part for key, value in asked.items() if value is not None for part in (key, str(value))]
    files = render_verification(found, shlex.join(["detente", "verify", location.name, *given]))
    replace_files({folder / name: content for name, content in files.items()})
    if not as_json:
        _print(found, seconds, folder)
    return EXIT_DIAGNOSTICS if found.verdict == "fail" else 0


def _print(found: Verification, seconds: float, folder: Path) -> None:
    from detente.report.prose import clean
    from detente.report.verify import VERDICTS, agreement_line, sentences

    for report in found.engines:
        for number, line in enumerate(sentences(report)):
            click.echo(f"{'  ' if number else ''}{clean(line)}")
    if found.agreements:
        click.echo("Sampled against exact:")
    for row in found.agreements:
        click.echo(f"  {clean(agreement_line(row))}")
    click.echo(f"Verdict: {VERDICTS[found.verdict]} ({seconds:.0f} s)")
    click.echo(str(folder / "verify.md"))
