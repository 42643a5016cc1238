"""What a careful reader asks about a record, for ``detente check``: dates, steps, questions and what is not used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from detente.case.clock import counted_until, doubtful_day
from detente.case.evidence import EvidenceItem
from detente.case.findings import Advice, Places, rule
from detente.case.phases import part_of
from detente.case.polls import INCUMBENT, LEARNED, waves
from detente.case.schema import CaseRecord

TWO = 2


@rule
def _clusters(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for clusters that group nothing."""
    members = Counter(item.cluster for item in case.evidence)
    for cluster in case.clusters:
        place = places.of("cluster", cluster)
        if members[cluster] == 0:
            yield place, f"clusters.{cluster}: no item belongs to it: delete it"
        elif members[cluster] == 1:
            text = "has only one item, and a cause is shared: leave that item's cluster blank"
            yield place, f"clusters.{cluster}: {text}"


@rule
def _count(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for a vote whose winner is not on record."""
    cut = case.as_of(case.information_cutoff)
    if cut.is_counting and cut.election is not None:
        text = f"the election was on {cut.election.date}, and no winner is on record: the forecast averages over them"
        yield places.whole("events.csv"), f"{text}; add the winner once it is known"


@rule
def _dates(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for items that the cut-off leaves out, and for deadlines that came before the item."""
    cutoff = case.information_cutoff
    late = [item for item in case.evidence if item.date > cutoff]
    if late:
        text = f"{len(late)} of {len(case.evidence)} items are dated after information_cutoff, {cutoff}"
        remedy = "they do not count yet: move the cut-off, or use --as-of"
        yield places.of("evidence", late[0].id), f"{text}: {remedy}"
    for item in case.evidence:
        if item.observed and item.expected_by is not None and item.expected_by < item.date:
            place = places.of("evidence", item.id)
            text = f"was seen on {item.date}, after {item.expected_by}, by which it was expected"
            yield place, f"{item.id}: {text}: record it as absent, or as another item"


@rule
def _clock(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for dates that have not come, and for items so old that the year may be a slip."""
    cutoff, until = case.information_cutoff, counted_until(case, case.information_cutoff)
    if until < cutoff:
        text = f"information_cutoff: {cutoff} has not come: a forecast is as of {until}, and silence counts up to then"
        yield places.whole("case.yaml"), text
    for item in case.evidence:
        doubt = doubtful_day(f"{item.id}:", item.date, case)
        if doubt is not None:
            yield places.of("evidence", item.id), f"{doubt}: check the year"


@rule
def _undated(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for steps of which the month or year is known, where that leaves more open than its days."""
    for process in case.processes:
        steps = process.in_order(e for e in case.events if e.process == process.id and e.replaced_on is None)
        for before, event in pairwise((None, *steps)):
            if event is None or event.has_day:
                continue
            place = places.of("event", process.id, event.state)
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


@rule
def _duplicates(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for a claim that counts twice."""
    first: dict[str, EvidenceItem] = {}
    for item in in_force(case):
        earlier = first.setdefault(item.gist, item)
        if earlier is not item:
            place = places.of("evidence", item.id)
            yield place, f"{item.id}: makes the same claim as {earlier.id}: count it once"


@rule
def _states(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for states no path leads to."""
    for process in case.processes:
        reached = process.reach[process.start.state]
        for state in process.states:
            if state not in reached:
                text = f"{state} cannot be reached from {process.start.state}: delete the state, or add a transition"
                yield places.of("state", process.id, state), f"processes.{process.id}: {text}"


@rule
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


@rule
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


@rule
def _unused(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for polls and members of a class that nothing in the priors makes use of."""
    if case.polls and len(case.winner_ids) > TWO:
        text = f"polls are used where there are two winners, and case.yaml has {len(case.winner_ids)}"
        remedy = "join the others in one winner, or delete the polls"
        yield places.whole("polls.csv"), f"the {len(case.polls)} polls are not used: {text}: {remedy}"
    elif case.polls and case.priors.polls is None:
        text = f"the {len(case.polls)} polls are not used: one of two winners must have the id {INCUMBENT}"
        yield places.whole("polls.csv"), text
    elif case.polls and case.election is not None:
        vote, polls = case.election.date, [poll for poll in case.polls if poll.known_on <= case.information_cutoff]
        late = [poll for poll in polls if poll.end > vote]
        repeated = len(polls) - len(waves(polls))
        if late:
            text = f"{len(late)} of {len(polls)} polls end after the election, {vote}, and are not used"
            yield places.whole("polls.csv"), f"{text}: add a later round to election.schedule, or delete them"
        if repeated:
            text = f"{repeated} of {len(polls)} polls overlap the field work of another poll of their house"
            yield places.whole("polls.csv"), f"{text}: each day of field work counts once"
    if case.polls and case.priors.polls == LEARNED["other"]:
        text = "says nothing of how polls err: errors learned from other votes are used; polls.vote names the kind"
        yield places.whole("priors.yaml"), text
    if case.reference_class and case.priors.outside_view is None:
        text = f"the {len(case.reference_class)} members are not used: add `outside_view` to priors.yaml"
        yield places.whole("reference_class.csv"), text


@rule
def _lineage(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for a discrimination that the case taught itself, and for corrections of what the priors contain already."""
    if case.id in (case.priors.learned_from or ()):
        text = "was learned from this case's own outcomes, so its forecasts cannot be scored: restore the earlier prior"
        yield places.whole("priors.yaml"), f"discrimination: {text}"
    if (baseline := case.priors.baseline) is not None:
        day = baseline.evidence_from
        for item in case.evidence:
            if item.in_force(day) and item.replaced_on is not None:
                text = f"was corrected on {item.replaced_on}, and is in the priors, rolled forward on {day}, as it was"
                remedy = "to count the correction, roll forward again from a run before"
                yield places.of("evidence", item.id), f"{item.id}: {text}: {remedy}"


def in_force(case: CaseRecord) -> tuple[EvidenceItem, ...]:
    """Return the items that count at the cut-off, by date."""
    counted = (item for item in case.evidence if item.in_force(case.information_cutoff))
    return tuple(sorted(counted, key=lambda item: item.date))
