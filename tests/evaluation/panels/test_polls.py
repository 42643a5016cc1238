"""Poll errors learned from past votes, and the backtest: simulated votes, other libraries, hand-made tables."""

from __future__ import annotations

import datetime as dt
import gzip

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from detente.case.past_polls import PastVote, read_past_polls
from detente.case.polls import Poll
from detente.errors import CalibrationError, CaseError
from detente.evaluation.panels import poll_fit
from detente.evaluation.panels.poll_backtest import forecasts, forecasts_with, score_polls, tally
from detente.evaluation.panels.poll_fit import PollErrorFit, learn, pool

TRUE = {"house_sd": 0.015, "bias_sd": 0.025, "walk_sd": 0.003, "excess_sd": 0.008, "design_effect": 1.4}
HEAD = "panel,race,kind,vote,pollster,start,end,n,a,b,result\n"


def log_likelihood(votes, values):
    """Return the log density of polls and results together, with leans, bias and walk integrated out."""
    at = np.log([values[name] - (name == "design_effect") for name in poll_fit.NAMES])
    total = 0.0
    for batch in poll_fit._batches(votes, tuple(sorted({vote.date for vote in votes}))):
        covariance, _ = poll_fit._covariance(batch, at)
        sign, log_det = np.linalg.slogdet(covariance)
        solved = np.linalg.solve(covariance, batch.share[..., None])[..., 0]
        size = batch.real.sum(axis=1)
        total += float((-0.5 * (log_det + (batch.share * solved).sum(axis=1) + size * np.log(2 * np.pi))).sum())
        assert (sign > 0).all()
    return total


def simulated(rng, day, polls=20, houses=6, days=200, true=TRUE):
    """Draw a result and the polls before it straight from the model's statements."""
    walk = 0.5 + rng.uniform(-0.1, 0.1) + np.concatenate([[0], np.cumsum(rng.normal(0, true["walk_sd"], days))])
    bias, lean = rng.normal(0, true["bias_sd"]), rng.normal(0, true["house_sd"], houses)
    made = []
    for before in sorted(rng.choice(np.arange(1, days), polls, replace=False), reverse=True):
        house, size = int(rng.integers(houses)), int(rng.integers(400, 2000))
        level = walk[days - before] + bias + lean[house]
        sd = np.sqrt(true["design_effect"] * level * (1 - level) / (0.9 * size) + true["excess_sd"] ** 2)
        share = float(level + rng.normal(0, sd))
        on = day - dt.timedelta(days=int(before))
        made.append(
            Poll(
                pollster=f"house {house}", start=on, end=on, sample_size=size, incumbent=90 * share,
                opponent=90 * (1 - share),
            )
        )  # fmt: skip
    return PastVote("made", day.isoformat(), "made", day, float(walk[-1]), tuple(made))


@pytest.fixture(scope="module")
def votes():
    rng = np.random.default_rng(7)
    return [simulated(rng, dt.date(1990, 6, 1) + dt.timedelta(days=200 * n)) for n in range(60)]


def test_the_likelihood_is_the_multivariate_normal(votes):
    """Polls and result together, their covariance written out from the design, by another library."""
    for vote in votes[:4]:
        day = np.array([(vote.date - poll.middle).days for poll in vote.polls] + [0])
        since = day.max() - day
        is_poll = day > 0
        share = np.array([poll.incumbent / 90 for poll in vote.polls] + [vote.result])
        sizes = np.array([poll.sample_size * 0.9 for poll in vote.polls] + [np.inf])
        house = np.array([poll.pollster for poll in vote.polls] + ["-"])
        covariance = 1.0 + TRUE["walk_sd"] ** 2 * np.minimum.outer(since, since)
        covariance += np.outer(is_poll, is_poll) * TRUE["bias_sd"] ** 2
        covariance += np.equal.outer(house, house) * np.outer(is_poll, is_poll) * TRUE["house_sd"] ** 2
        own = TRUE["design_effect"] * share * (1 - share) / sizes + TRUE["excess_sd"] ** 2
        covariance += np.diag(np.where(is_poll, own, poll_fit.ROUNDING**2))
        expected = multivariate_normal(np.full(share.size, 0.5), covariance).logpdf(share)
        assert log_likelihood([vote], TRUE) == pytest.approx(expected, abs=1e-6)
    assert log_likelihood(votes[:4], TRUE) == pytest.approx(sum(log_likelihood([vote], TRUE) for vote in votes[:4]))


def test_the_gradient_is_the_likelihood_s_slope(votes):
    days = tuple(sorted({vote.date for vote in votes[:9]}))
    at = np.log([0.02, 0.03, 0.002, 0.01, 0.3])
    slope = sum(poll_fit._scores(batch, at)[0].sum(axis=0) for batch in poll_fit._batches(votes[:9], days))
    step = 1e-4
    for place, direction in enumerate(step * np.eye(5)):
        up, down = (log_likelihood(votes[:9], poll_fit._stated(at + side * direction)) for side in (1, -1))
        assert slope[place] == pytest.approx((up - down) / (2 * step), rel=1e-4, abs=1e-4)


def test_what_made_the_polls_is_found_again(votes):
    """Sixty votes: the two numbers that matter within their intervals, and to a quarter of their values."""
    errors = learn(votes)["made"]
    for name in ("bias_sd", "walk_sd", "house_sd"):
        low, high = errors.interval(name)
        assert low < TRUE[name] < high, name
        assert errors.values[name] == pytest.approx(TRUE[name], rel=0.25), name
    assert (errors.contests, errors.polls, len(errors.days)) == (60, 1200, 60)
    assert 5 < errors.degrees <= 60
    assert errors.priors.bias_sd == pytest.approx(errors.values["bias_sd"], rel=0.01)


def test_leaving_a_day_out_in_one_step_is_the_fit_without_it(votes):
    day = votes[11].date
    quick = PollErrorFit("made", votes).errors(without=day)
    slow = PollErrorFit("made", [vote for vote in votes if vote.date != day]).errors()
    sd = np.sqrt(np.diag(slow.log_covariance))
    assert (quick.log_mean - slow.log_mean) / sd == pytest.approx(np.zeros(5), abs=0.1)
    assert day not in quick.days
    assert quick.contests == 59


def test_contests_of_one_day_are_one_observation_of_what_they_share(votes):
    """The same sixty votes held on six days: as many contests, fewer independent ones, a wider interval of the bias."""
    joined = [PastVote(v.panel, v.race, v.kind, v.date, v.result, v.polls) for v in votes]
    moved = []
    for place, vote in enumerate(joined):
        day = votes[place % 6].date
        shift = day - vote.date
        polls = tuple(p.changed(start=p.start + shift, end=p.end + shift) for p in vote.polls)
        moved.append(PastVote(vote.panel, vote.race, vote.kind, day, vote.result, polls))
    together = learn(moved)["made"]
    assert together.log_mean == pytest.approx(learn(votes)["made"].log_mean, abs=0.02)
    assert together.degrees < min(13, learn(votes)["made"].degrees)


def test_another_kind_is_as_unsure_as_kinds_differ(votes):
    other = [PastVote("x", v.race, "other", v.date, v.result, v.polls) for v in votes[:30]]
    learned = learn([*votes[30:], *other])
    pooled = pool(learned)
    assert pooled.log_mean == pytest.approx(np.mean([one.log_mean for one in learned.values()], axis=0))
    assert (np.diag(pooled.log_covariance) >= np.mean([np.diag(o.log_covariance) for o in learned.values()], 0)).all()


def test_votes_on_three_days_are_too_few(votes):
    with pytest.raises(CalibrationError, match="of the kind made on 3 days: at least 4"):
        learn(votes[:3])


def test_the_backtest_finds_its_own_model_calibrated_and_ahead(votes):
    (score,) = tally(forecasts(votes), 1)
    assert score.group == "made"
    assert (score.contests, score.days) == (60, 60)
    assert 0.8 < score.held < 0.97
    assert score.ratio < 1
    assert score.ratio_interval[0] < score.ratio < score.ratio_interval[1]


def test_a_forecast_uses_the_polls_that_were_known_and_no_result_of_the_day(votes):
    day = votes[5].date
    few = votes[:14]
    changed = [PastVote(v.panel, v.race, v.kind, v.date, 0.9 if v.date == day else v.result, v.polls) for v in few]
    one, other = ([f for f in forecasts(table) if f.vote == day] for table in (few, changed))
    assert [f.share for f in one] == pytest.approx([f.share for f in other], abs=5e-4)
    assert [f.low for f in one] == pytest.approx([f.low for f in other], abs=2e-3)
    assert [f.lead for f in one] == sorted(f.lead for f in one)


def _squared_distance(found, result):
    below = quad(lambda x: found.below(x) ** 2, 0, result, limit=200)[0]
    return below + quad(lambda x: (1 - found.below(x)) ** 2, result, 1, limit=200)[0]


def test_crps_and_place_are_those_of_the_forecast_s_distribution(votes):
    """The integral of the squared distance between distribution functions, by quadrature."""
    from detente.exact.polls import share_posterior

    prior = learn(votes)["made"].priors
    for made in forecasts_with(votes[:2], {"made": prior})[:3]:
        vote = next(v for v in votes if v.race == made.race)
        polls = [poll for poll in vote.polls if (vote.date - poll.end).days >= made.lead]
        found = share_posterior(polls, prior, vote.date)
        assert made.crps == pytest.approx(100 * _squared_distance(found, vote.result), rel=1e-3)
        assert made.rank == pytest.approx(found.below(vote.result))
        assert made.mean == pytest.approx(np.mean([poll.incumbent / 90 for poll in polls]))


def test_the_yardstick_is_the_mean_with_the_error_of_other_days(votes):
    """By hand: three votes at one lead, the root mean square error of the other two."""
    made = forecasts_with(votes[:3], {"made": learn(votes)["made"].priors})
    at = [one for one in made if one.lead == 30]
    error = np.array([one.mean - one.result for one in at])
    theirs = []
    for place, one in enumerate(at):
        sd = np.sqrt(np.mean(np.delete(error, place) ** 2))
        z = (one.result - one.mean) / sd
        theirs.append(100 * sd * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi)))
    (score,) = tally(at)
    assert score.yardstick == pytest.approx(np.mean(theirs))
    assert score.ratio == pytest.approx(np.mean([one.crps for one in at]) / np.mean(theirs))


def test_a_kept_back_vote_is_measured_by_the_errors_of_earlier_ones(votes):
    """One vote alone has no other day: the root mean square error of the mean on the votes given as past."""
    priors = {"made": learn(votes[:10])["made"].priors}
    assert score_polls(priors, votes[20:21]) == ()
    (score,) = score_polls(priors, votes[20:21], past=votes[:10])
    made, past = forecasts_with(votes[20:21], priors), forecasts_with(votes[:10], priors)
    theirs = []
    for one in made:
        sd = np.sqrt(np.mean([(p.mean - p.result) ** 2 for p in past if p.lead == one.lead]))
        z = (one.result - one.mean) / sd
        theirs.append(100 * sd * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi)))
    assert score.yardstick == pytest.approx(np.mean(theirs))


def row(pollster="House", start="2013-08-01", end="2013-08-03", n="1000.0", shares="39,26.5", result="0.6"):
    return f"p,r,k,2013-09-22,{pollster},{start},{end},{n},{shares},{result}\n"


def written(folder, text, packed=False):
    path = folder / ("polls.csv.gz" if packed else "polls.csv")
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    return path


@pytest.mark.parametrize("packed", [False, True])
def test_a_table_is_read_with_houses_and_waves_as_in_a_case(tmp_path, packed):
    text = (
        HEAD
        + row()
        + row("HOUSE", "2013-08-02", "2013-08-04")
        + row("Other", n="")
        + row("House", "2013-08-10", "2013-08-12")
    )
    table = read_past_polls(written(tmp_path, text, packed))
    (vote,) = table.votes
    kept = [(poll.pollster, poll.start.day, poll.sample_size) for poll in vote.polls]
    assert kept == [("Other", 1, None), ("House", 2, 1000), ("House", 10, 1000)]
    assert table.notes == (
        '1 houses are spelt in several ways, as "HOUSE" and "House": each is read as one house',
        "1 polls overlap the field work of another of their house: each day counts once",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + row(shares="0.39,0.265"), ":2: a, b: must be percentages, 39 and 26.5 (got 0.39 and 0.265)"),
        (HEAD + row(shares="70,40"), ":2: a, b: must add up to at most 102 percent (got 110)"),
        (HEAD + row(end="2013-09-25"), ":2: end: must not be later than the vote, 2013-09-22 (got 2013-09-25)"),
        (HEAD + row(result=""), ":2: result: must not be blank: errors are learned from votes with a result"),
        (HEAD + row() + row("B", result="0.5"), ":3: result: line 2 has 0.6 for this contest (got 0.5)"),
        (HEAD + row(n="many"), ':2: n: must be a whole number greater than 0, or blank if not published (got "many")'),
        (
            HEAD.replace("vote", "day") + row(),
            ':1: unknown column "day": delete it, or rename it to the column you mean (year, vote)',
        ),
        (HEAD, ": the table has no polls"),
    ],
)
def test_problems_are_said_with_their_line(tmp_path, text, message):
    path = written(tmp_path, text)
    with pytest.raises(CaseError) as caught:
        read_past_polls(path)
    assert f"{path}{message}" in [str(problem) for problem in caught.value.problems]
