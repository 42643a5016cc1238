"""What things are called, and the English for the codes that results carry.

An explanation, a winner and an outcome have a label for prose; an id never stands in a sentence.  Items, clusters and
processes have none: their ids stand there as words, in quotation marks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from detente.case.election import ELECTION
from detente.case.phases import main_regime, part_of
from detente.report.prose import (
    Chance,
    between,
    capital,
    chance,
    date,
    interval,
    listed,
    name,
    on,
    percent,
    signed_number,
)
from detente.report.tables import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from detente.case import Case, CaseRecord
    from detente.diagnostics import Check
    from detente.forecast.result import Forecast, Interval, OutcomeForecast

    Labels = Mapping[str, str]
    from detente.analysis.results import Conflict, Indicator, Share

NO_LONGER = "can no longer happen"
ANOTHER_LEADS = "lead"
"""The effect of a tipping point that another explanation leads."""
BEFORE_ELECTION = ".before_election"
STATED = {
    "discrimination": "discrimination",
    "persistence": "persistence",
    "assumed_mass": "coverage assumed for stated 90% intervals",
    "outside_view": "{} of the outside view",
    "correlation": "correlation within “{}”",
    "prior": "prior of {}",
    "reliability": "weight kept of a source graded {}",
    "credibility": "weight kept of a claim graded {}",
    "election": "prior of “{}”",
    "polls": "polls: {}",
}
PROBABILITIES = {"likelihood", "prior", "intensity", "election"}
"""Kinds of stated numbers that are probabilities."""
POLLS = {
    "house_sd": "spread of house effects",
    "bias_sd": "error shared by all polls",
    "walk_sd": "daily change of opinion",
    "excess_sd": "error beyond sampling",
    "start_sd": "spread at the first poll",
    "kind_sd": "effect of the question asked",
    "design_effect": "design effect",
    "degrees": "degrees of freedom of what polls cannot show",
}


def labels(case: Case | CaseRecord) -> Labels:
    """Return the label of every outcome, winner, phase, occasion and explanation of a case by its id.

    And of each step that its end does not tell from another: in full.
    """
    winners = case.election.winners if case.election else ()
    called = {outcome.id: outcome.label for outcome in case.outcomes} | {winner.id: winner.label for winner in winners}
    called |= {phase.id: phase.label for phase in case.phases} | {one.id: one.label for one in case.occasions}
    ends = Counter(step.target for step in case.transitions)
    called |= {s.id: step_name(s.process, s.source, s.target) for s in case.transitions if ends[s.target] > 1}
    return called | {hypothesis.id: hypothesis.label for hypothesis in case.hypotheses}


def label(forecast: Forecast, hypothesis: str) -> str:
    """Return how prose calls an explanation."""
    return next((h.label for h in forecast.inputs.hypotheses if h.id == hypothesis), name(hypothesis))


@dataclass(frozen=True)
class HypothesisView:
    """One explanation; ``look`` is its place among the colours and hatches."""

    id: str
    name: str
    statement: str
    prior: Chance
    posterior: Chance
    bounds: Interval
    leading: bool
    look: int

    @property
    def between(self) -> str:
        """The 90% credible interval, as a sentence has it."""
        return between(self.bounds)

    @property
    def interval(self) -> str:
        """The 90% credible interval, as a table shows it."""
        return interval(self.bounds)


def hypotheses(forecast: Forecast) -> tuple[HypothesisView, ...]:
    """Return the explanations, likeliest first."""
    views = [
        HypothesisView(
            key, label(forecast, key), answer.statement, chance(answer.prior),
            chance(answer.posterior, answer.term, answer.mcse), answer.interval, key == forecast.leading, look,
        )
        for look, (key, answer) in enumerate(forecast.hypotheses.items())
    ]  # fmt: skip
    return tuple(sorted(views, key=lambda view: (not view.leading, -view.posterior.probability)))


def lead_name(forecast: Forecast) -> str:
    """Name the leading explanation."""
    return label(forecast, forecast.leading)


def rivals(forecast: Forecast) -> str:
    """Name what the evidence against the leading explanation supports."""
    others = [label(forecast, key) for key in forecast.hypotheses if key != forecast.leading]
    return others[0] if len(others) == 1 else "the other explanations"


def as_headline(forecast: Forecast) -> Kind:
    """Return the kind of what the leading explanation's probability would be.

    Such numbers are exact, and the headline may be sampled.  One that rounds like the exact answer is shown as the
    headline, so that one quantity has one value on the page.
    """
    lead = forecast.hypotheses[forecast.leading]

    def worded(probability: float) -> str:
        shown = percent(probability)
        return percent(lead.posterior) if shown == percent(lead.exact) else shown

    return Kind("number", worded)


@dataclass(frozen=True)
class ElectionView:
    """The election, if there is one: ``ahead`` of the cut-off, decided, or held while the ``counting`` goes on."""

    state: Literal["none", "ahead", "counting", "past"]
    date: str
    winner: str


def election(forecast: Forecast) -> ElectionView:
    """Tell whether there is an election, and on which side of it the cut-off lies."""
    if forecast.election_date is None or not forecast.election:
        return ElectionView("none", "", "")
    day = date(forecast.election_date)
    winner = forecast.inputs.winner
    if winner is not None and winner in forecast.election:
        return ElectionView("past", day, forecast.election[winner].label)
    return ElectionView("counting" if forecast.inputs.is_counting else "ahead", day, "")


def step_name(process: str, source: str, target: str) -> str:
    """Return a step in words.

    >>> step_name("ladder", "ministers_met", "leaders_met")
    'Ladder: ministers met → leaders met'
    """
    return f"{capital(name(process))}: {name(source)} → {name(target)}"


def winner_label(case: Case, winner: str) -> str:
    """Return how a winner is called, or its id in words."""
    return labels(case).get(winner, name(winner))


def regime_name(case: Case, regime: str) -> str:
    """Say when a stated pace holds.

    Of a part of a regime, its phase or occasion; the regime is named where the part is stated in several.
    """
    main, part = main_regime(regime), part_of(regime)
    if part is not None:
        called = labels(case)[part]
        is_shared = sum(part_of(name) == part for name in case.regimes) > 1
        return f"{called} ({regime_name(case, main)})" if is_shared else called
    if main == "before":
        return "before the election" if case.election else "at any time"
    return f"after the election: {winner_label(case, main.removeprefix('after:'))}"


def settled(outcome: OutcomeForecast) -> str:
    """Say that an outcome is no longer open, or nothing while it is."""
    if outcome.happened is not None:
        return f"happened {on(outcome.happened, outcome.precision)}"
    return "" if outcome.possible else NO_LONGER


def settled_election(case: Case, winner: str) -> str:
    """Say that somebody has won the election, or can no longer; nothing while it is open."""
    if case.winner is None:
        return ""
    event = next(event for event in case.events if event.process == ELECTION and event.state == case.winner)
    return f"happened {on(event.first, event.precision)}" if winner == case.winner else NO_LONGER


def headline_name(headline: str, called: Labels) -> str:
    """Name a headline, such as ``“The leaders meet” before the election``."""
    before = headline.endswith(BEFORE_ELECTION)
    key = headline.removesuffix(BEFORE_ELECTION)
    return f"“{called.get(key, name(key))}”{' before the election' * before}"


def stated_name(kind: str, identifier: str, called: Labels) -> str:
    """Name a number that the assessor stated, such as ``likelihood of “kalin warning” under an election tactic``."""

    def name_of(key: str) -> str:
        return called.get(key, name(key))

    if kind == "likelihood":
        item, _, hypothesis = identifier.partition(":")
        return f"likelihood of “{name(item)}” under {name_of(hypothesis)}"
    if kind == "intensity":
        process, step, hypothesis, *when = identifier.split(":", 3)
        said = "".join(f", {_when(regime, name_of)}" for regime in when)
        what = called.get(f"{process}:{step}", name(step.partition(">")[2]))
        return f"pace of “{what}” under {name_of(hypothesis)}{said}"
    if kind == "coupling":
        _, step, reached = identifier.split(":")
        return f"effect of “{name(reached.partition('=')[2])}” on the pace of “{name(step.partition('>')[2])}”"
    if kind == "polls":
        return STATED[kind].format(POLLS.get(identifier, name(identifier)))
    if (kind, identifier) == ("outside_view", "apart"):
        return "distance of this case from its reference class"
    return STATED[kind].format(identifier if kind in {"reliability", "credibility"} else name_of(identifier))


def _when(regime: str, name_of: Callable[[str], str]) -> str:
    """Say when a pace that an assessor stated holds, by its regime or the part of one."""
    if part := part_of(regime):
        return name_of(part)
    if regime == "before":
        return "before the election"
    return f"after “{name_of(regime.removeprefix('after:'))}”"


def stated_value(kind: str, value: float) -> str:
    """Return a number that the assessor stated: a probability in percent, anything else as it is.

    >>> stated_value("likelihood", 0.23), stated_value("correlation", 0.5)
    ('23%', '0.5')
    """
    return percent(value) if kind in PROBABILITIES else f"{value:.2g}"


def parameter_name(key: str) -> str:
    """Return a parameter's name in words.

    >>> parameter_name("step_effect[ladder:ministers_met>leaders_met]")
    'step effect: ladder: ministers met → leaders met'
    """
    return name(key.removesuffix("]").replace("[", ": ").replace(":", ": ").replace(":  ", ": ").replace(">", " → "))


def check_finding(check: Check) -> str:
    """Return what a diagnostic found, the quantity it names in words."""
    if check.quantity is None:
        return check.finding
    return check.finding.replace(check.quantity, f"“{parameter_name(check.quantity)}”")


RANGES = {
    "stated": "its stated low and high",
    "own_prior": "the 5% and 95% points of its own prior",
    "next_grade": "the next lower and higher value in the table",
    "none_and_all": "none of it and all of it",
    "assumed_mass": "intervals at their worst, and intervals taken at their word",
    "none_and_twice": "none of it and twice the stated weight",
    "like_and_unlike": "a member of the class, and a case that may be seven times as fast or slow",
    "half_and_twice": "half and twice the stated value",
}
UNITS = {
    "half_interval": "half-intervals",
    "standard_deviation": "standard deviations",
    "difference": "as a difference",
    "step": "steps",
}
PARAMETERS = {
    "prior": "the prior of {}",
    "discrimination": "how much of every stated contrast is kept",
    "correlation": "one correlation within every cluster",
    "reliability": "one share of its weight kept of every item",
}
"""What a parameter that goes from end to end is."""
CAUSES = {
    "prior": "the prior",
    "discrimination": "the discrimination",
    "dependence": "the dependence within clusters",
    "likelihoods": "the likelihoods of items outside clusters",
    "intensities": "the pace of the steps",
    "election": "the election",
    "sum": "sum of all",
}
LADDER = {
    "naive_bayes": "independent items, best guesses taken as certain",
    "judgements": "+ source grades",
    "discrimination": "+ overstated contrasts (discrimination)",
    "dependence": "+ items that repeat each other (dependence)",
    "record": "+ the record of steps taken and not taken",
}
"""The rungs from independent evidence to the whole model."""
VERDICTS = {
    "no_evidence": "There is no evidence yet to tell.",
    "rare_under_every_hypothesis": (
        "Perhaps: this evidence would be rare under every explanation, so one may be missing or a judgement off."
    ),
    "better_than_chance": (
        "The evidence cannot tell. Nearly every item turned out as it was likelier to, more often than chance allows: "
        "the record may list what was seen and omit what was not."
    ),
    "rare": "The evidence was unlikely under the model as a whole: the judgements deserve a second look.",
    "expected": "Nothing suggests it: the evidence as a whole was to be expected.",
}
"""Whether an explanation is missing."""
RARE = 0.05
"""Probability, before the fact, of evidence that was not to be expected."""
NO_POWER = "Power-scaling needs the draws of a NUTS run on the same inputs: `detente run` makes one."


def cause_name(share: Share) -> str:
    """Name a cause of variance, such as ``the likelihoods of “vote”``."""
    return f"the likelihoods of “{name(share.id)}”" if share.id else CAUSES[share.kind]


def indicator_text(indicator: Indicator) -> str:
    """Say what would be seen; a step that no outcome of the case names is named after its state."""
    if indicator.text:
        return indicator.text
    process, _, state = indicator.id.partition(":")
    return f"{name(process)} reaches {name(state)}"


def conflict_words(conflict: Conflict) -> str:
    """Say whether the evidence suggests that an explanation is missing, and whether the items agree."""
    first = VERDICTS[conflict.verdict]
    if not conflict.whole.items:
        return first
    way = "contradict" if conflict.whole.conflict > 0 else "support"
    rare = [f"“{name(row.id)}”" for row in conflict.clusters if max(tail for _, tail in row.by_hypothesis) < RARE]
    last = f" Rare under every explanation: {listed(rare)}." if rare else ""
    return f"{first} The items {way} each other ({signed_number(conflict.whole.conflict, 1)} bits of conflict).{last}"
