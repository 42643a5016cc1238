"""One item of evidence: asked for at the terminal, given as options, or read from a file of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.case.changes import TypedJudgement
from detente.case.columns import UNREAD
from detente.case.days import iso_date
from detente.case.dialect import as_share
from detente.case.evidence import gist
from detente.case.priors import RESERVED
from detente.case.template import free, id_of_claim
from detente.case.values import (
    Reads,
    best_guess,
    credibility,
    identifier,
    probability,
    quotation,
    reliability,
    web_address,
    yes_no,
)
from detente.cli.prompts import BACK, BackError, Check, Doubt, Interview, Key, Reply
from detente.errors import BulletinError, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detente.case import CaseRecord
    from detente.case.documents import Entry
    from detente.case.question import Hypothesis

LIKELIHOODS = "likelihoods"
RANGE = ("low", "mid", "high")
UNASKED: Mapping[str, Check | None] = {
    "actor": None,
    "locator": None,
    "expected_by": iso_date,
    "url": web_address,
    "quote": quotation,
}
"""What may be said of an item and is never asked for, with what reads it."""
GRADED = {
    "reliability": Reads(lambda text: reliability(text.upper()), "letter"),
    "credibility": Reads(credibility, "digit"),
}
"""The parts of a grade, by the names that a bulletin has for them."""
TYPED = ("id", "claim", "date", "source", "grade", "cluster", "cluster_because", *UNASKED)
"""What is said of an item besides whether it was seen and its likelihoods: each a text and an option."""


def ask_item(interview: Interview, case: CaseRecord, doubt: Doubt) -> tuple[dict[str, str], dict[str, TypedJudgement]]:
    """Ask for an item of a case, and how it is judged under each hypothesis.

    ``doubt`` says what is doubtful about a day.

    The ends of a range are asked for before the best guess: a guess that comes first holds them near to itself.
    """
    ask = interview.ask
    seen = ask(("observed",), "Seen", yes_no, default="yes") if ("observed",) in interview.given else ""
    observed = not seen or yes_no(seen)
    what = "What was seen" if observed else "What was looked for and not seen"
    said = {"observed": "yes" if observed else "no"}
    said["claim"] = ask(("claim",), f"{what}, in one sentence", option="--claim")
    said["id"] = _name(interview, said["claim"], case)
    cutoff = case.information_cutoff.isoformat()
    said["date"] = ask(("date",), "When it became known", iso_date, option="--date", default=cutoff, doubt=doubt)
    said["source"] = ask(("source",), "Who reported it", option="--source")
    question = "Grade (reliability A to F, credibility 1 to 6), such as B2"
    said["grade"] = "".join(ask(("grade",), question, _grade, option="--grade").split())
    for cluster, why in case.clusters.items():
        interview.tell(f"  {cluster}: {why}")
    question = "Cluster whose cause it shares, one of these or a new one" if case.clusters else "Cluster of items"
    cluster = ask(("cluster",), f"{question} (blank: none)", _cluster, option="--cluster", default="")
    said["cluster"] = cluster
    if cluster and cluster not in case.clusters:
        question = "Why the items of this new cluster share a cause"
        said["cluster_because"] = ask(("cluster_because",), question, option="--cluster-because")
    given = {name: check for name, check in UNASKED.items() if (name,) in interview.given}
    said |= {name: ask((name,), name, check, default="") for name, check in given.items()}
    judged = {hypothesis.id: _judgement(interview, hypothesis, observed=observed) for hypothesis in case.hypotheses}
    return said, judged


def _name(interview: Interview, claim: str, case: CaseRecord) -> str:
    """Return the id of an item: the one given, else the first words of its claim, with a number where that is taken."""
    items, watched = {item.id for item in case.evidence}, {item.id for item in case.watch}

    def check(text: str) -> None:
        if identifier(text) in items:
            raise ValueError("is already in evidence.csv: choose another")
        if text in watched:
            raise ValueError("is in watch.csv: delete its rows there first, or choose another")

    if ("id",) in interview.given:
        return interview.ask(("id",), "Id of the item", check, option="--id")
    same = next((item for item in case.evidence if item.gist == gist(claim)), None)
    if same is not None:
        interview.tell(f"  {same.id} of {same.date} makes the same claim: count it once")
    return free(id_of_claim(claim), items | watched)


def _judgement(interview: Interview, hypothesis: Hypothesis, *, observed: bool) -> TypedJudgement:
    """Ask for the likelihood under one hypothesis: the ends of the range first, or a word that stands for one."""
    key, ask, option = (LIKELIHOODS, hypothesis.id), interview.ask, f"--likelihood {hypothesis.id}=..."
    interview.tell(f"Suppose this is true: {hypothesis.statement}")
    interview.tell(
        f"How likely is it then to {'see this' if observed else 'see what was not seen'}? Give the ends of a"
    )
    interview.tell(
        "range, from 0 to 1, then the best guess; or a word that stands for a range, such as unlikely or likely."
    )
    low, mid, high = ask_range(interview, key, option)
    because = ask((*key, "because"), "  reason", option=f"--because {hypothesis.id}=...")
    return TypedJudgement(low, mid, high, because)


def ask_range(
    interview: Interview, key: Key, option: str = "", *, blank: str = "", in_words: bool = True
) -> tuple[str, str, str]:
    """Ask for low, mid and high of a probability, the ends first; a word stands for a range, and leaves the ends blank.

    ``blank`` says what an empty line means; all three are then blank.
    """
    keys = [(*key, end) for end in RANGE]
    while True:
        try:
            return _ask_range(interview, keys, option, blank, in_words)
        except BackError:
            interview.again(keys)


def _ask_range(
    interview: Interview,
    keys: Sequence[Key],
    option: str,
    blank: str,
    in_words: bool,
) -> tuple[str, str, str]:
    ask = interview.ask
    first = f"  at least{', or a word' if in_words else ''}{f' (blank: {blank})' if blank else ''}"
    checks = _low if in_words else _number
    low = ask(keys[0], first, checks, option=option, default="" if blank else None, reads=as_share)
    if "/" in low:
        low, mid, high = (part.strip() for part in low.split("/"))
        return low, mid, high
    if low[:1].isalpha() or (not low and blank):
        return "", low, ""

    def end(key: Key, question: str, above: str, below: str) -> str:
        question = f"  {question} ({BACK} to go back)"
        return ask(
            key, question, lambda text: _between(text, above, below), option=option, reads=as_share, may_go_back=True
        )

    high = end(keys[2], "at most", low, "")
    return low, end(keys[1], "best guess", low, high), high


def _grade(text: str) -> None:
    try:
        reliability(text[:1].upper())
        credibility(text[1:].strip())
    except ValueError:
        raise ValueError("must be a letter from A to F and a digit from 1 to 6, such as B2") from None


def _cluster(text: str) -> None:
    if text in RESERVED:
        raise ValueError(RESERVED[text])
    identifier(text)


def _low(text: str) -> None:
    """Check the first answer on a likelihood: a number, a word, or all of a range."""
    if "/" not in text:
        best_guess(text)
        return
    parts = [part.strip() for part in text.split("/")]
    if len(parts) != len(RANGE):
        raise ValueError("must be low/mid/high, such as 0.3/0.5/0.7")
    low, mid, high = map(probability, parts)
    if not low < mid < high:
        raise ValueError("low, mid, high: must increase")


def _number(text: str) -> None:
    """Check the first answer on a chance that no word can stand for."""
    if text[:1].isalpha():
        raise ValueError("must be a number greater than 0 and less than 1, such as 0.25")
    _low(text)


def _between(text: str, low: str, high: str) -> None:
    """Check that a probability lies above one and below another; a blank one is no bound."""
    value = probability(text)
    if low and not value > probability(low):
        raise ValueError(f"must be more than {low}, the low")
    if high and not value < probability(high):
        raise ValueError(f"must be less than {high}, the high")


def read_item(text: str | bytes, label: str) -> dict[Key, Reply]:
    """Read a file of one item: what its bulletin says of it, or the draft of an interview, whole or in part.

    Raises
    ------
    BulletinError
        If it is none.
    """
    from detente.case.documents import read_document
    from detente.case.files import decode
    from detente.case.findings import Findings

    findings = Findings(label)
    content = decode(text, findings) if isinstance(text, bytes) else text
    document = read_document(content, findings) if content is not None else None
    answers = _answers(document) if document is not None else {}
    if findings.problems:
        raise BulletinError(findings.problems)
    return answers


def _answers(document: Entry) -> dict[Key, Reply]:
    """Return what a document says of one item, by the key of the answer."""
    entries = document.mapping()
    shared: dict[str, Entry] = {}
    if "evidence" in entries:  # a bulletin
        document.refuse_unknown(entries, ("date", "source", "clusters", "evidence"))
        items = list(entries["evidence"].items())
        if len(items) != 1:
            entries["evidence"].add(f"must hold one item (got {len(items)}): take them all in with detente update")
            return {}
        shared = {name: entries[name] for name in ("date", "source") if name in entries}
        new, entries = entries.get("clusters"), items[0].mapping()
        for entry in () if new is None else new.mapping().values():
            shared["cluster_because"] = entry
    document.refuse_unknown(entries, (*TYPED, *GRADED, "observed", LIKELIHOODS))
    given: dict[Key, Entry] = {(name,): entry for name, entry in {**shared, **entries}.items() if name != LIKELIHOODS}
    for hypothesis, entry in entries[LIKELIHOODS].mapping().items() if LIKELIHOODS in entries else ():
        parts = {"low": entry} if entry.node.kind == "scalar" else entry.mapping()
        entry.refuse_unknown(parts, (*RANGE, "because"))
        if "low" not in parts and "mid" in parts:  # a word
            parts = {"low": parts["mid"], **{name: part for name, part in parts.items() if name != "mid"}}
        given.update({(LIKELIHOODS, hypothesis, name): part for name, part in parts.items()})
    graded = [
        part
        for name, reads in GRADED.items()
        if (part := given.pop((name,), None)) and not part.is_null and part.read(reads) is not UNREAD
    ]
    answers: dict[Key, Reply] = {}
    for key, entry in given.items():
        if entry.node.kind != "scalar":
            entry.add(f"must be a single value (got {entry.node})")
        elif not entry.is_null:
            answers[key] = _reply(entry, entry.node.text)
    if len(graded) == len(GRADED):
        answers.setdefault(("grade",), _reply(graded[0], "".join(part.node.text for part in graded)))
    return answers


def _reply(entry: Entry, text: str) -> Reply:
    return Reply(text, entry.findings.file, entry.line, entry.path)


def given_likelihoods(likelihoods: tuple[str, ...], reasons: tuple[str, ...], case: CaseRecord) -> dict[Key, Reply]:
    """Return what options of the form HYPOTHESIS=VALUE say of the likelihoods and their reasons.

    Raises
    ------
    ValueError
        If one names no hypothesis.
    """
    answers: dict[Key, Reply] = {}
    for name, option, texts in (("low", "--likelihood", likelihoods), ("because", "--because", reasons)):
        for text in texts:
            hypothesis, separator, value = text.partition("=")
            if not separator or hypothesis not in case.hypothesis_ids:
                known = ", ".join(case.hypothesis_ids)
                raise ValueError(f"{option} {quoted(text)}: must be HYPOTHESIS=... with one of {known}")
            answers[LIKELIHOODS, hypothesis, name] = Reply(value, f"{option} {hypothesis}")
    return answers
