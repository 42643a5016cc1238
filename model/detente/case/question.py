"""What is asked: the hypotheses, the processes and the questions of ``case.yaml``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated

from msgspec import Meta

from detente.case.columns import Frozen, InFile, Labelled, Row
from detente.case.election import ELECTION, Election, ScheduledElection, check_schedule
from detente.case.findings import of_horizon
from detente.case.outcomes import HYPOTHESIS, Outcome, check_state
from detente.case.phases import Occasion, Phase, check_phases
from detente.case.priors import RESERVED
from detente.case.processes import Process, ProcessParts
from detente.case.values import Date, Id, Text, WebAddress
from detente.errors import quoted
from detente.frozen import Immutable


class Source(Frozen):
    """Where the question was taken from."""

    title: Annotated[Text, InFile("Of the article.", "An opening on the river?")]
    publisher: Annotated[Text, InFile("Of the article.", "Institute of River Studies")]
    date: Annotated[Date, InFile("When it appeared.", "2026-03-02")]
    url: Annotated[WebAddress | None, InFile("Where it can be read.", "https://example.org/article")] = None


class Hypothesis(Labelled):
    """One of the exclusive and exhaustive explanations; prose calls it by its label, else by the words of its id."""

    id: Annotated[Id, InFile("Its name in the tables.", "settle")]
    label: Annotated[Text, InFile("What prose calls it; left out: the words of its id.", "a sincere offer")] = ""
    statement: Annotated[Text, InFile("What it says, so that one can tell it from the others.", "Arvenia wants it.")]


class CaseFile(Frozen):
    """What ``case.yaml`` says."""

    id: Annotated[Id, InFile("The name of the folder.", "arvenia", name="case")]
    title: Annotated[Text, InFile("A headline.", "Arvenia and Belmor: an opening, or a show?")]
    question: Annotated[
        Text, InFile("The question in a sentence or two.", "Is the offer meant to end in an agreement?")
    ]
    source: Annotated[Source | None, InFile("Where the question comes from.")] = None
    information_cutoff: Annotated[
        Date, InFile("What was known on this day counts, and nothing later; --as-of sets another day.", "2026-03-02")
    ]
    hypotheses: Annotated[
        tuple[Hypothesis, ...],
        InFile("The explanations, two or more, of which exactly one is true."),
        Meta(min_length=2),
    ]
    clusters: Annotated[
        Mapping[Id, Text],
        InFile(
            "Causes that items of evidence share: why the items of each are not independent.",
            "{announcements: Both come from one decision to go public.}",
            reserved=RESERVED,
        ),
    ] = {}
    election: Annotated[
        Election | None, InFile("The election that divides time into before and after; left out where there is none.")
    ] = None
    phases: Annotated[
        tuple[Phase, ...], InFile("Stretches of days in which steps may have a pace of their own (intensities.csv).")
    ] = ()
    occasions: Annotated[
        tuple[Occasion, ...],
        InFile("Named days: phases may be counted from them, and steps may have a chance of their own on them."),
    ] = ()
    horizon: Annotated[Date, InFile("The last day of the forecast, after the election.", "2027-03-02")]
    deadlines: Annotated[
        tuple[Date, ...], InFile("Earlier days by which every outcome is forecast as well.", "[2026-12-31]")
    ] = ()
    processes: Annotated[
        tuple[Process, ...],
        InFile(
            "What may happen, as steps from state to state; each process under its id.",
            kind=ProcessParts,
            keyed=True,
            reserved={ELECTION: f"no process may be called {ELECTION}: events.csv uses that name for the winner"},
        ),
    ] = ()
    outcomes: Annotated[
        tuple[Outcome, ...], InFile("The questions: whether a process will have reached a state by the horizon.")
    ] = ()


class Declared(Immutable):
    """What a ``file`` declares; of its parts in ``faulty`` and of its ``unsound`` processes nothing is certain."""

    case: CaseFile
    faulty: frozenset[str] = frozenset()
    unsound: frozenset[str] = frozenset()
    file: str = "case.yaml"

    @cached_property
    def hypotheses(self) -> tuple[str, ...]:
        """Ids of the hypotheses."""
        return tuple(hypothesis.id for hypothesis in getattr(self.case, "hypotheses", ()))

    @cached_property
    def clusters(self) -> Mapping[str, str]:
        """Why the items of each cluster share a cause."""
        clusters: Mapping[str, str] = getattr(self.case, "clusters", {})
        return clusters

    @property
    def has_election(self) -> bool:
        """Whether there is an election."""
        return getattr(self.case, "election", None) is not None

    @cached_property
    def winners(self) -> tuple[str, ...]:
        """Ids of the winners."""
        return tuple(winner.id for winner in getattr(getattr(self.case, "election", None), "winners", ()))

    @property
    def schedule(self) -> tuple[ScheduledElection, ...]:
        """Which election date was public from when; nothing where that could not be read."""
        if self.faulty & {"election", "schedule"} or self.case.election is None:
            return ()
        return self.case.election.schedule

    @cached_property
    def phases(self) -> Mapping[str, Phase]:
        """The phases by id."""
        return {phase.id: phase for phase in getattr(self.case, "phases", ())}

    @cached_property
    def occasions(self) -> Mapping[str, Occasion]:
        """The occasions by id."""
        return {occasion.id: occasion for occasion in getattr(self.case, "occasions", ())}

    @cached_property
    def processes(self) -> Mapping[str, Process]:
        """The processes by id."""
        return {process.id: process for process in getattr(self.case, "processes", ())}

    @cached_property
    def outcomes(self) -> Mapping[str, Outcome]:
        """The outcomes by id."""
        return {outcome.id: outcome for outcome in getattr(self.case, "outcomes", ())}

    @property
    def horizon(self) -> dt.date | None:
        """The last day of the forecast, where it could be read."""
        return None if "horizon" in self.faulty else self.case.horizon

    def lacks(self, part: str, name: str) -> bool:
        """Tell whether a name is certainly not declared in a part."""
        return part not in self.faulty and name not in getattr(self, part)

    def knows_process(self, name: str) -> bool:
        """Tell whether a process is declared, and nothing is wrong with it."""
        return name in self.processes and name not in self.unsound

    def election_date(self, day: dt.date) -> dt.date | None:
        """Return the election date that was public on a day."""
        known = [row for row in self.schedule if row.known_from <= day]
        return max(known, key=lambda row: row.known_from).date if known else None


def declared_by(row: Row[CaseFile]) -> Declared:
    """Return what a ``case.yaml`` declares, as far as it could be read."""
    faulty = set(row.faulty)
    for _, election in row.all("election"):
        faulty |= election.faulty
        if not check_schedule(part for _, part in election.all("schedule")):
            faulty.add("schedule")
        if election.faulty:  # the fault is in the schedule or the winners, and the rest can be relied on
            faulty.discard("election")
    unsound = frozenset(name for name, process in row.all("processes") if process.faulty)
    return Declared(row.item, frozenset(faulty), unsound)


def check_case(row: Row[CaseFile], declared: Declared, name: str) -> None:
    """Check the parts of ``case.yaml`` against each other, and its name against its folder's."""
    case = row.item
    if row.sound("id") and case.id != name:
        row.findings.wrong(row.at("id"), "case", f"must be the name of its folder, {quoted(name)}", case.id)
    horizon = declared.horizon
    if horizon is not None:
        if row.sound("information_cutoff") and horizon <= case.information_cutoff:
            message = f"horizon: must be after information_cutoff, {case.information_cutoff} (got {horizon})"
            row.add(message, at="horizon")
        election = max(declared.schedule, key=lambda dated: dated.known_from).date if declared.schedule else None
        if election is not None and horizon <= election:
            row.add(f"horizon: must be after the election, {election} (got {horizon})", at="horizon")
        for _, deadline in row.all("deadlines"):
            if deadline.item >= horizon:
                rule = f"must be before the horizon, {horizon}, which is forecast anyway"
                remedy = "take out each deadline that does not come before it in"
                deadline.add(f"deadlines: {rule} (got {deadline.item})", about=of_horizon(horizon), remedy=remedy)
    check_phases(row, declared)
    for _, outcome in row.all("outcomes"):
        if outcome.sound("id") and outcome.item.id == HYPOTHESIS:
            reason = "resolutions.csv uses that name for the hypothesis that is true"
            outcome.add(f"outcomes.id: no outcome may be called {HYPOTHESIS}: {reason}", at="id")
        check_state(outcome, declared, "outcomes", "state")
