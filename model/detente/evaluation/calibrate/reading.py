"""Read the cases to learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.case import read_bulletins, read_whole_case, take_in_all
from detente.case.election import ELECTION
from detente.evaluation.calibrate.learning import Lesson

if TYPE_CHECKING:
    from detente.case import CaseLocation

BULLETINS = "bulletins"
"""The folder, beside a case's facts, of the bulletins that it has not taken in."""


def read_lesson(location: CaseLocation) -> Lesson:
    """Read a whole case; its bulletins, where it has some, are asked for nothing but who won the election.

    Raises
    ------
    CaseError
        If its files have problems, the bulletins included.
    """
    whole, _ = read_whole_case(location)
    folder = location.seeds / BULLETINS
    if whole.election is None or not folder.is_dir():
        return Lesson(whole)
    later = take_in_all(whole, read_bulletins(folder, whole))
    return Lesson(whole, tuple(event for event in later.events if event.process == ELECTION))
