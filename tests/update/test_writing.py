"""What is written back: rows appended, every other byte kept, comments too, and read again as what was meant."""

from __future__ import annotations

import time

import pytest
from bulletins import BULLETIN, item_bulletin, spoilt
from cases import CASE, EVENTS, EVIDENCE, LIKELIHOODS, write_case

from detente.case import CaseLocation, bundled_cases, find_case, read_record, transaction
from detente.case.check import examine
from detente.case.documents import read_document
from detente.case.editing import add_to_list, add_to_mapping, append_rows, replace_value, withdraw_rows
from detente.case.findings import Findings
from detente.errors import BulletinError, BundledCaseError, CutoffError, OutputError, WriteBackError
from detente.update import update


def files(workspace):
    """Return the files by name; not what is hidden."""
    paths = (path for path in workspace.rglob("*") if path.is_file())
    return {path.name: path.read_bytes() for path in paths if "/." not in str(path.relative_to(workspace.parent))}


def take(workspace, text=BULLETIN, **options):
    return update(find_case("dispute", workspace), text, "news.yaml", **options)


def test_tables_grow_at_their_end_and_nothing_else_changes(tmp_path):
    workspace = write_case(tmp_path)
    before = files(workspace)
    take(workspace, BULLETIN.partition("retractions")[0])
    after = files(workspace)
    assert after["events.csv"].decode() == EVENTS + "2023-03-10,border,open,Weekly,The gates were opened.\n"
    assert after["evidence.csv"].decode() == EVIDENCE + (
        'envoys_named,2023-03-09,envoys,yes,B,2,,Weekly,,"North named envoys, by letter.",\n'
        "envoys_arrived,2023-03-10,envoys,no,A,1,,Weekly,,They arrived.,\n"
    )
    assert after["likelihoods.csv"].decode() == LIKELIHOODS + (
        "envoys_named,sincere,0.3,0.5,0.7,Envoys cost something.\n"
        "envoys_named,tactic,0.1,0.2,0.4,Envoys may find out.\n"
        "envoys_arrived,sincere,,likely,,They would come.\n"
        'envoys_arrived,tactic,,unlikely,,"Given as a word, with no reason stated."\n'
    )
    assert after["polls.csv"].decode().splitlines()[1] == "House,2023-03-01,2023-03-03,,900,45.0,44.5,Weekly"
    assert after["case.yaml"].decode() == CASE.replace(
        "information_cutoff: 2023-03-01", "information_cutoff: 2023-03-10"
    ).replace("  speeches: One speaker.\n", "  speeches: One speaker.\n  envoys: One delegation.\n").replace(
        "date: 2023-05-14}\n", "date: 2023-05-14}\n    - {known_from: 2023-03-05, date: 2023-05-21}\n"
    )
    for name in ("priors.yaml", "intensities.csv"):
        assert after[name] == before[name]
    examine(find_case("dispute", workspace))


def test_the_loading_of_an_item_is_written_where_it_is_stated(tmp_path):
    workspace = write_case(tmp_path)
    take(workspace, spoilt("    cluster: envoys\n", '    cluster: envoys\n    loading: "-"\n'))
    items = {item.id: item.loading for item in read_record(find_case("dispute", workspace))[0].evidence}
    assert items == {"speech": None, "toast": None, "map": None, "envoys_named": "-", "envoys_arrived": None}


def test_line_ends_marks_and_comments_stay(tmp_path):
    windows = {
        "evidence": b"\xef\xbb\xbf" + EVIDENCE.rstrip("\n").replace("\n", "\r\n").encode(),
        "case": b"\xef\xbb\xbf"
        + CASE.replace("clusters:", "# why\nclusters:  # of each").replace("\n", "\r\n").encode(),
        "likelihoods": LIKELIHOODS.replace("\n", "\r\n").encode(),
    }
    workspace = write_case(tmp_path, **windows)
    take(workspace)
    after = files(workspace)
    for name in ("evidence.csv", "likelihoods.csv", "case.yaml"):
        assert after[name].count(b"\r\n") == after[name].count(b"\n")
    assert b"# why\r\nclusters:  # of each\r\n" in after["case.yaml"]
    assert after["case.yaml"].startswith(b"\xef\xbb\xbfcase")
    assert read_record(find_case("dispute", workspace))[0].evidence[-1].id == "envoys_arrived"


@pytest.mark.parametrize("letter", ["\u2028", "\u2029", "\x85"])
def test_letters_that_once_broke_lines_break_nothing(tmp_path, letter):
    spread = CASE.replace("clusters:", f"# a note{letter}more of it\nclusters:")
    workspace = write_case(tmp_path, case=spread)
    take(workspace, BULLETIN.replace("One delegation.", f'"One\\u{ord(letter):04x}delegation."'))
    assert read_record(find_case("dispute", workspace))[0].clusters["envoys"] == f"One{letter}delegation."


def test_a_table_with_a_mark_and_every_cell_in_quotes_is_amended():
    table = b'\xef\xbb\xbf"id","claim"\r\n"x","it"\r\n'
    assert append_rows(table, {"id": True, "claim": True}, [{"id": "y", "claim": "z"}]) == table + b"y,z\r\n"
    assert withdraw_rows(table, {"x": ("2023-03-10", "no")}) == (
        b'\xef\xbb\xbf"id","claim",retracted_on,retracted_because\r\nx,it,2023-03-10,no\r\n'
    )


def test_rows_follow_the_order_of_the_header():
    assert append_rows(b"b,a\n1,2\n", {"a": True, "b": True}, [{"a": 3, "b": 4}]) == b"b,a\n1,2\n4,3\n"


def test_a_column_that_may_lack_is_added_where_it_is_needed():
    columns = {"a": True, "kind": False}
    assert append_rows(b"a\n1\n\n2\n", columns, [{"a": 3, "kind": "x"}]) == b"a,kind\n1,\n\n2,\n3,x\n"
    assert append_rows(b"a\n1\n", columns, [{"a": 3, "kind": None}]) == b"a\n1\n3\n"


def test_a_withdrawn_row_is_marked_and_the_others_keep_their_text():
    table = b'id,claim\r\n"x","said, twice"\r\n"y",it\r\n'
    once = withdraw_rows(table, {"y": ("2023-03-10", "no, not so")})
    assert once == (
        b'id,claim,retracted_on,retracted_because\r\n"x","said, twice",,\r\ny,it,2023-03-10,"no, not so"\r\n'
    )
    assert withdraw_rows(once, {"x": ("2023-03-11", "nor this")}).splitlines()[1] == (
        b'x,"said, twice",2023-03-11,nor this'
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nclusters:\n  x: y  # why\n\n# end\n", "a: 1\nclusters:\n  x: y  # why\n  z: It is.\n\n# end\n"),
        ("clusters: {x: y}\nb: 1\n", 'clusters: {x: y, z: "It is."}\nb: 1\n'),
        ("clusters: {}\nb: 1\n", 'clusters: {z: "It is."}\nb: 1\n'),
        ("clusters:  # none yet\nb: 1\n", "clusters:  # none yet\n  z: It is.\nb: 1\n"),
        ("clusters: null\nb: 1\n", "clusters: \n  z: It is.\nb: 1\n"),
        ("a: 1\n", "a: 1\nclusters:\n  z: It is.\n"),
        ("a: 1", "a: 1\nclusters:\n  z: It is."),
        ("clusters:\n  x: >-\n    long\n    text\n\n\nb: 1\n", "clusters:\n  x: >-\n    long\n    text\n  z: It is.\n\n\nb: 1\n"),  # noqa: E501
        ("clusters:\n  x: |\n    long\n", "clusters:\n  x: |\n    long\n  z: It is.\n"),
        ("clusters:\n    'ключ': 😀  # 😀\nb: 1\n", "clusters:\n    'ключ': 😀  # 😀\n    z: It is.\nb: 1\n"),
        ("{a: 1}", '{a: 1, clusters: {z: "It is."}}'),
    ],
)  # fmt: skip
def test_a_pair_is_added_to_a_mapping_of_any_layout(text, expected):
    assert add_to_mapping(text, "clusters", {"z": "It is."}) == expected


@pytest.mark.parametrize("reason", ["a: b", "no", "- x", "# x", 'say "x"', "x # y", "two\nlines", "ends:", "1", "{x}"])
def test_a_text_that_yaml_would_take_for_something_else_is_quoted(reason):
    text = add_to_mapping("a: 1\n", "clusters", {"z": reason})
    entry = read_document(text, Findings("x"))
    assert entry is not None
    assert entry.mapping()["clusters"].mapping()["z"].node.text == reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("e:\n  s:\n    - {a: 1}\n    - {a: 2} # two\n  w: 1\n", "e:\n  s:\n    - {a: 1}\n    - {a: 2} # two\n    - {a: 3}\n  w: 1\n"),  # noqa: E501
        ("e:\n  s:\n  - a: 1\n  w: 1\n", "e:\n  s:\n  - a: 1\n  - {a: 3}\n  w: 1\n"),
        ("e: {s: [{a: 1}], w: 1}\n", "e: {s: [{a: 1}, {a: 3}], w: 1}\n"),
    ],
)  # fmt: skip
def test_a_row_is_added_to_a_list_of_any_layout(text, expected):
    assert add_to_list(text, ("e", "s"), ["{a: 3}"]) == expected


@pytest.mark.parametrize("old", ["2023-01-01", "'2023-01-01'", "2023-01-01  # as of"])
def test_a_value_is_replaced_and_its_comment_stays(old):
    assert (
        replace_value(f"a: {old}\n", ("a",), "2024-01-01")
        == "a: " + ("2024-01-01" + old[len(old.split("  ")[0]) :]) + "\n"
    )


def test_a_layout_that_cannot_be_edited_is_refused_and_nothing_changed(tmp_path):
    anchored = ('title: "North and South: an opening?"', "title: &t 2023-03-01")
    aliased = CASE.replace(*anchored).replace("information_cutoff: 2023-03-01", "information_cutoff: *t")
    workspace = write_case(tmp_path, case=aliased)
    before = files(workspace)
    with pytest.raises(WriteBackError, match="write it in plain blocks"):
        take(workspace)
    assert files(workspace) == before


def test_an_anchor_elsewhere_stays(tmp_path):
    schedule = "  schedule:\n    - {known_from: 2022-01-01, date: 2023-06-20}\n    - {known_from: 2023-01-15, date: &d 2023-05-14}\n"  # noqa: E501
    workspace = write_case(tmp_path, case=(schedule.replace("&d ", ""), schedule))
    take(workspace)
    assert "date: &d 2023-05-14" in files(workspace)["case.yaml"].decode()


def test_what_could_not_be_forecast_is_refused_and_nothing_changed(tmp_path):
    workspace = write_case(tmp_path)
    before = files(workspace)
    with pytest.raises(CutoffError, match=r"the horizon is 2024-03-01"):
        take(workspace, "date: 2024-06-01\n")
    assert files(workspace) == before


def test_a_malformed_one_and_a_dry_run_change_nothing(tmp_path):
    workspace = write_case(tmp_path)
    before = files(workspace)
    with pytest.raises(BulletinError):
        take(workspace, "date: soon\n")
    found = take(workspace, dry_run=True)
    assert found.after.evidence[-1].id == "envoys_arrived"
    assert files(workspace) == before


def test_a_bundled_case_is_not_changed():
    with pytest.raises(BundledCaseError, match="detente new my-case --example x"):
        update(CaseLocation("x", find_case(bundled_cases()[0]).root, bundled=True), "date: 2030-01-01\n", "news.yaml")


def test_a_folder_that_cannot_be_written_leaves_all_as_it_was(tmp_path, monkeypatch):
    workspace = write_case(tmp_path)
    before = files(workspace)

    def refuse(files, was):
        raise OutputError(next(iter(files)), PermissionError(13, "Permission denied"))

    monkeypatch.setattr(transaction, "replace_files", refuse)
    with pytest.raises(OutputError, match="nothing was changed"):
        take(workspace)
    assert files(workspace) == before
    assert not (workspace / "seeds/dispute/.journal").exists()


def test_a_thousand_items_are_taken_in_within_five_seconds(tmp_path):
    workspace = write_case(tmp_path)
    parts = [item_bulletin(f"n{number}", "2023-03-10", (0.6, 0.59), f"c{number // 10}") for number in range(1000)]
    items = [line for part in parts for line in part.splitlines() if line.startswith("  - ")]
    clusters = "\n".join(f"  c{number}: One cause." for number in range(100))
    text = f"date: 2023-03-10\nsource: Weekly\nclusters:\n{clusters}\nevidence:\n" + "\n".join(items) + "\n"
    start = time.process_time()
    found = take(workspace, text)
    assert time.process_time() - start < 5  # of the processor: others may be at work
    assert len(found.after.evidence) == 1003
