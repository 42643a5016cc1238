#!/bin/sh
# PreliZ's maxent is told to keep a median of 10% and returns a distribution whose median is 17%.
#
# Version: PreliZ 0.28.0 with arviz-base 1.3.1, on any Python that they take (3.12 to 3.14).
# Behaviour: maxent(Beta(), 0.05, 0.4, 0.9, fixed_stat=("median", 0.1)) is asked for a Beta with 90% of its mass between 5%
# and 40% and half of it below 10%. Beta(4.23, 35.5) has both. What comes back has neither: a median of 0.167, and 0.97 of the mass
# in the range; the optimizer's result is taken as it is. Without fixed_stat the range is kept, but not as people state it:
# it is any 90%, with 2% below it and 8% above it, and the median is 0.22. Nor does quartile keep quartiles that a Beta
# cannot have: asked for 0.05, 0.1 and 0.4 it returns 0.03, 0.14 and 0.37.
# Misled: who turns an expert's low, best guess and high into a prior and does not draw it again from the result.
# Source: documentation of preliz.maxent (mass, fixed_stat) and preliz.quartile.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check preliz==0.28.0 arviz-base==1.3.1 pandas==2.3.3 numpy==2.5.5 scipy==1.18.1
cat >"$folder/see.py" <<'PY'
import sys
import warnings
from importlib.metadata import version

import preliz as pz

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    free, fixed, quartiles = pz.Beta(), pz.Beta(), pz.Beta()
    pz.maxent(free, 0.05, 0.4, 0.9, plot=False)
    pz.maxent(fixed, 0.05, 0.4, 0.9, fixed_stat=("median", 0.1), plot=False)
    pz.quartile(quartiles, 0.05, 0.1, 0.4, plot=False)
    of_median = [str(one.message) for one in caught if "median" in str(one.message)]
below, above = float(free.cdf(0.05)), float(1 - free.cdf(0.4))
median, inside = float(fixed.ppf(0.5)), float(fixed.cdf(0.4) - fixed.cdf(0.05))

print("preliz", version("preliz"), "arviz-base", version("arviz-base"))
print(f"range alone: {below:.1%} below it, {above:.1%} above it, median {float(free.ppf(0.5)):.3f}")
print(f"quartiles 0.05, 0.1, 0.4: {', '.join(f'{float(q):.3f}' for q in quartiles.ppf([0.25, 0.5, 0.75]))}")
print(f"SEEN: asked to keep a median of 0.1, it returns one of {median:.3f} (range holds {inside:.2f}); said of it: {of_median or 'nothing'}")
sys.exit(not (0.14 < median < 0.2 and not of_median and below < 0.035 < above))
PY
PYTENSOR_FLAGS="base_compiledir=$folder/compiled" MPLCONFIGDIR="$folder" "$folder/venv/bin/python" "$folder/see.py"
