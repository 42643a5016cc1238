#!/bin/sh
# Two competing outcomes recorded on the same day are put in a random order by lifelines.
#
# Version: lifelines 0.30.3, on any Python that its dependencies take (3.12 to 3.14).
# Behaviour: the Aalen-Johansen estimator of cumulative incidence shifts tied times by a random amount of up to a ten
# thousandth when different outcomes fall on one date. It warns of that. What the warning does not say: read at the date
# itself, the curve then has or has not yet taken the step of that date, as a coin falls, so that the probability of an
# outcome "by day 20" is 0.125 or 0.25 from the same eight records. To draw the shifts it also seeds NumPy's global
# generator anew, from the clock: a seed that was set before does not make the result repeat, and random numbers drawn
# afterwards no longer follow from that seed.
# Misled: who reads P(outcome by a date) off a record kept in whole days, where ties are the rule, and who trusts that a
# seed set at the top of a script makes the rest of it repeat.
# Source: documentation of lifelines.AalenJohansenFitter (jitter_level, seed); numpy.random.seed in its source.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check lifelines==0.30.3 numpy==2.5.5 pandas==2.3.3 scipy==1.18.1
cat >"$folder/see.py" <<'PY'
import sys
import warnings
from importlib.metadata import version

import numpy as np
from lifelines import AalenJohansenFitter

warnings.simplefilter("ignore")  # the warning that ties are shifted at random
DAYS = [10, 20, 20, 30, 30, 40, 40, 50]
WHAT = [1, 1, 2, 1, 0, 2, 1, 0]  # 1: the outcome, 2: the competing one, 0: neither until then
RUNS = 40


def by_hand(day):
    """Aalen and Johansen's estimate, tied outcomes taken together."""
    survival, incidence = 1.0, 0.0
    for time in sorted(set(DAYS)):
        at_risk = sum(other >= time for other in DAYS)
        here = [what for other, what in zip(DAYS, WHAT) if other == time and what]
        if time <= day:
            incidence += survival * here.count(1) / at_risk
        survival *= 1 - len(here) / at_risk
    return incidence


answers, draws = set(), set()
for _ in range(RUNS):
    np.random.seed(7)
    fitted = AalenJohansenFitter(calculate_variance=False).fit(DAYS, WHAT, event_of_interest=1)
    answers.add(round(float(fitted.predict(20)), 6))
    draws.add(np.random.random())

print("lifelines", version("lifelines"), "numpy", version("numpy"))
print(f"P(outcome by day 20), worked out by hand: {by_hand(20)}")
print(
    f"SEEN: {RUNS} fits of the same records after the same seed gave P(outcome by day 20) = "
    f"{' or '.join(map(str, sorted(answers)))}; the number drawn after each fit took {len(draws)} values"
)
sys.exit(not (answers == {0.125, 0.25} and len(draws) > 1))
PY
MPLCONFIGDIR="$folder" "$folder/venv/bin/python" "$folder/see.py"
