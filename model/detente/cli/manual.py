"""``detente help``: the reference by topic, and all of it as a page."""

from __future__ import annotations

from pathlib import Path

import click

from detente.cli.screen import say


@click.command("help")
@click.argument("topic", required=False)
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write all topics as one page into this file."
)
def help_command(topic: str | None, html: Path | None) -> None:
    """Print the reference on a TOPIC: files, bulletins, model, words, serve, exchange, libraries, exit-codes, a file.

    Without a topic the topics are listed.

    \b
    Example:
      detente help evidence.csv
    """
    from detente.case.writing import replace_files
    from detente.errors import suggestion
    from detente.report.manual import TOPICS, known_topics, manual_page, topic_text

    if html is not None:
        replace_files({html: manual_page().encode()})
        say(str(html))
    elif topic is None:
        say("detente help TOPIC prints one of:")
        for name, (about, _) in TOPICS.items():
            say(f"  {name:<11} {about}")
        say("detente COMMAND --help explains a command.")
    elif topic in known_topics():
        say(topic_text(topic).rstrip("\n"))
    else:
        raise click.UsageError(
            f"there is no topic {topic} (topics: {', '.join(TOPICS)}){suggestion(topic, known_topics())}"
        )
