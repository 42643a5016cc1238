"""Small sets of questions, written as tables, and naive Bayes on them, reckoned from the tables alone."""

from __future__ import annotations

import csv
import math
import random
from collections import defaultdict

SETTLE = """\
id,hypotheses,truth,group
q1,settle|show,show,talks
q2,settle|show,settle,talks
q3,war|peace|stalemate,peace,
"""
ITEMS = """\
question,id,observed,reliability,credibility,cluster
q1,envoys,yes,B,2,
q1,toast,no,,,
q2,envoys,no,A,1,
q3,march,yes,A,1,army
q3,drums,yes,C,3,army
"""
JUDGED = """\
question,evidence,hypothesis,low,mid,high
q1,envoys,settle,0.5,0.7,0.9
q1,envoys,show,0.2,0.4,0.6
q1,toast,settle,0.3,0.5,0.7
q1,toast,show,,unlikely,
q2,envoys,settle,0.5,0.7,0.9
q2,envoys,show,0.2,0.4,0.6
q3,march,war,0.6,0.8,0.9
q3,march,peace,0.1,0.2,0.4
q3,march,stalemate,0.3,0.5,0.7
q3,drums,war,0.5,0.7,0.9
q3,drums,peace,0.1,0.3,0.5
q3,drums,stalemate,,not stated,
"""


def write_set(folder, *, questions=SETTLE, evidence=ITEMS, likelihoods=JUDGED, priors=None):
    """Write a set; a pair in place of a table spoils it, None leaves it out."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {"questions": (questions, SETTLE), "evidence": (evidence, ITEMS), "likelihoods": (likelihoods, JUDGED)}
    for name, (given, usual) in tables.items():
        if isinstance(given, tuple):
            assert given[0] in usual
            given = usual.replace(*given, 1)  # noqa: PLW2901 - what is written
        if given is not None:
            (folder / f"{name}.csv").write_bytes(given if isinstance(given, bytes) else given.encode())
    if priors is not None:
        (folder / "priors.yaml").write_text(priors, encoding="utf-8")
    return folder


def write_many(folder, count=40, *, share=0.5, seed=1, groups=10):
    """Write a set of three hypotheses and four items each, of whose stated contrasts a ``share`` is real."""
    rng = random.Random(seed)  # noqa: S311 - a test
    names = ("a", "b", "c")
    questions, items, judged = ["id,hypotheses,truth,group"], ["question,id,observed"], [JUDGED.partition("\n")[0]]
    for number in range(count):
        truth = rng.choice(names)
        questions.append(f"q{number},{'|'.join(names)},{truth},g{number % groups}")
        for item in range(4):
            mid = {name: rng.uniform(0.1, 0.9) for name in names}
            centre = sum(mid.values()) / 3
            seen = rng.random() < centre + share * (mid[truth] - centre)
            items.append(f"q{number},i{item},{'yes' if seen else 'no'}")
            judged += [f"q{number},i{item},{h},{p - 0.05:.4f},{p:.4f},{p + 0.05:.4f}" for h, p in mid.items()]
    tables = ("\n".join(rows) + "\n" for rows in (questions, items, judged))
    return write_set(folder, **dict(zip(("questions", "evidence", "likelihoods"), tables, strict=True)))


def naive_bayes(folder, exponent=1.0):
    """Return P(hypothesis) by question, from the middles alone, even weights, the likelihood to a power."""
    read = {
        name: list(csv.DictReader((folder / f"{name}.csv").read_text(encoding="utf-8").splitlines()))
        for name in ("evidence", "likelihoods")
    }
    seen = {(row["question"], row["id"]): row["observed"] == "yes" for row in read["evidence"]}
    joint = defaultdict(lambda: defaultdict(float))
    for row in read["likelihoods"]:
        mid = float(row["mid"])
        chance = mid if seen[row["question"], row["evidence"]] else 1 - mid
        joint[row["question"]][row["hypothesis"]] += exponent * math.log(chance)
    shares = {}
    for question, by_hypothesis in joint.items():
        weights = {name: math.exp(value) for name, value in by_hypothesis.items()}
        shares[question] = {name: weight / sum(weights.values()) for name, weight in weights.items()}
    return shares
