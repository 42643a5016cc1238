"""Kill updates, again and again: run by test_crash.py as a program of its own, so that it may fork.

`crash.py points`: a child ends itself before the k-th change it makes to the file system, for every k.
`crash.py moments N`: a child is killed (SIGKILL) at one of N moments of its life, picked at random.
After each the case must be the old or the new one, acceptable to `detente check`, and updating must work again.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from bulletins import BULLETIN
from cases import write_case

from detente.case import find_case, read_record
from detente.case.check import examine
from detente.errors import BulletinError
from detente.update import update

TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree", "os.chmod", "os.truncate")


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    return find_case("dispute", write_case(folder))


def digest(location):
    return read_record(location)[0].inputs_sha256


def child(location, fatal):
    """Update in a child; with ``fatal`` it ends before its so manyth step."""
    pid = os.fork()
    if pid == 0:
        count = 0

        def hook(event, arguments):
            nonlocal count
            is_read = event == "open" and not (isinstance(arguments[2], int) and arguments[2] & TO_WRITE)
            if event in EVENTS and str(location.root) in str(arguments[0]) and not is_read:
                count += 1
                if count == fatal:
                    os._exit(9)

        if fatal:
            sys.addaudithook(hook)
        update(location, BULLETIN, "news.yaml")
        os._exit(0)
    return pid


def judge(location, old, new):
    """Return which case is there, and make sure that it is sound and that work can go on."""
    was_journal = (location.seeds / ".journal").exists()
    examine(location)
    assert not (location.seeds / ".journal").exists()
    found = {old: "old", new: "new"}[digest(location)]
    if was_journal:
        assert found == "new"
        found = "journal"
    with nullcontext() if found == "old" else pytest.raises(BulletinError, match="taken in already"):
        update(location, BULLETIN, "news.yaml")
    assert digest(location) == new
    left = [path.name for folder in (location.seeds, location.priors) for path in folder.glob(".*")]
    assert sorted(left) == [".last", ".lock"], left
    return found


def main():
    folder = Path(tempfile.mkdtemp())
    location = fresh(folder)
    old = digest(location)
    start = time.perf_counter()
    assert os.waitpid(child(location, 0), 0)[1] == 0
    took = time.perf_counter() - start
    new = digest(location)
    assert old != new
    seen = []
    if sys.argv[1] == "points":
        status = 9
        while status:
            location = fresh(folder)
            status = os.waitstatus_to_exitcode(os.waitpid(child(location, len(seen) + 1), 0)[1])
            assert status in {0, 9}, status
            seen.append(judge(location, old, new))
    else:
        chance = random.Random(1)  # noqa: S311 - when to kill
        for _ in range(int(sys.argv[2])):
            location = fresh(folder)
            pid = child(location, 0)
            time.sleep(chance.uniform(0.2, 1.1) * took)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            seen.append(judge(location, old, new))
    shutil.rmtree(folder)
    sys.stdout.write(" ".join(seen))


if __name__ == "__main__":
    main()
