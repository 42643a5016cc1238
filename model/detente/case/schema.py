"""The case as the engines and the report see it, made of the objects of its seeds and priors.

A :class:`Case` is what a workspace's ``seeds/<case>/`` and ``priors/<case>/`` say, parsed once.  Nothing past the
loader handles text or untyped mappings.  The objects check what one object can know of itself; what needs two
files is checked by :mod:`detente.case.loading`, which also knows the line each value came from.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Self

from detente.case.assessors import OWN, Assessor, with_rows
from detente.case.columns import stands, unreplaced
from detente.case.contents import CaseTables
from detente.case.election import BEFORE, ELECTION, after
from detente.case.evidence import Cluster, EvidenceItem
from detente.case.likelihoods import EarlierLikelihood, LikelihoodRow, as_it_stood, completed
from detente.case.polls import FEWEST_POLLS, INCUMBENT, Poll, waves
from detente.case.processes import Event, Process, ProcessStart
from detente.case.values import NOT_STATED
from detente.case.watch import WatchItem
from detente.errors import InSampleError


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
        assessors = tuple(one.as_of(cutoff) for one in self.assessors)
        cut = {**self.fields(Case), "likelihoods": likelihoods, "assessors": assessors, "recorded_until": recorded}
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
            election = election.changed(schedule=known)
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
        return process.changed(start=start)

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
