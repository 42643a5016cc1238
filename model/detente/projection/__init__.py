"""From intensities to probabilities, without simulation: chains of processes, carried over the regimes."""

from detente.projection.carrying import carry
from detente.projection.chain import Chain, build_chains, lumped_chains
from detente.projection.course import carry_through
from detente.projection.projecting import Projection, project

__all__ = ["Chain", "Projection", "build_chains", "carry", "carry_through", "lumped_chains", "project"]
