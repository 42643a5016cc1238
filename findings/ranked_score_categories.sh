#!/bin/sh
# scoringrules counts the categories of the ranked probability score from 1, not from 0.
#
# Version: scoringrules 0.11.0, on any Python that it takes (3.12 to 3.14).
# Behaviour: rps_score(obs, fct) and rls_score(obs, fct) take the category that occurred as a number, and that number is a
# place counted from one. Python's own index of the category is therefore taken as the category before it, without a word:
# a forecast that gave 80% to the second of three categories, which then occurred, is scored as if the first had occurred.
# Misled: who scores forecasts of ordered outcomes (a ladder of steps, seats, casualty bands) with argmax or a list index
# as the observation: good forecasts look bad, bad ones good. With onehot=True there is nothing to count.
# Source: documentation of scoringrules.rps_score: the category y is one of 1, ..., K.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check scoringrules==0.11.0 numpy==2.5.5 scipy==1.18.1
cat >"$folder/see.py" <<'PY'
import sys
from importlib.metadata import version

import numpy as np
import scoringrules as sr

steps = ["no contact", "ministers meet", "presidents meet"]
forecast = np.array([0.15, 0.8, 0.05])
occurred = steps.index("ministers meet")  # 1, as Python counts
by_definition = float(np.sum((np.cumsum(forecast) - np.cumsum(np.eye(3)[occurred])) ** 2))
by_index, by_place = (float(sr.rps_score(number, forecast)) for number in (occurred, occurred + 1))
one_hot = float(sr.rps_score(np.eye(3)[occurred], forecast, onehot=True))

print("scoringrules", version("scoringrules"), "numpy", version("numpy"))
print(f"by the definition: {by_definition:.4f}; one-hot: {one_hot:.4f}")
print(f"SEEN: the same good forecast scores {by_index:.4f} by Python's index and {by_place:.4f} by the place from 1")
sys.exit(not (np.isclose(by_place, by_definition) and np.isclose(one_hot, by_definition) and by_index > 20 * by_place))
PY
"$folder/venv/bin/python" "$folder/see.py"
