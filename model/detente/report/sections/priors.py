"""Annex B, the model: every prior with its reason, what the priors alone predict, and what the data made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.competing import settled
from detente.report.figures.histograms import PriorPosterior, PriorPosteriors
from detente.report.prose import count, name, percent
from detente.report.specs import Column, Figure, Group, Table, table
from detente.report.views import winner_label

if TYPE_CHECKING:
    from detente.case.intensities import Intensity
    from detente.case.polls import PollPriors
    from detente.case.priors import BetaPrior
    from detente.dossier import Dossier
    from detente.forecast.result import Forecast, Interval, ParameterSummary

PANELS = 12
_WIDE = 0.1


@dataclass(frozen=True)
class Priors:
    """The judgements that are not about single items."""

    weights: tuple[Table, ...]
    scalars: Table
    polls: Table | None
    grades: Table
    couplings: Table | None
    intensities: Table | None
    predictive: Table | None
    figure: Figure | None
    parameters: Table | None
    assumed_mass: str
    persistence: str
    has_election: bool


def build(dossier: Dossier) -> Priors:
    """Build the annex."""
    forecast = dossier.forecast
    priors = forecast.inputs.priors
    return Priors(
        weights=tuple(_weights(forecast)),
        scalars=_scalars(forecast),
        polls=_polls(priors.polls) if priors.polls else None,
        grades=_grades(forecast),
        couplings=_couplings(forecast) if priors.couplings else None,
        intensities=_intensities(forecast) if forecast.inputs.intensities else None,
        predictive=_predictive(forecast) if forecast.prior_outcomes else None,
        figure=_figure(forecast) if forecast.parameters else None,
        parameters=_parameters(forecast) if forecast.parameters else None,
        assumed_mass=percent(priors.assumed_mass),
        persistence=f"{priors.persistence:.2f}",
        has_election=forecast.election_date is not None,
    )


def _weights(forecast: Forecast) -> list[Table]:
    priors = forecast.inputs.priors
    columns = (
        Column("Which"),
        Column("Weight", "number"),
        Column("Concentration", "number"),
        Column("Because", "reason"),
    )
    made = []
    for caption, prior, label in (
        ("Prior weights of the hypotheses", priors.hypotheses, name),
        ("Prior weights of the winners", priors.election, lambda key: winner_label(forecast, key)),
    ):
        if prior is None:
            continue
        rows = tuple(
            (label(key), percent(weight), f"{prior.concentration:g}" * (i == 0), prior.because * (i == 0))
            for i, (key, weight) in enumerate(prior.weights.items())
        )
        made.append(table(caption, columns, rows))
    return made


def _scalars(forecast: Forecast) -> Table:
    priors = forecast.inputs.priors

    def row(label: str, prior: BetaPrior) -> tuple[str, ...]:
        return label, f"{prior.mean:g}", f"{prior.sd:g}", prior.because

    rows = (
        row("Discrimination", priors.discrimination),
        *(row(f"Correlation: {name(key)}", prior) for key, prior in priors.dependence.items()),
    )
    columns = (Column("Prior"), Column("Mean", "number"), Column("SD", "number"), Column("Because", "reason"))
    return table("Discrimination and the correlation inside clusters", columns, rows)


def _polls(prior: PollPriors) -> Table:
    """Return how polls err, in points of the incumbent's share of the two."""
    stated = (
        ("Lean of a house", prior.house_sd),
        ("Error that all polls share", prior.bias_sd),
        ("What voters change in a day", prior.walk_sd),
        ("Error of a poll beyond sampling", prior.excess_sd),
        ("Share around one half when the polls begin", prior.start_sd),
        *((f"Difference of the question: {name(kind)}", sd) for kind, sd in prior.kind_sd.items()),
    )
    rows = tuple(
        (label, f"{100 * sd:g} points", prior.because if index == 0 else "") for index, (label, sd) in enumerate(stated)
    )
    design = (
        ("Design effect", f"× {prior.design_effect:g}", ""),
        ("Sample size where unstated", f"{prior.unstated_sample:,}", ""),
    )
    columns = (Column("Standard deviation"), Column("Stated", "number"), Column("Because", "reason"))
    return table("How polls err", columns, (*rows, *design))


def _grades(forecast: Forecast) -> Table:
    priors = forecast.inputs.priors
    digits = sorted(priors.credibility)
    rows = tuple(
        (f"{letter} ({kept:g})", *(f"{kept * priors.credibility[digit]:.2f}" for digit in digits))
        for letter, kept in sorted(priors.reliability.items())
    )
    columns = (Column("Source"), *(Column(f"{digit} ({priors.credibility[digit]:g})", "number") for digit in digits))
    return table("How much of a likelihood is kept, by source (A–F) and claim (1–6)", columns, rows)


def _couplings(forecast: Forecast) -> Table:
    rows = tuple(
        (
            f"{name(c.process)}: to {name(c.to)}",
            f"{name(c.when.process)} has reached {name(c.when.reached)}",
            f"× {c.multiplier:g}",
            c.because,
        )
        for c in forecast.inputs.priors.couplings
    )
    columns = (Column("Step"), Column("While"), Column("Pace", "number"), Column("Because", "reason"))
    return table("Couplings: when one process quickens or slows another", columns, rows)


def _intensities(forecast: Forecast) -> Table:
    grouped: dict[str, list[Intensity]] = {}
    for row in forecast.inputs.intensities:
        step = row.transition
        grouped.setdefault(f"{name(step.process)}: {name(step.source)} → {name(step.target)}", []).append(row)
    groups = tuple(
        Group(
            tuple(
                (
                    (name(row.hypothesis), _regime(forecast, row.regime)),
                    f"{row.within_days:g} days",
                    f"{percent(row.low)} / {percent(row.mid)} / {percent(row.high)}",
                    row.because,
                )
                for row in rows
            ),
            heading,
        )
        for heading, rows in grouped.items()
    )
    columns = (
        Column("If, and when"),
        Column("Within", "number"),
        Column("Low / best / high", "number"),
        Column("Because", "reason"),
    )
    return Table("Pace of each step: chance of it within so many days, were it the only one possible", columns, groups)


def _regime(forecast: Forecast, regime: str) -> str:
    if regime == "before":
        return "before the election" if forecast.election_date else "at any time"
    return f"after: {winner_label(forecast, regime.removeprefix('after:'))}"


def _predictive(forecast: Forecast) -> Table:
    rows = tuple(
        (
            outcome.label,
            percent(forecast.prior_outcomes[key]),
            settled(outcome) or percent(outcome.horizon.probability),
        )
        for key, outcome in forecast.outcomes.items()
        if key in forecast.prior_outcomes
    )
    columns = (
        Column("Outcome, by the horizon"),
        Column("Priors alone", "number"),
        Column("With the evidence", "number"),
    )
    return table("Prior predictive check: what the judgements say before any evidence is counted", columns, rows)


def parameter_name(key: str) -> str:
    """Return a parameter's name in words.

    >>> parameter_name("step_effect[ladder:ministers_met>leaders_met]")
    'step effect: ladder: ministers met → leaders met'
    """
    return name(key.removesuffix("]").replace("[", ": ").replace(":", ": ").replace(":  ", ": ").replace(">", " → "))


def amount(value: float, spread: float) -> str:
    """Return a parameter's value with as many decimals as its spread deserves.

    >>> amount(-0.123456, 1.0), amount(0.00123456, 0.01), amount(-0.001, 3.0)
    ('−0.12', '0.0012', '0.00')
    """
    text = f"{value:.{2 if spread >= _WIDE else 4}f}"
    return text.replace("-", "" if float(text) == 0 else "−")


def _figure(forecast: Forecast) -> Figure:
    ranked = sorted(forecast.parameters, key=lambda parameter: -shift(parameter))
    shown = ranked[:PANELS]
    moved = sum(shift(parameter) >= 0.5 for parameter in ranked)  # noqa: PLR2004 - half a prior's spread
    top = shown[0]
    return Figure(
        name="parameters",
        title=(
            f"The data moved {count(moved, 'parameter')} of {len(ranked)} by half a prior standard deviation or more; "
            f"“{parameter_name(top.name)}” moved most"
        ),
        description=(
            f"Prior (dashed) and posterior (filled) of the {count(len(shown), 'parameter')} that moved most: "
            + "; ".join(f"{label} from {before} to {now}" for label, before, _, now, _ in map(_summary, shown))
            + "."
        ),
        note="Dashed: prior. Filled: posterior.",
        drawing=PriorPosteriors(
            tuple(
                PriorPosterior(parameter_name(p.name), p.bin_edges, p.prior_density, p.posterior_density) for p in shown
            )
        ),
    )


def shift(parameter: ParameterSummary) -> float:
    """Return how far the mean moved, in prior standard deviations as read off a normal's 90 % interval."""
    spread = (parameter.prior_interval[1] - parameter.prior_interval[0]) / (2 * 1.645)
    return abs(parameter.posterior_mean - parameter.prior_mean) / spread if spread else 0.0


def _parameters(forecast: Forecast) -> Table:
    rows = tuple(_summary(parameter) for parameter in forecast.parameters)
    columns = (
        Column("Parameter"),
        Column("Prior mean", "number"),
        Column("90 %", "number"),
        Column("Posterior mean", "number"),
        Column("90 %", "number"),
    )
    return table("Every parameter before and after the data", columns, rows)


def _summary(p: ParameterSummary) -> tuple[str, str, str, str, str]:
    spread = p.prior_interval[1] - p.prior_interval[0]

    def bounds(pair: Interval) -> str:
        return f"{amount(pair[0], spread)} to {amount(pair[1], spread)}"

    return (
        parameter_name(p.name),
        amount(p.prior_mean, spread),
        bounds(p.prior_interval),
        amount(p.posterior_mean, spread),
        bounds(p.posterior_interval),
    )
