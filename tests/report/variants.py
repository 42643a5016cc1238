"""Forecasts of odd cases, made from the neutral one."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from tests.report.factory import AS_OF, hypothesis, make_case, make_forecast, parameter, two, window, without

from detente.case.priors import WeightedPrior
from detente.case.processes import Event
from detente.case.question import Hypothesis, Source
from detente.diagnostics import Check, Diagnostics
from detente.forecast.result import EvidenceWeight, Forecast, ModelStep, WindowForecast, WinnerForecast


def after_the_election() -> Forecast:
    """Return a forecast made after the election, with one outcome reached and one out of reach."""
    cutoff = dt.date(2031, 6, 1)
    case = make_case(
        information_cutoff=cutoff,
        events=(
            Event(date=dt.date(2031, 5, 20), process="election", state="opposition", source="s", claim="c"),
            Event(date=dt.date(2031, 5, 30), process="accord", state="zone", source="s", claim="c"),
        ),
    )
    base = make_forecast(case)
    outcomes = {
        key: o.changed(before_election=None, after_election=None, horizon=o.horizon.changed(by_winner={}))
        for key, o in base.outcomes.items()
    }
    done = outcomes["zone"].changed(happened=dt.date(2031, 5, 30), horizon=window(1.0).changed(interval=(1.0, 1.0)))
    gone = {
        key: outcomes[key].changed(possible=False, curve=None, horizon=window(0.0)) for key in ("patrols", "treaty")
    }
    election = {
        "incumbent": WinnerForecast("President re-elected", 0.0, (0.0, 0.0)),
        "opposition": WinnerForecast("Opposition wins", 1.0, (1.0, 1.0)),
    }
    return base.changed(as_of=cutoff, outcomes=outcomes | {"zone": done} | gone, election=election)


def counting() -> Forecast:
    """Return a forecast made while the votes were counted: the record since then says who is likelier to have won."""
    cutoff = dt.date(2031, 6, 1)
    base = make_forecast(make_case(information_cutoff=cutoff))
    outcomes = {
        key: outcome.changed(before_election=None, after_election=None) for key, outcome in base.outcomes.items()
    }
    election = {
        "incumbent": WinnerForecast("President re-elected", 0.31, (0.12, 0.52)),
        "opposition": WinnerForecast("Opposition wins", 0.69, (0.48, 0.88)),
    }
    weight = parameter("winner_probability[incumbent]", 1)
    return base.changed(as_of=cutoff, outcomes=outcomes, election=election, parameters=(*base.parameters, weight))


def bare() -> Forecast:
    """Return a forecast without evidence, election, processes or outcomes, by the exact engine."""
    case = make_case(
        evidence=(), likelihoods={}, processes=(), outcomes=(), intensities=(), clusters={}, election=None, source=None
    )
    return make_forecast(
        inputs=case,
        engine="exact",
        chains=1,
        tune=0,
        election_date=None,
        evidence=(),
        records=(),
        clusters=(),
        model_steps=(),
        election={},
        outcomes={},
        prior_outcomes={},
        parameters=(),
        diagnostics=Diagnostics("pass"),
        hypotheses={
            "earnest": hypothesis("It means it.", 0.5, 0.5, (0.1, 0.9), 0.0),
            "show": hypothesis("It does not.", 0.5, 0.5, (0.1, 0.9), 0.0),
        },
    )


def failed() -> Forecast:
    """Return a forecast whose diagnostics failed."""
    checks = (Check("R-hat", "fail", "largest 1.24, at discrimination", "sample longer, with --tune 4000"),)
    return make_forecast(diagnostics=Diagnostics("fail", 1.24, 31.0, 20.0, 17, 0.2, None, checks))


def many_hypotheses(number: int = 5) -> Forecast:
    """Return a forecast of several hypotheses."""
    names = [f"reading_{i}" for i in range(number)]
    shares = [2.0**-i for i in range(number)]
    posterior = {h: s / sum(shares) for h, s in zip(names, shares, strict=True)}
    prior = dict.fromkeys(names, 1 / number)
    base = make_case()
    like = {key: dict.fromkeys(names, stated["earnest"]) for key, stated in base.likelihoods.items()}
    rates = tuple(row.changed(hypothesis=h) for row in base.intensities if row.hypothesis == "show" for h in names)
    case = base.changed(
        hypotheses=tuple(Hypothesis(id=h, statement=f"Statement of {h}.") for h in names),
        likelihoods=like,
        intensities=rates,
        priors=base.priors.changed(hypotheses=WeightedPrior(weights=prior, concentration=4, because="Even.")),
    )
    made = make_forecast(base)

    def spread(values: dict[str, float]) -> dict[str, float]:
        return {h: values["show"] * (1 if i == 0 else -0.2) for i, h in enumerate(names)}

    def weighed(thing: Any) -> Any:
        return thing.changed(weight_db=spread(dict(thing.weight_db)), posterior_without=posterior)

    def split(w: WindowForecast | None) -> WindowForecast | None:
        return w and w.changed(by_hypothesis=dict.fromkeys(names, w.probability))

    outcomes = {
        key: o.changed(
            horizon=split(o.horizon),
            before_election=split(o.before_election),
            after_election=split(o.after_election),
        )
        for key, o in made.outcomes.items()
    }
    return made.changed(
        inputs=case,
        outcomes=outcomes,
        hypotheses={
            h: hypothesis(f"Statement of {h}.", prior[h], posterior[h], (posterior[h] / 2, min(1, 1.5 * posterior[h])))
            for h in names
        },
        evidence=tuple(map(weighed, made.evidence)),
        records=tuple(map(weighed, made.records)),
        clusters=tuple(map(weighed, made.clusters)),
        model_steps=(ModelStep("naive_bayes", posterior), ModelStep("record", posterior)),
    )


def many_items(number: int = 300) -> Forecast:
    """Return a forecast of hundreds of items."""
    base = make_case()
    items = tuple(
        base.evidence[i % 10].changed(id=f"item_{i}", cluster=None if i % 3 else "campaign") for i in range(number)
    )
    like = {item.id: base.likelihoods["survey"] for item in items}
    case = base.changed(evidence=items, likelihoods=like)
    weights = tuple(
        EvidenceWeight(i.id, i.date, i.cluster, two(math.sin(k)), without(math.sin(k)))
        for k, i in enumerate(case.evidence_in_force)
    )
    return make_forecast(base).changed(inputs=case, evidence=weights)


HOSTILE = (
    '<script>alert("x")</script> =cmd()|\'calc\' "quoted" `code` **bold** [a](javascript:x) $x^2$ | &amp; '
    "Türkiye’nin ığüşöç السلام عليكم שלום עולם \x00\x1b[31m ]]> -->"
)


def hostile() -> Forecast:
    """Return a forecast in which every text of the case is hostile."""
    base = make_case()
    case = base.changed(
        title=HOSTILE,
        question=HOSTILE,
        source=Source(title=HOSTILE, publisher=HOSTILE, date=AS_OF, url="javascript:alert(1)"),
        clusters=dict.fromkeys(base.clusters, HOSTILE),
        evidence=tuple(i.changed(claim=HOSTILE, actor=HOSTILE, source=HOSTILE, locator=HOSTILE) for i in base.evidence),
        likelihoods={k: {h: s.changed(because=HOSTILE) for h, s in v.items()} for k, v in base.likelihoods.items()},
        intensities=tuple(row.changed(because=HOSTILE) for row in base.intensities),
    )
    made = make_forecast(base)
    return made.changed(
        inputs=case,
        title=HOSTILE,
        question=HOSTILE,
        hypotheses={h: f.changed(statement=HOSTILE) for h, f in made.hypotheses.items()},
        outcomes={k: o.changed(label=HOSTILE, resolution=HOSTILE) for k, o in made.outcomes.items()},
        election={k: w.changed(label=HOSTILE) for k, w in made.election.items()},
        model_steps=tuple(s.changed(name=HOSTILE) for s in made.model_steps),
        parameters=tuple(p.changed(name=HOSTILE) for p in made.parameters),
        versions={HOSTILE: HOSTILE},
        diagnostics=Diagnostics("fail", checks=(Check(HOSTILE, "fail", HOSTILE, HOSTILE),)),
    )
