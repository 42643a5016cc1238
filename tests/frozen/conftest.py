"""What the frozen texts and numbers share: a workspace, commands run in this process, and how they are compared.

`tests/frozen/` holds no opinion on what is right.  It says what the program printed, wrote and computed when that was
last looked at, so that code can be moved and nothing said or computed moves with it.  A text that is changed on purpose
is frozen again with

    python -m pytest tests/frozen tests/report --snapshot-update

and the difference of `__snapshots__` is read, and committed together with the change.  After a merge conflict in
`__snapshots__` take either side and do the same.  Numbers agree to 1e-12 and are never written anew for a change that
should not move them.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
from functools import cache
from pathlib import Path

import pytest
from bulletins import BULLETIN
from cases import EVIDENCE, LIKELIHOODS, POLLS, WATCH, write_case

from detente.case import bundled_cases
from detente.cli.main import main

ROOT = Path(__file__).parents[2]
TERMINAL = {"COLUMNS": "80", "NO_COLOR": "1"}
RESOLUTIONS = """\
outcome,window,resolution,date,source
border_open,horizon,no,2024-03-01,Daily
they_meet,horizon,yes,2023-02-10,Daily
"""


COMMITTED = "turkey-syria/2023-02-08"
EARLIER = "run dispute --engine exact --as-of 2023-02-03 --no-sensitivity"
SCORE = "score dispute --to 2023-03-02 --workers 1"
RUN = "run dispute --engine exact --workers 1"
ROLL = "priors roll dispute/2023-03-01 --dry-run"
COMPARE = "compare dispute/2023-02-03 dispute/2023-03-01"
SENSITIVITY = "sensitivity dispute --workers 1"
LOOK_OUT = "watch dispute --workers 1"


def needed(command):
    """Return the commands that have to have run before one, because they write what it reads or overwrite it."""
    if command == SCORE:
        return (EARLIER,)
    if command == RUN:
        return (SCORE,)
    if command.startswith("new "):
        return ("check", "check dispote")
    return () if "dispute" not in command or command in {EARLIER, "check dispute"} else (RUN,)


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    """Return a workspace of the bundled cases, the committed run, and a small case that has a file of every kind."""
    folder = tmp_path_factory.mktemp("frozen")
    for name in bundled_cases():
        for kind in ("seeds", "priors"):
            shutil.copytree(ROOT / kind / name, folder / kind / name)
    shutil.copytree(ROOT / "reports" / COMMITTED, folder / "reports" / COMMITTED)
    write_case(
        folder,
        watch=WATCH,
        polls=POLLS,
        resolutions=RESOLUTIONS,
        evidence=EVIDENCE + "vow,2023-02-15,,yes,C,3,South,Weekly,p4,South vowed to wait.,\n",
        likelihoods=LIKELIHOODS + "vow,sincere,0.2,0.3,0.5,Seems so.\nvow,tactic,0.4,0.5,0.6,Waiting costs nothing.\n",
    )
    (folder / "news.yaml").write_text(BULLETIN, encoding="utf-8")
    return folder


def run_in(folder, command):
    """Run a command in a folder, at a terminal 80 wide, and return its exit code and all it printed, less seconds."""
    out, err, before, home = io.StringIO(), io.StringIO(), dict(os.environ), Path.cwd()
    try:
        os.environ.update(TERMINAL)
        os.chdir(folder)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as stop:
            main(shlex.split(command))
    finally:
        os.chdir(home)
        os.environ.clear()
        os.environ.update(before)
    parts = [f"$ detente {command}\n{out.getvalue()}"]
    parts += [f"--- stderr\n{err.getvalue()}"] if err.getvalue() else []
    parts += [f"--- exit code {stop.value.code}\n"] if stop.value.code else []
    return re.sub(r"\b\d+ s\b", "SECONDS", "".join(parts)).replace(str(folder.resolve()), "WORKSPACE")


@pytest.fixture(scope="session")
def say_in():
    """Return `run_in`, for a command that changes a case."""
    return run_in


@pytest.fixture(scope="session")
def say(workspace):
    """Return a function that runs a command in the workspace, once, after those it needs."""

    @cache
    def call(command):
        for earlier in needed(command):
            call(earlier)
        return run_in(workspace, command)

    return call
