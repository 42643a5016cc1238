"""The rendered files: whole, well-formed, repeatable, without a network, and deaf to hostile text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt
from tests.report.factory import in_words, make_case, make_forecast
from tests.report.variants import HOSTILE, after_the_election, bare, failed, hostile, many_hypotheses, many_items

from detente.dossier import Dossier
from detente.report.render import render

VARIANTS = {
    "usual": make_forecast,
    "after": after_the_election,
    "bare": bare,
    "failed": failed,
    "five hypotheses": many_hypotheses,
    "hundreds of items": many_items,
    "hostile": hostile,
}
VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """What a page is made of; complains about tags that do not match."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.headings, self.ids, self.addresses, self.text = [], [], [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.addresses += [value for key, value in attrs if key in {"href", "src", "xlink:href"}]
        assert not [key for key in attributes if key.startswith("on")]

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open = self.open if tag in VOID else self.open[:-1]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def rendered(usual) -> dict[str, dict[str, bytes]]:
    return {"usual": usual} | {name: render(Dossier(make())) for name, make in VARIANTS.items() if name != "usual"}


def html(rendered: dict[str, bytes]) -> str:
    return rendered["report.html"].decode()


def markdown(rendered: dict[str, bytes]) -> str:
    return rendered["report.md"].decode()


@pytest.mark.parametrize("name", VARIANTS)
def test_page_is_one_well_formed_file_without_network_or_script(rendered, name):
    page = Page(html(rendered[name]))
    assert not {"script", "link", "iframe", "img", "object"} & {tag for tag, _ in page.tags}
    allowed = {"https://example.org/thaw"}
    assert all(address.startswith("#") or address in allowed for address in page.addresses)
    assert "url(http" not in html(rendered[name])
    assert len(rendered[name]["report.html"]) < 3_000_000


@pytest.mark.parametrize("name", VARIANTS)
def test_page_can_be_found_one_s_way_in(rendered, name):
    page = Page(html(rendered[name]))
    assert ("html", {"lang": "en"}) in page.tags
    assert len(page.ids) == len(set(page.ids))
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in zip(page.headings, page.headings[1:], strict=False))
    targets = {address[1:] for address in page.addresses if address.startswith("#")}
    assert targets <= set(page.ids)
    tables = [tag for tag, _ in page.tags if tag in {"table", "caption"}]
    assert tables == ["table", "caption"] * (len(tables) // 2)
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")


@pytest.mark.parametrize("name", VARIANTS)
def test_figures_are_well_formed_named_and_described(rendered, name):
    figures = {key: value for key, value in rendered[name].items() if key.startswith("figures/")}
    assert figures
    for content in figures.values():
        root = ET.fromstring(content)  # noqa: S314 - ours
        space = "{http://www.w3.org/2000/svg}"
        assert root.get("role") == "img"
        title, description = root.find(f"{space}title"), root.find(f"{space}desc")
        assert title.text
        assert description.text
        assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert not root.findall(f".//{space}script")
        assert not root.findall(f".//{space}style")
        assert len(content) < 100_000


@pytest.mark.parametrize("name", VARIANTS)
def test_markdown_names_only_figures_that_exist(rendered, name):
    named = set(re.findall(r"\]\((figures/[^)]*)\)", markdown(rendered[name])))
    assert named == {key for key in rendered[name] if key.startswith("figures/")}


@pytest.mark.parametrize("name", ["after", "bare", "failed", "five hypotheses"])
def test_what_is_said_of_unusual_cases(rendered, text, name):
    assert markdown(rendered[name]) == text


def test_same_forecast_same_bytes(rendered):
    assert in_words(Dossier(make_forecast())) == markdown(rendered["usual"])
    assert dict(render(Dossier(make_forecast()))) == dict(rendered["usual"])


def test_a_large_table_stands_where_a_small_one_does(rendered, monkeypatch):
    monkeypatch.setattr("detente.report.render.LARGE", 2)
    assert dict(render(Dossier(make_forecast()))) == dict(rendered["usual"])


def test_twins_hold_the_same_numbers(rendered):
    text = " ".join("".join(Page(html(rendered["usual"])).text).split())
    for number in re.findall(r"\d+%|[+−]\d+\.\d", markdown(rendered["usual"])):
        assert number in text


def test_no_banner_while_the_diagnostics_pass(rendered):
    assert "Do not rely" not in html(rendered["usual"])


def test_failed_diagnostics_are_said_above_section_one(rendered):
    for text in (html(rendered["failed"]), markdown(rendered["failed"])):
        banner = text.index("Do not rely on these numbers yet")
        assert banner < text.index("The likelier of")
        assert "largest 1.24" in text[banner:]
        assert "sample longer" in text[banner:]


def test_after_the_election(rendered):
    text = markdown(rendered["after"])
    assert "The election was held on 14 May 2031: Opposition wins." in text
    assert "**Agreed security zone**: happened on 30 May 2031." in text
    assert "can no longer happen" in text
    assert "before the election;" not in text
    assert "Before the election" not in text
    assert "figures/incidence-competing-accord.svg" not in text


def test_without_evidence_election_or_outcomes(rendered):
    text = markdown(rendered["bare"])
    assert "Neither of the two explanations leads: **earnest** and **show** each have a probability of **50%**" in text
    assert "No evidence has been counted yet" in text
    assert "**Election**: none" in text
    assert "The case defines no outcomes" in text
    assert "--engine exact" in text


def test_of_hundreds_of_items_the_chart_shows_twenty_and_says_so(rendered):
    text = markdown(rendered["hundreds of items"])
    assert "The chart shows the 20 heaviest items; the table below also has the 280 lighter ones." in text
    assert rendered["hundreds of items"]["figures/evidence-weights.svg"].count(b"item ") <= 30


def test_one_item():
    base = make_forecast()
    one = make_case(evidence=base.inputs.evidence[:1])
    forecast = make_forecast(one, evidence=base.evidence[:1], clusters=())
    assert "1 item of evidence counts at the cut-off." in in_words(Dossier(forecast))


def test_five_hypotheses_are_all_named(rendered):
    text = markdown(rendered["five hypotheses"])
    assert "The likeliest of the five explanations is **reading 0**" in text
    assert all(f"**Reading {i}**: Statement of reading\\_{i}." in text for i in range(5))


@pytest.mark.parametrize("kind", ["report.html", "report.md"])
def test_hostile_text_stays_text(rendered, kind):
    text = rendered["hostile"][kind].decode()
    assert "<script" not in text
    assert "\x00" not in text
    assert "\x1b" not in text
    for word in ("Türkiye", "السلام عليكم", "שלום עולם"):
        assert word in text


def test_hostile_markdown_makes_no_link_tag_or_column(rendered):
    page = MarkdownIt("commonmark").enable("table").render(markdown(rendered["hostile"]))
    found = Page(page)
    assert {tag for tag, _ in found.tags} <= {
        "h1", "h2", "h3", "p", "ul", "ol", "li", "strong", "table", "thead", "tbody", "tr", "th", "td", "br", "hr",
        "img", "pre", "code",
    }  # fmt: skip
    assert all(address.startswith("figures/") for address in found.addresses)
    assert page.count("<table>") == len(re.findall(r"^\| -|^\| -*:", markdown(rendered["hostile"]), re.MULTILINE))


def test_hostile_text_is_marked_up_in_neither_format(rendered):
    text = markdown(rendered["hostile"])
    assert "\\*\\*bold\\*\\*" in text
    assert not re.search(r"(?<!\\)\*\*bold", text)
    assert not re.search(r"(?<!\\)\[a", text)
    assert not re.search(r"(?<!\\)`code", text)
    rows = [line for line in text.splitlines() if line.startswith("| ") and "calc" in line]
    assert all(len(re.findall(r"(?<!\\)\|", row)) <= 11 for row in rows)


def test_hostile_text_in_figures_is_whole(rendered):
    root = ET.fromstring(rendered["hostile"]["figures/model-steps.svg"])  # noqa: S314 - ours
    description = root.find("{http://www.w3.org/2000/svg}desc").text
    assert '<script>alert("x")</script> =cmd()' in description
    assert "$x^2$" in description


def test_text_of_either_direction_is_isolated(rendered):
    text = html(rendered["hostile"])
    assert '<h1 dir="auto">' in text
    assert HOSTILE[:7] not in text
