"""Read a run back: find its folder, and turn its ``forecast.json`` into the dossier it was."""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from detente.dossier import SEAL, Dossier, digest
from detente.errors import DetenteError, absent, quoted, suggestion
from detente.forecast.result import SCHEMA_VERSION, Forecast
from detente.frozen import required
from detente.jsonable import parsed
from detente.report.schema_1 import upgraded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

FILE = "forecast.json"
READ = (1, SCHEMA_VERSION)
OF_FORECAST = frozenset(Forecast.__struct_fields__) - {"sampled", "per_draw"}
BESIDE = frozenset(Dossier.__struct_fields__) - {"forecast"}
KINDS = {
    **dict.fromkeys(("str", "date"), "a text"), **dict.fromkeys(("int", "float"), "a number"),
    "bool": "yes or no", "object": "an object", "array": "a list", "null": "nothing",
}  # fmt: skip
"""What JSON may hold, by what msgspec calls it."""


class RunNotFoundError(DetenteError):
    """No run where one was looked for."""


class ForecastFileError(DetenteError):
    """A ``forecast.json`` that is none, or that this version cannot read."""


def find_run(run: str | None, workspace: Path, beside: Path | None = None) -> Path:
    """Return the folder of a run.

    ``run`` is a folder (or the ``forecast.json`` in it), ``case/as-of`` or ``case`` under the workspace's
    ``reports/``, or None for the workspace's only case.  Of several runs of a case the latest cut-off is taken.
    ``beside`` is the run that it is to be compared with, and so none to be suggested.

    Raises
    ------
    RunNotFoundError
        If there is none, or more than one case to choose from.
    """
    from pathlib import Path

    reports = workspace / "reports"
    runs = [path for path in _runs(reports) if beside is None or path.resolve() != beside.resolve()]
    where = reports.resolve()
    cases = sorted({path.parent.name for path in runs})
    if run is None:
        if not cases:
            raise RunNotFoundError(f"{where} holds no run: make one with `detente run`")
        if len(cases) > 1:
            raise RunNotFoundError(f"name a run: {where} holds runs of {len(cases)} cases ({', '.join(cases)})")
        run = cases[0]
    asked = Path(run)
    for folder in (asked.parent if asked.name == FILE else asked, reports / run):
        if (folder / FILE).is_file():
            if beside is None or folder.resolve() != beside.resolve():
                return folder
            others = others_of(folder, folder)
            listed = f"one of {', '.join(others)}" if others else "a later one: detente update, or detente run --as-of"
            raise RunNotFoundError(f"{quoted(run)} is the run it is compared with: name {listed}")
    if run in cases:
        return max((path for path in runs if path.parent.name == run), key=lambda path: path.name)
    named = run.removesuffix("/").split("/")[0]
    of_case = [path for path in runs if path.parent.name in {named, beside.parent.name if beside else named}]
    known = [f"{path.parent.name}/{path.name}" for path in of_case or runs]
    listed = f" (runs: {', '.join(known)})" if known else " (there are no others)" if beside else ""
    near = suggestion(run, [*known, *(cases if beside is None else ())])
    raise RunNotFoundError(f"there is no run {quoted(run)} in {where}: no {FILE} in it{listed}{near}")


def others_of(first: Path, second: Path) -> list[str]:
    """Return other runs of the case of the first, to be compared with it, by ``case/as-of``."""
    folders = (path for path in _runs(first.resolve().parents[1]) if path.parent.name == first.resolve().parent.name)
    return [f"{path.parent.name}/{path.name}" for path in folders if path not in {first.resolve(), second.resolve()}]


def read_dossier(folder: Path) -> Dossier:
    """Read ``forecast.json`` in a run folder.

    Raises
    ------
    RunNotFoundError
        If the folder has none.
    ForecastFileError
        If it is not JSON, of another schema version, not a forecast, or not as it was written.
    """
    path = folder / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RunNotFoundError(f"{path}: {absent(path)}; `detente run` makes one") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ForecastFileError(f"{path}: cannot read: {error}") from error
    return parse_dossier(text, str(path))


def parse_dossier(text: str, where: str) -> Dossier:
    """Turn the text of a ``forecast.json`` into the dossier it was; ``where`` names it in errors."""
    from detente.report.consistency import contradictions

    try:
        raw = parsed(text)
    except ValueError as error:
        raise ForecastFileError(f"{where}: not JSON: {error}; run `detente run` again") from error
    if not isinstance(raw, dict):
        raise ForecastFileError(f"{where}: not a forecast: it must be an object; run `detente run` again")
    if raw.get("schema") not in READ:
        raise ForecastFileError(
            f"{where}: schema version {raw.get('schema', 'missing')}, and this detente reads {SCHEMA_VERSION}; "
            "run `detente run` again"
        )
    if SEAL in raw and raw[SEAL] != digest(raw):
        raise ForecastFileError(f"{where}: was changed after it was written; run `detente run` again")
    full = _completed(upgraded(raw) if raw["schema"] == 1 else raw)
    dossier, problems = _restored(full)
    if problems:
        raise ForecastFileError(f"{where}: {_first(problems)}; run `detente run` again")
    if faults := list(contradictions(full, dossier["inputs"])):
        raise ForecastFileError(f"{where}: {_first(faults)}; run `detente run` again")
    own = {name: dossier.pop(name) for name in Forecast.__struct_fields__ if name in dossier}
    return Dossier(Forecast(**{**own, "schema": SCHEMA_VERSION}), **dossier)


@contextmanager
def as_stored(*folders: Path) -> Iterator[None]:
    """Say in one line what cannot be made of stored runs, however they were damaged.

    Raises
    ------
    ForecastFileError
        Something that a run says goes against another part of it, where no rule of reading had found it.
    """
    try:
        yield
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
        RecursionError,
    ) as error:
        where = " or ".join(str(folder / FILE) for folder in dict.fromkeys(folders))
        error_text = f"{type(error).__name__}: {str(error).partition(chr(10))[0][:100]}"
        raise ForecastFileError(f"{where}: contradicts itself ({error_text}); run `detente run` again") from error


def _runs(reports: Path) -> list[Path]:
    """Return the run folders, by case and date; those with a dot are still being written."""
    folders = (path.parent for path in reports.glob(f"*/*/{FILE}"))
    return sorted(folder for folder in folders if not folder.name.startswith("."))


def _restored(full: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the fields of a dossier and its forecast as what they were, and what is wrong with each that cannot be."""
    fields: dict[str, Any] = {}
    problems = []
    for name, (kind, is_needed) in _stored().items():
        if name in full:
            try:
                fields[name] = msgspec.convert(full[name], kind, str_keys=True)
            except msgspec.ValidationError as error:
                problems.append(f"{name}{problem(error)}")
        elif is_needed:
            problems.append(f"{name}: field required")
    return fields, problems


@cache
def _stored() -> Mapping[str, tuple[Any, bool]]:
    """Return the type of each field of a dossier and its forecast, less the draws, and whether every file has it.

    What has a default was not written by every version, or is left out where there is nothing to say.
    """
    from typing import get_type_hints

    from detente.analysis.assessors import PanelView
    from detente.analysis.attribution import ChangeSinceLast
    from detente.analysis.results import Sensitivity, Watch
    from detente.case.schema import Case
    from detente.evaluation.track_record import TrackRecord
    from detente.exact.whatif import WhatIf
    from detente.forecast.election import PollForecast
    from detente.forecast.outside import OutsideView
    from detente.inference import Draws

    parts = (
        Case, ChangeSinceLast, Draws, Forecast, OutsideView, PanelView, PollForecast, Sensitivity, TrackRecord, Watch,
        WhatIf,
    )  # fmt: skip
    known = {part.__name__: part for part in parts}
    return {
        name: (hint, name in required(whole))
        for whole, kept in ((Forecast, OF_FORECAST), (Dossier, BESIDE))
        for name, hint in get_type_hints(whole, localns=known, include_extras=True).items()
        if name in kept
    }


def _completed(raw: dict[str, Any]) -> dict[str, Any]:
    """Return the object with its absent values as None."""
    full = {"election_date": None, "change": None, **raw}
    change = raw.get("change")
    if isinstance(change, dict) and isinstance(change.get("contributions"), list):
        full["change"] = {**change, "contributions": [{"date": None, **row} for row in change["contributions"]]}
    if isinstance(raw.get("evidence"), list):
        full["evidence"] = [{"cluster": None, **row} if isinstance(row, dict) else row for row in raw["evidence"]]
    if isinstance(raw.get("outcomes"), dict):
        full["outcomes"] = {
            key: {"resolution": None, **row} if isinstance(row, dict) else row for key, row in raw["outcomes"].items()
        }
    if isinstance(raw.get("outside_view"), dict):
        full["outside_view"] = {"base_rate": None, "weight": None, **raw["outside_view"]}
    return full


def problem(error: msgspec.ValidationError) -> str:
    """Word what msgspec says of a value: where it stands in what was read, and what it must be."""
    said, at, where = str(error).rpartition(" - at `")
    said, where = (said, where) if at else (where, "")
    place = re.sub(r"\[(.*?)\]", r".\1", where.rpartition("$")[2].replace("...", "*").rstrip("`"))
    match said.split("`", 1):
        case ["Object contains unknown field ", name]:
            told = f"there is no field {quoted(name[:-1])}"
        case ["Object missing required field ", name]:
            told = f"{name[:-1]} is missing"
        case ["Invalid RFC3339 encoded date"]:
            told = "must be a day, YYYY-MM-DD"
        case ["Expected ", rest]:
            name, _, more = rest.partition("`")
            more = more.replace(r" matching regex '\\S'", " that is not blank")
            expected, got = KINDS[name.split(" ")[0]], KINDS.get(more.removeprefix(", got `")[:-1], "")
            told = f"must be {expected}{f' (got {got})' if got else more}"
            told = "must be a whole number" if got == expected else told
        case _:
            told = f"cannot be {quoted(said.removeprefix('Invalid enum value ').strip("'"))}"
    if where.startswith("key"):
        told = f"a key {told}"
    return f"{place}: {told}"


def _first(problems: Sequence[object]) -> str:
    """Return the first problem, and how many more there are."""
    return f"{problems[0]} (and {len(problems) - 1} more)" if len(problems) > 1 else str(problems[0])
