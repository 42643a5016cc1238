"""Bulletins for the case `dispute` of tests/cases.py, and a way to spoil them."""

from __future__ import annotations

BULLETIN = """\
date: 2023-03-10
source: Weekly
clusters:
  envoys: One delegation.
evidence:
  - id: envoys_named
    date: 2023-03-09
    claim: North named envoys, by letter.
    observed: yes
    reliability: B
    credibility: 2
    cluster: envoys
    likelihoods:
      sincere: {low: 0.3, mid: 0.5, high: 0.7, because: Envoys cost something.}
      tactic: {low: 0.1, mid: 0.2, high: 0.4, because: Envoys may find out.}
  - id: envoys_arrived
    claim: They arrived.
    observed: no
    reliability: A
    credibility: 1
    cluster: envoys
    likelihoods:
      sincere: {mid: likely, because: They would come.}
      tactic: unlikely
events:
  - {process: border, state: open, claim: The gates were opened.}
schedule:
  - {known_from: 2023-03-05, date: 2023-05-21}
polls:
  - {pollster: House, start: 2023-03-01, end: 2023-03-03, sample_size: 900, incumbent: 45, opponent: 44.5}
retractions:
  - {id: toast, because: "It was water, not wine."}
"""


def spoilt(old: str, new: str) -> str:
    """Return the bulletin with one place changed."""
    assert old in BULLETIN, old
    return BULLETIN.replace(old, new, 1)


def item_bulletin(name: str, day: str, mid: tuple[float, float] = (0.6, 0.3), cluster: str = "") -> str:
    """Return a bulletin of one item, which declares its own cluster."""
    declared = f"clusters: {{{cluster}: One cause.}}\n" if cluster else ""
    rows = ", ".join(
        f"{h}: {{low: {p / 2}, mid: {p}, high: {(1 + p) / 2}, because: So it is.}}"
        for h, p in zip(("sincere", "tactic"), mid, strict=True)
    )
    return (
        f"date: {day}\nsource: Weekly\n{declared}evidence:\n"
        f"  - {{id: {name}, claim: {name} happened., observed: yes, reliability: B, credibility: 2, "
        f"cluster: {cluster or '~'}, likelihoods: {{{rows}}}}}\n"
    )
