#!/bin/sh
# The same UAI file gives other answers from one Python process to the next when pgmpy reads it.
#
# Version: pgmpy 1.1.2, on any Python that it takes (3.12 to 3.14).
# Behaviour: UAIReader collects the arrows of a network in a set of pairs of names and takes the order of a node's parents
# from it. Python orders such sets by a hash that is drawn anew for each process, so that the table of a node with two
# parents is read with its columns in one order or the other. If both parents have two states nothing is noticed: the file
# below, where the third variable is a copy of the first and so in its first state with chance 0.75, answers 0.75 in some
# processes and 0.9 in others. The reader also takes the child's state to turn slowest, where the format has it turn
# fastest, so that even the right answer comes of two faults that cancel.
# Misled: who exchanges Bayesian networks in the format of the UAI inference evaluations and trusts that a file says one
# thing, above all who tests a conversion once and finds it right.
# Source: pgmpy.readwrite.UAIReader (get_edges returns a set; get_model asks for the predecessors in their order).
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pgmpy==1.1.2 numpy==2.5.5
cat >"$folder/see.py" <<'PY'
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

NETWORK = "BAYES 3 2 2 2 3 1 0 1 1 3 0 1 2 2 0.75 0.25 2 0.9 0.1 8 1 0 1 0 0 1 0 1"
READ = """
import sys, warnings
warnings.simplefilter("ignore")
from pgmpy.inference import VariableElimination
from pgmpy.readwrite import UAIReader
model = UAIReader(path=sys.argv[1]).get_model()
print(round(float(VariableElimination(model).query(["var_2"], show_progress=False).values[0]), 4))
"""
file = Path(sys.argv[0]).with_name("network.uai")
file.write_text(NETWORK, encoding="ascii")
SEEDS = ("0", "2")
answers = set()
for seed in SEEDS:
    environment = os.environ | {"PYTHONHASHSEED": seed}
    command = [sys.executable, "-c", READ, str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    answers.add(float(done.stdout))

print("pgmpy", version("pgmpy"), "numpy", version("numpy"))
print(f"SEEN: the same file answers {' or '.join(map(str, sorted(answers)))}, by the seed of the process's hashes")
sys.exit(answers != {0.75, 0.9})
PY
"$folder/venv/bin/python" "$folder/see.py"
