"""The use case: replicates that depend on seed and number only, resumption, verdicts."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor

import pytest
from cases import NAME, write_case
from small import sampled_case

from detente import load_case
from detente.verify import Plan, verify
from detente.verify.fitting import ExactFitter
from detente.verify.replicate import replicate
from detente.verify.result import worst
from detente.verify.study import COMPARED, PIECE, STAGES, agree
from detente.verify.verdicts import holm

PLAN = Plan(replicates=6, engines=("exact",), exact_draws=80)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return load_case(NAME, write_case(tmp_path_factory.mktemp("case")))


@pytest.fixture(scope="module")
def whole(case):
    """Return the verification that was never interrupted."""
    return verify(case, PLAN)


def test_replicates_depend_on_seed_and_number_only(case):
    engine = ExactFitter(PLAN)
    later = replicate(case, engine, 5, 3)
    replicate(case, engine, 5, 0)
    assert replicate(case, engine, 5, 3) == later
    assert replicate(case, engine, 6, 3) != later


def test_every_parameter_and_every_window_is_there(case, whole):
    names = {row.name for row in whole.engines[0].quantities}
    assert {"discrimination", "hypothesis_weight[sincere]", "hypothesis_probability[sincere]"} <= names
    assert {"cluster_correlation[speeches]", "common_cause[speeches]", "step_effect[ladder:apart>met]"} <= names
    assert {"joint_log_likelihood", "winner_probability[incumbent]"} <= names
    assert sum(name.startswith("regime_effect") for name in names) == 3 * 2 * 3
    for outcome in case.outcomes:
        windows = {f"{outcome.id}.{window}" for window in ("before_election", "after_election", "horizon")}
        assert windows <= names
    assert whole.engines[0].tests == len(names) + len(whole.engines[0].calibrations)


def test_deadlines_are_windows_too(case):
    """Each is forecast and scored by futures; what comes by a deadline has come by a later one."""
    days = (dt.date(2023, 4, 1), dt.date(2023, 9, 1))
    timed = case.changed(deadlines=days)
    engine = ExactFitter(PLAN)
    windows = ("by:2023-04-01", "before_election", "by:2023-09-01", "horizon")
    for number in range(5):
        found = replicate(timed, engine, 1, number)
        for outcome in case.outcomes:
            names = [f"{outcome.id}.{window}" for window in windows]
            assert set(names) <= found.places.keys()
            chances, came = zip(*(found.futures[name] for name in names), strict=True)
            assert list(chances) == sorted(chances)
            assert list(came) == sorted(came)


def test_other_processes_give_the_same_answer(case, whole):
    with ThreadPoolExecutor(2) as executor:
        assert verify(case, PLAN, executor=executor) == whole


class Taker(Executor):
    """An executor that takes what it is given, and does none of it."""

    def __init__(self):
        self.stages = []

    def submit(self, fn, /, *args, **kwargs):
        self.stages.append(args[0].stage)
        refused = Future()
        refused.set_exception(InterruptedError())
        return refused


def test_no_worker_waits_for_the_end_of_a_stage(case):
    """What takes longest comes first: a comparison of the engines, on one worker, is as long as many replicates."""
    taker = Taker()
    with pytest.raises(InterruptedError):
        verify(case, Plan(replicates=PIECE + 1, random_cases=1), executor=taker)
    assert taker.stages == [COMPARED] * 2 + [STAGES["nuts"]] * 2 + [STAGES["exact"]] * 2


def test_an_interrupted_verification_goes_on_and_ends_the_same(case, whole, tmp_path):
    path = tmp_path / "checkpoint"

    class StoppedError(Exception):
        pass

    def stop(stage, done):
        if done is not None and done > 0.4:
            raise StoppedError

    with pytest.raises(StoppedError):
        verify(case, PLAN, checkpoint=path, progress=stop)
    finished = path.read_bytes().count(b'"key"')
    assert 0 < finished < PLAN.replicates
    path.write_bytes(path.read_bytes()[:-7])  # and the last line was torn
    assert verify(case, PLAN, checkpoint=path) == whole
    assert not path.exists()


def test_more_replicates_begin_with_those_there_are(case, tmp_path):
    told = []
    path = tmp_path / "checkpoint"

    def stop_at_the_end(stage, done):
        told.append(done)
        if done == 1.0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify(case, PLAN, checkpoint=path, progress=stop_at_the_end)
    told.clear()
    more = verify(
        case, dataclasses.replace(PLAN, replicates=8), checkpoint=path, progress=lambda _, done: told.append(done)
    )
    assert told[0] == 6 / 8
    assert more == verify(case, dataclasses.replace(PLAN, replicates=8))


PROGRAM = """
import sys
from pathlib import Path
from detente import load_case
from detente.verify import Plan, verify
case = load_case(None, Path(sys.argv[1]))
verify(case, Plan(replicates=100000, engines=("exact",), exact_draws=80), checkpoint=Path(sys.argv[2]))
"""


@pytest.mark.slow
def test_a_kill_leaves_a_checkpoint_to_go_on_from(case, whole, tmp_path):
    workspace, path = write_case(tmp_path / "w"), tmp_path / "checkpoint"
    program = subprocess.Popen([sys.executable, "-c", PROGRAM, workspace, path])
    try:
        deadline = time.monotonic() + 120
        while (not path.exists() or path.read_bytes().count(b"\n") < 4) and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        os.kill(program.pid, signal.SIGKILL)
        program.wait()
    told = []
    assert verify(case, PLAN, checkpoint=path, progress=lambda _, done: told.append(done)) == whole
    assert told[0] >= 3 / PLAN.replicates


def test_few_replicates_are_no_pass(whole):
    assert whole.verdict == "too few"
    assert whole.engines[0].power.shift > 1


def test_verdicts_and_holms_order():
    assert worst(("pass", "too few", "fail")) == "fail"
    assert worst(("pass", "too few")) == "too few"
    assert worst(("pass", "pass")) == "pass"
    # Holm (1979) by hand: 0.01 <= 0.05/4, 0.016 <= 0.05/3, 0.03 > 0.05/2 stops it.
    assert holm({"a": 0.016, "b": 0.01, "c": 0.03, "d": 0.04}, 0.05) == ("b", "a")


def test_the_result_can_be_written_as_json(whole):
    told = json.loads(json.dumps(whole.to_json()))
    assert told["schema"] == 1
    assert told["engines"][0]["quantities"][0].keys() == {"name", "group", "p_value", "outside", "farthest"}


@pytest.mark.sampling
def test_sampled_agrees_with_exact():
    found = agree(sampled_case([(0.7, 0.4), (0.3, 0.6)], width=0.1, gamma=(0.6, 0.15)), Plan(agreement_draws=500))
    assert (found.verdict, found.quantities) == ("pass", 3)
    assert found.max_z <= 4
