"""What the parts of a stored run must agree on, so that every page can be made of it.

Each field's type is checked before (:mod:`detente.report.reading`).  Here every name is looked up where it is declared,
every row is as long as what it lists, every probability lies between 0 and 1, and the case is one that can be forecast.
A place is a path such as ``outcomes.*.curve``, in which ``*`` stands for every entry of a list or a mapping, and
``low|high`` for either key.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

from detente.case.contradictions import Fault, faults_of
from detente.case.election import ELECTION
from detente.case.extent import too_many_states
from detente.case.loading import check_cutoff
from detente.case.phases import main_regime, part_of
from detente.errors import CutoffError, quoted
from detente.evaluation.track_record import EVERYBODY, OF_EXPLANATIONS
from detente.forecast.outside import MONTHS
from detente.jsonable import ROUNDING
from detente.report.names import BEFORE_ELECTION, CAUSES, LADDER, PARAMETERS, STATED
from detente.report.score_tables import NAMES, WINDOWS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from detente.case.schema import Case

    Vocabularies = Mapping[str, Collection[str]]

TRUTH = "truth"
"""The window of the question which hypothesis is true: it has none."""
KEYS = {
    "hypothesis": (
        "hypotheses", "evidence|records|clusters.*.weight_db|posterior_without", "model_steps.*.posterior",
        "outcomes.*.*.by_hypothesis", "outcomes.*.deadlines.*.by_hypothesis", "inputs.priors.hypotheses.weights",
        "inputs.likelihoods.*", "inputs.watch.*.likelihoods", "history.*.hypotheses", "change.hypotheses",
        "change.contributions.*.hypotheses",
    ),
    "winner": (
        "election", "outcomes.*.*.by_winner", "outcomes.*.deadlines.*.by_winner", "inputs.priors.election.weights",
    ),
    "outcome": ("outcomes",),
}  # fmt: skip
"""By vocabulary: the mappings that have each of its words as a key, and no other."""
WORDS = {
    "in_force": ("evidence.*.id", "clusters.*.items.*", "sensitivity.left_out.*.items.*"),
    "cluster": ("inputs.evidence|watch.*.cluster", "evidence.*.cluster", "clusters.*.id"),
    "process": (
        "records.*.process", "inputs.outcomes.*.process", "outcomes.*.process", "outside_view.levels.*.process",
    ),
    "hypothesis": (
        "inputs.intensities.*.hypothesis", "inputs.truth.hypothesis", "sensitivity.break_even.*.hypothesis|target",
        "sensitivity|watch.target",
    ),
    "winner": ("inputs.external_forecasts.*.winner",),
    "outcome": (
        "prior_outcomes.key", "change.outcomes.key", "change.contributions.*.outcomes.key", "outside_view.alone.key",
    ),
    "headline": ("sensitivity|watch.headlines.*",),
    "quantity": ("sensitivity.quantities.*",),
    "regime": ("inputs.intensities.*.regime", "outside_view.levels.*.regime"),
    "ladder": ("model_steps.*.name",),
    "parameter": ("sensitivity.sweeps.*.parameter",),
    "cause": ("sensitivity.variance.shares.*.kind",),
    "stated": ("sensitivity.tornado.*.kind",),
    "forecaster": ("track_record.overall.*.forecaster",),
    "anybody": (
        "track_record.questions.*.performances.*.forecaster", "track_record.explanations.standings.*.forecaster",
    ),
    "window": ("track_record.questions.*.question.window",),
    "case": ("track_record.questions.*.question.case",),
}  # fmt: skip
"""By vocabulary: the places where one of its words stands."""
ALIKE = (
    ("outcomes.*.curve", "dates", ("mean", "low", "high", "by_hypothesis.*", "by_winner.*")),
    ("polls", "days", ("level", "low", "high")),
    ("parameters.*", "prior_density", ("posterior_density",)),
    ("sensitivity", "headlines", (
        "base", "error", "left_out.*.values", "tornado.*.at_low|at_high", "sweeps.*.values.*",
        "variance.mean|deviation|total|total_error", "variance.shares.*.index|error",
    )),
    ("sensitivity.sweeps.*", "grid", ("values",)),
    ("sensitivity", "quantities", ("power.*.values",)),
    ("watch", "headlines", ("base", "indicators.*.if_seen|if_not")),
    ("track_record.reliability", "probability", ("recalibrated", "low", "high", "count")),
)  # fmt: skip
"""Rows that are as long as the list they go with: the place, the list in it, and the rows."""
CHANCES = (
    "hypotheses.*.prior|posterior|exact", "hypotheses|election.*.interval.*", "election.*.probability",
    "evidence|records|clusters.*.posterior_without.*", "model_steps.*.posterior.*", "outcomes.*.*.probability|exact",
    "outcomes.*.*.interval|by_hypothesis|by_winner.*", "outcomes.*.deadlines.*.probability|exact",
    "outcomes.*.deadlines.*.interval|by_hypothesis|by_winner.*", "outcomes.*.curve.mean|low|high.*",
    "outcomes.*.curve.by_hypothesis|by_winner.*.*", "prior_outcomes.*", "sensitivity|watch.base.*",
    "sensitivity.left_out.*.values.*", "sensitivity.tornado.*.at_low|at_high.*", "sensitivity.sweeps.*.values.*.*",
    "sensitivity.sweeps.*.grid.*", "sensitivity.break_even.*.line|prior", "watch.indicators.*.chance",
    "watch.indicators.*.if_seen|if_not.*", "history.*.hypotheses|outcomes.*", "change.hypotheses|outcomes.*",
    "polls.share|probability", "polls.points.*.share", "polls.level|low|high.*", "outside_view.alone.*",
    "outside_view.levels.*.of_class|before|after", "outside_view.classes.*.shares.*.by.*.*",
    "outside_view.base_rate.fewer_with", "outside_view.base_rate.*.interval.*",
    "track_record.reliability.probability|recalibrated|low|high.*",
    "track_record.questions.*.performances.*.mean|first.*",
)  # fmt: skip
"""The places of probabilities."""
RISING = (
    "outcomes.*.curve.dates", "polls.days|interval", "sensitivity.sweeps.*.grid", "hypotheses|election.*.interval",
    "outcomes.*.*.interval", "outcomes.*.deadlines.*.interval", "clusters.*.correlation_interval",
    "parameters.*.prior_interval|posterior_interval", "outside_view.base_rate.*.interval",
)  # fmt: skip
"""Lists whose numbers never fall."""
PARTS_OF_STATED = {"likelihood": {2}, "intensity": {3, 4, 5}, "coupling": {3}}
"""How many parts, with colons between them, the id of a stated number has by its kind; after:WINNER is two of them."""
OF_INPUTS = {
    "case": "id", "title": "title", "question": "question", "as_of": "information_cutoff", "horizon": "horizon",
    "inputs_sha256": "inputs_sha256",
}  # fmt: skip
"""What a forecast repeats of its inputs, and what they call it."""
POLLED = ("share", "share_sd", "interval", "probability")
"""What a forecast from polls says, all of it or nothing."""


def contradictions(raw: Mapping[str, Any], case: Case) -> Iterator[Fault]:
    """Yield where a stored run contradicts itself.

    Parameters
    ----------
    raw
        The run as JSON has it, each of its parts of the right type.
    case
        Its inputs, as an object.
    """
    stages: tuple[Callable[[], Iterator[Fault]], ...] = (
        lambda: (fault._replace(place=f"inputs.{fault.place}") for fault in faults_of(case)),
        lambda: _against_the_case(raw, case),
        lambda: _between_parts(raw, _vocabularies(raw, case)),
    )
    for stage in stages:
        faults = list(stage())
        yield from faults
        if faults:  # what is next would look up names that cannot be relied on
            return


def in_record(record: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield where a stored track record contradicts itself."""
    prefix = "track_record."
    for fault in _between_parts({"track_record": record}, _scored_vocabularies(record)):
        yield fault._replace(place=fault.place.removeprefix(prefix))


def _between_parts(raw: Mapping[str, Any], known: Vocabularies) -> Iterator[Fault]:
    """Yield the faults of names, lengths and numbers."""
    yield from _names(raw, known)
    yield from _lengths(raw)
    for place, value in (place_and_value for path in CHANCES for place_and_value in _at(raw, path)):
        if isinstance(value, (int, float)) and not -ROUNDING <= value <= 1 + ROUNDING:
            yield Fault(place, f"must be between 0 and 1 (got {value:g})")
    for place, values in (place_and_value for path in RISING for place_and_value in _at(raw, path)):
        if isinstance(values, (list, tuple)):
            yield from _ascending(place, values, strictly=place.endswith("dates"))
    yield from _parameters(raw)
    yield from _tables(raw)
    for place, row in _at(raw, "track_record.questions.*"):
        yield from _question(place, row)


def _lengths(raw: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the rows that are not as long as the list they go with."""
    for owner, listed, rows in ALIKE:
        for (place, part), row in product(_at(raw, owner), rows):
            if not isinstance(part, dict) or part.get(listed) is None:
                continue
            wanted = len(part[listed])
            for inner, values in _at(part, row):
                if len(values) != wanted:
                    yield Fault(f"{place}.{inner}", f"has {len(values)} entries, and {listed} has {wanted}")


def _names(raw: Mapping[str, Any], known: Vocabularies) -> Iterator[Fault]:
    """Yield the names that are declared nowhere, and the mappings that lack one.

    Once a winner is on record, outcomes are told for that winner alone.
    """
    events = [event for _, event in _at(raw, "inputs.events.*")]
    winners = {event.get("state") for event in events if isinstance(event, dict) and event.get("process") == ELECTION}
    for vocabulary, path in ((name, path) for name, paths in KEYS.items() for path in paths if name in known):
        for place, mapping in _at(raw, path):
            may_lack = vocabulary == "winner" and not mapping  # a window on the election's other side has none
            decided = path.endswith("by_winner") and set(mapping) == winners
            if isinstance(mapping, dict) and not may_lack and not decided and set(mapping) != set(known[vocabulary]):
                yield Fault(place, _other_keys(mapping, known[vocabulary]))
    for vocabulary, path in ((name, path) for name, paths in WORDS.items() for path in paths if name in known):
        for place, word in _at(raw, path):
            if word not in known[vocabulary]:
                yield Fault(place, f"there is no {vocabulary.replace('_', ' ')} {quoted(str(word))} in the file")


def _parameters(raw: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the faults of the histograms and ranks of parameters."""
    for place, row in _at(raw, "parameters.*"):
        if len(row["bin_edges"]) != len(row["prior_density"]) + 1:
            yield Fault(f"{place}.bin_edges", "must have one entry more than prior_density")
        yield from _ascending(f"{place}.bin_edges", row["bin_edges"], strictly=False)
        if len({len(counts) for counts in row.get("ranks", ())}) > 1:
            yield Fault(f"{place}.ranks", "must have as many entries of each chain")


def _tables(raw: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the faults of the polls, of the shares of a class, and of the tables behind the switches."""
    for place, polls in _at(raw, "polls"):
        given = [name for name in POLLED if polls.get(name) is not None]
        if given and len(given) < len(POLLED):
            yield Fault(place, f"has {', '.join(given)} and no more of what goes with it")
        if bool(polls.get("days")) != bool(given):
            yield Fault(f"{place}.days", "must have the days of the polls, where there is a share")
    for place, view in _at(raw, "outside_view.classes.*.shares.*.by"):
        if {int(months) for months in view} != set(MONTHS):
            yield Fault(place, f"must have an entry for {', '.join(map(str, MONTHS))} months")
    for place, swing in _at(raw, "sensitivity.tornado.*"):
        kind, parts = swing["kind"], len(swing["id"].split(":"))
        if parts not in PARTS_OF_STATED.get(kind, {parts}):
            yield Fault(f"{place}.id", f"is not the id of a number of its kind, {kind} (got {quoted(swing['id'])})")
    table = raw.get("what_if") or {"log_weights": (), "parts": ()}
    width = len(table["log_weights"]) * len(raw.get("hypotheses", ()))
    for number, part in enumerate(table["parts"]):
        items = len(part["items"])
        rows = items + 2 if not part["every_subset"] or items > len(part["rows"]) else 2**items
        if len(part["rows"]) != rows or {len(row) for row in part["rows"]} != {width}:
            yield Fault(f"what_if.parts.{number}.rows", f"must be {rows} rows of {width} numbers")


def _question(place: str, row: Mapping[str, Any]) -> Iterator[Fault]:
    question = row["question"]
    answers = question.get("categories", ())
    answer, labels = question.get("answer"), question.get("labels")
    if answer is not None and not 0 <= answer < max(len(answers), 2):
        yield Fault(f"{place}.question.answer", f"there is no such answer (got {answer})")
    if question["status"] == "resolved" and answer is None:
        yield Fault(f"{place}.question.answer", "is missing, and the question is resolved")
    if labels is not None and len(labels) != len(answers):
        yield Fault(f"{place}.question.labels", f"has {len(labels)} entries, and categories has {len(answers)}")
    if question["closes"] < question["opens"]:
        yield Fault(f"{place}.question.closes", f"must not be before it opens, {question['opens']}")
    for number, performance in enumerate(row["performances"]):
        for field in ("mean", "first"):
            given = performance.get(field)
            if given is not None and len(given) != (len(answers) or 1):
                where = f"{place}.performances.{number}.{field}"
                yield Fault(where, f"must have one entry for each answer, {len(answers) or 1} (got {len(given)})")


def _against_the_case(raw: Mapping[str, Any], case: Case) -> Iterator[Fault]:
    """Yield where the forecast is not one of its inputs."""
    for name, inner in OF_INPUTS.items():
        given, own = raw[name], raw["inputs"].get(inner, "")
        if given != own:
            yield Fault(name, f"must be that of the inputs, {quoted(str(own))} (got {quoted(str(given))})")
    try:
        check_cutoff(case)
    except CutoffError as error:
        yield Fault("inputs", str(error).splitlines()[0])
        return
    for _, text in too_many_states(case):
        yield Fault("inputs", text)
    in_force: tuple[tuple[str, list[str]], ...] = (
        ("evidence", [item.id for item in case.evidence_in_force]),
        ("clusters", [str(group.id) for group in case.clusters_in_force]),
    )
    for part, wanted in in_force:
        ids = [row["id"] for row in raw[part]]
        if sorted(ids) != sorted(wanted):
            yield Fault(part, f"must be of what was in force, {len(wanted)} in all, by id (got {len(ids)})")


def _vocabularies(raw: Mapping[str, Any], case: Case) -> Vocabularies:
    """Return the words that each kind of name may be."""
    outcomes = [outcome.id for outcome in case.outcomes]
    parts = {phase.id for phase in case.phases} | case.occasion_ids
    headlines = {*case.hypothesis_ids, *outcomes, *(f"{outcome}{BEFORE_ELECTION}" for outcome in outcomes)}
    return {
        "hypothesis": case.hypothesis_ids,
        "winner": case.winner_ids,
        "outcome": outcomes,
        "in_force": [item.id for item in case.evidence_in_force],
        "cluster": [*case.clusters],
        "process": [process.id for process in case.processes],
        "headline": headlines,
        "quantity": {*headlines, *case.winner_ids},
        "regime": [
            regime
            for regime in {row.regime for row in case.intensities} | set(case.main_regimes)
            if main_regime(regime) in case.main_regimes and (part_of(regime) is None or part_of(regime) in parts)
        ],
        "ladder": LADDER,
        "parameter": PARAMETERS,
        "cause": CAUSES,
        "stated": {*STATED, "likelihood", "intensity", "coupling"},
        **(_scored_vocabularies(raw["track_record"]) if raw.get("track_record") else {}),
    }


def _scored_vocabularies(record: Mapping[str, Any]) -> Vocabularies:
    """Return the words of a track record."""
    deadlines = {
        text
        for _, text in _at(record, "questions.*.question.window")
        if text.startswith("by:") and _is_day(text.removeprefix("by:"))
    }
    return {
        "case": [*record["titles"]],
        "forecaster": NAMES,
        "anybody": {*EVERYBODY, *OF_EXPLANATIONS},
        "window": {*WINDOWS, TRUTH, *deadlines},
    }


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _other_keys(mapping: Collection[str], expected: Collection[str]) -> str:
    """Say how the keys of a mapping differ from those expected."""
    for word in expected:
        if word not in mapping:
            return f"{quoted(word)} is missing"
    return f"{quoted(next(str(word) for word in mapping if word not in expected))} is unknown to the file"


def _ascending(place: str, values: Sequence[Any], *, strictly: bool) -> Iterator[Fault]:
    for before, after in pairwise(values):
        if after < before or (strictly and after == before):
            yield Fault(place, f"must rise (got {after} after {before})")
            return


def _entries(part: Any) -> Iterable[tuple[object, Any]]:  # noqa: ANN401 - JSON
    """Return the entries of a list or a mapping; nothing of anything else."""
    if isinstance(part, dict):
        return part.items()
    return enumerate(part) if isinstance(part, (list, tuple)) else ()


def _at(tree: Any, path: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    """Yield what stands at a path, with its place; ``key`` is every key of a mapping.  What is absent is left out."""
    parts: list[tuple[tuple[str, ...], Any]] = [((), tree)]
    for step in path.split("."):
        if step == "*":
            parts = [((*place, str(name)), inner) for place, part in parts for name, inner in _entries(part)]
        elif step == "key":
            parts = [(place, name) for place, part in parts if isinstance(part, dict) for name in part]
        else:
            mappings = [(place, part) for place, part in parts if isinstance(part, dict)]
            keys = step.split("|")
            parts = [((*place, key), part[key]) for key in keys for place, part in mappings if key in part]
    return ((".".join(place), part) for place, part in parts if part is not None)
