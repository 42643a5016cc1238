"""Cases at the edge of what is valid, sampled and integrated: what the sampler's own checks say, and what it costs.

Run as ``python tests/benchmarks/extremes.py [NAME ...]``; without names all of them, one line each.
"""

from __future__ import annotations

import datetime as dt
import resource
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.generated import NAME, Size, write_case
from small import beta, make_case

from detente import load_case
from detente.case.priors import WeightedPrior
from detente.forecast import forecast
from detente.settings import Settings

LADDER = {"ladder": [("a", "b"), ("b", "c")]}
MIDS = [(0.6, 0.2), (0.7, 0.4), (0.3, 0.5), (0.55, 0.35), (0.8, 0.5), (0.4, 0.2)]
CLUSTERS = ["c", "c", "c", "d", "d", None]


def small(gamma=(0.15, 0.1), rho=(0.5, 0.15), width=0.05, **more):
    """Return a case of six items in two clusters and a ladder of two steps."""
    given = {"clusters": CLUSTERS, "processes": LADDER, "spread": 0.2, "trust": 0.9} | more
    return make_case(given.pop("mids", MIDS), gamma=gamma, rho=rho, width=width, **given)


def weighed(*weights, concentration=4):
    """Return a case whose hypotheses have these weights."""
    mids = [tuple((p, q, (p + q) / 2)[: len(weights)]) for p, q in MIDS]
    case = small(mids=mids, weights=list(weights))
    hypotheses = WeightedPrior.read(
        {**{n: getattr(case.priors.hypotheses, n) for n in ("weights", "because")}, "concentration": concentration}
    )
    return case.changed(priors=case.priors.changed(hypotheses=hypotheses))


def elected(*weights):
    """Return a case whose winners have these weights."""
    names = [f"w{k}" for k in range(len(weights))]
    case = small(winners=names, election=dt.date(2030, 12, 1))
    election = case.priors.election.changed(weights=dict(zip(names, weights, strict=True)))
    return case.changed(priors=case.priors.changed(election=election))


def many(count):
    """Return a case of so many hypotheses."""
    mids = [tuple(0.15 + 0.7 * ((3 * k + 5 * i) % count) / count for k in range(count)) for i in range(8)]
    return small(mids=mids, clusters=["c"] * 3 + ["d"] * 3 + [None] * 2)


def states(count):
    """Return a case with a process of so many states in a row."""
    return small(processes={"ladder": [(f"s{k}", f"s{k + 1}") for k in range(count - 1)]})


def generated(**sizes):
    """Return a generated case of a size."""
    with tempfile.TemporaryDirectory() as folder:
        write_case(Path(folder), Size(**sizes))
        return load_case(NAME, Path(folder))


def with_default(case, mean, sd):
    """Return a case with another prior of the correlations."""
    return case.changed(priors=case.priors.changed(dependence={"default": beta(mean, sd)}))


CASES = {
    "plain": small,
    **{f"discrimination {m} {s}": lambda m=m, s=s: small(gamma=(m, s)) for m, s in (
        (0.5, 0.3), (0.5, 0.4), (0.5, 0.45), (0.5, 0.49), (0.5, 0.4999), (0.8, 0.39), (0.2, 0.35),
        (0.15, 0.3), (0.01, 0.05), (0.5, 1e-3), (0.5, 1e-6), (0.5, 1e-9),
    )},
    **{f"correlation {m} {s}": lambda m=m, s=s: small(rho=(m, s)) for m, s in (
        (0.5, 0.3), (0.5, 0.4), (0.5, 0.45), (0.5, 0.49), (0.5, 0.4999), (0.8, 0.39), (0.2, 0.35),
        (0.99, 0.05), (0.01, 0.05), (0.5, 1e-3), (0.5, 1e-9),
    )},
    "both 0.5 0.45": lambda: small(gamma=(0.5, 0.45), rho=(0.5, 0.45)),
    "sharp correlation 0.5 0.45": lambda: small(rho=(0.5, 0.45), width=1e-13),
    "sharp correlation 0.5 0.15": lambda: small(rho=(0.5, 0.15), width=1e-13),
    "sharp correlation 0.95 0.04": lambda: small(rho=(0.95, 0.04), width=1e-13),
    "weights 1e-6": lambda: weighed(1 - 1e-6, 1e-6),
    "three weights 1e-6": lambda: weighed(0.5, 0.5 - 1e-6, 1e-6),
    "weights 1e-3": lambda: weighed(1 - 1e-3, 1e-3),
    "weights .05": lambda: weighed(0.95, 0.05),
    "concentration .01": lambda: weighed(0.5, 0.5, concentration=0.01),
    "concentration 1e6": lambda: weighed(0.5, 0.5, concentration=1e6),
    "winners 1e-6": lambda: elected(1 - 1e-6, 1e-6),
    "winners 12": lambda: elected(*[1 / 12] * 12),
    "hypotheses 12": lambda: many(12),
    "states 12": lambda: states(12),
    "polls 400": lambda: generated(items=6, polls=400),
    "horizon thirty years": lambda: small(horizon=dt.date(2060, 6, 1)),
    "trust 0": lambda: small(trust=0.0),
    "mids 1e-6": lambda: small(mids=[(1e-6, 0.5), (0.5, 1 - 1e-6), *MIDS[2:]], width=1e-7),
}  # fmt: skip


def main(names):
    """Sample each case, and print a line of what was found."""
    for name in names or CASES:
        case, before = CASES[name](), resource.getrusage(resource.RUSAGE_SELF)
        try:
            found = forecast(case, Settings(in_full=False, draws=1000, tune=1000)).diagnostics
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            print(f"{name:32} {type(error).__name__}: {str(error)[:150]}", flush=True)
            continue
        after = resource.getrusage(resource.RUSAGE_SELF)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        worst = {check.name: check.finding for check in found.checks if check.status == "fail"}
        agreed = found.exact_agreement
        print(
            f"{name:32} {found.status}  div {found.divergences:4}  R-hat {found.r_hat_max or float('nan'):8.4f}  ESS "
            f"{found.ess_bulk_min or float('nan'):6.0f} {found.ess_tail_min or float('nan'):6.0f}  BFMI "
            f"{found.e_bfmi_min:.2f}  z {agreed.max_z if agreed else float('nan'):5.1f}  {seconds:5.1f} s",
            *(f"\n    {check}: {finding}" for check, finding in worst.items()),
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
