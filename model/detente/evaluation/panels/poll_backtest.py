"""Forecast votes that are past from their polls, with errors learned from all the others, and score the forecasts.

A forecast is made so many days before the vote from the polls that had ended by then, if there were enough of them; a
contest whose polls are all of the last three weeks is forecast once, from all of them.  The day of the vote is left out
whole when the errors that its forecasts use are learned, every contest of that day with it.

The yardstick is what a spreadsheet would do: the mean of the same polls, normal, with the root mean square by which
that mean missed the results of all other days' contests of the group, at the same lead.  A sharper one takes the polls
of the last three weeks before the newest only.

References
----------
Gneiting, T. and Raftery, A. E. (2007), Strictly proper scoring rules, prediction, and estimation.  JASA 102 (the CRPS).
Grimit, E. P., Gneiting, T., Berrocal, V. J. and Johnson, N. A. (2006), The continuous ranked probability score for
circular variables and its application to mesoscale forecast ensemble verification.  QJRMS 132 (mixtures of normals).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from detente.case.polls import FEWEST_POLLS, PollPriors
from detente.evaluation.panels.poll_fit import PollErrorFit, PollErrors, learn, pool
from detente.exact.polls import share_posterior
from detente.inference import Progress, silent
from detente.scoring import interval, resampled_means
from detente.settings import DEFAULT_RANDOM_SEED

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from detente.arrays import Floats, Integers
    from detente.case.past_polls import PastVote


LEADS = (14, 30, 60, 90, 120, 180, 270, 365)
"""Days before the vote on which a contest is forecast."""
SHORT = 21
"""Days: polls of a contest all within so many are one forecast; and those that the sharper yardstick takes."""
GROUPS: Mapping[str, str] = {
    "fte": "US, last three weeks",
    "potus": "US, months ahead",
    "bundestag": "German votes",
    "landtag": "German votes",
}
"""Names of the groups that panels of public collections are shown in; any other panel is a group of its own."""


@dataclass(frozen=True)
class PollForecastScore:
    """One forecast of a past vote: its group, day, and days ahead; shares between 0 and 1.

    ``rank`` is the probability that the forecast gave to a share below the one that came.
    """

    group: str
    kind: str
    race: str
    vote: dt.date
    lead: int
    share: float
    low: float
    high: float
    rank: float
    crps: float
    mean: float
    recent: float
    result: float


@dataclass(frozen=True)
class PollScore:
    """The scores of a group, CRPS in points of the two-way share.

    ``contests`` and ``days`` are how many different ones its ``forecasts`` are of.  ``ratio`` is ours over the mean of
    the polls with the error of other votes at that lead, ``sharper`` over the mean of the newest; intervals are 90%, by
    whole days of votes.  ``held`` is the share of results inside our 90% intervals, ``yardstick_held`` inside the
    yardstick's.
    """

    group: str
    forecasts: int
    contests: int
    days: int
    crps: float
    yardstick: float
    ratio: float
    ratio_interval: tuple[float, float]
    sharper: float
    sharper_interval: tuple[float, float]
    held: float
    held_interval: tuple[float, float]
    yardstick_held: float


@dataclass(frozen=True)
class PollPanel:
    """What a table of past votes taught: how polls err by kind, and of any other; and how forecasts with it did."""

    polls: int
    contests: int
    days: int
    learned: Mapping[str, PollErrors]
    other: PollErrors
    scores: tuple[PollScore, ...]

    @property
    def priors(self) -> Mapping[str, PollPriors]:
        """The errors by kind of vote, as a case may state them."""
        return {kind: errors.priors for kind, errors in self.learned.items()}

    def to_json(self) -> dict[str, object]:
        """Return it by name: the errors with their 90% intervals, and the scores out of sample."""
        named = {**self.learned, "other": self.other}
        return {
            "polls": self.polls,
            "contests": self.contests,
            "days": self.days,
            "errors": {kind: errors.to_json() for kind, errors in named.items()},
            "scores": [asdict(score) for score in self.scores],
        }


def prove_polls(
    votes: Sequence[PastVote], random_seed: int = DEFAULT_RANDOM_SEED, progress: Progress = silent
) -> tuple[PollPanel, tuple[PollForecastScore, ...]]:
    """Learn how polls err from past votes, and score forecasts of each with what the others taught; return both.

    Raises
    ------
    CalibrationError
        If a kind has votes on too few days.
    """
    learned, made = learn(votes), forecasts(votes, progress=progress)
    panel = PollPanel(
        polls=sum(len(vote.polls) for vote in votes),
        contests=len(votes),
        days=len({vote.date for vote in votes}),
        learned=learned,
        other=pool(learned),
        scores=tally(made, random_seed),
    )
    return panel, made


def score_polls(
    priors: Mapping[str, PollPriors],
    votes: Sequence[PastVote],
    random_seed: int = DEFAULT_RANDOM_SEED,
    *,
    past: Sequence[PastVote] = (),
) -> tuple[PollScore, ...]:
    """Score forecasts of other votes with errors learned or stated before; a kind unknown has those of ``other``.

    With ``past`` the yardsticks have the errors that the mean of the polls had on those votes.
    """
    return tally(forecasts_with(votes, priors), random_seed, past=forecasts_with(past, priors))


def forecasts(votes: Sequence[PastVote], *, progress: Progress = silent) -> tuple[PollForecastScore, ...]:
    """Forecast every past vote at every lead, each with errors learned from the votes of other days."""
    made: list[PollForecastScore] = []
    kinds = sorted({vote.kind for vote in votes})
    for number, kind in enumerate(kinds):
        of_kind = [vote for vote in votes if vote.kind == kind]
        fitted = PollErrorFit(kind, of_kind)
        for day in fitted.days:
            prior = fitted.errors(without=day).priors
            for vote in of_kind:
                if vote.date == day:
                    made += _forecasts(vote, prior)
        progress("forecasting past votes", (number + 1) / len(kinds))
    return tuple(made)


def forecasts_with(votes: Sequence[PastVote], priors: Mapping[str, PollPriors]) -> tuple[PollForecastScore, ...]:
    """Forecast past votes with stated errors, by kind of vote: those learned from other tables, or the defaults."""
    return tuple(made for vote in votes for made in _forecasts(vote, priors.get(vote.kind) or priors["other"]))


def tally(
    made: Sequence[PollForecastScore],
    random_seed: int = DEFAULT_RANDOM_SEED,
    *,
    past: Sequence[PollForecastScore] = (),
) -> tuple[PollScore, ...]:
    """Score forecasts by group beside the yardsticks, those that a yardstick could be had for.

    The yardsticks' errors are those of the other days, or where there are forecasts of the ``past``, theirs.
    """
    scores = []
    for group in dict.fromkeys(one.group for one in made):
        before = [one for one in past if one.group == group]
        score = _tally(group, [one for one in made if one.group == group], before, random_seed)
        scores += [] if score is None else [score]
    return tuple(scores)


def crps_normal(mean: Floats, sd: Floats, result: Floats) -> Floats:
    """Return the continuous ranked probability score of normal forecasts."""
    import scoringrules

    return np.asarray(scoringrules.crps_normal(result, mean, sd))


def _forecasts(vote: PastVote, prior: PollPriors) -> list[PollForecastScore]:
    import scoringrules

    if vote.result is None or not vote.polls:
        return []
    before = np.array([(vote.date - poll.end).days for poll in vote.polls])
    shown = np.array([poll.incumbent / (poll.incumbent + poll.opponent) for poll in vote.polls])
    made = []
    for lead in (0,) if before.max() <= SHORT else LEADS:
        known = before >= lead
        if known.sum() < FEWEST_POLLS:
            continue
        polls = [poll for poll, is_known in zip(vote.polls, known, strict=True) if is_known]
        posterior = share_posterior(polls, prior, vote.date)
        sd, weight = posterior.mixture
        made.append(
            PollForecastScore(
                group=GROUPS.get(vote.panel, vote.panel or "all"),
                kind=vote.kind,
                race=vote.race,
                vote=vote.date,
                lead=lead,
                share=posterior.share,
                low=posterior.quantile(0.05),
                high=posterior.quantile(0.95),
                rank=posterior.below(vote.result),
                crps=100 * float(scoringrules.crps_mixnorm(vote.result, np.full(sd.size, posterior.share), sd, weight)),
                mean=float(shown[known].mean()),
                recent=float(shown[known & (before < before[known].min() + SHORT)].mean()),
                result=vote.result,
            )
        )
    return made


def _tally(
    group: str, made: Sequence[PollForecastScore], past: Sequence[PollForecastScore], random_seed: int
) -> PollScore | None:
    day = np.array([one.vote.toordinal() for one in made])
    lead = np.array([one.lead for one in made])
    ours, result = np.array([one.crps for one in made]), np.array([one.result for one in made])
    mean, recent = np.array([one.mean for one in made]), np.array([one.recent for one in made])
    spread, newest_spread = (
        _error_before(past, of, lead) if past else _error_elsewhere(shown - result, day, lead)
        for of, shown in (("mean", mean), ("recent", recent))
    )
    kept = np.isfinite(spread)
    if not kept.any():
        return None
    theirs = 100 * crps_normal(mean[kept], spread[kept], result[kept])
    sharper = 100 * crps_normal(recent[kept], newest_spread[kept], result[kept])
    inside = np.array([0.05 < one.rank < 0.95 for one in made], dtype=float)[kept]  # noqa: PLR2004 - a 90% interval
    scores = np.stack([ours[kept], theirs, sharper, inside], axis=1)
    drawn = resampled_means(scores, day[kept], random_seed).T
    crps, yardstick, newest, held = map(float, scores.mean(axis=0))
    z = 1.6448536
    return PollScore(
        group=group,
        forecasts=int(kept.sum()),
        contests=len({(one.race, one.vote) for one, is_kept in zip(made, kept, strict=True) if is_kept}),
        days=len(np.unique(day[kept])),
        crps=crps,
        yardstick=yardstick,
        ratio=crps / yardstick,
        ratio_interval=interval(drawn[0] / drawn[1]),
        sharper=crps / newest,
        sharper_interval=interval(drawn[0] / drawn[2]),
        held=held,
        held_interval=interval(drawn[3]),
        yardstick_held=float((np.abs(mean - result)[kept] < z * spread[kept]).mean()),
    )


def _error_elsewhere(error: Floats, day: Integers, lead: Integers) -> Floats:
    """Return the root mean square of the errors of other days' contests at each one's lead; nan where there is none."""
    spread = np.full(error.size, np.nan)
    for at in np.unique(lead):
        members = np.flatnonzero(lead == at)
        for one in np.unique(day[members]):
            others = members[day[members] != one]
            if others.size:
                spread[members[day[members] == one]] = np.sqrt((error[others] ** 2).mean())
    return spread


def _error_before(past: Sequence[PollForecastScore], of: str, lead: Integers) -> Floats:
    """Return the root mean square error of past means at each lead; nan where there is none."""
    error = np.array([getattr(one, of) - one.result for one in past])
    then = np.array([one.lead for one in past])
    at = {one: float(np.sqrt((error[then == one] ** 2).mean())) for one in np.unique(then).tolist()}
    return np.array([at.get(one, np.nan) for one in lead.tolist()])
