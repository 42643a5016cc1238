# ruff: noqa: E501 - a mistake and what is said of it are one row
"""Bulletins are checked whole: each mistake is one clear line with its place."""

from __future__ import annotations

import datetime as dt

import pytest
from bulletins import BULLETIN, spoilt
from cases import POLLS, PRIORS, WATCH, write_case

from detente.case import find_case, read_bulletin, read_record, take_in
from detente.errors import BulletinError


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    workspace = write_case(tmp_path_factory.mktemp("case"), polls=POLLS, watch=WATCH)
    return read_record(find_case("dispute", workspace))[0]


def problems(text, case):
    with pytest.raises(BulletinError) as caught:
        read_bulletin(text, "news.yaml", case)
    return str(caught.value)


def test_a_bulletin_is_read_and_fills_in_what_its_rows_leave_to_it(case):
    bulletin = read_bulletin(BULLETIN, "news.yaml", case)
    first, second = bulletin.evidence
    assert (first.date, second.date) == (dt.date(2023, 3, 9), dt.date(2023, 3, 10))
    assert {first.source, bulletin.events[0].source, bulletin.polls[0].source} == {"Weekly"}
    assert bulletin.events[0].date == dt.date(2023, 3, 10)
    words = bulletin.likelihoods["envoys_arrived"]
    assert (words["sincere"].low, words["sincere"].high) == (0.55, 0.8)
    assert words["tactic"].because == "Given as a word, with no reason stated."


def test_its_bytes_may_have_marks_and_line_ends_of_their_own(case):
    raw = b"\xef\xbb\xbf" + BULLETIN.replace("\n", "\r\n").encode()
    assert read_bulletin(raw, "news.yaml", case) == read_bulletin(BULLETIN, "news.yaml", case)


MALFORMED = {
    "not YAML": (("source: Weekly", "source: [Weekly"), "news.yaml:3: not valid YAML"),
    "no date": (("date: 2023-03-10\n", ""), "news.yaml:1: date: is missing"),
    "date": (("date: 2023-03-10", "date: 10 March"), 'news.yaml:1: date: must be an ISO date such as 2023-02-08 (got "10 March")'),
    "unknown key": (("events:", "event:"), 'news.yaml:25: unknown key "event" (did you mean `events`?)'),
    "key twice": (("source: Weekly", "source: Weekly\ndate: 2023-03-10"), "news.yaml:3: date: duplicate key, first on line 1"),
    "evidence no list": (("evidence:\n", "evidence: none\nx:\n"), "must be a list"),
    "no source": (("source: Weekly\n", ""), "evidence.source: is missing, and the bulletin names none either"),
    "id": (("id: envoys_named", "id: Envoys named"), 'news.yaml:6: evidence.id: must be lower-case words (a-z, 0-9) joined by _ or - (got "Envoys named")'),
    "id twice": (("id: envoys_arrived", "id: envoys_named"), 'news.yaml:16: id: "envoys_named" is a duplicate of line 6'),
    "id known": (("id: envoys_named", "id: speech"), 'news.yaml:6: evidence.id: "speech" is already in evidence.csv'),
    "id watched": (("id: envoys_named", "id: draft"), 'news.yaml:6: evidence.id: "draft" is in watch.csv: delete its rows there first'),
    "item too late": (("date: 2023-03-09", "date: 2023-03-11"), "news.yaml:7: evidence.date: must not be later than the bulletin's date, 2023-03-10 (got 2023-03-11)"),
    "observed": (("observed: yes", "observed: seen"), 'news.yaml:9: evidence.observed: must be yes or no (got "seen")'),
    "reliability": (("reliability: B", "reliability: G"), 'news.yaml:10: evidence.reliability: must be A to F (got "G")'),
    "credibility": (("credibility: 2", "credibility: 7"), 'news.yaml:11: evidence.credibility: must be 1 to 6 (got "7")'),
    "no claim": (("    claim: They arrived.\n", ""), "news.yaml:16: evidence.claim: is missing"),
    "cluster": (("cluster: envoys\n    likelihoods:\n      sincere: {low", "cluster: envoy\n    likelihoods:\n      sincere: {low"), 'cluster: case.yaml declares no cluster "envoy" (did you mean `envoys`?)'),
    "cluster of another reason": (("envoys: One delegation.", "envoys: One delegation.\n  speeches: Two speakers."), "news.yaml:5: clusters.speeches: is already in case.yaml, with another reason: leave it out"),
    "cluster called default": (("envoys: One delegation.", "envoys: One delegation.\n  default: All."), "news.yaml:5: clusters.default: no cluster may be called default: priors.yaml uses that name for all those not named"),
    "no likelihoods": (("    likelihoods:\n      sincere: {mid: likely, because: They would come.}\n      tactic: unlikely\n", ""), "news.yaml:16: evidence.likelihoods: is missing"),
    "hypothesis missing": (("      tactic: unlikely\n", ""), "news.yaml:16: envoys_arrived: has no likelihood under tactic: add it to news.yaml"),
    "hypothesis unknown": (("      tactic: unlikely", "      tactics: unlikely"), 'news.yaml:24: hypothesis: case.yaml declares no hypothesis "tactics" (did you mean `tactic`?)'),
    "order of low, mid, high": (("low: 0.3, mid: 0.5", "low: 0.6, mid: 0.5"), "news.yaml:14: low, mid, high: must increase (got 0.6, 0.5, 0.7)"),
    "certainty": (("high: 0.7", "high: 2"), "news.yaml:14: evidence.likelihoods.sincere.high: must be greater than 0 and less than 1: write 2% as 0.02"),
    "no reason": ((", because: Envoys cost something.", ""), "news.yaml:14: evidence.likelihoods.sincere.because: is missing"),
    "no word": (("tactic: unlikely", "tactic: perhaps"), "news.yaml:24: evidence.likelihoods.tactic: must be a number greater than 0 and less than 1, or one of: "),
    "bare number": (("tactic: unlikely", "tactic: 0.3"), "news.yaml:24: evidence.likelihoods.tactic: must state low, mid, high and because, or be an estimative word such as likely"),
    "event's process": (("process: border", "process: boarder"), 'news.yaml:26: process: case.yaml declares no process "boarder" (did you mean `border`?)'),
    "event's state": (("state: open", "state: closed"), 'news.yaml:26: state: border was in "closed" on 2023-03-10, and has no transition from there to "closed"'),
    "event too early": (("{process: border, state: open,", "{process: ladder, state: signed, date: 2023-01-01,"), 'state: ladder was in "apart" on 2023-01-01, and has no transition from there to "signed"'),
    "winner before the election": (("{process: border, state: open,", "{process: election, state: rival,"), "news.yaml:26: date: must not be earlier than the election, 2023-05-21 (got 2023-03-10)"),
    "election date known": (("known_from: 2023-03-05", "known_from: 2023-01-15"), "news.yaml:28: schedule.known_from: 2023-01-15 is already in case.yaml"),
    "election after the horizon": (("date: 2023-05-21", "date: 2025-05-21"), "news.yaml:28: schedule.date: must be before the horizon, 2024-03-01 (got 2025-05-21)"),
    "poll": (("sample_size: 900", "sample_size: many"), 'news.yaml:30: polls.sample_size: must be a whole number greater than 0 (got "many")'),
    "poll known": (("start: 2023-03-01, end: 2023-03-03", "start: 2023-01-01, end: 2023-01-05"), "news.yaml:30: polls: this poll of House is already in polls.csv"),
    "nothing to retract": (("id: toast", "id: toasts"), 'news.yaml:32: retractions.id: evidence.csv has no item "toasts" (did you mean `toast`?)'),
    "retracted too early": (("id: toast,", "id: envoys_named,"), 'news.yaml:32: retractions.id: evidence.csv has no item "envoys_named"'),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_bulletin_is_one_clear_line(name, case):
    change, message = MALFORMED[name]
    found = problems(spoilt(*change), case)
    assert message in found
    if name not in {"no source", "evidence no list"}:
        assert found.count("\n") == 0, found


def test_there_are_thirty_of_them():
    assert len(MALFORMED) >= 30


def test_all_problems_are_said_at_once_in_order(case):
    text = spoilt("reliability: B", "reliability: G").replace("observed: no", "observed: maybe")
    assert [line.split(":")[1] for line in problems(text, case).splitlines()] == ["10", "18"]


@pytest.mark.parametrize("head", ["source: Weekly", "source: [1]"])
def test_a_row_of_which_a_part_cannot_be_read_is_a_line_too(case, head):
    text = f"date: 2023-03-10\n{head}\nevents:\n  - {{process: border, date: 2023-03-01, claim: x}}\n"
    said = problems(text, case)
    assert "news.yaml:4: events.state: is missing" in said
    assert ("news.yaml:2: source:" in said) == (head == "source: [1]")


def test_a_winner_comes_once_and_after_the_election(case):
    text = "date: 2023-05-15\nevents:\n  - {process: election, state: rival}\n"
    whole = take_in(case, read_bulletin(text, "news.yaml", case))
    assert whole.as_of(whole.information_cutoff).winner == "rival"
    other = text.replace("rival", "incumbent")
    assert problems(other, whole) == (
        "news.yaml:3: events: events.csv already has the winner of the election, with other contents "
        "(state incumbent, not rival): add `replace: true` to correct it"
    )


def test_a_kind_of_question_needs_its_deviation(tmp_path):
    model = "polls: {house_sd: 0.02, bias_sd: 0.03, walk_sd: 0.002, excess_sd: 0.01, because: Polls err.}\n"
    priors = PRIORS + model
    case = read_record(find_case("dispute", write_case(tmp_path, polls=POLLS, priors=priors)))[0]
    text = spoilt("sample_size: 900", "sample_size: 900, kind: panel")
    assert 'news.yaml:30: polls.kind: priors.yaml gives no polls.kind_sd for "panel"' in problems(text, case)


@pytest.mark.parametrize(
    "text",
    [
        BULLETIN,
        "date: 2023-03-10\nschedule: [{known_from: 2023-03-05, date: 2023-05-21}]\n",
        "date: 2023-03-10\nevents: [{process: border, state: open}]\n",
        "date: 2023-03-10\nretractions: [{id: toast, because: It was water.}]\n",
        "date: 2023-03-10\n",
    ],
    ids=["everything", "schedule", "event", "retraction", "nothing but a date"],
)
def test_a_bulletin_is_taken_in_once(text, case):
    whole = take_in(case, read_bulletin(text, "news.yaml", case))
    assert problems(text, whole).startswith("news.yaml: has been taken in already: ")


def test_what_only_moves_the_cut_off_is_news(case):
    text = "date: 2023-03-20\n"
    assert take_in(case, read_bulletin(text, "news.yaml", case)).information_cutoff == dt.date(2023, 3, 20)


def test_late_news_does_not_move_the_cut_off_back(case):
    text = "date: 2023-02-20\nschedule: [{known_from: 2023-02-20, date: 2023-05-20}]\n"
    assert take_in(case, read_bulletin(text, "news.yaml", case)).information_cutoff == case.information_cutoff
