"""What a verification says: its sentences, its tables, its figure."""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET

import numpy as np

from detente.report.verification import agreement_line, render_verification, results_csv, sentences
from detente.verify.result import Agreement, CalibrationTest, EngineReport, Plan, Power, Quantity, Verification
from detente.verify.uniformity import points


def report(verdict="pass", failed=(), shift=0.32, narrow=1.5, lag=0.06, p=0.02, engine="nuts"):
    flat = tuple(np.zeros(points(100).size))
    rows = (
        Quantity("discrimination", "Evidence", 0.5, outside=False, farthest=0.03, lag=lag, difference=flat),
        Quantity(
            "a<b|c", "Outcomes", p, outside=True, farthest=-0.2, lag=lag, difference=tuple(0.2 * v for v in points(100))
        ),
    )
    calibrations = (
        CalibrationTest("Spiegelhalter's z of P(hypothesis)", 100, 0.6, 0.59, 0.8, -0.25),
        CalibrationTest("P(first)", 100, 0.5, 0.52, 0.7),
    )
    return EngineReport(
        engine, 100, rows, calibrations, 4, 1, 0.1, failed, p, "a<b|c", Power(shift, narrow), 3, lag, verdict
    )  # fmt: skip


def verification(*reports):
    agreed = (Agreement("small", 1.92, "P(first)", 12, "pass"),)
    return Verification(
        "small",
        "A | question?",
        dt.date(2030, 6, 1),
        Plan(replicates=100),
        "ab" * 32,
        {"numpy": "2"},
        reports,
        agreed,
        "pass",
    )


def test_a_pass_says_how_many_tests_there_were_and_what_would_have_been_found():
    assert list(sentences(report())) == [
        "NUTS: passed (100 replicates, 4 tests).",
        "1 of 2 quantities leaves its 95% band; 0.1 would by chance.",
        "The smallest p-value is 0.02 (a<b|c); adjusted for 4 tests, 0.08.",
        (
            "80% power to detect a bias of 0.32 posterior standard deviations, or a posterior 1.5 times too narrow, "
            "in any one quantity."
        ),
    ]


def test_a_failure_names_what_failed():
    lines = list(sentences(report("fail", failed=tuple(f"q{n}" for n in range(10)), p=1e-9)))
    assert lines[0] == "NUTS: FAILED (100 replicates, 4 tests)."
    assert lines[2] == "The smallest p-value is 1e-09 (a<b|c); adjusted for 4 tests, 4e-09."
    assert lines[3] == (
        "A correct engine fails any test this badly in less than one verification in a hundred. "
        "Failed: q0, q1, q2, q3, q4, q5, q6, q7 and 2 more."
    )


def test_draws_that_depend_on_each_other_are_said():
    text = " ".join(sentences(report("fail", lag=0.31)))
    assert "The kept draws are not independent: their mean lag-1 autocorrelation reaches 0.31 (limit 0.2)." in text


def test_too_few_is_no_pass():
    lines = list(sentences(report("too few", shift=float("inf"), narrow=float("inf"), engine="exact")))
    assert lines[0] == "The exact engine: too few replicates (100 replicates, 4 tests)."
    assert lines[-2] == "Too few replicates to detect even a bias of four posterior standard deviations."
    assert lines[-1] == (
        "This is not a pass: a bias of 0.5 posterior standard deviations could go undetected. "
        "Ask for more --replicates."
    )


def test_agreements():
    assert agreement_line(Agreement("one", 1.92, "P(a)", 33, "pass")) == (
        "one: passed; 33 quantities, of which P(a) differs most, by 1.9 Monte Carlo standard errors"
    )
    assert agreement_line(Agreement("one", 0.0, "none", 0, "pass")) == (
        "one: no probability varies, and both engines give the same"
    )


def test_the_table_for_programs():
    assert results_csv(verification(report())).splitlines() == [
        "engine,kind,name,p_value,outside_band,farthest,lag,replicates,forecast,frequency,z",
        "nuts,place,discrimination,0.5,no,0.0300,0.060,100,,,",
        "nuts,place,a<b|c,0.02,yes,-0.2000,0.060,100,,,",
        "nuts,frequency,Spiegelhalter's z of P(hypothesis),0.8,,,,100,0.600000,0.590000,-0.2500",
        "nuts,frequency,P(first),0.7,,,,100,0.500000,0.520000,",
        "both,agreement,small: P(first),,,,,,,,1.920",
    ]


def test_the_files_escape_what_a_case_says():
    files = render_verification(verification(report(), report(engine="exact")), "detente verify small")
    assert set(files) == {"verify.md", "verify.json", "verify.csv", "sbc-nuts.svg", "sbc-exact.svg"}
    text = files["verify.md"].decode()
    assert text.startswith("# A \\| question?\n\n**Verification of the inference as of 1 June 2030: passed.**")
    assert "a&lt;b\\|c" in text
    assert "ranked among every 8th draw" in text
    assert "There were 3 divergences in 80,000 draws" in text
    root = ET.fromstring(files["sbc-nuts.svg"].decode())  # noqa: S314 - our own
    words = " ".join(root.itertext())
    assert "Outcomes (1: 1 outside)" in words
    assert "1 of 2 quantities leaves its 95% band" in words
