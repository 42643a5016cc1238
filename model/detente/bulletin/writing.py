"""Write a bulletin back into the files of its case: what every file is to hold, checked by reading it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.bulletin.document import add_to_list, add_to_mapping, replace_value
from detente.bulletin.tables import append_rows, withdraw_rows
from detente.case import read_whole_case
from detente.case.facts import EVENTS, EVIDENCE, POLLS
from detente.case.judgements import LIKELIHOODS
from detente.errors import CaseError, WriteBackError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from detente.bulletin.schema import Bulletin
    from detente.case import Case, CaseLocation
    from detente.case.frozen import Frozen
    from detente.case.records import Field

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


def changed_files(location: CaseLocation, case: Case, bulletin: Bulletin, after: Case) -> Mapping[Path, bytes]:
    """Return the new content of each file that taking a bulletin in changes.

    Parameters
    ----------
    location
        Where the case's files are.
    case
        The whole case as they have it.
    bulletin
        What is taken in.
    after
        The case with it, which the new files must be read as.

    Raises
    ------
    WriteBackError
        If a file is laid out in a way that cannot be edited in place.
    """
    seeds, priors = location.seeds, location.priors
    files: dict[Path, bytes] = {}

    def table(path: Path, fields: Sequence[Field], rows: Sequence[Mapping[str, object]]) -> None:
        if rows:
            content = path.read_bytes() if path.exists() else None
            files[path] = append_rows(content, {field.name: not field.may_lack for field in fields}, rows)

    table(seeds / "evidence.csv", EVIDENCE, [_cells(item) for item in bulletin.evidence])
    table(seeds / "events.csv", EVENTS, [_cells(event) for event in bulletin.events])
    table(seeds / "polls.csv", POLLS, [_cells(poll) for poll in bulletin.polls])
    table(priors / "likelihoods.csv", LIKELIHOODS, _likelihoods(bulletin))
    if bulletin.retractions:
        path = seeds / "evidence.csv"
        withdrawn = {row.id: (bulletin.date, row.because) for row in bulletin.retractions}
        files[path] = withdraw_rows(files.get(path, path.read_bytes()), withdrawn)
    document = _document(seeds / "case.yaml", case, bulletin)
    if document is not None:
        files[seeds / "case.yaml"] = document
    _verify(location, files, after)
    return files


def _document(path: Path, case: Case, bulletin: Bulletin) -> bytes | None:
    """Return ``case.yaml`` with the clusters, the schedule and the cut-off, or None where none of them changes."""
    content = path.read_bytes().decode()
    text = content.removeprefix(MARK)
    mark = content[: len(content) - len(text)]
    try:
        if bulletin.clusters:
            text = add_to_mapping(text, "clusters", bulletin.clusters)
        if bulletin.schedule:
            rows = [f"{{known_from: {row.known_from}, date: {row.date}}}" for row in bulletin.schedule]
            text = add_to_list(text, ("election", "schedule"), rows)
        if bulletin.date > case.information_cutoff:
            text = replace_value(text, ("information_cutoff",), bulletin.date.isoformat())
    except (AttributeError, StopIteration, TypeError) as error:
        raise WriteBackError(path) from error
    return (mark + text).encode() if mark + text != content else None


def _cells(part: Frozen) -> dict[str, object]:
    return {name: getattr(part, name) for name in type(part).model_fields}


def _likelihoods(bulletin: Bulletin) -> list[dict[str, object]]:
    rows = []
    for item, judged in bulletin.likelihoods.items():
        for hypothesis, row in judged.items():
            stated = {"mid": row.word} if row.word else {"low": row.low, "mid": row.mid, "high": row.high}
            rows.append({"evidence": item, "hypothesis": hypothesis, "because": row.because, **stated})
    return rows


def _verify(location: CaseLocation, files: Mapping[Path, bytes], after: Case) -> None:
    """Make sure that the new files are read as the case they are to be."""
    try:
        found, _ = read_whole_case(location, {path.name: content for path, content in files.items()})
    except CaseError as error:
        raise WriteBackError(location.seeds) from error
    if found.changed(inputs_sha256=after.inputs_sha256) != after:
        raise WriteBackError(location.seeds)
