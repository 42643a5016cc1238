"""Where an item was reported: a link, words of the source, and what is no source."""

from __future__ import annotations

import pytest
from cases import EVIDENCE, write_case

from detente.case import load_case
from detente.errors import CaseError

pytestmark = pytest.mark.usefixtures("all_undrawn")

URL = "https://example.org/a(b)?c=1&d=<2>".replace("<2>", "2")
QUOTE = "<script>alert(1)</script> | *peace* [x](javascript:y)"


def evidence(url, quote):
    head, first, *rest = EVIDENCE.splitlines()
    return "\n".join([f"{head},url,quote", f'{first},{url},"{quote}"', *(f"{row},," for row in rest)]) + "\n"


def test_the_register_links_the_page_and_quotes_it_escaped(run, tmp_path):
    write_case(tmp_path, evidence=evidence(URL, QUOTE))
    assert run("run", "dispute", "--engine", "exact", "--no-sensitivity", "--workspace", tmp_path)[0] == 0
    folder = tmp_path / "reports/dispute/2023-03-01"
    page, plain = ((folder / name).read_text(encoding="utf-8") for name in ("report.html", "report.md"))
    assert '<a href="https://example.org/a(b)?c=1&amp;d=2" rel="noopener noreferrer">the page</a>' in page
    assert "“&lt;script&gt;alert(1)&lt;/script&gt; | *peace* [x](javascript:y)”" in page
    assert "<script>alert" not in page + plain
    assert "[the page](<https://example.org/a(b)?c=1&d=2>)" in plain
    assert "\\[x\\](javascript:y)”" in plain
    _, out, _ = run("evidence", "list", "dispute", "--workspace", tmp_path)
    assert "North spoke of peace, twice. “<script>" in out
    assert URL in " ".join(out.split())


@pytest.mark.parametrize(
    ("url", "quote", "message"),
    [
        ("javascript:alert(1)", "", "url: must begin with https:// or http://"),
        ("https://a b", "", "url: must be the address of a page"),
        ("https://user:word@example.org/", "", "url: must be the address of a page"),
        ("", " ".join(["word"] * 26), "quote: must be at most 25 words, and is 26"),
    ],
)
def test_what_is_no_page_and_what_is_too_long_is_said(tmp_path, url, quote, message):
    with pytest.raises(CaseError, match=message.replace("(", r"\(")):
        load_case("dispute", write_case(tmp_path, evidence=evidence(url, quote)))
    load_case("dispute", write_case(tmp_path, evidence=evidence("", " ".join(["word"] * 25))))


def test_a_bulletin_brings_them_into_the_table(run, tmp_path):
    write_case(tmp_path)
    item = (
        "--claim", "They signed.", "--date", "2023-03-05", "--source", "D", "--grade", "B2", "--url", URL,
        "--quote", QUOTE, "--likelihood", "sincere=likely", "--because", "sincere=They mean it.",
        "--likelihood", "tactic=unlikely", "--because", "tactic=It binds.",
    )  # fmt: skip
    assert run("evidence", "add", "dispute", *item, "--out", tmp_path / "b.yaml", "--workspace", tmp_path)[0] == 0
    assert run("update", "dispute", tmp_path / "b.yaml", "--quick", "--workspace", tmp_path)[0] == 0
    new = load_case("dispute", tmp_path).evidence[-1]
    assert (new.url, new.quote) == (URL, QUOTE)


def test_a_note_on_dating_is_no_source():
    case = load_case("turkey-syria")
    noted = [item for item in case.evidence if "; dated by" in item.source]
    assert len(noted) == 2
    assert {item.sources for item in noted} == {("INSS Insight 1689",)}
