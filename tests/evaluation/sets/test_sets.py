"""A set is answered as its questions would be as cases, scored beside naive Bayes, and resumed when interrupted."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

import msgspec
import numpy as np
import pytest
from sets import naive_bayes, write_many, write_set
from small import make_case

from detente import exact
from detente.case import find_case, read_case
from detente.case.question_set import default_priors, raw_questions, read_question, read_set
from detente.errors import InSampleSetError
from detente.evaluation.panels.diagnoses import write_diagnoses
from detente.evaluation.questions import ScoringError
from detente.evaluation.sets import answer_set, score_set
from detente.evaluation.track_record import NAIVE, OURS, PRIOR, TEMPERED, UNIFORM
from detente.parallel import Workers


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    return read_set(write_many(tmp_path_factory.mktemp("sets") / "many", 60))


@pytest.fixture(scope="module")
def answers(many):
    return answer_set(many)


MIDS = [(0.7, 0.4, 0.2), (0.3, 0.5, 0.6), (0.9, 0.8, 0.7), (0.2, 0.6, 0.5)]


@pytest.mark.parametrize("clusters", [None, ["c", "c", None, "d"]], ids=["lone", "clustered"])
def test_a_question_has_the_very_answer_of_a_case(tmp_path, clusters):
    """To the last digit: the case is made by other code, from the same numbers."""
    width, seen, names = 0.05, [True, False, True, True], ("h0", "h1", "h2")
    case = make_case(MIDS, seen=seen, clusters=clusters, width=width)
    case = case.changed(priors=default_priors().changed(hypotheses=case.priors.hypotheses))
    places = range(len(MIDS))
    folder = write_set(
        tmp_path / "same",
        questions=f"id,hypotheses,truth\nq1,{'|'.join(names)},h1\n",
        evidence="question,id,observed,cluster\n"
        + "".join(f"q1,i{i},{'yes' if seen[i] else 'no'},{(clusters or [None] * 4)[i] or ''}\n" for i in places),
        likelihoods="question,evidence,hypothesis,low,mid,high\n"
        + "".join(
            f"q1,i{i},{h},{case.likelihoods[f'i{i}'][h].low!r},{mid!r},{case.likelihoods[f'i{i}'][h].high!r}\n"
            for i in places
            for h, mid in zip(names, MIDS[i], strict=True)
        ),
    )
    found = answer_set(read_set(folder))
    assert np.exp(found.log_posterior[0]) == pytest.approx(exact.posterior(case).probability, abs=1e-14)


def test_a_question_has_the_answer_of_a_case_in_files(tmp_path):
    """A folder of `seeds` and `priors` with the same contents."""
    folder = write_set(tmp_path / "talks")
    read = read_set(folder)
    asked = next(iter(raw_questions(read, [])))
    question = read_question(read, asked, [])
    seeds, priors = tmp_path / "seeds/alone", tmp_path / "priors/alone"
    seeds.mkdir(parents=True)
    priors.mkdir(parents=True)
    (seeds / "case.yaml").write_text(
        "case: alone\ntitle: T\nquestion: Q\ninformation_cutoff: 2030-01-01\nhorizon: 2031-01-01\n"
        "hypotheses:\n  - {id: settle, statement: S.}\n  - {id: show, statement: S.}\n",
        encoding="utf-8",
    )
    (seeds / "evidence.csv").write_text(
        "id,date,cluster,observed,reliability,credibility,actor,source,locator,claim,expected_by\n"
        "envoys,2029-01-01,,yes,B,2,N,D,p,C.,\ntoast,2029-01-02,,no,A,1,N,D,p,C.,\n",
        encoding="utf-8",
    )
    stated = default_priors()
    held, table = stated.discrimination, msgspec.to_builtins(stated)
    (priors / "priors.yaml").write_text(
        "hypotheses: {weights: {settle: 0.5, show: 0.5}, concentration: 4, because: W.}\n"
        f"discrimination: {{mean: {held.mean}, sd: {held.sd}, because: W.}}\n"
        f"reliability: {json.dumps(table['reliability'])}\n"
        f"credibility: {{{', '.join(f'{k}: {v}' for k, v in table['credibility'].items())}}}\n",
        encoding="utf-8",
    )
    (priors / "likelihoods.csv").write_text(
        "evidence,hypothesis,low,mid,high,because\nenvoys,settle,0.5,0.7,0.9,W.\nenvoys,show,0.2,0.4,0.6,W.\n"
        "toast,settle,0.3,0.5,0.7,W.\ntoast,show,,unlikely,,W.\n",
        encoding="utf-8",
    )
    case, _ = read_case(find_case("alone", tmp_path))
    assert np.exp(exact.log_probabilities(question.case)) == pytest.approx(exact.posterior(case).probability, abs=1e-14)
    assert np.exp(answer_set(read).log_posterior[0, :2]) == pytest.approx(exact.posterior(case).probability, abs=1e-14)


def test_naive_bayes_is_that_of_the_tables(many, answers):
    scored = score_set(many, answers)
    expected = naive_bayes(many.folder)
    log = []
    for row, question in enumerate(answers.ids):
        truth = answers.hypotheses[row][answers.truth[row]]
        given = np.exp(scored.by_forecaster[NAIVE].log_probability[row])
        assert dict(zip(answers.hypotheses[row], given, strict=True)) == pytest.approx(expected[question])
        log.append(-math.log(expected[question][truth]))
    assert scored.result.scores.standing(NAIVE).log == pytest.approx(np.mean(log))
    assert scored.result.scores.standing(UNIFORM).log == pytest.approx(math.log(3))
    assert scored.result.scores.standing(PRIOR).log == pytest.approx(math.log(3))


def test_tempered_naive_bayes_never_saw_what_it_is_scored_on(many, answers):
    """Each part of ten, of whole groups, has the exponent that is best on the others."""
    scored = score_set(many, answers)
    own = scored.by_forecaster[TEMPERED]
    exponents = {}
    for row, question in enumerate(answers.ids):
        given = np.exp(own.log_probability[row])
        ratio = math.log(given[0] / given[1])
        plain = scored.by_forecaster[NAIVE].log_probability[row]
        exponents.setdefault(answers.groups[row], set()).add(round(ratio / (plain[0] - plain[1]), 6))
        exponent = ratio / (plain[0] - plain[1])
        expected = naive_bayes(many.folder, exponent)[question]
        assert given == pytest.approx([expected[name] for name in "abc"])
    assert all(len(of_group) == 1 for of_group in exponents.values())
    assert {round(one, 6) for of in exponents.values() for one in of} == {round(a, 6) for a in scored.result.tempering}
    group = answers.groups[0]
    others = [row for row in range(60) if answers.groups[row] != group]
    (mine,) = exponents[group]

    def score(exponent):
        shares = naive_bayes(many.folder, exponent)
        return np.mean(
            [-math.log(shares[answers.ids[row]][answers.hypotheses[row][answers.truth[row]]]) for row in others]
        )

    assert score(mine) <= min(score(mine * 1.06), score(mine / 1.06))


def test_workers_and_the_size_of_pieces_do_not_matter(many, answers):
    with Workers(2).executor() as executor:
        apart = answer_set(many, executor=executor)
    assert same(apart, answers)


def same(some, others):
    return all(
        np.array_equal(value, getattr(others, name))
        if isinstance(value, np.ndarray)
        else value == getattr(others, name)
        for name, value in vars(some).items()
    )


def test_it_goes_on_where_it_was_interrupted(many, answers, tmp_path):
    path, told = tmp_path / "checkpoint", []

    def stop(_, done):
        if done > 0.4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answer_set(many, checkpoint=path, progress=stop)
    assert path.read_bytes().count(b"\n") == 2  # what it belongs to, and one piece
    again = answer_set(many, checkpoint=path, progress=lambda _, done: told.append(done))
    assert same(again, answers)
    assert len(told) == 2
    assert not path.exists()


def test_a_set_that_was_edited_starts_anew(many, answers, tmp_path):
    path = tmp_path / "checkpoint"

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answer_set(many, checkpoint=path, progress=stop)
    other = read_set(write_many(tmp_path / "many", 60, seed=2))
    told = []
    changed = answer_set(other, checkpoint=path, progress=lambda _, done: told.append(done))
    assert len(told) == 3
    assert not same(changed, answers)


def test_what_it_taught_does_not_score_it(tmp_path):
    stated = "discrimination: {mean: 0.3, sd: 0.1, because: Learned., learned_from: [talks, other]}\n"
    found = read_set(write_set(tmp_path / "talks", priors=stated))
    with pytest.raises(InSampleSetError, match=r"talks: the discrimination was learned from talks .*calibrate --set"):
        score_set(found, answer_set(found))


def test_questions_without_a_truth_are_left_out(tmp_path):
    found = read_set(write_set(tmp_path / "talks", questions=(",show,t", ",,t")))
    scored = score_set(found, answer_set(found)).result
    assert (scored.questions, scored.unknown, scored.items) == (2, 1, 3)
    nothing = "id,hypotheses,truth\nq1,settle|show,\nq2,settle|show,\nq3,war|peace|stalemate,\n"
    found = read_set(write_set(tmp_path / "none", questions=nothing))
    with pytest.raises(ScoringError, match=r"no question has a truth: fill in the column truth of questions.csv"):
        score_set(found, answer_set(found))


def test_bands_of_items_cover_the_set(many, answers):
    scored = score_set(many, answers).result
    assert [(band.fewest, band.most, band.questions) for band in scored.by_items] == [(3, 5, 60)]
    assert scored.by_items[0].log == pytest.approx(scored.scores.standing(OURS).log)
    assert asdict(scored.by_items[0].exponent) == asdict(scored.scores.exponent)


DIAGNOSES = """\
patient,disease,truth,five,item,seen,band0,band1,band2,band3,band4
p1,O:2,1,O:1|O:2|O:3|O:4|O:5,HP:01,1,none,frequent,obligate,excluded,very_rare
p1,O:2,1,O:1|O:2|O:3|O:4|O:5,HP:02,0,occasional,none,none,none,very_frequent
"""


def test_a_panel_of_diagnoses_becomes_a_set(tmp_path):
    table = tmp_path / "diagnoses.csv"
    table.write_text(DIAGNOSES, encoding="utf-8")
    assert write_diagnoses(table, tmp_path / "set") == 1
    found = read_set(tmp_path / "set")
    (question,) = (read_question(found, asked, []) for asked in raw_questions(found, []))
    assert (question.truth, question.group) == (1, "O:2")
    assert question.case.hypothesis_ids == ("o-1", "o-2", "o-3", "o-4", "o-5")
    assert [(item.id, item.observed) for item in question.case.evidence] == [("hp-01", True), ("hp-02", False)]
    frequent = question.case.likelihoods["hp-01"]["o-2"]
    assert (frequent.low, frequent.mid, frequent.high) == (0.3, 0.545, 0.79)


def test_a_panel_with_faults_says_them(tmp_path):
    table = tmp_path / "diagnoses.csv"
    table.write_text(DIAGNOSES.replace("O:2,1,", "O:2,7,", 1).replace("none,very_f", "never,very_f"), encoding="utf-8")
    with pytest.raises(Exception, match="must be a whole number from 0 to 4") as caught:
        write_diagnoses(table, tmp_path / "set")
    assert "diagnoses.csv:3: band3: must be obligate" in str(caught.value)
