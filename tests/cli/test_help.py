"""What every command says of itself: a worked example, its lines kept as they were written."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import click
import pytest

from detente.cli.main import cli


def commands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


EVERY = [((), cli), *commands(cli, ())]


@pytest.mark.parametrize(("path", "command"), EVERY, ids=[" ".join(path) or "detente" for path, _ in EVERY])
def test_help_ends_with_an_example_on_lines_of_its_own(path, command):
    """A line that names the command and stands alone, as it would be typed; no mark of the help's own is left over."""
    said = command.get_help(click.Context(command, info_name="detente", help_option_names=["-h", "--help"]))
    lines = [line.strip() for line in said.splitlines()]
    assert "Example:" in lines or "Examples:" in lines
    typed = [
        line.removeprefix("$ ") for line in lines if line.removeprefix("$ ").startswith(" ".join(("detente", *path)))
    ]
    assert typed
    assert "\\b" not in said


@pytest.mark.parametrize(("path", "command"), EVERY, ids=[" ".join(path) or "detente" for path, _ in EVERY])
def test_the_example_can_be_typed(path, command):
    """There is one, or a few, its command is found, and it understands every word of it."""
    said = command.get_help(click.Context(command, info_name="detente", help_option_names=["-h", "--help"]))
    examples = [line.strip() for line in said.splitlines() if line.startswith("    detente ")]
    assert examples
    for typed in examples:
        words = shlex.split(typed)[1:]
        found = cli
        while isinstance(found, click.Group):
            found = found.get_command(click.Context(found), words.pop(0))
        assert found is not None
        found.make_context(typed, words, help_option_names=["-h", "--help"])


def test_a_command_that_is_not_there_is_usage(run):
    code, _, err = run("scores")
    assert (code, err.splitlines()[-1]) == (2, "Error: there is no command scores (did you mean `score`?)")
