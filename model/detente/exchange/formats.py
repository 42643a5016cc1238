"""A network as the text of a file: BIF, XDSL (GeNIe and SMILE) or UAI.

Each variable has at most one parent: with several, programs disagree about which of them turns fastest.

References
----------
Interchange Format for Bayesian Networks, version 0.15 (BIF).
BayesFusion, SMILE and GeNIe: XDSL, in which a table runs over the states of the node for each state of its parent.
Uncertainty in Artificial Intelligence, the file format of its inference evaluations (UAI: scopes, then tables).
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from detente.arrays import Floats
    from detente.exchange.network import Network


def to_bif(network: Network) -> str:
    """Return the network in BIF; what each node is, and what was found, stands in the table of findings."""
    lines = [f"// {line}" for line in _about(network)]
    lines.append(f'network "{network.case}" {{\n}}')
    lines += [
        f"variable {node.name} {{\n  type discrete [ {len(node.states)} ] {{ {', '.join(node.states)} }};\n}}"
        for node in network.nodes
    ]
    for node in network.nodes:
        if node.parent is None:
            lines.append(f"probability ( {node.name} ) {{\n  table {_numbers(node.table, ', ')};\n}}")
            continue
        rows = zip(node.parent.states, node.table, strict=True)
        inside = "\n".join(f"  ({state}) {_numbers(row, ', ')};" for state, row in rows)
        lines.append(f"probability ( {node.name} | {node.parent.name} ) {{\n{inside}\n}}")
    return "\n".join(lines) + "\n"


def to_xdsl(network: Network) -> str:
    """Return the network in XDSL; names on the screen are the ids, which pyAgrum takes those names for."""
    name = quoteattr(network.case)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', *(f"<!-- {line} -->" for line in _about(network))]
    lines.append(f'<smile version="1.0" id={quoteattr(to_name(network.case))} numsamples="10000">\n  <nodes>')
    for node in network.nodes:
        lines.append(f'    <cpt id="{node.name}">')
        lines += [f'      <state id="{state}" />' for state in node.states]
        if node.parent is not None:
            lines.append(f"      <parents>{node.parent.name}</parents>")
        lines.append(f"      <probabilities>{_numbers(node.table.ravel())}</probabilities>\n    </cpt>")
    lines.append(f'  </nodes>\n  <extensions>\n    <genie version="1.0" app="detente" name={name}>')
    for node in network.nodes:
        lines.append(f'      <node id="{node.name}">\n        <name>{node.name}</name>\n      </node>')
    lines.append("    </genie>\n  </extensions>\n</smile>")
    return "\n".join(lines) + "\n"


def to_uai(network: Network) -> str:
    """Return the network in UAI's format, which has no names: variables are numbered as in the table of findings."""
    number = {node.name: place for place, node in enumerate(network.nodes)}
    scopes = [
        (*(() if node.parent is None else (number[node.parent.name],)), number[node.name]) for node in network.nodes
    ]
    lines = ["BAYES", f"{len(number)}", " ".join(f"{len(node.states)}" for node in network.nodes), f"{len(number)}"]
    lines += [" ".join(map(str, (len(scope), *scope))) for scope in scopes]
    for node in network.nodes:
        lines.append(f"\n{node.table.size}")
        lines += [f" {_numbers(row)}" for row in node.table.reshape(-1, len(node.states))]
    return "\n".join(lines) + "\n"


def to_evidence(network: Network) -> str:
    """Return UAI's file of evidence: how many findings, then the number of each variable and of its state."""
    pairs = [
        f"{place} {node.states.index(node.finding)}"
        for place, node in enumerate(network.nodes)
        if node.finding is not None
    ]
    return " ".join((f"{len(pairs)}", *pairs)) + "\n"


def to_findings(network: Network) -> str:
    """Return the nodes as a table: number, name, parent, how many states, the state that was found, what it is."""
    head = ("number", "node", "parent", "states", "finding", "number_of_finding", "says")
    rows = (
        (
            place,
            node.name,
            "" if node.parent is None else node.parent.name,
            len(node.states),
            node.finding or "",
            "" if node.finding is None else node.states.index(node.finding),
            node.says,
        )
        for place, node in enumerate(network.nodes)
    )
    return to_csv(head, rows)


def to_name(id_: str) -> str:
    """Return an id as every format takes it: letters, digits and underscores, a letter first."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in id_)
    return plain if plain[:1].isalpha() else f"x_{plain}"


def to_csv(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([head, *rows])
    return text.getvalue()


WRITERS: Mapping[str, Callable[[Network], str]] = {"bif": to_bif, "xdsl": to_xdsl, "uai": to_uai}
"""The formats a network can be written in."""


def files(network: Network, to: str) -> dict[str, str]:
    """Return the files of an export by name: the network, its findings and, for UAI, those in its own format too."""
    written = {f"{network.case}.{to}": WRITERS[to](network), f"{network.case}.findings.csv": to_findings(network)}
    return written | ({f"{network.case}.uai.evid": to_evidence(network)} if to == "uai" else {})


def _about(network: Network) -> Iterator[str]:
    """Say what the file holds, in lines that hold nothing the case says."""
    yield f"The evidence of the case {network.case}, by detente. A tree: no table has more than one parent."
    yield "What is continuous in the model (the discrimination, each cluster's correlation and common cause) has few"
    yield "states, chosen so that P(hypothesis | all findings) is the model's; other findings come out close to it."
    yield "Enter the findings that stand in the table beside this file. Left out: outcomes, elections, and how far the"
    yield "answer reaches over the judgements."
    stated = ", ".join(f"{name} {value:.10f}" for name, value in network.posterior.items())
    yield f"P(hypothesis | all findings): {stated}"


def _numbers(values: Floats, between: str = " ") -> str:
    # Every digit, and no exponent: not every reader takes one.
    return between.join(np.format_float_positional(float(value), trim="0") for value in values)
