"""What the tests of the command line share: a command run in this process."""

from __future__ import annotations

import io
import sys

import pytest

from detente.cli.main import main


class Terminal(io.StringIO):
    """Somebody who types these answers, and then presses Ctrl-D."""

    def isatty(self):
        return True


@pytest.fixture
def run(capsys, monkeypatch):
    """Return a function that runs a command and returns its exit code, stdout and stderr; answers make a terminal."""

    def call(*arguments, answers=None):
        if answers is not None:
            monkeypatch.setattr(sys, "stdin", Terminal(answers))
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        return stop.value.code, *capsys.readouterr()

    return call


@pytest.fixture
def sampled_by_hand(monkeypatch):
    """Put draws from the fine grid in the sampler's place: the command without compiling, and on fewer draws."""
    import numpy as np

    from detente.evaluation.calibrate import learning, tables

    class Quick:
        def fit(self, some, settings):
            rng = np.random.default_rng(3)
            known = learning.quadrature.update(self.start, self.grid, some)
            cell = rng.choice(known.mass.size, size=(settings.chains, settings.draws), p=known.mass.ravel())
            row, column = np.divmod(cell, known.bias.size)
            stats = {"diverging": np.zeros(cell.shape, dtype=bool), "energy": rng.standard_normal(cell.shape)}
            return learning.CalibrationPosterior(known.gamma[row], known.bias[column], stats)

    def compile_model(some, grid, prior, bias_sd):
        quick = Quick()
        quick.start, quick.grid = learning.quadrature.prior_density(prior, bias_sd, grid), grid
        return quick

    monkeypatch.setattr(learning, "compile_model", compile_model)
    monkeypatch.setattr(tables, "DRAWS", 32)
