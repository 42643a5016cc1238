"""Names that may be slips of one another: of a reference class, of pollsters, and of groups of questions.

Nothing declares such a name, so that one misspelt is one more class, a house or a group of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING

from detente.case.files import SLIP, likeness
from detente.case.findings import Advice, Places, rule
from detente.errors import quoted

if TYPE_CHECKING:
    from detente.case.schema import CaseRecord

MOST_NAMES = 300
"""Names that are compared, each with each; more were written by a program."""
LEAST_WORD = 4
"""Letters of a word from which on a slip in it is told from another word."""


@rule
def namesakes(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for slips: a class not leaned on that has one row, or whose name is nearly that of the one that is.

    And for two pollsters that may be one.
    """
    classes = Counter(member.reference_class for member in case.reference_class)
    if (view := case.priors.outside_view) is not None:
        used = view.reference_class
        for name, count in classes.items():
            if name != used and (count == 1 or _alike(name, used)):
                rows = f"{count} row has" if count == 1 else f"{count} rows have"
                hint = f"did you mean `{used}`, as" if _alike(name, used) else f"it leans on `{used}`, by"
                text = f"does not lean on {quoted(name)}, which {rows} ({hint} outside_view in priors.yaml)"
                yield places.of("class", name), f"class: the forecast {text}"
    pollsters = Counter(poll.pollster for poll in case.polls)
    for rare, text in slips(pollsters, "pollster", "houses"):
        yield places.of("pollster", rare), text


def slips(counts: Mapping[str, int], column: str, many: str) -> Iterator[tuple[str, str]]:
    """Yield the rarer of two names of a column that may be one, and what is to be said of them."""
    for pair in combinations(counts, 2) if len(counts) <= MOST_NAMES else ():
        if _alike(*pair):
            rare, usual = sorted(pair, key=lambda name: counts[name])
            text = f"{quoted(rare)} and {quoted(usual)} count as two {many}: use one spelling if they are one"
            yield rare, f"{column}: {text}"


def _alike(one: str, other: str) -> bool:
    """Tell whether two names differ by slips in words that are long enough for it, and by no number.

    >>> _alike("neighbours", "neighbors"), _alike("House A", "House B"), _alike("gulf_talks", "golf_talks")
    (True, False, False)
    """
    words = [re.split(r"[\W_]+", name.casefold()) for name in (one, other)]
    if len(words[0]) != len(words[1]):
        return "".join(words[0]) == "".join(words[1])
    pairs = [pair for pair in zip(*words, strict=True) if pair[0] != pair[1]]
    return all(
        min(map(len, pair)) >= LEAST_WORD and "".join(pair).isalpha() and likeness(*pair) >= SLIP for pair in pairs
    )
