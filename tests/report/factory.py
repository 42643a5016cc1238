"""A neutral, finished forecast, made up, with variants for odd cases: Northland opens to Southland before a vote."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from small import checked

from detente.case.election import Election, ScheduledElection, Winner
from detente.case.evidence import EvidenceItem
from detente.case.intensities import Intensity
from detente.case.likelihoods import Likelihood
from detente.case.outcomes import Outcome
from detente.case.priors import BetaPrior, Coupling, Priors, Reached, WeightedPrior
from detente.case.processes import Process, ProcessStart, Transition
from detente.case.question import Hypothesis, Source
from detente.case.schema import Case
from detente.diagnostics import Check, Diagnostics, ExactAgreement
from detente.dossier import Dossier
from detente.estimative import term
from detente.forecast.result import (
    ClusterWeight,
    Curve,
    EvidenceWeight,
    Forecast,
    HypothesisForecast,
    ModelStep,
    OutcomeForecast,
    ParameterSummary,
    RecordWeight,
    WindowForecast,
    WinnerForecast,
)
from detente.report.document import document
from detente.report.render import markdown_twin


def in_words(dossier: Dossier) -> str:
    """Return the report in Markdown as it is rendered, without drawing its figures, which is what takes time."""
    return markdown_twin(document(dossier))


AS_OF, VOTE, HORIZON = dt.date(2031, 2, 8), dt.date(2031, 5, 14), dt.date(2032, 5, 14)

# id, cluster, seen, grade, P if earnest, P if show, decibans for show, claim
ITEMS = (
    ("ministers_met", "opening", True, "A1", 0.7, 0.6, -0.5, "The two defence ministers met in a third capital."),
    ("friendly_words", "opening", True, "B2", 0.6, 0.7, 0.4, "The president of Northland spoke of a new page."),
    ("vote_moved", "campaign", True, "A1", 0.3, 0.6, 2.2, "The election was moved forward to May."),
    ("survey", "campaign", True, "C3", 0.4, 0.6, 0.9, "A survey found 59% in favour of a meeting of the leaders."),
    ("rivals_pledge", "campaign", True, "B2", 0.5, 0.6, 0.4, "The opposition promised talks as well."),
    ("no_offer", "no_price", False, "B2", 0.55, 0.2, 2.6, "Northland named a concession in public."),
    ("no_counter_offer", "no_price", False, "B3", 0.5, 0.25, 1.1, "Southland named a concession in public."),
    ("threat", None, True, "A2", 0.3, 0.5, 1.4, "A minister said that an operation could begin at any time."),
    ("envoy", None, True, "C3", 0.5, 0.4, -0.7, "An envoy is reported to have carried a draft."),
    ("trade_talks", None, True, "B2", 0.6, 0.35, -1.6, "Customs officials of both sides met twice in January."),
)


def make_case(**changes: Any) -> Case:
    """Return the case behind the forecast."""
    steps = [
        Transition(process="steps", source=a, target=b) for a, b in (("ministers", "leaders"), ("leaders", "embassies"))
    ]
    kinds = [Transition(process="accord", source="no_accord", target=kind) for kind in ("zone", "patrols", "treaty")]
    regimes = ("before", "after:incumbent", "after:opposition")
    fields: dict[str, Any] = {
        "id": "north-south",
        "title": "Northland and Southland: a new page, or a page for the voters?",
        "question": "Is Northland’s opening meant to end in a settlement, or will it be set aside after the election?",
        "source": Source(title="A thaw?", publisher="Institute", date=AS_OF, url="https://example.org/thaw"),
        "information_cutoff": AS_OF,
        "hypotheses": (
            Hypothesis(id="earnest", statement="Northland means to settle, and would go on after the election."),
            Hypothesis(
                id="show", statement="Northland opens for the voters, and would set the opening aside afterwards."
            ),
        ),
        "clusters": {
            "opening": "Parts of one policy launched in the autumn.",
            "campaign": "All reflect one election campaign.",
            "no_price": "Both silences are about the same missing bargain.",
        },
        "election": Election(
            schedule=(ScheduledElection(known_from=dt.date(2030, 1, 1), date=VOTE),),
            winners=(
                Winner(id="incumbent", label="President re-elected"),
                Winner(id="opposition", label="Opposition wins"),
            ),
        ),
        "horizon": HORIZON,
        "processes": (
            Process(
                id="steps",
                states=("ministers", "leaders", "embassies"),
                transitions=tuple(steps),
                start=ProcessStart(state="ministers", date=dt.date(2030, 12, 28)),
            ),
            Process(
                id="accord",
                states=("no_accord", "zone", "patrols", "treaty"),
                transitions=tuple(kinds),
                start=ProcessStart(state="no_accord", date=dt.date(2030, 12, 28)),
            ),
        ),
        "outcomes": (
            Outcome(
                id="leaders",
                label="The leaders meet",
                process="steps",
                state="leaders",
                resolution="Both governments say so.",
            ),
            Outcome(id="embassies", label="Ambassadors are exchanged", process="steps", state="embassies"),
            Outcome(
                id="zone", label="Agreed security zone", process="accord", state="zone", resolution="A signed text."
            ),
            Outcome(id="patrols", label="Joint patrols along the border", process="accord", state="patrols"),
            Outcome(id="treaty", label="Treaty with full withdrawal", process="accord", state="treaty"),
        ),
        "evidence": tuple(
            EvidenceItem(
                id=key,
                date=dt.date(2030, 11, 1) + dt.timedelta(days=9 * i),
                cluster=cluster,
                observed=seen,
                reliability=grade[0],
                credibility=int(grade[1]),
                actor="Northland",
                source=("Institute", "Agency")[i % 2],
                locator=f"p{i + 1}",
                claim=claim,
            )
            for i, (key, cluster, seen, grade, _, _, _, claim) in enumerate(ITEMS)
        ),
        "events": (),
        "priors": Priors(
            hypotheses=WeightedPrior(
                weights={"earnest": 0.5, "show": 0.5},
                concentration=4,
                because="Neither is favoured before the record is read.",
            ),
            discrimination=BetaPrior(mean=0.6, sd=0.15, because="Contrasts are overstated."),
            dependence={
                "default": BetaPrior(mean=0.5, sd=0.15, because="Half of it is shared."),
                "campaign": BetaPrior(mean=0.4, sd=0.15, because="One campaign, several actors."),
            },
            assumed_mass=0.65,
            reliability={"A": 0.98, "B": 0.9, "C": 0.75, "D": 0.5, "E": 0.25, "F": 0.5},
            credibility={1: 1.0, 2: 0.95, 3: 0.8, 4: 0.6, 5: 0.3, 6: 0.7},
            election=WeightedPrior(
                weights={"incumbent": 0.55, "opposition": 0.45}, concentration=10, because="A little above even."
            ),
            couplings=(
                Coupling(
                    process="accord",
                    to="zone",
                    when=Reached(process="steps", reached="leaders"),
                    multiplier=2,
                    because="Leaders who meet wish to show a result.",
                ),
            ),
        ),
        "likelihoods": {
            key: {
                h: Likelihood(low=p - 0.12, mid=p, high=p + 0.12, because=f"Would be {term(p)}.")
                for h, p in (("earnest", earnest), ("show", show))
            }
            for key, _, _, _, earnest, show, _, _ in ITEMS
        },
        "intensities": tuple(
            Intensity(
                transition=step,
                hypothesis=h,
                regime=regime,
                within_days=365,
                low=0.05,
                mid=0.15,
                high=0.3,
                because="A guess.",
            )
            for step in (*steps, *kinds)
            for h in ("earnest", "show")
            for regime in regimes
        ),
        "inputs_sha256": "5f" * 32,
    }
    return checked(Case(**(fields | changes)))


def make_forecast(case: Case | None = None, **changes: Any) -> Forecast:
    """Return the forecast of a case that has the usual outcomes, some of its fields replaced."""
    case = case or make_case()
    weights = {key: db for key, *_, db, _ in ITEMS}
    fields: dict[str, Any] = {
        "case": case.id,
        "title": case.title,
        "question": case.question,
        "as_of": AS_OF,
        "election_date": VOTE,
        "horizon": HORIZON,
        "engine": "nuts",
        "random_seed": 1689,
        "draws": 4000,
        "tune": 1000,
        "chains": 4,
        "inputs_sha256": case.inputs_sha256,
        "versions": {"detente": "0.1.0", "pymc": "6.4.0", "python": "3.13.0"},
        "hypotheses": {
            "earnest": hypothesis(
                "Northland means to settle, and would go on after the election.", 0.5, 0.137, (0.04, 0.31)
            ),
            "show": hypothesis(
                "Northland opens for the voters, and would set the opening aside afterwards.", 0.5, 0.863, (0.69, 0.96)
            ),
        },
        "evidence": tuple(
            EvidenceWeight(item.id, item.date, item.cluster, two(weights[item.id]), without(weights[item.id]))
            for item in case.evidence_in_force
        ),
        "records": (
            RecordWeight("steps", 42, 0, two(1.5), without(1.5)),
            RecordWeight("accord", 42, 0, two(0.3), without(0.3)),
        ),
        "clusters": tuple(
            ClusterWeight(
                key,
                tuple(i.id for i in case.evidence if i.cluster == key),
                two(db),
                without(db),
                rho,
                (rho - 0.2, rho + 0.2),
            )
            for key, db, rho in (("opening", -0.2, 0.5), ("campaign", 3.2, 0.4), ("no_price", 3.4, 0.6))
        ),
        "model_steps": (
            ModelStep("naive_bayes", {"earnest": 0.02, "show": 0.98}),
            ModelStep("judgements", {"earnest": 0.04, "show": 0.96}),
            ModelStep("dependence", {"earnest": 0.09, "show": 0.91}),
            ModelStep("record", {"earnest": 0.137, "show": 0.863}),
        ),
        "election": {
            "incumbent": WinnerForecast("President re-elected", 0.55, (0.3, 0.79)),
            "opposition": WinnerForecast("Opposition wins", 0.45, (0.21, 0.7)),
        },
        "outcomes": {
            "leaders": outcome(case, "leaders", 0.05, 0.23),
            "embassies": outcome(case, "embassies", 0.004, 0.08),
            "zone": outcome(case, "zone", 0.02, 0.07),
            "patrols": outcome(case, "patrols", 0.01, 0.04),
            "treaty": outcome(case, "treaty", 0.001, 0.006),
        },
        "prior_outcomes": {"leaders": 0.35, "embassies": 0.14, "zone": 0.12, "patrols": 0.07, "treaty": 0.02},
        "parameters": tuple(
            parameter(name, i)
            for i, name in enumerate(
                ("discrimination", "correlation[campaign]", "correlation[no_price]", "pace[steps:ministers>leaders]")
            )
        ),
        "diagnostics": Diagnostics(
            "pass",
            1.003,
            2300.0,
            1900.0,
            0,
            0.92,
            ExactAgreement(1.7, "P(show | evidence)", 14),
            (
                Check("R-hat", "pass", "largest 1.003", "sample longer"),
                Check("agreement", "pass", "within 1.7 errors", "report it"),
            ),
        ),
        "inputs": case,
    }
    return Forecast(**(fields | changes))


def hypothesis(
    statement: str, prior: float, posterior: float, interval: tuple[float, float], mcse: float = 0.001
) -> HypothesisForecast:
    """Return a hypothesis with its word."""
    return HypothesisForecast(statement, prior, posterior, interval, term(posterior), posterior, mcse)


def two(db: float) -> dict[str, float]:
    """Return a weight of the second hypothesis, for both."""
    return {"earnest": -db, "show": db}


def without(db: float) -> dict[str, float]:
    """Return the posterior when a weight is taken away."""
    odds = 0.863 / 0.137 / 10 ** (db / 10)
    return {"earnest": 1 / (1 + odds), "show": odds / (1 + odds)}


def window(p: float, by_winner: tuple[float, float] | None = None) -> WindowForecast:
    """Return a window."""
    winners = {} if by_winner is None else {"incumbent": by_winner[0], "opposition": by_winner[1]}
    return WindowForecast(
        p, (p / 3, min(1.0, 2.4 * p)), term(p), {"earnest": min(1.0, 1.9 * p), "show": 0.85 * p}, winners, p, 0.001
    )


def outcome(case: Case, key: str, before: float, horizon: float) -> OutcomeForecast:
    """Return an outcome with a curve that rises to its two probabilities."""
    stated = next(o for o in case.outcomes if o.id == key)
    days = range((HORIZON - AS_OF).days + 1)
    split = (VOTE - AS_OF).days

    def at(day: int) -> float:
        if day <= split:
            return before * day / split
        return horizon - (horizon - before) * math.exp(-2.5 * (day - split) / (days[-1] - split)) * (days[-1] - day) / (
            days[-1] - split
        )

    mean = tuple(at(day) for day in days)
    curve = Curve(
        tuple(AS_OF + dt.timedelta(days=day) for day in days),
        mean,
        tuple(m / 3 for m in mean),
        tuple(min(1.0, 2.4 * m) for m in mean),
        {"earnest": mean, "show": mean},
        {},
    )
    later = (horizon - before) / (1 - before)
    return OutcomeForecast(
        stated.label,
        stated.process,
        stated.state,
        stated.resolution,
        window(horizon, (0.8 * horizon, 1.25 * horizon)),
        curve,
        window(before),
        window(later, (0.8 * later, 1.25 * later)),
    )


def parameter(name: str, shift: int = 0) -> ParameterSummary:
    """Return a parameter whose posterior is its prior, moved a little."""
    edges = tuple(i / 40 for i in range(41))

    def density(mean: float) -> tuple[float, ...]:
        return tuple(math.exp(-(((i + 0.5) / 40 - mean) ** 2) / 0.045) for i in range(40))

    ranks = tuple(tuple(50 + (7 * i + 11 * chain) % 9 - 4 for i in range(20)) for chain in range(4))
    mean = 0.5 + 0.04 * shift
    return ParameterSummary(
        name,
        0.5,
        (0.25, 0.75),
        mean,
        (mean - 0.2, mean + 0.2),
        edges,
        density(0.5),
        density(mean),
        1.001 + 0.0005 * shift,
        2500.0,
        2000.0,
        0.002,
        ranks,
    )
