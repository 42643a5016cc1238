"""A crash at any point leaves the case as before or as after; two updates at once queue; readers see no mixture."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from bulletins import BULLETIN, item_bulletin
from cases import write_case

from detente.case import find_case, read_record
from detente.case.transaction import JOURNAL, alone, digest_of
from detente.errors import InterruptedUpdateError
from detente.update import update

CRASH = Path(__file__).with_name("crash.py")
posix = pytest.mark.skipif(sys.platform == "win32", reason="fork and SIGKILL")


def crash(*arguments):
    done = subprocess.run([sys.executable, CRASH, *arguments], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@posix
def test_an_update_that_ends_before_any_of_its_steps_leaves_the_old_case_or_the_new():
    seen = crash("points")
    assert seen[0] == "old"
    assert seen[-1] == "new"
    assert "journal" in seen
    order = {"old": 0, "journal": 1, "new": 2}
    assert [order[one] for one in seen] == sorted(order[one] for one in seen)


@posix
def test_fifty_kills_at_random_moments_leave_the_old_case_or_the_new():
    seen = crash("moments", "50")
    assert len(seen) == 50
    assert {"old"} < set(seen)


def test_updates_at_the_same_time_queue_and_none_is_lost(tmp_path):
    location = find_case("dispute", write_case(tmp_path))
    waited = []

    def take(number):
        text = item_bulletin(f"item{number}", "2023-03-10")
        update(location, text, "news.yaml", when_waiting=lambda: waited.append(number))

    with alone(location):
        threads = [threading.Thread(target=take, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        while len(waited) < 4:
            threads[0].join(0.01)
    for thread in threads:
        thread.join()
    case, _ = read_record(location)
    assert {item.id for item in case.evidence} > {"item0", "item1", "item2", "item3"}


def test_readers_see_the_case_before_or_after_and_no_mixture(tmp_path):
    location = find_case("dispute", write_case(tmp_path))
    seen, done = [], threading.Event()

    def read():
        while not done.is_set():
            seen.append(len(read_record(location)[0].evidence))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(8):
        update(location, item_bulletin(f"item{number}", "2023-03-10"), "news.yaml")
    done.set()
    for reader in readers:
        reader.join()
    assert seen
    assert set(seen) <= set(range(3, 12))


def test_a_file_edited_after_an_interrupted_update_is_not_overwritten(tmp_path):
    location = find_case("dispute", write_case(tmp_path))
    journal = location.seeds / JOURNAL
    journal.mkdir()
    (journal / "evidence.csv").write_bytes(b"id\n")
    change = {"what": "x", "files": {"evidence.csv": ["seeds", "0", digest_of(journal / "evidence.csv")]}}
    (journal / "change.json").write_text(json.dumps(change), encoding="utf-8")
    with pytest.raises(InterruptedUpdateError, match=r"to keep the edit, delete .*\.journal"):
        read_record(location)
    with pytest.raises(InterruptedUpdateError):
        update(location, BULLETIN, "news.yaml")
