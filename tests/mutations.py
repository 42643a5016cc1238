"""Damage to files of results, as editing, merging and cutting off do it: each mutation is a function of a seed."""

from __future__ import annotations

import copy
import pickle
import random
import re
from functools import lru_cache

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


def copied(tree):
    """Return a copy of a tree, and the paths in it by their shape."""
    packed = pickle.dumps(tree)
    return pickle.loads(packed), _places(packed)  # noqa: S301 - packed here


@lru_cache(maxsize=4)
def _places(packed):
    return places(pickle.loads(packed))  # noqa: S301 - as above


def nested(depth, in_a_list):
    part = 1
    for _ in range(depth):
        part = [part] if in_a_list else {"a": part}
    return part


def mutated(tree, seed):  # noqa: C901, PLR0912 - a list of kinds
    """Return a tree with one thing damaged, and what was done to it."""
    chance = random.Random(seed)  # noqa: S311 - reproducible
    tree, shapes = copied(tree)
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


WORDS = (
    "\x00",
    "\x1b[2J\x07",
    "a\nb\r\n\u2028c",
    "\u202egnp.exe",
    "x" * 1_000_000,
    "=1+1",
    "<script>alert(1)</script>",
    "%s{0}",
)
DAYS = (
    "10000-01-01", "0000-00-00", "2023-13-01", "1000-01-01", "2023-02-08T00:00:00Z", "20230208", 1675814400, -1, 1e12,
    "2023-2-8", "\uff19\uff19\uff19\uff19-01-01",
)  # fmt: skip
FLOATS = (-0.0, 5e-324, 1e29, -1e29, 1e30, 2**53 + 1, True, False, "0.5", "nan", "Infinity", 0.30000000000000004)


def leaves(tree, of):
    """Return the paths of what is of a type."""
    return [path for paths in places(tree).values() for path in paths if isinstance(at(tree, path), of)]


def at(tree, path):
    for name in path:
        tree = tree[name]
    return tree


def swapped(value):
    """Return a list as a mapping, or a mapping as a list."""
    return {str(number): one for number, one in enumerate(value)} if isinstance(value, list) else list(value.values())


def unlike(chance, value):
    """Return an edit of one value that a person or a program makes by mistake."""
    if isinstance(value, bool) or value is None:
        return chance.choice(("yes", 0, 1, "true", [value], -0.0))
    if isinstance(value, (int, float)):
        whole = [int(value)] if abs(value) < 1e300 else []
        return chance.choice([*whole, value + 0.5, str(value), [value], value * 100, -value, 1 / 3, *FLOATS])
    if isinstance(value, str):
        if value[:4].isdecimal() and value[4:5] == "-":
            return chance.choice(DAYS)
        return chance.choice([value + chance.choice(WORDS), value.upper(), f" {value}", value[:-1], [value], *WORDS])
    if isinstance(value, list):
        mixed = chance.sample(value, len(value))
        return chance.choice([swapped(value), value[::-1], mixed, value * 3, [value], [None] * len(value), value[:1]])
    keys = list(value)
    key = chance.choice(keys) if keys else "a"
    changed = chance.choice((key.upper(), f"{key} ", "", f"{key}\x00", "__class__", "1", "é" + key))
    return chance.choice([swapped(value), {changed if k == key else k: v for k, v in value.items()}, {"": value}, {}])


def disturbed(tree, seed):
    """Return a tree with one thing out of its place, and what was done to it."""
    chance = random.Random(seed)  # noqa: S311 - reproducible
    tree, shapes = copied(tree)

    def one(of=object):
        return chance.choice([path for path in shapes[chance.choice(names)] if isinstance(at(tree, path), of)] or [()])

    def put(path, value):
        at(tree, path[:-1])[path[-1]] = value

    names = sorted(shapes, key=str)
    kind = chance.choice(("unlike", "unlike", "unlike", "exchanged", "id of another", "copied", "kept in one place"))
    first, second = one(), one()
    if kind == "unlike":
        put(first, unlike(chance, at(tree, first)))
    elif kind == "exchanged":
        a, b = copy.deepcopy(at(tree, first)), copy.deepcopy(at(tree, second))
        if first[: len(second)] != second and second[: len(first)] != first:
            put(first, b)
            put(second, a)
    elif kind == "copied":
        put(first, copy.deepcopy(at(tree, second)))
    else:
        words = sorted(
            {
                str(at(tree, path))
                for path in leaves(tree, str)
                if path[-1] in {"id", "process", "hypothesis", "state", "cluster"}
            }
        )
        word, other = chance.sample(words, 2) if len(words) > 1 else ("a", "b")
        standing = [path for path in leaves(tree, str) if at(tree, path) == word]
        keys = [path for paths in shapes.values() for path in paths if path[-1] == word]
        if kind == "id of another" and keys and chance.random() < 0.5:
            path = chance.choice(keys)
            parent = at(tree, path[:-1])
            parent[other] = parent.pop(word)
        elif standing:
            left = chance.choice(standing)
            new = other if kind == "id of another" else chance.choice(("nobody", "", other, f"{word}\x1b[31m"))
            for path in [left] if kind == "id of another" else [path for path in standing if path != left]:
                put(path, new)
        first = (word, other)
    return tree, f"{kind}: {'.'.join(map(str, first))}"


TOKENS = ("NaN", "-Infinity", "1e999", "9" * 4400, "007", "[" * 90_000 + "]" * 90_000)
SPOILT = {
    "a byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "single quotes": lambda text: text.replace('"', "'").encode(),
    "comma at the end": lambda text: text.rstrip().removesuffix("}").encode() + b",}",
    "deep objects": lambda text: b'{"a":' * 50_000,
    "comment": lambda text: b"// mine\n" + text.encode(),
    "only null": lambda text: b"null",
    "a number": lambda text: b"1",
    "a list": lambda text: f"[{text}]".encode(),
    "empty object": lambda text: b"{}",
    "escapes": lambda text: text.replace("a", "\\u0000", 3).encode(),
    "half a character": lambda text: text.encode().replace("–".encode(), b"\xe2\x80", 1),
    "carriage returns": lambda text: text.replace("\n", "\r").encode(),
    "page": lambda text: b"<!doctype html><title>404</title>",
}


def spoilt(text, seed, others=()):
    """Return bytes of a text as an unlike tool would leave it, and what was done to it."""
    chance = random.Random(seed)  # noqa: S311 - reproducible
    kind = chance.choice((*SPOILT, *TOKENS, "a key twice", "another", "half of another"))
    other = chance.choice(others) if others else text
    if kind in SPOILT:
        return SPOILT[kind](text), kind
    if kind in TOKENS:
        place = chance.choice([*re.finditer(r"(?<=[\[: ])-?\d+\.?\d*(?:e-?\d+)?(?=[,\]\n}])", text)] or [None])
        start, end = place.span() if place else (len(text), len(text))
        return (text[:start] + kind + text[end:]).encode(), kind[:9]
    if kind == "a key twice":
        place = chance.choice([*re.finditer(r'"[a-z_]+": ', text)])
        value = chance.choice(("0", "[]", "null"))
        return f"{text[: place.start()]}{place[0]}{value}, {text[place.start() :]}".encode(), kind
    return (other if kind == "another" else other[: len(other) // 2]).encode(), kind
