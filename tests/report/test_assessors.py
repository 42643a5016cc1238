"""The section of the assessors: there only where several judged, and true sentence by sentence."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
from cases import LIKELIHOODS, write_case
from markupsafe import Markup

from detente.analysis.assessors import DRAWS, alone, panel_view
from detente.case import load_case
from detente.dossier import Dossier
from detente.forecast import forecast
from detente.forecast.outcomes import headlines
from detente.report.document import document
from detente.report.reading import parse_dossier
from detente.report.render import markdown_twin, to_html
from detente.report.sections.assessors import build, short_lines
from detente.settings import Settings

HIGH = LIKELIHOODS.replace("0.4,0.6,0.8,Peace", "0.8,0.9,0.95,Peace")


@pytest.fixture(scope="module")
def dossier(tmp_path_factory):
    folder = tmp_path_factory.mktemp("panel")
    rows = {"ann": LIKELIHOODS, "<b>ben</b>": HIGH, "eva": LIKELIHOODS}
    head = LIKELIHOODS.partition("\n")[0] + ",assessor\n"
    text = head + "".join(f"{row},{who}\n" for who, table in rows.items() for row in table.splitlines()[1:])
    case = load_case(workspace=write_case(folder, likelihoods=text, intensities=("Half", "Half")))
    return Dossier(forecast(case, Settings(engine="exact", draws=100)), panel=panel_view(case))


def test_the_section_is_there_only_where_several_judged(dossier):
    with_them, without = document(dossier), document(dossier.changed(panel=None))
    assert [one.number for one in with_them.sections if one.id == "assessors"] == ["12"]
    assert with_them.see("assessors") is not None
    assert "assessors" not in {one.id for one in without.sections}
    assert [one.id for one in without.sections if one.number.isalpha()] == [
        one.id for one in with_them.sections if one.number.isalpha()
    ]


def test_what_is_said_is_what_was_found(dossier):
    section, view = build(dossier), dossier.panel
    place = [*dossier.forecast.hypotheses].index(view.target)
    alone = {one.id: one.alone[place] for one in view.voices}
    low, high = min(alone.values()), max(alone.values())
    assert {section.lowest[1], section.highest[1]} == {f"{100 * low:.0f}%", f"{100 * high:.0f}%"}
    most = max(view.voices, key=lambda one: abs(one.without[place] - view.base[place]))
    assert section.mover[0] == most.id == "<b>ben</b>"
    assert section.topics[0].what == "North spoke of peace, twice."
    (rows, _) = section.figure.drawing.args
    assert [name for name, _ in rows[:-1]] == sorted((name for name, _ in rows[:-1]), key=dict(rows).get)
    assert rows[-1] == ("the pool", view.base[place])


def test_both_pages_carry_it_and_escape_names(dossier):
    made = document(dossier)
    page, text = to_html(made, defaultdict(Markup)), markdown_twin(made)
    assert "Talk about" in page
    assert "&lt;b&gt;ben&lt;/b&gt;" in page
    assert "<b>ben" not in page
    for written in (page[page.index('id="assessors"') :], text[text.index("The assessors") :]):
        assert "None" not in written.partition("Evidence register")[0]
        assert not re.search(r"\b(nan|Voice|Difference)\b", written.partition("Evidence register")[0])


def test_a_terminal_says_it_in_two_paragraphs(dossier):
    first, second = short_lines(dossier)
    assert first.startswith("Pool of four assessors: the case’s own assessor, <b>ben</b>, ann and eva.")
    assert second.startswith(
        "Talk about this first, by weights as stated, before any discount: North spoke of peace, twice ("
    )
    assert short_lines(dossier.changed(panel=None)) == []


def test_each_has_an_answer_on_every_outcome_that_is_open(dossier):
    """By hand: the answer of a case that has the judgements of one alone."""
    section, panel = build(dossier), dossier.panel
    assert panel.outcomes == ("they_meet", "border_open")
    ben = next(voice for voice in panel.voices if voice.id == "<b>ben</b>")
    by_himself = headlines(
        alone(dossier.forecast.inputs, dossier.forecast.inputs.assessors[panel.voices.index(ben)]), DRAWS
    )
    assert ben.outcomes == pytest.approx([by_himself.outcomes[name]["horizon"] for name in panel.outcomes])
    assert [column.heading for column in section.outcomes.columns][1:] == [
        "The pool",
        *("the case’s own assessor", "<b>ben</b>", "ann", "eva"),
    ]
    page = to_html(document(dossier), defaultdict(Markup))
    assert "by the judgements of each assessor alone" in page


def test_where_several_judged_no_sentence_speaks_of_the_assessor(dossier):
    text = markdown_twin(document(dossier))
    assert "The assessor never" not in text
    assert "the assessor’s stated" not in text
    assert "each assessor states" in text


def test_it_is_written_and_read_back(dossier):
    again = parse_dossier(dossier.to_text(), "forecast.json")
    assert again.panel == dossier.panel
    assert again.forecast.inputs.assessors == dossier.forecast.inputs.assessors
