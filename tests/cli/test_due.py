"""`detente watch --due` and `--ics`: what a case has dated, as of a day."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from cases import CASE, EVIDENCE, LIKELIHOODS, RESOLUTIONS, WATCH, write_case

from detente.case import clock


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "today", lambda: dt.date(2023, 4, 1))
    awaited = 'visa,2023-02-20,,no,B,2,North,Daily,p4,"North waives visas; for all, at once.",2023-03-20\n'
    return write_case(
        tmp_path, evidence=EVIDENCE + awaited, watch=WATCH, resolutions=RESOLUTIONS, likelihoods=LIKELIHOODS + JUDGED
    )


JUDGED = (
    "visa,sincere,0.4,0.6,0.8,Visas are cheap to waive.\n"
    "visa,tactic,0.3,0.5,0.7,Visas are cheap to promise.\n"
)  # fmt: skip


def due(run, workspace, *options):
    code, out, err = run("watch", "dispute", "--due", "--json", *options, "--workspace", workspace)
    assert (code, err) == (0, "")
    answer = json.loads(out)
    return answer["as_of"], [(row["day"], row["kind"], row["standing"]) for row in answer["reminders"]]


def test_what_is_due_and_overdue_today(run, workspace):
    assert due(run, workspace) == (
        "2023-04-01",
        [
            ("2023-03-20", "expected", "overdue"),
            ("2023-04-01", "indicator", "due"),
            ("2023-05-14", "election", "ahead"),
            ("2024-03-01", "horizon", "ahead"),
        ],
    )
    _, out, _ = run("watch", "dispute", "--due", "--workspace", workspace)
    assert out.startswith("dispute as of 1 April 2023: 1 overdue, 1 due\n")
    assert "Indicator: A draft is published." in out
    assert out.endswith("next: 14 May 2023, election: The vote (2 still to come)\n")
    assert not (workspace / "reports").exists()


def test_as_of_another_day(run, workspace):
    """On 10 January the vote was due on 20 June, and nothing was asked for yet but the draft."""
    _, rows = due(run, workspace, "--as-of", "2023-01-10")
    assert rows == [
        ("2023-04-01", "indicator", "ahead"),
        ("2023-06-20", "election", "ahead"),
        ("2024-03-01", "horizon", "ahead"),
    ]
    _, rows = due(run, workspace, "--as-of", "2024-05-01")  # past the horizon, where nothing can be forecast
    assert {standing for *_, standing in rows} == {"overdue"}


def test_what_is_done_is_no_longer_due(run, workspace):
    vote = (
        "date: 2023-05-16\nevents: [{process: election, state: rival, date: 2023-05-14, source: D, claim: It won.}]\n"
    )
    (workspace / "vote.yaml").write_text(vote, encoding="utf-8")
    update = ("update", "dispute", workspace / "vote.yaml", "--quick", "--yes", "--workspace", workspace)
    assert run(*update)[0] == 0
    assert [kind for _, kind, _ in due(run, workspace, "--as-of", "2023-05-20")[1]] == ["indicator", "horizon"]


def test_the_calendar_is_one_that_calendars_read(run, workspace):
    long = "ü" * 60
    path = workspace / "seeds/dispute/case.yaml"
    path.write_text(CASE.replace("label: They meet", f'label: "They, meet; {long}"'), encoding="utf-8")
    (workspace / "seeds/dispute/resolutions.csv").unlink()
    assert run("watch", "dispute", "--ics", workspace / "d.ics", "--workspace", workspace)[0] == 0
    raw = (workspace / "d.ics").read_bytes()
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    lines = raw.decode().replace("\r\n ", "").split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[1] == "VERSION:2.0"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 4
    uids = [line for line in lines if line.startswith("UID:")]
    assert len(set(uids)) == 4
    assert "SUMMARY:dispute: North waives visas\\; for all\\, at once." in lines
    assert "DTSTART;VALUE=DATE:20230320" in lines
    code, out, _ = run("watch", "dispute", "--due", "--by", "2023-05-01", "--workspace", workspace)
    assert (code, out) == (2, "")
