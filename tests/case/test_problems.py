"""What is said about a malformed case: the whole of it, line by line."""

from __future__ import annotations

import pytest
from tests.cases import CASE, EVENTS, EVIDENCE, INTENSITIES, LIKELIHOODS, POLLS, PRIORS, RESOLUTIONS, WATCH, write_case

from detente.case import find_case, load_case, read_record
from detente.errors import CaseError

C, E, V = "seeds/dispute/case.yaml", "seeds/dispute/evidence.csv", "seeds/dispute/events.csv"
P, L = "priors/dispute/priors.yaml", "priors/dispute/likelihoods.csv"
N, W = "priors/dispute/intensities.csv", "priors/dispute/watch.csv"
ADD = "add it to case.yaml, or the step between to events.csv"
R, Q = "seeds/dispute/resolutions.csv", "seeds/dispute/polls.csv"
UNSEEN = "; nothing else in this file is checked until that is mended"
DAY, END = "must be an ISO date such as 2023-02-08", "',' or ']'"

MALFORMED = {
    # cells and scalars
    "grade": ({"evidence": ("yes,B", "yes,G")}, [f'{E}:3: reliability: must be A to F (got "G")']),
    "digit": ({"evidence": ("B,2", "B,7")}, [f'{E}:3: credibility: must be 1 to 6 (got "7")']),
    "observed": ({"evidence": (",yes", ",seen")}, [f'{E}:2: observed: must be yes or no (got "seen")']),
    "spreadsheet_date": (
        {"evidence": ("2022-12-05", "05/12/2022")},
        [f'{E}:2: date: must be an ISO date such as 2023-02-08 (got "05/12/2022")'],
    ),
    "no_such_day": (
        {"case": ("2023-03-01", "2023-02-30")},
        [f'{C}:5: information_cutoff: there is no such day: February 2023 has 28 days (got "2023-02-30")'],
    ),
    "id": (
        {
            "evidence": "id,date,cluster,observed,reliability,credibility,actor,source,locator,claim,expected_by\n"
            "Speech 1,2022-12-05,,yes,A,1,North,Daily,p1,North spoke.,\n"
        },
        [f'{E}:2: id: must be lower-case words (a-z, 0-9) joined by _ or - (got "Speech 1")'],
    ),
    "blank": ({"evidence": (",North raised a glass.", ", ")}, [f"{E}:3: claim: must not be blank"]),
    "decimal_comma": (
        {"likelihoods": ("speech,sincere,0.4", 'speech,sincere,"0,4"')},
        [
            (
                f"{L}:2: low: must be a number from 0 to 1, such as 0.25: write a "
                f"decimal point, not a comma; `detente tidy {L}` does so throughout "
                '(got "0,4")'
            ),
        ],
    ),
    "nan": (
        {"likelihoods": ("0.4,0.6", "nan,0.6")},
        [f'{L}:2: low: must be a number from 0 to 1, such as 0.25 (got "nan")'],
    ),
    "a word for an end": (
        {"likelihoods": ("speech,sincere,0.4,", "speech,sincere,likely,")},
        [
            (
                f"{L}:2: low: must be a number from 0 to 1, such as 0.25: a word goes into mid, and low and high stay "
                'blank (got "likely")'
            )
        ],
    ),
    "infinite": (
        {"intensities": (",100,", ",inf,")},
        [f'{N}:2: within_days: must be a number greater than 0 (got "inf")'],
    ),
    "overflow": (
        {"intensities": (",100,", ",1e999,")},
        [f'{N}:2: within_days: must be a number greater than 0: it is too large (got "1e999")'],
    ),
    "too_many_asked": (
        {"polls": POLLS.replace(",1000,", ",9999999999999999,")},
        [f'{Q}:2: sample_size: must be a whole number greater than 0: it is too large (got "9999999999999999")'],
    ),
    "state_of_no_process": (
        {"events": ("ladder,met", "ladder,engaged")},
        [f'{V}:2: state: ladder has no state "engaged" (known: apart, met, signed)'],
    ),
    "regime_of_no_winner": (
        {"intensities": ("sincere,after:incumbent", "sincere,in_spring")},
        [f'{N}:4: regime: the case has no regime "in_spring" (known: before, after:incumbent, after:rival)'],
    ),
    "a_list_beside_a_reference_class": (
        {
            "case": "- a\n- b\n",
            "reference_class": "class,member,start,followed_until,met\n",
        },
        [f"{C}:1: must hold `key: value` pairs (got a list)"],
    ),
    "too_small": (
        {"intensities": (",100,", ",1e-300,")},
        [f'{N}:2: within_days: must be between 1e-09 and 1e+09 (got "1e-300")'],
    ),
    "too_sure": (
        {"intensities": ("100,0.2", "100,1e-17")},
        [f'{N}:2: low: must be greater than 1e-12 and less than 1 - 1e-12: nobody is that sure (got "1e-17")'],
    ),
    "certain": (
        {"likelihoods": ("0.6,0.8,Peace", "0.6,1.2,Peace")},
        [f'{L}:2: high: must be greater than 0 and less than 1 (got "1.2")'],
    ),
    "order": (
        {"likelihoods": ("0.4,0.6,0.8", "0.6,0.4,0.8")},
        [f"{L}:2: low, mid, high: must increase (got 0.6, 0.4, 0.8)"],
    ),
    "word": (
        {"likelihoods": (",likely,", ",perhaps,")},
        [
            (
                f"{L}:5: mid: must be a number greater than 0 and less than 1, or one of: almost "
                "no chance, very unlikely, unlikely, "
                "roughly even chance, likely, very likely, almost certain, not stated; "
                '`detente help words` has their synonyms (got "perhaps")'
            ),
        ],
    ),
    "word_with_range": (
        {"likelihoods": (",,likely,,", ",0.5,likely,,")},
        [f'{L}:5: low, high: must be blank beside the word "likely", which stands for a range'],
    ),
    "number_without_range": (
        {"likelihoods": ("0.4,0.6,0.8", ",0.6,")},
        [f"{L}:2: low, high: must not be blank beside a number: only a word stands for a range"],
    ),
    "quoted_number": (
        {"priors": ("mean: 0.6", 'mean: "0.6"')},
        [f'{P}:5: discrimination.mean: must be a number, without quotes (got "0.6")'],
    ),
    "percent": (
        {"priors": ("assumed_mass: 0.65", "assumed_mass: 65%")},
        [
            (
                f"{P}:9: assumed_mass: must be a number greater than 0 and less than 1, such as 0.25: write 65% "
                'as 0.65 (got "65%")'
            ),
        ],
    ),
    "hardly_ever": (
        {"priors": ("assumed_mass: 0.65", "assumed_mass: 0.001")},
        [f'{P}:9: assumed_mass: must be at least 0.05: ranges that seldom hold the truth say nothing (got "0.001")'],
    ),
    "script_address": (
        {"case": ("https://example.org/a", "javascript:alert(1)")},
        [f'{C}:4: source.url: must begin with https:// or http:// (got "javascript:alert(1)")'],
    ),
    # tables
    "unknown_column": (
        {"likelihoods": ("because", "becuase")},
        [
            f'{L}:1: missing column "because"',
            f'{L}:1: unknown column "becuase" (did you mean `because`?)',
        ],
    ),
    "repeated_column": (
        {"events": "date,process,state,source,claim,claim\n"},
        [f'{V}:1: duplicate column "claim" (2 times)'],
    ),
    "nameless_column": ({"events": "date,process,state,source,claim,\n"}, [f"{V}:1: a column has no name"]),
    "long_row": (
        {"evidence": ('"North spoke of peace, twice."', "North spoke of peace, twice.")},
        [f"{E}:2: the row has 12 cells and the header 11: put text that contains a comma in double quotes"],
    ),
    "short_row": (
        {"events": (",They met.", "")},
        [f"{V}:2: the row has 4 cells and the header 5: add the missing commas"],
    ),
    "open_quote": (
        {"likelihoods": ("Glasses are", '"Glasses are')},
        [f"{L}:4: a double quote is opened here and never closed"],
    ),
    "stray_quote": (
        {"likelihoods": ("Glasses are raised rarely.", '"Glasses" are raised rarely.')},
        [f'{L}:4: a double quote inside a cell must be doubled (""), and the cell put in double quotes'],
    ),
    "huge_cell": (
        {"events": ("They met.", "x" * 200_000)},
        [f"{V}:2: a cell is longer than 131072 characters: shorten it, or close its double quotes"],
    ),
    "empty_table": (
        {"intensities": ""},
        [
            (
                f"{N}:1: the file is empty: its first line must be "
                "process,from,to,hypothesis,within_days,low,mid,high,because"
            ),
        ],
    ),
    "line_after_multi_line_cell": (
        {"evidence": EVIDENCE.replace("peace, twice", "peace,\n\ntwice").replace("B,3", "B,9")},
        [f'{E}:6: credibility: must be 1 to 6 (got "9")'],
    ),
    # files
    "missing_file": (
        {"likelihoods": None},
        [f"{L}: the file is missing: `detente help likelihoods.csv` says what it holds"],
    ),
    "utf_16": ({"events": EVENTS.encode("utf-16")}, [f"{V}: the text is UTF-16: save it as UTF-8"]),
    "latin_1": (
        {"events": EVENTS.replace("They", "Erdoğan’s").encode("cp1254")},
        [
            (
                f"{V}:2: the text is not UTF-8 (byte 0xF0): save it as UTF-8, or type detente tidy {V} --encoding "
                "windows-1252, or windows-1254"
            )
        ],
    ),
    "null_byte": (
        {"evidence": EVIDENCE.replace("toast", "to\0ast").encode()},
        [f"{E}:3: control character U+0000 in the text: delete it"],
    ),
    # YAML
    "no_yaml": (
        {"case": ("source: {", "source: [")},
        [f"{C}:4: not valid YAML: while parsing a flow sequence did not find expected ',' or ']'{UNSEEN}"],
    ),
    "unclosed_list": (
        {"case": CASE + "more: [a\n\n# nothing\n"},
        [
            (
                f"{C}:35: not valid YAML: while parsing a flow sequence (begun on line 33) "
                f"did not find expected {END}{UNSEEN}"
            ),
        ],
    ),
    "unclosed_quote": (
        {"case": CASE + 'more: "a'},
        [f"{C}:33: not valid YAML: while scanning a quoted scalar found unexpected end of stream{UNSEEN}"],
    ),
    "steering_value": (
        {"case": ("horizon: 2024-03-01", 'horizon: "\\e]0;x\\a\\x9b\\u202e\\x7f"')},
        [f'{C}:18: horizon: {DAY} (got "\\x1b]0;x\\x07\\x9b\\u202e\\x7f")'],
    ),
    "day_in_words": (
        {"case": ("horizon: 2024-03-01", "horizon: 1 March 2024")},
        [f'{C}:18: horizon: {DAY}: write 2024-03-01 (got "1 March 2024")'],
    ),
    "colon_in_text": (
        {"case": ('"North and South: an opening?"', "North and South: an opening?")},
        [
            (
                f"{C}:2: not valid YAML: mapping values are not allowed in this context "
                f"(put text that contains a colon in quotes, and check the indentation){UNSEEN}"
            ),
        ],
    ),
    "tab": (
        {"priors": ("  concentration: 4", "\tconcentration: 4")},
        [
            (
                f"{P}:3: not valid YAML: while scanning for the next token found character that cannot start any token "
                f"(indent with spaces, not tabs; put text that begins with @, ` or % in quotes){UNSEEN}"
            ),
        ],
    ),
    "repeated_key": (
        {"priors": ("persistence: 0.5", "persistence: 0.5\npersistence: 0.9")},
        [f"{P}:11: persistence: duplicate key, first on line 10"],
    ),
    "unknown_key": (
        {"case": ("horizon: 2024", "horzion: 2024")},
        [f"{C}:1: horizon: is missing", f'{C}:18: unknown key "horzion" (did you mean `horizon`?)'],
    ),
    "missing_key": ({"case": ("question: Is the opening sincere?\n", "")}, [f"{C}:1: question: is missing"]),
    "empty_key": (
        {"case": ("question: Is the opening sincere?", "question:")},
        [f"{C}:3: question: must not be blank"],
    ),
    "list_for_pairs": (
        {"case": ("clusters:\n  speeches: One speaker.", "clusters: [speeches]")},
        [f"{C}:9: clusters: must hold `key: value` pairs (got a list)"],
    ),
    "word_for_list": (
        {"case": ("states: [closed, open]", "states: closed")},
        [f'{C}:27: processes.border.states: must be a list (got "closed")'],
    ),
    "pairs_for_text": (
        {"case": ("question: Is the opening sincere?", "question: {a: b}")},
        [f"{C}:3: question: must be a single value (got `key: value` pairs)"],
    ),
    "tag": (
        {"case": ("title: ", "title: !!python/name:os.system ")},
        [
            f'{C}:2: YAML tags are not allowed (got "tag:yaml.org,2002:python/name:os.system"): delete it',
        ],
    ),
    "two_documents": (
        {"priors": PRIORS + "---\na: 1\n"},
        [f"{P}:19: a second YAML document begins here (---): a file must hold only one"],
    ),
    "amplified": (
        {
            "case": (
                "processes:\n",
                "x: &a [" + ", ".join("b" * 999) + "]\ny: [" + ", ".join(["*a"] * 200) + "]\nprocesses:\n",
            )
        },
        [f"{C}:20: aliases repeat more than 100,000 values: write out what is meant"],
    ),
    "unknown_alias": (
        {"case": ("question: Is the opening sincere?", "question: *q")},
        [f"{C}:3: *q refers to nothing: no &q ends before it"],
    ),
    "deep": ({"case": "[" * 50_000}, [f"{C}:1: lists and pairs are nested more than 20 deep"]),
    "empty_document": ({"priors": "# nothing\n"}, [f"{P}:1: the file is empty"]),
    # case.yaml
    "other_name": (
        {"case": CASE.replace("case: dispute", "case: quarrel")},
        [
            f'{C}:1: case: must be the name of its folder, "dispute" (got "quarrel")',
        ],
    ),
    "one_hypothesis": (
        {"case": ("  - {id: tactic, statement: North wants to be seen.}\n", "")},
        [f"{C}:6: hypotheses: must have at least 2 entries (got 1)"],
    ),
    "same_hypothesis": (
        {"case": ("id: tactic", "id: sincere")},
        [f'{C}:8: id: "sincere" is a duplicate of line 7'],
    ),
    "loop": (
        {"case": ("[[closed, open]]", "[[closed, closed]]")},
        [
            f"{C}:29: processes.border.transitions: a transition must lead to another state (got closed > closed)",
        ],
    ),
    "unknown_start": (
        {"case": ("start: {state: closed", "start: {state: close")},
        [f'{C}:28: processes.border.start.state: `states` does not list "close" (did you mean `closed`?)'],
    ),
    "unknown_target": (
        {"case": ("[met, signed]", "[met, signd]")},
        [f'{C}:25: processes.ladder.transitions: `states` does not list "signd" (did you mean `signed`?)'],
    ),
    "three_states": (
        {"case": ("- [met, signed]", "- [apart, met, signed]")},
        [f"{C}:25: processes.ladder.transitions: a transition must be [from, to] (got 3 states)"],
    ),
    "same_state": (
        {"case": ("[apart, met, signed]", "[apart, met, signed, met]")},
        [f'{C}:21: processes.ladder.states: "met" is a duplicate of line 21'],
    ),
    "same_transition": (
        {"case": ("[[closed, open]]", "[[closed, open], [closed, open]]")},
        [f"{C}:29: processes.border.transitions: closed > open is a duplicate of line 29"],
    ),
    "no_transition": (
        {"case": ("[[closed, open]]", "[]")},
        [f"{C}:29: processes.border.transitions: must have at least 1 entries (got 0)"],
    ),
    "outcome_process": (
        {"case": ("process: border, state: open", "process: boarder, state: open")},
        [f'{C}:32: outcomes.process: case.yaml declares no process "boarder" (did you mean `border`?)'],
    ),
    "outcome_state": (
        {"case": ("process: border, state: open", "process: border, state: opne")},
        [f'{C}:32: outcomes.state: border has no state "opne" (did you mean `open`?)'],
    ),
    "early_horizon": (
        {"case": ("horizon: 2024-03-01", "horizon: 2023-05-14")},
        [f"{C}:18: horizon: must be after the election, 2023-05-14 (got 2023-05-14)"],
    ),
    "horizon_at_cutoff": (
        {"case": ("information_cutoff: 2023-03-01", "information_cutoff: 2024-03-01")},
        [f"{C}:18: horizon: must be after information_cutoff, 2024-03-01 (got 2024-03-01)"],
    ),
    "deadline_at_the_horizon": (
        {"case": ("horizon: 2024-03-01", "horizon: 2024-03-01\ndeadlines: [2023-09-01, 2024-03-01]")},
        [f"{C}:19: deadlines: must be before the horizon, 2024-03-01, which is forecast anyway (got 2024-03-01)"],
    ),
    "deadline_twice": (
        {"case": ("horizon: 2024-03-01", "deadlines:\n  - 2023-09-01\n  - 2023-09-01\nhorizon: 2024-03-01")},
        [f"{C}:20: deadlines: 2023-09-01 is a duplicate of line 19"],
    ),
    "deadline_in_words": (
        {"case": ("horizon: 2024-03-01", "horizon: 2024-03-01\ndeadlines: [autumn]")},
        [f'{C}:19: deadlines: must be an ISO date such as 2023-02-08 (got "autumn")'],
    ),
    "deadlines_no_list": (
        {"case": ("horizon: 2024-03-01", "horizon: 2024-03-01\ndeadlines: 2023-09-01")},
        [f'{C}:19: deadlines: must be a list (got "2023-09-01")'],
    ),
    "announced_after_it_was_held": (
        {"case": ("known_from: 2023-01-15", "known_from: 2023-06-15")},
        [f"{C}:14: election.schedule.date: must not be earlier than known_from, 2023-06-15 (got 2023-05-14)"],
    ),
    "two_dates_at_once": (
        {"case": ("known_from: 2023-01-15", "known_from: 2022-01-01")},
        [f"{C}:14: election.schedule.known_from: 2022-01-01 is a duplicate of line 13"],
    ),
    "process_called_election": (
        {"case": ("  border:", "  election:"), "priors": PRIORS[: PRIORS.index("couplings")]},
        [f"{C}:26: processes.election: no process may be called election: events.csv uses that name for the winner"],
    ),
    "cluster_called_default": (
        {"case": ("  speeches: One", "  default: One")},
        [
            (
                f"{C}:10: clusters.default: no cluster may be called default: priors.yaml uses that name for "
                "all those not named"
            ),
        ],
    ),
    # between files
    "unknown_cluster": (
        {"evidence": ("2022-12-05,speeches", "2022-12-05,speches")},
        [f'{E}:2: cluster: case.yaml declares no cluster "speches" (did you mean `speeches`?)'],
    ),
    "same_item": (
        {"evidence": EVIDENCE + "toast,2023-01-11,,yes,B,2,North,Daily,p2,North raised another.,\n"},
        [f'{E}:5: id: "toast" is a duplicate of line 3'],
    ),
    "unknown_item": (
        {"likelihoods": LIKELIHOODS + "taost,tactic,0.1,0.2,0.3,Nobody knows why.\n"},
        [f'{L}:8: evidence: evidence.csv has no item "taost" (did you mean `toast`?)'],
    ),
    "unknown_hypothesis": (
        {"likelihoods": ("toast,tactic", "toast,tactics")},
        [f'{L}:5: hypothesis: case.yaml declares no hypothesis "tactics" (did you mean `tactic`?)'],
    ),
    "missing_likelihood": (
        {"likelihoods": ("map,tactic,0.1,0.2,0.4,Maps bind those who draw.\n", "")},
        [f"{E}:4: map: has no likelihood under tactic: add it to priors/dispute/likelihoods.csv"],
    ),
    "same_likelihood": (
        {"likelihoods": LIKELIHOODS + "map,tactic,0.1,0.2,0.3,Nobody knows why.\n"},
        [f"{L}:8: map under tactic: duplicate of line 7: two people's rows need their names in a column assessor"],
    ),
    "unknown_process_in_events": (
        {"events": (",ladder,", ",lader,")},
        [f'{V}:2: process: case.yaml declares no process "lader" (did you mean `ladder`?)'],
    ),
    "unknown_state_in_events": (
        {"events": (",met,", ",mett,")},
        [f'{V}:2: state: ladder has no state "mett" (did you mean `met`?)'],
    ),
    "impossible_step": (
        {"events": (",met,", ",signed,")},
        [f'{V}:2: state: ladder was in "apart" on 2023-02-10, and has no transition from there to "signed": {ADD}'],
    ),
    "steps_out_of_order": (
        {"events": EVENTS + "2023-02-01,ladder,signed,Daily,They signed.\n"},
        [
            f'{V}:2: state: ladder was in "signed" on 2023-02-10, and has no transition from there to "met": {ADD}',
            f'{V}:3: state: ladder was in "apart" on 2023-02-01, and has no transition from there to "signed": {ADD}',
        ],
    ),
    "step_before_start": (
        {"events": ("2023-02-10", "2022-11-30")},
        [f"{V}:2: date: must not be earlier than the start of ladder, 2022-12-01 (got 2022-11-30)"],
    ),
    "unknown_winner": (
        {"events": EVENTS + "2023-05-14,election,incumbant,Daily,She won.\n"},
        [f'{V}:3: state: case.yaml declares no winner "incumbant" (did you mean `incumbent`?)'],
    ),
    "two_winners": (
        {"events": EVENTS + "2023-05-14,election,incumbent,Daily,She won.\n2023-05-28,election,rival,Daily,He won.\n"},
        [f"{V}:4: state: the election has a winner already, on line 3"],
    ),
    "early_winner": (
        {"events": EVENTS + "2023-05-13,election,incumbent,Daily,She won.\n"},
        [f"{V}:3: date: must not be earlier than the election, 2023-05-14 (got 2023-05-13)"],
    ),
    "weights": (
        {"priors": ("sincere: 0.4, tactic: 0.6", "sincere: 0.4, tactic: 0.61")},
        [f"{P}:2: hypotheses.weights: must sum to 1 (got 1.01): weights are not rescaled"],
    ),
    "weight_of_nothing": (
        {"priors": ("sincere: 0.4, tactic: 0.6", "sincere: 0.4, tactics: 0.6")},
        [
            f'{P}:2: hypotheses.weights: case.yaml declares no hypothesis "tactics" (did you mean `tactic`?)',
        ],
    ),
    "no_beta": (
        {"priors": ("mean: 0.6, sd: 0.15", "mean: 0.6, sd: 0.5")},
        [f"{P}:5: discrimination.sd: no Beta distribution has mean 0.6 and sd 0.5: sd must be less than 0.4899"],
    ),
    "mean_at_the_edge": (
        {"priors": ("mean: 0.6, sd: 0.15", "mean: 1, sd: 0")},
        [f"{P}:5: discrimination.mean: must be greater than 0 and less than 1 (got 1)"],
    ),
    "no_reason": (
        {"priors": (", because: Contrasts are overstated.", "")},
        [f"{P}:5: discrimination.because: is missing"],
    ),
    "grade_missing": (
        {"priors": (", F: 0.50", "")},
        [f"{P}:11: reliability: must give a number for each of A to F (missing: F)"],
    ),
    "grade_unknown": (
        {"priors": ("6: 0.7", "6: 0.7, 7: 0.1")},
        [f'{P}:12: credibility: unknown key "7"'],
    ),
    "unknown_dependence": (
        {"priors": ("  speeches:", "  speach:")},
        [f'{P}:8: dependence: case.yaml declares no cluster "speach" (did you mean `speeches`?)'],
    ),
    "no_default_dependence": (
        {
            "priors": PRIORS.replace("default: {", "speeches: {").replace(
                "  speeches: {mean: 0.8, sd: 0.1", "  x: {mean: 0.8, sd: 0.1"
            )
        },
        [f'{P}:8: dependence: case.yaml declares no cluster "x"'],
    ),
    "no_election_weights": (
        {"priors": PRIORS[: PRIORS.index("election:")]},
        [f"{P}:1: election: is missing, but case.yaml declares an election: give the weights of its winners"],
    ),
    "weights_without_election": (
        {
            "case": CASE[: CASE.index("election:")] + CASE[CASE.index("horizon:") :],
            "intensities": INTENSITIES.replace("after:incumbent", "before").replace(
                "sincere,before", "tactic,before", 1
            ),
        },
        [f"{P}:13: election: case.yaml declares no election: delete the weights"],
    ),
    "coupling_on_itself": (
        {"priors": ("process: ladder, reached: signed", "process: border, reached: closed")},
        [f'{P}:18: couplings.when.process: must be a process other than the one whose pace it changes (got "border")'],
    ),
    "coupling_to_nowhere": (
        {"priors": ("to: open", "to: ajar")},
        [f'{P}:18: couplings.to: border has no state "ajar" (known: closed, open)'],
    ),
    "intensity_missing": (
        {"intensities": ("border,closed,open,tactic,*,365,0.05,0.1,0.2,Gates make poor pictures.\n", "")},
        [
            (
                f"{N}: border: closed > open has no intensity under tactic in before, tactic in after:incumbent, "
                "tactic in after:rival: add a row (* stands for all the others)"
            ),
        ],
    ),
    "intensity_all_missing": (
        {"intensities": INTENSITIES[: INTENSITIES.index("border")]},
        [f"{N}: border: closed > open has no intensity: add a row (* stands for all the others)"],
    ),
    "intensity_twice": (
        {"intensities": INTENSITIES + "border,closed,open,sincere,*,365,0.1,0.3,0.4,Nobody knows why.\n"},
        [
            (
                f"{N}:8: border: closed > open under sincere in *: duplicate of line 6: two people's rows need "
                "their names in a column assessor"
            ),
        ],
    ),
    "intensity_ambiguous": (
        {"intensities": INTENSITIES + "border,closed,open,*,before,365,0.1,0.3,0.4,Nobody knows why.\n"},
        [
            (
                f"{N}:8: border: closed > open under sincere in before is ambiguous (lines 6 and 8 both apply): "
                "add a row that names both hypothesis and regime"
            ),
            (
                f"{N}:8: border: closed > open under tactic in before is ambiguous (lines 7 and 8 both apply): "
                "add a row that names both hypothesis and regime"
            ),
        ],
    ),
    "intensity_regime": (
        {"intensities": ("after:incumbent", "after:incumbant")},
        [f'{N}:4: regime: the case has no regime "after:incumbant" (did you mean `after:incumbent`?)'],
    ),
    "intensity_transition": (
        {"intensities": ("ladder,met,signed,sincere,before", "ladder,apart,signed,sincere,before")},
        [f'{N}:3: from, to: ladder has no transition from "apart" to "signed"'],
    ),
    "poll_backwards": (
        {"polls": POLLS.replace("2023-01-05", "2022-12-31")},
        [f"{Q}:2: end: must not be earlier than start, 2023-01-01 (got 2022-12-31)"],
    ),
    "poll_of_everybody_twice": (
        {"polls": POLLS.replace("44.5", "64.5")},
        [f"{Q}:2: incumbent, opponent: must add up to between 50 and 102 percent (got 105.5)"],
    ),
    "poll_sample": (
        {"polls": POLLS.replace("1000", "1.000")},
        [
            (
                f"{Q}:2: sample_size: must be a whole number greater than 0: write 1.000 as 1000; `detente tidy {Q}` "
                'does so throughout (got "1.000")'
            ),
        ],
    ),
    "resolution_window": (
        {"resolutions": RESOLUTIONS.replace("before_election", "before")},
        [
            (
                f"{R}:2: window: must be before_election, after_election, horizon or a deadline such as by:2023-06-30 "
                '(got "before")'
            )
        ],
    ),
    "resolution_outcome": (
        {"resolutions": RESOLUTIONS.replace("they_meet", "they_met")},
        [f'{R}:2: outcome: case.yaml declares no outcome "they_met" (did you mean `they_meet`?)'],
    ),
    "watch_half": (
        {"watch": WATCH[: WATCH.index("draft,2023-04-01,tactic")]},
        [f"{W}:2: draft: has no row for tactic: add one"],
    ),
    "watch_two_dates": (
        {"watch": WATCH.replace("2023-04-01,tactic", "2023-04-02,tactic")},
        [f"{W}:3: by: must be what line 2 says of draft"],
    ),
    "watch_known": (
        {"watch": WATCH.replace("draft", "toast")},
        [f'{W}:2: id: "toast" is already an item of evidence.csv: delete its rows here'],
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_every_problem_is_said_and_nothing_else(name, tmp_path):
    changes, expected = MALFORMED[name]
    with pytest.raises(CaseError) as caught:
        read_record(find_case(workspace=write_case(tmp_path, **changes)))
    assert str(caught.value).splitlines() == expected


def test_problems_of_all_files_come_at_once_in_order(tmp_path):
    write_case(
        tmp_path,
        case=("process: border, state: open", "process: border, state: opne"),
        evidence=("yes,B", "yes,G"),
        events=(",met,", ",signed,"),
        priors=("mean: 0.6, sd: 0.15", "mean: 0.6, sd: 0.5"),
        likelihoods=("0.4,0.6,0.8", "0.6,0.4,0.8"),
        intensities=(",100,", ",0,"),
    )
    with pytest.raises(CaseError) as caught:
        load_case(workspace=tmp_path)
    assert [(problem.file, problem.line) for problem in caught.value.problems] == [
        (N, 2), (L, 2), (P, 5), (C, 32), (V, 2), (E, 3),
    ]  # fmt: skip


def test_a_folder_in_place_of_a_file(tmp_path):
    write_case(tmp_path, events=None)
    (tmp_path / V).mkdir()
    with pytest.raises(CaseError) as caught:
        load_case(workspace=tmp_path)
    assert str(caught.value) == f"{V}: must be a file (it is a folder)"


def test_a_case_without_judgements(tmp_path):
    write_case(tmp_path)
    (tmp_path / "priors").rename(tmp_path / "elsewhere")
    with pytest.raises(CaseError) as caught:
        load_case(workspace=tmp_path)
    expected = "priors/dispute: the folder is missing: it must hold priors.yaml, likelihoods.csv"
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("evidences.csv", "is not a file of a case (did you mean `evidence.csv`?): rename or delete it"),
        ("Polls.csv", "is not a file of a case (did you mean `polls.csv`?): rename or delete it"),
        ("case.yml", "is not a file of a case (did you mean `case.yaml`?): rename or delete it"),
        ("watch.csv", "belongs in priors/dispute/: move it"),
    ],
)
def test_a_file_that_was_meant_to_be_read(file, expected, tmp_path):
    write_case(tmp_path)
    (tmp_path / "seeds/dispute" / file).write_text("", encoding="utf-8")
    with pytest.raises(CaseError) as caught:
        load_case(workspace=tmp_path)
    assert str(caught.value) == f"seeds/dispute/{file}: {expected}"


@pytest.mark.parametrize(
    "file", ["notes.txt", "evidence.csv.bak", "~$evidence.xlsx", "evidence_old.csv", ".hidden", "map.csv"]
)
def test_other_files_are_left_alone(file, tmp_path):
    write_case(tmp_path)
    (tmp_path / "seeds/dispute" / file).write_text("", encoding="utf-8")
    (tmp_path / "seeds/dispute/bulletins").mkdir()
    assert load_case(workspace=tmp_path).id == "dispute"


def test_thousands_of_unknown_names_are_said_in_seconds(tmp_path):
    items = "".join(f"item_{i},2023-01-01,,yes,A,1,,Daily,,Claim {i}.,\n" for i in range(2000))
    rows = "".join(f"itme_{i},{h},0.1,0.2,0.3,Because of it.\n" for i in range(2000) for h in ("sincere", "tactic"))
    write_case(
        tmp_path,
        evidence=EVIDENCE.splitlines()[0] + "\n" + items,
        likelihoods=LIKELIHOODS.splitlines()[0] + "\n" + rows,
    )
    with pytest.raises(CaseError) as caught:
        load_case(workspace=tmp_path)
    assert len(caught.value.problems) == 2000  # one a name, with the lines of its rows
