"""The README's console blocks: run every command shown and compare, or write down, what it prints.

``python tests/readme.py --write`` puts the real output into the README after a change that moves it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Shown:
    """A command as the README shows it, and the output under it."""

    command: str
    output: str


def shown(block: str) -> list[Shown]:
    """Split a console block into commands and what follows each."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [Shown(*(part.split("\n", 1))) for part in parts]


def blocks(text: str) -> list[list[Shown]]:
    """Return the commands of each console block."""
    return [shown(block) for block in BLOCK.findall(text)]


def run(command: str, workspace: Path) -> str:
    """Run one command as a reader of the README would, in a workspace, and return what it prints."""
    binaries = Path(sys.executable).parent
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR")},
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=workspace,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return "".join(f"{line.rstrip()}\n" for line in (done.stdout + done.stderr).splitlines())


def make_workspace(folder: Path) -> Path:
    """Return a folder with the repository's seeds, priors and reports in it, to be written to freely."""
    for name in ("seeds", "priors", "reports"):
        subprocess.run(["cp", "-R", str(ROOT / name), str(folder / name)], check=True)
    return folder


def rewritten(text: str, workspace: Path) -> str:
    """Return the README with what its commands print today."""

    def again(match: re.Match[str]) -> str:
        lines = "".join(f"$ {one.command}\n{run(one.command, workspace)}" for one in shown(match[1]))
        return f"```console\n{lines}```"

    return BLOCK.sub(again, text)


if __name__ == "__main__" and "--write" in sys.argv:
    with tempfile.TemporaryDirectory() as scratch:
        README.write_text(rewritten(README.read_text("utf-8"), make_workspace(Path(scratch))), "utf-8")
