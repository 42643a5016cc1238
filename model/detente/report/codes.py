"""The English for the codes that results carry: of ranges, units, causes, models and verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.report.prose import listed, name

if TYPE_CHECKING:
    from detente.analysis.results import Conflict, Indicator, Share

RANGES = {
    "stated": "its stated low and high",
    "own_prior": "the 5% and 95% points of its own prior",
    "next_grade": "the next lower and higher value in the table",
    "none_and_all": "none of it and all of it",
    "assumed_mass": "intervals at their worst, and intervals taken at their word",
    "none_and_twice": "none of it and twice the stated weight",
    "like_and_unlike": "a member of the class, and a case that may be seven times as fast or slow",
    "half_and_twice": "half and twice the stated value",
}
UNITS = {
    "half_interval": "half-intervals",
    "standard_deviation": "standard deviations",
    "difference": "as a difference",
    "step": "steps",
}
PARAMETERS = {
    "prior": "the prior of {}",
    "discrimination": "how much of every stated contrast is kept",
    "correlation": "one correlation within every cluster",
    "reliability": "one share of its weight kept of every item",
}
"""What a parameter that goes from end to end is."""
CAUSES = {
    "prior": "the prior",
    "discrimination": "the discrimination",
    "dependence": "the dependence within clusters",
    "likelihoods": "the likelihoods of items outside clusters",
    "intensities": "the pace of the steps",
    "election": "the election",
    "sum": "sum of all",
}
LADDER = {
    "naive_bayes": "independent items, best guesses taken as certain",
    "judgements": "+ source grades",
    "discrimination": "+ overstated contrasts (discrimination)",
    "dependence": "+ items that repeat each other (dependence)",
    "record": "+ the record of steps taken and not taken",
}
"""The rungs from independent evidence to the whole model."""
VERDICTS = {
    "no_evidence": "There is no evidence yet to tell.",
    "rare_under_every_hypothesis": (
        "Perhaps: this evidence would be rare under every explanation, so one may be missing or a judgement off."
    ),
    "better_than_chance": (
        "The evidence cannot tell. Nearly every item turned out as it was likelier to, more often than chance allows: "
        "the record may list what was seen and omit what was not."
    ),
    "rare": "The evidence was unlikely under the model as a whole: the judgements deserve a second look.",
    "expected": "Nothing suggests it: the evidence as a whole was to be expected.",
}
"""Whether an explanation is missing."""
RARE = 0.05
"""Probability, before the fact, of evidence that was not to be expected."""
NO_POWER = "Power-scaling needs the draws of a NUTS run on the same inputs: `detente run` makes one."


def cause_name(share: Share) -> str:
    """Name a cause of variance, such as ``the likelihoods of “vote”``."""
    return f"the likelihoods of “{name(share.id)}”" if share.id else CAUSES[share.kind]


def indicator_text(indicator: Indicator) -> str:
    """Say what would be seen; a step that no outcome of the case names is named after its state."""
    if indicator.text:
        return indicator.text
    process, _, state = indicator.id.partition(":")
    return f"{name(process)} reaches {name(state)}"


def conflict_words(conflict: Conflict) -> str:
    """Say whether the evidence suggests that an explanation is missing, and whether the items agree."""
    first = VERDICTS[conflict.verdict]
    if not conflict.whole.items:
        return first
    way = "contradict" if conflict.whole.conflict > 0 else "support"
    rare = [f"“{name(row.id)}”" for row in conflict.clusters if max(tail for _, tail in row.by_hypothesis) < RARE]
    last = f" Rare under every explanation: {listed(rare)}." if rare else ""
    return f"{first} The items {way} each other ({signed_bits(conflict.whole.conflict)} bits of conflict).{last}"


def signed_bits(bits: float) -> str:
    """Return a conflict with its sign.

    >>> signed_bits(-5.53), signed_bits(0.31), signed_bits(-0.02)
    ('−5.5', '+0.3', '0.0')
    """
    return f"{bits:+.1f}".replace("-", "−") if round(bits, 1) else "0.0"
