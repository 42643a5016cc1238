"""Case and settings to forecast: infer, project, summarize, diagnose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detente import exact, inference
from detente.case import check_cutoff
from detente.case.windows import AFTER_ELECTION, BEFORE_ELECTION, HORIZON, by_deadline, case_windows, happened_on
from detente.diagnostics import (
    Convergence,
    Diagnostics,
    agreement,
    convergence,
    diagnose_chains,
    diagnose_exact,
    independent_error,
)
from detente.estimative import term
from detente.forecast.answer import Answer, answer
from detente.forecast.election import known_winners
from detente.forecast.result import (
    ClusterWeight,
    Curve,
    EvidenceWeight,
    Forecast,
    HypothesisForecast,
    OutcomeForecast,
    RecordWeight,
    WindowForecast,
    WinnerForecast,
)
from detente.forecast.windows import INTERVAL
from detente.settings import Settings, versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from detente.case.outcomes import Outcome
    from detente.case.schema import Case
    from detente.exact import ExactPosterior
    from detente.inference import Draws, Progress
    from detente.projection import Projection

    Floats = NDArray[np.float64]


def forecast(case: Case, settings: Settings | None = None, progress: Progress | None = None) -> Forecast:
    """Forecast ``case``.

    Parameters
    ----------
    case
        A loaded case.
    settings
        Engine, length, random seed, cut-off; None takes the defaults (NUTS).
    progress
        Told each stage as it begins.

    Returns
    -------
    Forecast
        Hypotheses, weights of evidence, election, outcomes, diagnostics, draws.

    Raises
    ------
    detente.errors.DetenteError
        The case cannot be forecast as of the cut-off.
    """
    settings = settings or Settings()
    tell = progress or inference.silent
    if settings.as_of is not None:
        case = case.as_of(settings.as_of)
    check_cutoff(case)
    found = exact.posterior(case)
    drawn = inference.draw_exactly(case, found, settings)
    wants_curves = settings.in_full and settings.engine == "exact"
    reference = answer(case, drawn, found.probability, with_curves=wants_curves)
    if settings.engine == "exact":
        ours = reference
    else:
        draws = inference.sample(case, settings, tell)
        tell("projecting the outcomes", None)
        ours = answer(case, draws, None, with_curves=settings.in_full)
    tell("summarizing", None)
    return _assemble(case, settings, found, ours, reference)


def _assemble(case: Case, settings: Settings, found: ExactPosterior, ours: Answer, reference: Answer) -> Forecast:
    is_exact = settings.engine == "exact"
    chained = {} if is_exact else convergence(_quantities(case, ours))
    hypotheses = _hypotheses(case, found, ours, chained, is_exact=is_exact)
    errors = _errors(ours, reference, chained, is_exact=is_exact)
    items, records, clusters = _weights(case, found, ours.draws)
    bare = Forecast(
        case=case.id,
        title=case.title,
        question=case.question,
        as_of=case.information_cutoff,
        election_date=case.election.date if case.election else None,
        horizon=case.horizon,
        engine=settings.engine,
        random_seed=settings.random_seed,
        draws=ours.draws.hypothesis.size,
        tune=0 if is_exact else settings.tune,
        chains=1 if is_exact else settings.chains,
        inputs_sha256=case.inputs_sha256,
        versions=versions(settings.engine),
        hypotheses=hypotheses,
        evidence=items,
        records=records,
        clusters=clusters,
        model_steps=(),
        election=_election(case, ours.draws, chained, is_exact=is_exact),
        outcomes={
            outcome.id: _outcome(case, index, outcome, ours, reference, errors)
            for index, outcome in enumerate(case.outcomes)
        },
        prior_outcomes={},
        parameters=(),
        diagnostics=_diagnose(case, hypotheses, ours, reference, chained, errors, is_exact=is_exact),
        inputs=case,
        target_accept=None if is_exact else settings.target_accept,
        sampled=ours.draws,
        per_draw={
            outcome: {window: value.draws for window, value in open_windows.items()}
            for outcome, open_windows in ours.windows.items()
        },
    )
    if not settings.in_full:
        return bare
    from detente.forecast.in_full import in_full

    return in_full(bare, case, found, ours.draws, chained)


def _quantities(case: Case, ours: Answer) -> dict[str, Floats]:
    """Return every scalar whose convergence counts, (chain, draw): parameters, P(h), outcomes."""
    found: dict[str, Floats] = {}
    labels = inference.labels(case)
    for name, dims in inference.DIMENSIONS.items():
        if name in ours.draws.values and name != "log_intensity":
            values = ours.draws.values[name]
            for index in np.ndindex(values.shape[2:]):
                inside = ", ".join(labels[dim][i] for dim, i in zip(dims, index, strict=True))
                found[f"{name}[{inside}]" if inside else name] = values[(slice(None), slice(None), *index)]
    shape = ours.draws.hypothesis.shape
    for outcome, open_windows in ours.windows.items():
        for window, value in open_windows.items():
            found[f"{outcome}.{window}"] = value.influence.reshape(shape)
    return found


def _hypotheses(
    case: Case, found: ExactPosterior, ours: Answer, chained: Mapping[str, Convergence], *, is_exact: bool
) -> dict[str, HypothesisForecast]:
    draws = ours.draws.flat("hypothesis_probability")
    rows = {}
    for index, hypothesis in enumerate(case.hypotheses):
        posterior = float(found.probability[index] if is_exact else draws[:, index].mean())
        low, high = np.quantile(draws[:, index], INTERVAL)
        name = f"hypothesis_probability[{hypothesis.id}]"
        rows[hypothesis.id] = HypothesisForecast(
            statement=hypothesis.statement,
            prior=case.priors.hypotheses.weights[hypothesis.id],
            posterior=posterior,
            interval=(float(low), float(high)),
            term=term(posterior),
            exact=float(found.probability[index]),
            mcse=chained[name].mcse if name in chained else 0.0,
        )
    return rows


def _weights(
    case: Case, found: ExactPosterior, draws: Draws
) -> tuple[tuple[EvidenceWeight, ...], tuple[RecordWeight, ...], tuple[ClusterWeight, ...]]:
    def named(row: Floats) -> dict[str, float]:
        return {h: float(value) for h, value in zip(case.hypothesis_ids, row, strict=True)}

    items = tuple(
        EvidenceWeight(item.id, item.date, item.cluster, named(weight), named(without))
        for item, weight, without in zip(case.evidence_in_force, found.item_weight_db, found.without_item, strict=True)
    )
    records = tuple(
        RecordWeight(
            process=process.id,
            days=(case.information_cutoff - process.start.date).days,
            transitions=len(case.history(process.id)),
            weight_db=named(weight),
            posterior_without=named(without),
        )
        for process, weight, without in zip(case.processes, found.record_weight_db, found.without_record, strict=True)
    )
    clusters = []
    correlation = draws.flat("cluster_correlation") if found.factors.clusters else np.zeros((1, 0))
    lows, highs = np.quantile(correlation, INTERVAL, axis=0)
    means = correlation.mean(axis=0)
    for index, cluster in enumerate(found.factors.clusters):
        clusters.append(
            ClusterWeight(
                id=cluster.id,
                items=tuple(case.evidence_in_force[row].id for row in cluster.rows),
                weight_db=named(found.cluster_weight_db[index]),
                posterior_without=named(found.without_cluster[index]),
                correlation=float(means[index]),
                correlation_interval=(float(lows[index]), float(highs[index])),
            )
        )
    return items, records, tuple(clusters)


def _election(
    case: Case, draws: Draws, chained: Mapping[str, Convergence], *, is_exact: bool
) -> dict[str, WinnerForecast]:
    if case.election is None:
        return {}
    rows, known = {}, known_winners(case)
    for index, winner in enumerate(case.election.winners):
        if case.winner:
            sure = float(winner.id == case.winner)
            rows[winner.id] = WinnerForecast(winner.label, sure, (sure, sure))
        else:
            values = draws.winner[:, index]
            low, high = np.quantile(values, INTERVAL)
            mean = float(values.mean())
            rows[winner.id] = WinnerForecast(
                winner.label,
                known.get(winner.id, mean) if is_exact else mean,
                (float(low), float(high)),
                chained[name].mcse if (name := f"winner_probability[{winner.id}]") in chained else 0.0,
            )
    return rows


def _errors(
    ours: Answer, reference: Answer, chained: Mapping[str, Convergence], *, is_exact: bool
) -> dict[str, tuple[float, float]]:
    """Return the Monte Carlo standard errors, ours and the exact engine's, of each outcome's window."""
    found = {}
    for outcome, open_windows in ours.windows.items():
        for window in open_windows:
            name = f"{outcome}.{window}"
            other = independent_error(reference.windows[outcome][window].influence)
            own = other if is_exact else chained[name].mcse if name in chained else 0.0
            found[name] = (own, other)
    return found


def _outcome(
    case: Case,
    index: int,
    outcome: Outcome,
    ours: Answer,
    reference: Answer,
    errors: Mapping[str, tuple[float, float]],
) -> OutcomeForecast:
    happened = happened_on(case, outcome)
    open_windows = dict(ours.windows[outcome.id])
    after = case_windows(case).get(AFTER_ELECTION)
    if after and BEFORE_ELECTION not in open_windows and after.ruling(happened) != "void":
        open_windows[AFTER_ELECTION] = open_windows[HORIZON]  # the election is past: given not before it
    if happened and BEFORE_ELECTION in open_windows:
        del open_windows[AFTER_ELECTION]
    winners = ours.projection.winners

    def row(window: str) -> WindowForecast | None:
        if window not in open_windows:
            return None
        mine, source = open_windows[window], window if window in ours.windows[outcome.id] else HORIZON
        return WindowForecast(
            probability=mine.probability,
            interval=mine.interval,
            term=term(mine.probability),
            by_hypothesis=dict(zip(case.hypothesis_ids, map(float, mine.by_hypothesis), strict=True)),
            by_winner={}
            if window == BEFORE_ELECTION or not winners
            else dict(zip(winners, map(float, mine.by_winner), strict=True)),
            exact=reference.windows[outcome.id][source].probability,
            mcse=errors[f"{outcome.id}.{source}"][0],
        )

    horizon = row(HORIZON)
    assert horizon is not None  # noqa: S101 - the horizon is always open
    return OutcomeForecast(
        label=outcome.label,
        process=outcome.process,
        state=outcome.state,
        resolution=outcome.resolution,
        horizon=horizon,
        curve=_curve(case, ours.projection, index),
        deadlines={day: found for day in case.deadlines_ahead if (found := row(by_deadline(day))) is not None},
        before_election=row(BEFORE_ELECTION),
        after_election=row(AFTER_ELECTION),
        happened=happened,
        possible=happened is not None or horizon.probability > 0,
    )


def _curve(case: Case, projection: Projection, index: int) -> Curve | None:
    if projection.curve is None:
        return None
    values = projection.curve.by_draw[:, :, index]
    low, high = np.quantile(values, INTERVAL, axis=0)
    return Curve(
        dates=projection.dates,
        mean=_floats(values.mean(axis=0)),
        low=_floats(low),
        high=_floats(high),
        by_hypothesis={
            h: _floats(row)
            for h, row in zip(case.hypothesis_ids, projection.curve.by_hypothesis[..., index], strict=True)
        },
        by_winner={
            w: _floats(row) for w, row in zip(projection.winners, projection.curve.by_winner[..., index], strict=False)
        },
    )


def _floats(values: Floats) -> tuple[float, ...]:
    return tuple(map(float, values))


def _diagnose(
    case: Case,
    hypotheses: Mapping[str, HypothesisForecast],
    ours: Answer,
    reference: Answer,
    chained: Mapping[str, Convergence],
    errors: Mapping[str, tuple[float, float]],
    *,
    is_exact: bool,
) -> Diagnostics:
    draws = ours.draws.flat("hypothesis_probability")
    sampled, known, error = {}, {}, {}
    for index, h in enumerate(case.hypothesis_ids):
        name = f"P({h})"
        sampled[name], known[name] = float(draws[:, index].mean()), hypotheses[h].exact
        error[name] = independent_error(draws[:, index]) if is_exact else hypotheses[h].mcse
    if not is_exact:
        from detente.forecast.outside import outside_agreement

        for outcome, open_windows in ours.windows.items():
            for window, value in open_windows.items():
                name = f"{outcome}.{window}"
                sampled[name] = value.probability
                known[name] = reference.windows[outcome][window].probability
                error[name] = float(np.hypot(*errors[name]))
        from_outside = outside_agreement(case, ours.draws)
        sampled |= {name: float(values.mean()) for name, (values, _) in from_outside.items()}
        known |= {name: answer for name, (_, answer) in from_outside.items()}
        found = convergence({name: values for name, (values, _) in from_outside.items()})
        error |= {name: found[name].mcse if name in found else 0.0 for name in from_outside}
    agreed = agreement(sampled, known, error)
    if is_exact:
        return diagnose_exact(agreed)
    return diagnose_chains(chained, ours.draws.stats, agreed)
