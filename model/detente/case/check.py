"""Lint the judgements of a consistent case: what a careful reader would ask about before believing the forecast.

Each piece of advice is one line: where, what, and what to do.  None of it stops a forecast.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise

from detente.case.clock import counted_until, doubtful_day
from detente.case.dialect import foreign, lost_letters
from detente.case.documents import first_anchor
from detente.case.election import BEFORE
from detente.case.evidence import EvidenceItem
from detente.case.extent import nearly_too_many
from detente.case.files import CaseFiles
from detente.case.findings import Advice, Place, Places
from detente.case.intensities import Intensity
from detente.case.left_out import left_out
from detente.case.loading import check_cutoff, cut, read_record
from detente.case.locating import CaseLocation
from detente.case.namesakes import namesakes
from detente.case.phases import main_regime, part_of
from detente.case.poll_errors import LEARNED
from detente.case.polls import INCUMBENT, waves
from detente.case.processes import Process
from detente.case.reasons import left_standing, poor_reasons
from detente.case.schema import CaseRecord, CaseTables
from detente.errors import NAMED, Problem, numbered, quoted

ONE_SIDED_SHARE, ONE_SIDED_ITEMS = 0.9, 6
EXTREME_ODDS = 100.0
WEAK_TRUST, WEAK_ODDS = 0.5, 10.0
NEARLY_CERTAIN, NEARLY_IMPOSSIBLE = 0.99, 0.001
FEW_QUESTIONS = 7
TWO = 2


def lint(case: CaseRecord, places: Places | None = None) -> tuple[Problem, ...]:
    """Return the advice on a case, in order of file and line.

    Give the whole case, as :func:`detente.case.read_record` has it, to hear of what the cut-off leaves out too.
    """
    where = places or Places()
    rules: tuple[Callable[[CaseRecord, Places], Iterable[Advice]], ...] = (
        _likelihoods,
        poor_reasons,
        left_standing,
        _one_sided,
        _clusters,
        _directions,
        _dates,
        _clock,
        _undated,
        _count,
        _duplicates,
        _states,
        _outcomes,
        _intensities,
        _waited,
        _phases,
        _couplings,
        _ranges,
        left_out,
        _unused,
        namesakes,
        _lineage,
    )
    return tuple(sorted({Problem(*place, *texts) for rule in rules for place, *texts in rule(case, where)}))


def examine(location: CaseLocation) -> tuple[CaseRecord, tuple[Problem, ...]]:
    """Load a case whole, make sure that it can be forecast at its cut-off, and return it with the advice on it.

    Raises
    ------
    CaseError
        If its files have problems.
    CutoffError
        If it cannot be forecast at its cut-off.
    """
    case, places = read_record(location)
    check_cutoff(cut(case))
    return case, tuple(sorted({*lint(case, places), *_written(location)}))


def gathered(advice: Iterable[Problem]) -> list[Problem]:
    """Return advice with what is said of many lines of one file said once, with their number and the first of them."""
    alike: dict[tuple[str, str], list[Problem]] = {}
    for piece in advice:
        alike.setdefault((piece.file, piece.about or str(piece)), []).append(piece)
    lines: list[Problem] = []
    for (file, about), pieces in alike.items():
        if len(pieces) < NAMED:
            lines += pieces
        else:
            places = numbered([piece.line for piece in pieces], NAMED)
            lines.append(Problem(file, 0, f"{len(pieces)} {about} ({places})"))
    return lines


def _written(location: CaseLocation) -> Iterator[Problem]:
    """Look for what a spreadsheet has made of the files: read as it is, or lost."""
    files = CaseFiles(location)
    files.read_all()
    for name, text in files.texts.items():
        label = files.findings[name].file
        if name.endswith(".csv") and (met := foreign(text)):
            how = f"{', '.join(met[:-1])} and {met[-1]}" if len(met) > 1 else met[0]
            yield Problem(label, 1, f"has {how}, and is read as such: `detente tidy {label}` writes it as detente does")
        if name.endswith(".yaml") and (anchor := first_anchor(text)):
            line, called = anchor
            text_of = f"`&{called}` names a part that aliases repeat: it is read, but no command can edit this file in"
            yield Problem(
                label, line, f"{text_of} place (update, evidence retract, priors roll): write out what is meant"
            )
        lost = [(line, word) for line, part in enumerate(text.splitlines(), 1) for word in lost_letters(part)]
        if lost:
            lines = ", ".join(dict.fromkeys(str(line) for line, _ in lost[:NAMED])) + (
                ", ..." if len(lost) > NAMED else ""
            )
            many = f" and {len(lost) - 1} more words (lines {lines})" if len(lost) > 1 else ""
            said = f"{quoted(lost[0][1])}{many}: a letter was lost where the ? stands: type it, and save as UTF-8"
            yield Problem(label, lost[0][0], said)


def odds(case: CaseTables, item: EvidenceItem) -> tuple[float, str]:
    """Return how much likelier an item's state is under the hypothesis it favours than under the one it favours least.

    And the hypothesis it favours; the ratio is 1 where it favours none.
    """
    seen = {hypothesis: row.mid for hypothesis, row in case.likelihoods[item.id].items()}
    chance = seen if item.observed else {hypothesis: 1 - mid for hypothesis, mid in seen.items()}
    favoured = max(chance, key=lambda hypothesis: chance[hypothesis])
    return chance[favoured] / min(chance.values()), favoured


def _likelihoods(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for items that move nothing, too much, or more than their source can carry."""
    for item in case.evidence:
        ratio, favoured = odds(case, item)
        place = places.of("likelihood", item.id, favoured, file="likelihoods.csv")
        trust = case.priors.trust(item)
        if math.isclose(ratio, 1, rel_tol=1e-9):
            yield place, f"{item.id}: is equally likely under every hypothesis, so it is no evidence: drop or revise it"
        elif ratio > EXTREME_ODDS:
            yield place, f"{item.id}: favours {favoured} by {ratio:.0f} to 1: check that it is that decisive"
        elif trust < WEAK_TRUST and ratio > WEAK_ODDS:
            text = f"favours {favoured} by {ratio:.0f} to 1 on a source graded {item.grade}"
            yield place, f"{item.id}: {text}: find a better source, or state a weaker contrast"


def _one_sided(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for a record in which (nearly) everything favours one hypothesis."""
    judged = [odds(case, item) for item in _in_force(case)]
    votes = Counter(favoured for ratio, favoured in judged if not math.isclose(ratio, 1, rel_tol=1e-9))
    if not votes:
        return
    leader, count = votes.most_common(1)[0]
    total = votes.total()
    if total >= ONE_SIDED_ITEMS and count >= ONE_SIDED_SHARE * total:
        text = f"{count} of the {total} items in force favour {leader}: look for evidence against it"
        yield places.of("file", file="evidence.csv"), text


def _clusters(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for clusters that group nothing."""
    members = Counter(item.cluster for item in case.evidence)
    for cluster in case.clusters:
        place = places.of("cluster", cluster)
        if members[cluster] == 0:
            yield place, f"clusters.{cluster}: no item belongs to it: delete it"
        elif members[cluster] == 1:
            yield (
                place,
                f"clusters.{cluster}: has only one item, and a cause is shared: leave that item's cluster blank",
            )


def _directions(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for clusters whose items speak different ways, so that their common cause pulls on them in both."""
    for cluster in case.clusters:
        items = [item for item in case.evidence if item.cluster == cluster and item.loading is None]
        favoured = {item.id: odds(case, item.model_copy(update={"observed": True})) for item in items}
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


def _count(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for a vote whose winner is not on record."""
    cut = case.as_of(case.information_cutoff)
    if cut.is_counting and cut.election is not None:
        text = f"the election was on {cut.election.date}, and no winner is on record: the forecast averages over them"
        yield places.of("file", file="events.csv"), f"{text}; add the winner once it is known"


def _dates(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for items that the cut-off leaves out, and for deadlines that came before the item."""
    cutoff = case.information_cutoff
    late = [item for item in case.evidence if item.date > cutoff]
    if late:
        text = f"{len(late)} of {len(case.evidence)} items are dated after information_cutoff, {cutoff}"
        remedy = "they do not count yet: move the cut-off, or use --as-of"
        yield places.of("evidence", late[0].id, file="evidence.csv"), f"{text}: {remedy}"
    for item in case.evidence:
        if item.observed and item.expected_by is not None and item.expected_by < item.date:
            place = places.of("evidence", item.id, file="evidence.csv")
            text = f"was seen on {item.date}, after {item.expected_by}, by which it was expected"
            yield place, f"{item.id}: {text}: record it as absent, or as another item"


def _clock(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for dates that have not come, and for items so old that the year may be a slip."""
    cutoff, until = case.information_cutoff, counted_until(case, case.information_cutoff)
    if until < cutoff:
        text = f"information_cutoff: {cutoff} has not come: a forecast is as of {until}, and silence counts up to then"
        yield places.of("file", file="case.yaml"), text
    for item in case.evidence:
        doubt = doubtful_day(f"{item.id}:", item.date, case)
        if doubt is not None:
            yield places.of("evidence", item.id, file="evidence.csv"), f"{doubt}: check the year"


def _undated(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for steps of which the month or year is known, where that leaves more open than its days."""
    for process in case.processes:
        steps = process.in_order(e for e in case.events if e.process == process.id and e.replaced_on is None)
        for before, event in pairwise((None, *steps)):
            if event is None or event.has_day:
                continue
            place = places.of("event", process.id, event.state, file="events.csv")
            step = f"{process.id} > {event.state} ({event.when})"
            if event.known_on > case.information_cutoff:
                text = f"counts from {event.known_on}, after information_cutoff, {case.information_cutoff}"
                yield place, f"{step}: {text}: if it was known by then, state known_from"
            elif case.voting_day and event.first < case.voting_day <= event.last:
                text = f"may have happened before the election or after it, {case.voting_day}"
                yield place, f"{step}: {text}, and is no answer to which: date it more precisely if you can"
            elif before and event.first <= before.last:
                text = f"may have happened on a day of {before.state} ({before.when}): the order of the process decides"
                yield place, f"{step}: {text}; date it more precisely if you can"


def _duplicates(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for a claim that counts twice."""
    first: dict[str, EvidenceItem] = {}
    for item in _in_force(case):
        claim = " ".join(item.claim.casefold().split()).rstrip(".")
        earlier = first.setdefault(claim, item)
        if earlier is not item:
            place = places.of("evidence", item.id, file="evidence.csv")
            yield place, f"{item.id}: makes the same claim as {earlier.id}: count it once"


def _states(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for states no path leads to."""
    for process in case.processes:
        reached = process.reach[process.start.state]
        for state in process.states:
            if state not in reached:
                text = f"{state} cannot be reached from {process.start.state}: delete the state, or add a transition"
                yield places.of("state", process.id, state), f"processes.{process.id}: {text}"


def _outcomes(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for questions that nobody could settle, or that are settled from the start."""
    processes = {process.id: process for process in case.processes}
    for outcome in case.outcomes:
        place = places.of("outcome", outcome.id)
        process = processes[outcome.process]
        if not outcome.resolution:
            yield place, f"outcomes.{outcome.id}: has no resolution: say what counts as yes, and who decides"
        started = process.start.state
        is_known = outcome.state == started or (started in process.beyond[outcome.state] and not outcome.is_current)
        if is_known and not (outcome.is_current and process.successors(started)):
            text = f"{process.id} starts in {outcome.state} or beyond it, so the answer is known: delete the outcome"
            yield place, f"outcomes.{outcome.id}: {text}"


def _intensities(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for steps that are (nearly) certain or impossible over the time they have."""
    cells: dict[Place, list[tuple[Intensity, float]]] = {}
    for row in case.intensities:
        days = _days(case, row.regime)
        if days <= 0:
            continue
        place = places.of("intensity", *row.cell, file="intensities.csv")
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
            yield (
                places.of("process", process.id, file="case.yaml"),
                f"processes.{process.id}: {text}: {effect}: {remedy}",
            )


def _phases(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for phases and occasions that change nothing."""
    used = {part_of(row.regime) for row in case.intensities} | {phase.named_day for phase in case.phases}
    for kind, named in (("phase", case.phases), ("occasion", case.occasions)):
        for one in named:
            if one.id not in used:
                text = f"{kind}s.{one.id}: no row of intensities.csv is stated for it: add one, or delete the {kind}"
                yield places.of(kind, one.id), text
    earliest = min((process.start.date for process in case.processes), default=case.information_cutoff)
    for phase in case.phases:
        regimes = {row.regime for row in case.intensities if part_of(row.regime) == phase.id}
        days = (case.days_in(regime, earliest, case.horizon) for regime in regimes)
        if phase.named_day is None and regimes and not any(days):
            text = "has no day from the start of the processes to the horizon, so its rows change nothing"
            yield places.of("phase", phase.id), f"phases.{phase.id}: {text}: correct its days"
    for occasion in case.occasions:
        place, name = places.of("occasion", occasion.id), f"occasions.{occasion.id}"
        scheduled = sorted(row.date for row in occasion.schedule)
        if occasion.id in used and scheduled[0] > case.horizon:
            text = f"is on {scheduled[0]}, after the horizon, {case.horizon}, so nothing stated for it counts"
            yield place, f"{name}: {text}: correct its day, or move the horizon"
        elif occasion.id in used and scheduled[-1] < earliest:
            text = f"is on {scheduled[-1]}, before any process starts ({earliest}), so nothing stated for it counts"
            yield place, f"{name}: {text}: correct its day, or delete it"
        if (held := occasion.held_before_cancelled) is not None:
            text = f"was held on {held}, before cancelled_on, {occasion.cancelled_on}: it counts as held"
            yield place, f"{name}: {text}: correct one of the two days, or delete cancelled_on"


def _days(case: CaseRecord, regime: str) -> int:
    """Return how long a regime, or a part of one, lasts within the horizon, from the cut-off on."""
    start, end = case.information_cutoff, case.horizon
    if case.election is not None and case.election.schedule:
        known = [row for row in case.election.schedule if row.known_from <= start] or [*case.election.schedule]
        election = max(known, key=lambda row: row.known_from).date
        start, end = (start, election) if main_regime(regime) == BEFORE else (max(start, election), end)
    return case.days_in(regime, start, end)


def _in_force(case: CaseRecord) -> tuple[EvidenceItem, ...]:
    """Return the items that count at the cut-off, by date."""
    counted = (item for item in case.evidence if item.in_force(case.information_cutoff))
    return tuple(sorted(counted, key=lambda item: item.date))


def _ranges(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for calibration questions that are not used, too few, or answered too badly or too well."""
    place, asked = places.of("file", file="calibration.csv"), case.calibration_of()
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


def _unused(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for polls and members of a class that nothing in the priors makes use of."""
    if case.polls and len(case.winner_ids) > TWO:
        text = f"polls are used where there are two winners, and case.yaml has {len(case.winner_ids)}"
        remedy = "join the others in one winner, or delete the polls"
        yield places.of("file", file="polls.csv"), f"the {len(case.polls)} polls are not used: {text}: {remedy}"
    elif case.polls and case.priors.polls is None:
        text = f"the {len(case.polls)} polls are not used: one of two winners must have the id {INCUMBENT}"
        yield places.of("file", file="polls.csv"), text
    elif case.polls and case.election is not None:
        vote, polls = case.election.date, [poll for poll in case.polls if poll.known_on <= case.information_cutoff]
        late = [poll for poll in polls if poll.end > vote]
        repeated = len(polls) - len(waves(polls))
        if late:
            text = f"{len(late)} of {len(polls)} polls end after the election, {vote}, and are not used"
            yield places.of("file", file="polls.csv"), f"{text}: add a later round to election.schedule, or delete them"
        if repeated:
            text = f"{repeated} of {len(polls)} polls overlap the field work of another poll of their house"
            yield places.of("file", file="polls.csv"), f"{text}: each day of field work counts once"
    if case.polls and case.priors.polls == LEARNED["other"]:
        text = "says nothing of how polls err: errors learned from other votes are used; polls.vote names the kind"
        yield places.of("file", file="priors.yaml"), text
    if case.reference_class and case.priors.outside_view is None:
        text = f"the {len(case.reference_class)} members are not used: add `outside_view` to priors.yaml"
        yield places.of("file", file="reference_class.csv"), text


def _lineage(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for a discrimination that the case taught itself, and for corrections of what the priors contain already."""
    if case.id in (case.priors.learned_from or ()):
        text = "was learned from this case's own outcomes, so its forecasts cannot be scored: restore the earlier prior"
        yield places.of("file", file="priors.yaml"), f"discrimination: {text}"
    if (baseline := case.priors.baseline) is not None:
        day = baseline.evidence_from
        for item in case.evidence:
            if item.in_force(day) and item.replaced_on is not None:
                text = f"was corrected on {item.replaced_on}, and is in the priors, rolled forward on {day}, as it was"
                remedy = "to count the correction, roll forward again from a run before"
                yield places.of("evidence", item.id, file="evidence.csv"), f"{item.id}: {text}: {remedy}"


def _couplings(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for couplings that never matter, or give processes nearly as many states together as may be."""
    for key, text in nearly_too_many(case):
        yield places.of(*key, file="priors.yaml"), text
    processes: Mapping[str, Process] = {process.id: process for process in case.processes}
    stated: set[tuple[str, str, str, str]] = set()
    for index, coupling in enumerate(case.priors.couplings):
        said = coupling.process, coupling.to, coupling.when.process, coupling.when.reached
        if said in stated:
            twice = "is stated before on the same condition, and the multipliers are multiplied: keep one"
            place = places.of("coupling", str(index), file="priors.yaml")
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
            place = places.of("coupling", str(index), file="priors.yaml")
            yield place, f"couplings: {coupling.process} to {coupling.to}: {fault}, so it changes nothing: delete it"
