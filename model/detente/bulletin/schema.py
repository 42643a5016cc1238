"""A bulletin: new facts and judgements in one file, as frozen objects of the same kinds as a case's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from pydantic import Field

from detente.case.frozen import Frozen, Id, Text
from detente.case.polling import Poll
from detente.case.priors import Likelihood
from detente.case.seeds import Event, EvidenceItem, ScheduledElection


class Retraction(Frozen):
    """An item that is withdrawn: kept in the register, out of the model from the bulletin's date on."""

    id: Id
    because: Text


class Bulletin(Frozen):
    """What became known by ``date``, and how it is judged; ``likelihoods[item][hypothesis]`` is complete."""

    date: dt.date
    clusters: Mapping[Id, Text] = Field(default_factory=dict)
    evidence: tuple[EvidenceItem, ...] = ()
    likelihoods: Mapping[Id, Mapping[Id, Likelihood]] = Field(default_factory=dict)
    events: tuple[Event, ...] = ()
    schedule: tuple[ScheduledElection, ...] = ()
    polls: tuple[Poll, ...] = ()
    retractions: tuple[Retraction, ...] = ()
