"""Sections 3, 6, 7 and 8, and confidence, once a run has worked out how fragile it is and what to watch."""

import dataclasses
import io
import re

import pytest
from cases import NAME, WATCH, write_case
from rich.console import Console

from detente import load_case
from detente.dossier import Dossier
from detente.forecast import forecast
from detente.report.confidence import confidence, voices_left_out
from detente.report.reading import parse_dossier
from detente.report.render import render
from detente.report.terminal import print_sensitivity, print_watch
from detente.run import run
from detente.settings import Settings

HOSTILE = "<script>alert(1)</script> **bold** [x](y)"


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    text = WATCH.replace("A draft is published.", HOSTILE)
    case = load_case(NAME, write_case(tmp_path_factory.mktemp("fragile"), watch=text))
    return forecast(case, Settings(engine="exact", draws=200))


@pytest.fixture(scope="module")
def fragile(plain):
    return run(plain.inputs, Settings(engine="exact", draws=200, random_seed=plain.random_seed))


@pytest.fixture(scope="module")
def files(fragile):
    return {name: content.decode() for name, content in render(fragile).items()}


def test_the_sections_are_there_with_their_figures(files):
    page = files["report.html"]
    for figure in ("prior-posterior", "watch", "tornado", "sweeps"):
        assert f'id="figure-{figure}"' in page
        assert f"figures/{figure}.svg" in files
    for sentence in ("How sceptical must you be", "of the doubt", "Key assumptions", "Share of the variance by cause"):
        assert sentence in page
        assert sentence in files["report.md"]


def test_a_run_without_them_says_so(plain):
    page = render(Dossier(plain))["report.html"].decode()
    assert "This run did not compute how fragile the answer is." in page
    assert 'id="figure-tornado"' not in page


def test_text_from_a_case_is_never_markup(files):
    assert "<script>alert" not in files["report.html"]
    assert "<script>alert" not in files["figures/watch.svg"]
    assert "**bold**" not in files["report.md"]


def test_rendering_again_gives_the_same_bytes(fragile, files):
    assert {name: content.decode() for name, content in render(fragile).items()} == files


def test_a_run_is_read_back_whole(fragile):
    again = parse_dossier(fragile.to_text(), "forecast.json")
    assert again.sensitivity == fragile.sensitivity
    assert again.watch == fragile.watch


def test_confidence_hears_of_actors_and_sources_only_then(plain, fragile):
    assert list(voices_left_out(plain, None)) == []
    assert {label.split()[1] for label, _ in voices_left_out(fragile.forecast, fragile.sensitivity)} == {
        "actor",
        "source",
    }
    assert confidence(fragile.forecast, fragile.sensitivity).largest_move >= confidence(plain).largest_move
    assert "source" in confidence(fragile.forecast, fragile.sensitivity).parts
    assert "source" not in confidence(plain).parts


def test_the_answer_at_the_break_even_prior_is_one_half(fragile, files):
    even = next(
        row for row in fragile.sensitivity.break_even if row.target == fragile.forecast.leading and row.line == 0.5
    )
    told = re.search(r"Start below \*\*(\d+)%\*\*", files["report.md"])
    assert told
    assert int(told[1]) == round(100 * even.prior)


def test_tables_on_a_terminal_fit(fragile):
    text = io.StringIO()
    console = Console(file=text, width=200)
    print_sensitivity(fragile.sensitivity, fragile.forecast.inputs, console)
    nothing = dataclasses.replace(fragile.watch, indicators=(), best=())
    for found in (fragile.watch, nothing):
        print_watch(found, fragile.forecast.inputs, console)
    tables = [line for line in text.getvalue().splitlines() if "─" in line or "%" in line]
    assert tables
    assert "[x](y)" in text.getvalue()
