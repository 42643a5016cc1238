"""``detente calibrate``: learn from what became of forecast outcomes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.screen import say, show_failed, show_json
from detente.errors import EXIT_DIAGNOSTICS

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from detente.cli.screen import Screen
    from detente.settings import Settings


@click.command("calibrate")
@click.argument("cases", metavar="CASE...", nargs=-1, required=True)
@options.workspace
@click.option("--as-of", type=options.IsoDate(), help="Count only what was resolved by this day (default: everything).")
@click.option("--prior-of", help="Case whose prior on the discrimination is used (default: the first).")
@click.option(
    "--bias-sd",
    type=click.FloatRange(0, 2),
    default=0.7,
    show_default=True,
    help="Prior standard deviation of the level bias; 0 leaves it out.",
)
@options.sampler(draws=2000)
@click.option("--write", "target", help="Write the result into the priors.yaml of this case.")
@options.screen(options.as_json, options.quiet, options.verbose, options.no_color)
def calibrate_command(
    cases: tuple[str, ...],
    workspace: Path,
    as_of: dt.date | None,
    prior_of: str | None,
    bias_sd: float,
    settings: Settings,
    target: str | None,
    screen: Screen,
) -> int:
    """Learn from the resolved outcomes of past cases how far stated contrasts can be trusted (the discrimination).

    Each case is forecast as of its own cut-off, without its bulletins, and set against seeds/CASE/resolutions.csv.
    What is learned is a prior for another case: the cases it was learned from cannot be scored with it. If a
    diagnostic failed, nothing is written and the exit code is 4.

    \b
    Example:
      detente calibrate saudi-iran retail-turnaround
    """
    from detente.case import find_case, read_record
    from detente.case.transaction import alone, commit
    from detente.evaluation.calibrate import block, calibrate, check_target, priors_file, read_lesson
    from detente.report.calibration import print_calibration

    lessons = [read_lesson(find_case(name, workspace)) for name in cases]
    prior_case = read_record(find_case(prior_of, workspace))[0] if prior_of else lessons[0].whole
    location = find_case(target, workspace) if target else None
    if location is not None:  # what cannot be written is said before an hour is spent on it
        check_target(location, [*cases, *(prior_case.priors.learned_from or ())])
    settings = dataclasses.replace(settings, as_of=as_of)
    with screen.progress() as tell:
        learned = calibrate(lessons, settings, prior_case=prior_case, bias_sd=bias_sd, progress=tell)
    if screen.as_json:
        show_json(learned.to_json() | {"priors_yaml": block(learned)})
    else:
        print_calibration(learned, screen.console())
    if show_failed(learned.diagnostics):
        return EXIT_DIAGNOSTICS
    if location is not None:
        with alone(location):
            files = priors_file(location, learned)
            commit(location, files, "calibrate")
        for path in files:
            say(f"wrote {path}", err=screen.as_json)
    return 0
