"""``detente report``: print a finished run, or render its files again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.screen import Screen, say

if TYPE_CHECKING:
    from pathlib import Path


_FILES = {"html": "report.html", "md": "report.md", "pdf": "report.pdf"}
_BRIEF = {"terminal": "brief.html", "html": "brief.html", "md": "brief.md", "pdf": "brief.pdf"}


@options.command("report")
def report_command(
    run: str | None = options.argument(required=False),
    workspace: Path = options.workspace,
    format_: str = options.valued(
        click.Choice(["terminal", "html", "md", "pdf", "json"]),
        "terminal",
        "Print a summary on the terminal, or forecast.json (json); render the run's files again (html, md); or "
        "print the page with Chromium or Chrome (pdf).",
        "--format",
    ),
    out: Path | None = options.path(
        "With html, md or pdf: write that one file here (- is stdout) and leave the run as it is.",
        dir_okay=False,
        allow_dash=True,
    ),
    *,
    brief: bool = options.switch("Only the first page, the answer and how fragile it is, as a file of its own."),
    open_: bool = options.switch("Render, then open the page in the browser.", "--open"),
    screen: Screen = options.screen("no_color"),
) -> None:
    """Print a finished run, or render its files again.

    RUN is a run folder, CASE/AS-OF, or the name of a case for its latest run; it may be left out if there is one
    case.

    \b
    Example:
      detente report turkey-syria/2023-02-08
    """
    from detente.report.reading import as_stored, find_run, read_dossier
    from detente.report.terminal import print_summary

    if brief and format_ == "json":
        raise click.UsageError("--brief goes with --format html, md or pdf")
    names = _BRIEF if brief else _FILES
    if out is not None and (format_ not in names or open_):
        raise click.UsageError("--out goes with --format html, md or pdf, or with --brief, and without --open")
    folder = find_run(run, workspace)
    dossier = read_dossier(folder)
    if open_ or format_ in names:
        from detente.case.folders import renew_folder
        from detente.case.writing import replace_files
        from detente.report.render import render, render_brief

        with as_stored(folder):
            rendered = render_brief(dossier, "" if out else _FILES["html"]) if brief else render(dossier)
        wanted = names.get(format_, names["html"])
        if format_ == "pdf":
            from detente.report.pdf import to_pdf

            content = to_pdf(rendered[names["html"]])
        else:
            content = rendered[wanted]
        if out is not None and str(out) == "-":
            sys.stdout.buffer.write(content)
            return
        if out is None:
            renew_folder(folder, rendered)
        if out is not None or format_ == "pdf":
            replace_files({out or folder / wanted: content})
        say(str(out or folder / wanted))
        if open_:
            click.launch((folder / names["html"]).resolve().as_uri())
    elif format_ == "json":
        click.echo(dossier.to_text(), nl=False)
    else:
        with as_stored(folder):
            print_summary(dossier, screen.console())
