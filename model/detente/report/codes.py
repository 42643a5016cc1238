"""The English for the codes that results carry: of ranges, units, causes, models and verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.report.prose import listed, name

if TYPE_CHECKING:
    from detente.analysis.results import BreakEven, Conflict, Indicator, Share, Sweep

RANGES = {
    "stated": "its stated low and high",
    "own_prior": "the 5% and 95% points of its own prior",
    "next_grade": "the next lower and higher value in the table",
    "none_and_all": "none of it and all of it",
    "assumed_mass": "intervals at their worst, and intervals taken at their word",
    "none_and_twice": "none of it and twice the stated weight",
    "half_and_twice": "half and twice the stated value",
}
UNITS = {
    "half_interval": "half-intervals",
    "standard_deviation": "standard deviations",
    "difference": "as a difference",
    "step": "steps",
}
SWEEPS = {
    "discrimination": "discrimination, taken as known",
    "correlation": "correlation of every cluster, taken as known",
    "reliability": "share of every item that is believed, whatever its grade",
}
CAUSES = {
    "prior": "prior",
    "discrimination": "discrimination",
    "dependence": "correlation within clusters",
    "likelihoods": "likelihoods of items outside clusters",
    "intensities": "transition intensities",
    "election": "election",
}
LADDER = {
    "naive_bayes": "independent evidence (naive Bayes on the best guesses)",
    "judgements": "source grades",
    "discrimination": "discrimination",
    "dependence": "dependence within clusters",
    "record": "the record of what has happened",
}
VERDICTS = {
    "no_evidence": "There is no evidence to be in conflict.",
    "rare_under_every_hypothesis": (
        "Such evidence would be rare under every explanation: an explanation may be missing, or a judgement is off."
    ),
    "better_than_chance": (
        "Nearly every item came out the likelier way, more often than chance allows: the record may list what was seen "
        "and leave out what was missed, which the model cannot know."
    ),
    "rare": "Before the fact, such evidence was unlikely under the model as a whole: review the judgements.",
    "expected": "Such evidence was to be expected: nothing in it suggests that an explanation is missing.",
}
RARE = 0.05
VARIANCE_METHOD = (
    "First-order Sobol indices by pick-freeze (Saltelli and others 2010), over the stated distributions before any "
    "evidence; standard errors by the delta method."
)
NO_POWER = "Power-scaling needs the draws of a NUTS run on the same inputs: `detente run` makes one."
WATCH_NOTE = (
    "Each indicator is taken as reported by a source graded A1. Given the explanation and the discrimination, "
    "indicators are independent, except that those of one cluster share its cause; of the next steps of processes, the "
    "best set holds one."
)


def sweep_meaning(sweep: Sweep) -> str:
    """Say what a parameter that is swept is."""
    if sweep.parameter == "prior":
        return f"prior of {name(sweep.hypothesis)}"
    return SWEEPS.get(sweep.parameter, sweep.parameter)


def beyond(row: BreakEven) -> str:
    """Say what lies on the other side of a line."""
    return "one half" if row.beyond == "even" else row.beyond


def cause_name(share: Share) -> str:
    """Name a cause of variance."""
    return f"likelihoods in {name(share.id)}" if share.id else CAUSES.get(share.kind, share.kind)


def step_name(code: str) -> str:
    """Name a rung of the ladder of models."""
    return LADDER.get(code, code)


def indicator_text(indicator: Indicator) -> str:
    """Say what would be seen; a step that no outcome of the case names is named after its state."""
    if indicator.text:
        return indicator.text
    process, _, state = indicator.id.partition(":")
    return f"{name(process)} reaches {name(state)}"


def conflict_verdict(conflict: Conflict) -> str:
    """Say what the conflict of the evidence means."""
    first = VERDICTS.get(conflict.verdict, conflict.verdict)
    if not conflict.whole.items:
        return first
    bits = f"{conflict.whole.conflict:+.1f} bits".replace("-", "−")
    way = "get in each other’s way" if conflict.whole.conflict > 0 else "confirm one another"
    odd = [name(row.id) for row in conflict.clusters if max(tail for _, tail in row.by_hypothesis) < RARE]
    last = f" Rare under every explanation: {listed(odd)}." if odd else ""
    return f"{first} The items {way} (conflict {bits}).{last}"
