r"""A small valid case, and ways to spoil it.

`write_case(folder)` writes the case `dispute` as `folder/seeds/dispute` and `folder/priors/dispute`, without a single
problem or piece of advice.  Each keyword names a file and says what becomes of it:

    write_case(folder, evidence=("yes", "maybe"))       the first "yes" becomes "maybe"
    write_case(folder, evidence="id,date\n")            another text
    write_case(folder, evidence=b"\xff\xfe")            other bytes
    write_case(folder, evidence=None)                   no file
    write_case(folder, watch="...")                     an optional file
"""

from __future__ import annotations

from pathlib import Path

NAME = "dispute"

CASE = """\
case: dispute
title: "North and South: an opening?"
question: Is the opening sincere?
source: {title: An article, publisher: A house, date: 2023-02-01, url: https://example.org/a}
information_cutoff: 2023-03-01
hypotheses:
  - {id: sincere, statement: North wants an agreement.}
  - {id: tactic, statement: North wants to be seen.}
clusters:
  speeches: One speaker.
election:
  schedule:
    - {known_from: 2022-01-01, date: 2023-06-20}
    - {known_from: 2023-01-15, date: 2023-05-14}
  winners:
    - {id: incumbent, label: The incumbent wins}
    - {id: rival, label: The rival wins}
horizon: 2024-03-01
processes:
  ladder:
    states: [apart, met, signed]
    start: {state: apart, date: 2022-12-01}
    transitions:
      - [apart, met]
      - [met, signed]
  border:
    states: [closed, open]
    start: {state: closed, date: 2022-12-01}
    transitions: [[closed, open]]
outcomes:
  - {id: they_meet, label: They meet, process: ladder, state: met, resolution: Both sides say so.}
  - {id: border_open, label: The border opens, process: border, state: open, resolution: Lorries cross.}
"""
EVIDENCE = """\
id,date,cluster,observed,reliability,credibility,actor,source,locator,claim,expected_by
speech,2022-12-05,speeches,yes,A,1,North,Daily,p1,"North spoke of peace, twice.",
toast,2023-01-10,speeches,yes,B,2,North,Daily,p2,North raised a glass.,
map,2023-02-01,,no,B,3,North,Daily,p3,North published a map.,2023-02-20
"""
EVENTS = """\
date,process,state,source,claim
2023-02-10,ladder,met,Daily,They met.
"""
PRIORS = """\
hypotheses:
  weights: {sincere: 0.4, tactic: 0.6}
  concentration: 4
  because: Two of five openings were sincere.
discrimination: {mean: 0.6, sd: 0.15, because: Contrasts are overstated.}
dependence:
  default: {mean: 0.5, sd: 0.15, because: They share a cause.}
  speeches: {mean: 0.8, sd: 0.1, because: One speaker speaks.}
assumed_mass: 0.65
persistence: 0.5
reliability: {A: 0.98, B: 0.90, C: 0.75, D: 0.50, E: 0.25, F: 0.50}
credibility: {1: 1.0, 2: 0.95, 3: 0.85, 4: 0.6, 5: 0.3, 6: 0.7}
election:
  weights: {incumbent: 0.5, rival: 0.5}
  concentration: 8
  because: The race is open.
couplings:
  - {process: border, to: open, when: {process: ladder, reached: signed}, multiplier: 3, because: A treaty opens it.}
"""
LIKELIHOODS = """\
evidence,hypothesis,low,mid,high,because
speech,sincere,0.4,0.6,0.8,Peace is worth a speech.
speech,tactic,0.5,0.7,0.9,A speech is worth votes.
toast,sincere,0.2,0.4,0.6,Glasses are raised rarely.
toast,tactic,,likely,,Glasses make good pictures.
map,sincere,0.3,0.5,0.7,Maps come before treaties.
map,tactic,0.1,0.2,0.4,Maps bind those who draw.
"""
INTENSITIES = """\
process,from,to,hypothesis,regime,within_days,low,mid,high,because
ladder,apart,met,*,*,100,0.2,0.4,0.6,Half of them meet.
ladder,met,signed,sincere,before,365,0.1,0.3,0.5,Texts take a year.
ladder,met,signed,sincere,after:incumbent,365,0.2,0.4,0.6,Texts take a year.
ladder,met,signed,*,*,365,0.05,0.1,0.2,Shows end without texts.
border,closed,open,sincere,*,365,0.1,0.2,0.4,Gates rust slowly shut.
border,closed,open,tactic,*,365,0.05,0.1,0.2,Gates make poor pictures.
"""
WATCH = """\
id,by,hypothesis,low,mid,high,indicator
draft,2023-04-01,sincere,0.3,0.5,0.7,A draft is published.
draft,2023-04-01,tactic,0.05,0.1,0.2,A draft is published.
"""
POLLS = """\
pollster,start,end,published,sample_size,incumbent,opponent,source
House,2023-01-01,2023-01-05,2023-01-08,1000,44.5,41,Daily
Other,2023-02-01,2023-02-05,,800,45,45,Daily
"""
RESOLUTIONS = """\
outcome,window,resolution,date,source
they_meet,before_election,yes,2023-02-10,Daily
"""
FILES = {
    "case": ("seeds", "case.yaml", CASE),
    "evidence": ("seeds", "evidence.csv", EVIDENCE),
    "events": ("seeds", "events.csv", EVENTS),
    "priors": ("priors", "priors.yaml", PRIORS),
    "likelihoods": ("priors", "likelihoods.csv", LIKELIHOODS),
    "intensities": ("priors", "intensities.csv", INTENSITIES),
    "calibration": ("priors", "calibration.csv", None),
    "watch": ("priors", "watch.csv", None),
    "polls": ("seeds", "polls.csv", None),
    "resolutions": ("seeds", "resolutions.csv", None),
    "reference_class": ("seeds", "reference_class.csv", None),
}

type Change = str | bytes | tuple[str, str] | None


def write_case(folder: Path, name: str = NAME, **changes: Change) -> Path:
    """Write the case with some files changed; return the workspace."""
    for key, (kind, file, text) in FILES.items():
        change = changes.pop(key, text)
        if isinstance(change, tuple):
            assert text is not None
            assert change[0] in text, f"{change[0]!r} is not in {file}"
            change = text.replace(*change, 1)
        path = folder / kind / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(change, bytes):
            path.write_bytes(change)
        elif change is not None:
            own = change.replace("case: dispute", f"case: {name}", 1) if key == "case" else change
            path.write_text(own, encoding="utf-8", newline="\n")
    assert not changes, f"no file is called {', '.join(changes)}"
    return folder
