"""The elicited numbers of a case, their ranges, and the case with one of them changed.

A likelihood or an intensity ranges over its stated low and high: its best guess is moved there, and its interval keeps
its width on the working scale.  A number with a prior of its own (a correlation, the discrimination, a prior weight, an
election, how often ranges hold the truth where that is learned) is fixed at its 5% and 95% points.  Constants have
given alternatives.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv, ndtr, ndtri

from detente.case.election import BEFORE, after
from detente.case.phases import main_regime
from detente.case.polls import LEAST_DEGREES
from detente.case.priors import BetaPrior
from detente.elicitation import beta_parameters
from detente.exact.widths import assumed_mass, mass_interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.analysis.results import Range
    from detente.case.intensities import Intensity
    from detente.case.likelihoods import Interval
    from detente.case.priors import Priors, WeightedPrior
    from detente.case.schema import Case

ENDS = (0.05, 0.95)
PERSISTENCE = (0.0, 1.0)
ASSUMED_MASS = (0.5, 0.9)
COUPLING = (0.5, 2.0)
APART = 2.0
"""A log pace this far off makes of a class little more than a hint."""
POLL_ERRORS = ("house_sd", "bias_sd", "walk_sd", "excess_sd")
WHY = "A what-if: the value held to be known."
DEFAULT = "default"
FIELDS = {"prior": "hypotheses", "correlation": "dependence", "coupling": "couplings"}
"""Where the numbers of a kind stand in the priors, if not under its name."""
PAIR = 2
MARGIN = 0.001


@dataclass(frozen=True)
class Elicited:
    """One elicited number: its kind, id, stated value and range, and where the range comes from."""

    kind: str
    place: tuple[str, ...]
    low: float
    mid: float
    high: float
    range: Range

    @property
    def id(self) -> str:
        """A readable name, unique within its kind."""
        return ":".join(self.place)


def elicited(case: Case) -> tuple[Elicited, ...]:
    """Return every elicited number that can affect the answer at the cut-off."""
    return (
        *_weights("prior", case.priors.hypotheses),
        *_beta("discrimination", ("discrimination",), case.priors.discrimination),
        *_likelihoods(case),
        *_correlations(case),
        *_grades(case),
        *_intensities(case),
        *_processes(case),
        *_election(case),
    )


def applied(case: Case, number: Elicited, value: float) -> Case:
    """Return ``case`` with one number changed to ``value``, as if the priors had been edited."""
    if number.kind == "likelihood":
        item, hypothesis = number.place
        old = case.likelihoods[item][hypothesis]
        row = {**case.likelihoods[item], hypothesis: old.changed(**_moved(old, value))}
        return case.changed(likelihoods={**case.likelihoods, item: row})
    if number.kind == "intensity":
        rows = tuple(
            row.changed(**_moved_rate(row, value)) if _place(case, row) == number.place else row
            for row in case.intensities
        )
        return case.changed(intensities=rows)
    return case.changed(priors=case.priors.changed(**_edited(case.priors, number, value)))


def _edited(priors: Priors, number: Elicited, value: float) -> dict[str, object]:
    """Return the field of the priors that changes with the number."""
    kind, name = number.kind, number.place[0]
    old = getattr(priors, FIELDS.get(kind, kind))
    new: object
    match kind:
        case "discrimination":
            new = known(value)
        case "correlation":
            new = {**old, name: known(value)}
        case "prior" | "election":
            new = reweighted(old, name, value)
        case "reliability" | "credibility":
            new = {grade: value if str(grade) == name else kept for grade, kept in old.items()}
        case "coupling":
            rules = ((str(index), rule) for index, rule in enumerate(old))
            new = tuple(rule.changed(multiplier=value) if i == name else rule for i, rule in rules)
        case "polls" | "outside_view":
            new = old.changed(**{name: value})
        case _:
            new = value
    kept = {"centre": priors.centre_weights} if kind == "prior" else {}  # what was judged stays where it was
    return {FIELDS.get(kind, kind): new, **kept}


def known(value: float) -> BetaPrior:
    """Return the prior of a number that is known."""
    return BetaPrior(mean=value, sd=0.0, because=WHY)


def reweighted(prior: WeightedPrior, name: str, value: float) -> WeightedPrior:
    """Give ``name`` the weight ``value``; the others keep their proportions."""
    rest = 1 - prior.weights[name]
    weights = {k: value if k == name else w * (1 - value) / rest for k, w in prior.weights.items()}
    return prior.changed(weights=weights)


def using_default(case: Case) -> tuple[str, ...]:
    """Return the clusters in force whose correlation is the default."""
    return tuple(cluster.name for cluster in case.clusters_in_force if cluster.name not in case.priors.dependence)


def _weights(kind: str, prior: WeightedPrior) -> Iterator[Elicited]:
    names = list(prior.weights)
    for name in names[:1] if len(names) == PAIR else names:  # of two, one moves the other
        share = prior.concentration * prior.weights[name]
        low, high = (float(betaincinv(share, prior.concentration - share, end)) for end in ENDS)
        yield Elicited(kind, (name,), low, prior.weights[name], high, "own_prior")


def _beta(kind: str, place: tuple[str, ...], prior: BetaPrior) -> Iterator[Elicited]:
    if prior.sd > 0:
        low, high = (float(betaincinv(*beta_parameters(prior), end)) for end in ENDS)
        yield Elicited(kind, place, low, prior.mean, high, "own_prior")


def _likelihoods(case: Case) -> Iterator[Elicited]:
    for item in case.evidence_in_force:
        for hypothesis in case.hypothesis_ids:
            stated = case.likelihoods[item.id][hypothesis]
            yield Elicited("likelihood", (item.id, hypothesis), stated.low, stated.mid, stated.high, "stated")


def _correlations(case: Case) -> Iterator[Elicited]:
    for cluster in case.clusters_in_force:
        yield from _correlation(cluster.name, case.priors.cluster_correlation(cluster.name))
    if len(using_default(case)) > 1:
        yield from _correlation(DEFAULT, case.priors.dependence[DEFAULT])


def _correlation(cluster: str, prior: BetaPrior) -> Iterator[Elicited]:
    """Yield a correlation, kept off 0 and 1, where the model differs."""
    for number in _beta("correlation", (cluster,), prior):
        low, high = (min(max(end, MARGIN), 1 - MARGIN) for end in (number.low, number.high))
        yield dataclasses.replace(number, low=low, high=high)


def _grades(case: Case) -> Iterator[Elicited]:
    letters = {str(letter): value for letter, value in case.priors.reliability.items()}
    digits = {str(digit): value for digit, value in case.priors.credibility.items()}
    tables = (
        ("reliability", letters, {item.reliability for item in case.evidence_in_force}),
        ("credibility", digits, {str(item.credibility) for item in case.evidence_in_force}),
    )
    for kind, table, used in tables:
        for grade in sorted(used):
            stated = table[grade]
            low = max((value for value in table.values() if value < stated), default=stated / 2)
            above = min((value for value in table.values() if value > stated), default=1.0)
            high = max(stated, min(above, 1 - MARGIN))
            yield Elicited(kind, (grade,), low, stated, high, "next_grade")


def _intensities(case: Case) -> Iterator[Elicited]:
    possible = {BEFORE, *(after(winner) for winner in ((case.winner,) if case.winner else case.winner_ids))}
    for row in case.intensities:
        if main_regime(row.regime) in possible:
            yield Elicited("intensity", _place(case, row), row.low, row.mid, row.high, "stated")


def _processes(case: Case) -> Iterator[Elicited]:
    priors: Priors = case.priors
    if case.processes:
        yield Elicited(
            "persistence", ("persistence",), PERSISTENCE[0], priors.persistence, PERSISTENCE[1], "none_and_all"
        )
    for index, rule in enumerate(priors.couplings):
        low, high = (rule.multiplier * factor for factor in COUPLING)
        place = (str(index), f"{rule.process}>{rule.to}", f"{rule.when.process}={rule.when.reached}")
        yield Elicited("coupling", place, low, rule.multiplier, high, "half_and_twice")
    view = priors.outside_view
    if view is not None and case.processes and view.weight is None:
        yield Elicited("outside_view", ("apart",), 0.0, view.apart, max(APART, 2 * view.apart), "like_and_unlike")
    elif view is not None and view.weight is not None and case.processes and 0 < view.weight < 1:
        yield Elicited("outside_view", ("weight",), 0.0, view.weight, min(1.0, 2 * view.weight), "none_and_twice")
    if case.evidence_in_force or case.processes:
        mass = assumed_mass(case)
        if priors.assumed_mass is None:
            low, high = mass_interval(case)
            yield Elicited("assumed_mass", ("assumed_mass",), low, mass, high, "own_prior")
        else:
            low, high = min(ASSUMED_MASS[0], mass), max(ASSUMED_MASS[1], mass)
            yield Elicited("assumed_mass", ("assumed_mass",), low, mass, high, "assumed_mass")


def _election(case: Case) -> Iterator[Elicited]:
    if case.priors.election is not None and case.winner is None and not case.polls_in_force:
        yield from _weights("election", case.priors.election)
    if case.polls_in_force and case.priors.polls is not None:
        for name in POLL_ERRORS:
            stated = float(getattr(case.priors.polls, name))
            if stated > 0:
                yield Elicited("polls", (name,), stated * COUPLING[0], stated, stated * COUPLING[1], "half_and_twice")
        degrees = case.priors.polls.degrees
        if degrees is not None and degrees * COUPLING[0] > LEAST_DEGREES:
            low, high = (degrees * factor for factor in COUPLING)
            yield Elicited("polls", ("degrees",), low, degrees, high, "half_and_twice")


def _place(case: Case, row: Intensity) -> tuple[str, ...]:
    """Return what identifies an intensity; a regime that is the only one, and undivided, is left out."""
    regime = () if len(case.regimes) == 1 else (row.regime,)
    return (row.transition.process, f"{row.transition.source}>{row.transition.target}", row.hypothesis, *regime)


def _moved(old: Interval, value: float) -> dict[str, float]:
    """Return the interval around ``value`` that is as wide on the probit scale as the old one."""
    half = (ndtri(old.high) - ndtri(old.low)) / 2
    low, high = (float(ndtr(ndtri(value) + side * half)) for side in (-1, 1))
    return {"low": low, "mid": value, "high": high}


def _moved_rate(old: Intensity, value: float) -> dict[str, float]:
    """Return the interval around ``value`` that is as wide on the scale of log intensities as the old one."""
    ends = [np.log(-np.log1p(-end)) for end in (old.low, old.high)]
    middle, half = np.log(-np.log1p(-value)), (ends[1] - ends[0]) / 2
    low, high = (float(-np.expm1(-np.exp(middle + side * half))) for side in (-1, 1))
    return {"low": low, "mid": value, "high": high}
