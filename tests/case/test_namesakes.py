"""Names that nothing declares, and that may be slips: a class of its own, a house of its own."""

from __future__ import annotations

from cases import PRIORS, write_case

from detente.case import find_case
from detente.case.check import examine

VIEW = "outside_view: {weight: 0.3, class: neighbours, because: Others went before.}\n"
CLASS = """\
class,member,start,followed_until,met,signed
neighbours,A-B,2001-01-01,2003-01-01,2001-06-01,
neighbors,C-D,2010-01-01,2024-01-01,2010-01-01,2023-06-01
neighbors,E-F,2022-01-01,2024-01-01,-,2023-12-01
islands,G-H,2010-01-01,2024-01-01,2010-01-01,2023-06-01
islands,I-J,2010-01-01,2024-01-01,2010-01-01,2023-06-01
rivals,K-L,2010-01-01,2024-01-01,2010-01-01,2023-06-01
"""
POLLS = """\
pollster,start,end,published,sample_size,incumbent,opponent,source
Metropoll,2023-01-01,2023-01-05,,1000,44.5,41,Daily
House A,2023-01-01,2023-01-05,,1000,44.5,41,Daily
House B,2023-01-01,2023-01-05,,1000,44.5,41,Daily
Metropoll,2023-02-01,2023-02-05,,800,45,45,Daily
Metropol,2023-02-11,2023-02-15,,800,45,45,Daily
"""


def advice(folder, **changes):
    return [str(piece) for piece in examine(find_case(workspace=write_case(folder, **changes)))[1]]


def test_a_class_that_nothing_uses_and_that_looks_like_a_slip(tmp_path):
    """Another class of several members is there to be compared with."""
    assert advice(tmp_path, reference_class=CLASS, priors=PRIORS + VIEW) == [
        f"seeds/dispute/reference_class.csv:{line}: class: the forecast does not lean on {name} outside_view in "
        "priors.yaml)"
        for line, name in (
            (3, '"neighbors", which 2 rows have (did you mean `neighbours`, as'),
            (7, '"rivals", which 1 row has (it leans on `neighbours`, by'),
        )
    ]


def test_two_pollsters_that_may_be_one(tmp_path):
    """One letter of a long name is a slip; that of two houses which are told apart by it is not."""
    said = [one for one in advice(tmp_path, polls=POLLS) if "pollster" in one]
    assert said == [
        (
            'seeds/dispute/polls.csv:6: pollster: "Metropol" and "Metropoll" count as two houses: use one spelling if '
            "they are one"
        )
    ]
