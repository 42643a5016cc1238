"""Loops over numbers, compiled where arrays would be slow or large.  To import numba takes a third of a second."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numba
from numba.core.caching import FunctionCache

if TYPE_CHECKING:
    from collections.abc import Callable

RELAXED = frozenset({"reassoc", "contract", "nsz", "arcp"})
"""Sums may be taken in any order; that every number is finite is not promised to the compiler."""


class Cache(FunctionCache):  # type: ignore[misc]  # numba's is untyped
    """Numba's cache of a function, which costs only time where a file of it is damaged or cannot be written."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:  # noqa: ANN401 - numba's
        """Return what was kept for a signature, or None if there is none or it cannot be read."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # noqa: BLE001 - whatever numba raises where a file was cut short
            self.forget()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:  # noqa: ANN401 - numba's
        """Keep what was compiled for a signature, if there is room."""
        try:
            super().save_overload(sig, data)
        except Exception:  # noqa: BLE001 - of a full disk, or of an index that could be neither read nor forgotten
            self.forget()

    def forget(self) -> None:
        """Delete the index: it may be damaged, or name a file that an older loop was kept in and no newer took over."""
        with suppress(OSError):
            Path(self._cache_file._index_path).unlink(missing_ok=True)  # noqa: SLF001 - a flush would need room


def compiled[**P, R](
    liberties: frozenset[str] = frozenset(), *, is_copied: bool = False
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Have a loop compiled when it is first called, and kept for later runs; other threads run meanwhile.

    Without ``liberties`` it rounds as it is written, number by number, and so as numpy does.  One that ``is_copied``
    becomes part of those that call it: a short loop takes less time than a call.
    """

    def decorated(loop: Callable[P, R]) -> Callable[P, R]:
        inline = "always" if is_copied else "never"
        dispatcher = numba.njit(nogil=True, fastmath=set(liberties), error_model="numpy", inline=inline)(loop)
        with suppress(RuntimeError):  # neither beside the module nor in the user's own cache can anything be written
            dispatcher._cache = Cache(loop)  # noqa: SLF001 - as its own `enable_caching`
        return dispatcher

    return decorated
