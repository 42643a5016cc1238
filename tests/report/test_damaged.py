"""A result that was edited, merged or cut off ends in one line that names the file and the place."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from tests.mutations import cut, mutated

from detente.dossier import SEAL, digest
from detente.errors import DetenteError
from detente.jsonable import parsed
from detente.report.document import document
from detente.report.history import overview, stored_runs
from detente.report.reading import ForecastFileError, as_stored, parse_dossier
from detente.report.render import markdown_twin
from detente.report.scores import read_record
from detente.report.terminal import print_summary

REPORTS = Path(__file__).parents[2] / "reports" / "turkey-syria"
WHERE = "reports/dispute/2023-03-01/forecast.json"


def sealed(raw):
    """Return the text of a forecast as if a program had written it so."""
    return json.dumps({**raw, SEAL: digest(raw)})


@pytest.fixture(scope="module")
def stored():
    """Return the forecast of the first case, made by NUTS, with all that a run can have."""
    raw = json.loads((REPORTS / "2023-02-08" / "forecast.json").read_text(encoding="utf-8"))
    del raw[SEAL]
    one_of_each = {row["kind"]: row for row in raw["sensitivity"]["tornado"]}  # to read all takes long
    raw["sensitivity"]["tornado"] = list(one_of_each.values())
    return raw


def test_as_it_was_written_it_is_read(stored):
    assert parse_dossier(sealed(stored), WHERE).forecast.case == "turkey-syria"


def said(read, *arguments):
    """Return what reading says of a damaged file, or None where it reads it."""
    try:
        read(*arguments)
    except DetenteError as error:
        return str(error)
    return None


def first(raw, *path):
    for name in path:
        raw = raw[name]
    return raw


@pytest.mark.parametrize(
    ("damage", "place"),
    [
        (lambda raw: raw["evidence"][0]["posterior_without"].pop("tactic"), '0.posterior_without: "tactic" is'),
        (lambda raw: raw["evidence"][0].update(id="nobody"), "evidence: must be of what was in force"),
        (lambda raw: raw["hypotheses"]["tactic"].update(posterior="0.5"), "posterior: must be a number .got a text"),
        (lambda raw: raw["evidence"][0].update(date=0), "evidence.0.date: must be a text .got a number"),
        (lambda raw: raw.update(draws=True), "draws: must be a number .got yes or no"),
        (lambda raw: raw["evidence"].pop(), "evidence: must be of what was in force, [0-9]+ in all, by id"),
        (lambda raw: raw["clusters"].pop(), "clusters: must be of what was in force"),
        (lambda raw: raw["records"][0]["weight_db"].update(x=1), 'records.0.weight_db: "x" is unknown'),
        (lambda raw: raw["parameters"][1]["bin_edges"].pop(), "parameters.1.bin_edges: must have one entry more"),
        (lambda raw: raw["parameters"][1]["ranks"][0].pop(), "parameters.1.ranks: "),
        (lambda raw: raw["outcomes"]["leaders_met"]["curve"]["low"].pop(), "outcomes.leaders_met.curve.low: has "),
        (lambda raw: raw["outcomes"]["leaders_met"]["curve"]["dates"].reverse(), "curve.dates: must rise"),
        (lambda raw: raw["outcomes"]["leaders_met"]["horizon"].update(probability=1.5), "probability: must be between"),
        (lambda raw: raw["outcomes"]["leaders_met"]["horizon"]["interval"].reverse(), "horizon.interval: must rise"),
        (lambda raw: raw["outcomes"].pop("leaders_met"), 'outcomes: "leaders_met" is missing'),
        (lambda raw: raw["hypotheses"]["tactic"].update(posterior=1e308), "tactic.posterior: must be a number"),
        (lambda raw: raw["model_steps"][0].update(name="other"), 'model_steps.0.name: there is no ladder "other"'),
        (lambda raw: raw["sensitivity"]["tornado"][0]["at_low"].pop(), "sensitivity.tornado.0.at_low: has "),
        (
            lambda raw: raw["sensitivity"]["tornado"][0].update(kind="intensity", id="apart"),
            "tornado.0.id: is not the id of a number of its kind, intensity ",
        ),
        (lambda raw: raw["sensitivity"]["sweeps"][0].update(parameter="x"), "sensitivity.sweeps.0.parameter: there is"),
        (lambda raw: raw["sensitivity"].update(target="x"), 'sensitivity.target: there is no hypothesis "x"'),
        (lambda raw: raw["watch"]["indicators"][0]["if_seen"].pop(), "watch.indicators.0.if_seen: has "),
        (lambda raw: raw["what_if"]["parts"][0]["rows"].pop(), "what_if.parts.0.rows: must be "),
        (lambda raw: raw["what_if"]["parts"][0].update(items=["a"] * 100_000), "parts.0.rows: must be 100002"),
        (lambda raw: raw["polls"]["level"].pop(), "polls.level: has "),
        (lambda raw: raw["polls"].pop("probability"), "polls: has share, share_sd, interval and no more"),
        (lambda raw: raw["outside_view"]["classes"][0]["shares"][0]["by"].pop("12"), "shares.0.by: must have an entry"),
        (lambda raw: raw["inputs"]["intensities"].pop(), "inputs.intensities: there is none of "),
        (lambda raw: raw["inputs"]["likelihoods"].popitem(), "inputs.likelihoods: nothing is said of "),
        (lambda raw: first(raw, "inputs", "processes", 0, "states").pop(), "inputs.processes.0: its steps and"),
        (lambda raw: first(raw, "inputs", "outcomes", 0).update(state="x"), "inputs.outcomes.0.state: "),
        (lambda raw: raw["inputs"].update(horizon="2022-01-01"), "inputs.horizon|horizon: must be"),
        (lambda raw: first(raw, "inputs", "evidence", 0).update(cluster="x"), 'no cluster "x"|clusters: must be'),
        (lambda raw: raw["inputs"]["priors"]["reliability"].pop("A"), "priors.reliability: there is none of A;"),
        (lambda raw: raw["inputs"]["priors"]["credibility"].pop("2"), "priors.credibility: there is none of 2;"),
        (lambda raw: raw["inputs"]["priors"]["election"]["weights"].clear(), "election.weights: there is none of "),
        (lambda raw: raw["inputs"]["priors"]["hypotheses"]["weights"].clear(), "hypotheses.weights: there is none of"),
        (lambda raw: first(raw, "inputs", "evidence", 0).update({"a\nb": 1}), 'evidence.0: there is no field "a b";'),
        (lambda raw: raw["inputs"].update(title="a\nb"), 'title: must be that of the inputs, "a b" \\(got '),
        (lambda raw: first(raw, "inputs", "evidence", 0).update(date="soon"), "date: must be a day, YYYY-MM-DD;"),
        (lambda raw: first(raw, "inputs", "evidence", 0).update(credibility=7), 'credibility: cannot be "7";'),
        (lambda raw: raw.update(draws=1.5), "draws: must be a whole number;"),
        (lambda raw: raw.update(as_of="2023-02-07"), "as_of: must be that of the inputs"),
        (lambda raw: raw.update(inputs_sha256="0"), "inputs_sha256: must be that of the inputs"),
        (lambda raw: raw.update(draws=10**400), "draws: must be a number of ordinary size"),
        (lambda raw: raw["versions"].update(x=float("nan")), "versions.x: must be a number of ordinary size"),
    ],
)  # fmt: skip
def test_the_place_is_named(stored, damage, place):
    raw = json.loads(json.dumps(stored))
    damage(raw)
    with pytest.raises(ForecastFileError, match=place) as caught:
        parse_dossier(sealed(raw), WHERE)
    assert str(caught.value).startswith(f"{WHERE}: ")
    assert str(caught.value).endswith("; run `detente run` again")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("start", range(4))
def test_whatever_was_damaged_the_program_says_so_in_a_line_or_makes_a_page(stored, start):
    pages = 0
    for number in range(start, 80, 4):
        raw, what = mutated(stored, f"forecast {number}")
        try:
            text = sealed(raw) if isinstance(raw, dict) else json.dumps(raw)
        except (ValueError, RecursionError):
            continue
        line = said(parse_dossier, text, WHERE)
        if line is not None:
            assert line.startswith(f"{WHERE}: "), what
            assert len(line.splitlines()) == 1, what
        elif pages < 1:
            pages += 1
            dossier = parse_dossier(text, WHERE)
            print_summary(dossier, Console(file=io.StringIO(), width=80))
            markdown_twin(document(dossier))


@pytest.mark.parametrize("number", range(24))
def test_a_text_cut_off_or_merged_badly_is_one_line(stored, number, tmp_path):
    content = cut(json.dumps({**stored, SEAL: digest(stored)}, indent=1), f"text {number}")
    for folder in ("2023-02-08", "score"):
        (tmp_path / folder).mkdir()
    (tmp_path / "2023-02-08" / "forecast.json").write_bytes(content)
    faults = []
    assert stored_runs(tmp_path, "turkey-syria", faults) == ()
    assert len(faults) == 1
    assert len(faults[0].splitlines()) == 1
    assert "2023-02-08/forecast.json: left out of the overview of runs" in faults[0].replace("\\", "/")
    with pytest.raises(DetenteError, match=r"^[^\n]*forecast\.json: [^\n]*$"):
        parse_dossier(content.decode(errors="replace"), WHERE)


def test_damaged_scores_are_one_line_or_a_record(tmp_path):
    raw = json.loads((REPORTS / "score" / "score.json").read_text(encoding="utf-8"))
    (tmp_path / "score").mkdir()
    refused = 0
    for number in range(120):
        damaged, what = mutated(raw, f"score {number}")
        (tmp_path / "score" / "score.json").write_text(json.dumps(damaged), encoding="utf-8")
        line = said(read_record, tmp_path, "turkey-syria")
        if line is not None:
            refused += 1
            assert line.startswith(str(tmp_path / "score" / "score.json")), what
            assert len(line.splitlines()) == 1, what
    assert refused > 40


def test_runs_that_stand_beside_are_told_and_left_out(stored, tmp_path):
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "forecast.json").write_text(sealed(stored), encoding="utf-8")
    (tmp_path / "bad").mkdir()
    refused = 0
    for number in range(24):
        raw, what = mutated(stored, f"beside {number}")
        faults = []
        try:
            text = sealed(raw)
        except (ValueError, RecursionError):
            continue
        (tmp_path / "bad" / "forecast.json").write_text(text, encoding="utf-8")
        runs = stored_runs(tmp_path, "turkey-syria", faults)
        assert "good" in {run.folder for run in runs}, what
        assert len(overview(runs)) > 1000, what
        refused += len(faults)
    assert refused > 0


def test_a_fault_that_no_rule_finds_still_names_the_file(tmp_path):
    with (
        pytest.raises(ForecastFileError, match=r"forecast\.json: contradicts itself \(KeyError: 'x'\); run"),
        as_stored(tmp_path),
    ):
        {}["x"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1, "a": 2}', "the key 'a' stands twice"),
        ('{"a": {"b": [0, NaN]}}', "a.b.1: must be a number of ordinary size"),
        ('{"a": ["\\ud83d\\ude00", "\\ud800"]}', "a.1: has half of a character"),
        ('{"a": {"\\ud800": 1}}', "a: has half of a character in a key"),
        ('{"a": 1e999}', "a: must be a number"),
        ("[" * 200 + "]" * 200, "nested too deep"),
        ("[" * 100_000, "nested too deep"),
        ('{"a": ' + "9" * 5000 + "}", "integer string conversion"),
    ],
)
def test_what_our_json_never_holds_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        parsed(text)
