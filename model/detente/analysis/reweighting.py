"""The exact posterior recomposed from its factors, with any of them changed or left out.

``log P(h, gamma, data)`` is a sum of terms in (h, gamma), one for each lone item, cluster and process.  A changed item
needs only its own term, and within a cluster only its term on the grid over (rho, z) that the exact posterior has kept.
Outcomes follow by weighting the tables of :mod:`~detente.analysis.conditional` with P(h, gamma).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from itertools import batched
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from detente import exact
from detente.analysis.conditional import LANES, ConditionalOutcomes, condition_outcomes
from detente.analysis.lanes import GAMMA_POINTS
from detente.analysis.regrouping import POINTS, Regrouping, Rest
from detente.analysis.rejudging import Apart
from detente.case.priors import BetaPrior
from detente.errors import UnknownTargetError
from detente.exact.clusters import cluster_marginal
from detente.exact.evidence import Items, alone, keep, log_prior_weights, read_items, trust_in
from detente.exact.factors import factors
from detente.exact.posterior import integrand
from detente.exact.quadrature import beta_nodes, chebyshev_nodes, interpolation_matrix, log_sum_exp
from detente.exact.reading import changed_rows
from detente.exact.record import record_marginal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from detente.arrays import Floats, Integers
    from detente.case.evidence import Cluster, EvidenceItem
    from detente.case.schema import Case
    from detente.exact import ExactPosterior
    from detente.exact.factors import ClusterGrid
    from detente.exact.reading import Steps


REMEMBERED = 256
"""Clusters whose tables are kept at once, a megabyte each."""
AT_ONCE, NUMBERS = 20, 5_000_000
"""Items of a cluster that are judged differently at once, and numbers in the tables of what is left without each."""


class FactorKey(NamedTuple):
    """What a factor of the posterior belongs to: a lone item, a cluster, or the record of a process."""

    kind: Literal["item", "cluster", "process"]
    id: str

    @classmethod
    def of(cls, group: Cluster) -> FactorKey:
        """Return the key of a group of items."""
        return cls("item" if group.id is None else "cluster", group.name)


@dataclass(frozen=True)
class Basis:
    """The posterior of a case, taken apart into factors.

    ``factor[key]`` (gamma, hypothesis) at the gamma nodes of ``closed_form``.  ``total`` is their sum, ``log_prior``
    (hypothesis,) the log of the prior weights, ``log_weight`` (gamma,) the log weights of the nodes.
    """

    case: Case
    closed_form: ExactPosterior
    conditional: ConditionalOutcomes
    factor: Mapping[FactorKey, Floats]
    total: Floats
    log_prior: Floats
    log_weight: Floats

    def __getstate__(self) -> dict[str, object]:
        """Pack the fields alone: what is remembered beside them may be growing in another thread."""
        return {field.name: self.__dict__[field.name] for field in dataclasses.fields(self)}

    @cached_property
    def headlines(self) -> tuple[str, ...]:
        """The headlines: each hypothesis, each outcome by the horizon, each outcome before the election."""
        outcomes = [outcome.id for outcome in self.case.outcomes]
        early = [f"{outcome}.before_election" for outcome in outcomes] if self.conditional.is_ahead else []
        return (*self.case.hypothesis_ids, *outcomes, *early)

    @cached_property
    def members(self) -> Mapping[FactorKey, tuple[EvidenceItem, ...]]:
        """The items of each factor."""
        return {FactorKey.of(group): group.items for group in self.case.groups_in_force}

    @cached_property
    def home(self) -> Mapping[str, FactorKey]:
        """The factor each item belongs to."""
        return {item.id: key for key, items in self.members.items() for item in items}

    @cached_property
    def evidence(self) -> Mapping[str, EvidenceItem]:
        """The items in force, by id."""
        return {item.id: item for item in self.case.evidence_in_force}

    @cached_property
    def _row(self) -> Mapping[str, int]:
        return {item.id: row for row, item in enumerate(self.case.evidence_in_force)}

    @cached_property
    def _known(self) -> dict[tuple[str, float], Floats]:
        """What a cluster adds to the total if its correlation is known, by cluster and correlation."""
        return {}

    @cached_property
    def _grouped(self) -> dict[FactorKey, Regrouping]:
        """The clusters whose items have been left out or judged differently."""
        return {}

    @cached_property
    def _at_hand(self) -> dict[tuple[EvidenceItem, ...], Change]:
        """The items that were judged differently last."""
        return {}

    @cached_property
    def cluster(self) -> Mapping[str, ClusterGrid]:
        """The clusters, by id."""
        return {cluster.id: cluster for cluster in self.closed_form.factors.clusters}

    @cached_property
    def _early(self) -> Floats:
        return self.conditional.early(self.closed_form.gamma)

    @cached_property
    def _late(self) -> Floats:
        return self.conditional.late(self.closed_form.gamma)

    @cached_property
    def share(self) -> Floats:
        """P(h, gamma | data), (gamma, hypothesis)."""
        return _share(self.total + self.log_prior + self.log_weight[:, None])

    @cached_property
    def error(self) -> Floats:
        """Monte Carlo standard errors of the headlines, from the differences between sets of evenly spread draws."""
        weight = interpolation_matrix(GAMMA_POINTS, self.closed_form.gamma).T @ self.share
        tables = [[self.conditional.over_winners(future) for future in self.conditional.futures]]
        tables += [[future.early for future in self.conditional.futures]] if self.conditional.is_ahead else []
        cubes = self.conditional.cubes
        errors = [np.zeros(len(self.case.hypotheses))]
        for table in tables:
            lanes = np.stack(
                [part.reshape(GAMMA_POINTS, self.conditional.lanes, part.shape[1]) for part in table], axis=1
            )
            drawn = np.einsum("jk,jkno->no", weight, lanes)
            sets = drawn.reshape(cubes, drawn.shape[0] // cubes, drawn.shape[1]).mean(axis=1) if cubes > 1 else drawn
            errors.append(sets.std(axis=0, ddof=1) / np.sqrt(sets.shape[0]))
        return np.concatenate(errors)

    def weigh(
        self, log_likelihood: Floats, *, log_prior: Floats | None = None, conditional: ConditionalOutcomes | None = None
    ) -> Floats:
        """Return the headlines for log likelihoods (..., gamma, hypothesis) at the basis's nodes: (..., headline)."""
        prior = self.log_prior if log_prior is None else log_prior
        share = _share(log_likelihood + prior + self.log_weight[:, None])
        if conditional is None:
            return _answer(share, self._late, self._early if self.conditional.is_ahead else None)
        return _headlines(share, conditional, self.closed_form.gamma)

    def at(self, gamma: float) -> Floats:
        """Return the headlines for a known discrimination ``gamma``."""
        node = np.array([gamma])
        total = sum(
            (self.carried(part, node) for part in self.closed_form.factors.whole), np.zeros((1, self.log_prior.size))
        )
        return _headlines(_share(total + self.log_prior), self.conditional, node)

    def carried(self, values: Floats, nodes: Floats | None = None) -> Floats:
        """Interpolate a factor (gamma, hypothesis) from its own grid to the nodes."""
        return self.closed_form.factors.at(values, self.closed_form.gamma if nodes is None else nodes)

    def correlated(self, clusters: Iterable[str], value: float) -> Floats:
        """Return the total with the correlation of some clusters known to be ``value``."""
        total, fixed = self.total, self.closed_form.gamma if self.closed_form.factors.is_fixed else None
        for name in clusters:
            if (name, value) not in self._known:
                prior = BetaPrior(mean=value, sd=0.0, because="")
                whole = cluster_marginal(self.cluster[name].items, prior, fixed, in_full=False).whole
                self._known[name, value] = self.carried(whole) - self.factor[FactorKey("cluster", name)]
            total = total + self._known[name, value]
        return total

    def grid(self, size: int) -> Floats:
        """Return the gammas of a grid of that size."""
        is_fixed = self.closed_form.factors.is_fixed
        return np.array([self.case.priors.discrimination.mean]) if is_fixed else chebyshev_nodes(size)

    def without(self, items: Iterable[str]) -> Floats:
        """Return the total without some items, (gamma, hypothesis)."""
        total = self.total
        gone: dict[FactorKey, list[str]] = {}
        for item in items:
            gone.setdefault(self.home[item], []).append(item)
        if list(map(len, gone.values())) == [1]:  # the posterior has worked out what each item alone adds
            return total - self.carried(self.closed_form.factors.own[self._row[gone.popitem()[1][0]]])
        for key, lost in gone.items():
            total = total - self.factor[key]
            if len(lost) < len(self.members[key]):
                rows = [row for row, item in enumerate(self.members[key]) if item.id in lost]
                total = total + self.carried(Rest(self._regrouping(key), tuple(rows))())
        return total

    @cached_property
    def batches(self) -> tuple[tuple[EvidenceItem, ...], ...]:
        """The items in force, those of one cluster together, as many as are best judged differently at once."""
        groups = [(self.case.lone_items, AT_ONCE)]
        for cluster in self.case.clusters_in_force:
            blocks = self.cluster[cluster.name].blocks
            table = POINTS[-1] * blocks[0].gamma.size * self.log_prior.size * max(block.z.size for block in blocks)
            groups.append((cluster.items, max(1, min(AT_ONCE, NUMBERS // table))))
        return tuple(batch for items, count in groups for batch in batched(items, count))

    def change(self, items: tuple[EvidenceItem, ...]) -> Change:
        """Return items of one cluster, or of none, as judged, and what their factor is if one is judged differently."""
        if items not in self._at_hand:
            self._at_hand.clear()
            key, stated = self.home[items[0].id], read_items(self.case, items)
            if key.kind == "item":
                grid = self.grid(self.closed_form.factors.whole[0].shape[0])
                self._at_hand[items] = Change(self, items, stated, lambda _which, ways: alone(ways, grid))
            else:
                rows = tuple(self.members[key].index(item) for item in items)
                self._at_hand[items] = Change(self, items, stated, Apart(self._regrouping(key), rows).beside)
        return self._at_hand[items]

    @cached_property
    def _records(self) -> tuple[Floats, ...]:
        """The log likelihood of the record of each transition, on the grid of the processes."""
        steps = self.closed_form.factors.steps
        grid = self.grid(self.closed_form.factors.of_processes[0].shape[0])
        return tuple(record_marginal(steps, (row,), grid) for row in range(len(self.case.transitions)))

    @cached_property
    def _together(self) -> Floats:
        """The log likelihood of the record of all transitions, on the grid of the processes."""
        return np.sum(self.closed_form.factors.of_processes, axis=0)

    def recorded(self, widths: tuple[Steps, ...]) -> Floats:
        """Return the total with other intensities, or another record, of some transitions."""
        rows = changed_rows(self.closed_form.factors.steps, widths)
        if widths[0].by_winner:  # one transition counts as the others speak of who has won
            rows, before = tuple(range(len(self.case.transitions))), self._together
        elif rows:
            before = np.sum([self._records[row] for row in rows], axis=0)
        else:
            return self.total
        grid = self.grid(before.shape[0])
        return self.total + self.carried(record_marginal(widths, rows, grid) - before)

    def trusting(self, cases: Sequence[Case]) -> Floats:
        """Return the totals (case, gamma, hypothesis) with the grades of each of some cases that are else the same."""
        total = np.repeat(self.total[None], len(cases), axis=0)
        for key, items in self.members.items():
            trust = np.array([trust_in(case, items) for case in cases])
            if (trust == trust_in(self.case, items)).all():
                continue
            if key.kind == "item":
                ways = keep(read_items(self.case, items), [0] * len(cases)).changed(trust=trust[:, 0])
                marginal = [*alone(ways, self.grid(self.closed_form.factors.whole[0].shape[0]))]
            else:
                marginal = self._regrouping(key).trusting(trust)
            total += self.closed_form.factors.carried(marginal, self.closed_form.gamma) - self.factor[key]
        return total

    def _regrouping(self, key: FactorKey) -> Regrouping:
        """Return the items of a cluster, to be left out or judged differently."""
        if key not in self._grouped:
            if len(self._grouped) >= REMEMBERED:
                self._grouped.clear()
            self._grouped[key] = Regrouping(self.case, self.cluster[key.id], self.members[key])
        return self._grouped[key]


@dataclass(frozen=True)
class Change:
    """Items of one cluster, or of none, each of which may be judged differently.

    ``factor`` maps ways to judge one of them, held as if each were an item, to log likelihoods (way, gamma, hypothesis)
    on a grid; ``which`` (way,) is the place of the item, here as there.
    """

    basis: Basis
    items: tuple[EvidenceItem, ...]
    stated: Items
    factor: Callable[[Integers, Items], Floats]

    def at(self, which: Integers, hypothesis: Integers, probit: Floats) -> Floats:
        """Return the totals (way, gamma, hypothesis), each with a best guess under one hypothesis at a probit."""
        ways = keep(self.stated, which)
        ways.location[np.arange(probit.size), hypothesis] = probit
        return self._swapped(which, self.factor(which, ways))

    @cached_property
    def by_trust(self) -> Floats:
        """The factor if a source is wrong for certain, and if it is right for certain, (2, item, gamma, hypothesis)."""
        which = np.tile(np.arange(len(self.items)), 2)
        ways = keep(self.stated, which).changed(trust=np.repeat([0.0, 1.0], len(self.items)))
        values = self.factor(which, ways)
        return values.reshape(2, len(self.items), *values.shape[1:])

    def trusted(self, which: Integers, trust: Floats) -> Floats:
        """Return the totals with a source right with each probability: the likelihood is linear in it."""
        (none, full), trust = self.by_trust[:, which], trust[:, None, None]
        with np.errstate(divide="ignore"):
            return self._swapped(which, np.logaddexp(np.log1p(-trust) + none, np.log(trust) + full))

    @cached_property
    def _others(self) -> Floats:
        """The totals without the factor that each item belongs to, (item, gamma, hypothesis)."""
        return np.array([self.basis.total - self.basis.factor[self.basis.home[item.id]] for item in self.items])

    def _swapped(self, which: Integers, values: Floats) -> Floats:
        """Return the totals with the factor replaced by each of ``values`` on a grid of their own."""
        basis = self.basis
        return self._others[which] + basis.closed_form.factors.carried(tuple(values), basis.closed_form.gamma)


def take_apart(
    case: Case, random_seed: int, lanes: int = LANES, conditional: ConditionalOutcomes | None = None
) -> Basis:
    """Return the basis of ``case`` as of its cut-off."""
    closed_form = exact.posterior(case)
    prior = case.priors.discrimination
    keys = [FactorKey("item", item.id) for item in case.lone_items]
    keys += [FactorKey("cluster", cluster.name) for cluster in case.clusters_in_force]
    keys += [FactorKey("process", process.id) for process in case.processes]
    factor = {
        key: closed_form.factors.at(part, closed_form.gamma)
        for key, part in zip(keys, closed_form.factors.whole, strict=True)
    }
    return Basis(
        case=case,
        closed_form=closed_form,
        conditional=conditional or condition_outcomes(case, random_seed, lanes, closed_form.factors.steps),
        factor=factor,
        total=sum(factor.values(), np.zeros((closed_form.gamma.size, len(case.hypotheses)))),
        log_prior=log_prior_weights(case),
        log_weight=beta_nodes(prior.mean, prior.sd, closed_form.gamma.size)[1],
    )


def headlines_of(case: Case, conditional: ConditionalOutcomes) -> Floats:
    """Return the headlines of a case, some of whose judgements may differ from those that ``conditional`` is of."""
    log_prior = log_prior_weights(case)
    nodes, log_weights, total = integrand(case.priors.discrimination, factors(case, in_full=False))
    return _headlines(_share(total + log_prior + log_weights[:, None]), conditional, nodes)


def _headlines(share: Floats, conditional: ConditionalOutcomes, nodes: Floats) -> Floats:
    return _answer(share, conditional.late(nodes), conditional.early(nodes) if conditional.is_ahead else None)


def _answer(share: Floats, late: Floats, early: Floats | None) -> Floats:
    """Return the headlines from P(h, gamma | data) and P(outcome | h, gamma), by the horizon and by the election."""
    parts = [share.sum(axis=-2), np.einsum("...gk,gko->...o", share, late)]
    if early is not None:
        parts.append(np.einsum("...gk,gko->...o", share, early))
    return np.concatenate(parts, axis=-1)


def check_target(target: str, headlines: Sequence[str]) -> None:
    """Check that there is such a headline.

    Raises
    ------
    UnknownTargetError
        There is no such headline.
    """
    if target not in headlines:
        raise UnknownTargetError(target, headlines)


def _share(log_joint: Floats) -> Floats:
    """Return P(h, gamma | data) from its unnormalized log, (..., gamma, hypothesis)."""
    return np.exp(log_joint - log_sum_exp(log_joint, axis=(-2, -1))[..., None, None])
