"""Where work is done: here, in processes of this machine, or on a Dask cluster."""

from detente.parallel.workers import Once, Workers, as_finished, in_order, processors, program_digest

__all__ = ["Once", "Workers", "as_finished", "in_order", "processors", "program_digest"]
