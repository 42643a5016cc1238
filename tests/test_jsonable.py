"""What is written piece by piece is what the json module writes at once."""

from __future__ import annotations

import hashlib
import json

import pytest

from detente import jsonable
from detente.jsonable import digest_of, json_pieces, json_text, sealed_text

CONTENTS = {
    "b": [{"x": [1, None, 0.1], "a": "two\nlines"}] * 5,
    "é": {f"key {number}": {"deep": {"deeper": {"deepest": [[], {}, [[number]]]}}} for number in (3, 1, 2)},
    "empty": {},
    "none": [],
    "a": {"list": [True, "\N{LINE SEPARATOR}", {"n": -0.0}], "tuple": (1, (2, 3))},
}


@pytest.mark.parametrize("at_once", [1, 2, 1000])
def test_pieces_make_the_text_and_the_digest_of_the_whole(monkeypatch, at_once):
    monkeypatch.setattr(jsonable, "AT_ONCE", at_once)
    whole = json.dumps(CONTENTS, ensure_ascii=False, indent=1) + "\n"
    text = whole.replace("\N{LINE SEPARATOR}", "\\u2028")
    assert json_text(CONTENTS) == "".join(json_pieces(CONTENTS)) == text
    digest = hashlib.sha256(json.dumps(CONTENTS, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    assert digest_of(CONTENTS) == digest
    assert sealed_text(CONTENTS, "seal") == json_text({**CONTENTS, "seal": digest})
