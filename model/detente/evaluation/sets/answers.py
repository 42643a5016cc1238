"""Answer every question of a set with the exact engine, several at a time, and go on after an interruption.

The tables are read here and cut into pieces; a worker reads the cells of a piece, notes what is wrong with them, and
answers its questions.  Once anything is wrong, the rest of the set is only checked.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from itertools import batched
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from detente import exact
from detente.case.question_set import Asked, QuestionSet, raw_questions, read_question
from detente.checkpoint import Checkpoint
from detente.errors import Problem, SetError
from detente.evaluation.calibrate.discrimination import GAMMA
from detente.exact.evidence import log_prior_weights
from detente.exact.factors import factors
from detente.forecast.evidence import naive_log_likelihood
from detente.inference import Progress, silent
from detente.parallel import in_order, program_digest
from detente.settings import versions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from detente.arrays import Flags, Floats, Integers
    from detente.case.schema import Case


PIECE, AHEAD = 25, 8
"""Questions that a worker takes at once, and pieces that are read ahead of the first to finish."""
KEPT = 1000
"""Problems that are kept; what is beyond them is counted."""
UNKNOWN = -1
"""The truth of a question that has none yet."""
NOWHERE = -1e5
"""Log probability of a hypothesis that a question does not have, in a table."""


@dataclass(frozen=True)
class Answers:
    """What the model, and naive Bayes, say to each question of a set, in its order.

    Shapes: ``items`` and ``truth`` (question,), the latter -1 where it is not known; ``log_prior``, ``log_posterior``
    and ``naive`` (question, hypothesis), minus infinity where a question has fewer hypotheses than another, ``naive``
    being log P(items | h) at the stated middles; ``table`` (question, gamma, hypothesis), empty unless asked for, is
    log P(h) + log P(items | h, gamma) at :data:`detente.evaluation.calibrate.discrimination.GAMMA`.
    """

    ids: tuple[str, ...]
    groups: tuple[str, ...]
    hypotheses: tuple[tuple[str, ...], ...]
    items: Integers
    truth: Integers
    log_prior: Floats
    log_posterior: Floats
    naive: Floats
    table: Floats

    @property
    def is_known(self) -> Flags:
        """Which questions' truth is known, (question,)."""
        return self.truth != UNKNOWN


type Row = tuple[Any, ...]
"""The answers to a question: id, group, hypotheses, number of items, truth, and the four arrays."""


class Piece(NamedTuple):
    """A piece of a set: its number, its questions, and what is wanted of them."""

    number: int
    question_set: QuestionSet
    asked: Sequence[Asked]
    with_tables: bool
    only_check: bool


class Done(NamedTuple):
    """The answers of a piece, as plain values, and what was wrong with it."""

    number: int
    rows: list[list[Any]]
    problems: list[Problem]


def answer_set(
    question_set: QuestionSet,
    *,
    with_tables: bool = False,
    checkpoint: Path | None = None,
    executor: Executor | None = None,
    progress: Progress = silent,
) -> Answers:
    """Answer the questions of a set.

    Parameters
    ----------
    question_set
        The set (:func:`detente.case.question_set.read_set`).
    with_tables
        Whether to tabulate the likelihood over the discrimination, to learn from.
    checkpoint
        File in which to store finished pieces and from which to resume; deleted at the end.  None stores nothing.
    executor
        Where to answer; None answers here.
    progress
        Called with the finished share.

    Raises
    ------
    SetError
        If the tables have problems: all of them.
    detente.errors.OutputError
        If the checkpoint cannot be written.
    """
    belongs_to = {
        "set": question_set.name,
        "inputs_sha256": question_set.inputs_sha256,
        "with_tables": with_tables,
        "versions": versions("exact"),
        "program": program_digest() if checkpoint else "",
    }
    with Checkpoint(checkpoint, belongs_to) as kept:
        answered, problems, counted = dict[int, list[Row]](), list[Problem](), 0

        def take(number: int, rows: Sequence[Sequence[Any]]) -> None:
            """Keep the answers of a piece as arrays, and nowhere else in memory."""
            answered[number] = [
                (name, sys.intern(group), _same(*names), items, truth, *map(np.array, numbers))
                for name, group, names, items, truth, *numbers in rows
            ]
            kept.results[str(number)] = None

        for key, rows in [*kept.results.items()]:
            take(int(key), rows)
        done = PIECE * len(answered)
        jobs = (
            Piece(number, question_set, asked, with_tables, only_check=bool(problems))
            for number, asked in enumerate(batched(raw_questions(question_set, problems), PIECE))
            if number not in answered
        )
        for piece in in_order(executor, answer_piece, jobs, AHEAD):
            problems += piece.problems
            counted += len(problems[KEPT:])
            del problems[KEPT:]
            if not problems:
                kept.add(str(piece.number), piece.rows)
                take(piece.number, piece.rows)
            done += PIECE
            progress("answering the questions", min(1.0, done / max(question_set.questions, 1)))
        kept.remove()
        if problems:
            raise SetError(problems, counted)
        return _gathered([row for number in sorted(answered) for row in answered[number]], with_tables=with_tables)


def answer_piece(job: Piece) -> Done:
    """Read and answer the questions of a piece, in this process or a worker."""
    rows, problems = [], list[Any]()
    for asked in job.asked:
        question = read_question(job.question_set, asked, problems)
        if question is None or problems or job.only_check:
            continue
        case = question.case
        rows.append(
            [
                case.id,
                question.group,
                list(case.hypothesis_ids),
                len(case.evidence),
                UNKNOWN if question.truth is None else question.truth,
                log_prior_weights(case).tolist(),
                exact.log_probabilities(case).tolist(),
                naive_log_likelihood(case).tolist(),
                tabulated(case).tolist() if job.with_tables else [],
            ]
        )
    return Done(job.number, rows, problems)


def tabulated(case: Case) -> Floats:
    """Return log P(h) + log P(items | h, gamma), (gamma, hypothesis), at the common gammas."""
    log_prior = log_prior_weights(case)
    tables = factors(case, in_full=False)
    return np.asarray(
        sum((tables.at(part, GAMMA) for part in tables.whole), np.zeros((GAMMA.size, log_prior.size))) + log_prior
    )


def _gathered(rows: Sequence[Row], *, with_tables: bool) -> Answers:
    """Return answers as arrays, filled up to the question with the most hypotheses."""
    ids, groups, names, items, truth, prior, posterior, naive, table = zip(*rows, strict=True) if rows else ((),) * 9
    width = max(map(len, names), default=0)
    tables = np.full((len(ids), GAMMA.size, width) if with_tables else (0, 0, 0), NOWHERE)
    for row, values in enumerate(table if with_tables else ()):
        tables[row, :, : len(names[row])] = values
    return Answers(
        ids=tuple(ids),
        groups=tuple(groups),
        hypotheses=tuple(names),
        items=np.array(items, dtype=np.int64),
        truth=np.array(truth, dtype=np.int64),
        log_prior=_padded(prior, width),
        log_posterior=_padded(posterior, width),
        naive=_padded(naive, width),
        table=tables,
    )


@lru_cache(maxsize=4096)
def _same(*names: str) -> tuple[str, ...]:
    """Return hypotheses' names, one object for those that are the same."""
    return names


def _padded(rows: Sequence[Floats], width: int) -> Floats:
    padded = np.full((len(rows), width), -np.inf)
    for place, row in enumerate(rows):
        padded[place, : len(row)] = row
    return padded
