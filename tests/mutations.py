"""Damage to files of results, as editing, merging and cutting off do it: each mutation is a function of a seed."""

from __future__ import annotations

import copy
import random

NUMBERS = (1e308, -1e308, 1e17, -1, 0, 2, 1e-308, 10**400, float("nan"), float("inf"), 1.0000001)
TEXTS = ("", "nobody", "0001-01-01", "9999-12-31", "\x1b[31m", "after:nobody", "horizon", "2023-02-30", "\ud800")
VALUES = (1, "x", [], {}, True, None, [1], {"a": 1}, 0.5, [[]])


def places(tree):
    """Return the paths of a tree by their shape, in which every entry of a list is one."""
    found, waiting = {}, [((), (), tree)]
    while waiting:
        path, shape, part = waiting.pop()
        if path:
            found.setdefault(shape, []).append(path)
        entries = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        waiting += [((*path, name), (*shape, "*" if isinstance(part, list) else name), one) for name, one in entries]
    return found


def nested(depth, in_a_list):
    part = 1
    for _ in range(depth):
        part = [part] if in_a_list else {"a": part}
    return part


def mutated(tree, seed):  # noqa: C901, PLR0912 - a list of kinds
    """Return a tree with one thing damaged, and what was done to it."""
    chance, tree = random.Random(seed), copy.deepcopy(tree)  # noqa: S311 - reproducible
    shapes = places(tree)
    path = chance.choice(shapes[chance.choice(sorted(shapes, key=str))])
    parent = tree
    for name in path[:-1]:
        parent = parent[name]
    last, value = path[-1], parent[path[-1]]
    kinds = ["gone", "other type"]
    if isinstance(value, (list, dict)):
        kinds += ["short", "short", "empty", "deep"]
    if isinstance(value, list):
        kinds += ["twice"]
    if isinstance(value, dict):
        kinds += ["renamed", "renamed", "one more"]
    if isinstance(value, str):
        kinds += ["text"] * 3
    elif isinstance(value, (int, float)):
        kinds += ["number"] * 3
    kind = chance.choice(kinds)
    if kind == "gone":
        del parent[last]
    elif kind == "other type":
        parent[last] = chance.choice(VALUES)
    elif kind == "short" and value:
        value.pop() if isinstance(value, list) else value.pop(chance.choice(list(value)))
    elif kind == "empty":
        value.clear()
    elif kind == "deep":
        parent[last] = nested(chance.choice((60, 900)), chance.random() < 0.5)
    elif kind == "twice" and value:
        value.append(copy.deepcopy(chance.choice(value)))
    elif kind == "renamed" and value:
        value["nobody"] = value.pop(chance.choice(list(value)))
    elif kind == "one more":
        value["nobody"] = copy.deepcopy(chance.choice(list(value.values()))) if value else 1
    elif kind == "number":
        parent[last] = chance.choice((*NUMBERS, -value))
    elif kind == "text":
        parent[last] = chance.choice(TEXTS)
    return tree, f"{kind}: {'.'.join(map(str, path))}"


def cut(text, seed):
    """Return bytes of a text that was cut off, merged badly, or written over."""
    chance, raw = random.Random(seed), text.encode()  # noqa: S311 - reproducible
    place, lines = chance.randrange(len(raw)), text.encode().split(b"\n")
    line = chance.randrange(len(lines))
    return {
        "cut": raw[:place],
        "null bytes": raw[:place] + b"\0" * 512 + raw[place:],
        "not UTF-8": raw[:place] + b"\xff\xfe" + raw[place:],
        "conflict": b"\n".join([*lines[:line], b"<<<<<<< HEAD", lines[line], b"=======", *lines[line:]]),
        "line twice": b"\n".join([*lines[:line], lines[line], *lines[line:]]),
        "whole twice": raw + raw,
        "nothing": b"",
        "deep": b"[" * 100_000,
    }[
        chance.choice(
            ("cut", "cut", "null bytes", "not UTF-8", "conflict", "line twice", "whole twice", "nothing", "deep")
        )
    ]
