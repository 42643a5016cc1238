"""``detente help``: the reference by topic, and all of it as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.screen import say
from detente.errors import suggestion

if TYPE_CHECKING:
    from pathlib import Path


@options.command("help")
def help_command(
    topic: str | None = options.argument(required=False),
    html: Path | None = options.path("Write all topics as one page into this file.", dir_okay=False),
) -> None:
    """Print the reference on a TOPIC: files, bulletins, model, words, serve, exchange, libraries, exit-codes, a file.

    Without a topic the topics are listed.

    \b
    Example:
      detente help evidence.csv
    """
    from detente.case.writing import replace_files
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
