"""What a spreadsheet makes of a table: semicolons or tabs, decimal commas, days as DD.MM.YYYY, per cent signs.

A program whose decimal mark is the comma saves a table with semicolons.  Nothing
in such a table is ambiguous, so it is read as it is (:func:`rows_of`), and :func:`tidied` writes it as detente does.  A
table with commas is another matter: ``1,234`` in it may be one number or another, so there the reader asks.
"""

from __future__ import annotations

import csv
import io
import re
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

COMMA, SEMICOLON, TAB = ",", ";", "\t"
CALLED: Final = {SEMICOLON: "semicolons", TAB: "tabs"}
COMMAS, DAYS, PERCENTS, NAMED = "decimal commas", "days as DD.MM.YYYY", "per cent signs", "a first line sep="
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""The byte order mark that some spreadsheets put first."""
WORKBOOKS = (".xlsx", ".xls", ".ods", ".numbers")
_NAMED = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_COMMA = re.compile(r"[-+]?\d+,\d+|[-+]?\d{1,3}(\.\d{3})+,\d+", re.ASCII)
_UNCLEAR = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+", re.ASCII)
_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})( 00:00(:00)?)?", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}([.,]\d{3})+", re.ASCII)
_PERCENT = re.compile(r"%\s*([0-9.,]+)|([0-9.,]+)\s*%")  # the blank may be one that does not break
THREE = re.compile(r"[-+]?\d+\.\d{3}", re.ASCII)
"""A number that a spreadsheet may take for one of thousands."""
LOST = re.compile("(?<=[^\\W\\d_])[?\N{REPLACEMENT CHARACTER}](?=[^\\W\\d_])")
"""A question mark within a word: a letter that an encoding did not have."""


class Written(NamedTuple):
    """How a table is written: what stands between its cells, and whether its first line says so."""

    separator: str
    is_named: bool


def separator_of(head: str) -> str:
    """Return what separates the cells of a header: a comma, unless that leaves one cell with something else in it.

    >>> separator_of("id;date"), separator_of("id,a;b"), separator_of("id")
    (';', ',', ',')
    """
    names = next(csv.reader([head]), [])
    return next((other for other in CALLED if len(names) == 1 and other in names[0]), COMMA)


def open_rows(lines: Iterable[str]) -> tuple[Written, Iterator[str]]:
    """Return how a table is written, and its lines, that which names the separator left blank."""
    rest = iter(lines)
    first: list[str] = []
    separator = None
    for line in rest:
        named = _NAMED.fullmatch(line) if separator is None else None
        if named and not any(part.strip() for part in first):
            separator = named[1]
            first.append("\n")
            continue
        first.append(line)
        if line.strip():
            break
    head = first[-1] if first else ""
    return Written(separator or separator_of(head), separator is not None), chain(first, rest)


def rows_of(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a table that are not blank, each with the line it begins on, as detente would write them.

    Raises
    ------
    csv.Error
        If a row cannot be taken apart; ``line`` of the error is where it begins.
    """
    written, lines = open_rows(lines)
    reader = csv.reader(lines, delimiter=written.separator, strict=True)
    names: list[str] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if written.separator == COMMA:
                    yield line, cells
                else:
                    yield line, [plain(cell, name) for cell, name in _named(cells, names)] if names else cells
                    names = names or [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        error.line = line  # type: ignore[attr-defined] # where the row begins, which the library does not say
        raise


class RawRow(NamedTuple):
    """A row as it stands in a table: the line it begins on, its cells (none where all are blank), its text, its end."""

    line: int
    cells: list[str]
    text: str
    end: str
    is_head: bool


def raw_rows(text: str) -> Iterator[RawRow]:
    """Yield the rows of a table with commas; a byte order mark belongs to the first one's text and to no cell."""
    plain_text = text.removeprefix(MARK)
    return _raw([*io.StringIO(plain_text, newline="")], COMMA, text[: len(text) - len(plain_text)])


def _raw(lines: Sequence[str], separator: str, mark: str = "") -> Iterator[RawRow]:
    reader, first, seen = csv.reader(lines, delimiter=separator), 0, False
    for cells in reader:
        raw = "".join(lines[first : reader.line_num])
        text = raw.rstrip("\r\n")
        is_blank = not any(cell.strip() for cell in cells)
        yield RawRow(first + 1, [] if is_blank else cells, mark + text, raw[len(text) :], not is_blank and not seen)
        mark, first, seen = "", reader.line_num, seen or not is_blank


def written_row(cells: Iterable[str], end: str) -> str:
    """Return the text of a row with an end."""
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator=end).writerow(cells)
    return line.getvalue()


def _named(cells: Sequence[str], names: Sequence[str]) -> Iterator[tuple[str, str]]:
    return ((cell, names[place] if place < len(names) else "") for place, cell in enumerate(cells))


def as_share(text: str) -> str:
    """Return a number typed in per cent, or with a decimal comma, as files have it; any other text as it is.

    >>> as_share("50%"), as_share("0,25"), as_share("12,5 %"), as_share("likely")
    ('0.5', '0.25', '0.125', 'likely')
    """
    number = text.replace(",", ".", 1) if text.count(",") == 1 and "/" not in text else text
    if not number.endswith("%"):
        return number if number.replace(".", "", 1).isdecimal() else text
    digits = number.removesuffix("%").rstrip()
    return f"{float(digits) / 100:.6g}" if digits.replace(".", "", 1).isdecimal() else text


def plain(cell: str, name: str) -> str:
    """Return the cell of a column with a decimal point and an ISO date; a text as it is.

    >>> plain("0,38", "mid"), plain("1.234,5", "sample_size"), plain("8.2.2023", "date"), plain("1,5", "because")
    ('0.38', '1234.5', '2023-02-08', '1,5')
    >>> plain("44,5 %", "mid")
    '44.5 %'
    """
    bare = cell.strip()
    if day := _DAY.fullmatch(bare):
        new = f"{day[3]}-{int(day[2]):02}-{int(day[1]):02}"
    elif _GROUPED.fullmatch(bare) and name in read_as("whole"):
        new = bare.replace(".", "").replace(",", "")
    elif _COMMA.fullmatch(bare):
        new = bare.replace(".", "").replace(",", ".")
    elif "," in bare and (share := _PERCENT.fullmatch(bare)):
        number = share[1] or share[2]
        new = bare.replace(number, plain(number, name))
    else:
        return cell
    return cell if name in texts() else new


@cache
def read_as(*kinds: str) -> frozenset[str]:
    """Return the columns that some table reads by one of some readers of :mod:`detente.case.values`."""
    from detente.case.columns import Scalar, specs
    from detente.case.reference import in_tables

    fields = [spec for kind in in_tables() for spec in specs(kind) if isinstance(spec.shape, Scalar)]
    return frozenset(spec.name for spec in fields if getattr(spec.reader.read, "__name__", "") in kinds)


@cache
def texts() -> frozenset[str]:
    """Return the columns that hold text in whatever table they stand in."""
    from detente.case.columns import Scalar, specs
    from detente.case.reference import in_tables

    wordy = "text", "identifier", "web_address"
    fields = [spec for kind in in_tables() for spec in specs(kind) if isinstance(spec.shape, Scalar)]
    return read_as(*wordy) - {spec.name for spec in fields if getattr(spec.reader.read, "__name__", "") not in wordy}


def lost_letters(text: str) -> list[str]:
    """Return the words of a text in which a letter was lost; the address of a page has question marks of its own.

    >>> lost_letters("Meral Ak?ener spoke. Who? See example.org/?page=b?c and http://a.b/c?d")
    ['Ak?ener']
    """
    words = (word.strip("\"'(),.;:") for word in re.split(r"[\s,;\"]+", text) if "?" in word or LOST.search(word))
    return [word for word in words if LOST.search(word) and not re.search(r"[/=&@]|\?.*\?", word)]


def foreign(text: str) -> tuple[str, ...]:
    """Return what a table has that detente would write otherwise; nothing where its cells are separated by commas."""
    written, _ = open_rows(io.StringIO(text, newline=""))
    return () if written == Written(COMMA, is_named=False) else tidied(text).met


class Tidied(NamedTuple):
    """A table as detente writes it, what was met in it, and the cells that are unclear, each with its line."""

    text: str
    met: tuple[str, ...]
    unclear: tuple[tuple[int, str, str], ...]


def tidied(text: str) -> Tidied:
    r"""Write a table as detente does: commas, decimal points, ISO dates, fractions for per cent signs.

    Lines in which nothing has to change keep every byte.

    >>> tidied("id;mid\na;0,5\n").text
    'id,mid\na,0.5\n'
    """
    body = text.removeprefix(MARK)
    written, lines = open_rows(io.StringIO(body, newline=""))
    met = [CALLED[written.separator]] if written.separator in CALLED else []
    unclear: list[tuple[int, str, str]] = []
    names: list[str] = []
    parts: list[str] = []
    for line, cells, own, end, is_head in _raw([*lines], written.separator):
        new = list(cells)
        for place, (cell, name) in enumerate(_named(cells, names)) if names else ():
            new[place], what = tidy_cell(cell, name, written.separator)
            if what in {COMMAS, DAYS, PERCENTS} and what not in met:
                met.append(what)
            elif what and what not in met:
                unclear.append((line, name, cell.strip()))
        parts.append(own + end if new == cells and written.separator == COMMA else written_row(new, end))
        if is_head:
            names = [cell.strip() for cell in cells]
    if written.is_named:
        met.insert(0, NAMED)
        parts = parts[1:]
    return Tidied(text[: len(text) - len(body)] + "".join(parts), tuple(met), tuple(unclear))


def in_commas(text: str) -> str:
    """Return a table as detente writes it if its cells are separated by anything but commas, else as it is."""
    written, _ = open_rows(io.StringIO(text.removeprefix(MARK), newline=""))
    return text if written == Written(COMMA, is_named=False) else tidied(text).text


def tidy_cell(cell: str, name: str, separator: str) -> tuple[str, str]:
    """Return a cell as detente writes it, and what was met in it; something else where that is unclear."""
    bare = cell.strip()
    if name in texts() or not bare:
        return cell, ""
    if share := _PERCENT.fullmatch(bare):
        number = plain((share[1] or share[2]), name)
        try:
            value = float(number) if name in read_as("percentage") else round(float(number) / 100, 12)
        except ValueError:
            return cell, "unclear"
        return decimal(value), PERCENTS
    if separator == COMMA and _UNCLEAR.fullmatch(bare) and name not in read_as("whole"):
        return cell, "unclear"
    new = plain(cell, name)
    return new, "" if new == cell else DAYS if _DAY.fullmatch(bare) else COMMAS


def helps(cell: str, name: str) -> bool:
    """Tell whether :func:`tidied` mends a cell of a table with commas."""
    return tidy_cell(cell, name, COMMA)[0] != cell


def decimal(value: float) -> str:
    """Write a number so that no spreadsheet takes its point for a mark of thousands: never with just three decimals.

    >>> decimal(0.004), decimal(0.25), decimal(12.0)
    ('0.0040', '0.25', '12.0')
    """
    text = str(float(value))
    decimals = text.partition(".")[2]
    return f"{text}0" if len(decimals) == len("000") and decimals.isdigit() else text


def spared(text: str) -> str:
    r"""Return a table in which no number has just three decimals; other lines keep every byte.

    >>> spared('a,"b, c"\nx,0.004\ny,0.25\n')
    'a,"b, c"\nx,0.0040\ny,0.25\n'
    """
    parts = []
    for _, cells, own, end, _ in raw_rows(text):
        new = [f"{cell}0" if THREE.fullmatch(cell) else cell for cell in cells]
        parts.append(own + end if new == cells else written_row(new, end))
    return "".join(parts)
