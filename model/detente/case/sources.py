"""Read the files of a case as text, whatever editor or spreadsheet wrote them."""

from __future__ import annotations

import re
from pathlib import Path

from detente.case.findings import Findings

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def read_source(path: Path, findings: Findings, *, required: bool = True) -> str | None:
    r"""Return the text of a file with ``\n`` line ends and no byte order mark; None where there is none to be had.

    A missing file is a problem only if it is ``required``.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe would keep us waiting
            findings.add(0, f"must be a file (it is {'a folder' if path.is_dir() else 'something else'})")
            return None
        raw = path.read_bytes()
    except FileNotFoundError:
        if path.is_symlink():
            findings.add(0, "is a link to a file that does not exist")
        elif required:
            findings.add(0, "the file is missing")
        return None
    except OSError as error:
        findings.add(0, f"cannot be read: {(error.strerror or str(error)).lower()}")
        return None
    return decode(raw, findings)


def decode(raw: bytes, findings: Findings) -> str | None:
    r"""Decode UTF-8 with or without a byte order mark, and make every line end ``\n``."""
    if raw[:2] in _MARKS:
        findings.add(0, f"the text is {_MARKS[raw[:2]]}: save it as UTF-8")
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = _lines(raw[: error.start])
        findings.add(line, f"the text is not UTF-8 (byte 0x{raw[error.start]:02X}): save it as UTF-8")
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if control := _CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        findings.add(line, f"a control character (U+{ord(control[0]):04X}) stands in the text: delete it")
        return None
    return text


def _lines(raw: bytes) -> int:
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1
