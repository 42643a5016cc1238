"""Read what ``forecast.json`` said in its first schema: the same facts, some of them in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RANGES = {
    "its stated low and high": "stated",
    "the 5 % and 95 % points of its own prior": "own_prior",
    "the next lower and higher value of the table": "next_grade",
    "none and all of it": "none_and_all",
    "people's worst intervals, and intervals taken at their word": "assumed_mass",
    "none of it and twice the stated weight": "none_and_twice",
    "half and twice the stated value": "half_and_twice",
}
UNITS = {
    "half-intervals": "half_interval",
    "standard deviations": "standard_deviation",
    "as a difference": "difference",
    "steps": "step",
}
STEPS = {
    "independent evidence (naive Bayes on the mids)": "naive_bayes",
    "stated ranges and source grades": "judgements",
    "dependence within clusters": "dependence",
    "the record of what has happened": "record",
}
VERDICTS = {
    "There is no": "no_evidence",
    "Under every": "rare_under_every_hypothesis",
    "Nearly every": "better_than_chance",
    "Before the fact": "rare",
    "Such evidence": "expected",
}
EVEN = {"one half": "even"}
DROPPED = {"moves", "meaning", "dial", "cause", "method", "power_note", "note"}
ALONE = "items that share no cause"
PRIOR_OF = "prior weight of "


def upgraded(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the contents of a file of the first schema as the second has them; what is malformed is left as it is."""
    now = dict(raw)
    upgrades: dict[str, Callable[[Any], Any]] = {
        "change": lambda change: _changed(change, contributions=change["moves"]),
        "sensitivity": _sensitivity,
        "model_steps": lambda steps: [_changed(step, name=STEPS.get(step["name"], step["name"])) for step in steps],
        "watch": _changed,
    }
    for key, upgrade in upgrades.items():
        try:
            if key in raw:
                now[key] = upgrade(raw[key])
        except (AttributeError, KeyError, TypeError):  # said by the reader, with its place
            continue
    return now


def _sensitivity(contents: Mapping[str, Any]) -> dict[str, Any]:
    variance, conflict = contents["variance"], contents["conflict"]
    verdict = next((code for start, code in VERDICTS.items() if conflict["verdict"].startswith(start)), "expected")
    return _changed(
        contents,
        tornado=[_changed(row, range=RANGES[row["range"]]) for row in contents["tornado"]],
        break_even=[_changed(row, beyond=EVEN.get(row["meaning"], row["meaning"])) for row in contents["break_even"]],
        tipping=[_changed(row, unit=UNITS[row["unit"]]) for row in contents["tipping"]],
        sweeps=[_sweep(row) for row in contents["sweeps"]],
        variance=_changed(variance, shares=[_share(row) for row in variance["shares"]]),
        conflict=_changed(conflict, verdict=verdict),
    )


def _sweep(row: Mapping[str, Any]) -> dict[str, Any]:
    hypothesis = row["meaning"].removeprefix(PRIOR_OF) if row["dial"] == "prior" else ""
    return _changed(row, parameter=row["dial"], hypothesis=hypothesis)


def _share(row: Mapping[str, Any]) -> dict[str, Any]:
    kind, _, group = row["cause"].partition(": ")
    return _changed(row, kind=kind, id="" if group == ALONE else group)


def _changed(row: Mapping[str, Any], **now: Any) -> dict[str, Any]:  # noqa: ANN401 - any value of JSON
    return {key: value for key, value in row.items() if key not in DROPPED} | now
