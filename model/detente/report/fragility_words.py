"""Names for the people who read: of elicited numbers, targets and kinds."""

from __future__ import annotations

from detente.report.prose import name

WAYS = "lead"
"""The effect of a tipping point that another hypothesis leads."""
BEFORE_ELECTION = ".before_election"
KINDS = {
    "likelihood": "chance of",
    "correlation": "correlation in",
    "discrimination": "discrimination",
    "prior": "prior weight of",
    "reliability": "reliability of grade",
    "credibility": "credibility of grade",
    "intensity": "pace of",
    "coupling": "coupling",
    "persistence": "persistence",
    "assumed_mass": "mass taken for intervals",
    "election": "chance that wins:",
    "polls": "polls:",
    "outside_view": "weight of the outside view",
}


def asked(target: str) -> str:
    """Name a headline, such as ``leaders met before the election``."""
    if target.endswith(BEFORE_ELECTION):
        return f"“{name(target.removesuffix(BEFORE_ELECTION))}” before the election"
    return f"“{name(target)}”"


def named(identifier: str) -> str:
    """Name what colons and arrows join."""
    parts = [part.replace(">", " → ").replace("=", " at ") for part in identifier.split(":")]
    return ", ".join(
        " ".join(name(word) if word.replace("_", "").isalnum() else word for word in part.split()) for part in parts
    )


def moved_number(kind: str, identifier: str) -> str:
    """Name an elicited number, such as ``chance of kalin warning, if sincere``."""
    lead = KINDS[kind]
    if kind == "likelihood":
        item, _, hypothesis = identifier.partition(":")
        return f"{lead} {name(item)}, if {name(hypothesis)}"
    if kind == "intensity":
        _, step, hypothesis, *regime = identifier.split(":")
        _, _, target = step.partition(">")
        return f"{lead} {name(target)}, if {name(hypothesis)}{_regime(regime)}"
    if kind == "coupling":
        _, step, when = identifier.split(":")
        return f"{lead} {named(step)}, {named(when)}"
    if kind in {"discrimination", "persistence", "assumed_mass", "outside_view"}:
        return lead
    return f"{lead} {name(identifier) if kind not in {'reliability', 'credibility'} else identifier}"


def _regime(parts: list[str]) -> str:
    """Say when, where an election divides the time; ``parts`` are ``before``, or ``after`` and the winner."""
    if not parts:
        return ""
    return ", before the election" if len(parts) == 1 else f", after {name(parts[1])} wins"
