#!/bin/sh
# A prior written as a Potential is invisible to power-scaling: a conflict with the data is reported as all well.
#
# Version: PyMC 6.4.0 with ArviZ 1.3.0, on any Python that they take (3.12 to 3.14).
# Behaviour: pm.Potential is part of the density that is sampled, but of neither the log prior nor the log likelihood that
# PyMC computes for diagnostics. Two models with the same posterior, one with the prior Normal(0, 1), the other with a wide
# prior and the same Normal(0, 1) added as a Potential, differ in arviz.psense_summary: the first is flagged as a
# prior-data conflict, the second gets a tick. Nothing says that a term was left out.
# Misled: who constrains, joins or elicits priors by Potentials (sum-to-zero terms, ordered rates, an expert's pooled
# judgement) and reads the power-scaling table as "the prior does not matter".
# Source: documentation of pymc.Potential and of pymc.compute_log_prior; Kallioinen and others 2024 on power-scaling.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pymc==6.4.0 arviz==1.3.0 numpy==2.5.5 scipy==1.18.1
cat >"$folder/see.py" <<'PY'
import logging
import sys
import warnings
from importlib.metadata import version

import arviz as az
import numpy as np
import pymc as pm

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
DATA = np.array([2.0, 2.2, 1.8])


def assess(as_potential):
    """Posterior mean, and what power-scaling says of the prior."""
    with pm.Model():
        if as_potential:
            mu = pm.Normal("mu", 0, 10)
            pm.Potential("prior", pm.logp(pm.Normal.dist(0, 1), mu))
        else:
            mu = pm.Normal("mu", 0, 1)
        pm.Normal("seen", mu, 0.5, observed=DATA)
        draws = pm.sample(1000, tune=500, chains=4, cores=1, random_seed=1, progressbar=False)
        pm.compute_log_prior(draws, progressbar=False)
        pm.compute_log_likelihood(draws, progressbar=False)
    row = az.psense_summary(draws).loc["mu"]
    return float(draws["posterior"]["mu"].mean()), float(row["prior"]), str(row["diagnosis"])


plain, hidden = assess(as_potential=False), assess(as_potential=True)

print("pymc", version("pymc"), "arviz", version("arviz"), "arviz-stats", version("arviz-stats"))
for name, (mean, prior, diagnosis) in {"prior": plain, "potential": hidden}.items():
    print(f"as a {name}: posterior mean {mean:.2f}, prior sensitivity {prior:.3f}, diagnosis: {diagnosis}")
print("SEEN: the same posterior is diagnosed as a prior-data conflict, or as fine if its prior is a Potential")
sys.exit(
    not (
        abs(plain[0] - hidden[0]) < 0.1
        and plain[1] > 0.05 > 0.02 > hidden[1]
        and "prior-data conflict" in plain[2]
        and "conflict" not in hidden[2]
    )
)
PY
PYTENSOR_FLAGS="base_compiledir=$folder/compiled" MPLCONFIGDIR="$folder" \
  "$folder/venv/bin/python" "$folder/see.py"
