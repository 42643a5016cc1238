"""The tables of the what-if: any setting of the switches is the exact posterior of the edited case."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from small import make_case

from detente import exact
from detente.case.priors import WeightedPrior
from detente.exact import whatif

SEEDS = (0, 1, 5, 11, 19, 26, 28, 30)


def answer(tables, prior, off=()):
    """Return P(h) with some items off, by the sum that the page does."""
    total = np.repeat(np.array(tables.log_weights)[:, None], len(prior), axis=1)
    for part in tables.parts:
        on = [item not in off for item in part.items]
        if part.every_subset:
            row = sum(2**place for place, is_on in enumerate(on) if is_on)
        else:
            assert on.count(False) <= 1 or not any(on)
            row = 1 if all(on) else 2 + on.index(False) if any(on) else 0
        total = total + np.array(part.rows[row]).reshape(total.shape)
    joint = np.array(prior) * np.exp(total - total.max()).sum(axis=0)
    return joint / joint.sum()


def edited(case, off, prior):
    weights = dict(zip(case.hypothesis_ids, prior, strict=True))
    stated = WeightedPrior(weights=weights, concentration=4, because="A test wants it.")
    return case.changed(
        evidence=tuple(item for item in case.evidence if item.id not in off),
        priors=case.priors.changed(hypotheses=stated, centre=case.priors.centre_weights),
    )


def prior_of(case):
    return [case.priors.hypotheses.weights[h] for h in case.hypothesis_ids]


@pytest.mark.parametrize("seed", SEEDS)
def test_random_settings_of_random_cases(random_case, seed):
    case, rng = random_case(seed).case, random.Random(seed)  # noqa: S311 - a test
    found = exact.posterior(case)
    tables = whatif.what_if(case, found)
    assert answer(tables, prior_of(case)) == pytest.approx(found.probability, abs=1e-8)
    large = {item for part in tables.parts if not part.every_subset for item in part.items}
    free = [item.id for item in case.evidence_in_force if item.id not in large]
    for _ in range(3):
        off = set(rng.sample(free, rng.randint(0, len(free))))
        prior = np.array([rng.uniform(0.1, 1) for _ in case.hypotheses])
        prior /= prior.sum()
        wanted = exact.posterior(edited(case, off, prior)).probability
        assert answer(tables, prior, off) == pytest.approx(wanted, abs=1e-6)


def test_records_are_parts_of_their_own(random_case):
    case = random_case(10).case
    found = exact.posterior(case)
    tables = whatif.what_if(case, found)
    records = [part for part in tables.parts if part.kind == "record"]
    assert [part.id for part in records] == [process.id for process in case.processes]
    for number, process in enumerate(case.processes):
        assert answer(tables, prior_of(case), {process.id}) == pytest.approx(found.without_record[number], abs=1e-8)


def test_a_large_cluster_has_rows_for_all_none_and_all_but_one():
    case = make_case(
        [(0.6, 0.3)] * 4 + [(0.4, 0.5)] * 4, clusters=["one"] * 8, gamma=(0.6, 0.15), width=0.05, trust=0.9
    )
    found = exact.posterior(case)
    tables = whatif.what_if(case, found)
    (part,) = tables.parts
    assert (part.every_subset, len(part.rows)) == (False, 10)
    for place, item in enumerate(part.items):
        assert answer(tables, prior_of(case), {item}) == pytest.approx(found.without_item[place], abs=1e-7)
    assert answer(tables, prior_of(case), set(part.items)) == pytest.approx(prior_of(case), abs=1e-12)


def test_the_bound_gives_way_before_the_page_grows_too_large(monkeypatch):
    case = make_case([(0.6, 0.3)] * 6, clusters=["one"] * 6, gamma=(0.6, 0.15), width=0.05)
    found = exact.posterior(case)
    assert len(whatif.what_if(case, found).parts[0].rows) == 64
    monkeypatch.setattr(whatif, "MOST_NUMBERS", 500)
    assert len(whatif.what_if(case, found).parts[0].rows) == 8
    monkeypatch.setattr(whatif, "MOST_NUMBERS", 10)
    assert whatif.what_if(case, found) is None


def test_a_known_discrimination_needs_one_node():
    case = make_case([(0.6, 0.2), (0.3, 0.5), (0.7, 0.4)], clusters=["a", "a", None], gamma=(0.7, 0.0), width=0.05)
    tables = whatif.what_if(case, exact.posterior(case))
    assert tables.log_weights == (0.0,)
    off = {tables.parts[1].items[0]}
    wanted = exact.posterior(edited(case, off, prior_of(case))).probability
    assert answer(tables, prior_of(case), off) == pytest.approx(wanted, abs=1e-8)


def test_without_evidence_there_is_nothing_to_switch():
    case = make_case([])
    tables = whatif.what_if(case, exact.posterior(case))
    assert tables.parts == ()


def test_the_bundled_case_ships_in_forty_kilobytes(bundled):
    tables = whatif.what_if(bundled, exact.posterior(bundled))
    assert all(part.every_subset for part in tables.parts)
    assert len(json.dumps([part.rows for part in tables.parts])) < 40_000
