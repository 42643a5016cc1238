"""The questions of a forecast for others: a plain table, or what Metaculus takes.

Metaculus identifies a question by a number of its own, which the user has to say, takes probabilities from .001 to
.999, and of a question with several options one probability for each, which sum to one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from detente.errors import DetenteError, quoted, suggestion
from detente.exchange.formats import to_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from detente.forecast import Forecast

LEAST, MOST = 0.001, 0.999
HYPOTHESES = "hypotheses"
"""The name of the question which explanation is true."""
HEAD = ("question", "asks", "by", "label", "resolution", "probability", "low", "high", "as_of")


class QuestionError(DetenteError):
    """Questions to be exported that the forecast does not have."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Say what is wrong with each."""
        super().__init__("\n".join(f"--question: {problem}" for problem in problems))


def to_table(forecast: Forecast) -> str:
    """Return every question of a forecast as CSV: hypotheses, then outcomes by window, with 90% intervals."""
    as_of = forecast.as_of.isoformat()
    rows: list[tuple[object, ...]] = [
        (name, "hypothesis", "", answer.statement, "", answer.posterior, *answer.interval, as_of)
        for name, answer in forecast.hypotheses.items()
    ]
    for name, outcome in forecast.outcomes.items():
        for window, answer in outcome.windows.items():
            closes = forecast.election_date if window == "before_election" else forecast.horizon
            by = window.removeprefix("by:") if window.startswith("by:") else closes
            asked = (f"{name}.{window}", window, by, outcome.label, outcome.resolution or "")
            rows.append((*asked, answer.probability, *answer.interval, as_of))
    return to_csv(HEAD, rows)


def to_metaculus(forecast: Forecast, numbers: Sequence[tuple[str, int]]) -> str:
    """Return the body of a request that forecasts questions of Metaculus, as JSON.

    Parameters
    ----------
    forecast
        What is known.
    numbers
        For each question its name here (a hypothesis, an outcome, an outcome and a window joined by a full stop, or
        ``hypotheses`` for all of them as options) and its number there.

    Raises
    ------
    QuestionError
        The forecast has no question of that name, or one was given twice.
    """
    known = dict(_probabilities(forecast))
    problems = [
        f"there is no question {quoted(name)} (there are: {', '.join((HYPOTHESES, *known))})"
        f"{suggestion(name, (HYPOTHESES, *known))}"
        for name, _ in numbers
        if name != HYPOTHESES and name not in known
    ]
    given = [number for _, number in numbers]
    problems += [f"question {number} is named twice" for number in sorted({n for n in given if given.count(n) > 1})]
    if problems:
        raise QuestionError(problems)
    return json.dumps([_body(forecast, known, name, number) for name, number in numbers], indent=2) + "\n"


def _probabilities(forecast: Forecast) -> Iterator[tuple[str, float]]:
    for name, hypothesis in forecast.hypotheses.items():
        yield name, hypothesis.posterior
    for name, outcome in forecast.outcomes.items():
        yield name, outcome.horizon.probability
        for window, answer in outcome.windows.items():
            yield f"{name}.{window}", answer.probability


def _body(forecast: Forecast, known: Mapping[str, float], name: str, number: int) -> dict[str, object]:
    options = None
    if name == HYPOTHESES:
        kept = {h: min(max(answer.posterior, LEAST), MOST) for h, answer in forecast.hypotheses.items()}
        label = {hypothesis.id: hypothesis.label for hypothesis in forecast.inputs.hypotheses}
        options = {label[h]: share / sum(kept.values()) for h, share in kept.items()}
    return {
        "question": number,
        "source": "api",
        "probability_yes": None if options else min(max(known[name], LEAST), MOST),
        "probability_yes_per_category": options,
        "continuous_cdf": None,
    }
