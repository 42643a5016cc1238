"""Markdown as text that means itself: escaping, lines, addresses."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from detente.report.prose import clean

_MARKS = re.compile(r"([\\`*_{}\[\]|~$])")
_TAG = re.compile(r"[<>](?!\d)")
"""No tag begins with a digit, so that "<1%" may stay as it is."""
_LINE_START = re.compile(r"^([#+\-=>]|\d+(?=[.)]))")


def text(value: Any) -> Any:  # noqa: ANN401 - whatever a template puts out
    """Escape what Markdown, or the HTML inside it, would take for a mark; leave what is escaped already."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    plain = _TAG.sub(lambda tag: "&lt;" if tag[0] == "<" else "&gt;", clean(value).replace("&", "&amp;"))
    return Markup(_MARKS.sub(r"\\\1", plain))  # noqa: S704 - escaped in the line above


def line(block: str) -> Markup:
    """Put a block of a template on one line, which begins no list and no heading."""
    joined = " ".join(block.split())
    mark = _LINE_START.match(joined)
    if mark and mark[1].isdigit():
        return Markup(joined)  # noqa: S704 - a number that opens a sentence; a list would need its dot
    return Markup(f"\\{joined}" if mark else joined)  # noqa: S704 - a block of a template, escaped inside


def address(url: str) -> Markup:
    """Return an address that cannot leave its angle brackets."""
    return Markup(quote(url, safe=":/?#@!&'()*+,;=%-._~"))  # noqa: S704 - quoted


def verbatim(value: str) -> Markup:
    """Return text for a fenced block, which nothing in it can close."""
    return Markup(clean(value).replace("`", "'"))  # noqa: S704 - stands in a fence
