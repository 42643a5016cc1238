"""Sections 3, 6, 7 and 8, and confidence, once a run has worked out how fragile it is and what to watch."""

import dataclasses
import io
import re
from types import SimpleNamespace

import pytest
from cases import NAME, WATCH, write_case
from rich.console import Console
from small import make_case
from tests.report.factory import make_forecast

from detente import load_case
from detente.analysis.results import Sweep
from detente.dossier import Dossier
from detente.forecast import forecast
from detente.report.confidence import confidence, voices_left_out
from detente.report.names import labels, stated_name
from detente.report.reading import parse_dossier
from detente.report.render import render
from detente.report.sections.fragility import _by_assumption
from detente.report.sections.sensitivity import _sweeps
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


@pytest.mark.parametrize(
    ("base", "values", "title"),
    [
        (0.7, (0.2, 0.8), "Only the prior could take show below 50% over the full range"),
        (0.7, (0.6, 0.8), "No parameter could take show below 50% over the full range"),
        (0.4, (0.2, 0.8), "Only the prior could take show above 50% over the full range"),
        (0.4, (0.2, 0.45), "No parameter could take show above 50% over the full range"),
    ],
)
def test_a_title_says_which_way_a_parameter_could_take_the_answer(base, values, title):
    sweeps = tuple(
        Sweep(name, (0.1, 0.9), tuple((value,) for value in ends), 0.5)
        for name, ends in (("prior", values), ("discrimination", (base, base)))
    )
    sensitivity = SimpleNamespace(base=(base,), sweeps=sweeps)
    assert _sweeps(make_forecast(), sensitivity, 0).title == title


def test_what_replaces_one_assumption_stands_below_it_once():
    rows = [("Prior", "a", 0.1), ("Persistence", "b", 0.2), ("Prior", "c", 0.3)]
    found = [(group.heading, [row[1] for row in group.rows]) for group in _by_assumption(rows)]
    assert found == [("Prior", ["a", "c"]), ("Persistence", ["b"])]


def test_steps_with_one_end_are_told_apart():
    """By where they come from; a step whose end no other has is called by that."""
    steps = {"navy": [("absent", "visiting"), ("visiting", "based"), ("visiting", "absent"), ("based", "absent")]}
    called = labels(make_case(processes=steps))
    said = [
        stated_name("intensity", f"navy:{step}:h0:before", called)
        for step in ("visiting>absent", "based>absent", "absent>visiting")
    ]
    assert said == [
        "pace of “Navy: visiting → absent” under h0, before the election",
        "pace of “Navy: based → absent” under h0, before the election",
        "pace of “visiting” under h0, before the election",
    ]


def test_one_indicator_is_not_several_together(fragile):
    """The best few are named together where there are several."""
    first = fragile.watch.best[:1]
    alone = fragile.changed(watch=dataclasses.replace(fragile.watch, best=first))
    told = [render(one)["report.md"].decode() for one in (fragile, alone)]
    assert [re.findall(r", the best (\w+) together", text) for text in told] == [["two"], []]


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
