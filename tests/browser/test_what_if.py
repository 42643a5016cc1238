"""The what-if of the page against the exact engine: twenty random settings of its switches, clicked by a reader."""

from __future__ import annotations

import random

import numpy as np
import pytest
from tests.report import odd
from tests.report.factory import make_case

from detente import exact
from detente.case.priors import WeightedPrior
from detente.dossier import Dossier
from detente.exact import whatif
from detente.report.prose import chance
from detente.report.render import render

SETTINGS = 20


def click(browser, part, item=None):
    place = f'[data-item="{item}"]' if item is not None else ":not([data-item])"
    browser.run(f"document.querySelector('input[data-part=\"{part}\"]{place}').click()")


def move(browser, percent):
    browser.run(
        "(() => { const s = document.getElementById('what-if-prior');"
        f" s.value = {percent}; s.dispatchEvent(new Event('input', {{bubbles: true}})); }})()"
    )


def answer(browser):
    return np.array(browser.run(
        "[...document.querySelectorAll('[data-hypothesis]')]"
        ".sort((a, b) => a.dataset.hypothesis - b.dataset.hypothesis).map(e => Number(e.dataset.probability))"
    ))  # fmt: skip


def without(case, off, weights=None):
    """Return the case without some items, with another prior."""
    stated = case.priors.hypotheses
    prior = WeightedPrior(weights=weights or stated.weights, concentration=4, because="x")
    return case.changed(
        evidence=tuple(item for item in case.evidence if item.id not in off),
        priors=case.priors.changed(hypotheses=prior, centre=stated.weights),
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("what-if") / "report.html"
    path.write_bytes(render(Dossier(odd.with_switches()))["report.html"])
    return path


def test_everything_on_is_the_exact_answer(browser, page):
    browser.open(page)
    assert answer(browser) == pytest.approx(exact.posterior(make_case()).probability, abs=1e-8)


def test_twenty_random_settings_are_those_of_the_exact_engine(browser, page):
    case, rng = make_case(), random.Random(5)  # noqa: S311 - a test
    parts = whatif.what_if(case, exact.posterior(case)).parts
    for _ in range(SETTINGS):
        browser.open(page)
        off = set()
        for index, part in enumerate(parts):
            if part.kind == "cluster" and rng.random() < 0.2:
                click(browser, index)
                off |= set(part.items)
            elif part.kind != "record":
                for place, item in enumerate(part.items):
                    if rng.random() < 0.35:
                        click(browser, index, place)
                        off.add(item)
        weights, share = None, rng.randint(1, 99)
        if rng.random() < 0.7:
            move(browser, share)
            weights = {"earnest": share / 100, "show": 1 - share / 100}
            if max(case.hypothesis_ids, key=lambda h: _now(case)[h]) == "show":
                weights = {"earnest": 1 - share / 100, "show": share / 100}
        assert answer(browser) == pytest.approx(exact.posterior(without(case, off, weights)).probability, abs=1e-6)


def _now(case):
    return dict(zip(case.hypothesis_ids, exact.posterior(case).probability, strict=True))


def test_a_record_switched_off_is_the_answer_without_it(browser, page):
    case = make_case()
    found = exact.posterior(case)
    parts = whatif.what_if(case, found).parts
    for number, process in enumerate(case.processes):
        browser.open(page)
        click(browser, next(i for i, part in enumerate(parts) if (part.kind, part.id) == ("record", process.id)), 0)
        assert answer(browser) == pytest.approx(found.without_record[number], abs=1e-7)


def test_the_switch_of_a_cluster_follows_its_items_and_the_button_puts_all_back(browser, page):
    browser.open(page)
    case = make_case()
    parts = whatif.what_if(case, exact.posterior(case)).parts
    index = next(i for i, part in enumerate(parts) if part.kind == "cluster")
    whole = f"document.querySelector('input[data-part=\"{index}\"]:not([data-item])')"
    before = answer(browser)
    click(browser, index, 0)
    assert browser.run(f"[{whole}.checked, {whole}.indeterminate]") == [True, True]
    click(browser, index)
    assert browser.run(f"[{whole}.checked, {whole}.indeterminate]") in ([False, False], [True, False])
    move(browser, 5)
    browser.run("document.querySelector('#what-if button').click()")
    assert browser.run(f"[{whole}.checked, {whole}.indeterminate]") == [True, False]
    assert answer(browser) == pytest.approx(before, abs=1e-12)


def test_words_and_numbers_are_those_of_the_report(browser, page):
    browser.open(page)
    shown = browser.run(
        "[...document.querySelectorAll('[data-hypothesis]')].map(e => [e.querySelector('.now').textContent,"
        " e.querySelector('.report').textContent])"
    )
    assert all(report.startswith(now) for now, report in shown)
    for share in (1, 20, 50, 99):
        move(browser, share)
        texts = browser.run(
            "[...document.querySelectorAll('[data-hypothesis]')]"
            ".sort((a, b) => a.dataset.hypothesis - b.dataset.hypothesis)"
            ".map(e => [e.querySelector('.now').textContent, e.querySelector('.word').textContent])"
        )
        for value, (number, word) in zip(answer(browser), texts, strict=True):
            worded = chance(float(value))
            assert number.replace("\u00a0", " ") == worded.number
            assert word.replace("\u00a0", " ") == f"{worded.word} ({worded.span})"


def test_of_a_large_cluster_one_item_at_a_time_can_be_switched_off(browser, tmp_path):
    base = make_case()
    case = base.changed(
        evidence=tuple(item.changed(cluster="campaign") for item in base.evidence),
        clusters={"campaign": "One cause."},
    )
    page = tmp_path / "report.html"
    page.write_bytes(render(Dossier(odd.with_switches(case)))["report.html"])
    browser.open(page)
    click(browser, 0, 2)
    click(browser, 0, 7)
    off = case.evidence_in_force[7].id
    assert answer(browser) == pytest.approx(exact.posterior(without(case, {off})).probability, abs=1e-6)
    click(browser, 0)
    click(browser, 0) if browser.run("document.querySelector('input[data-part=\"0\"]').checked") else None
    everything = {item.id for item in case.evidence}
    assert answer(browser) == pytest.approx(exact.posterior(without(case, everything)).probability, abs=1e-6)
