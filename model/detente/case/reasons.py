"""Reasons that are none, for ``detente check``: missing, too short, given twice, or left from the skeleton."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from detente.case.likelihoods import NO_REASON, UNREASONED
from detente.case.loading import read_record
from detente.errors import quoted

if TYPE_CHECKING:
    from detente.case.assessors import Assessor
    from detente.case.findings import Advice, Place, Places
    from detente.case.schema import CaseRecord

FEWEST_WORDS = 3
NO_POLLS = re.compile(r"\bno (?:\w+ )?polls?\b", re.IGNORECASE)
POOR = "reasons are missing or too short: say why"


def poor_reasons(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for judgements without a reason, or with one that does not tell their hypotheses apart."""
    told: set[Place] = set()
    for place, what, because in _reasons(case, places):
        if (fault := _fault(because)) and place not in told:
            told.add(place)
            yield place, f"{what}: {fault}: say why", POOR
    for one, who, prefix in _judges(case):
        for item, judged in one.likelihoods.items():
            times = Counter(row.because for row in judged.values() if not _fault(row.because))
            for hypothesis, row in judged.items():
                if times.pop(row.because, 0) > 1:
                    place = places.of("likelihood", item, hypothesis, *who, file="likelihoods.csv")
                    yield place, f"{prefix}{item}: has the same reason under several hypotheses: say how they differ"


def _judges(case: CaseRecord) -> list[tuple[CaseRecord | Assessor, tuple[str, ...], str]]:
    """Return who judged: the case, or each assessor of a pool, with what their places and their lines begin with."""
    if not case.is_pooled:
        return [(case, (), "")]
    return [(one, (one.id,), f"{one.name}: ") for one in case.assessors]


def _reasons(case: CaseRecord, places: Places) -> Iterator[tuple[Place, str, str]]:
    """Yield the reason of every judgement, with its place and what it is of."""
    for one, who, prefix in _judges(case):
        for item, judged in one.likelihoods.items():
            for hypothesis, row in judged.items():
                place = places.of("likelihood", item, hypothesis, *who, file="likelihoods.csv")
                yield place, f"{prefix}{item} under {hypothesis}", row.because
        for pace in one.intensities:
            step = f"{pace.transition.process}: {pace.transition.source} > {pace.transition.target}"
            place = places.of("intensity", *pace.cell, *who, file="intensities.csv")
            yield place, f"{prefix}{step}", pace.because
    for one in () if case.own_decides else case.assessors:
        for hypothesis, because in one.weights_because.items():
            yield places.of("weight", hypothesis, one.id, file="priors.csv"), f"{one.name}: {hypothesis}", because


def _fault(because: str) -> str:
    """Return what keeps a text from being a reason."""
    if because in {NO_REASON, UNREASONED}:
        return "has no reason"
    return "" if len(because.split()) >= FEWEST_WORDS else f"{quoted(because)} is too short for a reason"


def left_standing(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for reasons of the skeleton that a case of one's own still has, and for weights that polls overrule."""
    from detente.case.template import SKELETON

    election = case.priors.election
    cut = case.as_of(case.information_cutoff)
    if election is not None and cut.polls_in_force and NO_POLLS.search(election.because):
        text = f"says that there are no polls, and {len(cut.polls_in_force)} polls decide in place of its weights"
        yield places.of("file", file="priors.yaml"), f"election: its reason {text}: mend the reason"
    skeleton, _ = read_record(SKELETON)
    if case.title == skeleton.title:  # nothing was replaced yet
        return
    invented = {row.because for judged in skeleton.likelihoods.values() for row in judged.values()}
    invented |= {row.because for row in skeleton.intensities} | {skeleton.priors.hypotheses.because}
    invented |= {skeleton.priors.election.because} if skeleton.priors.election else set()
    invented |= {prior.because for prior in skeleton.priors.dependence.values()}
    stated = {"hypotheses": case.priors.hypotheses.because, **({"election": election.because} if election else {})}
    stated |= {f"dependence.{name}": prior.because for name, prior in case.priors.dependence.items()}
    for key, because in stated.items():
        if because in invented:
            yield places.of("file", file="priors.yaml"), f"{key}: its reason is that of the skeleton: say yours"
    left = sum(row.because in invented for judged in case.likelihoods.values() for row in judged.values())
    if left:
        text = (
            f"{left} reasons are those of the skeleton: say yours" if left > 1 else "a reason is that of the skeleton"
        )
        yield places.of("file", file="likelihoods.csv"), text
    if any(row.because in invented for row in case.intensities):
        yield places.of("file", file="intensities.csv"), "has reasons of the skeleton: say yours"
