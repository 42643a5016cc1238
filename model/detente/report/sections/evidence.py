"""Section 4, why: every item by weight, grouped by the cause it shares, and the way from prior to posterior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.bars import Bar, BarGroup, Waterfall, WeightBars
from detente.report.figures.dots import Ladder
from detente.report.prose import chance, count, date, decibans, factor, listed, name, percent
from detente.report.sections import switches
from detente.report.specs import Cell, Column, Figure, Group, Table, table
from detente.report.views import against_look, hypotheses, rivals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from detente.dossier import Dossier
    from detente.forecast.result import ClusterWeight, EvidenceWeight, Forecast
    from detente.report.sections.switches import Switches

BARS_SHOWN = 20
STEPS_SHOWN = 9
NAMED = 3


@dataclass(frozen=True)
class Evidence:
    """Why the answer is what it is."""

    leading: str
    rivals: str
    items: str
    single: bool
    absent: str
    clusters: str
    heaviest: str
    total: str
    total_factor: str
    prior: str
    posterior: str
    shown: int
    hidden: int
    bars: Figure | None
    waterfall: Figure | None
    weights: Table | None
    records: Table | None
    steps: Figure | None
    switches: Switches | None


@dataclass(frozen=True)
class Pillar:
    """Items that share a cause, or one that shares none, with the cluster's own weight if it has one."""

    key: str
    reason: str
    items: tuple[EvidenceWeight, ...]
    cluster: ClusterWeight | None

    def weight(self, hypothesis: str) -> float:
        """Return the sum of its items' weights in the order of dates."""
        return sum(item.weight_db[hypothesis] for item in self.items)


def build(dossier: Dossier) -> Evidence:
    """Build the section."""
    forecast = dossier.forecast
    lead = forecast.leading
    weights = [item.weight_db[lead] for item in forecast.evidence]
    total = sum(weights) + sum(record.weight_db[lead] for record in forecast.records)
    found = pillars(forecast)
    shown = min(BARS_SHOWN, len(weights))
    items = {item.id: item for item in forecast.inputs.evidence}
    return Evidence(
        leading=name(lead),
        rivals=rivals(forecast),
        items=count(len(weights), "item"),
        single=len(weights) == 1,
        absent=_absent(sum(not items[item.id].observed for item in forecast.evidence), len(weights)),
        clusters=count(shared, "cluster") if (shared := sum(len(pillar.items) > 1 for pillar in found)) else "",
        heaviest=_heaviest(forecast),
        total=decibans(total),
        total_factor=factor(total),
        prior=percent(forecast.hypotheses[lead].prior),
        posterior=chance(forecast.hypotheses[lead].posterior).number,
        shown=shown,
        hidden=len(weights) - shown,
        bars=_bars(forecast, found) if weights else None,
        waterfall=_waterfall(forecast, found) if weights or forecast.records else None,
        weights=_weights(forecast, found) if weights else None,
        records=_records(forecast) if forecast.records else None,
        steps=_steps(forecast) if forecast.model_steps else None,
        switches=switches.build(forecast),
    )


def _heaviest(forecast: Forecast) -> str:
    """Name the two or three items that matter most; nothing for fewer than three items."""
    lead = forecast.leading
    ranked = sorted(forecast.evidence, key=lambda item: -abs(item.weight_db[lead]))
    if len(ranked) < NAMED:
        return ""
    return listed([f"“{name(item.id)}” ({decibans(item.weight_db[lead])})" for item in ranked[:NAMED]])


def _absent(absent: int, items: int) -> str:
    if not absent:
        return ""
    if absent == items:
        return "none of it was seen, though it was looked for"
    return f"{absent} of them {'is something' if absent == 1 else 'are things'} looked for and not seen"


def pillars(forecast: Forecast) -> tuple[Pillar, ...]:
    """Return the groups of items, heaviest first."""
    weights = {item.id: item for item in forecast.evidence}
    clusters = {cluster.id: cluster for cluster in forecast.clusters}
    found = []
    for group in forecast.inputs.groups_in_force:
        items = tuple(weights[item.id] for item in group.items if item.id in weights)
        if items:
            reason = forecast.inputs.clusters.get(group.id, "") if group.id else ""
            found.append(Pillar(group.name, reason, items, clusters.get(group.id) if group.id else None))
    return tuple(sorted(found, key=lambda pillar: -abs(pillar.weight(forecast.leading))))


def _bars(forecast: Forecast, found: tuple[Pillar, ...]) -> Figure:
    lead = forecast.leading
    ranked = sorted(forecast.evidence, key=lambda item: -abs(item.weight_db[lead]))
    kept = {item.id for item in ranked[:BARS_SHOWN]}
    groups = []
    for pillar in found:
        items = sorted((i for i in pillar.items if i.id in kept), key=lambda item: -abs(item.weight_db[lead]))
        if items:
            heading = name(pillar.key) if len(pillar.items) > 1 else ""
            groups.append(BarGroup(heading, tuple(Bar(name(i.id), i.weight_db[lead]) for i in items)))
    more = f" The chart shows the heaviest {len(kept)} of {len(ranked)}." if len(ranked) > len(kept) else ""
    return Figure(
        name="evidence-weights",
        title=_finding(ranked, lead),
        description=(
            f"Bars of the weight of each item in decibans, to the right for “{name(lead)}”, to the left for "
            f"{rivals(forecast)}, grouped by shared cause. Each is weighed given the items before it.{more} "
            "The table of items has all numbers."
        ),
        drawing=WeightBars(
            tuple(groups), name(lead), rivals(forecast), (hypotheses(forecast)[0].look, against_look(forecast))
        ),
    )


def _finding(ranked: list[EvidenceWeight], lead: str) -> str:
    """Say how many items speak for the leading hypothesis, and what the heaviest does."""
    top, weight = name(ranked[0].id), ranked[0].weight_db[lead]
    towards = sum(item.weight_db[lead] > 0 for item in ranked)
    if abs(weight) < 0.05:  # noqa: PLR2004 - shown as 0.0
        return f"No item weighs anything for or against “{name(lead)}”"
    side = "for" if weight > 0 else "against"
    if len(ranked) == 1:
        return f"The one item, “{top}”, speaks {side} “{name(lead)}”"
    number = f"{towards} of {len(ranked)} items speak{'s' * (towards == 1)}"
    number = {0: "No item speaks", len(ranked): f"All {len(ranked)} items speak"}.get(towards, number)
    return f"{number} for “{name(lead)}”; the heaviest, “{top}”, {decibans(weight)} dB, counts {side} it"


def _waterfall(forecast: Forecast, found: tuple[Pillar, ...]) -> Figure:
    lead = forecast.leading
    steps = [Bar(name(p.key), p.weight(lead)) for p in found]
    rest = steps[STEPS_SHOWN:] if len(steps) > STEPS_SHOWN + 1 else []
    steps = steps[: len(steps) - len(rest)]
    if rest:
        steps.append(Bar(f"{len(rest)} lighter groups", sum(step.weight for step in rest)))
    steps += [Bar(f"record: {name(r.process)}", r.weight_db[lead]) for r in forecast.records]
    hypothesis = forecast.hypotheses[lead]
    start, end = percent(hypothesis.prior), percent(hypothesis.posterior)
    return Figure(
        name="waterfall",
        title=f"From {start} to {end}: “{steps[0].label}” moves “{name(lead)}” most"
        if found
        else f"From {start} to {end}",
        description=(
            f"Steps from the prior of “{name(lead)}”, {start}, to its posterior, {end}, "
            "heaviest group of items first, then the records: "
            + ", ".join(f"{step.label} {decibans(step.weight)}" for step in steps)
            + " decibans."
        ),
        drawing=Waterfall(
            hypothesis.prior, hypothesis.posterior, tuple(steps), (hypotheses(forecast)[0].look, against_look(forecast))
        ),
        data=table(
            f"Steps from prior to posterior of “{name(lead)}”",
            (Column("Step"), Column("Decibans", "number")),
            tuple((step.label, decibans(step.weight)) for step in steps),
        ),
    )


def _weights(forecast: Forecast, found: tuple[Pillar, ...]) -> Table:
    lead, ids = forecast.leading, tuple(forecast.hypotheses)
    shared = [pillar for pillar in found if len(pillar.items) > 1]
    alone = tuple(item for pillar in found if len(pillar.items) == 1 for item in pillar.items)
    groups = [
        Group(
            tuple(_row(forecast, item, ids) for item in pillar.items),
            f"{name(pillar.key)}: {pillar.reason}" if pillar.reason else name(pillar.key),
            _cluster_note(pillar.cluster, lead),
        )
        for pillar in shared
    ]
    if alone:
        groups.append(
            Group(tuple(_row(forecast, item, ids) for item in alone), "Items that share no cause with another")
        )
    columns = (
        Column("Item, date, grade"),
        *(Column(f"P if {name(h)}", "number") for h in ids),
        Column("Weight, dB", "number"),
        Column(f"P({name(lead)}) without it", "number"),
    )
    caption = f"Evidence by weight: heaviest cluster first. Weights count for “{name(lead)}”, given the items before"
    return Table(caption, columns, tuple(groups))


def _row(forecast: Forecast, weight: EvidenceWeight, ids: tuple[str, ...]) -> tuple[Cell, ...]:
    item = next(item for item in forecast.inputs.evidence if item.id == weight.id)
    likelihoods = forecast.inputs.likelihoods.get(item.id, {})
    return (
        (
            item.claim if item.observed else f"Not seen: {item.claim}",
            f"{name(item.id)} · {date(item.date)} · {item.grade}",
        ),
        *(percent(likelihoods[h].mid) if h in likelihoods else "–" for h in ids),
        decibans(weight.weight_db[forecast.leading]),
        percent(weight.posterior_without[forecast.leading]),
    )


def _cluster_note(cluster: ClusterWeight | None, lead: str) -> str:
    if cluster is None:
        return ""
    low, high = cluster.correlation_interval
    return (
        f"Together {decibans(cluster.weight_db[lead])} dB when weighed last; "
        f"without them {percent(cluster.posterior_without[lead])}. "
        f"Correlation {cluster.correlation:.2f} (moves {low:.2f}–{high:.2f})."
    )


def _records(forecast: Forecast) -> Table:
    lead = forecast.leading
    rows = tuple(
        (
            name(record.process),
            f"{record.days:,}",
            f"{record.transitions:,}",
            decibans(record.weight_db[lead]),
            percent(record.posterior_without[lead]),
        )
        for record in forecast.records
    )
    columns = (
        Column("Process"),
        Column("Days", "number"),
        Column("Steps taken", "number"),
        Column("Weight, dB", "number"),
        Column(f"P({name(lead)}) without it", "number"),
    )
    return table("The record: steps taken, and days that passed without one", columns, rows)


def _steps(forecast: Forecast) -> Figure:
    lead = forecast.leading
    names = [step.name if i == 0 else f"+ {step.name}" for i, step in enumerate(forecast.model_steps)]
    # The last step is the whole model: shown as everywhere else, where it may have been sampled.
    whole = {h: found.posterior for h, found in forecast.hypotheses.items()}
    steps = [*(step.posterior for step in forecast.model_steps[:-1]), whole]
    rows = tuple((label, step[lead]) for label, step in zip(names, steps, strict=True))
    first, last = rows[0][1], rows[-1][1]
    move = "lower" if last < first else "higher"
    finding = "leaves it where it was" if abs(last - first) < 0.005 else f"sets it {move}, at {percent(last)}"  # noqa: PLR2004
    others: Mapping[str, str] = {h: name(h) for h in forecast.hypotheses}
    return Figure(
        name="model-steps",
        title=f"Adding up the items as if independent gives “{name(lead)}” {percent(first)}; the whole model {finding}",
        description=f"Probability of “{name(lead)}” as the model is built up: "
        + "; ".join(f"{label}: {percent(probability)}" for label, probability in rows)
        + ".",
        drawing=Ladder(rows, hypotheses(forecast)[0].look),
        data=table(
            "From independent evidence to the whole model",
            (Column("Model"), *(Column(label, "number") for label in others.values())),
            tuple((label, *(percent(step[h]) for h in others)) for label, step in zip(names, steps, strict=True)),
        ),
    )
