"""Compare two runs: every headline before and after, and what each change contributed to the difference.

Each stage between the two is a whole case that the exact engine answers, so that contributions sum to the difference.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import structs

from detente.analysis.attribution import Contribution, attribute
from detente.forecast.outcomes import Headlines, headlines

if TYPE_CHECKING:
    from detente.forecast import Forecast


@dataclass(frozen=True)
class Comparison:
    """Two runs, the headlines of each by the exact engine, and what each change in turn contributed."""

    before: Forecast
    after: Forecast
    headlines_before: Headlines
    headlines_after: Headlines
    contributions: tuple[Contribution, ...]

    def to_json(self) -> dict[str, object]:
        """Return the comparison for programs."""

        def side(run: Forecast, one: Headlines) -> dict[str, object]:
            return {"as_of": str(run.as_of), "inputs_sha256": run.inputs_sha256, **structs.asdict(one)}

        return {
            "case": self.after.case,
            "before": side(self.before, self.headlines_before),
            "after": side(self.after, self.headlines_after),
            "contributions": [{**vars(part), "date": part.date and str(part.date)} for part in self.contributions],
        }


def compare(before: Forecast, after: Forecast) -> Comparison:
    """Compare two runs of one case, in the order given.

    Time passes forwards only: where the first has the later cut-off, the contributions are those of the way from the
    second to the first, taken back one by one.

    Raises
    ------
    detente.errors.IncomparableError
        The two do not weigh the same hypotheses.
    """
    if after.as_of < before.as_of:
        contributions = tuple(map(_taken_back, reversed(attribute(after.inputs, before.inputs))))
    else:
        contributions = attribute(before.inputs, after.inputs)
    return Comparison(before, after, headlines(before.inputs), headlines(after.inputs), contributions)


def _taken_back(contribution: Contribution) -> Contribution:
    """Return what a change contributes where it is taken back."""
    hypotheses, outcomes = (
        {name: -moved for name, moved in side.items()} for side in (contribution.hypotheses, contribution.outcomes)
    )
    return dataclasses.replace(contribution, hypotheses=hypotheses, outcomes=outcomes)
