"""What the pages do beyond editing a row: news, watch, runs in the background, and several assessors."""

from __future__ import annotations

import json
import re
import signal
import sys
import time
from html import unescape

import pytest
from cases import LIKELIHOODS, WATCH, write_case
from starlette.testclient import TestClient
from tests.serve.conftest import ORIGIN, Bench

from detente.case import find_case, read_record
from detente.cli.main import main
from detente.errors import EXIT_INTERRUPTED
from detente.serve.jobs import Jobs
from detente.update import update

CASE = "/case/dispute"
ITEM = {
    "kind": "item", "claim": "Envoys arrived.", "date": "2023-03-01", "source": "Daily", "grade": "B2",
    "observed": "yes",
    "low.sincere": "0.3", "mid.sincere": "0.5", "high.sincere": "0.7", "because.sincere": "They would come.",
    "mid.tactic": "unlikely", "because.tactic": "They would send a letter.",
}  # fmt: skip


def hidden(page, action):
    part = page[page.index(f'action="{action}"') :]
    part = part[: part.index("</form>")]
    return {k: unescape(v) for k, v in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', part)}


def files(bench):
    return {
        path.name: path.read_bytes()
        for path in bench.workspace.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(bench.workspace).parts)
    }


def test_the_answer_at_the_head_of_every_page_is_that_which_follows_by_itself_likeliest_first(client):
    page = client.get(f"{CASE}?wait=1").text
    alone = client.get(f"{CASE}/strip").text
    shares = [int(share) for share in re.findall(r"<strong>(\d+)%</strong>", alone)]
    assert len(shares) == 2
    assert shares == sorted(shares, reverse=True)
    for shown in (page, client.get(f"{CASE}/evidence").text):
        assert alone.strip() in shown
    assert "averaged over 1,000 draws" in page


def test_an_item_shows_its_effect_then_is_taken_in_and_taken_back(client, bench):
    before = files(bench)
    page = client.post(f"{CASE}/news/effect", data=ITEM).text
    assert "envoys_arrived (B2, seen)" in page
    assert "Before" in page
    assert files(bench) == before
    answer = client.post(f"{CASE}/news/take-in", data=hidden(page, f"{CASE}/news/take-in"))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{CASE}/news")
    record = read_record(find_case("dispute", bench.workspace))[0]
    assert record.evidence[-1].id == "envoys_arrived"
    assert record.likelihoods["envoys_arrived"]["tactic"].word == "unlikely"
    client.post(f"{CASE}/undo")
    assert files(bench) == before


def test_what_is_wrong_with_an_item_is_said_and_what_was_typed_stays(client, bench):
    before = files(bench)
    answer = client.post(f"{CASE}/news/effect", data=ITEM | {"grade": "Z9", "mid.sincere": "0.9"})
    assert answer.status_code == 400
    assert "must increase" in answer.text
    assert "Envoys arrived." in answer.text
    assert "They would send a letter." in answer.text
    assert files(bench) == before


def test_a_date_that_is_likely_a_slip_is_asked_about(client):
    page = client.post(f"{CASE}/news/effect", data=ITEM | {"date": "1923-03-01"}).text
    assert "Is this meant?" in page


def test_an_item_is_withdrawn_with_its_reason(client, bench):
    form = {"kind": "retraction", "item": "toast", "date": "2023-03-01", "because": "The paper withdrew it."}
    page = client.post(f"{CASE}/news/effect", data=form).text
    client.post(f"{CASE}/news/take-in", data=hidden(page, f"{CASE}/news/take-in"))
    item = next(one for one in read_record(find_case("dispute", bench.workspace))[0].evidence if one.id == "toast")
    assert item.retracted_because == "The paper withdrew it."


def test_an_indicator_that_is_seen_becomes_an_item_and_leaves_the_list_in_one_change(tmp_path):
    bench = Bench(write_case(tmp_path, watch=WATCH))
    client = bench.browser()
    client.headers["origin"] = ORIGIN
    before = files(bench)
    page = client.get(f"{CASE}/watch").text
    assert "A draft is published." in page
    page = client.get(f"{CASE}/news?seen=draft").text
    typed = dict(re.findall(r'name="((?:low|mid|high)\.\w+)" type="text" value="([^"]*)"', page))
    assert typed["mid.sincere"] == "0.5"
    form = ITEM | {"claim": "A draft is published.", "seen": "draft", "id": "draft", "mid.tactic": "0.1",
                   "low.tactic": "0.05", "high.tactic": "0.2"}  # fmt: skip
    page = client.post(f"{CASE}/news/effect", data=form).text
    client.post(f"{CASE}/news/take-in", data=hidden(page, f"{CASE}/news/take-in"))
    record = read_record(find_case("dispute", bench.workspace))[0]
    assert record.watch == ()
    assert record.evidence[-1].id == "draft"
    client.post(f"{CASE}/undo")
    assert files(bench) == before


def test_the_calendar_is_that_of_the_command(tmp_path):
    bench = Bench(write_case(tmp_path, watch=WATCH))
    answer = bench.browser().get(f"{CASE}/watch/calendar.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert "DTSTART;VALUE=DATE:20230401\r\n" in answer.text
    assert "A draft is published." in answer.text


def test_a_run_in_the_background_is_seen_to_end_and_one_is_cancelled():
    jobs = Jobs()
    job = jobs.start("x", ("--version",))
    while job.code is None:
        time.sleep(0.02)
    assert job.standing == "done"
    assert jobs.latest("x") is job
    slow = jobs.start("y", ("verify", "--help"))
    slow.process.kill()
    while slow.code is None:
        time.sleep(0.02)
    assert slow.standing == "stopped by a problem"
    assert job.command == "detente --version"
    jobs.close()


def test_a_cancelled_run_leaves_nothing_behind(client, bench):
    answer = client.post(f"{CASE}/runs/start", data={"kind": "nuts"})
    assert answer.headers["location"] == f"{CASE}/runs#job"
    assert client.post(f"{CASE}/runs/start", data={"kind": "nuts"}).status_code == 400
    client.post(f"{CASE}/runs/cancel")
    job = bench.app.state.site.jobs.latest("dispute")
    job.process.wait(60)
    assert "cancelled" in job.standing
    assert not list((bench.workspace / "reports").rglob("forecast.json"))


def test_while_somebody_has_yet_to_judge_nobody_s_numbers_are_shown(tmp_path):
    head, *rows = LIKELIHOODS.splitlines()
    own = [f"{row}," for row in rows]
    ann = [row.replace("0.", "0.0", 1) + ",Ann" for row in rows if not row.startswith("toast,tactic")]
    bob = [f"{row},Bob" for row in rows[:2]]
    workspace = write_case(tmp_path, likelihoods="\n".join([f"{head},assessor", *own, *ann, *bob]) + "\n")
    client = Bench(workspace).browser()
    page = client.get(f"{CASE}/assessors").text
    assert "1 of 3 items" in page
    assert "The first round is blind" in page
    item = client.get(f"{CASE}/evidence/speech").text
    assert "as Ann judged it" not in item
    assert client.get(f"{CASE}/row/{2 + len(own)}/likelihoods.csv").status_code == 403, "Ann's first row"
    assert client.get(f"{CASE}/row/2/likelihoods.csv").status_code == 200
    full = [f"{row},Bob" for row in rows] + [f"{rows[3]},Ann"]
    lines = [f"{head},assessor", *own, *ann, *full]
    (workspace / "priors" / "dispute" / "likelihoods.csv").write_text("\n".join(lines) + "\n")
    page = client.get(f"{CASE}/assessors").text
    assert "The first round is blind" not in page
    assert "as Ann judged it" in client.get(f"{CASE}/evidence/speech").text


def test_a_remark_on_a_row_of_an_assessor_does_not_show_the_row_in_the_blind_round(tmp_path):
    head, *rows = LIKELIHOODS.splitlines()
    workspace = write_case(tmp_path, likelihoods="\n".join([head, *rows[2:]]) + "\n")
    sheets = workspace / "priors" / "dispute" / "assessors"
    same = [f"{','.join(row.split(',')[:5])},They would say so." for row in rows[:2]]
    for who, judged in {"ann": same, "bob": rows[2:3]}.items():
        (sheets / who).mkdir(parents=True)
        (sheets / who / "likelihoods.csv").write_text("\n".join([head, *judged]) + "\n")
    page = Bench(workspace).browser().get(CASE).text
    assert "assessors/ann/likelihoods.csv, line 2" in page
    assert "They would say so." not in page
    assert f"{CASE}/row/2/assessors/ann" not in page


@pytest.mark.parametrize("faulty", ["speech,sincere,7,0.6,0.8,They would say so.", "speech,sincere,0.4,0.6"])
def test_a_faulty_row_of_an_assessor_is_not_shown_either(tmp_path, faulty):
    """With a problem in the case nobody can tell whether the round is over; a row that is odd may be anybody's."""
    head, *rows = LIKELIHOODS.splitlines()
    joined = [f"{head},assessor", *(f"{row},Ann" for row in rows), f"{faulty},Bob"]
    workspace = write_case(tmp_path, likelihoods="\n".join(joined) + "\n")
    client = Bench(workspace).browser()
    page = client.get(CASE).text
    assert "What must be mended" in page
    assert f"likelihoods.csv, line {len(joined)}" in page
    assert faulty not in page
    for line in (2, len(joined)):
        answer = client.get(f"{CASE}/row/{line}/likelihoods.csv")
        assert answer.status_code == 403
        assert "cannot be told" in answer.text
    alone = write_case(tmp_path / "alone", likelihoods="\n".join([head, *rows[1:], faulty]) + "\n")
    assert Bench(alone).browser().get(f"{CASE}/row/2/likelihoods.csv").status_code == 200


def test_the_last_change_names_its_files(client, bench):
    text = "date: 2023-03-02\nretractions:\n  - {id: speech, because: It was another speech.}\n"
    update(find_case("dispute", bench.workspace), text, "speech.yaml")
    assert "in evidence.csv" in client.get(CASE).text


@pytest.mark.parametrize("content", ["[" * 50_000, "{}", '{"what": 1, "files": 2}', "\udcff"])
def test_a_damaged_note_of_the_last_change_is_none(client, bench, content):
    last = bench.workspace / "seeds" / "dispute" / ".last"
    last.mkdir(exist_ok=True)
    (last / "change.json").write_bytes(content.encode(errors="surrogateescape"))
    for page in ("", "/news"):
        assert client.get(f"/case/dispute{page}").status_code == 200


def test_a_run_is_cancelled_where_the_shell_has_ctrl_c_ignored(client, bench):
    """What a shell starts in the background ignores SIGINT, and so does what that starts unless it says otherwise."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        client.post(f"{CASE}/runs/start", data={"kind": "exact"})
        job = bench.app.state.site.jobs.latest("dispute")
        while not job.talk and job.code is None:
            time.sleep(0.02)
        client.post(f"{CASE}/runs/cancel")
        job.process.wait(60)
    finally:
        signal.signal(signal.SIGINT, before)
    assert job.code == EXIT_INTERRUPTED, "it heard, and was not killed"
    assert "cancelled" in job.standing


def test_the_priors_to_move_are_those_of_the_file_and_not_the_pool(client, bench):
    """Moving one must not write what others judged into the case's own judgement."""
    sheet = bench.workspace / "priors" / "dispute" / "assessors" / "ann"
    sheet.mkdir(parents=True)
    (sheet / "priors.csv").write_text(
        "hypothesis,weight,because\nsincere,0.9,They mean it.\ntactic,0.1,They mean it.\n"
    )
    page = client.get(CASE).text
    stated = dict(re.findall(r'name="value.hypotheses/weights/(\w+)"[^>]*value="([^"]*)"', page))
    assert stated == {"sincere": "0.4", "tactic": "0.6"}


def test_the_extra_is_named_where_it_is_not_installed(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "starlette", None)
    for name in [name for name in sys.modules if name.startswith(("starlette.", "detente.serve"))]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(SystemExit) as stop:
        main(["serve"])
    assert stop.value.code == 1
    assert "pip install 'detente[serve]'" in capsys.readouterr().err


def test_every_address_that_lets_a_browser_in_is_printed_until_it_is_closed(tmp_path, monkeypatch, capsys):
    def run(server, sockets):
        guard = server.config.app
        assert guard.port == sockets[0].getsockname()[1]
        for _ in range(2):
            browser = TestClient(guard, base_url=f"http://127.0.0.1:{guard.port}", follow_redirects=False)
            assert browser.get(guard.address()).status_code == 303
        raise KeyboardInterrupt

    monkeypatch.setattr("uvicorn.server.Server.run", run)
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as stop:
            main(["serve", "--workspace", str(write_case(tmp_path))])
        assert signal.getsignal(signal.SIGTERM) == signal.getsignal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert stop.value.code == 0
    said = capsys.readouterr()
    address = r"http://127\.0\.0\.1:\d+/\?token=(\S+)"
    tokens = re.fullmatch(f"{address}\n" + f"for another browser: {address}\n" * 2, said.out).groups()
    assert len(set(tokens)) == 3
    assert said.err == "the workbench is closed\n"


def test_json_of_a_run_is_sent_as_it_is(client, bench):
    run = bench.workspace / "reports" / "dispute" / "2023-03-01"
    run.mkdir(parents=True)
    (run / "forecast.json").write_text(json.dumps({"x": 1}))
    answer = client.get(f"{CASE}/runs/2023-03-01/forecast.json?save=1")
    assert answer.json() == {"x": 1}
    assert answer.headers["content-disposition"] == 'attachment; filename="dispute-2023-03-01-forecast.json"'
