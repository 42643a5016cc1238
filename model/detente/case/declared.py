"""What ``case.yaml`` declares, for everything else that a case says to be checked against."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detente.case.election import ScheduledElection
    from detente.case.outcomes import Outcome
    from detente.case.processes import Process
    from detente.case.question import CaseFile


@dataclass(frozen=True)
class Declared:
    """What a case declares; of its parts in ``faulty`` and of its ``unsound`` processes nothing is certain."""

    case: CaseFile
    faulty: frozenset[str] = frozenset()
    unsound: frozenset[str] = frozenset()

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
