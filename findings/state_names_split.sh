#!/bin/sh
# A state called "not yet" becomes two when pyAgrum writes a network for Hugin, and the file cannot be read back.
#
# Version: pyAgrum 3.3.1, on any Python that it takes (3.12 to 3.14).
# Behaviour: the writer of NET files puts the names of states one after the other without quotation marks, so that "not yet"
# stands in the file as the two states not and yet. No message is given; read back, the file raises an error or has a
# variable with more states than probabilities. XDSL keeps the name; the writer of BIF refuses it.
# Misled: who names states in words ("after the vote") and archives networks as NET, the format that most programs read.
# Source: none in the documentation; pyagrum.saveBN and pyagrum.loadBN compared.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps pyagrum==3.3.1 numpy==2.5.5
cat >"$folder/see.py" <<'PY'
import sys
from importlib.metadata import version
from pathlib import Path

import pyagrum as gum

network = gum.BayesNet("talks")
network.add(gum.LabelizedVariable("meeting", "", ["held", "not yet"]))
network.cpt("meeting").fillWith([0.3, 0.7])
seen = {}
for form in ("net", "bif", "xdsl"):
    file = Path(sys.argv[0]).with_name(f"talks.{form}")
    try:
        gum.saveBN(network, str(file))
        if form == "net":
            print(next(line.strip() for line in file.read_text().splitlines() if "states" in line))
        read = gum.loadBN(str(file))
        seen[form] = read.variable(next(iter(read.names()))).labels()
    except gum.GumException as error:
        seen[form] = f"an error ({type(error).__name__})"

print("pyagrum", version("pyagrum"))
print(f"SEEN: the states held and not yet, written and read back: {seen}")
sys.exit(not (tuple(seen["net"]) != ("held", "not yet") == tuple(seen["xdsl"])))
PY
"$folder/venv/bin/python" "$folder/see.py"
