"""Ask for what was not given as an option, and say what a judgement amounts to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from detente.case.composing import Judgement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detente.case.evidence import EvidenceItem, Likelihood

BARE, POSITIVE, STRONG = 3.0, 20.0, 150.0
"""Bounds of Kass and Raftery (1995) for a ratio of likelihoods."""


def ask(option: str, question: str, given: str | None, *, default: str | None = None) -> str:
    """Return what was given, else what is answered."""
    if given is not None:
        return given
    try:
        answer: str = click.prompt(question, default=default, show_default=bool(default), err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise click.UsageError(f"{option} is missing, and nobody is there to ask") from None
    return answer.strip()


def ask_judgements(
    hypotheses: Sequence[str], likelihoods: Mapping[str, str], reasons: Mapping[str, str]
) -> dict[str, Judgement]:
    """Return the judgement under each hypothesis: lower and upper first, then the best guess, then why."""
    found = {}
    for hypothesis in hypotheses:
        if hypothesis in likelihoods:
            parts = likelihoods[hypothesis].split("/")
            low, mid, high = parts if len(parts) == 3 else ("", likelihoods[hypothesis], "")  # noqa: PLR2004 - low/mid/high
        else:
            about = f"How likely would one be to see it if {hypothesis} is true"
            option = f"--likelihood {hypothesis}=..."
            low = ask(option, f"{about}: at the least (0 to 1)", None)
            high = ask(option, "  at the most", None)
            mid = ask(option, "  best guess", None)
        because = ask(f"--because {hypothesis}=...", "  because", reasons.get(hypothesis))
        found[hypothesis] = Judgement(low.strip(), mid.strip(), high.strip(), because)
    return found


def in_words(item: EvidenceItem, judged: Mapping[str, Likelihood]) -> str:
    """Say how an item's likelihoods compare, on the best guesses alone."""
    chance = {h: row.mid if item.observed else 1 - row.mid for h, row in judged.items()}
    most, least = max(chance, key=lambda h: chance[h]), min(chance, key=lambda h: chance[h])
    ratio = round(chance[most] / chance[least], 6)
    what = "This" if item.observed else "Its absence"
    if ratio == 1:
        return f"{what} is equally likely under every hypothesis: it moves nothing by itself."
    strength = (
        "hardly worth a mention"
        if ratio < BARE
        else "positive evidence"
        if ratio < POSITIVE
        else "strong evidence"
        if ratio < STRONG
        else "very strong evidence: is it really that decisive?"
    )
    return f"{what} is {ratio:.2g} times as likely under {most} as under {least}: {strength}."
