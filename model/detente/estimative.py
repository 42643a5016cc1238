"""Words of estimative probability: which word a probability takes, and which probabilities a word stands for.

A scale is a row of bands.  A band includes both of its edges; an edge that two bands share belongs to the band nearer
to one half, so that the weaker word wins.  Where a scale leaves the ends free, its end words are used below and above
as well, and :func:`percent` shows how far out the probability is.  Where it leaves gaps, a probability in a gap is
between two words, and is given both.

References
----------
Office of the Director of National Intelligence (2015).  Intelligence Community Directive 203: Analytic Standards.
European Food Safety Authority (2018).  Guidance on uncertainty analysis in scientific assessments.
Professional Head of Intelligence Assessment (2018).  Probability yardstick.
"""

from __future__ import annotations

from detente.frozen import Immutable


class Band(Immutable):
    """A word and the probabilities it stands for, edges included."""

    low: float
    high: float
    word: str


class Scale(Immutable):
    """A named row of bands, from the least to the most likely."""

    name: str
    bands: tuple[Band, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The words, from the least to the most likely."""
        return tuple(band.word for band in self.bands)


ICD_203 = Scale(
    "ICD 203",
    (
        Band(0.01, 0.05, "almost no chance"),
        Band(0.05, 0.20, "very unlikely"),
        Band(0.20, 0.45, "unlikely"),
        Band(0.45, 0.55, "roughly even chance"),
        Band(0.55, 0.80, "likely"),
        Band(0.80, 0.95, "very likely"),
        Band(0.95, 0.99, "almost certain"),
    ),
)
EFSA = Scale(
    "EFSA",
    (
        Band(0.00, 0.01, "almost impossible"),
        Band(0.01, 0.05, "extremely unlikely"),
        Band(0.05, 0.10, "very unlikely"),
        Band(0.10, 0.33, "unlikely"),
        Band(0.33, 0.66, "about as likely as not"),
        Band(0.66, 0.90, "likely"),
        Band(0.90, 0.95, "very likely"),
        Band(0.95, 0.99, "extremely likely"),
        Band(0.99, 1.00, "almost certain"),
    ),
)
UK = Scale(
    "UK yardstick",
    (
        Band(0.00, 0.05, "remote chance"),
        Band(0.10, 0.20, "highly unlikely"),
        Band(0.25, 0.35, "unlikely"),
        Band(0.40, 0.50, "realistic possibility"),
        Band(0.55, 0.75, "likely"),
        Band(0.80, 0.90, "highly likely"),
        Band(0.95, 1.00, "almost certain"),
    ),
)

SECOND_WORDS = {
    "remote": "almost no chance",
    "highly improbable": "very unlikely",
    "improbable": "unlikely",
    "improbably": "unlikely",
    "roughly even odds": "roughly even chance",
    "probable": "likely",
    "probably": "likely",
    "highly probable": "very likely",
    "nearly certain": "almost certain",
    "almost certainly": "almost certain",
}
"""The second set of words of ICD 203 and its adverbs, each with the word of the first set that has the same range."""


def term(probability: float, scale: Scale = ICD_203) -> str:
    """Return the word for a probability.

    Raises
    ------
    ValueError
        If ``probability`` is not between 0 and 1.

    Examples
    --------
    >>> term(0.09), term(0.20), term(0.80), term(0.001)
    ('very unlikely', 'unlikely', 'likely', 'almost no chance')
    >>> term(0.22, UK)
    'highly unlikely to unlikely'
    """
    if not 0 <= probability <= 1:
        raise ValueError(f"a probability must be between 0 and 1 (got {probability})")
    below = [band for band in scale.bands if band.low <= probability]
    above = [band for band in scale.bands if probability <= band.high]
    if not below:
        return above[0].word
    if not above:
        return below[-1].word
    if below[-1].high < probability:  # in a gap
        return f"{below[-1].word} to {above[0].word}"
    # On a shared edge `above` begins with the lower of the two bands, `below` ends with the upper.
    return (below[-1] if probability < 1 / 2 else above[0]).word


def term_range(word: str, scale: Scale = ICD_203) -> tuple[float, float]:
    """Return the lowest and the highest probability a word stands for.

    Raises
    ------
    ValueError
        If the scale has no such word.

    Examples
    --------
    >>> term_range("very likely")
    (0.8, 0.95)
    """
    wanted = " ".join(word.split()).casefold()
    for band in scale.bands:
        if band.word == wanted:
            return band.low, band.high
    raise ValueError(f'"{word}" is not a word of the {scale.name} scale: {", ".join(scale.words)}')


def stated_range(word: str) -> tuple[float, float]:
    """Return the range of a word that an assessor states: of either set of ICD 203, or of the UK yardstick.

    A word that both have is taken as ICD 203 has it; a range of the yardstick ends at 1 and 99 per cent, as those of
    ICD 203 do.

    Raises
    ------
    ValueError
        If none of them has the word.

    Examples
    --------
    >>> stated_range("probable"), stated_range("realistic possibility"), stated_range("remote chance")
    ((0.55, 0.8), (0.4, 0.5), (0.01, 0.05))
    """
    wanted = " ".join(word.replace("_", " ").replace("-", " ").split()).casefold()
    wanted = SECOND_WORDS.get(wanted, wanted)
    if wanted in ICD_203.words:
        return term_range(wanted)
    low, high = term_range(wanted, UK)
    return max(low, ICD_203.bands[0].low), min(high, ICD_203.bands[-1].high)


def percent(probability: float) -> str:
    """Write a probability as a whole percentage, at the ends as ``<1%`` and ``>99%``.

    >>> percent(0.123), percent(0.004), percent(0.999)
    ('12%', '<1%', '>99%')
    """
    if probability < 0.01:  # noqa: PLR2004 - the scale's own end
        return "<1%"
    if probability > 0.99:  # noqa: PLR2004
        return ">99%"
    return f"{100 * probability:.0f}%"
