"""The election from polls in closed form, against a dense multivariate normal written out from the design."""

from __future__ import annotations

import datetime as dt
import time

import numpy as np
import pytest
from outside_cases import PRIORS, TODAY, VOTE, poll, poll_case, random_polls, simulate_election
from scipy.integrate import quad
from scipy.stats import kstest, norm, t

from detente import exact


def dense(case):
    """Return mean and sd of the share on election day: polls and share are jointly normal, so condition."""
    prior, polls = case.priors.polls, case.polls_in_force
    day = np.array([(p.middle - polls[0].middle).days for p in polls] + [(VOTE - polls[0].middle).days])
    covariance = prior.start_sd**2 + prior.walk_sd**2 * np.minimum.outer(day, day).astype(float)
    seen = slice(0, len(polls))
    share = np.array([p.incumbent / (p.incumbent + p.opponent) for p in polls])
    size = np.array([(p.sample_size or prior.unstated_sample) * (p.incumbent + p.opponent) / 100 for p in polls])
    same_house = np.equal.outer([p.pollster for p in polls], [p.pollster for p in polls])
    kinds = [p.kind for p in polls]
    same_kind = np.array([[prior.kind_sd.get(a, 0) ** 2 * (a == b and a is not None) for b in kinds] for a in kinds])
    of_polls = covariance[seen, seen] + prior.bias_sd**2 + prior.house_sd**2 * same_house + same_kind
    of_polls += np.diag(prior.design_effect * share * (1 - share) / size + prior.excess_sd**2)
    gain = np.linalg.solve(of_polls, covariance[seen, -1])
    return 0.5 + gain @ (share - 0.5), np.sqrt(covariance[-1, -1] - gain @ covariance[seen, -1])


@pytest.mark.parametrize("seed", range(12))
def test_it_is_the_multivariate_normal(seed):
    rng = np.random.default_rng(seed)
    changed = {"start_sd": rng.uniform(0.03, 0.2), "bias_sd": 0.0 if seed == 3 else rng.uniform(0.01, 0.05)}
    case = poll_case(random_polls(rng, int(rng.integers(3, 40))), PRIORS.changed(**changed))
    found, (mean, sd) = exact.poll_posterior(case), dense(case)
    assert found.share == pytest.approx(mean, abs=1e-10)
    assert found.share_sd == pytest.approx(sd, abs=1e-10)
    assert found.probability == pytest.approx(norm.sf(0.5, mean, sd), abs=1e-9)


@pytest.mark.parametrize("degrees", [3.0, 5.0, 30.0])
def test_what_polls_cannot_show_is_a_student_t(degrees):
    """The distribution function of a normal plus a t, integrated over the normal by another library."""
    priors = PRIORS.changed(degrees=degrees, start_sd=1.0)
    found = exact.poll_posterior(poll_case(random_polls(np.random.default_rng(8), 12), priors))
    turn = np.array([-found.regression, 1.0])
    seen = float(np.sqrt(turn @ found.ends_covariance @ turn))

    def density(z, share):
        return norm.pdf(z) * t.cdf((share - found.share - seen * z) / found.surprise_sd, degrees)

    for share in (0.40, 0.47, 0.5, 0.53):
        assert found.below(share) == pytest.approx(quad(density, -9, 9, args=(share,))[0], abs=1e-5)
    assert found.below(found.quantile(0.05)) == pytest.approx(0.05, abs=1e-6)
    assert found.probability == pytest.approx(1 - found.below(0.5))
    narrow = exact.poll_posterior(poll_case(random_polls(np.random.default_rng(8), 12), PRIORS))
    assert found.share_sd > narrow.share_sd


def test_a_diffuse_start_pulls_no_share_towards_one_half():
    """With polls at 65% the share is 65%; a start of ten points of deviation takes more than a point off."""
    polls = [poll(TODAY - dt.timedelta(days=n), 0.65, f"house {n}", 2000, None) for n in range(1, 9)]
    diffuse = PRIORS.changed(start_sd=1.0)
    assert exact.poll_posterior(poll_case(polls, diffuse)).share == pytest.approx(0.65, abs=3e-4)
    assert exact.poll_posterior(poll_case(polls)).share < 0.64


def test_the_weight_of_a_poll_is_how_far_the_share_moves_with_it():
    polls, moved = random_polls(np.random.default_rng(5), 15), 1e-4
    case = poll_case(polls, PRIORS.changed(start_sd=1.0, design_effect=1e-9))
    found = exact.poll_posterior(case)
    for place, one in enumerate(case.polls_in_force):
        named = one.incumbent + one.opponent
        up = one.changed(incumbent=one.incumbent + moved * named, opponent=one.opponent - moved * named)
        other = [up if row is one else row for row in case.polls_in_force]
        slope = (exact.poll_posterior(case.changed(polls=tuple(other))).share - found.share) / moved
        assert found.weight[place] == pytest.approx(slope, abs=1e-4)
    assert found.weight.sum() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("changed", [{}, {"degrees": 5.0, "start_sd": 1.0}])
def test_draws_have_the_closed_form_s_moments(changed):
    """What is known per draw averages to the whole: the chance, and the spread of the share."""
    case = poll_case(random_polls(np.random.default_rng(1), 25), PRIORS.changed(**changed))
    found, drawn = exact.poll_posterior(case), exact.draw(case, exact.posterior(case), 20_000, 1)
    assert drawn.winner[:, 0].mean() == pytest.approx(found.probability, abs=1e-3)
    assert drawn.winner.sum(axis=1) == pytest.approx(1)
    assert drawn.incumbent_share.mean() == pytest.approx(found.share, abs=3e-4)
    assert drawn.incumbent_share.std() == pytest.approx(found.share_sd, rel=0.01)
    assert np.quantile(drawn.incumbent_share, 0.05) == pytest.approx(found.quantile(0.05), abs=1e-3)


def test_polls_of_one_day_are_enough():
    day = TODAY - dt.timedelta(days=3)
    found = exact.poll_posterior(poll_case([poll(day, 0.52, house) for house in "abc"]))
    assert found.days == (day,)
    assert 0.5 < found.share < 0.52


def test_the_order_of_polls_does_not_matter():
    polls = random_polls(np.random.default_rng(2), 20)
    one, other = (exact.poll_posterior(poll_case(order)) for order in (polls, polls[::-1]))
    assert one.share == pytest.approx(other.share, abs=1e-12)
    assert one.probability == pytest.approx(other.probability, abs=1e-12)


def test_more_polls_of_one_house_say_less_than_as_many_of_several():
    days = [TODAY - dt.timedelta(days=n) for n in range(8)]
    one, many = (
        exact.poll_posterior(poll_case([poll(day, 0.55, house) for day, house in zip(days, houses, strict=True)]))
        for houses in ("aaaaaaaa", "abcdefgh")
    )
    assert one.level_sd[-1] > many.level_sd[-1]
    assert 0.5 < one.share < many.share


def test_no_number_of_polls_takes_the_shared_bias_away():
    polls = [poll(TODAY - dt.timedelta(days=n % 30), 0.5, f"house {n}", 100_000) for n in range(400)]
    assert exact.poll_posterior(poll_case(polls)).share_sd > 0.9 * PRIORS.bias_sd


def test_fewer_than_three_are_none():
    day = TODAY - dt.timedelta(days=1)
    case = poll_case([poll(day, 0.6), poll(day, 0.6, "b")])
    assert len(case.usable_polls) == 2
    assert case.polls_in_force == ()
    with pytest.raises(ValueError, match="no polls in force"):
        exact.poll_posterior(case)


@pytest.mark.parametrize(
    "changes",
    [
        {"winners": ("incumbent", "rival", "third")},
        {"winners": ("left", "right")},
        {"priors": None},
    ],
)
def test_only_a_duel_of_the_incumbent_is_forecast_from_polls(changes):
    polls = [poll(TODAY - dt.timedelta(days=n), 0.6) for n in range(1, 5)]
    assert poll_case(polls, **changes).polls_in_force == ()


def test_a_poll_counts_once_it_is_published():
    day = TODAY - dt.timedelta(days=20)
    polls = [poll(day, 0.6), poll(day, 0.6, "b"), poll(day, 0.6, "c", published=TODAY - dt.timedelta(days=2))]
    case = poll_case(polls)
    assert len(case.as_of(TODAY - dt.timedelta(days=2)).polls_in_force) == 3
    assert case.as_of(TODAY - dt.timedelta(days=3)).polls_in_force == ()
    late = poll(TODAY - dt.timedelta(days=1), 0.6, start=day, end=TODAY)
    assert case.changed(polls=(*polls, late)).as_of(TODAY - dt.timedelta(days=1)).polls == tuple(polls)


def test_polls_after_the_vote_and_a_decided_vote_are_no_forecast():
    polls = [poll(VOTE + dt.timedelta(days=n), 0.6) for n in range(4)]
    assert len(poll_case(polls, cutoff=VOTE + dt.timedelta(days=30)).usable_polls) == 1


@pytest.mark.slow
def test_five_hundred_simulated_elections_are_calibrated():
    """The share on election day is uniform in its forecast distribution; what is given 70% comes 7 times in 10."""
    rng = np.random.default_rng(2023)
    rank, chance, won = [], [], []
    for _ in range(500):
        truth, polls = simulate_election(rng)
        found = exact.poll_posterior(poll_case(polls))
        rank.append(norm.cdf(truth, found.share, found.share_sd))
        chance.append(found.probability)
        won.append(truth > 0.5)
    rank, chance, won = map(np.array, (rank, chance, won))
    assert kstest(rank, "uniform").pvalue > 0.01
    assert np.histogram(rank, bins=10, range=(0, 1))[0] == pytest.approx(50, abs=4 * np.sqrt(45))
    assert np.mean((rank > 0.05) & (rank < 0.95)) == pytest.approx(0.9, abs=3 * np.sqrt(0.09 / 500))
    assert np.sum(won - chance) == pytest.approx(0, abs=3 * np.sqrt(np.sum(chance * (1 - chance))))


def test_five_thousand_polls_over_a_year_take_less_than_two_seconds_and_cost_grows_linearly():
    rng = np.random.default_rng(5)
    taken = {}
    for count in (1250, 5000):
        case = poll_case(random_polls(rng, count, houses=100, days=365))
        assert len(case.polls_in_force) == len({(one.pollster, one.end, one.kind) for one in case.polls})
        runs = []
        for _ in range(3):
            began = time.perf_counter()
            exact.poll_posterior(case)
            runs.append(time.perf_counter() - began)
        taken[count] = min(runs)
    assert taken[5000] < 2
    assert taken[5000] < 8 * taken[1250]


def test_the_bundled_election_day_of_2023_is_inside_the_interval(bundled_whole):
    """As of 13 May 2023: the incumbent had 52.18% in the run-off."""
    found = exact.poll_posterior(bundled_whole.as_of(dt.date(2023, 5, 13)))
    low, high = norm.ppf([0.05, 0.95], found.share, found.share_sd)
    assert low < 0.5218 < high
