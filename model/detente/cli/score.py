"""``detente score``: score past forecasts against what happened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from detente.cli import options
from detente.cli.screen import Screen, command_line
from detente.settings import DEFAULT_RANDOM_SEED

if TYPE_CHECKING:
    import datetime as dt

    from detente.case.locating import CaseLocation
    from detente.evaluation.score import Past
    from detente.parallel import Workers

TOGETHER = "together"
"""Where the scores of several cases taken together are written, under ``reports/``."""


@options.command("score")
def score_command(
    case: tuple[str, ...] = options.argument(required=False, nargs=-1),
    workspace: Path = options.workspace,
    bulletins: Path | None = options.bulletins(
        "Take in, for the replay only, the bulletins of this folder (default: seeds/CASE/bulletins)."
    ),
    start: dt.date | None = options.day("First day to forecast from (default: the case's cut-off).", "--from"),
    end: dt.date | None = options.day("Last day to forecast from (default: the day before the horizon).", "--to"),
    set_folder: Path | None = options.question_set(
        "Score this set instead of cases: a folder with questions.csv, evidence.csv and likelihoods.csv."
    ),
    out: Path | None = options.out(
        "Folder for the scores; with several cases, one inside it for each (default: reports/CASE/score, or "
        "reports/SET/score-set)."
    ),
    random_seed: int = options.random_seed,
    workers: Workers = options.workers,
    screen: Screen = options.screen("as_json", "quiet", "verbose"),
) -> None:
    """Score the forecasts of a case, as of every day, against what happened, beside simpler forecasters.

    What happened is read from seeds/CASE/resolutions.csv, which also takes the hypothesis that proved true, and who won
    from the record. Nothing of the case is changed. Several cases are scored one by one, then together. The folder gets
    score.md, score.json, score.csv, daily.csv and figures, and later runs of the case show the scores in section 10 of
    their report. With --json, files are written only if --out is given.

    With --set a table of many questions is scored: which hypothesis was true, beside naive Bayes. `detente help files`
    describes its tables. After an interruption the same command resumes where it stopped.

    \b
    Examples:
      detente score saudi-iran
      detente score --set panels/diagnoses
    """
    if set_folder is not None:
        options.refuse_beside_set("case", "bulletins", "start", "end")
        _score_set(set_folder, workspace, out, random_seed, workers, screen)
        return
    from detente.case import find_case
    from detente.case.folders import renew_folders
    from detente.evaluation.score import score
    from detente.report.run_folder import check_writable
    from detente.report.scores import FOLDER, render_scores, summary_lines, to_json

    locations = [find_case(name, workspace) for name in dict.fromkeys(case or (None,))]
    pasts = [_read(location, bulletins, start) for location in locations]
    names = [location.name for location in locations]
    several = len(names) > 1
    homes = [*names, TOGETHER] if several else names
    folders = [(out / home if several else out) if out else workspace / "reports" / home / FOLDER for home in homes]
    if screen.writes(out):
        for folder in folders:
            check_writable(folder)
    with screen.progress() as tell, workers.executor() as executor:
        cards = score([past for past, _ in pasts], end=end, random_seed=random_seed, executor=executor, progress=tell)
    asked = {"bulletins": bulletins, "from": start, "to": end}
    commands = [command_line("score", *own, **asked) for own in (*([name] for name in names), names)]
    notes = [note for _, note in pasts if note]
    if screen.writes(out):
        told = [*((note,) if note else () for _, note in pasts), notes]
        renew_folders(
            {
                folder: render_scores(card, command, tuple(said))
                for folder, card, command, said in zip(folders, cards, commands, told, strict=False)
            }
        )
    scores = [f"scores: {folder / 'score.md'}" for folder in folders]
    lines = (*notes, *(line for card in cards for line in summary_lines(card.record)), *scores)
    screen.answer(lambda: to_json(cards[-1], commands[len(cards) - 1]), lines)


def _score_set(
    folder: Path, workspace: Path, out: Path | None, random_seed: int, workers: Workers, screen: Screen
) -> None:
    from detente.case.folders import renew_folder
    from detente.case.question_set import read_set
    from detente.evaluation.sets import answer_set, refuse_in_sample, score_set
    from detente.report.run_folder import check_writable
    from detente.report.set_scores import FOLDER, render_set, set_json, summary_lines

    questions = read_set(folder)
    screen.advise(questions.advice)
    refuse_in_sample(questions)
    target = out or workspace / "reports" / questions.name / FOLDER
    if screen.writes(out):
        check_writable(target)
    with options.checkpoint(target) as path, screen.progress() as tell, workers.executor() as executor:
        answers = answer_set(questions, checkpoint=path, executor=executor, progress=tell)
    scored = score_set(questions, answers, random_seed)
    seed = random_seed if random_seed != DEFAULT_RANDOM_SEED else None
    command = command_line("score", set=folder, random_seed=seed)
    if screen.writes(out):
        renew_folder(target, render_set(scored, answers, command))
    lines = (*summary_lines(scored.result), f"scores: {target / 'score.md'}")
    screen.answer(lambda: set_json(scored.result, command), lines)


def _read(location: CaseLocation, bulletins: Path | None, start: dt.date | None) -> tuple[Past, str]:
    """Read a whole case with its bulletins, and say in a sentence which were taken in."""
    from detente.case import read_bulletins, read_record, take_in_all
    from detente.evaluation.score import Past
    from detente.report.prose import count

    whole, _ = read_record(location)
    first = start or whole.information_cutoff
    folder = bulletins or location.seeds / "bulletins"
    if not folder.is_dir():
        return Past(whole, first, whole.inputs_sha256), ""
    read = read_bulletins(folder, whole, may_be_none=bulletins is None)
    label = bulletins or Path("seeds") / location.name / "bulletins"
    note = f"{location.name}: {count(len(read), 'bulletin')} of {label} taken in for the replay." if read else ""
    return Past(take_in_all(whole, read), first, whole.inputs_sha256), note
