"""Compare two runs: every headline before and after, and what each change contributed to the difference.

Each stage between the two is a whole case that the exact engine answers, so that contributions sum to the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.analysis.attribution import attribute
from detente.forecast.headlines import headlines

if TYPE_CHECKING:
    from detente.analysis.attribution import Contribution
    from detente.forecast import Forecast
    from detente.forecast.headlines import Headlines


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
            return {"as_of": str(run.as_of), "inputs_sha256": run.inputs_sha256, **vars(one)}

        return {
            "case": self.after.case,
            "before": side(self.before, self.headlines_before),
            "after": side(self.after, self.headlines_after),
            "contributions": [{**vars(part), "date": part.date and str(part.date)} for part in self.contributions],
        }


def compare(before: Forecast, after: Forecast) -> Comparison:
    """Compare two runs of one case; the one with the earlier cut-off comes first, whatever their order.

    Raises
    ------
    detente.errors.IncomparableError
        The two do not weigh the same hypotheses.
    """
    if after.as_of < before.as_of:
        before, after = after, before
    contributions = attribute(before.inputs, after.inputs)
    return Comparison(before, after, headlines(before.inputs), headlines(after.inputs), contributions)
