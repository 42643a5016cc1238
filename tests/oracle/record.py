"""Read a case from its files, cut it at a date, and count its history day by day.

An own small reader, written from `model.md` and `case-format.md` only. It trusts its input: it is for valid cases.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise, permutations, product
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML
from scipy import linalg, optimize, special, stats

# ICD 203: the word's range; the middle is the arithmetic mean of its ends.
WORDS = {
    "almost no chance": (0.01, 0.05),
    "very unlikely": (0.05, 0.20),
    "unlikely": (0.20, 0.45),
    "roughly even chance": (0.45, 0.55),
    "likely": (0.55, 0.80),
    "very likely": (0.80, 0.95),
    "almost certain": (0.95, 0.99),
}

Transition = tuple[str, str, str]  # process, from, to


@dataclass(frozen=True)
class Item:
    """An evidence item in force at the cut-off; `low`, `mid`, `high` have one value a hypothesis, shape (K,).

    `loading`, from -1 to 1, is how the common cause of its cluster pulls on it.
    """

    id: str
    cluster: str  # blank: alone
    seen: bool
    reliability: float
    low: np.ndarray
    mid: np.ndarray
    high: np.ndarray
    loading: float


@dataclass(frozen=True)
class Record:
    """All of a case that the mathematics needs, as of one date.

    T transitions, K hypotheses, G regimes. `low`, `mid`, `high`, `within`: (T, K, G), `within` in days.
    `events`: (T, G) transitions made. `exposure`: (T, G) days, coupling multipliers included. Both are the first of
    the `ways` in which steps known by month or year may be dated: events, exposure, the product of the multipliers
    of the transitions made, and those of the transitions an occasion brought (T, G), in each. After a vote that is not
    called there are the ways under each winner in turn (`won`, by way), the product times P(winner). G has the regimes
    first, then their phases and occasions as `regime/name`; `at_once` (G,) are occasions, with events in place of days.
    `visited` maps (process, state) to the date it was reached, the start included; `current` maps process to state.
    `weights` and `centre` (K,): the prior, and the weights of a mean over hypotheses. Beta priors are pairs (mean, sd).
    `election` (its first round) and `winner` are None where there is none, or it is not known yet.
    """

    as_of: date
    hypotheses: tuple[str, ...]
    weights: np.ndarray
    centre: np.ndarray
    discrimination: tuple[float, float]
    dependence: dict[str, tuple[float, float]]
    assumed_mass: float
    half_ranges: tuple[float, ...]
    largest_sigma: float
    persistence: float
    items: tuple[Item, ...]
    regimes: tuple[str, ...]
    transitions: tuple[Transition, ...]
    low: np.ndarray
    mid: np.ndarray
    high: np.ndarray
    within: np.ndarray
    ways: tuple[tuple[np.ndarray, np.ndarray, float, np.ndarray], ...]
    at_once: np.ndarray
    events: np.ndarray
    exposure: np.ndarray
    current: dict[str, str]
    visited: dict[tuple[str, str], date]
    couplings: tuple[dict[str, Any], ...]
    election: date | None
    winner: str | None
    winner_weights: dict[str, float]
    horizon: date
    outcomes: dict[str, tuple[str, str]]
    won: tuple[str, ...] = ()


def load(workspace: Path, case: str, as_of: date | None = None, without: tuple[str, ...] = ()) -> Record:
    """Read a case as of a date (default: its information cut-off), leaving out the evidence items named in `without`.

    Raises ValueError where the model gives no answer: election date not known yet.
    """
    seeds, priors_folder = Path(workspace) / "seeds" / case, Path(workspace) / "priors" / case
    facts, priors = _yaml(seeds / "case.yaml"), _yaml(priors_folder / "priors.yaml")
    cut = as_of or _date(facts["information_cutoff"])
    hypotheses = tuple(h["id"] for h in facts["hypotheses"])

    items = _items(
        [row for row in _table(seeds / "evidence.csv") if row["id"] not in without],
        _table(priors_folder / "likelihoods.csv"),
        _table(priors_folder / "watch.csv") if (priors_folder / "watch.csv").exists() else [],
        priors,
        hypotheses,
        cut,
    )

    written = [{**row, "days": _days(row, cut)} for row in _table(seeds / "events.csv")]
    events: list[dict[str, Any]] = [{**row, "date": row["days"][0]} for row in written if row["days"]]
    events = sorted(events, key=lambda row: row["date"])  # stable: file order
    election: date | None = None
    winner: str | None = None
    winners: list[str] = []
    if facts.get("election"):
        winners = [w["id"] for w in facts["election"]["winners"]]
        known = [row for row in facts["election"]["schedule"] if _date(row["known_from"]) <= cut]
        if not known:
            raise ValueError(f"{case}: no election date is known as of {cut}")
        election = _vote([(_date(row["known_from"]), _date(row["date"])) for row in known])
        winner = next((row["state"] for row in events if row["process"] == "election"), None)
    regimes = ("before", *(f"after:{w}" for w in winners))

    weights = {w: float(priors["election"]["weights"][w]) for w in winners}
    chances = weights if winner is None else {winner: 1.0}
    processes = facts.get("processes") or {}
    calendar = _calendar(facts, election, cut)
    transitions = tuple((name, a, b) for name, process in processes.items() for a, b in process["transitions"])
    couplings = tuple(priors.get("couplings") or ())
    stated, regimes, used = _intensities(
        _table(priors_folder / "intensities.csv"), transitions, hypotheses, regimes, calendar
    )
    is_open = election is not None and winner is None and election <= cut
    ways, won = [], []
    for name, chance in weights.items() if is_open else [("", 1.0)]:
        risks = Risks(regimes, election, {name: 1.0} if is_open else chances, calendar, used)
        for dates in product(*(row["days"] for row in events)):
            dated = [{**row, "date": day} for row, day in zip(events, dates, strict=True)]
            if (path := _in_order(dated, processes)) is not None:
                made, exposure, multiplier, *rest = _history(
                    processes, transitions, couplings, path, regimes, risks, cut
                )
                ways.append((made, exposure, multiplier * chance, *rest))
                won += [name] if is_open else []
    made, exposure, *_, current, visited = ways[0]
    default = priors["dependence"]["default"]
    clusters = {item.cluster for item in items if item.cluster}
    answered = priors_folder / "calibration.csv"
    mass, half_ranges, largest_sigma = widths(priors.get("assumed_mass"), _table(answered) if answered.exists() else [])
    return Record(
        as_of=cut,
        hypotheses=hypotheses,
        weights=np.array([float(priors["hypotheses"]["weights"][h]) for h in hypotheses]),
        centre=_centre(priors, hypotheses),
        discrimination=_beta(priors.get("discrimination", {"mean": 0.15, "sd": 0.1})),
        dependence={c: _beta(priors["dependence"].get(c, default)) for c in sorted(clusters)},
        assumed_mass=mass,
        half_ranges=half_ranges,
        largest_sigma=largest_sigma,
        persistence=float(priors["persistence"]),
        items=items,
        regimes=regimes,
        transitions=transitions,
        within=stated[..., 0],
        low=stated[..., 1],
        mid=stated[..., 2],
        high=stated[..., 3],
        ways=tuple(way[:4] for way in ways),
        at_once=np.array([name.partition("/")[2] in calendar.occasions for name in regimes]),
        events=made,
        exposure=exposure,
        current=current,
        visited=visited,
        couplings=couplings,
        election=election,
        winner=winner,
        winner_weights=weights,
        horizon=_date(facts["horizon"]),
        outcomes={o["id"]: (o["process"], o["state"]) for o in facts.get("outcomes") or []},
        won=tuple(won),
    )


def widths(
    stated: float | None, questions: list[dict[str, str]] | None = None
) -> tuple[float, tuple[float, ...], float]:
    """Give what a 90% range holds, the sds that half of it may be (equally likely), and the largest sd of log λ.

    Stated in the priors, or learned: errors are t with ν degrees of freedom, times a log-normal factor of the assessor.
    """
    if stated is not None:
        mass = float(stated)
        return mass, (1 / special.ndtri((1 + mass) / 2),), np.inf
    nu, word = 1.06, special.ndtri(0.95)
    factor = 1.66 * np.exp(0.51 * np.linspace(-7, 7, 1401))
    log_weight = -(np.linspace(-7, 7, 1401) ** 2) / 2
    for row in questions or []:
        low, mid, high, truth = (float(row[name]) for name in ("low", "mid", "high", "truth"))
        if row.get("scale") == "log":
            low, mid, high, truth = np.log([low, mid, high, truth])
        sd = (high - low) / 2 / special.ndtri((1 + float(row.get("mass") or 0.9)) / 2)
        log_weight = log_weight + stats.t.logpdf((truth - mid) / sd, nu, scale=factor)
    weight = special.softmax(log_weight)
    mass = float(weight @ (stats.t.cdf(word / factor, nu) - stats.t.cdf(-word / factor, nu)))

    def short_of(half: float, part: float) -> float:
        return float(weight @ stats.gamma.sf((factor / half) ** 2, nu / 2, scale=2 / nu)) - part

    parts = (1 / 8, 3 / 8, 5 / 8, 7 / 8)
    medians = [optimize.brentq(short_of, 1e-4, 1e5, args=(part,), xtol=1e-12) for part in parts]
    return mass, tuple(median / word for median in medians), 3.2


def _items(
    evidence: list[dict[str, str]],
    likelihoods: list[dict[str, str]],
    watch: list[dict[str, str]],
    priors: dict[str, Any],
    hypotheses: tuple[str, ...],
    cut: date,
) -> tuple[Item, ...]:
    """Give the items in force at the cut-off: dated by then, and if awaited and unseen, past their date."""
    stated = {(row["evidence"], row["hypothesis"]): _interval(row) for row in likelihoods}
    ahead = {(row["id"], row["hypothesis"]): _interval(row)[1] for row in watch}
    known = [row for row in evidence if _date(row["date"]) <= cut]
    shares = _centre(priors, hypotheses)
    loading = {}
    for cluster in {row["cluster"] for row in known}:
        members = [row for row in known if row["cluster"] == cluster]
        mids = [[stated[row["id"], h][1] for h in hypotheses] for row in members]
        watched = {row["id"] for row in watch if cluster and row.get("cluster") == cluster}
        mids += [[ahead[name, h] for h in hypotheses] for name in sorted(watched - {row["id"] for row in evidence})]
        told = [row.get("loading", "") for row in members] + [""] * (len(mids) - len(members))
        found = loadings(special.ndtri(mids), shares, told)
        loading |= {row["id"]: pull for row, pull in zip(members, found, strict=False)}
    reliability = {str(k): float(v) for k, v in priors["reliability"].items()}
    credibility = {str(k): float(v) for k, v in priors["credibility"].items()}
    items = []
    for row in evidence:
        seen = row["observed"] == "yes"
        if _date(row["date"]) > cut:
            continue
        if not seen and row["expected_by"] and not cut > _date(row["expected_by"]):
            continue
        low, mid, high = np.array([stated[row["id"], h] for h in hypotheses]).T
        r = reliability[row["reliability"]] * credibility[row["credibility"]]
        items.append(Item(row["id"], row["cluster"], seen, r, low, mid, high, loading[row["id"]]))
    return tuple(items)


def _centre(priors: dict[str, Any], hypotheses: tuple[str, ...]) -> np.ndarray:
    """Give the weights of a mean over hypotheses: those of the prior, unless it states others."""
    stated = priors["hypotheses"].get("centre") or priors["hypotheses"]["weights"]
    weights = np.array([float(stated[h]) for h in hypotheses])
    return weights / weights.sum()


def loadings(probits: np.ndarray, shares: np.ndarray, told: list[str]) -> list[float]:
    """Give the loading of each item of a cluster, between -1 and 1: its share in what all of them say.

    `probits` (n, K); `told` `+`, `-` or blank. The axis is the leading eigenvector of the items' covariance over
    hypotheses, written as a sum over pairs of hypotheses. An item's correlation with the axis, squared with its sign
    kept, times its standard deviation over the largest. Its + end is where the first hypothesis is that is at an end.
    """
    n, width = probits.shape
    covariance = np.zeros((n, n))
    for h in range(width):
        for k in range(h):
            gap = probits[:, h] - probits[:, k]
            gap[np.abs(gap) < 1e-9] = 0.0
            covariance += shares[h] * shares[k] * np.outer(gap, gap)
    level, deviation = (probits * shares).sum(axis=1), np.sqrt(np.diag(covariance))
    if not deviation.any():
        return [0.0] * n
    size, axes = linalg.eigh(covariance)
    longest = axes[:, size > size[-1] * (1 - 1e-9)]
    place = np.sqrt(size[-1]) * longest[:, -1]
    if longest.shape[1] > 1:  # a plane, in which the levels tell the direction, if they can
        place = sum((axis @ level) * axis for axis in longest.T)
        if np.sqrt(place @ place) < 1e-9 * np.abs(probits).max():
            place = deviation * level / np.abs(probits).max()
        else:
            place = np.sqrt(size[-1]) * place / np.sqrt(place @ place)
    correlation = np.array([x / sd if sd > 0 else 0.0 for x, sd in zip(place, deviation, strict=True)])
    sides = place @ np.where(deviation > 0, (probits.T - level), 0.0).T
    sides = sides[np.abs(sides) > 1e-9 * np.abs(sides).max()]
    found = (
        (np.sign(sides[0]) if sides.size else 1.0) * np.sign(correlation) * correlation**2 * deviation / deviation.max()
    )
    return [
        abs(x) if sign == "+" else -abs(x) if sign == "-" else x for sign, x in zip(told, found.tolist(), strict=True)
    ]


@dataclass(frozen=True)
class Calendar:
    """The first and last day of each phase that has any, the day of each occasion, by name; and `every` name."""

    phases: dict[str, tuple[date, date]]
    occasions: dict[str, date | None]
    every: tuple[str, ...]


def _calendar(facts: dict[str, Any], election: date | None, cut: date) -> Calendar:
    """Date phases and occasions by what was known at the cut-off."""
    occasions: dict[str, date | None] = {}
    for one in facts.get("occasions") or []:
        known = [(_date(r["known_from"]), _date(r["date"])) for r in one["schedule"] if _date(r["known_from"]) <= cut]
        off = "cancelled_on" in one and _date(one["cancelled_on"]) <= cut
        occasions[one["id"]] = _vote(known) if known and not off else None
    named, phases = {"election": election, **occasions}, {}
    for one in facts.get("phases") or []:
        if "days" in one:
            day = named[one.get("before") or one.get("after")]
            if day is None:
                continue
            first = day - timedelta(days=one["days"]) if "before" in one else day
            phases[one["id"]] = first, first + timedelta(days=one["days"] - 1)
        else:
            phases[one["id"]] = _date(one.get("from", date.min)), _date(one.get("until", date.max))
    every = (*(one["id"] for one in facts.get("phases") or []), *occasions)
    return Calendar(phases, occasions, every)


@dataclass(frozen=True)
class Risks:
    """Where in the G columns the risk of a transition is on a day; `used`: the (transition, column) that are stated."""

    regimes: tuple[str, ...]
    election: date | None
    chances: dict[str, float]
    calendar: Calendar
    used: set[tuple[int, int]]

    def main(self, day: date) -> dict[str, float]:
        """Which regime a day belongs to; while a vote is not called, each after it by the winner's prior weight."""
        if self.election is None or day < self.election:
            return {"before": 1.0}
        return {f"after:{w}": chance for w, chance in self.chances.items()}

    def at_occasion(self, t: int, day: date) -> dict[int, float]:
        """In which columns a transition is stated for an occasion of the day, with their shares of it."""
        held = [name for name, on in self.calendar.occasions.items() if on == day]
        named = {f"{regime}/{name}": share for regime, share in self.main(day).items() for name in held}
        found = {self.regimes.index(name): share for name, share in named.items() if name in self.regimes}
        return {g: share for g, share in found.items() if (t, g) in self.used}

    def on(self, t: int, day: date) -> np.ndarray:
        """The share of each column in the ordinary risk of a transition on a day, (G,)."""
        shares, gone = (
            np.zeros(len(self.regimes)),
            {self.regimes[g].partition("/")[0] for g in self.at_occasion(t, day)},
        )
        for regime, share in self.main(day).items():
            if regime in gone:
                continue
            names = [f"{regime}/{p}" for p, (first, last) in self.calendar.phases.items() if first <= day <= last]
            column = [self.regimes.index(name) for name in names if name in self.regimes]
            column = [g for g in column if (t, g) in self.used] or [self.regimes.index(regime)]
            shares[column[0]] += share
        return shares


def _history(
    processes: dict[str, Any],
    transitions: tuple[Transition, ...],
    couplings: tuple[dict[str, Any], ...],
    events: list[dict[str, Any]],
    regimes: tuple[str, ...],
    risks: Risks,
    cut: date,
) -> tuple[np.ndarray, np.ndarray, float, np.ndarray, dict[str, str], dict[tuple[str, str], date]]:
    """Count events and exposure (T, G) by walking through the days; a transition's day is the new state's first.

    From one day to the next is the next day's exposure. The third is the product of the multipliers of the events, the
    fourth (T, G) the multiplier of each that an occasion brought. An occasion is at the end of its day.
    """
    made, exposure, brought = np.zeros((3, len(transitions), len(regimes)))
    product_of_multipliers = 1.0
    start = {p: _date(process["start"]["date"]) for p, process in processes.items()}
    current = {p: process["start"]["state"] for p, process in processes.items()}
    visited = {(p, current[p]): start[p] for p in processes if start[p] <= cut}
    by_day = defaultdict(list)
    for row in events:
        if row["process"] != "election":
            by_day[row["date"]].append(row)
    day = min(start.values(), default=cut)
    while day <= cut:
        taken: dict[str, int] = {}
        ordinary = []
        for row in by_day[day]:
            p, state = row["process"], row["state"]
            t = transitions.index((p, current[p], state))
            if p not in taken and day > start[p] and risks.at_occasion(t, day):
                taken[p] = t
            made[t] += risks.on(t, day)
            ordinary.append((t, risks.on(t, day).sum()))
            current[p] = state
            visited.setdefault((p, state), day)
        here = {q: state for q, state in current.items() if day >= start[q]}
        # What the other process reached on the day counts.
        factor = [_multiplier(p, b, processes, couplings, here) for p, _, b in transitions]
        product_of_multipliers *= float(np.prod([factor[t] ** share for t, share in ordinary]))
        for p, state in ((p, state) for p, state in here.items() if day > start[p]):
            source = transitions[taken[p]][1] if p in taken else state
            rows = [t for t, (q, a, _) in enumerate(transitions) if (q, a) == (p, source)]
            _at_occasion(rows, taken.get(p), risks, day, factor, (made, exposure, brought))
        for t, (p, a, _) in enumerate(transitions):
            if day < cut and day >= start[p] and current[p] == a:
                exposure[t] += risks.on(t, day + timedelta(days=1)) * factor[t]
        day += timedelta(days=1)
    return made, exposure, product_of_multipliers, brought, current, visited


def _at_occasion(
    rows: list[int],
    taken: int | None,
    risks: Risks,
    day: date,
    factor: list[float],
    into: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """Count the steps that an occasion could have brought, in order up to the one that it did, if any."""
    made, exposure, brought = into
    for t in rows:
        for g, share in risks.at_occasion(t, day).items():
            made[t, g] += share * (t == taken)
            brought[t, g] += factor[t] * (t == taken)
            exposure[t, g] += share * factor[t] * (t != taken)
        if t == taken:
            break


def _multiplier(
    p: str, b: str, processes: dict[str, Any], couplings: tuple[dict[str, Any], ...], current: dict[str, str]
) -> float:
    """Give the product of the couplings in force on steps of a process into a state."""
    factor = 1.0
    for c in couplings:
        q = c["when"]["process"]
        if (c["process"], c["to"]) == (p, b) and q in current:
            beyond = at_or_beyond(_onward(processes[q]), c["when"]["reached"])
            factor *= float(c["multiplier"]) if current[q] in beyond else 1.0
    return factor


def _onward(process: dict[str, Any]) -> list[tuple[str, str]]:
    """Give the arrows of a process but for those of a cycle that lead back to a state listed earlier."""
    arrows, states = process["transitions"], process["states"]
    return [(a, b) for a, b in arrows if states.index(a) < states.index(b) or a not in at_or_beyond(arrows, b)]


def _days(row: dict[str, str], cut: date) -> list[date]:
    """Give the days on which an event may have happened, none if it was not known by the cut-off."""
    text, precision = row["date"], row.get("precision", "")
    if precision == "year" or len(text) == 4:
        first, last = date(int(text[:4]), 1, 1), date(int(text[:4]), 12, 31)
    elif precision == "month" or len(text) == 7:
        first = date(int(text[:4]), int(text[5:7]), 1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    else:
        first = last = _date(text)
    if known := row.get("known_from", ""):
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return [day for day in days if day <= _date(known)] if _date(known) <= cut else []
    return [first + timedelta(days=n) for n in range((last - first).days + 1)] if last <= cut else []


def _in_order(dated: list[dict[str, Any]], processes: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Put events in order, those of one day as they can follow each other; None if the steps of a process cannot."""
    events = [row for row in dated if row["process"] == "election"]
    for name, process in processes.items():
        here, arrows = process["start"]["state"], {(a, b) for a, b in process["transitions"]}
        own = [row for row in dated if row["process"] == name]
        if any(row["date"] < _date(process["start"]["date"]) for row in own):
            return None
        for day in sorted({row["date"] for row in own}):
            for way in permutations([row for row in own if row["date"] == day]):
                path = [here, *(row["state"] for row in way)]
                if all(step in arrows for step in pairwise(path)):
                    break
            else:
                return None
            events += way
            here = path[-1]
    return sorted(events, key=lambda row: row["date"])


def _vote(schedule: list[tuple[date, date]]) -> date:
    """Give the first date that was still the announced one when it came: a run-off announced later does not count."""
    schedule = sorted(schedule)
    changes = [*(known for known, _ in schedule[1:]), date.max]
    return next(day for (_, day), changed in zip(schedule, changes, strict=True) if day < changed)


def at_or_beyond(transitions: Any, state: str) -> set[str]:
    """Give `state` and all states that can be reached from it over `transitions`, pairs (from, to)."""
    found = {state}
    while more := {b for a, b in transitions if a in found} - found:
        found |= more
    return found


def _intensities(
    rows: list[dict[str, str]],
    transitions: tuple[Transition, ...],
    hypotheses: tuple[str, ...],
    regimes: tuple[str, ...],
    calendar: Calendar,
) -> tuple[np.ndarray, tuple[str, ...], set[tuple[int, int]]]:
    """Resolve `*`: the row that names more wins. Returns (T, K, G, 4): within days, low, mid, high, for the G columns.

    And the columns, regimes first, and in which of them each transition is stated: where it is not, it has the numbers
    of the regime. The middle of a step at an occasion is what it has of what the steps before it leave.
    """
    table = {}
    for r in rows:
        numbers = tuple(float(r[name]) for name in ("within_days", "low", "mid", "high"))
        table[r["process"], r["from"], r["to"], r["hypothesis"], r.get("regime") or "*", r.get("phase") or ""] = numbers
    named = dict.fromkeys(key[5] for key in table if key[5])
    parts = [(regime, name) for name in calendar.every if name in named for regime in regimes]
    columns = [*((regime, "") for regime in regimes), *parts]
    stated, used = np.empty((len(transitions), len(hypotheses), len(columns), 4)), set()
    for (t, transition), (k, h), (g, (regime, part)) in product(
        enumerate(transitions), enumerate(hypotheses), enumerate(columns)
    ):
        found: dict[str, tuple[float, ...]] = {}
        for where in dict.fromkeys((part, "")):
            keys = [
                (x, y)
                for x, y in ((h, regime), (h, "*"), ("*", regime), ("*", "*"))
                if (*transition, x, y, where) in table
            ]
            if len(keys) > 1 and keys[:2] == [(h, "*"), ("*", regime)]:
                raise ValueError(f"{transition}, {h}, {regime}: two rows are equally specific")
            if keys:
                found[where] = table[(*transition, *keys[0], where)]
        if part in found:
            used.add((t, g))
        stated[t, k, g] = found.get(part, found[""])
    middle = stated[..., 2].copy()
    for g, (_, part) in enumerate(columns):
        for t, (p, a, _) in enumerate(transitions if part in calendar.occasions else ()):
            before = [s for s in range(t) if transitions[s][:2] == (p, a) and (s, g) in used]
            stated[t, :, g, 2] = middle[t, :, g] / (1 - middle[before, :, g].sum(axis=0) * ((t, g) in used))
    return stated, tuple(f"{regime}/{part}" if part else regime for regime, part in columns), used


def _interval(row: dict[str, str]) -> tuple[float, float, float]:
    word = row["mid"].strip().lower()
    if word in WORDS:
        low, high = WORDS[word]
        return low, (low + high) / 2, high
    return float(row["low"]), float(row["mid"]), float(row["high"])


def _beta(prior: dict[str, Any]) -> tuple[float, float]:
    return float(prior["mean"]), float(prior["sd"])


def _date(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value).strip())


def _yaml(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return content


def _table(path: Path) -> list[dict[str, str]]:
    """Read a table; a missing file is an empty one; blank cells are ''."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        return [{k: (v or "").strip() for k, v in row.items()} for row in csv.DictReader(handle)]
