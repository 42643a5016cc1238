"""The kinds of value that a field may hold: how its text is read, what JSON may hold, and what the reference calls it.

A reader takes the text of a CSV cell or a YAML scalar, which is never blank, and raises :class:`InvalidError` with the
rule.  A kind is an annotated type: its reader, for files; its bounds, for what is read back from JSON.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Annotated, Final, Literal

from msgspec import Meta

from detente.case.days import InvalidError, dated, iso_date
from detente.case.dialect import LOST, plain
from detente.estimative import ICD_203, stated_range
from detente.frozen import Immutable

type Reader = Callable[[str], object]

ID_PATTERN: Final = r"^[a-z0-9]+([_-][a-z0-9]+)*\Z"

WEIGHT_TOLERANCE = 1e-6
"""How far from 1 the sum of weights may be that were typed in full."""
SURE = 1e-12
"""How near to 0 or 1 a probability may come."""
THOUSAND = 1000
TINY, HUGE = 1e-9, 1e9
"""Between these every size is computed with full accuracy, and nothing in a case has another."""
_ID = re.compile(ID_PATTERN, re.ASCII)
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_ADDRESS = re.compile(r"https?://[^\s/?#@<>\"'`\\]+([/?#][^\s<>\"`\\]*)?")
"""A host and what follows; no name and password before the host, which would pass one site off as another."""
_WHOLE = re.compile(r"\d{1,15}", re.ASCII)


def words(name: str) -> str:
    """Return an id as words, its underscores and hyphens spaces."""
    return name.replace("_", " ").replace("-", " ")


def text(value: str) -> str:
    """Take any text as it is."""
    return value


def identifier(value: str) -> str:
    """Read an id: lower-case words joined by underscores or hyphens."""
    if not _ID.fullmatch(value):
        lost = LOST.search(value) is not None
        remedy = ": a letter was lost where the ? stands: save the file as UTF-8" if lost else ""
        raise InvalidError(f"must be lower-case words (a-z, 0-9) joined by _ or -{remedy}")
    return value


def web_address(value: str) -> str:
    """Read the address of a page: a report may link it, so nothing but the web's own schemes."""
    if not value.startswith(("https://", "http://")):
        raise InvalidError("must begin with https:// or http://")
    if not _ADDRESS.fullmatch(value):
        raise InvalidError("must be the address of a page, without blanks or quotes, such as https://example.org/page")
    return value


LONGEST_QUOTATION: Final = 25
"""Words of a source that may be repeated."""


def quotation(value: str) -> str:
    """Read words of a source, few enough to be repeated.

    >>> quotation("We have nothing to discuss.")
    'We have nothing to discuss.'
    """
    if (count := len(value.split())) > LONGEST_QUOTATION:
        raise InvalidError(f"must be at most {LONGEST_QUOTATION} words, and is {count}: quote less")
    return value


def number(value: str) -> float:
    """Read a finite number with a decimal point."""
    if _NUMBER.fullmatch(value):
        result = float(value)
        if math.isfinite(result):
            return result
    raise InvalidError(f"must be a number such as 0.25{_remedy(value)}")


def probability(value: str) -> float:
    """Read a number between 0 and 1, both excluded, and not nearer to either than arithmetic tells apart."""
    result = _bounded(value, "must be a number greater than 0 and less than 1, such as 0.25")
    if not 0 < result < 1:
        raise InvalidError(f"must be greater than 0 and less than 1{_thousands(value, result)}")
    if not SURE < result < 1 - SURE:
        raise InvalidError(f"must be greater than {SURE:g} and less than 1 - {SURE:g}: nobody is that sure")
    return result


def low_end(value: str) -> float:
    """Read the low end of a range: 0, or a probability."""
    result = _end(value)
    return probability(value) if result else 0.0


def high_end(value: str) -> float:
    """Read the high end of a range: 1, or a probability."""
    result = _end(value)
    return probability(value) if result != 1 else 1.0


def _end(value: str) -> float:
    """Read an end of a range; a word has a range of its own."""
    rule = "must be a number from 0 to 1, such as 0.25"
    if value[:1].isalpha():
        with suppress(ValueError):
            stated_range(value)
            rule += ": a word goes into mid, and low and high stay blank"
    return _bounded(value, rule)


LEAST_MASS: Final = 0.05
"""The smallest share of the truths that a stated range is believed to hold: below it nothing is known of a chance."""


def as_shares(values: Sequence[float]) -> tuple[float, ...] | None:
    """Return numbers that sum to 1 within the rounding of what was typed as shares of their sum; None if they do not.

    Rounding is less than half of the last decimal of each.  A number with fewer than two decimals counts as exact.

    >>> as_shares([0.332, 0.332, 0.335]), as_shares([0.25, 0.74]), as_shares([0.25, 0.75])
    ((0.3323..., 0.3323..., 0.3353...), None, (0.25, 0.75))
    """
    total = math.fsum(values)
    if abs(total - 1) <= WEIGHT_TOLERANCE:
        return tuple(values)
    decimals = [-int(Decimal(repr(value)).as_tuple().exponent) for value in values]
    slack = math.fsum(10.0**-count / 2 for count in decimals if count > 1)
    return tuple(value / total for value in values) if abs(total - 1) < slack * (1 - TINY) else None


def mass(value: str) -> float:
    """Read how often stated ranges hold the truth: a probability of at least :data:`LEAST_MASS`."""
    result = probability(value)
    if result < LEAST_MASS:
        raise InvalidError(f"must be at least {LEAST_MASS:g}: ranges that seldom hold the truth say nothing")
    return result


def fraction(value: str) -> float:
    """Read a number from 0 to 1."""
    result = _bounded(value, "must be a number from 0 to 1")
    if not 0 <= result <= 1:
        raise InvalidError(f"must be a number from 0 to 1{_thousands(value, result)}")
    return result


def positive(value: str) -> float:
    """Read a number above 0."""
    result = _bounded(value, "must be a number greater than 0")
    if result <= 0:
        raise InvalidError("must be a number greater than 0")
    return _sized(result)


def not_negative(value: str) -> float:
    """Read a number of 0 or more."""
    result = _bounded(value, "must be a number of at least 0")
    if result < 0:
        raise InvalidError("must be a number of at least 0")
    return _sized(result) if result else result


def percentage(value: str) -> float:
    """Read a percentage between 0 and 100, both excluded."""
    rule = "must be a percentage greater than 0 and less than 100, such as 44.5"
    if "%" in value:
        raise InvalidError(f"{rule}: leave out the %")
    result = _bounded(value, rule)
    if not 0 < result < 100:  # noqa: PLR2004 - per cent
        raise InvalidError(f"{rule}{_thousands(value, result, 100)}")
    return result


def whole(value: str) -> int:
    """Read a whole number above 0."""
    if not _WHOLE.fullmatch(value) or int(value) == 0:
        digits = plain(value, "sample_size")
        remedy = f": write {value} as {digits}" if digits != value and _WHOLE.fullmatch(digits) else ""
        if value.isdigit() and value.strip("0"):
            remedy = ": it is too large"
        raise InvalidError(f"must be a whole number greater than 0{remedy}")
    return int(value)


DOTLESS: Final = "\N{LATIN SMALL LETTER DOTLESS I}"
YES = frozenset({"yes", "y", "true", "1", "wahr", "ja", "evet", "doğru"})
NO = frozenset({"no", "n", "false", "0", "falsch", "nein", "hayir", "yanliş"})
"""What spreadsheets and people write for yes and no, in small letters."""


def yes_no(value: str) -> bool:
    """Read ``yes`` or ``no``, or what a spreadsheet makes of them.

    >>> yes_no("yes"), yes_no("TRUE"), yes_no("YANLIŞ"), yes_no("0")
    (True, True, False, False)
    """
    word = value.casefold().replace(DOTLESS, "i")
    if word not in YES | NO:
        raise InvalidError("must be yes or no")
    return word in YES


def reliability(value: str) -> str:
    """Read the letter of an Admiralty grade."""
    if value not in {"A", "B", "C", "D", "E", "F"}:
        raise InvalidError("must be A to F")
    return value


def credibility(value: str) -> int:
    """Read the digit of an Admiralty grade."""
    if value not in {"1", "2", "3", "4", "5", "6"}:
        raise InvalidError("must be 1 to 6")
    return int(value)


def one_of(*words: str) -> Reader:
    """Make a reader of one of some words."""

    def read(value: str) -> str:
        if value not in words:
            raise InvalidError(f"must be {', '.join(words[:-1])} or {words[-1]}")
        return value

    return read


def window(value: str) -> str:
    """Read the name of a window: of the election, the horizon, or a deadline.

    >>> window("by:2023-06-30")
    'by:2023-06-30'
    """
    if value in {"before_election", "after_election", "horizon"}:
        return value
    try:
        if value.startswith("by:"):
            return f"by:{iso_date(value.removeprefix('by:'))}"
    except InvalidError:
        pass
    raise InvalidError("must be before_election, after_election, horizon or a deadline such as by:2023-06-30")


NOT_STATED: Final = "not stated"
"""What stands for a likelihood of which the assessor says nothing."""
NOT_APPLICABLE: Final = frozenset({"n/a", "na", "not applicable"})
"""What rating forms have in such a cell."""


def best_guess(value: str) -> float | str:
    """Read a best guess: a probability, an estimative word, or that none is stated."""
    if not value[:1].isalpha():
        return probability(value)
    word = " ".join(value.split()).casefold()
    if word in NOT_APPLICABLE:
        return NOT_STATED
    if word != NOT_STATED:
        try:
            stated_range(word)
        except ValueError:
            words = ", ".join(ICD_203.words)
            rule = f"must be a number greater than 0 and less than 1, or one of: {words}"
            raise InvalidError(f"{rule}, {NOT_STATED}; `detente help words` has their synonyms") from None
    return word


def _sized(size: float) -> float:
    """Return a size, of days, of a deviation or of a factor, if it can be one."""
    if not TINY <= size <= HUGE:
        raise InvalidError(f"must be between {TINY:g} and {HUGE:g}")
    return size


def _bounded(value: str, rule: str) -> float:
    try:
        return number(value)
    except InvalidError:
        raise InvalidError(f"{rule}{_remedy(value)}") from None


def _remedy(value: str) -> str:
    """Name the slip in a number where it is a common one."""
    if _NUMBER.fullmatch(value):
        return ": it is too large"
    if "%" in value:
        try:
            share = float(value.replace("%", "").replace(",", ".")) / 100
        except ValueError:
            return ": write 5% as 0.05"
        return f": write {value} as {share:g}"
    return ": write a decimal point, not a comma" if "," in value else ""


def _thousands(value: str, result: float, most: float = 1.0) -> str:
    """Say what a whole number may have been that is too large for a probability, or for a percentage."""
    if result % 1 or not most < result < most * THOUSAND:
        return ""
    was = f"if it was {result / THOUSAND:.3f}, a spreadsheet has taken its point for a mark of thousands"
    return f": write {value}% as {result / 100:g}; {was}" if most == 1 and result < 100 else f": {was}"  # noqa: PLR2004


class Reads(Immutable):
    """How a kind of value is read, and what the reference calls it; a YAML number in quotes is none."""

    read: Reader
    kind: str
    is_number: bool = False


Id = Annotated[str, Reads(identifier, "id"), Meta(pattern=ID_PATTERN)]
Text = Annotated[str, Reads(text, "text"), Meta(pattern=r"\S")]
Note = Annotated[str, Reads(text, "text")]
"""A text that may be empty."""
Quotation = Annotated[str, Reads(quotation, "text of at most 25 words")]
WebAddress = Annotated[str, Reads(web_address, "web address"), Meta(min_length=1)]
Date = Annotated[dt.date, Reads(iso_date, "date")]
Dated = Annotated[dt.date, Reads(dated, "date, month or year")]
YesNo = Annotated[bool, Reads(yes_no, "yes or no")]
Truth = Annotated[bool, Reads(yes_no, "true or false")]
Probability = Annotated[float, Reads(probability, "number between 0 and 1", is_number=True), Meta(gt=0, lt=1)]
LowEnd = Annotated[float, Reads(low_end, "number, 0 or more and below 1", is_number=True), Meta(ge=0, lt=1)]
HighEnd = Annotated[float, Reads(high_end, "number above 0, up to 1", is_number=True), Meta(gt=0, le=1)]
Mass = Annotated[float, Reads(mass, "number between 0 and 1", is_number=True), Meta(ge=LEAST_MASS, lt=1)]
Fraction = Annotated[float, Reads(fraction, "number from 0 to 1", is_number=True), Meta(ge=0, le=1)]
Positive = Annotated[float, Reads(positive, "number above 0", is_number=True), Meta(gt=0)]
NotNegative = Annotated[float, Reads(not_negative, "number, 0 or more", is_number=True), Meta(ge=0)]
Percentage = Annotated[float, Reads(percentage, "percentage between 0 and 100", is_number=True), Meta(gt=0, lt=100)]
Number = Annotated[float, Reads(number, "number", is_number=True)]
Whole = Annotated[int, Reads(whole, "whole number above 0", is_number=True), Meta(gt=0)]
BestGuess = Annotated[float | str, Reads(best_guess, "number between 0 and 1, estimative word, or not stated")]
Reliability = Annotated[Literal["A", "B", "C", "D", "E", "F"], Reads(reliability, "A to F")]
Credibility = Annotated[Literal[1, 2, 3, 4, 5, 6], Reads(credibility, "1 to 6", is_number=True)]
