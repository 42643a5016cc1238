"""Several assessors in one case: columns and sheets, rounds, gaps, and what bulletins and the register say of them."""

from __future__ import annotations

import csv
import datetime as dt
import io

import numpy as np
import pytest
from bulletins import BULLETIN
from cases import INTENSITIES, LIKELIHOODS, PRIORS, write_case

from detente import exact
from detente.case import bundled_cases, find_case, load_case, read_record
from detente.case.check import examine
from detente.case.pooling import AssessorRange, deviation_of, pooled
from detente.case.ranges import PROBIT
from detente.errors import CaseError
from detente.graph.data import evidence_data
from detente.update import update
from detente.verify.simulation import reading_places

PEOPLE = {"Ann": 0.0, "ben": 0.05, "Eva": -0.08}


def shifted(text, by, column=""):
    """Return a table with every number moved, and the assessor in a column where one is named."""
    rows = list(csv.DictReader(io.StringIO(text)))
    for row in rows:
        if row["low"]:
            row.update({name: f"{float(row[name]) + by:.3f}" for name in ("low", "mid", "high")})
    out = io.StringIO()
    writer = csv.DictWriter(out, [*rows[0], *(["assessor"] if column else [])], lineterminator="\n")
    writer.writeheader()
    writer.writerows([row | ({"assessor": column} if column else {}) for row in rows])
    return out.getvalue()


INTENSE = {"Ann": 0.0, "ben": 0.03, "Eva": -0.02}
WEIGHTS = {"Ann": (0.4, 0.6), "ben": (0.5, 0.5), "Eva": (0.7, 0.3)}


def joined(tables):
    first, *rest = tables
    return first + "".join(table.partition("\n")[2] for table in rest)


def in_columns(folder, people=tuple(PEOPLE), names=None, own=False, **changes):
    called = names or {name: name for name in people}
    likelihoods = [shifted(LIKELIHOODS, PEOPLE[name], called[name]) for name in people]
    intensities = [shifted(INTENSITIES, INTENSE[name], called[name]) for name in people]
    if own:
        likelihoods.append(shifted(LIKELIHOODS, 0.02, "x").replace(",x\n", ",\n"))
    workspace = write_case(
        folder,
        **{"likelihoods": joined(likelihoods), "intensities": joined(intensities), "priors": NO_WEIGHTS} | changes,
    )
    rows = [
        f"{h},{w},So it looks.,{called[n]}"
        for n in people
        for h, w in zip(("sincere", "tactic"), WEIGHTS[n], strict=True)
    ]
    (workspace / "priors/dispute/priors.csv").write_text(
        "hypothesis,weight,because,assessor\n" + "\n".join(rows) + "\n", encoding="utf-8"
    )
    return workspace


NO_WEIGHTS = PRIORS.replace("  weights: {sincere: 0.4, tactic: 0.6}\n", "")


def in_sheets(folder, people=tuple(PEOPLE)):
    workspace = write_case(folder, likelihoods=None, intensities=None, priors=NO_WEIGHTS)
    for name in people:
        home = workspace / "priors/dispute/assessors" / name
        home.mkdir(parents=True)
        (home / "likelihoods.csv").write_text(shifted(LIKELIHOODS, PEOPLE[name]), encoding="utf-8")
        (home / "intensities.csv").write_text(shifted(INTENSITIES, INTENSE[name]), encoding="utf-8")
        rows = [f"{h},{w},So it looks." for h, w in zip(("sincere", "tactic"), WEIGHTS[name], strict=True)]
        text = "hypothesis,weight,because\n" + "\n".join(rows) + "\n"
        (home / "priors.csv").write_text(text, encoding="utf-8")
    return workspace


def numbers(case):
    likelihoods = {
        (item, h): (row.low, row.mid, row.high) for item, under in case.likelihoods.items() for h, row in under.items()
    }
    paces = {
        (row.transition.id, row.hypothesis, row.regime): (row.low, row.mid, row.high, row.within_days)
        for row in case.intensities
    }
    return likelihoods, paces, case.priors.hypotheses.weights, case.priors.hypotheses.concentration


def test_one_assessor_gives_the_answer_of_the_case_bit_for_bit(tmp_path):
    plain = load_case(workspace=write_case(tmp_path / "plain"))
    named = write_case(
        tmp_path / "named", likelihoods=shifted(LIKELIHOODS, 0, "ann"), intensities=shifted(INTENSITIES, 0, "ann")
    )
    sheet = write_case(tmp_path / "sheet", likelihoods=None, intensities=None)
    home = sheet / "priors/dispute/assessors/ann"
    home.mkdir(parents=True)
    (home / "likelihoods.csv").write_text(LIKELIHOODS, encoding="utf-8")
    (home / "intensities.csv").write_text(INTENSITIES, encoding="utf-8")
    for workspace in (named, sheet):
        case = load_case(workspace=workspace)
        assert [one.id for one in case.assessors] == ["ann"]
        assert numbers(case) == numbers(plain)
        assert list(exact.posterior(case).probability) == list(exact.posterior(plain).probability)


def test_a_cell_that_cannot_be_read_is_a_line_in_a_sheet_too(tmp_path):
    workspace = write_case(tmp_path, likelihoods=None)
    home = workspace / "priors/dispute/assessors/ann"
    home.mkdir(parents=True)
    (home / "likelihoods.csv").write_text(LIKELIHOODS.replace("0.4", "abc", 1), encoding="utf-8")
    with pytest.raises(CaseError, match=r"ann/likelihoods\.csv:\d+: \w+: must be a number .* \(got .abc"):
        load_case(workspace=workspace)


def test_columns_and_sheets_mean_the_same(tmp_path):
    column, sheet = load_case(workspace=in_columns(tmp_path / "a")), load_case(workspace=in_sheets(tmp_path / "b"))
    assert column.changed(inputs_sha256="") == sheet.changed(inputs_sha256="")
    assert len(column.assessors) == 3


def test_order_and_names_matter_to_no_bit(tmp_path):
    first = numbers(load_case(workspace=in_columns(tmp_path / "a")))
    assert numbers(load_case(workspace=in_columns(tmp_path / "b", ("Eva", "Ann", "ben")))) == first
    names = {"Ann": "zoe", "ben": "Ünal", "Eva": "a, b"}
    quoted = {name: f"{called}" for name, called in names.items()}
    renamed = in_columns(tmp_path / "c", names={**quoted, "Eva": "aya"})
    assert numbers(load_case(workspace=renamed)) == first


def test_the_pool_is_that_of_what_each_states(tmp_path):
    case = load_case(workspace=in_columns(tmp_path))
    stated = [(0.4, 0.6, 0.8), (0.45, 0.65, 0.85), (0.32, 0.52, 0.72)]
    expected = pooled([AssessorRange(one) for one in stated], deviation_of(0.65, ()), PROBIT)
    row = case.likelihoods["speech"]["sincere"]
    assert (row.low, row.mid, row.high) == pytest.approx(expected, abs=1e-12)
    assert row.because == ("Ann: Peace is worth a speech. Eva: Peace is worth a speech. ben: Peace is worth a speech.")


def test_both_engines_are_given_the_pool(tmp_path):
    case = load_case(workspace=in_columns(tmp_path))
    graph, closed = evidence_data(case), exact.evidence.read_items(case, case.evidence_in_force)
    assert closed.spread == pytest.approx(graph.spread, abs=1e-12)


def test_who_leaves_a_cell_blank_is_not_counted_there(tmp_path):
    full = load_case(workspace=in_columns(tmp_path / "a", ("Ann", "ben")))
    rows = joined([shifted(LIKELIHOODS, PEOPLE[name], name) for name in PEOPLE])
    gone = "".join(row for row in rows.splitlines(keepends=True) if not row.startswith("speech,") or ",Eva" not in row)
    case = load_case(workspace=in_columns(tmp_path / "b", likelihoods=gone))
    assert numbers(case)[0]["speech", "tactic"] == numbers(full)[0]["speech", "tactic"]
    assert numbers(case)[0]["map", "tactic"] != numbers(full)[0]["map", "tactic"]
    said = [str(problem) for problem in examine(find_case("dispute", tmp_path / "b"))[1]]
    assert len(said) == 1
    assert said[0].endswith(
        "Eva leaves out 2 of 6 likelihoods (speech under sincere, speech under tactic): those of others stand there"
    )


def test_a_cell_that_nobody_judged_is_missed(tmp_path):
    text = joined(
        [
            shifted(LIKELIHOODS, 0, name).replace(
                f"speech,tactic,0.500,0.700,0.900,A speech is worth votes.,{name}\n", ""
            )
            for name in PEOPLE
        ]
    )
    with pytest.raises(CaseError, match="speech: has no likelihood under tactic"):
        load_case(workspace=in_columns(tmp_path, likelihoods=text))


def test_the_last_round_counts_and_the_first_is_kept(tmp_path):
    again = "speech,sincere,0.5,0.7,0.9,On second thoughts.,Ann,2\n"
    first = joined([shifted(LIKELIHOODS, PEOPLE[name], name) for name in PEOPLE])
    table = first.replace("assessor\n", "assessor,round\n").replace(",Ann\n", ",Ann,1\n")
    table = table.replace(",ben\n", ",ben,\n").replace(",Eva\n", ",Eva,\n") + again
    case = load_case(workspace=in_columns(tmp_path, likelihoods=table))
    ann = case.assessors[0]
    assert (ann.id, ann.round, len(ann.rounds)) == ("Ann", 2, 1)
    assert ann.likelihoods["speech"]["sincere"].mid == 0.7
    assert ann.rounds[0].likelihoods["speech"]["sincere"].mid == 0.6
    assert ann.likelihoods["map"]["tactic"] == ann.rounds[0].likelihoods["map"]["tactic"]


def test_the_cases_own_joins_unless_it_decides(tmp_path):
    joins = load_case(workspace=in_columns(tmp_path / "a", own=True))
    assert [one.id for one in joins.assessors] == ["", "Ann", "Eva", "ben"]
    plain = load_case(workspace=write_case(tmp_path / "b"))
    before = plain.inputs_sha256
    home = tmp_path / "b/priors/dispute/assessors/ann"
    home.mkdir(parents=True)
    (home / "likelihoods.csv").write_text(shifted(LIKELIHOODS, 0.1), encoding="utf-8")
    assert load_case(workspace=tmp_path / "b").inputs_sha256 != before
    (tmp_path / "b/priors/dispute/assessors.yaml").write_text("own: decides\nbecause: It is the pool.\n")
    case = load_case(workspace=tmp_path / "b")
    assert (numbers(case), case.inputs_sha256) == (numbers(plain), before)
    assert [one.id for one in case.assessors] == ["", "ann"]


def test_no_number_of_the_case_that_decides_rests_on_its_sheets():
    case = load_case("us-iran-2026")
    assert case.own_decides
    assert [one.id for one in case.assessors] == ["", "a", "b"]
    assert not any(load_case(name).assessors for name in bundled_cases() if name != "us-iran-2026")


def test_days_that_differ_are_brought_to_the_usual_ones(tmp_path):
    tables = [shifted(INTENSITIES, 0, name) for name in PEOPLE]
    tables[2] = tables[2].replace(
        "ladder,apart,met,*,*,100,0.200,0.400,0.600", "ladder,apart,met,*,*,50,0.106,0.225,0.368"
    )
    case = load_case(workspace=in_columns(tmp_path, intensities=joined(tables)))
    row = next(one for one in case.intensities if one.transition.target == "met")
    assert row.within_days == 100
    assert row.mid == pytest.approx(0.4, abs=1e-3)


FAULTS = {
    "twice": (
        {"likelihoods": joined([shifted(LIKELIHOODS, 0, "Ann")] * 2)},
        "likelihoods.csv:8: speech under sincere: duplicate of line 2",
    ),
    "no such item": (
        {"likelihoods": shifted(LIKELIHOODS, 0, "Ann").replace("map,tactic", "mop,tactic")},
        'likelihoods.csv:7: evidence: evidence.csv has no item "mop" (did you mean `map`?)',
    ),
    "no round": (
        {"likelihoods": shifted(LIKELIHOODS, 0, "Ann").replace("assessor", "round")},
        'likelihoods.csv:2: round: must be a whole number greater than 0 (got "Ann")',
    ),
    "no share": (
        {"likelihoods": shifted(LIKELIHOODS, 0, "80").replace("assessor", "holds")},
        "likelihoods.csv:2: holds: must be greater than 0 and less than 1",
    ),
    "paces twice": (
        {"intensities": joined([shifted(INTENSITIES, 0, "Ann")] * 2)},
        "intensities.csv:8: ladder: apart > met under * in *: duplicate of line 2",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_a_clear_line(name, tmp_path):
    changes, message = FAULTS[name]
    with pytest.raises(CaseError) as caught:
        load_case(workspace=in_columns(tmp_path, ("Ann",), **changes))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "sincere,0.4,So it looks.,Ann",
            "sincere,0.3,So it looks.,Ann",
            'priors.csv:2: weight: those of "Ann" must sum to 1 (got 0.9)',
        ),
        (
            "sincere,0.4,So it looks.,Ann\n",
            "",
            'priors.csv:2: "Ann" gives no weight to sincere: whoever weighs one weighs all',
        ),
        (
            "sincere,0.4,So it looks.,Ann",
            "sincere,0.4,So it looks.,",
            "priors.csv:2: assessor: must not be blank: the case's own weights",
        ),
        ("sincere,0.4,So it looks.,Ann", "tactic,0.4,So it looks.,Ann", "priors.csv:3: tactic: duplicate of line 2"),
        (
            "sincere,0.4,So it looks.,Ann",
            "sincre,0.4,So it looks.,Ann",
            'priors.csv:2: hypothesis: case.yaml declares no hypothesis "sincre"',
        ),
    ],
)
def test_every_fault_of_weights_is_a_clear_line(old, new, message, tmp_path):
    workspace = in_columns(tmp_path)
    path = workspace / "priors/dispute/priors.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(CaseError) as caught:
        load_case(workspace=workspace)
    assert message in str(caught.value)


def test_weights_that_nobody_gives_are_missed(tmp_path):
    with pytest.raises(CaseError, match=r"priors.yaml:1: hypotheses.weights: is missing"):
        load_case(workspace=write_case(tmp_path, priors=NO_WEIGHTS))


def test_a_sheet_is_its_owners(tmp_path):
    workspace = in_sheets(tmp_path)
    path = workspace / "priors/dispute/assessors/ben/likelihoods.csv"
    path.write_text(shifted(LIKELIHOODS, 0, "Ann"))
    with pytest.raises(CaseError, match='assessor: must be blank or "ben" in a sheet of that name'):
        load_case(workspace=workspace)
    path.rename(path.with_name("likelihood.csv"))
    with pytest.raises(CaseError, match=r"assessors/ben/likelihood.csv: is not a table of an assessor"):
        load_case(workspace=workspace)


@pytest.mark.parametrize(("one", "other"), [("ann", "Ann"), ("Zo\u00eb M.", "Zoe\u0308 m.")])
def test_two_spellings_of_a_name_are_pointed_out(tmp_path, one, other):
    """In two cases of letters, or with an accent that is a character of its own: a spreadsheet shows no difference."""
    in_columns(tmp_path, names={"Ann": one, "ben": other, "Eva": "Eva"})
    (said,) = [problem.message for problem in examine(find_case("dispute", tmp_path))[1]]
    assert said in {
        f'assessor: "{a}" and "{b}" count as two people: use one spelling if they are one'
        for a, b in ((one, other), (other, one))
    }


PANEL = """\
evidence,hypothesis,low,mid,high,because,assessor,holds
speech,sincere,0.4,0.6,0.9,Form.,Expert 1,0.8
speech,sincere,0.6,0.6,1.0,Form.,Expert 2,0.55
speech,sincere,0,0.05,0.2,Form.,Expert 3,0.95
speech,tactic,0.2,0.3,0.4,Form.,Expert 1,
toast,sincere,,likely,,Form.,Expert 1,
toast,tactic,,N/A,,Form.,Expert 1,
toast,tactic,0.1,0.2,0.35,Form.,Expert 2,
map,sincere,0.3,0.5,0.7,Form.,Expert 2,
map,tactic,0.3,0.3,0.3,Form.,Expert 3,
"""


def test_rating_forms_are_read_as_they_are(tmp_path):
    case = load_case(workspace=write_case(tmp_path, likelihoods=PANEL))
    assert [one.id for one in case.assessors] == ["", "Expert 1", "Expert 2", "Expert 3"]
    assert case.likelihoods["toast"]["tactic"].mid == 0.2
    assert case.likelihoods["map"]["tactic"].low == pytest.approx(0.295)
    assert np.isfinite(exact.posterior(case).probability).all()


def test_calibration_questions_weigh_those_who_answered_them(tmp_path):
    rows = "".join(f"Ann,q{i},0,1,2,1.1\n" for i in range(15)) + "".join(f"ben,q{i},0,1,2,9\n" for i in range(15))
    priors = NO_WEIGHTS.replace("assumed_mass: 0.65\n", "")
    text = "assessor,item,low,mid,high,truth\n" + rows
    case = load_case(workspace=in_columns(tmp_path / "a", ("Ann", "ben"), calibration=text, priors=priors))
    factors = case.panel.factors
    assert factors["Ann"] < 1 < factors["ben"]
    evenly = load_case(workspace=in_columns(tmp_path / "b", ("Ann", "ben"), priors=priors))
    assert case.likelihoods["speech"]["sincere"].mid < evenly.likelihoods["speech"]["sincere"].mid


SEVERAL = BULLETIN.replace(
    "      sincere: {low: 0.3, mid: 0.5, high: 0.7, because: Envoys cost something.}\n",
    "      sincere:\n"
    "        - {assessor: Ann, low: 0.3, mid: 0.5, high: 0.7, because: Envoys cost something.}\n"
    "        - {assessor: Eva, low: 0.5, mid: 0.7, high: 0.9, because: They do.}\n",
).replace(
    "retractions:",
    "likelihoods:\n  map:\n    tactic: {assessor: ben, low: 0.2, mid: 0.4, high: 0.6, because: New.}\nretractions:",
)


@pytest.mark.parametrize("write", [in_columns, in_sheets])
def test_a_bulletin_may_carry_the_judgements_of_several(write, tmp_path):
    workspace = write(tmp_path)
    before = read_record(find_case("dispute", workspace))[0]
    update(find_case("dispute", workspace), SEVERAL, "news.yaml")
    case = read_record(find_case("dispute", workspace))[0]
    people = {one.id: one for one in case.assessors}
    assert people["Ann"].likelihoods["envoys_named"]["sincere"].mid == 0.5
    assert people["Eva"].likelihoods["envoys_named"]["sincere"].mid == 0.7
    assert people[""].likelihoods["envoys_named"]["tactic"].mid == 0.2
    assert 0.5 < case.likelihoods["envoys_named"]["sincere"].mid < 0.7
    assert people["ben"].likelihoods["map"]["tactic"].mid == 0.4
    then = case.as_of(dt.date(2023, 3, 9))
    assert then.likelihoods["map"]["tactic"] == before.likelihoods["map"]["tactic"]
    assert case.likelihoods["map"]["tactic"] != before.likelihoods["map"]["tactic"]


def test_readings_simulated_from_a_number_are_pooled_around_it(tmp_path):
    case = load_case(workspace=in_columns(tmp_path))
    rng = np.random.default_rng(7)
    places = [reading_places(case, rng) for _ in range(1000)]
    for name in ("pooled_likelihood", "pooled_intensity"):
        found = np.sort([one[name] for one in places])
        gap = np.abs(found - (np.arange(found.size) + 0.5) / found.size).max()
        assert gap < 1.63 / np.sqrt(found.size)  # Kolmogorov-Smirnov, 1%
    assert reading_places(load_case("turkey-syria"), rng) == {}
