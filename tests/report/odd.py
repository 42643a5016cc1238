"""More odd cases: three hypotheses, no election, everything happened, one item, long and right-to-left text."""

from __future__ import annotations

import datetime as dt

from tests.report.factory import HORIZON, hypothesis, make_case, make_forecast, two, window, without
from tests.report.variants import many_hypotheses

from detente import exact
from detente.case.processes import Event
from detente.diagnostics import Check, Diagnostics
from detente.dossier import Dossier, PastRun
from detente.exact import whatif
from detente.forecast.result import Forecast

LONG = (
    "A framework agreement on the phased, verified and internationally monitored withdrawal of all formations from the "
    "border districts, with annexes on customs, water and the return of displaced persons, signed at ministerial level "
    "or above and published in both official gazettes within ninety days of initialling"
)
WORD = "Rückkehrerwiedereingliederungsmaßnahmenfinanzierungsvereinbarung" * 3
RIGHT_TO_LEFT = "اتفاق بين الشمال والجنوب (2031) על הסכם: 59% من المستطلعين"


def three_hypotheses() -> Forecast:
    """Return a forecast of three hypotheses."""
    return many_hypotheses(3)


def against_the_record() -> Forecast:
    """Return a forecast whose likeliest explanation has lost by the evidence, and that asks for a state on a day."""
    made = many_hypotheses(3)
    prior, now = (0.6, 0.2, 0.2), (0.354, 0.324, 0.322)
    stands = zip(made.hypotheses.items(), prior, now, strict=True)
    asked = {key: one.changed(asks="is_in") for key, one in made.outcomes.items()}
    return made.changed(
        hypotheses={h: hypothesis(one.statement, before, after, (0.1, 0.7)) for (h, one), before, after in stands},
        outcomes=asked,
    )


def no_election() -> Forecast:
    """Return a forecast with outcomes and no election."""
    base = make_case()
    before = tuple(row for row in base.intensities if row.regime == "before")
    case = base.changed(election=None, intensities=before, priors=base.priors.changed(election=None), watch=())
    made = make_forecast(base)
    outcomes = {
        key: o.changed(before_election=None, after_election=None, horizon=o.horizon.changed(by_winner={}))
        for key, o in made.outcomes.items()
    }
    return made.changed(inputs=case, election_date=None, election={}, outcomes=outcomes)


def everything_happened() -> Forecast:
    """Return a forecast in which each outcome has happened or cannot happen any more."""
    day = dt.date(2031, 2, 1)
    base = make_case()
    events = tuple(
        Event(date=day, process=process, state=state, source="s", claim="c")
        for process, state in (("steps", "leaders"), ("steps", "embassies"), ("accord", "zone"))
    )
    case = base.changed(events=events)
    made = make_forecast(case)
    sure = window(1.0).changed(interval=(1.0, 1.0))
    outcomes = {
        key: o.changed(
            before_election=None,
            after_election=None,
            curve=None,
            horizon=window(0.0) if key in {"patrols", "treaty"} else sure,
            happened=None if key in {"patrols", "treaty"} else day,
            possible=key not in {"patrols", "treaty"},
        )
        for key, o in made.outcomes.items()
    }
    return made.changed(outcomes=outcomes)


def one_item() -> Forecast:
    """Return a forecast with one item of evidence, alone in the record."""
    base = make_case()
    case = base.changed(evidence=base.evidence[:1], processes=(), outcomes=(), intensities=())
    made = make_forecast(base)
    return made.changed(
        inputs=case, evidence=made.evidence[:1], clusters=(), records=(), outcomes={}, prior_outcomes={}
    )


def one_source() -> Forecast:
    """Return a forecast all of whose items come through one source, some through others as well."""
    base = make_case()
    items = tuple(item.changed(source=f"Institute; {item.id}") for item in base.evidence)
    return make_forecast(base.changed(evidence=items))


def labelled() -> Forecast:
    """Return a forecast whose explanations have labels."""
    base = make_case()
    called = {"earnest": "a plan to settle", "show": "a page for the voters"}
    hypotheses = tuple(h.changed(label=called[h.id]) for h in base.hypotheses)
    return make_forecast(base.changed(hypotheses=hypotheses))


def one_absent_item() -> Forecast:
    """Return a forecast whose only item was looked for and not seen."""
    made = one_item()
    item = made.inputs.evidence[0].changed(observed=False)
    return made.changed(inputs=made.inputs.changed(evidence=(item,)))


def long_text() -> Forecast:
    """Return a forecast in which every text is very long."""
    return _worded(LONG, LONG, WORD)


def right_to_left() -> Forecast:
    """Return a forecast in Arabic and Hebrew."""
    return _worded(RIGHT_TO_LEFT, RIGHT_TO_LEFT, RIGHT_TO_LEFT)


def _worded(title: str, text: str, label: str) -> Forecast:
    base = make_case()
    case = base.changed(
        title=title,
        question=text,
        clusters=dict.fromkeys(base.clusters, text),
        evidence=tuple(i.changed(claim=text, source=label) for i in base.evidence),
        likelihoods={k: {h: s.changed(because=text) for h, s in v.items()} for k, v in base.likelihoods.items()},
    )
    made = make_forecast(base)
    return made.changed(
        inputs=case,
        title=title,
        question=text,
        hypotheses={h: f.changed(statement=text) for h, f in made.hypotheses.items()},
        outcomes={k: o.changed(label=label, resolution=text) for k, o in made.outcomes.items()},
        election={k: w.changed(label=label) for k, w in made.election.items()},
    )


def with_history() -> Dossier:
    """Return a forecast that was made twice before, with what it said."""
    past = tuple(
        PastRun(day, {"earnest": 1 - show, "show": show}, {"leaders": 0.3})
        for day, show in ((dt.date(2030, 12, 1), 0.55), (dt.date(2031, 1, 10), 0.7))
    )
    return Dossier(make_forecast(), history=past)


def with_switches(case=None) -> Forecast:
    """Return a forecast that carries its what-if tables, its numbers those of the exact engine."""
    case = case or make_case()
    found = exact.posterior(case)
    made = make_forecast(case)
    hypotheses = {
        h: hypothesis(f.statement, f.prior, float(p), f.interval)
        for (h, f), p in zip(made.hypotheses.items(), found.probability, strict=True)
    }
    return made.changed(hypotheses=hypotheses, what_if=whatif.what_if(case, found))


def certain() -> Forecast:
    """Return a forecast that is as good as sure."""
    made = make_forecast()
    hypotheses = {
        "earnest": hypothesis("It means it.", 0.5, 0.0002, (0.0, 0.001)),
        "show": hypothesis("It does not.", 0.5, 0.9998, (0.999, 1.0)),
    }
    light = {"weight_db": two(4.0), "posterior_without": {"earnest": 0.0003, "show": 0.9997}}
    return made.changed(
        hypotheses=hypotheses,
        evidence=tuple(item.changed(**light) for item in made.evidence),
        clusters=(),
        records=(),
    )


def undecided() -> Forecast:
    """Return a forecast whose evidence cancels out."""
    made = make_forecast()
    hypotheses = {
        "earnest": hypothesis("It means it.", 0.5, 0.499, (0.2, 0.8)),
        "show": hypothesis("It does not.", 0.5, 0.501, (0.2, 0.8)),
    }
    balanced = {"weight_db": two(0.0), "posterior_without": without(8.0)}
    return made.changed(hypotheses=hypotheses, evidence=tuple(item.changed(**balanced) for item in made.evidence))


def failed_thrice() -> Forecast:
    """Return a forecast that failed several checks, one of them without words."""
    checks = tuple(
        Check(name, "fail", finding, advice)
        for name, finding, advice in (
            ("R-hat", "largest 1.24", "sample longer"),
            ("divergences", "17 of 4,000", "raise --target-accept"),
            ("agreement with exact", "6.3 errors apart at P(show)", "report it as a bug"),
        )
    )
    return make_forecast(diagnostics=Diagnostics("fail", 1.24, 31.0, 20.0, 17, 0.2, None, checks))


def last_day() -> Forecast:
    """Return a forecast made on the day before its horizon, long after the election, with one day of curve left."""
    made = no_election()
    case = made.inputs.changed(information_cutoff=HORIZON - dt.timedelta(days=1))
    outcomes = {key: o.changed(curve=None, horizon=window(0.001)) for key, o in made.outcomes.items()}
    return made.changed(inputs=case, as_of=HORIZON - dt.timedelta(days=1), outcomes=outcomes)
