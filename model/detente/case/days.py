"""Days as files write them: a date, a month or a year, and what stands for a day that nobody knows."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Final, NamedTuple

from detente.case.dialect import plain

_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_TIME = r"(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?)?"
_WEEKDAY, _ORDINAL, _BETWEEN = r"(?:[a-z]{2,6}day,? )?", r"(?:st|nd|rd|th)?", r"(?:[ -]| of )"
_FORMS = (
    rf"{_WEEKDAY}(?P<day>\d{{1,2}}){_ORDINAL}{_BETWEEN}(?P<month>[a-z]{{3,9}})\.?,?[ -](?P<year>\d{{4}})",
    rf"{_WEEKDAY}(?P<month>[a-z]{{3,9}})\.? (?P<day>\d{{1,2}}){_ORDINAL},? (?P<year>\d{{4}})",
    rf"(?P<year>\d{{4}})([-/.])(?P<month>\d{{1,2}})\2(?P<day>\d{{1,2}}){_TIME}",
    r"(?P<year>\d{4}) (?P<month>[a-z]{3,9})\.? (?P<day>\d{1,2})",
    r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)",
    r"(?P<month>\d{1,2})/(?P<day>1[3-9]|2\d|3[01])/(?P<year>\d{4})",
    r"(?P<day>1[3-9]|2\d|3[01])/(?P<month>\d{1,2})/(?P<year>\d{4})",
    r"(?P<month>[a-z]{3,9})\.?,? (?P<year>\d{4})",
    r"(?P<year>\d{4})[/.](?P<month>\d{1,2})",
    r"(?P<month>\d{1,2})[/.](?P<year>\d{4})",
    r"(?P<year>\d{4})-(?P<month>\d)",
)
"""Days and months as people write them, where only one can be meant; 5/6/2018 is two."""


_FORM = "must be an ISO date such as 2023-02-08"


class InvalidError(ValueError):
    """A text that is not what its field asks for; the message is the rule."""


def iso_date(value: str) -> dt.date:
    """Read an ISO date.

    >>> iso_date("2023-02-08")
    datetime.date(2023, 2, 8)
    """
    if not _DATE.fullmatch(value):
        day = meant(value)
        remedy = f": write {day}" if _DATE.fullmatch(day) else ""
        raise InvalidError(f"{_FORM}{remedy}")
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise InvalidError(_no_such_day(*map(int, value.split("-")))) from None


def meant(value: str) -> str:
    """Return the ISO date, or the month, that is meant by a text in another form; nothing where it may be another.

    >>> meant("5 June 2018"), meant("Jun 5, 2018"), meant("2018/6/5"), meant("25/06/2018"), meant("June 2018")
    ('2018-06-05', '2018-06-05', '2018-06-05', '2018-06-25', '2018-06')
    >>> meant("05/06/2018"), meant("31 June 2018"), meant("5 June 18"), meant("soon")
    ('', '', '', '')
    """
    text = plain(" ".join(value.split()), "")
    for form in _FORMS:
        if said := re.fullmatch(form, text, re.ASCII | re.IGNORECASE):
            parts = said.groupdict()
            number = _month_number(parts["month"])
            try:
                day = dt.date(int(parts["year"]), number, int(parts.get("day") or 1))
            except ValueError:
                return ""
            return day.isoformat() if parts.get("day") else day.isoformat()[:7]
    return ""


def _month_number(text: str) -> int:
    """Return the number of a month by its name, or by at least three letters of it; 0 where there is none."""
    if text.isdecimal():
        return int(text)
    word = "sep" if text.casefold() == "sept" else text.casefold()
    return next((number for number, name in enumerate(_MONTHS, 1) if name.startswith(word)), 0)


DASH: Final = "-"
"""What stands in a cell that does not apply."""
UNKNOWN: Final = "?"
"""What stands in a cell for a day that nobody knows."""


class Days(NamedTuple):
    """The first and the last day on which something may have happened, and the text that says so."""

    first: dt.date
    last: dt.date
    text: str

    @property
    def precision(self) -> str | None:
        """``month`` or ``year``, as it is written; None for a day, or one that nobody knows."""
        if self.text == UNKNOWN or self.first == self.last:
            return None
        return "year" if _YEAR.fullmatch(self.text) else "month"


def month(year: int, number: int) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a month."""
    return dt.date(year, number, 1), dt.date(year, number, calendar.monthrange(year, number)[1])


def days_of(day: dt.date, precision: str | None) -> Days:
    """Return the days on which something may have happened of which one day, its month or its year is known.

    >>> days_of(dt.date(2024, 2, 8), "month").last
    datetime.date(2024, 2, 29)
    """
    if precision == "year":
        return Days(dt.date(day.year, 1, 1), dt.date(day.year, 12, 31), day.isoformat()[:4])
    if precision == "month":
        return Days(*month(day.year, day.month), day.isoformat()[:7])
    return Days(day, day, day.isoformat())


def dated(value: str) -> dt.date | Days:
    """Read an ISO date, or the days of a month or a year.

    >>> dated("2023-02-08"), dated("2023-02").last
    (datetime.date(2023, 2, 8), datetime.date(2023, 2, 28))
    """
    try:
        return _month_or_year(value) or iso_date(value)
    except InvalidError as error:
        if str(error) != _FORM:
            raise
        month = meant(value)
        raise InvalidError(f"{_FORM}, or a month or year" + (f": write {month}" if month else "")) from None


def _month_or_year(value: str) -> Days | None:
    try:
        if _MONTH.fullmatch(value):
            return days_of(dt.date(int(value[:4]), int(value[5:]), 1), "month")
        if _YEAR.fullmatch(value):
            return days_of(dt.date(int(value), 1, 1), "year")
    except ValueError:
        pass
    return None


def days_or_dash(value: str) -> Days | str:
    """Read an ISO date, a month, a year, or a question mark for an unknown day; a dash where the cell does not apply.

    >>> days_or_dash("2001-06").last, days_or_dash("2001").first
    (datetime.date(2001, 6, 30), datetime.date(2001, 1, 1))
    """
    if value == DASH:
        return DASH
    if value == UNKNOWN:
        return Days(dt.date.min, dt.date.max, value)
    try:
        if days := _month_or_year(value):
            return days
        day = iso_date(value)
    except InvalidError as error:
        if str(error) != _FORM:
            raise
        other = meant(value)
        rest = ", a month such as 2023-02, a year, ? if the day is unknown, - if the state does not apply, or blank "
        raise InvalidError(f"{_FORM}: write {other}" if other else f"{_FORM}{rest}if it was not reached") from None
    return Days(day, day, value)


def _no_such_day(year: int, month: int, day: int) -> str:
    """Say why a date is none."""
    if not 1 <= month <= len(calendar.month_name) - 1 or not year >= 1 or not day >= 1:
        return "must be an ISO date, year-month-day, such as 2023-02-08"
    named = calendar.month_name[month] + (f" {year}" if month == calendar.FEBRUARY else "")
    return f"there is no such day: {named} has {calendar.monthrange(year, month)[1]} days"
