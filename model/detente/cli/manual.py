"""``detente help``: the reference by topic, and all of it as a page."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("help")
@click.argument("topic", required=False)
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write all topics as one page into this file."
)
def help_command(topic: str | None, html: Path | None) -> None:
    """Print the reference on a TOPIC, or the list of topics.

    \b
    Example:
      detente help files
    """
    from detente.case.writing import replace_files
    from detente.errors import suggestion
    from detente.report.manual import TOPICS, manual_page, topic_text

    if html is not None:
        replace_files({html: manual_page().encode()})
        click.echo(str(html))
    elif topic is None:
        click.echo("detente help TOPIC prints one of:")
        for name, (about, _) in TOPICS.items():
            click.echo(f"  {name:<11} {about}")
        click.echo("detente COMMAND --help explains a command.")
    elif topic in TOPICS:
        click.echo(topic_text(topic), nl=False)
    else:
        raise click.UsageError(f"there is no topic {topic} (topics: {', '.join(TOPICS)}){suggestion(topic, [*TOPICS])}")
