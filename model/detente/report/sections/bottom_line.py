"""Section 1, the bottom line: which explanation leads, what will happen, and confidence in its own sentence."""

from __future__ import annotations

from itertools import accumulate
from types import SimpleNamespace
from typing import TYPE_CHECKING, Literal

from detente.report.confidence import Confidence, Reason, confidence
from detente.report.figures.dots import DOTS, estimative_scale, hundred_dots, hundredths
from detente.report.names import HypothesisView, hypotheses, settled
from detente.report.prose import (
    MCSE_SHOWN,
    capital,
    cardinal,
    count,
    listed,
    name,
    percent,
    points,
    whole,
    window_chance,
)
from detente.report.sections.outcomes import by_process, competing, ends
from detente.report.specs import Figure
from detente.report.tables import Column, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.analysis.attribution import Contribution
    from detente.dossier import Dossier
    from detente.forecast.result import Forecast

WIDE = 0.3
"""An interval wider than this says that the judgements are loose."""
OUTCOME_WORDS = 40
"""About as many words may say what will happen..."""
REASON_WORDS, TIED_WORDS = 14, 12
"""...where the reasons for the confidence are no more than these; a tie takes some more."""
MOVERS = 2
LEAST = 0.0005
"""A move below a twentieth of a point is none worth a name."""


def build(dossier: Dossier) -> SimpleNamespace:
    """Build the bottom line: the answer, what will happen by the horizon, and how far both may be relied on."""
    forecast = dossier.forecast
    views, basis = hypotheses(forecast), confidence(forecast, dossier.sensitivity)
    why, tied = reasons(basis, len(forecast.evidence)), _tied(views)
    ahead = tuple(_ahead(forecast))
    room = OUTCOME_WORDS - max(0, len(why.split()) - REASON_WORDS) - TIED_WORDS * bool(tied)
    low, high = views[0].bounds
    return SimpleNamespace(
        hypotheses=views,
        leading=views[0],
        is_wide=high - low > WIDE,
        statements=tuple((capital(view.name), view.statement) for view in views),
        tied=tied,
        has_evidence=bool(forecast.evidence or forecast.records),
        # As many as about so many words hold, at least one.
        ahead=ahead[: max(1, sum(words <= room for words in accumulate(len(text.split()) for text in ahead)))],
        change=_change(dossier),
        confidence=basis,
        reasons=why,
        figures=(_scale(views), _icons(views)),
    )


def _tied(views: tuple[HypothesisView, ...]) -> tuple[str, ...]:
    """Return the names of those that share the lead to within half a point; none where one leads."""
    best = views[0].posterior.probability
    tied = tuple(view.name for view in views if best - view.posterior.probability < MCSE_SHOWN)
    return tied if len(tied) > 1 else ()


def _ahead(forecast: Forecast) -> Iterator[str]:
    """Yield what may happen by the horizon: of each process the competing outcomes, the likeliest one, the ends."""
    later = []
    for process, members in by_process(forecast).items():
        apart, rungs = competing(forecast, members)
        still = tuple(outcome for outcome in apart if not settled(outcome))
        if len(still) > 1:
            together = percent(min(1.0, sum(outcome.horizon.probability for outcome in still)))
            yield f"one of the {cardinal(len(still))} competing “{name(process)}” outcomes, {together}"
        ranked = sorted((o for o in rungs if not settled(o)), key=lambda o: -o.horizon.probability)
        ranked += still * (len(still) == 1)
        texts = [
            f"{outcome.label}{' on that day' * bool(outcome.asks)}, {window_chance(outcome.horizon).number}"
            for outcome in ranked
        ]
        yield from texts[:1]
        last = ends(forecast, tuple(ranked))
        later += [text for outcome, text in zip(ranked[1:], texts[1:], strict=True) if outcome in last]
    yield from later


def reasons(basis: Confidence, items: int) -> str:
    """Return why confidence is what it is: for a low one every line of the rule it is low by, else what was looked at.

    A single source comes first: it is behind everything else.
    """
    if not basis.mover:
        return "there is no evidence yet"
    move = points(basis.largest_move)
    most = move if move.startswith("less") else f"at most {move}"
    steady = f"leaving out any one {basis.parts} moves the answer by {most}"
    weak = f"weak sources carry {percent(basis.weak_share)} of the weight of evidence"
    single = f"all {count(items, 'item')} come through one source" if basis.source else ""
    if basis.level != "low":
        return f"{steady}, but {single}" if single else f"{steady}, and {weak}"
    low, high = map(percent, basis.prior_answers)
    is_prior = basis.prior_width > basis.width / 2
    told: dict[Reason | Literal["single"], str] = {
        "single": single,
        "computation": "the computation did not pass its own checks",
        "turns": f"without {basis.turner} another explanation would lead",
        "moves": f"leaving out {basis.mover} moves the answer by {move}",
        "wide": f"the prior alone moves the answer from {low} to {high}"
        if is_prior
        else "the judgements leave much open",
        "weak": weak,
        "few": f"the items come in {'a single group' if basis.groups == 1 else count(basis.groups, 'group')}",
        "prior": "a slightly lower prior would change the lead"
        if percent(basis.break_even) == percent(basis.prior)
        else f"a prior of {percent(basis.break_even)} instead of {percent(basis.prior)} would change the lead",
    }
    fired = [text for reason, text in told.items() if text and (reason in basis.reasons or reason == "single")]
    if len(fired) == 1 and not {"computation", "turns", "moves"} & {*basis.reasons}:
        return f"{fired[0]}, while {steady}"
    return ", and ".join(filter(None, ("; ".join(fired[:-1]), fired[-1])))


def _change(dossier: Dossier) -> SimpleNamespace | None:
    """Build how far the leading explanation moved since an update, by the exact answer, and the largest movers.

    Nothing for a run that no update made.
    """
    forecast, change, lead = dossier.forecast, dossier.change, dossier.forecast.leading
    if change is None:
        return None
    ranked = sorted(change.contributions, key=lambda move: -abs(move.hypotheses[lead]))[:MOVERS]
    return SimpleNamespace(
        since=change.since,
        difference=forecast.hypotheses[lead].exact - change.hypotheses[lead],
        movers=tuple((_mover(move), move.hypotheses[lead]) for move in ranked if abs(move.hypotheses[lead]) >= LEAST),
    )


def _mover(move: Contribution) -> str:
    known = {
        "time": "the time that has passed",
        "priors": "the revised priors",
        "question": "the changed question",
        "polls": "the polls",
        "silent": f"“{name(move.id)}”, which has not come",
        "withdrawn": f"“{name(move.id)}”, withdrawn",
        "schedule": "the date of the election",
        "event": f"“{name(move.id.rpartition('> ')[2])}”",
    }
    return known.get(move.kind, f"“{name(move.id)}”" if move.id else "everything else")


def _scale(views: tuple[HypothesisView, ...]) -> Figure:
    lead = views[0]
    return Figure(
        name="hypotheses",
        title=f"{capital(lead.name)}: {lead.posterior.full}",
        description=(
            "The probability of each explanation on the scale of estimative words, from 0 to 100%. "
            + " ".join(
                f"{capital(v.name)}: {v.posterior.number}, 90% credible interval {v.between}; before the evidence "
                f"{v.prior.number}."
                for v in views
            )
        ),
        drawing=estimative_scale(views),
        note="Symbol: now. Line: before the evidence. Pale bar: 90% credible interval.",
        data=table(
            "The explanations before and after the evidence",
            views,
            Column("Explanation", lambda view: view.name),
            Column("Before", lambda view: view.prior.number, "number"),
            Column("Now", lambda view: view.posterior.number, "number"),
            Column("90% interval", lambda view: view.interval, "number"),
            Column("In words", lambda view: f"{view.posterior.word} ({view.posterior.span})"),
        ),
    )


def _icons(views: tuple[HypothesisView, ...]) -> Figure:
    counts = hundredths([v.posterior.probability for v in views])
    shares = tuple((v.name, count, v.look) for v, count in zip(views, counts, strict=True))
    tied = _tied(views)
    likely = f"{'each ' * bool(tied)}as likely as drawing one of {whole(views[0].posterior.probability)}"
    if counts[0] == DOTS:
        likely = f"likelier than drawing one of {DOTS - 1}"
    return Figure(
        name="icons",
        title=f"{capital(listed(tied) if tied else views[0].name)}: {likely} marked balls from {DOTS}",
        description=f"{DOTS} dots, of which " + listed([f"{n} stand for {name}" for name, n, _ in shares]) + ".",
        drawing=hundred_dots(shares),
    )
