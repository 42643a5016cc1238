"""One replicate: true parameters, a simulated case, an engine's posterior, and the rank of the truth in it.

Replicate k depends on the random seed and on k alone.

The normalized rank of the truth among posterior draws is uniform if the posterior is right.  Draws of a chain are
thinned until they are nearly independent, and the truth is ranked among them.  Draws of the exact engine lie on
quadrature nodes, each of which represents the density around it: there the rank is interpolated in the nodes'
distribution function, with half of a node's mass below it.  The error is a twelfth of the squared gap between nodes
times the slope of the density: at most 0.01 where nodes are 0.7 standard deviations apart, which a thousand replicates
cannot detect.

References
----------
Talts, S., Betancourt, M., Simpson, D., Vehtari, A. and Gelman, A. (2018), Validating Bayesian inference algorithms with
simulation-based calibration.  arXiv:1804.06788.
Modrák, M., Moon, A. H., Kim, S., Bürkner, P.-C., Huurre, N., Faltejsková, K., Gelman, A. and Vehtari, A. (2023),
Simulation-based calibration checking for Bayesian computation: the choice of test quantities shapes sensitivity.
Bayesian Analysis (quantities that depend on the data, and the likelihood among them).
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - read back from a file by its annotations
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detente.case.windows import AFTER_ELECTION, BEFORE_ELECTION, HORIZON, by_deadline
from detente.forecast.outcomes import windows
from detente.inference import DIMENSIONS, labels
from detente.projection import project
from detente.verify.paths import simulate_future
from detente.verify.simulation import Simulated, reading_places, simulate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.arrays import Floats
    from detente.case.schema import Case
    from detente.verify.fitting import Fit, Fitter


SIMPLEXES = ("hypothesis_weight", "hypothesis_probability", "winner_probability", "winner_given_hypothesis")
"""Vectors that sum to 1, whose last element is redundant."""
OF_THE_DATA = {"joint_log_likelihood": (), "class_log_likelihood": ("class_step",), "polls_missed": ()}
"""Quantities that depend on the data too, and their dimensions: they tell a posterior from the prior."""
SIMULATION, FITTING, RANKING = range(3)
DIGITS = 5
DECIMALS = 11
"""Decimals to which values are compared, so that rounding does not break ties."""
SETTLED = 1 - 1e-9
"""Probability from which an outcome has occurred, up to rounding."""


@dataclass(frozen=True)
class Replicate:
    """The result of one replicate.

    By quantity, ``places`` holds the normalized rank of the truth in its posterior and ``lags`` the lag-one correlation
    of the kept draws; ``probability`` is P(hypothesis | data) and ``hypothesis`` the true one; ``futures`` holds, by
    outcome and window, the forecast probability and whether the outcome occurred.
    """

    number: int
    places: Mapping[str, float]
    lags: Mapping[str, float]
    hypothesis: int
    probability: tuple[float, ...]
    futures: Mapping[str, tuple[float, bool]]
    divergences: int


def replicate(case: Case, fitter: Fitter, random_seed: int, number: int) -> Replicate:
    """Run replicate ``number`` of ``case``."""
    simulated = simulate(case, np.random.default_rng([random_seed, number, SIMULATION]))
    seed = int(np.random.default_rng([random_seed, number, FITTING]).integers(2**31))
    fit = fitter.fit(simulated, seed)
    rng = np.random.default_rng([random_seed, number, RANKING])
    scalars = {**dict(_scalars(case, simulated, fit)), **_outcomes(simulated, fit)}
    place = node_place if fit.on_nodes else rank_place
    places = {name: place(draws.ravel(), truth, rng) for name, (draws, truth) in scalars.items()}
    lags = {} if fit.on_nodes else {name: lag_one(draws[..., None])[0] for name, (draws, _) in scalars.items()}
    for (variable, row), (cells, weight) in fit.weighted.items():
        truth = float(simulated.truth[variable][row])
        places[f"{variable}[{simulated.waits.steps[row]}]"] = node_place(cells, truth, rng, weight)
    places |= reading_places(case, rng)
    return Replicate(
        number=number,
        places={name: round(float(value), DIGITS) for name, value in places.items()},
        lags={name: round(float(value), 2) for name, value in lags.items()},
        hypothesis=simulated.hypothesis,
        probability=tuple(round(float(p), 2 * DIGITS) for p in fit.probability),
        futures=_futures(simulated, scalars, rng),
        divergences=fit.divergences,
    )


def _scalars(case: Case, simulated: Simulated, fit: Fit) -> Iterator[tuple[str, tuple[Floats, float]]]:
    """Yield the draws (chain, draw) and the true value of each parameter and derived quantity."""
    named = labels(case)
    for variable, dims in {**DIMENSIONS, **OF_THE_DATA}.items():
        if variable == "log_intensity" or variable not in fit.values or variable not in simulated.truth:
            continue
        draws, truth = fit.values[variable], simulated.truth[variable]
        for index in np.ndindex(truth.shape):
            if variable in SIMPLEXES and index[-1] == truth.shape[-1] - 1:
                continue
            if _is_fixed(case, variable, index, named) or not np.isfinite(truth[index]):
                continue
            inside = ", ".join(named[dim][i] for dim, i in zip(dims, index, strict=True))
            yield f"{variable}[{inside}]" if inside else variable, (draws[(..., *index)], float(truth[index]))


def _is_fixed(case: Case, variable: str, index: tuple[int, ...], named: Mapping[str, tuple[str, ...]]) -> bool:
    """Tell whether a standard deviation of 0 fixes a parameter."""
    if variable == "discrimination":
        return case.priors.discrimination.sd == 0
    return variable == "cluster_correlation" and case.priors.cluster_correlation(named["cluster"][index[0]]).sd == 0


def _outcomes(simulated: Simulated, fit: Fit) -> dict[str, tuple[Floats, float]]:
    """Return the probability of each outcome in each window, per draw and at the truth."""
    case, truth = simulated.case, simulated.truth
    if not case.outcomes or case.horizon <= case.information_cutoff:
        return {}

    def after_truth(name: str) -> Floats:
        draws = fit.to_project(name)
        return np.concatenate([truth[name][None], draws.reshape(-1, *draws.shape[2:])])

    probability, log_intensity = after_truth("hypothesis_probability"), after_truth("log_intensity")
    winner = np.zeros((len(probability), 0))
    if "winner_probability" in fit.values and "winner_probability" in truth:
        is_counting = "winner_given_hypothesis" in fit.values
        winner = after_truth("winner_given_hypothesis" if is_counting else "winner_probability")
    projection = project(case, log_intensity, probability, winner, with_curves=False)
    share = winner if projection.by_horizon.shape[2] > 1 else np.ones((len(probability), 1))
    shape = fit.to_project("hypothesis_probability").shape[:2]
    scalars = {}
    for row, outcome in enumerate(case.outcomes):
        of_outcome = windows(projection, row, probability, share, None, is_current=outcome.is_current)
        by_window = {name: value.draws for name, value in of_outcome.items()}
        if (
            AFTER_ELECTION in by_window
            and BEFORE_ELECTION in by_window
            and (by_window[BEFORE_ELECTION] > SETTLED).all()
        ):
            by_window[AFTER_ELECTION] = np.zeros(len(probability))  # 0/0: count all as tied
        for name, draws in by_window.items():
            scalars[f"{outcome.id}.{name}"] = draws[1:].reshape(shape), float(draws[0])
    return scalars


def _futures(
    simulated: Simulated, scalars: Mapping[str, tuple[Floats, float]], rng: np.random.Generator
) -> dict[str, tuple[float, bool]]:
    """Return the forecast of each outcome by window, and whether it occurs in a future simulated from the truth."""
    case, truth = simulated.case, simulated.truth
    if not case.outcomes or case.horizon <= case.information_cutoff:
        return {}
    winner = case.winner_ids[simulated.winner] if simulated.winner >= 0 else ""
    dates = {HORIZON: case.horizon} | {by_deadline(day): day for day in case.deadlines_ahead}
    if case.election_eve is not None:
        dates[BEFORE_ELECTION] = case.election_eve
    future = simulate_future(case, truth["log_intensity"][:, simulated.hypothesis], winner, tuple(dates.values()), rng)
    futures: dict[str, tuple[float, bool]] = {}
    for asked in case.outcomes:
        outcome, time = asked.id, future.first[asked.id]
        chance = {name: float(scalars[key][0].mean()) for name in dates if (key := f"{outcome}.{name}") in scalars}
        for name, p in chance.items():
            is_in = future.states[dates[name]].get(asked.process) == asked.state
            futures[f"{outcome}.{name}"] = (p, is_in if asked.is_current else time <= dates[name].toordinal())
        if asked.is_current:
            continue
        before = chance.get(BEFORE_ELECTION, 1.0)
        if before < SETTLED and time > dates[BEFORE_ELECTION].toordinal():
            after = float(np.clip((chance[HORIZON] - before) / (1 - before), 0, 1))
            futures[f"{outcome}.{AFTER_ELECTION}"] = (after, bool(np.isfinite(time)))
    return {name: (round(p, 2 * DIGITS), happened) for name, (p, happened) in futures.items()}


def rank_place(draws: Floats, truth: float, rng: np.random.Generator) -> float:
    """Return the normalized rank of the truth among independent draws, (draws,), jittered within its cell of [0, 1].

    Ties are broken at random (Modrák et al. 2023).
    """
    values, value = np.round(draws, DECIMALS), np.round(truth, DECIMALS)
    less, ties = int((values < value).sum()), int((values == value).sum())
    return float((less + rng.integers(ties + 1) + rng.random()) / (draws.size + 1))


def node_place(draws: Floats, truth: float, rng: np.random.Generator, weight: Floats | None = None) -> float:
    """Return the distribution function at the truth of weighted draws on quadrature nodes, (draws,)."""
    from scipy.interpolate import PchipInterpolator

    value = float(np.round(truth, DECIMALS))
    nodes, home = np.unique(np.round(draws, DECIMALS), return_inverse=True)
    mass = np.bincount(home, weight) / (draws.size if weight is None else weight.sum())
    middle = np.cumsum(mass) - mass / 2
    chance = rng.random()
    if nodes.size == 1 and value == nodes[0]:
        return chance
    if value <= nodes[0]:
        return float(chance * middle[0])
    if value >= nodes[-1]:
        return float(1 - chance * (1 - middle[-1]))
    return float(PchipInterpolator(nodes, middle)(value))


def lag_one(draws: Floats) -> Floats:
    """Return the lag-one autocorrelation (quantity,) of draws (chain, draw, quantity)."""
    centred = draws - draws.mean(axis=(0, 1))
    variance = (centred**2).mean(axis=(0, 1))
    together = (centred[:, 1:] * centred[:, :-1]).mean(axis=(0, 1))
    return np.divide(together, variance, out=np.zeros_like(variance), where=variance > 0)
