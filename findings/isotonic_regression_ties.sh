#!/bin/sh
# A reliability curve made with SciPy's isotonic regression depends on the order in which equal forecasts are listed.
#
# Version: SciPy 1.18.1, on any Python that it takes (3.12 to 3.14).
# Behaviour: scipy.optimize.isotonic_regression is given answers alone, in the order of the forecasts; it cannot know that
# several forecasts were equal. Four forecasts of 20% with one "yes" among them come back as 25%, 25%, 25%, 25% if the
# "yes" is listed first, and as 0%, 0%, 0%, 100% if it is listed last. The second looks like a forecaster who can tell the
# four apart: discrimination and miscalibration come out too large. Equal forecasts have to be merged first, with their
# mean as the answer and their number as the weight.
# Misled: who computes a reliability diagram or a CORP decomposition of whole-percent forecasts, which are full of ties.
# Source: documentation of scipy.optimize.isotonic_regression (y, weights; no x); Dimitriadis, Gneiting and Jordan 2021.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check scipy==1.18.1 numpy==2.5.5
cat >"$folder/see.py" <<'PY'
import sys
from importlib.metadata import version

import numpy as np
from scipy.optimize import isotonic_regression

forecasts = np.array([0.2, 0.2, 0.2, 0.2, 0.8, 0.8])
orders = {"first": np.array([1.0, 0, 0, 0, 1, 1]), "last": np.array([0.0, 0, 0, 1, 1, 1])}
curves = {place: isotonic_regression(answers).x for place, answers in orders.items()}
miscalibration = {
    place: np.mean((forecasts - orders[place]) ** 2) - np.mean((curves[place] - orders[place]) ** 2) for place in orders
}
values, where, counts = np.unique(forecasts, return_inverse=True, return_counts=True)
merged = [
    isotonic_regression(np.bincount(where, answers) / counts, weights=counts).x.tolist() for answers in orders.values()
]

print("scipy", version("scipy"), "numpy", version("numpy"))
for place, curve in curves.items():
    print(f"the one yes of the four forecasts of 20% listed {place}: {curve.tolist()}")
print(f"equal forecasts merged first: {merged[0]} in both orders")
print(
    "SEEN: the same six forecasts and answers have a miscalibration of "
    f"{miscalibration['first']:.4f} or {miscalibration['last']:.4f}, by the order of equal forecasts"
)
sys.exit(
    not (
        curves["first"].tolist() == [0.25, 0.25, 0.25, 0.25, 1, 1]
        and curves["last"].tolist() == [0, 0, 0, 1, 1, 1]
        and merged[0] == merged[1] == [0.25, 1]
    )
)
PY
"$folder/venv/bin/python" "$folder/see.py"
