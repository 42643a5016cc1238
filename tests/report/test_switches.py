"""The what-if in the page: its one script, let run by its checksum alone, its tables, and its switches."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest
from tests.report import odd
from tests.report.factory import make_case
from tests.report.variants import HOSTILE

from detente.dossier import Dossier
from detente.report.render import render
from detente.report.sections import switches

SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<text>.*?)</script>", re.DOTALL)


@pytest.fixture(scope="module")
def page():
    return render(Dossier(odd.with_switches()))["report.html"].decode()


def test_one_script_and_one_table_and_the_policy_names_the_script(page):
    (data, script) = SCRIPT.finditer(page)
    assert data["attributes"] == ' type="application/json" id="what-if-data"'
    assert script["attributes"] == ""
    digest = base64.b64encode(hashlib.sha256(script["text"].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page
    assert not re.search(r"\son[a-z]+=", page)


def test_without_tables_no_script_may_run(usual):
    page = usual["report.html"].decode()
    assert "<script" not in page
    assert "script-src" not in page
    assert "default-src 'none'" in page


def test_the_tables_are_those_of_the_forecast(page):
    tables = odd.with_switches().what_if
    data = json.loads(next(SCRIPT.finditer(page))["text"])
    assert data["logWeights"] == list(tables.log_weights)
    assert [part["rows"] for part in data["parts"]] == [[list(row) for row in part.rows] for part in tables.parts]
    assert (data["words"][0][0], data["words"][-1][1]) == (0, 1)


def test_groups_come_heaviest_first_and_records_last():
    found = switches.build(odd.with_switches())
    assert [group.label for group in found.groups][-2:] == ["steps", "accord"]
    assert {group.label for group in found.groups if group.shared} == {"opening", "campaign", "no price"}
    assert found.groups[0].label == "no price"


def test_hostile_text_stays_text():
    base = make_case()
    case = base.changed(evidence=tuple(item.changed(claim=f"</script>{HOSTILE}") for item in base.evidence))
    page = render(Dossier(odd.with_switches(case)))["report.html"].decode()
    assert len(SCRIPT.findall(page)) == 2
    assert page.count("</script>") == 2


def test_a_large_cluster_says_how_it_is_switched():
    base = make_case()
    case = base.changed(
        evidence=tuple(item.changed(cluster="campaign") for item in base.evidence),
        clusters={"campaign": "One cause."},
    )
    page = render(Dossier(odd.with_switches(case)))["report.html"].decode()
    assert "This cluster is large: switch off all of it, or one item at a time." in page


def test_a_forecast_without_parts_has_no_switches():
    made = odd.with_switches()
    assert switches.build(made.changed(what_if=None)) is None
    assert switches.build(made.changed(what_if=made.what_if.changed(parts=()))) is None
