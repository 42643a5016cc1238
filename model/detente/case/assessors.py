"""Assessors: what each of several people judged, in one table or in a sheet of his own, and what is made of it.

A row names its assessor; blank is the assessor of the case.  In ``priors/<case>/assessors/NAME/`` a person has tables
of his own, which mean the same.  Of one assessor the last round counts, cell by cell, and he may leave cells out.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple

from detente.case.columns import Frozen, InFile, Row
from detente.case.intensities import Cell, Intensity, IntensityRow
from detente.case.likelihoods import (
    ASSESSOR,
    ROUND,
    EarlierLikelihood,
    Likelihood,
    LikelihoodRow,
    as_it_stood,
    in_order,
)
from detente.case.pooling import AssessorRange, deviation_of, factor_of, pooled, pooled_weights
from detente.case.priors import Priors, WeightedPrior
from detente.case.ranges import LOG_INTENSITY, PROBIT, CalibrationQuestion, WorkingScale
from detente.case.values import NOT_STATED, SURE, Id, Note, Probability, Text, Whole, as_shares
from detente.errors import quoted

if TYPE_CHECKING:
    from detente.case.question import Declared

OWN: Final = ""
"""Name of the assessor of the case where several are named."""
CASES_OWN: Final = "the case's own"
"""What sentences call that one."""


class PanelFile(Frozen):
    """What ``assessors.yaml`` says."""

    own: Annotated[
        Literal["joins", "decides"],
        InFile(
            "The case's own judgements beside those of named assessors: joins, they are one more voice in the pool; "
            "decides, they are complete and used alone, and the others are shown beside them.",
            "decides",
        ),
    ] = "joins"
    because: Annotated[Text, InFile("The reason.", "They are the pool of the two sheets already.")]


class WeightRow(Frozen):
    """One row of ``priors.csv``: the prior probability that an assessor gives a hypothesis."""

    hypothesis: Annotated[Id, InFile("Id of the hypothesis.", "settle")]
    weight: Annotated[Probability, InFile("Prior probability; those of an assessor sum to 1.", "0.4")]
    because: Annotated[Text, InFile("The reason.", "Two of five such openings were sincere.")]
    assessor: Annotated[
        Text | None, InFile("Who judged; in the case's own table it must be named.", ASSESSOR.example, may_lack=True)
    ] = None
    round: Annotated[Whole, ROUND] = 1


class Sheet(Frozen):
    """What one assessor judged, as far as he did: ranges that claim to be 90% ranges."""

    likelihoods: Mapping[Id, Mapping[Id, Likelihood]] = {}
    intensities: tuple[Intensity, ...] = ()
    weights: Mapping[Id, Probability] | None = None
    weights_because: Mapping[Id, Text] = {}


class Assessor(Sheet):
    """An assessor, ``id`` blank for the case's own, as his last round has it.

    ``round`` is its number, ``rounds`` holds what stood after each earlier one, first to last, and ``earlier`` what he
    has revised since some day.
    """

    id: Note
    round: Whole = 1
    rounds: tuple[Sheet, ...] = ()
    earlier: tuple[EarlierLikelihood, ...] = ()

    def as_of(self, cutoff: dt.date) -> Assessor:
        """Return what he judged as it stood on a day."""
        likelihoods = as_it_stood(self.likelihoods, self.earlier, cutoff)
        return self.changed(likelihoods=likelihoods) if self.earlier else self

    @property
    def name(self) -> str:
        """What sentences call him."""
        return self.id or CASES_OWN


class PooledPanel(NamedTuple):
    """What is made of the judgements of a panel; ``weighed`` is how many gave prior weights, ``because`` why."""

    likelihoods: dict[str, dict[str, Likelihood]]
    intensities: dict[Cell, Intensity]
    weights: dict[str, float] | None
    concentration: float
    weighed: int
    because: str


class Panel(NamedTuple):
    """Assessors, and how wide ranges really are: of each beside the one the case goes by, and of that one."""

    assessors: tuple[Assessor, ...]
    factors: Mapping[str, float]
    deviation: float

    def pool(self, concentration: float) -> PooledPanel:
        """Return the pool of every cell that somebody judged; ``concentration`` is that of one assessor's weights."""
        stated: dict[str, dict[str, list[tuple[str, Likelihood]]]] = {}
        paces: dict[Cell, list[tuple[str, Intensity]]] = {}
        for one in self.assessors:
            for item, under in one.likelihoods.items():
                for hypothesis, likelihood in under.items():
                    stated.setdefault(item, {}).setdefault(hypothesis, []).append((one.id, likelihood))
            for pace in one.intensities:
                paces.setdefault(pace.cell, []).append((one.id, pace))
        for cell, of in paces.items():
            days = _usual_days(of)
            paces[cell] = [(name, within(pace, days)) for name, pace in of]
        weights = [one.weights for one in self.assessors if one.weights]
        mean, held = pooled_weights(weights, concentration) if weights else (None, concentration)
        return PooledPanel(
            {item: {name: self._one(of, PROBIT) for name, of in under.items()} for item, under in stated.items()},
            {cell: self._one(of, LOG_INTENSITY) for cell, of in paces.items()},
            mean,
            held,
            len(weights),
            " ".join(
                f"{one.name}: {why}" for one in self.assessors for why in dict.fromkeys(one.weights_because.values())
            ),
        )

    def _one[T: (Likelihood, Intensity)](self, stated: Sequence[tuple[str, T]], scale: WorkingScale) -> T:
        """Return one judgement in the place of several; that of one whose ranges are like the case's, as it is."""
        names, rows = zip(*stated, strict=True)
        first: T = rows[0]
        readings = [
            AssessorRange((row.low, row.mid, row.high), self.factors.get(name, 1.0))
            for name, row in zip(names, rows, strict=True)
        ]
        if len(rows) == 1 and readings[0].factor == 1:
            return first
        low, mid, high = pooled(readings, self.deviation, scale)
        reasons = dict.fromkeys(f"{name or CASES_OWN}: {row.because}" for name, row in zip(names, rows, strict=True))
        because = " ".join(reasons) if len(rows) > 1 else first.because
        update: dict[str, Any] = {"low": low, "mid": mid, "high": high, "because": because}
        return first.changed(**(update | ({"word": None} if "word" in type(first).__struct_fields__ else {})))


def panel_of(
    assessors: Sequence[Assessor], calibration: Sequence[CalibrationQuestion], assumed_mass: float | None
) -> Panel:
    """Return a panel with what calibration questions teach of each of its assessors."""
    by_name: dict[str, list[CalibrationQuestion]] = {one.id: [] for one in assessors}
    own = [question for question in calibration if question.assessor is None]
    for question in calibration:
        by_name.setdefault(question.assessor or OWN, []).append(question)
    usual = factor_of(own)
    factors = {
        one.id: 1.0 if assumed_mass is not None or not one.id else factor_of(by_name[one.id]) / usual
        for one in assessors
    }
    return Panel(tuple(assessors), factors, deviation_of(assumed_mass, own))


def within(stated: Intensity, days: float) -> Intensity:
    """Return a stated chance of a step as one within other days, at a constant pace."""
    if stated.within_days == days:
        return stated
    longer = days / stated.within_days
    ends = {name: -math.expm1(longer * math.log1p(-getattr(stated, name))) for name in ("low", "mid", "high")}
    low = max(ends["low"], 2 * SURE)
    high = min(ends["high"], 1 - 2 * SURE)
    mid = min(max(ends["mid"], low), high)
    return stated.changed(low=low, mid=mid, high=high, within_days=days)


def _usual_days(stated: Sequence[tuple[str, Intensity]]) -> float:
    """Return the days that the pool of a step is stated for: those of the case's own, else the most usual."""
    own = [pace.within_days for name, pace in stated if name == OWN]
    days = [pace.within_days for _, pace in stated]
    return own[0] if own else min(days, key=lambda one: (-days.count(one), one))


def revised_by(
    rows: Iterable[LikelihoodRow],
) -> tuple[dict[str, dict[str, Likelihood]], tuple[EarlierLikelihood, ...]]:
    """Return the likelihoods that rows of one assessor state, as last revised, and what held before each revision."""
    cells: dict[tuple[str, str], list[LikelihoodRow]] = {}
    for row in rows:
        if row.mid != NOT_STATED:
            cells.setdefault((row.evidence, row.hypothesis), []).append(row)
    likelihoods: dict[str, dict[str, Likelihood]] = {}
    earlier = []
    for (item, hypothesis), stated in cells.items():
        stated.sort(key=lambda row: row.revised_on or dt.date.min)
        likelihoods.setdefault(item, {})[hypothesis] = stated[-1].likelihood()
        for before, after in pairwise((None, *stated)):
            if after is not None and after.revised_on is not None:
                held = {"evidence": item, "hypothesis": hypothesis, "until": after.revised_on}
                earlier.append(EarlierLikelihood.read({**held, "likelihood": before and before.likelihood()}))
    return likelihoods, in_order(earlier)


def with_rows(assessors: Sequence[Assessor], rows: Sequence[LikelihoodRow]) -> tuple[Assessor, ...]:
    """Return assessors with what new rows state, or revise from a day on; whoever is new among them, too."""
    known = {one.id: one for one in assessors}
    for who in dict.fromkeys(row.assessor or OWN for row in rows):
        one = known.get(who) or Assessor.read({"id": who})
        stated, before = revised_by(row for row in rows if (row.assessor or OWN) == who)
        likelihoods = {item: dict(under) for item, under in one.likelihoods.items()}
        earlier = list(one.earlier)
        for held in before:
            old = likelihoods.get(held.evidence, {}).get(held.hypothesis)
            earlier.append(held if held.likelihood else held.changed(likelihood=old))
        for item, under in stated.items():
            likelihoods[item] = {**likelihoods.get(item, {}), **under}
        known[who] = one.changed(likelihoods=likelihoods, earlier=in_order(earlier))
    return tuple(known[who] for who in sorted(known))


def with_weights(priors: Priors, stated: WeightedPrior, pool: PooledPanel) -> Priors:
    """Return priors with pooled weights, in the order in which they are ``stated``."""
    if pool.weights is None:
        return priors
    weights = {name: pool.weights[name] for name in stated.weights}
    pooled = "" if pool.weighed == 1 else f"Pool of {pool.weighed} assessors' weights."
    because = " ".join(filter(None, (pooled, stated.because, pool.because)))
    values = {"weights": weights, "concentration": pool.concentration, "because": because}
    return priors.changed(hypotheses=WeightedPrior.read(values))


def last_round[T: LikelihoodRow | IntensityRow | WeightRow](
    rows: Iterable[Row[T]], names: Sequence[str], until: int | None = None
) -> list[Row[T]]:
    """Return the rows of each cell's last round, up to one; ``names`` are the fields that make a cell.

    A revision holds from its day, whatever the round; it is none of an earlier round's.
    """
    rows = list(rows)
    if all(not row.sound("round") or row.item.round == 1 for row in rows):
        return rows
    cells: dict[tuple[object, ...], list[Row[T]]] = {}
    kept = [row for row in rows if until is None and getattr(row.item, "revised_on", None) is not None]
    for row in rows:
        if getattr(row.item, "revised_on", None) is not None:
            continue
        if until is None or not row.sound("round") or row.item.round <= until:
            key = tuple(getattr(row.item, name, None) for name in names)
            cells.setdefault(key, []).append(row)
    for stated in cells.values():
        most = max((row.item.round for row in stated if row.sound("round")), default=1)
        kept += [row for row in stated if not row.sound("round") or row.item.round == most]
    return kept


def check_weights(rows: Iterable[Row[WeightRow]], declared: Declared) -> None:
    """Check that each assessor weighs every hypothesis once a round, and that the weights sum to 1."""
    by_round: dict[tuple[str, int], dict[str, Row[WeightRow]]] = {}
    faulty: set[tuple[str, int]] = set()
    for row in rows:
        if row.sound("hypothesis") and declared.lacks("hypotheses", row.item.hypothesis):
            row.unknown("hypothesis: case.yaml declares no hypothesis", row.item.hypothesis, declared.hypotheses)
        if not row.sound("assessor", "round"):
            continue
        if row.item.assessor is None:
            row.add("assessor: must not be blank: the case's own weights stand in priors.yaml, under hypotheses")
            continue
        key = row.item.assessor or OWN, row.item.round
        if not row.sound("hypothesis", "weight"):
            faulty.add(key)
            continue
        stated = by_round.setdefault(key, {})
        if row.item.hypothesis in stated:
            first = stated[row.item.hypothesis]
            row.add(f"{row.item.hypothesis}: duplicate of {row.findings.beside(first.findings, first.line)}")
        stated.setdefault(row.item.hypothesis, row)
    for key, stated in by_round.items():
        if key not in faulty and "hypotheses" not in declared.faulty:
            _check_sum(quoted(key[0]), stated, declared)


def _check_sum(name: str, stated: Mapping[str, Row[WeightRow]], declared: Declared) -> None:
    """Check the weights that one assessor gives in one round."""
    first = next(iter(stated.values()))
    missing = [hypothesis for hypothesis in declared.hypotheses if hypothesis not in stated]
    total = sum(row.item.weight for row in stated.values())
    if missing:
        first.add(f"{name} gives no weight to {' and '.join(missing)}: whoever weighs one weighs all")
    elif as_shares([row.item.weight for row in stated.values()]) is None:
        first.add(f"weight: those of {name} must sum to 1 (got {total:.10g}): weights are not rescaled")
