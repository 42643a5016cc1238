"""``detente import`` and ``detente export``."""

import json

import pytest
from cases import write_case

from detente import load_case
from detente.exchange.ach import RATINGS, pooled, read_matrix

# --- a matrix of competing hypotheses

MATRIX = """evidence;credibility;rater;settle;show;stall
Envoys named;High;R1;CC;C;I
Envoys named;High;R2;C;N;II
No budget line;Medium;R1;II;C;N/A
No budget line;Medium;R2;;C;C
"""


@pytest.fixture
def matrix(tmp_path):
    def write(text, name="matrix.csv"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


def test_a_matrix_of_several_raters_becomes_a_case_that_runs(run, matrix, tmp_path):
    code, out, err = run("import", matrix(MATRIX), "--as", "dispute", "--date", "2026-03-02", "--workspace", tmp_path)
    assert (code, err) == (0, "")
    assert "a convention, since none has been published" in out
    assert "ratings of 2 people were averaged" in out
    case = load_case("dispute", tmp_path)
    assert case.hypothesis_ids == ("settle", "show", "stall")
    first, second = case.evidence
    assert (first.claim, first.grade, second.grade) == ("Envoys named", "B2", "C3")
    low, mid, high = pooled(["CC", "C"])
    stated = case.likelihoods[first.id]["settle"]
    assert (stated.low, stated.mid, stated.high) == (low, mid, high)
    assert RATINGS["C"][1] < mid < RATINGS["CC"][1]
    assert stated.because == "ACH: R1 CC, R2 C, averaged; a convention of the import, not a measured likelihood."
    assert case.likelihoods[second.id]["settle"].mid == 0.1  # the one who rated it
    assert case.likelihoods[second.id]["stall"].because.startswith("ACH: R2 C;")
    assert run("check", "dispute", "--workspace", tmp_path)[0] == 0
    code, out, _ = run("run", "dispute", "--engine", "exact", "--json", "--workspace", tmp_path)
    assert code == 0
    assert sum(h["posterior"] for h in json.loads(out)["hypotheses"].values()) == pytest.approx(1)


def test_ratings_lie_as_far_above_an_even_chance_as_their_opposites_below():
    for one, other in (("CC", "II"), ("C", "I"), ("N", "N")):
        assert [1 - p for p in reversed(RATINGS[one])] == pytest.approx(RATINGS[other])


@pytest.mark.parametrize(
    "text",
    [
        "evidence,a,b\nOne,cc,N/A\nTwo,i,neutral\n",
        "\ta\tb\r\nOne\tVery Consistent\tNA\r\nTwo\tI\tn\r\n",
        "\ufeffItem;Weight? no;a;b;Notes\nOne;;CC;-;why\nTwo;N;I;N;\n",
    ],
)
def test_cells_and_separators_may_be_written_as_people_write_them(matrix, text):
    found = read_matrix(matrix(text))
    assert found.hypotheses[-2:] == ("a", "b")
    assert found.items[0].ratings["a"] == (("", "CC"),)
    assert found.items[0].ratings["b"] == ()
    assert found.items[1].ratings["a"] == (("", "I"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the table is empty"),
        ("evidence,a,b\n", ":1: the table has no items"),
        ("evidence,a\nOne,C\n", ":1: needs a column for each of two hypotheses or more (got a)"),
        ("evidence,a,a\nOne,C,C\n", ':1: two columns have the heading "a"'),
        ("evidence,item,a,b\nOne,x,C,C\n", ":1: two columns say the evidence: evidence, item: keep one"),
        ("evidence,a,b\nOne,CCC,C\n", ':2: a: must be CC, C, N, I, II, N/A or blank (got "CCC")'),
        ("evidence,a,b\n,C,C\n", ":2: evidence: must not be blank"),
        ("evidence,a,b\nOne,C,C\nOne,C,I\n", ':3: "One": duplicate of line 2'),
        ("evidence,a,b\nOne,,N/A\n", ':2: "One": nobody rated it against any hypothesis'),
        (
            "evidence,credibility,a,b\nOne,so-so,C,C\n",
            ":2: credibility: must be High, Medium, Low or an Admiralty grade",
        ),
        ("evidence,a,b\nOne,consistant,6\n", ":2: a: must be CC, C, N, I, II, N/A or blank"),
        ("pollster,start,end,n\nA,2023-01-01,2023-01-03,44\n", ":1: is no ACH matrix, for no column has ratings"),
        (
            "id,date,reliability,credibility,claim\nx,2023-01-01,C,3,It was.\n",
            ":1: is no ACH matrix, for no column has ratings in it: it needs a line for each item",
        ),
        ('evidence,a,b\n"One,C,C\n', ":2: a double quote is opened here and never closed"),
    ],
)
def test_what_is_wrong_with_a_matrix_is_told_by_line(run, matrix, tmp_path, text, message):
    code, out, err = run("import", matrix(text), "--workspace", tmp_path)
    assert (code, out) == (1, "")
    assert message in err
    assert not (tmp_path / "seeds").exists()


def test_a_matrix_of_a_case_that_is_there_becomes_sheets_of_its_assessors(run, matrix, tmp_path):
    """Each rater's own ratings, found by claim and statement or by id, whatever the case of the letters."""
    where = ("--workspace", tmp_path)
    assert run("import", matrix(MATRIX), "--as", "dispute", "--date", "2026-03-02", *where)[0] == 0
    plain = load_case("dispute", tmp_path)
    again = (
        "evidence;rater;SETTLE;show;stall\nenvoys named;Ann;CC;C;N\nno_budget_line;Ann;;C;II\nEnvoys named;Ben;I;N;C\n"
    )
    code, out, err = run("import", matrix(again, "second.csv"), "--into", "dispute", "--round", "2", *where)
    assert (code, err) == (0, "")
    assert "Ann: 5 likelihoods taken into" in out
    assert "Ben: 3 likelihoods taken into" in out
    case = load_case("dispute", tmp_path)
    people = {one.id: one for one in case.assessors}
    assert set(people) == {"", "Ann", "Ben"}
    envoys, budget = (item.id for item in case.evidence)
    stated = people["Ann"].likelihoods[envoys]["settle"]
    assert (stated.low, stated.mid, stated.high) == RATINGS["CC"]
    assert stated.because == "ACH: CC; a convention of the import, not a measured likelihood."
    assert set(people["Ann"].likelihoods[budget]) == {"show", "stall"}
    assert set(people["Ben"].likelihoods) == {envoys}
    assert people["Ben"].round == 2
    assert case.evidence == plain.evidence
    assert run("check", "dispute", *where)[0] == 0
    assert run("undo", "dispute", *where)[0] == 0
    assert load_case("dispute", tmp_path).likelihoods == plain.likelihoods


def test_a_matrix_that_does_not_fit_a_case_changes_nothing(run, matrix, tmp_path):
    where = ("--workspace", tmp_path)
    assert run("import", matrix(MATRIX), "--as", "dispute", "--date", "2026-03-02", *where)[0] == 0
    wrong = "evidence,rater,settle,shove\nEnvoys named,,C,I\nBudget passed,Ann,C,I\nNo budget line,../x,C,C\n"
    code, out, err = run("import", matrix(wrong, "wrong.csv"), "--into", "dispute", *where)
    assert (code, out) == (1, "")
    assert 'wrong.csv:1: dispute has no hypothesis "shove" (did you mean `show`?)' in err
    assert "wrong.csv:2: rater: must not be blank" in err
    assert 'wrong.csv:3: dispute has no item in force "Budget passed"' in err
    assert 'wrong.csv:4: rater: "../x" cannot name an assessor' in err
    assert not (tmp_path / "priors" / "dispute" / "assessors").exists()
    assert run("import", matrix(MATRIX), "--into", "dispute", "--as", "other", *where)[0] == 2
    code, _, err = run("import", matrix(MATRIX), "--into", "turkey-syria", *where)
    assert code == 1
    assert "is bundled with detente" in err


def test_a_case_that_is_there_is_not_overwritten(run, matrix, tmp_path):
    assert run("import", matrix(MATRIX), "--workspace", tmp_path)[0] == 0
    code, _, err = run("import", matrix(MATRIX), "--workspace", tmp_path)
    assert code == 1
    assert "the case `matrix` exists already" in err


# --- the command


def test_export_writes_the_files_of_a_format(run, tmp_path):
    write_case(tmp_path)
    for form, names in (
        ("bif", {"dispute.bif", "dispute.findings.csv"}),
        ("uai", {"dispute.uai", "dispute.uai.evid", "dispute.findings.csv"}),
        ("csv", {"dispute.questions.csv"}),
    ):
        code, out, err = run("export", "--to", form, "--workspace", tmp_path, "--out", tmp_path / form)
        assert (code, err) == (0, "")
        assert {path.name for path in (tmp_path / form).iterdir()} == names
        assert out.count("wrote ") == len(names)


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--to", "metaculus"], 2, "needs --question NAME=NUMBER"),
        (["--to", "bif", "--question", "x=1"], 2, "--to bif takes no --question"),
        (["--to", "metaculus", "--question", "x"], 2, "is not a question and its number"),
        (["--to", "metaculus", "--question", "tactics=1"], 1, "did you mean `tactic`?"),
        (["--to", "metaculus", "--question", "tactic=1", "--question", "sincere=1"], 1, "question 1 is named twice"),
        (["--to", "net"], 2, "is not one of"),
    ],
)
def test_what_cannot_be_exported_is_told(run, tmp_path, options, code, message):
    write_case(tmp_path)
    found, _, err = run("export", *options, "--workspace", tmp_path)
    assert found == code
    assert message in err
