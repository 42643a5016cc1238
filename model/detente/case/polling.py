"""Polls of the election, and what the assessor holds of how polls err."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from pydantic import Field

from detente.case.frozen import Frozen, Id, Text

INCUMBENT = "incumbent"
"""The winner whose share the polls' column of that name gives; the case's other winner is the opponent."""
FEWEST_POLLS = 3
"""With fewer the stated weights of the winners say more than the polls do."""


class Poll(Frozen):
    """One poll of the election, percentages as published.

    ``kind`` is the kind of question asked, None where the polls are all of one kind.  ``sample_size`` is None where it
    was not published.
    """

    pollster: Text
    start: dt.date
    end: dt.date
    published: dt.date | None = None
    sample_size: int | None = Field(default=None, gt=0)
    kind: Id | None = None
    incumbent: float = Field(gt=0, lt=100)
    opponent: float = Field(gt=0, lt=100)
    source: str

    @property
    def known_on(self) -> dt.date:
        """The day it became public: its publication, else the end of its field work."""
        return self.published or self.end

    @property
    def middle(self) -> dt.date:
        """The day its answers are of: the middle of its field work, rounded down."""
        return self.start + (self.end - self.start) // 2


class PollPriors(Frozen):
    """How polls err, as standard deviations of the incumbent's two-way share (0.01 is one point).

    ``house_sd`` of a pollster's lasting lean; ``bias_sd`` of the error that all polls of the election share;
    ``walk_sd`` of what voters change in a day; ``excess_sd`` of what a poll errs beyond sampling; ``start_sd`` of the
    share around one half when the polls begin; ``kind_sd`` of the difference between a kind of question and the
    contest itself, by kind (0: it is that contest).  ``design_effect`` multiplies the sampling variance.
    ``unstated_sample`` stands in for a sample size that was not published.
    """

    house_sd: float = Field(gt=0)
    bias_sd: float = Field(ge=0)
    walk_sd: float = Field(gt=0)
    excess_sd: float = Field(ge=0)
    start_sd: float = Field(default=0.1, gt=0)
    design_effect: float = Field(default=1.0, ge=1)
    unstated_sample: int = Field(default=1000, gt=0)
    kind_sd: Mapping[Id, float] = Field(default_factory=dict)
    because: Text
