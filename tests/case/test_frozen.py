"""The base of the objects of a case: what it refuses, what two of them have in common, and what it does not load."""

import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError
from functools import cached_property

import pytest
from pydantic import TypeAdapter, ValidationError

from detente.case.columns import Frozen
from detente.case.frozen import Bounds, made_by
from detente.case.values import Probability, Text


class Part(Frozen):
    chance: Probability
    tags: dict[str, str] = made_by(dict)

    @cached_property
    def odds(self) -> float:
        return self.chance / (1 - self.chance)


class Whole(Part):
    name: Text
    parts: tuple[Part, ...] = ()


def packed_and_unpacked(held):
    return pickle.loads(pickle.dumps(held))  # noqa: S301 - packed here


def test_reading_a_case_does_not_load_pydantic():
    program = "import sys; from detente import load_case; load_case('turkey-syria'); print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("given", "place", "kind"),
    [
        ({"chance": 0.5}, ("name",), "missing"),
        ({"chance": 1.5, "name": "a"}, ("chance",), "less_than"),
        ({"chance": 0.5, "name": " "}, ("name",), "string_too_short"),
        ({"chance": 0.5, "name": "a", "other": 1}, ("other",), "extra_forbidden"),
        ({"chance": 0.5, "name": "a", "parts": [{"chance": -1}]}, ("parts", 0, "chance"), "greater_than"),
        ({"chance": 0.5, "name": "a", "parts": [7]}, ("parts", 0), "model_type"),
    ],
)
def test_pydantic_checks_what_is_given(given, place, kind):
    for check in (
        lambda: Whole(**given),
        lambda: Whole.model_validate(given),
        lambda: TypeAdapter(Whole | None).validate_python(given),
    ):
        with pytest.raises(ValidationError) as wrong:
            check()
        (problem,) = [one for one in wrong.value.errors() if one["type"] != "none_required"]
        assert (problem["loc"][-len(place) :], problem["type"]) == (place, kind)


def test_an_object_is_what_its_fields_are():
    whole = Whole(chance=0.2, name=" a ", parts=[{"chance": 0.5}])
    assert (whole.name, whole.parts) == ("a", (Part(chance=0.5),))
    assert repr(whole.parts[0]) == "Part(chance=0.5, tags={})"
    assert list(Whole.model_fields) == ["chance", "tags", "name", "parts"]
    other = Whole.read({"chance": 0.2, "name": "a", "parts": whole.parts})
    assert other.odds == 0.25
    for same in (
        other,
        packed_and_unpacked(other),
        other.model_copy(),
        Whole.model_validate(other.model_dump()),
    ):
        assert same == whole
    assert whole != Part(chance=0.2)
    assert whole.model_copy(update={"name": "b"}) != whole
    assert "odds" not in vars(packed_and_unpacked(other))
    assert other.model_dump_json() == '{"chance":0.2,"tags":{},"name":"a","parts":[{"chance":0.5,"tags":{}}]}'


def test_a_field_is_not_set_again_and_one_that_could_not_be_read_is_not_there():
    part = Part.read({"chance": 0.5}, faulty=["tags"])
    assert not hasattr(part, "tags")
    with pytest.raises(FrozenInstanceError):
        part.chance = 0.1
    with pytest.raises(FrozenInstanceError):
        del part.chance


def test_bounds_are_pydantics():
    assert [bound.ge for bound in Bounds(ge=1)] == [1]
