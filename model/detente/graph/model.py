"""The model in PyMC: one joint density of hypotheses, evidence, the recorded history and what may come.

H is summed out: ``hypothesis_probability`` is its posterior probability at each draw of everything else.  Symbols are
those of the design: gamma discrimination, rho and z a cluster's correlation and common cause, u and v what makes a
step harder or easier everywhere, and here.  ``w`` are the prior weights; mbar is the mean over h weighted by them, and
etabar the log of the mean of exp(eta):

    a_ih = (mbar_i + gamma (m_ih - mbar_i)) sqrt(1 + s_ih^2)            m = probit of the stated middle
    P(i seen | h, z) = r_i Phi((a_ih + d_i sqrt(rho) z) / sqrt(1 - rho d_i^2 + s_ih^2)) + (1 - r_i) b_i
    b_i = sum_h w_h Phi(a_ih / sqrt(1 + s_ih^2))
    log lambda = etabar + gamma (eta - etabar) + sigma (sqrt(kappa) u + sqrt(1 - kappa) v)
    E[1 - exp(-T exp(eta + sigma eps))] = stated middle,   eps ~ Normal(0, 1)

After a vote that is not called the record is a mixture over its winners, and so are H and who has won dependent:
``winner_given_hypothesis`` is P(winner | H) at each draw.

A stated range may have several widths, equally likely: sigma and eta are those of one of them, the same for a step
under all hypotheses and in all regimes.  The width is summed out too, and a draw of it recovered like one of H.

References
----------
Bovens, L. and Hartmann, S. (2003), Bayesian Epistemology (discounted likelihoods of partly reliable sources).
Ochi, Y. and Prentice, R. L. (1984), Likelihood inference in a correlated probit regression model.  Biometrika 71.
Andersen, P. K. and Keiding, N. (2002), Multi-state models for event history analysis.  Stat. Methods Med. Res. 11.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt

from detente.elicitation import beta_parameters
from detente.graph.data import evidence_data, shares
from detente.graph.normal import chance_below
from detente.graph.piles import KNOTS, from_score, piles_up, quantile_table
from detente.graph.polls import add_polls, poll_data
from detente.graph.record import record_data, undated_arrays
from detente.graph.waiting import add_class, class_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytensor.tensor.variable import TensorVariable

    from detente.arrays import Floats
    from detente.case.priors import BetaPrior
    from detente.case.schema import Case
    from detente.graph.data import EvidenceData
    from detente.graph.polls import PollData
    from detente.graph.record import RecordData

LEAST = 0.05
"""Dirichlet parameter below which a weight is drawn after sampling: its logarithm has too long a tail."""

MANY = 1000
"""Items from which on many probabilities are worked out at once, which is faster and rounds the last digit another way:
the draws of smaller cases, sampled in seconds either way, stay what they were."""


@pytensor.config.change_flags(floatX="float64")  # type: ignore[untyped-decorator]  # whatever its user has it set to
def build(case: Case) -> pm.Model:
    """Return the model of ``case`` as of its cut-off.

    Parameters
    ----------
    case
        A case cut to its information cut-off (:meth:`detente.case.schema.Case.as_of`).

    Returns
    -------
    pm.Model
        Free variables ``hypothesis_weight`` (hypothesis), ``discrimination``, ``cluster_correlation`` and
        ``common_cause`` (cluster), ``step_effect`` (transition), ``regime_effect`` (transition, hypothesis, regime) and
        ``winner_probability`` (winner); deterministics ``hypothesis_probability`` (hypothesis),
        ``log_intensity_by_width`` (width, transition, hypothesis, regime, log of transitions a day),
        ``item_log_likelihood`` (item, hypothesis), ``transition_log_likelihood`` (transition, hypothesis) and, given
        the width, ``width_log_likelihood`` (width, transition, hypothesis).  After a vote that is not called the latter
        two have the winner as their first dimension, and there is ``winner_given_hypothesis`` (hypothesis,
        winner).  With polls in force the winner's probability follows from those of
        :func:`detente.graph.polls.add_polls`; a reference class adds those of
        :func:`detente.graph.waiting.add_class`.  Where a parameter of a Dirichlet is below :data:`LEAST`, its weights
        are averaged over; a fraction that piles up at an end follows from a standard normal ``..._score``.
    """
    evidence, record = evidence_data(case), record_data(case)
    polls, members = poll_data(case), class_data(case)
    coords = {
        "hypothesis": case.hypothesis_ids,
        "item": evidence.items,
        "cluster": evidence.clusters,
        "uncertain_cluster": tuple(
            name
            for name, prior in zip(evidence.clusters, evidence.correlation, strict=True)
            if prior.sd > 0 and not piles_up(prior)
        ),
        "piled_cluster": tuple(
            name for name, prior in zip(evidence.clusters, evidence.correlation, strict=True) if piles_up(prior)
        ),
        "one": (0,),
        "quantile": ("log_odds", "slope"),
        "knot": tuple(range(KNOTS)),
        "transition": record.transitions,
        "width": tuple(range(len(record.location))),
        "regime": record.regimes,
        "winner": case.winner_ids,
        "poll_state_part": polls.state if polls else (),
        "class_step": members.steps,
        **{f"dating_{place}": tuple(range(group.possible.size)) for place, group in enumerate(record.undated)},
        **{
            f"undated_{place}": tuple(record.transitions[row] for row in group.rows)
            for place, group in enumerate(record.undated)
        },
    }
    with pm.Model(coords={name: values for name, values in coords.items() if values}) as model:
        # Belief before any evidence: weights, and how firmly they are held.
        stated = case.priors.hypotheses
        weight = np.array([stated.weights[h] for h in case.hypothesis_ids])
        if stated.concentration * weight.min() < LEAST:
            hypothesis_weight = pm.Data("mean_weight", weight, dims="hypothesis")
        else:
            held = pm.Data("hypothesis_concentration", stated.concentration * weight, dims="hypothesis")
            hypothesis_weight = pm.Dirichlet("hypothesis_weight", held, dims="hypothesis")
        share = pm.Data("hypothesis_share", shares(case), dims="hypothesis")  # of each in a mean over them

        # How much of every stated contrast between hypotheses is real.
        discrimination = _discrimination(case.priors.discrimination)

        log_likelihood = pt.zeros(len(case.hypotheses))
        if evidence.items:
            log_likelihood = log_likelihood + _evidence(evidence, discrimination, share)
        if record.transitions:
            persistence = pm.Data("persistence", case.priors.persistence)
            of_record = _record(record, discrimination, share, persistence)
            if record.winners:  # the days after the vote speak of who has won, too
                chance = pt.maximum(_winner(case, polls), np.finfo(float).tiny)
                of_record = of_record + pt.log(chance)[:, None]  # (winner, hypothesis)
                pm.Deterministic(
                    "winner_given_hypothesis", pt.special.softmax(of_record, axis=0).T, dims=("hypothesis", "winner")
                )
                of_record = pt.logsumexp(of_record, axis=0)
            log_likelihood = log_likelihood + of_record

        # Which hypothesis is true, summed out.
        joint = pt.log(hypothesis_weight) + log_likelihood
        pm.Potential("evidence", pt.logsumexp(joint))
        pm.Deterministic("hypothesis_probability", pt.special.softmax(joint), dims="hypothesis")

        # How fast the reference class moved; its level is in the intensities already, and nothing above bears on it.
        if members.steps:
            add_class(members)

        # Who wins the election; the evidence above does not bear on it.
        if not record.winners:
            _winner(case, polls)
    return model


def _winner(case: Case, polls: PollData | None) -> TensorVariable | None:
    """Add who wins the election, and return P(winner), (winner,): None once it is known, and without an election."""
    if polls:
        return add_polls(case, polls)
    if case.priors.election is None or case.winner:
        return None
    of_winner = case.priors.election
    weight = np.array([of_winner.weights[winner] for winner in case.winner_ids])
    if of_winner.concentration * weight.min() < LEAST:
        return pm.Data("mean_winner", weight, dims="winner") if case.open_winners else None
    held = pm.Data("winner_concentration", of_winner.concentration * weight, dims="winner")
    return pm.Dirichlet("winner_probability", held, dims="winner")


def _evidence(data: EvidenceData, discrimination: TensorVariable, share: TensorVariable) -> TensorVariable:
    """Return log P(items | hypothesis, common causes), shape (hypothesis,)."""
    location = pm.Data("item_location", data.location, dims=("item", "hypothesis"))
    variance = pm.Data("item_variance", data.spread**2, dims=("item", "hypothesis"))
    trust = pm.Data("item_trust", data.trust, dims="item")[:, None]
    sign = pm.Data("item_sign", data.sign, dims="item")[:, None]

    # Items of one cluster share a common cause z, which pulls each as it speaks; an item alone has none (rho = 0).
    nothing = pt.zeros(1)
    rho, pull = nothing, nothing
    if data.clusters:
        correlation = _correlation(data.correlation)
        common_cause = pm.Normal("common_cause", 0, 1, dims="cluster")
        rho = pt.concatenate([correlation, nothing])
        pull = pt.concatenate([pt.sqrt(correlation) * common_cause, nothing])
    home = pm.Data("item_cluster", data.cluster, dims="item")
    shared, pull = rho[home][:, None], pull[home][:, None]  # of each item's variance, and where z moves it
    if data.clusters:
        loading = pm.Data("item_loading", data.loading, dims="item")[:, None]
        shared, pull = shared * loading**2, pull * loading

    # A stated contrast counts for the fraction `discrimination` of itself.
    centre = (location * share).sum(axis=1, keepdims=True)
    # Stretched by what is unsure of it: with that and the cause averaged over, its probability is the stated one.
    shrunk = (centre + discrimination * (location - centre)) * pt.sqrt(1 + variance)

    # P(as seen): the probit at z when the source is right, what anyone would expect when it is not.
    below = chance_below if len(data.items) >= MANY else _normal_cdf
    if_right = below(sign * (shrunk + pull) / pt.sqrt(1 - shared + variance))
    if_wrong = (below(sign * shrunk / pt.sqrt(1 + variance)) * share).sum(axis=1, keepdims=True)
    item = pt.log(trust * if_right + (1 - trust) * if_wrong)
    return pm.Deterministic("item_log_likelihood", item, dims=("item", "hypothesis")).sum(axis=0)


def _record(
    data: RecordData, discrimination: TensorVariable, share: TensorVariable, persistence: TensorVariable
) -> TensorVariable:
    """Return log P(recorded history | hypothesis, intensities), shape (hypothesis,).

    After a vote that is not called, under each of its winners, (winner, hypothesis).
    """
    winner = ("winner",) if data.winners else ()
    lead = len(winner)
    location = pm.Data("intensity_location", data.location, dims=("width", "transition", "hypothesis", "regime"))
    spread = pm.Data("intensity_spread", data.spread, dims=("width", "transition", "hypothesis", "regime"))
    happened = _counts("happened", data.happened, winner)
    exposure = _counts("exposure", data.exposure, winner)
    multiplied = _counts("log_multiplier", data.log_multiplier, winner)

    # A step that proves harder than thought before the election is harder after it (u), but not only (v).
    step_effect = pm.Normal("step_effect", 0, 1, dims="transition")[:, None, None]
    regime_effect = pm.Normal("regime_effect", 0, 1, dims=("transition", "hypothesis", "regime"))
    effect = pt.sqrt(persistence) * step_effect + pt.sqrt(1 - persistence) * regime_effect

    centre = pt.log((pt.exp(location) * share[:, None]).sum(axis=2, keepdims=True))
    log_intensity = pm.Deterministic(
        "log_intensity_by_width",
        centre + discrimination * (location - centre) + spread * effect,
        dims=("width", "transition", "hypothesis", "regime"),
    )
    # Each sojourn: the transitions made, and every day on which one could have been made and was not.
    made = happened * log_intensity + multiplied
    if data.at_once.any():  # at an occasion: that it brought at least one, where so many were to be expected
        made = pt.switch(data.at_once, happened * pt.log1mexp(-pt.exp(log_intensity + multiplied)), made)
    sojourns = made - exposure * pt.exp(log_intensity)
    given_width = pm.Deterministic(
        "width_log_likelihood", sojourns.sum(axis=3 + lead), dims=(*winner, "width", "transition", "hypothesis")
    )
    # How wide the range of a step really is, summed out.
    transition = pt.logsumexp(given_width, axis=lead) - np.log(len(data.location))
    # Where days are not known the product over transitions is summed over them; it counts with the first such step's.
    arrays = iter(undated_arrays(data).items())
    for place, group in enumerate(data.undated):
        dims = f"dating_{place}", f"undated_{place}", "regime"
        made, days, factor, possible = (pm.Data(n, x, dims=dims[: x.ndim]) for n, x in islice(arrays, 4))
        made, days, factor = (part[:, None, :, None, :] for part in (made, days, factor))
        here = log_intensity[:, list(group.rows)]
        taken = made * here + factor
        if data.at_once.any():
            taken = pt.switch(data.at_once, made * pt.log1mexp(-pt.exp(here + factor)), taken)
        each = (taken - days * pt.exp(here)).sum(axis=4)  # (dating, width, row, hypothesis)
        by_dating = (pt.logsumexp(each, axis=1) - np.log(len(data.location))).sum(axis=1) + possible[:, None]
        if winner:
            by_dating = by_dating.reshape((len(data.winners), -1, by_dating.shape[1]))
        first = (*[slice(None)] * lead, group.rows[0])
        transition = pt.inc_subtensor(transition[first], pt.logsumexp(by_dating, axis=lead))
    transition = pm.Deterministic("transition_log_likelihood", transition, dims=(*winner, "transition", "hypothesis"))
    return transition.sum(axis=lead)


def _counts(name: str, counts: Floats, winner: tuple[str, ...]) -> TensorVariable:
    """Return counts (transition, regime) as data for every hypothesis; with a winner in front, for every width too."""
    data = pm.Data(name, counts, dims=(*winner, "transition", "regime"))
    return data[:, None, :, None, :] if winner else data[:, None, :]


def _discrimination(prior: BetaPrior) -> TensorVariable:
    """Return the discrimination; a deviation of 0 fixes it."""
    if prior.sd == 0:
        return pm.Data("fixed_discrimination", prior.mean)
    if piles_up(prior):
        return pm.Deterministic("discrimination", _piled("discrimination", (prior,))[0])
    return _beta("discrimination", np.array(beta_parameters(prior)))


def _correlation(priors: tuple[BetaPrior, ...]) -> TensorVariable:
    """Return each cluster's correlation, shape (cluster,); a deviation of 0 fixes one."""
    piled = np.array([piles_up(prior) for prior in priors])
    plain = np.array([prior.sd > 0 for prior in priors]) & ~piled
    shapes = np.array([beta_parameters(prior) for prior, is_plain in zip(priors, plain, strict=True) if is_plain]).T
    if plain.all():
        return _beta("cluster_correlation", shapes, "cluster")
    correlation = pm.Data("correlation_mean", np.array([prior.mean for prior in priors]), dims="cluster")
    if plain.any():
        uncertain = _beta("uncertain_correlation", shapes, "uncertain_cluster")
        correlation = pt.set_subtensor(correlation[np.flatnonzero(plain)], uncertain)
    if piled.any():
        here = np.flatnonzero(piled)
        at_ends = _piled("correlation", [priors[place] for place in here], "piled_cluster")
        correlation = pt.set_subtensor(correlation[here], at_ends)
    return pm.Deterministic("cluster_correlation", correlation, dims="cluster")


def _beta(name: str, parameters: Floats, dims: str | None = None) -> TensorVariable:
    """Return fractions of Beta distributions whose parameters, (2,) or (2, fraction), are data."""
    alpha, beta = (pm.Data(f"{name}_{which}", parameters[k], dims=dims) for k, which in enumerate(("alpha", "beta")))
    return pm.Beta(name, alpha, beta, dims=dims)


def _piled(name: str, priors: Sequence[BetaPrior], dims: str | None = None) -> TensorVariable:
    """Return fractions that pile up at an end, (prior,)."""
    tables = np.array([quantile_table(prior) for prior in priors])
    table = pm.Data(f"{name}_quantiles", tables, dims=(dims or "one", "quantile", "knot"))
    return from_score(pm.Normal(f"{name}_score", 0, 1, dims=dims or "one"), table)


def _normal_cdf(x: TensorVariable) -> TensorVariable:
    return 0.5 * pt.erfc(-x / np.sqrt(2))
