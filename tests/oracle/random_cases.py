"""Write random valid cases, small and odd or very large, as files of the case format.

Ids are letters only. Every cell that a rule could ask for is filled. Two equally specific `*` rows are never written,
nor two transitions of one process on one day.
"""

from __future__ import annotations

import string
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special

from .case_files import CUTOFF, WHY, write_files
from .case_files import facts as facts_of
from .case_files import priors as priors_of
from .record import WORDS

HYPOTHESES = ("sincere", "tactic", "bluff", "drift")
WINNERS = ("incumbent", "opposition", "outsider")
PROCESSES = ("ladder", "settlement", "offensive")


def write_random_case(root: Path, seed: int, **sizes: Any) -> str:
    """Write `seeds/<case>` and `priors/<case>` under `root`; return the name of the case. The cut-off is 2023-03-01.

    `sizes` fix what is otherwise drawn: `hypotheses` 2-4, `items` 0-25, `clusters` 0-6, `processes` 0-3,
    `winners` 0 (no election), 2 or 3, `over` (the election is before the cut-off, its winner in the record),
    `fresh` (processes start on the cut-off, no events: nothing to condition on),
    `point_masses` (default True: sd = 0 may occur).
    """
    rng = np.random.default_rng(seed)
    case = f"random-{name_of(seed)}"
    hypotheses = HYPOTHESES[: sizes.get("hypotheses", int(rng.integers(2, 5)))]
    winners = WINNERS[: sizes.get("winners", int(rng.choice([0, 2, 3])))]
    over = bool(winners) and bool(sizes.get("over", rng.random() < 0.55)) and not sizes.get("fresh")
    election = _election(rng, winners, over=over) if winners else None
    day = _last(election) if election else None
    points = bool(sizes.get("point_masses", True))

    n_items = sizes.get("items", int(rng.integers(0, 26)))
    groups = [f"cluster_{name_of(j)}" for j in range(min(sizes.get("clusters", int(rng.integers(0, 7))), n_items))]
    evidence, likelihoods = _evidence(rng, hypotheses, groups, n_items)

    processes = {
        p: _process(rng, fresh=bool(sizes.get("fresh")))
        for p in PROCESSES[: sizes.get("processes", int(rng.integers(0, 4)))]
    }
    voted = day + timedelta(days=int(rng.integers(0, 15))) if day else None
    events = [] if sizes.get("fresh") else _events(rng, processes, [CUTOFF, *([day] if day else [])])
    if voted and not sizes.get("fresh"):
        winner = str(rng.choice(winners))
        events = sorted([*events, [voted, "election", winner, "A source", "It won."]], key=lambda row: row[0])

    facts = facts_of(case, hypotheses, groups, processes) | ({"election": election} if election else {})
    priors = priors_of(hypotheses) | {
        "hypotheses": {"weights": _simplex(rng, hypotheses), "concentration": 4, "because": WHY},
        "discrimination": _beta(rng, points=points),
        "dependence": {
            "default": _beta(rng, points=points),
            **{c: _beta(rng, points=points) for c in groups if rng.random() < 0.6},
        },
        "assumed_mass": rng.choice([0.5, 0.65, None, 0.9]),
        "persistence": float(rng.choice([0.0, 0.3, 0.5, 0.9, 1.0])),
        "couplings": _couplings(rng, processes),
        **({"election": {"weights": _simplex(rng, winners), "concentration": 8, "because": WHY}} if winners else {}),
    }
    if priors["assumed_mass"] is None:  # learned
        del priors["assumed_mass"]
    regimes = ["before", *(f"after:{w}" for w in winners)]
    intensities = [
        row
        for p, process in processes.items()
        for a, b in process["transitions"]
        for row in _rows(rng, (p, a, b), hypotheses, regimes)
    ]
    write_files(Path(root), case, facts, priors, evidence, likelihoods, intensities, events)
    if "assumed_mass" not in priors and seed % 2:
        (Path(root) / "priors" / case / "calibration.csv").write_text(_questions(seed), encoding="utf-8")
    return case


def _questions(seed: int) -> str:
    """Give a calibration.csv: a few quantities, some of them on the scale of ratios, with their true values."""
    rng = np.random.default_rng([seed, 7])
    rows = ["item,low,mid,high,truth,mass,scale"]
    for number in range(int(rng.integers(1, 12))):
        low, mid, high = np.cumsum(rng.uniform(1, 9, size=3))
        truth, mass = mid * np.exp(rng.standard_t(3) / 2), rng.choice(["", "0.8", "0.9"])
        rows.append(f"q{number},{low:.4f},{mid:.4f},{high:.4f},{truth:.6f},{mass},{rng.choice(['', 'uni', 'log'])}")
    return "\n".join(rows) + "\n"


def write_large_case(root: Path, items: int = 5000, clusters: int = 300, seed: int = 0) -> str:
    """Write a case of two hypotheses with very many items of modest contrast and no processes; return its name.

    One item in ten is alone; the others are spread over the clusters. Mids differ between hypotheses by about 0.15 in
    probit units, so that thousands of them do not settle the matter at once.
    """
    rng = np.random.default_rng(seed)
    case = f"large-{name_of(seed)}"
    hypotheses = HYPOTHESES[:2]
    groups = [f"cluster_{name_of(j)}" for j in range(clusters)]
    evidence, likelihoods = [], []
    for i in range(items):
        cluster = "" if rng.random() < 0.1 else groups[i % clusters]
        evidence.append(_item(rng, i, cluster, CUTOFF - timedelta(days=int(rng.integers(0, 700)))))
        base = rng.normal(0, 0.6)
        for h in hypotheses:
            low, mid, high = _triple(rng, base + rng.normal(0, 0.15), narrow=False)
            likelihoods.append([evidence[-1][0], h, low, mid, high, WHY])
    facts, priors = facts_of(case, hypotheses, groups, {}), priors_of(hypotheses)
    write_files(Path(root), case, facts, priors, evidence, likelihoods, [], [])
    return case


def name_of(number: int) -> str:
    """Spell a number in letters: 0 a, 25 z, 26 ba."""
    text = ""
    while True:
        number, digit = divmod(number, 26)
        text = string.ascii_lowercase[digit] + text
        if not number:
            return text


def _evidence(
    rng: np.random.Generator, hypotheses: tuple[str, ...], groups: list[str], items: int
) -> tuple[list[list[Any]], list[list[Any]]]:
    evidence, likelihoods = [], []
    for i in range(items):
        # The first items give every cluster a member; one in four is alone; one in eight comes after the cut-off.
        cluster = groups[i] if i < len(groups) else str(rng.choice(groups)) if groups and rng.random() < 0.75 else ""
        late = rng.random() < 0.125
        when = CUTOFF + timedelta(days=int(rng.integers(1, 60) if late else -rng.integers(0, 300)))
        row = _item(rng, i, cluster, when)
        if rng.random() < (0.6 if row[3] == "no" else 0.1):
            edge = CUTOFF + timedelta(days=int(rng.integers(-1, 2)))  # silence counts from the day after
            row[-1] = max(when, edge) if rng.random() < 0.3 else when + timedelta(days=int(rng.integers(0, 200)))
        evidence.append(row)
        base, words = rng.normal(0, 0.7), rng.random() < 0.2
        for h in hypotheses:
            if words or rng.random() < 0.05:
                likelihoods.append([row[0], h, "", str(rng.choice(list(WORDS))), "", WHY])
            else:
                likelihoods.append([row[0], h, *_triple(rng, base + rng.normal(0, 0.7), narrow=True), WHY])
    return evidence, likelihoods


def _item(rng: np.random.Generator, i: int, cluster: str, when: date) -> list[Any]:
    seen = "yes" if rng.random() < 0.7 else "no"
    grade = [str(rng.choice(list("ABCDEF"), p=[0.25, 0.35, 0.2, 0.1, 0.05, 0.05])), int(rng.integers(1, 7))]
    return [f"item_{name_of(i)}", when, cluster, seen, *grade, "An actor", "A source", "para 1", f"Claim {i}.", ""]


def _triple(rng: np.random.Generator, center: float, *, narrow: bool) -> tuple[float, float, float]:
    """Draw low < mid < high in (0, 1), four decimals, at unequal distances in probit units."""
    mid = round(float(np.clip(special.ndtr(center), 0.02, 0.98)), 4)
    below, above = rng.uniform(0.1 if narrow else 0.3, 0.9, 2)
    low, high = special.ndtr(special.ndtri(mid) - below), special.ndtr(special.ndtri(mid) + above)
    return max(0.0001, round(float(low), 4)), mid, min(0.9999, round(float(high), 4))


def _election(rng: np.random.Generator, winners: tuple[str, ...], *, over: bool) -> dict[str, Any]:
    """Draw a schedule: over and known, or ahead and perhaps moved, once before the cut-off and once after it."""
    first = date(2021, 1, 1)
    if over:
        held = CUTOFF - timedelta(days=int(rng.integers(20, 150)))
        planned = held + timedelta(days=int(rng.integers(-5, 60)))
        schedule = [{"known_from": first, "date": planned}, {"known_from": date(2022, 9, 1), "date": held}]
    else:
        schedule = [{"known_from": first, "date": CUTOFF + timedelta(days=int(rng.integers(90, 130)))}]
        for known in (date(2022, 11, 5), CUTOFF + timedelta(days=10)):
            if rng.random() < 0.5:
                schedule.append({"known_from": known, "date": CUTOFF + timedelta(days=int(rng.integers(40, 130)))})
    return {
        "schedule": schedule[rng.integers(0, 2) :] if over else schedule,
        "winners": [{"id": w, "label": f"{w} wins"} for w in winners],
    }


def _last(election: dict[str, Any]) -> date:
    """Give the day after which a winner may be recorded whichever row of the schedule is read at the cut-off."""
    known: list[date] = [row["date"] for row in election["schedule"]]
    return known[-1] if known[-1] < CUTOFF else max(known)


def _process(rng: np.random.Generator, *, fresh: bool) -> dict[str, Any]:
    """Draw a DAG on 2-5 states, each reachable from the first; diamonds and shortcuts are common."""
    size = int(rng.integers(2, 6))
    states = [f"state_{name_of(j)}" for j in range(size)]
    pairs = {(int(rng.integers(0, j)), j) for j in range(1, size)}
    pairs |= {(i, j) for j in range(1, size) for i in range(j) if rng.random() < 0.3}
    start = CUTOFF - timedelta(days=0 if fresh else int(rng.integers(30, 400)))
    return {
        "states": states,
        "start": {"state": states[0], "date": start},
        "transitions": [[states[i], states[j]] for i, j in sorted(pairs)],
    }


def _events(rng: np.random.Generator, processes: dict[str, Any], marked: list[date]) -> list[list[Any]]:
    """Draw a path for each process, past the cut-off too; often on another process's day, or one `marked`."""
    events: list[list[Any]] = []
    for p, process in processes.items():
        state, day = process["start"]["state"], process["start"]["date"]
        while nexts := [b for a, b in process["transitions"] if a == state]:
            shared = [d for d in (*marked, *(row[0] for row in events)) if d > day]
            wait = int(rng.integers(1, 260))
            day = shared[rng.integers(len(shared))] if shared and rng.random() < 0.4 else day + timedelta(days=wait)
            if day > CUTOFF + timedelta(days=80) or rng.random() < 0.2:
                break
            state = str(rng.choice(nexts))
            events.append([day, p, state, "A source", f"{p} reached {state}."])
    return sorted(events, key=lambda row: row[0])


def _couplings(rng: np.random.Generator, processes: dict[str, Any]) -> list[dict[str, Any]]:
    pairs = [(p, q) for p in processes for q in processes if p != q and rng.random() < 0.4]
    return [
        {
            "process": p,
            "to": str(rng.choice(processes[p]["states"][1:])),
            "when": {"process": q, "reached": str(rng.choice(processes[q]["states"][1:]))},
            "multiplier": float(rng.choice([0.25, 0.5, 2.0, 3.0, 6.0])),
            "because": WHY,
        }
        for p, q in pairs
    ]


def _rows(
    rng: np.random.Generator, transition: tuple[str, str, str], hypotheses: tuple[str, ...], regimes: list[str]
) -> list[list[Any]]:
    """Draw the rows of one transition in one of the unambiguous patterns of `*`."""
    cells = [(h, g) for h in hypotheses for g in regimes]
    some = [cell for cell in cells if rng.random() < 0.3]
    half: list[tuple[str, str]]
    match rng.integers(0, 5):
        case 0:
            keys = cells
        case 1:
            keys = [*some, ("*", "*")]
        case 2:
            keys = [*some, *(("*", g) for g in regimes)]
        case 3:
            keys = [*some, *((h, "*") for h in hypotheses)]
        case _:
            half = [("*", g) for g in regimes] if rng.random() < 0.5 else [(h, "*") for h in hypotheses]
            keys = [*some, *(key for key in half if rng.random() < 0.5), ("*", "*")]
    base, rows = rng.normal(-1.0, 0.7), []
    for h, g in keys:
        center = base + rng.normal(0, 0.7)
        below, above = rng.uniform(0.2, 1.0, 2)
        low, mid, high = (1 - np.exp(-np.exp(center + x)) for x in (-below, 0.0, above))
        mid = round(float(np.clip(mid, 0.02, 0.96)), 4)
        low = round(float(np.clip(low, 0.005, mid - 0.004)), 4)
        high = round(float(np.clip(high, mid + 0.004, 0.99)), 4)
        rows.append([*transition, h, g, int(rng.choice([90, 180, 365])), low, mid, high, WHY])
    return rows


def _beta(rng: np.random.Generator, *, points: bool) -> dict[str, Any]:
    mean = round(float(rng.uniform(0.05, 0.95)), 2)
    share = rng.choice([0.0, 0.05, 0.3, 0.5, 0.8], p=[0.1, 0.2, 0.3, 0.2, 0.2] if points else [0, 0.3, 0.3, 0.2, 0.2])
    return {"mean": mean, "sd": round(float(share) * (mean * (1 - mean)) ** 0.5, 4), "because": WHY}


def _simplex(rng: np.random.Generator, names: tuple[str, ...]) -> dict[str, float]:
    shares = [round(float(x), 4) for x in 0.1 / len(names) + 0.9 * rng.dirichlet(np.full(len(names), 3.0))]
    return dict(zip(names, [*shares[:-1], round(1 - sum(shares[:-1]), 4)], strict=True))
