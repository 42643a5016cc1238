"""Write rolled priors: ``priors.yaml`` edited in place, ``intensities.csv`` spelt out anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.bulletin.document import quoted_text, replace_block
from detente.bulletin.priors import beta_lines, discrimination_lines
from detente.bulletin.tables import append_rows
from detente.case import read_whole_case
from detente.case.judgements import INTENSITIES
from detente.errors import WriteBackError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from detente.case import Case, CaseLocation
    from detente.roll.matching import Rolled


def priors_files(location: CaseLocation, rolled: Rolled) -> Mapping[Path, bytes]:
    """Return the new ``priors.yaml`` and ``intensities.csv``, checked by reading them again.

    Raises
    ------
    WriteBackError
        If ``priors.yaml`` cannot be edited in place.
    """
    path, table = location.priors / "priors.yaml", location.priors / "intensities.csv"
    text = path.read_bytes().decode()
    for key, lines in _blocks(rolled.inputs).items():
        text = replace_block(text, key, lines)
    files = {path: text.encode()}
    if rolled.inputs.intensities:
        files[table] = append_rows(None, {field.name: True for field in INTENSITIES}, _rows(rolled.inputs))
    found, _ = read_whole_case(location, {one.name: content for one, content in files.items()})
    if found.priors != rolled.inputs.priors or set(found.intensities) != set(rolled.inputs.intensities):
        raise WriteBackError(path)
    return files


def _blocks(case: Case) -> dict[str, list[str]]:
    """Return the lines of each key of ``priors.yaml`` that is rolled."""
    priors = case.priors
    weights = ", ".join(f"{name}: {weight!r}" for name, weight in priors.hypotheses.weights.items())
    centre = ", ".join(f"{name}: {weight!r}" for name, weight in (priors.hypotheses.centre or {}).items())
    blocks = {
        "hypotheses": [
            "hypotheses:",
            f"  weights: {{{weights}}}",
            f"  concentration: {priors.hypotheses.concentration!r}",
            f"  because: {quoted_text(priors.hypotheses.because)}",
            *([f"  centre: {{{centre}}}"] if centre else []),
        ],
        "discrimination": discrimination_lines(priors.discrimination, priors.learned_from),
        "outside_view": [],
    }
    if priors.dependence:
        lines = ["dependence:"]
        for name, prior in priors.dependence.items():
            lines += [f"  {name}:", *beta_lines(prior, "    ")]
        blocks["dependence"] = lines
    if priors.baseline is not None:
        stated = priors.baseline
        blocks["baseline"] = [
            "# These priors are the posterior of a run; what counted by evidence_from is in them, and counts no more.",
            "baseline:",
            f"  run: {stated.run}",
            f"  inputs_sha256: {quoted_text(stated.inputs_sha256)}",
            f"  evidence_from: {stated.evidence_from}",
            *([f"  before: {quoted_text(stated.before)}"] if stated.before else []),
        ]
    return blocks


def _rows(case: Case) -> list[dict[str, object]]:
    return [
        {
            "process": row.transition.process,
            "from": row.transition.source,
            "to": row.transition.target,
            **{name: getattr(row, name) for name in ("hypothesis", "regime", "low", "mid", "high", "because")},
            "within_days": row.within_days,
        }
        for row in case.intensities
    ]
