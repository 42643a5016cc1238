"""The workbench in a real browser, against files on the disk."""

from __future__ import annotations

import json
import time

import pytest
from cases import EVIDENCE, LIKELIHOODS, WATCH, write_case
from tests.browser import chromium
from tests.browser.conftest import AXE
from tests.serve.socket_server import serving

CASE = "/case/dispute"
PATIENCE = 20
PARTS = ("", "/evidence", "/evidence/speech", "/paces/3", "/outcomes", "/watch/ranking", "/watch", "/news?seen=draft",
         "/runs", "/row/2/events.csv")  # fmt: skip
PAGES = ("/cases", *(CASE + part for part in PARTS), "/nowhere")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return write_case(tmp_path_factory.mktemp("workbench"), watch=WATCH)


@pytest.fixture(scope="module")
def page(tmp_path_factory, workspace):
    """Return a browser that is let in, and how to open a page of the workbench."""
    if chromium.find() is None:
        pytest.skip("no Chromium or Chrome on the PATH: `apt-get install chromium`")
    browser = chromium.Chromium(tmp_path_factory.mktemp("profile"))
    with serving(workspace) as guard:
        page = Page(browser, guard.port)
        page.open(guard.address().partition(str(guard.port))[2])
        yield page
        browser.close()


class Page:
    """What a person sees of the workbench."""

    def __init__(self, browser, port):
        self.browser, self.base = browser, f"http://127.0.0.1:{port}"

    def open(self, path, *, width=1280, dark=False, scripts=True):
        browser = self.browser
        browser.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        browser.call("Emulation.setEmulatedMedia", media="", features=[scheme])
        browser.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        for address in ("about:blank", self.base + path):
            browser.events.clear()
            browser.call("Page.navigate", url=address)
            while not any(event["method"] == "Page.loadEventFired" for event in browser.events):
                browser._read()
        browser.call("Emulation.setScriptExecutionDisabled", value=False)

    def run(self, expression):
        return self.browser.run(expression)

    def wait(self, is_so):
        end = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < end, "it did not happen"
            self.browser.run("new Promise(done => setTimeout(done, 20))")

    def sees(self, expression):
        self.wait(lambda: self.run(expression))

    def type(self, element, value):
        self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(element)}); e.focus();"
            f" e.value = {json.dumps(value)};"
            " e.dispatchEvent(new Event('input', {bubbles: true})); })()"
        )


def complaints(page):
    return [e["params"] for e in page.browser.events if e["method"] in {"Runtime.exceptionThrown", "Log.entryAdded"}]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_fits_is_accessible_and_complains_of_nothing(page, path, width):
    if not AXE.is_file():
        pytest.skip("axe-core is not in tests/browser/node_modules: `sh tests/browser/install.sh` needs npm")
    page.open(path, width=width)
    if path.endswith("/watch"):
        page.sees("document.querySelector('#ranking figure, #ranking table') !== null")
    assert complaints(page) == [] or path == "/nowhere"
    assert page.run("document.documentElement.scrollWidth") == width
    page.run(AXE.read_text(encoding="utf-8") + "; true")
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        page.browser.call("Emulation.setEmulatedMedia", media="", features=features)
        found = page.run(
            "axe.run(document, {resultTypes: ['violations']}).then(r => JSON.stringify(r.violations.map("
            "v => [v.id, v.help, v.nodes.slice(0, 3).map(n => n.html.slice(0, 160))])))"
        )
        assert json.loads(found) == [], scheme
    ids = "[...document.querySelectorAll('[id]')].map(e => e.id)"
    assert page.run(f"{ids}.filter((id, i, all) => all.indexOf(id) < i)") == []


def test_the_headline_follows_a_slider_and_the_difference_is_written_by_keyboard(page, workspace):
    path = workspace / "priors" / "dispute" / "likelihoods.csv"
    page.open(f"{CASE}/evidence/speech#item")
    assert page.run("document.activeElement.id") == "item"
    form = "likelihoods-3"
    page.run(
        f"(() => {{ const s = document.querySelector('input.slider[data-for={form}-mid]'); s.value = 0.6;"
        " s.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    page.sees(f"document.querySelector('#{form}-draft .added')?.textContent.startsWith('+speech,tactic,0.5,0.6,0.9')")
    assert page.run(f"document.querySelector('#{form}-mid').value") == "0.6"
    moved = page.run(f"document.querySelector('#{form}-draft .moved').textContent")
    assert "→" in moved
    assert "dB" in moved
    assert path.read_text() == LIKELIHOODS
    page.run(f"document.querySelector('#{form}-draft .write').focus()")
    page.browser.events.clear()
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
    page.browser.call("Input.dispatchKeyEvent", type="keyDown", text="\r", **enter)
    page.browser.call("Input.dispatchKeyEvent", type="keyUp", **enter)
    page.sees(f"document.querySelector('#{form}-mid')?.value === '0.6' && !document.querySelector('.write')")
    assert "speech,tactic,0.5,0.6,0.9,A speech is worth votes." in path.read_text()
    assert "edit of likelihoods.csv" in page.run("fetch('/case/dispute').then(r => r.text())")


def test_a_hand_edit_shows_without_a_reload_and_the_form_that_is_open_stays(page, workspace):
    path = workspace / "seeds" / "dispute" / "evidence.csv"
    page.open(f"{CASE}/evidence/toast")
    page.type("#likelihoods-4-because", "Half a thought")
    path.write_text(EVIDENCE.replace("North raised a glass.", "North raised two glasses."))
    page.sees("document.querySelector('#live').textContent.includes('two glasses')")
    assert page.run("document.querySelector('#likelihoods-4-because').value") == "Half a thought"
    path.write_text(EVIDENCE)
    page.sees("document.querySelector('#live').textContent.includes('raised a glass')")


def test_a_prior_is_moved_by_one_slider_and_the_others_follow(page):
    page.open(CASE)
    page.run(
        "(() => { const s = document.querySelector('input.slider[data-for=prior-hypotheses-1]'); s.value = 0.2;"
        " s.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    assert page.run("document.getElementById('prior-hypotheses-2').value") == "0.8"
    page.sees("document.querySelector('#prior-hypotheses-draft .write') !== null")
    page.run("document.querySelector('#prior-hypotheses button[type=reset]').click()")
    page.sees("document.querySelector('#prior-hypotheses-draft').textContent === ''")


def test_without_scripts_every_page_can_be_read(page):
    for path, words in (
        (CASE, "What will happen"), (f"{CASE}/evidence", "North raised a glass."), (f"{CASE}/paces", "Every pace"),
        (f"{CASE}/outcomes", "The border opens"), (f"{CASE}/watch/ranking", "change our mind"),
        (f"{CASE}/runs", "Run, exact"),
    ):  # fmt: skip
        page.open(path, scripts=False)
        assert words in page.run("document.body.innerText"), path
        assert page.run("[...document.querySelectorAll('input.slider')].every(e => e.hidden)") is True


def test_every_control_can_be_reached_by_keyboard_and_is_seen(page):
    page.open(f"{CASE}/evidence/map")
    stops = page.run(
        "[...document.querySelectorAll('main :is(a[href], button, input:not([type=hidden]), select, textarea)')]"
        ".filter(e => e.checkVisibility()).length"
    )
    seen = set()
    for _ in range(stops + 30):
        page.browser.press("Tab", 9)
        place, outline, inside = page.run(
            "(() => { const e = document.activeElement; return [[...document.querySelectorAll('*')].indexOf(e),"
            " getComputedStyle(e).outlineStyle, document.querySelector('main').contains(e) && e.matches("
            "'a, button, input, select, textarea')] })()"
        )
        if inside:
            seen.add(place)
            assert outline == "solid"
    assert len(seen) == stops
