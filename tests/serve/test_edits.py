"""Edits from the browser: previewed, written through the journal, refused where the file moved, and taken back."""

from __future__ import annotations

import re

from cases import EVIDENCE, LIKELIHOODS
from tests.serve.conftest import ORIGIN

from detente.case import find_case, read_record
from detente.case.writing import digest

CASE = "/case/dispute"


def table(bench, name, folder="priors"):
    return bench.workspace / folder / "dispute" / name


def judged(bench, **cells):
    """Return the form of the second likelihood of the case."""
    path = table(bench, "likelihoods.csv")
    row = {"low": "0.1", "mid": "0.2", "high": "0.3", "because": "Why not.", **cells}
    return {"file": path.name, "line": "3", "was": digest(path.read_bytes()), "item": "speech", "back": CASE,
            **{f"cell.{name}": value for name, value in row.items()}}  # fmt: skip


def confirmed(client, form, *, fragment=True):
    """Preview a form and return the form that the preview offers to write."""
    page = client.post(f"{CASE}/preview", data=form, headers={"hx-request": "true"} if fragment else {}).text
    assert '<button type="submit" class="write">' in page, page
    writing = page[page.index(f'action="{CASE}/write"') :]
    pairs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', writing)
    return {name: value.replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&") for name, value in pairs}


def test_an_edit_is_shown_then_written_and_the_rest_keeps_every_byte(client, bench):
    path = table(bench, "likelihoods.csv")
    form = judged(bench)
    page = client.post(f"{CASE}/preview", data=form, headers={"hx-request": "true"}).text
    assert path.read_text() == LIKELIHOODS
    assert '<span class="added">+speech,tactic,0.1,0.2,0.3,Why not.</span>' in page
    assert "dB" in page
    answer = client.post(f"{CASE}/write", data=confirmed(client, form))
    assert (answer.status_code, answer.headers["location"]) == (303, CASE)
    old, new = LIKELIHOODS.splitlines(), path.read_text().splitlines()
    assert new[2] == "speech,tactic,0.1,0.2,0.3,Why not."
    assert old[:2] + old[3:] == new[:2] + new[3:]


def test_without_scripts_the_same_goes_by_pages(client, bench):
    client.post(f"{CASE}/write", data=confirmed(client, judged(bench), fragment=False))
    assert "speech,tactic,0.1,0.2,0.3,Why not." in table(bench, "likelihoods.csv").read_text()


def test_marks_line_ends_and_comments_stay(client, bench):
    path = table(bench, "likelihoods.csv")
    path.write_bytes(b"\xef\xbb\xbf" + LIKELIHOODS.replace("\n", "\r\n").encode())
    client.post(f"{CASE}/write", data=confirmed(client, judged(bench)))
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n") == LIKELIHOODS.count("\n")


def test_a_prior_moves_and_the_comments_around_it_stay(client, bench):
    path = table(bench, "priors.yaml")
    path.write_text("# why\n" + path.read_text() + "# end\n")
    before = path.read_text()
    form = {"file": "priors.yaml", "was": digest(path.read_bytes()),
            "value.hypotheses/weights/sincere": "0.3", "value.hypotheses/weights/tactic": "0.7"}  # fmt: skip
    client.post(f"{CASE}/write", data=confirmed(client, form))
    after = path.read_text()
    changed = [(old, new) for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new]
    assert [new.strip() for _, new in changed] == [changed[0][1].strip()]
    weights = read_record(find_case("dispute", bench.workspace))[0].priors.hypotheses.weights
    assert weights == {"sincere": 0.3, "tactic": 0.7}


def test_what_is_no_number_or_does_not_sum_to_one_is_never_written(client, bench):
    path = table(bench, "priors.yaml")
    for share in ("0.9", "0.3}\nx: {y: 1", "much"):
        form = {"file": "priors.yaml", "was": digest(path.read_bytes()), "value.hypotheses/weights/tactic": share}
        page = client.post(f"{CASE}/preview", data=form, headers={"hx-request": "true"}).text
        assert 'class="write"' not in page
        assert "must" in page
        assert client.post(f"{CASE}/write", data=form | {"seal": ""}).status_code in {200, 400}
    assert digest(path.read_bytes()) == form["was"]


def test_numbers_may_be_typed_as_people_write_them(client, bench):
    """A decimal comma or a per cent sign, in a row as in a prior; what was not touched keeps its bytes."""
    path = table(bench, "likelihoods.csv")
    client.post(f"{CASE}/write", data=confirmed(client, judged(bench, low="0,15", mid="22,5 %", high="30%")))
    assert path.read_text().splitlines()[2].startswith("speech,tactic,0.15,0.225,0.3,")
    path = table(bench, "priors.yaml")
    form = {"file": "priors.yaml", "was": digest(path.read_bytes()),
            "value.hypotheses/weights/sincere": "0,3", "value.hypotheses/weights/tactic": "70%"}  # fmt: skip
    client.post(f"{CASE}/write", data=confirmed(client, form))
    weights = read_record(find_case("dispute", bench.workspace))[0].priors.hypotheses.weights
    assert weights == {"sincere": 0.3, "tactic": 0.7}


def test_a_problem_stops_an_edit_and_is_named(client, bench):
    page = client.post(f"{CASE}/preview", data=judged(bench, mid="0.05"), headers={"hx-request": "true"}).text
    assert "low, mid, high: must increase (got 0.1, 0.05, 0.3)" in page
    assert 'class="write"' not in page


def test_an_edit_of_a_broken_case_may_mend_it_step_by_step(client, bench):
    path = table(bench, "likelihoods.csv")
    broken = LIKELIHOODS.replace("\nspeech,tactic,", "\nspeech,tactic,9", 1).splitlines()
    path.write_text("\n".join([*broken[:-1], broken[-1].replace(",0.", ",7.", 1)]) + "\n")
    client.post(f"{CASE}/write", data=confirmed(client, judged(bench)))
    assert "speech,tactic,0.1,0.2,0.3" in path.read_text()
    assert "7." in path.read_text()


def test_where_another_row_moved_the_edit_is_offered_on_the_file_as_it_is(client, bench):
    path = table(bench, "likelihoods.csv")
    form = judged(bench)
    client.get(f"{CASE}/evidence/speech")
    head, first, *rest = LIKELIHOODS.splitlines(keepends=True)
    path.write_text("".join([head, "\n", first.replace("0.", "0.0", 1), *rest]))
    page = client.post(f"{CASE}/preview", data=form, headers={"hx-request": "true"}).text
    assert "Changed on disk since this page was read; your row was not." in page
    client.post(f"{CASE}/write", data=confirmed(client, form))
    lines = path.read_text().splitlines()
    assert lines[3] == "speech,tactic,0.1,0.2,0.3,Why not."
    assert lines[2] == first.replace("0.", "0.0", 1).strip()


def test_where_the_row_itself_moved_the_edit_is_refused_and_the_difference_shown(client, bench):
    path = table(bench, "likelihoods.csv")
    form = judged(bench)
    client.get(f"{CASE}/evidence/speech")
    moved = LIKELIHOODS.replace("speech,tactic,", "speech,tactic,0.01,0.02,0.03,Another hand.\n#", 1).split("#")[0]
    rest = LIKELIHOODS.split("\n", 3)[3]
    path.write_text(moved + rest)
    page = client.post(f"{CASE}/preview", data=form, headers={"hx-request": "true"}).text
    assert "Changed on disk: see the difference." in page
    assert "+speech,tactic,0.01,0.02,0.03,Another hand." in page
    answer = client.post(f"{CASE}/write", data=form | {"seal": "x"})
    assert answer.status_code == 409
    assert path.read_text() == moved + rest


def test_two_browsers_lose_nothing(client, bench):
    other = bench.browser()
    other.headers["origin"] = ORIGIN
    client.get(f"{CASE}/evidence")
    mine, theirs = confirmed(client, judged(bench)), confirmed(other, judged(bench) | {"line": "2"})
    assert other.post(f"{CASE}/write", data=theirs).status_code == 303
    answer = client.post(f"{CASE}/write", data=mine)
    assert answer.status_code == 409
    assert "your row was not" in answer.text
    client.post(f"{CASE}/write", data=confirmed(client, mine))
    lines = table(bench, "likelihoods.csv").read_text().splitlines()
    assert [line.rpartition(",")[2] for line in lines[1:3]] == ["Why not.", "Why not."]


def test_undo_takes_the_edit_back(client, bench):
    client.post(f"{CASE}/write", data=confirmed(client, judged(bench)))
    assert "edit of likelihoods.csv, line 3" in client.get(CASE).text
    assert client.post(f"{CASE}/undo").status_code == 303
    assert table(bench, "likelihoods.csv").read_text() == LIKELIHOODS


def test_a_way_back_leads_to_our_pages_only(client, bench):
    for back in ("//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)"):
        form = confirmed(client, judged(bench, because=back)) | {"back": back}
        assert client.post(f"{CASE}/write", data=form).headers["location"] == CASE


def test_hand_edits_are_seen_by_the_next_pulse(client, bench):
    page = client.get(CASE).text
    asked = re.search(r'hx-get="(/case/dispute/pulse\?seen=\w+)"', page)[1]
    assert client.get(asked).status_code == 204
    path = table(bench, "evidence.csv", "seeds")
    path.write_text(EVIDENCE + "\n")
    answer = client.get(asked)
    assert (answer.status_code, answer.headers["hx-trigger"]) == (200, "files-changed")


def test_a_broken_case_shows_its_problems_beside_their_rows(client, bench):
    table(bench, "evidence.csv", "seeds").write_text(EVIDENCE.replace("speech,2022", "speech,20x22", 1))
    page = client.get(CASE).text
    assert "must be an ISO date" in page
    assert "speech,20x22" in page
    assert f'href="{CASE}/row/2/evidence.csv"' in page
    for part in ("evidence", "paces", "outcomes", "watch"):
        assert "have problems" in client.get(f"{CASE}/{part}").text


def test_a_bundled_case_is_shown_and_never_changed(client):
    case = "/case/turkey-syria"
    assert client.get(f"{case}/strip").status_code == 200
    assert client.post(f"{case}/undo").status_code == 400
