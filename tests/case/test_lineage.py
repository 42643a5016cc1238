"""What a discrimination was learned from: read, kept, advised on, and refused where a score would flatter it."""

from __future__ import annotations

import pytest
from cases import write_case

from detente.case import find_case, load_case, refuse_in_sample
from detente.case.check import examine
from detente.case.priors import MEASURED, BetaPrior
from detente.case.reference import file_formats
from detente.errors import CaseError, InSampleError

P = "priors/dispute/priors.yaml"
STATED = "discrimination: {mean: 0.6, sd: 0.15, because: Contrasts are overstated.}"
LEARNED = STATED.replace("}", ", learned_from: [%s]}")


def with_lineage(folder, names):
    return write_case(folder, priors=(STATED, LEARNED % names))


def test_a_stated_discrimination_was_learned_from_nothing(tmp_path):
    case = load_case("dispute", write_case(tmp_path))
    assert case.priors.learned_from is None
    refuse_in_sample(case)


def test_left_out_the_discrimination_is_what_was_measured(tmp_path):
    """And learned from no case: with a reason of its own, and the two numbers in the reference."""
    case = load_case("dispute", write_case(tmp_path, priors=(STATED + "\n", "")))
    assert case.priors.discrimination == BetaPrior(mean=0.15, sd=0.1, because=MEASURED.because)
    assert case.priors.learned_from is None
    keys = next(entry.keys for entry in file_formats() if entry.name == "priors.yaml")
    assert next(key.needed for key in keys if key.name == "discrimination") == "default: mean 0.15, sd 0.1"


def test_the_cases_are_read_in_order(tmp_path):
    case = load_case("dispute", with_lineage(tmp_path, "other-case, third"))
    assert case.priors.learned_from == ("other-case", "third")
    assert case.priors.discrimination.mean == 0.6
    refuse_in_sample(case)


def test_a_case_is_not_scored_with_what_it_taught(tmp_path):
    case = load_case("dispute", with_lineage(tmp_path, "other, dispute"))
    with pytest.raises(InSampleError, match=r"^dispute: its discrimination was learned from its own outcomes"):
        refuse_in_sample(case)


def test_a_check_says_so(tmp_path):
    advice = examine(find_case("dispute", with_lineage(tmp_path, "dispute")))[1]
    text = "was learned from this case's own outcomes, so its forecasts cannot be scored: restore the earlier prior"
    assert [str(one) for one in advice] == [f"{P}: discrimination: {text}"]
    elsewhere = with_lineage(tmp_path / "elsewhere", "other")
    assert examine(find_case("dispute", elsewhere))[1] == ()


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        ("", "must name at least one case: leave the key out if nothing was learned"),
        ("a, a", '"a" is a duplicate of line 5'),
        ("A b", 'must be lower-case words (a-z, 0-9) joined by _ or - (got "A b")'),
    ],
)
def test_malformed_lineages(tmp_path, names, problem):
    with pytest.raises(CaseError) as caught:
        load_case("dispute", with_lineage(tmp_path, names))
    assert str(caught.value) == f"{P}:5: discrimination.learned_from: {problem}"


def test_a_lineage_is_a_list(tmp_path):
    folder = write_case(tmp_path, priors=(STATED, STATED.replace("}", ", learned_from: other}")))
    with pytest.raises(CaseError, match=r":5: discrimination.learned_from: must be a list \(got \"other\"\)$"):
        load_case("dispute", folder)


def test_only_the_discrimination_has_one(tmp_path):
    correlation = "default: {mean: 0.5, sd: 0.15, because: They share a cause."
    folder = write_case(tmp_path, priors=(correlation, correlation + ", learned_from: [x]"))
    with pytest.raises(CaseError, match=r'dependence\.default: unknown key "learned_from"'):
        load_case("dispute", folder)
