"""Every command the README shows prints what the README says it prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import readme

if TYPE_CHECKING:
    from pathlib import Path

BLOCKS = readme.blocks(readme.README.read_text("utf-8"))


@pytest.mark.parametrize("block", BLOCKS, ids=[block[0].command[:60] for block in BLOCKS])
def test_commands_print_what_is_shown(block: list[readme.Shown], tmp_path: Path) -> None:
    """The commands of a block are run in order, in a copy of the workspace."""
    workspace = readme.make_workspace(tmp_path)
    for one in block:
        assert readme.run(one.command, workspace) == one.output


def test_python_block_runs(tmp_path: Path) -> None:
    """The notebook example is run as it stands."""
    import re

    code = re.search(r"^```python\n(.*?)^```$", readme.README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert code is not None
    script = tmp_path / "notebook.py"
    script.write_text(code[1], "utf-8")
    workspace = readme.make_workspace(tmp_path)
    assert readme.run("python notebook.py", workspace) == ""


def test_two_commands_are_the_makefiles() -> None:
    """The set-up the README promises is what the Makefile offers."""
    makefile = (readme.ROOT / "Makefile").read_text("utf-8")
    for target in ("forecast", "test", "lint", "bench", "help"):
        assert f"\n{target}:" in makefile


def test_scores_shown_are_those_on_record() -> None:
    """Every line of the README's table of scores is one that the committed scoring prints."""
    import json
    import re

    import msgspec

    from detente.evaluation.track_record import TrackRecord
    from detente.report.scores import summary_lines

    shown = re.search(r"^```text\n(.*?)^```$", readme.README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert shown is not None
    printed = []
    for folder in ("turkey-syria", "together"):
        raw = json.loads((readme.ROOT / "reports" / folder / "score" / "score.json").read_text("utf-8"))
        printed += list(summary_lines(msgspec.convert(raw, TrackRecord, str_keys=True)))[:9]
    assert shown[1].splitlines() == printed


def test_figures_of_the_panels_are_those_of_the_page() -> None:
    """Every number that the README gives for a panel stands on the page of panels."""
    text = readme.README.read_text("utf-8").partition("`make panels`")[2].partition("\n\n")[0]
    page = (readme.README.parent / "reports" / "panels" / "index.md").read_text("utf-8")
    numbers = re.findall(r"\d\.\d+|\d+%|\d+,\d+|244", text)
    assert len(numbers) > 15
    assert [number for number in numbers if not re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", page)] == []
