"""The case as the engines and the report see it, made of the objects of its seeds and priors.

A :class:`Case` is what a workspace's ``seeds/<case>/`` and ``priors/<case>/`` say, parsed once.  Nothing past the
loader handles text or untyped mappings.  The objects check what one object can know of itself; what needs two
files is checked by :mod:`detente.case.loading`, which also knows the line each value came from.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self

from pydantic import Field

from detente.case.assessors import OWN, Assessor, Panel, panel_of, with_rows, with_weights
from detente.case.calibration import CalibrationQuestion
from detente.case.columns import stands, unreplaced
from detente.case.election import BEFORE, ELECTION, after
from detente.case.evidence import (
    Cluster,
    EarlierLikelihood,
    EvidenceItem,
    Likelihood,
    LikelihoodRow,
    as_it_stood,
    completed,
)
from detente.case.intensities import Intensity
from detente.case.outcomes import Resolution, Truth
from detente.case.phases import Stretch, main_regime, part_of, within
from detente.case.polls import FEWEST_POLLS, INCUMBENT, Poll, waves
from detente.case.priors import Priors, WeightedPrior
from detente.case.processes import Event, Process, ProcessStart, Transition
from detente.case.question import CaseFile
from detente.case.reference_class import ExternalForecast, Member
from detente.case.values import NOT_STATED, Id
from detente.case.watch import WatchItem
from detente.errors import InSampleError


class CaseTables(CaseFile):
    """What the files of a case say, facts and judgements, consistent with each other.

    ``likelihoods[item][hypothesis]`` and ``intensities`` are complete: every item has a likelihood under every
    hypothesis, every transition one intensity for every hypothesis and regime (the loader has spelt out each ``*``),
    and for each part of a regime, phase or occasion, that it is stated in.

    ``assessors`` are the people who are named, and the assessor of the case beside them; of several the numbers above,
    and the prior weights, are the pool, unless the case's own decide.  ``own_prior`` is then the prior as
    ``priors.yaml`` has it.
    """

    evidence: tuple[EvidenceItem, ...] = ()
    events: tuple[Event, ...] = ()
    polls: tuple[Poll, ...] = ()
    reference_class: tuple[Member, ...] = ()
    external_forecasts: tuple[ExternalForecast, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    truth: Truth | None = None
    priors: Priors
    likelihoods: Mapping[Id, Mapping[Id, Likelihood]] = Field(default_factory=dict)
    intensities: tuple[Intensity, ...] = ()
    calibration: tuple[CalibrationQuestion, ...] = ()
    assessors: tuple[Assessor, ...] = ()
    own_decides: bool = False
    own_prior: WeightedPrior | None = None
    watch: tuple[WatchItem, ...] = ()
    inputs_sha256: str = ""

    def evidence_of(self, cluster: str) -> tuple[EvidenceItem, ...]:
        """Return the items of a cluster, whether they count or not."""
        return self._by_cluster.get(cluster, ())

    @cached_property
    def _by_cluster(self) -> Mapping[str | None, tuple[EvidenceItem, ...]]:
        by_cluster: dict[str | None, list[EvidenceItem]] = {}
        for item in self.evidence:
            by_cluster.setdefault(item.cluster, []).append(item)
        return {cluster: tuple(items) for cluster, items in by_cluster.items()}

    @property
    def hypothesis_ids(self) -> tuple[str, ...]:
        """Ids of the hypotheses, in the order stated."""
        return tuple(hypothesis.id for hypothesis in self.hypotheses)

    @property
    def winner_ids(self) -> tuple[str, ...]:
        """Ids of the winners, in the order stated; empty without an election."""
        return tuple(winner.id for winner in self.election.winners) if self.election else ()

    @property
    def main_regimes(self) -> tuple[str, ...]:
        """``before``, then one ``after:<winner>`` for each winner."""
        return (BEFORE, *(after(winner) for winner in self.winner_ids))

    @cached_property
    def regimes(self) -> tuple[str, ...]:
        """The main regimes, then the parts of them, phases and occasions, for which some step is stated."""
        stated = {row.regime for row in self.intensities}
        named = (*(phase.id for phase in self.phases), *(occasion.id for occasion in self.occasions))
        parts = (within(regime, part) for part in named for regime in self.main_regimes)
        return (*self.main_regimes, *(name for name in parts if name in stated))

    @cached_property
    def occasion_ids(self) -> frozenset[str]:
        """Ids of the occasions."""
        return frozenset(occasion.id for occasion in self.occasions)

    @property
    def named_days(self) -> Mapping[str, dt.date]:
        """The days from which phases are counted, as far as they are known: of the election, and of the occasions."""
        days = {ELECTION: self.voting_day, **{occasion.id: occasion.date for occasion in self.occasions}}
        return {name: day for name, day in days.items() if day is not None}

    @cached_property
    def stretches(self) -> Mapping[str, Stretch]:
        """The first and the last day of each phase that has any."""
        spans = ((phase.id, phase.stretch(self.named_days)) for phase in self.phases)
        return {name: span for name, span in spans if span is not None}

    def days_of(self, part: str) -> Stretch | None:
        """Return the first and the last day of a phase or an occasion; None while it has none."""
        day = self.named_days.get(part)
        return self.stretches.get(part) if day is None else (day, day)

    def days_in(self, regime: str, start: dt.date, end: dt.date) -> int:
        """Return how many of the days after ``start`` up to ``end``, all in one main regime, are in a part of it."""
        part = part_of(regime)
        first, last = (dt.date.min, dt.date.max) if part is None else self.days_of(part) or (dt.date.max, dt.date.min)
        return max(0, min(end.toordinal(), last.toordinal()) - max(start.toordinal(), first.toordinal() - 1))

    def states(self, transition: Transition, regime: str) -> bool:
        """Tell whether an intensity of a transition is stated in a regime, or a part of one (for some hypothesis)."""
        return (transition.id, regime) in self._stated

    def parts_of(self, transition: Transition) -> frozenset[str]:
        """Return the phases and occasions for which a transition is stated, in some regime."""
        return self._parts.get(transition.id, frozenset())

    @cached_property
    def _parts(self) -> Mapping[str, frozenset[str]]:
        parts: dict[str, set[str]] = {}
        for step, regime in self._stated:
            if part := part_of(regime):
                parts.setdefault(step, set()).add(part)
        return {step: frozenset(holders) for step, holders in parts.items()}

    def pace_on(self, transition: Transition, regime: str, day: dt.date) -> str | None:
        """Return where the pace of a transition on a day of a main regime is stated: in a phase, or the regime.

        None on the day of an occasion for which it is stated: its chance there stands in the place of the pace.
        """
        stated = self.parts_of(transition)
        if not stated:
            return regime
        if self.occasion_on(transition, regime, day) is not None:
            return None
        for phase, (first, last) in self.stretches.items():
            if phase in stated and first <= day <= last and self.states(transition, within(regime, phase)):
                return within(regime, phase)
        return regime

    def occasion_on(self, transition: Transition, regime: str, day: dt.date) -> str | None:
        """Return where the chance of a transition on an occasion of a day of a main regime is stated, if it is."""
        here = (within(regime, one.id) for one in self.occasions if one.date == day)
        return next((name for name in here if self.states(transition, name)), None)

    @property
    def voting_day(self) -> dt.date | None:
        """The first day that was, on that day, the scheduled election day; None without an election."""
        return self.election.voting_day if self.election else None

    @property
    def election_eve(self) -> dt.date | None:
        """The last day before the election, with which the regime ``before`` ends; None without an election."""
        return self.voting_day - dt.timedelta(days=1) if self.voting_day else None

    def calibration_of(self, assessor: str | None = None) -> tuple[CalibrationQuestion, ...]:
        """Return the calibration questions of an assessor.

        None is the assessor of the case: whose questions name nobody or, where all name the same, are that one's.
        Where the judgements are of several, or of somebody else, only those that name nobody are the case's.
        """
        names = {question.assessor for question in self.calibration}
        if len(self.assessors) == 1 and assessor is None:
            names &= {self.assessors[0].id}
        named = next(iter(names)) if assessor is None and len(names) == 1 and not self.is_pooled else assessor
        return tuple(question for question in self.calibration if question.assessor == named)

    @property
    def is_pooled(self) -> bool:
        """Whether the judgements are the pool of several assessors'."""
        return len(self.assessors) > 1 and not self.own_decides

    @property
    def panel(self) -> Panel:
        """The assessors, with how wide the ranges of each really are."""
        return panel_of(self.assessors, self.calibration, self.priors.assumed_mass)

    def repooled(self) -> Self:
        """Return the case with what its assessors judged pooled anew; as it is where there are not several."""
        if not self.is_pooled:
            return self
        stated = self.own_prior or self.priors.hypotheses
        pool = self.panel.pool(stated.concentration)
        priors = with_weights(self.priors, stated, pool)
        intensities = {one.cell: one for one in self.intensities} | pool.intensities
        return self.changed(
            priors=priors,
            likelihoods={**self.likelihoods, **completed(pool.likelihoods, priors.centre_weights)},
            intensities=tuple(intensities.values()),
        )

    @cached_property
    def transitions(self) -> tuple[Transition, ...]:
        """Every transition of every process, in the order stated."""
        return tuple(step for process in self.processes for step in process.transitions)

    @cached_property
    def _intensity_table(self) -> Mapping[tuple[str, str, str], Intensity]:
        return {(row.transition.id, row.hypothesis, row.regime): row for row in self.intensities}

    @cached_property
    def _stated(self) -> frozenset[tuple[str, str]]:
        return frozenset((row.transition.id, row.regime) for row in self.intensities)

    def intensity(self, transition: Transition, hypothesis: str, regime: str) -> Intensity:
        """Return the stated intensity of a transition under a hypothesis in a regime.

        In a part of a regime for which the transition is not stated it has that of the regime.
        """
        if not self.states(transition, regime):
            regime = main_regime(regime)
        return self._intensity_table[transition.id, hypothesis, regime]

    def process(self, process_id: str) -> Process:
        """Return the process of that id."""
        return next(process for process in self.processes if process.id == process_id)

    def history(self, process_id: str) -> tuple[Event, ...]:
        """Return the process's transitions on record, in the order in which they happened."""
        return self.process(process_id).in_order(event for event in self.events if event.process == process_id)

    def changed(self, **fields: Any) -> Self:  # noqa: ANN401 - any field of a case
        """Return a copy with some fields replaced and nothing remembered (``model_copy`` would keep cached values)."""
        return type(self).read({**self.fields, **fields})

    @property
    def fields(self) -> dict[str, Any]:
        """The fields by name."""
        return {name: getattr(self, name) for name in type(self).model_fields}


class CaseRecord(CaseTables):
    """A case on record: all that its files say, whatever day it became known; nothing can be forecast from it.

    ``information_cutoff`` is the day as of which it is forecast unless another is asked for.
    """

    earlier_likelihoods: tuple[EarlierLikelihood, ...] = ()

    def with_readings(self, rows: Sequence[LikelihoodRow]) -> Self:
        """Return the case with what assessors state of its items, or revise from a day on."""
        assessors = with_rows(self.assessors or (self._own,), rows)
        if self.own_decides:
            return self.changed(assessors=assessors)
        if len(assessors) > 1:
            prior = self.own_prior or self.priors.hypotheses
            return self.changed(assessors=assessors, own_prior=prior, earlier_likelihoods=()).repooled()
        alone = assessors[0]
        likelihoods = {**self.likelihoods, **completed(alone.likelihoods, self.priors.centre_weights)}
        earlier = tuple(row for row in alone.earlier if row.likelihood is not None)
        return self.changed(assessors=assessors, likelihoods=likelihoods, earlier_likelihoods=earlier)

    @property
    def _own(self) -> Assessor:
        """The assessor of the case, where nobody else is named."""
        likelihoods = {
            item: {name: row for name, row in under.items() if row.word != NOT_STATED}
            for item, under in self.likelihoods.items()
        }
        return Assessor.read(
            {
                "id": OWN,
                "likelihoods": likelihoods,
                "intensities": self.intensities,
                "weights": self.priors.hypotheses.weights,
                "earlier": self.earlier_likelihoods,
            }
        )

    def as_of(self, cutoff: dt.date) -> Case:
        """Return the case as it was known on ``cutoff``: every table cut there.

        A row enters on the day it became known.  The caller checks the result with
        :func:`detente.case.loading.check_cutoff`, which turns an impossible cut-off into one clear line.
        """
        known = (*(event.known_on for event in self.events), *(item.known_on for item in self.evidence))
        recorded = max((self.information_cutoff, *(day for day in known if day <= cutoff)))
        likelihoods = as_it_stood(self.likelihoods, self.earlier_likelihoods, cutoff)
        fields = {name: value for name, value in self.fields.items() if name in Case.model_fields}
        assessors = tuple(one.as_of(cutoff) for one in self.assessors)
        cut = {**fields, "likelihoods": likelihoods, "assessors": assessors, "recorded_until": recorded}
        return Case.read(cut).as_of(cutoff).repooled()


class Case(CaseTables):
    """A case as it was known on its ``information_cutoff``: what a forecast is made from.

    ``recorded_until`` is the last day that the tables speak for, where the cut-off is a later one.
    """

    recorded_until: dt.date | None = None

    @property
    def deadlines_ahead(self) -> tuple[dt.date, ...]:
        """The deadlines still to come at the cut-off; the horizon, which every case has, is not among them."""
        return tuple(day for day in self.deadlines if self.information_cutoff < day < self.horizon)

    @cached_property
    def evidence_in_force(self) -> tuple[EvidenceItem, ...]:
        """The items that count at the cut-off, by date (ties: as listed)."""
        counted = [item for item in self.evidence if item.in_force(self.information_cutoff)]
        return tuple(sorted(counted, key=lambda item: item.date))

    @cached_property
    def groups_in_force(self) -> tuple[Cluster, ...]:
        """The items in force by the cause they share, in order of their first item; one that shares none is a group.

        So is the only item in force of a cluster: there is nothing that it could share with another.
        """
        members: dict[tuple[str | None, str], list[EvidenceItem]] = {}
        for item in self.evidence_in_force:
            members.setdefault((item.cluster, "" if item.cluster else item.id), []).append(item)
        return tuple(
            Cluster(cluster if len(items) > 1 else None, tuple(items)) for (cluster, _), items in members.items()
        )

    @property
    def clusters_in_force(self) -> tuple[Cluster, ...]:
        """The groups of two or more items in force that share a cause."""
        return tuple(group for group in self.groups_in_force if group.id is not None)

    @property
    def lone_items(self) -> tuple[EvidenceItem, ...]:
        """The items in force that share their cause with no other."""
        return tuple(group.items[0] for group in self.groups_in_force if group.id is None)

    def watched_in(self, cluster: str) -> tuple[WatchItem, ...]:
        """Return the indicators of ``watch.csv`` that would belong to a cluster, but those that are items by now."""
        return self._watched.get(cluster, ())

    @cached_property
    def _watched(self) -> Mapping[str | None, tuple[WatchItem, ...]]:
        items = {item.id for item in self.evidence} if self.watch else set()
        watched: dict[str | None, list[WatchItem]] = {}
        for indicator in self.watch:
            if indicator.id not in items:
                watched.setdefault(indicator.cluster, []).append(indicator)
        return {cluster: tuple(indicators) for cluster, indicators in watched.items()}

    def history(self, process_id: str) -> tuple[Event, ...]:
        """Return the process's transitions on record at the cut-off, in the order in which they happened."""
        known = (event for event in self.events if event.known_on <= self.information_cutoff)
        return self.process(process_id).in_order(event for event in known if event.process == process_id)

    def state(self, process_id: str) -> str:
        """Return the state the process is in at the cut-off."""
        history = self.history(process_id)
        return history[-1].state if history else self.process(process_id).start.state

    @property
    def winner(self) -> str | None:
        """The winner on record at the cut-off, if any."""
        decided = [e for e in self.events if e.process == ELECTION and e.known_on <= self.information_cutoff]
        return decided[-1].state if decided else None

    @property
    def is_counting(self) -> bool:
        """Whether the vote is over and no winner is known: votes cast, not called."""
        return self.election is not None and self.winner is None and self.election.date < self.information_cutoff

    @property
    def open_winners(self) -> tuple[str, ...]:
        """The winners to any of whom the record's days after a vote may belong; none unless there are such days.

        The first of those days is that of the vote; once a winner is on record, they are the winner's.
        """
        vote = self.voting_day
        return () if vote is None or self.winner is not None or vote > self.information_cutoff else self.winner_ids

    def if_called(self, winner: str) -> Case:
        """Return the case as it were if a winner had been called on the day of the vote."""
        vote = self.voting_day or self.information_cutoff
        return self.changed(events=(*self.events, Event(date=vote, process=ELECTION, state=winner)))

    def regimes_on(self, day: dt.date) -> Mapping[str, float]:
        """Return the main regimes that a day may belong to, each with its share.

        One, unless the day is after a vote that is not called: then one for each winner, by the prior weights.  The
        likelihood of a record is not such a mean: it is worked out for each of :attr:`open_winners`.
        """
        if self.voting_day is None or day < self.voting_day:
            return {BEFORE: 1.0}
        if self.winner is not None:
            return {after(self.winner): 1.0}
        even = dict.fromkeys(self.winner_ids, 1 / len(self.winner_ids))
        weights = even if self.priors.election is None else self.priors.election.weights
        return {after(winner): weight for winner, weight in weights.items()}

    @cached_property
    def usable_polls(self) -> tuple[Poll, ...]:
        """The polls the election's model could use, by date: known at the cut-off, and taken before the election.

        None are where the case does not say how polls err, or the election is not between the incumbent and one other.
        Field work counts once (:func:`detente.case.polls.waves`).
        """
        winners = self.winner_ids
        if self.election is None or self.priors.polls is None or len(winners) != 2 or INCUMBENT not in winners:  # noqa: PLR2004
            return ()
        date = self.election.date
        usable = [poll for poll in self.polls if poll.known_on <= self.information_cutoff and poll.end <= date]
        return tuple(sorted(waves(usable), key=lambda poll: poll.middle))

    @property
    def polls_in_force(self) -> tuple[Poll, ...]:
        """The polls the election is forecast from; none once it is decided, and none where there are too few."""
        return () if self.winner or len(self.usable_polls) < FEWEST_POLLS else self.usable_polls

    def as_of(self, cutoff: dt.date) -> Case:
        """Return the case as it was known on an earlier day."""
        election = self.election
        if election is not None:
            known = tuple(row for row in election.schedule if row.known_from <= cutoff)
            election = election.model_copy(update={"schedule": known})
        recorded = self.recorded_until or self.information_cutoff
        known_then = self.changed(
            information_cutoff=cutoff,
            recorded_until=recorded if recorded < cutoff else None,
            election=election,
            occasions=tuple(occasion.as_of(cutoff) for occasion in self.occasions),
            evidence=tuple(item.as_of(cutoff) for item in self.evidence if stands(item, cutoff)),
            events=tuple(unreplaced(event, cutoff) for event in self.events if stands(event, cutoff)),
            polls=tuple(unreplaced(poll, cutoff) for poll in self.polls if stands(poll, cutoff)),
            reference_class=tuple(row.as_of(cutoff) for row in self.reference_class if row.start < cutoff),
            external_forecasts=tuple(row for row in self.external_forecasts if row.date <= cutoff),
            resolutions=tuple(row for row in self.resolutions if row.date <= cutoff),
            truth=self.truth if self.truth and self.truth.date <= cutoff else None,
            calibration=tuple(row for row in self.calibration if row.date is None or row.date <= cutoff),
        )
        baseline = self.priors.baseline
        return known_then if baseline is None else known_then.since(baseline.evidence_from, self)

    def since(self, day: dt.date, record: Case) -> Case:
        """Return the case with what counted by a day left out, and the clocks of its processes started then.

        ``record`` is the case with the rows that were corrected since: what counted counts no more, corrected or not.
        """
        if self.information_cutoff < day:
            return self
        at_day = record.changed(
            information_cutoff=day, events=tuple(event for event in record.events if stands(event, day))
        )
        counted = {item.id for item in record.evidence if item.in_force(day)}
        made = {(event.process, event.state) for event in at_day.events if event.process != ELECTION}
        return self.changed(
            processes=tuple(at_day.restarted(process) for process in self.processes),
            evidence=tuple(item for item in self.evidence if item.id not in counted and not item.in_force(day)),
            events=tuple(
                event.not_before(day) if event.process != ELECTION else event
                for event in self.events
                if event.process == ELECTION or (event.known_on > day and (event.process, event.state) not in made)
            ),
        )

    def restarted(self, process: Process) -> Process:
        """Return a process whose clock starts at the cut-off, in the state it is in then."""
        begun = process.start
        first = Event(date=begun.date, process=process.id, state=begun.state, source="", claim="")
        passed = (*begun.passed, *(() if begun.passed else (first,)), *self.history(process.id))
        start = ProcessStart(state=self.state(process.id), date=self.information_cutoff, passed=passed)
        return process.model_copy(update={"start": start})

    def without_evidence(self) -> Case:
        """Return the case as it stands at the cut-off with nothing to learn from: no items, past exposure or polls."""
        restarted = tuple(self.restarted(process) for process in self.processes)
        decided = tuple(event for event in self.events if event.process == ELECTION)
        return self.changed(evidence=(), processes=restarted, events=decided, polls=())


def refuse_in_sample(case: CaseTables) -> None:
    """Refuse to score a case whose discrimination was learned from its own outcomes.

    Raises
    ------
    InSampleError
        If the case is among those that its discrimination was learned from.
    """
    if case.id in (case.priors.learned_from or ()):
        raise InSampleError(case.id)
