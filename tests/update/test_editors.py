"""An editor keeps to no lock: what it saves while a command is at work stays, and the command goes on or says so."""

from __future__ import annotations

import errno
import importlib
import itertools
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import pytest
from bulletins import item_bulletin
from cases import EVIDENCE, write_case

from detente.case import find_case, read_record, writing
from detente.case.files import digests
from detente.case.transaction import JOURNAL, alone, commit, content_of
from detente.case.writing import digest, replace_files
from detente.errors import ChangedOnDiskError, OutputError

update = importlib.import_module("detente.update")
STEPS = {"open", "os.mkdir", "os.rename", "os.remove"}
STEP = []
"""What is called before each step of ours that the system sees; a hook stays for good."""
sys.addaudithook(lambda event, arguments: STEP[0](event, arguments) if STEP else None)


@pytest.fixture
def before_swaps(monkeypatch):
    """Return a function that has another one called with both paths before each swap."""
    swap = writing.exchange

    def call(first):
        def crossed(one, two):
            first(one, two)
            return swap(one, two)

        monkeypatch.setattr(writing, "exchange", crossed)

    return call


@pytest.mark.parametrize(
    ("held", "met", "saved"),
    [
        (b"old", b"old", {"a.csv": b"theirs"}),
        (b"theirs", b"new", {"a.csv": b"theirs, again", "b.csv": b"theirs as well"}),
    ],
    ids=["between the look and the swap", "while a swap is undone, and a file that was replaced before"],
)
def test_what_is_saved_as_a_file_is_swapped_stays(tmp_path, before_swaps, held, met, saved):
    path, other = tmp_path / "a.csv", tmp_path / "b.csv"
    path.write_bytes(held)
    other.write_bytes(b"old")

    def save(_, two):
        if two == path and path.read_bytes() == met:
            for name, content in saved.items():
                (tmp_path / name).write_bytes(content)

    before_swaps(save)
    was = {digest(b"old")}
    with pytest.raises(ChangedOnDiskError, match=r"a\.csv: was changed on disk meanwhile"):
        replace_files({other: b"new", path: b"new"}, {path: was, other: was})
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"b.csv": b"old"} | saved


def test_what_was_saved_and_then_moved_away_is_there_again(tmp_path, before_swaps):
    """An editor saves between the look and the swap, and keeps the file under another name before it saves again."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"theirs")
    swaps = []

    def move_away(_, two):
        if swaps:
            two.rename(tmp_path / "a.csv.orig")
        swaps.append(two)

    before_swaps(move_away)
    with pytest.raises(ChangedOnDiskError):
        replace_files({path: b"new"}, {path: {digest(b"old")}})
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"a.csv": b"theirs", "a.csv.orig": b"new"}


@pytest.mark.parametrize("saved", [False, True])
def test_where_nothing_can_be_swapped_what_was_replaced_is_written_again_in_full(tmp_path, monkeypatch, saved):
    """Unless an editor has saved it since; a file that was not there goes again."""
    first, fresh, last = (tmp_path / name for name in ("a.csv", "b.csv", "c.csv"))
    first.write_bytes(b"old")
    first.chmod(0o640)
    last.write_bytes(b"theirs")

    def refused(*_):
        if saved and first.read_bytes() == b"new":
            first.write_bytes(b"theirs as well")
        return False

    monkeypatch.setattr(writing, "exchange", refused)
    with pytest.raises(ChangedOnDiskError):
        replace_files({first: b"new", fresh: b"new", last: b"new"}, {last: {digest(b"old")}})
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {
        "a.csv": b"theirs as well" if saved else b"old",
        "c.csv": b"theirs",
    }
    assert first.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("answer", [0, errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EMLINK])
@pytest.mark.parametrize("saved", [False, True])
def test_what_was_taken_away_is_given_back_unless_it_was_saved_since(tmp_path, monkeypatch, answer, saved):
    gone, other = tmp_path / "a.csv", tmp_path / "b.csv"
    gone.write_bytes(b"old")
    other.write_bytes(b"theirs")
    monkeypatch.setattr(writing, "exchange", lambda *_: saved and gone.write_bytes(b"saved") and False)
    if answer:
        monkeypatch.setattr(Path, "hardlink_to", Mock(side_effect=OSError(answer, "no links")))
    with pytest.raises(ChangedOnDiskError):
        replace_files({gone: None, other: b"new"}, {other: {digest(b"old")}})
    content = b"saved" if saved else b"old"
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"a.csv": content, "b.csv": b"theirs"}


def test_where_nothing_can_be_swapped_the_look_is_all_there_is(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    monkeypatch.setattr(writing, "exchange", lambda *_: False)
    with pytest.raises(ChangedOnDiskError):
        replace_files({path: b"new"}, {path: {digest(b"other")}})
    replace_files({path: b"new"}, {path: {digest(b"old")}})
    assert path.read_bytes() == b"new"


def test_a_change_made_from_another_content_is_not_committed(tmp_path):
    location = find_case("dispute", write_case(tmp_path))
    path = location.seeds / "evidence.csv"
    with alone(location), pytest.raises(ChangedOnDiskError):
        commit(location, {path: b"new"}, "x", read={path: digest(b"what it was")})
    assert path.read_text() == EVIDENCE
    assert not (location.seeds / JOURNAL).exists()


@pytest.fixture
def before_step():
    """Return a function that has another one called before the so manyth step of ours below a folder."""

    def call(first, number, folder):
        steps = itertools.count(1)

        def look(event, arguments):
            if event in STEPS and str(folder) in str(arguments[0]) and next(steps) == number:
                STEP.clear()
                first()

        STEP.append(look)

    yield call
    STEP.clear()


@pytest.mark.parametrize("new", [b"new", None])
def test_a_save_before_any_step_of_a_change_stays(tmp_path, before_step, new):
    number = 0
    while not STEP:
        number += 1
        location = find_case("dispute", write_case(tmp_path / str(number)))
        path, other = location.seeds / "evidence.csv", location.seeds / "case.yaml"
        saved = path.with_name("evidence.csv~")
        saved.write_bytes(b"theirs")
        with alone(location), suppress(ChangedOnDiskError):
            read = digests(location)
            before_step(partial(saved.replace, path), number, location.root)
            commit(location, {path: new, other: b"new"}, "x", read=read)
        assert content_of(path) == (new if STEP else b"theirs"), number
    assert number > 20


def test_what_cannot_be_read_is_one_line(tmp_path):
    location = find_case("dispute", write_case(tmp_path))
    (location.seeds / "polls.csv").mkdir()
    with alone(location), pytest.raises(OutputError, match="cannot"):
        commit(location, {location.seeds / "polls.csv": b"new"}, "x")


def test_a_bulletin_is_prepared_anew_where_an_editor_saved_meanwhile(tmp_path, monkeypatch):
    location = find_case("dispute", write_case(tmp_path))
    path = location.seeds / "evidence.csv"
    prepare, calls = update._prepared, []

    def crossed(*arguments):
        made = prepare(*arguments)
        if not calls:
            path.write_text(EVIDENCE.replace("North raised a glass.", "North raised two glasses."))
        calls.append(1)
        return made

    monkeypatch.setattr(update, "_prepared", crossed)
    update.update(location, item_bulletin("first", "2023-03-05"), "first.yaml")
    assert len(calls) == 2
    items = {item.id: item.claim for item in read_record(location)[0].evidence}
    assert items["toast"] == "North raised two glasses."
    assert "first" in items
