#!/bin/sh
# In pyAgrum a whole number given as evidence is the place of a label, even where the labels are whole numbers.
#
# Version: pyAgrum 3.3.1, on any Python that it takes (3.12 to 3.14).
# Behaviour: setEvidence({"rounds": 1}) on a variable whose values are 1, 2 and 3 means "the label at place 1", which is
# the second one, 2. The text "1" means the value 1. Neither a label variable, a range variable nor an integer variable
# makes a difference, and there is no message: the posterior is that of other evidence.
# Misled: who feeds counts, grades (an Admiralty credibility of 1 to 6) or ratings from a table of numbers into a Bayesian
# network: each is taken as the next one up, and only the highest is refused.
# Source: documentation of pyagrum.LazyPropagation: setEvidence says "an index", addEvidence "a node value".
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps pyagrum==3.3.1 numpy==2.5.5
cat >"$folder/see.py" <<'PY'
import sys
from importlib.metadata import version

import pyagrum as gum


def posterior(rounds, evidence):
    """P(sincere) after so many rounds of talks."""
    network = gum.BayesNet()
    network.add(gum.LabelizedVariable("sincere", "", ["no", "yes"]))
    network.add(rounds)
    network.addArc("sincere", "rounds")
    network.cpt("sincere").fillWith([0.5, 0.5])
    network.cpt("rounds")[{"sincere": "no"}] = [0.6, 0.3, 0.1]
    network.cpt("rounds")[{"sincere": "yes"}] = [0.1, 0.3, 0.6]
    inference = gum.LazyPropagation(network)
    inference.setEvidence({"rounds": evidence})
    inference.makeInference()
    return round(inference.posterior("sincere")[1], 4)


kinds = {
    "labels": gum.LabelizedVariable("rounds", "", ["1", "2", "3"]),
    "range": gum.RangeVariable("rounds", "", 1, 3),
    "integers": gum.IntegerVariable("rounds", "", [1, 2, 3]),
}
answers = {kind: (posterior(rounds, 1), posterior(rounds, "1")) for kind, rounds in kinds.items()}

print("pyagrum", version("pyagrum"), "numpy", version("numpy"))
for kind, (number, text) in answers.items():
    print(f"{kind}: P(sincere | one round) is {number} given the number 1, {text} given the text '1'")
print("SEEN: the number 1 is taken as the value 2, so that one round of talks tells nothing instead of much")
sys.exit(not all(answer == (0.5, 0.1429) for answer in answers.values()))
PY
"$folder/venv/bin/python" "$folder/see.py"
