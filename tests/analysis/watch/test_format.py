"""The optional columns of watch.csv: a reason a row, a cost and a cluster an indicator."""

import pytest
from cases import NAME, WATCH, write_case

from detente import load_case
from detente.errors import CaseError

HEADER = "id,by,hypothesis,low,mid,high,indicator,because,cost,cluster\n"


def row(hypothesis, mid, because="", cost="", cluster=""):
    interval = f"{mid - 0.1:g},{mid:g},{mid + 0.1:g}"
    return f"draft,2023-04-01,{hypothesis},{interval},A draft is published.,{because},{cost},{cluster}\n"


def test_a_table_without_them_is_read_as_before(tmp_path):
    item = load_case(NAME, write_case(tmp_path, watch=WATCH)).watch[0]
    assert (item.reasons, item.cost, item.cluster) == ({}, None, None)


def test_they_are_read(tmp_path):
    text = HEADER + row("sincere", 0.5, "They want one.", "2", "speeches") + row("tactic", 0.2, "", "2", "speeches")
    item = load_case(NAME, write_case(tmp_path, watch=text)).watch[0]
    assert item.reasons == {"sincere": "They want one."}
    assert (item.cost, item.cluster) == (2.0, "speeches")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((("", "2", ""), ("", "3", "")), "watch.csv:3: cost: must be what line 2 says of draft"),
        ((("", "-1", ""), ("", "-1", "")), "watch.csv:2: cost: must be"),
        ((("", "", "speech"), ("", "", "speech")), "watch.csv:2: cluster: case.yaml declares no cluster"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, rows, message):
    text = HEADER + row("sincere", 0.5, *rows[0]) + row("tactic", 0.2, *rows[1])
    with pytest.raises(CaseError, match=message):
        load_case(NAME, write_case(tmp_path, watch=text))
