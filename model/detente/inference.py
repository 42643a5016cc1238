"""From a case to posterior draws, by either engine, in one shape.

NUTS draws come from nutpie on the PyMC model (:mod:`detente.graph`), independent draws from the exact engine's grids
(:mod:`detente.exact`).  Complete-data log likelihoods, at a draw of H recovered from its conditional probability, and
log priors go with them, so that power-scaling can reweight every item and every prior.

References
----------
Hoffman, M. D. and Gelman, A. (2014), The No-U-Turn Sampler.  JMLR 15.
Kallioinen, N., Paananen, T., Buerkner, P.-C. and Vehtari, A. (2024), Detecting and diagnosing prior and likelihood
sensitivity with power-scaling.  Statistics and Computing 34.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import betaln, gammaln, xlog1py, xlogy

from detente import exact
from detente.elicitation import beta_parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from detente.case.priors import WeightedPrior
    from detente.case.schema import Case
    from detente.exact import ExactPosterior
    from detente.settings import Settings

    Floats = NDArray[np.float64]

Progress = Callable[[str, float | None], None]
"""Told the stage and, where it can be known, the share of it that is done."""

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
    "hypothesis_probability": ("hypothesis",),
    "log_intensity": ("transition", "hypothesis", "regime"),
}
"""Every variable of the posterior and its dimensions after (chain, draw)."""

DERIVED = ("hypothesis_probability", "log_intensity", "incumbent_share")
"""Those that follow from the others; so does ``winner_probability`` where it comes from polls."""

FREE = tuple(name for name in DIMENSIONS if name not in DERIVED)

STANDARD_NORMAL = (
    "common_cause",
    "step_effect",
    "regime_effect",
    "poll_state",
    "election_surprise",
    "class_pace",
    "class_shape",
)
"""The variables whose prior is the standard normal, element by element."""


@dataclass(frozen=True)
class Draws:
    """Posterior draws.

    ``values[name]`` has shape (chain, draw, ...) by :data:`DIMENSIONS`; variables a case does not have are absent.
    ``item_log_likelihood`` (chain, draw, item, hypothesis) and ``transition_log_likelihood`` (chain, draw, transition,
    hypothesis) are complete-data log likelihoods (None with the exact engine).  ``hypothesis`` (chain, draw) is the
    recovered draw of H.  ``stats`` are the sampler's own, empty with the exact engine.
    """

    values: Mapping[str, Floats]
    hypothesis: NDArray[np.int64]
    stats: Mapping[str, NDArray[Any]]
    item_log_likelihood: Floats | None = None
    transition_log_likelihood: Floats | None = None

    def flat(self, name: str) -> Floats:
        """Return a variable with chains and draws as one axis."""
        values = self.values[name]
        return values.reshape(-1, *values.shape[2:])

    @property
    def log_intensity(self) -> Floats:
        """Log of transitions a day at each draw, (draws, transition, hypothesis, regime); none without processes."""
        if "log_intensity" in self.values:
            return self.flat("log_intensity")
        return np.zeros((self.hypothesis.size, 0, self.values["hypothesis_probability"].shape[2], 0))

    @property
    def winner(self) -> Floats:
        """P(winner) at each draw, (draws, winner), without columns where the case has no open election."""
        if "winner_probability" in self.values:
            return self.flat("winner_probability")
        return np.zeros((self.hypothesis.size, 0))


def sample(case: Case, settings: Settings, progress: Progress | None = None) -> Draws:
    """Sample the PyMC model of ``case`` with NUTS."""
    import nutpie

    from detente.graph import build, evaluate, free_names

    tell = progress or silent
    tell("compiling the model", None)
    model = build(case)
    compiled = nutpie.compile_pymc_model(model, var_names=free_names(model))
    total = settings.chains * (settings.draws + settings.tune)

    def on_progress(chains: list[Any]) -> None:
        tell("sampling", sum(chain.finished_draws for chain in chains) / total)

    tell("sampling", 0.0)
    tree = nutpie.sample(
        compiled,
        **settings.sampler,
        progress_callback=on_progress,
    )
    tell("sampling", 1.0)
    posterior = tree["posterior"].dataset
    values = {name: posterior[name].to_numpy() for name in free_names(model)}
    long = (settings.chains * settings.draws,)
    derived = evaluate(model, {name: array.reshape(long + array.shape[2:]) for name, array in values.items()})
    square = (settings.chains, settings.draws)
    values |= {name: array.reshape(square + array.shape[1:]) for name, array in derived.items()}
    if "discrimination" not in values:
        values["discrimination"] = np.full(square, case.priors.discrimination.mean)
    rng = np.random.default_rng([settings.random_seed, 1])
    return Draws(
        values={name: values[name] for name in DIMENSIONS if name in values},
        hypothesis=_recover(values["hypothesis_probability"], rng),
        stats={str(name): array.to_numpy() for name, array in tree["sample_stats"].dataset.items()},
        item_log_likelihood=values.get("item_log_likelihood"),
        transition_log_likelihood=values.get("transition_log_likelihood"),
    )


def draw_exactly(case: Case, found: ExactPosterior, settings: Settings) -> Draws:
    """Draw ``settings.draws`` times, independently, from the exact posterior; the shape is that of one chain."""
    drawn = exact.draw(case, found, settings.draws, settings.random_seed)
    values = {
        "hypothesis_weight": drawn.weight,
        "discrimination": drawn.discrimination,
        "cluster_correlation": drawn.correlation,
        "common_cause": drawn.common_cause,
        "step_effect": drawn.step_effect,
        "regime_effect": drawn.regime_effect,
        "hypothesis_probability": drawn.probability,
        "log_intensity": drawn.log_intensity,
    }
    if drawn.winner.shape[1] and not case.winner:
        values["winner_probability"] = drawn.winner
        values["incumbent_share"] = drawn.incumbent_share
    kept = {name: array for name, array in values.items() if array.size}
    return Draws(
        values={name: array[None] for name, array in kept.items()}, hypothesis=drawn.hypothesis[None], stats={}
    )


def labels(case: Case) -> dict[str, tuple[str, ...]]:
    """Return the names along each dimension of the posterior, in order."""
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
        "class_step": tuple(step.id for step in exact.steps_with_class(case)),
    }


def log_prior(case: Case, draws: Draws) -> dict[str, Floats]:
    """Return the log prior density of each free variable at each draw, (chain, draw, ...) as power-scaling wants it.

    Vectors with a joint density (Dirichlet) have one value a draw.  Variables fixed by a deviation of 0 have none, a
    correlation fixed among others has 0.
    """
    found: dict[str, Floats] = {}
    for name in FREE:
        if name not in draws.values:
            continue
        value = draws.values[name]
        if name in STANDARD_NORMAL:
            found[name] = -0.5 * (value**2 + np.log(2 * np.pi))
        elif name == "hypothesis_weight":
            found[name] = _log_dirichlet(value, _shape(case.priors.hypotheses, case.hypothesis_ids))
        elif name == "winner_probability" and case.priors.election and not case.polls_in_force:
            found[name] = _log_dirichlet(value, _shape(case.priors.election, case.winner_ids))
        elif name == "discrimination" and case.priors.discrimination.sd > 0:
            found[name] = _log_beta(value, *beta_parameters(case.priors.discrimination))
        elif name == "cluster_correlation":
            priors = [case.priors.cluster_correlation(cluster) for cluster in labels(case)["cluster"]]
            free = [index for index, prior in enumerate(priors) if prior.sd > 0]
            if free:
                alpha, beta = np.array([beta_parameters(priors[index]) for index in free]).T
                found[name] = np.zeros_like(value)
                found[name][..., free] = _log_beta(value[..., free], alpha, beta)
    return found


def silent(stage: str, done: float | None) -> None:
    """Tell nobody."""
    del stage, done


def _shape(prior: WeightedPrior, names: tuple[str, ...]) -> Floats:
    return prior.concentration * np.array([prior.weights[name] for name in names])


def _log_dirichlet(value: Floats, alpha: Floats) -> Floats:
    return gammaln(alpha.sum()) - gammaln(alpha).sum() + xlogy(alpha - 1, value).sum(axis=-1)


def _log_beta(value: Floats, alpha: Floats | float, beta: Floats | float) -> Floats:
    return xlogy(alpha - 1, value) + xlog1py(beta - 1, -value) - betaln(alpha, beta)


def _recover(probability: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw H from its conditional probability at each draw."""
    below = np.cumsum(probability, axis=-1) < rng.random(probability.shape[:-1])[..., None]
    return np.minimum(below.sum(axis=-1), probability.shape[-1] - 1)
