"""What assessors left out, for ``detente check``: advice, for others' judgements stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import normalize

from detente.case.files import sheet_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from detente.case.findings import Advice, Places
    from detente.case.intensities import Intensity
    from detente.case.schema import CaseRecord

FEW = 3
TABLES = {"likelihood": "likelihoods.csv", "intensity": "intensities.csv"}


def left_out(case: CaseRecord, places: Places) -> Iterator[Advice]:
    """Look for what assessors left out, and for names that may be one person's."""
    cells = {
        "likelihood": [f"{item} under {name}" for item in case.likelihoods for name in case.hypothesis_ids],
        "intensity": [_cell_name(one) for one in case.intensities],
    }
    alike: dict[str, str] = {}
    for one in case.assessors:
        judged = {
            "likelihood": {f"{item} under {name}" for item, under in one.likelihoods.items() for name in under},
            "intensity": {_cell_name(pace) for pace in one.intensities},
        }
        for kind, wanted in cells.items():
            missing = [cell for cell in wanted if cell not in judged[kind]]
            if one.id and missing:
                table = TABLES[kind]
                file = sheet_name(one.id, table)
                place = places.of("file", file=file if file in places.files else table)
                there = "the case's own stand" if case.own_decides else "those of others stand"
                yield place, f"{_say_left_out(one.id, kind, missing, len(wanted))}: {there} there"
        place = places.of("file", file="likelihoods.csv")
        other = alike.setdefault("".join(normalize("NFKC", one.id).casefold().split()), one.id)
        if other != one.id:
            yield place, f'assessor: "{one.id}" and "{other}" count as two people: use one spelling if they are one'
    unknown = {question.assessor for question in case.calibration} - {one.id or None for one in case.assessors} - {None}
    if case.is_pooled and unknown:
        text = f"answers of {', '.join(sorted(filter(None, unknown)))} are not used, since no judgement has that name"
        yield places.of("file", file="calibration.csv"), f"{text}: correct the column assessor, or delete them"


def _cell_name(stated: Intensity) -> str:
    step = stated.transition
    return f"{step.process}: {step.source} > {step.target} under {stated.hypothesis} in {stated.regime}"


def _say_left_out(who: str, kind: str, missing: Sequence[str], total: int) -> str:
    nouns = {"likelihood": "likelihoods", "intensity": "intensities"}
    if len(missing) == total:
        return f"{who} states no {kind}"
    named = ", ".join(missing[:FEW]) + (f" and {len(missing) - FEW} more" if len(missing) > FEW else "")
    return f"{who} leaves out {len(missing)} of {total} {nouns[kind]} ({named})"
