"""The answer does not depend on how a fact is worded or how finely the hypotheses are cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.invariance.tables import answer, drawn, in_the_graph, random_tables

EXACT = 1e-9
"""Sums in another order differ in the last place of log likelihoods of some tens: this is a thousandfold margin."""
quick = settings(max_examples=25, deadline=None)
few = settings(max_examples=5, deadline=None)


# --- items


def complement(cell):
    return repr(1 - float(cell))


def recoded(case, data):
    """Return two cases, one with some items told the other way round.

    Of items that a silence counts for at once, with intervals in numbers.
    """
    worded = {row["evidence"] for row in case.rows["likelihoods"] if not row["low"]}
    plain = [row["id"] for row in case.rows["evidence"] if not row["expected_by"] and row["id"] not in worded]
    assume(plain)
    turned = data.draw(st.sets(st.sampled_from(plain), min_size=1))
    other = case.copy()
    for row in other.rows["evidence"]:
        if row["id"] in turned:
            row["observed"] = {"yes": "no", "no": "yes"}[row["observed"]]
    for row in other.rows["likelihoods"]:
        if row["evidence"] in turned:
            row["low"], row["mid"], row["high"] = map(complement, (row["high"], row["mid"], row["low"]))
    return case.load(), other.load()


@quick
@given(random_tables(items=6), st.data())
def test_an_item_told_as_a_presence_or_as_an_absence(case, data):
    """Seen with .8 is not seen with .2: to rounding, for nothing but 1 - p is worked out differently."""
    one, other = recoded(case, data)
    assert answer(other) == pytest.approx(answer(one), abs=EXACT)


@pytest.mark.usefixtures("graph")
@few
@given(random_tables(items=4, clusters=1, processes=0), st.data())
def test_an_item_told_otherwise_in_the_graph(case, data):
    """The sampled engine, at the same draws; a common cause has no sign of its own, and may be turned round."""
    one, other = recoded(case, data)
    draws = drawn(one)
    expected, found = (in_the_graph(some, draws)["hypothesis_probability"] for some in (one, other))
    turned = draws | {name: -value for name, value in draws.items() if name == "common_cause"}
    away = [np.abs(some - expected).max() for some in (found, in_the_graph(other, turned)["hypothesis_probability"])]
    assert min(away) < EXACT


# --- hypotheses


def add_hypothesis(case, like, name, share):
    """Give a share of the weight of a hypothesis to another with the same judgements."""
    other = case.copy()
    weights = other.priors["hypotheses"]["weights"]
    weights[name] = weights[like] * share
    weights[like] *= 1 - share
    other.facts["hypotheses"].append({"id": name, "statement": "Another of the kind."})
    for table in ("likelihoods", "intensities"):
        rows = other.rows[table]
        rows += [row | {"hypothesis": name} for row in rows if row["hypothesis"] == like]
    return other


@quick
@given(random_tables(), st.data(), st.floats(0.05, 0.95))
def test_a_hypothesis_cut_in_two(case, data, share):
    """The parts have its probability together, in proportion, and nothing else moves: to rounding.

    Read backwards it is a merger of two hypotheses that are judged alike.
    """
    like = data.draw(st.sampled_from(case.hypotheses))
    expected = answer(case.load())
    found = answer(add_hypothesis(case, like, "twin", share).load())
    twin = found.pop("P(twin)")
    assert twin == pytest.approx(share * expected[f"P({like})"], abs=EXACT)
    found[f"P({like})"] += twin
    assert found == pytest.approx(expected, abs=EXACT)


WEIGHT = 1e-7


@quick
@given(random_tables(), st.data(), st.integers(0, 10**6))
def test_a_hypothesis_of_vanishing_weight(case, data, seed):
    """With judgements of its own it moves nothing by more than its weight times how much better it may explain all.

    An item is at most 50 times likelier under it (P >= .02 in these cases), a record more; and an item that told no
    hypothesis from another has now a loading of the order of the square root of the weight: 1e-4 leaves room for both.
    """
    rng = np.random.default_rng(seed)
    like = data.draw(st.sampled_from(case.hypotheses))
    other = add_hypothesis(case, like, "odd", WEIGHT)
    for row in other.rows["likelihoods"]:
        if row["hypothesis"] == "odd":
            low, mid, high = sorted(rng.uniform(0.1, 0.9, 3))
            row["low"], row["mid"], row["high"] = repr(float(low)), repr(float(mid)), repr(float(high))
    expected, found = answer(case.load()), answer(other.load())
    assert found.pop("P(odd)") < 1e-4
    assert found == pytest.approx(expected, abs=1e-4)
