#!/bin/sh
# Of two uncertain findings on one variable pgmpy keeps the last, where Bayes' rule multiplies them.
#
# Version: pgmpy 1.1.2, on any Python that it takes (3.12 to 3.14).
# Behaviour: virtual_evidence takes a list of tables, each the likelihood that a finding gives to the states of a variable.
# For each it adds a child to the network under a name made of the variable's; a second finding on the same variable gets
# the same name and takes the first one's place. Two reports that each make an opening three times as likely give 0.75, as
# one does, and not 0.9; a report for it and one against it give the answer of the one listed last.
# Misled: who enters several sources on one question as likelihoods, the usual way to enter reports that are not certain.
# Source: pgmpy.inference.Inference (virtual_evidence); Pearl 1988 on virtual evidence.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pgmpy==1.1.2 numpy==2.5.5
cat >"$folder/see.py" <<'PY'
import sys
import warnings
from importlib.metadata import version

warnings.simplefilter("ignore")
from pgmpy.factors.discrete import TabularCPD
from pgmpy.inference import VariableElimination
from pgmpy.models import DiscreteBayesianNetwork

states = {"sincere": ["yes", "no"], "signs": ["many", "few"]}
network = DiscreteBayesianNetwork([("sincere", "signs")])
network.add_cpds(
    TabularCPD("sincere", 2, [[0.5], [0.5]], state_names={"sincere": states["sincere"]}),
    TabularCPD("signs", 2, [[0.6, 0.4], [0.4, 0.6]], ["sincere"], [2], state_names=states),
)


def report(for_yes, for_no):
    return TabularCPD("sincere", 2, [[for_yes], [for_no]], state_names={"sincere": states["sincere"]})


def answer(*reports):
    found = VariableElimination(network).query(["sincere"], virtual_evidence=list(reports), show_progress=False)
    return round(float(found.values[found.state_names["sincere"].index("yes")]), 4)


one, two = answer(report(0.75, 0.25)), answer(report(0.75, 0.25), report(0.75, 0.25))
mixed = answer(report(0.75, 0.25), report(0.25, 0.75)), answer(report(0.25, 0.75), report(0.75, 0.25))

print("pgmpy", version("pgmpy"))
print(f"one report, three to one for it: {one}; two such reports: {two} (by Bayes' rule 0.9)")
print(f"SEEN: two reports count as one; one for and one against give {mixed[0]} or {mixed[1]}, by their order")
sys.exit(not (one == two == 0.75 and mixed == (0.25, 0.75)))
PY
"$folder/venv/bin/python" "$folder/see.py"
