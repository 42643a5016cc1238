#!/bin/sh
# A count of three billion given to PyMC as data becomes minus 1.3 billion.
#
# Version: PyMC 6.4.0, on any Python that it takes (3.12 to 3.14).
# Behaviour: pm.Data, and observed= of whole numbers, convert to 32-bit whole numbers without asking whether they fit. Numbers
# beyond 2,147,483,647 come back with other values, most of them negative, and there is no message: a trade of 3,000,000,000
# is one of -1,294,967,296 in the model, and one of 5,000,000,000 is 705,032,704, which does not even look wrong. Given as
# numbers with a decimal point (3e9) they stay what they are.
# Misled: who gives amounts of money, barrels, seconds since an epoch or refugees times dollars to a model as they are.
# Source: pymc.data.Data and pymc.pytensorf.convert_data in its source.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pymc==6.4.0 numpy==2.5.5 scipy==1.18.1
cat >"$folder/see.py" <<'PY'
import sys
import warnings
from importlib.metadata import version

import numpy as np
import pymc as pm

AMOUNTS = np.array([3_000_000_000, 5_000_000_000, 2_000_000_000])
with warnings.catch_warnings(record=True) as caught, pm.Model() as model:
    warnings.simplefilter("always")
    whole = pm.Data("whole", AMOUNTS)
    broken = pm.Data("broken", AMOUNTS.astype(float))
said = [str(one.message) for one in caught if "int" in str(one.message).lower() or "overflow" in str(one.message).lower()]
kept = whole.get_value().tolist()

print("pymc", version("pymc"), "numpy", version("numpy"))
print(f"given {AMOUNTS.tolist()}, kept as {whole.dtype}; with a decimal point: {broken.get_value().tolist()}")
print(f"SEEN: {kept}; said of it: {said or 'nothing'}")
sys.exit(not (kept == [-1294967296, 705032704, 2000000000] and not said))
PY
PYTENSOR_FLAGS="base_compiledir=$folder/compiled" MPLCONFIGDIR="$folder" "$folder/venv/bin/python" "$folder/see.py"
