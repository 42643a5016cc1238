"""A verification as files: the verdict and its tables for people (Markdown), all of it for programs, and a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.jsonable import json_text
from detente.report.figures import to_files
from detente.report.figures.curves import calibration_curves
from detente.report.prose import capital, clean, count
from detente.report.render import markdown_page
from detente.report.specs import Figure
from detente.report.tables import Column, Columns, Kind, Table, table, to_csv
from detente.verify.result import AGREEMENT_WITHIN, BAND_LEVEL, LAG_BELOW, SHIFT_WANTED
from detente.verify.uniformity import band

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from detente.verify.result import Agreement, CalibrationTest, EngineReport, Quantity, Verification

ENGINES = {"nuts": "NUTS", "exact": "The exact engine"}
VERDICTS = {"pass": "passed", "fail": "FAILED", "too few": "too few replicates"}
LISTED = 8
CSV_COLUMNS = (
    "engine", "kind", "name", "p_value", "outside_band", "farthest", "lag", "replicates", "forecast", "frequency", "z",
)  # fmt: skip
DIGITS = {"farthest": 4, "lag": 3, "forecast": 6, "frequency": 6}


def render_verification(verification: Verification, command: str) -> Mapping[str, bytes]:
    """Return the files of a verification by name; ``command`` makes them again."""
    figures = {report.engine: _figure(report) for report in verification.engines}
    page = markdown_page(
        "verify.j2",
        v=verification,
        verdict=VERDICTS[verification.verdict],
        reports=[(one, " ".join(sentences(one)), figures[one.engine], _tables(one)) for one in verification.engines],
        agreements=[agreement_line(row) for row in verification.agreements],
        within=AGREEMENT_WITHIN,
        command=command,
    )
    return {
        "verify.json": json_text(verification.to_json()).encode(),
        "verify.csv": results_csv(verification).encode(),
        "verify.md": page.encode(),
        **to_files(figures.values()),
    }


def verdict_lines(verification: Verification, seconds: float) -> Iterator[str]:
    """Yield what a terminal shows: each engine's findings, the two engines beside each other, and the verdict."""
    for report in verification.engines:
        for number, line in enumerate(sentences(report)):
            yield f"{'  ' if number else ''}{clean(line)}"
    if verification.agreements:
        yield "Sampled against exact:"
    for row in verification.agreements:
        yield f"  {clean(agreement_line(row))}"
    yield f"Verdict: {VERDICTS[verification.verdict]} ({seconds:.0f} s)"


def results_csv(verification: Verification) -> str:
    """Return one row for each test: places of quantities, frequencies of forecasts, agreements of the engines."""
    rounded = {key: f"{{:.{digits}f}}" for key, digits in DIGITS.items()}

    def cell(key: str, row: Mapping[str, object]) -> object:
        return rounded[key].format(row[key]) if key in rounded and row.get(key) is not None else row.get(key)

    return to_csv(table("", _tests(verification), Columns(CSV_COLUMNS, str, cell)))


def _tests(verification: Verification) -> Iterator[Mapping[str, object]]:
    for report in verification.engines:
        for quantity in report.quantities:
            yield {
                "engine": report.engine, "kind": "place", "name": quantity.name, "p_value": f"{quantity.p_value:.6g}",
                "outside_band": "yes" if quantity.outside else "no", "farthest": quantity.farthest,
                "lag": quantity.lag, "replicates": report.replicates,
            }  # fmt: skip
        for test in report.calibrations:
            yield {
                "engine": report.engine, "kind": "frequency", "name": test.name, "p_value": f"{test.p_value:.6g}",
                "replicates": test.count, "forecast": test.forecast, "frequency": test.frequency,
                "z": None if test.z is None else f"{test.z:.4f}",
            }  # fmt: skip
    for pair in verification.agreements:
        name = f"{pair.case}: {pair.quantity}"
        yield {"engine": "both", "kind": "agreement", "name": name, "z": f"{pair.max_z:.3f}"}


def sentences(report: EngineReport) -> Iterator[str]:
    """Say what was found of an engine, and what it could have found."""
    size = f"{count(report.replicates, 'replicate')}, {count(report.tests, 'test')}"
    yield f"{ENGINES[report.engine]}: {VERDICTS[report.verdict]} ({size})."
    yield f"{capital(_outside(report))}."
    yield (
        f"The smallest p-value is {p_value(report.smallest)} ({report.smallest_of}); "
        f"adjusted for {count(report.tests, 'test')}, {p_value(min(1.0, report.smallest * report.tests))}."
    )
    if report.failed:
        more = f" and {len(report.failed) - LISTED} more" if len(report.failed) > LISTED else ""
        yield (
            "A correct engine fails any test this badly in less than one verification in a hundred. "
            f"Failed: {', '.join(report.failed[:LISTED])}{more}."
        )
    if report.lag_max is not None and report.lag_max >= LAG_BELOW:
        yield (
            f"The kept draws are not independent: their mean lag-1 autocorrelation reaches {report.lag_max:.2f} "
            f"(limit {LAG_BELOW:g})."
        )
    yield _power(report)
    if report.verdict == "too few":
        yield (
            f"This is not a pass: a bias of {SHIFT_WANTED:g} posterior standard deviations could go undetected. "
            "Ask for more --replicates."
        )


def agreement_line(row: Agreement) -> str:
    """Say how far sampled and exact probabilities lie apart on one case."""
    if row.quantities == 0:
        return f"{row.case}: no probability varies, and both engines give the same"
    return (
        f"{row.case}: {VERDICTS[row.verdict]}; {count(row.quantities, 'quantity', 'quantities')}, of which "
        f"{row.quantity} differs most, by {row.max_z:.1f} Monte Carlo standard errors"
    )


def _outside(report: EngineReport) -> str:
    verb = "leaves its" if report.outside == 1 else "leave their"
    return (
        f"{report.outside} of {count(len(report.quantities), 'quantity', 'quantities')} {verb} 95% band; "
        f"{report.expected:g} would by chance"
    )


def _power(report: EngineReport) -> str:
    power = report.power
    if power.shift == float("inf"):
        return "Too few replicates to detect even a bias of four posterior standard deviations."
    narrow = f", or a posterior {power.narrow:.1f} times too narrow," if power.narrow != float("inf") else ""
    return f"80% power to detect a bias of {power.shift:.2f} posterior standard deviations{narrow} in any one quantity."


def p_value(value: float) -> str:
    """Return a p-value with two digits."""
    return f"{value:.2g}" if value >= 1e-4 else f"{value:.0e}"  # noqa: PLR2004 - below that in powers of ten


P_VALUE = Kind("number", p_value)


def _signed(value: float, digits: int) -> str:
    return f"{value:+.{digits}f}".replace("-", "−")


def _figure(report: EngineReport) -> Figure:
    bounds = band(report.replicates, BAND_LEVEL)
    groups = dict.fromkeys(row.group for row in report.quantities)
    panels = {group: [row for row in report.quantities if row.group == group] for group in groups}
    return Figure(
        name=f"sbc-{report.engine}",
        title=f"{ENGINES[report.engine]}: {_outside(report)}",
        description=(
            "Simulation-based calibration: for each quantity, the distribution of the rank of the truth in its "
            f"posterior over {count(report.replicates, 'replicate')}, less the uniform distribution. If the posterior "
            "is right, the shaded band holds the whole of a curve 95 times in 100. Curves that leave it are dashed."
        ),
        drawing=calibration_curves(
            points=tuple(map(float, bounds.points)),
            low=tuple(map(float, bounds.low - bounds.points)),
            high=tuple(map(float, bounds.high - bounds.points)),
            panels=panels,
        ),
    )


def _tables(report: EngineReport) -> tuple[Table[Quantity], Table[CalibrationTest]]:
    """Return the least uniform quantities, and the forecasts beside the frequencies."""
    least_uniform = table(
        "",
        sorted(report.quantities, key=lambda quantity: quantity.p_value)[:LISTED],
        Column("Least uniform", lambda quantity: quantity.name),
        Column("p", lambda quantity: quantity.p_value, P_VALUE),
        Column("Largest deviation", lambda quantity: _signed(quantity.farthest, 3), "number"),
    )
    calibrations = table(
        "",
        report.calibrations,
        Column("Forecast", lambda test: test.name if test.z is None else f"{test.name} = {_signed(test.z, 2)}"),
        Column("Replicates", lambda test: test.count, "count"),
        Column("Mean forecast", lambda test: test.forecast, "tenths"),
        Column("Observed frequency", lambda test: test.frequency, "tenths"),
        Column("p", lambda test: test.p_value, P_VALUE),
    )
    return least_uniform, calibrations
