"""The answer does not depend on how the files are laid out, labelled, spelt or dated."""

from __future__ import annotations

import contextlib
import datetime as dt
import locale
import os
import random
import re
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.invariance import tables
from tests.invariance.tables import answer, drawn, forecast_of, in_the_graph, random_tables

from detente.case import bundled_cases

EXACT = 1e-9
"""Sums in another order differ in the last place of log likelihoods of some tens: this is a thousandfold margin."""
DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
A_YEAR = dt.timedelta(days=365)

quick = settings(max_examples=25, deadline=None)
few = settings(max_examples=5, deadline=None)


@quick
@given(random_tables(), st.randoms(use_true_random=False))
def test_order_of_rows_and_keys(case, rng: random.Random):
    """Every table and every list is shuffled, but what an order means: states of a process, transitions from them."""
    other = case.copy()
    for rows in other.rows.values():
        rng.shuffle(rows)
    for name in ("hypotheses", "outcomes"):
        rng.shuffle(other.facts[name])
    for place, names in ((other.facts, ("clusters", "processes")), (other.priors, ("dependence", "reliability"))):
        for name in names:
            keys = rng.sample(list(place[name]), len(place[name]))
            place[name] = {key: place[name][key] for key in keys}
    other.priors["hypotheses"]["weights"] = dict(reversed(other.priors["hypotheses"]["weights"].items()))
    if "election" in other.facts:
        rng.shuffle(other.facts["election"]["winners"])
    rng.shuffle(other.priors["couplings"])
    assert answer(other.load()) == pytest.approx(answer(case.load()), abs=EXACT)


@quick
@given(random_tables())
def test_names_of_hypotheses(case):
    """Renamed, and in the order of the alphabet backwards: the same numbers under the new names."""
    names = {old: f"reading_{letter}" for old, letter in zip(case.hypotheses, "zyx", strict=False)}
    other = case.copy()
    for row in other.facts["hypotheses"]:
        row["id"] = names[row["id"]]
    weights = other.priors["hypotheses"]["weights"]
    other.priors["hypotheses"]["weights"] = {names[h]: weight for h, weight in weights.items()}
    for table in ("likelihoods", "intensities"):
        for row in other.rows[table]:
            row["hypothesis"] = names.get(row["hypothesis"], row["hypothesis"])
    expected = answer(case.load())
    renamed = {
        key.replace(key[2:-1], names[key[2:-1]]) if key[2:-1] in names else key: p for key, p in expected.items()
    }
    assert answer(other.load()) == pytest.approx(renamed, abs=EXACT)


@quick
@given(random_tables(), st.permutations(["sincere", "tactic", "bluff"]))
def test_order_of_hypotheses(case, order):
    other = case.copy()
    other.facts["hypotheses"].sort(key=lambda row: order.index(row["id"]))
    assert answer(other.load()) == pytest.approx(answer(case.load()), abs=EXACT)


@quick
@given(random_tables())
def test_letters_of_what_is_read_by_people(case):
    """Text in capitals: titles, statements, labels, actors, sources, claims and reasons."""
    other = case.copy()
    other.facts["title"] = other.facts["title"].upper()
    for row in other.facts["hypotheses"]:
        row["statement"] = row["statement"].upper()
    for table, columns in {"evidence": ("actor", "source", "claim"), "likelihoods": ("because",)}.items():
        for row in other.rows[table]:
            row |= {column: row[column].upper() for column in columns}
    assert answer(other.load()) == answer(case.load())


def shifted(value):
    """Return a value with every date in it a year of days later."""
    if isinstance(value, dict):
        return {key: shifted(part) for key, part in value.items()}
    if isinstance(value, list):
        return [shifted(part) for part in value]
    if isinstance(value, dt.date):
        return value + A_YEAR
    if isinstance(value, str):
        return DATE.sub(lambda day: str(dt.date.fromisoformat(day[0]) + A_YEAR), value)
    return value


def a_year_later(case):
    other = case.copy()
    other.facts, other.priors, other.rows = shifted(case.facts), shifted(case.priors), shifted(case.rows)
    return other


@quick
@given(random_tables())
def test_calendar(case):
    """Every date 365 days later: only days between dates count, so that nothing moves, outcomes neither."""
    before, after = case.load(), a_year_later(case).load()
    assert answer(after) == pytest.approx(answer(before), abs=EXACT)
    assert forecast_of(after) == pytest.approx(forecast_of(before), abs=EXACT)


@pytest.mark.usefixtures("graph")
@few
@given(random_tables(items=4, processes=1))
def test_calendar_in_the_graph(case):
    """The sampled engine, at the same draws of its free variables."""
    before, after = case.load(), a_year_later(case).load()
    draws = drawn(before)
    expected, found = in_the_graph(before, draws), in_the_graph(after, draws)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=EXACT, atol=EXACT, err_msg=name)


@pytest.mark.parametrize("name", bundled_cases())
def test_calendar_of_a_bundled_case(name, repository):
    """The same with polls, a reference class and a schedule."""
    case = tables.read(repository, name)
    assert answer(a_year_later(case).load()) == pytest.approx(answer(case.load()), abs=EXACT)


@contextlib.contextmanager
def elsewhere(zone, place):
    """Run in a time zone and a locale, where the system has it."""
    before, spoken = os.environ.get("TZ"), locale.setlocale(locale.LC_ALL)
    os.environ["TZ"] = zone
    time.tzset()
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, place)
    try:
        yield
    finally:
        locale.setlocale(locale.LC_ALL, spoken)
        os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
        time.tzset()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"])
def test_time_zone_and_locale(zone, repository):
    """A day is a day of the record, wherever it is read; a comma is no decimal point."""
    case = tables.read(repository, "saudi-iran")
    expected = forecast_of(case.load())
    with elsewhere(zone, "de_DE.UTF-8"):
        assert forecast_of(case.load()) == expected
