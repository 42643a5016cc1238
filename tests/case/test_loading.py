"""What a valid case becomes, and as of when it can be forecast."""

from __future__ import annotations

import datetime as dt
import time

import msgspec
import pytest
from tests.cases import CASE, EVENTS, EVIDENCE, INTENSITIES, LIKELIHOODS, POLLS, PRIORS, RESOLUTIONS, WATCH, write_case
from tests.oracle.random_cases import write_large_case, write_random_case

from detente.case import Case, bundled_cases, load_case
from detente.errors import CutoffError

AFTER = EVENTS + "2023-05-14,election,rival,Daily,He won.\n"


@pytest.fixture
def case(tmp_path):
    return load_case(workspace=write_case(tmp_path, watch=WATCH, polls=POLLS, resolutions=RESOLUTIONS))


def test_facts_are_what_the_files_say(case):
    assert case.id == "dispute"
    assert case.hypothesis_ids == ("sincere", "tactic")
    assert case.regimes == ("before", "after:incumbent", "after:rival")
    assert case.source.date == dt.date(2023, 2, 1)
    assert case.election.date == dt.date(2023, 5, 14)
    assert [item.id for item in case.evidence] == ["speech", "toast", "map"]
    speech, _, card = case.evidence
    assert (speech.claim, speech.grade, speech.cluster) == ("North spoke of peace, twice.", "A1", "speeches")
    assert (card.observed, card.cluster, card.expected_by) == (False, None, dt.date(2023, 2, 20))
    assert case.state("ladder") == "met"
    assert [step.id for step in case.transitions] == ["ladder:apart>met", "ladder:met>signed", "border:closed>open"]
    assert case.polls[0].incumbent == 44.5
    assert case.polls[1].known_on == dt.date(2023, 2, 5)
    assert case.resolutions[0].resolution == "yes"


def test_judgements_are_what_the_files_say(case):
    assert case.priors.hypotheses.weights == {"sincere": 0.4, "tactic": 0.6}
    assert case.priors.cluster_correlation("speeches").mean == 0.8
    assert case.priors.trust(case.evidence[1]) == pytest.approx(0.90 * 0.95)
    assert case.likelihoods["speech"]["sincere"].mid == 0.6
    assert case.priors.couplings[0].when.reached == "signed"
    assert case.watch[0].likelihoods["tactic"].high == 0.2


def test_a_word_stands_for_its_range_and_the_middle_of_it(case):
    row = case.likelihoods["toast"]["tactic"]
    assert (row.low, row.mid, row.high, row.word) == (0.55, 0.675, 0.80, "likely")


def test_the_most_specific_intensity_wins(case):
    apart_met, met_signed, closed_open = case.transitions
    assert case.intensity(apart_met, "tactic", "after:rival").mid == 0.4
    assert case.intensity(met_signed, "sincere", "before").mid == 0.3
    assert case.intensity(met_signed, "sincere", "after:incumbent").mid == 0.4
    assert case.intensity(met_signed, "sincere", "after:rival").mid == 0.1
    assert case.intensity(met_signed, "tactic", "before").mid == 0.1
    assert case.intensity(closed_open, "sincere", "after:rival").mid == 0.2
    assert len(case.intensities) == 3 * 2 * 3


def test_a_row_that_names_both_settles_an_ambiguity(tmp_path):
    more = "border,closed,open,*,before,365,0.1,0.3,0.5,Why.\n" + "".join(
        f"border,closed,open,{h},before,365,0.1,0.35,0.5,Why.\n" for h in ("sincere", "tactic")
    )
    case = load_case(workspace=write_case(tmp_path, intensities=INTENSITIES + more))
    assert case.intensity(case.transitions[2], "sincere", "before").mid == 0.35


def test_objects_satisfy_their_own_schema(case):
    """Loading checks every value itself and takes no account of their types; this makes sure that none is forgotten."""
    for loaded in (case, *(load_case(name) for name in bundled_cases())):
        assert msgspec.convert(msgspec.to_builtins(loaded, enc_hook=str), Case) == loaded


@pytest.mark.parametrize("seed", range(25))
def test_random_cases_load_and_satisfy_their_own_schema(seed, tmp_path):
    case = load_case(write_random_case(tmp_path, seed), tmp_path)
    assert msgspec.convert(msgspec.to_builtins(case, enc_hook=str), Case) == case


def test_a_case_may_do_without_election_processes_and_clusters(tmp_path):
    start, end = CASE.index("clusters:"), CASE.index("horizon:")
    bare = CASE[:start] + CASE[end : CASE.index("processes:")]
    lines = PRIORS[: PRIORS.index("election:")].splitlines()
    write_case(
        tmp_path,
        case=bare,
        evidence=EVIDENCE.replace(",speeches,", ",,"),
        events="date,process,state,source,claim\n",
        priors="\n".join(line for line in lines if not line.startswith(("dependence:", "  default", "  speeches"))),
        intensities=INTENSITIES.splitlines()[0],
    )
    case = load_case(workspace=tmp_path)
    assert case.regimes == ("before",)
    assert case.processes == case.outcomes == case.intensities == ()


def test_sd_zero_fixes_a_value(tmp_path):
    case = load_case(workspace=write_case(tmp_path, priors=("mean: 0.6, sd: 0.15", "mean: 0.6, sd: 0")))
    assert (case.priors.discrimination.mean, case.priors.discrimination.sd) == (0.6, 0)


def test_yaml_is_version_1_2(tmp_path):
    """`no` is a word, 1e-3 a number, and 08 an eight."""
    priors = PRIORS.replace("tactic: 0.6", "no: 999e-3").replace("sincere: 0.4", "on: 1e-3")
    write_case(
        tmp_path,
        case=CASE.replace("North wants to be seen.", "no").replace("tactic", "no").replace("sincere", "on"),
        priors=priors.replace("concentration: 8", "concentration: 08"),
        likelihoods=LIKELIHOODS.replace(",tactic,", ",no,").replace(",sincere,", ",on,"),
        intensities=INTENSITIES.replace(",tactic,", ",no,").replace(",sincere,", ",on,"),
    )
    case = load_case(workspace=tmp_path)
    assert case.hypothesis_ids == ("on", "no")
    assert case.hypotheses[1].statement == "no"
    assert case.priors.hypotheses.weights == {"on": 0.001, "no": 0.999}
    assert case.priors.election.concentration == 8


def test_anchors_and_block_texts_are_read(tmp_path):
    folded = "question: >-\n  Is the opening\n  sincere?"
    priors = PRIORS.replace("default: {", "default: &d {").replace(
        "speeches: {mean: 0.8, sd: 0.1, because: One speaker speaks.}", "speeches: *d"
    )
    case = load_case(workspace=write_case(tmp_path, case=("question: Is the opening sincere?", folded), priors=priors))
    assert case.question == "Is the opening sincere?"
    assert case.priors.dependence["speeches"].mean == 0.5


STRANGE = (
    "Erdoğan’\N{LATIN SMALL LETTER DOTLESS I}n «hoşgörü»sü — السلام عليكم — שלום — <script>alert(1)</script> & "
    "\"quotes\" 'too' =cmd()|' /C calc'!A0 🕊"
)


def test_any_text_comes_through_unchanged(tmp_path):
    cell = '"' + STRANGE.replace('"', '""') + '"'
    scalar = "'" + STRANGE.replace("'", "''") + "'"
    write_case(tmp_path, evidence=("North raised a glass.", cell), case=("Is the opening sincere?", scalar))
    case = load_case(workspace=tmp_path)
    assert case.evidence[1].claim == STRANGE
    assert case.question == STRANGE


@pytest.mark.parametrize("folder", ["with space", "Türkiye–سوريا", "a'b\"c$HOME"])
def test_any_workspace_path_will_do(folder, tmp_path):
    assert load_case(workspace=write_case(tmp_path / folder)).id == "dispute"


def test_a_spreadsheets_habits_change_nothing(tmp_path):
    plain = load_case(workspace=write_case(tmp_path / "plain"))

    def habit(text: str) -> bytes:
        return text.replace("\n", "\r\n").encode("utf-8-sig")

    dressed = load_case(
        workspace=write_case(
            tmp_path / "dressed",
            case=habit(CASE),
            evidence=habit(EVIDENCE),
            events=habit(EVENTS),
            priors=habit(PRIORS),
            likelihoods=habit(LIKELIHOODS),
            intensities=habit(INTENSITIES),
        )
    )
    assert dressed == plain
    assert dressed.inputs_sha256 == plain.inputs_sha256
    padded = load_case(workspace=write_case(tmp_path / "padded", evidence=EVIDENCE + "\n,,,,,,,,,,\n \n\n"))
    assert padded.evidence == plain.evidence


def test_columns_may_stand_in_any_order_and_cells_be_padded(tmp_path):
    events = "claim, state ,source,date,process\nThey met., met ,Daily, 2023-02-10 ,ladder\n"
    assert load_case(workspace=write_case(tmp_path, events=events)).state("ladder") == "met"


def test_the_digest_depends_on_every_file_and_its_name(tmp_path):
    plain = load_case(workspace=write_case(tmp_path / "a")).inputs_sha256
    assert len(plain) == 64
    assert load_case(workspace=write_case(tmp_path / "b")).inputs_sha256 == plain
    for number, change in enumerate(
        (
            {"priors": ("0.65", "0.66")},
            {"evidence": ("glass", "cup")},
            {"watch": WATCH},
            {"reference_class": "class,member,start,followed_until\n"},
        )
    ):
        assert load_case(workspace=write_case(tmp_path / f"c{number}", **change)).inputs_sha256 != plain


def test_what_is_written_down_afterwards_leaves_the_digest_as_it_was(tmp_path):
    plain = load_case(workspace=write_case(tmp_path / "a")).inputs_sha256
    resolved = load_case(workspace=write_case(tmp_path / "b", resolutions=RESOLUTIONS))
    assert resolved.resolutions
    assert resolved.inputs_sha256 == plain


def test_a_resolution_is_known_from_its_date(tmp_path):
    write_case(tmp_path, resolutions=RESOLUTIONS)
    assert not load_case(workspace=tmp_path, as_of=dt.date(2023, 2, 9)).resolutions
    assert load_case(workspace=tmp_path, as_of=dt.date(2023, 2, 10)).resolutions


def test_as_of_cuts_every_table(tmp_path):
    write_case(tmp_path, polls=POLLS, events=AFTER)
    case = load_case(workspace=tmp_path, as_of=dt.date(2023, 1, 10))
    assert case.information_cutoff == dt.date(2023, 1, 10)
    assert [item.id for item in case.evidence] == ["speech", "toast"]
    assert case.events == ()
    assert len(case.polls) == 1
    assert case.election.date == dt.date(2023, 6, 20)
    assert case.winner is None
    assert load_case(workspace=tmp_path, as_of=dt.date(2023, 6, 1)).winner == "rival"


def test_the_cases_own_cut_off_cuts_as_well(tmp_path):
    late = EVIDENCE + "flag,2023-04-01,,yes,A,1,North,Daily,p4,North flew a flag.,\n"
    more = LIKELIHOODS + "flag,sincere,0.3,0.5,0.7,Flags are flown.\nflag,tactic,0.2,0.4,0.6,Flags are cheap.\n"
    case = load_case(workspace=write_case(tmp_path, evidence=late, likelihoods=more, events=AFTER))
    assert [item.id for item in case.evidence] == ["speech", "toast", "map"]
    assert [event.state for event in case.events] == ["met"]


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (
            "2021-06-01",
            [
                "process ladder starts on 2022-12-01: choose a cut-off on that day or later",
                "process border starts on 2022-12-01: choose a cut-off on that day or later",
                "no election date was known by then: choose a later cut-off or add to election.schedule",
            ],
        ),
        ("2024-03-01", ["the horizon is 2024-03-01: choose a cut-off before it"]),
    ],
)
def test_an_impossible_cut_off_is_refused(as_of, expected, tmp_path):
    with pytest.raises(CutoffError) as caught:
        load_case(workspace=write_case(tmp_path), as_of=dt.date.fromisoformat(as_of))
    assert str(caught.value).splitlines() == [f"dispute as of {as_of}: {line}" for line in expected]


def test_election_day_itself_can_be_forecast(tmp_path):
    assert load_case(workspace=write_case(tmp_path), as_of=dt.date(2023, 5, 14)).winner is None


def test_a_vote_that_is_not_called_can_be_forecast(tmp_path):
    case = load_case(workspace=write_case(tmp_path), as_of=dt.date(2023, 5, 16))
    assert case.is_counting
    assert case.regimes_on(dt.date(2023, 5, 13)) == {"before": 1.0}
    assert case.regimes_on(dt.date(2023, 5, 14)) == {"after:incumbent": 0.5, "after:rival": 0.5}
    called = load_case(workspace=write_case(tmp_path / "called", events=AFTER), as_of=dt.date(2023, 5, 16))
    assert not called.is_counting
    assert called.regimes_on(dt.date(2023, 5, 14)) == {"after:rival": 1.0}


def test_an_election_then_due_after_the_horizon_is_refused(tmp_path):
    write_case(tmp_path, case=("date: 2023-06-20", "date: 2024-06-20"))
    with pytest.raises(CutoffError, match="the election was then due on 2024-06-20, and the horizon is 2024-03-01"):
        load_case(workspace=tmp_path, as_of=dt.date(2023, 1, 1))


def test_five_thousand_items_load_in_two_seconds(tmp_path):
    name = write_large_case(tmp_path)
    start = time.process_time()
    assert len(load_case(name, tmp_path).evidence) == 5000
    assert time.process_time() - start < 2  # of the processor: others may be at work
