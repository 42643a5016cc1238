"""Learn the discrimination and a level bias from the resolved outcomes of any number of cases, and write the former.

The posterior is sampled twice (:mod:`detente.evaluation.calibrate.model`), given the evidence of the cases alone and
given their outcomes too, and each time compared with quadrature (:mod:`detente.evaluation.calibrate.quadrature`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from detente.case import CaseLocation, CaseRecord, read_bulletins, read_record, take_in_all
from detente.case.changes import discrimination_lines
from detente.case.editing import replace_block
from detente.case.election import ELECTION
from detente.case.priors import BetaPrior
from detente.errors import BundledCaseError, CalibrationError, WriteBackError
from detente.evaluation.calibrate import quadrature
from detente.evaluation.calibrate.checks import judge, judge_draws, judge_grid
from detente.evaluation.calibrate.information import expected_information
from detente.evaluation.calibrate.model import CalibrationPosterior, compile_model
from detente.evaluation.calibrate.resolved import ResolvedCase, last_resolution, resolve_case
from detente.evaluation.calibrate.result import Calibration, CaseLearned, StageEstimate
from detente.evaluation.calibrate.tables import CaseTable, Grid, make_grid, tabulate
from detente.inference import Progress, silent
from detente.scoring import interval
from detente.settings import Settings, versions

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from detente.arrays import Floats
    from detente.case.processes import Event
    from detente.evaluation.calibrate.quadrature import GridDensity, Summary


BULLETINS = "bulletins"
"""The folder, beside the facts of a case, of bulletins it has not taken in."""
BIAS_SD = 0.7
"""Prior standard deviation of the level bias: a two-in-three chance that it is within a factor of two.

Its direction is left open.  Its size is that of the planning fallacy: students who predicted 34 days took 56 (Buehler,
Griffin and Ross 1994), half a unit on this scale.
"""


@dataclass(frozen=True)
class Lesson:
    """A whole case to learn from, with its election winner where only its bulletins say who won."""

    whole: CaseRecord
    announced: tuple[Event, ...] = ()

    def winner(self, as_of: dt.date) -> str | None:
        """Return the winner announced by a date."""
        return next((event.state for event in self.announced if event.date <= as_of), None)


def read_lesson(location: CaseLocation) -> Lesson:
    """Read a whole case; from its bulletins, only who won the election.

    Raises
    ------
    CaseError
        If its files or bulletins have problems.
    """
    whole, _ = read_record(location)
    folder = location.seeds / BULLETINS
    if whole.election is None or not folder.is_dir():
        return Lesson(whole)
    later = take_in_all(whole, read_bulletins(folder, whole))
    return Lesson(whole, tuple(event for event in later.events if event.process == ELECTION))


def calibrate(
    lessons: Sequence[Lesson],
    settings: Settings | None = None,
    *,
    prior_case: CaseRecord | None = None,
    bias_sd: float = BIAS_SD,
    progress: Progress = silent,
) -> Calibration:
    """Learn the discrimination and a level bias from cases.

    Parameters
    ----------
    lessons
        The cases.
    settings
        Length of the chains and random seed; ``as_of`` is the day up to which resolutions count, by default the last.
    prior_case
        The case whose prior of the discrimination is used, by default the first of ``lessons``.
    bias_sd
        Prior standard deviation of the level bias; 0 fixes it at 0.
    progress
        Called with each stage.

    Raises
    ------
    CalibrationError
        If nothing was resolved, the discrimination is fixed, the prior was already learned from one of the cases, or
        the resolutions are impossible.
    CutoffError
        If a case cannot be forecast at its cut-off.
    """
    settings = settings or Settings()
    cases = [lesson.whole for lesson in lessons]
    taken_from = prior_case or cases[0]
    prior = taken_from.priors.discrimination
    _check_prior(cases, taken_from)
    as_of = settings.as_of or last_resolution(cases)
    if as_of is None:
        raise CalibrationError(_nothing(cases, "on record"))
    resolved = [resolve_case(lesson.whole, as_of, lesson.winner(as_of)) for lesson in lessons]
    if not any(case.is_answered for case in resolved):
        raise CalibrationError(_nothing(cases, f"by {as_of}, with its window closed"))
    grid = make_grid(bias_sd)

    def telling(before: int) -> Callable[[float], None]:
        return lambda done: progress("tabulating", (before + done) / len(resolved))

    tables = [tabulate(case, grid, settings.random_seed, telling(number)) for number, case in enumerate(resolved)]
    start = quadrature.prior_density(prior, bias_sd, grid)
    evidence = [table.evidence for table in tables]
    both = [table.evidence + table.answers for table in tables]
    known = [quadrature.update(start, grid, some) for some in (evidence, both)]
    progress("compiling the model", None)
    model = compile_model(both, grid, prior, bias_sd)
    progress("sampling", None)
    fitted = [model.fit(some, settings) for some in (evidence, both)]
    progress("summarizing", None)
    learned_from = tuple(dict.fromkeys([*(taken_from.priors.learned_from or ()), *(case.id for case in cases)]))
    return Calibration(
        as_of=as_of,
        prior_of=taken_from.id,
        other_priors=tuple(case.id for case in cases if _moments(case) != _moments(taken_from)),
        bias_sd=bias_sd,
        cases=tuple(_case(case, table, grid, known) for case, table in zip(resolved, tables, strict=True)),
        prior=_stage(start, start, None),
        after_evidence=_stage(known[0], start, fitted[0]),
        after_outcomes=_stage(known[1], start, fitted[1]),
        bias_is_up=float(known[1].mass[:, known[1].bias > 0].sum()) if bias_sd > 0 else 0.5,
        learned=_learned(known[1].of_gamma, taken_from, resolved, as_of),
        learned_from=learned_from,
        worth=expected_information(resolved, prior, known[1].of_gamma.mean, settings.random_seed),
        diagnostics=judge(
            fitted,
            known,
            (judge_draws(tables, start, known[1]), judge_grid(resolved, tables, known[1], settings.random_seed)),
        ),
        draws=settings.draws * settings.chains,
        random_seed=settings.random_seed,
        versions=versions("nuts"),
    )


def _check_prior(cases: Sequence[CaseRecord], taken_from: CaseRecord) -> None:
    names = [case.id for case in cases]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CalibrationError(f"{', '.join(twice)}: named twice, and would count twice: name each case once")
    if taken_from.priors.discrimination.sd == 0:
        raise CalibrationError(
            f"priors/{taken_from.id}/priors.yaml: discrimination.sd is 0, which fixes it: state one above 0"
        )
    again = [name for name in names if name in (taken_from.priors.learned_from or ())]
    if again:
        raise CalibrationError(
            f"priors/{taken_from.id}/priors.yaml: the discrimination was already learned from {', '.join(again)}, and "
            "outcomes count only once: leave that case out, or start from the prior of another case (--prior-of CASE)"
        )


def _nothing(cases: Sequence[CaseRecord], when: str) -> str:
    names = ", ".join(case.id for case in cases)
    return (
        f"nothing to learn from: no question of {names} is resolved yes or no {when}: "
        f"add resolutions to seeds/{cases[0].id}/resolutions.csv"
    )


def _moments(case: CaseRecord) -> tuple[float, float]:
    return case.priors.discrimination.mean, case.priors.discrimination.sd


def _stage(density: GridDensity, start: GridDensity, fitted: CalibrationPosterior | None) -> StageEstimate:
    parts = {
        "discrimination": (density.mass.sum(axis=1), start.mass.sum(axis=1)),
        "level_bias": (density.mass.sum(axis=0), start.mass.sum(axis=0)),
        "both": (density.mass, start.mass),
    }
    return StageEstimate(
        discrimination=density.of_gamma,
        level_bias=density.of_bias,
        gained={name: quadrature.divergence(after, before) for name, (after, before) in parts.items()},
        sampled_discrimination=None if fitted is None else _sampled(fitted.discrimination),
        sampled_level_bias=None if fitted is None else _sampled(fitted.level_bias),
    )


def _sampled(values: Floats) -> quadrature.Summary:
    return quadrature.Summary(float(values.mean()), float(values.std()), *interval(values))


def _case(resolved: ResolvedCase, table: CaseTable, grid: Grid, known: Sequence[GridDensity]) -> CaseLearned:
    evidence = quadrature.hypotheses(known[0], grid, table.evidence)
    outcomes = quadrature.hypotheses(known[1], grid, table.evidence + table.answers)
    rows = zip(resolved.case.hypothesis_ids, evidence, outcomes, strict=True)
    return CaseLearned(
        id=resolved.case.id,
        forecast_date=resolved.case.information_cutoff,
        questions=resolved.questions,
        left_out=resolved.left_out,
        winners={} if resolved.case.winner else resolved.winners,
        truth=resolved.truth,
        hypotheses={name: (float(first), float(second)) for name, first, second in rows},
    )


def _learned(posterior: Summary, taken_from: CaseRecord, resolved: Sequence[ResolvedCase], as_of: dt.date) -> BetaPrior:
    """Return the posterior as a prior, rounded to three decimals."""
    prior = taken_from.priors.discrimination
    count = sum(len({question.outcome for question in case.questions}) for case in resolved)
    names = ", ".join(case.case.id for case in resolved)
    truths = sum(case.truth is not None for case in resolved)
    parts = ["the evidence"]
    parts += [f"{count} resolved outcome{'' if count == 1 else 's'}"] if count or not truths else []
    parts += [f"{truths} known hypothes{'is' if truths == 1 else 'es'}"] if truths else []
    said = f"{', '.join(parts[:-1])} and {parts[-1]} of {names}, as of {as_of}"
    start = f"the prior {prior.mean:g} with sd {prior.sd:g} of {taken_from.id}"
    because = f"Learned from {said}; before them, {start}. {prior.because}"
    return BetaPrior(mean=round(float(posterior.mean), 3), sd=round(float(posterior.sd), 3), because=because)


class LearnedDiscrimination(Protocol):
    """A discrimination that was learned, from cases or from a set."""

    @property
    def learned(self) -> BetaPrior:
        """The discrimination as a prior for another case."""

    @property
    def learned_from(self) -> tuple[str, ...]:
        """The cases and sets behind it."""


def block(calibration: LearnedDiscrimination) -> str:
    """Return the learned discrimination as lines of ``priors.yaml``."""
    return "\n".join(discrimination_lines(calibration.learned, calibration.learned_from))


def check_target(location: CaseLocation, learned_from: Sequence[str]) -> CaseRecord:
    """Check that a case can take a discrimination learned from others, and return it whole.

    Raises
    ------
    BundledCaseError
        If it comes with the program.
    CalibrationError
        If it is one of the cases learned from, or its discrimination is the posterior of a run.
    CaseError
        If its files have problems.
    """
    name = location.name
    if location.bundled:
        raise BundledCaseError(name)
    if name in learned_from:
        raise CalibrationError(
            f"{name} is one of the cases learned from, so its own forecasts could no longer be scored: "
            "write to another case"
        )
    whole, _ = read_record(location)
    if whole.priors.baseline is not None:
        raise CalibrationError(
            f"priors/{name}/priors.yaml: the discrimination is the posterior of the run {whole.priors.baseline.run}: "
            "write to the priors that this run started from"
        )
    return whole


def priors_file(location: CaseLocation, calibration: LearnedDiscrimination) -> Mapping[Path, bytes]:
    """Return the new ``priors.yaml`` of a case, verified by reading it back.

    Raises
    ------
    WriteBackError
        If it cannot be edited in place.
    """
    whole = check_target(location, calibration.learned_from)
    path = location.priors / "priors.yaml"
    text = replace_block(path.read_bytes().decode(), "discrimination", block(calibration).split("\n"))
    files = {path: text.encode()}
    changed = {"discrimination": calibration.learned, "learned_from": calibration.learned_from}
    wanted = whole.priors.changed(**changed)
    read_again, _ = read_record(location, {one.name: content for one, content in files.items()})
    if read_again.priors != wanted:
        raise WriteBackError(path)
    return files
