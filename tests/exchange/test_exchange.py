"""What is exported is read back by two Bayesian-network libraries, and a matrix of competing hypotheses is read."""

import csv
import io
import json
import subprocess
import sys

import numpy as np
import pytest
from small import make_case

from detente import exact, load_case
from detente.exchange.formats import files, to_bif, to_uai, to_xdsl
from detente.exchange.network import HYPOTHESIS, network
from detente.exchange.questions import to_metaculus, to_table
from detente.forecast import forecast
from detente.settings import Settings

READ = 1e-6
BUNDLED = ("turkey-syria", "saudi-iran", "retail-turnaround")
RANDOM = range(20)


def random_network(seed):
    """A case of two to four hypotheses, lone items, clusters of two to seven, a process with a record."""
    rng = np.random.default_rng([19, seed])
    kinds = int(rng.integers(2, 5))
    sizes = [1] * int(rng.integers(0, 4)) + [int(rng.integers(2, 8)) for _ in range(int(rng.integers(0, 4)))]
    clusters = [None if size == 1 else f"c{number}" for number, size in enumerate(sizes) for _ in range(size)]
    weights = rng.dirichlet(np.full(kinds, 3.0))
    return make_case(
        [tuple(rng.uniform(0.02, 0.97, kinds)) for _ in clusters],
        seen=[bool(seen) for seen in rng.random(len(clusters)) < 0.7],
        clusters=clusters,
        weights=[float(weight) for weight in weights],
        width=0.015,
        gamma=(float(rng.uniform(0.1, 0.9)), float(rng.choice([0.0, 0.15]))),
        rho=(float(rng.uniform(0.2, 0.9)), 0.08),
        trust=float(rng.uniform(0.4, 1.0)),
        hypotheses=kinds,
        processes={"p": [("a", "b")]} if rng.random() < 0.5 else (),
        chances=lambda step, h, regime: 0.2 + 0.15 * int(h[1:]),
        spread=0.05,
    )


@pytest.fixture(scope="module", params=[*BUNDLED, *RANDOM], ids=str)
def made(request):
    case = load_case(request.param) if isinstance(request.param, str) else random_network(request.param)
    return case, network(case)


def expected(case):
    return exact.posterior(case).probability


def findings(made):
    return {node.name: node.finding for node in made.nodes if node.finding is not None}


def test_its_own_tables_give_the_exact_answer(made):
    case, found = made
    assert list(found.posterior.values()) == pytest.approx(expected(case), abs=1e-8)
    for node in found.nodes:
        assert node.table.sum(axis=-1) == pytest.approx(1, abs=1e-12)
        assert (node.table >= 0).all()
        assert len(set(node.states)) == len(node.states) == node.table.shape[-1]
    assert len({node.name for node in found.nodes}) == len(found.nodes)


def test_without_findings_it_is_the_prior_and_each_item_has_its_stated_chance(made):
    """With one finding alone the answer is that of Bayes' rule on the model's own marginal probability."""
    case, found = made
    weights = np.array([case.priors.hypotheses.weights[h] for h in case.hypothesis_ids])
    for item in case.evidence_in_force[:3]:
        alone = (
            exact.posterior(
                case.changed(
                    evidence=tuple(one for one in case.evidence if one == item),
                    processes=(),
                    outcomes=(),
                    events=(),
                )
            ).probability
            if not case.processes and item.cluster is None
            else None
        )
        if alone is not None:
            nodes = tuple(
                node if node.name == item.id else type(node)(**{**vars(node), "finding": None}) for node in found.nodes
            )
            from detente.exchange.network import answer

            assert answer(nodes) == pytest.approx(alone, abs=1e-7)
    assert found.nodes[0].table == pytest.approx(weights / weights.sum())


@pytest.mark.parametrize("form", ["bif", "xdsl", "uai"])
def test_pyagrum_reads_back_the_same_answer(made, form, tmp_path):
    import pyagrum as gum

    case, found = made
    path = tmp_path / f"network.{form}"
    path.write_text(files(found, form)[f"{found.case}.{form}"], encoding="utf-8")
    read = gum.loadBN(str(path))
    number = {node.name: place for place, node in enumerate(found.nodes)}
    if form == "uai":  # which has no names
        evid = files(found, form)[f"{found.case}.uai.evid"].split()
        given = dict(zip(map(int, evid[1::2]), map(int, evid[2::2]), strict=True))
        assert len(given) == int(evid[0])
        given, root = {read.variable(place).name(): state for place, state in given.items()}, read.variable(0).name()
    else:
        given, root = findings(found), HYPOTHESIS
        assert set(read.names()) == set(number)
    engine = gum.LazyPropagation(read)
    engine.setEvidence(given)
    engine.makeInference()
    assert engine.posterior(root).tolist() == pytest.approx(list(expected(case)), abs=READ)


@pytest.fixture(scope="module")
def pgmpy_readers():
    """Return its readers by format; that of BIF with its own grammar made once, and not for every file of it anew."""
    from pgmpy.readwrite import BIFReader, XDSLReader

    with pytest.MonkeyPatch.context() as patch:
        for name in ("get_variable_grammar", "get_probability_grammar"):
            grammar = getattr(BIFReader, name)(None)
            patch.setattr(BIFReader, name, lambda _, grammar=grammar: grammar)
        yield {"bif": BIFReader, "xdsl": XDSLReader}


@pytest.mark.parametrize("form", ["bif", "xdsl"])
def test_pgmpy_reads_back_the_same_answer(made, form, pgmpy_readers, tmp_path):
    from pgmpy.inference import VariableElimination

    case, found = made
    path = tmp_path / f"network.{form}"
    path.write_text({"bif": to_bif, "xdsl": to_xdsl}[form](found), encoding="utf-8")
    read = pgmpy_readers[form](str(path)).get_model()
    assert read.check_model()
    answer = VariableElimination(read).query([HYPOTHESIS], evidence=findings(found), show_progress=False)
    states = answer.state_names[HYPOTHESIS]
    by_state = dict(zip(states, answer.values, strict=True))
    assert [by_state[state] for state in found.nodes[0].states] == pytest.approx(list(expected(case)), abs=READ)


def test_pgmpy_reads_the_tables_of_uai_in_the_order_of_the_format():
    """Its reader takes a table with the child slowest; the format has it fastest: what it has read can be turned."""
    from pgmpy.factors.discrete import TabularCPD
    from pgmpy.inference import VariableElimination
    from pgmpy.models import DiscreteBayesianNetwork
    from pgmpy.readwrite import UAIReader

    case = make_case([(0.6, 0.2), (0.7, 0.3)], seen=[True, False], gamma=(0.5, 0.2))
    found = network(case)
    read = UAIReader(string=to_uai(found))
    model = DiscreteBayesianNetwork()
    model.add_nodes_from(read.variables)
    model.add_edges_from(read.edges)
    for child, values in read.tables:
        size = int(read.domain[child])
        parents = list(model.predecessors(child))
        table = np.array(values, dtype=float).reshape(-1, size).T
        card = [int(read.domain[parent]) for parent in parents]
        model.add_cpds(TabularCPD(child, size, table, parents or None, card or None))
    given = {f"var_{n}": node.states.index(node.finding) for n, node in enumerate(found.nodes) if node.finding}
    answer = VariableElimination(model).query(["var_0"], evidence=given, show_progress=False)
    assert answer.values == pytest.approx(expected(case), abs=READ)


def test_ids_that_no_format_takes_are_renamed_and_stay_apart():
    case = make_case([(0.6, 0.2), (0.3, 0.5), (0.4, 0.7)])
    renamed = dict(zip(("i0", "i1", "i2"), ("2030-talks", "world", "record"), strict=True))
    items = tuple(item.changed(id=renamed[item.id]) for item in case.evidence)
    likelihoods = {renamed[name]: stated for name, stated in case.likelihoods.items()}
    found = network(case.changed(evidence=items, likelihoods=likelihoods))
    assert [node.name for node in found.nodes] == ["hypothesis", "world", "x_2030_talks", "world_2", "record_2"]


# --- questions


def test_questions_as_a_table_and_as_metaculus_takes_them(bundled):
    found = forecast(bundled, Settings(engine="exact", in_full=False))
    rows = list(csv.DictReader(io.StringIO(to_table(found))))
    by_name = {row["question"]: row for row in rows}
    assert float(by_name["tactic"]["probability"]) == found.hypotheses["tactic"].posterior
    leaders = found.outcomes["leaders_met"]
    assert float(by_name["leaders_met.before_election"]["probability"]) == leaders.before_election.probability
    assert by_name["leaders_met.before_election"]["by"] == "2023-05-14"
    assert by_name["leaders_met.horizon"]["by"] == "2024-05-14"
    body = json.loads(
        to_metaculus(found, [("hypotheses", 11), ("leaders_met", 12), ("leaders_met.before_election", 13)])
    )
    assert [row["question"] for row in body] == [11, 12, 13]
    assert sum(body[0]["probability_yes_per_category"].values()) == pytest.approx(1)
    assert body[1]["probability_yes"] == leaders.horizon.probability
    assert body[2]["probability_yes"] == leaders.before_election.probability


def test_an_export_says_what_it_is_and_what_it_leaves_out(bundled):
    text = to_bif(network(bundled))
    assert text.startswith("// The evidence of the case turkey-syria, by detente.")
    assert "Left out: outcomes, elections" in text


def test_the_same_bytes_again(bundled):
    code = (
        "import hashlib; from detente import load_case; from detente.exchange.formats import files;"
        "from detente.exchange.network import network;"
        "print(hashlib.sha256(repr(files(network(load_case('retail-turnaround')), 'xdsl')).encode()).hexdigest())"
    )
    runs = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(runs) == 1
