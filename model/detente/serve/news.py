"""The page of the news: a bulletin written in a form, its effect shown, then taken in; and what can be taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse, Response

from detente.case.changes import TypedJudgement, compose_item, compose_retraction
from detente.case.dialect import as_share
from detente.case.editing import drop_rows
from detente.case.template import id_of_claim
from detente.errors import DetenteError
from detente.report.listing import AVERAGED, describe, headline_table
from detente.serve.editing import check_writable
from detente.serve.overview import last_change
from detente.update import update

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from detente.case import CaseRecord
    from detente.serve.web import Visit

LABEL = "bulletin"
CAPTION = "Every probability before and after"
FACTS = ("claim", "date", "source", "grade", "cluster", "actor", "locator", "expected_by")
SEEN = "seen"
"""The field of a form that names the indicator which a bulletin reports as seen."""


def show(visit: Visit) -> Response:
    """Show the forms: one item, or a whole bulletin; what is asked for is filled in."""
    return visit.page("news.j2", **_forms(visit, _asked(visit)), text="", effect=None, error="")


def show_effect(visit: Visit) -> Response:
    """Show what a bulletin would change; nothing is written."""
    record = visit.record
    form, text, effect, error, status = dict(visit.form), "", None, "", 200
    try:
        text = _bulletin(form, record)
        made = update(visit.location, text, LABEL, dry_run=True, beside=_beside(visit, form))
        before, after = made.headlines()
        effect = {
            "lines": describe(made).splitlines(),
            "headlines": replace(headline_table(made.after, before, after), caption=CAPTION),
            "averaged": AVERAGED if after.outcomes else "",
            "doubts": made.doubts,
        }
    except DetenteError as problem:
        error, status = str(problem), 400
    forms = _forms(visit, form)
    return visit.page("news.j2", status, **forms, text=text or form.get("text", ""), effect=effect, error=error)


def take_in(visit: Visit) -> Response:
    """Take a bulletin in."""
    check_writable(visit)
    text = visit.form.get("text", "")
    try:
        update(visit.location, text, LABEL, beside=_beside(visit, visit.form))
    except DetenteError as problem:
        return visit.page("news.j2", 400, **_forms(visit, visit.form), text=text, effect=None, error=str(problem))
    return RedirectResponse(visit.address("news"), 303)


def _forms(visit: Visit, form: Mapping[str, str]) -> dict[str, Any]:
    record = visit.record
    return {
        "form": form,
        "hypotheses": record.hypotheses,
        "clusters": record.clusters,
        "items": [item for item in record.evidence if item.retracted_on is None],
        "cutoff": record.information_cutoff,
        "last": last_change(visit.snapshot),
        "waiting": _waiting(visit),
    }


def _waiting(visit: Visit) -> list[str]:
    """Return the names of the bulletins that lie beside the case."""
    return sorted(path.name for path in (visit.location.seeds / "bulletins").glob("*.yaml"))


def _asked(visit: Visit) -> dict[str, str]:
    """Return what the address asks to be filled in: an indicator as seen, an item to withdraw, a bulletin's text."""
    record = visit.record
    name = visit.asked("file")
    if name and name in _waiting(visit):
        return {"kind": "text", "text": (visit.location.seeds / "bulletins" / name).read_text("utf-8-sig", "replace")}
    watched = next((one for one in record.watch if one.id == visit.asked(SEEN)), None)
    if watched is None:
        return {"kind": "item", "item": visit.asked("retract")}
    form = {"kind": "item", SEEN: watched.id, "id": watched.id, "claim": watched.indicator}
    form |= {"cluster": watched.cluster or "", "date": record.information_cutoff.isoformat()}
    for hypothesis, stated in watched.likelihoods.items():
        form |= {f"{end}.{hypothesis}": f"{getattr(stated, end):g}" for end in ("low", "mid", "high")}
        form[f"because.{hypothesis}"] = watched.reasons.get(hypothesis, "")
    return form


def _bulletin(form: Mapping[str, str], record: CaseRecord) -> str:
    """Return the text of the bulletin that a form asks for."""
    if form.get("kind") == "text":
        return form.get("text", "").replace("\r\n", "\n")
    if form.get("kind") == "retraction":
        date = form.get("date", "").strip() or str(record.information_cutoff)
        return compose_retraction(form.get("item", ""), form.get("because", "").strip(), date)  # type: ignore[arg-type] # as it was typed
    typed = {name: " ".join(text.split()) for name, text in form.items()}
    facts = {name: typed.get(name, "") for name in FACTS}
    is_new = facts["cluster"] and facts["cluster"] not in record.clusters
    judged = {}
    for h in record.hypothesis_ids:
        low, mid, high = (as_share(typed.get(f"{end}.{h}", "")) for end in ("low", "mid", "high"))
        judged[h] = TypedJudgement(low, mid, high, typed.get(f"because.{h}", ""))
    facts |= {
        "id": typed.get("id") or id_of_claim(facts["claim"]),
        "observed": "no" if typed.get("observed") == "no" else "yes",
    }
    facts["cluster_because"] = form.get("cluster_because", "").strip() if is_new else ""
    return compose_item(facts, judged)


def _beside(visit: Visit, form: Mapping[str, str]) -> dict[Path, bytes]:
    """Return ``watch.csv`` without an indicator that is seen by now: it is an item from then on."""
    path = visit.location.priors / "watch.csv"
    if not form.get(SEEN) or not path.is_file():
        return {}
    return {path: drop_rows(path.read_bytes(), "id", form[SEEN])}
