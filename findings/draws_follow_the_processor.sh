#!/bin/sh
# The same seed and the same pinned versions give other draws where the density is compiled for another kind of processor.
#
# Version: nutpie 0.16.11 with PyMC 6.4.0, PyTensor 3.3.8 and numba 0.68.0, on x86-64 (Python 3.12 to 3.14).
# Behaviour: numba compiles for the processor it runs on. One that multiplies and adds in one step rounds otherwise, and a density differs
# in its sixteenth digit. A chain of the no-U-turn sampler does not differ in the sixteenth digit: within some dozens of steps a tree turns
# elsewhere, and from then on the draws have nothing in common. Means differ by their Monte Carlo errors, as those of another seed would.
# The variable NUMBA_CPU_NAME says what is compiled for, whatever the processor is: two names stand for two machines here.
# Misled: who keeps a seed and a lock file, and holds a published probability or a test to the digits of another machine; and who takes the
# small step of a forecast from one machine to the next for news.
# Source: numba's reference of environment variables (NUMBA_CPU_NAME: by default the host); nutpie.sample (seed); runs on two processors.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  nutpie==0.16.11 pymc==6.4.0 pytensor==3.3.8 numba==0.68.0 numpy==2.5.5 pandas==2.3.3
cat >"$folder/draw.py" <<'PY'
import sys

import numpy as np
import nutpie
import pymc as pm

asked, yes = np.array([12, 40, 7, 25]), np.array([3, 22, 1, 14])
with pm.Model() as model:
    centre = pm.Normal("centre", 0, 1.5)
    spread = pm.HalfNormal("spread", 1)
    level = pm.Normal("level", centre, spread, shape=4)
    pm.Binomial("yes", asked, logit_p=level, observed=yes)
compiled = nutpie.compile_pymc_model(model, backend="numba")
tree = nutpie.sample(compiled, draws=1000, tune=500, chains=2, cores=1, seed=1689, progress_bar=False)
np.save(sys.argv[1], tree["posterior"]["centre"].to_numpy())
PY
draw() {
  NUMBA_CPU_NAME="$1" NUMBA_CPU_FEATURES='' PYTENSOR_FLAGS="base_compiledir=$folder/compiled-$2" \
    "$folder/venv/bin/python" "$folder/draw.py" "$folder/$2.npy" 2>/dev/null
}
draw x86-64 first
draw x86-64 again
draw haswell other
cat >"$folder/see.py" <<'PY'
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
first, again, other = (np.load(folder / f"{name}.npy") for name in ("first", "again", "other"))
print(*(f"{name} {version(name)}" for name in ("nutpie", "pymc", "pytensor", "numba")))
print(f"compiled twice for x86-64: the same draws, {np.array_equal(first, again)}")
print(f"the last draws of the first chain: {first[0, -3:].round(3)} for x86-64, {other[0, -3:].round(3)} for haswell")
alike = float(np.corrcoef(first[0, -500:], other[0, -500:])[0, 1])
print(f"means {first.mean():.3f} and {other.mean():.3f}; correlation of the last 500 draws {alike:.2f}")
largest = float(np.abs(first - other).max())
print(f"SEEN: one seed, one set of versions, two kinds of processor: draws differ by up to {largest:.1f}")
sys.exit(not (np.array_equal(first, again) and largest > 0.1 and abs(alike) < 0.5))
PY
"$folder/venv/bin/python" "$folder/see.py" "$folder"
