"""Front matter: the question, its dates, where it comes from, and whether the computation may be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from detente.report.prose import count, date
from detente.report.views import ElectionView, HypothesisView, election, hypotheses

if TYPE_CHECKING:
    from detente.dossier import Dossier
    from detente.forecast.result import Check, Forecast


@dataclass(frozen=True)
class SourceView:
    """Where the question was taken from; ``url`` only if it leads to a web page."""

    title: str
    publisher: str
    date: str
    url: str


@dataclass(frozen=True)
class Front:
    """What stands above section 1."""

    title: str
    question: str
    as_of: str
    election: ElectionView
    horizon: str
    inputs_sha256: str
    source: SourceView | None
    hypotheses: tuple[HypothesisView, ...]
    diagnostics_failed: bool
    failed: tuple[Check, ...]
    recorded_until: str
    unrecorded: str


def build(dossier: Dossier) -> Front:
    """Build the front matter."""
    forecast = dossier.forecast
    recorded = forecast.inputs.recorded_until
    return Front(
        title=forecast.title,
        question=forecast.question,
        as_of=date(forecast.as_of),
        election=election(forecast),
        horizon=date(forecast.horizon),
        inputs_sha256=forecast.inputs_sha256,
        source=_source(forecast),
        hypotheses=hypotheses(forecast),
        diagnostics_failed=forecast.diagnostics.status == "fail",
        failed=tuple(check for check in forecast.diagnostics.checks if check.status == "fail"),
        recorded_until=date(recorded) if recorded else "",
        unrecorded=count((forecast.as_of - recorded).days, "day") if recorded else "",
    )


def _source(forecast: Forecast) -> SourceView | None:
    source = forecast.inputs.source
    if source is None:
        return None
    return SourceView(source.title, source.publisher, date(source.date), web_address(source.url or ""))


def web_address(url: str) -> str:
    """Return the address if it is one of a web page, else nothing: no script or file is ever linked."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc else ""
