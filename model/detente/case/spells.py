"""Spells: waits of which it is known when they began, and when they ended or were last followed.

A table has them as ``start`` and ``end``, or as a case's ``reference_class.csv`` has them, by the states that were
reached.  Either way a spell is a member of a class that has one state to reach.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

from detente.case.columns import Frozen, InFile, Row, specs
from detente.case.files import read_compressed
from detente.case.findings import Findings
from detente.case.reference_class import Member, check_reference_class, specs_of_states
from detente.case.tables import names_in_header, read_table
from detente.case.values import Date, Text, YesNo
from detente.errors import Problem, SetError, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


ENDED: Final = "ended"
"""The state that a spell with an end reached."""
NAMED = 6
"""Choices that a message lists."""


class SpellRow(Frozen):
    """A wait of one member."""

    panel: Annotated[Text | None, InFile("The class it belongs to.", "missions", may_lack=True)] = None
    member: Annotated[Text | None, InFile("Who waited.", "Norland and Sudland", may_lack=True, also=("name",))] = None
    group: Annotated[
        Text | None, InFile("Spells of one group depend on each other; blank: none does.", "norland", may_lack=True)
    ] = None
    start: Annotated[Date, InFile("The day it began.", "2001-01-01")]
    end: Annotated[
        Date | None, InFile("The day it ended, or was last followed; blank: it is still going on.", "2001-06-01")
    ] = None
    ended: Annotated[
        YesNo | None,
        InFile("no: it was still going on at `end`; without the column every `end` is one.", "yes", may_lack=True),
    ] = None

    @classmethod
    def rules(cls, row: Row[SpellRow]) -> None:
        """Check that it did not end before it began, nor without a day."""
        spell = row.item
        if row.sound("start", "end") and spell.end is not None and spell.end < spell.start:
            row.add(f"end: must not be earlier than start, {spell.start} (got {spell.end})")
        if row.sound("end", "ended") and spell.end is None and spell.ended:
            row.add("end: must not be blank where ended is yes: give the day, or write no")


@dataclass(frozen=True)
class Spell:
    """A wait: a member that has reached ``state``, or not; spells of one ``group`` depend on each other."""

    member: Member
    state: str
    group: str

    @property
    def start(self) -> dt.date:
        """The day it began."""
        return self.member.start

    @property
    def last(self) -> dt.date:
        """The last day on which anything is known of it."""
        return self.start if self.member.followed_until == dt.date.max else self.member.followed_until


def read_spells(path: Path, state: str | None = None, of: str | None = None) -> tuple[Spell, ...]:
    """Read spells from a table, which may be compressed by gzip.

    Parameters
    ----------
    path
        A table with the columns of :class:`SpellRow`, or with those of a case's ``reference_class.csv``.
    state
        The state that is waited for, of a reference class with several.
    of
        The class, of a table with several.

    Raises
    ------
    SetError
        If the table cannot be read, or has problems, or leaves open which state or class is meant.
    """
    problems: list[Problem] = []
    findings = Findings(str(path), problems)
    spells = _read(path, state, findings)
    names = list(dict.fromkeys(name for name, _ in spells))
    if not problems and (of is not None or len(names) > 1):
        _choose("--class", "class", of, [name for name in names if name is not None], findings)
    kept = tuple(spell for name, spell in spells if of is None or name == of)
    if not problems and not kept:
        findings.add(0, "the table has no spells: add a row for each wait")
    if problems:
        raise SetError(problems)
    return kept


def read_panels(path: Path) -> dict[str, tuple[Spell, ...]]:
    """Read the spells of every class of a table as :func:`read_spells` reads those of one, by the name of the class.

    Raises
    ------
    SetError
        If the table cannot be read, or has problems.
    """
    problems: list[Problem] = []
    panels: dict[str, list[Spell]] = {}
    for _, spell in _read(path, None, Findings(str(path), problems)):
        panels.setdefault(spell.member.reference_class, []).append(spell)
    if problems:
        raise SetError(problems)
    return {name: tuple(spells) for name, spells in panels.items()}


def _read(path: Path, state: str | None, findings: Findings) -> list[tuple[str | None, Spell]]:
    text = read_compressed(path, findings)
    if text is None:
        return []
    header = names_in_header(text)
    is_class = "followed_until" in header
    return [*(_of_class(text, header, state, findings) if is_class else _plain(text, state, findings))]


def _plain(text: str, state: str | None, findings: Findings) -> Iterator[tuple[str | None, Spell]]:
    rows = read_table(text, SpellRow, findings)
    if state is not None:
        findings.add(0, f"--state {state}: a table of starts and ends has no states: leave it out")
    if rows is None or findings.problems:
        return
    for row in rows:
        spell = row.item
        has_ended = spell.end is not None and spell.ended is not False
        member = Member(
            reference_class=spell.panel or "spells",
            member=spell.member or f"line {row.line}",
            start=spell.start,
            reached={ENDED: spell.end if has_ended else None},
            followed_until=spell.end or dt.date.max,
        )
        yield spell.panel, Spell(member, ENDED, spell.group or f"line {row.line}")


def _of_class(
    text: str, header: Sequence[str], state: str | None, findings: Findings
) -> Iterator[tuple[str | None, Spell]]:
    fixed = {spec.name for spec in specs(Member)}
    states = [name for name in dict.fromkeys(header) if name not in fixed]
    rows = read_table(text, Member, findings, specs_of_states(states))
    members = check_reference_class(rows or ())
    if rows is None or findings.problems:
        return
    chosen = _choose("--state", "state", state, states, findings)
    for member in members if chosen else ():
        if chosen in member.reached:
            yield member.reference_class, Spell(member, chosen, member.member)


def _choose(option: str, what: str, given: str | None, known: Sequence[str], findings: Findings) -> str:
    """Return which of several is meant, or note that it is not known."""
    if given in known or (given is None and len(known) == 1):
        return given or known[0]
    shown = ", ".join(known[:NAMED]) + (", ..." if len(known) > NAMED else "")
    if not known:
        findings.add(1, f"the table has no {what}")
    elif given is None:
        findings.add(1, f"the table has more than one {what}: choose one with {option} ({shown})")
    else:
        findings.add(1, f"{option} {quoted(given)}: the table has no such {what} (it has {shown})")
    return ""
