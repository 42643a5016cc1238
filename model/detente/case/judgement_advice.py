"""What a careful reader asks about judgements, for ``detente check``.

Likelihoods, paces, ranges and couplings; reasons that are none; what still stands as ``detente new`` wrote it; and what
assessors left out, which is advice only, for others' judgements stand there.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from unicodedata import normalize

from detente.case.assessors import Assessor
from detente.case.contents import CaseTables
from detente.case.election import BEFORE
from detente.case.evidence import EvidenceItem
from detente.case.extent import nearly_too_many
from detente.case.files import sheet_name
from detente.case.findings import Advice, Place, Places, rule
from detente.case.intensities import Intensity
from detente.case.likelihoods import NO_REASON, UNREASONED
from detente.case.loading import cut, read_record
from detente.case.phases import main_regime, part_of
from detente.case.processes import Process
from detente.case.record_advice import in_force
from detente.case.schema import CaseRecord
from detente.case.template import SKELETON
from detente.errors import quoted

ONE_SIDED_SHARE, ONE_SIDED_ITEMS = 0.9, 6
EXTREME_ODDS = 100.0
WEAK_TRUST, WEAK_ODDS = 0.5, 10.0
NEARLY_CERTAIN, NEARLY_IMPOSSIBLE = 0.99, 0.001
FEW_QUESTIONS = 7


def odds(case: CaseTables, item: EvidenceItem) -> tuple[float, str]:
    """Return how much likelier an item's state is under the hypothesis it favours than under the one it favours least.

    And the hypothesis it favours; the ratio is 1 where it favours none.
    """
    seen = {hypothesis: row.mid for hypothesis, row in case.likelihoods[item.id].items()}
    chance = seen if item.observed else {hypothesis: 1 - mid for hypothesis, mid in seen.items()}
    favoured = max(chance, key=lambda hypothesis: chance[hypothesis])
    return chance[favoured] / min(chance.values()), favoured


@rule
def _likelihoods(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for items that move nothing, too much, or more than their source can carry."""
    for item in case.evidence:
        ratio, favoured = odds(case, item)
        place = places.of("likelihood", item.id, favoured)
        trust = case.priors.trust(item)
        if math.isclose(ratio, 1, rel_tol=1e-9):
            yield place, f"{item.id}: is equally likely under every hypothesis, so it is no evidence: drop or revise it"
        elif ratio > EXTREME_ODDS:
            yield place, f"{item.id}: favours {favoured} by {ratio:.0f} to 1: check that it is that decisive"
        elif trust < WEAK_TRUST and ratio > WEAK_ODDS:
            text = f"favours {favoured} by {ratio:.0f} to 1 on a source graded {item.grade}"
            yield place, f"{item.id}: {text}: find a better source, or state a weaker contrast"


@rule
def _one_sided(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for a record in which (nearly) everything favours one hypothesis."""
    judged = [odds(case, item) for item in in_force(case)]
    votes = Counter(favoured for ratio, favoured in judged if not math.isclose(ratio, 1, rel_tol=1e-9))
    if not votes:
        return
    leader, count = votes.most_common(1)[0]
    total = votes.total()
    if total >= ONE_SIDED_ITEMS and count >= ONE_SIDED_SHARE * total:
        text = f"{count} of the {total} items in force favour {leader}: look for evidence against it"
        yield places.whole("evidence.csv"), text


@rule
def _directions(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for clusters whose items speak different ways, so that their common cause pulls on them in both."""
    for cluster in case.clusters:
        items = [item for item in case.evidence if item.cluster == cluster and item.loading is None]
        favoured = {item.id: odds(case, item.changed(observed=True)) for item in items}
        sides = {side: item for item, (ratio, side) in favoured.items() if not math.isclose(ratio, 1, rel_tol=1e-9)}
        if len(sides) > 1:
            (one, first), (other, second) = list(sides.items())[:2]
            text = f"mixes directions: seeing {first} speaks for {one}, seeing {second} for {other}"
            effect = "their shared cause is taken to make one likelier and the other less likely"
            remedy = (
                f"in the column loading of evidence.csv write + for both if it makes both likelier, or + for {first} "
                f"and - for {second} if it is as taken"
            )
            yield places.of("cluster", cluster), f"clusters.{cluster}: {text}: {effect}: {remedy}"


@rule
def _intensities(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for steps that are (nearly) certain or impossible over the time they have."""
    cells: dict[Place, list[tuple[Intensity, float]]] = {}
    for row in case.intensities:
        days = _days(case, row.regime)
        if days <= 0:
            continue
        place = places.of("intensity", *row.cell)
        chance = 1 - (1 - row.mid) ** (days / row.within_days)
        if chance > NEARLY_CERTAIN or chance < NEARLY_IMPOSSIBLE:
            cells.setdefault(place, []).append((row, chance))
    for place, rows in cells.items():
        for row, chance in rows[:1] if place.line else rows:
            step = f"{row.transition.process}: {row.transition.source} > {row.transition.target}"
            verdict = "all but certain" if chance > NEARLY_CERTAIN else "all but impossible"
            scope = f"under {row.hypothesis}{f' in {row.regime}' if case.election is not None else ''}"
            text = f"{row.mid:.3g} within {row.within_days:g} days makes it {verdict} {scope}"
            share = f"{100 * chance:.2g}%" if chance < 1 / 2 else f"{100 * chance:.4g}%"
            yield place, f"{step}: {text} ({share} over the time left): check that this is meant"


@rule
def _waited(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for a record so long without a step that the stated paces cannot have held for all of it."""
    now = cut(case)
    for process in case.processes:
        state, taken = now.state(process.id), now.history(process.id)
        since = taken[-1].date if taken else process.start.date
        days = (case.information_cutoff - since).days
        stayed: defaultdict[tuple[str, str], float] = defaultdict(float)
        for row in case.intensities:
            if (row.transition.process, row.transition.source) == (process.id, state) and part_of(row.regime) is None:
                stayed[row.hypothesis, row.regime] += math.log1p(-row.mid) * days / row.within_days
        if stayed and math.exp(max(stayed.values())) < NEARLY_IMPOSSIBLE:
            text = f"no step has been taken from {state} since {since}, {days:,} days"
            effect = "at any of the stated paces it would have been, so the forecast takes the paces for far slower"
            remedy = "let start.date be the day from which these paces hold, or state slower ones"
            yield places.of("process", process.id), f"processes.{process.id}: {text}: {effect}: {remedy}"


def _days(case: CaseRecord, regime: str) -> int:
    """Return how long a regime, or a part of one, lasts within the horizon, from the cut-off on."""
    start, end = case.information_cutoff, case.horizon
    if case.election is not None and case.election.schedule:
        known = [row for row in case.election.schedule if row.known_from <= start] or [*case.election.schedule]
        election = max(known, key=lambda row: row.known_from).date
        start, end = (start, election) if main_regime(regime) == BEFORE else (max(start, election), end)
    return case.days_in(regime, start, end)


@rule
def _ranges(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for calibration questions that are not used, too few, or answered too badly or too well."""
    place, asked = places.whole("calibration.csv"), case.calibration_of()
    if not case.calibration or case.is_pooled:
        return
    held = sum(question.low <= question.truth <= question.high for question in asked)
    if case.priors.assumed_mass is not None:
        text = "the questions are not used, since priors.yaml states assumed_mass: delete that, or the questions"
        yield place, text
    elif not asked:
        named = len({question.assessor for question in case.calibration})
        text = f"answers of {named} assessors are not used, since no judgement names its assessor"
        yield place, f"{text}: leave the assessor blank where it is the one of the case"
    elif len(asked) < FEW_QUESTIONS:
        many = "1 calibration question teaches" if len(asked) == 1 else f"{len(asked)} calibration questions teach"
        text = f"{many} less than is known beforehand, which is worth seven"
        yield place, f"{text}: ask more"
    elif not held:
        text = f"none of the {len(asked)} true values lies in its range: check their units, and the column scale"
        yield place, text
    elif held == len(asked):
        text = f"all {held} true values lie in their ranges: make sure that they were not known when these were stated"
        yield place, text


@rule
def _couplings(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for couplings that never matter, or give processes nearly as many states together as may be."""
    for key, text in nearly_too_many(case):
        yield places.of(*key), text
    processes: Mapping[str, Process] = {process.id: process for process in case.processes}
    stated: set[tuple[str, str, str, str]] = set()
    for index, coupling in enumerate(case.priors.couplings):
        place = places.of("coupling", str(index))
        said = coupling.process, coupling.to, coupling.when.process, coupling.when.reached
        if said in stated:
            twice = "is stated before on the same condition, and the multipliers are multiplied: keep one"
            yield place, f"couplings: {coupling.process} to {coupling.to}: {twice}"
        stated.add(said)
        moved, when = processes[coupling.process], processes[coupling.when.process]
        fault = None
        if coupling.multiplier == 1:
            fault = "multiplies by 1"
        elif (coupling.to == moved.start.state and not moved.returns) or coupling.to not in moved.reach[
            moved.start.state
        ]:
            fault = f"no step from the start leads to {coupling.to}"
        elif coupling.when.reached not in when.reach[when.start.state]:
            others = when.start.state in when.beyond[coupling.when.reached]
            fault = None if others else f"{when.id} never reaches {coupling.when.reached}"
        if fault:
            yield place, f"couplings: {coupling.process} to {coupling.to}: {fault}, so it changes nothing: delete it"


FEWEST_WORDS = 3
NO_POLLS = re.compile(r"\bno (?:\w+ )?polls?\b", re.IGNORECASE)
POOR = "reasons are missing or too short: say why"


@rule
def _poor_reasons(case: CaseRecord, places: Places) -> Iterator[Advice]:
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
                    place = places.of("likelihood", item, hypothesis, *who)
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
                place = places.of("likelihood", item, hypothesis, *who)
                yield place, f"{prefix}{item} under {hypothesis}", row.because
        for pace in one.intensities:
            step = f"{pace.transition.process}: {pace.transition.source} > {pace.transition.target}"
            place = places.of("intensity", *pace.cell, *who)
            yield place, f"{prefix}{step}", pace.because
    for one in () if case.own_decides else case.assessors:
        for hypothesis, because in one.weights_because.items():
            yield places.of("weight", hypothesis, one.id), f"{one.name}: {hypothesis}", because


def _fault(because: str) -> str:
    """Return what keeps a text from being a reason."""
    if because in {NO_REASON, UNREASONED}:
        return "has no reason"
    return "" if len(because.split()) >= FEWEST_WORDS else f"{quoted(because)} is too short for a reason"


@rule
def _left_standing(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for reasons of the skeleton that a case of one's own still has, and for weights that polls overrule."""
    election = case.priors.election
    cut = case.as_of(case.information_cutoff)
    if election is not None and cut.polls_in_force and NO_POLLS.search(election.because):
        text = f"says that there are no polls, and {len(cut.polls_in_force)} polls decide in place of its weights"
        yield places.whole("priors.yaml"), f"election: its reason {text}: mend the reason"
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
            yield places.whole("priors.yaml"), f"{key}: its reason is that of the skeleton: say yours"
    left = sum(row.because in invented for judged in case.likelihoods.values() for row in judged.values())
    if left:
        many = f"{left} reasons are those of the skeleton: say yours"
        text = many if left > 1 else "a reason is that of the skeleton"
        yield places.whole("likelihoods.csv"), text
    if any(row.because in invented for row in case.intensities):
        yield places.whole("intensities.csv"), "has reasons of the skeleton: say yours"


FEW = 3
TABLES = {"likelihood": "likelihoods.csv", "intensity": "intensities.csv"}


@rule
def _left_out(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for what assessors left out, and for names that may be one person's."""
    cells = {
        "likelihood": [f"{item} under {name}" for item in case.likelihoods for name in case.hypothesis_ids],
        "intensity": [_cell_name(one) for one in case.intensities],
    }
    alike: dict[str, str] = {}
    for one in case.assessors:
        judged = {
            "likelihood": {f"{item} under {name}" for item, under in one.likelihoods.items() for name in under},
            "intensity": {_cell_name(pace) for pace in one.intensities},
        }
        for kind, wanted in cells.items():
            missing = [cell for cell in wanted if cell not in judged[kind]]
            if one.id and missing:
                table = TABLES[kind]
                file = sheet_name(one.id, table)
                place = places.whole(file if file in places.files else table)
                there = "the case's own stand" if case.own_decides else "those of others stand"
                yield place, f"{_say_left_out(one.id, kind, missing, len(wanted))}: {there} there"
        place = places.whole("likelihoods.csv")
        other = alike.setdefault("".join(normalize("NFKC", one.id).casefold().split()), one.id)
        if other != one.id:
            yield place, f'assessor: "{one.id}" and "{other}" count as two people: use one spelling if they are one'
    unknown = {question.assessor for question in case.calibration} - {one.id or None for one in case.assessors} - {None}
    if case.is_pooled and unknown:
        text = f"answers of {', '.join(sorted(filter(None, unknown)))} are not used, since no judgement has that name"
        yield places.whole("calibration.csv"), f"{text}: correct the column assessor, or delete them"


def _cell_name(stated: Intensity) -> str:
    step = stated.transition
    return f"{step.process}: {step.source} > {step.target} under {stated.hypothesis} in {stated.regime}"


def _say_left_out(who: str, kind: str, missing: Sequence[str], total: int) -> str:
    nouns = {"likelihood": "likelihoods", "intensity": "intensities"}
    if len(missing) == total:
        return f"{who} states no {kind}"
    named = ", ".join(missing[:FEW]) + (f" and {len(missing) - FEW} more" if len(missing) > FEW else "")
    return f"{who} leaves out {len(missing)} of {total} {nouns[kind]} ({named})"
