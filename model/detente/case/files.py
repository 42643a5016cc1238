"""The files of one case: their texts, the list their problems go to, and their digest."""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path, PurePath

from msgspec import Struct, field

from detente.case.columns import Frozen, Row, Spec
from detente.case.dialect import WORKBOOKS
from detente.case.documents import Entry, read_document
from detente.case.findings import Findings
from detente.case.locating import FOLDER, PRIORS, SEEDS, CaseLocation, place_of
from detente.case.tables import read_table
from detente.case.transaction import JOURNAL, committed, digest_of
from detente.errors import Problem, SetError, absent, reason

FILES: Mapping[str, Sequence[str]] = {
    SEEDS: (
        "case.yaml",
        "evidence.csv",
        "events.csv",
        "polls.csv",
        "reference_class.csv",
        "external_forecasts.csv",
        "resolutions.csv",
    ),
    PRIORS: (
        "priors.yaml",
        "likelihoods.csv",
        "intensities.csv",
        "priors.csv",
        "assessors.yaml",
        "calibration.csv",
        "watch.csv",
    ),
}
SHEETS = ("likelihoods.csv", "intensities.csv", "priors.csv", "calibration.csv")
"""The tables that an assessor may have in a folder of his own."""
OPTIONAL = frozenset(name for names in FILES.values() for name in names) - {
    "case.yaml",
    "evidence.csv",
    "priors.yaml",
    "likelihoods.csv",
}
AFTERWARDS = frozenset({"resolutions.csv"})
"""What is written down afterwards and enters no forecast: it leaves a forecast's digest as it was."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_GZIP = b"\x1f\x8b"
ATTEMPTS = 100
"""How often files are read again because somebody replaced one meanwhile."""
SLIP = 0.85
"""Likeness from which on a name is taken for a slip of a known one."""


class CaseFiles(Struct):
    """What is read of a case: texts and findings by file name, and all problems in one list.

    ``instead`` holds contents, by file name, to be read in place of those on the disk.  An assessor's own table has the
    name ``assessors/NAME/TABLE``; ``sheets`` has those names by assessor and table.
    """

    location: CaseLocation
    instead: Mapping[str, bytes] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    findings: dict[str, Findings] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    sheets: dict[str, dict[str, str]] = field(default_factory=dict)

    def read_all(self) -> None:
        """Read every file; a missing one, an unreadable one and a misspelt one are problems.

        Where a writer replaces files meanwhile, all are read again, so that what is read belongs together.
        """
        for _ in range(ATTEMPTS):
            before = state_of(self.location)
            self.problems.clear()
            self.texts.clear()
            self.sheets.clear()
            changed = {place_of(path, self.location)[1]: text for path, text in committed(self.location).items()}
            self._read({**changed, **self.instead})
            if state_of(self.location) == before:
                break

    def _read(self, instead: Mapping[str, bytes | None]) -> None:
        for folder, names in FILES.items():
            path = self.location.root / folder / self.location.name
            label = f"{folder}/{self.location.name}"
            self.findings.update({name: Findings(f"{label}/{name}", self.problems) for name in names})
            if not path.is_dir():
                required = ", ".join(name for name in names if name not in OPTIONAL)
                Findings(label, self.problems).add(0, f"the folder is missing: it must hold {required}")
                continue
            for name in names:
                if name not in instead and (book := _workbook(path / name)):
                    self.findings[name].add(0, f"the file is missing, but {book} is there: save its sheet as {name}")
                    continue
                # What an assessor has in a table of his own the case need not have.
                has_sheet = any(
                    (self.location.priors / sheet_name(who, name)).exists() for who in folders_of(self.location)
                )
                self._take(name, path / name, instead, required=name not in OPTIONAL and not has_sheet)
            self._refuse_slips(folder)
        self._read_sheets(instead)

    def _take(self, name: str, path: Path, instead: Mapping[str, bytes | None], *, required: bool) -> None:
        """Read one file, or what stands in its place (None: it was taken away)."""
        if name in instead:
            content = instead[name]
            text = None if content is None else decode(content, self.findings[name])
        elif os.path.lexists(path):
            text = read_source(path, self.findings[name])
        else:
            text = None
            if required:
                self.findings[name].add(0, f"the file is missing: `detente help {name}` says what it holds")
        if text is not None:
            self.texts[name] = text

    def _read_sheets(self, instead: Mapping[str, bytes | None]) -> None:
        """Read the tables of assessors who have a folder each."""
        for who in dict.fromkeys(
            (*folders_of(self.location), *(PurePath(name).parts[1] for name in instead if "/" in name))
        ):
            home = self.location.priors / FOLDER / who
            label = f"{PRIORS}/{self.location.name}/{FOLDER}/{who}"
            for name in SHEETS:
                key = sheet_name(who, name)
                self.findings[key] = Findings(f"{label}/{name}", self.problems)
                self._take(key, home / name, instead, required=False)
                if key in self.texts:
                    self.sheets.setdefault(who, {})[name] = key
                else:
                    del self.findings[key]
            for path in sorted(home.glob("*")):
                if path.name not in SHEETS and (meant := _meant(path.name, SHEETS)):
                    text = f"is not a table of an assessor (did you mean `{meant}`?): rename or delete it"
                    Findings(f"{label}/{path.name}", self.problems).add(0, text)

    def document(self, name: str) -> Entry | None:
        """Take a YAML file apart; None where it could not be read."""
        return read_document(self.texts[name], self.findings[name]) if name in self.texts else None

    def table[T: Frozen](self, name: str, kind: type[T], extra: Sequence[Spec] = ()) -> tuple[Row[T], ...] | None:
        """Read a CSV file; None where it could not be read."""
        return read_table(self.texts[name], kind, self.findings[name], extra) if name in self.texts else None

    def digest(self, *, beside: bool = False) -> str:
        """Hash names and texts of the files that enter a forecast, whatever their line ends and byte order marks.

        Judgements that are shown ``beside`` the case's own, in folders of their own, do not.
        """
        digest = hashlib.sha256()
        for name, text in sorted(self.texts.items()):
            if name in AFTERWARDS or (beside and (name == "assessors.yaml" or name.startswith(f"{FOLDER}/"))):
                continue
            for part in (name.encode(), text.encode()):
                digest.update(len(part).to_bytes(8, "big") + part)
        return digest.hexdigest()

    def _refuse_slips(self, folder: str) -> None:
        """Note files that are not known but look as if they were meant to be; others are left alone."""
        path = self.location.root / folder / self.location.name
        known = {name: home for home, names in FILES.items() for name in names}
        try:
            names = sorted(entry.name for entry in path.iterdir())
        except OSError:  # its files were read, or their problems noted
            return
        for name in names:
            findings = Findings(f"{folder}/{self.location.name}/{name}", self.problems)
            if name in FILES[folder]:
                continue
            if name in known:
                findings.add(0, f"belongs in {known[name]}/{self.location.name}/: move it")
            elif meant := _meant(name, FILES[folder]):
                findings.add(0, f"is not a file of a case (did you mean `{meant}`?): rename or delete it")


def folders_of(location: CaseLocation) -> list[str]:
    """Return the names of the assessors who have a folder."""
    try:
        entries = sorted((location.priors / FOLDER).iterdir())
    except OSError:  # there is none, or nobody may look into it
        return []
    return [entry.name for entry in entries if entry.is_dir() and not entry.name.startswith(".")]


def state_of(location: CaseLocation) -> tuple[object, ...]:
    """Return what changes whenever a file of a case, or its journal, is replaced; it costs no reading."""
    states: list[tuple[int, int, int] | None] = []
    for path in (*paths(location).values(), location.seeds / JOURNAL):
        try:
            status = path.stat()
        except OSError:
            states.append(None)
        else:
            states.append((status.st_ino, status.st_mtime_ns, status.st_size))
    return tuple(states)


def paths(location: CaseLocation) -> dict[str, Path]:
    """Return the path of every file that a case may have, tables of assessors among them, by its name."""
    sheets = (sheet_name(who, name) for who in folders_of(location) for name in SHEETS)
    judged = {name: location.priors / name for name in (*FILES[PRIORS], *sheets)}
    return {**{name: location.seeds / name for name in FILES[SEEDS]}, **judged}


def digests(location: CaseLocation) -> dict[Path, str | None]:
    """Return the digest of every file of a case; None where there is none."""
    return {path: digest_of(path) for path in paths(location).values()}


def _workbook(path: Path) -> str | None:
    """Return the name of a workbook that stands where a table is missing."""
    if path.suffix != ".csv" or path.exists():
        return None
    return next((book.name for kind in WORKBOOKS if (book := path.with_suffix(kind)).exists()), None)


def sheet_name(assessor: str, name: str) -> str:
    """Return the name of an assessor's table within the folder of the case's judgements."""
    return f"{FOLDER}/{assessor}/{name}"


def _meant(name: str, known: Sequence[str]) -> str | None:
    """Return the known name of which a name looks like a slip."""
    given = PurePath(name.lower())
    for candidate in known:
        wanted = PurePath(candidate)
        kinds = {".yaml", ".yml"} if wanted.suffix == ".yaml" else {".csv"}
        if given.suffix in kinds and likeness(given.stem, wanted.stem) >= SLIP:
            return candidate
    return None


def likeness(one: str, other: str) -> float:
    """Return how alike two names are, from 0 to 1."""
    return SequenceMatcher(a=one, b=other).ratio()


def read_source(path: Path, findings: Findings) -> str | None:
    r"""Return the text of a file with ``\n`` line ends and no byte order mark; None where there is none to be had."""
    raw = read_raw(path, findings)
    return None if raw is None else decode(raw, findings)


def read_raw(path: Path, findings: Findings) -> bytes | None:
    """Return the bytes of a file; None, and a problem, where there are none to be had."""
    try:
        if path.exists() and not path.is_file():  # a pipe would keep us waiting
            findings.add(0, f"must be a file (it is {'a folder' if path.is_dir() else 'something else'})")
            return None
        return path.read_bytes()
    except FileNotFoundError:
        gone = "is a link to a file that does not exist: put the file itself there"
        findings.add(0, gone if path.is_symlink() else absent(path))
    except OSError as error:
        findings.add(0, f"cannot be read: {reason(error)}")
    return None


def read_compressed(path: Path, findings: Findings) -> str | None:
    """Return the text of a file that stands alone and may be compressed by gzip; None, with a problem, if it cannot."""
    import gzip

    raw = read_raw(path, findings)
    if raw is None:
        return None
    try:
        return decode(gzip.decompress(raw) if raw.startswith(_GZIP) else raw, findings)
    except (OSError, EOFError, zlib.error) as error:
        findings.add(0, f"cannot be read: {reason(error) or 'it ends too early'}")
        return None


def read_alone[T: Frozen](
    path: Path, kind: type[T], check: Callable[[Sequence[Row[T]]], None] | None = None
) -> tuple[Row[T], ...]:
    """Return the rows of a table that stands alone, which may be compressed by gzip, after a ``check`` of all of them.

    Raises
    ------
    SetError
        If it cannot be read, or has problems.
    """
    findings = Findings(str(path))
    text = read_compressed(path, findings)
    rows = read_table(text, kind, findings) if text is not None else None
    if check is not None:
        check(rows or ())
    if rows is None or findings.problems:
        raise SetError(findings.problems)
    return rows


def decode(raw: bytes, findings: Findings, first: int = 1) -> str | None:
    r"""Decode UTF-8 with or without a byte order mark, and make every line end ``\n``; ``first`` is the first line."""
    if raw.startswith(_WORKBOOKS):
        findings.add(0, "is a workbook, for all its name: open it and save the sheet as CSV, in UTF-8")
        return None
    if raw[:2] in _MARKS:
        findings.add(0, f"the text is {_MARKS[raw[:2]]}: save it as UTF-8")
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = first - 1 + _lines(raw[: error.start])
        how = f", or type detente tidy {findings.file} --encoding windows-1252, or windows-1254"
        remedy = how if str(findings.file).endswith(".csv") else ""
        findings.add(line, f"the text is not UTF-8 (byte 0x{raw[error.start]:02X}): save it as UTF-8{remedy}")
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if control := _CONTROL.search(text):
        line = first + text.count("\n", 0, control.start())
        findings.add(line, f"control character U+{ord(control[0]):04X} in the text: delete it")
        return None
    return text


def _lines(raw: bytes) -> int:
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1
