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
    "bare": variants.bare,
    "failed": variants.failed,
    "five hypotheses": variants.many_hypotheses,
    "three hypotheses": odd.three_hypotheses,
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
}


@pytest.fixture(scope="module")
def texts():
    made = {name: make() for name, make in CASES.items()}
    dossiers = {name: one if isinstance(one, Dossier) else Dossier(one) for name, one in made.items()}
    return {name: in_words(dossier) for name, dossier in dossiers.items()}


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        # Section 1: number, word and range together; the tense of the prior; ties; certainty.
        ("usual", "The likelier of the two explanations is **show**: **86 %**, very likely, about 17 in 20 (“very likely” means 80 to 95 %)."),
        ("usual", "Before the evidence it stood at 50 %. Within what the assessor leaves open, it moves between 69 and 96 %."),
        ("three hypotheses", "The likeliest of the three explanations is **reading 0**: **57 %**, likely, about 11 in 20"),
        ("three hypotheses", "Before the evidence it stood at 33 %."),
        ("undecided", "Neither of the two explanations leads: **show** and **earnest** each stand at **50 %**, roughly even chance"),
        ("undecided", "Within what the assessor leaves open, the first moves between 20 and 80 %."),
        ("bare", "No evidence is counted yet, so this is the prior."),
        ("certain", "**>99 %**, almost certain, more than 99 in 100 (“almost certain” means 95 % or more)"),
        ("certain", "Within what the assessor leaves open, it stays at >99 %."),
        # Confidence, in its own sentence, with its reasons.
        ("usual", "Confidence is **moderate**: leaving out any one item, cluster or record moves it by at most 12 points, and weak grades carry 14 % of the weight."),
        ("three hypotheses", "Confidence is **moderate**: leaving out any one item, cluster or record moves it by less than 1 point, and"),
        ("certain", "Confidence is **high**: leaving out any one item, cluster or record moves it by less than 1 point, and weak grades carry 20 % of the weight."),
        ("one item", "Confidence is **low**: the evidence comes in one group only; leaving out any one item, cluster or record moves it by at most 1 point."),
        ("undecided", "Confidence is **low**: leaving out the cluster “opening” moves the answer by 37 points, and another explanation can come out ahead"),
        ("bare", "Confidence is **low**: nothing has been learned yet that could be left out."),
        ("failed", "Confidence is **low**: the computation did not pass its own checks."),
        # Failed diagnostics, above section 1.
        ("failed", "**Do not rely on these numbers yet.** The computation did not pass its own checks:"),
        ("failed thrice", "- **divergences**: 17 of 4,000. What to do: raise --target-accept."),
        # Figures say their finding.
        ("certain", "**“show” is likelier than drawing one of 99 marked balls from 100**"),
        ("usual", "**“show” is as likely as drawing one of 86 marked balls from 100**"),
        ("usual", "**7 of 10 items speak for “show”; the heaviest, “no offer”, +2.6 dB, counts for it**"),
        ("certain", "**All 10 items speak for “show”; the heaviest, “ministers met”, +4.0 dB, counts for it**"),
        ("undecided", "**No item weighs anything for or against “show”**"),
        ("one item", "**The one item, “ministers met”, speaks against “show”**"),
        ("history", "**Show: 86 %, up 31 points since 1 December 2030**"),
        # Key judgements.
        ("usual", "1. **show** explains the record best: **86 %**, very likely (80 to 95 %), against 50 % before the evidence. The other explanation, earnest, stands at 14 %, very unlikely (5 to 20 %)."),
        ("three hypotheses", "Next comes reading 1: 29 %, unlikely (20 to 45 %)."),
        ("undecided", "1. **show** and **earnest** explain the record about equally well: **50 %** and **50 %**, roughly even chance (45 to 55 %)."),
        ("usual", "**The leaders meet**, by 14 May 2032: **23 %**, unlikely (20 to 45 %); 5 % before the election, and 19 % after it if it has not come before."),
        ("no election", "**The leaders meet**, by 14 May 2032: **23 %**, unlikely (20 to 45 %). Read on in section 5."),
        ("after the election", "**Accord** is settled: Agreed security zone (happened on 30 May 2031)."),
        ("everything happened", "**Ambassadors are exchanged**: happened on 1 February 2031. Read on in section 5."),
        ("usual", "The election matters most for “**The leaders meet**”, by 14 May 2032: **29 %**, unlikely (20 to 45 %), with “Opposition wins”"),
        ("usual", "The answer leans most on the cluster “no price”: without it **show** would stand at **74 %**, likely (55 to 80 %), and not at 86 %."),
        ("certain", "No one item, cluster or record carries the answer: without any one of them **show** stays within a point of **>99 %**"),
        # Section 4.
        ("usual", "10 items of evidence count at the cut-off; 2 of them are things looked for and not seen."),
        ("one item", "1 item of evidence counts at the cut-off. It comes to **−0.5 decibans** for show: that divides the odds by 1.1"),
        ("one absent item", "1 item of evidence counts at the cut-off; none of it was seen, though it was looked for."),
        ("usual", "Heaviest are “no offer” (+2.6), “vote moved” (+2.2) and “trade talks” (−1.6)."),
        ("undecided", "that multiplies the odds by 1.5 and leaves it at 50 %."),
        ("bare", "Nothing is in the record yet: no item of evidence is in force at the cut-off, and no process has a history."),
        ("switches", "In report.html each item, cluster and record can be switched off and the prior moved"),
        # Section 5: before, after, without and beyond an election.
        ("usual", "The election on 14 May 2031 divides the time. “Before” counts to the day before it;"),
        ("after the election", "The election was held on 14 May 2031: Opposition wins. What is still open is forecast up to 14 May 2032."),
        ("after the election", "- **Agreed security zone**: happened on 30 May 2031."),
        ("no election", "No election divides the time in this case. Every outcome that is open is forecast up to 14 May 2032."),
        ("everything happened", "Every outcome has happened or can no longer happen, although the election on 14 May 2031 is still to come."),
        ("bare", "The case states no outcome, so that there is nothing to forecast but the explanations."),
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
    "a percent without its space": r"\d%",
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
        for number in re.finditer(r"\*\*[<>]?\d+(?: ± \d+)? %\*\*", line):
            assert re.match(r"(?: and \*\*\d+ %\*\*)?, [a-z ]+ \(\d", line[number.end() :]), line
