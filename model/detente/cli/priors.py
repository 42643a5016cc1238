"""``detente priors``: show the priors and what they imply, or carry a posterior forward as the next prior."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.screen import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from detente.case import Case, CaseRecord
    from detente.roll import Rolled


@click.group("priors", context_settings={"help_option_names": ["-h", "--help"]})
def priors_command() -> None:
    """Show the priors of a case, or make the posterior of a run the next prior.

    \b
    Example:
      detente priors show my-case
    """


@priors_command.command("show")
@click.argument("case", required=False)
@options.workspace
def show(case: str | None, workspace: Path) -> None:
    """Print the priors with their reasons, and what they imply before any evidence.

    \b
    Example:
      detente priors show my-case
    """
    from detente.case import find_case, read_case

    loaded, _ = read_case(find_case(case, workspace))
    for line in _stated(loaded):
        say(line)
    for line in _implied(loaded):
        say(line)


@priors_command.command("roll")
@click.argument("run")
@options.workspace
@click.option(
    "--tolerance", type=click.FloatRange(0, 1), help="Largest difference allowed in a probability (default: 0.01)."
)
@click.option("--anyway", is_flag=True, help="Write the priors even if a probability differs by more.")
@click.option("--dry-run", is_flag=True, help="Show the differences and write nothing.")
def roll_command(run: str, workspace: Path, tolerance: float | None, anyway: bool, dry_run: bool) -> None:
    """Make the posterior of a run the prior of a new baseline, in priors/CASE/.

    Weights, discrimination, correlations and intensities are matched to the posterior, and evidence counts from the
    run's cut-off on. Every probability is shown with the old priors and with the new.

    \b
    Example:
      detente priors roll my-case/2023-02-08 --dry-run
    """
    from detente.case import find_case, read_record
    from detente.case.rewriting import priors_files
    from detente.case.transaction import alone, commit
    from detente.errors import BundledCaseError, RollError
    from detente.report import find_run, read_dossier
    from detente.roll import TOLERANCE, roll

    forecast = read_dossier(find_run(run, workspace)).forecast
    location = find_case(forecast.case, workspace)
    if location.bundled:
        raise BundledCaseError(location.name)
    limit = TOLERANCE if tolerance is None else tolerance
    with alone(location):
        whole, _ = read_record(location)
        then = whole.as_of(forecast.as_of)
        if (then.priors, then.likelihoods, then.intensities) != _judged(forecast.inputs, whole):
            raise RollError(f"the judgements of {forecast.case} were edited since that run: run it again")
        rolled = roll(whole, forecast.as_of, f"{forecast.case}/{forecast.as_of}")
        for line in _departures(rolled):
            say(line)
        if rolled.largest > limit and not anyway:
            raise RollError(
                f"a headline departs by {100 * rolled.largest:.1f} points and {100 * limit:g} are allowed: nothing was "
                "written; allow more with --tolerance, or write with --anyway"
            )
        if dry_run:
            say("dry run: nothing was changed", err=True)
            return
        files = priors_files(location, rolled.inputs)
        commit(location, files)
    for path in files:
        say(f"wrote {path}")


def _judged(inputs: Case, whole: CaseRecord) -> tuple[object, object, object]:
    """Return the judgements a run had, with those on items that it did not know yet as they are now."""
    return inputs.priors, {**whole.likelihoods, **inputs.likelihoods}, inputs.intensities


def _stated(case: Case) -> Iterator[str]:
    priors = case.priors
    yield f"{case.id}: priors"
    if priors.baseline is not None:
        yield f"posterior of {priors.baseline.run}; evidence counts from {priors.baseline.evidence_from} on"
    weights = ", ".join(f"{name} {weight:.3g}" for name, weight in priors.hypotheses.weights.items())
    yield f"hypotheses: {weights}; concentration {priors.hypotheses.concentration:.3g}: {priors.hypotheses.because}"
    stated = priors.discrimination
    yield f"discrimination: {stated.mean:.3g} ± {stated.sd:.2g}: {stated.because}"
    if priors.learned_from:
        yield f"discrimination: learned from the outcomes of {', '.join(priors.learned_from)}"
    for name, prior in priors.dependence.items():
        yield f"dependence, {name}: {prior.mean:.3g} ± {prior.sd:.2g}: {prior.because}"
    if priors.election is not None:
        shares = ", ".join(f"{name} {weight:.3g}" for name, weight in priors.election.weights.items())
        yield f"election: {shares}; concentration {priors.election.concentration:.3g}: {priors.election.because}"
    for coupling in priors.couplings:
        what = f"{coupling.process} > {coupling.to} x {coupling.multiplier:g}"
        yield f"coupling: {what} once {coupling.when.process} has reached {coupling.when.reached}: {coupling.because}"
    for row in case.intensities:
        chance = f"{row.mid:.3g} ({row.low:.3g} to {row.high:.3g}) within {row.within_days:g} days"
        yield f"{row.transition.id}, {row.hypothesis}, {row.regime}: {chance}: {row.because}"


def _implied(case: Case) -> Iterator[str]:
    """Yield the prior predictive: each outcome before any evidence or record."""
    from detente.forecast.headlines import headlines
    from detente.report.prose import tenths

    labels = {outcome.id: outcome.label for outcome in case.outcomes}
    implied = headlines(case.without_evidence(), draws=1000)
    if implied.outcomes:
        yield ""
        yield f"what they imply for {case.information_cutoff} to {case.horizon}, before any evidence or record:"
    for outcome, windows in implied.outcomes.items():
        yield f"{tenths(windows['horizon']):>8}  {labels[outcome]}"


def _departures(rolled: Rolled) -> Iterator[str]:
    from detente.report.terminal_change import points

    width = max(len(name) for table in rolled.departures.values() for name in table)
    for day, table in rolled.departures.items():
        yield f"as of {day}: without, with the rolled priors, departure in points"
        for name, (old, new) in table.items():
            yield f"  {name:<{width}}  {100 * old:5.1f}  {100 * new:5.1f}  {points(new - old):>5}"
