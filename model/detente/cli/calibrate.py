"""``detente calibrate``: learn from what became of forecast outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.screen import Screen, say, show_failed, show_json
from detente.errors import EXIT_DIAGNOSTICS

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from detente.case import CaseLocation
    from detente.evaluation.calibrate.learning import LearnedDiscrimination
    from detente.parallel import Workers
    from detente.settings import Settings


@options.command("calibrate")
def calibrate_command(
    cases: tuple[str, ...] = options.argument(metavar="[CASE]...", nargs=-1),
    workspace: Path = options.workspace,
    as_of: dt.date | None = options.day("Count only what was resolved by this day (default: everything)."),
    prior_of: str | None = options.option(
        "Case whose prior on the discrimination is used (default: the first, or the set's)."
    ),
    bias_sd: float = options.valued(
        options.FiniteRange(0, 2), 0.7, "Prior standard deviation of the level bias; 0 leaves it out."
    ),
    set_folder: Path | None = options.question_set(
        "Learn from this set instead of cases: a folder with questions.csv and two more tables."
    ),
    intervals: Path | None = options.file(
        "Learn instead how wide stated ranges really are, from this table of answers whose truth is known."
    ),
    held_out: Path | None = options.file(
        "Score what --set, --intervals or --polls learned on this other set or table."
    ),
    polls: Path | None = options.file(
        "Learn instead how polls err, from this table of polls of past votes with their results."
    ),
    settings: Settings = options.sampler(draws=2000),
    target: str | None = options.option("Write the result into the priors.yaml of this case.", "--write"),
    workers: Workers = options.workers,
    screen: Screen = options.screen(),
) -> int:
    """Learn from what became of past cases how far stated contrasts can be trusted (the discrimination).

    Each case is forecast as of its own cut-off, without its bulletins, and set against seeds/CASE/resolutions.csv:
    outcomes, and which hypothesis is true.
    What is learned is a prior for another case: the cases it was learned from cannot be scored with it. If a
    diagnostic failed, nothing is written and the exit code is 4.

    With --set it is learned from a table of many questions whose true hypothesis is known, and scored on questions it
    was not learned from, before and after; with --held-out, on those of another set. `detente help files` describes the
    tables; --workers share the work.

    With --intervals it is learned how wide stated ranges really are, and shown how often they hold the truth in studies
    left out. The table has the columns of calibration.csv, and `study`: see `detente help calibration.csv`.

    With --polls it is learned how polls err, by kind of vote, and shown how forecasts of votes left out did beside the
    mean of the polls. `detente help past-polls.csv` describes the table.

    \b
    Examples:
      detente calibrate saudi-iran retail-turnaround
      detente calibrate --set panels/diagnoses --write my-case
      detente calibrate --intervals panels/intervals.csv.gz
      detente calibrate --polls panels/polls.csv.gz
    """
    if held_out is not None and set_folder is None and intervals is None and polls is None:
        raise click.UsageError("--held-out goes with --set, --intervals or --polls")
    beside = ("cases", "as_of", "prior_of", "bias_sd", "set_folder", "target", "draws", "tune", "chains")
    if polls is not None:
        options.refuse_beside_set(*beside, "intervals", "target_accept", option="--polls")
        return _calibrate_polls(polls, held_out, settings.random_seed, screen)
    if intervals is not None:
        options.refuse_beside_set(*beside, "target_accept", option="--intervals")
        return _calibrate_intervals(intervals, held_out, settings.random_seed, screen)
    if set_folder is not None:
        options.refuse_beside_set("cases", "as_of", "bias_sd", "draws", "tune", "chains", "target_accept")
        folders = (set_folder, held_out)
        return _calibrate_set(folders, workspace, prior_of, target, workers, settings.random_seed, screen)
    if not cases:
        raise click.UsageError(
            "name the cases to learn from, or a set (--set DIR), answers (--intervals FILE) or polls (--polls FILE)"
        )
    from detente.case import find_case, read_record
    from detente.evaluation.calibrate import block, calibrate, check_target, read_lesson
    from detente.report.calibration import print_calibration

    lessons = [read_lesson(find_case(name, workspace)) for name in cases]
    prior_case = read_record(find_case(prior_of, workspace))[0] if prior_of else lessons[0].whole
    location = find_case(target, workspace) if target else None
    if location is not None:  # what cannot be written is said before an hour is spent on it
        check_target(location, [*cases, *(prior_case.priors.learned_from or ())])
    settings = settings.changed(as_of=as_of)
    with screen.progress() as tell:
        learned = calibrate(lessons, settings, prior_case=prior_case, bias_sd=bias_sd, progress=tell)
    if screen.as_json:
        show_json(learned.to_json() | {"priors_yaml": block(learned)})
    else:
        print_calibration(learned, screen.console())
    if show_failed(learned.diagnostics):
        return EXIT_DIAGNOSTICS
    if location is not None:
        _write(location, learned, screen)
    return 0


def _calibrate_intervals(fitted: Path, held_out: Path | None, random_seed: int, screen: Screen) -> int:
    """Learn how wide ranges are, and show how they did where they were left out of the fit."""
    from detente.evaluation.panels.interval_fit import read_intervals
    from detente.evaluation.panels.intervals import prove_widths, score_widths
    from detente.jsonable import jsonable
    from detente.report.panel_tables import interval_parts

    proof = prove_widths(read_intervals(fitted), random_seed)
    scored = None if held_out is None else score_widths(proof.fit.prior, read_intervals(held_out), random_seed)
    more = () if scored is None else interval_parts(scored, f" of {held_out}, scored with the fit above")

    def to_json() -> object:
        return jsonable(proof) | ({} if scored is None else {"held_out": jsonable(scored)})

    screen.answer(to_json, (*interval_parts(proof), *more), between="")
    return 0


def _calibrate_polls(past: Path, held_out: Path | None, random_seed: int, screen: Screen) -> int:
    """Learn how polls err, and show how forecasts did of votes that they were not learned from."""
    from detente.case.past_polls import read_past_polls
    from detente.evaluation.panels.poll_backtest import prove_polls, score_polls
    from detente.jsonable import jsonable
    from detente.report.panel_tables import poll_panel_parts, scores_table

    table, other = read_past_polls(past), None if held_out is None else read_past_polls(held_out)
    if not screen.quiet:
        for note in table.notes:
            say(f"{past}: {note}", err=True)
    with screen.progress() as tell:
        proof, _ = prove_polls(table.votes, random_seed, tell)
    errors = {**proof.priors, "other": proof.other.priors}
    scores = () if other is None else score_polls(errors, other.votes, random_seed, past=table.votes)
    more = {} if other is None else {"held_out": jsonable(scores)}
    screen.answer(lambda: proof.to_json() | more, poll_panel_parts(proof), between="")
    if scores and not screen.as_json:
        say(f"{held_out}, scored with the errors above; the mean of the polls has the error it had on {past}")
        screen.show(scores_table(scores))
    return 0


def _calibrate_set(
    folders: tuple[Path, Path | None],
    workspace: Path,
    prior_of: str | None,
    target: str | None,
    workers: Workers,
    random_seed: int,
    screen: Screen,
) -> int:
    """Learn from a set, and score what was learned on another, where there is one."""
    from detente.case import find_case, read_record
    from detente.case.question_set import read_set
    from detente.evaluation.calibrate import block, check_target
    from detente.evaluation.sets import answer_set, calibrate_set, check_prior, refuse_in_sample, score_set
    from detente.jsonable import jsonable
    from detente.report.run_folder import check_writable
    from detente.report.set_scores import print_set_calibration, summary_lines

    questions, other = read_set(folders[0]), None if folders[1] is None else read_set(folders[1])
    screen.advise((*questions.advice, *(() if other is None else other.advice)))
    stated = read_record(find_case(prior_of, workspace))[0].priors if prior_of else questions.priors
    lineage = stated.learned_from or ()
    check_prior(questions, stated.discrimination, lineage)
    if other is not None:
        refuse_in_sample(other.taught(stated.discrimination, (*lineage, questions.name)))
    location = find_case(target, workspace) if target else None
    if location is not None:
        check_target(location, [*lineage, questions.name])
    home = workspace / "reports" / questions.name / "calibrate"
    check_writable(home)
    with options.checkpoint(home) as path, screen.progress() as tell, workers.executor() as executor:
        answers = answer_set(questions, with_tables=True, checkpoint=path, executor=executor, progress=tell)
        learned, _ = calibrate_set(
            questions, answers, prior=stated.discrimination, learned_from=lineage, random_seed=random_seed
        )
        scored = None
        if other is not None:
            other = other.taught(learned.learned, learned.learned_from)
            scored = score_set(other, answer_set(other, executor=executor, progress=tell), random_seed).result
    if screen.as_json:
        more = {} if scored is None else {"held_out": jsonable(scored)}
        show_json(learned.to_json() | {"priors_yaml": block(learned)} | more)
    else:
        print_set_calibration(learned, screen.console())
        for line in () if scored is None else ("", "Scored with what was learned:", *summary_lines(scored)):
            say(line)
    if location is not None:
        _write(location, learned, screen)
    return 0


def _write(location: CaseLocation, learned: LearnedDiscrimination, screen: Screen) -> None:
    """Write what was learned into the priors of a case."""
    from detente.case.files import digests
    from detente.case.transaction import alone, commit
    from detente.evaluation.calibrate import priors_file

    with alone(location):
        read = digests(location)
        files = priors_file(location, learned)
        commit(location, files, "calibrate", read=read)
    for path in files:
        say(f"wrote {path}", err=screen.as_json)
