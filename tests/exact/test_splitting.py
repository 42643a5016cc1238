"""How hypotheses are cut up does not matter: splitting, merging, and one that nobody believes."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import around, make_case

from detente import exact
from detente.analysis.conditional import condition_outcomes
from detente.case.intensities import Intensity
from detente.case.processes import Event
from detente.case.reference_class import Member, OutsideViewPrior
from detente.graph.data import shares
from detente.graph.record import record_data
from detente.verify.likelihood import read_stated

QUICK = settings(max_examples=15, deadline=None)
LADDER = {"ladder": [("a", "b"), ("b", "c")]}
CHANCES = {"h0": 0.5, "h1": 0.2, "h2": 0.35}
MET = (Event(date=dt.date(2030, 3, 1), process="ladder", state="b", source="", claim=""),)


def wide(mids, weights, **more):
    """Return a case of two clusters, an item alone and a record, everything as unsure as can be."""
    options = {
        "seen": [True, False, True, True, False],
        "clusters": ["c", "c", "c", None, None],
        "gamma": (0.6, 0.15),
        "rho": (0.6, 0.2),
        "trust": 0.8,
        "width": 0.04,
        "processes": LADDER,
        "chances": lambda step, h, g: CHANCES[h],
        "spread": 0.1,
        "winners": ("w", "l"),
        "election": dt.date(2030, 9, 1),
        "events": MET,
    }
    return make_case(mids, weights=weights, **(options | more))


TWO = [(0.8, 0.4), (0.3, 0.6), (0.7, 0.5), (0.2, 0.6), (0.5, 0.4)]
THREE = [(*row, extra) for row, extra in zip(TWO, (0.1, 0.9, 0.5, 0.8, 0.9), strict=True)]


def split(case, name, shares):
    """Return the case with one hypothesis cut into several that say the same."""
    new = [name, *(f"{name}_{n}" for n in range(1, len(shares)))]
    old = next(one for one in case.hypotheses if one.id == name)
    stated = case.priors.hypotheses
    weights = {h: w for h, w in stated.weights.items() if h != name}
    weights |= {copy: stated.weights[name] * share for copy, share in zip(new, shares, strict=True)}
    copies = [old.changed(id=copy) for copy in new[1:]]
    return case.changed(
        hypotheses=(*case.hypotheses, *copies),
        priors=case.priors.changed(hypotheses=stated.changed(weights=weights)),
        likelihoods={i: rows | dict.fromkeys(new, rows[name]) for i, rows in case.likelihoods.items()},
        intensities=(
            *case.intensities,
            *(row.changed(hypothesis=copy) for copy in new[1:] for row in case.intensities if row.hypothesis == name),
        ),
    )


def merged(case, width):
    """Return P(h) with copies counted as what they were cut from."""
    found = exact.posterior(case).probability
    total = found[:width].copy()
    for name, share in zip(case.hypothesis_ids[width:], found[width:], strict=True):
        total[case.hypothesis_ids.index(name.partition("_")[0])] += share
    return total


@pytest.mark.parametrize("shares", [(0.5, 0.5), (1 / 3, 1 / 3, 1 / 3), (0.9, 0.1), (0.999999, 0.000001)])
@pytest.mark.parametrize(("mids", "weights"), [(TWO, [0.3, 0.7]), (THREE, [0.2, 0.5, 0.3])])
@pytest.mark.parametrize("name", ["h0", "h1"])
def test_a_hypothesis_split_leaves_the_others_alone(mids, weights, name, shares):
    case = wide(mids, weights)
    before = exact.posterior(case)
    cut = split(case, name, shares)
    np.testing.assert_allclose(merged(cut, len(weights)), before.probability, rtol=0, atol=1e-9)
    after = exact.posterior(cut)
    assert after.log_evidence == pytest.approx(before.log_evidence, abs=1e-9)
    index = cut.hypothesis_ids.index(name)
    copies = [index, *range(len(weights), len(cut.hypotheses))]
    whole = after.probability[copies].sum()
    np.testing.assert_allclose(after.probability[copies] / whole, shares, rtol=1e-9)


@pytest.mark.parametrize("options", [{"gamma": (0.0, 0.0)}, {"gamma": (1.0, 0.0)}, {"trust": 0.0}, {"rho": (0.6, 0.0)}])
def test_at_the_limits_too(options):
    case = wide(TWO, [0.3, 0.7], **options)
    cut = split(case, "h1", (0.25, 0.75))
    np.testing.assert_allclose(merged(cut, 2), exact.posterior(case).probability, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("weight", "error"), [(1e-3, 5e-3), (1e-6, 5e-6)])
def test_a_hypothesis_that_nobody_believes_moves_nothing(weight, error):
    """Not by more than a few times its weight, however far off its judgements are.

    Of the answer it could have taken one weight; the contrasts, measured with it, are longer by some more.
    """
    before = exact.posterior(wide(TWO, [0.3, 0.7])).probability
    for odd in (0.001, 0.5, 0.999):
        mids = [(*row, odd) for row in TWO]
        weights = [0.3 * (1 - weight), 0.7 * (1 - weight), weight]
        found = exact.posterior(wide(mids, weights, width=0.0005)).probability
        base = exact.posterior(wide(TWO, [0.3, 0.7], width=0.0005)).probability
        np.testing.assert_allclose(found[:2] / found[:2].sum(), base, rtol=0, atol=error)
    assert before.sum() == pytest.approx(1)


@QUICK
@given(
    st.lists(st.tuples(st.floats(0.05, 0.95), st.floats(0.05, 0.95)), min_size=1, max_size=4),
    st.floats(0.05, 0.95),
    st.floats(0.05, 0.95),
)
def test_any_cut_of_any_items(mids, weight, share):
    clusters = ["c"] * len(mids)
    case = make_case(mids, weights=[weight, 1 - weight], clusters=clusters, gamma=(0.5, 0.2), trust=0.7, width=0.01)
    cut = split(case, "h0", (share, 1 - share))
    np.testing.assert_allclose(merged(cut, 2), exact.posterior(case).probability, rtol=0, atol=1e-8)


@pytest.mark.parametrize("wording", [exact.factors.read_steps, record_data, read_stated])
def test_intensities_of_copies_are_those_of_the_original(wording):
    """In every reading of the case: the centre stays where it is, so that at any discrimination all do."""
    case = wide(THREE, [0.2, 0.5, 0.3], events=())
    cut = split(case, "h1", (0.5, 0.5))
    (before, after) = (wording(one) for one in (case, cut))
    if wording is exact.factors.read_steps:
        (before,), (after,) = before, after
    name = "eta" if wording is read_stated else "location"
    pairs = zip((case, cut), (before, after), strict=True)
    if wording is record_data:
        weighed = [(shares(one), read) for one, read in pairs]
    else:
        weighed = [(read.share if wording is read_stated else read.weights, read) for _, read in pairs]
    centres = [np.einsum("h,...thg->...tg", share, getattr(read, name)) for share, read in weighed]
    np.testing.assert_allclose(centres[1], centres[0], atol=1e-12)
    np.testing.assert_allclose(getattr(after, name)[..., 3, :], getattr(before, name)[..., 1, :], atol=1e-12)


@pytest.mark.parametrize("weight", [None, 0.5])
def test_the_level_of_a_class_is_weighted_as_the_hypotheses_are(weight):
    members = tuple(
        Member(
            reference_class="like", member=f"m{n}", start=dt.date(2020, 1, 1), followed_until=dt.date(2024, 1, 1),
            reached={"b": dt.date(2020, 1, 1) + dt.timedelta(days=40 * n + 30)}, source="", note="",
        )
        for n in range(6)
    )  # fmt: skip
    case = wide(THREE, [0.2, 0.5, 0.3], events=())
    view = OutsideViewPrior(weight=weight, reference_class="like", because="x")
    case = case.changed(reference_class=members, priors=case.priors.changed(outside_view=view))
    assert exact.teaching.levels(case) is not None
    cut = split(case, "h1", (0.5, 0.5))
    for one, other in zip(exact.teaching.levels(cut), exact.teaching.levels(case), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)
    np.testing.assert_allclose(merged(cut, 3), exact.posterior(case).probability, rtol=0, atol=1e-9)


def test_outcomes_stay_where_they_are():
    """Each copy has random effects of its own, but the same law: given a hypothesis an outcome's chance is the same."""
    case = wide(TWO, [0.3, 0.7])
    cut = split(case, "h1", (0.5, 0.5))
    before, after = (condition_outcomes(one, 5, 400) for one in (case, cut))
    nodes = np.array([0.3, 0.6, 0.9])
    np.testing.assert_allclose(after.late(nodes)[:, :2], before.late(nodes), atol=0.006)
    np.testing.assert_allclose(after.late(nodes)[:, 2], before.late(nodes)[:, 1], atol=0.006)


def test_a_belief_that_moves_leaves_what_was_judged_where_it_was():
    """A posterior as prior, with the centre of the old one, is what the two halves of the evidence give at once."""
    case = make_case(TWO, weights=[0.3, 0.7], gamma=(0.6, 0.0), trust=0.8, width=0.02)
    once = exact.posterior(case).probability
    first = exact.posterior(case.changed(evidence=case.evidence[:2])).probability
    stated = case.priors.hypotheses
    rolled = stated.changed(weights=dict(zip(case.hypothesis_ids, first, strict=True)))
    moved = case.priors.changed(hypotheses=rolled, centre=dict(stated.weights))
    later = case.changed(evidence=case.evidence[2:], priors=moved)
    np.testing.assert_allclose(exact.posterior(later).probability, once, rtol=0, atol=1e-12)


def test_stars_stand_for_every_copy():
    """The intensities of all hypotheses at once are no contrast, however many there are."""
    rows = [
        around(0.3, 0.1, Intensity, transition=step, hypothesis=h, regime=g, within_days=100)
        for step in wide(TWO, [0.3, 0.7]).transitions
        for h in ("h0", "h1")
        for g in ("before", "after:w", "after:l")
    ]
    case = wide(TWO, [0.3, 0.7]).changed(intensities=rows)
    np.testing.assert_allclose(exact.posterior(case).record_weight_db, 0, atol=1e-9)
    cut = split(case, "h1", (0.5, 0.5))
    np.testing.assert_allclose(merged(cut, 2), exact.posterior(case).probability, rtol=0, atol=1e-9)
