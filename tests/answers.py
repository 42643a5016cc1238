"""Simulated panels of answers with their truths, whose parameters are known."""

from __future__ import annotations

import csv
import gzip

import numpy as np
from scipy.special import ndtri

MEDIAN, LOG_SD, DF = 1.8, 0.5, 2.0
HEADS = ("study", "expert", "item", "scale", "mass", "low", "mid", "high", "truth")


def simulated(seed, studies=20, assessors=15, items=12):
    """Return rows of a panel: ranges of 90% or 80%, of ratios or not, with errors of the model's kind."""
    rng = np.random.default_rng(seed)
    rows = []
    for study in range(studies):
        for assessor in range(assessors):
            factor = MEDIAN * np.exp(LOG_SD * rng.standard_normal())
            for item in range(items):
                mid, half, mass = rng.normal(), rng.uniform(0.2, 1), float(rng.choice([0.8, 0.9]))
                truth = mid + half / ndtri(0.5 + mass / 2) * factor * rng.standard_t(DF)
                values = np.array([mid - half, mid, mid + half, truth])
                scale = "log" if item % 2 else "uni"
                values = np.exp(values) if scale == "log" else values
                rows.append((f"s{study}", f"e{assessor}", f"i{item}", scale, mass, *map(float, values)))
    return rows


def write(path, rows, heads=HEADS):
    with gzip.open(path, "wt") if path.suffix == ".gz" else path.open("w") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        writer.writerows(rows)
    return path
