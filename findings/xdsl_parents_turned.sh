#!/bin/sh
# A network that pyAgrum writes as XDSL is read by others with the parents of each table the wrong way round.
#
# Version: pyAgrum 3.3.1 with pgmpy 1.1.2, on any Python that they take (3.12 to 3.14).
# Behaviour: in XDSL, the format of GeNIe and SMILE, a table runs over the parents with the last one listed turning fastest.
# pyAgrum lists the parents in their order and writes the table with the first turning fastest; read back by itself it is
# right, read by pgmpy (which keeps to the format) each row is that of another combination. Parents with as many states
# raise no error: P(meeting) after an offer by a party that is strong becomes that after none by one that is weak.
# Misled: who hands a network on from one program to another and checks it by reading it back with the first.
# Source: SMILE's manual on the order of a definition's elements; pyagrum.saveBN and pgmpy.readwrite.XDSLReader.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pyagrum==3.3.1 pgmpy==1.1.2 numpy==2.5.5
cat >"$folder/see.py" <<'PY'
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

warnings.simplefilter("ignore")
import pyagrum as gum
from pgmpy.inference import VariableElimination
from pgmpy.readwrite import XDSLReader

network = gum.BayesNet("talks")
for name, states in (("offer", ["made", "none"]), ("party", ["weak", "strong"]), ("meeting", ["held", "missed"])):
    network.add(gum.LabelizedVariable(name, "", states))
network.addArc("offer", "meeting")
network.addArc("party", "meeting")
network.cpt("offer").fillWith([0.5, 0.5])
network.cpt("party").fillWith([0.5, 0.5])
for offer, party, held in (("made", "weak", 0.9), ("made", "strong", 0.6), ("none", "weak", 0.3), ("none", "strong", 0.1)):
    network.cpt("meeting")[{"offer": offer, "party": party}] = [held, 1 - held]
file = str(Path(sys.argv[0]).with_name("talks.xdsl"))
gum.saveBN(network, file)

given = {"offer": "made", "party": "strong"}
own = gum.LazyPropagation(gum.loadBN(file))
own.setEvidence(given)
own.makeInference()
there = XDSLReader(file).get_model()
answer = VariableElimination(there).query(["meeting"], evidence=given, show_progress=False)
read = float(answer.values[answer.state_names["meeting"].index("held")])

print("pyagrum", version("pyagrum"), "pgmpy", version("pgmpy"))
print(f"written: P(held | offer made, party strong) = 0.6; read back by pyAgrum {own.posterior('meeting')[0]:.2f}")
print(f"SEEN: the file that pyAgrum wrote says {read:.2f} to pgmpy, the chance with no offer and a weak party")
sys.exit(not (abs(own.posterior("meeting")[0] - 0.6) < 1e-5 and abs(read - 0.3) < 1e-5))
PY
"$folder/venv/bin/python" "$folder/see.py"
