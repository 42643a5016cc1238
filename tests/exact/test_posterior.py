"""P(h | E) of the exact engine: against the oracle, and against what must hold of any posterior."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import reference
from small import make_case

from detente import exact, load_case
from detente.case.priors import WeightedPrior
from detente.errors import CutoffError
from detente.exact import clusters, factors

QUICK = settings(max_examples=20, deadline=None)
SEEDS = (0, 1, 4, 5, 6, 8, 10, 11, 12, 16, 17, 19, 23, 26, 31, 35)
WITH_CLUSTERS = (1, 19, 26)
WITH_RECORDS = (10, 16, 27)
QUICK_SEEDS = (1, 11, 19, 27, 28, 30, 34)  # both kinds, a few hundredths of a second each


@pytest.fixture
def fine(monkeypatch):
    """Let the quadrature go on until nothing moves, so that what is left over is not its error."""
    monkeypatch.setattr(clusters, "RHO_TOLERANCE", 1e-12)
    monkeypatch.setattr(clusters, "GAMMA_TOLERANCE", 1e-8)
    factors._remembered.cache_clear()  # what was integrated before was less fine, and what follows is finer than usual
    yield
    factors._remembered.cache_clear()


def log_odds(probability):
    """Return ten times the base-ten log odds of each against the rest."""
    return 10 * np.log10(probability / (1 - probability))


def answer(case):
    return exact.posterior(case).probability


# --- the oracle


@pytest.mark.parametrize("seed", SEEDS)
def test_random_case_has_the_oracles_answer(random_case, seed):
    """An implementation that shares nothing but the files, on fixed fine grids, agrees to a millionth."""
    made = random_case(seed)
    expected = reference.posterior(made.workspace, made.name)
    assert tuple(expected) == made.case.hypothesis_ids
    np.testing.assert_allclose(answer(made.case), list(expected.values()), rtol=0, atol=1e-6)


@pytest.mark.parametrize("seed", [3, 5, 10, 22, 27])
@pytest.mark.parametrize("days", [-100, -1, 30, 100])
def test_as_of_has_the_oracles_answer(random_case, seed, days):
    """At any cut-off, before and after the case's own; where the model gives none, the package says so as well."""
    made = random_case(seed)
    when = made.case.information_cutoff + dt.timedelta(days=days)
    try:
        case = load_case(made.name, made.workspace, when)
    except CutoffError as error:
        refused = str(error)
    else:
        refused = ""
    if "election" in refused:
        with pytest.raises(ValueError, match="election"):
            reference.posterior(made.workspace, made.name, when)
    if refused:
        assert "election" in refused or "starts on" in refused
        return
    expected = reference.posterior(made.workspace, made.name, when)
    np.testing.assert_allclose(answer(case), list(expected.values()), rtol=0, atol=1e-6)


@pytest.mark.parametrize("seed", [17, 26])
def test_leaving_an_item_out_has_the_oracles_answer(random_case, seed):
    made = random_case(seed)
    found = exact.posterior(made.case).without_item
    for row, item in enumerate(made.case.evidence_in_force[:3]):
        expected = reference.posterior(made.workspace, made.name, without=(item.id,))
        np.testing.assert_allclose(found[row], list(expected.values()), rtol=0, atol=1e-6)


# --- what was left out


@pytest.mark.parametrize(("seed", "error"), [(1, 1e-10), (26, 1e-10), (11, 1e-8)])
def test_posterior_without_an_item_is_that_of_the_row_deleted(random_case, fine, seed, error):
    """To 1e-10, but for a correlation whose prior piles up at 1 (seed 11), where 64 nodes are not enough for that."""
    case = random_case(seed).case
    found = exact.posterior(case)
    for item, without in zip(case.evidence_in_force, found.without_item, strict=True):
        fewer = case.changed(evidence=tuple(other for other in case.evidence if other != item))
        np.testing.assert_allclose(without, answer(fewer), rtol=0, atol=error, err_msg=item.id)


@pytest.mark.parametrize("seed", [23, 26])
def test_posterior_without_a_cluster_is_that_of_its_rows_deleted(random_case, fine, seed):
    case = random_case(seed).case
    found = exact.posterior(case)
    assert found.factors.clusters
    for cluster, without in zip(found.factors.clusters, found.without_cluster, strict=True):
        fewer = case.changed(evidence=tuple(item for item in case.evidence if item.cluster != cluster.id))
        np.testing.assert_allclose(without, answer(fewer), rtol=0, atol=1e-10, err_msg=cluster.id)


@pytest.mark.parametrize("seed", WITH_RECORDS)
def test_posterior_without_a_record_is_that_of_the_process_forgotten(random_case, seed):
    """Forgotten in the likelihood only: its states still steer what is coupled to them."""
    case = random_case(seed).case
    found = exact.posterior(case)
    total = sum(found.factors.at(part, found.gamma) for part in found.factors.whole)
    weight = np.log(found.gamma_posterior.T) - total  # what remains: priors and node weights
    for process, without in enumerate(found.without_record):
        rest = total - found.factors.at(found.factors.of_processes[process], found.gamma)
        joint = np.exp(weight + rest - (weight + rest).max()).sum(axis=0)
        np.testing.assert_allclose(without, joint / joint.sum(), rtol=0, atol=1e-10)


def test_posterior_without_the_only_process_is_that_of_the_items(random_case, fine):
    case = random_case(19, processes=1).case
    found = exact.posterior(case)
    assert found.without_record.shape == (1, len(case.hypotheses))
    np.testing.assert_allclose(found.without_record[0], found.before_records, rtol=0, atol=1e-12)
    bare = case.changed(processes=(), outcomes=(), events=())
    np.testing.assert_allclose(found.before_records, answer(bare), rtol=0, atol=1e-10)


# --- weights of evidence


@pytest.mark.parametrize("seed", SEEDS)
def test_weights_sum_to_the_whole_change(random_case, seed):
    """Items in order of date, then records: the chain rule leaves nothing over, for every hypothesis."""
    case = random_case(seed).case
    found = exact.posterior(case)
    prior = np.array([case.priors.hypotheses.weights[h] for h in case.hypothesis_ids])
    whole = found.item_weight_db.sum(axis=0) + found.record_weight_db.sum(axis=0)
    np.testing.assert_allclose(log_odds(prior) + whole, log_odds(found.probability), rtol=1e-9, atol=1e-9)
    until = log_odds(prior) + found.item_weight_db.sum(axis=0)
    np.testing.assert_allclose(until, log_odds(found.before_records), rtol=1e-9, atol=1e-9)


def test_weights_of_two_hypotheses_are_opposite(random_case):
    found = exact.posterior(random_case(11).case)
    np.testing.assert_allclose(found.item_weight_db.sum(axis=1), 0, atol=1e-9)
    np.testing.assert_allclose(found.record_weight_db.sum(axis=1), 0, atol=1e-9)


def test_weight_of_a_cluster_is_what_taking_it_last_adds(random_case):
    found = exact.posterior(random_case(12).case)
    gained = log_odds(found.probability) - log_odds(found.without_cluster)
    np.testing.assert_allclose(found.cluster_weight_db, gained, rtol=1e-9, atol=1e-9)


def test_weight_of_one_item_by_hand():
    """0.6 against 0.2 is a ratio of 3: 4.77 decibans."""
    found = exact.posterior(make_case([(0.6, 0.2)]))
    np.testing.assert_allclose(found.item_weight_db, [[4.771212547, -4.771212547]], atol=1e-7)
    np.testing.assert_allclose(found.probability, [0.75, 0.25], atol=1e-9)
    np.testing.assert_allclose(found.without_item, [[0.5, 0.5]], atol=1e-12)
    assert found.log_evidence == pytest.approx(np.log(0.4), abs=1e-9)


# --- updating


@pytest.mark.parametrize("seed", WITH_CLUSTERS)
def test_each_prefix_of_the_weights_is_the_posterior_of_the_day(random_case, fine, seed):
    """Updating in two steps, at any of the dates, equals updating once: a run at an earlier cut-off, and then the
    weights of the later items from the whole run, make the final odds."""
    case = random_case(seed).case
    steady = tuple(item.changed(expected_by=None) for item in case.evidence)  # so that none turns back
    case = case.changed(evidence=steady, processes=(), outcomes=(), events=())
    whole = exact.posterior(case)
    dates = [item.date for item in case.evidence_in_force]
    for day in sorted(set(dates))[::3]:
        first = exact.posterior(case.changed(information_cutoff=day))
        later = np.array([date > day for date in dates])
        reached = log_odds(first.probability) + whole.item_weight_db[later].sum(axis=0)
        np.testing.assert_allclose(1 / (1 + 10 ** (-reached / 10)), whole.probability, rtol=0, atol=1e-10)
        np.testing.assert_allclose(first.item_weight_db, whole.item_weight_db[~later], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("seed", WITH_CLUSTERS)
def test_posterior_of_one_half_is_the_prior_of_the_other(random_case, fine, seed):
    """With a discrimination that is known, whole clusters can be taken in one after the other through the weights."""
    case = random_case(seed).case
    priors = case.priors.changed(discrimination=case.priors.discrimination.changed(sd=0.0))
    case = case.changed(priors=priors, processes=(), outcomes=(), events=())
    groups = list(dict.fromkeys(item.cluster or item.id for item in case.evidence))
    first = set(groups[::2])
    halves = [
        tuple(item for item in case.evidence if ((item.cluster or item.id) in first) == wanted)
        for wanted in (True, False)
    ]
    once, stepwise = answer(case), case
    for half in halves:
        between = answer(stepwise.changed(evidence=half))
        weights = dict(zip(case.hypothesis_ids, map(float, between), strict=True))
        stated = WeightedPrior(weights=weights, concentration=4, because="The posterior of the other half.")
        stepwise = case.changed(priors=priors.changed(hypotheses=stated, centre=priors.centre_weights))
    np.testing.assert_allclose(between, once, rtol=0, atol=1e-10)


# --- what must not matter


@QUICK
@given(seed=st.sampled_from(QUICK_SEEDS), data=st.data())
def test_order_of_rows_does_not_matter(random_case, seed, data):
    case = random_case(seed).case
    mixed = case.changed(
        evidence=tuple(data.draw(st.permutations(case.evidence))),
        intensities=tuple(data.draw(st.permutations(case.intensities))),
        processes=tuple(data.draw(st.permutations(case.processes))),
        likelihoods=dict(reversed(case.likelihoods.items())),
    )
    np.testing.assert_allclose(answer(mixed), answer(case), rtol=0, atol=1e-10)


@QUICK
@given(seed=st.sampled_from(QUICK_SEEDS), data=st.data())
def test_permuting_the_hypotheses_permutes_the_answer(random_case, seed, data):
    case = random_case(seed).case
    order = data.draw(st.permutations(range(len(case.hypotheses))))
    mixed = case.changed(hypotheses=tuple(case.hypotheses[k] for k in order))
    np.testing.assert_allclose(answer(mixed), answer(case)[order], rtol=0, atol=1e-10)


@QUICK
@given(seed=st.sampled_from(QUICK_SEEDS), data=st.data())
def test_renaming_the_hypotheses_renames_the_answer(random_case, seed, data):
    """Judgements move from name to name; the probabilities go with them."""
    case = random_case(seed).case
    names = case.hypothesis_ids
    to = dict(zip(names, data.draw(st.permutations(names)), strict=True))
    stated = case.priors.hypotheses
    mixed = case.changed(
        priors=case.priors.changed(hypotheses=stated.changed(weights={to[h]: w for h, w in stated.weights.items()})),
        likelihoods={item: {to[h]: row for h, row in rows.items()} for item, rows in case.likelihoods.items()},
        intensities=tuple(row.changed(hypothesis=to[row.hypothesis]) for row in case.intensities),
    )
    before, after = (dict(zip(names, answer(c), strict=True)) for c in (case, mixed))
    assert {to[h]: p for h, p in before.items()} == pytest.approx(after, abs=1e-10)


def test_polls_and_clusters_without_items_do_not_matter(bundled):
    more = bundled.changed(clusters={**bundled.clusters, "empty": "Nothing shares this cause."})
    np.testing.assert_array_equal(answer(more), answer(bundled))


# --- sizes


def test_no_item_and_no_process_leaves_the_prior():
    found = exact.posterior(make_case(weights=[0.3, 0.7]))
    np.testing.assert_allclose(found.probability, [0.3, 0.7], atol=1e-12)
    assert found.item_weight_db.shape == (0, 2)
    assert found.record_weight_db.shape == (0, 2)
    assert found.without_cluster.shape == (0, 2)
    assert found.log_evidence == pytest.approx(0, abs=1e-12)


def test_many_certain_items_do_not_overflow():
    """Two thousand items of 40 dB each: the answer is 1, its complement too small for a float, nothing is nan."""
    found = exact.posterior(make_case([(0.999, 0.0001)] * 2000, weights=[0.01, 0.99]))
    np.testing.assert_array_equal(found.probability, [1.0, 0.0])
    np.testing.assert_allclose(found.item_weight_db[:, 0], 10 * np.log10(9990), rtol=1e-6)
    assert np.isfinite(found.without_item).all()


@pytest.mark.parametrize("seed", [1, 26])
def test_quadrature_as_it_is_set_is_good_to_a_ten_millionth(random_case, seed, request):
    """An order of magnitude better than what the oracle is asked to confirm."""
    case = random_case(seed).case
    usual = answer(case)
    request.getfixturevalue("fine")
    np.testing.assert_allclose(usual, answer(case), rtol=0, atol=1e-7)


def test_joint_with_discrimination_sums_to_the_answer(random_case):
    found = exact.posterior(random_case(12).case)
    np.testing.assert_allclose(found.gamma_posterior.sum(axis=1), found.probability, rtol=0, atol=1e-12)
    assert found.gamma_posterior.shape == (3, found.gamma.size)
