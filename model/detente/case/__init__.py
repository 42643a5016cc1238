"""The case: facts and judgements, read into frozen objects and checked against each other, and its bulletins."""

from detente.case.bulletins import Bulletin, Retraction, read_bulletin, read_bulletin_file, read_bulletins
from detente.case.changes import take_in, take_in_all
from detente.case.findings import Place, Places
from detente.case.loading import check_cutoff, load_case, read_case, read_record
from detente.case.locating import CaseLocation, bundled_cases, find_case
from detente.case.schema import Case, CaseRecord, refuse_in_sample

__all__ = [
    "Bulletin",
    "Case",
    "CaseLocation",
    "CaseRecord",
    "Place",
    "Places",
    "Retraction",
    "bundled_cases",
    "check_cutoff",
    "find_case",
    "load_case",
    "read_bulletin",
    "read_bulletin_file",
    "read_bulletins",
    "read_case",
    "read_record",
    "refuse_in_sample",
    "take_in",
    "take_in_all",
]
