"""The forecasters that are scored: the model, and simpler benchmarks on the same questions and days.

Each gives a probability of yes, or one for each category, from the case as known on the day; where it has nothing to
say it gives none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from detente.case.loading import cutoff_faults
from detente.case.polls import INCUMBENT
from detente.case.windows import AFTER_ELECTION, BEFORE_ELECTION, HORIZON, case_windows, is_deadline
from detente.crowd import crowd_probability
from detente.evaluation.questions import ELECTION, Question
from detente.evaluation.track_record import INDEPENDENT, LAST_POLL, NO_CHANGE, OTHERS, OURS, OUTSIDE, PRIOR, UNIFORM
from detente.exact import known_winners
from detente.exact.intensities import given_none_before
from detente.forecast.evidence import naive_bayes
from detente.forecast.outcomes import headlines, project_outcomes
from detente.forecast.outside import class_alone
from detente.scoring import CLIP

if TYPE_CHECKING:
    import datetime as dt

    from detente.case import Case, CaseRecord
    from detente.case.reference_class import ExternalForecast

type Probabilities = tuple[float, ...]
"""The probability of yes, or of each category."""
type Daily = Mapping[str, Mapping[str, Probabilities]]
"""The forecasts of one day, by question and forecaster."""
type ByWindow = Mapping[str, Mapping[str, float]]


def forecasts_on(case: CaseRecord, asked: Sequence[Question], day: dt.date) -> Daily | None:
    """Return the forecasts of a day for each question open then; None if no forecast was possible.

    ``case`` is the whole case; nothing that became known after ``day`` is used.
    """
    cut = case.as_of(day)
    if cutoff_faults(cut):
        return None
    answer = headlines(cut)
    ours, simple = answer.outcomes, independent_outcomes(cut)
    outside = _outside(cut, asked)
    chances = answer.election if cut.winner is None else {}
    eve = case.election_eve
    voted = eve is not None and day >= eve
    forecasts: dict[str, dict[str, Probabilities]] = {}
    for question in asked:
        if not question.is_open(day):
            continue
        if question.is_truth:
            given = _on_truth(cut, answer.hypotheses)
        elif question.group == ELECTION:
            given = _on_winner(cut, question, chances)
        elif question.categories:
            given = _on_competing_outcomes(cut, question, {OURS: ours, INDEPENDENT: simple})
        else:
            given = {UNIFORM: (0.5,), NO_CHANGE: (_no_change(cut, question.outcome),)}
            # Once the vote has been held, an outcome can only come after it.
            window = HORIZON if question.window == AFTER_ELECTION and voted else question.window
            for forecaster, by_window in ((OURS, ours), (INDEPENDENT, simple), (OUTSIDE, outside)):
                value = by_window.get(question.outcome, {}).get(window)
                if value is not None:
                    given[forecaster] = (value,)
        if OURS in given:
            forecasts[question.id] = given
    return forecasts


def _on_truth(case: Case, ours: Mapping[str, float]) -> dict[str, Probabilities]:
    """Return the probability of each hypothesis."""
    ids, simple, weights = case.hypothesis_ids, naive_bayes(case), case.priors.hypotheses.weights
    return {
        OURS: tuple(ours[name] for name in ids),
        UNIFORM: (1 / len(ids),) * len(ids),
        PRIOR: tuple(weights[name] for name in ids),
        INDEPENDENT: tuple(simple[name] for name in ids),
    }


def independent_outcomes(case: Case) -> ByWindow:
    """Return P(outcome) by window with independent items, and every best guess taken as certain.

    A spreadsheet's answer: naive Bayes for the hypotheses, and the transitions at their stated intensities whatever the
    record says about them.
    """
    if not case.processes or not case.outcomes or case.horizon <= case.information_cutoff:
        return {}
    stated = [[[case.intensity(t, h, g) for g in case.regimes] for h in case.hypothesis_ids] for t in case.transitions]
    mid, days = np.array([[[(r.mid, r.within_days) for r in b] for b in a] for a in stated]).transpose(3, 0, 1, 2)
    intensity = -np.log1p(-given_none_before(case, mid)) / days
    hypotheses = naive_bayes(case)
    probability = np.array([[hypotheses[h] for h in case.hypothesis_ids]])
    winner = np.array([list(known_winners(case).values()) or [1.0]])
    return project_outcomes(case, np.log(intensity)[None], probability, winner).probabilities


def _no_change(case: Case, name: str) -> float:
    """Return the probability of an outcome if nothing changes: one that asks for the present state is certain."""
    outcome = next(outcome for outcome in case.outcomes if outcome.id == name)
    return 1 - CLIP if outcome.is_current and case.state(outcome.process) == outcome.state else CLIP


def _outside(case: Case, asked: Sequence[Question]) -> ByWindow:
    """Return the forecast of the reference class alone, by window."""
    declared = case_windows(case)
    windows = dict.fromkeys(question.window for question in asked if is_deadline(question.window))
    ends = {window: declared[window].last for window in (*windows, HORIZON)}
    if case.election_eve is not None and case.information_cutoff < case.election_eve:
        ends[BEFORE_ELECTION] = case.election_eve
    alone: dict[str, dict[str, float]] = {}
    for window, until in ends.items():
        if until > case.information_cutoff:
            for outcome, chance in class_alone(case, until).items():
                alone.setdefault(outcome, {})[window] = chance
    for by_window in alone.values():
        if BEFORE_ELECTION in by_window:  # given that it has not occurred before
            early = by_window[BEFORE_ELECTION]
            by_window[AFTER_ELECTION] = (by_window[HORIZON] - early) / (1 - early) if early < 1 else 0.0
    return alone


def _on_competing_outcomes(case: Case, question: Question, answers: Mapping[str, ByWindow]) -> dict[str, Probabilities]:
    """Return the probability of each state by the horizon; the first is that none of the others has occurred."""
    count = len(question.categories)
    given: dict[str, Probabilities] = {
        UNIFORM: (1 / count,) * count,
        NO_CHANGE: (1 - CLIP, *(CLIP / (count - 1),) * (count - 1)),
    }
    outcomes = {outcome.state: outcome.id for outcome in case.outcomes if outcome.process == question.group}
    for forecaster, by_window in answers.items():
        shares = [by_window[outcomes[state]][HORIZON] for state in question.categories[1:]]
        given[forecaster] = (max(0.0, 1 - sum(shares)), *shares)
    return given


def _on_winner(case: Case, question: Question, chances: Mapping[str, float]) -> dict[str, Probabilities]:
    """Return the probability that the first of two winners wins, or of each of more than two."""
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
    """Return P(the incumbent is ahead) from the polls of the latest publication date, with sampling error alone.

    Φ((x - 1/2) / √(x (1 - x) / n)), with x the incumbent's two-way share and n the sample size of the pooled polls.
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
    """Return the pool of each forecaster's latest probability that the first of two winners wins."""
    latest = {row.forecaster: row for row in sorted(rows, key=lambda row: row.date)}
    given = [row.probability if row.winner == winner else 1 - row.probability for row in latest.values()]
    return crowd_probability(given) if given else None
