"""The model of a whole replay, told by data what counted on a date, is the model of the case as of that date."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from small import START, make_case, on_record

from detente import exact
from detente.graph import build, evaluate
from detente.graph.replay import data_as_of, whole_replay
from detente.inference import draw_exactly

LAST = START + dt.timedelta(days=60)
TURNED = [(0.4, 0.3, 0.3), (0.5, 0.4, 0.6), (0.14, 0.62, 0.88)]
"""Two items on one side of the first axis of their contrasts, until the third turns the axis between them."""


@pytest.fixture(scope="module")
def record():
    case = make_case(TURNED, clusters=["c"] * 3, width=0.05, gamma=(0.6, 0.15), cutoff=LAST)
    days = (START, START + dt.timedelta(days=1), START + dt.timedelta(days=30))
    items = [item.changed(date=day) for item, day in zip(case.evidence, days, strict=True)]
    return on_record(case.changed(evidence=tuple(items)))


@pytest.mark.parametrize("day", [10, 30, 59])
def test_the_whole_model_on_a_date_is_the_model_of_that_date(record, day):
    cut = record.as_of(START + dt.timedelta(days=day))
    draws = draw_exactly(cut, exact.posterior(cut), 50, 1)
    whole = whole_replay(record, LAST)
    model, own = build(whole), build(cut)
    for name, values in data_as_of(cut, whole).items():
        model[name].set_value(values)
    free = {variable.name: draws.flat(variable.name) for variable in own.free_RVs}
    expected, found = (evaluate(one, free)["hypothesis_probability"] for one in (own, model))
    np.testing.assert_allclose(found, expected, rtol=1e-9)
