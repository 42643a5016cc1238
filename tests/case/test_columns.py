"""The objects of a case: frozen, without what could not be read, and checked where they are read back from JSON."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from small import WHY, make_case

from detente.case.columns import specs
from detente.case.evidence import EvidenceItem
from detente.case.polls import Poll
from detente.case.priors import BetaPrior
from detente.case.question import Hypothesis
from detente.report.reading import problem

DAY = dt.date(2030, 2, 1)


def test_what_could_not_be_read_an_object_does_not_have():
    poll = Poll.read({"pollster": "House", "start": DAY, "incumbent": 45.0}, {"sample_size", "no_field"})
    assert (poll.pollster, poll.incumbent, poll.source, poll.published) == ("House", 45.0, "", None)
    for name in ("end", "opponent", "sample_size"):
        assert not hasattr(poll, name)


def test_a_label_left_out_is_the_words_of_the_id():
    assert Hypothesis(id="no_deal-yet", statement="None.").label == "no deal yet"
    assert Hypothesis.read({"id": "no_deal", "label": "", "statement": "None."}).label == "no deal"
    assert Hypothesis(id="no_deal", label="a show", statement="None.").label == "a show"
    assert not hasattr(Hypothesis.read({"label": ""}, {"id"}), "id")


def test_an_object_is_changed_by_a_copy_that_remembers_nothing():
    case = make_case([(0.6, 0.2)])
    (item,) = case.evidence_in_force
    later = case.changed(evidence=(item.changed(observed=False),))
    assert [one.observed for one in (*case.evidence_in_force, *later.evidence_in_force)] == [True, False]
    with pytest.raises(AttributeError):
        item.observed = False


def test_fields_are_stated_in_the_order_declared_and_told_apart_by_their_defaults():
    stated = {spec.name: spec.default for spec in specs(EvidenceItem)}
    assert list(stated)[:3] == ["id", "date", "cluster"]
    assert stated["cluster"] is None
    assert sum(spec.default is None for spec in specs(Poll)) == 5


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"mean": 0.5, "because": WHY}, ": sd is missing"),
        ({"mean": 1.5, "sd": 0.1, "because": WHY}, ".mean: must be a number <= 1.0"),
        ({"mean": "0.5", "sd": 0.1, "because": WHY}, ".mean: must be a number (got a text)"),
        ({"mean": 0.5, "sd": True, "because": WHY}, ".sd: must be a number (got yes or no)"),
        ({"mean": 0.5, "sd": 0.1, "because": WHY, "mood": 1}, ': there is no field "mood"'),
        ({"mean": 0.5, "sd": 0.1, "because": " "}, ".because: must be a text that is not blank"),
        ([], ": must be an object (got a list)"),
    ],
)
def test_json_that_is_no_such_object_is_refused_by_place_and_kind(values, said):
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(values, BetaPrior)
    assert problem(caught.value) == said
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert([{"x": values}], list[dict[str, BetaPrior]])
    assert problem(caught.value) == f".0.*{said}"


def test_a_copy_of_what_was_read_in_part_lacks_the_same_but_for_what_is_given():
    part = BetaPrior.read({"mean": 0.5, "because": WHY}, {"sd"})
    copy = part.changed(because="So it is.")
    assert (copy.mean, copy.because, hasattr(copy, "sd")) == (0.5, "So it is.", False)
    assert part.changed(sd=0.1) == BetaPrior(mean=0.5, sd=0.1, because=WHY)
