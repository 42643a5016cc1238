"""What a bulletin repeats with other contents is said, and corrected where it says so; what held before is kept."""

from __future__ import annotations

import datetime as dt

import pytest
from cases import EVENTS, POLLS, PRIORS, write_case

from detente.case import find_case, read_bulletin, read_record, take_in
from detente.case.changes import changed_files
from detente.errors import BulletinError
from detente.update import update

DAY = dt.date
UNDO = "`detente undo` takes it back if it was the last change"
HEAD = "date: 2023-03-10\nsource: Weekly\n"
POLL = (
    "polls:\n  - {{pollster: House, start: {start}, end: {end}, sample_size: {size}, incumbent: {a}, "
    "opponent: {b}{more}}}\n"
)
ITEM = (
    "evidence:\n  - {id: toast, date: 2023-01-10, cluster: speeches, observed: no, reliability: B, credibility: 2, "
    "actor: North, locator: p2, claim: North raised a glass., likelihoods: {sincere: {low: 0.2, mid: 0.4, high: 0.6, "
    "because: Glasses are raised rarely.}, tactic: {mid: likely, because: Glasses make good pictures.}}}\n"
)


def poll_row(case, **changes):
    first = case.polls[0]
    values = {"start": first.start, "end": first.end, "size": first.sample_size, "a": 40, "b": 50, "more": ""}
    return POLL.format(**(values | changes))


@pytest.fixture
def location(tmp_path):
    return find_case(workspace=write_case(tmp_path, polls=POLLS))


def record(location):
    return read_record(location)[0]


def refused(text, case):
    with pytest.raises(BulletinError) as caught:
        read_bulletin(HEAD + text, "news.yaml", case)
    return str(caught.value)


def corrected(location, text):
    """Take a bulletin in, make sure that it is written back, and return the case as read again."""
    before = record(location)
    bulletin = read_bulletin(text, "news.yaml", before)
    assert changed_files(location, before, bulletin, take_in(before, bulletin))
    update(location, text, "news.yaml")
    return record(location)


def test_a_repeated_poll_with_other_contents_is_not_taken_in_already(location):
    case = record(location)
    first = case.polls[0]
    said = refused(poll_row(case), case)
    assert said == (
        "news.yaml:4: polls: this poll of House is already in polls.csv, with other contents "
        f"(incumbent 40.0, not {first.incumbent}; opponent 50.0, not {first.opponent}): add `replace: true` to correct "
        "it"
    )
    same = poll_row(case, a=first.incumbent, b=first.opponent)
    assert refused(same, case) == "news.yaml: has been taken in already: everything in it is in the case: " + UNDO


@pytest.mark.parametrize("where", ["row", "bulletin"])
def test_a_poll_is_corrected_from_the_day_of_the_bulletin_on(location, where):
    case = record(location)
    first = case.polls[0]
    text = HEAD + ("replace: true\n" if where == "bulletin" else "")
    after = corrected(location, text + poll_row(case, more=", replace: true" if where == "row" else ""))
    shares = {
        day: [poll.incumbent for poll in after.as_of(DAY(2023, 3, day)).polls if poll.start == first.start]
        for day in (9, 10)
    }
    assert shares == {9: [first.incumbent], 10: [40.0]}
    assert len(after.polls) == len(case.polls) + 1
    original = poll_row(case, a=first.incumbent, b=first.opponent)
    assert refused(original, after).endswith(f"everything in it is in the case: {UNDO}"), (
        "as it was before the correction"
    )
    assert refused(poll_row(case, more=", replace: true"), after).endswith(f"everything in it is in the case: {UNDO}")


def test_an_item_and_its_likelihoods_are_corrected(location):
    case = record(location)
    text = ITEM.replace("low: 0.2, mid: 0.4", "low: 0.1, mid: 0.3")
    assert "observed no, not yes; likelihood under sincere): add `replace: true`" in refused(text, case)
    after = corrected(location, HEAD + "replace: true\n" + text)
    before, then = (after.as_of(DAY(2023, 3, day)) for day in (9, 10))
    for cut, observed, mid in ((before, True, 0.4), (then, False, 0.3)):
        (item,) = (one for one in cut.evidence if one.id == "toast")
        assert (item.observed, cut.likelihoods["toast"]["sincere"].mid) == (observed, mid)
        assert item.source == ("Daily" if observed else "Weekly")
    assert before.evidence == case.as_of(DAY(2023, 3, 9)).evidence
    assert before.likelihoods == case.likelihoods


def test_a_step_is_corrected(tmp_path):
    location = find_case(workspace=write_case(tmp_path, events=EVENTS))
    text = "events: [{process: ladder, state: met, date: 2023-02-14, claim: They met.}]\n"
    assert "date 2023-02-14, not 2023-02-10" in refused(text, record(location))
    after = corrected(location, HEAD + "replace: yes\n" + text)
    days = [after.as_of(DAY(2023, 3, day)).history("ladder")[0].date for day in (9, 10)]
    assert days == [DAY(2023, 2, 10), DAY(2023, 2, 14)]


def test_a_correction_must_be_possible(tmp_path):
    case = record(find_case(workspace=write_case(tmp_path, events=EVENTS)))
    text = "replace: true\nevents: [{process: ladder, state: met, date: 2022-11-14, claim: They met.}]\n"
    assert "must not be earlier than the start of ladder" in refused(text, case)


def test_likelihoods_are_revised_with_date_and_reason(location):
    text = HEAD + "likelihoods: {toast: {tactic: {low: 0.1, mid: 0.2, high: 0.3, because: It was the custom.}}}\n"
    after = corrected(location, text)
    mids = [after.as_of(DAY(2023, 3, day)).likelihoods["toast"]["tactic"].mid for day in (9, 10)]
    assert mids == [pytest.approx(0.675), 0.2]
    table = (location.priors / "likelihoods.csv").read_text()
    assert table.endswith("toast,tactic,0.1,0.2,0.3,It was the custom.,2023-03-10\n")
    again = HEAD.replace("03-10", "03-20") + text[len(HEAD) :].replace("mid: 0.2", "mid: 0.15")
    twice = corrected(location, again)
    mids = [twice.as_of(DAY(2023, 3, day)).likelihoods["toast"]["tactic"].mid for day in (9, 10, 20)]
    assert mids == [pytest.approx(0.675), 0.2, 0.15]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("{toasts: {tactic: {mid: likely, because: x}}}", 'likelihoods: evidence.csv has no item "toasts"'),
        ("{toast: {tactics: {mid: likely, because: x}}}", 'likelihoods: case.yaml declares no hypothesis "tactics"'),
        ("{toast: {tactic: likely}}", "must hold `key: value` pairs"),
        ("{toast: {tactic: {mid: unlikely}}}", "because: is missing"),
    ],
)
def test_a_revision_is_checked(location, stated, expected):
    assert expected in refused(f"likelihoods: {stated}\n", record(location))


def test_a_corrected_winner(tmp_path):
    events = EVENTS + "2023-05-15,election,incumbent,Daily,Called.\n"
    location = find_case(workspace=write_case(tmp_path, events=events, priors=PRIORS))
    event = "{process: election, state: rival, date: 2023-05-15, claim: Recount.}"
    text = f"date: 2023-05-20\nreplace: true\nevents: [{event}]\n"
    after = corrected(location, text)
    assert [after.as_of(DAY(2023, 5, day)).winner for day in (19, 20)] == ["incumbent", "rival"]


def test_a_step_reported_by_month_is_dated_by_a_later_bulletin(location):
    """Known from the first bulletin as of some day up to then, and by its day from the second; `--as-of` has both."""
    month = "date: 2023-03-10\nsource: Weekly\nevents:\n  - {process: border, state: open, date: 2023-03}\n"
    case = corrected(location, month)
    (event,) = case.history("border")
    assert (event.when, event.known_on) == ("2023-03", DAY(2023, 3, 10))
    assert (event.first, event.last) == (DAY(2023, 3, 1), DAY(2023, 3, 10))
    assert "has been taken in already" in refused(month.removeprefix(HEAD), case)
    day = "date: 2023-03-20\nreplace: true\nevents:\n  - {process: border, state: open, date: 2023-03-04}\n"
    said = refused("events:\n  - {process: border, state: open, date: 2023-03-04}\n", case)
    assert "with other contents (date 2023-03-04, not 2023-03)" in said
    case = corrected(location, day)
    assert [event.when for event in case.as_of(DAY(2023, 3, 19)).history("border")] == ["2023-03"]
    assert [event.when for event in case.as_of(DAY(2023, 3, 20)).history("border")] == ["2023-03-04"]
    wider = day.replace("2023-03-20", "2023-03-25").replace("date: 2023-03-04", "date: 2023")
    (event,) = corrected(location, wider).as_of(DAY(2023, 3, 25)).history("border")
    assert (event.when, event.first, event.last) == ("2023", DAY(2023, 1, 1), DAY(2023, 3, 25))


def test_a_month_that_begins_after_the_bulletin_is_refused(location):
    text = "events:\n  - {process: border, state: open, date: 2023-04}\n"
    assert "events.date: must not be later than the bulletin's date, 2023-03-10" in refused(text, record(location))


def test_a_winner_has_a_day(location):
    text = "date: 2023-06-10\nevents:\n  - {process: election, state: rival, date: 2023-05}\n"
    with pytest.raises(BulletinError, match=r"date: an election has its day: give it \(got 2023-05\)"):
        read_bulletin(text, "news.yaml", record(location))


def test_what_the_resolutions_deny_is_said_and_not_a_matter_of_layout(tmp_path):
    rows = "outcome,window,resolution,date,source\nborder_open,before_election,no,2023-05-13,Daily\n"
    location = find_case(workspace=write_case(tmp_path, resolutions=rows))
    text = HEAD + "events:\n  - {process: border, state: open, date: 2023-03-09}\n"
    for dry_run in (True, False):
        with pytest.raises(BulletinError) as caught:
            update(location, text, "news.yaml", dry_run=dry_run)
        assert str(caught.value) == (
            "news.yaml: contradicts the case: seeds/dispute/resolutions.csv:2: resolution: must be yes, for events.csv "
            'has it on 2023-03-09 (got "no")'
        )
