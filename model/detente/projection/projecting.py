"""From intensities to probabilities: chains carried over the regimes to each date, without simulation.

References
----------
Aalen, O. O., Borgan, O. and Gjessing, H. K. (2008), Survival and Event History Analysis.  Springer.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detente.case.election import BEFORE, after
from detente.case.windows import occurrence
from detente.projection.chain import lumped_chains
from detente.projection.course import carry_through

if TYPE_CHECKING:
    from collections.abc import Mapping

    from detente.arrays import Floats
    from detente.case.schema import Case

WEEK = 7


@dataclass(frozen=True)
class Projection:
    """Probability of each outcome, per draw: that it has been visited, or is the present state where that is asked.

    Shapes, for S draws, K hypotheses, W winners (1 where the winner is known or there is no election), O outcomes and
    D dates: ``by_election`` (S, K, O), None without a day left before an election; ``by_horizon`` (S, K, W, O), and
    for each of the case's deadlines still ahead ``by_deadline[date]`` (S, K, W, O).
    """

    outcomes: tuple[str, ...]
    winners: tuple[str, ...]
    by_election: Floats | None
    by_horizon: Floats
    by_deadline: Mapping[dt.date, Floats]
    dates: tuple[dt.date, ...]
    curve: Curves | None


@dataclass(frozen=True)
class Curves:
    """The same by every date.

    Shapes: ``by_draw`` (S, D, O) summed over hypotheses and winners; ``by_hypothesis`` (K, D, O) and ``by_winner``
    (W, D, O), means over draws given the hypothesis or the winner.
    """

    by_draw: Floats
    by_hypothesis: Floats
    by_winner: Floats


def project(
    case: Case, log_intensity: Floats, probability: Floats, winner: Floats, *, with_curves: bool = True
) -> Projection:
    """Carry every outcome of ``case`` from its cut-off to its horizon.

    Parameters
    ----------
    case
        The case as of its cut-off.
    log_intensity
        Log of transitions a day, shape (draws, transition, hypothesis, regime or part of one).
    probability
        P(hypothesis) at each draw, shape (draws, hypothesis).
    winner
        P(winner) at each draw, shape (draws, winner), no columns without an election; or P(winner | hypothesis),
        (draws, hypothesis, winner), where the two depend on each other.
    with_curves
        Also every week between; else only the eve of the election, the deadlines and the horizon.
    """
    start, horizon = case.information_cutoff, case.horizon
    eve = case.election_eve
    ahead = eve is not None and start < eve
    winners = case.winner_ids if eve is not None and case.winner is None else (case.winner or "",)
    share = winner if len(winners) > 1 else np.ones((len(probability), 1))
    vote = (case.voting_day,) if ahead and with_curves and case.voting_day else ()
    marked = (*case.deadlines_ahead, *((eve,) if ahead and eve else ()), *vote, horizon)
    dates = _calendar(start, marked, every=WEEK if with_curves else None)
    split = (eve - start).days if ahead and eve else 0
    days = np.array([(date - start).days for date in dates], dtype=float)
    before, later = days[days <= split] if ahead else days[:0], days[days > split] if ahead else days

    draws, width, count = *probability.shape, len(case.outcomes)
    after_it = tuple(after(name) if name else BEFORE for name in winners)
    joint = probability[:, :, None] * (share if share.ndim == probability.ndim + 1 else share[:, None, :])
    early = np.zeros((draws, width, before.size, count))
    late = np.zeros((draws, width, len(winners), later.size, count))
    by_lane = np.exp(log_intensity).transpose(0, 2, 3, 1)
    rates = by_lane.reshape(draws * width, *by_lane.shape[2:])
    for chain in lumped_chains(case):
        state = np.zeros((chain.states, draws * width))
        state[0] = 1.0
        if ahead:
            seen, state = carry_through(case, chain, rates, (BEFORE,), state, before)
            early[..., list(chain.outcomes)] = seen.reshape(draws, width, *seen.shape[1:])
        state = np.repeat(state, len(winners), axis=1)
        seen, _ = carry_through(case, chain, rates, after_it, state, later, split)
        late[..., list(chain.outcomes)] = seen.reshape(draws, width, len(winners), *seen.shape[1:])
    certain = [index for index, outcome in enumerate(case.outcomes) if occurrence(case, outcome)]
    early[..., certain] = late[..., certain] = 1.0  # and not a hair less
    return Projection(
        outcomes=tuple(outcome.id for outcome in case.outcomes),
        winners=tuple(winners) if eve is not None else (),
        by_election=early[:, :, -1] if ahead else None,
        by_horizon=late[:, :, :, -1],
        by_deadline={day: _by(dates.index(day), early, late) for day in case.deadlines_ahead},
        dates=dates,
        curve=_curves(probability, joint, early, late) if with_curves else None,
    )


def _by(place: int, early: Floats, late: Floats) -> Floats:
    """Return what has been visited by one date, (draws, hypothesis, winner, outcome)."""
    if place < early.shape[2]:
        return np.repeat(early[:, :, place][:, :, None], late.shape[2], axis=2)
    return late[:, :, :, place - early.shape[2]]


def _calendar(start: dt.date, marked: tuple[dt.date, ...], *, every: int | None) -> tuple[dt.date, ...]:
    """Return the marked dates, and if asked for every so many days from the cut-off up to the last of them."""
    days = range(0, (marked[-1] - start).days, every) if every else ()
    return tuple(sorted({start + dt.timedelta(days=day) for day in days} | set(marked)))


def _curves(probability: Floats, joint: Floats, early: Floats, late: Floats) -> Curves:
    """Average the outcomes before (draws, hypothesis, date, outcome) and after it (also by winner) the election."""

    def both(indices: str, kept: str, total: Floats | None) -> Floats:
        parts = [np.einsum(f"{indices},skdo->{kept}", joint if "w" in indices else probability, early)]
        parts.append(np.einsum(f"skw,skwdo->{kept}", joint, late))
        values = np.concatenate(parts, axis=1)
        return values if total is None else _share(values, total)

    return Curves(
        by_draw=both("sk", "sdo", None),
        by_hypothesis=both("sk", "kdo", probability.sum(axis=0)),
        by_winner=both("skw", "wdo", joint.sum(axis=(0, 1))),
    )


def _share(values: Floats, total: Floats) -> Floats:
    """Divide each row by its total; a row without weight is 0."""
    total = total[:, None, None]
    return np.minimum(np.divide(values, total, out=np.zeros_like(values), where=total > 0), 1.0)
