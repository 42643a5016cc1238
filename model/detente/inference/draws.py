"""Posterior draws: their names, dimensions and labels, and the log prior density of each.

With the draws come log priors and complete-data log likelihoods at a recovered draw of H, so that power-scaling can
reweight every item and every prior.

References
----------
Kallioinen, N., Paananen, T., Buerkner, P.-C. and Vehtari, A. (2024), Detecting and diagnosing prior and likelihood
sensitivity with power-scaling.  Statistics and Computing 34.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - annotations are evaluated when a run is read back
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import betaln, gammaln, xlog1py, xlogy

from detente import exact
from detente.elicitation import beta_parameters
from detente.frozen import Immutable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from detente.arrays import Floats, Integers
    from detente.case.priors import BetaPrior, WeightedPrior
    from detente.case.schema import Case

DIMENSIONS: Mapping[str, tuple[str, ...]] = {
    "hypothesis_weight": ("hypothesis",),
    "discrimination": (),
    "cluster_correlation": ("cluster",),
    "common_cause": ("cluster",),
    "step_effect": ("transition",),
    "regime_effect": ("transition", "hypothesis", "regime"),
    "poll_state": ("poll_state_part",),
    "election_surprise": (),
    "incumbent_share": (),
    "winner_probability": ("winner",),
    "class_pace": ("class_step",),
    "class_shape": ("class_step",),
    "class_floor": ("class_step",),
    "hypothesis_probability": ("hypothesis",),
    "winner_given_hypothesis": ("hypothesis", "winner"),
    "log_intensity": ("transition", "hypothesis", "regime"),
}
"""Every variable of the posterior and its dimensions after (chain, draw)."""

DERIVED = ("hypothesis_probability", "winner_given_hypothesis", "log_intensity", "incumbent_share")
"""Those that follow from the others; so does ``winner_probability`` if it comes from polls."""

FREE = tuple(name for name in DIMENSIONS if name not in DERIVED)

STANDARD_NORMAL = (
    "common_cause",
    "step_effect",
    "regime_effect",
    "poll_state",
    "election_surprise",
    "class_pace",
    "class_shape",
    "class_floor",
)
"""The variables whose prior is the standard normal, element by element."""


TOGETHER = 100
"""Correlations whose densities are worked out in one array."""


class Draws(Immutable):
    """Posterior draws.

    ``values[name]`` has shape (chain, draw, ...) by :data:`DIMENSIONS`; variables that the case lacks are absent.
    ``item_log_likelihood`` (chain, draw, item, hypothesis) and ``transition_log_likelihood`` (chain, draw, transition,
    hypothesis) are complete-data log likelihoods (None with the exact engine).  ``hypothesis`` (chain, draw) is the
    recovered draw of H.  ``stats`` are the sampler's own, empty with the exact engine.
    """

    values: Mapping[str, Floats]
    hypothesis: Integers
    stats: Mapping[str, NDArray[Any]]
    item_log_likelihood: Floats | None = None
    transition_log_likelihood: Floats | None = None

    def flat(self, name: str) -> Floats:
        """Return a variable with chains and draws merged into one axis."""
        values = self.values[name]
        return values.reshape(-1, *values.shape[2:])

    @property
    def log_intensity(self) -> Floats:
        """Log transition intensities per day, (draws, transition, hypothesis, regime); empty without processes."""
        if "log_intensity" in self.values:
            return self.flat("log_intensity")
        return np.zeros((self.hypothesis.size, 0, self.values["hypothesis_probability"].shape[2], 0))

    @property
    def winner(self) -> Floats:
        """P(winner) at each draw, (draws, winner), without columns unless an election is open.

        That of a vote which is not called is what the record since then makes of it.
        """
        if "winner_given_hypothesis" in self.values:
            return np.einsum("sh,shw->sw", self.flat("hypothesis_probability"), self.flat("winner_given_hypothesis"))
        if "winner_probability" in self.values:
            return self.flat("winner_probability")
        return np.zeros((self.hypothesis.size, 0))

    @property
    def winner_given_hypothesis(self) -> Floats:
        """P(winner | hypothesis) at each draw, (draws, hypothesis, winner): one row where it is the same for all."""
        if "winner_given_hypothesis" in self.values:
            return self.flat("winner_given_hypothesis")
        return self.winner[:, None]


def scalars(case: Case, draws: Draws, variables: Collection[str] = DIMENSIONS) -> dict[str, Floats]:
    """Return by name every scalar of some variables, by default of all that have to converge, (chain, draw)."""
    by_name: dict[str, Floats] = {}
    names = labels(case, of_class="class_pace" in draws.values)
    for variable, dims in DIMENSIONS.items():
        if variable in draws.values and variable in variables and variable != "log_intensity":
            values = draws.values[variable]
            for index in np.ndindex(values.shape[2:]):
                inside = ", ".join(names[dim][i] for dim, i in zip(dims, index, strict=True))
                by_name[f"{variable}[{inside}]" if inside else variable] = values[(slice(None), slice(None), *index)]
    return by_name


def labels(case: Case, *, of_class: bool = True) -> dict[str, tuple[str, ...]]:
    """Return the names along each dimension of the posterior, in order; those of the class only if it is sampled."""
    polls, kind_sd = case.polls_in_force, case.priors.polls.kind_sd if case.priors.polls else {}
    days = sorted({poll.middle for poll in polls})[1:]
    kinds = sorted({poll.kind for poll in polls if poll.kind and kind_sd.get(poll.kind)})
    return {
        "hypothesis": case.hypothesis_ids,
        "cluster": tuple(cluster.name for cluster in case.clusters_in_force),
        "item": tuple(item.id for item in case.evidence_in_force),
        "transition": tuple(step.id for step in case.transitions),
        "regime": case.regimes,
        "winner": case.winner_ids,
        "poll_state_part": ("level", *(day.isoformat() for day in days), *kinds) if polls else (),
        "class_step": tuple(step.id for step in exact.steps_with_class(case)) if of_class else (),
    }


def log_prior(case: Case, draws: Draws) -> dict[str, Floats]:
    """Return the log prior density of each free variable at each draw, (chain, draw, ...), as power-scaling needs it.

    A vector with a joint density (Dirichlet) has one value per draw.  Variables fixed by a standard deviation of 0 are
    left out; a correlation fixed among free ones has 0.
    """
    density: dict[str, Floats] = {}
    for name in FREE:
        if name not in draws.values:
            continue
        value = draws.values[name]
        if name == "election_surprise" and case.priors.polls and case.priors.polls.degrees:
            density[name] = _log_student(value, case.priors.polls.degrees)
        elif name in STANDARD_NORMAL:
            density[name] = value**2  # in place from here: there are as many of these as draws times clusters
            density[name] += np.log(2 * np.pi)
            density[name] *= -0.5
        elif name == "hypothesis_weight":
            density[name] = _log_dirichlet(value, _shape(case.priors.hypotheses, case.hypothesis_ids))
        elif name == "winner_probability" and case.priors.election and not case.polls_in_force:
            density[name] = _log_dirichlet(value, _shape(case.priors.election, case.winner_ids))
        elif name == "discrimination" and case.priors.discrimination.sd > 0:
            density[name] = _log_beta(value, *beta_parameters(case.priors.discrimination))
        elif name == "cluster_correlation":
            priors = [case.priors.cluster_correlation(cluster) for cluster in labels(case)["cluster"]]
            if any(prior.sd > 0 for prior in priors):
                density[name] = _of_correlations(value, priors)
    return density


def _of_correlations(value: Floats, priors: Sequence[BetaPrior]) -> Floats:
    """Return the log prior density of each correlation, (chain, draw, cluster), some at a time; 0 of those fixed."""
    density = np.zeros_like(value)
    free = [index for index, prior in enumerate(priors) if prior.sd > 0]
    for first in range(0, len(free), TOGETHER):
        some = free[first : first + TOGETHER]
        alpha, beta = np.array([beta_parameters(priors[index]) for index in some]).T
        density[..., some] = _log_beta(value[..., some], alpha, beta)
    return density


def _shape(prior: WeightedPrior, names: tuple[str, ...]) -> Floats:
    return prior.concentration * np.array([prior.weights[name] for name in names])


def _log_dirichlet(value: Floats, alpha: Floats) -> Floats:
    return gammaln(alpha.sum()) - gammaln(alpha).sum() + xlogy(alpha - 1, value).sum(axis=-1)


def _log_student(value: Floats, degrees: float) -> Floats:
    scale = gammaln((degrees + 1) / 2) - gammaln(degrees / 2) - 0.5 * np.log(degrees * np.pi)
    return np.asarray(scale - (degrees + 1) / 2 * np.log1p(value**2 / degrees))


def _log_beta(value: Floats, alpha: Floats | float, beta: Floats | float) -> Floats:
    return xlogy(alpha - 1, value) + xlog1py(beta - 1, -value) - betaln(alpha, beta)
