"""What comes from outside, in the PyMC model: polls and class, compiled once and sampled, against the other engine."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from outside_cases import class_case, member, poll_case, random_polls
from scipy.stats import expon, lomax, multivariate_normal, norm

from detente import exact
from detente.diagnostics import convergence
from detente.exact import members, teaching, waiting
from detente.settings import Settings

DATES = (dt.date(2023, 2, 8), dt.date(2023, 4, 1), dt.date(2023, 5, 13))


def poll_data(case):
    from detente.graph.polls import poll_data

    return poll_data(case)


@pytest.fixture(scope="module")
def compiled(bundled_whole):
    """Return the density of the parts that come from outside, with the data of the last date, and what follows."""
    import pymc as pm

    from detente.graph import evaluator
    from detente.graph.polls import add_polls
    from detente.graph.waiting import add_class, class_data
    from detente.inference.density import compile_density

    case = bundled_whole.as_of(DATES[-1])
    data, members = poll_data(case), class_data(case)
    coords = {"winner": case.winner_ids, "poll_state_part": data.state, "class_step": members.steps}
    with pm.Model(coords=coords) as model:
        add_polls(case, data)
        add_class(members)
    return compile_density(model), evaluator(model)


def padded(data, shape):
    """Return an earlier date's polls in the shape of the last one's: parts and polls without weight."""
    polls, houses, parts = shape
    shows, day, home = np.zeros((polls, parts)), np.zeros((2, parts)), np.zeros((houses, polls))
    own = data.shows.shape
    shows[: own[0], : own[1]], day[:, : own[1]] = data.shows, data.day
    home[: data.home.shape[0], : own[0]] = data.home
    return {
        "poll_weight": np.pad(data.weight, (0, polls - own[0])),
        "poll_share": np.pad(data.share, (0, polls - own[0])),
        "poll_house": home,
        "poll_shows": shows,
        "poll_ends": day,
        "poll_unknown": np.float64(data.unknown),
    }


@pytest.mark.sampling
@pytest.mark.parametrize("date", DATES, ids=str)
def test_sampled_and_closed_form_agree(bundled_whole, compiled, date):
    """P(incumbent wins), the share on election day, and the class's chances, within four Monte Carlo errors."""
    from detente.inference.sampling import sample

    density, follows = compiled
    last = poll_data(bundled_whole.as_of(DATES[-1]))
    case = bundled_whole.as_of(date)
    data = padded(poll_data(case), (*last.shows.shape[:1], last.home.shape[0], last.shows.shape[1]))
    for name, values in data.items():
        density.model[name].set_value(values)
    drawn = sample(density.now(), Settings(draws=2000, tune=1000, chains=4, random_seed=1))
    flat = follows({name: values.reshape(-1, *values.shape[2:]) for name, values in drawn.values.items()})
    draws = drawn.values | {name: values.reshape(4, 2000, *values.shape[1:]) for name, values in flat.items()}
    found = exact.poll_posterior(case)
    sampled = {"wins": draws["winner_probability"][..., 0], "share": draws["incumbent_share"]}
    known = {"wins": found.probability, "share": found.share}
    if date == DATES[-1]:
        pace, shape, floor = (draws[f"class_{name}"] for name in ("pace", "shape", "floor"))
        for index, step in enumerate(exact.steps_with_class(case)):
            alpha, mean, share = np.exp(shape[..., index]), np.exp(1.5 * pace[..., index]), floor[..., index]
            stays = expon.sf(mean * norm.cdf(share)) * lomax.sf(mean * norm.sf(share), alpha, scale=alpha)
            sampled[step.id] = 1 - stays
            waits = members.class_waits(case, step, case.priors.outside_view.reference_class)
            known[step.id] = waiting.wait_posterior(waits).chance(365)
        assert len(known) == 6
    errors = convergence(sampled)
    for name, values in sampled.items():
        assert abs(values.mean() - known[name]) < 4 * errors[name].mcse, name
    assert sampled["share"].std() == pytest.approx(found.share_sd, rel=0.05)
    assert not drawn.stats["diverging"].any()


@pytest.mark.parametrize("seed", range(8))
def test_the_sampled_state_has_the_design_s_covariance(seed):
    """Polls as a weighted sum of standard normals: their covariance, and election day's, are the design's."""
    case = poll_case(random_polls(np.random.default_rng(seed), 20))
    prior, data, polls = case.priors.polls, poll_data(case), case.polls_in_force
    day = np.array([(p.middle - polls[0].middle).days for p in polls])
    same = np.array([[a.kind == b.kind and prior.kind_sd.get(a.kind, 0) ** 2 for b in polls] for a in polls])
    shared = prior.start_sd**2 + prior.bias_sd**2 + prior.walk_sd**2 * np.minimum.outer(day, day)
    assert data.shows @ data.shows.T == pytest.approx(shared + same, abs=1e-12)
    lead = (case.election.date - polls[-1].middle).days
    weights = np.array([-data.taught, 1.0])
    spread = weights @ data.day @ data.day.T @ weights + data.unknown**2
    assert spread == pytest.approx(prior.start_sd**2 + prior.walk_sd**2 * (day[-1] + lead), abs=1e-12)


def test_the_potential_is_the_density_of_the_polls():
    """House leans integrated out by hand: the log density differs from the dense normal's by a constant."""
    case = poll_case(random_polls(np.random.default_rng(3), 12, houses=3))
    data, prior = poll_data(case), case.priors.polls
    covariance = data.home.T @ data.home * prior.house_sd**2 + np.diag(1 / data.weight)
    rng = np.random.default_rng(4)
    gaps = []
    for state in rng.normal(size=(5, len(data.state))):
        left = data.share - data.shows @ state
        by_house = data.home @ (data.weight * left)
        leans = (by_house**2 / (data.lean + data.home @ data.weight)).sum()
        ours = 0.5 * (leans - (data.weight * left**2).sum())
        gaps.append(ours - multivariate_normal.logpdf(left, cov=covariance))
    assert np.ptp(gaps) < 1e-8


def test_the_quadrature_holds_a_few_members_and_many():
    """The rule around the mode against the other engine's grid."""
    from detente.graph.waiting import moved_levels

    rng = np.random.default_rng(8)
    for count in (1, 3, 300):
        waits = [int(np.ceil(wait)) for wait in lomax.rvs(0.8, scale=300, size=count, random_state=rng)]
        members = [
            member(f"m{n}", n, n + min(wait, 2500), met=n + wait if wait < 2500 else None)
            for n, wait in enumerate(waits)
        ]
        case = class_case([*members, member("sure", 0, 100, met=50)])
        for theirs, ours in zip(moved_levels(case), teaching.levels(case), strict=True):
            np.testing.assert_allclose(theirs, ours, atol=3e-4)


def test_nothing_from_outside_leaves_the_graph_as_it_was():
    """Without polls, and with a weight of 0, no variable is added and no number moved."""
    from detente.graph import build
    from detente.graph.record import record_data

    case = class_case([member("a", 0, 900, met=100)], weight=0.0)
    bare = case.changed(reference_class=(), priors=case.priors.changed(outside_view=None))
    names, others = ([variable.name for variable in build(one).free_RVs] for one in (case, bare))
    assert names == others
    assert np.array_equal(record_data(case).location, record_data(bare).location)


def test_a_share_is_the_chance_of_the_normal_left_over():
    data = poll_data(poll_case(random_polls(np.random.default_rng(5), 15)))
    state = np.random.default_rng(6).normal(size=len(data.state))
    first, last = data.day @ state
    found = exact.poll_posterior(poll_case(random_polls(np.random.default_rng(5), 15)))
    mean, wins = found.given_ends(np.array(0.5 + first), np.array(0.5 + last))
    assert mean - 0.5 == pytest.approx(last - data.taught * first, abs=1e-12)
    assert wins == pytest.approx(norm.sf(0, last - data.taught * first, data.unknown), abs=1e-12)
