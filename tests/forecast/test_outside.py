"""What a forecast says of polls and of the outside view."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from outside_cases import PRIORS, TODAY, class_case, member, poll, poll_case, random_polls
from scipy.stats import beta

from detente import exact
from detente.dossier import Dossier
from detente.exact import members, teaching, waiting
from detente.exact.intensities import locate
from detente.exact.reading import read_steps
from detente.forecast import forecast, outside
from detente.forecast.outside import outside_view
from detente.report.reading import parse_dossier
from detente.settings import Settings

EXACT = Settings(engine="exact", draws=400)

MEMBERS = [
    member("near, made", 0, 2000, election=True, met=100, signed=300, allied=600),
    member("near, late", 0, 2000, election=True, met=100, signed=300, allied=900),
    member("near, not", 0, 2000, election=True, met=100, signed=None, allied=None),
    member("far, made", 0, 2000, election=False, met=200, signed=None, allied=700),
    member("far, at once", 0, 2000, election=False, met=0, signed=20, allied=30),
    member("far, too short", 0, 500, election=False, met=200, signed=None, allied=None),
    member("no flag", 0, 2000, met=200, signed=None, allied=10),
    member("no last state", 0, 2000, election=True, met=200, signed=None),
]


def test_the_base_rate_counts_who_was_followed_long_enough():
    rate = outside_view(class_case(MEMBERS)).base_rate
    near, far = rate.with_election, rate.without
    assert (rate.state, rate.months) == ("allied", 24)
    assert (near.reached, near.of, far.reached, far.of, rate.unknown) == (1, 3, 2, 2, 1)
    assert near.interval == pytest.approx(beta.ppf([0.05, 0.95], 1.5, 2.5))
    assert (rate.recalled, rate.flags) == (6, 6)
    rng = np.random.default_rng(1)
    smaller = np.mean(rng.beta(1.5, 2.5, 200_000) < rng.beta(2.5, 0.5, 200_000))
    assert rate.fewer_with == pytest.approx(smaller, abs=0.005)


def test_the_base_rate_knows_no_more_than_the_cutoff():
    """After 650 days the third is not known to have failed, nor the fourth to have made it."""
    cutoff = dt.date(2000, 1, 1) + dt.timedelta(days=650)
    known = tuple(row.as_of(cutoff) for row in MEMBERS)
    case = class_case(MEMBERS).changed(reference_class=known, information_cutoff=cutoff)
    rate = outside._base_rate(case, "others")
    assert (rate.with_election.reached, rate.with_election.of) == (1, 1)
    assert (rate.without.reached, rate.without.of, rate.unknown) == (1, 1, 4)


@pytest.mark.parametrize("weight", [0.4, None])
def test_the_levels_are_those_of_the_engine(weight):
    case = class_case(MEMBERS, weight=weight)
    moved, narrower = teaching.levels(case)
    rows = {(s.process, s.source, s.target): n for n, s in enumerate(case.transitions)}
    for level in outside_view(case).levels:
        row, column = rows[level.process, level.source, level.target], case.regimes.index(level.regime)
        spread = read_steps(case)[0].spread[row, 0, column]
        widths = np.array([spread / narrower[row, 0, column], spread])
        ours, after = locate(np.array([level.before, level.after]), widths)
        assert after - ours == pytest.approx(moved[0, row, 0, column], abs=1e-9)
        assert 0 < level.weight < 1
        if weight:
            assert min(level.of_class, level.before) <= level.after <= max(level.of_class, level.before)


def test_the_class_alone_speaks_of_what_is_ahead():
    """From the state the process is in, for one that has waited as long."""
    case = class_case(MEMBERS)
    alone = outside_view(case).alone
    assert set(alone) == {o.id for o in case.outcomes}
    process = case.process("ladder")
    waits = members.rung_waits(case, process, "apart", "met", "others")
    gone, ahead = (TODAY - process.start.date).days, (case.horizon - TODAY).days
    outcome = next(o.id for o in case.outcomes if o.state == "met")
    assert alone[outcome] == pytest.approx(waiting.wait_posterior(waits).chance(ahead, gone))


def test_shares_tell_who_was_there_at_once():
    share = outside_view(class_case(MEMBERS)).classes[0].shares[0]
    assert (share.state, share.at_once, share.waited, share.reached) == ("met", 1, 8, 8)
    for mean, low, high, counted in share.by.values():
        assert low < mean < high
        assert 0 <= counted <= 1


def test_polls_give_the_winner():
    case = poll_case(random_polls(np.random.default_rng(7), 20))
    found, known = forecast(case, EXACT), exact.poll_posterior(case)
    assert found.election["incumbent"].probability == pytest.approx(known.probability, abs=1e-12)
    assert found.election["rival"].probability == pytest.approx(1 - known.probability, abs=1e-12)
    low, high = found.election["incumbent"].interval
    assert 0 < low < known.probability < high < 1
    assert found.polls.usable == len(found.polls.points) == 20
    assert found.polls.interval[0] < found.polls.share < found.polls.interval[1]
    assert found.polls.share == pytest.approx(known.share)


def test_with_two_polls_the_stated_weights_hold_and_it_is_said():
    case = poll_case([poll(TODAY - dt.timedelta(days=30), 0.7), poll(TODAY, 0.7)])
    found = forecast(case, EXACT)
    assert found.election["incumbent"].probability == case.priors.election.weights["incumbent"]
    assert (found.polls.usable, found.polls.wanted, found.polls.points) == (2, 3, ())


def test_polls_do_not_touch_the_explanations():
    polls = random_polls(np.random.default_rng(7), 20)
    one, other = (forecast(poll_case(p), EXACT).hypotheses for p in (polls, ()))
    assert [h.posterior for h in one.values()] == [h.posterior for h in other.values()]


@pytest.mark.parametrize("what", ["polls", "class", "neither"])
def test_it_is_read_back_as_it_was(what):
    case = class_case(MEMBERS)
    if what == "polls":
        priors = case.priors.changed(polls=PRIORS, outside_view=None)
        case = case.changed(polls=tuple(random_polls(np.random.default_rng(2), 9)), priors=priors)
    elif what == "neither":
        case = case.changed(reference_class=(), priors=case.priors.changed(outside_view=None))
    found = forecast(case, EXACT)
    assert (found.polls is not None, found.outside_view is not None) == (what == "polls", what == "class")
    again = parse_dossier(Dossier(found).to_text(), "forecast.json").forecast
    assert again == found
