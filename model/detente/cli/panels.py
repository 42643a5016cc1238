"""``detente panels``: the page of panels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from detente.cli import options
from detente.cli.screen import Screen, say
from detente.errors import absent

if TYPE_CHECKING:
    from detente.parallel import Workers

HOME = Path("reports") / "panels"


@options.command("panels")
def panels_command(
    folder: Path = options.read_file,
    out: Path | None = options.out("Folder to write the page into (default: reports/panels)."),
    random_seed: int = options.random_seed,
    workers: Workers = options.workers,
    screen: Screen = options.screen(),
) -> None:
    """Prove each part of the model on tables of real questions with known answers, beside simpler rules.

    FOLDER holds diagnoses.csv, intervals.csv, three_points.csv, waits.csv and polls.csv, or some of them, each perhaps
    compressed (.csv.gz). Written are index.html, index.md, panels.json and figures. With --json files are written only
    where --out says so.

    \b
    Example:
      detente panels ../shared/panels
    """
    from detente.case.folders import renew_folder
    from detente.evaluation.panels.gather import gather_panels
    from detente.report.panels import panels_json, render_panels, summary_lines

    if not folder.is_dir():
        say(f"nothing to prove the model on: {folder}: {absent(folder, 'folder')}", err=True)
        return
    with screen.progress() as tell, workers.executor() as executor:
        panels = gather_panels(folder, random_seed=random_seed, executor=executor, progress=tell)
    home = out or HOME
    if screen.writes(out) and panels.sources:
        renew_folder(home, render_panels(panels))
    screen.answer(lambda: panels_json(panels), summary_lines(panels))
    if panels.sources and not screen.as_json:
        say(f"the page: {home / 'index.html'}")
