"""Gather what each assessor judged from the case's own tables and from the sheets of those who have a folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from detente.case.assessors import OWN, Assessor, PanelFile, Sheet, WeightRow, check_weights, last_round, revised_by
from detente.case.columns import Frozen, Row, objects
from detente.case.findings import Findings
from detente.case.intensities import Cell, Intensity, IntensityRow, check_complete, spell_out
from detente.case.likelihoods import LikelihoodRow, revised
from detente.case.mappings import read_mapping
from detente.case.ranges import CalibrationQuestion, check_calibration
from detente.case.values import as_shares
from detente.errors import quoted

if TYPE_CHECKING:
    from detente.case.files import CaseFiles
    from detente.case.priors import Priors
    from detente.case.question import Declared

CELL = ("evidence", "hypothesis")
PACE_CELL = ("process", "source", "target", "hypothesis", "regime", "phase")

type Table = Mapping[Cell, Row[IntensityRow]]


class JudgementRows(NamedTuple):
    """The rows of everybody, each with its assessor; None is a table that could not be read."""

    likelihoods: tuple[Row[LikelihoodRow], ...] | None
    intensities: tuple[Row[IntensityRow], ...] | None
    weights: tuple[Row[WeightRow], ...]
    calibration: tuple[Row[CalibrationQuestion], ...]

    @property
    def named(self) -> tuple[str, ...]:
        """The names of the assessors who judged something, in order."""
        rows: tuple[Row[Any], ...] = (*(self.likelihoods or ()), *(self.intensities or ()), *self.weights)
        return tuple(sorted({name for row in rows if (name := getattr(row.item, "assessor", None)) is not None}))


def gather_rows(files: CaseFiles, *, has_priors: bool) -> JudgementRows:
    """Read the tables of the case, and those of each assessor beside them."""
    intensities = _rows(files, "intensities.csv", IntensityRow)
    if has_priors and not any(name.endswith("intensities.csv") for name in files.texts):
        intensities = ()  # a case without processes needs none
    return JudgementRows(
        likelihoods=_rows(files, "likelihoods.csv", LikelihoodRow),
        intensities=intensities,
        weights=_rows(files, "priors.csv", WeightRow) or (),
        calibration=_rows(files, "calibration.csv", CalibrationQuestion) or (),
    )


def _rows[T: Frozen](files: CaseFiles, name: str, kind: type[T]) -> tuple[Row[T], ...] | None:
    """Read a table and the sheets of the same name; None where one could not be read, or there is none."""
    keys = {who: tables[name] for who, tables in files.sheets.items() if name in tables}
    own = files.table(name, kind)
    if name in files.texts and own is None:
        return None
    sheets = [(who, files.table(key, kind)) for who, key in keys.items()]
    if any(rows is None for _, rows in sheets) or (own is None and not sheets):
        return None
    return (*(own or ()), *(_named(row, who) for who, rows in sheets for row in rows or ()))


def _named[T: Frozen](row: Row[T], who: str) -> Row[T]:
    """Return a row of an assessor's sheet with his name."""
    stated = getattr(row.item, "assessor", None)
    if stated is not None and stated != who:
        row.add(f"assessor: must be blank or {quoted(who)} in a sheet of that name (got {quoted(stated)})")
    return row.changed(item=row.item.changed(assessor=who))


def of[T: Frozen](rows: Iterable[Row[T]], who: str) -> list[Row[T]]:
    """Return the rows of an assessor; blank is the case's own."""
    return [row for row in rows if (getattr(row.item, "assessor", None) or OWN) == who]


def check_tables(judged: JudgementRows, declared: Declared, findings: Findings, *, decides: bool) -> dict[str, Table]:
    """Return the intensities of each assessor by cell, and check that somebody judged every cell; and other tables."""
    check_calibration(judged.calibration)
    check_weights(judged.weights, declared)
    if judged.intensities is None:
        return {}
    rows = judged.intensities
    people = [who for who in (OWN, *judged.named) if of(rows, who)]
    if people in ([], [OWN]):
        return {OWN: spell_out(rows, declared, findings)}
    tables = {
        who: spell_out(last_round(of(rows, who), PACE_CELL), declared, findings, complete=False) for who in people
    }
    _check_repeated(rows)
    check_complete([tables.get(OWN, {})] if decides else list(tables.values()), rows, declared, findings)
    return tables


def _check_repeated(rows: Iterable[Row[IntensityRow]]) -> None:
    """Check that no assessor stated the same twice in an earlier round; of the last round it was checked."""
    first: dict[tuple[object, ...], Row[IntensityRow]] = {}
    for row in rows:
        if row.sound("assessor", "round", *PACE_CELL):
            key = row.item.assessor, row.item.round, *(getattr(row.item, name) for name in PACE_CELL)
            if key in first:
                message = f"duplicate of {row.findings.beside(first[key].findings, first[key].line)}"
                step = f"{row.item.process}: {row.item.source} > {row.item.target}"
                if not any(problem.line == row.line for problem in row.findings.problems):
                    row.add(f"{step}: {message}")
            first.setdefault(key, row)


class Settled(NamedTuple):
    """What a case has of its judgements: its fields, and the row of each, with the assessor's name where several do."""

    fields: dict[str, Any]
    rows: Mapping[tuple[str, ...], Row[Any]]

    @property
    def lines(self) -> dict[tuple[str, ...], tuple[str, int]]:
        """Where each of them stands."""
        return {key: (row.findings.file, row.line) for key, row in self.rows.items()}


def _by_key(likelihoods: Iterable[Row[LikelihoodRow]], cells: Table, *who: str) -> dict[tuple[str, ...], Row[Any]]:
    rows: dict[tuple[str, ...], Row[Any]] = {("intensity", *cell, *who): row for cell, row in cells.items()}
    return rows | {("likelihood", row.item.evidence, row.item.hypothesis, *who): row for row in likelihoods}


def settle(
    judged: JudgementRows,
    tables: Mapping[str, Table],
    declared: Declared,
    priors: Priors,
    own_weights: Mapping[str, float] | None,
    *,
    decides: bool,
) -> Settled:
    """Return what a case has of judgements that were checked: those of one assessor, or of several, to be pooled."""
    assessors = assessors_of(judged, tables, declared, own_weights)
    fields: dict[str, Any] = {"priors": priors, "assessors": assessors, "own_decides": decides}
    rows: Sequence[Row[LikelihoodRow]] = judged.likelihoods or ()
    lines: dict[tuple[str, ...], Row[Any]] = {
        ("weight", row.item.hypothesis, row.item.assessor or OWN): row for row in judged.weights
    }
    if len(assessors) > 1 and not decides:
        cells = {cell: row for table in reversed([*tables.values()]) for cell, row in table.items()}
        fields |= {"own_prior": priors.hypotheses, "intensities": _intensities(cells)}
        for one in assessors:
            lines |= _by_key(of(rows, one.id), tables.get(one.id, {}), one.id)
        return Settled(fields, lines | _by_key(rows, cells))
    who = OWN if decides or not assessors else assessors[0].id
    if not decides and assessors and assessors[0].weights:
        held = priors.hypotheses.changed(weights=assessors[0].weights)
        fields["priors"] = priors.changed(hypotheses=held)
    rows, cells = last_round(of(rows, who), CELL), dict(tables.get(who, {}))
    judgements, earlier = revised(objects(rows), fields["priors"].centre_weights)
    fields |= {"likelihoods": judgements, "earlier_likelihoods": earlier, "intensities": _intensities(cells)}
    return Settled(fields, lines | _by_key(rows, cells))


def _intensities(cells: Table) -> tuple[Intensity, ...]:
    return tuple(row.item.of(cell) for cell, row in cells.items())


def own_decides(files: CaseFiles) -> bool:
    """Tell whether the case's own judgements are used alone, as ``assessors.yaml`` says."""
    document = files.document("assessors.yaml")
    return document is not None and getattr(read_mapping(document, PanelFile).item, "own", "") == "decides"


def assessors_of(
    judged: JudgementRows,
    tables: Mapping[str, Table],
    declared: Declared,
    own_weights: Mapping[str, float] | None,
) -> tuple[Assessor, ...]:
    """Return the assessors who are named, and the case's own beside them where it judged something too."""
    if not judged.named:
        return ()
    gives = any(row.item.assessor is None for row in judged.likelihoods or ())
    gives |= any(row.item.assessor is None for row in judged.intensities or ())
    joins = own_weights is not None and bool(judged.weights)
    people = (OWN, *judged.named) if gives or joins else judged.named
    return tuple(_assessor(who, judged, tables.get(who, {}), declared, own_weights) for who in people)


def _assessor(
    who: str, judged: JudgementRows, table: Table, declared: Declared, own_weights: Mapping[str, float] | None
) -> Assessor:
    stated: list[Row[LikelihoodRow]] = of(judged.likelihoods or (), who)
    paces: list[Row[IntensityRow]] = of(judged.intensities or (), who)
    weighed = of(judged.weights, who)
    likelihoods, earlier = revised_by(row.item for row in last_round(stated, CELL))
    judged_rows: tuple[Row[Any], ...] = (*stated, *paces, *weighed)
    rounds = sorted({row.item.round for row in judged_rows})
    before = []
    for number in rounds[:-1]:
        cells = spell_out(last_round(paces, PACE_CELL, number), declared, Findings(""), complete=False)
        before.append(
            Sheet.read(
                {
                    "likelihoods": revised_by(row.item for row in last_round(stated, CELL, number))[0],
                    "intensities": _intensities(cells),
                    **_weights(weighed, declared, number),
                }
            )
        )
    weights = _weights(weighed, declared) if who else {"weights": own_weights}
    return Assessor.read(
        {
            "id": who,
            "round": rounds[-1] if rounds else 1,
            "likelihoods": likelihoods,
            "intensities": _intensities(table),
            **weights,
            "rounds": tuple(before),
            "earlier": earlier,
        }
    )


def _weights(rows: Iterable[Row[WeightRow]], declared: Declared, until: int | None = None) -> dict[str, Any]:
    """Return the prior weights of an assessor's last round, in the order of the hypotheses."""
    kept = {row.item.hypothesis: row.item for row in last_round(rows, ("hypothesis",), until)}
    if not kept:
        return {"weights": None}
    order = declared.hypotheses
    shares = as_shares([kept[name].weight for name in order])
    return {
        "weights": dict(zip(order, shares or (), strict=True)),
        "weights_because": {name: kept[name].because for name in order},
    }
