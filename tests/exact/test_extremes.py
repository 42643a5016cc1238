"""Stated numbers at the edge of what can be computed leave no trace but a sane answer."""

from __future__ import annotations

import numpy as np
from small import make_case

from detente import exact


def test_certain_source_among_others_in_a_cluster_of_one_cause():
    """One source wholly reliable, one not, nearly one common cause: chances far below what a float holds are no nan."""
    case = make_case(mids=[(0.999, 0.001), (0.6, 0.4), (0.001, 0.999)], clusters=["c"] * 3, rho=(0.999, 0.0005))
    graded = tuple(item.changed(reliability=letter) for item, letter in zip(case.evidence, "ABA", strict=True))
    reliability = {**case.priors.reliability, "A": 1.0, "B": 0.9}
    case = case.changed(evidence=graded, priors=case.priors.changed(reliability=reliability))
    found = exact.posterior(case)
    assert np.isfinite(found.probability).all()
    assert np.isfinite(found.without_item).all()
    assert np.isclose(found.probability.sum(), 1)
