"""Draw true parameters from the prior, and from them a simulated case like the given one.

Simulated are: whether each item in force was seen or absent; the record of every process from its start to the cut-off;
the polls in force; and the waits of the reference class, with parameters of their own (a wait that was censored,
or known to end between two days, is so again if it ends after the first of them; else its day is known).  Kept are:
which items were looked for, when the processes started, who polled when, who won an election that is past, and which
steps are reported by month or year.  Items not in force are left out, so that the items in force are the same in every
replicate.

The reference class enters the intensities through a level that the model takes as given.  That level is the real
class's throughout; the simulated waits inform only the class's own three parameters.

What assessors say of a number is simulated beside the case, and ranked in the pool of what they say: once a replicate
for a likelihood and for an intensity, drawn among those that several judged.  The errors come from the reading model of
:mod:`detente.case.pooling`, written down here anew, with the assessors' own ranges; the middles go through the pool.
Its place is uniform if the pool's mean and variance are right.  (The pool is taken as normal and is a mixture of
normals: at most 0.02 off in the distribution function, for two assessors.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri, softmax

from detente.case.election import ELECTION
from detente.case.pooling import ALIKE, OWN, SHARED, WORTH, combined
from detente.case.reference_class import PACE_LOG_SD, PACE_MEDIAN_DAYS, SHAPE_LOG_SD
from detente.exact.members import class_waits
from detente.exact.teaching import steps_with_class
from detente.exact.waiting import Wait
from detente.verify.election import simulate_polls, winner_chances
from detente.verify.likelihood import (
    Parameters,
    chance_of_report,
    intensity,
    joint,
    log_likelihood,
    log_likelihood_by_winner,
    read_stated,
)
from detente.verify.paths import simulate_record
from detente.verify.tally import Tally, tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from detente.arrays import Flags, Floats
    from detente.case.assessors import Panel
    from detente.case.evidence import EvidenceItem
    from detente.case.polls import Poll
    from detente.case.priors import BetaPrior
    from detente.case.schema import Case
    from detente.verify.likelihood import Elicitation


@dataclass(frozen=True)
class ClassWaits:
    """Simulated waits by step, and the standardized pace, shape and floor (step,) behind them.

    Each counts once: weights that fall with age are no part of a model that waits can be drawn from.
    """

    steps: tuple[str, ...]
    pace: Floats
    shape: Floats
    floor: Floats
    waits: tuple[tuple[Wait, ...], ...]


@dataclass(frozen=True)
class Simulated:
    """A simulated case and the true parameters behind it.

    ``truth`` holds every parameter under its name in the posterior, and the quantities that also depend on the data,
    computed at the truth by this package's own likelihood: ``hypothesis_probability``, ``winner_given_hypothesis``
    after a vote that is not called, ``joint_log_likelihood`` of items and record, ``class_log_likelihood`` and
    ``polls_missed``.  ``hypothesis`` and ``winner`` are indices; ``winner`` is -1 without an election.
    """

    case: Case
    truth: Mapping[str, Floats]
    hypothesis: int
    winner: int
    waits: ClassWaits
    stated: Elicitation
    seen: Flags
    record: Tally


def simulate(case: Case, rng: np.random.Generator) -> Simulated:
    """Simulate a case as of the cut-off of ``case``."""
    case = case.changed(evidence=case.evidence_in_force)
    stated = read_stated(case)
    truth = _draw_prior(case, stated, rng)
    hypothesis = int(rng.choice(len(case.hypotheses), p=truth["hypothesis_weight"]))
    gamma, u, v = float(truth["discrimination"]), truth["step_effect"], truth["regime_effect"]

    width = rng.integers(len(stated.eta), size=len(case.transitions)) if len(stated.eta) > 1 else np.zeros_like(u, int)

    # Who has won a vote that is not called bears on the record; whoever wins one that is ahead is drawn after it.
    vote = _simulate_vote(case, rng) if case.open_winners else None
    simulated = case if vote is None else case.if_called(case.winner_ids[vote.winner])
    simulated = simulate_record(simulated, lambda known: intensity(known, stated, gamma, u, v, width), hypothesis, rng)
    if vote is not None:
        simulated = simulated.changed(events=tuple(e for e in simulated.events if e.process != ELECTION))
    truth["log_intensity"] = intensity(simulated, stated, gamma, u, v, width)
    if vote is not None:
        truth |= vote.truth
    at = parameters({name: value[None] for name, value in truth.items()})
    everything = np.ones(len(stated.trust), dtype=bool)
    seen = rng.random(everything.size) < chance_of_report(stated, at, everything)[0, :, hypothesis]
    simulated = simulated.changed(evidence=_items(case, seen))

    vote = vote or _simulate_vote(case, rng)
    truth |= vote.truth
    simulated = simulated.changed(polls=vote.polls) if vote.polls else simulated

    waits = simulate_waits(case, rng)
    truth |= {"class_pace": waits.pace, "class_shape": waits.shape, "class_floor": waits.floor}
    truth["class_log_likelihood"] = class_log_likelihood(waits, waits.pace, waits.shape, waits.floor)
    if simulated.polls_in_force:
        truth["polls_missed"] = polls_missed(simulated, truth["incumbent_share"])
    record = tally(simulated)
    total, chance = joint(at, log_likelihood(stated, at, seen, record))
    truth |= {"hypothesis_probability": chance[0], "joint_log_likelihood": np.array(total[0])}
    if record.winner is not None:
        truth["winner_given_hypothesis"] = softmax(log_likelihood_by_winner(stated, at, seen, record)[0], axis=1)
    return Simulated(simulated, truth, hypothesis, vote.winner, waits, stated, seen, record)


class SimulatedVote(NamedTuple):
    """Who wins (index; -1 without an election), the true parameters behind it, and the polls, where there are any."""

    winner: int
    truth: Mapping[str, Floats]
    polls: tuple[Poll, ...] = ()


def _simulate_vote(case: Case, rng: np.random.Generator) -> SimulatedVote:
    if case.winner:
        return SimulatedVote(case.winner_ids.index(case.winner), {})
    if contest := simulate_polls(case, rng):
        truth = {"poll_state": contest.state, "election_surprise": np.array(contest.surprise)}
        truth |= {"incumbent_share": np.array(contest.share), "winner_probability": winner_chances(case, contest.wins)}
        winner = np.argmax(winner_chances(case, float(contest.share > 0.5)))  # noqa: PLR2004 - one half of the two
        return SimulatedVote(int(winner), truth, contest.polls)
    if case.priors.election:
        share = case.priors.election
        chances = rng.dirichlet(share.concentration * np.array([share.weights[name] for name in case.winner_ids]))
        return SimulatedVote(int(rng.choice(len(case.winner_ids), p=chances)), {"winner_probability": chances})
    return SimulatedVote(-1, {})


def waits_log_likelihood(waits: tuple[Wait, ...], pace: Floats, shape: Floats, floor: Floats) -> Floats:
    """Return log P(waits of one step | pace, shape, floor), elementwise over the standardized parameters."""
    after, by, _ = np.array(waits, dtype=float).reshape(-1, 3).T
    least, alpha, rate = (value[..., None] for value in _natural(pace, shape, floor))

    def log_left(days: Floats) -> Floats:
        return -least * days - alpha * np.log1p(days / rate)

    with np.errstate(divide="ignore"):  # a wait is of one of three kinds
        density = np.log(least + alpha / (rate + after))
        further = np.log(-np.expm1(log_left(by) - log_left(after)))
        return (log_left(after) + np.where(by == after, density, further)).sum(axis=-1)


def simulate_waits(case: Case, rng: np.random.Generator) -> ClassWaits:
    """Simulate the waits of the reference class that ``case`` uses; no steps where it uses none."""
    steps, view = steps_with_class(case), case.priors.outside_view
    recorded = [class_waits(case, step, view.reference_class) for step in steps] if view else []
    pace, shape, floor = rng.standard_normal((3, len(steps)))
    least, alpha, rate = _natural(pace, shape, floor)
    simulated = []
    for row, waits in enumerate(recorded):
        own = rng.standard_gamma(alpha[row], size=len(waits)) / rate[row]
        drawn = rng.exponential(size=len(waits)) / (least[row] + own)
        pairs = zip(map(float, drawn), waits, strict=True)
        simulated.append(
            tuple(Wait(w.after, w.by) if w.after < days <= w.by else Wait(days, days) for days, w in pairs)
        )
    return ClassWaits(tuple(step.id for step in steps), pace, shape, floor, tuple(simulated))


def _natural(pace: Floats, shape: Floats, floor: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the pace that all members have, and the shape and the rate of the Gamma on top of it."""
    alpha, mean = np.exp(SHAPE_LOG_SD * shape), np.exp(PACE_LOG_SD * pace) / PACE_MEDIAN_DAYS
    return mean * ndtr(floor), alpha, alpha / (mean * ndtr(-floor))


def parameters(values: Mapping[str, Floats]) -> Parameters:
    """Pick from posterior values, each (S, ...), the parameters of the likelihood of items and record."""
    count = len(values["hypothesis_weight"])
    nobody = np.zeros((count, 0))
    width = values["hypothesis_weight"].shape[1]
    return Parameters(
        weight=values["hypothesis_weight"],
        discrimination=values["discrimination"],
        correlation=values.get("cluster_correlation", nobody),
        common_cause=values.get("common_cause", nobody),
        log_intensity=values.get("log_intensity", np.zeros((count, 0, width, 1))),
        winner=values.get("winner_probability", nobody),
    )


def class_log_likelihood(waits: ClassWaits, pace: Floats, shape: Floats, floor: Floats) -> Floats:
    """Return log P(waits | pace, shape, floor) of each step, (..., step): low for draws that never saw the waits."""
    steps = [
        waits_log_likelihood(of, pace[..., row], shape[..., row], floor[..., row]) for row, of in enumerate(waits.waits)
    ]
    return np.stack(steps, axis=-1) if steps else np.zeros_like(pace)


def polls_missed(case: Case, share: Floats) -> Floats:
    """Return the distance of a share on election day from the polls' mean: large for draws that never saw them."""
    shown = [poll.incumbent / (poll.incumbent + poll.opponent) for poll in case.polls_in_force]
    return np.abs(share - np.mean(shown))


def _draw_prior(case: Case, stated: Elicitation, rng: np.random.Generator) -> dict[str, Floats]:
    """Draw from the prior every parameter that items and record depend on."""
    prior = case.priors.hypotheses
    weights = np.array([prior.weights[h] for h in case.hypothesis_ids])
    return {
        "hypothesis_weight": rng.dirichlet(prior.concentration * weights),
        "discrimination": np.array(_beta(case.priors.discrimination, rng)),
        "cluster_correlation": np.array([_beta(case.priors.cluster_correlation(c), rng) for c in stated.clusters]),
        "common_cause": rng.standard_normal((len(stated.clusters),)),
        "step_effect": rng.standard_normal(stated.eta.shape[1:2]),
        "regime_effect": rng.standard_normal(stated.eta.shape[1:]),
    }


def _beta(prior: BetaPrior, rng: np.random.Generator) -> float:
    if prior.sd == 0:
        return prior.mean
    size = prior.mean * (1 - prior.mean) / prior.sd**2 - 1
    return float(rng.beta(prior.mean * size, (1 - prior.mean) * size))


def _items(case: Case, seen: Flags) -> tuple[EvidenceItem, ...]:
    """Return the items in force, seen or absent as simulated, and in force either way."""
    return tuple(
        item.changed(observed=bool(is_seen), expected_by=None)
        for item, is_seen in zip(case.evidence_in_force, seen, strict=True)
    )


def reading_places(case: Case, rng: np.random.Generator) -> dict[str, float]:
    """Return the place of a simulated truth in the pool, by what it is; nothing where no several assessors judged."""
    if not case.is_pooled:
        return {}
    places, panel = {}, case.panel
    tables = ("pooled_likelihood", _likelihoods(case, panel)), ("pooled_intensity", _intensities(panel))
    for name, cells in tables:
        judged = [cell for cell in cells if len(cell[0]) > 1]
        if judged:
            halves, factors = judged[rng.integers(len(judged))]
            places[name] = _place(np.array(halves), np.array(factors), panel.deviation, rng)
    return places


def _place(halves: np.ndarray, factors: np.ndarray, deviation: float, rng: np.random.Generator) -> float:
    """Draw errors of readings of zero, pool them, and return the distribution function of the pool at zero."""
    own = factors**2 / np.reciprocal(np.mean(factors**-2.0))
    alone = np.exp(np.log(halves * deviation).mean()) ** 2 * np.reciprocal(np.mean(factors**-2.0))
    spread = WORTH * OWN * alone / 2 / rng.gamma(WORTH / 2 + 1)
    together = rng.normal(0, np.sqrt(SHARED * alone + ALIKE * spread))
    said = together + rng.normal(0, np.sqrt(spread * own))
    middle, half = combined([float(x) for x in said], [*halves], [*factors], deviation)
    return float(ndtr(-middle / (half * deviation)))


def _likelihoods(case: Case, panel: Panel) -> Iterator[tuple[list[float], list[float]]]:
    """Yield half ranges, in probits, and factors of those who judged each likelihood in force."""
    for item in case.evidence_in_force:
        for hypothesis in case.hypothesis_ids:
            judged = [
                (one.id, one.likelihoods[item.id][hypothesis])
                for one in panel.assessors
                if hypothesis in one.likelihoods.get(item.id, {})
            ]
            halves = [float(ndtri(row.high) - ndtri(row.low)) / 2 for _, row in judged]
            yield halves, [panel.factors[who] for who, _ in judged]


def _intensities(panel: Panel) -> Iterator[tuple[list[float], list[float]]]:
    """Yield half ranges, in log intensities, and factors of those who judged each intensity."""
    cells: dict[tuple[str, ...], list[tuple[float, float]]] = {}
    for one in panel.assessors:
        for stated in one.intensities:
            low, high = (float(np.log(-np.log1p(-end))) for end in (stated.low, stated.high))
            cells.setdefault(stated.cell, []).append(((high - low) / 2, panel.factors[one.id]))
    for judged in cells.values():
        yield [half for half, _ in judged], [factor for _, factor in judged]
