"""What the tests of the command line share: a command run in this process."""

from __future__ import annotations

import io
import sys

import pytest

from detente.cli.main import main


class Terminal(io.StringIO):
    """Somebody who types these answers, and then presses Ctrl-D."""

    def isatty(self):
        return True


@pytest.fixture
def run(capsys, monkeypatch):
    """Return a function that runs a command and returns its exit code, stdout and stderr; answers make a terminal."""

    def call(*arguments, answers=None):
        if answers is not None:
            monkeypatch.setattr(sys, "stdin", Terminal(answers))
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        return stop.value.code, *capsys.readouterr()

    return call
