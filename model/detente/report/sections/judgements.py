"""Section 2, key judgements: the explanation, what will happen, what depends on the election, what carries it all."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Literal

from detente.report.confidence import left_out
from detente.report.names import election, hypotheses, lead_name, settled, winner_label
from detente.report.prose import MCSE_SHOWN, Chance, cardinal, chance, date, name, on, window_chance
from detente.report.sections.outcomes import by_process, competing, ends

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from detente.dossier import Dossier
    from detente.forecast.result import Forecast, OutcomeForecast

MOST = 6
LEVEL = 1e-6
"""A relative difference that is none."""
STEADY = 0.01
"""A point: what moves the answer by less does not carry it."""
Kind = Literal["explanation", "even", "vote", "outcome", "any", "settled", "winner", "pillar", "steady"]


@dataclass(frozen=True)
class KeyJudgement:
    """One judgement; which of the fields are filled depends on ``kind``, and the template words it.

    ``beside`` are further outcomes, or winners, each with its probability; ``fits`` says that no other explanation has
    gained more by the evidence, ``at`` whether an outcome is asked of all days up to one (by) or of that day (on).
    """

    kind: Kind
    subject: str
    chance: Chance
    see: str
    when: str = ""
    before: str = ""
    after: str = ""
    other: str = ""
    other_chance: Chance | None = None
    detail: str = ""
    last: bool = False
    fits: bool = True
    at: str = "by"
    beside: tuple[tuple[str, Chance], ...] = ()


def build(dossier: Dossier) -> SimpleNamespace:
    """Build the key judgements, as many as the forecast supports and at most six.

    First what a reader asks about: which explanation, who wins, and what comes of each process, in the order of the
    case; then, where there is room, what hangs on the winner, and last what carries the answer.
    """
    forecast = dossier.forecast
    judgements = [_explanation(forecast), *_vote(forecast)]
    pillar, winner = _pillar(forecast), _winner(forecast)
    happenings = sorted(_happenings(forecast), key=lambda j: j.kind == "settled")
    judgements += happenings[: MOST - len(judgements) - (pillar is not None)]
    room = MOST - len(judgements) - (pillar is not None)
    return SimpleNamespace(judgements=(*judgements, *filter(None, (winner if room else None, pillar))))


def _vote(forecast: Forecast) -> Iterator[KeyJudgement]:
    """Yield who will win the election, while that is open."""
    vote = election(forecast)
    if vote.state not in {"ahead", "counting"}:
        return
    first, *others = sorted(forecast.election.values(), key=lambda winner: -winner.probability)
    chances = [(one.label, chance(one.probability, mcse=one.mcse)) for one in (first, *others)]
    yield KeyJudgement("vote", chances[0][0], chances[0][1], "outcomes", when=vote.date, beside=tuple(chances[1:]))


def _explanation(forecast: Forecast) -> KeyJudgement:
    lead, second = hypotheses(forecast)[:2]
    even = lead.posterior.probability - second.posterior.probability < MCSE_SHOWN
    gains = {id_: one.posterior / one.prior for id_, one in forecast.hypotheses.items()}
    return KeyJudgement(
        "even" if even else "explanation", lead.name, lead.posterior, "evidence", other=second.name,
        other_chance=second.posterior, detail=lead.prior.number, last=len(forecast.hypotheses) == 2,  # noqa: PLR2004 - no third one
        fits=lead.prior.number == second.prior.number if even else gains[lead.id] >= (1 - LEVEL) * max(gains.values()),
    )  # fmt: skip


def _happenings(forecast: Forecast) -> Iterator[KeyJudgement]:
    """Yield one judgement a process: its likeliest open outcome and its furthest, or its competing outcomes."""
    for process, members in by_process(forecast).items():
        kinds, rungs = competing(forecast, members)
        done = next((kind for kind in kinds if kind.happened), None)
        if done is not None:
            yield _settled(name(process), done)
        elif any(not settled(kind) for kind in kinds):
            yield _any(forecast, process, kinds)
        if reached := [rung for rung in rungs if rung.happened]:
            yield _settled("", max(reached, key=lambda rung: (rung.happened or dt.date.min, rungs.index(rung))))
        open_rungs = [rung for rung in rungs if rung.happened is None and rung.possible]
        if open_rungs:
            first = max(open_rungs, key=lambda rung: rung.horizon.probability)
            yield _outcome(forecast, first, [rung for rung in ends(forecast, tuple(open_rungs)) if rung != first])


def _settled(process: str, outcome: OutcomeForecast) -> KeyJudgement:
    """Return what has happened: the kind that came, or the last rung that was reached."""
    day = on(outcome.happened, outcome.precision) if outcome.happened else ""
    return KeyJudgement("settled", process, window_chance(outcome.horizon), "outcomes", when=day, other=outcome.label)


def _outcome(forecast: Forecast, outcome: OutcomeForecast, furthest: Sequence[OutcomeForecast]) -> KeyJudgement:
    before, after = outcome.before_election, outcome.after_election
    return KeyJudgement(
        "outcome",
        outcome.label,
        window_chance(outcome.horizon),
        "outcomes",
        when=date(forecast.horizon),
        at=_at(outcome),
        before=window_chance(before).number if before else "",
        after=window_chance(after).number if before and after else "",
        beside=tuple((rung.label, window_chance(rung.horizon)) for rung in furthest),
    )


def _at(outcome: OutcomeForecast) -> str:
    return "on" if outcome.asks else "by"


def _any(forecast: Forecast, process: str, kinds: tuple[OutcomeForecast, ...]) -> KeyJudgement:
    """Competing kinds exclude each other, so their probabilities add up."""
    likeliest, *rest = sorted(kinds, key=lambda kind: -kind.horizon.probability)
    before = [kind.before_election for kind in kinds if kind.before_election]
    return KeyJudgement(
        "any",
        name(process),
        chance(min(1.0, sum(kind.horizon.probability for kind in kinds)), mcse=max(k.horizon.mcse for k in kinds)),
        "outcomes",
        when=date(forecast.horizon),
        before=chance(min(1.0, sum(window.probability for window in before))).number if before else "",
        other=likeliest.label,
        other_chance=window_chance(likeliest.horizon),
        detail=f"{cardinal(len(kinds))} competing outcomes",
        beside=tuple((kind.label, window_chance(kind.horizon)) for kind in rest if not settled(kind)),
    )


def _winner(forecast: Forecast) -> KeyJudgement | None:
    """Return the outcome on which the election's winner makes the largest difference."""
    if forecast.inputs.winner is not None:
        return None
    open_ones = [o for o in forecast.outcomes.values() if len(o.horizon.by_winner) > 1 and not settled(o)]
    if not open_ones:
        return None

    def spread(outcome: OutcomeForecast) -> float:
        return max(outcome.horizon.by_winner.values()) - min(outcome.horizon.by_winner.values())

    outcome = max(open_ones, key=spread)
    table = outcome.horizon.by_winner
    if spread(outcome) < 0.01:  # noqa: PLR2004 - less than a point is no difference
        return None
    high, low = max(table, key=lambda w: table[w]), min(table, key=lambda w: table[w])
    return KeyJudgement(
        "winner",
        outcome.label,
        chance(table[high]),
        "outcomes",
        when=date(forecast.horizon),
        at=_at(outcome),
        other=winner_label(forecast.inputs, low),
        other_chance=chance(table[low]),
        detail=winner_label(forecast.inputs, high),
    )


def _pillar(forecast: Forecast) -> KeyJudgement | None:
    """Return the cluster, item or record without which the answer moves most."""
    lead = forecast.leading
    now = forecast.hypotheses[lead].posterior
    pillars = list(left_out(forecast))
    if not pillars:
        return None
    label, without = max(pillars, key=lambda pillar: abs(pillar[1][lead] - now))
    steady = abs(without[lead] - now) < STEADY
    return KeyJudgement(
        "steady" if steady else "pillar",
        lead_name(forecast),
        chance(now if steady else without[lead]),
        "evidence",
        other=label,
        detail=chance(now).number,
    )
