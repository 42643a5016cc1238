"""Load a case: read every file, say every problem at once, and build the frozen objects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath

from detente.case.clock import counted_until
from detente.case.columns import Frozen, Row, objects, specs, unique
from detente.case.editing import append_rows
from detente.case.evidence import EvidenceItem, check_clusters
from detente.case.extent import too_many_states
from detente.case.files import AFTERWARDS, CaseFiles
from detente.case.findings import Places
from detente.case.gathering import check_tables, gather_rows, own_decides, settle
from detente.case.likelihoods import check_likelihoods
from detente.case.locating import CaseLocation, find_case
from detente.case.mappings import read_mapping
from detente.case.outcomes import ResolutionRow, check_truths, sort_resolutions
from detente.case.polls import Poll, check_poll_model, check_polls
from detente.case.priors import Priors, check_priors, check_stated, settled
from detente.case.processes import Event, check_events
from detente.case.question import CaseFile, check_case, declared_by
from detente.case.reference_class import (
    ExternalForecast,
    Member,
    check_external_forecasts,
    check_outside_view,
    check_reference_class,
    state_columns,
)
from detente.case.schema import Case, CaseRecord
from detente.case.tables import names_in_header
from detente.case.transaction import recover
from detente.case.undated import MOST_DAYS, undated
from detente.case.watch import WatchRow, check_watch, gather
from detente.case.windows import check_resolutions
from detente.errors import CaseError, CutoffError, Problem, together

CLASSES = "reference_class.csv"


def load_case(case: str | None = None, workspace: Path = Path(), as_of: dt.date | None = None) -> Case:
    """Load a case as it was known on a date, by default on its own information cut-off.

    Parameters
    ----------
    case
        Name of the case; None takes the only one of the workspace.
    workspace
        Folder that holds ``seeds`` and ``priors``.  A case it does not have is looked for among the bundled ones.
    as_of
        Information cut-off.

    Raises
    ------
    CaseNotFoundError
        If there is no such case.
    CaseError
        If its files have problems: all of them, each with file and line.
    CutoffError
        If it cannot be forecast at the cut-off.

    Examples
    --------
    >>> from detente.case import bundled_cases
    >>> load_case(bundled_cases()[0]).regimes[0]
    'before'
    """
    return read_case(find_case(case, workspace), as_of)[0]


def read_case(location: CaseLocation, as_of: dt.date | None = None) -> tuple[Case, Places]:
    """Read the case at a location, and where in its files each part stands; see :func:`load_case`."""
    whole, places = read_record(location, without_answers=True)
    case = cut(whole, as_of)
    check_cutoff(case)
    return case, places


def cut(whole: CaseRecord, as_of: dt.date | None = None) -> Case:
    """Return a case as it was known on a date, by default its own cut-off; or today, where that has not come.

    Nothing is known of days that have not passed, and so nothing is read into their silence.
    """
    return whole.as_of(counted_until(whole, as_of or whole.information_cutoff))


def check_cutoff(case: Case) -> None:
    """Check that a case can be forecast at its cut-off, by :func:`cutoff_faults`.

    Raises
    ------
    CutoffError
        If it cannot.
    """
    if faults := cutoff_faults(case):
        raise CutoffError("\n".join(f"{case.id} as of {case.information_cutoff}: {fault}" for fault in faults))


def cutoff_faults(case: Case, *, past_horizon: bool = False) -> list[str]:
    """Return why a case cannot be forecast at its cut-off; ``past_horizon``, why its hypotheses cannot.

    No election date was known by then, a process had not started, or nothing was left to forecast.
    """
    cutoff = case.information_cutoff
    faults = [
        f"process {process.id} starts on {process.start.date}: choose a cut-off on that day or later"
        for process in case.processes
        if process.start.date > cutoff
    ]
    baseline = case.priors.baseline
    if baseline is not None and cutoff < baseline.evidence_from:
        faults.append(
            f"the priors are the posterior of {baseline.run}: choose {baseline.evidence_from} or a later cut-off"
        )
    for group in undated(case):
        if group.combinations > MOST_DAYS:
            steps = ", ".join(f"{event.state} ({event.when})" for event in group.events)
            faults.append(
                f"the days of {steps} can be combined in {group.combinations:,} ways, more than {MOST_DAYS:,}: "
                "date one of them more precisely"
            )
    if case.horizon <= cutoff and not past_horizon:
        faults.append(f"the horizon is {case.horizon}: choose a cut-off before it")
    if case.election is not None and not case.election.schedule:
        faults.append("no election date was known by then: choose a later cut-off or add to election.schedule")
    elif case.election is not None and case.horizon <= case.election.date:
        faults.append(f"the election was then due on {case.election.date}, and the horizon is {case.horizon}")
    return faults


def read_record(
    location: CaseLocation, instead: Mapping[str, bytes] | None = None, *, without_answers: bool = False
) -> tuple[CaseRecord, Places]:
    """Read all of a case, whatever the cut-off.

    Parameters
    ----------
    location
        Where the case is.
    instead
        By name, what to read instead of a file's content on the disk.
    without_answers
        Whether a case whose answers, which no forecast reads, have problems is read without them: the problems are then
        with the places (:attr:`Places.beside`).

    Raises
    ------
    CaseError
        If its files have problems.
    """
    if not location.bundled:
        recover(location)
    files = CaseFiles(location, instead or {})
    files.read_all()
    read = _read(files)
    answers = [problem for problem in files.problems if PurePath(problem.file).name in AFTERWARDS]
    beside = answers if without_answers else []
    blocking = [problem for problem in files.problems if problem not in beside]
    if blocking or (read is None and not beside):
        raise CaseError(together(files.problems))
    if not beside:
        assert read is not None  # noqa: S101 - nothing is wrong with it
        return read
    no_answers = append_rows(None, {spec.name: True for spec in specs(ResolutionRow)}, [])
    case, places = read_record(location, {**(instead or {}), **dict.fromkeys(AFTERWARDS, no_answers)})
    return case, places.changed(beside=together(beside))


def problems_with(location: CaseLocation, instead: Mapping[str, bytes]) -> tuple[Problem, ...]:
    """Return what is wrong with a case in which files have other contents."""
    files = CaseFiles(location, instead)
    files.read_all()
    _read(files)
    return tuple(sorted(set(files.problems)))


def _read(files: CaseFiles) -> tuple[CaseRecord, Places] | None:
    """Read every file and check them against each other; what cannot be read is left out of the comparison."""
    findings = files.findings
    document, stated = files.document("case.yaml"), files.document("priors.yaml")
    evidence = files.table("evidence.csv", EvidenceItem)
    events = files.table("events.csv", Event) or ()
    polls = files.table("polls.csv", Poll) or ()
    resolutions, truths = sort_resolutions(files.table("resolutions.csv", ResolutionRow) or ())
    external = files.table("external_forecasts.csv", ExternalForecast) or ()
    judged = gather_rows(files, has_priors=stated is not None)
    decides = own_decides(files)
    watch = files.table("watch.csv", WatchRow) or ()
    check_polls(_standing(polls))
    items = unique(_standing(evidence or ()))
    priors = read_mapping(stated, Priors) if stated else None
    if document is None:
        return None
    top = read_mapping(document, CaseFile)
    declared = declared_by(top)
    header = names_in_header(files.texts.get(CLASSES, ""))
    class_rows = files.table(CLASSES, Member, state_columns(header, declared))
    members = check_reference_class(class_rows or ())
    check_external_forecasts(external, declared)
    check_case(top, declared, files.location.name)
    check_clusters(evidence or (), declared)
    check_events(_standing(events), declared)
    check_resolutions(resolutions, events, declared)
    truth = check_truths(truths, declared, top.item.information_cutoff if top.sound("information_cutoff") else None)
    check_watch(watch, declared, items)
    tables = check_tables(judged, declared, findings["intensities.csv"], decides=decides)
    if priors is not None:
        used = dict.fromkeys(row.item.cluster for row in evidence or () if row.sound("cluster") and row.item.cluster)
        check_priors(priors, declared, used)
        if decides or not judged.weights:
            check_stated(priors)
        check_poll_model(polls, priors.part("polls"), priors.at("polls"), declared)
        no_class = () if CLASSES not in files.texts else None
        check_outside_view(no_class if class_rows is None else class_rows, priors.part("outside_view"))
    if evidence is None or judged.likelihoods is None:
        return None
    likelihoods_file = findings["likelihoods.csv"].file
    check_likelihoods(judged.likelihoods, list(_standing(evidence)), declared, likelihoods_file, of_own=decides)
    if priors is None or files.problems:
        return None
    settled_priors, parts = settled(priors.item, declared, has_polls=bool(polls)), priors.part("hypotheses")
    own_weights = None if parts is None else parts.item.weights
    panel = settle(judged, tables, declared, settled_priors, own_weights, decides=decides)
    case = CaseRecord.read(
        {
            **top.item.fields(CaseFile),
            "deadlines": tuple(sorted(top.item.deadlines)),
            "evidence": objects(evidence),
            "events": objects(events),
            "polls": objects(polls),
            "reference_class": members,
            "external_forecasts": objects(external),
            "resolutions": objects(resolutions),
            "truth": truth,
            **panel.fields,
            "calibration": objects(judged.calibration),
            "watch": gather(watch),
            "inputs_sha256": files.digest(beside=decides),
        }
    ).repooled()
    case = case.changed(likelihoods={item: case.likelihoods[item] for item in items})
    lines: dict[tuple[str, ...], tuple[str, int]] = {
        **_lines(top),
        **{("evidence", name): ("evidence.csv", row.line) for name, row in items.items()},
        **{("event", row.item.process, row.item.state): ("events.csv", row.line) for row in _standing(events)},
        **panel.lines,
        **{("coupling", place): ("priors.yaml", part.line) for place, part in priors.all("couplings")},
        # of several rows with one name, the first
        **{("class", row.item.reference_class): (CLASSES, row.line) for row in reversed(class_rows or ())},
        **{("pollster", row.item.pollster): ("polls.csv", row.line) for row in reversed(polls)},
    }
    places = Places({name: file_findings.file for name, file_findings in findings.items()}, lines)
    for key, text in too_many_states(case):
        findings[lines[key][0]].add(lines[key][1], text)
    return case, places


def _lines(top: Row[CaseFile]) -> dict[tuple[str, ...], tuple[str, int]]:
    """Return where each part of ``case.yaml`` stands."""
    parts = ("cluster", "clusters"), ("outcome", "outcomes"), ("process", "processes")
    named = (*parts, ("phase", "phases"), ("occasion", "occasions"))
    return {
        **{(kind, name): ("case.yaml", part.line) for kind, field in named for name, part in top.all(field)},
        **{
            ("state", name, state): ("case.yaml", part.line)
            for name, process in top.all("processes")
            for state, part in process.all("states")
        },
    }


def _standing[T: Frozen](rows: Iterable[Row[T]]) -> Iterable[Row[T]]:
    """Return the rows in whose place no corrected one stands."""
    return tuple(row for row in rows if getattr(row.item, "replaced_on", None) is None)
