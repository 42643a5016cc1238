"""The priors of everything unsure: ``priors.yaml``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

from msgspec import Meta

from detente.case.columns import Frozen, InFile, Row
from detente.case.evidence import EvidenceItem
from detente.case.findings import NO_ELECTION, nothing_said, now_called
from detente.case.outcomes import check_state
from detente.case.polls import INCUMBENT, PollPart, PollPriors, learned_errors
from detente.case.reference_class import OutsideViewPrior
from detente.case.values import (
    Credibility,
    Date,
    Fraction,
    Id,
    Mass,
    NotNegative,
    Positive,
    Probability,
    Reliability,
    Text,
    as_shares,
)
from detente.errors import quoted

if TYPE_CHECKING:
    from detente.case.question import Declared

DEFAULT: Final = "default"
"""The key of the correlation prior of every cluster without its own; no cluster may have it."""
RESERVED = {DEFAULT: f"no cluster may be called {DEFAULT}: priors.yaml uses that name for all those not named"}


LEAST_DEVIATION = 1e-6
"""Of a share: a smaller deviation moves no digit that is shown, and leaves a sampler a needle to climb."""


class BetaPrior(Frozen):
    """A Beta prior by mean and standard deviation; ``sd`` 0 fixes the value at the mean, and so does a tiny one."""

    mean: Annotated[Fraction, InFile("Mean of the Beta distribution.", "0.6")]
    sd: Annotated[NotNegative, InFile("Its standard deviation; 0 fixes the value at the mean.", "0.15")]
    because: Annotated[Text, InFile("The reason.", "Contrasts are usually overstated.")]

    @classmethod
    def read(cls, values: Mapping[str, Any], faulty: Collection[str] = ()) -> Self:
        """Build a prior; a deviation below :data:`LEAST_DEVIATION` is none: no judgement is that fine."""
        stated = values.get("sd")
        tiny = isinstance(stated, float) and 0 < stated < LEAST_DEVIATION
        return super().read({**values, "sd": 0.0} if tiny else values, faulty)

    @classmethod
    def rules(cls, row: Row[Any]) -> None:
        """Check that there is a Beta distribution of that mean and deviation."""
        if not row.sound("mean", "sd"):
            return
        mean, sd = row.item.mean, row.item.sd
        if not 0 < mean < 1:
            row.add(f"{row.path}.mean: must be greater than 0 and less than 1 (got {mean:g})", at="mean")
        elif sd**2 >= mean * (1 - mean):
            most = (mean * (1 - mean)) ** 0.5
            message = (
                f"{row.path}.sd: no Beta distribution has mean {mean:g} and sd {sd:g}: sd must be less than {most:.4g}"
            )
            row.add(message, at="sd")


class DiscriminationPart(BetaPrior):
    """The discrimination as ``priors.yaml`` has it, with what it was learned from."""

    learned_from: Annotated[
        tuple[Id, ...] | None,
        Meta(min_length=1),
        InFile(
            "The cases from whose outcomes `detente calibrate` learned it; left out where it was stated.",
            "[first_case, second_case]",
            empty="must name at least one case: leave the key out if nothing was learned",
        ),
    ] = None


MEASURED = DiscriminationPart.read(
    {
        "mean": 0.15,
        "sd": 0.1,
        "because": (
            "Measured (reports/panels): over 244 patients with one of five diseases, whose features experts had given "
            "frequencies for, the right disease was likeliest at .18 +- .03 (62 diseases drawn anew). Much above "
            "it weight adds up too fast as items grow in number: at .15 the best exponent is 1.11 for all, .88 for ten "
            "and more. Where only what experts had stated counts, .27 +- .09 to .44 +- .13: hence the wide deviation."
        ),
    }
)
"""The prior of the discrimination of a case that states none.

The mechanism is one discrimination for the whole case.  Tried beside it on the same patients, by the log score of
diseases left out: a probability that the contrasts tell nothing, less trust, a cause shared by all items of a case
(along the first axis, or one for each hypothesis), a Beta distribution of larger deviation.  None scored better by more
than its standard error, and all but the trust fitted to nothing.  So one number is left to be learned.
"""


class WeightedPrior(Frozen):
    """Dirichlet(concentration x weights)."""

    weights: Annotated[
        Mapping[str, Probability], InFile("Prior probability of each; they sum to 1.", "{settle: 0.5, show: 0.5}")
    ]
    concentration: Annotated[Positive, InFile("How firmly they are held, in imagined observations.", "4")]
    because: Annotated[Text, InFile("The reason.", "Two of five such openings were sincere.")]

    @classmethod
    def read(cls, values: Mapping[str, Any], faulty: Collection[str] = ()) -> Self:
        """Build it; weights that sum to 1 within the rounding of what was typed are shares of their sum."""
        given = {name: values[name] for name in ("weights", "centre") if values.get(name)}
        shares = {name: as_shares([*weights.values()]) for name, weights in given.items()}
        scaled = {
            name: dict(zip(given[name], share, strict=True)) for name, share in shares.items() if share is not None
        }
        return super().read({**values, **scaled}, faulty)

    @classmethod
    def rules(cls, row: Row[WeightedPrior]) -> None:
        """Check that the weights sum to 1."""
        for name in ("weights", "centre"):
            weights = getattr(row.item, name, None) if row.sound(name) else None
            if weights and as_shares([*weights.values()]) is None:
                total = sum(weights.values())
                row.add(f"{row.path}.{name}: must sum to 1 (got {total:.10g}): weights are not rescaled", name)


class HypothesesPart(WeightedPrior):
    """The prior of the hypotheses as ``priors.yaml`` has it, with the weights that the judgements are centred by."""

    weights: Annotated[
        Mapping[str, Probability] | None,
        InFile(
            "Prior probability of each; they sum to 1. May be left out where assessors give them in priors.csv.",
            "{settle: 0.5, show: 0.5}",
        ),
    ] = None  # type: ignore[assignment] # filled
    centre: Annotated[
        Mapping[str, Probability] | None,
        InFile(
            "Weights of the mean that contrasts are shrunk to, if others; `detente priors roll` writes the old ones.",
            "{settle: 0.5, show: 0.5}",
        ),
    ] = None


class Reached(Frozen):
    """The condition of a coupling: ``process`` is in, or beyond, the state ``reached``."""

    process: Annotated[Id, InFile("The process that sets the pace.", "ladder")]
    reached: Annotated[Id, InFile("The state it must have reached, or be beyond.", "ministers_met")]


class Coupling(Frozen):
    """Multiplies the intensity of every transition of ``process`` into ``to`` while ``when`` holds."""

    process: Annotated[Id, InFile("The process whose steps it speeds up or slows down.", "border")]
    to: Annotated[Id, InFile("The state into which they lead.", "open")]
    when: Annotated[Reached, InFile("The condition, on another process.")]
    multiplier: Annotated[Positive, InFile("What the intensity is multiplied by.", "3")]
    because: Annotated[Text, InFile("The reason.", "A treaty opens the border.")]


class Baseline(Frozen):
    """The run whose posterior the priors are: what counted by ``evidence_from`` is in them, and counts no more."""

    run: Annotated[Text, InFile("The run.", "arvenia/2026-03-02")]
    inputs_sha256: Annotated[Text, InFile("Digest of its inputs.", '"5f0c…"')]
    evidence_from: Annotated[Date, InFile("Its cut-off: what counted by then is in the priors.", "2026-03-02")]
    before: Annotated[Text | None, InFile("The baseline before it.", "arvenia/2026-02-01")] = None


class Priors(Frozen):
    """The judgements of ``priors.yaml``.

    ``learned_from`` are the cases from whose outcomes the discrimination was learned; None where it was stated.
    """

    hypotheses: Annotated[WeightedPrior, InFile("Prior probabilities of the hypotheses.", kind=HypothesesPart)]
    centre: Mapping[str, Probability] | None = None
    discrimination: Annotated[
        BetaPrior, InFile("How much of a stated contrast between hypotheses is real.", kind=DiscriminationPart)
    ] = MEASURED
    learned_from: tuple[Id, ...] | None = None
    dependence: Annotated[
        Mapping[str, BetaPrior],
        InFile(f"Correlation of the items of each cluster; {DEFAULT} holds for those not named."),
    ] = {}
    assumed_mass: Annotated[
        Mass | None,
        InFile(
            "How often stated 90% ranges hold the truth, where the case knows it; left out, it is learned from "
            "calibration.csv, and from other experts' ranges where that is missing.",
            "0.65",
        ),
    ] = None
    persistence: Annotated[
        Fraction, InFile("How far what slows a step before the election slows it after: 0 not at all, 1 fully.", "0.5")
    ] = 0.5
    reliability: Annotated[
        Mapping[Reliability, Fraction],
        InFile(
            "Chance that a source of each letter is right.", "{A: 0.98, B: 0.90, C: 0.75, D: 0.50, E: 0.25, F: 0.50}"
        ),
    ]
    credibility: Annotated[
        Mapping[Credibility, Fraction],
        InFile("The same for a report of each digit.", "{1: 1.0, 2: 0.95, 3: 0.85, 4: 0.6, 5: 0.3, 6: 0.7}"),
    ]
    election: Annotated[
        WeightedPrior | None, InFile("Prior probabilities of the winners; needed where case.yaml declares an election.")
    ] = None
    couplings: Annotated[tuple[Coupling, ...], InFile("How one process changes the pace of another.")] = ()
    polls: Annotated[
        PollPriors | None,
        InFile(
            "How polls err, each as a standard deviation of the incumbent's two-way share (0.01 is one point).",
            kind=PollPart,
        ),
    ] = None
    outside_view: Annotated[OutsideViewPrior | None, InFile("How far a reference class is leaned on.")] = None
    baseline: Annotated[
        Baseline | None, InFile("Written by `detente priors roll`: the run whose posterior these priors are.")
    ] = None

    @property
    def centre_weights(self) -> Mapping[str, float]:
        """The weights of every mean over hypotheses: those of the prior, unless others are stated."""
        return self.centre or self.hypotheses.weights

    def cluster_correlation(self, cluster: str) -> BetaPrior:
        """Return the prior of a cluster's correlation: its own, else the default."""
        return self.dependence.get(cluster, self.dependence[DEFAULT])

    def trust(self, item: EvidenceItem) -> float:
        """Return r of an item: reliability of its source times credibility of the report."""
        return self.reliability[item.reliability] * self.credibility[item.credibility]


def with_lineage(stated: Priors) -> Priors:
    """Return priors with what the discrimination was learned from beside it, as a case has them."""
    held = stated.discrimination
    own = BetaPrior.read(held.fields(BetaPrior))
    lineage = held.learned_from if isinstance(held, DiscriminationPart) else None
    return stated.changed(discrimination=own, learned_from=lineage)


def settled(stated: Priors, declared: Declared, *, has_polls: bool = False) -> Priors:
    """Return priors as the case has them: weights in the order in which it declares what they weigh.

    Polls of which nothing is stated err as those of other votes did.
    """
    polls: Any = stated.polls
    held: Any = stated.hypotheses
    even = 1 / max(1, len(declared.hypotheses))
    return with_lineage(stated).changed(
        hypotheses=WeightedPrior.read(
            held.fields(WeightedPrior)
            | {"weights": {name: held.weights[name] if held.weights else even for name in declared.hypotheses}}
        ),
        centre=held.centre and {name: held.centre[name] for name in declared.hypotheses},
        election=stated.election
        and stated.election.changed(weights={name: stated.election.weights[name] for name in declared.winners}),
        polls=polls.settled() if polls else poll_errors(None, declared.winners, has_polls=has_polls),
    )


def poll_errors(stated: PollPriors | None, winners: Collection[str], *, has_polls: bool) -> PollPriors | None:
    """Return how polls err: as stated, else as those of other votes, where there are polls that the case can use."""
    duel = len(winners) == 2 and INCUMBENT in winners  # noqa: PLR2004 - more are not forecast
    return stated or (learned_errors("other") if has_polls and duel else None)


def check_stated(row: Row[Priors]) -> None:
    """Check that the weights of the hypotheses are there, where nobody else weighs them."""
    for _, part in row.all("hypotheses"):
        if part.sound("weights") and part.item.weights is None:
            part.add("hypotheses.weights: is missing")


def check_priors(row: Row[Priors], declared: Declared, used: Collection[str]) -> None:
    """Check the weights, correlations and couplings against the case; ``used`` are the clusters items name."""
    for _, part in row.all("hypotheses"):
        _check_weights(part, "hypotheses", "hypothesis", declared)
        _check_weights(part, "hypotheses", "hypothesis", declared, of="centre")
    stated = row.part("election")
    if "election" in declared.faulty:
        pass
    elif stated is not None and not declared.has_election:
        row.add(
            f"election: {NO_ELECTION}: delete the weights",
            at="election",
            about=NO_ELECTION,
            remedy="delete the weights in",
        )
    elif stated is not None:
        _check_weights(stated, "winners", "winner", declared)
    elif declared.has_election and row.sound("election"):
        message = "election: is missing, but case.yaml declares an election: give the weights of its winners"
        row.add(message, at="election")
    dependence = row.parts.get("dependence", {})
    for cluster, part in dependence.items():
        if cluster != DEFAULT and declared.lacks("clusters", cluster):
            message = "dependence: case.yaml declares no cluster"
            part.unknown(message, cluster, (*declared.clusters, DEFAULT))
    bare = [cluster for cluster in used if cluster in declared.clusters and cluster not in dependence]
    if bare and DEFAULT not in dependence:
        message = f"dependence.{DEFAULT}: is missing, and {quoted(bare[0])} has no correlation of its own"
        row.add(message, at="dependence")
    for _, part in row.all("couplings"):
        _check_coupling(part, declared)


def _check_weights(row: Row[WeightedPrior], part: str, what: str, declared: Declared, of: str = "weights") -> None:
    weighed, path = row.parts.get(of, {}), f"{row.path}.{of}"
    names: Collection[str] = getattr(declared, part)
    missing = [name for name in names if name not in weighed]
    gone = [name for name in weighed if declared.lacks(part, name)]
    hint = now_called(missing) if len(gone) == 1 else ""
    for name in gone:
        remedy = f"give it to `{missing[0]}`" if hint else "delete it, so that the weights sum to 1, or rename it,"
        weighed[name].unknown(f"{path}: case.yaml declares no {what}", name, names, remedy=f"{remedy} in", hint=hint)
    if missing and not hint and part not in declared.faulty and weighed and row.sound(of):
        message = f"{path}: must give a weight to every {what} (missing: {', '.join(missing)})"
        row.add(message, at=of, about=nothing_said(what, missing), remedy="give it a weight in")


def _check_coupling(row: Row[Coupling], declared: Declared) -> None:
    check_state(row, declared, "couplings", "to")
    for _, when in row.all("when"):
        check_state(when, declared, "couplings.when", "reached")
        if row.sound("process") and when.sound("process") and row.item.process == when.item.process:
            message = "couplings.when.process: must be a process other than the one whose pace it changes"
            when.add(f"{message} (got {quoted(row.item.process)})", at="process")
