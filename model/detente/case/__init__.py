"""The case: facts and judgements, loaded into frozen objects and checked against each other."""

from detente.case.lineage import refuse_in_sample
from detente.case.loading import check_cutoff, load_case, read_case, read_whole_case
from detente.case.locating import CaseLocation, bundled_cases, find_case
from detente.case.places import Place, Places
from detente.case.schema import Case

__all__ = [
    "Case",
    "CaseLocation",
    "Place",
    "Places",
    "bundled_cases",
    "check_cutoff",
    "find_case",
    "load_case",
    "read_case",
    "read_whole_case",
    "refuse_in_sample",
]
