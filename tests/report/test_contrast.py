"""Contrast, computed by the formula of WCAG 2.2: words 4.5 to 1, graphics 3 to 1; light, dark and on paper."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from detente.report.figures import style as ink

STYLE = (Path(ink.__file__).parents[1] / "templates" / "html" / "style.css").read_text(encoding="utf-8")


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def schemes():
    """Return the colours by name: light, dark, and on paper."""
    blocks = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block)) for block in re.findall(r":root \{([^}]*)\}", STYLE)
    ]
    full = [
        {k: v if len(v) == 7 else "#" + "".join(2 * c for c in v[1:]) for k, v in block.items()} for block in blocks
    ]
    light, dark, paper = full
    return {"light": light, "dark": light | dark, "paper": light | paper}


def test_the_formula_on_known_pairs():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#0072b2", "#ffffff") == pytest.approx(5.19, abs=0.01)
    assert contrast("#d55e00", "#ffffff") == pytest.approx(3.87, abs=0.01)


@pytest.mark.parametrize(("scheme", "word", "ground"), list(product(
    ("light", "dark", "paper"), ("ink", "soft", "link"), ("paper", "tint"))
))  # fmt: skip
def test_words(scheme, word, ground):
    colours = schemes()[scheme]
    assert contrast(colours[word], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark", "paper"])
def test_words_and_frame_of_the_banner(scheme):
    colours = schemes()[scheme]
    assert contrast(colours["ink"], colours["warn-tint"]) >= 4.5
    assert contrast(colours["warn"], colours["paper"]) >= 3


@pytest.mark.parametrize(("scheme", "look"), list(product(("light", "dark"), range(4))))
def test_bars_of_the_what_if(scheme, look):
    colours = schemes()[scheme]
    assert contrast(colours[f"look-{look}"], colours["paper"]) >= 3


@pytest.mark.parametrize("style", ink.LOOKS)
def test_graphics_of_figures_on_white(style):
    assert contrast(style.colour.lower(), "#ffffff") >= 3


@pytest.mark.parametrize("colour", [ink.INK, ink.MUTED])
def test_words_in_figures_on_white_and_on_their_bands(colour):
    assert contrast(colour, "#ffffff") >= 4.5
    assert contrast(colour, ink.SHADE) >= 4.5
