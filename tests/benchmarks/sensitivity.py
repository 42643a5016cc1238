"""Time ``detente sensitivity`` against another checkout, of the bundled case and of 1,000 items in 60 clusters.

The two run alternately; the ratio is the median of processor time, pair by pair.  Run it with the other checkout::

    python tests/benchmarks/sensitivity.py FOLDER [REPETITIONS]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

from generated import NAME, Size, write_case
from run import CASE, ROOT, detente, spent


def main() -> None:
    """Print seconds of the processors of ours and of the other, and their ratio."""
    other, times = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        write_case(scratch, Size(items=1000, clusters=60))
        print(f"{'sensitivity':<32}{'ours':>8}{'theirs':>8}{'ratio':>8}  aim")
        for title, case, more, aim in (
            ("bundled case", CASE, (), "at most 0.5"),
            ("1,000 items in 60 clusters", NAME, ("--workspace", folder), "at most 0.1"),
        ):
            command = detente("sensitivity", case, *more, "--quiet", "--out", str(scratch / "out"))
            pairs = [[spent(command, root)[1] for root in (ROOT, other)] for _ in range(times)]
            ours, theirs = (median(pair[k] for pair in pairs) for k in (0, 1))
            ratio = median(mine / other_time for mine, other_time in pairs)
            print(f"{title:<32}{ours:>8.1f}{theirs:>8.1f}{ratio:>8.2f}  {aim}", flush=True)


if __name__ == "__main__":
    main()
