"""Forecasts of whole cases by the exact engine: every shape of case, what must add up, and what may not matter."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import CUTOFF, HORIZON, START, make_case

from detente import inference, load_case
from detente.case import find_case, read_record
from detente.case.election import ScheduledElection
from detente.case.processes import Event
from detente.errors import CutoffError
from detente.forecast import forecast
from detente.jsonable import jsonable
from detente.report.reading import parse_dossier
from detente.settings import Settings

EXACT = Settings(engine="exact", draws=200)
BRIEF = Settings(engine="exact", draws=100, in_full=False)
VOTE = CUTOFF + dt.timedelta(days=100)
LADDER = {"p": [("a", "b"), ("b", "c")], "q": [("x", "y"), ("x", "z")]}
MIDS = [(0.6, 0.2), (0.3, 0.5), (0.7, 0.4)]


def event(process, state, day):
    return Event(date=day, process=process, state=state, source="", claim="")


def odd_cases():
    """Return cases that lack something, by name."""
    day = dt.timedelta(days=1)
    items = {"mids": MIDS, "clusters": ["c", "c", None], "gamma": (0.6, 0.15), "width": 0.05}
    vote = {"winners": ("left", "right"), "election": VOTE}
    past = START + 30 * day
    return {
        "nothing": {},
        "items alone": items,
        "processes alone": {"processes": LADDER, "spread": 0.2},
        "no election": {**items, "processes": LADDER, "spread": 0.2},
        "an election and no process": {**items, **vote},
        "everything": {**items, **vote, "processes": LADDER, "spread": 0.2},
        "four hypotheses": {**vote, "mids": [(0.6, 0.2, 0.5, 0.4)] * 3, "processes": LADDER},
        "after the election": {
            **items,
            "processes": LADDER,
            "winners": ("left", "right"),
            "election": past,
            "events": (event("p", "b", past - day), event("election", "right", past)),
        },
        "on election day": {**items, "processes": LADDER, "winners": ("left", "right"), "election": CUTOFF},
        "three winners": {"processes": LADDER, "winners": ("left", "right", "other"), "election": VOTE},
        "one step made, before the vote": {**vote, "processes": LADDER, "events": (event("p", "b", past),)},
        "all over": {**vote, "processes": LADDER, "events": (event("p", "b", past), event("p", "c", past + day))},
        "a horizon tomorrow": {"processes": LADDER, "horizon": CUTOFF + day},
        "nothing is uncertain": {"mids": MIDS, "clusters": ["c"] * 3, "rho": (0.5, 0.0), "processes": LADDER},
        "some correlations are known": {**items, "rho": (0.5, 0.0)},
        "a reference without doubt": {**vote, "mids": [(0.9999, 0.0001)] * 30, "processes": LADDER},
    }


@pytest.mark.parametrize("name", odd_cases())
def test_every_shape_of_case_is_forecast(name):
    """Without a warning; the file can be written, read back, and is the same forecast."""
    result = forecast(make_case(**odd_cases()[name]), EXACT)
    text = json.dumps(jsonable(result.contents), allow_nan=False)
    assert parse_dossier(text, "here").forecast == result
    assert sum(h.posterior for h in result.hypotheses.values()) == pytest.approx(1, abs=1e-12)
    assert result.diagnostics.status == "pass"
    windows = [
        window
        for outcome in result.outcomes.values()
        for window in (outcome.before_election, outcome.after_election, outcome.horizon)
        if window
    ]
    for window in windows:
        low, high = window.interval
        assert 0 <= low <= high <= 1
        assert 0 <= window.probability <= 1
        assert all(0 <= p <= 1 + 1e-12 for p in (*window.by_hypothesis.values(), *window.by_winner.values()))
    result.hypotheses_frame()
    result.evidence_frame()
    assert len(result.outcomes_frame()) == len(windows)
    result.draws_tree()


@pytest.mark.parametrize("seed", [0, 1, 2, 5, 19, 24])
def test_random_case_is_forecast(random_case, seed):
    result = forecast(random_case(seed).case, BRIEF)
    assert parse_dossier(json.dumps(jsonable(result.contents), allow_nan=False), "here").forecast == result


# --- windows


def test_windows_of_an_election_ahead():
    """P(before) + (1 - P(before)) P(after, given not before) is P(by the horizon)."""
    result = forecast(make_case(**odd_cases()["everything"]), EXACT)
    for outcome in result.outcomes.values():
        before, after, horizon = (
            w.probability for w in (outcome.before_election, outcome.after_election, outcome.horizon)
        )
        assert before + (1 - before) * after == pytest.approx(horizon, abs=1e-12)
        assert before <= horizon
        assert outcome.before_election.by_winner == {}
        assert set(outcome.horizon.by_winner) == {"left", "right"}
        assert set(outcome.horizon.by_hypothesis) == {"h0", "h1"}


@pytest.mark.parametrize("name", ["no election", "processes alone"])
def test_windows_without_an_election(name):
    result = forecast(make_case(**odd_cases()[name]), BRIEF)
    assert result.election == {}
    assert result.election_date is None
    for outcome in result.outcomes.values():
        assert (outcome.before_election, outcome.after_election) == (None, None)
        assert outcome.horizon.by_winner == {}
    assert not {"before_election", "after_election"} & set(jsonable(result.contents)["outcomes"]["p_b"])


def test_windows_after_the_election():
    """What happened before it has happened; the rest is asked for after it only; the winner is certain."""
    result = forecast(make_case(**odd_cases()["after the election"]), BRIEF)
    assert {w: row.probability for w, row in result.election.items()} == {"left": 0, "right": 1}
    assert all(outcome.before_election is None for outcome in result.outcomes.values())
    done, ahead = result.outcomes["p_b"], result.outcomes["p_c"]
    assert done.happened == START + dt.timedelta(days=29)
    assert done.horizon.probability == pytest.approx(1, abs=1e-12)
    assert done.after_election is None
    assert ahead.after_election.probability == ahead.horizon.probability


def test_what_happened_has_probability_one():
    """In every window that is shown, under every hypothesis, and never a hair more."""
    result = forecast(make_case(**odd_cases()["one step made, before the vote"]), EXACT)
    done = result.outcomes["p_b"]
    assert done.happened == START + dt.timedelta(days=30)
    for window in (done.before_election, done.horizon):
        assert 1 - 1e-12 < window.probability <= 1
    assert done.after_election is None
    assert list(done.horizon.by_hypothesis.values()) == pytest.approx([1, 1], abs=1e-12)
    assert jsonable(result.contents)["outcomes"]["p_b"]["happened"] == "2030-01-31"


def test_what_cannot_happen_any_more_has_probability_zero():
    case = make_case(processes={"p": [("a", "b"), ("a", "c")]}, events=(event("p", "b", START + dt.timedelta(5)),))
    outcome = forecast(case, BRIEF).outcomes["p_c"]
    assert outcome.horizon.probability == 0
    assert outcome.possible is False
    assert outcome.happened is None


def test_error_of_what_has_happened_is_no_noise():
    """An outcome that has happened has nothing left to sample: no warning, and no quantity whose chain could fail."""
    from detente.forecast.outcomes import project_posterior

    case = make_case(**odd_cases()["one step made, before the vote"])
    sampled = inference.EXACT.infer(case, EXACT).changed(closed_form=None)
    for name, window in project_posterior(case, sampled).by_name.items():
        assert np.abs(window.influence).max() < 1e3, name


def test_outcomes_of_two_hypotheses_by_hand():
    """No doubt about anything: P(h) from the item, each outcome from its intensity."""
    chance = {"h0": 0.5, "h1": 0.2}
    case = make_case([(0.6, 0.2)], processes={"p": [("a", "b")]}, chances=lambda step, h, g: chance[h])
    elapsed, ahead = (CUTOFF - START).days / 100, (HORIZON - CUTOFF).days / 100
    joint = np.array([0.6 * 0.5**elapsed, 0.2 * 0.8**elapsed])
    posterior = joint / joint.sum()
    result = forecast(case, EXACT)
    for h, p in zip(("h0", "h1"), posterior, strict=True):
        assert result.hypotheses[h].posterior == pytest.approx(p, abs=1e-9)
        assert result.outcomes["p_b"].horizon.by_hypothesis[h] == pytest.approx(1 - (1 - chance[h]) ** ahead, abs=1e-9)
    expected = posterior @ [1 - 0.5**ahead, 1 - 0.8**ahead]
    assert result.outcomes["p_b"].horizon.probability == pytest.approx(expected, abs=1e-9)


def test_curves_and_windows_say_the_same():
    result = forecast(make_case(**odd_cases()["everything"]), EXACT)
    for outcome in result.outcomes.values():
        day = outcome.curve.dates.index(VOTE)
        near = 3 * outcome.horizon.mcse + 0.01  # the curve averages draws, the window weighs by the closed form
        assert outcome.curve.mean[day] == pytest.approx(outcome.before_election.probability, abs=near)
        assert outcome.curve.mean[-1] == pytest.approx(outcome.horizon.probability, abs=near)
        assert list(outcome.curve.mean) == sorted(outcome.curve.mean)
        for low, mean, high in zip(outcome.curve.low, outcome.curve.mean, outcome.curve.high, strict=True):
            assert low - 1e-12 <= mean <= high + 1e-12 or high - low < 0.05


# --- determinism and cut-off


@pytest.mark.parametrize("name", ["everything", "four hypotheses"])
def test_same_seed_same_file(name):
    case = make_case(**odd_cases()[name])
    first, again = (json.dumps(jsonable(forecast(case, EXACT).contents)) for _ in range(2))
    other = json.dumps(jsonable(forecast(case, Settings(engine="exact", draws=200, random_seed=5)).contents))
    assert first == again
    assert first != other


def test_posterior_of_the_exact_engine_does_not_depend_on_the_seed(bundled):
    first, other = (
        forecast(bundled, Settings(engine="exact", draws=100, in_full=False, random_seed=s)) for s in (1, 2)
    )
    assert [h.posterior for h in first.hypotheses.values()] == [h.posterior for h in other.hypotheses.values()]
    assert first.evidence == other.evidence


def test_brief_forecast_says_the_same_in_fewer_words(bundled):
    brief, full = (
        jsonable(forecast(bundled, Settings(engine="exact", draws=100, in_full=in_full)).contents)
        for in_full in (False, True)
    )
    for key in ("hypotheses", "evidence", "records", "clusters", "election", "diagnostics"):
        assert brief[key] == full[key]
    for name, outcome in full["outcomes"].items():
        for window in ("before_election", "after_election", "horizon"):
            short, long = brief["outcomes"][name][window], outcome[window]
            assert short["probability"] == pytest.approx(long["probability"], abs=1e-10)
            assert short["interval"] == pytest.approx(long["interval"], abs=1e-10)
            assert short["by_winner"] == pytest.approx(long["by_winner"], abs=1e-10)
    assert full["outcomes"]["leaders_met"]["curve"]
    assert (brief["parameters"], brief["prior_outcomes"], brief["model_steps"]) == ([], {}, [])


def numbers(result):
    """Return what a run says, without its copy of the input."""
    return {key: value for key, value in jsonable(result.contents).items() if key not in ("inputs", "inputs_sha256")}


@pytest.fixture(scope="session")
def whole_case(random_case):
    """Return a function that reads all of a random case, whatever its cut-off."""

    def read(seed, **sizes):
        made = random_case(seed, **sizes)
        return read_record(find_case(made.name, made.workspace))[0]

    return read


@settings(max_examples=20, deadline=None)
@given(seed=st.sampled_from([3, 8, 27, 34, 38]), back=st.sampled_from([0, 5, 40]), data=st.data())
def test_nothing_dated_after_the_cutoff_matters(whole_case, seed, back, data):
    """Rows that became known later are dropped, altered and added; items known by then are retracted later."""
    whole = whole_case(seed)
    cutoff = whole.information_cutoff - dt.timedelta(days=back)
    expected = numbers(forecast(whole.as_of(cutoff), Settings(engine="exact", draws=50, in_full=False, as_of=cutoff)))
    later = cutoff + dt.timedelta(days=data.draw(st.integers(1, 300)))

    evidence = []
    for item in whole.evidence:
        fate = data.draw(st.sampled_from(["keep", "drop", "flip"]))
        if item.date > cutoff and fate == "drop":
            continue
        if item.date > cutoff and fate == "flip":
            evidence.append(item.changed(observed=not item.observed, reliability="F"))
        elif fate == "flip":
            evidence.append(item.changed(retracted_on=later, retracted_because="It was a mistake."))
        else:
            evidence.append(item)
    if whole.evidence:
        copied = whole.evidence[0].changed(id="later", date=later)
        evidence.insert(data.draw(st.integers(0, len(evidence))), copied)
    likelihoods = dict(whole.likelihoods) | {"later": next(iter(whole.likelihoods.values()), {})}

    events = [e for e in whole.events if e.date <= cutoff or data.draw(st.booleans())]
    election = whole.election
    if election is not None:
        news = ScheduledElection(known_from=later, date=later + dt.timedelta(days=3))
        election = election.changed(schedule=(*election.schedule, news))
        events.append(Event(date=later, process="election", state=election.winners[-1].id, source="", claim=""))
    changed = whole.changed(evidence=tuple(evidence), likelihoods=likelihoods, events=tuple(events), election=election)
    again = forecast(changed.as_of(cutoff), Settings(engine="exact", draws=50, in_full=False, as_of=cutoff))
    assert numbers(again) == expected
    assert again.as_of == cutoff


def test_rows_of_the_day_count(bundled):
    """An item dated on the cut-off is in; the day before it is not."""
    item = max(bundled.evidence_in_force, key=lambda item: item.date)
    for day, count in ((item.date, 1), (item.date - dt.timedelta(days=1), 0)):
        at_day = load_case("turkey-syria", as_of=day)
        assert sum(row.id == item.id for row in at_day.evidence_in_force) == count


def test_impossible_cutoff_is_one_line_a_fault(bundled):
    with pytest.raises(CutoffError, match="horizon") as error:
        forecast(bundled, Settings(engine="exact", as_of=bundled.horizon))
    for line in str(error.value).splitlines():
        assert line.startswith("turkey-syria as of 2024-05-14: the ")


def test_the_case_is_left_as_it_was(bundled):
    before = msgspec.json.encode(bundled, enc_hook=str)
    forecast(bundled, BRIEF)
    assert msgspec.json.encode(bundled, enc_hook=str) == before


# --- weights of evidence


def test_weights_and_records_make_the_posterior(bundled):
    result = forecast(bundled, BRIEF)
    for h, row in result.hypotheses.items():
        total = sum(w.weight_db[h] for w in (*result.evidence, *result.records))
        odds = row.prior / (1 - row.prior) * 10 ** (total / 10)
        assert odds / (1 + odds) == pytest.approx(row.posterior, abs=1e-9)
    assert result.leading == "tactic"


def test_public_names_are_what_the_readme_calls():
    """`detente.forecast(case)` again and again, whatever else was imported: the package of that name is no obstacle."""
    code = "import detente, detente.forecast.build; from detente import forecast; forecast, detente.forecast; "
    code += "print(callable(forecast), callable(detente.forecast), callable(detente.load_case))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "True True True\n"


def test_progress_is_told():
    stages = []
    forecast(make_case(MIDS), BRIEF, lambda stage, done: stages.append((stage, done)))
    assert stages
    assert all(isinstance(stage, str) for stage, _ in stages)


# --- the contract


CONTRACT = {
    "": "schema case title question as_of election_date horizon engine random_seed draws inputs_sha256 versions"
    " hypotheses evidence election outcomes diagnostics",
    "hypotheses.*": "prior posterior interval term exact",
    "evidence.*": "id date cluster weight_db posterior_without",
    "election.*": "probability interval",
    "outcomes.*": "label before_election after_election horizon",
    "outcomes.*.before_election": "probability interval term by_hypothesis",
    "outcomes.*.after_election": "probability interval term by_hypothesis by_winner",
    "outcomes.*.horizon": "probability interval term by_hypothesis by_winner exact",
    "diagnostics": "status checks",
    "diagnostics.checks.*": "name status finding advice",
}
"""Keys of forecast.json that others may rely on: the interface, word by word."""


def reach(value, path):
    """Yield what is found at a path with stars."""
    if not path:
        yield value
        return
    head, *rest = path
    if head == "*":
        for inside in value.values() if isinstance(value, dict) else value:
            yield from reach(inside, rest)
    else:
        yield from reach(value[head], rest)


@pytest.mark.parametrize("place", CONTRACT)
def test_the_contract(bundled, place):
    file = json.loads(json.dumps(jsonable(forecast(bundled, BRIEF).contents), allow_nan=False))
    for found in reach(file, place.split(".") if place else []):
        missing = set(CONTRACT[place].split()) - set(found)
        assert missing <= {"cluster"}, f"{place}: {missing}"


def test_values_of_the_contract(bundled):
    file = jsonable(forecast(bundled, BRIEF).contents)
    assert (file["schema"], file["case"], file["engine"]) == (2, "turkey-syria", "exact")
    assert (file["as_of"], file["election_date"], file["horizon"]) == ("2023-02-08", "2023-05-14", "2024-05-14")
    assert file["random_seed"] == 1689
    assert len(file["inputs_sha256"]) == 64
    assert {"detente", "python", "numpy", "scipy"} <= set(file["versions"])
    assert set(file["hypotheses"]) == {"sincere", "tactic"}
    assert sum(row["probability"] for row in file["election"].values()) == pytest.approx(1)
    assert [row["date"] for row in file["evidence"]] == sorted(row["date"] for row in file["evidence"])
    assert set(file["outcomes"]) == {outcome.id for outcome in bundled.outcomes}


def test_inputs_are_written_as_msgspec_would(random_case):
    """The writer of results says the same of a case, but for what is not stated."""
    from detente.jsonable import jsonable

    def stated(value):
        if isinstance(value, dict):
            return {name: stated(part) for name, part in value.items() if part is not None}
        return [stated(part) for part in value] if isinstance(value, (list, tuple)) else value

    for case in (load_case("turkey-syria"), random_case(3).case):
        written = jsonable(case)
        assert msgspec.convert(written, type(case), str_keys=True) == case
        assert stated(written) == stated(msgspec.to_builtins(case, str_keys=True, enc_hook=str))
        assert None not in written.values()
