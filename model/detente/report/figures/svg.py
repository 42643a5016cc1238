"""A figure as one small, accessible SVG whose bytes repeat.

matplotlib's output is made fit to stand in a page beside other figures: ids carry the figure's name, the style sheet
(which would reach the whole page) becomes attributes, text stays text in the reader's own fonts, and a title and a
description are added for those who cannot see it.
"""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING

from markupsafe import escape

from detente.report.figures.style import RC, WIDTH
from detente.report.prose import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detente.report.specs import Figure

FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans', sans-serif"

_TAG = re.compile(r"<[^>]+>")
_STYLE_SHEET = re.compile(r"<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)
_REFERENCE = re.compile(r'(?:url\(|xlink:href=")#([^)"]+)')
_ID = re.compile(r' id="([^"]*)"')
_DECIMALS = re.compile(r"(\.\d\d)\d+")
_FONT_FAMILY = re.compile(r" font-family: [^;]*;")
_NO_ROTATION = re.compile(r' transform="rotate\(-0 [^"]*"')


def to_svg(figure: Figure) -> str:
    """Draw a figure and return its SVG."""
    import matplotlib as mpl

    buffer = io.StringIO()
    with mpl.rc_context({**RC, "svg.hashsalt": figure.name}), warnings.catch_warnings():
        # A glyph that the measuring font lacks is drawn by the reader's fonts all the same.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        absent = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.drawing().savefig(buffer, format="svg", metadata=absent)
    return _dress(buffer.getvalue(), figure)


def to_png(figure: Figure) -> bytes:
    """Draw a figure and return it as PNG, three pixels a point."""
    import matplotlib as mpl

    buffer = io.BytesIO()
    with mpl.rc_context(RC), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        figure.drawing().savefig(buffer, format="png", dpi=216, metadata={"Software": None})
    return buffer.getvalue()


def to_files(figures: Iterable[Figure], folder: str = "") -> dict[str, bytes]:
    """Return the SVG files of figures by path."""
    return {f"{folder}{figure.name}.svg": to_svg(figure).encode() for figure in figures}


def _dress(raw: str, figure: Figure) -> str:
    """Turn matplotlib's document into an element that can stand in a page."""
    body = _STYLE_SHEET.sub("", raw[raw.index("<svg") :])
    wanted = set(_REFERENCE.findall(body))
    body = _TAG.sub(lambda tag: _dress_tag(tag.group(), figure.name, wanted), body)
    head, rest = body.split(">", 1)
    view_box = re.search(r'viewBox="[^"]*"', head)
    title, description = f"figure-{figure.name}-title", f"figure-{figure.name}-description"
    width = float(view_box.group().split()[2]) if view_box else WIDTH
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {view_box.group() if view_box else ""} role="img" '
        f'aria-labelledby="{title} {description}" font-family="{FONTS}" '
        f'style="stroke-linejoin: round; stroke-linecap: butt; max-width: {1.4 * width:.0f}px; '
        f'min-width: {0.9 * width:.0f}px">\n'
        f'<title id="{title}">{escape(clean(figure.title))}</title>\n'
        f'<desc id="{description}">{escape(clean(figure.description))}</desc>'
    )
    lines = (line.strip() for line in (opening + rest).splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def _dress_tag(tag: str, name: str, wanted: set[str]) -> str:
    tag = _ID.sub(lambda match: f' id="{name}-{match[1]}"' if match[1] in wanted else "", tag)
    tag = tag.replace("url(#", f"url(#{name}-").replace('xlink:href="#', f'href="#{name}-')
    tag = _FONT_FAMILY.sub("", _NO_ROTATION.sub("", _DECIMALS.sub(r"\1", tag)))
    return " ".join(tag.split())
