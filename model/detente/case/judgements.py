"""Read the judgements of a case: ``priors.yaml`` and the tables beside it, each file checked for itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from detente.case.documents import Entry
from detente.case.findings import Findings
from detente.case.records import Field, Record
from detente.case.values import (
    InvalidError,
    fraction,
    identifier,
    iso_date,
    not_negative,
    positive,
    probability,
    text,
    whole,
)
from detente.errors import quoted
from detente.estimative import ICD_203, term_range

WEIGHT_TOLERANCE = 1e-6
LETTERS = ("A", "B", "C", "D", "E", "F")
DIGITS = ("1", "2", "3", "4", "5", "6")


def guess(value: str) -> float | str:
    """Read a best guess: a probability, or an estimative word."""
    if not value[:1].isalpha():
        return probability(value)
    try:
        term_range(value)
    except ValueError:
        words = ", ".join(ICD_203.words)
        raise InvalidError(f"must be a number between 0 and 1, or one of: {words}") from None
    return " ".join(value.split()).casefold()


PRIORS = (
    Field("hypotheses"),
    Field("discrimination"),
    Field("dependence", default=None),
    Field("assumed_mass", probability, 0.65),
    Field("persistence", fraction, 0.5),
    Field("reliability"),
    Field("credibility"),
    Field("election", default=None),
    Field("couplings", default=None),
    Field("polls", default=None),
    Field("outside_view", default=None),
    Field("baseline", default=None),
)
BASELINE = (
    Field("run", text),
    Field("inputs_sha256", text),
    Field("evidence_from", iso_date),
    Field("before", text, None),
)
POLLS = (
    Field("house_sd", positive),
    Field("bias_sd", not_negative),
    Field("walk_sd", positive),
    Field("excess_sd", not_negative),
    Field("start_sd", positive, 0.1),
    Field("design_effect", positive, 1.0),
    Field("unstated_sample", whole, 1000),
    Field("kind_sd", default=None),
    Field("because", text),
)
OUTSIDE_VIEW = (Field("weight", fraction), Field("class", identifier), Field("because", text))
WEIGHTED = (Field("weights"), Field("concentration", positive), Field("because", text))
HYPOTHESES = (*WEIGHTED, Field("centre", default=None))
BETA = (Field("mean", fraction), Field("sd", not_negative), Field("because", text))
DISCRIMINATION = (*BETA, Field("learned_from", default=None))
COUPLING = (
    Field("process", identifier),
    Field("to", identifier),
    Field("when"),
    Field("multiplier", positive),
    Field("because", text),
)
WHEN = (Field("process", identifier), Field("reached", identifier))
LIKELIHOODS = (
    Field("evidence", identifier),
    Field("hypothesis", identifier),
    Field("low", probability, None),
    Field("mid", guess),
    Field("high", probability, None),
    Field("because", text),
)
INTENSITIES = (
    Field("process", identifier),
    Field("from", identifier),
    Field("to", identifier),
    Field("hypothesis", text),
    Field("regime", text),
    Field("within_days", positive),
    Field("low", probability),
    Field("mid", probability),
    Field("high", probability),
    Field("because", text),
)
WATCH = (
    Field("id", identifier),
    Field("by", iso_date),
    Field("hypothesis", identifier),
    Field("low", probability),
    Field("mid", probability),
    Field("high", probability),
    Field("indicator", text),
    Field("because", text, None, may_lack=True),
    Field("cost", not_negative, None, may_lack=True),
    Field("cluster", identifier, None, may_lack=True),
)


class WeightsDraft(NamedTuple):
    """A weighted prior as far as it could be read."""

    line: int
    path: str
    weights: Mapping[str, Entry]
    shares: Mapping[str, float]
    record: Record
    centre: WeightsDraft | None = None


class CouplingDraft(NamedTuple):
    """A coupling as far as it could be read, and its condition."""

    record: Record
    when: Record


class PollsDraft(NamedTuple):
    """How polls err, as far as it could be read; ``kinds`` has the deviation of each kind of question."""

    record: Record
    kinds: Mapping[str, float]


class PriorsDraft(NamedTuple):
    """A ``priors.yaml`` as far as it could be read."""

    top: Record
    hypotheses: WeightsDraft | None
    election: WeightsDraft | None
    discrimination: Record | None
    learned_from: tuple[str, ...] | None
    dependence: Mapping[str, Record]
    reliability: Mapping[str, float]
    credibility: Mapping[str, float]
    couplings: tuple[CouplingDraft, ...]
    polls: PollsDraft | None
    outside_view: Record | None
    baseline: Record | None


def read_priors(document: Entry) -> PriorsDraft:
    """Read ``priors.yaml``; what is wrong goes to the document's findings."""
    top = document.record(PRIORS)

    def part[T](name: str, read: Callable[[Entry], T], nothing: T) -> T:
        entry = top.get(name)
        return nothing if entry is None else read(entry)

    return PriorsDraft(
        top=top,
        hypotheses=part("hypotheses", lambda entry: _weights(entry, HYPOTHESES), None),
        election=part("election", _weights, None),
        discrimination=part("discrimination", lambda entry: _beta(entry, DISCRIMINATION), None),
        learned_from=part("discrimination", _learned_from, None),
        dependence=part("dependence", lambda entry: {name: _beta(row) for name, row in entry.mapping().items()}, {}),
        reliability=part("reliability", lambda entry: _grades(entry, LETTERS), {}),
        credibility=part("credibility", lambda entry: _grades(entry, DIGITS), {}),
        couplings=part("couplings", lambda entry: tuple(_coupling(row) for row in entry.items()), ()),
        polls=part("polls", _polls, None),
        outside_view=part("outside_view", lambda entry: entry.record(OUTSIDE_VIEW), None),
        baseline=part("baseline", lambda entry: entry.record(BASELINE), None),
    )


def stated(record: Record) -> tuple[float, float, float, str | None]:
    """Return low, mid, high and word of a row that was checked: a word is its range, and the middle of that."""
    mid = record.get("mid")
    if isinstance(mid, str):
        low, high = term_range(mid)
        return low, (low + high) / 2, high, mid
    return record.get("low"), mid, record.get("high"), None


def check_intervals(records: Sequence[Record], findings: Findings) -> None:
    """Check that every row states low < mid < high, or a word alone."""
    for record in records:
        low, mid, high = (record.get(name) for name in ("low", "mid", "high"))
        if isinstance(mid, str):
            if low is not None or high is not None:
                message = f'low, high: must be blank beside the word "{mid}", which stands for a range'
                findings.add(record.line, message)
        elif None not in {low, mid, high}:
            if not low < mid < high:
                message = f"low, mid, high: must rise, each above the one before (got {low:g}, {mid:g}, {high:g})"
                findings.add(record.line, message)
        elif mid is not None:
            # Blank is None and was allowed for the sake of words; what could not be read has no value at all.
            blank = [name for name in ("low", "high") if name in record.values and record.get(name) is None]
            if blank:
                message = f"{', '.join(blank)}: must not be blank beside a number; only a word stands for a range"
                findings.add(record.line, message)


def _weights(entry: Entry, fields: tuple[Field, ...] = WEIGHTED) -> WeightsDraft:
    record = entry.record(fields)
    read = {name: _shares(record.get(name), entry, name, record) for name in ("weights", "centre") if record.get(name)}
    draft = read.get("weights") or WeightsDraft(entry.line, f"{entry.path}.weights", {}, {}, record)
    return draft._replace(centre=read.get("centre"))


def _shares(listed: Entry, entry: Entry, key: str, record: Record) -> WeightsDraft:
    weights = listed.mapping()
    shares = {name: weight.read(probability) for name, weight in weights.items()}
    known = {name: share for name, share in shares.items() if share is not None}
    total = sum(known.values())
    if weights and len(known) == len(weights) and abs(total - 1) > WEIGHT_TOLERANCE:
        listed.add(f"must sum to 1 (got {total:.10g}): they are never rescaled for you")
    return WeightsDraft(listed.line, f"{entry.path}.{key}", weights, known, record)


def _learned_from(entry: Entry) -> tuple[str, ...] | None:
    """Read the cases a prior was learned from; the pair they stand in has been checked before."""
    listed = entry.mapping().get("learned_from") if entry.node.kind == "pairs" else None
    if listed is None or listed.is_null:
        return None
    lines: dict[str, int] = {}
    for item in listed.items():
        name = item.read(identifier)
        if name in lines:
            item.add(f"{quoted(name)} is there already, on line {lines[name]}")
        elif name is not None:
            lines[name] = item.line
    if listed.is_list and not listed.node.parts:
        listed.add("must name at least one case; leave the key out where nothing was learned")
    return tuple(lines)


def _beta(entry: Entry, fields: tuple[Field, ...] = BETA) -> Record:
    record = entry.record(fields)
    mean, sd = record.get("mean"), record.get("sd")
    if mean is None or sd is None:
        return record
    if not 0 < mean < 1:
        message = f"{entry.path}.mean: must lie between 0 and 1, both excluded (got {mean:g})"
        entry.findings.add(record.at("mean"), message)
    elif sd**2 >= mean * (1 - mean):
        most = (mean * (1 - mean)) ** 0.5
        entry.findings.add(
            record.at("sd"), f"{entry.path}.sd: no Beta has mean {mean:g} and sd {sd:g}; sd must be below {most:.4g}"
        )
    return record


def _grades(entry: Entry, keys: tuple[str, ...]) -> dict[str, float]:
    """Read the table of a grade: every letter or digit, each once, with a number from 0 to 1."""
    entries = entry.mapping()
    if not entries:
        return {}
    entry.refuse_unknown(entries, keys)
    if missing := [key for key in keys if key not in entries]:
        entry.add(f"must give a number for each of {keys[0]} to {keys[-1]} (missing: {', '.join(missing)})")
    return {key: value for key in keys if key in entries and (value := entries[key].read(fraction)) is not None}


def _coupling(entry: Entry) -> CouplingDraft:
    record = entry.record(COUPLING)
    when = record.get("when")
    return CouplingDraft(record, when.record(WHEN) if when else Record(record.line, {}, {}))


def _polls(entry: Entry) -> PollsDraft:
    record = entry.record(POLLS)
    effect = record.get("design_effect")
    if effect is not None and effect < 1:
        message = (
            f"{entry.path}.design_effect: must be 1 or more: no design beats simple random sampling (got {effect:g})"
        )
        entry.findings.add(record.at("design_effect"), message)
    listed = record.get("kind_sd")
    kinds = {name: value.read(not_negative) for name, value in listed.names(identifier).items()} if listed else {}
    return PollsDraft(record, {name: sd for name, sd in kinds.items() if sd is not None})
