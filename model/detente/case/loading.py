"""Load a case: read every file, say every problem at once, and build the frozen objects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from detente.case import facts, judgements
from detente.case.assembly import Drafts, assemble
from detente.case.consistency import (
    check_case,
    check_clusters,
    check_events,
    check_likelihoods,
    check_polls,
    check_priors,
    check_retractions,
    check_watch,
)
from detente.case.files import CaseFiles
from detente.case.intensities import spell_out_intensities
from detente.case.locating import CaseLocation, find_case
from detente.case.outside_rules import (
    check_external_forecasts,
    check_outside_view,
    check_poll_model,
    check_reference_class,
)
from detente.case.places import Places
from detente.case.schema import Case
from detente.case.windows import check_resolutions
from detente.errors import CaseError, CutoffError


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
    whole, places = read_whole_case(location)
    cut = whole.as_of(as_of or whole.information_cutoff)
    check_cutoff(cut)
    return cut, places


def check_cutoff(case: Case, *, past_horizon: bool = False) -> None:
    """Check that a case can be forecast at its cut-off; ``past_horizon``, that its hypotheses can, outcomes or not.

    Raises
    ------
    CutoffError
        If no election date was known by then, the election was over and no winner is on record, a process had not
        started, or nothing was left to forecast.
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
    if case.horizon <= cutoff and not past_horizon:
        faults.append(f"the horizon is {case.horizon}: choose a cut-off before it")
    if case.election is not None and not case.election.schedule:
        faults.append("no election date was known by then: choose a later cut-off or add to election.schedule")
    elif case.election is not None and case.winner is None and case.election.date < cutoff:
        faults.append(f"the election was on {case.election.date} and no winner is on record: add it to events.csv")
    elif case.election is not None and case.horizon <= case.election.date:
        faults.append(f"the election was then due on {case.election.date}, and the horizon is {case.horizon}")
    if faults:
        raise CutoffError("\n".join(f"{case.id} as of {cutoff}: {fault}" for fault in faults))


def read_whole_case(location: CaseLocation, instead: Mapping[str, bytes] | None = None) -> tuple[Case, Places]:
    """Read all of a case, whatever the cut-off; ``instead`` of a file's content on the disk, what is given by its name.

    Raises
    ------
    CaseError
        If its files have problems.
    """
    files = CaseFiles(location, instead or {})
    files.read_all()
    drafts = _check(files)
    if files.problems or drafts is None:
        raise CaseError(files.problems)
    return assemble(drafts, files.digest(), {name: found.file for name, found in files.findings.items()})


def _check(files: CaseFiles) -> Drafts | None:
    """Read every file and check them against each other; what cannot be read is left out of the comparison."""
    found = files.findings
    document, judged = files.document("case.yaml"), files.document("priors.yaml")
    evidence = files.table("evidence.csv", facts.EVIDENCE)
    events = files.table("events.csv", facts.EVENTS) or ()
    polls = files.table("polls.csv", facts.POLLS) or ()
    resolutions = files.table("resolutions.csv", facts.RESOLUTIONS) or ()
    external = files.table("external_forecasts.csv", facts.EXTERNAL_FORECASTS) or ()
    likelihoods = files.table("likelihoods.csv", judgements.LIKELIHOODS)
    intensities = files.table("intensities.csv", judgements.INTENSITIES)
    if judged is not None and "intensities.csv" not in files.texts:
        intensities = ()  # a case without processes needs none
    watch = files.table("watch.csv", judgements.WATCH) or ()
    for name, rows in (("likelihoods.csv", likelihoods), ("intensities.csv", intensities), ("watch.csv", watch)):
        judgements.check_intervals(rows or (), found[name])
    check_polls(polls, found["polls.csv"])
    check_retractions(evidence or (), found["evidence.csv"])
    items = facts.unique(evidence or (), "id", found["evidence.csv"])
    priors = judgements.read_priors(judged) if judged else None
    if document is None:
        return None
    case = facts.read_case(document)
    header = files.texts.get("reference_class.csv", "").partition("\n")[0]
    members = files.table("reference_class.csv", facts.reference_class_fields(header, case))
    check_reference_class(members or (), found["reference_class.csv"])
    check_external_forecasts(external, case, found["external_forecasts.csv"])
    check_case(case, files.location.name, found["case.yaml"])
    check_clusters(evidence or (), case, found["evidence.csv"])
    check_events(events, case, found["events.csv"])
    check_resolutions(resolutions, events, case, found["resolutions.csv"])
    check_watch(watch, case, items, found["watch.csv"])
    table = {} if intensities is None else spell_out_intensities(intensities, case, found["intensities.csv"])
    if priors is not None:
        clusters = {record.get("cluster"): None for record in evidence or ()}
        check_priors(priors, case, clusters, found["priors.yaml"])
        check_poll_model(polls, priors, case, found["polls.csv"], found["priors.yaml"])
        absent = () if "reference_class.csv" not in files.texts else None
        check_outside_view(absent if members is None else members, priors, found["priors.yaml"])
    if evidence is None or likelihoods is None:
        return None
    check_likelihoods(likelihoods, evidence, case, found["likelihoods.csv"], found["evidence.csv"])
    if priors is None:
        return None
    return Drafts(
        case, priors, evidence, events, polls, members or (), external, resolutions, likelihoods, table, watch
    )
