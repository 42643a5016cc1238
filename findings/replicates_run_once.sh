#!/bin/sh
# Twenty replicates handed to Dask through the standard executor are one, twenty times.
#
# Version: distributed 2026.8.0, on any Python that it takes (3.12 to 3.14).
# Behaviour: Client.get_executor() returns an executor of the form of concurrent.futures. Each call is taken to be pure: equal
# functions with equal arguments have one key, are computed once, and all futures share the result. Code that draws its random
# numbers inside the call (a bootstrap, a simulated forecast) moves from a process pool to a cluster without a change
# and returns one replicate as often as it was asked for, so that its spread is zero. get_executor(pure=False) does as a
# pool does; a seed among the arguments helps too.
# Misled: who moves replicates from ProcessPoolExecutor to a cluster and reads an interval off them.
# Source: documentation of distributed.Client.get_executor (keyword arguments are those of Client.submit) and of pure.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check distributed==2026.8.0
cat >"$folder/see.py" <<'PY'
import random
import sys
from importlib.metadata import version

from distributed import Client, LocalCluster

REPLICATES = 20


def replicate():
    return random.Random().random()


if __name__ == "__main__":
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        values = {}
        for name, options in (("as it comes", {}), ("pure=False", {"pure": False})):
            executor = client.get_executor(**options)
            futures = [executor.submit(replicate) for _ in range(REPLICATES)]
            values[name] = {future.result() for future in futures}
    print("distributed", version("distributed"))
    for name, found in values.items():
        print(f"{name}: {REPLICATES} replicates took {len(found)} values")
    print(f"SEEN: {REPLICATES} random replicates came back as {len(values['as it comes'])} value")
    sys.exit(not (len(values["as it comes"]) == 1 and len(values["pure=False"]) == REPLICATES))
PY
"$folder/venv/bin/python" "$folder/see.py"
