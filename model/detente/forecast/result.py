"""The result of a forecast, in the shape of ``forecast.json``.

The classes mirror the file key by key: ``contents`` is what it has, and validation reads it back.  What is
known about a forecast (sensitivity, indicators, scores, change) is in the :class:`~detente.dossier.Dossier`.
Probabilities are numbers between 0 and 1 and are never rounded, floored or capped here.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - annotations are evaluated when a run is read back
from collections.abc import Mapping  # noqa: TC003 - as above
from typing import TYPE_CHECKING, Any, Literal

from msgspec import field, structs

from detente.case.windows import by_deadline
from detente.diagnostics import Diagnostics  # noqa: TC001 - as above
from detente.frozen import Immutable

if TYPE_CHECKING:  # a run that is read back says where these are: detente.report.reading
    import pandas as pd
    import xarray as xr

    from detente.case.schema import Case
    from detente.exact.whatif import WhatIf
    from detente.forecast.election import PollForecast
    from detente.forecast.outside import OutsideView
    from detente.inference import Draws

SCHEMA_VERSION = 2

Interval = tuple[float, float]


class HypothesisForecast(Immutable):
    """One hypothesis: prior and posterior probability.

    ``interval`` is the 90% equal-tailed credible interval of the per-draw probability, over the assessor's stated
    uncertainty.  ``exact`` is the closed-form answer, ``mcse`` the Monte Carlo standard error of ``posterior`` (0 for
    the exact engine).
    """

    statement: str
    prior: float
    posterior: float
    interval: Interval
    term: str
    exact: float
    mcse: float


class EvidenceWeight(Immutable):
    """One item in force: its weight given the items before it, and the posterior without it.

    ``weight_db[h]`` is that of h against the rest, in decibans (10 log10 of the odds ratio), items in order of date;
    together with the weights of the records they sum to the change from prior to posterior.
    """

    id: str
    date: dt.date
    cluster: str | None
    weight_db: Mapping[str, float]
    posterior_without: Mapping[str, float]


class RecordWeight(Immutable):
    """The recorded history of a process (transitions, and days without one), weighed after all items."""

    process: str
    days: int
    transitions: int
    weight_db: Mapping[str, float]
    posterior_without: Mapping[str, float]


class ClusterWeight(Immutable):
    """A source cluster as a whole: its weight if taken last (whatever the order), and the posterior without it."""

    id: str
    items: tuple[str, ...]
    weight_db: Mapping[str, float]
    posterior_without: Mapping[str, float]
    correlation: float
    correlation_interval: Interval


class WinnerForecast(Immutable):
    """The probability that this winner wins; 1 or 0 once the winner is on record."""

    label: str
    probability: float
    interval: Interval
    mcse: float = 0.0


class WindowForecast(Immutable):
    """Probability of one outcome in one window (before the election; after it, given not before; by the horizon)."""

    probability: float
    interval: Interval
    term: str
    by_hypothesis: Mapping[str, float]
    by_winner: Mapping[str, float]
    exact: float
    mcse: float


class Curve(Immutable):
    """Cumulative incidence of an outcome by date: mean over draws and 90% interval."""

    dates: tuple[dt.date, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    by_hypothesis: Mapping[str, tuple[float, ...]]
    by_winner: Mapping[str, tuple[float, ...]]


class OutcomeForecast(Immutable):
    """One outcome in its windows.

    ``deadlines`` has a window for each deadline ahead.  ``before_election`` is None without an election or once it is
    past; ``after_election`` (given not before) is None without an election, and if the outcome came before it.
    ``asks`` is ``is_in`` where each window is about its last day only.  ``happened`` is the date on record (the
    probability is then 1), the first possible one where the ``precision`` is not a day.  ``possible`` is False once no
    path leads to the outcome (the probability is then 0).
    """

    label: str
    process: str
    state: str
    resolution: str | None
    horizon: WindowForecast
    curve: Curve | None = None
    before_election: WindowForecast | None = None
    after_election: WindowForecast | None = None
    happened: dt.date | None = None
    precision: Literal["day", "month", "year"] = "day"
    possible: bool = True
    deadlines: Mapping[dt.date, WindowForecast] = field(default_factory=dict)
    asks: str | None = None

    @property
    def windows(self) -> Mapping[str, WindowForecast]:
        """The windows that it has: before and after the election, by each deadline, by the horizon."""
        named = {window: getattr(self, window) for window in ("before_election", "after_election")}
        named |= {by_deadline(day): window_forecast for day, window_forecast in self.deadlines.items()}
        return {
            window: window_forecast
            for window, window_forecast in (named | {"horizon": self.horizon}).items()
            if window_forecast is not None
        }


class ModelStep(Immutable):
    """One rung of the ladder from naive Bayes to the whole model, and the posterior on it.

    ``name`` is naive_bayes (on the best guesses), judgements (with stated ranges and source grades), discrimination,
    dependence (within clusters) or record (of what has happened).
    """

    name: str
    posterior: Mapping[str, float]


class ParameterSummary(Immutable):
    """Prior and posterior of one parameter: mean, 90% interval and histograms on common bins.

    ``ranks`` counts, for each chain, the draws in each of 20 equal bins of the pooled ranks (empty without chains).
    """

    name: str
    prior_mean: float
    prior_interval: Interval
    posterior_mean: float
    posterior_interval: Interval
    bin_edges: tuple[float, ...]
    prior_density: tuple[float, ...]
    posterior_density: tuple[float, ...]
    r_hat: float | None = None
    ess_bulk: float | None = None
    ess_tail: float | None = None
    mcse: float | None = None
    ranks: tuple[tuple[int, ...], ...] = ()


class Forecast(Immutable):
    """A finished forecast.

    ``inputs`` is the case as of the cut-off.  ``what_if`` lets a reader switch evidence off and change the prior;
    ``polls`` and ``outside_view`` are None if the case uses no polls or no reference class.  ``sampled`` holds the
    posterior draws, ``per_draw[outcome][window]`` the probability of each outcome at each of them, (draws,); both are
    empty in a forecast read from a file.
    """

    case: str
    title: str
    question: str
    as_of: dt.date
    election_date: dt.date | None
    horizon: dt.date
    engine: str
    random_seed: int
    draws: int
    tune: int
    chains: int
    inputs_sha256: str
    versions: Mapping[str, str]
    hypotheses: Mapping[str, HypothesisForecast]
    evidence: tuple[EvidenceWeight, ...]
    records: tuple[RecordWeight, ...]
    clusters: tuple[ClusterWeight, ...]
    model_steps: tuple[ModelStep, ...]
    election: Mapping[str, WinnerForecast]
    outcomes: Mapping[str, OutcomeForecast]
    prior_outcomes: Mapping[str, float]
    parameters: tuple[ParameterSummary, ...]
    diagnostics: Diagnostics
    inputs: Case
    schema: int = SCHEMA_VERSION
    target_accept: float | None = None
    what_if: WhatIf | None = None
    polls: PollForecast | None = None
    outside_view: OutsideView | None = None
    sampled: Draws | None = None
    per_draw: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Forecast) and self.contents == other.contents

    __hash__ = None  # type: ignore[assignment] # like every class with mappings

    @property
    def leading(self) -> str:
        """Id of the hypothesis with the largest posterior."""
        return max(self.hypotheses, key=lambda h: self.hypotheses[h].posterior)

    @property
    def contents(self) -> dict[str, Any]:
        """What ``forecast.json`` has of it, by name."""
        own = structs.asdict(self)
        del own["sampled"], own["per_draw"]
        return {name: part for name, part in {"schema": self.schema, **own}.items() if part is not None}

    def draws_tree(self) -> xr.DataTree:
        """Return the draws as a DataTree for ArviZ; raise ValueError for a forecast read from a file."""
        from detente.forecast.tree import to_tree

        return to_tree(self)

    def hypotheses_frame(self) -> pd.DataFrame:
        """Return one row per hypothesis: prior, posterior, interval, term, exact."""
        rows = {name: structs.asdict(h) for name, h in self.hypotheses.items()}
        return _frame(rows, "hypothesis")

    def evidence_frame(self) -> pd.DataFrame:
        """Return one row per item: date, cluster, grade, claim, weight and posterior without it, by hypothesis."""
        items = {item.id: item for item in self.inputs.evidence}
        rows = {
            w.id: {
                "date": w.date,
                "cluster": w.cluster,
                "grade": items[w.id].grade,
                "claim": items[w.id].claim,
                **{f"weight_db_{h}": value for h, value in w.weight_db.items()},
                **{f"without_{h}": value for h, value in w.posterior_without.items()},
            }
            for w in self.evidence
        }
        return _frame(rows, "evidence")

    def outcomes_frame(self) -> pd.DataFrame:
        """Return one row per outcome and window: probability, interval, term, exact."""
        import pandas as pd

        rows = [
            {
                "outcome": name,
                "window": window,
                "probability": forecast.probability,
                "low": forecast.interval[0],
                "high": forecast.interval[1],
                "term": forecast.term,
                "exact": forecast.exact,
            }
            for name, outcome in self.outcomes.items()
            for window, forecast in outcome.windows.items()
        ]
        return pd.DataFrame(rows).set_index(["outcome", "window"]) if rows else pd.DataFrame(rows)


def _frame(rows: Mapping[str, Mapping[str, Any]], index: str) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame.from_dict(dict(rows), orient="index").rename_axis(index)
