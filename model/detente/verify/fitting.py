"""Fit simulated cases: with the exact engine, or with NUTS on one compiled model that takes each case as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.special import logsumexp

from detente import exact, inference
from detente.case.undated import Undated, undated
from detente.exact.waiting import wait_posterior
from detente.inference.density import Density, compile_density
from detente.inference.sampling import sample
from detente.settings import Settings
from detente.verify.likelihood import joint, log_likelihood
from detente.verify.simulation import Simulated, class_log_likelihood, parameters, polls_missed, waits_log_likelihood

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from detente.arrays import Floats
    from detente.case.schema import Case
    from detente.verify.result import Plan


CLASS = ("class_pace", "class_shape", "class_floor")


@dataclass(frozen=True)
class Fit:
    """The posterior of one simulated case.

    ``values[name]``, shape (chain, draw, ...), holds the kept draws under the names of the true parameters;
    ``probability`` (hypothesis,) is P(hypothesis | data); ``on_nodes`` is true if the draws lie on quadrature nodes;
    outcomes are projected at about ``projected`` of the draws (None: at all);
    ``weighted`` holds marginals on a grid, as values and weights (cells,), by variable and element.
    """

    values: Mapping[str, Floats]
    probability: Floats
    on_nodes: bool
    divergences: int = 0
    projected: int | None = None
    weighted: Mapping[tuple[str, int], tuple[Floats, Floats]] = field(default_factory=dict)

    def to_project(self, name: str) -> Floats:
        """Return the draws of a variable at which outcomes are projected, evenly apart, (chain, draw, ...)."""
        values = self.values[name]
        apart = 1 if self.projected is None else max(1, values.shape[0] * values.shape[1] // self.projected)
        return values[:, apart - 1 :: apart]


class Fitter(Protocol):
    """A way to fit a simulated case."""

    def fit(self, simulated: Simulated, random_seed: int) -> Fit:
        """Fit one case; the result depends on the arguments alone."""
        ...


@dataclass(frozen=True)
class ExactFitter:
    """The exact engine: closed form and quadrature, with independent draws."""

    plan: Plan

    def fit(self, simulated: Simulated, random_seed: int) -> Fit:
        """Integrate a simulated case, and draw from its posterior."""
        case = simulated.case
        posterior = exact.posterior(case)
        values = dict(inference.draw_exactly(case, posterior, self.plan.exact_draws, random_seed).values)
        at = parameters({name: array[0] for name, array in values.items()})
        likelihood = log_likelihood(simulated.stated, at, simulated.seen, simulated.record)
        values["joint_log_likelihood"] = joint(at, likelihood)[0][None]
        if "incumbent_share" in values:
            values["polls_missed"] = polls_missed(case, values["incumbent_share"])
        return Fit(
            values,
            posterior.probability,
            on_nodes=True,
            projected=self.plan.projected,
            weighted=_class_marginals(simulated),
        )


@dataclass(frozen=True)
class NutsFitter:
    """NUTS on the compiled model of one case; ``evaluated`` derives the deterministics from the free variables.

    ``undated`` are the steps whose days the model has room for.
    """

    plan: Plan
    density: Density
    evaluated: Callable[[Mapping[str, Floats]], dict[str, Floats]]
    undated: tuple[Undated, ...] = ()

    def fit(self, simulated: Simulated, random_seed: int) -> Fit:
        """Set the data to those of a simulated case, sample, and thin the draws."""
        from detente.inference.nuts import complete

        plan, model = self.plan, self.density.model
        settings = Settings(
            draws=plan.draws // plan.chains,
            tune=plan.tune,
            chains=plan.chains,
            target_accept=plan.target_accept,
            random_seed=random_seed,
        )
        for name, array in _model_data(simulated, set(model.named_vars), self.undated).items():
            model[name].set_value(array)
        sampled = sample(self.density.now(), settings)
        rng = np.random.default_rng(random_seed)
        values, _, winner = complete(simulated.case, sampled.values, self.evaluated, self.undated, rng)
        for name in ("width_log_likelihood", "log_intensity_by_width"):
            values.pop(name, None)
        log_joint = np.log(values["hypothesis_weight"])
        if winner is not None:  # P(record | h) = P(w) P(record | h, w) / P(w | h, record), whoever w is
            given = np.take_along_axis(values["winner_given_hypothesis"], winner[..., None, None], axis=3)[..., 0]
            won = np.take_along_axis(values["winner_probability"], winner[..., None], axis=2)
            log_joint = log_joint + np.log(won) - np.log(np.maximum(given, np.finfo(float).tiny))
        for name in ("item_log_likelihood", "transition_log_likelihood"):
            if name in values:
                log_joint = log_joint + values.pop(name).sum(axis=2)
        values["joint_log_likelihood"] = logsumexp(log_joint, axis=2)
        if "class_pace" in values:
            of_class = (values[name] for name in CLASS)
            values["class_log_likelihood"] = class_log_likelihood(simulated.waits, *of_class)
        if "incumbent_share" in values:
            values["polls_missed"] = polls_missed(simulated.case, values["incumbent_share"])
        return Fit(
            values={name: array[:, plan.thinning - 1 :: plan.thinning] for name, array in values.items()},
            probability=values["hypothesis_probability"].mean(axis=(0, 1)),
            on_nodes=False,
            projected=plan.projected,
            divergences=int(sampled.stats["diverging"].sum()),
        )


def compile_nuts(case: Case, plan: Plan) -> NutsFitter:
    """Compile the model of ``case`` once for all cases simulated from it."""
    from detente.graph import build, evaluator

    density = compile_density(build(case))
    return NutsFitter(plan, density, evaluator(density.model), undated(case))


def _model_data(
    simulated: Simulated, known: set[str], frame: tuple[Undated, ...]
) -> dict[str, Floats | NDArray[np.int32]]:
    """Return the data that turn the model into that of a simulated case."""
    from detente.graph.data import evidence_data
    from detente.graph.polls import poll_data
    from detente.graph.record import record_data, undated_arrays

    case, waits = simulated.case, simulated.waits
    evidence, record, polls = evidence_data(case), record_data(case, frame), poll_data(case)
    flat = [(*wait, step) for step, of_step in enumerate(waits.waits) for wait in of_step]
    after, by, weight, step = np.array(flat, dtype=float).reshape(-1, 4).T
    data: dict[str, Floats | NDArray[np.int32]] = {
        "item_location": evidence.location,
        "item_variance": evidence.spread**2,
        "item_trust": evidence.trust,
        "item_sign": evidence.sign,
        "item_loading": evidence.loading,
        "item_cluster": evidence.cluster.astype(np.int32),
        "intensity_location": record.location,
        "intensity_spread": record.spread,
        "happened": record.happened,
        "exposure": record.exposure,
        "log_multiplier": record.log_multiplier,
        **undated_arrays(record),
        "class_days": after,
        "class_made": (by == after).astype(float),
        "class_more": np.where(np.isfinite(by), by - after, 0.0),
        "class_weight": weight,
        "class_wait_step": step.astype(np.int32),
    }
    if polls is not None:
        data |= {"poll_share": polls.share, "poll_weight": polls.weight, "poll_shows": polls.shows}
    return {name: array for name, array in data.items() if name in known}


def _class_marginals(simulated: Simulated) -> dict[tuple[str, int], tuple[Floats, Floats]]:
    """Return the posterior of the standardized parameters of each step's class, on the exact engine's grid."""
    marginals = {}
    for row, waits in enumerate(simulated.waits.waits):
        cells = wait_posterior(tuple(sorted(waits)))
        for name, values in zip(CLASS, cells.points.T, strict=True):
            marginals[name, row] = values, cells.weight
        likelihood = waits_log_likelihood(waits, *cells.points.T)
        marginals["class_log_likelihood", row] = likelihood, cells.weight
    return marginals
