"""Proof that the inference recovers what it simulates: simulation-based calibration, and one engine against the other.

The loop is our own: kept libraries of simulation-based calibration simulate from the observed variables of a PyMC
model, and ours has potentials, with the hypothesis summed out.
"""

from detente.verify.result import Plan, Verification
from detente.verify.study import verify

__all__ = ["Plan", "Verification", "verify"]
