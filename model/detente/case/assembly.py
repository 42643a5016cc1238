"""Build the frozen objects from drafts that were found consistent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, cast

from detente.case.facts import CaseDraft
from detente.case.intensities import Cell
from detente.case.judgements import PriorsDraft, WeightsDraft, stated
from detente.case.outside import ExternalForecast, Member, OutsideViewPrior
from detente.case.outside_rules import reached
from detente.case.places import Places
from detente.case.polling import Poll, PollPriors
from detente.case.priors import (
    Baseline,
    BetaPrior,
    Coupling,
    Intensity,
    Interval,
    Likelihood,
    Priors,
    Reached,
    WatchItem,
    WeightedPrior,
)
from detente.case.records import Record
from detente.case.schema import Case
from detente.case.seeds import (
    Credibility,
    Election,
    Event,
    EvidenceItem,
    Hypothesis,
    Outcome,
    Process,
    ProcessStart,
    Reliability,
    Resolution,
    ScheduledElection,
    Source,
    Transition,
    Winner,
    words,
)


class Drafts(NamedTuple):
    """Everything the files of a case say, read and checked."""

    case: CaseDraft
    priors: PriorsDraft
    evidence: tuple[Record, ...]
    events: tuple[Record, ...]
    polls: tuple[Record, ...]
    members: tuple[Record, ...]
    external: tuple[Record, ...]
    resolutions: tuple[Record, ...]
    likelihoods: tuple[Record, ...]
    intensities: Mapping[Cell, Record]
    watch: tuple[Record, ...]


def assemble(drafts: Drafts, inputs_sha256: str, files: Mapping[str, str]) -> tuple[Case, Places]:
    """Return the case, and where each of its parts stands."""
    draft = drafts.case
    top = draft.top
    case = Case.model_construct(
        id=top.get("case"),
        title=top.get("title"),
        question=top.get("question"),
        source=Source.model_construct(**draft.source.values) if draft.source else None,
        information_cutoff=top.get("information_cutoff"),
        hypotheses=tuple(_hypothesis(row) for row in draft.hypotheses.values()),
        clusters={name: row.get("why") for name, row in draft.clusters.items()},
        election=_election(draft),
        horizon=top.get("horizon"),
        deadlines=tuple(sorted(draft.deadlines)),
        processes=_processes(draft),
        outcomes=tuple(Outcome.model_construct(**row.values) for row in draft.outcomes.values()),
        evidence=tuple(EvidenceItem.model_construct(**row.values) for row in drafts.evidence),
        events=tuple(Event.model_construct(**row.values) for row in drafts.events),
        polls=tuple(Poll.model_construct(**row.values) for row in drafts.polls),
        reference_class=tuple(_member(row) for row in drafts.members),
        external_forecasts=tuple(ExternalForecast.model_construct(**row.values) for row in drafts.external),
        resolutions=tuple(Resolution.model_construct(**row.values) for row in drafts.resolutions),
        priors=_priors(drafts),
        likelihoods=_likelihoods(drafts),
        intensities=_intensities(drafts),
        watch=_watch(drafts),
        inputs_sha256=inputs_sha256,
    )
    return case, Places(files, _lines(drafts))


def _hypothesis(row: Record) -> Hypothesis:
    name = row.get("id")
    return Hypothesis.model_construct(id=name, label=row.get("label") or words(name), statement=row.get("statement"))


def _election(draft: CaseDraft) -> Election | None:
    if not draft.has_election:
        return None
    return Election.model_construct(
        schedule=tuple(ScheduledElection.model_construct(**row.values) for row in draft.schedule),
        winners=tuple(Winner.model_construct(**row.values) for row in draft.winners.values()),
    )


def _processes(draft: CaseDraft) -> tuple[Process, ...]:
    return tuple(
        Process.model_construct(
            id=name,
            states=tuple(process.states),
            start=ProcessStart.model_construct(**process.start.values),
            transitions=tuple(
                Transition.model_construct(process=name, source=source, target=target)
                for source, target in process.transitions
            ),
        )
        for name, process in draft.processes.items()
    )


def _weighted(draft: WeightsDraft, order: Iterable[str]) -> WeightedPrior:
    """Build a weighted prior, its weights in the order in which the case declares what is weighed."""
    return WeightedPrior.model_construct(
        weights={name: draft.shares[name] for name in order},
        concentration=draft.record.get("concentration"),
        because=draft.record.get("because"),
    )


def _priors(drafts: Drafts) -> Priors:
    draft = drafts.priors
    return Priors.model_construct(
        hypotheses=_weighted(cast("WeightsDraft", draft.hypotheses), drafts.case.hypotheses),
        discrimination=_discrimination(draft.discrimination),
        learned_from=draft.learned_from,
        dependence={name: BetaPrior.model_construct(**row.values) for name, row in draft.dependence.items()},
        assumed_mass=draft.top.get("assumed_mass"),
        persistence=draft.top.get("persistence"),
        reliability=cast("Mapping[Reliability, float]", draft.reliability),
        credibility={cast("Credibility", int(digit)): share for digit, share in draft.credibility.items()},
        election=_weighted(draft.election, drafts.case.winners) if draft.election else None,
        couplings=tuple(
            Coupling.model_construct(
                process=coupling.record.get("process"),
                to=coupling.record.get("to"),
                when=Reached.model_construct(**coupling.when.values),
                multiplier=coupling.record.get("multiplier"),
                because=coupling.record.get("because"),
            )
            for coupling in draft.couplings
        ),
        polls=PollPriors.model_construct(**{**draft.polls.record.values, "kind_sd": draft.polls.kinds})
        if draft.polls
        else None,
        outside_view=_outside_view(draft.outside_view) if draft.outside_view else None,
        baseline=Baseline.model_construct(**draft.baseline.values) if draft.baseline else None,
    )


def _discrimination(record: Record | None) -> BetaPrior:
    stated = record.values if record else {}
    return BetaPrior.model_construct(**{name: value for name, value in stated.items() if name != "learned_from"})


def _outside_view(record: Record) -> OutsideViewPrior:
    stated = {name: record.get(name) for name in ("weight", "because")}
    return OutsideViewPrior.model_construct(**stated, reference_class=record.get("class"))


def _member(record: Record) -> Member:
    names = ("member", "start", "followed_until", "election", "election_support", "source", "note")
    stated = {name: record.get(name) for name in names}
    return Member.model_construct(**stated, reference_class=record.get("class"), reached=reached(record))


def _likelihoods(drafts: Drafts) -> dict[str, dict[str, Likelihood]]:
    table: dict[str, dict[str, Likelihood]] = {row.get("id"): {} for row in drafts.evidence}
    judged = {(row.get("evidence"), row.get("hypothesis")): row for row in drafts.likelihoods}
    for item, under in table.items():
        for hypothesis in drafts.case.hypotheses:
            row = judged[item, hypothesis]
            low, mid, high, word = stated(row)
            under[hypothesis] = Likelihood.model_construct(
                low=low, mid=mid, high=high, because=row.get("because"), word=word
            )
    return table


def _intensities(drafts: Drafts) -> tuple[Intensity, ...]:
    return tuple(
        Intensity.model_construct(
            transition=Transition.model_construct(process=process, source=source, target=target),
            hypothesis=hypothesis,
            regime=regime,
            **{name: row.get(name) for name in ("low", "mid", "high", "within_days", "because")},
        )
        for (process, source, target, hypothesis, regime), row in drafts.intensities.items()
    )


def _watch(drafts: Drafts) -> tuple[WatchItem, ...]:
    rows: dict[str, list[Record]] = {}
    for row in drafts.watch:
        rows.setdefault(row.get("id"), []).append(row)
    return tuple(
        WatchItem.model_construct(
            id=item,
            by=judged[0].get("by"),
            indicator=judged[0].get("indicator"),
            likelihoods={
                row.get("hypothesis"): Interval.model_construct(
                    low=row.get("low"), mid=row.get("mid"), high=row.get("high")
                )
                for row in judged
            },
            reasons={row.get("hypothesis"): row.get("because") for row in judged if row.get("because")},
            cost=judged[0].get("cost"),
            cluster=judged[0].get("cluster"),
        )
        for item, judged in rows.items()
    )


def _lines(drafts: Drafts) -> dict[tuple[str, ...], tuple[str, int]]:
    lines: dict[tuple[str, ...], tuple[str, int]] = {}
    draft = drafts.case
    for name, row in draft.clusters.items():
        lines["cluster", name] = ("case.yaml", row.line)
    for name, row in draft.outcomes.items():
        lines["outcome", name] = ("case.yaml", row.line)
    for name, process in draft.processes.items():
        lines["process", name] = ("case.yaml", process.line)
        for state, line in process.states.items():
            lines["state", name, state] = ("case.yaml", line)
    for row in drafts.evidence:
        lines["evidence", row.get("id")] = ("evidence.csv", row.line)
    for row in drafts.likelihoods:
        lines["likelihood", row.get("evidence"), row.get("hypothesis")] = ("likelihoods.csv", row.line)
    for cell, row in drafts.intensities.items():
        lines["intensity", *cell] = ("intensities.csv", row.line)
    for index, coupling in enumerate(drafts.priors.couplings):
        lines["coupling", str(index)] = ("priors.yaml", coupling.record.line)
    return lines
