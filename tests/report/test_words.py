# ruff: noqa: E501 - a sentence of a report stands on one line
"""The prose of whole reports, read over odd cases: each sentence as it must stand, and what no sentence may contain."""

from __future__ import annotations

import re

import pytest
from tests.report import odd, variants
from tests.report.factory import in_words, make_forecast

from detente.dossier import Dossier

CASES = {
    "usual": make_forecast,
    "after the election": variants.after_the_election,
    "counting": variants.counting,
    "bare": variants.bare,
    "failed": variants.failed,
    "five hypotheses": variants.many_hypotheses,
    "three hypotheses": odd.three_hypotheses,
    "against the record": odd.against_the_record,
    "no election": odd.no_election,
    "everything happened": odd.everything_happened,
    "one item": odd.one_item,
    "one absent item": odd.one_absent_item,
    "long text": odd.long_text,
    "right to left": odd.right_to_left,
    "history": odd.with_history,
    "switches": odd.with_switches,
    "certain": odd.certain,
    "undecided": odd.undecided,
    "failed thrice": odd.failed_thrice,
    "last day": odd.last_day,
    "one source": odd.one_source,
    "labelled": odd.labelled,
}


@pytest.fixture(scope="module")
def texts():
    made = {name: make() for name, make in CASES.items()}
    dossiers = {name: one if isinstance(one, Dossier) else Dossier(one) for name, one in made.items()}
    return {name: in_words(dossier) for name, dossier in dossiers.items()}


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        # Section 1: number, word and range together; the prior; the interval; what will happen; ties; certainty.
        ("usual", "The likelier of the two explanations is **show**: **86%**, very likely (“very likely” means 80–95%), up from 50% before the evidence."),
        ("usual", "The 90% credible interval is 69% to 96%. By 14 May 2032: The leaders meet, 23%; one of the three competing “accord” outcomes, 12%; Ambassadors are exchanged, 8%."),
        ("three hypotheses", "The likeliest of the three explanations is **reading 0**: **57%**, likely (“likely” means 55–80%), up from 33% before the evidence."),
        ("undecided", "Neither of the two explanations leads: **show** and **earnest** each have a probability of **50%**, roughly even chance (“roughly even chance” means 45–55%). For the first, the judgements are loose enough for anything from 20% to 80% (90% credible interval)."),
        ("bare", "No evidence has been counted yet, so this is the prior."),
        ("certain", "**>99%**, almost certain (“almost certain” means 95% or more), up from 50% before the evidence. The whole 90% credible interval rounds to >99%."),
        ("everything happened", "The 90% credible interval is 69% to 96%.\n\nConfidence is"),
        ("after the election", "By 14 May 2032: The leaders meet, 23%; Ambassadors are exchanged, 8%."),
        # Confidence, in its own sentence, with its reasons.
        ("usual", "Confidence is **moderate**: leaving out any one item, cluster or record moves the answer by at most 12 points, and weak sources carry 14% of the weight of evidence."),
        ("three hypotheses", "Confidence is **moderate**: leaving out any one item, cluster or record moves the answer by less than 1 point, and"),
        ("certain", "Confidence is **high**: leaving out any one item, cluster or record moves the answer by less than 1 point, and weak sources carry 20% of the weight of evidence."),
        ("one item", "Confidence is **low**: the items come in a single group, while leaving out any one item, cluster or record moves the answer by at most 1 point."),
        ("one source", "Confidence is **moderate**: leaving out any one item, cluster or record moves the answer by at most 12 points, but all 10 items come through one source."),
        ("undecided", "Confidence is **low**: without the item “ministers met” another explanation would lead; the prior alone moves the answer from 14% to 87%, and a slightly lower prior would change the lead."),
        ("bare", "Confidence is **low**: there is no evidence yet."),
        ("failed", "Confidence is **low**: the computation did not pass its own checks."),
        # Failed diagnostics, above section 1.
        ("failed", "**Do not rely on these numbers yet.** The computation did not pass its own checks:"),
        ("failed thrice", "- **divergences**: 17 of 4,000. What to do: raise --target-accept."),
        # Figures say their finding.
        ("certain", "**Show: likelier than drawing one of 99 marked balls from 100**"),
        ("usual", "**Show: as likely as drawing one of 86 marked balls from 100**"),
        ("usual", "**7 of 10 items count for show; the heaviest, “no offer” (+2.6 dB), counts for it**"),
        ("certain", "**All 10 items count for show; the heaviest, “ministers met” (+4.0 dB), counts for it**"),
        ("undecided", "**No item counts for or against show**"),
        ("one item", "**The one item, “ministers met”, counts against show**"),
        ("history", "**Show: 86%, up 31 points since 1 December 2030**"),
        # Key judgements.
        ("usual", "1. The explanation that fits the record best is **show**: **86%**, very likely (80–95%), against 50% before the evidence. The other explanation, earnest, has a probability of 14%, very unlikely (5–20%)."),
        ("against the record", "1. The likeliest explanation is **reading 0**: **35%**, unlikely (20–45%), against 60% before the evidence."),
        ("against the record", "**Reading 0: as likely as drawing one of 35 marked balls from 100**"),
        ("against the record", "The leaders meet on that day, 23%"),
        ("against the record", "**The leaders meet** on 14 May 2032: **23%**, unlikely (20–45%); 5% on the eve of the election"),
        ("three hypotheses", "Next comes reading 1: 29%, unlikely (20–45%)."),
        ("undecided", "1. **Show** and **earnest** explain the record about equally well: **50%** and **50%**, roughly even chance (45–55%)."),
        ("usual", "**The leaders meet** by 14 May 2032: **23%**, unlikely (20–45%); 5% before the election, and 19% after it if it has not happened by then."),
        ("no election", "**The leaders meet** by 14 May 2032: **23%**, unlikely (20–45%). Furthest along the same path, **Ambassadors are exchanged**: **8%**, very unlikely (5–20%). See section 5."),
        ("usual", "Furthest along the same path, **Ambassadors are exchanged**: **8%**, very unlikely (5–20%)."),
        ("usual", "The election of 14 May 2031: **"),
        ("after the election", "**Accord** is settled: Agreed security zone (happened on 30 May 2031)."),
        ("everything happened", "**Ambassadors are exchanged**: happened on 1 February 2031. See section 5."),
        ("usual", "The election matters most for **The leaders meet** by 14 May 2032: **29%**, unlikely (20–45%), if “Opposition wins”; 18%"),
        ("usual", "The answer depends most on the cluster “no price”: without it the probability of **show** would be **74%**, likely (55–80%), instead of 86%."),
        ("certain", "No single item, cluster or record carries the answer: without any one of them the probability of **show** stays within a point of **>99%**"),
        # Section 4.
        ("usual", "10 items of evidence count at the cut-off; 2 of them are indicators that did not appear."),
        ("one item", "1 item of evidence counts at the cut-off. It adds up to **−0.5 decibans (dB)** for show: this divides the odds by 1.1"),
        ("one absent item", "1 item of evidence counts at the cut-off; the indicator that was looked for did not appear."),
        ("usual", "The heaviest items are “no offer” (+2.6), “vote moved” (+2.2) and “trade talks” (−1.6)."),
        ("undecided", "this multiplies the odds by 1.5 and leaves the probability at 50%."),
        ("bare", "There is no evidence yet: no item is in force at the cut-off, and no process has a history."),
        ("switches", "In report.html every item, cluster and record can be switched off and the prior changed"),
        # Section 5: before, after, without and beyond an election.
        ("usual", "The election on 14 May 2031 divides the time. “Before” counts up to the day before it;"),
        ("after the election", "The election was held on 14 May 2031: Opposition wins. Outcomes that are still open are forecast up to 14 May 2032."),
        ("after the election", "- **Agreed security zone**: happened on 30 May 2031."),
        ("no election", "Outcomes that are still open are forecast up to 14 May 2032."),
        ("everything happened", "Every outcome has happened or can no longer happen, although the election on 14 May 2031 is still ahead."),
        ("bare", "The case defines no outcomes, so only the explanations are forecast."),
        # Sections whose input does not exist say so, and keep their numbers.
        ("bare", "## 10. Track record\n\nNo forecast of this case has been scored yet"),
        ("bare", "## 11. Method in plain words"),
        # Text in the other direction, and text that goes on.
        ("right to left", f"# {odd.RIGHT_TO_LEFT}"),
        ("long text", odd.LONG),
    ],
)  # fmt: skip
def test_sentence(texts, case, sentence):
    assert sentence in texts[case]


FAULTS = {
    "a plural of one": r"\b1 (?:items|clusters|hypotheses|points|forecasts|groups|outcomes) ",
    "a singular of more": r"\b(?:[2-9]|\d\d+) (?:item|cluster|hypothesis|point|forecast|group|outcome)\b(?!’)",
    "a counted nothing": r"\b0 (?:of|items|clusters|groups)\b",
    "a space before a stop": r"[a-z%)] [.,;:](?:\s|$)",
    "a doubled stop": r"(?<!\.)\.\.(?!\.)|,,|;;|\.;|;\.",
    "a word twice": r"\b(the|a|of|is|it|to|and|by|in) \1\b",
    "what a program says": r"\b(?:None|nan|NaN|inf|True|False|undefined)\b|\{\{|\}\}|<class",
    "an empty quotation": r"“”|\*\*\*\*|\(\)",
    "a percent with a space": r"\d %",
    "a minus that is a hyphen": r"(?<![\w./-])-\d+(?:\.\d+)? (?:dB|decibans)",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_report_has(texts, fault):
    for case in CASES:
        if case in {"long text", "right to left"}:
            continue
        prose = "\n".join(line for line in texts[case].splitlines() if not line.startswith(("|", "!", "    ")))
        found = re.search(FAULTS[fault], prose)
        assert not found, f"{case}: {prose[max(0, found.start() - 60) : found.end() + 20]}"


@pytest.mark.parametrize("case", CASES)
def test_bottom_line_has_at_most_ninety_words(texts, case):
    text = texts[case].split("## 1. Bottom line")[1].split("\n**")[0]
    assert len(re.findall(r"[^\s%]*\w[^\s%]*", text)) <= 90, text


@pytest.mark.parametrize("case", CASES)
def test_every_section_has_its_number(texts, case):
    numbers = re.findall(r"^## (?:Annex )?([0-9A-D]+)[.:] ", texts[case], re.MULTILINE)
    assert numbers == [*map(str, range(1, 12)), *"ABCD"]


@pytest.mark.parametrize("case", CASES)
def test_confidence_and_likelihood_never_share_a_sentence(texts, case):
    for sentence in re.split(r"(?<=[.:])\s", texts[case]):
        if "confidence" in sentence.lower():
            assert not re.search(r"likely|almost|even chance|in 10\b|in 20\b", sentence), sentence


@pytest.mark.parametrize("case", ["usual", "three hypotheses", "no election", "everything happened", "certain"])
def test_three_to_six_judgements(texts, case):
    section = texts[case].split("## 2. Key judgements")[1].split("\n## ")[0]
    assert 3 <= len(re.findall(r"^\d\. ", section, re.MULTILINE)) <= 6


@pytest.mark.parametrize("case", CASES)
def test_no_judgement_has_a_number_without_its_word_and_range(texts, case):
    section = texts[case].split("## 2. Key judgements")[1].split("\n## ")[0]
    for line in section.splitlines():
        for number in re.finditer(r"\*\*[<>]?\d+%(?: ± \d+)?\*\*", line):
            assert re.match(r"(?: and \*\*\d+%\*\*)?, [a-z ]+ \(\d", line[number.end() :]), line


def test_an_id_never_stands_in_a_sentence(texts):
    said = re.sub(r"\]\(figures/[^)]*\)|^```.*?^```", "", texts["labelled"], flags=re.MULTILINE | re.DOTALL)
    assert "**A page for the voters**" in said
    assert (
        re.findall(r".*\b(?:earnest|show)\b.*", re.sub(r"P\(show .*?\)|to show a result|intervals show how", "", said))
        == []
    )
