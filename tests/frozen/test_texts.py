"""What every command says of itself and prints."""

from __future__ import annotations

import re
import shutil

import click
import pytest
from tests.frozen.conftest import COMPARE, EARLIER, LOOK_OUT, ROLL, RUN, SCORE, SENSITIVITY

from detente.case import bundled_cases
from detente.cli.main import cli


def commands(group, path=()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield " ".join((*path, name))
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


VERIFY = "verify dispute --engine exact --replicates 3 --workers 1"
WRITTEN = {
    "reports/dispute/2023-03-01/report.md": RUN,
    "reports/dispute/2023-03-01/sensitivity.csv": SENSITIVITY,
    "reports/dispute/2023-03-01/watch.csv": LOOK_OUT,
    "reports/dispute/track/track.md": "track dispute",
    "reports/dispute/track/track.csv": "track dispute",
    "reports/dispute/score/score.md": SCORE,
    "reports/dispute/score/score.csv": SCORE,
    "reports/dispute/score/daily.csv": SCORE,
    "reports/dispute/verify/verify.md": VERIFY,
    "reports/dispute/verify/verify.csv": VERIFY,
    "seeds/my-case/case.yaml": "new my-case",
    "priors/my-case/priors.yaml": "new my-case",
}
"""File, and the command that writes it."""


PRINTED = [
    *(f"{command} {name}" for name in bundled_cases() for command in ("check", "evidence list", "priors show")),
    "check",
    "check dispute",
    "check dispute --json",
    "check dispote",
    "evidence list dispute --sort weight",
    "evidence list dispute --cluster speeches --as-of 2023-01-20",
    "priors show dispute",
    RUN,
    EARLIER,
    "report dispute",
    "report turkey-syria/2023-02-08",
    COMPARE,
    f"{COMPARE} --outcome border_open",
    f"{COMPARE} --json",
    ROLL,
    SENSITIVITY,
    "sensitivity dispute --target border_open --workers 1 --out border",
    LOOK_OUT,
    "watch dispute --by 2023-06-01 --target border_open --workers 1 --out border",
    "track dispute",
    "track saudi-iran --to 2022-04-30",
    SCORE,
    VERIFY,
    "update dispute news.yaml --dry-run",
    "update turkey-syria seeds/turkey-syria/bulletins/2023-02-13-aid-crossings.yaml --dry-run",
    "update retail-turnaround seeds/retail-turnaround/bulletins/2023-01-26-default.yaml --dry-run",
    "new my-case",
    "new --example saudi-iran saudi-iran",
]


@pytest.mark.parametrize("command", ["", *commands(cli)])
def test_help(say, text, command):
    assert say(f"{command} --help".strip()) == text


@pytest.mark.parametrize(
    "command", PRINTED, ids=[re.sub(r"seeds/\S*/", "", command).replace("/", " ") for command in PRINTED]
)
def test_printed(say, text, command):
    assert say(command) == text


def test_update_quick(say_in, workspace, tmp_path, text):
    """In a copy of the workspace, for the case is changed; its resolutions contradict the bulletin."""
    for kind in ("seeds", "priors"):
        shutil.copytree(workspace / kind / "dispute", tmp_path / kind / "dispute")
    (tmp_path / "seeds/dispute/resolutions.csv").unlink()
    shutil.copy(workspace / "news.yaml", tmp_path)
    assert say_in(tmp_path, "update dispute news.yaml --quick") == text


@pytest.mark.parametrize("file", WRITTEN, ids=[file.replace("/", " ") for file in WRITTEN])
def test_written(say, text, workspace, file):
    say(WRITTEN[file])
    assert (workspace / file).read_text(encoding="utf-8") == text
