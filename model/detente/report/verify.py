"""A verification as files: the verdict and its tables for people (Markdown), all of it for programs, and a figure."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from detente.report.figures import to_svg
from detente.report.figures.curves import CalibrationCurve, CalibrationCurves, CalibrationPanel
from detente.report.markdown import grid, text
from detente.report.prose import count, date
from detente.report.specs import Column, Figure, table
from detente.verify.result import AGREEMENT_WITHIN, BAND_LEVEL, LAG_BELOW, SHIFT_WANTED
from detente.verify.uniformity import band

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from detente.settings import EngineName
    from detente.verify.result import Agreement, EngineReport, Verification

ENGINES = {"nuts": "NUTS", "exact": "The exact engine"}
VERDICTS = {"pass": "passed", "fail": "FAILED", "too few": "too few replicates to tell"}
LISTED = 8
CSV_COLUMNS = (
    "engine", "kind", "name", "p_value", "outside_band", "farthest", "lag", "replicates", "forecast", "frequency", "z",
)  # fmt: skip


def render_verification(found: Verification, command: str) -> Mapping[str, bytes]:
    """Return the files of a verification by name; ``command`` makes them again."""
    figures = {report.engine: _figure(report) for report in found.engines}
    return {
        "verify.json": (json.dumps(found.to_json(), ensure_ascii=False, indent=1) + "\n").encode(),
        "verify.csv": to_csv(found).encode(),
        "verify.md": _markdown(found, figures, command).encode(),
        **{f"{figure.name}.svg": to_svg(figure).encode() for figure in figures.values()},
    }


def to_csv(found: Verification) -> str:
    """Return one row a test: places of quantities, frequencies of forecasts, agreements of the engines."""
    rows: list[dict[str, object]] = []
    for report in found.engines:
        rows += [
            {
                "engine": report.engine, "kind": "place", "name": one.name, "p_value": f"{one.p_value:.6g}",
                "outside_band": "yes" if one.outside else "no", "farthest": f"{one.farthest:.4f}",
                "lag": "" if one.lag is None else f"{one.lag:.3f}", "replicates": report.replicates,
            }
            for one in report.quantities
        ]  # fmt: skip
        rows += [
            {
                "engine": report.engine, "kind": "frequency", "name": one.name, "p_value": f"{one.p_value:.6g}",
                "replicates": one.count, "forecast": f"{one.forecast:.6f}", "frequency": f"{one.frequency:.6f}",
                "z": "" if one.z is None else f"{one.z:.4f}",
            }
            for one in report.calibrations
        ]  # fmt: skip
    for pair in found.agreements:
        name = f"{pair.case}: {pair.quantity}"
        rows.append({"engine": "both", "kind": "agreement", "name": name, "z": f"{pair.max_z:.3f}"})
    lines = io.StringIO(newline="")
    writer = csv.DictWriter(lines, CSV_COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return lines.getvalue()


def sentences(report: EngineReport) -> Iterator[str]:
    """Say what was found of an engine, and how much that tells."""
    size = f"{count(report.replicates, 'replicate')}, {count(report.tests, 'test')}"
    yield f"{ENGINES[report.engine]}: {VERDICTS[report.verdict]} ({size})."
    yield f"{_outside(report)}."
    yield (
        f"The smallest p-value is {_p(report.smallest)}, of {report.smallest_of}; allowing for {report.tests} tests it "
        f"is {_p(min(1.0, report.smallest * report.tests))}."
    )
    if report.failed:
        more = f" and {len(report.failed) - LISTED} more" if len(report.failed) > LISTED else ""
        yield (
            "A sound engine fails any test this badly in less than one verification in a hundred. "
            f"Failed: {', '.join(report.failed[:LISTED])}{more}."
        )
    if report.lag_max is not None and report.lag_max >= LAG_BELOW:
        yield (
            f"Kept draws are not independent: the mean correlation with the next reaches {report.lag_max:.2f} "
            f"(wanted below {LAG_BELOW:g})."
        )
    yield _power(report)
    if report.verdict == "too few":
        yield (
            f"That is no pass: a posterior {SHIFT_WANTED:g} standard deviations off could go unseen. "
            "Ask for more --replicates."
        )


def agreement_line(row: Agreement) -> str:
    """Say how far sampled and exact lie apart on one case."""
    if row.quantities == 0:
        return f"{row.case}: nothing varies, and both engines say the same"
    return (
        f"{row.case}: {count(row.quantities, 'number')}, largest distance {row.max_z:.1f} Monte Carlo errors, "
        f"of {row.quantity}: {VERDICTS[row.verdict]}"
    )


def _outside(report: EngineReport) -> str:
    return (
        f"{report.outside} of {len(report.quantities)} quantities leave their own 95 % band, where {report.expected:g} "
        "would by chance"
    )


def _power(report: EngineReport) -> str:
    power = report.power
    if power.shift == float("inf"):
        return "So few replicates would not find a posterior four standard deviations off."
    narrow = f", or {power.narrow:.1f} times too narrow," if power.narrow != float("inf") else ""
    return (
        f"So many replicates find, four times in five, a posterior that is {power.shift:.2f} of its standard "
        f"deviations off{narrow} in any one quantity."
    )


def _p(value: float) -> str:
    return f"{value:.2g}" if value >= 1e-4 else f"{value:.0e}"  # noqa: PLR2004 - below that in powers of ten


def _signed(value: float, digits: int) -> str:
    return f"{value:+.{digits}f}".replace("-", "−")


def _figure(report: EngineReport) -> Figure:
    bounds = band(report.replicates, BAND_LEVEL)
    panels = tuple(
        CalibrationPanel(
            group,
            tuple(CalibrationCurve(row.difference, row.outside) for row in report.quantities if row.group == group),
        )
        for group in dict.fromkeys(row.group for row in report.quantities)
    )
    return Figure(
        name=f"sbc-{report.engine}",
        title=f"Simulation-based calibration, {report.engine}: {_outside(report)}",
        description=(
            f"For each quantity, the share of {report.replicates} replicates in which the truth lies below a place of "
            "its posterior, less that place. The shaded band holds the whole of such a line in 95 of 100 cases when "
            "the posterior is right. Lines that leave it are dashed."
        ),
        drawing=CalibrationCurves(
            points=tuple(map(float, bounds.points)),
            low=tuple(map(float, bounds.low - bounds.points)),
            high=tuple(map(float, bounds.high - bounds.points)),
            panels=panels,
        ),
    )


def _markdown(found: Verification, figures: Mapping[EngineName, Figure], command: str) -> str:
    blocks = [
        f"# {text(found.title)}: verification as of {date(found.as_of)}",
        f"**Verdict: {VERDICTS[found.verdict]}.**",
        (
            "A truth is drawn from the prior; evidence, records, polls and waits are simulated from it; and the engine "
            "is asked for the posterior. Over many replicates the truth must lie anywhere in it equally often (Talts "
            "and others 2018). Of a hundred quantities five leave a 95 % band by chance; what decides is the smallest "
            "p-value times the number of tests (Holm 1979)."
        ),
    ]
    for report in found.engines:
        figure = figures[report.engine]
        blocks += [
            f"## {'NUTS' if report.engine == 'nuts' else 'Exact engine'}",
            " ".join(str(text(line)) for line in sentences(report)),
            f"![{text(figure.title)}]({figure.name}.svg)",
            str(text(figure.description)),
            *_tables(report),
            *([_thinning(found, report)] if report.engine == "nuts" else []),
        ]
    if found.agreements:
        lines = "\n".join(f"- {text(agreement_line(row))}" for row in found.agreements)
        wanted = f"Every P(hypothesis) and outcome, sampled and integrated; wanted: within {AGREEMENT_WITHIN:g}."
        blocks += ["## Sampled against exact", wanted, lines]
    used = text(", ".join(f"{name} {version}" for name, version in found.versions.items()))
    blocks.append(
        f"Made by `{command}` with random seed {found.plan.random_seed}; inputs {found.inputs_sha256[:12]}; {used}. "
        "Every test is in `verify.csv` and `verify.json`."
    )
    return "\n\n".join(map(str, blocks)) + "\n"


def _thinning(found: Verification, report: EngineReport) -> str:
    plan, lag = found.plan, report.lag_max or 0.0
    return (
        f"A replicate takes {plan.draws} draws in {count(plan.chains, 'chain')} after {plan.tune} of warm-up each; "
        f"every {plan.thinning}th is kept, and the truth ranked among those. They are nearly independent: the mean "
        f"correlation of one with the next is at most {lag:.2f}, of all quantities. "
        f"There were {count(report.divergences, 'divergence')} in {report.replicates * plan.draws} draws."
    )


def _tables(report: EngineReport) -> Iterator[str]:
    """Yield the least uniform quantities, and the forecasts beside the frequencies."""
    least = sorted(report.quantities, key=lambda row: row.p_value)[:LISTED]
    yield _grid(
        ("Least uniform", "p", "Farthest from uniform"),
        tuple((row.name, _p(row.p_value), _signed(row.farthest, 3)) for row in least),
    )
    rows = tuple(
        (
            row.name if row.z is None else f"{row.name}: {_signed(row.z, 2)}",
            str(row.count),
            f"{100 * row.forecast:.1f} %",
            f"{100 * row.frequency:.1f} %",
            _p(row.p_value),
        )
        for row in report.calibrations
    )
    yield _grid(("Forecast", "Replicates", "Mean", "Came true", "p"), rows)


def _grid(heads: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    columns = tuple(Column(head, "text" if place == 0 else "number") for place, head in enumerate(heads))
    return str(grid(table("", columns, rows)))
