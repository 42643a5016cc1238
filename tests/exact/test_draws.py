"""Independent draws: their moments are the exact posterior's, and what they project is what the oracle simulates."""

from __future__ import annotations

import numpy as np
import pytest
from oracle import reference
from oracle.record import load
from oracle.simulate import posterior_predictive
from scipy.special import logsumexp
from small import CUTOFF, START, beta, make_case

from detente import exact
from detente.projection import project

DRAWS = 4000
SEEDS = (0, 1, 5, 10, 11, 16, 19, 23)
ERROR = 4 / DRAWS**0.5
"""Four standard errors of a mean of that many numbers of standard deviation 1; evenly spread draws err by less."""


def made(case, count=DRAWS, random_seed=1):
    found = exact.posterior(case)
    return found, exact.draw(case, found, count, random_seed)


def close(sample, mean, sd):
    """Assert that a sample's mean is `mean` within four standard errors."""
    np.testing.assert_allclose(np.mean(sample, axis=0), mean, rtol=0, atol=ERROR * sd + 1e-9)


# --- moments


@pytest.mark.parametrize("seed", SEEDS)
def test_hypotheses_have_their_posterior(random_case, seed):
    """Drawn themselves (evenly, so to within one draw), and as the mean of P(h | everything else)."""
    case = random_case(seed).case
    found, draws = made(case)
    share = np.bincount(draws.hypothesis, minlength=len(case.hypotheses)) / DRAWS
    np.testing.assert_allclose(share, found.probability, atol=len(found.gamma) * 2 / DRAWS)
    close(draws.probability, found.probability, 0.5)
    np.testing.assert_allclose(draws.probability.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(draws.weight.sum(axis=1), 1, atol=1e-12)


@pytest.mark.parametrize("seed", [0, 1, 11, 23])
def test_discrimination_has_the_oracles_posterior(random_case, seed):
    one = random_case(seed)
    nodes, joint = reference.joint_posterior(load(one.workspace, one.name))
    mean = joint.sum(axis=1) @ nodes
    sd = np.sqrt(joint.sum(axis=1) @ nodes**2 - mean**2)
    _, draws = made(one.case)
    close(draws.discrimination, mean, sd)
    close((draws.discrimination - mean) ** 2, sd**2, 2 * sd**2)


def test_correlation_and_common_cause_have_their_posterior():
    """Of one cluster of five, every integral of the cluster's joint on a plain grid over rho and z."""
    from scipy.special import ndtr, ndtri

    mids = np.array([(0.6, 0.2), (0.7, 0.4), (0.3, 0.5), (0.8, 0.7), (0.6, 0.6)])
    seen = np.array([True, True, False, True, True])
    case = make_case([tuple(row) for row in mids], seen=list(seen), clusters=["c"] * 5, rho=(0.5, 0.2), trust=0.9)
    rho, z = np.linspace(0.0005, 0.9995, 1000), np.linspace(-7, 7, 801)
    size = 0.25 / 0.2**2 - 1
    log_joint = (size / 2 - 1) * np.log(rho * (1 - rho))[:, None] - z**2 / 2
    total = np.zeros((2, rho.size, z.size))
    contrast = ndtri(mids[:, 0]) - ndtri(mids[:, 1])
    for (first, second), is_seen, d in zip(mids, seen, contrast / np.abs(contrast).max(), strict=True):
        for h, mid in enumerate((first, second)):
            p = ndtr((ndtri(mid) + d * np.sqrt(rho)[:, None] * z) / np.sqrt(1 - d**2 * rho)[:, None])
            q = 0.9 * p + 0.1 * (first + second) / 2
            total[h] += np.log(q if is_seen else 1 - q)
    joint = np.exp(total + log_joint - logsumexp(total + log_joint))
    _, draws = made(case)
    for sample, values in ((draws.correlation[:, 0], rho[:, None]), (draws.common_cause[:, 0], z)):
        mean = (joint * values).sum()
        sd = np.sqrt((joint * values**2).sum() - mean**2)
        close(sample, mean, sd)
        close((sample - mean) ** 2, sd**2, 2 * sd**2)
    close(draws.hypothesis == 0, joint[0].sum(), 0.5)


def test_what_the_data_say_nothing_of_has_its_prior():
    case = make_case(
        [(0.6, 0.2)],
        gamma=(0.6, 0.15),
        processes={"p": [("a", "b"), ("b", "c")]},
        winners=("left", "right"),
        election=CUTOFF.replace(month=9),
        weights=[0.3, 0.7],
    )
    found, draws = made(case)
    close(draws.winner, 0.5, 0.2)
    close(draws.winner**2, 0.25 + 0.25 / 9, 0.2)  # Beta(4, 4)
    later = draws.step_effect[:, 1]  # out of b, where the process has not been
    close(later, 0, 1)
    close(later**2, 1, 1.5)
    close(draws.regime_effect[:, :, :, 1:], 0, 1)
    close(draws.regime_effect[:, :, :, 1:] ** 2, 1, 1.5)
    # The weights are Dirichlet(4 w) with the true hypothesis counted once more.
    close(draws.weight[:, 0], (4 * 0.3 + found.probability[0]) / 5, 0.25)


@pytest.mark.parametrize("persistence", [0.0, 0.5, 1.0])
def test_intensities_have_their_posterior(persistence):
    """A quiet spell, then the vote, then a step: each regime's mean log intensity by Gauss-Hermite over u and v."""
    import datetime as dt

    from detente.case.processes import Event

    vote = START + dt.timedelta(days=60)
    events = tuple(
        Event(date=START + dt.timedelta(days=day), process=process, state=state, source="", claim="")
        for process, state, day in (("election", "left", 60), ("p", "b", 130))
    )
    case = make_case(
        processes={"p": [("a", "b")]},
        winners=("left", "right"),
        election=vote,
        events=events,
        chances=0.4,
        spread=0.2,
        persistence=persistence,
    )
    _, draws = made(case)
    (steps,) = exact.posterior(case).factors.steps
    x, weight = np.polynomial.hermite_e.hermegauss(60)
    u, v0, v1 = np.meshgrid(x, x, x, indexing="ij")
    joint = weight[:, None, None] * weight[:, None] * weight
    rates = []
    for g, v in enumerate((v0, v1)):
        effect = np.sqrt(persistence) * u + np.sqrt(1 - persistence) * v
        log_rate = steps.location[0, 0, g] + steps.spread[0, 0, g] * effect
        joint = joint * np.exp(steps.happened[0, g] * log_rate - steps.exposure[0, g] * np.exp(log_rate))
        rates.append(log_rate)
    joint /= joint.sum()
    for g, log_rate in enumerate(rates):
        mean = (joint * log_rate).sum()
        sd = np.sqrt((joint * log_rate**2).sum() - mean**2)
        for h in range(2):
            close(draws.log_intensity[draws.hypothesis == h, 0, h, g], mean, 1.5 * sd)
    shared = (joint * u).sum()
    close(draws.step_effect[:, 0], shared, 1)


def test_winner_on_record_is_certain(random_case):
    case = random_case(0).case
    assert case.winner == "incumbent"
    assert made(case, 10)[1].winner.tolist() == [[1.0, 0.0]] * 10


def test_fixed_quantities_are_fixed():
    """sd = 0 of gamma, of one correlation, of both."""
    mids = [(0.6, 0.2), (0.7, 0.4), (0.3, 0.5), (0.2, 0.1)]
    for gamma in ((0.6, 0.0), (0.6, 0.15)):
        case = make_case(mids, clusters=["c", "c", "d", "d"], gamma=gamma)
        case = case.changed(priors=case.priors.changed(dependence={"default": beta(0.5, 0.15), "d": beta(0.3)}))
        _, draws = made(case, 100)
        assert (draws.correlation[:, 1] == 0.3).all()
        assert np.ptp(draws.correlation[:, 0]) > 0.1
        assert (np.ptp(draws.discrimination) == 0) == (gamma[1] == 0)


def test_draws_depend_on_the_seed_alone(random_case):
    case = random_case(1).case
    first, again, other = (made(case, 50, random_seed)[1] for random_seed in (1, 1, 2))
    np.testing.assert_array_equal(first.log_intensity, again.log_intensity)
    assert not np.array_equal(first.weight, other.weight)


# --- outcomes


@pytest.mark.parametrize(
    ("seed", "sizes"),
    [(5, {}), (27, {}), (102, {"processes": 2}), (105, {"items": 5}), (0, {}), (128, {"winners": 2, "processes": 2})],
)
def test_outcomes_are_what_the_oracle_simulates(random_case, seed, sizes):
    """Conditioned on items and record, projected without noise here and path by path there: within 4.5 errors.

    The oracle's error is that of 20,000 frequencies; ours that of 1,000 draws, at most as wide as the answers vary."""
    one = random_case(seed, **sizes)
    case = one.case
    assert case.outcomes
    _, draws = made(case, 1000)
    projected = project(case, draws.log_intensity, draws.probability, draws.winner, with_curves=False)
    share = draws.winner if projected.by_horizon.shape[2] > 1 else np.ones((1000, 1))
    paths = posterior_predictive(one.workspace, one.name, paths=20_000, random_seed=seed)
    for index, outcome in enumerate(case.outcomes):
        seen = paths.frequency((outcome.process, outcome.state))
        late = np.einsum("skw,sk,sw->s", projected.by_horizon[..., index], draws.probability, share)
        error = np.hypot(0.5 / 20_000**0.5, late.std() / 1000**0.5)
        assert late.mean() == pytest.approx(seen["horizon"], abs=4.5 * error), outcome.id
        if projected.by_election is not None:
            early = (projected.by_election[..., index] * draws.probability).sum(axis=1)
            assert early.mean() == pytest.approx(seen["before"], abs=4.5 * error), outcome.id
        for w, winner in enumerate(projected.winners if projected.by_horizon.shape[2] > 1 else ()):
            given = paths.frequency((outcome.process, outcome.state), winner=winner)
            ours = (projected.by_horizon[:, :, w, index] * draws.probability).sum(axis=1)
            spread = np.hypot(0.5 / given["n"] ** 0.5, ours.std() / 1000**0.5)
            assert ours.mean() == pytest.approx(given["horizon"], abs=4.5 * spread), (outcome.id, winner)


def test_interpolation_is_for_the_nodes_asked_for(bundled):
    """As many nodes as before, but other ones, are carried by a matrix of their own."""
    factors = exact.posterior(bundled).factors
    first, second = np.linspace(0.1, 0.9, 7), np.linspace(0.2, 0.8, 7)
    whole = factors.of_clusters[0]
    factors.at(whole, first)
    again = factors.at(whole, second)
    fresh = factors.changed().at(whole, second)
    assert np.array_equal(again, fresh)
