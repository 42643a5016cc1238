"""Build a forecast from a case: infer, project, summarize, diagnose.

References
----------
Gelman, A. et al. (2020), Bayesian workflow.  arXiv:2011.01808 (prior predictive checks).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detente import inference
from detente.case import check_cutoff
from detente.case.windows import AFTER_ELECTION, BEFORE_ELECTION, HORIZON, by_deadline, occurrence, outcome_windows
from detente.diagnostics import ExactAgreement, Precision, agreement, variance_if_met
from detente.estimative import term
from detente.forecast.causes import with_causes
from detente.forecast.evidence import cluster_weights, item_weights, model_steps, record_weights
from detente.forecast.outcomes import ProjectedOutcomes, project_posterior
from detente.forecast.result import Curve, Forecast, HypothesisForecast, OutcomeForecast, WindowForecast, WinnerForecast
from detente.frozen import Immutable
from detente.scoring import INTERVAL, interval
from detente.settings import Settings, versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from detente.arrays import Floats
    from detente.case.outcomes import Outcome
    from detente.case.schema import Case
    from detente.exact import ExactPosterior
    from detente.inference import Posterior, Progress
    from detente.projection import Projection

PRIOR_DRAWS = 1000
PROBABILITIES = ("hypothesis_probability", "winner_probability")
"""The variables of a posterior whose precision every forecast states, where it has them."""


class Answer(Immutable):
    """One engine's answer: its posterior, the outcomes, and the Monte Carlo precision of each quantity by name."""

    posterior: Posterior
    outcomes: ProjectedOutcomes
    precision: Mapping[str, Precision]

    def mcse(self, name: str) -> float:
        """Return the Monte Carlo standard error of a quantity; 0 for a constant."""
        return self.precision[name].mcse if name in self.precision else 0.0

    def mcse_unless_known(self, name: str) -> float:
        """Return the Monte Carlo standard error of a probability; 0 if it is in closed form."""
        return self.mcse(name) if self.posterior.known is None else 0.0


def forecast(case: Case, settings: Settings | None = None, progress: Progress = inference.silent) -> Forecast:
    """Forecast ``case``.

    Parameters
    ----------
    case
        A loaded case.
    settings
        Engine, number of draws, random seed and cut-off; None takes the defaults (NUTS).
    progress
        Called as each stage begins.

    Returns
    -------
    Forecast
        Hypotheses, weights of evidence, election, outcomes, diagnostics and draws.

    Raises
    ------
    detente.errors.DetenteError
        The case cannot be forecast as of the cut-off.
    """
    settings = settings or Settings()
    if settings.as_of is not None:
        case = case.as_of(settings.as_of)
    check_cutoff(case)
    exactly = inference.EXACT.infer(case, settings)
    engine = inference.ENGINES[settings.engine]
    posterior = exactly if engine is inference.EXACT else engine.infer(case, settings, progress)
    progress("projecting the outcomes", None)
    answer = answer_of(case, posterior, with_curves=settings.in_full)
    reference = answer if posterior is exactly else answer_of(case, exactly)
    progress("summarizing", None)
    result = _summarize(case, answer, reference)
    return _with_details(result, case, answer, reference) if settings.in_full else result


def answer_of(case: Case, posterior: Posterior, *, with_curves: bool = False) -> Answer:
    """Project a posterior, and measure the Monte Carlo precision of parameters, probabilities and outcomes.

    Parameters known in closed form are measured only where a report shows them, with the curves.
    """
    outcomes = project_posterior(case, posterior, with_curves=with_curves)
    shape = posterior.draws.hypothesis.shape
    measured = inference.DIMENSIONS if with_curves or posterior.known is None else PROBABILITIES
    quantities = inference.scalars(case, posterior.draws, measured) | {
        name: window.influence.reshape(shape) for name, window in outcomes.by_name.items()
    }
    if case.open_winners:  # P(winner) at a draw is what the record makes of the weights drawn
        of_winner = posterior.draws.winner.reshape(*shape, -1)
        quantities |= {f"P({winner} wins)": of_winner[..., row] for row, winner in enumerate(case.winner_ids)}
    return Answer(posterior, outcomes, posterior.engine.measure(quantities))


def _summarize(case: Case, answer: Answer, reference: Answer) -> Forecast:
    posterior, closed_form = answer.posterior, _closed_form(reference)
    chains, draws = posterior.draws.hypothesis.shape
    return Forecast(
        case=case.id,
        title=case.title,
        question=case.question,
        as_of=case.information_cutoff,
        election_date=case.election.date if case.election else None,
        horizon=case.horizon,
        engine=posterior.engine.name,
        random_seed=posterior.random_seed,
        draws=chains * draws,
        tune=posterior.tune,
        chains=chains,
        inputs_sha256=case.inputs_sha256,
        versions=versions(posterior.engine.name),
        hypotheses=_hypotheses(case, answer, closed_form),
        evidence=item_weights(case, closed_form),
        records=record_weights(case, closed_form),
        clusters=cluster_weights(case, closed_form, posterior.draws),
        model_steps=(),
        election=_election(case, answer),
        outcomes={
            outcome.id: _outcome(case, index, outcome, answer, reference) for index, outcome in enumerate(case.outcomes)
        },
        prior_outcomes={},
        parameters=(),
        diagnostics=with_causes(
            posterior.engine.diagnose(answer.precision, posterior.draws, agreement_of(case, answer, reference)),
            case,
            posterior.draws,
        ),
        inputs=case,
        target_accept=posterior.target_accept,
        sampled=posterior.draws,
        per_draw={
            outcome: {window: value.draws for window, value in open_windows.items()}
            for outcome, open_windows in answer.outcomes.windows.items()
        },
    )


def _with_details(result: Forecast, case: Case, answer: Answer, reference: Answer) -> Forecast:
    """Return the forecast with what only a report shows, from the ladder of models to the outside view."""
    from detente.exact.whatif import what_if
    from detente.forecast.election import poll_forecast
    from detente.forecast.outside import outside_view
    from detente.forecast.parameters import summarize_parameters

    closed_form = _closed_form(reference)
    return result.changed(
        model_steps=model_steps(case, closed_form),
        prior_outcomes=_prior_outcomes(case, result.random_seed),
        parameters=summarize_parameters(case, answer.posterior.draws, answer.precision),
        what_if=what_if(case, closed_form),
        polls=poll_forecast(case),
        outside_view=outside_view(case),
    )


def _closed_form(reference: Answer) -> ExactPosterior:
    closed_form = reference.posterior.closed_form
    assert closed_form is not None  # noqa: S101 - the reference is the exact engine's
    return closed_form


def _prior_outcomes(case: Case, random_seed: int) -> dict[str, float]:
    """Return the prior predictive P(outcome by the horizon): what the judgements alone imply."""
    bare = case.without_evidence()
    quick = Settings(engine="exact", draws=PRIOR_DRAWS, random_seed=random_seed)
    outcomes = project_posterior(bare, inference.EXACT.infer(bare, quick))
    return {outcome: by_window[HORIZON] for outcome, by_window in outcomes.probabilities.items()}


def _hypotheses(case: Case, answer: Answer, closed_form: ExactPosterior) -> dict[str, HypothesisForecast]:
    draws = answer.posterior.draws.flat("hypothesis_probability")
    by_id = {}
    for index, hypothesis in enumerate(case.hypotheses):
        probability = float(answer.posterior.probability[index])
        by_id[hypothesis.id] = HypothesisForecast(
            statement=hypothesis.statement,
            prior=case.priors.hypotheses.weights[hypothesis.id],
            posterior=probability,
            interval=interval(draws[:, index]),
            term=term(probability),
            exact=float(closed_form.probability[index]),
            mcse=answer.mcse_unless_known(f"hypothesis_probability[{hypothesis.id}]"),
        )
    return by_id


def _election(case: Case, answer: Answer) -> dict[str, WinnerForecast]:
    if case.election is None:
        return {}
    by_id, posterior = {}, answer.posterior
    for index, winner in enumerate(case.election.winners):
        if case.winner:
            sure = float(winner.id == case.winner)
            by_id[winner.id] = WinnerForecast(winner.label, sure, (sure, sure))
        else:
            is_open = winner.id in case.open_winners
            error = answer.mcse_unless_known(f"P({winner.id} wins)" if is_open else f"winner_probability[{winner.id}]")
            bounds = interval(posterior.draws.winner[:, index])
            by_id[winner.id] = WinnerForecast(winner.label, float(posterior.winner[index]), bounds, error)
    return by_id


def _outcome(case: Case, index: int, outcome: Outcome, answer: Answer, reference: Answer) -> OutcomeForecast:
    happened = occurrence(case, outcome)
    projected = answer.outcomes.windows[outcome.id]
    open_windows = dict(projected)
    days = (happened.first, happened.last) if happened else (None, None)
    after = outcome_windows(case, outcome).get(AFTER_ELECTION)
    if after and BEFORE_ELECTION not in open_windows and after.ruling(*days) != "void":
        open_windows[AFTER_ELECTION] = open_windows[HORIZON]  # the election is past: given not before it
    if happened and BEFORE_ELECTION in open_windows:
        del open_windows[AFTER_ELECTION]

    def forecast_of(window: str) -> WindowForecast | None:
        if window not in open_windows:
            return None
        source = window if window in projected else HORIZON
        winners = () if window == BEFORE_ELECTION else answer.outcomes.projection.winners
        here = open_windows[window]
        return WindowForecast(
            probability=here.probability,
            interval=here.interval,
            term=term(here.probability),
            by_hypothesis=dict(zip(case.hypothesis_ids, map(float, here.by_hypothesis), strict=True)),
            by_winner=dict(zip(winners, map(float, here.by_winner), strict=True)) if winners else {},
            exact=reference.outcomes.windows[outcome.id][source].probability,
            mcse=answer.mcse(f"{outcome.id}.{source}"),
        )

    horizon = forecast_of(HORIZON)
    assert horizon is not None  # noqa: S101 - the horizon is always open
    deadlines = {day: forecast_of(by_deadline(day)) for day in case.deadlines_ahead}
    return OutcomeForecast(
        label=outcome.label,
        process=outcome.process,
        state=outcome.state,
        resolution=outcome.resolution,
        horizon=horizon,
        curve=_curve(case, answer.outcomes.projection, index),
        deadlines={day: window for day, window in deadlines.items() if window is not None},
        before_election=forecast_of(BEFORE_ELECTION),
        after_election=forecast_of(AFTER_ELECTION),
        happened=happened.first if happened else None,
        precision=happened.precision if happened else "day",
        asks=outcome.asks if outcome.is_current else None,
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


def agreement_of(case: Case, answer: Answer, reference: Answer) -> ExactAgreement | None:
    """Return how far an engine's answer is from the exact engine's; for the latter, its draws from the closed form.

    The error of an average has to allow for what its draws never met.  About one draw in 10,000 meets a hypothesis of
    probability .0001; if none did, the draws hardly vary, and their standard error does not tell.  But P(h) is known
    exactly, and with it the variance of draws that meet h as often as they should (:func:`variance_if_met`).  What the
    sample variance lacks of it belongs to the error of P(h) and, in proportion to what h implies for them, to that of
    the outcomes.
    """
    draws = answer.posterior.draws.flat("hypothesis_probability")
    closed_form = reference.posterior.probability
    sampled: dict[str, float] = {}
    exact: dict[str, float] = {}
    error: dict[str, float] = {}
    effective: dict[str, float] = {}
    unmet = np.zeros(closed_form.size)
    for index, h in enumerate(case.hypothesis_ids):
        values, name = draws[:, index], f"P({h})"
        sampled[name], exact[name] = float(values.mean()), float(closed_form[index])
        variance, mcse = float(values.var(ddof=1)), answer.mcse(f"hypothesis_probability[{h}]")
        effective[name] = variance / mcse**2 if mcse > 0 else float(values.size)
        unmet[index] = (variance_if_met(values, exact[name]) - variance) / effective[name]
        error[name] = float(np.hypot(mcse, np.sqrt(unmet[index])))
    if answer is not reference:
        from detente.forecast.outside import outside_agreement

        few = _of_few_draws(reference.posterior.draws.flat("hypothesis_probability"), closed_form)
        expected = reference.outcomes.by_name
        for name, window in answer.outcomes.by_name.items():
            sampled[name], exact[name] = window.probability, expected[name].probability
            contrast = expected[name].by_hypothesis - exact[name]
            unseen = np.sqrt(unmet @ contrast**2 + few)
            error[name] = float(np.linalg.norm([answer.mcse(name), reference.mcse(name), unseen]))
            if not name.endswith(AFTER_ELECTION) and answer.mcse(name) > 0:  # that is a ratio of two averages
                effective[name] = float(window.draws.var(ddof=1)) / answer.mcse(name) ** 2
        from_outside = outside_agreement(case, answer.posterior.draws, reference.posterior.closed_form)
        measured = answer.posterior.engine.measure({name: values for name, (values, _) in from_outside.items()})
        for name, (values, expected_mean) in from_outside.items():
            sampled[name], exact[name] = float(values.mean()), expected_mean
            error[name] = measured[name].mcse if name in measured else 0.0
    return agreement(sampled, exact, error, effective)


def _of_few_draws(probability: Floats, closed_form: Floats) -> float:
    """Return the squared error of outcomes that is due to hypotheses which few of the exact engine's draws weigh in.

    An outcome under h is averaged with weights ``probability`` (draws, hypothesis): over so many draws as
    ``(sum p)^2 / sum p^2``.  One more, anywhere between 0 and 1, has a variance of at most 1/4.
    """
    weighed = probability.sum(axis=0) ** 2 / np.maximum((probability**2).sum(axis=0), np.finfo(float).tiny)
    return float(((closed_form / (2 * (weighed + 1))) ** 2).sum())
