"""What the files of a case say, as one object: its parts by name, regime and day, whatever day each became known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from typing import Self

from detente.case.assessors import Assessor, Panel, panel_of, with_weights
from detente.case.election import BEFORE, ELECTION, after
from detente.case.evidence import EvidenceItem
from detente.case.intensities import Intensity
from detente.case.likelihoods import Likelihood, completed
from detente.case.outcomes import Resolution, Truth
from detente.case.phases import Stretch, main_regime, part_of, within
from detente.case.polls import Poll
from detente.case.priors import Priors, WeightedPrior
from detente.case.processes import Event, Process, Transition
from detente.case.question import CaseFile
from detente.case.ranges import CalibrationQuestion
from detente.case.reference_class import ExternalForecast, Member
from detente.case.values import Id
from detente.case.watch import WatchItem


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
    likelihoods: Mapping[Id, Mapping[Id, Likelihood]] = {}
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

    def calibration_of(self) -> tuple[CalibrationQuestion, ...]:
        """Return the calibration questions of the assessor of the case.

        They name nobody or, where all name the same, are that one's.  Where the judgements are of several, or of
        somebody else, only those that name nobody are the case's.
        """
        names = {question.assessor for question in self.calibration}
        if len(self.assessors) == 1:
            names &= {self.assessors[0].id}
        named = next(iter(names)) if len(names) == 1 and not self.is_pooled else None
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
