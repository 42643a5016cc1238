"""Store finished results, one line each, appended and flushed, so that an interrupted command can resume.

The first line of the file states what the results belong to: inputs, settings, versions and the program's own source.
Results of anything else are discarded.  Each line carries a checksum, and a line torn by a crash is cut off.
"""

from __future__ import annotations

import json
import os
import zlib
from typing import TYPE_CHECKING, Any

from detente.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import IO, Self


class Checkpoint:
    """Results by key in a file, to be used as a context manager; without a path they are kept in memory alone.

    Only one process at a time may have the file open; a second one gets an error that says so.
    """

    def __init__(self, path: Path | None, belongs_to: Mapping[str, Any]) -> None:
        """Store the path and what the results belong to, without opening the file."""
        self.path = path
        self._head = _line({"belongs_to": dict(belongs_to)})
        self._file: IO[bytes] | None = None
        self.results: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Open and lock the file, and read the finished results."""
        if self.path is None:
            return self
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)  # never through a link
            self._file = os.fdopen(os.open(self.path, flags, 0o666), "a+b")
            _lock(self._file)
            self._read(self._file)
        except OSError as error:
            if self._file is not None:
                self._file.close()
            raise OutputError(self.path, error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file, which releases its lock."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def add(self, key: str, value: Any) -> None:  # noqa: ANN401 - anything json can write
        """Append a result.

        Raises
        ------
        OutputError
            If it cannot be written; earlier results are safe.
        """
        if self.path is not None:
            assert self._file is not None  # noqa: S101 - only inside its context
            try:
                self._file.write(_line({"key": key, "value": value}))
                self._file.flush()
                os.fsync(self._file.fileno())
            except OSError as error:
                raise OutputError(self.path, error) from error
        self.results[key] = value

    def _read(self, file: IO[bytes]) -> None:
        """Read intact lines, and truncate the file where they end or belong to something else."""
        file.seek(0)
        intact = 0
        for number, line in enumerate(file):
            if number == 0:
                if line != self._head:
                    break
            else:
                entry = _entry(line)
                if entry is None:
                    break
                self.results[entry["key"]] = entry["value"]
            intact += len(line)
        file.truncate(intact)
        if intact == 0:
            file.write(self._head)
            file.flush()

    def remove(self) -> None:
        """Delete the file once the work is complete."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def _line(entry: Mapping[str, Any]) -> bytes:
    text = json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _entry(line: bytes) -> dict[str, Any] | None:
    """Parse a line; None if it is not intact."""
    checksum, _, text = line.rstrip(b"\n").partition(b" ")
    if not line.endswith(b"\n") or checksum != b"%08x" % zlib.crc32(text):
        return None
    entry: dict[str, Any] = json.loads(text)
    return entry


def _lock(file: IO[bytes]) -> None:
    """Lock out other processes; the system releases the lock when the process ends, however it ends."""
    try:
        import fcntl
    except ImportError:  # without POSIX, avoiding two at once is left to the user
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BlockingIOError(error.errno, "another run of this command is at work there") from error
