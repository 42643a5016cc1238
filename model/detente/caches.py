"""Where libraries keep what they make for the next run, settled before they are imported.

PyTensor decides where it keeps compiled densities as it is imported, and fails there and then if it may not write.  It
also takes what another release of itself has left there for its own: each release gets a folder.
"""

from __future__ import annotations

import atexit
import os
import sys
from pathlib import Path

from detente.errors import CacheError

FLAGS, RC = "PYTENSOR_FLAGS", "PYTENSORRC"
OPTION = "base_compiledir"

_moved: list[Path] = []
"""What should have been written to, where a temporary folder took its place."""


def give_room() -> None:
    """Say where PyTensor keeps what it compiles, unless it has been imported or its user has said so.

    Below the home folder, in a folder of the release; where that cannot be written, in a temporary folder that ends
    with this process and serves its workers too.

    Raises
    ------
    CacheError
        The folder that the user named cannot be written.
    """
    flags = os.environ.get(FLAGS, "")
    if "pytensor" in sys.modules or OPTION in _settings_file():
        return
    if OPTION in flags:
        named = Path(flags.split(OPTION, 1)[1].partition("=")[2].partition(",")[0].strip())
        if not _can_be_written(named.expanduser()):
            raise CacheError(FLAGS, named)
        return
    from importlib.metadata import version

    kept = _home() / f"release-{version('pytensor')}"
    folder = kept if _can_be_written(kept) else _temporary(kept)
    os.environ[FLAGS] = ",".join(filter(None, (flags, f"{OPTION}={folder}")))


def moved() -> Path | None:
    """Return the folder that could not be written, if a temporary one took its place."""
    return _moved[0] if _moved else None


def forget_compiled() -> None:
    """Delete what PyTensor keeps compiled, file by file: another process may be writing there."""
    from pytensor.link.numba.cache import NUMBA_CACHE_PATH

    for file in Path(NUMBA_CACHE_PATH).glob("*.nb[ci]"):
        file.unlink(missing_ok=True)


def _home() -> Path:
    """Return the folder that PyTensor takes by default."""
    local = os.environ.get("LOCALAPPDATA")
    if sys.platform == "win32" and local:
        return Path(local) / "PyTensor"
    return Path(os.path.expanduser("~")) / ".pytensor"  # noqa: PTH111 - never fails


def _settings_file() -> str:
    """Return what PyTensor's own settings files say."""
    home = os.path.expanduser("~/.pytensorrc")  # noqa: PTH111 - never fails
    text = ""
    for name in os.environ.get(RC, home).split(os.pathsep):
        try:
            text += Path(name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
    return text


def _can_be_written(folder: Path) -> bool:
    """Tell whether files can be made in a folder, made with those above it if it is not there."""
    import tempfile

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except (OSError, ValueError):
        return False


def _temporary(kept: Path) -> Path:
    import shutil
    import tempfile

    room = Path(tempfile.mkdtemp(prefix="detente-"))
    atexit.register(shutil.rmtree, room, ignore_errors=True)
    _moved.append(kept)
    return room
