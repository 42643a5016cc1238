"""Work that is handed over is what it was then, comes back the same from everywhere, and survives what it is run on."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from functools import partial

import pytest
from cases import NAME, write_case
from piecework import costly, die, refuse, started, use
from small import sampled_case

from detente.case import find_case, read_record
from detente.errors import CaseError, Problem, SchedulerError, UnknownTargetError, WorkerError
from detente.parallel import Once, Workers, as_finished, processors
from detente.settings import Settings
from detente.verify import Plan, verify
from detente.verify.fitting import compile_nuts
from detente.verify.study import several

TWO = Workers(2)


@pytest.fixture(scope="module")
def cluster():
    """Yield the address of a cluster of two processes on this machine."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", host="127.0.0.1"
    ) as running:
        yield running.scheduler_address


def test_one_worker_needs_no_other_process():
    with Workers(1).executor() as executor:
        assert executor is None
        assert sorted(as_finished(executor, abs, [-1, 2])) == [1, 2]


def test_a_worker_keeps_to_one_thread():
    with TWO.executor() as executor:
        assert executor.submit(processors).result() == 1
        assert executor.submit(os.getenv, "OPENBLAS_NUM_THREADS").result() == "1"
    assert processors() == len(os.sched_getaffinity(0))


def test_objects_pack_their_fields_and_not_what_they_remember(bundled):
    case = bundled.changed()
    assert case.transitions
    assert case.evidence_in_force
    copy = pickle.loads(pickle.dumps(case))  # noqa: S301 - packed here
    assert copy == case.changed()
    assert "transitions" in vars(case)
    assert "transitions" not in vars(copy)


def test_what_the_user_can_mend_comes_back_from_a_worker_as_it_was_raised():
    with TWO.executor() as executor, pytest.raises(UnknownTargetError, match="did you mean `border_open`"):
        executor.submit(refuse, "border_opn").result()
    problems = [Problem("a.csv", 3, "is empty"), Problem("a.csv", 2, "is empty")]
    again = pickle.loads(pickle.dumps(CaseError(problems)))  # noqa: S301 - packed here
    assert again.problems == tuple(sorted(problems))


def test_a_killed_worker_costs_only_its_piece(tmp_path):
    with TWO.executor() as executor:
        results = sorted(as_finished(executor, partial(die, tmp_path / "died"), range(8)))
    assert results == [number * 10 for number in range(8)]
    assert (tmp_path / "died").exists()


def test_a_piece_that_kills_every_worker_is_given_up():
    with pytest.raises(WorkerError, match="fewer --workers"), TWO.executor() as executor:
        executor.submit(die, None, 1).result()


def interrupt(mark):
    """Press Ctrl-C once long work has begun."""
    with TWO.executor() as executor:
        executor.submit(started, mark)
        while not mark.exists():
            time.sleep(0.01)
        raise KeyboardInterrupt


def test_interrupted_work_is_not_waited_for(tmp_path):
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupt(tmp_path / "mark")
    assert time.monotonic() - began < 30


def test_workers_end_with_the_process_that_started_them():
    """However it ends: a worker would wait for work for ever, and keep the pipe of its output open."""
    work = """
from detente.parallel import Workers
import time
if __name__ == "__main__":
    with Workers(2).executor() as executor:
        print(executor.submit(abs, -2).result(), flush=True)
        time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", work], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout.readline() == "2\n"
        parent.kill()
        assert parent.stdout.read() == ""  # which ends only once every process that holds the pipe is gone


def test_something_costly_is_made_once_a_process(tmp_path):
    log = tmp_path / "made"
    with TWO.executor() as executor:
        results = list(as_finished(executor, partial(use, Once(costly, str(log))), range(12)))
    assert {text for _, text, _ in results} == {"compiled"}
    assert sorted(log.read_text().split()) == sorted({str(process) for _, _, process in results})


def test_a_cluster_gives_the_same_digits_as_processes_and_as_none(cluster, tmp_path, monkeypatch):
    from detente.evaluation.track import PIECE, track

    whole = read_record(find_case(NAME, write_case(tmp_path)))[0]
    monkeypatch.setattr("detente.evaluation.track.FEW", 0)  # so few dates would else stay in this process
    plan = Plan(replicates=3, engines=("exact",))
    case, answers = whole.as_of(whole.information_cutoff), []
    for workers in (Workers(1), TWO, Workers(scheduler=cluster)):
        with workers.executor() as executor:
            told = []
            verified = verify(case, plan, executor=executor, progress=lambda *stage, told=told: told.append(stage))
            replay = track(whole, settings=Settings("exact"), executor=executor)
            answers.append((verified.to_json(), replay.points))
        assert len(replay.points) > PIECE  # or one worker would have them all
        assert told[-1] == ("replicates with the exact engine", 1.0)
    assert answers[1] == answers[0]
    assert answers[2] == answers[0]


@pytest.mark.sampling
def test_a_sampled_replicate_is_the_same_in_another_process():
    case = sampled_case()
    plan = Plan(draws=80, tune=100, engines=("nuts",))
    work = partial(several, case, Once(compile_nuts, case, plan), plan.random_seed)
    with TWO.executor() as executor:
        assert executor.submit(work, [3]).result() == work([3])


def test_a_cluster_survives_a_worker_and_makes_equal_calls_as_often_as_asked(cluster, tmp_path):
    with Workers(scheduler=cluster).executor() as executor:
        assert sorted(as_finished(executor, partial(die, tmp_path / "died"), range(6))) == [0, 10, 20, 30, 40, 50]
        first, second = (executor.submit(time.monotonic_ns).result() for _ in range(2))
        assert first != second
        with pytest.raises(UnknownTargetError, match="border_open"):
            executor.submit(refuse, "border_opn").result()


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr("detente.parallel.cluster.PATIENCE", "1s")
    with (
        pytest.raises(SchedulerError, match=r"--scheduler .*127\.0\.0\.1:9.*dask scheduler"),
        TWO.changed(scheduler="tcp://127.0.0.1:9").executor(),
    ):
        pass


def test_workers_with_several_threads_are_refused():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=1,
            threads_per_worker=2,
            processes=False,
            protocol="tcp://",
            dashboard_address="127.0.0.1:0",
            host="127.0.0.1",
        ) as running,
        pytest.raises(SchedulerError, match="--nthreads 1"),
        Workers(scheduler=running.scheduler_address).executor(),
    ):
        pass
