"""Verification of the inference: simulation-based calibration of each engine, and one engine against the other.

The loop is our own because the maintained libraries for simulation-based calibration simulate the observed variables of
a PyMC model; ours has potentials instead, with the hypothesis summed out.
"""

from detente.verify.result import Plan
from detente.verify.study import verify

__all__ = ["Plan", "verify"]
