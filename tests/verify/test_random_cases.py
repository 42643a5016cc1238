"""Random cases: valid, and as odd as they are meant to be."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from detente import exact
from detente.case import check_cutoff
from detente.case.schema import Case
from detente.verify.random_cases import random_case


def made(count):
    return [random_case(np.random.default_rng([9, seed]), f"random-{seed}") for seed in range(count)]


def test_they_are_valid_and_repeat():
    for case, again in zip(made(30), made(30), strict=True):
        check_cutoff(case)
        msgspec.convert(msgspec.to_builtins(case, enc_hook=str), Case)
        assert case == again
        assert exact.posterior(case).probability.sum() == pytest.approx(1)
        for process in case.processes:
            reached = process.beyond[process.start.state]
            assert reached == set(process.states)
            state, day = process.start.state, process.start.date
            for event in case.history(process.id):
                assert event.state in {step.target for step in process.successors(state)}
                assert event.date > day
                state, day = event.state, event.date


def test_they_vary_in_what_matters():
    cases = made(80)
    assert {len(case.hypotheses) for case in cases} == {2, 3, 4}
    assert {len(case.winner_ids) for case in cases} == {0, 2, 3}
    assert {len(case.processes) for case in cases} == {0, 1, 2, 3}
    assert {bool(case.winner) for case in cases if case.election} == {True, False}
    assert any(case.priors.couplings for case in cases)
    assert any(case.priors.discrimination.sd == 0 for case in cases)
    items = [item for case in cases for item in case.evidence]
    assert any(item.retracted_on for item in items)
    assert any(item.expected_by and not item.observed for item in items)
    assert any(len(case.evidence_in_force) < len(case.evidence) for case in cases)
    assert any(case.clusters_in_force for case in cases)
    assert any(case.history(process.id) for case in cases for process in case.processes)
