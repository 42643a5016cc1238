#!/bin/sh
# The interval that ArviZ 1 prints unasked is an 89% equal-tailed one; up to ArviZ 0 it was a 94% highest-density one.
#
# Version: arviz-stats 1.3.3 with arviz-base 1.3.1, on any Python that they take (3.12 to 3.14).
# Behaviour: summary() without ci_prob and ci_kind gives the 5.5% and 94.5% quantiles (columns eti89_lb and eti89_ub), and
# hdi() without a probability an 89% interval. For a small probability both the level and the kind matter: of the draws
# below, with a mean of 3.8%, the interval begins at 0.3% where it used to begin at 0.0%. Code that takes the two columns
# after the standard deviation by their place runs as before and reports another interval.
# Misled: who compares this year's intervals with last year's, or reports them as "the 94% interval" or "the 90% interval"
# because that is what the tool used to print, or what the table has always said.
# Source: migration guide of ArviZ 1 and the settings stats.ci_prob and stats.ci_kind in its documentation.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "arviz-stats[xarray]==1.3.3" arviz-base==1.3.1 numpy==2.5.5 scipy==1.18.1
cat >"$folder/see.py" <<'PY'
import sys
from importlib.metadata import version

import arviz_base
import arviz_stats
import numpy as np

draws = np.random.default_rng(5).beta(1.2, 30, (4, 2000))
tree = arviz_base.from_dict({"posterior": {"p": draws}})
unasked = arviz_stats.summary(tree, round_to="none").loc["p"]
asked = arviz_stats.summary(tree, ci_kind="hdi", ci_prob=0.94, round_to="none").loc["p"]
low, high = (float(unasked[name]) for name in unasked.index[2:4])
low_94, high_94 = (float(asked[name]) for name in asked.index[2:4])

print("arviz-stats", version("arviz-stats"), "arviz-base", version("arviz-base"), "numpy", version("numpy"))
print(f"columns after the standard deviation: {list(unasked.index[2:4])}")
print(
    f"SEEN: unasked, a probability of {float(unasked['mean']):.1%} gets the interval {low:.1%} to {high:.1%} (89%, "
    f"equal tails); asked as it used to be, {low_94:.1%} to {high_94:.1%} (94%, highest density)"
)
tails = np.quantile(draws, [0.055, 0.945])
sys.exit(not (list(unasked.index[2:4]) == ["eti89_lb", "eti89_ub"] and np.allclose([low, high], tails, rtol=0.02)))
PY
"$folder/venv/bin/python" "$folder/see.py"
