"""The width of stated ranges, fitted to simulated panels whose answer is known, and proved on what was left out."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import ndtri
from tests.answers import DF, LOG_SD, MEDIAN, simulated, write

from detente.errors import CalibrationError, SetError
from detente.evaluation.panels import interval_fit, intervals
from detente.evaluation.panels.interval_fit import read_intervals
from detente.evaluation.panels.intervals import prove_widths, score_widths
from detente.exact.widths import standardized


def fitted(questions):
    panel = interval_fit.panel_of(questions)
    return interval_fit.describe(panel, interval_fit.fit(panel))


@pytest.fixture(scope="module")
def questions(tmp_path_factory):
    return read_intervals(write(tmp_path_factory.mktemp("panel") / "intervals.csv.gz", simulated(1)))


def test_what_was_put_in_comes_out(questions):
    fit = fitted(questions)
    assert (fit.answers, fit.assessors, fit.studies) == (3600, 300, 20)
    for found, truth in ((fit.median, MEDIAN), (fit.log_sd, LOG_SD), (fit.df, DF)):
        assert abs(found.value - truth) < 3 * found.error
        assert found.error < 0.12 * truth
        assert found.interval[0] < found.value < found.interval[1]
    assert fit.worth.value == pytest.approx((DF + 3) / (2 * DF * LOG_SD**2), rel=0.25)
    factor = MEDIAN * np.exp(LOG_SD * np.random.default_rng(2).standard_normal(200_000))
    assert fit.mass.value == pytest.approx((1 - 2 * stats.t.sf(ndtri(0.95) / factor, DF)).mean(), abs=0.03)


def test_the_likelihood_by_another_integrator(questions):
    some = interval_fit.panel_of(questions[:60])
    theta = np.log([1.5, 0.6, 1.4])

    def density(log_factor, errors):
        factor = np.exp(log_factor)
        return stats.norm.pdf(log_factor, theta[0], 0.6) * np.prod(stats.t.pdf(errors, 1.4, scale=factor))

    expected = [
        np.log(integrate.quad(density, -5, 6, args=(some.error[some.assessor == n],), epsabs=0, epsrel=1e-9)[0])
        for n in range(3)
    ]
    np.testing.assert_allclose(interval_fit._likelihood(some, theta)[:3], expected, atol=1e-6)


def test_leaving_out_by_one_step_is_leaving_out(questions):
    """Against fits to what is left."""
    found = interval_fit.panel_of(questions)
    quick = interval_fit.leave_out(interval_fit.fit(found), found.study_of)
    for study in (0, 7):
        left = [q for q in questions if q.study != f"s{study}"]
        np.testing.assert_allclose(quick[study], interval_fit.fit(interval_fit.panel_of(left)).theta, atol=3e-3)


def test_out_of_sample_intervals_hold_what_they_claim(questions):
    standings = {(s.method, s.left_out, s.known): s for s in prove_widths(questions, 1).standings}
    for known in ("nothing", "earlier answers"):
        for left in ("study", "assessor"):
            for row in standings["learned", left, known].coverage:
                assert row.held == pytest.approx(row.level, abs=0.03)
                assert row.interval[0] <= row.held <= row.interval[1]
    assert (
        standings["learned", "study", "earlier answers"].log_score < standings["learned", "study", "nothing"].log_score
    )
    four = standings["four_widths", "study", "nothing"].coverage[2]
    assert 0.86 < four.held < 0.91
    word = standings["at_word", "nothing", "nothing"].coverage[2]
    assert word.held == pytest.approx(np.mean(np.abs(standardized(questions)) < ndtri(0.95)))
    assert sum(standings["at_word", "nothing", "nothing"].places) == len(questions)


def test_a_later_answer_tells_nothing_of_an_earlier_one(questions):
    """The first question of everybody is predicted as if nothing were known, and from the second on not."""
    found = interval_fit.panel_of(questions)
    theta = np.tile(np.log([1.8, 0.5, 2.0]), (found.error.size, 1))
    bare, taught = (intervals._predict(found, theta, known).place for known in ("nothing", "earlier answers"))
    first = np.arange(0, found.error.size, 12)
    np.testing.assert_allclose(taught[first], bare[first])
    assert np.abs(taught - bare)[first + 1].max() > 0.01


def test_a_fit_is_scored_on_other_answers(questions, tmp_path):
    other = read_intervals(write(tmp_path / "other.csv", simulated(5, studies=1)))
    found = score_widths(fitted(questions).prior, other, 1)
    assert found.resampled == "assessor"
    assert found.standings[0].coverage[2].held == pytest.approx(0.9, abs=0.06)
    assert found.fit.studies == 1


def test_problems_are_named(tmp_path):
    rows = [list(row) for row in simulated(3, 1, 2, 2)]
    rows[1][5], rows[2][4] = "abc", 1.5
    with pytest.raises(SetError) as caught:
        read_intervals(write(tmp_path / "i.csv", rows))
    assert 'i.csv:3: low: must be a number such as 0.25 (got "abc")' in str(caught.value)
    assert "i.csv:4: mass: must be" in str(caught.value)
    with pytest.raises(SetError, match="there is no such file in"):
        read_intervals(tmp_path / "none.csv")
    (tmp_path / "broken.csv.gz").write_bytes(gzip.compress(b"assessor,item,low,mid,high,truth")[:-9])
    with pytest.raises(SetError, match="cannot be read"):
        read_intervals(tmp_path / "broken.csv.gz")
    with pytest.raises(CalibrationError, match="tell too little of how assessors differ"):
        fitted(read_intervals(write(tmp_path / "few.csv", simulated(3, 1, 2, 2))))
