"""What commands do to the file system, traced: what only reads writes nothing, and the rest only in its own folders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import warm
from tests.bulletins import BULLETIN
from tests.cases import write_case

TRACED = """
import json, os, sys
changes = set()
EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate", "os.link", "os.symlink"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

def hook(event, arguments):
    if event not in EVENTS or not isinstance(arguments[0], (str, bytes, os.PathLike)):
        return
    if event != "open" or isinstance(arguments[2], int) and arguments[2] & WRITES:
        folder = arguments[-1] if event in {"os.remove", "os.mkdir", "os.rmdir"} else -1
        folder = os.readlink(f"/proc/self/fd/{folder}") if folder >= 0 else ""
        paths = arguments[:2] if event == "os.rename" else arguments[1:2] if "link" in event else arguments[:1]
        changes.update(os.path.abspath(os.path.join(folder, os.fsdecode(path))) for path in paths)

sys.addaudithook(hook)
sys.dont_write_bytecode = True
from detente.cli.main import main
try:
    main(sys.argv[2:])
finally:
    with os.fdopen(int(sys.argv[1]), "w") as pipe:
        json.dump(sorted(changes), pipe)
"""
RUN = ("run", "dispute", "--engine", "exact", "--no-sensitivity", "--quiet", "--workers", "1")


pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="asks for the path of an open folder")


def fresh(code, *arguments, also, env):
    """Start what `warm.start` does in an interpreter that has imported nothing."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], pass_fds=also, env=env, **pipes)


def traced(workspace, *arguments, start=warm.start):
    """Return what a command made, wrote to, moved or took away, devices aside."""
    out, into = os.pipe()
    caches = workspace.with_name("caches")  # of matplotlib, which looks for its fonts once
    environment = os.environ | {"MPLCONFIGDIR": str(caches)}
    process = start(TRACED, into, *arguments, "--workspace", workspace, also=[into], env=environment)
    os.close(into)
    with os.fdopen(out) as pipe:
        changes = json.loads(pipe.read())
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    here = f"{workspace.parent}/"  # in memory, it is below /dev itself
    changes = [path for path in changes if path.startswith(here) or not path.startswith("/dev/")]
    return [path for path in changes if not path.startswith(f"{caches}")]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    root = write_case(tmp_path_factory.mktemp("traced"))
    traced(root, *RUN)
    return root


@pytest.mark.parametrize(
    "command",
    [
        ("check",),
        ("evidence", "list"),
        ("priors", "show"),
        ("report",),
        ("report", "--format", "json"),
        ("report", "--format", "md", "--out", "-"),
        ("watch", "--due"),
        ("run", "--json", "--engine", "exact", "--no-sensitivity", "--workers", "1"),
        ("priors", "roll", "dispute/2023-03-01", "--dry-run", "--anyway"),
    ],
    ids=" ".join,
)
def test_what_only_reads_writes_nothing(workspace, command):
    assert traced(workspace, *command, start=fresh if "--json" in command else warm.start) == []


def test_a_run_writes_below_the_reports_of_its_case(workspace):
    changes = traced(workspace, *RUN, start=fresh)
    assert changes
    assert [path for path in changes if not path.startswith(str(workspace / "reports" / "dispute"))] == []


def test_an_update_writes_below_the_two_folders_of_its_case(tmp_path):
    workspace = write_case(tmp_path)
    (tmp_path / "news.yaml").write_text(BULLETIN, encoding="utf-8")
    before = (tmp_path / "news.yaml").stat()
    assert traced(workspace, "update", "dispute", tmp_path / "news.yaml", "--dry-run", "--quick") == []
    changes = traced(workspace, "update", "dispute", tmp_path / "news.yaml", "--quick")
    own = tuple(str(workspace / kind / "dispute") for kind in ("seeds", "priors"))
    assert changes
    assert [path for path in changes if not path.startswith(own)] == []
    assert (tmp_path / "news.yaml").stat().st_mtime_ns == before.st_mtime_ns
