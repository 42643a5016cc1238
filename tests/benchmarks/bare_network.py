"""The yardstick of ``--engine exact``: a Bayesian-network library on the naive question, mids as its tables."""

import csv
import sys
from pathlib import Path

import pyagrum

name = sys.argv[1]
with (Path("priors") / name / "likelihoods.csv").open(encoding="utf-8") as file:
    rows = list(csv.DictReader(file))
with (Path("seeds") / name / "evidence.csv").open(encoding="utf-8") as file:
    seen = {row["id"]: row["observed"] == "yes" for row in csv.DictReader(file) if not row["expected_by"]}
hypotheses = list(dict.fromkeys(row["hypothesis"] for row in rows))
network = pyagrum.BayesNet("naive")
network.add(pyagrum.LabelizedVariable("H", "hypothesis", hypotheses))
network.cpt("H").fillWith([1 / len(hypotheses)] * len(hypotheses))
for item in seen:
    network.add(pyagrum.LabelizedVariable(item, item, ["no", "yes"]))
    network.addArc("H", item)
for row in rows:
    if row["evidence"] in seen:
        network.cpt(row["evidence"])[{"H": row["hypothesis"]}] = [1 - float(row["mid"]), float(row["mid"])]
engine = pyagrum.LazyPropagation(network)
engine.setEvidence({item: "yes" if observed else "no" for item, observed in seen.items()})
engine.makeInference()
print(engine.posterior("H"))
