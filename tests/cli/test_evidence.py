"""`detente evidence`: add, list, retract."""

from __future__ import annotations

import pytest
from cases import write_case

from detente.case import find_case, read_bulletin, read_record

OPTIONS = (
    "--claim", "They signed, in haste.", "--date", "2023-03-05", "--source", "A: daily", "--grade", "b2",
    "--cluster", "speeches", "--likelihood", "sincere=0.3/0.6/0.8", "--because", "sincere=They mean it.",
    "--likelihood", "tactic=unlikely", "--because", "tactic=It binds.",
)  # fmt: skip


@pytest.fixture
def workspace(tmp_path):
    return write_case(tmp_path)


def test_every_answer_can_be_an_option_and_the_bulletin_is_taken_in(run, workspace):
    code, out, err = run("evidence", "add", "dispute", *OPTIONS, "--workspace", workspace)
    path = workspace / "seeds/dispute/bulletins/2023-03-05-they-signed-in-haste.yaml"
    assert (code, out) == (0, f"wrote {path}\nnext: detente update dispute {path} --workspace {workspace}\n")
    assert err == "This is 1.8 times as likely under sincere as under tactic: hardly worth mentioning.\n"
    assert run("update", "dispute", path, "--quick", "--workspace", workspace)[0] == 0
    item = read_record(find_case("dispute", workspace))[0].evidence[-1]
    assert (item.claim, item.source, item.grade, item.cluster) == (
        "They signed, in haste.",
        "A: daily",
        "B2",
        "speeches",
    )


def test_the_same_answers_again_are_the_same_bulletin(run, workspace):
    for _ in range(2):
        assert run("evidence", "add", "dispute", *OPTIONS, "--workspace", workspace)[0] == 0
    assert len(list((workspace / "seeds/dispute/bulletins").iterdir())) == 1


def test_it_asks_lower_and_upper_before_the_best_guess(run, workspace):
    answers = "They signed.\n\nDaily\nA1\nenvoys\nOne delegation.\n0.1\n0.5\n0.3\nRarely.\n0.05\n0.2\n0.1\nHardly.\n"
    code, out, err = run("evidence", "add", "dispute", "--out", "-", "--workspace", workspace, answers=answers)
    assert code == 0
    case = read_record(find_case("dispute", workspace))[0]
    bulletin = read_bulletin(out, "out", case)
    low_mid_high = [(row.low, row.mid, row.high) for row in bulletin.likelihoods["they_signed"].values()]
    assert low_mid_high == [(0.1, 0.3, 0.5), (0.05, 0.1, 0.2)]
    assert (bulletin.date, bulletin.clusters) == (case.information_cutoff, {"envoys": "One delegation."})
    assert err.index("  at least") < err.index("  at most") < err.index("  best guess")
    assert "This is 3 times as likely under sincere as under tactic: positive evidence." in err


DRAFT = "seeds/dispute/drafts/item.yaml"


def test_all_that_is_missing_is_named_before_any_question_where_nobody_answers(run, workspace):
    code, out, err = run("evidence", "add", "dispute", "--claim", "x", "--workspace", workspace)
    assert (code, out) == (2, "")
    last = err.splitlines()[-1]
    assert last == (
        "Error: the input is not a terminal, so nobody can be asked: add --date, --source, --grade, "
        "--likelihood sincere=..., --because sincere=..., --likelihood tactic=..., --because tactic=..."
    )
    assert "What was seen" not in err


def test_all_that_is_wrong_with_options_is_said_at_once(run, workspace):
    wrong = ("--date", "2023-02-30", "--grade", "G7", "--cluster", "A B", "--url", "javascript:x", "--quote", "w " * 26)
    code, _, err = run("evidence", "add", "dispute", *OPTIONS, *wrong, "--workspace", workspace, answers="")
    assert code == 2
    assert [line.split(":")[0].removeprefix("Error").strip(" :") for line in err.splitlines()[3:]] == [
        "", "--grade", "--cluster", "--url", "--quote",
    ]  # fmt: skip
    assert "--date: there is no such day: February 2023 has 28 days" in err


def test_each_answer_is_checked_when_it_is_given_and_asked_for_again(run, workspace):
    answers = (
        "They signed.\n2023-02-30\n2023-02-28\nDaily\nZ9\nb 2\nEnvoys\nenvoys\nOne delegation.\n"
        "1.2\nperhaps\n0.4\n0.3\n0.8\n0.9\n0.6\nThey mean it.\nLikely\nIt looks well.\n"
    )
    code, out, err = run("evidence", "add", "dispute", "--out", "-", "--workspace", workspace, answers=answers)
    assert code == 0
    for rule in (
        "there is no such day: February 2023 has 28 days", "must be a letter from A to F", "must be lower-case words",
        "must be greater than 0 and less than 1", "or one of: almost no chance", "must be more than 0.4",
        "must be less than 0.8",
    ):  # fmt: skip
        assert rule in err
    case = read_record(find_case("dispute", workspace))[0]
    bulletin = read_bulletin(out, "out", case)
    (item,), judged = bulletin.evidence, bulletin.likelihoods["they_signed"]
    assert (item.grade, str(item.date), item.cluster) == ("B2", "2023-02-28", "envoys")
    assert (judged["sincere"].low, judged["sincere"].mid, judged["sincere"].high) == (0.4, 0.6, 0.8)
    assert (judged["tactic"].word, judged["tactic"].because) == ("likely", "It looks well.")


def test_the_terminal_shows_statements_clusters_and_that_words_will_do(run, workspace):
    _, _, err = run("evidence", "add", "dispute", "--workspace", workspace, answers="x y.\n\nD\nA1\n\nlikely\nYes.\n")
    case = read_record(find_case("dispute", workspace))[0]
    for hypothesis in case.hypotheses:
        assert f"Suppose this is true: {hypothesis.statement}" in err
    assert "or a word that stands for a range" in err
    assert all(f"  {cluster}: {why}" in err for cluster, why in case.clusters.items())


def test_what_was_typed_is_kept_offered_and_gone_once_written(run, workspace):
    typed = "They signed.\n\nDaily\nA1\n\n0.1\n0.5\n"
    code, _, err = run("evidence", "add", "dispute", "--workspace", workspace, answers=typed)
    assert code == 130
    assert f"the answers are kept in {workspace / DRAFT}" in err
    assert "They signed." in (workspace / DRAFT).read_text()
    rest = "y\n0.3\nRarely.\nunlikely\nHardly.\n"
    code, out, err = run("evidence", "add", "dispute", "--workspace", workspace, answers=rest)
    assert code == 0
    assert 'with 7 answers: "They signed."' in err
    path = workspace / "seeds/dispute/bulletins/2023-03-01-they-signed.yaml"
    assert f"wrote {path}" in out
    assert "sincere: {low: 0.1, mid: 0.3, high: 0.5" in path.read_text()
    assert not (workspace / DRAFT).parent.exists()


def test_a_draft_that_is_declined_is_set_aside_and_can_be_given_as_a_file(run, workspace):
    run("evidence", "add", "dispute", "--workspace", workspace, answers="They signed.\n\nDaily\n")
    _, _, err = run("evidence", "add", "dispute", "--workspace", workspace, answers="n\nOther.\n")
    kept = workspace / DRAFT.replace("item", "item-2")
    assert f"It is kept as {kept}" in err
    assert "Other." in (workspace / DRAFT).read_text()
    _, out, _ = run("evidence", "add", "dispute", *OPTIONS[4:], "--file", kept, "--out", "-", "--workspace", workspace)
    assert 'claim: "They signed."' in out
    assert 'source: "A: daily"' in out  # an option counts instead


def test_an_answer_that_was_edited_wrongly_in_the_draft_is_asked_for_again(run, workspace):
    run("evidence", "add", "dispute", "--workspace", workspace, answers="They signed.\n\nDaily\nA1\n")
    draft = workspace / DRAFT
    draft.write_text(draft.read_text().replace("A1", "A9"))
    _, _, err = run("evidence", "add", "dispute", "--workspace", workspace, answers="y\nA2\n")
    assert 'draft, grade: must be a letter from A to F and a digit from 1 to 6, such as B2 (got "A9")' in err
    assert "grade: A2" in draft.read_text()


@pytest.mark.parametrize("word", ["no", "false", "0"])
def test_whatever_says_that_an_item_was_not_seen(run, workspace, tmp_path, word):
    (tmp_path / "item.yaml").write_text(f"observed: {word}\n")
    more = ("--file", tmp_path / "item.yaml", "--out", "-", "--workspace", workspace)
    code, out, _ = run("evidence", "add", "dispute", *OPTIONS, *more)
    assert code == 0
    assert "observed: no" in out


@pytest.mark.parametrize("indent", [True, False], ids=["bulletin", "item"])
def test_an_item_comes_from_a_file(run, workspace, tmp_path, indent):
    item = (
        "id: signed\nclaim: They signed.\nobserved: no\nexpected_by: 2023-02-27\nreliability: B\ncredibility: 2\n"
        "likelihoods:\n  sincere: {low: 0.2, mid: 0.4, high: 0.6, because: Seldom seen.}\n"
        "  tactic: {mid: unlikely, because: Never seen.}\n"
    )
    top = "date: 2023-03-01\nsource: Daily\n"
    block = "".join(f"    {line}\n" for line in item.splitlines())
    path = tmp_path / "item.yaml"
    path.write_text(f"{top}evidence:\n  -\n{block}" if indent else top + item)
    code, out, _ = run("evidence", "add", "dispute", "--file", path, "--out", "-", "--workspace", workspace)
    assert code == 0
    bulletin = read_bulletin(out, "out", read_record(find_case("dispute", workspace))[0])
    (one,) = bulletin.evidence
    assert (one.id, one.grade, one.observed, str(one.expected_by)) == ("signed", "B2", False, "2023-02-27")
    assert bulletin.likelihoods["signed"]["tactic"].word == "unlikely"


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("claim: x\ngrad: B2\n", 1, 'item.yaml:2: unknown key "grad" (did you mean `grade`?)'),
        ("claim: x\ngrade: B9\n", 1, "item.yaml:2: grade: must be a letter from A to F"),
        ("reliability: B\nclaim: x\ncredibility: 9\n", 1, 'item.yaml:3: credibility: must be 1 to 6 (got "9")'),
        ("claim: x\ncredibility: 2\nreliability: G\n", 1, 'item.yaml:3: reliability: must be A to F (got "G")'),
        ("credibility: [2]\nreliability: B\n", 1, "item.yaml:1: credibility: must be a single value (got a list)"),
        ("date: 2023-13-01\n", 1, "item.yaml:1: date: "),
        ("likelihoods:\n  sincere:\n    mid: probly\n", 1, "item.yaml:3: likelihoods.sincere.mid: must be "),
        ("likelihoods:\n  sincere:\n    low: 0.5\n    mid: 0.4\n", 1, "item.yaml:4: likelihoods.sincere.mid: "),
        ("claim: [x]\n", 1, "item.yaml:1: claim: must be a single value (got a list)"),
        ("evidence:\n  - {id: a}\n  - {id: b}\n", 1, "must hold one item (got 2)"),
        (
            "claim: x\nlikelihoods: {tactics: likely}\n",
            1,
            'item.yaml:2: likelihoods: case.yaml declares no hypothesis "tactics" (did you mean `tactic`?)',
        ),
        (": [", 1, "item.yaml:1: not valid YAML"),
    ],
)
def test_what_is_wrong_with_the_file_is_said_with_its_line(run, workspace, tmp_path, text, code, message):
    (tmp_path / "item.yaml").write_text(text)
    given, _, err = run("evidence", "add", "dispute", "--file", tmp_path / "item.yaml", "--workspace", workspace)
    assert given == code
    assert message in err


def test_an_id_that_is_taken_gets_a_number_and_a_bulletin_never_replaces_another(run, workspace):
    case = read_record(find_case("dispute", workspace))[0]
    claim = case.evidence[0].id.replace("_", " ")
    for number in ("", "-2"):
        more = ("--claim", claim, "--source", f"Daily{number}")
        code, out, _ = run("evidence", "add", "dispute", *OPTIONS, *more, "--workspace", workspace)
        assert code == 0
        assert f"2023-03-05-{claim}-2{number}.yaml" in out


def test_a_bundled_case_is_not_written_to(run, tmp_path):
    code, _, err = run("evidence", "add", "saudi-iran", "--workspace", tmp_path, answers="x\n")
    assert code == 1
    assert "saudi-iran is bundled with detente and cannot be changed" in err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("--grade", "G7"), "--grade: must be a letter from A to F"),
        (("--likelihood", "sincere=0.6/0.5/0.8"), "low, mid, high: must increase"),
        (("--likelihood", "nobody=0.5"), "must be HYPOTHESIS=... with one of sincere, tactic"),
        (("--id", "speech"), "--id: is already in evidence.csv: choose another"),
    ],
)
def test_a_wrong_answer_is_said_and_nothing_written(run, workspace, change, message):
    code, _, err = run("evidence", "add", "dispute", *OPTIONS, *change, "--workspace", workspace)
    assert code in {1, 2}
    assert message in err
    assert not (workspace / "seeds/dispute/bulletins").exists()


def test_the_register_by_date_filtered_and_by_weight(run, workspace):
    _, out, _ = run("evidence", "list", "dispute", "--workspace", workspace)
    assert out.startswith("dispute as of 1 March 2023: 3 of 3 items; dB for ")
    assert [line.split()[3] for line in out.splitlines()[3:]] == ["speech", "toast", "map"]
    _, out, _ = run("evidence", "list", "dispute", "--as-of", "2023-02-15", "--workspace", workspace)
    assert "map (not seen so far, expected by 2023-02-20)" in out
    _, out, _ = run(
        "evidence", "list", "dispute", "--cluster", "speeches", "--from", "2023-01-01", "--workspace", workspace
    )
    assert [line.split()[3] for line in out.splitlines()[3:]] == ["toast"]
    _, out, _ = run("evidence", "list", "dispute", "--sort", "weight", "--actor", "NORTH", "--workspace", workspace)
    code, _, err = run("evidence", "list", "dispute", "--cluster", "speech", "--workspace", workspace)
    assert (code, err.splitlines()[-1]) == (2, 'Error: there is no cluster "speech" (did you mean `speeches`?)')
    weights = [abs(float(line.split()[2].replace("−", "-"))) for line in out.splitlines()[3:]]
    assert weights == sorted(weights, reverse=True)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--cluster", "nosuch"), 'there is no cluster "nosuch" (clusters: speeches)'),
        (("--actor", "nosuch"), 'no item has an actor with "nosuch" in it (actors: North)'),
    ],
)
def test_what_nothing_has_is_an_error(run, workspace, option, message):
    code, out, err = run("evidence", "list", "dispute", *option, "--workspace", workspace)
    assert (code, out, err.splitlines()[-1]) == (2, "", f"Error: {message}")


def test_a_retracted_item_stays_marked_and_out_of_the_model(run, workspace):
    because = "It was water, not wine."
    code, out, _ = run("evidence", "retract", "dispute", "toast", "--because", because, "--workspace", workspace)
    assert code == 0
    assert "  + withdrawal  toast: It was water, not wine.\n" in out
    _, out, _ = run("evidence", "list", "dispute", "--workspace", workspace)
    assert f"toast [speeches] (withdrawn on 2023-03-01: {because})" in out
    assert out.startswith("dispute as of 1 March 2023: 2 of 2 items, 1 withdrawn; dB for ")
    _, out, _ = run("evidence", "list", "dispute", "--as-of", "2023-02-28", "--workspace", workspace)
    assert "withdrawn" not in out
    assert run("check", "dispute", "--workspace", workspace)[0] == 0
    code, _, err = run("evidence", "retract", "dispute", "toast", "--because", "Again.", "--workspace", workspace)
    undo = "`detente undo` takes it back if it was the last change"
    assert (code, err) == (1, f"retraction: has been taken in already: everything in it is in the case: {undo}\n")
    code, _, err = run("evidence", "retract", "dispute", "toasts", "--because", "x", "--workspace", workspace)
    assert code == 1
    assert err == 'seeds/dispute/evidence.csv: has no item "toasts" (did you mean `toast`?)\n'


def test_the_effect_of_a_withdrawal_is_shown_before_it_is_made(run, workspace):
    before = {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()}
    arguments = ("evidence", "retract", "dispute", "toast", "--because", "It was water.", "--workspace", workspace)
    code, out, err = run(*arguments, "--dry-run")
    assert (code, err) == (0, "dry run: nothing was changed\n")
    assert {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()} == before
    assert [line.split()[-4:-1] for line in out.splitlines() if line.startswith("Tactic")] != []
    assert run(*arguments) == (0, out, "")
