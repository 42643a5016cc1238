"""The reference that ``detente help`` prints: by topic, for a terminal, and all of it as one page.

What can be generated is: the files and their columns from the declarations that read them, the estimative words from
their scales, the exit codes from their table.  The rest is text beside the templates: a line that begins with ``#`` is
a heading, one that is indented is kept as it stands, ``TERM :: MEANING`` is a definition, the rest are paragraphs.
"""

from __future__ import annotations

import textwrap
from itertools import chain
from typing import TYPE_CHECKING

from detente import __version__
from detente.case.reference import FileFormat, bulletin_format, file_formats, set_formats, table_formats
from detente.errors import EXIT_CODES
from detente.estimative import EFSA, ICD_203, UK
from detente.report.render import page, template_text
from detente.report.specs import Block, Definition, Formula, Heading, Page, Topic
from detente.report.tables import TERMINAL_WIDTH, Column, Table, table, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


def topic(name: str) -> Topic:
    """Return a topic of :data:`TOPICS`, or that of one file of a case."""
    if name in TOPICS:
        about, build = TOPICS[name]
        return Topic(name, about, tuple(build()))
    form = next(form for form in (*file_formats(), *set_formats(), *table_formats()) if form.name == name)
    about = "One file of a case" if form in file_formats() else "One file of a set" if form.folder else "A table"
    return Topic(name, about, tuple(_file(form)))


def known_topics() -> tuple[str, ...]:
    """Return every name that :func:`topic` knows."""
    return tuple(dict.fromkeys((*TOPICS, *(form.name for form in (*file_formats(), *set_formats(), *table_formats())))))


def topic_text(name: str) -> str:
    """Return a topic as plain lines."""
    shown = topic(name)
    parts = [shown.about]
    for block, before in zip(shown.blocks, (None, *shown.blocks), strict=False):
        together = isinstance(block, Definition) and isinstance(before, Definition)
        parts.append(f"{'' if together else chr(10)}{_block_text(block)}")
    return "\n".join(parts) + "\n"


def manual_page() -> str:
    """Return all topics as one page that needs no network."""
    made = Page(
        title="the reference",
        heading="The reference",
        lede="What the files hold, what the model is, and what the words mean; on a terminal:",
        command="detente help TOPIC",
        parts="Topics",
        topics=tuple(topic(name) for name in TOPICS),
    )
    return page("topics.j2", page_of=made, version=__version__, drawn={})


def _block_text(block: Block) -> str:
    if isinstance(block, Heading):
        return block.heading
    if isinstance(block, Formula):
        return textwrap.indent(block.kept, "    ")
    if isinstance(block, Definition):
        term = f"{block.term}  ({block.detail})" if block.detail else block.term
        return f"{_filled(term)}\n{textwrap.indent(_filled(block.meaning, TERMINAL_WIDTH - 4), '    ')}"
    if isinstance(block, Table):
        return "\n".join(filter(None, (block.caption, to_text(block))))
    return _filled(block)


def _filled(text: str, width: int = TERMINAL_WIDTH) -> str:
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)


def _written(name: str) -> Iterator[Block]:
    """Read the parts of a text that stands beside the templates."""
    for part in template_text(f"manual/{name}.txt").strip("\n").split("\n\n"):
        if part.startswith("# "):
            yield Heading(part.removeprefix("# "))
        elif part.startswith("    "):
            yield Formula(textwrap.dedent(part))
        elif " :: " in part:
            term, meaning = part.split(" :: ", 1)
            yield Definition(term, "", " ".join(meaning.split()))
        else:
            yield " ".join(part.split())


def _files() -> Iterator[Block]:
    yield from _written("files")
    for form in file_formats():
        yield from _file(form)
    yield from _written("sets")
    for form in (*set_formats(), *table_formats()):
        yield from _file(form)


def _file(form: FileFormat) -> Iterator[Block]:
    yield Heading(form.path)
    yield form.doc if form.required else f"{form.doc} Optional."
    for key in form.keys:
        meaning = f"{key.doc} Example: {key.example}" if key.example else key.doc
        yield Definition(key.name, f"{key.kind}; {key.needed}", meaning)


def _words() -> Iterator[Block]:
    yield from _written("words")
    yield Heading("Estimative words")
    yield (
        "Every probability in words is printed with its number and the word's range. On an edge that two words share, "
        "the weaker word is used. In judgements a word of the first table may stand in place of low, mid and high: the "
        "range is then the word's, and mid its middle."
    )
    for scale, used in ((ICD_203, "used throughout"), (EFSA, "for comparison"), (UK, "for comparison")):
        yield table(
            f"{scale.name}, {used}",
            scale.bands,
            Column("Word", lambda band: band.word),
            Column("Range", lambda band: f"{100 * band.low:.0f}–{100 * band.high:.0f}%", "number"),
        )


def _exit_codes() -> Iterator[Block]:
    yield table(
        "",
        EXIT_CODES.items(),
        Column("Code", lambda row: str(row[0]), "number"),
        Column("Meaning", lambda row: row[1], "reason"),
    )


MORNING: Sequence[tuple[str, int, str]] = (
    ("Add an item", 3, "detente evidence add my-case; detente update my-case FILE --quick"),
    ("Grade it", 5, "by hand in evidence.csv; detente check my-case"),
    ("Judge it anew", 4, "by hand in likelihoods.csv; detente check my-case"),
    ("Fix a typo in a claim", 4, "by hand in evidence.csv; detente check my-case"),
    ("Move a prior", 2, "by hand in priors.yaml; detente check my-case"),
    ("Withdraw an item", 5, 'detente evidence retract my-case ITEM --because "WHY"'),
    ("Take a bulletin in", 6, "detente update my-case FILE --dry-run; detente update my-case FILE --quick"),
    ("See why it moved", 2, "detente compare my-case/DATE my-case/DATE"),
    ("Find the heaviest disagreement", 1, "detente report my-case"),
    ("Mark an indicator as seen", 4, "by hand in watch.csv; detente evidence add my-case; detente update my-case FILE"),
    ("Run", 2, "detente run my-case"),
    ("Send the report", 2, "detente report my-case; by hand from reports/my-case/DATE"),
)
"""What an analyst does in a morning: clicks in the workbench from the page of the case, and commands that do it."""


def _serve() -> Iterator[Block]:
    def keys(row: tuple[str, int, str]) -> str:
        """Return the keys that commands take, Enter included; work by hand in an editor is not counted."""
        return str(sum(len(command) + 1 for command in row[2].split("; ") if not command.startswith("by hand")))

    yield from _written("serve")
    yield table(
        "",
        MORNING,
        Column("Task", lambda row: row[0]),
        Column("Clicks", lambda row: str(row[1]), "number"),
        Column("Keys", keys, "number"),
        Column("At the command line", lambda row: tuple(row[2].split("; "))),
    )


TOPICS: Mapping[str, tuple[str, Callable[[], Iterator[Block]]]] = {
    "files": ("The files of a case, and of a set: every column and key", _files),
    "bulletins": (
        "Bulletins: new facts and judgements in one file",
        lambda: chain(_written("bulletins"), _file(bulletin_format())),
    ),
    "model": ("The model in formulas", lambda: _written("model")),
    "words": ("The terms that detente uses, and its estimative words", _words),
    "serve": ("The workbench: a case in the browser", _serve),
    "exchange": ("Other programs: what export writes, and what import makes of a matrix", lambda: _written("exchange")),
    "libraries": ("What other libraries make of the same numbers", lambda: _written("libraries")),
    "exit-codes": ("What the exit code of a command says", _exit_codes),
}
"""Every topic by name: what it is about, and what makes its parts."""
