"""Annex D: the scales, the glossary, and the command that makes this report again."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.estimative import ICD_203
from detente.report.prose import span
from detente.report.tables import NUMBER, Column, Table, table

if TYPE_CHECKING:
    from detente.dossier import Dossier
    from detente.forecast.result import Forecast


@dataclass(frozen=True)
class Reference:
    """What a reader looks up."""

    words: Table[str]
    command: str


def build(dossier: Dossier) -> Reference:
    """Build the annex."""
    forecast = dossier.forecast
    words = table("Estimative words (ICD 203)", ICD_203.words, Column("Word", str), Column("Range", span, NUMBER))
    return Reference(words, command(forecast))


def command(forecast: Forecast) -> str:
    """Return the command that makes this report again from the same inputs."""
    words = [
        "detente", "run", forecast.case, "--as-of", forecast.as_of.isoformat(), "--engine", forecast.engine,
        "--random-seed", str(forecast.random_seed),
    ]  # fmt: skip
    chains = forecast.chains if forecast.engine != "exact" else _chains(forecast.draws)
    words += ["--draws", str(forecast.draws // chains), "--chains", str(chains)]
    if forecast.engine != "exact":
        words += ["--tune", str(forecast.tune)]
        words += ["--target-accept", f"{forecast.target_accept:g}"] if forecast.target_accept is not None else []
    return shlex.join(words)


def _chains(draws: int) -> int:
    """Return a number of chains whose draws add up to those of the exact engine, which has none."""
    return next((chains for chains in (4, 2, 3, 5, 7) if draws % chains == 0), 4)
