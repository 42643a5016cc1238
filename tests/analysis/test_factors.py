"""What is worked out factor by factor, because one number changed, is what working out everything again gives."""

import dataclasses
import datetime as dt

import numpy as np
import pytest
from small import CUTOFF, make_case

from detente.analysis import regrouping
from detente.analysis.conditional import condition_outcomes, recondition_outcomes
from detente.analysis.regrouping import Regrouping
from detente.analysis.remaining import Left
from detente.analysis.reweighting import headlines_of, take_apart
from detente.analysis.sensitivity.elicited import applied, elicited
from detente.case.priors import Coupling, Reached
from detente.case.processes import Event
from detente.exact.clusters import at_nodes
from detente.exact.evidence import AtGamma, keep, loadings, read_items, stated_signs, weights_of
from detente.exact.reading import changed_rows, read_record, read_steps

SEED, LANES = 5, 20
MONTH = Event(date=dt.date(2030, 3, 1), process="p", state="b", precision="month")
COUPLED = Coupling(process="q", to="z", when=Reached(process="p", reached="b"), multiplier=4.0, because="A test.")
JUDGED = ("intensity", "coupling", "persistence")
MIDS = [(0.7, 0.4), (0.6, 0.45), (0.5, 0.55), (0.8, 0.6), (0.35, 0.5)]
CLUSTERED = make_case(MIDS, clusters=["c"] * len(MIDS), gamma=(0.6, 0.15), trust=0.9, width=0.1)


def processes(**more):
    return make_case(
        [(0.6, 0.3)], processes={"p": [("a", "b"), ("b", "c")], "q": [("x", "y"), ("y", "z")]}, spread=0.15,
        winners=("left", "right"), election=CUTOFF + dt.timedelta(days=60), couplings=(COUPLED,), gamma=(0.6, 0.15),
        chances=lambda _t, h, g: {"h0": 0.3, "h1": 0.5}[h] + 0.1 * (g == "after:left"),
        **more,
    )  # fmt: skip


@pytest.fixture(scope="module", params=["the bundled case", "on record", "a month"])
def case(request, bundled):
    if request.param == "the bundled case":
        return bundled
    return processes(events=(MONTH,) if request.param == "a month" else ())


@pytest.mark.parametrize("kind", JUDGED)
def test_futures_with_one_number_changed(case, kind):
    base, reading = condition_outcomes(case, SEED, LANES), read_record(case)
    numbers = [number for number in elicited(case) if number.kind == kind]
    for number in (numbers[0], numbers[-1]):
        changed = applied(case, number, number.high)
        anew, steps = condition_outcomes(changed, SEED, LANES), reading.rejudged(changed).steps
        (again,) = recondition_outcomes(base, (steps,), anew.chains)
        for one, other in zip(again.futures, anew.futures, strict=True):
            for field in dataclasses.fields(one):
                mine, theirs = getattr(one, field.name), getattr(other, field.name)
                pairs = zip(mine, theirs, strict=True) if isinstance(mine, tuple) else [(mine, theirs)]
                for a, b in pairs:
                    assert (a is None) == (b is None)
                    if a is not None:
                        np.testing.assert_allclose(a, b, rtol=0, atol=1e-10, err_msg=field.name)
        assert any(not np.array_equal(a.late, b.late) for a, b in zip(again.futures, base.futures, strict=True))


@pytest.mark.parametrize("kind", [*JUDGED, "outside_view"])
def test_a_reading_with_one_number_changed(bundled, kind):
    reading = read_record(bundled)
    for number in [number for number in elicited(bundled) if number.kind == kind][::5]:
        for value in (number.low, number.high):
            changed = applied(bundled, number, value)
            for one, other in zip(reading.rejudged(changed).steps, read_steps(changed), strict=True):
                for name in ("location", "spread", "happened", "exposure", "constant"):
                    np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=0, atol=1e-11)
                assert one.persistence == other.persistence


def test_one_intensity_is_of_one_transition(bundled):
    number = next(number for number in elicited(bundled) if number.kind == "intensity")
    steps = read_record(bundled).rejudged(applied(bundled, number, number.high)).steps
    assert len(changed_rows(read_steps(bundled), steps)) == 1


def clustered(size, *, hypotheses=2, signs=(), **more):
    """Return a case of one cluster of so many items, some of which load as the case states."""
    chance = np.random.default_rng(size).uniform(0.25, 0.75, (size, hypotheses))
    more = {"gamma": (0.6, 0.15), "trust": 0.9, "width": 0.1, **more}
    case = make_case(
        [tuple(row) for row in chance], clusters=["c"] * size, seen=[k % 3 > 0 for k in range(size)], **more
    )
    items = zip(case.evidence, [*signs, *[None] * size], strict=False)
    return case.changed(evidence=tuple(item.changed(loading=sign) for item, sign in items))


CASES = {
    "two": clustered(2),
    "few": CLUSTERED,
    "many": clustered(20),
    "three hypotheses": clustered(4, hypotheses=3, weights=(0.2, 0.3, 0.5)),
    "a known discrimination": clustered(5, gamma=(0.7, 0.0)),
    "a known correlation": clustered(5, rho=(0.4, 0.0)),
    "much in common": clustered(6, rho=(0.9, 0.08)),
    "sure sources": clustered(5, trust=1.0),
    "stated signs": clustered(6, signs=("-", "+", "-")),
}


@pytest.mark.parametrize("name", CASES)
def test_a_cluster_with_one_item_judged_in_many_ways(name):
    basis = take_apart(CASES[name], 1)
    for item in basis.case.evidence_in_force[:6]:
        change = basis.change((item,))
        for h in range(len(basis.case.hypotheses)):
            ways = keep(change.stated, [0] * 6)
            ways.location[:, h] = (-3.1, -0.9, -0.2, 0.3, 1.0, 3.1)
            scratch = [from_scratch(basis, item, keep(ways, [way])) for way in range(6)]
            np.testing.assert_allclose(change.factor(np.zeros(6, int), ways), scratch, rtol=0, atol=1e-10)


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_items_of_a_cluster_judged_differently_at_once_are_judged_as_each_alone(monkeypatch, name, large):
    """With arrays, and with compiled loops."""
    monkeypatch.setattr(regrouping, "LARGE", 0 if large else 10**6)
    basis = take_apart(CASES[name], 1)
    (items,) = basis.batches
    which = np.tile(np.arange(len(items)), 5)
    hypothesis, probit = which % len(basis.case.hypotheses), np.repeat((-3.1, -0.8, 0.1, 0.9, 3.1), len(items))
    change = basis.change(items)
    totals, trusted = change.at(which, hypothesis, probit), change.trusted(which, np.linspace(0.1, 0.9, which.size))
    few = np.flatnonzero(which == which.max())
    np.testing.assert_allclose(change.at(which[few], hypothesis[few], probit[few]), totals[few], rtol=0, atol=1e-12)
    for place, item in enumerate(items):
        alone, ways = basis.change((item,)), np.flatnonzero(which == place)
        zeros = np.zeros(ways.size, int)
        one = (
            alone.at(zeros, hypothesis[ways], probit[ways]),
            alone.trusted(zeros, np.linspace(0.1, 0.9, which.size)[ways]),
        )
        np.testing.assert_allclose(totals[ways], one[0], rtol=0, atol=1e-12)
        np.testing.assert_allclose(trusted[ways], one[1], rtol=0, atol=1e-12)
        moved = keep(alone.stated, zeros)
        moved.location[np.arange(ways.size), hypothesis[ways]] = probit[ways]
        scratch = [from_scratch(basis, item, keep(moved, [way])) for way in range(ways.size)]
        np.testing.assert_allclose(alone.factor(zeros, moved), scratch, rtol=0, atol=1e-10)


def test_loops_serve_items_of_a_large_case_however_they_load(monkeypatch):
    """Of three hypotheses the others turn with the item that is judged otherwise: no table serves them."""
    case, which = CASES["three hypotheses"], np.arange(4)
    by_arrays = (basis := take_apart(case, 1)).change(case.evidence).at(which, which % 3, np.full(4, 1.5))
    monkeypatch.setattr(regrouping, "LARGE", 0)
    again = dataclasses.replace(basis)
    monkeypatch.setattr(AtGamma, "chances", None)
    np.testing.assert_allclose(again.change(case.evidence).at(which, which % 3, np.full(4, 1.5)), by_arrays, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_sources_trusted_otherwise(name):
    basis = take_apart(CASES[name], 1)
    for item in basis.case.evidence_in_force[:3]:
        change = basis.change((item,))
        ways = keep(change.stated, [0] * 3).changed(trust=np.array([0.05, 0.5, 0.97]))
        scratch = [from_scratch(basis, item, keep(ways, [way])) for way in range(3)]
        others = basis.total - basis.factor[basis.home[item.id]]
        totals = [others + basis.carried(one) for one in scratch]
        np.testing.assert_allclose(change.trusted(np.zeros(3, int), ways.trust), totals, rtol=0, atol=1e-10)


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_grades_that_stand_for_something_else(monkeypatch, name, large):
    """With arrays, and with compiled loops where no source is sure."""
    monkeypatch.setattr(regrouping, "LARGE", 0 if large else 10**6)
    basis = take_apart(CASES[name], 1, LANES)
    tables = [dict.fromkeys(basis.case.priors.reliability, share) for share in (0.0, 0.3, 0.95, 1.0)]
    cases = [basis.case.changed(priors=basis.case.priors.changed(reliability=one)) for one in tables]
    again = [headlines_of(case, basis.conditional) for case in cases]
    np.testing.assert_allclose(basis.weigh(basis.trusting(cases)), again, rtol=0, atol=1e-10)


@pytest.mark.parametrize(("trust", "rho"), [(0.05, (0.5, 0.28)), (0.2, (0.5, 0.25)), (0.4, (0.85, 0.13))])
def test_doubted_sources_trusted_more(trust, rho):
    """What is nearly flat at the trust as stated is narrow once the sources are trusted."""
    case = clustered(16, trust=trust, rho=rho)
    basis = take_apart(case, 1, LANES)
    tables = [dict.fromkeys(case.priors.reliability, share) for share in (trust / 2, 0.5, 1.0)]
    cases = [case.changed(priors=case.priors.changed(reliability=one)) for one in tables]
    again = [headlines_of(case, basis.conditional) for case in cases]
    np.testing.assert_allclose(basis.weigh(basis.trusting(cases)), again, rtol=0, atol=1e-10)


@pytest.mark.parametrize("probit", [-4.0, -5.0, -5.5, -6.0])
def test_a_small_sum_of_a_compiled_loop_is_as_exact_as_any_or_is_not_used(monkeypatch, probit):
    monkeypatch.setattr(regrouping, "LARGE", 0)
    basis = take_apart(clustered(3, trust=1.0, gamma=(1.0, 0.0)), 1)
    of = Regrouping(basis.case, basis.cluster["c"], basis.members["cluster", "c"])
    items = keep(of.cluster.items, [1])
    at = AtGamma.of(items.changed(location=np.full((1, 2), probit), loading=np.zeros(1)), of.grid)
    (block,) = of.blocks
    nothing = np.zeros((block.rho.size, 1, 2, block.z.size))
    log_total = Left.of(block, nothing).times(at, np.zeros(1, int))
    if not np.isnan(log_total).any():
        np.testing.assert_allclose(np.exp(log_total), at.chances(block.rho, block.z).sum(axis=(1, 4)), rtol=1e-10)
    assert np.isnan(log_total).all() == (probit != -4.0)


def from_scratch(basis, item, moved):
    """Return log m of the cluster with all loadings worked out anew, at the nodes of the whole."""
    (cluster,) = basis.case.clusters_in_force
    items, row = read_items(basis.case, cluster.items), cluster.items.index(item)
    location = items.location.copy()
    location[row], trust = moved.location[0], items.trust.copy()
    trust[row] = moved.trust[0]
    anew = loadings(location, weights_of(basis.case), stated_signs(cluster.items))
    blocks = basis.cluster[cluster.name].blocks
    changed = items.changed(location=location, trust=trust, loading=anew)
    return at_nodes(blocks, changed, blocks[0].gamma)


def test_the_table_is_used_where_an_item_becomes_the_longest():
    basis = take_apart(CLUSTERED, 1)
    (key,) = basis.cluster
    members = basis.case.evidence_in_force
    grouped = Regrouping(basis.case, basis.cluster[key], members)
    assert grouped.tables
    for table, block in zip(grouped.tables, grouped.blocks, strict=True):
        left = table.stretched(np.zeros(1, int), np.ones(1))
        joint = np.moveaxis(left.weight[0] * np.exp(left.top[0])[..., None, None], 2, 0)
        np.testing.assert_allclose(joint, np.exp(block.log_joint), rtol=0, atol=1e-12 * joint.max())
