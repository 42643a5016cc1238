"""How what is frozen is kept and compared: a text a file, and JSON whose floats agree if they are close enough."""

from __future__ import annotations

import json
import math
import re

from syrupy.extensions.json import JSONSnapshotExtension
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

CLOSE = 1e-12
ZERO = 1e-15
"""What is written in full and is smaller is rounding."""
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
LONG = 14
"""Characters from which on a number is written with all of its digits, of which the last depend on the processor."""


class Text(SingleFileSnapshotExtension):
    """One text, one file, so that a difference is read as such; numbers with all of their digits need only be close."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"

    def matches(self, *, serialized_data, snapshot_data):
        said, kept = (NUMBER.findall(text) for text in (serialized_data, snapshot_data))
        return NUMBER.split(serialized_data) == NUMBER.split(snapshot_data) and all(map(same, said, kept))


def same(one, other):
    """Return whether two numbers as they are written are one, but for the last of all their digits."""
    if max(len(one), len(other)) < LONG:
        return one == other
    return math.isclose(float(one), float(other), rel_tol=1e-10, abs_tol=ZERO)


class Numbers(JSONSnapshotExtension):
    """JSON in which two floats agree if they are as close as makes no difference."""

    def matches(self, *, serialized_data, snapshot_data):
        return alike(json.loads(serialized_data), json.loads(snapshot_data))


def alike(one, other, *, more=False):
    """Return whether two JSON values are equal, floats to 1e-12; the other may say more, if so allowed."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = one.keys() <= other.keys() if more else one.keys() == other.keys()
        return keys and all(alike(one[key], other[key], more=more) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(alike(*pair, more=more) for pair in zip(one, other, strict=True))
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)
    return one == other
