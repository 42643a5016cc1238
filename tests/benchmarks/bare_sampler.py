"""The yardstick of ``detente run``: build, compile and sample the same graph, and nothing else."""

import sys
from pathlib import Path

import nutpie

from detente.case import load_case
from detente.graph import build

case = load_case(sys.argv[1], Path())
compiled = nutpie.compile_pymc_model(build(case))
tree = nutpie.sample(
    compiled, draws=1000, tune=1000, chains=4, seed=1689, target_accept=0.9, save_warmup=False, progress_bar=False
)
print(tree["posterior"]["hypothesis_probability"].mean(("chain", "draw")).to_numpy())
