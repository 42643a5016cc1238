"""Taking the last change back: every file is as it was, and what was edited since is left alone."""

from __future__ import annotations

import pytest
from bulletins import BULLETIN, item_bulletin
from cases import write_case

from detente.case import find_case, read_record
from detente.case.transaction import LAST, take_back
from detente.errors import DamagedJournalError, NothingToUndoError, OutputError
from detente.update import update


@pytest.fixture
def location(tmp_path):
    return find_case("dispute", write_case(tmp_path))


def contents(location):
    folders = (location.seeds, location.priors)
    return {path: path.read_bytes() for folder in folders for path in folder.iterdir() if path.name[0] != "."}


def test_every_file_is_as_it_was_and_a_new_one_is_gone(location):
    before = contents(location)
    update(location, BULLETIN, "news.yaml")
    after = contents(location)
    assert set(after) - set(before)
    what, files = take_back(location)
    assert (what, contents(location)) == ("news.yaml", before)
    assert set(files) == {path for path in after if after[path] != before.get(path)}


def test_done_twice_the_change_is_there_again(location):
    before = contents(location)
    update(location, BULLETIN, "news.yaml")
    after = contents(location)
    take_back(location)
    assert take_back(location)[0] == "undo of news.yaml"
    assert contents(location) == after
    assert take_back(location)[0] == "news.yaml"
    assert contents(location) == before


def test_only_the_last_change_is_taken_back(location):
    update(location, item_bulletin("first", "2023-03-05"), "first.yaml")
    between = contents(location)
    update(location, item_bulletin("second", "2023-03-06"), "second.yaml")
    assert take_back(location)[0] == "second.yaml"
    assert contents(location) == between
    assert read_record(location)[0].evidence[-1].id == "first"


def test_a_file_edited_since_is_left_alone(location):
    update(location, BULLETIN, "news.yaml")
    path = location.seeds / "evidence.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    edited = contents(location)
    with pytest.raises(NothingToUndoError, match=r"evidence\.csv: has been edited since the last change"):
        take_back(location)
    assert contents(location) == edited


@pytest.mark.parametrize("damage", [b"", b"[]", b"null", b'{"what": 1, "files": {"case.yaml": 2}}'])
def test_without_a_change_there_is_nothing_to_take_back(location, damage):
    with pytest.raises(NothingToUndoError, match="dispute: there is no change to take back"):
        take_back(location)
    update(location, BULLETIN, "news.yaml")
    (location.seeds / LAST / "change.json").write_bytes(damage)
    with pytest.raises(NothingToUndoError, match="dispute: there is no change to take back"):
        take_back(location)


def test_a_change_that_failed_is_not_the_last_change(location, monkeypatch):
    update(location, item_bulletin("first", "2023-03-05"), "first.yaml")

    def fail(files, was):
        raise OutputError(next(iter(files)), OSError(28, "No space left on device"))

    with monkeypatch.context() as patch:
        patch.setattr("detente.case.transaction.replace_files", fail)
        with pytest.raises(OutputError):
            update(location, item_bulletin("second", "2023-03-06"), "second.yaml")
    assert take_back(location)[0] == "first.yaml"


@pytest.mark.parametrize(
    "entries", ["x", "[]", "null", '{"case.yaml": "seeds"}', '{"case.yaml": ["seeds", null]}',
                '{"": ["seeds", null, null]}', '{"x": ["/tmp", null, null]}', '{"../x": ["seeds", null, null]}']
)  # fmt: skip
def test_a_journal_that_is_damaged_or_leads_elsewhere_is_one_line(location, entries):
    journal = location.seeds / ".journal"
    journal.mkdir()
    (journal / "change.json").write_text(f'{{"what": "x", "files": {entries}}}', encoding="utf-8")
    (journal / "x").write_bytes(b"planted")
    with pytest.raises(DamagedJournalError, match=r"\.journal: cannot be read"):
        read_record(location)
