"""NUTS against the exact engine and the oracle, on whole cases: every number within four Monte Carlo errors.

The cases are chosen for what they have and lack: everything; no items; some correlations known, no process and no
election; three assessors, after a vote.  Compiling is what costs, so that each is sampled once."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest
from bulletins import item_bulletin
from oracle import reference
from small import case_of_fractions
from tests.case.test_assessors import in_columns

from detente import load_case
from detente.case import find_case, read_bulletin, read_record, take_in
from detente.forecast import forecast
from detente.jsonable import jsonable
from detente.report.reading import parse_dossier
from detente.settings import Settings

pytestmark = pytest.mark.sampling

WINDOWS = ("before_election", "after_election", "horizon")
NUTS = Settings(in_full=False)
REFERENCE = Settings(engine="exact", draws=4000, random_seed=7, in_full=False)


def some_known():
    """Return a case with one correlation known and three not, four hypotheses, no process, no election."""
    correlations = (0.3, 0.0), (0.5, 0.15), (0.5, 0.35), (0.3, 0.3)
    return case_of_fractions((0.6, 0.45), *correlations, weights=[0.4, 0.35, 0.24, 0.01], trust=0.8)


def three_assessors(folder):
    """Return a case of three assessors after a vote, of the shape of the replay that tests of `track` sample."""
    whole = read_record(find_case("dispute", in_columns(folder)))[0]
    texts = [
        item_bulletin("envoys", "2023-03-20", (0.7, 0.4), "shared"),
        item_bulletin("letters", "2023-04-11", (0.3, 0.5), "shared"),
        "date: 2023-05-15\nevents: [{process: election, state: rival, date: 2023-05-14}]\n",
        item_bulletin("speech_two", "2023-06-20", (0.6, 0.2)),
    ]
    for text in texts:
        whole = take_in(whole, read_bulletin(text, "news", whole))
    return whole.as_of(dt.date(2023, 7, 1))


@pytest.fixture(scope="module")
def cases(random_case, bundled, tmp_path_factory):
    made = {"everything": random_case(110), "no items": random_case(109)}
    assert not made["no items"].case.evidence_in_force
    assert len(made["everything"].case.hypotheses) == 3
    others = {name: load_case(name) for name in ("saudi-iran", "retail-turnaround")}
    return {
        "bundled": bundled,
        **others,
        **{name: one.case for name, one in made.items()},
        "some known": some_known(),
        "three assessors": three_assessors(tmp_path_factory.mktemp("three")),
    }, made


@pytest.fixture(
    scope="module",
    params=["bundled", "saudi-iran", "retail-turnaround", "everything", "no items", "some known", "three assessors"],
)
def run(request, cases):
    """Return the name, the sampled forecast and an exact one from other random numbers."""
    case = cases[0][request.param]
    return request.param, forecast(case, NUTS), forecast(case, REFERENCE)


def test_posteriors_agree(run):
    _, sampled, exact = run
    for h, row in sampled.hypotheses.items():
        assert row.mcse > 0
        assert row.exact == exact.hypotheses[h].posterior
        assert row.posterior == pytest.approx(row.exact, abs=4 * row.mcse), h


def test_posterior_is_the_oracles(run, cases):
    """Where the case has files."""
    name, sampled, exact = run
    made = cases[1].get(name)
    expected = {h: row.posterior for h, row in exact.hypotheses.items()}
    if made is not None:
        expected = reference.posterior(made.workspace, made.name)
    for h, row in sampled.hypotheses.items():
        assert row.posterior == pytest.approx(expected[h], abs=4 * row.mcse)


def test_every_window_of_every_outcome_agrees(run):
    _, sampled, exact = run
    for name, outcome in sampled.outcomes.items():
        for window in WINDOWS:
            ours, theirs = getattr(outcome, window), getattr(exact.outcomes[name], window)
            assert (ours is None) == (theirs is None)
            if ours is not None:
                error = 4 * np.hypot(ours.mcse, theirs.mcse) + 1e-9
                assert ours.probability == pytest.approx(theirs.probability, abs=error), (name, window)
                low, high = ours.interval
                assert low <= high
                assert ours.interval == pytest.approx(theirs.interval, abs=0.05), (name, window)


def test_chains_converged(run):
    _, sampled, _ = run
    found = sampled.diagnostics
    assert found.r_hat_max < 1.01
    assert min(found.ess_bulk_min, found.ess_tail_min) > 400
    assert found.divergences == 0
    assert found.e_bfmi_min > 0.3
    assert found.exact_agreement.max_z < 4
    assert found.status == "pass"
    assert {check.status for check in found.checks} == {"pass"}


def test_clusters_have_the_same_correlation(run):
    """By id: a correlation that is known must not shift the others' places."""
    _, sampled, exact = run
    assert [c.id for c in sampled.clusters] == [c.id for c in exact.clusters]
    for ours, theirs in zip(sampled.clusters, exact.clusters, strict=True):
        assert ours.correlation == pytest.approx(theirs.correlation, abs=0.03), ours.id


def test_file_reads_back(run):
    _, sampled, _ = run
    assert parse_dossier(json.dumps(jsonable(sampled.contents), allow_nan=False), "here").forecast == sampled


def test_tree_has_what_power_scaling_needs(run):
    """log_prior, and complete-data log likelihoods which with the weights make the probability of the recovered H."""
    _, sampled, _ = run
    tree = sampled.draws_tree()
    draws = sampled.sampled
    assert {"posterior", "sample_stats", "log_prior", "log_likelihood", "prior"} <= set(tree.children)
    picked = sum(
        tree["log_likelihood"][name].sum(dim=name.removesuffix("_log_likelihood")).to_numpy()
        for name in tree["log_likelihood"].data_vars
    )
    joint = np.log(draws.values["hypothesis_weight"])
    for table in (draws.item_log_likelihood, draws.transition_log_likelihood):
        joint = joint if table is None else joint + table.sum(axis=2)
    at_h = np.take_along_axis(joint, draws.hypothesis[..., None], axis=-1)[..., 0]
    weight = np.take_along_axis(draws.values["hypothesis_weight"], draws.hypothesis[..., None], axis=-1)[..., 0]
    np.testing.assert_allclose(picked + np.log(weight), at_h, rtol=1e-9, atol=1e-9)
    share = np.take_along_axis(draws.values["hypothesis_probability"], draws.hypothesis[..., None], axis=-1)[..., 0]
    np.testing.assert_allclose(at_h - np.logaddexp.reduce(joint, axis=-1), np.log(share), rtol=1e-8, atol=1e-8)


def test_recovered_hypotheses_have_their_posterior(run):
    _, sampled, _ = run
    share = np.bincount(sampled.sampled.hypothesis.ravel(), minlength=len(sampled.hypotheses)) / sampled.draws
    for h, p in zip(sampled.hypotheses.values(), share, strict=True):
        assert p == pytest.approx(h.posterior, abs=0.05)
