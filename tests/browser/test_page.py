"""The page as a person meets it: wide, on a telephone, in the dark, on paper, by keyboard, and without scripts."""

from __future__ import annotations

import re

import pytest

from detente.report.pdf import to_pdf

NAMES = ("example", "usual", "failed", "hostile", "right-to-left", "long", "index")
A4_COLUMN = (680, 1035)
"""What the style sheet's margins leave of A4, in CSS pixels: 180 by 274 mm."""


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wider_than_the_window(browser, pages, name, width):
    browser.open(pages[name], width=width)
    assert browser.run("innerWidth") == width
    assert browser.run("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_fetched_and_nothing_complains(browser, pages, name):
    browser.open(pages[name])
    asked = [e["params"]["request"]["url"] for e in browser.events if e["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    complaints = [e for e in browser.events if e["method"] in {"Runtime.exceptionThrown", "Log.entryAdded"}]
    assert complaints == []


@pytest.mark.parametrize("name", NAMES)
def test_no_id_is_used_twice(browser, pages, name):
    browser.open(pages[name])
    assert (
        browser.run("[...document.querySelectorAll('[id]')].map(e => e.id).filter((id, i, all) => all.indexOf(id) < i)")
        == []
    )


@pytest.mark.parametrize("name", ["example", "usual"])
def test_figures_fit_a_telephone(browser, pages, name):
    browser.open(pages[name], width=390)
    wide = browser.run(
        "[...document.querySelectorAll('.plot')].filter(p => p.scrollWidth > p.clientWidth + 1)"
        ".map(p => p.closest('figure').id)"
    )
    assert wide == []
    smallest = browser.run(
        "Math.min(...[...document.querySelectorAll('.plot text')].map(t => t.getBoundingClientRect().height)"
        ".filter(h => h > 0))"
    )
    assert smallest >= 9


@pytest.mark.parametrize("name", ["example", "usual"])
def test_sections_one_to_three_fit_the_first_printed_page(browser, pages, name):
    browser.open(pages[name], width=A4_COLUMN[0], height=A4_COLUMN[1], media="print")
    assert browser.run("document.getElementById('fragility').getBoundingClientRect().bottom") <= A4_COLUMN[1]
    assert browser.run("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert not browser.run("document.getElementById('what-if')?.checkVisibility() ?? false")


def test_the_page_prints_on_a4(browser, pages):
    browser.open(pages["usual"])
    printed = browser.pdf()
    assert printed.startswith(b"%PDF")
    boxes = {bytes(box) for box in re.findall(rb"/MediaBox ?\[([0-9. ]+)\]", printed)}
    assert {tuple(round(float(x)) for x in box.split()[2:]) for box in boxes} == {(595, 842)}


def test_the_program_prints_the_same_page(browser, pages):
    assert to_pdf(pages["usual"].read_bytes()).startswith(b"%PDF")


def test_without_scripts_the_page_is_whole(browser, pages):
    browser.open(pages["usual"], scripts=False)
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    assert browser.run("document.getElementById('what-if').checkVisibility()") is False
    assert browser.run("document.querySelectorAll('main > section').length") == 15
    assert browser.run("[...document.querySelectorAll('.plot svg')].every(svg => svg.checkVisibility())") is True


def test_by_keyboard_the_first_stop_skips_to_the_answer(browser, pages):
    browser.open(pages["usual"])
    browser.press("Tab", 9)
    assert browser.run("document.activeElement.className") == "skip"
    assert browser.run("document.activeElement.getBoundingClientRect().left") >= 0
    browser.press("Enter", 13)
    assert browser.run("location.hash") == "#content"


def test_by_keyboard_every_control_can_be_reached_and_is_seen(browser, pages):
    browser.open(pages["usual"])
    stops = browser.run(
        "[...document.querySelectorAll('a[href], button, input, summary, [tabindex=\"0\"]')]"
        ".filter(e => e.checkVisibility()).length"
    )
    seen = set()
    for _ in range(stops):
        browser.press("Tab", 9)
        place, outline = browser.run(
            "(() => { const e = document.activeElement; const s = getComputedStyle(e);"
            " return [[...document.querySelectorAll('*')].indexOf(e), s.outlineStyle + s.outlineWidth] })()"
        )
        seen.add(place)
        assert outline == "solid3px"
    assert len(seen) == stops


@pytest.mark.parametrize("dark", [False, True])
def test_the_scheme_is_the_reader_s(browser, pages, dark):
    browser.open(pages["usual"], dark=dark)
    channels = browser.run("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (max(channels) < 60) is dark
