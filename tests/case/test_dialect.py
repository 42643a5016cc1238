"""Tables as spreadsheets of three countries save them: read as they are, converted, or named for what they are."""

from __future__ import annotations

import gzip

import pytest
from cases import EVIDENCE, LIKELIHOODS, write_case

from detente.case import find_case
from detente.case import load_case as load
from detente.case.check import examine
from detente.case.dialect import tidied
from detente.case.editing import append_rows, withdraw_rows
from detente.case.findings import Findings
from detente.case.opinions import read_opinions
from detente.case.reference_class import Member
from detente.case.tables import read_table
from detente.errors import CaseError, told


def german(text, separator=";"):
    """A table as Excel saves it in Berlin or Ankara."""
    import csv
    import io
    import re

    rows = list(csv.reader(io.StringIO(text)))
    out = io.StringIO()
    for row in rows:
        cells = [re.sub(r"^(\d{4})-(\d\d)-(\d\d)$", r"\3.\2.\1", cell) for cell in row]
        cells = [re.sub(r"^(\d+)\.(\d+)$", r"\1,\2", cell) for cell in cells]
        csv.writer(out, delimiter=separator, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_case_saved_in_berlin_is_the_same_case(tmp_path, separator):
    usual = load("dispute", write_case(tmp_path / "usual"))
    saved = write_case(
        tmp_path / "saved", likelihoods=german(LIKELIHOODS, separator), evidence=german(EVIDENCE, separator)
    )
    read = load("dispute", saved)
    assert (read.likelihoods, read.evidence) == (usual.likelihoods, usual.evidence)


def test_check_says_what_it_met_and_how_to_convert_it(tmp_path):
    workspace = write_case(tmp_path, likelihoods=german(LIKELIHOODS), evidence=german(EVIDENCE, "\t"))
    said = [str(piece) for piece in examine(find_case("dispute", workspace))[1]]
    table = "priors/dispute/likelihoods.csv"
    assert f"{table}:1: has semicolons and decimal commas, and is read as such: `detente tidy {table}` " in said[0]
    assert "seeds/dispute/evidence.csv:1: has tabs and days as DD.MM.YYYY, and is read as such" in said[1]


@pytest.mark.parametrize(
    ("written", "plain", "met"),
    [
        ("id;mid;because\r\na;0,38;Es war 1,5.\r\n", "id,mid,because\r\na,0.38,Es war 1,5.\r\n", 2),
        ("id,mid,because\na,%38,Half\nb,%0.5,Less\n", "id,mid,because\na,0.38,Half\nb,0.0050,Less\n", 1),
        ("pollster;incumbent\nx;44,5 %\n", "pollster,incumbent\nx,44.5\n", 2),
        ('id,sample_size\na,"1,234"\n', "id,sample_size\na,1234\n", 1),
        ("id;sample_size\na;1.234\n", "id,sample_size\na,1234\n", 2),
        ("id,mid\na,38\N{NO-BREAK SPACE}%\n", "id,mid\na,0.38\n", 1),
        ("date,x\n8.2.2023,y\n", "date,x\n2023-02-08,y\n", 1),
        ("sep=;\nid;n\na;1.234,5\n", "id,n\na,1234.5\n", 3),
        ("sep=,\nid,n\na,1\n", "id,n\na,1\n", 1),
        ("id\tn\n\na\t1\n", "id,n\n\na,1\n", 1),
        ('id;because\na;"one; two"\n', "id,because\na,one; two\n", 1),
        ("id,because\na,38%\n", "id,because\na,38%\n", 0),
        ("id,mid\r\n a , 0.5\r\n", "id,mid\r\n a , 0.5\r\n", 0),
    ],
)
def test_what_tidy_makes_of_a_table(written, plain, met):
    found = tidied(written)
    assert found.text.replace('"', "") == plain.replace('"', "")
    assert len(found.met) == met
    assert tidied(found.text).met == ()


def test_a_number_that_may_be_two_is_left_alone():
    found = tidied('id,within_days\na,"1,234"\n')
    assert found.unclear == ((2, "within_days", "1,234"),)
    assert found.text == 'id,within_days\na,"1,234"\n'


def test_lines_stay_where_they_are_and_states_are_days(tmp_path):
    findings = Findings("reference_class.csv")
    text = "sep=;\nclass;member;start;followed_until;met\n\nx;A;1.2.2001;1.1.2002;3.2.2001\n"
    from detente.case.reference_class import specs_of_states

    (row,) = read_table(text, Member, findings, specs_of_states(["met"]))
    assert (row.line, row.item.start.isoformat(), row.extra["met"].first.isoformat()) == (4, "2001-02-01", "2001-02-03")
    assert not findings.problems
    path = tmp_path / "o.csv.gz"
    path.write_bytes(gzip.compress(b"question;person;probability\nq;ana;38,5\n"))
    assert read_opinions(path).opinions[0].probability == pytest.approx(0.385)


def test_an_edit_of_a_table_with_semicolons_writes_it_with_commas():
    told_before = b"id;date;observed\na;8.2.2023;yes\n"
    assert append_rows(told_before, {"id": True}, [{"id": "b", "date": "2023-03-01", "observed": True}]) == (
        b"id,date,observed\na,2023-02-08,yes\nb,2023-03-01,yes\n"
    )
    import datetime as dt

    taken = withdraw_rows(told_before, {"a": (dt.date(2023, 3, 1), "Wrong.")}).decode()
    assert taken.splitlines()[1] == "a,2023-02-08,yes,2023-03-01,Wrong."


def test_nothing_is_written_with_three_decimals():
    """0.004 opened and saved in Berlin is 4."""
    assert append_rows(None, {"mid": True}, [{"mid": 0.004}, {"mid": 0.25}]) == b"mid\n0.0040\n0.25\n"


MISSING = "priors/dispute/likelihoods.csv"
BROKEN = {
    "percent": ({"likelihoods": ("speech,sincere,0.4", "speech,sincere,%4")}, "write %4 as 0.04"),
    "thousands": (
        {"likelihoods": ("speech,sincere,0.4", "speech,sincere,4")},
        "write 4% as 0.04; if it was 0.004, a spreadsheet has taken its point for a mark of thousands",
    ),
    "grouped": (
        {
            "polls": "pollster,start,end,published,sample_size,incumbent,opponent,source\n"
            "X,2023-01-01,2023-01-02,,1.234,44,43,Daily\n"
        },
        "must be a whole number greater than 0: write 1.234 as 1234; `detente tidy",
    ),
    "day": ({"evidence": ("2022-12-05", "05.12.2022")}, "date such as 2023-02-08: write 2022-12-05; `detente tidy"),
    "lost letter": ({"evidence": ("speech", "spee?ch")}, "a letter was lost where the ? stands"),
}


@pytest.mark.parametrize(("changes", "said"), BROKEN.values(), ids=BROKEN)
def test_what_spreadsheets_do_gets_its_remedy(tmp_path, changes, said):
    with pytest.raises(CaseError) as error:
        load("dispute", write_case(tmp_path, **changes))
    assert said in str(error.value)


def test_workbooks_are_told_from_tables(tmp_path):
    workspace = write_case(tmp_path)
    table = workspace / MISSING
    content = table.read_bytes()
    table.write_bytes(b"PK\x03\x04" + content)
    with pytest.raises(CaseError, match=r"likelihoods\.csv: is a workbook, for all its name: open it and save"):
        load("dispute", workspace)
    table.unlink()
    table.with_suffix(".xlsx").write_bytes(b"PK\x03\x04")
    with pytest.raises(CaseError, match=r"the file is missing, but likelihoods\.xlsx is there: save its sheet as"):
        load("dispute", workspace)


def test_letters_lost_in_a_text_are_advice(tmp_path):
    workspace = write_case(tmp_path, evidence=("North raised a glass", "Ak?ener raised a glass"))
    (piece,) = examine(find_case("dispute", workspace))[1]
    assert str(piece) == (
        'seeds/dispute/evidence.csv:3: "Ak?ener": a letter was lost where the ? stands: type it, and save as UTF-8'
    )


def test_the_same_problem_in_a_column_is_said_once(tmp_path):
    with pytest.raises(CaseError) as error:
        load("dispute", write_case(tmp_path, likelihoods=LIKELIHOODS.replace(",0.", ",%0.")))
    lines = str(error.value).splitlines()
    assert len(lines) == 3, "low, mid and high"
    assert all("the same on 5 lines: 2, 3, 4, ..." in line for line in lines)
    assert len(error.value.problems) == 15
    assert len(told(error.value.problems[:2])) == 2


def test_equal_thirds_sum_to_one():
    """Typed as 0.333 they are a third each; what sums to 1 as typed is left as it is, to the bit."""
    from detente.case.priors import WeightedPrior

    read = WeightedPrior.read({"weights": dict.fromkeys("abc", 0.333), "concentration": 4.0, "because": "Even."})
    assert sum(read.weights.values()) == pytest.approx(1, abs=1e-15)
    typed = {"a": 0.3333333, "b": 0.6666666}
    assert WeightedPrior.read({"weights": typed, "concentration": 4.0, "because": "So."}).weights == typed


@pytest.mark.parametrize("weights", ["{sincere: 0.5, tactic: 0.4}", "{sincere: 0.25, tactic: 0.74}"])
def test_weights_that_rounding_does_not_explain(tmp_path, weights):
    with pytest.raises(CaseError, match="must sum to 1"):
        load("dispute", write_case(tmp_path, priors=("{sincere: 0.4, tactic: 0.6}", weights)))
