"""Annex B, the model: every prior with its reason, what the priors alone predict, and what the data made of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from detente.case.phases import part_of
from detente.case.polls import DIFFUSE, PollPriors
from detente.forecast.stated import StatedItem, stated_items, stated_ranges, stated_steps
from detente.report.figures.histograms import prior_posteriors
from detente.report.names import labels, parameter_name, regime_name, settled, step_name, winner_label
from detente.report.prose import capital, count, name, percent
from detente.report.specs import Figure
from detente.report.tables import Column, Columns, Group, Table, by_key, decimals, grouped, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from detente.case import Case
    from detente.case.intensities import Intensity
    from detente.case.priors import BetaPrior, Coupling, WeightedPrior
    from detente.case.reference_class import OutsideViewPrior
    from detente.dossier import Dossier
    from detente.forecast.result import Forecast, ParameterSummary

PANELS = 12
STATED = 0.9
MOVED = 0.5
"""Half a prior's standard deviation: what the data have moved."""
_WIDE = 0.1
SHORTEST = decimals("{:g}")
STATED_AND_USED = "stated, and used once discrimination shrinks what sets the explanations apart"


def build(dossier: Dossier) -> SimpleNamespace:
    """Build the annex: the judgements not about single items, what they predict, what the data made of them."""
    forecast = dossier.forecast
    case, priors = forecast.inputs, forecast.inputs.priors
    predictive = table(
        "Prior predictive check: the outcomes before any evidence is counted",
        [(forecast.prior_outcomes[key], o) for key, o in forecast.outcomes.items() if key in forecast.prior_outcomes],
        Column("Outcome, by the horizon", lambda row: row[1].label),
        Column("Priors alone", lambda row: row[0], "percent"),
        Column("With the evidence", lambda row: settled(row[1]) or row[1].horizon.probability, "percent"),
    )
    parameters = table(
        "Every parameter before and after the data",
        forecast.parameters,
        Column("Parameter", lambda p: parameter_name(p.name)),
        Column("Prior mean", lambda p: _amount(p, p.prior_mean), "number"),
        Column("90%", lambda p: _amount(p, *p.prior_interval), "number"),
        Column("Posterior mean", lambda p: _amount(p, p.posterior_mean), "number"),
        Column("90%", lambda p: _amount(p, *p.posterior_interval), "number"),
    )
    return SimpleNamespace(
        weights=tuple(_weights(case)),
        scalars=_scalars(case),
        polls=_polls(priors.polls) if priors.polls else None,
        grades=_grades(case),
        likelihoods=_likelihoods(case) if case.evidence else None,
        couplings=_couplings(case) if priors.couplings else None,
        intensities=pace_table(case) if case.intensities else None,
        predictive=predictive if forecast.prior_outcomes else None,
        figure=_figure(forecast) if forecast.parameters else None,
        parameters=parameters if forecast.parameters else None,
        is_since_vote=any(p.name.startswith("winner_probability") for p in forecast.parameters if case.open_winners),
        ranges=range_note(case),
        persistence=priors.persistence,
    )


def judgement_tables(case: Case) -> Iterator[Table[Any]]:
    """Yield every judgement of a case: those that are not about a single item each with its reason."""
    yield from _weights(case)
    yield _scalars(case)
    yield _grades(case)
    if case.priors.polls:
        yield _polls(case.priors.polls)
    if case.priors.outside_view:
        yield _outside_view(case.priors.outside_view)
    if case.evidence:
        yield _likelihoods(case)
    if case.intensities:
        yield pace_table(case)
    if case.priors.couplings:
        yield _couplings(case)


def range_note(case: Case) -> str:
    """Say as what stated ranges are read, and why."""
    ranges = stated_ranges(case)
    read = f"Stated 90% intervals are read as {percent(ranges.mass)} intervals"
    others = "the 90% intervals of 281 experts whose questions were answered held the truth about half the time"
    if ranges.is_stated:
        why = ": the intervals people state hold the truth less often than they say" if ranges.mass < STATED else ""
        return f"{read}, as the case states{why}."
    if ranges.questions:
        held = f"they held {ranges.held} of the answers to {count(ranges.questions, 'calibration question')}"
        reason = f"{held}, and {others}"
    else:
        reason = f"{others}, and no calibration question shows how this assessor's fare"
    if not case.transitions:
        return f"{read}: {reason}."
    wide = f"between {ranges.narrowest:.1f} and {ranges.widest:.1f} times as wide as stated"
    return f"{read}: {reason}. How wide the interval of a pace really is remains uncertain: {wide}."


def _weights(case: Case) -> Iterator[Table[str]]:
    called = labels(case)
    yield _weight(case.priors.hypotheses, "Prior of each explanation", lambda key: capital(called[key]))
    if case.priors.election is not None:
        polls = len(case.polls_in_force)
        unused = f" (unused: {count(polls, 'poll')} decide in its place)" if polls else ""
        caption = f"Prior of each winner{unused}"
        yield _weight(case.priors.election, caption, lambda key: winner_label(case, key))


def _weight(prior: WeightedPrior, caption: str, called: Callable[[str], str]) -> Table[str]:
    """Return the weights; what holds for all of them stands in the first row."""
    first = next(iter(prior.weights))
    return table(
        caption,
        prior.weights,
        Column("Which", called),
        Column("Prior", prior.weights.__getitem__, "percent"),
        Column("Concentration", lambda key: prior.concentration if key == first else "", SHORTEST),
        Column("Because", lambda key: prior.because if key == first else "", "reason"),
    )


def _scalars(case: Case) -> Table[tuple[str, BetaPrior]]:
    priors = case.priors
    return table(
        "Discrimination, and correlation within clusters",
        [
            ("Discrimination", priors.discrimination),
            *(
                (f"Correlation: {'other clusters' if key == 'default' else name(key)}", prior)
                for key, prior in priors.dependence.items()
            ),
        ],
        Column("Prior", lambda row: row[0]),
        Column("Mean", lambda row: row[1].mean, SHORTEST),
        Column("SD", lambda row: row[1].sd, SHORTEST),
        Column("Because", lambda row: row[1].because, "reason"),
    )


def _outside_view(prior: OutsideViewPrior) -> Table[tuple[str, str, str]]:
    """Return how far a reference class is leaned on."""
    far = (
        [("Levels move", f"{percent(prior.weight)} of the way", "")]
        if prior.weight is not None
        else [
            ("Levels move", "w = σ² / (σ² + τ²) of the way", ""),
            ("This case may lie apart from a member by", f"{prior.apart:g} (log pace)", ""),
        ]
    )
    return table(
        "Outside view: σ is the spread of a stated log pace, τ that of a new member of the class",
        [
            ("Reference class", name(prior.reference_class), prior.because),
            *far,
            ("A member counts half after", f"{prior.half_life:g} years", ""),
        ],
        Column("Prior", lambda row: row[0]),
        Column("Value", lambda row: row[1]),
        Column("Because", lambda row: row[2], "reason"),
    )


def _polls(prior: PollPriors) -> Table[tuple[str, str, str]]:
    """Return how polls err, in points of the incumbent's share of the two."""
    deviations = (
        ("House effect", prior.house_sd),
        ("Error shared by all polls", prior.bias_sd),
        ("Daily change of opinion", prior.walk_sd),
        ("Error of a poll beyond sampling", prior.excess_sd),
        *(() if prior.start_sd >= DIFFUSE else (("Share at the first poll, around one half", prior.start_sd),)),
        *((f"Effect of the question: {name(kind)}", sd) for kind, sd in prior.kind_sd.items()),
    )
    return table(
        "Errors of the polls",
        [
            *(
                (label, f"{100 * sd:g} points", "" if place else prior.because)
                for place, (label, sd) in enumerate(deviations)
            ),
            ("Design effect", f"× {prior.design_effect:g}", ""),
            *([("Degrees of freedom, of bias and change to come", f"{prior.degrees:g}", "")] if prior.degrees else []),
            ("Sample size where unstated", f"{prior.unstated_sample:,}", ""),
        ],
        Column("Standard deviation", lambda row: row[0]),
        Column("Value", lambda row: row[1], "number"),
        Column("Because", lambda row: row[2], "reason"),
    )


def _grades(case: Case) -> Table[tuple[str, float]]:
    priors = case.priors

    return table(
        "Share of its weight that an item keeps, by grade of source (A–F) and claim (1–6)",
        sorted(priors.reliability.items()),
        Column("Source", lambda row: f"{row[0]} ({row[1]:g})"),
        Columns(
            sorted(priors.credibility.items()),
            lambda claim: f"{claim[0]} ({claim[1]:g})",
            lambda claim, source: source[1] * claim[1],
            decimals("{:.2f}"),
        ),
    )


def _couplings(case: Case) -> Table[Coupling]:
    return table(
        "Couplings: when one process speeds up or slows down another",
        case.priors.couplings,
        Column("Step", lambda c: f"{capital(name(c.process))}: to {name(c.to)}"),
        Column("While", lambda c: f"{name(c.when.process)} has reached “{name(c.when.reached)}”"),
        Column("Factor on pace", lambda c: c.multiplier, decimals("× {:g}")),
        Column("Because", lambda c: c.because, "reason"),
    )


def _likelihoods(case: Case) -> Table[StatedItem]:
    called = labels(case)
    return grouped(
        f"Probability of seeing each item: {STATED_AND_USED}",
        [Group(rows, claim) for claim, rows in by_key(stated_items(case), lambda row: row.item.claim).items()],
        Column("Explanation", lambda row: capital(called[row.hypothesis])),
        Column("Low / best / high", lambda row: " / ".join(map(percent, (row.low, row.mid, row.high))), "number"),
        Column("Used", lambda row: row.used, decimals("{:.1%}")),
    )


def pace_table(case: Case, address: Callable[[Intensity], str] | None = None) -> Table[Intensity]:
    """Return the paces, step by step; on a page each leads to its ``address``."""

    def within(row: Intensity) -> str:
        return "the day" if part_of(row.regime) in case.occasion_ids else f"{row.within_days:g} days"

    called = labels(case)
    used = {(row.transition, row.hypothesis, row.regime): row.used for row in stated_steps(case)}

    def step(row: Intensity) -> str:
        return step_name(row.transition.process, row.transition.source, row.transition.target)

    return grouped(
        f"Pace of each step: its probability within the days stated, if no other could come first: {STATED_AND_USED}",
        [Group(rows, heading) for heading, rows in by_key(case.intensities, step).items()],
        Column(
            "Explanation, and when",
            lambda row: (capital(called[row.hypothesis]), regime_name(case, row.regime)),
            address=address,
        ),
        Column("Within", within, "number"),
        Column("Low / best / high", lambda row: " / ".join(map(percent, (row.low, row.mid, row.high))), "number"),
        Column("Used", lambda row: used[row.transition, row.hypothesis, row.regime], decimals("{:.1%}")),
        Column("Because", lambda row: row.because, "reason"),
    )


def amount(value: float, spread: float) -> str:
    """Return a parameter's value with as many decimals as its spread deserves.

    >>> amount(-0.123456, 1.0), amount(0.00123456, 0.01), amount(-0.001, 3.0)
    ('−0.12', '0.0012', '0.00')
    """
    text = f"{value:.{2 if spread >= _WIDE else 4}f}"
    return text.replace("-", "" if float(text) == 0 else "−")


def _amount(p: ParameterSummary, *values: float) -> str:
    """Return one value of a parameter, or the ends of an interval."""
    return " to ".join(amount(value, p.prior_interval[1] - p.prior_interval[0]) for value in values)


def _figure(forecast: Forecast) -> Figure:
    ranked = sorted(forecast.parameters, key=lambda parameter: -shift(parameter))
    shown = ranked[:PANELS]
    moved = sum(shift(parameter) >= MOVED for parameter in ranked)
    return Figure(
        name="parameters",
        title=(
            f"The data moved {moved} of {count(len(ranked), 'parameter')} by half a prior standard deviation or more; "
            f"“{parameter_name(shown[0].name)}” moved most"
        ),
        description=(
            f"Prior (dashed) and posterior (filled) of the {count(len(shown), 'parameter')} that moved most: "
            + "; ".join(
                f"{parameter_name(p.name)} from {_amount(p, p.prior_mean)} to {_amount(p, p.posterior_mean)}"
                for p in shown
            )
            + "."
        ),
        note="Dashed: prior. Filled: posterior.",
        drawing=prior_posteriors(tuple(shown)),
    )


def shift(parameter: ParameterSummary) -> float:
    """Return how far the mean moved, in prior standard deviations as read off a normal's 90% interval."""
    spread = (parameter.prior_interval[1] - parameter.prior_interval[0]) / (2 * 1.645)
    return abs(parameter.posterior_mean - parameter.prior_mean) / spread if spread else 0.0
