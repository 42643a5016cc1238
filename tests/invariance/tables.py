"""A case as its files, to be written otherwise: `tables.read(...)`, a change of rows and keys, `tables.load()`.

The changes are made to what an analyst would type and not to objects of the package, so that parsing is under test too.
"""

from __future__ import annotations

import copy
import csv
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from oracle.random_cases import write_random_case
from ruamel.yaml import YAML

from detente import exact, load_case
from detente.forecast.outcomes import headlines
from detente.inference import draw_exactly

SEEDS = ("evidence", "events", "polls", "reference_class", "resolutions", "external_forecasts")
PRIORS = ("likelihoods", "intensities", "watch")

Row = dict[str, str]


def _yaml() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    return yaml


@dataclass
class Tables:
    """The content of every file of one case."""

    facts: dict[str, Any]
    priors: dict[str, Any]
    rows: dict[str, list[Row]]
    columns: dict[str, list[str]]

    def copy(self) -> Tables:
        return copy.deepcopy(self)

    @property
    def hypotheses(self) -> list[str]:
        return [row["id"] for row in self.facts["hypotheses"]]

    def write(self, folder: Path) -> Path:
        """Write the files; return the workspace."""
        name = self.facts["case"]
        for kind, file, content in (("seeds", "case", self.facts), ("priors", "priors", self.priors)):
            path = folder / kind / name / f"{file}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8") as handle:
                _yaml().dump(content, handle)
        for table, rows in self.rows.items():
            path = folder / ("seeds" if table in SEEDS else "priors") / name / f"{table}.csv"
            with path.open("w", encoding="utf-8", newline="") as handle:
                writer = csv.DictWriter(handle, self.columns[table], lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
        return folder

    def load(self):
        """Return the case that the package makes of the files."""
        with tempfile.TemporaryDirectory() as folder:
            return load_case(self.facts["case"], self.write(Path(folder)))


def read(workspace: Path, name: str) -> Tables:
    """Return the content of the files of a case."""
    seeds, priors = workspace / "seeds" / name, workspace / "priors" / name
    rows, columns = {}, {}
    for folder, tables in ((seeds, SEEDS), (priors, PRIORS)):
        for table in tables:
            path = folder / f"{table}.csv"
            if path.is_file():
                with path.open(encoding="utf-8", newline="") as handle:
                    reader = csv.DictReader(handle)
                    rows[table] = list(reader)
                    columns[table] = list(reader.fieldnames or ())
    facts = _yaml().load((seeds / "case.yaml").read_text(encoding="utf-8"))
    return Tables(facts, _yaml().load((priors / "priors.yaml").read_text(encoding="utf-8")), rows, columns)


DRAWS = 20


@st.composite
def random_tables(draw: st.DrawFn, **sizes: Any) -> Tables:
    """Draw a small random case as the oracle writes them, of every shape: sure and unsure, with and without a vote."""
    seed = draw(st.integers(0, 10**6))
    chosen = {
        "hypotheses": draw(st.integers(2, 3)),
        "items": draw(st.integers(0, 6)),
        "clusters": draw(st.integers(0, 2)),
        "processes": draw(st.integers(0, 2)),
        "winners": draw(st.sampled_from([0, 2, 3])),
    }
    with tempfile.TemporaryDirectory() as folder:
        name = write_random_case(Path(folder), seed, **chosen | sizes)
        return read(Path(folder), name)


def answer(case) -> dict[str, float]:
    """Return what the record says: P(h) by name, and the log probability of the record itself."""
    found = exact.posterior(case)
    named = {f"P({h})": float(p) for h, p in zip(case.hypothesis_ids, found.probability, strict=True)}
    return named | {"log evidence": found.log_evidence}


def forecast_of(case) -> dict[str, float]:
    """Return every headline, hypotheses and outcomes, on few draws: the same draws for a case of the same shape."""
    return headlines(case, draws=64).flat()


def in_the_graph(case, draws: dict[str, Any]) -> dict[str, Any]:
    """Return P(h) and the intensities by the PyMC model at given values of its free variables, each (draws, ...)."""
    from detente.graph import build, evaluate

    model = build(case)
    found = evaluate(
        model, {v.name: draws[v.name] if v.name in draws else _scores(model, v.name) for v in model.free_RVs}
    )
    return {name: found[name] for name in ("hypothesis_probability", "log_intensity_by_width") if name in found}


def _scores(model, name: str) -> Any:
    """Return standard normals for a variable that has no draws, since the graph alone has it: scores of fractions."""
    dims = model.named_vars_to_dims[name]
    return np.random.default_rng(1).normal(size=(DRAWS, *(len(model.coords[dim]) for dim in dims)))


def drawn(case) -> dict[str, Any]:
    """Return a few draws of the free variables."""
    draws = draw_exactly(case, exact.posterior(case), DRAWS, 1)
    return {name: draws.flat(name) for name in draws.values}
