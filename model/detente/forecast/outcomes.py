"""The probability of each outcome: posterior draws, projected and averaged window by window; and the headlines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import field

from detente.case.windows import AFTER_ELECTION, BEFORE_ELECTION, HORIZON, by_deadline
from detente.frozen import Immutable
from detente.inference import EXACT, QUICK_DRAWS, Posterior
from detente.projection import Projection, project
from detente.scoring import interval
from detente.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from detente.arrays import Floats
    from detente.case.schema import Case

    ByWindow = Mapping[str, Mapping[str, float]]

ROUNDING = 1e-12


class WindowProbability(Immutable):
    """One outcome in one window.

    ``draws`` (draws,) holds the per-draw probabilities that the interval covers; ``influence`` (draws,) averages to
    ``probability`` and has its Monte Carlo error, even if the probability is a ratio of two averages.
    """

    probability: float
    draws: Floats
    influence: Floats
    by_hypothesis: Floats
    by_winner: Floats

    @property
    def interval(self) -> tuple[float, float]:
        """The 90% equal-tailed interval over draws."""
        return interval(self.draws)


class ProjectedOutcomes(Immutable):
    """Projected draws, and the windows that are still open, by outcome and name."""

    projection: Projection
    windows: Mapping[str, Mapping[str, WindowProbability]]

    @property
    def by_name(self) -> dict[str, WindowProbability]:
        """Every open window, by ``outcome.window``."""
        return {
            f"{outcome}.{name}": window
            for outcome, open_windows in self.windows.items()
            for name, window in open_windows.items()
        }

    @property
    def probabilities(self) -> dict[str, dict[str, float]]:
        """The probability of every outcome in every open window."""
        return {
            outcome: {name: window.probability for name, window in open_windows.items()}
            for outcome, open_windows in self.windows.items()
        }


def project_outcomes(
    case: Case,
    log_intensity: Floats,
    probability: Floats,
    winner: Floats,
    known: Floats | None = None,
    *,
    with_curves: bool = False,
) -> ProjectedOutcomes:
    """Project draws, and average them over every open window of every outcome.

    Parameters
    ----------
    case
        The case as of a cut-off before its horizon.
    log_intensity, probability, winner
        Draws of the log intensities (draws, transition, hypothesis, regime), of P(hypothesis) (draws, hypothesis) and
        of P(winner) (draws, winner), or of P(winner | hypothesis) (draws, hypothesis, winner).
    known
        P(hypothesis) in closed form, (hypothesis,); None takes the average of the draws.
    with_curves
        Whether to compute cumulative incidence by date as well.
    """
    projection = project(case, log_intensity, probability, winner, with_curves=with_curves)
    share = winner if projection.by_horizon.shape[2] > 1 else np.ones((len(probability), 1))
    return ProjectedOutcomes(
        projection=projection,
        windows={
            outcome.id: windows(projection, index, probability, share, known, is_current=outcome.is_current)
            for index, outcome in enumerate(case.outcomes)
        },
    )


def project_posterior(case: Case, posterior: Posterior, *, with_curves: bool = False) -> ProjectedOutcomes:
    """Project the draws of a posterior."""
    draws = posterior.draws
    probability = draws.flat("hypothesis_probability")
    return project_outcomes(
        case, draws.log_intensity, probability, draws.winner_given_hypothesis, posterior.known, with_curves=with_curves
    )


def windows(
    projection: Projection,
    outcome: int,
    probability: Floats,
    winner: Floats,
    known: Floats | None,
    *,
    is_current: bool = False,
) -> Mapping[str, WindowProbability]:
    """Return the windows of one outcome that are still open.

    Their names and order are those of :func:`detente.case.windows.windows`.

    Parameters
    ----------
    projection
        Probabilities per draw.
    outcome
        Its index.
    probability
        P(hypothesis) at each draw, (draws, hypothesis).
    winner
        P(winner) at each draw, (draws, winner), or P(winner | hypothesis), (draws, hypothesis, winner); one column of
        ones unless an election is open.
    known
        P(hypothesis) in closed form, (hypothesis,); None takes the average of the draws.
    is_current
        Whether the outcome asks for the state on the last day of each window.
    """
    winner = winner if winner.ndim == probability.ndim + 1 else winner[:, None]

    def by(parts: Floats) -> WindowProbability:
        return _window((parts * winner).sum(axis=2), parts, probability, winner, known)

    by_horizon = by(projection.by_horizon[..., outcome])
    deadlines = {by_deadline(day): by(parts[..., outcome]) for day, parts in projection.by_deadline.items()}
    if projection.by_election is None:
        return {**deadlines, HORIZON: by_horizon}
    early = projection.by_election[..., outcome]
    by_election = _window(early, np.repeat(early[..., None], winner.shape[2], axis=2), probability, winner, known)
    after = {} if is_current else {AFTER_ELECTION: _given_not_before(by_election, by_horizon)}
    return {BEFORE_ELECTION: by_election, **after, **deadlines, HORIZON: by_horizon}


def _window(
    values: Floats, parts: Floats, probability: Floats, winner: Floats, known: Floats | None
) -> WindowProbability:
    """Average ``values`` (draws, hypothesis) over draws and hypotheses; ``parts`` (draws, hypothesis, winner).

    ``winner`` (draws, hypothesis, winner) has one row where it is the same under every hypothesis.
    """
    mean = probability.mean(axis=0)
    by_hypothesis = np.divide((probability * values).mean(axis=0), mean, out=np.zeros_like(mean), where=mean > 0)
    chance = np.where(winner.any(axis=(0, 1)), winner, 1.0)  # had one won that never does in a draw: over all of them
    met = chance[:, 0] if chance.shape[1] == 1 else (probability[:, :, None] * chance).sum(axis=1)
    by_winner = (probability[:, :, None] * chance * parts).mean(axis=0).sum(axis=0) / met.mean(axis=0)
    draws = np.clip((probability * values).sum(axis=1), 0.0, 1.0)  # shares may sum to a hair more than 1
    if known is None:
        by_hypothesis, by_winner = np.minimum(by_hypothesis, 1.0), np.minimum(by_winner, 1.0)
        return WindowProbability(float(draws.mean()), draws, draws, by_hypothesis, by_winner)
    share = np.divide(known, mean, out=np.zeros_like(mean), where=mean > 0)
    answer = float(np.clip(known @ by_hypothesis, 0.0, 1.0))  # what has happened may exceed 1 by rounding
    influence = answer + (share * probability * (values - by_hypothesis)).sum(axis=1)
    return WindowProbability(answer, draws, influence, np.minimum(by_hypothesis, 1.0), np.minimum(by_winner, 1.0))


def _given_not_before(before: WindowProbability, horizon: WindowProbability) -> WindowProbability:
    """Return P(by the horizon, not before the election) / P(not before the election)."""
    answer = _ratio(before.probability, horizon.probability)
    room = 1 - before.probability
    influence = np.full_like(before.influence, answer)
    if room > ROUNDING:  # else it has happened, and nothing is left to be unsure of
        influence += (horizon.influence - before.influence - answer * (1 - before.influence)) / room
    return WindowProbability(
        float(answer),
        np.asarray(_ratio(before.draws, horizon.draws)),
        influence,
        np.asarray(_ratio(before.by_hypothesis, horizon.by_hypothesis)),
        np.asarray(_ratio(before.by_winner, horizon.by_winner)),
    )


def _ratio(before: Floats | float, horizon: Floats | float) -> Floats | float:
    gained, room = np.subtract(horizon, before), np.subtract(1, before)
    return np.clip(np.divide(gained, room, out=np.zeros_like(room), where=room > 0), 0.0, 1.0)


class Headlines(Immutable):
    """P(hypothesis), and P(outcome) by window (``before_election``, ``after_election``, ``horizon``).

    ``outcomes`` is empty from the horizon on, when nothing is left to forecast.  ``election`` is P(winner), empty
    without an election; the winner on record has 1.
    """

    hypotheses: Mapping[str, float]
    outcomes: ByWindow
    election: Mapping[str, float] = field(default_factory=dict)

    def flat(self) -> dict[str, float]:
        """Return what evidence and record move under one name: ``P(h)`` and ``outcome.window``."""
        named = {f"P({h})": value for h, value in self.hypotheses.items()}
        for outcome, by_window in self.outcomes.items():
            named |= {f"{outcome}.{window}": value for window, value in by_window.items()}
        return named


def headlines(case: Case, draws: int = QUICK_DRAWS) -> Headlines:
    """Return the headlines of a case as of its cut-off, by the exact engine."""
    return headlines_of(case, EXACT.infer(case, Settings(engine="exact", draws=draws)))


def headlines_of(case: Case, posterior: Posterior) -> Headlines:
    """Return the headlines of a posterior."""
    hypotheses = dict(zip(case.hypothesis_ids, map(float, posterior.probability), strict=True))
    election = winner_probabilities(case, posterior)
    if case.horizon <= case.information_cutoff or not case.outcomes:
        return Headlines(hypotheses, {}, election)
    return Headlines(hypotheses, project_posterior(case, posterior).probabilities, election)


def winner_probabilities(case: Case, posterior: Posterior) -> dict[str, float]:
    """Return P(winner) by id; the winner on record has 1."""
    if case.winner is not None:
        return {winner: float(winner == case.winner) for winner in case.winner_ids}
    return {winner: float(posterior.winner[index]) for index, winner in enumerate(case.winner_ids)}
