"""Figures of the report as parts of a page that allows no inline style: styles become attributes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup

from detente.report.figures import to_svg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detente.report.specs import Figure

_STYLE = re.compile(r' style="([^"]*)"')
_FONT = re.compile(r"(?:(?P<weight>\d+|bold|normal)\s+)?(?P<size>[\d.]+px)\b")
PAGE_ONLY = frozenset({"max-width", "min-width"})
"""What says how wide a figure is on the page: the workbench's style sheet does."""


def draw(figures: Iterable[Figure]) -> dict[str, Markup]:
    """Draw figures; the keys are their names."""
    return {figure.name: Markup(_STYLE.sub(_attributes, to_svg(figure))) for figure in figures}  # noqa: S704 - escaped by report.figures.svg


def _attributes(style: re.Match[str]) -> str:
    """Turn ``style="fill: none; stroke-width: 2"`` into ``fill="none" stroke-width="2"``."""
    pairs = (part.partition(":") for part in style[1].split(";") if part.strip())
    attributes = []
    for name, _, value in ((key.strip(), colon, rest.strip()) for key, colon, rest in pairs):
        if name == "font" and (font := _FONT.search(value)):
            attributes += [
                f'font-size="{font["size"]}"',
                *([f'font-weight="{font["weight"]}"'] if font["weight"] else []),
            ]
        elif name not in PAGE_ONLY:
            attributes.append(f'{name}="{value}"')
    return "".join(f" {attribute}" for attribute in attributes)
