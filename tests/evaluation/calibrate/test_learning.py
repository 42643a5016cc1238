"""What is refused before anything is worked out, who won, and what is written."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from bulletins import item_bulletin
from cases import PRIORS, write_case

from detente.case import bundled_cases, find_case, read_record
from detente.case.outcomes import Resolution
from detente.cli.calibrate import calibrate_command
from detente.errors import BundledCaseError, CalibrationError
from detente.evaluation.calibrate import BIAS_SD, Lesson, calibrate, check_target, read_lesson
from detente.evaluation.calibrate.resolved import last_resolution, resolve_case
from detente.evaluation.calibrate.tables import outcome_means, outcomes_at
from detente.settings import Settings

STATED = "discrimination: {mean: 0.6, sd: 0.15, because: Contrasts are overstated.}"
NO = Resolution(outcome="border_open", window="horizon", resolution="no", date=dt.date(2024, 3, 1), source="Daily")


def lesson(folder, name="dispute", *, resolutions=(NO,), stated=STATED, **changes):
    write_case(folder, name, priors=PRIORS.replace(STATED, stated), **changes)
    found = read_lesson(find_case(name, folder))
    return Lesson(found.whole.changed(resolutions=tuple(resolutions)), found.announced)


def test_the_default_deviation_is_that_of_the_command():
    (option,) = (parameter for parameter in calibrate_command.params if parameter.name == "bias_sd")
    assert option.default == BIAS_SD


def test_nothing_to_learn_from(tmp_path):
    message = (
        r"^nothing to learn from: no question of dispute is resolved yes or no on record: add resolutions to seeds/dis"
    )
    with pytest.raises(CalibrationError, match=message):
        calibrate([lesson(tmp_path, resolutions=())])
    message = r"^nothing to learn from: no question of dispute is resolved yes or no by 2024-02-29, with its window clo"
    with pytest.raises(CalibrationError, match=message):
        calibrate([lesson(tmp_path)], Settings(as_of=dt.date(2024, 2, 29)))
    void = NO.changed(resolution="void")
    with pytest.raises(CalibrationError, match="nothing to learn from"):
        calibrate([lesson(tmp_path, resolutions=(void,))])


def test_outcomes_count_once(tmp_path):
    learned = STATED.replace("}", ", learned_from: [dispute, other]}")
    message = (
        "^priors/dispute/priors.yaml: the discrimination was already learned from dispute, and outcomes count only once"
    )
    with pytest.raises(CalibrationError, match=message):
        calibrate([lesson(tmp_path, stated=learned)])
    clean = lesson(tmp_path, "clean")
    with pytest.raises(
        CalibrationError, match=r"^priors/dispute/priors.yaml: the discrimination was already learned from disp"
    ):
        calibrate([clean, lesson(tmp_path, stated=learned)], prior_case=lesson(tmp_path, stated=learned).whole)
    with pytest.raises(CalibrationError, match=r"^clean: named twice, and would count twice: name each case once$"):
        calibrate([clean, clean])


def test_a_fixed_discrimination_learns_nothing(tmp_path):
    with pytest.raises(
        CalibrationError,
        match=r"^priors/dispute/priors.yaml: discrimination.sd is 0, which fixes it: state one above 0",
    ):
        calibrate([lesson(tmp_path, stated=STATED.replace("sd: 0.15", "sd: 0"))])


def test_who_won_is_in_the_bulletins(tmp_path):
    """They are asked for nothing else: what they say as evidence came after the forecast."""
    write_case(tmp_path)
    folder = tmp_path / "seeds/dispute/bulletins"
    folder.mkdir()
    bulletin = "date: 2023-05-16\nsource: Weekly\nevents:\n"
    bulletin += "  - {process: election, state: rival, date: 2023-05-14, claim: The rival won.}\n"
    (folder / "2023-05-16-vote.yaml").write_text(bulletin, encoding="utf-8")
    (folder / "2023-03-20-envoys.yaml").write_text(item_bulletin("envoys", "2023-03-20"), encoding="utf-8")
    found = read_lesson(find_case("dispute", tmp_path))
    assert found.whole == read_record(find_case("dispute", tmp_path))[0]
    day = dt.date(2023, 5, 14)
    assert (found.winner(day - dt.timedelta(days=1)), found.winner(day)) == (None, "rival")
    at_end = dt.date(2024, 3, 1)
    assert resolve_case(found.whole, at_end, found.winner(at_end)).winners == {"rival": 1.0}
    assert resolve_case(found.whole, at_end).winners == {"incumbent": 0.5, "rival": 0.5}


def test_where_it_may_be_written(tmp_path):
    write_case(tmp_path)
    location = find_case("dispute", tmp_path)
    assert check_target(location, ["other"]).id == "dispute"
    with pytest.raises(
        CalibrationError, match=r"^dispute is one of the cases learned from, so its own forecasts could no"
    ):
        check_target(location, ["other", "dispute"])
    with pytest.raises(BundledCaseError):
        check_target(find_case("turkey-syria", tmp_path), ["other"])
    write_case(
        tmp_path,
        "rolled",
        priors=PRIORS + "baseline: {run: rolled/2023-03-01, inputs_sha256: x, evidence_from: 2023-03-01}\n",
    )
    with pytest.raises(
        CalibrationError, match=r"^priors/rolled/priors.yaml: the discrimination is the posterior of the run rol"
    ):
        check_target(find_case("rolled", tmp_path), ["other"])


RESOLVED = [name for name in bundled_cases() if (find_case(name).seeds / "resolutions.csv").is_file()]


@pytest.mark.parametrize("name", RESOLVED)
def test_what_became_of_the_bundled_cases_was_possible(name, tmp_path):
    """Each resolved outcome is a question, and every hypothesis gives the whole pattern some probability."""
    found = read_lesson(find_case(name, tmp_path))
    as_of = last_resolution([found.whole])
    assert as_of is not None
    resolved = resolve_case(found.whole, as_of, found.winner(as_of))
    asked = {question.outcome for question in resolved.questions}
    assert asked == {row.outcome for row in found.whole.resolutions if row.resolution != "void"}
    assert len(resolved.winners) == (resolved.case.election is not None)
    table = outcomes_at(outcome_means(resolved, np.array([0.6]), np.zeros(1), 1))
    assert table.shape == (1, 1, len(resolved.case.hypotheses))
    assert np.all((table > -30) & (table < -0.5))
