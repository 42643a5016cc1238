"""NUTS on the PyMC model (:mod:`detente.graph`), sampled by nutpie.

The first model of a shape takes longer to compile than to sample: a replay builds one model and changes its data.

References
----------
Hoffman, M. D. and Gelman, A. (2014), The No-U-Turn Sampler.  JMLR 15.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from detente import exact
from detente.case.undated import undated
from detente.diagnostics import Convergence, convergence, diagnose_chains
from detente.frozen import Immutable
from detente.inference.draws import DIMENSIONS, Draws
from detente.inference.engine import Engine, Posterior, silent
from detente.inference.exact import draw_exactly

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from detente.arrays import Floats, Integers
    from detente.case.schema import Case, CaseRecord
    from detente.case.undated import Undated
    from detente.diagnostics import Diagnostics, ExactAgreement, Precision
    from detente.graph.record import UndatedData
    from detente.inference.engine import Progress
    from detente.inference.sampling import Sampled
    from detente.settings import EngineName, Settings


class NutsEngine(Immutable):
    """The sampling engine: the No-U-Turn sampler."""

    name: EngineName = "nuts"

    def infer(self, case: Case, settings: Settings, progress: Progress = silent) -> Posterior:
        """Compile the model of ``case`` and sample it."""
        from detente.graph import build
        from detente.inference.density import compile_density
        from detente.inference.sampling import sample

        progress("compiling the model", None)
        density = compile_density(build(case))
        progress("sampling", 0.0)
        sampled = sample(density, settings, lambda done: progress("sampling", done))
        progress("sampling", 1.0)
        return _posterior(self, _draws(case, density.model, sampled, settings), settings)

    def prepare(
        self, record: CaseRecord, last: dt.date, settings: Settings, progress: Progress = silent
    ) -> Callable[[Case], Posterior]:
        """Compile one model for all dates up to ``last``; return a function that samples it with a date's data."""
        from detente.graph import build
        from detente.graph.replay import data_as_of, whole_replay
        from detente.inference.density import compile_density
        from detente.inference.sampling import sample

        progress("compiling the model", None)
        whole = whole_replay(record, last)
        if winners := whole.open_winners:  # of a replay's dates only some are after a vote that is not called
            whole = whole.if_called(winners[0])
        density = compile_density(build(whole))

        def refit(cut: Case) -> Posterior:
            if cut.open_winners:  # a model of its own: H and who has won depend on each other
                return self.infer(cut, settings)
            for name, array in data_as_of(cut, whole).items():
                density.model[name].set_value(array)
            draws = _draws(cut, density.model, sample(density.now(), settings), settings, undated(whole))
            return _posterior(self, _with_independent_winners(draws, cut), settings)

        return refit

    def measure(self, quantities: Mapping[str, Floats]) -> Mapping[str, Convergence]:
        """Return the convergence of each quantity."""
        return convergence(quantities)

    def diagnose(
        self, measured: Mapping[str, Precision], draws: Draws, agreement: ExactAgreement | None
    ) -> Diagnostics:
        """Diagnose the chains."""
        chained = {name: precision for name, precision in measured.items() if isinstance(precision, Convergence)}
        return diagnose_chains(chained, draws.stats, agreement)


NUTS: Engine = NutsEngine()


def _posterior(engine: Engine, draws: Draws, settings: Settings) -> Posterior:
    return Posterior(
        engine=engine,
        draws=draws,
        probability=draws.flat("hypothesis_probability").mean(axis=0),
        winner=draws.winner.mean(axis=0),
        random_seed=settings.random_seed,
        tune=settings.tune,
        target_accept=settings.target_accept,
    )


def _draws(
    case: Case,
    model: Any,  # noqa: ANN401 - PyMC's
    sampled: Sampled,
    settings: Settings,
    frame: tuple[Undated, ...] | None = None,
) -> Draws:
    """Return the sampled variables and the deterministics derived from them."""
    from detente.graph import evaluate

    rng, groups = np.random.default_rng([settings.random_seed, 1]), undated(case) if frame is None else frame
    values, hypothesis, _ = complete(case, sampled.values, partial(evaluate, model), groups, rng)
    return Draws(
        values={name: values[name] for name in DIMENSIONS if name in values},
        hypothesis=hypothesis,
        stats=sampled.stats,
        item_log_likelihood=values.get("item_log_likelihood"),
        transition_log_likelihood=values.get("transition_log_likelihood"),
    )


def _with_independent_winners(draws: Draws, case: Case) -> Draws:
    """Return the draws with P(winner) drawn independently: neither items nor record bear on who wins."""
    apart = draw_exactly(case, exact.posterior(case), draws.hypothesis.size).winner
    values = {
        name: array for name, array in draws.values.items() if name not in {"winner_probability", "incumbent_share"}
    }
    if apart.shape[1]:
        values["winner_probability"] = apart.reshape(*draws.hypothesis.shape, apart.shape[1])
    return Draws(values, draws.hypothesis, draws.stats)


def complete(
    case: Case,
    sampled: Mapping[str, Floats],
    evaluated: Callable[[Mapping[str, Floats]], Mapping[str, Floats]],
    frame: tuple[Undated, ...],
    rng: np.random.Generator,
) -> tuple[dict[str, Floats], Integers, Integers | None]:
    """Return sampled variables with all that is derived from them, and the draws of H and of who has won, if he is.

    ``evaluated`` returns the deterministics of variables (draw, ...); ``frame`` are the steps whose days the model has
    room for.  Values are (chain, draw, ...).
    """
    from detente.graph.record import record_data

    values = dict(sampled)
    square = next(iter(values.values())).shape[:2]
    derived = evaluated({name: array.reshape(-1, *array.shape[2:]) for name, array in values.items()})
    values |= {name: array.reshape(square + array.shape[1:]) for name, array in derived.items()}
    values.setdefault("discrimination", np.full(square, case.priors.discrimination.mean))
    hypothesis = recover(values["hypothesis_probability"], rng)
    winner = recover_winner(values, hypothesis, rng)
    if "width_log_likelihood" in values:
        of_groups = record_data(case, frame).undated if frame else ()
        values |= given_widths(values, hypothesis, rng, of_groups, winner)
    values |= with_weights(case, values, hypothesis, rng, winner)
    return values | with_surprise(case, values, winner), hypothesis, winner


def recover_winner(values: Mapping[str, Floats], hypothesis: Integers, rng: np.random.Generator) -> Integers | None:
    """Draw who has won a vote that is not called, given the draw of H, (chain, draw); None where no record asks."""
    if "winner_given_hypothesis" not in values:
        return None
    given = np.take_along_axis(values["winner_given_hypothesis"], hypothesis[..., None, None], axis=2)
    return recover(given[:, :, 0], rng)


def given_widths(
    values: Mapping[str, Floats],
    hypothesis: Integers,
    rng: np.random.Generator,
    undated: Sequence[UndatedData] = (),
    winner: Integers | None = None,
) -> dict[str, Floats]:
    """Draw the width of each transition's ranges given the draw of H, and return what depends on it.

    Parameters
    ----------
    values
        ``hypothesis_probability``, ``transition_log_likelihood``, ``width_log_likelihood`` and
        ``log_intensity_by_width`` of the model, (chain, draw, ...).
    hypothesis
        The draw of H, (chain, draw).
    rng
        Draws the widths.
    undated
        The record of transitions that days not known bear on.
    winner
        The draw of who has won a vote that is not called, (chain, draw); the values then have
        ``winner_given_hypothesis`` too, and the two of the record a winner in front.

    Returns
    -------
    dict
        ``log_intensity`` (chain, draw, transition, hypothesis, regime) of the width drawn, and given it
        ``hypothesis_probability`` and ``transition_log_likelihood`` (chain, draw, transition, hypothesis), the latter
        under the winner drawn, and ``winner_given_hypothesis``.
    """
    from detente.graph.record import widths_given_days

    log_intensity = values["log_intensity_by_width"]
    # (chain, draw, transition, hypothesis, width), with the winner before the transition if there is one
    by_width = np.moveaxis(values["width_log_likelihood"], -3, -1)
    record = values["transition_log_likelihood"]
    if by_width.shape[-1] == 1:
        only = {"log_intensity": log_intensity[:, :, 0]}
        return only if winner is None else only | {"transition_log_likelihood": _of_winner(record, winner)}
    own = by_width if winner is None else _of_winner(by_width, winner)
    of_drawn = np.take_along_axis(own, hypothesis[:, :, None, None, None], axis=3)[:, :, :, 0]
    weight = np.exp(of_drawn - of_drawn.max(axis=-1, keepdims=True))
    width = recover(weight / weight.sum(axis=-1, keepdims=True), rng)  # (chain, draw, transition)
    every = width[..., None, None] if winner is None else width[:, :, None, :, None, None]
    given = np.take_along_axis(by_width, every, axis=-1)[..., 0]
    for group in undated:
        rows = list(group.rows)
        flat = log_intensity.reshape(-1, *log_intensity.shape[2:])[:, :, rows]
        won = None if winner is None else (winner.ravel(), record.shape[2])
        of_group, together = widths_given_days(group, flat, hypothesis.ravel(), rng, won)
        width[..., rows] = of_group.reshape(*hypothesis.shape, -1)
        given[..., rows, :] = 0.0
        given[..., rows[0], :] = together.reshape(*hypothesis.shape, *together.shape[1:])
    drawn = {"log_intensity": np.take_along_axis(log_intensity, width[:, :, None, :, None, None], axis=2)[:, :, 0]}
    if winner is not None:
        with np.errstate(divide="ignore"):
            log_given = np.log(values["winner_given_hypothesis"]) + (given - record).sum(axis=3).swapaxes(2, 3)
        of_record = np.logaddexp.reduce(log_given, axis=-1)
        drawn["winner_given_hypothesis"] = np.exp(log_given - of_record[..., None])
        log_joint = np.log(values["hypothesis_probability"]) + of_record
        given = _of_winner(given, winner)
    else:
        log_joint = np.log(values["hypothesis_probability"]) + (given - record).sum(axis=2)
    share = np.exp(log_joint - log_joint.max(axis=-1, keepdims=True))
    return drawn | {
        "hypothesis_probability": share / share.sum(axis=-1, keepdims=True),
        "transition_log_likelihood": given,
    }


def _of_winner(values: Floats, winner: Integers) -> Floats:
    """Return values (chain, draw, winner, ...) of the winner drawn, (chain, draw)."""
    place = winner.reshape(*winner.shape, *(1,) * (values.ndim - 2))
    return np.take_along_axis(values, place, axis=2)[:, :, 0]


def with_weights(
    case: Case,
    values: Mapping[str, Floats],
    hypothesis: Integers,
    rng: np.random.Generator,
    winner: Integers | None = None,
) -> dict[str, Floats]:
    """Draw the weights that the model averages over, given the draw of H (chain, draw); return what depends on them.

    That is ``hypothesis_weight`` and ``hypothesis_probability``, (chain, draw, hypothesis), and ``winner_probability``
    (chain, draw, winner), on which no data bear but those after a vote that is not called: with the draw of its
    ``winner``, (chain, draw), ``winner_given_hypothesis`` too.  The logarithm of a weight can be below all doubles: it
    is drawn as that of a Gamma of one more, and of the uniform number that makes it one less.
    """
    drawn: dict[str, Floats] = {}
    if "hypothesis_weight" not in values:
        stated = case.priors.hypotheses
        mean = np.array([stated.weights[h] for h in case.hypothesis_ids])
        log_weight = _log_dirichlet(stated.concentration * mean + np.eye(mean.size)[hypothesis], rng)
        with np.errstate(divide="ignore"):
            log_joint = np.log(values["hypothesis_probability"]) - np.log(mean) + log_weight
        share = np.exp(log_joint - log_joint.max(axis=-1, keepdims=True))
        drawn["hypothesis_weight"] = np.maximum(np.exp(log_weight), np.finfo(float).tiny)
        drawn["hypothesis_probability"] = share / share.sum(axis=-1, keepdims=True)
    share_of = case.priors.election
    if share_of and not case.winner and "winner_probability" not in values:
        mean = np.array([share_of.weights[winner_id] for winner_id in case.winner_ids])
        alpha = share_of.concentration * mean
        shape = np.broadcast_to(alpha, (*hypothesis.shape, alpha.size))
        log_weight = _log_dirichlet(shape if winner is None else shape + np.eye(alpha.size)[winner], rng)
        drawn["winner_probability"] = np.maximum(np.exp(log_weight), np.finfo(float).tiny)
        if winner is not None:
            drawn |= _reweighted({**values, **drawn}, log_weight - np.log(mean))
    return drawn


def _reweighted(values: Mapping[str, Floats], log_ratio: Floats) -> dict[str, Floats]:
    """Return P(H) and P(winner | H) with the weights of the winners multiplied, (chain, draw, winner)."""
    with np.errstate(divide="ignore"):
        log_given = np.log(values["winner_given_hypothesis"]) + log_ratio[:, :, None]
        of_record = np.logaddexp.reduce(log_given, axis=-1)
        log_joint = np.log(values["hypothesis_probability"]) + of_record
    share = np.exp(log_joint - log_joint.max(axis=-1, keepdims=True))
    return {
        "winner_given_hypothesis": np.exp(log_given - of_record[..., None]),
        "hypothesis_probability": share / share.sum(axis=-1, keepdims=True),
    }


def with_surprise(case: Case, values: Mapping[str, Floats], winner: Integers | None) -> dict[str, Floats]:
    """Return the ``election_surprise`` and ``incumbent_share`` that go with the draw of the winner, (chain, draw).

    The model leaves the surprise to its prior; who has won cuts it off where the share is one half.
    """
    if winner is None or "incumbent_share" not in values:
        return {}
    from detente.graph.polls import cut_off

    surprise = values["election_surprise"]
    moved = cut_off(case, values["incumbent_share"], surprise, winner)
    return {"election_surprise": moved[0], "incumbent_share": moved[1]}


def _log_dirichlet(alpha: Floats, rng: np.random.Generator) -> Floats:
    log_gamma = np.log(rng.standard_gamma(alpha + 1)) - rng.standard_exponential(alpha.shape) / alpha
    top = log_gamma.max(axis=-1, keepdims=True)
    return np.asarray(log_gamma - top - np.log(np.exp(log_gamma - top).sum(axis=-1, keepdims=True)))


def recover(probability: Floats, rng: np.random.Generator) -> Integers:
    """Draw H from its conditional probability at each draw, (chain, draw)."""
    below = np.cumsum(probability, axis=-1) < rng.random(probability.shape[:-1])[..., None]
    return np.minimum(below.sum(axis=-1), probability.shape[-1] - 1)
