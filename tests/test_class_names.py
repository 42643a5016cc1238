"""One name, one meaning: no two classes of the package share a name."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import detente


def test_no_two_classes_share_a_name():
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in Path(detente.__file__).parent.rglob("*.py")]
    named = Counter(node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    assert [name for name, times in named.items() if times > 1] == []
