"""Lint the judgements of a consistent case: what a careful reader would ask about before believing the forecast.

Each piece of advice is one line: where, what, and what to do.  None of it stops a forecast.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from detente.case import judgement_advice, namesakes, record_advice  # noqa: F401 - they have the rules
from detente.case.dialect import foreign, lost_letters
from detente.case.documents import first_anchor
from detente.case.files import CaseFiles
from detente.case.findings import RULES, Places
from detente.case.loading import check_cutoff, cut, read_record
from detente.case.locating import CaseLocation
from detente.case.schema import CaseRecord
from detente.errors import NAMED, Problem, numbered, quoted


def lint(case: CaseRecord, places: Places | None = None) -> tuple[Problem, ...]:
    """Return the advice on a case, in order of file and line.

    Give the whole case, as :func:`detente.case.read_record` has it, to hear of what the cut-off leaves out too.
    """
    where = places or Places()
    return tuple(sorted({Problem(*place, *texts) for rule in RULES for place, *texts in rule(case, where)}))


def examine(location: CaseLocation) -> tuple[CaseRecord, tuple[Problem, ...]]:
    """Load a case whole, make sure that it can be forecast at its cut-off, and return it with the advice on it.

    Raises
    ------
    CaseError
        If its files have problems.
    CutoffError
        If it cannot be forecast at its cut-off.
    """
    case, places = read_record(location)
    check_cutoff(cut(case))
    return case, tuple(sorted({*lint(case, places), *_written(location)}))


def gathered(advice: Iterable[Problem]) -> list[Problem]:
    """Return advice with what is said of many lines of one file said once, with their number and the first of them."""
    alike: dict[tuple[str, str], list[Problem]] = {}
    for piece in advice:
        alike.setdefault((piece.file, piece.about or str(piece)), []).append(piece)
    lines: list[Problem] = []
    for (file, about), pieces in alike.items():
        if len(pieces) < NAMED:
            lines += pieces
        else:
            known = [piece.line for piece in pieces if piece.line]
            places = f" ({numbered(known, NAMED)})" if known else ""
            lines.append(Problem(file, 0, f"{len(pieces)} {about}{places}"))
    return lines


def _written(location: CaseLocation) -> Iterator[Problem]:
    """Look for what a spreadsheet has made of the files: read as it is, or lost."""
    files = CaseFiles(location)
    files.read_all()
    for name, text in files.texts.items():
        label = files.findings[name].file
        if name.endswith(".csv") and (met := foreign(text)):
            how = f"{', '.join(met[:-1])} and {met[-1]}" if len(met) > 1 else met[0]
            yield Problem(label, 1, f"has {how}, and is read as such: `detente tidy {label}` writes it as detente does")
        if name.endswith(".yaml") and (anchor := first_anchor(text)):
            line, called = anchor
            text_of = f"`&{called}` names a part that aliases repeat: it is read, but no command can edit this file in"
            yield Problem(
                label, line, f"{text_of} place (update, evidence retract, priors roll): write out what is meant"
            )
        lost = [(line, word) for line, part in enumerate(text.splitlines(), 1) for word in lost_letters(part)]
        if lost:
            places = numbered([line for line, _ in lost], NAMED)
            many = f" and {len(lost) - 1} more words ({places})" if len(lost) > 1 else ""
            said = f"{quoted(lost[0][1])}{many}: a letter was lost where the ? stands: type it, and save as UTF-8"
            yield Problem(label, lost[0][0], said)
