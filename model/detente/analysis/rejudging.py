"""Some items of a cluster, any one of which may be judged otherwise while the others stay as they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from detente.analysis.regrouping import Rest
from detente.analysis.remaining import Left, Tabulated
from detente.exact.clusters import at_nodes
from detente.exact.evidence import SAME, AtGamma, join, keep, stated_signs
from detente.exact.quadrature import log_sum_exp

if TYPE_CHECKING:
    from detente.analysis.regrouping import Regrouping
    from detente.arrays import Floats, Integers
    from detente.exact.evidence import Items

PAIR = 2
"""Hypotheses of which a loading is the contrast over the longest."""


@dataclass(frozen=True)
class Alike:
    """What is left of a cluster without each of some items, all on the same nodes: these load as before, or are one."""

    of: Regrouping
    rests: tuple[Rest, ...]

    @cached_property
    def _is_as_before(self) -> bool:
        return self.rests[0].is_as_before

    @cached_property
    def _lost(self) -> AtGamma:
        """The items that are gone."""
        return AtGamma.of(keep(self.of.cluster.items, [row for rest in self.rests for row in rest.rows]), self.of.grid)

    @cached_property
    def _at_nodes(self) -> tuple[Left, ...]:
        """What is left, on each block."""
        if self._is_as_before:
            return self.of.without(self._lost)
        return tuple(Left.of(block, block.log_joint) for block in self.of.spaced(self.rests[0].left))

    @cached_property
    def _tables(self) -> tuple[Tabulated, ...]:
        """The same over c sqrt(rho); none where a table is not precise."""
        if self._is_as_before:
            return self.of.tables_without(self._lost)
        blocks = self.of.spaced(self.rests[0].left) if self.of.tables else ()
        return tuple(Tabulated.of(block, self.of.top, self.of.tables[0].points) for block in blocks)

    def times(self, at: AtGamma, which: Integers, ratio: Floats | None) -> Floats:
        """Return the log marginals (way, gamma, hypothesis) of what is left beside an item judged in each of some ways.

        ``which`` (way,) is the item that is gone; the loadings of the others are multiplied by the ratio of each way,
        if any.  A marginal that cannot be had so is not a number.
        """
        if ratio is None:
            return log_sum_exp(np.array([left.times(at, which) for left in self._at_nodes]), axis=0)
        if not self._tables:
            return np.full(at.shrunk.shape, np.nan)
        return log_sum_exp(np.array([table.times(at, which, ratio) for table in self._tables]), axis=0)


@dataclass(frozen=True)
class Apart:
    """Some items of a cluster, each of which may be judged differently while the others are as they are."""

    of: Regrouping
    rows: tuple[int, ...]

    @cached_property
    def _rests(self) -> tuple[Rest, ...]:
        return tuple(Rest(self.of, (row,)) for row in self.rows)

    @cached_property
    def _alike(self) -> tuple[tuple[Integers, Alike], ...]:
        """The items by the nodes that serve what is left without each, with their places."""
        as_before = np.array([rest.is_as_before for rest in self._rests])
        groups = [np.flatnonzero(as_before), *np.flatnonzero(~as_before)[:, None]]
        return tuple((group, Alike(self.of, tuple(self._rests[k] for k in group))) for group in groups if group.size)

    def beside(self, which: Integers, changed: Items) -> Floats:
        """Return the log marginals (way, gamma, hypothesis) with an item judged in each of some ways.

        ``which`` (way,) is the place of the item among these; ``changed`` holds the ways as if each were an item, and
        their loadings are worked out here.
        """
        loading, ratio = self._loadings(which, changed)
        changed = changed.changed(loading=loading)
        at, is_as_stated = AtGamma.of(changed, self.of.grid), np.abs(ratio - 1) <= SAME
        marginal = np.full(at.shrunk.shape, np.nan)
        for places, alike in self._alike:
            own = np.isin(which, places)
            for ways in (np.flatnonzero(own & is_as_stated), np.flatnonzero(own & ~is_as_stated & (ratio <= 1))):
                if ways.size:
                    by = None if is_as_stated[ways[0]] else ratio[ways]
                    marginal[ways] = alike.times(at.kept(ways), np.searchsorted(places, which[ways]), by)
        for way in np.flatnonzero(np.isnan(marginal).any(axis=(1, 2))):
            rest, judged = self._rests[which[way]], keep(changed, [int(way)])
            both = join(rest.left, judged).changed(loading=rest.loadings(judged)[0])
            marginal[way] = at_nodes(self.of.in_full, both, self.of.grid)
        return marginal

    def _loadings(self, which: Integers, changed: Items) -> tuple[Floats, Floats]:
        """Return the loadings of an item judged in each of some ways, and what they multiply those of what is left by.

        The latter is no number where these do not stay in proportion.
        """
        if changed.weights.size == PAIR:  # they are measured by the longest contrast, and the first hypothesis is +
            contrast = changed.location[:, 0] - changed.location[:, 1]
            contrast[np.abs(contrast) <= SAME] = 0.0
            longest, own = self._longest[0][which], self._longest[1][which]
            length = np.maximum(longest, np.abs(contrast))
            length[length == 0] = 1.0
            loading = contrast / length
            return np.where(own == 0, loading, own * np.abs(loading)), np.where(longest > 0, longest / length, 1.0)
        loading, ratio = np.empty(which.size), np.empty(which.size)
        for place in np.unique(which):
            ways, rest = np.flatnonzero(which == place), self._rests[place]
            turned, before = rest.loadings(keep(changed, ways)), rest.left.loading
            others, loading[ways] = turned[:, :-1], turned[:, -1]
            squared = float(before @ before)
            ratio[ways] = np.abs(others @ before) / squared if squared else 1.0
            away = np.abs(np.abs(others) - np.abs(ratio[ways, None] * before)).max(axis=1, initial=0)
            ratio[ways[away > SAME]] = np.nan
        return loading, ratio

    @cached_property
    def _longest(self) -> tuple[Floats, Floats]:
        """Of two hypotheses, the longest contrast of what is left, and the sign that is stated of what is gone."""
        contrasts = [np.abs(rest.judged[0][:, 0] - rest.judged[0][:, 1]) for rest in self._rests]
        gone = [self.of.members[row] for row in self.rows]
        return np.array([one[one > SAME].max(initial=0) for one in contrasts]), stated_signs(gone)
