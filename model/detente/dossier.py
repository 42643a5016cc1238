"""The dossier of a run: a forecast and everything that is known about it, as reports show and ``forecast.json`` stores.

The fields of the forecast and those of the dossier stand side by side at the top level of the file.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - annotations are evaluated when a run is read back
from collections.abc import Iterator, Mapping  # noqa: TC003 - as above
from typing import TYPE_CHECKING, Any

from msgspec import structs

from detente.frozen import Immutable
from detente.jsonable import digest_of, json_pieces, sealed_text

if TYPE_CHECKING:  # a run that is read back says where these are: detente.report.reading
    from detente.analysis.assessors import PanelView
    from detente.analysis.attribution import ChangeSinceLast
    from detente.analysis.results import Sensitivity, Watch
    from detente.evaluation.track_record import TrackRecord
    from detente.forecast.result import Forecast


SEAL = "contents_sha256"
"""The field of ``forecast.json`` with the digest of the others."""


class PastRun(Immutable):
    """The headline of an earlier run of the same case: P(h), and each outcome's probability by the horizon."""

    as_of: dt.date
    hypotheses: Mapping[str, float]
    outcomes: Mapping[str, float]


class Dossier(Immutable):
    """A forecast with its sensitivity, indicators to watch, changes, earlier runs and track record.

    ``panel`` is None unless several assessors judged.
    ``sensitivity`` and ``watch`` are None if the run left them out, ``change`` unless an update led to the run.
    ``history`` holds earlier runs, oldest first.  ``track_record`` comes from scoring the case later; nothing of it
    entered the forecast.
    """

    forecast: Forecast
    sensitivity: Sensitivity | None = None
    watch: Watch | None = None
    change: ChangeSinceLast | None = None
    history: tuple[PastRun, ...] = ()
    track_record: TrackRecord | None = None
    panel: PanelView | None = None

    def to_text(self) -> str:
        """Return the text of ``forecast.json``, sealed."""
        return sealed_text(self.contents, SEAL)

    def to_pieces(self) -> Iterator[str]:
        """Return the same piece by piece."""
        return json_pieces({**self.contents, SEAL: digest(self.contents)})

    @property
    def contents(self) -> dict[str, Any]:
        """What ``forecast.json`` has of it, by name."""
        beside = structs.asdict(self)
        del beside["forecast"]
        return self.forecast.contents | {name: part for name, part in beside.items() if part is not None}


def digest(contents: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a ``forecast.json`` says, however it is spaced, its seal left out."""
    return digest_of({name: part for name, part in contents.items() if name != SEAL})
