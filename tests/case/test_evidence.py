"""Likelihoods as they may be stated: numbers, words of three sets, or that none is."""

from __future__ import annotations

import math

import pytest
from cases import INTENSITIES, LIKELIHOODS, write_case

from detente import exact
from detente.case import find_case, load_case, read_bulletin, read_record, take_in
from detente.case.changes import changed_files
from detente.errors import CaseError
from detente.estimative import ICD_203, SECOND_WORDS, UK, stated_range, term_range


def likelihood(folder, word):
    case = load_case(workspace=write_case(folder, likelihoods=(",,likely,,", f",,{word},,")))
    return case.likelihoods["toast"]["tactic"]


@pytest.mark.parametrize("band", ICD_203.bands, ids=lambda band: band.word)
def test_both_words_of_icd_203_have_one_range(band):
    others = [second for second, first in SECOND_WORDS.items() if first == band.word]
    assert others
    assert {stated_range(word) for word in (band.word, *others, band.word.upper())} == {(band.low, band.high)}


def test_the_yardstick_is_understood_where_icd_203_has_no_such_word():
    assert stated_range("Realistic possibility") == (0.40, 0.50)
    assert stated_range("highly likely") == (0.80, 0.90)
    assert stated_range("remote chance") == (0.01, 0.05), "a range ends where those of ICD 203 do"
    assert stated_range("likely") == term_range("likely", ICD_203) != term_range("likely", UK)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("probable", (0.55, 0.675, 0.80)),
        ("Highly Improbable", (0.05, 0.125, 0.20)),
        ("remote", (0.01, 0.03, 0.05)),
        ("nearly certain", (0.95, 0.97, 0.99)),
        ("roughly even odds", (0.45, 0.50, 0.55)),
        ("realistic possibility", (0.40, 0.45, 0.50)),
    ],
)
def test_a_table_may_hold_any_of_the_words(tmp_path, word, expected):
    stated = likelihood(tmp_path, word)
    assert (stated.low, stated.mid, stated.high) == pytest.approx(expected)
    assert stated.word == word.casefold()


def test_a_likelihood_that_is_not_stated_is_the_mean_of_the_others_by_their_prior_weights(tmp_path):
    three = {
        "case": ("  - {id: tactic,", "  - {id: habit, statement: North always does this.}\n  - {id: tactic,"),
        "priors": ("{sincere: 0.4, tactic: 0.6}", "{sincere: 0.3, habit: 0.1, tactic: 0.6}"),
        "intensities": INTENSITIES + "border,closed,open,habit,*,365,0.1,0.3,0.4,Nobody knows.\n",
        "likelihoods": LIKELIHOODS
        + "speech,habit,,Not stated,,Nobody knows North's habits.\n"
        + "toast,habit,,unlikely,,It never drinks.\nmap,habit,,likely,,It likes maps.\n",
    }
    case = load_case(workspace=write_case(tmp_path, **three))
    row = case.likelihoods["speech"]["habit"]
    logit = {p: math.log(p / (1 - p)) for p in (0.6, 0.7)}
    mean = (0.3 * logit[0.6] + 0.6 * logit[0.7]) / 0.9
    assert row.word == "not stated"
    assert row.mid == pytest.approx(1 / (1 + math.exp(-mean)))
    assert row.low < row.mid < row.high


def test_an_item_stated_under_one_of_two_hypotheses_moves_nothing(tmp_path):
    rows = LIKELIHOODS.replace("map,tactic,0.1,0.2,0.4", "map,tactic,,not stated,")
    silent = load_case(workspace=write_case(tmp_path / "a", likelihoods=rows))
    same = LIKELIHOODS.replace("map,tactic,0.1,0.2,0.4", "map,tactic,0.3,0.5,0.7")
    equal = load_case(workspace=write_case(tmp_path / "b", likelihoods=same))
    assert exact.posterior(silent).probability == pytest.approx(exact.posterior(equal).probability, abs=1e-12)


def test_something_must_be_stated(tmp_path):
    rows = LIKELIHOODS.replace("map,tactic,0.1,0.2,0.4", "map,tactic,,not stated,").replace(
        "map,sincere,0.3,0.5,0.7", "map,sincere,,not stated,"
    )
    with pytest.raises(CaseError) as caught:
        load_case(workspace=write_case(tmp_path, likelihoods=rows))
    assert str(caught.value) == (
        "seeds/dispute/evidence.csv:4: map: must have a likelihood under at least one hypothesis (got not stated under "
        "each)"
    )


def test_a_bulletin_may_leave_a_likelihood_unstated_and_is_written_back_so(tmp_path):
    location = find_case(workspace=write_case(tmp_path))
    record, _ = read_record(location)
    text = (
        "date: 2023-03-10\nsource: Weekly\nevidence:\n  - {id: envoys, claim: They came., observed: yes, "
        "reliability: B, credibility: 2, likelihoods: {sincere: {mid: probable, because: They would come.}, "
        "tactic: {mid: not stated, because: Nobody can say.}}}\n"
    )
    bulletin = read_bulletin(text, "news.yaml", record)
    assert bulletin.likelihoods["envoys"]["tactic"].mid == pytest.approx(0.675)
    files = changed_files(location, record, bulletin, take_in(record, bulletin))
    rows = files[location.priors / "likelihoods.csv"].decode()
    assert "envoys,sincere,,probable,,They would come.\nenvoys,tactic,,not stated,,Nobody can say.\n" in rows
