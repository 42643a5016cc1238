"""Work for other processes: they import it, which they could not from a test."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from detente.errors import UnknownTargetError

if TYPE_CHECKING:
    from detente.parallel import Once


def die(once: Path | None, number: int) -> int:
    """End the process the first time (``once`` is a mark on disk), or every time."""
    if number == 1 and (once is None or not once.exists()):
        if once is not None:
            once.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * 10


def started(mark: Path) -> None:
    """Work for a long time, and say that it has begun."""
    mark.touch()
    time.sleep(60)


def refuse(text: str) -> None:
    raise UnknownTargetError(text, ["border_open"])


def costly(made_in: str) -> str:
    with Path(made_in).open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")
    return "compiled"


def use(once: Once[str], number: int) -> tuple[int, str, int]:
    time.sleep(0.05)
    return number, once(), os.getpid()
