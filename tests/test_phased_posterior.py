"""The posterior of a case with phases, occasions and a process that returns, against the oracle's reading of it."""

from __future__ import annotations

import datetime as dt

import pytest
from oracle.reference import posterior
from tests.cases import CASE, INTENSITIES, PRIORS, write_case

from detente import exact
from detente.case import load_case

PARTS = """\
phases:
  - {id: last_month, days: 30, before: election}
  - {id: winter, from: 2022-12-20, until: 2023-02-09}
  - {id: spring, from: 2023-03-01}
occasions:
  - id: summit
    schedule:
      - {known_from: 2022-12-01, date: 2023-01-25}
      - {known_from: 2023-01-10, date: 2023-02-10}
  - {id: vote, schedule: [{known_from: 2022-12-05, date: 2023-04-10}]}
  - {id: dinner, schedule: [{known_from: 2022-12-05, date: 2023-02-20}], cancelled_on: 2023-02-15}
"""
DIVIDED = (
    CASE.replace("horizon:", PARTS + "horizon:")
    .replace("      - [met, signed]\n", "      - [met, signed]\n      - [met, apart]\n      - [signed, apart]\n")
    .replace("information_cutoff: 2023-03-01", "information_cutoff: 2023-07-15")
)
ROWS = """\
ladder,met,apart,*,*,,200,0.2,0.4,0.6,They quarrel.
ladder,signed,apart,*,*,,400,0.1,0.2,0.4,Texts are torn up.
ladder,apart,met,sincere,*,winter,30,0.2,0.5,0.7,Winter is for talks.
ladder,apart,met,tactic,before,winter,30,0.1,0.2,0.4,Winter is for talks.
ladder,apart,met,sincere,*,summit,1,0.3,0.6,0.8,They go there to meet.
ladder,apart,met,tactic,*,summit,1,0.2,0.3,0.5,They go there to be seen.
ladder,met,signed,*,*,summit,1,0.1,0.2,0.4,It may be signed there.
ladder,met,signed,sincere,*,vote,1,0.3,0.5,0.7,Parliament agrees.
ladder,met,signed,tactic,*,vote,1,0.1,0.2,0.4,Parliament agrees.
ladder,met,apart,*,*,vote,1,0.05,0.1,0.2,Parliament refuses.
ladder,met,signed,*,*,dinner,1,0.3,0.5,0.7,It may be signed there.
border,closed,open,sincere,*,spring,90,0.2,0.4,0.6,Roads are dry.
border,closed,open,tactic,before,spring,90,0.1,0.3,0.5,Roads are dry.
border,closed,open,tactic,after:rival,spring,90,0.2,0.3,0.5,Roads are dry.
border,closed,open,tactic,after:incumbent,spring,90,0.05,0.1,0.2,Roads are dry.
ladder,signed,apart,*,*,last_month,30,0.1,0.2,0.4,Nobody signs then.
"""
HEADER = "process,from,to,hypothesis,regime,phase,within_days,low,mid,high,because\n"
OLD = "".join(
    f"{','.join([*cells[:5], '', *cells[5:]])}\n"
    for row in INTENSITIES.partition("\n")[2].splitlines()
    for cells in [row.split(",")]
)
EVENTS = """\
date,process,state,source,claim,precision
2023-02-10,ladder,met,Daily,They met.,day
2023-03-05,ladder,apart,Daily,They left.,day
2023-03-05,ladder,met,Daily,They came back.,day
2023-04-10,ladder,signed,Daily,They signed.,day
2023-05-20,ladder,apart,Daily,They tore it up.,day
2023-06-01,border,open,Daily,It opened.,month
"""
DAYS = ["01-20", "02-09", "02-10", "02-18", "03-10", "04-09", "04-10", "05-30", "07-15"]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """Write the case; the border opens faster once they have met."""
    priors = PRIORS.replace("reached: signed", "reached: met")
    stated = HEADER + OLD + "".join(f"{row}\n" for row in ROWS.splitlines())
    folder = tmp_path_factory.mktemp("phased")
    return write_case(folder, case=DIVIDED, priors=priors, intensities=stated, events=EVENTS)


@pytest.mark.parametrize("day", DAYS)
def test_the_oracle_has_the_same_posterior(workspace, day):
    """As of days around a phase, an occasion held, moved and called off, and a vote that is not called."""
    as_of = dt.date.fromisoformat(f"2023-{day}")
    case = load_case("dispute", workspace, as_of)
    found = exact.posterior(case).probability
    expected = posterior(workspace, "dispute", as_of)
    assert dict(zip(case.hypothesis_ids, found, strict=True)) == pytest.approx(expected, abs=1e-7)
