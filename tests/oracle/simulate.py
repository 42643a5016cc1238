"""Simulate paths of the joint process one jump at a time (Gillespie 1977): the projection's oracle.

Days are counted from the cut-off: it is day 0, what is recorded has negative days. Every path is an independent draw of
everything that is not given, so a frequency over n paths has standard error sqrt(f (1 - f) / n), at most 0.5 / sqrt(n).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special

from .record import Record, Transition, at_or_beyond, load
from .reference import by_way, joint_posterior, log_intensity

State = tuple[str, str]  # process, state
Rates = Mapping[tuple[str, str, str, str], float]  # (process, from, to, regime or part of one): per day
Leg = tuple[float, np.ndarray, Mapping[int, np.ndarray]]


@dataclass(frozen=True)
class Paths:
    """Simulated paths, n of them: the day each state is first visited (n,), inf if not by the horizon, and who won."""

    visits: dict[State, np.ndarray]
    winner: np.ndarray  # (n,), index into `winners`; 0 if there is no election
    hypothesis: np.ndarray  # (n,), index into `hypotheses`
    winners: tuple[str, ...]
    hypotheses: tuple[str, ...]
    election_day: float | None
    states: dict[float, dict[State, np.ndarray]]  # whether a process is in a state at the end of a leg, (n,)

    def frequency(self, state: State, *, winner: str | None = None, hypothesis: str | None = None) -> dict[str, float]:
        """Give the frequencies of a visit `before` the election, `after` it given not before, and by the `horizon`.

        Among the paths of one winner or hypothesis if named. `n` is their number; nan where nothing is left to count,
        and for `before` and `after` where there is no election.
        """
        kept = np.ones(len(self.winner), bool)
        if winner is not None:
            kept &= self.winner == self.winners.index(winner)
        if hypothesis is not None:
            kept &= self.hypothesis == self.hypotheses.index(hypothesis)
        day = self.visits[state][kept]
        answer = {"before": np.nan, "after": np.nan, "horizon": _mean(np.isfinite(day)), "n": float(kept.sum())}
        if self.election_day is not None:
            before = day < self.election_day
            answer |= {"before": _mean(before), "after": _mean(np.isfinite(day[~before]))}
        return answer

    def curve(self, state: State, days: Sequence[float]) -> np.ndarray:
        """Give the frequency of a visit by each of `days`."""
        return np.array([np.mean(self.visits[state] <= day) for day in days])


def simulate(
    transitions: Mapping[str, Sequence[tuple[str, str]]],
    start: Mapping[str, str],
    rates: Mapping[str, Rates],
    *,
    hypotheses: Mapping[str, float] | None = None,
    winners: Mapping[str, float] | None = None,
    couplings: Sequence[Mapping[str, Any]] = (),
    election_day: float | None = None,
    horizon_day: float,
    phases: Mapping[str, tuple[int, int]] | None = None,
    occasions: Mapping[str, int] | None = None,
    ask: Sequence[int] = (),
    visited: Mapping[State, float] | None = None,
    paths: int = 100_000,
    random_seed: int = 0,
) -> Paths:
    """Simulate with fixed intensities.

    Args:
        transitions: by process, its arrows (from, to).
        start: by process, its state on day 0.
        rates: by hypothesis, the intensity per day of (process, from, to, regime), regime `before` or `after:<winner>`.
        hypotheses: P(h), drawn for each path; the first of `rates` for sure if left out.
        winners: P(w), drawn for each path; a winner already known has probability 1. None: no election.
        couplings: each as in priors.yaml, {process, to, when: {process, reached}, multiplier}; `beyond`, if given, are
            the states in which it is in force, else all that can be reached.
        election_day: last day before the election, on whose evening regimes change, <= 0 if it is over; None without.
        horizon_day: the last day.
        phases: first and last day of each; it divides a regime for the arrows that have a rate in `regime/phase`.
        occasions: the day of each; on it an arrow with a rate in `regime/occasion` has no other pace, and at its end
            it is made with the chance of at least one event where that many are expected.
        ask: days after each of which it is kept which state a process is in.
        visited: days (<= 0) of states reached in the record; the start states are on day 0 if left out.
        paths: how many.
        random_seed: of the generator.
    """
    rng = np.random.default_rng(random_seed)
    chances = dict(hypotheses or {next(iter(rates)): 1.0})
    h = rng.choice(len(chances), size=paths, p=list(chances.values()))
    winner = rng.choice(len(winners), size=paths, p=list(winners.values())) if winners else np.zeros(paths, int)
    arrows = [(p, a, b) for p, pairs in transitions.items() for a, b in pairs]
    names = tuple(winners or ())

    spans = {**(phases or {}), **{name: (day, day) for name, day in (occasions or {}).items()}}

    def stated(arrow: Transition, table: Rates, regime: str, day: float) -> tuple[float, float]:
        """Give the pace on a day, and what an occasion of that day expects; one of them is 0."""
        inside = [name for name, (first, last) in spans.items() if first <= day <= last]
        parts = [name for name in inside if (*arrow, f"{regime}/{name}") in table]
        for name in parts:
            if name in (occasions or {}):
                return 0.0, table[(*arrow, f"{regime}/{name}")]
        return table[(*arrow, f"{regime}/{parts[0]}" if parts else regime)], 0.0

    legs: list[Leg] = []
    cuts = {edge for first, last in spans.values() for edge in (first - 1, last)}
    cuts |= {horizon_day, *ask} | ({election_day} if election_day is not None else set())
    for end in sorted(float(cut) for cut in cuts if 0 < cut <= horizon_day):
        is_before = election_day is None or end <= election_day
        regimes = [f"after:{name}" for name in names] if names and not is_before else ["before"] * max(1, len(names))
        values = np.array([[[stated(a, rates[x], g, end) for x in chances] for g in regimes] for a in arrows])
        drawn = values[:, winner, h]  # (arrow, path, pace and occasion)
        jumps = {t: drawn[t, :, 1] for t in range(len(arrows)) if drawn[t, :, 1].any()}
        legs.append((end, drawn[..., 0], jumps))
    visits, states = first_visits(arrows, start, legs, couplings, visited or {}, rng)
    return Paths(visits, winner, h, names, tuple(chances), election_day, states)


def prior_predictive(
    workspace: Path, case: str, as_of: date | None = None, *, paths: int = 20_000, random_seed: int = 0
) -> Paths:
    """Simulate a case with h, γ, u, v and the winner drawn from their priors, one draw a path.

    Neither evidence nor history is conditioned on; the processes start on the cut-off in their state of that day.
    """
    record = load(Path(workspace), case, as_of)
    rng = np.random.default_rng(random_seed)
    h = rng.choice(len(record.hypotheses), size=paths, p=record.weights)
    mean, sd = record.discrimination
    size = mean * (1 - mean) / sd**2 - 1 if sd else 0.0
    gamma = rng.beta(mean * size, (1 - mean) * size, size=paths) if sd else np.full(paths, mean)
    return _project(record, h, gamma, rng, conditioned=False)


def posterior_predictive(
    workspace: Path, case: str, as_of: date | None = None, *, paths: int = 20_000, random_seed: int = 0
) -> Paths:
    """Simulate a case given its evidence and history: (h, γ) from the reference's grid, u and v by plain rejection."""
    record = load(Path(workspace), case, as_of)
    rng = np.random.default_rng(random_seed)
    nodes, joint = joint_posterior(record)
    node, h = np.unravel_index(rng.choice(joint.size, size=paths, p=joint.ravel()), joint.shape)
    if len(record.ways) == 1:
        return _project(record, h, nodes[node], rng, conditioned=True)
    share = special.softmax(by_way(record, nodes), axis=0)[:, node, h]
    way = (share.cumsum(axis=0) < rng.random(paths)).sum(axis=0)
    parts = []
    for n in np.unique(way):
        winner = record.won[n] if record.won else record.winner
        dated = dataclasses.replace(record, events=record.ways[n][0], exposure=record.ways[n][1], winner=winner)
        parts.append(_project(dated, h[way == n], nodes[node[way == n]], rng, conditioned=True))
    return dataclasses.replace(
        parts[0],
        visits={state: np.concatenate([part.visits[state] for part in parts]) for state in parts[0].visits},
        winner=np.concatenate([part.winner for part in parts]),
        hypothesis=np.concatenate([part.hypothesis for part in parts]),
    )


def _project(record: Record, h: np.ndarray, gamma: np.ndarray, rng: np.random.Generator, *, conditioned: bool) -> Paths:
    names = tuple(record.winner_weights)
    known = {w: float(w == record.winner) for w in names} if record.winner else record.winner_weights
    winner = rng.choice(len(names), size=len(h), p=list(known.values())) if names else np.zeros(len(h), int)
    after = winner + 1 if names else winner
    rate = np.empty((2, len(record.transitions), len(h)))
    for t in range(len(record.transitions)):
        rate[:, t] = _draw_rates(record, t, h, gamma, after, rng, conditioned=conditioned)
    arrows: dict[str, list[tuple[str, str]]] = {}
    for p, a, b in record.transitions:
        arrows.setdefault(p, []).append((a, b))
    election = (record.election - record.as_of).days - 1 if record.election else None
    visited = {state: float((day - record.as_of).days) for state, day in record.visited.items()}
    horizon = float((record.horizon - record.as_of).days)
    legs: list[Leg] = [(horizon, rate[1] if election is not None else rate[0], {})]
    if election is not None and election > 0:
        legs = [(float(election), rate[0], {}), *legs]
    visits, states = first_visits(list(record.transitions), record.current, legs, record.couplings, visited, rng)
    return Paths(visits, winner, h, names, record.hypotheses, election, states)


def _draw_rates(
    record: Record,
    t: int,
    h: np.ndarray,
    gamma: np.ndarray,
    after: np.ndarray,
    rng: np.random.Generator,
    *,
    conditioned: bool,
) -> np.ndarray:
    """Draw the intensity of transition t before and after the election, (2, n), kept with chance ∝ λ^d exp(-λ E)."""
    center, sigma = np.empty((2, 2, len(record.half_ranges), len(h)))
    for (k, _), (width, half) in product(enumerate(record.hypotheses), enumerate(record.half_ranges)):
        mine = h == k
        mean, sd = log_intensity(record, t, k, gamma[mine], half)
        for phase, g in enumerate((np.zeros_like(after[mine]), after[mine])):
            center[phase, width, mine], sigma[phase, width, mine] = mean[np.arange(len(g)), g], sd[g]
    regime = np.stack([np.zeros_like(after), after])
    d, exposure = record.events[t][regime], record.exposure[t][regime]
    if len(record.regimes) == 1:
        d[1], exposure[1] = 0, 0  # one regime: do not count its history twice
    # λ^d tilts the normals by its sd (completing the square), so what is left to reject by is exp(-λ E), at most 1.
    shared, own = np.sqrt(record.persistence), np.sqrt(1 - record.persistence)
    tilt = d[:, None] * sigma if conditioned else np.zeros_like(sigma)
    # What the tilted normals integrate to: a width is drawn in proportion to it, anew for each try.
    size = (d[:, None] * center if conditioned else tilt).sum(axis=0)
    size = size + ((shared * tilt.sum(axis=0)) ** 2 + ((own * tilt) ** 2).sum(axis=0)) / 2
    rate, left = np.empty((2, len(h))), np.arange(len(h))
    for _ in range(20_000):
        width = (size[:, left] + rng.gumbel(size=(len(size), len(left)))).argmax(axis=0)
        pull = tilt[:, width, left]
        u = rng.standard_normal(len(left)) + shared * pull.sum(axis=0)
        v = rng.standard_normal((2, len(left))) + own * pull
        log_rate = center[:, width, left] + sigma[:, width, left] * (shared * u + own * v)
        expected = (np.exp(log_rate) * exposure[:, left]).sum(axis=0)
        kept = rng.random(len(left)) < np.exp(-expected) if conditioned else np.ones(len(left), bool)
        rate[:, left[kept]] = np.exp(log_rate[:, kept])
        left = left[~kept]
        if not len(left):
            break
    else:
        raise ArithmeticError(f"{record.transitions[t]}: its history is too surprising to be drawn by rejection")
    if len(record.regimes) == 1:
        rate[1] = rate[0]
    return rate


def first_visits(
    transitions: Sequence[Transition],
    start: Mapping[str, str],
    legs: Sequence[Leg],
    couplings: Sequence[Mapping[str, Any]],
    visited: Mapping[State, float],
    rng: np.random.Generator,
) -> tuple[dict[State, np.ndarray], dict[float, dict[State, np.ndarray]]]:
    """Run the jumps, leg by leg: its last day, intensities per day (T, n), and what its occasions expect, {t: (n,)}.

    At the end of a leg the clock is stopped, the intensities are changed, and the exponential wait is drawn anew.
    """
    n = legs[0][1].shape[1]
    names = {p: sorted({s for q, a, b in transitions if q == p for s in (a, b)} | {start[p]}) for p in start}
    state = {p: np.full(n, names[p].index(start[p])) for p in start}
    visits = {(p, s): np.full(n, np.inf) for p in start for s in names[p]}
    for known, day in {**{(p, start[p]): 0.0 for p in start}, **visited}.items():
        visits.setdefault(known, np.empty(n))[:] = day

    def factor(p: str, b: str) -> np.ndarray:
        return _coupled(couplings, transitions, {q: np.array(names[q])[state[q]] for q in state}, p, b)

    def move(t: int, moved: np.ndarray) -> None:
        p, _, b = transitions[t]
        state[p][moved] = names[p].index(b)
        visits[p, b][moved] = np.minimum(visits[p, b][moved], now[moved])

    now, occupied = np.zeros(n), {}
    for end, rate, occasions in legs:
        running = np.ones(n, bool)
        while running.any():
            at_risk = np.array([state[p] == names[p].index(a) for p, a, _ in transitions]).reshape(-1, n)
            hazard = np.array([row * factor(p, b) for row, (p, _, b) in zip(rate, transitions, strict=True)])
            hazard = at_risk * hazard.reshape(-1, n)
            total = hazard.sum(axis=0)
            wait = np.where(total > 0, rng.exponential(size=n) / np.where(total > 0, total, 1.0), np.inf)
            running &= now + wait < end
            pick = (rng.random(n) * total < np.cumsum(hazard, axis=0)).argmax(axis=0) if len(transitions) else None
            now = np.where(running, now + wait, now)
            for t in range(len(transitions)):
                move(t, running & (pick == t))
        now[:] = end
        for p in start:
            free = np.ones(n, bool)
            for t in (t for t in occasions if transitions[t][0] == p):
                _, a, b = transitions[t]
                chance = 1 - np.exp(-occasions[t] * factor(p, b))
                made = free & (state[p] == names[p].index(a)) & (rng.random(n) < chance)
                free &= ~made
                move(t, made)
        occupied[end] = {(p, s): state[p] == names[p].index(s) for p in start for s in names[p]}
    return visits, occupied


def _coupled(
    couplings: Sequence[Mapping[str, Any]],
    transitions: Sequence[Transition],
    state: Mapping[str, np.ndarray],
    process: str,
    target: str,
) -> np.ndarray:
    """Give the product of the couplings in force on the arrows of a process into a state, given where each path is."""
    product = np.ones(len(state[process]))
    for c in couplings:
        if (c["process"], c["to"]) == (process, target):
            pairs = [(x, y) for r, x, y in transitions if r == c["when"]["process"]]
            held = set(c["beyond"]) if "beyond" in c else at_or_beyond(pairs, c["when"]["reached"])
            product *= np.where(np.isin(state[c["when"]["process"]], list(held)), float(c["multiplier"]), 1.0)
    return product


def _mean(flags: np.ndarray) -> float:
    return float(flags.mean()) if flags.size else float("nan")
