"""Draw the truth from the prior, and from it what would have been on record: a case like the given one, but simulated.

What is simulated: for each item in force whether it was seen or absent; the record of every process from its start to
the cut-off; the polls in force; the waits of the reference class.  What is kept: which items were looked for, when the
processes started, who polled when, who won an election that is over.  Items not in force are left out, and a silence
whose date has not passed counts from its own, so that the items in force are the same in every replicate.

The reference class reaches the intensities through a level, which the model is given as a number: that level is the
real class's throughout, and the simulated waits serve only the two parameters of the class itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detente.verify.election import simulate_polls, winner_chances
from detente.verify.paths import simulate_record
from detente.verify.stated import Parameters, chance_of_report, intensity, joint, log_likelihood, read_stated, tally
from detente.verify.waits import simulate_waits, waits_log_likelihood

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from detente.case.evidence import EvidenceItem
    from detente.case.priors import BetaPrior
    from detente.case.schema import Case
    from detente.verify.stated import Stated, Tally
    from detente.verify.waits import ClassWaits

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Simulated:
    """A simulated case, and the truth it was made from.

    ``truth`` holds every parameter by the name it has in the posterior, and what depends on the data as well, worked
    out at the truth by this package's own likelihood: ``hypothesis_probability``, ``joint_log_likelihood`` of items and
    record, ``class_log_likelihood`` and ``polls_missed``; ``hypothesis`` and ``winner`` are
    indices, the latter -1 without an election.
    """

    case: Case
    truth: Mapping[str, Floats]
    hypothesis: int
    winner: int
    waits: ClassWaits
    stated: Stated
    seen: NDArray[np.bool_]
    record: Tally


def simulate(case: Case, rng: np.random.Generator) -> Simulated:
    """Return a simulated case as of the cut-off of ``case``."""
    stated = read_stated(case)
    truth = _draw_prior(case, stated, rng)
    hypothesis = int(rng.choice(len(case.hypotheses), p=truth["hypothesis_weight"]))
    gamma, u, v = float(truth["discrimination"]), truth["step_effect"], truth["regime_effect"]

    made = simulate_record(case, lambda known: intensity(known, stated, gamma, u, v), hypothesis, rng)
    truth["log_intensity"] = intensity(made, stated, gamma, u, v)
    at = parameters({name: value[None] for name, value in truth.items()})
    everything = np.ones(len(stated.trust), dtype=bool)
    seen = rng.random(everything.size) < chance_of_report(stated, at, everything)[0, :, hypothesis]
    made = made.changed(evidence=_items(case, seen))

    winner = -1
    if case.winner:
        winner = case.winner_ids.index(case.winner)
    elif contest := simulate_polls(case, rng):
        made = made.changed(polls=contest.polls)
        truth |= {"poll_state": contest.state, "election_surprise": np.array(contest.surprise)}
        truth |= {"incumbent_share": np.array(contest.share), "winner_probability": winner_chances(case, contest.wins)}
        winner = int(np.argmax(winner_chances(case, float(contest.share > 0.5))))  # noqa: PLR2004 - one half of the two
    elif case.priors.election:
        share = case.priors.election
        truth["winner_probability"] = rng.dirichlet(
            share.concentration * np.array([share.weights[name] for name in case.winner_ids])
        )
        winner = int(rng.choice(len(case.winner_ids), p=truth["winner_probability"]))

    waits = simulate_waits(case, rng)
    truth |= {"class_pace": waits.pace, "class_shape": waits.shape}
    truth["class_log_likelihood"] = class_log_likelihood(waits, waits.pace, waits.shape)
    if made.polls_in_force:
        truth["polls_missed"] = polls_missed(made, truth["incumbent_share"])
    record = tally(made)
    total, chance = joint(at, log_likelihood(stated, at, seen, record))
    truth |= {"hypothesis_probability": chance[0], "joint_log_likelihood": np.array(total[0])}
    return Simulated(made, truth, hypothesis, winner, waits, stated, seen, record)


def parameters(values: Mapping[str, Floats]) -> Parameters:
    """Take from posterior values, each (S, ...), what the likelihood of items and record depends on."""
    count = len(values["hypothesis_weight"])
    nobody = np.zeros((count, 0))
    width = values["hypothesis_weight"].shape[1]
    return Parameters(
        weight=values["hypothesis_weight"],
        discrimination=values["discrimination"],
        correlation=values.get("cluster_correlation", nobody),
        common_cause=values.get("common_cause", nobody),
        log_intensity=values.get("log_intensity", np.zeros((count, 0, width, 1))),
    )


def class_log_likelihood(waits: ClassWaits, pace: Floats, shape: Floats) -> Floats:
    """Return log P(the class's waits) at paces and shapes, (..., step): draws that never saw the waits have it low."""
    steps = [waits_log_likelihood(of, pace[..., row], shape[..., row]) for row, of in enumerate(waits.waits)]
    return np.stack(steps, axis=-1) if steps else np.zeros_like(pace)


def polls_missed(case: Case, share: Floats) -> Floats:
    """Return how far a share on election day is from what the polls show on average: far, if it never saw them."""
    shown = [poll.incumbent / (poll.incumbent + poll.opponent) for poll in case.polls_in_force]
    return np.abs(share - np.mean(shown))


def _draw_prior(case: Case, stated: Stated, rng: np.random.Generator) -> dict[str, Floats]:
    """Draw every parameter that items and record depend on."""
    prior = case.priors.hypotheses
    weights = np.array([prior.weights[h] for h in case.hypothesis_ids])
    return {
        "hypothesis_weight": rng.dirichlet(prior.concentration * weights),
        "discrimination": np.array(_beta(case.priors.discrimination, rng)),
        "cluster_correlation": np.array([_beta(case.priors.cluster_correlation(c), rng) for c in stated.clusters]),
        "common_cause": rng.standard_normal((len(stated.clusters),)),
        "step_effect": rng.standard_normal(stated.eta.shape[:1]),
        "regime_effect": rng.standard_normal(stated.eta.shape),
    }


def _beta(prior: BetaPrior, rng: np.random.Generator) -> float:
    if prior.sd == 0:
        return prior.mean
    size = prior.mean * (1 - prior.mean) / prior.sd**2 - 1
    return float(rng.beta(prior.mean * size, (1 - prior.mean) * size))


def _items(case: Case, seen: NDArray[np.bool_]) -> tuple[EvidenceItem, ...]:
    """Return the items in force, each seen or absent as told, and in force either way."""
    return tuple(
        item.model_copy(update={"observed": bool(told), "expected_by": None})
        for item, told in zip(case.evidence_in_force, seen, strict=True)
    )
