"""What is compiled is kept for later runs, and a cache that is damaged or full costs only time."""

from __future__ import annotations

import numba
import pytest
from numba.core.caching import IndexDataCacheFile, UserProvidedCacheLocator

from detente.loops import compiled


@pytest.fixture
def loop(monkeypatch, tmp_path):
    """Return a function that takes a loop as another process would: 1 + 1, and whether it was loaded."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))

    def one_more(x):
        return x + 1

    def taken():
        dispatcher = compiled()(one_more)
        return dispatcher(1), bool(dispatcher.stats.cache_hits)

    return taken


def refuse(*_, **__):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("left", [0, 100])
def test_a_kept_loop_that_was_cut_short_is_compiled_again(loop, tmp_path, kind, left):
    assert [loop(), loop()] == [(2, False), (2, True)]
    (file,) = tmp_path.rglob(f"*.{kind}")
    file.write_bytes(file.read_bytes()[:left])
    assert [loop(), loop()] == [(2, False), (2, True)]


@pytest.mark.parametrize("refused", ["_save_index", "_save_data"])
def test_where_there_is_no_room_nothing_is_kept(loop, monkeypatch, refused):
    with monkeypatch.context() as full:
        full.setattr(IndexDataCacheFile, refused, refuse)
        assert [loop(), loop()] == [(2, False), (2, False)]
    assert [loop(), loop()] == [(2, False), (2, True)]


def test_a_damaged_index_that_cannot_be_deleted_ends_nothing(loop, monkeypatch, tmp_path):
    loop()
    (index,) = tmp_path.rglob("*.nbi")
    index.write_bytes(b"")
    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    assert loop() == (2, False)


def test_an_older_loop_is_not_taken_for_one_that_could_not_be_kept(loop, monkeypatch):
    """Numba names the file in the index before it writes it, and the older loop's has that name."""
    loop()
    monkeypatch.setattr(UserProvidedCacheLocator, "get_source_stamp", lambda _: "later")
    with monkeypatch.context() as full:
        full.setattr(IndexDataCacheFile, "_save_data", refuse)
        assert loop() == (2, False)
    assert loop() == (2, False)
