"""The accessibility checker finds nothing: every kind of page, light and dark, wide and narrow."""

from __future__ import annotations

import json

import pytest


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("example", {}),
        ("usual", {}),
        ("usual", {"dark": True}),
        ("usual", {"width": 390}),
        ("usual", {"width": 390, "dark": True}),
        ("failed", {}),
        ("failed", {"dark": True}),
        ("right-to-left", {}),
        ("hostile", {"width": 390}),
        ("index", {}),
        ("index", {"dark": True}),
    ],
)
def test_no_violation(browser, axe, pages, name, options):
    browser.open(pages[name], **options)
    browser.run(axe + "; true")
    found = json.loads(
        browser.run(
            "axe.run(document, {resultTypes: ['violations']}).then(r => JSON.stringify(r.violations.map("
            "v => [v.id, v.help, v.nodes.slice(0, 3).map(n => n.html.slice(0, 160))])))"
        )
    )
    assert found == []
