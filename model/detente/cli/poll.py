"""``detente poll``: an election from polls alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.screen import Screen, say

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from detente.forecast.election import PollAnswer

KINDS = ("president", "governor", "senator", "representative", "national_parliament", "regional_parliament", "other")


@options.command("poll")
def poll_command(
    file: Path = options.read_file,
    vote: dt.date | None = options.day("Day of the vote; a column `vote` of the table may say it instead."),
    as_of: dt.date | None = options.day("Use the polls known on this day (default: all of them)."),
    race: str | None = options.option("The contest, where the table has several."),
    kind: str | None = options.option(
        "Kind of vote, whose errors are used (default: the table's).", type=click.Choice(KINDS)
    ),
    errors_of: str | None = options.option("Use the errors that this case states, instead.", metavar="CASE"),
    *,
    of_all: bool = options.switch("Take one share against all the rest, not against the other one.", "--share"),
    out: Path | None = options.path("Draw the picture into this file, .svg or .png.", dir_okay=False),
    workspace: Path = options.workspace,
    screen: Screen = options.screen("as_json", "no_color"),
) -> None:
    """Say what a table of polls says of a vote: the share with intervals, the chance of more than half, the houses.

    FILE has the columns of a case's polls.csv, or those that `detente calibrate --polls` reads. The share is that of
    the first of two (incumbent, or a) of what the two have together; with --share it is of everybody's votes. The
    errors are those that votes of the kind have taught.

    \b
    Example:
      detente poll seeds/turkey-syria/polls.csv --vote 2023-05-28 --as-of 2023-05-01 --kind president
    """
    from detente.case.past_polls import read_question
    from detente.case.polls import learned_errors
    from detente.forecast.election import answer_from_polls
    from detente.jsonable import jsonable
    from detente.report.panel_tables import answer_parts

    if out is not None and out.suffix not in {".svg", ".png"}:
        raise click.UsageError(f'--out: the picture is .svg or .png (got "{out.name}")')
    if kind is not None and errors_of is not None:
        raise click.UsageError("give --kind or --errors-of, not both")
    question = read_question(file, vote=vote, race=race, of_all=of_all)
    if errors_of is not None:
        from detente.case import find_case, read_record

        errors = read_record(find_case(errors_of, workspace))[0].priors.polls or learned_errors("other")
    else:
        errors = learned_errors(kind or question.kind)
    latest = min(question.vote, max(poll.known_on for poll in question.polls))
    answer = answer_from_polls(
        question.polls, errors, question.vote, as_of or latest, what=question.what, notes=question.notes
    )
    if out is not None:
        _draw(out, answer)
    screen.answer(lambda: jsonable(answer), answer_parts(answer))
    if out is not None and not screen.as_json:
        say(f"wrote {out}", err=True)


def _draw(out: Path, answer: PollAnswer) -> None:
    """Write the picture as the report has it."""
    from detente.case.writing import replace_files
    from detente.report.figures.svg import to_png, to_svg
    from detente.report.sections.outcomes import poll_figure

    drawn = poll_figure(answer.forecast, answer.vote, answer.what, answer.what)
    replace_files({out: to_svg(drawn).encode() if out.suffix == ".svg" else to_png(drawn)})
