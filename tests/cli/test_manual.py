"""`detente help`."""

from __future__ import annotations

import pytest

from detente.report.manual import TOPICS, manual_page


def test_without_a_topic_it_lists_them(run):
    code, out, err = run("help")
    assert (code, err) == (0, "")
    listed = [line.split("  ")[1] for line in out.splitlines() if line.startswith("  ")]
    assert listed == list(TOPICS)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_fits_a_terminal(run, topic):
    code, out, err = run("help", topic)
    assert (code, err) == (0, "")
    assert out.startswith(TOPICS[topic][0])
    assert [line for line in out.splitlines() if len(line) > 80 and not line.startswith("    ")] == []


def test_a_topic_that_is_not_there_is_usage(run):
    code, out, err = run("help", "file")
    assert (code, out) == (2, "")
    assert "there is no topic file (topics: " in err


def test_all_of_it_is_one_page(run, tmp_path):
    code, out, _ = run("help", "--html", tmp_path / "reference.html")
    assert (code, out) == (0, f"{tmp_path / 'reference.html'}\n")
    page = (tmp_path / "reference.html").read_text("utf-8")
    assert page == manual_page()
    assert 'href="http' not in page
    assert "src=" not in page
    for topic, (about, _) in TOPICS.items():
        assert f'<section id="{topic}">\n<h2>{about}</h2>' in page
