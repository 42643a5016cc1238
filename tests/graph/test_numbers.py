"""Numbers keep their precision and their size on the way into the graph."""

import datetime as dt
import threading

import numpy as np
import pytensor
import pytest
from outside_cases import TODAY, class_case, member, poll, poll_case
from pytensor.graph.traversal import ancestors
from pytensor.tensor.elemwise import Elemwise
from scipy.stats import t
from small import make_case

from detente.graph import build, evaluation, evaluator, flat, packed
from detente.graph.polls import poll_data

pytestmark = pytest.mark.usefixtures("in_python")


def test_nothing_is_worked_out_in_single_precision(bundled):
    """PyTensor holds a plain float that fits as float32, and works out what has no other number in it as float32."""
    narrow = [
        variable
        for variable in ancestors([build(bundled).logp()])
        if getattr(variable.type, "dtype", "") in {"float16", "float32"}
        and variable.owner is not None
        and isinstance(variable.owner.op, Elemwise)
        and str(variable.owner.op) not in {"Log", "Switch"}  # of 1, and between 0 and minus infinity
    ]
    exact = [v for v in narrow if str(v.owner.op) in {"Pow", "Mul"}]  # 1 / sigma squared, with sigma 1
    assert len(exact) == len(narrow) <= 2


def test_the_surprise_of_an_election_has_the_density_of_its_student_t(bundled):
    model = build(bundled)
    value = model.rvs_to_values[model["election_surprise"]]
    density = model.compile_fn(model.logp(vars=[model["election_surprise"]]), inputs=[value], mode="FAST_COMPILE")
    degrees = bundled.priors.polls.degrees
    for x in (0.0, 1.3, -40.0):
        assert float(density({value.name: x})) == pytest.approx(t(degrees).logpdf(x), rel=1e-14)


def test_a_large_sample_is_not_wrapped():
    """3,000,000,000 asked: as a 32-bit whole number that is minus 1,294,967,296."""
    day = TODAY - dt.timedelta(days=3)
    case = poll_case([poll(day, 0.51, size=3_000_000_000), *(poll(day, 0.51, house) for house in "bcde")])
    prior, model = case.priors.polls, build(case)
    expected = 1 / (prior.design_effect * 0.51 * 0.49 / (3e9 * 0.9) + prior.excess_sd**2)
    assert model["poll_weight"].get_value() == pytest.approx(poll_data(case).weight)
    assert model["poll_weight"].get_value() == pytest.approx([expected, *poll_data(case).weight[1:]], rel=1e-9)


def test_long_waits_and_histories_keep_their_days():
    """Nine thousand years of waiting are three million days, and squared more than 32 bits hold."""
    first = dt.date(1, 1, 1)
    case = make_case(processes={"p": [("a", "b")]}, cutoff=dt.date(9000, 1, 1), horizon=dt.date(9001, 1, 1))
    begun = case.processes[0].changed(start=case.processes[0].start.changed(date=first))
    whole = case.changed(processes=(begun,))
    exposure = build(whole)["exposure"].get_value()
    assert exposure.dtype == np.float64
    assert exposure.sum() == (dt.date(9000, 1, 1) - first).days


def test_packing_takes_no_whole_number_for_another():
    """Whole numbers are packed with the rest as doubles, which hold each up to 2**53."""
    case = make_case([(0.6, 0.2), (0.7, 0.3)], clusters=["c", "c"])
    model = build(case)
    whole = [v for v in model.data_vars if np.issubdtype(v.get_value().dtype, np.integer)]
    assert {v.name for v in whole} == {"item_cluster"}  # places, never counts
    assert flat(model).dtype == np.float64
    assert packed(model)[0].logp().dtype == "float64"


def test_threads_are_given_their_own_results():
    case = make_case([(0.6, 0.2), (0.7, 0.3)], gamma=(0.5, 0.2))
    evaluated = evaluator(build(case))
    rng = np.random.default_rng(3)
    draws = [
        {"hypothesis_weight": rng.dirichlet([1, 1], size=200), "discrimination": rng.random(200)} for _ in range(8)
    ]
    alone = [evaluated(one)["hypothesis_probability"].copy() for one in draws]
    wrong = []

    def work(place):
        found = (evaluated(draws[place])["hypothesis_probability"] for _ in range(20))
        wrong.extend(place for given in found if not np.array_equal(given, alone[place]))

    threads = [threading.Thread(target=work, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_draws_worked_out_some_at_a_time_are_the_same(monkeypatch):
    case = make_case([(0.6, 0.2), (0.7, 0.3)], clusters=["c", "c"], gamma=(0.5, 0.2))
    rng = np.random.default_rng(3)
    draws = {"hypothesis_weight": rng.dirichlet([1, 1], size=7), "discrimination": rng.random(7)}
    draws |= {"cluster_correlation": rng.random((7, 1)), "common_cause": rng.standard_normal((7, 1))}
    at_once = evaluator(build(case))(draws)
    monkeypatch.setattr(evaluation, "TOGETHER", 8)
    some_at_a_time = evaluator(build(case))(draws)
    assert {name: array.tolist() for name, array in at_once.items()} == {
        name: array.tolist() for name, array in some_at_a_time.items()
    }


def test_a_class_of_many_members_is_counted_whole():
    case = class_case([member(f"m{i}", 0, 700, met=100) for i in range(300)])
    made = build(case)["class_made"].get_value()
    assert made.dtype == np.float64
    assert made.sum() == 300


def test_a_user_who_has_single_precision_set_is_given_the_same_numbers():
    """PyTensor's floatX, in a settings file or in the environment, is that of every variable made without a type."""
    case = make_case([(0.6, 0.2), (0.7, 0.3)], clusters=["c", "c"], gamma=(0.5, 0.2))
    draws = {
        "hypothesis_weight": np.array([[0.3, 0.7]]),
        "discrimination": np.array([0.4]),
        "cluster_correlation": np.array([[0.6]]),
        "common_cause": np.array([[-0.8]]),
    }
    usual = evaluator(build(case))(draws)["hypothesis_probability"]
    with pytensor.config.change_flags(floatX="float32"):
        model = build(case)
        assert packed(model)[0].logp().dtype == "float64"
        assert np.array_equal(evaluator(model)(draws)["hypothesis_probability"], usual)
