"""Who is scored: the forecast, and beside it simpler answers to the same questions on the same days.

Each forecaster gives a probability of yes, or one a category, from the case as it was known on the day; where it has
nothing to say it gives nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from detente.case import check_cutoff
from detente.case.polls import INCUMBENT
from detente.case.windows import AFTER_ELECTION, BEFORE_ELECTION, HORIZON, case_windows, is_deadline
from detente.errors import CutoffError
from detente.evaluation.questions import ELECTION, Question
from detente.evaluation.track_record import INDEPENDENT, LAST_POLL, NO_CHANGE, OTHERS, OURS, OUTSIDE, UNIFORM
from detente.exact import known_winners
from detente.forecast.evidence import naive_bayes
from detente.forecast.headlines import headlines
from detente.forecast.outcomes import project_outcomes
from detente.forecast.outside import class_alone
from detente.scoring import CLIP

if TYPE_CHECKING:
    import datetime as dt

    from detente.case import Case, CaseRecord
    from detente.case.processes import Transition
    from detente.case.reference_class import ExternalForecast

type Given = tuple[float, ...]
"""A probability of yes, or one a category."""
type Daily = Mapping[str, Mapping[str, Given]]
"""What each forecaster gave on one day, by the id of the question."""
type ByWindow = Mapping[str, Mapping[str, float]]


def forecasts_on(case: CaseRecord, asked: Sequence[Question], day: dt.date) -> Daily | None:
    """Return what each forecaster gave on a day for each question open then; None where no forecast was possible.

    ``case`` is the whole case; nothing that became known after ``day`` is used.
    """
    cut = case.as_of(day)
    try:
        check_cutoff(cut)
    except CutoffError:
        return None
    ours, simple = headlines(cut).outcomes, independent_outcomes(cut)
    outside = _outside(cut, asked)
    chances = known_winners(cut)
    vote = case.voting_day
    voted = vote is not None and day >= vote
    found: dict[str, dict[str, Given]] = {}
    for question in asked:
        if not question.is_open(day):
            continue
        if question.group == ELECTION:
            given = _on_winner(cut, question, chances)
        elif question.categories:
            given = _on_kinds(cut, question, {OURS: ours, INDEPENDENT: simple})
        else:
            given = {UNIFORM: (0.5,), NO_CHANGE: (CLIP,)}
            for who, by_window in ((OURS, ours), (INDEPENDENT, simple), (OUTSIDE, outside)):
                value = _in_window(by_window.get(question.outcome, {}), question.window, voted=voted)
                if value is not None:
                    given[who] = (value,)
        if OURS in given:
            found[question.id] = given
    return found


def independent_outcomes(case: Case) -> ByWindow:
    """Return P(outcome) by window with every stated middle taken as certain, and the items as independent.

    The answer of a spreadsheet: naive Bayes for the hypotheses, and the steps at their stated pace whatever the record
    says of it.
    """
    if not case.processes or not case.outcomes or case.horizon <= case.information_cutoff:
        return {}
    pace = np.array(
        [
            [[_pace(case, step, h, regime) for regime in case.regimes] for h in case.hypothesis_ids]
            for step in case.transitions
        ]
    )
    hypotheses = naive_bayes(case)
    probability = np.array([[hypotheses[h] for h in case.hypothesis_ids]])
    winner = np.array([list(known_winners(case).values()) or [1.0]])
    return project_outcomes(case, np.log(pace)[None], probability, winner).probabilities


def _pace(case: Case, step: Transition, hypothesis: str, regime: str) -> float:
    stated = case.intensity(step, hypothesis, regime)
    return -float(np.log1p(-stated.mid)) / stated.within_days


def _in_window(by_window: Mapping[str, float], window: str, *, voted: bool) -> float | None:
    """Return the chance in a window; once the vote has been held, what is still open can only come after it."""
    return by_window.get(HORIZON if window == AFTER_ELECTION and voted else window)


def _outside(case: Case, asked: Sequence[Question]) -> ByWindow:
    """Return what the class says by itself, by window."""
    declared = case_windows(case)
    windows = dict.fromkeys(question.window for question in asked if is_deadline(question.window))
    ends = {window: declared[window].last for window in (*windows, HORIZON)}
    if case.election is not None and case.information_cutoff < case.election.date:
        ends[BEFORE_ELECTION] = case.election.date
    found: dict[str, dict[str, float]] = {}
    for window, until in ends.items():
        if until > case.information_cutoff:
            for outcome, chance in class_alone(case, until).items():
                found.setdefault(outcome, {})[window] = chance
    for by_window in found.values():
        if BEFORE_ELECTION in by_window:  # given that it has not come before
            early = by_window[BEFORE_ELECTION]
            by_window[AFTER_ELECTION] = (by_window[HORIZON] - early) / (1 - early) if early < 1 else 0.0
    return found


def _on_kinds(case: Case, question: Question, answers: Mapping[str, ByWindow]) -> dict[str, Given]:
    """Return the probability of each state by the horizon: the first is that none of the others has come."""
    count = len(question.categories)
    given: dict[str, Given] = {
        UNIFORM: (1 / count,) * count,
        NO_CHANGE: (1 - CLIP, *(CLIP / (count - 1),) * (count - 1)),
    }
    outcomes = {outcome.state: outcome.id for outcome in case.outcomes if outcome.process == question.group}
    for who, by_window in answers.items():
        kinds = [by_window[outcomes[state]][HORIZON] for state in question.categories[1:]]
        given[who] = (max(0.0, 1 - sum(kinds)), *kinds)
    return given


def _on_winner(case: Case, question: Question, chances: Mapping[str, float]) -> dict[str, Given]:
    """Return the probability that the first winner wins, or, of more than two, each."""
    ids = case.winner_ids
    kept = slice(0, 1) if not question.categories else slice(None)
    given = {OURS: tuple(chances[winner] for winner in ids)[kept], UNIFORM: ((1 / len(ids),) * len(ids))[kept]}
    if INCUMBENT in ids:
        stays = tuple(1 - CLIP if winner == INCUMBENT else CLIP / (len(ids) - 1) for winner in ids)
        given[NO_CHANGE] = stays[kept]
    if not question.categories:
        poll, others = last_poll(case), _others(case.external_forecasts, ids[0])
        given |= {LAST_POLL: (poll if ids[0] == INCUMBENT else 1 - poll,)} if poll is not None else {}
        given |= {OTHERS: (others,)} if others is not None else {}
    return given


def last_poll(case: Case) -> float | None:
    """Return P(the incumbent is ahead) by the polls of the latest day of publication, at their sampling error alone.

    Φ((x - 1/2) / √(x (1 - x) / n)), x the incumbent's share of the two and n the size, polls of one day added up.
    """
    if case.priors.polls is None or not case.usable_polls:
        return None
    latest = max(poll.known_on for poll in case.usable_polls)
    polls = [poll for poll in case.usable_polls if poll.known_on == latest]
    size = np.array([poll.sample_size or case.priors.polls.unstated_sample for poll in polls], dtype=float)
    share = np.array([poll.incumbent / (poll.incumbent + poll.opponent) for poll in polls])
    mean = float(size @ share / size.sum())
    return float(ndtr((mean - 0.5) / np.sqrt(mean * (1 - mean) / size.sum())))


def _others(rows: Sequence[ExternalForecast], winner: str) -> float | None:
    """Return the mean of the latest number of each, between two winners turned into the first one's."""
    latest = {row.forecaster: row for row in sorted(rows, key=lambda row: row.date)}
    given = [row.probability if row.winner == winner else 1 - row.probability for row in latest.values()]
    return float(np.mean(given)) if given else None
