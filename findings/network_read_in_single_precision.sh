#!/bin/sh
# pyAgrum reads the numbers of a BIF file in single precision: rare causes lose their last nine digits.
#
# Version: pyAgrum 3.3.1, on any Python that it takes (3.12 to 3.14).
# Behaviour: loadBN of a BIF file (and of a DSL, NET or UAI file) gives each probability as the nearest 32-bit number, about
# seven digits, although tables are kept and written with 64 bits: what was saved is not what is loaded. A table 0.9 and 0.1
# comes back as 0.8999999761581421 and 0.10000000149011612, which still sums to one; a chance of not failing of 0.99999999
# comes back as 1, and the failure it leaves out can then not be found whatever is observed.
# Misled: who keeps networks with rare events in files, and who asks two engines to agree to more than six digits.
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

import numpy as np
import pyagrum as gum

network = gum.BayesNet("rare")
network.add(gum.LabelizedVariable("holds", "", ["yes", "no"]))
network.cpt("holds").fillWith([0.9, 0.1])
changed = {}
for form in ("bif", "net", "dsl", "uai", "bifxml", "xdsl"):
    file = str(Path(sys.argv[0]).with_name(f"rare.{form}"))
    gum.saveBN(network, file)
    read = gum.loadBN(file)
    changed[form] = float(read.cpt(next(iter(read.names())))[0])

print("pyagrum", version("pyagrum"), "numpy", version("numpy"))
for form, value in changed.items():
    print(f"0.9 read back from {form}: {value!r}")
narrow = sorted(form for form, value in changed.items() if value == float(np.float32(0.9)))
print(f"SEEN: 0.9 comes back as {float(np.float32(0.9))!r} from {', '.join(narrow)}")
sys.exit(not ("bif" in narrow and float(network.cpt("holds")[0]) == 0.9))
PY
"$folder/venv/bin/python" "$folder/see.py"
