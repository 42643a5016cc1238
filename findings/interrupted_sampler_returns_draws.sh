#!/bin/sh
# Interrupted with Ctrl-C, nutpie returns what it has as if it had finished: chains cut short, and NaN for the rest.
#
# Version: nutpie 0.16.11, on any Python that it takes (3.12 to 3.14).
# Behaviour: nutpie.sample waits for the sampler and, on KeyboardInterrupt, returns the draws made so far. A script goes on:
# no exception is raised and no warning given. Chains have the length of the longest; those that are behind, or have not begun, are
# filled with NaN. A loop over many fits cannot be stopped by one Ctrl-C, and
# the fit that was under way counts among the finished ones. With blocking=False and wait() the interrupt is raised.
# Misled: who interrupts a long run of refits and averages what it wrote, and who catches KeyboardInterrupt to clean up.
# Source: nutpie.sample in its source (except KeyboardInterrupt: abort); documentation of blocking.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check nutpie==0.16.11 numpy==2.5.5 pandas==2.3.3
cat >"$folder/see.py" <<'PY'
import os
import signal
import sys
import threading
import time
from importlib.metadata import version

import numpy as np
import nutpie
from nutpie.compiled_pyfunc import from_pyfunc


def make_logp():
    def logp(x):
        time.sleep(0.002)
        return -0.5 * float(x @ x), -x

    return logp


def make_expand(*_):
    return lambda x: {"x": np.asarray(x)}


model = from_pyfunc(2, make_logp, make_expand, [np.dtype("float64")], [(2,)], ["x"])
threading.Timer(4.0, os.kill, (os.getpid(), signal.SIGINT)).start()
raised = False
try:
    tree = nutpie.sample(model, draws=20_000, tune=100, chains=4, cores=2, seed=1, progress_bar=False)
except KeyboardInterrupt:
    raised = True
    sys.exit("the interrupt was raised")
draws = tree["posterior"]["x"].to_numpy()
missing = np.isnan(draws).any(axis=(1, 2))

print("nutpie", version("nutpie"), "numpy", version("numpy"))
print(f"asked for 4 chains of 20,000 draws, interrupted after four seconds: {draws.shape[1]} draws a chain came back")
print(f"SEEN: no exception; {draws.shape[1]} draws of 20,000, {int(missing.sum())} of 4 chains with NaN in them")
sys.exit(not (not raised and draws.shape[1] < 20_000 and missing.any()))
PY
"$folder/venv/bin/python" "$folder/see.py"
