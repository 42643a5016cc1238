"""Where in its files each part of a case stands, kept beside the case and not in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Place(NamedTuple):
    """A file, relative to the workspace, and a line in it."""

    file: str
    line: int = 0


@dataclass(frozen=True)
class Places:
    """Places by kind of part and id: ``("evidence", "summit")``, ``("likelihood", "summit", "tactic")``."""

    files: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[tuple[str, ...], tuple[str, int]] = field(default_factory=dict)

    def of(self, *key: str, file: str = "case.yaml") -> Place:
        """Return where a part stands; without a line where that is not known."""
        name, line = self.lines.get(key, (file, 0))
        return Place(self.files.get(name, name), line)
