"""Numbers, words and ranges put into language: every figure a reader sees is worded here.

Percents are whole, floored at "<1%" and capped at ">99%".  A probability is worded as number, estimative word and
the word's range together, for readers given the range in the text take the word as meant twice as often (Wintle et
al. 2019).  A Monte Carlo standard error of half a point or more is shown as "±".

References
----------
B. C. Wintle et al., "Verbal probabilities: very likely to be somewhat more confusing than numbers", PLoS ONE 14
(2019).
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from detente import estimative

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from detente.forecast.result import Interval, WindowForecast

FLOOR = 0.01
MCSE_SHOWN = 0.005
"""Half a percentage point: from here on a whole percent promises too much, and the error is shown."""

_SPACE = re.compile(r"\s+")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Chance:
    """A probability in words: ``12%``, ``very unlikely``, ``5–20%``, ``about 1 in 10``."""

    probability: float
    number: str
    word: str
    span: str
    frequency: str

    @property
    def full(self) -> str:
        """Return number, word and range together, as a table shows them."""
        return f"{self.number}, {self.word} ({self.span})"


def chance(probability: float, word: str = "", mcse: float = 0.0) -> Chance:
    """Word a probability; ``word`` is the term the forecast already carries, if any."""
    if word not in estimative.ICD_203.words:
        word = estimative.term(probability)
    return Chance(probability, percent(probability, mcse), word, span(word), frequency(probability))


def window_chance(window: WindowForecast) -> Chance:
    """Word the probability of one window."""
    return chance(window.probability, window.term, window.mcse)


def whole(probability: float) -> str:
    """Return the whole percent without its sign.

    >>> whole(0.004), whole(0.126), whole(0.996)
    ('<1', '13', '>99')
    """
    return estimative.percent(probability).removesuffix("%")


@lru_cache(maxsize=4096)
def percent(probability: float, mcse: float = 0.0) -> str:
    """Return a whole percent, with twice the Monte Carlo standard error where that is half a point or more.

    >>> percent(0.126), percent(0.126, mcse=0.011), percent(0.0)
    ('13%', '13% ± 2', '<1%')
    """
    if mcse >= MCSE_SHOWN and FLOOR <= probability <= 1 - FLOOR:
        return f"{whole(probability)}% ± {_round(200 * mcse)}"
    return f"{whole(probability)}%"


def interval(bounds: Interval) -> str:
    """Return an interval as a table shows it.

    >>> interval((0.02, 0.24)), interval((0.001, 0.02)), interval((0.3, 0.301))
    ('2–24%', '<1–2%', '30%')
    """
    low, high = (whole(bound) for bound in bounds)
    return f"{low}%" if low == high else f"{low}–{high}%"


def between(bounds: Interval) -> str:
    """Return an interval as a sentence has it.

    >>> between((0.02, 0.24)), between((0.0, 0.995)), between((0.3, 0.301))
    ('2% to 24%', '<1% to >99%', '30%')
    """
    low, high = (percent(bound) for bound in bounds)
    return low if low == high else f"{low} to {high}"


def span(word: str) -> str:
    """Return the range of an estimative word; the end words are open-ended.

    >>> span("unlikely"), span("almost no chance"), span("almost certain")
    ('20–45%', '5% or less', '95% or more')
    """
    low, high = estimative.term_range(word)
    if low <= FLOOR:
        return f"{_round(100 * high)}% or less"
    if high >= 1 - FLOOR:
        return f"{_round(100 * low)}% or more"
    return f"{_round(100 * low)}–{_round(100 * high)}%"


def frequency(probability: float) -> str:
    """Return a natural frequency: tenths where they fit within two points, else twentieths; hundredths at the ends.

    >>> frequency(0.71), frequency(0.86), frequency(0.03), frequency(0.002)
    ('about 7 in 10', 'about 17 in 20', 'about 3 in 100', 'fewer than 1 in 100')
    """
    if probability < FLOOR:
        return "fewer than 1 in 100"
    if probability > 1 - FLOOR:
        return "more than 99 in 100"
    hundredths = _round(100 * probability)
    if not 5 <= hundredths <= 95:  # noqa: PLR2004 - the end words' edges
        return f"about {hundredths} in 100"
    tenths = _round(10 * probability)
    if abs(hundredths - 10 * tenths) <= 2:  # noqa: PLR2004 - two points
        return "about 1 in 2" if tenths == 5 else f"about {tenths} in 10"  # noqa: PLR2004
    return f"about {_round(20 * probability)} in 20"


def points(difference: float) -> str:
    """Return a difference of probabilities in percentage points, unsigned.

    >>> points(0.08), points(-0.011), points(0.002)
    ('8 points', '1 point', 'less than 1 point')
    """
    size = _round(abs(100 * difference))
    if size == 0:
        return "less than 1 point"
    return "1 point" if size == 1 else f"{size} points"


def decimal_points(difference: float, *, signed: bool = False) -> str:
    """Return a difference of exact probabilities in points with one decimal, as tables about small changes show it.

    >>> decimal_points(0.0123), decimal_points(-0.0049, signed=True), decimal_points(0.0001, signed=True)
    ('1.2 points', '−0.5', '0.0')
    """
    return signed_number(100 * difference, 1) if signed else f"{abs(100 * difference):.1f} points"


def signed_number(value: float, digits: int) -> str:
    """Return a number with its sign; what rounds to nothing has none.

    >>> signed_number(-5.53, 1), signed_number(0.0098, 3), signed_number(-0.02, 1)
    ('−5.5', '+0.010', '0.0')
    """
    text = f"{abs(value):.{digits}f}"
    return text if float(text) == 0 else ("+" if value > 0 else "−") + text


def tenths(probability: float) -> str:
    """Return a percent with one decimal, for tables about small changes of exact numbers.

    >>> tenths(0.1234), tenths(0.0)
    ('12.3%', '0.0%')
    """
    return f"{100 * probability:.1f}%"


def decibans(weight: float) -> str:
    """Return a signed weight of evidence.

    >>> decibans(2.14), decibans(-2.06), decibans(-0.04)
    ('+2.1', '−2.1', '0.0')
    """
    return signed_number(weight, 1)


def factor(weight: float) -> str:
    """Return what a weight does to the odds.

    >>> factor(3.01), factor(-10.0), factor(0.2)
    ('multiplies the odds by 2.0', 'divides the odds by 10', 'leaves the odds as they are')
    """
    size = 10 ** (abs(weight) / 10)
    if size < 1.05:  # noqa: PLR2004 - rounds to nothing
        return "leaves the odds as they are"
    shown = f"{size:.1f}" if size < 9.95 else f"{_round(size):,}"  # noqa: PLR2004 - one decimal below ten
    return f"{'multiplies' if weight > 0 else 'divides'} the odds by {shown}"


def date(day: dt.date) -> str:
    """Return a date as it is read aloud.

    >>> import datetime
    >>> date(datetime.date(2031, 3, 8))
    '8 March 2031'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def on(day: dt.date, precision: str = "day") -> str:
    """Return a date with its preposition, as far as it is known.

    >>> import datetime
    >>> day = datetime.date(2031, 3, 8)
    >>> on(day), on(day, "month"), on(day, "year")
    ('on 8 March 2031', 'in March 2031', 'in 2031')
    """
    known = {"month": f"{_MONTHS[day.month - 1]} {day.year}", "year": f"{day.year}"}
    return f"in {known[precision]}" if precision in known else f"on {date(day)}"


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun.

    >>> count(0, "item"), count(1, "item"), count(1200, "hypothesis", "hypotheses")
    ('no items', '1 item', '1,200 hypotheses')
    """
    noun = noun if number == 1 else plural or f"{noun}s"
    return f"{number:,} {noun}" if number else f"no {noun}"


def cardinal(number: int) -> str:
    """Return a small number as a word.

    >>> cardinal(2), cardinal(12)
    ('two', '12')
    """
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[number] if number < len(words) else f"{number:,}"


def listed(words: Sequence[str]) -> str:
    """Join words as a sentence does.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)


def name(identifier: str) -> str:
    """Return an id as words.

    >>> name("leaders_met"), name("no-deal")
    ('leaders met', 'no deal')
    """
    return identifier.replace("_", " ").replace("-", " ")


def capital(text: str) -> str:
    """Return text with a capital first letter, to begin a sentence, a title or a row.

    >>> capital("an election tactic"), capital("iPhone"), capital("")
    ('An election tactic', 'IPhone', '')
    """
    return text[:1].upper() + text[1:]


def clean(text: str) -> str:
    """Return text that any document may hold: no control characters, no lone surrogates, white space made single.

    Nor what turns the direction of the text after it about.
    """
    text = _TURNS.sub("", _SPACE.sub(" ", text))
    if text.isprintable():
        return text
    return "".join("�" if unicodedata.category(c) == "Cs" else c for c in text if unicodedata.category(c) != "Cc")


def short(text: str, length: int) -> str:
    """Return text of at most ``length`` characters, cut at a word where there is one.

    >>> short("a very long statement indeed", 16)
    'a very long …'
    """
    text = clean(text).strip()
    if len(text) <= length:
        return text
    head = text[: length - 1]
    cut = head.rfind(" ")
    return (head[:cut] if cut > length // 2 else head).rstrip() + " …" if cut > length // 2 else head + "…"


def _round(value: float) -> int:
    """Round half up, so that 12.5 and 13.5 are 13 and 14 and not 12 and 14."""
    return math.floor(value + 0.5)


def web_address(url: str | None) -> str:
    """Return the address if it is one of a web page, else nothing: no script or file is ever linked.

    >>> web_address("https://example.org/a"), web_address("javascript:alert(1)"), web_address(None)
    ('https://example.org/a', '', '')
    """
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return ""
    return url if url and parts.scheme in {"http", "https"} and parts.netloc else ""
