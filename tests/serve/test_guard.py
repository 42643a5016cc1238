"""The guard: who may ask for what, from where."""

from __future__ import annotations

import pytest
from tests.serve.conftest import ORIGIN, PORT, Bench

from detente.serve.guard import LARGEST_BODY
from detente.serve.server import PortError, bind

CASE = "/case/dispute"
PAGES = ("", "/evidence", "/paces", "/outcomes", "/watch", "/news", "/runs", "/evidence/speech", "/row/2/evidence.csv")


def test_nobody_gets_in_without_the_token(bench):
    client = bench.browser(let_in=False)
    for path in ("/", CASE, f"{CASE}/evidence", "/static/htmx.min.js", "/?token=", "/?token=guess", "/nowhere"):
        assert client.get(path).status_code == 403
    assert client.post(f"{CASE}/undo", headers={"origin": ORIGIN}).status_code == 403


def test_the_token_is_good_once_and_becomes_a_cookie_that_scripts_and_other_sites_never_see(bench):
    address = bench.guard.address()
    first, second = bench.browser(let_in=False), bench.browser(let_in=False)
    welcome = first.get(address)
    assert (welcome.status_code, welcome.headers["location"]) == (303, "/")
    cookie = welcome.headers["set-cookie"].lower()
    assert cookie.startswith(f"detente-{PORT}=")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "domain" not in cookie
    assert first.get("/").headers["location"] == CASE
    assert first.get(CASE).status_code == 200
    assert second.get(address).status_code == 403
    assert len(bench.told) == 1
    assert second.get(bench.told[0]).status_code == 303
    assert second.get(CASE).status_code == 200
    assert first.get(CASE).status_code == 200


def test_a_made_up_cookie_is_none(bench):
    client = bench.browser(let_in=False)
    client.cookies.set(f"detente-{PORT}", "made-up")
    assert client.get(CASE).status_code == 403


@pytest.mark.parametrize("path", ["//elsewhere.example/", "/\\elsewhere.example", "//elsewhere.example/%2e%2e"])
def test_the_token_leads_nowhere_else(bench, path):
    token = bench.guard.token
    welcome = bench.browser(let_in=False).get(f"{ORIGIN}{path}?token={token}")
    assert not welcome.headers.get("location", "/").startswith(("//", "/\\", "http"))


@pytest.mark.parametrize(
    "host",
    ["elsewhere.example", f"elsewhere.example:{PORT}", "127.0.0.1:1", "127.0.0.1", f"127.0.0.1:{PORT}.example", ""],
)
def test_another_host_is_not_ours(client, host):
    assert client.get(CASE, headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}"])
def test_this_machine_has_two_names(client, host):
    assert client.get(CASE, headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://elsewhere.example",
        "null",
        f"https://127.0.0.1:{PORT}",
        "http://127.0.0.1:1",
        f"http://localhost:{PORT}",
        "",
    ],
)
def test_forms_of_other_pages_are_refused(client, origin):
    assert client.post(f"{CASE}/undo", headers={"origin": origin}).status_code == 403


def test_a_form_without_an_origin_or_from_another_site_is_refused(client):
    assert client.post(f"{CASE}/undo", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    del client.headers["origin"]
    assert client.post(f"{CASE}/undo").status_code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_not_answered(client, method):
    assert client.request(method, CASE).status_code == 405


@pytest.mark.parametrize("path", PAGES)
def test_every_page_forbids_what_is_not_ours(client, path):
    page = client.get(CASE + path)
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "*" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"
    assert "server" not in page.headers
    for forbidden in (
        ' style="',
        "<style",
        " onclick",
        " onload",
        "javascript:",
        "http://",
        "https://",
        "hx-on",
        "js:",
    ):
        assert forbidden not in page.text.replace("http://www.w3.org/2000/svg", ""), forbidden
    assert page.text.count("<script") == page.text.count("<script src=") <= 2


def test_a_refusal_has_the_policy_too(bench):
    refused = bench.browser(let_in=False).get("/")
    assert refused.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_form_too_long_is_refused(client):
    answer = client.post(f"{CASE}/news/effect", data={"kind": "text", "text": "x" * (LARGEST_BODY + 1)})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/static/../guard.py", "/static/%2e%2e%2fguard.py", "/static/htmx.LICENSE", "/case/..%2f..%2fetc",
        f"{CASE}/runs/..%2f..%2fseeds/report.html", f"{CASE}/runs/2023-03-01/%2e%2e%2fscore.json",
        f"{CASE}/row/1/..%2f..%2fcase.yaml", f"{CASE}/row/1/case.yaml", f"{CASE}/evidence/nothing", "/nowhere",
    ],
)  # fmt: skip
def test_paths_lead_to_our_files_only(client, path):
    assert client.get(path).status_code in {400, 404}


def test_a_report_is_a_page_by_itself(client, bench, tmp_path):
    run = bench.workspace / "reports" / "dispute" / "2023-03-01"
    run.mkdir(parents=True)
    (run / "report.html").write_text("<script>alert(1)</script>", encoding="utf-8")
    answer = client.get(f"{CASE}/runs/2023-03-01/report.html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in policy
    assert "script-src 'sha256-" in policy
    secret = tmp_path / "secret"
    secret.write_text("secret", encoding="utf-8")
    (run / "report.md").symlink_to(secret)
    assert client.get(f"{CASE}/runs/2023-03-01/report.md").status_code == 404


def test_read_only_changes_nothing(bench, tmp_path):
    reader = Bench(bench.workspace, read_only=True)
    client = reader.browser()
    client.headers["origin"] = ORIGIN
    before = {path: path.read_bytes() for path in bench.workspace.rglob("*") if path.is_file()}
    for path in ("write", "undo", "news/take-in", "runs/start", "runs/cancel"):
        assert client.post(f"{CASE}/{path}", data={"kind": "exact"}).status_code == 400
    page = client.get(f"{CASE}/evidence/speech").text
    assert "Write it" not in page
    assert "read only" in page
    after = {path: path.read_bytes() for path in bench.workspace.rglob("*") if path.is_file()}
    assert after == before


def test_the_socket_is_this_machine_s_alone():
    listening = bind(0)
    try:
        assert listening.getsockname()[0] == "127.0.0.1"
        with pytest.raises(PortError, match=r"--port \d+: cannot be opened: address already in use"):
            bind(listening.getsockname()[1])
    finally:
        listening.close()
