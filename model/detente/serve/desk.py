"""What lies on the desk: each case as its files have it now, read and answered once for each state of the files.

The answer is the exact engine's and is kept by the state of the files: who looks again at files that did not change
waits for nothing.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from detente.case import Case, CaseLocation, CaseRecord, bundled_cases, check_cutoff, find_case, read_record
from detente.case.check import lint
from detente.case.files import paths, state_of
from detente.case.findings import Places
from detente.case.locating import known_cases, place_of
from detente.case.transaction import committed
from detente.case.writing import digest
from detente.errors import CaseError, CutoffError, Problem
from detente.report.prose import Chance, capital, chance

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from detente.exact import ExactPosterior
    from detente.forecast.outcomes import Headlines
    from detente.forecast.result import Forecast

REMEMBERED = 64
"""Contents of files that were shown and may have to be compared with what is there now."""
DRAWS = 1000
"""Draws of the exact posterior behind the outcomes and their curves."""


class _Locked[Value](cached_property[Value]):
    """A property that one thread at a time works out, and then it is kept."""

    def __get__(self, snapshot: Any, owner: type | None = None) -> Any:  # noqa: ANN401 - a descriptor's signature
        if snapshot is None:
            return self
        with snapshot.lock:
            return super().__get__(snapshot, owner)


@dataclass
class Snapshot:
    """One state of a case's files, and what follows from it.

    ``contents`` are the files by name; ``record`` is None where the case cannot be read, ``faults`` then say why.
    """

    location: CaseLocation
    state: str
    contents: Mapping[str, bytes]
    record: CaseRecord | None
    places: Places
    faults: tuple[Problem, ...]
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """The digest of each file by name."""
        return {name: digest(content) for name, content in self.contents.items()}

    @cached_property
    def case(self) -> Case | None:
        """The case as of its cut-off, None where it cannot be forecast."""
        return None if self.record is None or self.faults else self.record.as_of(self.record.information_cutoff)

    @cached_property
    def advice(self) -> tuple[Problem, ...]:
        """What `detente check` advises, and what is wrong with files that no forecast reads."""
        return () if self.record is None else (*self.places.beside, *lint(self.record, self.places))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What stops a forecast, or else what a careful reader would ask about."""
        return self.faults or self.advice

    def own_line(self, file: str, *key: str) -> int:
        """Return the line of a part in the case's own table; 0 where it stands in a sheet, or is a pool of several."""
        place = self.places.of(*key)
        pooled = self.record is not None and self.record.is_pooled
        return 0 if pooled or place.file != self.places.whole(file).file else place.line

    def sound(self) -> Case:
        """Return the case; only where it can be forecast.

        Raises
        ------
        CaseError
            If it cannot.
        """
        if self.case is None:
            raise CaseError(self.faults)
        return self.case

    @property
    def is_answered(self) -> bool:
        """Tell whether the answer is at hand."""
        return "answer" in self.__dict__

    def answered_within(self, seconds: float) -> bool:
        """Begin to work the answer out, and tell whether it is there after so many seconds at most."""
        if not self.is_answered and self.case is not None:
            work = threading.Thread(target=lambda: self.answer, daemon=True)
            work.start()
            work.join(seconds)
        return self.is_answered

    @_Locked
    def posterior(self) -> ExactPosterior:
        """Return the exact posterior."""
        from detente import exact

        return exact.posterior(self.sound())

    def headline(self) -> list[tuple[str, Chance]]:
        """Return each explanation with its probability, likeliest first."""
        named = zip(self.sound().hypotheses, self.posterior.probability, strict=True)
        rows = [(capital(one.label), chance(float(probability))) for one, probability in named]
        return sorted(rows, key=lambda row: -row[1].probability)

    @_Locked
    def answer(self) -> Headlines:
        """Return the headlines, by the exact engine."""
        from detente.forecast.outcomes import headlines

        return headlines(self.sound(), DRAWS)

    @_Locked
    def forecast(self) -> Forecast:
        """Return the whole forecast, by the exact engine, with the curves of the outcomes."""
        from detente.forecast import forecast
        from detente.settings import Settings

        return forecast(self.sound(), Settings(engine="exact", draws=DRAWS))


class Desk:
    """The cases of a workspace, and those that come with the program."""

    def __init__(self, workspace: Path, *, read_only: bool = False) -> None:
        self.workspace, self.read_only = workspace, read_only
        self._snapshots: dict[str, Snapshot] = {}
        self._seen: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def cases(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names of the workspace's own cases, and of the other ones that come with the program."""
        own = known_cases(self.workspace)
        return own, tuple(name for name in bundled_cases() if name not in own)

    def locate(self, name: str) -> CaseLocation:
        """Find a case by its name."""
        return find_case(name, self.workspace)

    def can_write(self, location: CaseLocation) -> bool:
        """Tell whether a case's files may be changed here."""
        return not self.read_only and not location.bundled

    def state(self, location: CaseLocation) -> str:
        """Return what changes whenever a file of the case does; it costs no reading."""
        return hashlib.sha256(repr(state_of(location)).encode()).hexdigest()[:16]

    def snapshot(self, name: str) -> Snapshot:
        """Return a case as its files have it now."""
        location = self.locate(name)
        state = self.state(location)
        with self._lock:
            kept = self._snapshots.get(name)
            if kept is None or kept.state != state:
                kept = self._snapshots[name] = self._read(location, state)
        return kept

    def content(self, seal: str) -> bytes | None:
        """Return the content of a file that was shown, by its digest."""
        return self._seen.get(seal)

    def _read(self, location: CaseLocation, state: str) -> Snapshot:
        written = {place_of(path, location)[1]: content for path, content in committed(location).items()}
        contents = {name: content for name, content in written.items() if content is not None}
        for name, path in paths(location).items():
            if name in written:
                continue
            try:
                contents[name] = path.read_bytes()
            except OSError:  # there is none, or its problem is noted below
                continue
        for content in contents.values():
            self._seen[digest(content)] = content
            self._seen.move_to_end(digest(content))
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        record: CaseRecord | None = None
        places, faults = Places(), tuple[Problem, ...]()
        try:
            record, places = read_record(location, contents, without_answers=True)
            check_cutoff(record.as_of(record.information_cutoff))
        except CaseError as error:
            faults = error.problems
        except CutoffError as error:
            faults = tuple(Problem("", 0, line) for line in str(error).splitlines())
        return Snapshot(location, state, contents, record, places, faults)
