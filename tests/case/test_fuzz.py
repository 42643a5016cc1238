"""Whatever the files hold, loading ends in a case or in problems that can be mended."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases import CASE, EVENTS, EVIDENCE, INTENSITIES, LIKELIHOODS, POLLS, PRIORS, RESOLUTIONS, WATCH, write_case

from detente.case import find_case, load_case, read_record
from detente.case.check import lint
from detente.case.columns import specs
from detente.case.documents import read_document
from detente.case.evidence import EvidenceItem
from detente.case.files import decode
from detente.case.findings import Findings
from detente.case.tables import read_table
from detente.errors import DetenteError

TEXTS = {
    "case": CASE,
    "evidence": EVIDENCE,
    "events": EVENTS,
    "priors": PRIORS,
    "likelihoods": LIKELIHOODS,
    "intensities": INTENSITIES,
    "watch": WATCH,
    "polls": POLLS,
    "resolutions": RESOLUTIONS,
}
BITS = [
    "",
    ",",
    '"',
    ":",
    "\n",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "*",
    "&a ",
    "nan",
    "-1",
    "0",
    "1e400",
    "9999-12-31",
    "tactic",
    "default",
    "election",
    "\t",
    "\r",
    "\0",
    "\ufeff",
    "é",
    "\u2028",
    "yes",
    "~",
    "!!x ",
    "---\n",
    "#",
    "%",
    "'",
]


def outcome(workspace: Path) -> str:
    """Load and lint; anything but a DetenteError is a bug."""
    try:
        load_case(workspace=workspace)
        lint(*read_record(find_case(workspace=workspace)))
    except DetenteError as error:
        return str(error)
    return ""


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_mutated_bytes(data):
    key = data.draw(st.sampled_from(sorted(TEXTS)))
    raw = bytearray(TEXTS[key].encode())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw)))
        raw[start : start + data.draw(st.integers(0, 12))] = data.draw(
            st.one_of(st.binary(max_size=4), st.sampled_from(BITS).map(str.encode))
        )
    with tempfile.TemporaryDirectory() as folder:
        said = outcome(write_case(Path(folder), **{key: bytes(raw)}))
    assert all(line.isprintable() for line in said.splitlines())


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_mutated_words(data):
    """Replace whole words by others of the same or another file: what is said must stay in the files."""
    key = data.draw(st.sampled_from(sorted(TEXTS)))
    words = TEXTS[key].replace(",", " , ").replace("{", " { ").replace("}", " } ").split(" ")
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(words) - 1))
        words[place] = data.draw(st.one_of(st.sampled_from(BITS), st.sampled_from(words)))
    text = " ".join(words) if key in {"case", "priors"} else "".join(words)
    with tempfile.TemporaryDirectory() as folder:
        workspace = write_case(Path(folder), **{key: text})
        assert workspace.as_posix() not in outcome(workspace)


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_as_a_document_or_a_table(text):
    for read in (read_document, lambda source, to: read_table(source, EvidenceItem, to)):
        findings = Findings("file")
        source = decode(text.encode("utf-8", "ignore"), findings)
        if source is not None and read(source, findings) is None:
            assert findings.problems


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"]))), min_size=1, max_size=5))
def test_lines_are_counted_as_an_editor_does(cells):
    """A faulty row behind cells of several lines is named by the line on which it begins."""
    import csv
    import io

    claims = ["\n".join(lines) + "x" for lines in cells]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(spec.name for spec in specs(EvidenceItem) if not spec.column.may_lack)
    for number, claim in enumerate(claims):
        writer.writerow([f"i{number}", "2023-01-01", "", "yes", "A", "1", "", "s", "", claim, ""])
    line = stream.getvalue().count("\n") + 1
    writer.writerow(["last", "2023-01-01", "", "yes", "Z", "1", "", "s", "", "x", ""])
    findings = Findings("file")
    read_table(stream.getvalue(), EvidenceItem, findings)
    assert [problem.line for problem in findings.problems] == [line]
