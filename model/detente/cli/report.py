"""``detente report``: print a finished run, or render its files again."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from detente.cli import options

_FILES = {"html": "report.html", "md": "report.md"}


@click.command("report")
@click.argument("run", required=False)
@options.workspace
@click.option(
    "--format",
    "format_",
    type=click.Choice(["terminal", "html", "md", "json"]),
    default="terminal",
    show_default=True,
    help="What to make: html and md render the run's files again, json prints forecast.json.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="With html or md: write that one file there, or to stdout (-), and leave the run as it is.",
)
@click.option("--open", "open_", is_flag=True, help="Render, then show report.html in the browser.")
@options.no_color
def command(run: str | None, workspace: Path, format_: str, out: Path | None, open_: bool, no_color: bool) -> None:
    r"""Render a run again, or print it.

    RUN is a run folder, a case's name and a date, or a case's name; without it, the latest run of the only case.

    \b
    Examples:
      detente report
      detente report my-case/2023-02-08 --format html
      detente report reports/my-case/2023-02-08 --format md --out -
    """
    from detente.report import find_run, print_summary, read_forecast

    if out is not None and (format_ not in _FILES or open_):
        raise click.UsageError("--out goes with --format html or --format md, and without --open")
    folder = find_run(run, workspace)
    forecast = read_forecast(folder)
    if open_ or format_ in _FILES:
        from detente.report import render
        from detente.report.writing import write, write_file

        rendered = render(forecast)
        wanted = _FILES.get(format_, _FILES["html"])
        if out is not None and str(out) == "-":
            sys.stdout.buffer.write(rendered.files[wanted])
            return
        if out is not None:
            write_file(rendered.files[wanted], out)
        else:
            write(rendered, folder)
        click.echo(str(out or folder / wanted))
        if open_:
            click.launch((folder / _FILES["html"]).resolve().as_uri())
    elif format_ == "json":
        click.echo(forecast.to_text(), nl=False)
    else:
        from rich.console import Console

        print_summary(forecast, Console(no_color=no_color or None, highlight=False))
