"""Section 4, why, and annex A, the register: every item by weight, with the cause it shares, its grade and reasons."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING

from detente.report.figures.bars import Bar, BarGroup, waterfall, weight_bars
from detente.report.figures.dots import ladder
from detente.report.names import LADDER, as_headline, hypotheses, label, lead_name, rivals
from detente.report.prose import capital, count, date, decibans, listed, name, percent, web_address
from detente.report.sections import switches
from detente.report.specs import Figure
from detente.report.tables import Cell, Column, Columns, Group, Table, grouped, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detente.case.evidence import EvidenceItem
    from detente.dossier import Dossier
    from detente.forecast.result import ClusterWeight, EvidenceWeight, Forecast, RecordWeight

BARS_SHOWN = 20
STEPS_SHOWN = 9
NAMED = 3
NOTHING = 0.05
"""Decibans that are shown as 0.0."""
SAME = 0.005
"""Half a point: no difference."""


@dataclass(frozen=True)
class Pillar:
    """Items that share a cause, or one that shares none, with the cluster's own weight if it has one."""

    key: str
    reason: str
    items: tuple[EvidenceWeight, ...]
    cluster: ClusterWeight | None

    @property
    def heading(self) -> str:
        """Its name, and why its items share a cause."""
        return name(self.key) + (f": {self.reason}" if self.reason else "")

    def weight(self, hypothesis: str) -> float:
        """Return the sum of its items' weights in the order of dates."""
        return sum(item.weight_db[hypothesis] for item in self.items)


def build(dossier: Dossier) -> SimpleNamespace:
    """Build the section; ``total`` is in decibans, records included."""
    forecast = dossier.forecast
    lead = forecast.leading
    ranked = sorted(forecast.evidence, key=lambda item: -abs(item.weight_db[lead]))
    by_weight = pillars(forecast)
    items = {item.id: item for item in forecast.inputs.evidence}
    return SimpleNamespace(
        leading=lead_name(forecast),
        rivals=rivals(forecast),
        items=len(ranked),
        hidden=max(0, len(ranked) - BARS_SHOWN),
        absent=_absent(sum(not items[item.id].observed for item in ranked), len(ranked)),
        clusters=sum(len(pillar.items) > 1 for pillar in by_weight),
        heaviest=_heaviest(ranked[:NAMED], forecast.records, lead) if len(ranked) >= NAMED else "",
        total=sum(w.weight_db[lead] for w in forecast.evidence) + sum(r.weight_db[lead] for r in forecast.records),
        prior=forecast.hypotheses[lead].prior,
        posterior=forecast.hypotheses[lead].posterior,
        bars=_bars(forecast, ranked, by_weight) if ranked else None,
        waterfall=_waterfall(forecast, by_weight) if ranked or forecast.records else None,
        weights=_weights(forecast, by_weight) if ranked else None,
        records=_records(forecast) if forecast.records else None,
        steps=_steps(forecast) if forecast.model_steps else None,
        switches=switches.build(forecast),
    )


def claim(item: EvidenceItem) -> str:
    """Return what an item says, or that it was looked for and not seen."""
    return item.claim if item.observed else f"Not seen: {item.claim}"


def record_words(record: RecordWeight) -> str:
    """Return what the record of a process says in a list of evidence."""
    days, steps = count(record.days, "day"), record.transitions
    said = f"{count(steps, 'step')} in {days}" if steps else f"{days} without a step"
    return f"The record of “{name(record.process)}”: {said}"


def _heaviest(named: Sequence[EvidenceWeight], records: Sequence[RecordWeight], lead: str) -> str:
    """Name the heaviest items, and beside them the records that weigh more than the last of these."""
    items = listed([f"“{name(item.id)}” ({decibans(item.weight_db[lead])})" for item in named])
    least = abs(named[-1].weight_db[lead])
    more = [f"“{name(r.process)}” {decibans(r.weight_db[lead])}" for r in records if abs(r.weight_db[lead]) > least]
    return items + (f"; beside them, the record of {listed(more)}" if more else "")


def _absent(absent: int, items: int) -> str:
    if not absent:
        return ""
    if absent == items:
        was = "indicator that was looked for did" if items == 1 else "indicators that were looked for did"
        return f"the {was} not appear"
    return f"{absent} of them {'is an indicator' if absent == 1 else 'are indicators'} that did not appear"


def pillars(forecast: Forecast) -> tuple[Pillar, ...]:
    """Return the groups of items, heaviest first."""
    weights = {item.id: item for item in forecast.evidence}
    clusters = {cluster.id: cluster for cluster in forecast.clusters}
    kept = []
    for group in forecast.inputs.groups_in_force:
        items = tuple(weights[item.id] for item in group.items if item.id in weights)
        if items:
            reason = forecast.inputs.clusters.get(group.id, "") if group.id else ""
            kept.append(Pillar(group.name, reason, items, clusters.get(group.id) if group.id else None))
    return tuple(sorted(kept, key=lambda pillar: -abs(pillar.weight(forecast.leading))))


def _looks(forecast: Forecast) -> tuple[int, int]:
    """Return the looks of the leading hypothesis and of its strongest rival."""
    lead, rival, *_ = (view.look for view in hypotheses(forecast))
    return lead, rival


def _bars(forecast: Forecast, ranked: list[EvidenceWeight], by_weight: tuple[Pillar, ...]) -> Figure:
    lead = forecast.leading
    kept = {item.id: place for place, item in enumerate(ranked[:BARS_SHOWN])}
    groups = []
    for pillar in by_weight:
        items = sorted((item for item in pillar.items if item.id in kept), key=lambda item: kept[item.id])
        if items:
            heading = name(pillar.key) if len(pillar.items) > 1 else ""
            groups.append(BarGroup(heading, tuple(Bar(name(i.id), i.weight_db[lead]) for i in items)))
    more = f" The chart shows the heaviest {len(kept)} of {len(ranked)}." if len(ranked) > len(kept) else ""
    return Figure(
        name="evidence-weights",
        title=_finding(ranked, lead, lead_name(forecast)),
        description=(
            f"The weight of each item in decibans, to the right for {lead_name(forecast)}, to the left for "
            f"{rivals(forecast)}, grouped by shared cause. Each item is weighed given the items before it.{more} "
            "The table of items has all numbers."
        ),
        drawing=weight_bars(tuple(groups), lead_name(forecast), rivals(forecast), _looks(forecast)),
    )


def _finding(ranked: list[EvidenceWeight], lead: str, called: str) -> str:
    """Say how many items support the leading explanation, and what the heaviest does."""
    top, weight = name(ranked[0].id), ranked[0].weight_db[lead]
    towards = sum(item.weight_db[lead] > 0 for item in ranked)
    if abs(weight) < NOTHING:
        return f"No item counts for or against {called}"
    side = "for" if weight > 0 else "against"
    if len(ranked) == 1:
        return f"The one item, “{top}”, counts {side} {called}"
    number = f"{towards} of {len(ranked)} items count{'s' * (towards == 1)}"
    number = {0: "No item counts", len(ranked): f"All {len(ranked)} items count"}.get(towards, number)
    return f"{number} for {called}; the heaviest, “{top}” ({decibans(weight)} dB), counts {side} it"


def _waterfall(forecast: Forecast, groups: tuple[Pillar, ...]) -> Figure:
    lead = forecast.leading
    steps = [Bar(name(p.key), p.weight(lead)) for p in groups]
    moves = [(abs(step.weight), f"“{step.label}”") for step in steps]
    moves += [(abs(record.weight_db[lead]), f"the record of “{name(record.process)}”") for record in forecast.records]
    _, most = max(moves, key=lambda move: move[0])
    rest = steps[STEPS_SHOWN:] if len(steps) > STEPS_SHOWN + 1 else []
    steps = steps[: len(steps) - len(rest)]
    if rest:
        steps.append(Bar(f"the {len(rest)} lighter groups", sum(step.weight for step in rest)))
    steps += [Bar(f"record: {name(r.process)}", r.weight_db[lead]) for r in forecast.records]
    hypothesis = forecast.hypotheses[lead]
    start, end = percent(hypothesis.prior), percent(hypothesis.posterior)
    return Figure(
        name="waterfall",
        title=f"{capital(lead_name(forecast))}: from {start} to {end}, moved most by {most}",
        description=(
            f"Steps from the prior of {lead_name(forecast)}, {start}, to its posterior, {end}, "
            "heaviest group of items first, then the records: "
            + ", ".join(f"{step.label} {decibans(step.weight)}" for step in steps)
            + " decibans."
        ),
        drawing=waterfall(hypothesis.prior, hypothesis.posterior, tuple(steps), _looks(forecast)),
        data=table(
            f"Steps from prior to posterior of {lead_name(forecast)}",
            steps,
            Column("Step", lambda step: step.label),
            Column("Decibans", lambda step: step.weight, "decibans"),
        ),
    )


def _weights(forecast: Forecast, by_weight: tuple[Pillar, ...]) -> Table[EvidenceWeight]:
    lead, items = forecast.leading, {item.id: item for item in forecast.inputs.evidence}

    def what(weight: EvidenceWeight) -> Cell:
        item = items[weight.id]
        return claim(item), f"{name(item.id)} · {date(item.date)} · {item.grade}"

    def likelihood(hypothesis: str, weight: EvidenceWeight) -> float | None:
        stated = forecast.inputs.likelihoods.get(weight.id, {})
        return stated[hypothesis].mid if hypothesis in stated else None

    groups = [
        Group(pillar.items, capital(pillar.heading), _note(forecast, pillar))
        for pillar in by_weight
        if len(pillar.items) > 1
    ]
    if alone := tuple(item for pillar in by_weight if len(pillar.items) == 1 for item in pillar.items):
        groups.append(Group(alone, "Items that share no cause with any other"))
    return grouped(
        f"Evidence by weight, heaviest cluster first; weights count for {lead_name(forecast)}, given the items before",
        groups,
        Column("Item, date, grade", what),
        Columns(forecast.hypotheses, lambda h: f"Likelihood: {label(forecast, h)}", likelihood, "percent"),
        Column("Weight, dB", lambda weight: weight.weight_db[lead], "decibans"),
        Column("Answer without it", lambda weight: weight.posterior_without[lead], as_headline(forecast)),
    )


def _note(forecast: Forecast, pillar: Pillar) -> str:
    if (cluster := pillar.cluster) is None:
        return ""
    low, high = cluster.correlation_interval
    return (
        f"Together {decibans(cluster.weight_db[forecast.leading])} dB when weighed last; without them the answer is "
        f"{as_headline(forecast).worded(cluster.posterior_without[forecast.leading])}. "
        f"Correlation {cluster.correlation:.2f} (90% interval {low:.2f}–{high:.2f})."
    )


def _records(forecast: Forecast) -> Table[RecordWeight]:
    lead = forecast.leading
    return table(
        "The record: steps taken, and days without one",
        forecast.records,
        Column("Process", lambda record: capital(name(record.process))),
        Column("Days", lambda record: record.days, "count"),
        Column("Steps taken", lambda record: record.transitions, "count"),
        Column("Weight, dB", lambda record: record.weight_db[lead], "decibans"),
        Column("Answer without it", lambda record: record.posterior_without[lead], as_headline(forecast)),
    )


def _steps(forecast: Forecast) -> Figure:
    lead = forecast.leading
    labels = [LADDER.get(step.name, step.name) for step in forecast.model_steps]
    # The last step is the whole model: shown as everywhere else, where it may have been sampled.
    whole = {h: answer.posterior for h, answer in forecast.hypotheses.items()}
    steps = list(zip(labels, [*(step.posterior for step in forecast.model_steps[:-1]), whole], strict=True))
    first, last = steps[0][1][lead], steps[-1][1][lead]
    move = "lower" if last < first else "higher"
    finding = "agrees" if abs(last - first) < SAME else f"is {move}, at {percent(last)}"

    return Figure(
        name="model-steps",
        title=f"Independent items would give {lead_name(forecast)} {percent(first)}; the whole model {finding}",
        description=f"Probability of {lead_name(forecast)} as the model is built up: "
        + "; ".join(f"{label}: {percent(posterior[lead])}" for label, posterior in steps)
        + ".",
        drawing=ladder(tuple((label, posterior[lead]) for label, posterior in steps), _looks(forecast)[0]),
        data=table(
            "From independent evidence to the whole model",
            steps,
            Column("Model", lambda step: step[0]),
            Columns(forecast.hypotheses, lambda h: capital(label(forecast, h)), lambda h, step: step[1][h], "percent"),
        ),
    )


def register(dossier: Dossier) -> SimpleNamespace:
    """Build annex A: all items of the case, those in force first, each with its likelihoods and their reasons."""
    forecast = dossier.forecast
    inputs = forecast.inputs
    force = {item.id for item in inputs.evidence_in_force}
    waiting = tuple(item for item in inputs.evidence if item.id not in force)
    groups = tuple(
        Group(
            tuple(inputs.likelihoods.get(item.id, {}).items()),
            item.claim,
            _facts(item, counts=item.id in force),
            web_address(item.url),
        )
        for item in (*inputs.evidence_in_force, *waiting)
    )
    shown = grouped(
        "Evidence register: the probability of seeing each indicator under each explanation",
        groups,
        Column("Explanation", lambda row: capital(label(forecast, row[0]))),
        Column("Low", lambda row: row[1].low, "percent"),
        Column("Best", lambda row: row[1].mid, "percent"),
        Column("High", lambda row: row[1].high, "percent"),
        Column("Because", lambda row: row[1].because, "reason"),
    )
    return SimpleNamespace(items=len(force), waiting=len(waiting), table=shown if groups else None)


def _facts(item: EvidenceItem, *, counts: bool) -> str:
    """Say of an item what it is, whether it counts, and if not why."""
    seen = "seen" if item.observed else "not seen"
    if not counts:
        retracted = item.retracted_on
        withdrawn = f"withdrawn on {date(retracted)}: {item.retracted_because}" if retracted else ""
        seen = withdrawn or f"not counted yet, {seen} so far"
    facts = (
        name(item.id),
        seen,
        date(item.date),
        f"expected by {date(item.expected_by)}" if item.expected_by else "",
        f"actor: {item.actor}" if item.actor else "",
        f"source: {item.source}{', ' + item.locator if item.locator else ''}",
        f"“{item.quote}”" if item.quote else "",
        f"grade {item.grade}",
        f"cluster “{name(item.cluster)}”" if item.cluster else "no cluster",
    )
    return " · ".join(fact for fact in facts if fact)
