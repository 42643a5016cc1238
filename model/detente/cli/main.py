"""The group of commands, and the one place where errors become exit codes."""

from __future__ import annotations

import atexit
import datetime as dt
import errno
import gc
import importlib
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detente.cli.screen import say
from detente.errors import EXIT_BUG, EXIT_INTERRUPTED, EXIT_USAGE, EXIT_USER, DetenteError, StreamError, suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "new": "write a commented case that runs as it is",
    "check": "validate a case and review its judgements",
    "assess": "judge a case alone, one number at a time",
    "sheet": "write a workbook to judge a case in, or take one back",
    "tidy": "convert a table that a spreadsheet saved",
    "run": "forecast a case and write its report",
    "report": "print a finished run, or render its files again",
    "update": "take new facts and judgements into a case, and run it",
    "evidence": "add, list or withdraw items of evidence",
    "track": "replay a case as of each date on which something became known",
    "compare": "show what moved between two runs, and what moved it",
    "sensitivity": "show what the forecast rests on, and what would tip it",
    "watch": "rank what to look out for next",
    "score": "score past forecasts against what happened, beside simpler forecasters",
    "calibrate": "learn from resolved outcomes how far stated contrasts can be trusted",
    "panels": "prove the model on tables of real answered questions, as one page",
    "poll": "say what a table of polls says of a vote",
    "wait": "answer how long a wait will be from a class of earlier waits alone",
    "pool": "pool the probabilities that several people gave, and score the pool",
    "verify": "test the inference by simulation, and each engine by the other",
    "export": "write a case, or what is forecast of it, for other programs",
    "import": "write a new case from a matrix of competing hypotheses",
    "priors": "show the priors, or make a posterior the next prior",
    "undo": "take back the last change to a case",
    "serve": "open the workbench: a case in the browser",
    "help": "print the reference: files, bulletins, model, words, exit codes",
}
"""Command and one-line help, in the order of use; the command itself is imported only when it is called."""

HOME = {
    "export": "exchange",
    "import": "exchange",
    "undo": "update",
    "watch": "sensitivity",
    "check": "case",
    "new": "case",
    "help": "manual",
}
"""The module of a command that has none of its name."""

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""What writing to a stream that has a name of its own nowhere may fail with."""

COLLECTED_AFTER = 200_000
"""Objects made, less those freed, after which Python looks for unreachable ones: a short command makes fewer."""
LARGE = 32_000_000
"""Bytes of a block taken and given back at once: the C library then keeps the memory of smaller arrays for the next."""


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for, so that help stays fast."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Run a command; click itself would exit with 1 when the reader of a pipe goes away."""
        try:
            answer = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise _ReaderGoneError from None
        except OSError as error:
            if error.filename is None and error.errno in FULL:
                raise StreamError(error) from error
            raise
        return answer

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of use."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"detente.cli.{HOME.get(cmd_name, cmd_name)}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that was asked for, or suggest the nearest."""
        if args[0] not in COMMANDS:
            ctx.fail(f"there is no command {args[0]}{suggestion(args[0], [*COMMANDS])}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="detente", message="detente %(version)s")
def cli() -> None:
    """Forecast whether a rapprochement is sincere, and what will come of it.

    \b
    Example:
      detente run turkey-syria --engine exact
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 mendable, 2 usage, 3 bug, 4 diagnostics failed, 130 interrupted."""
    _open_missing_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a letter is no reason to stop
    status = EXIT_BUG

    def leave() -> None:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)

    if arguments is None:  # a process of our own: to take every module apart at its end is a tenth of a short command
        atexit.register(leave)  # first, and so called after all that the command registers
    status = _run(arguments)
    sys.exit(status)


class _ReaderGoneError(Exception):
    """The reader of a pipe went away, as ``| head`` does."""


def _open_missing_streams() -> None:
    """Give a process that was started without stdin, stdout or stderr the null device for them."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            null = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one
            setattr(sys, name, os.fdopen(null, mode, encoding="utf-8"))


def _give_matplotlib_room() -> None:
    """Send what Matplotlib keeps below the home folder to the temporary one, for this run, where home is read-only."""
    if os.access(os.path.expanduser("~"), os.W_OK):  # noqa: PTH111 - never fails
        return
    import secrets
    import shutil
    import tempfile

    room = Path(tempfile.gettempdir()) / f"detente-{secrets.token_hex(8)}"
    os.environ.setdefault("MPLCONFIGDIR", str(room))
    atexit.register(shutil.rmtree, room, ignore_errors=True)


def _run(arguments: Sequence[str] | None) -> int:
    # Matrices are small here: to start BLAS threads, one a processor, costs more than they ever give back.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _give_matplotlib_room()
    gc.set_threshold(COLLECTED_AFTER, *gc.get_threshold()[1:])
    bytes(LARGE)
    try:
        code = cli.main(args=arguments, prog_name="detente", standalone_mode=False)
    except DetenteError as error:
        say(str(error), err=True)
        return EXIT_USER
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        say("interrupted; nothing was changed", err=True)
        return EXIT_INTERRUPTED
    except (_ReaderGoneError, SystemExit):  # the latter is click's own, where nobody is left to read --help
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the last handler: whatever is left is a bug
        report_bug(error)
        return EXIT_BUG
    finally:
        _say_what_is_lost()
    return code if isinstance(code, int) else 0


def _say_what_is_lost() -> None:
    """Say that the next run will compile again, if what this one compiled could not be kept."""
    from detente.caches import moved

    folder = moved()
    if folder is not None and "--quiet" not in sys.argv:
        say(
            f"{folder}: cannot be written, so what was compiled was kept for this run only; "
            "PYTENSOR_FLAGS=base_compiledir=DIR names a folder where it stays",
            err=True,
        )


def report_bug(error: Exception) -> str:
    """Write versions and traceback to a log file, say so in one line, and return it."""
    log = _write_log(error)
    where = f"the details are in {log}" if log else "and the details could not be written anywhere"
    line = f"detente has a bug: {type(error).__name__}: {(str(error).splitlines() or [''])[0]}; {where}"
    say(line, err=True)
    return line


def _write_log(error: Exception) -> Path | None:
    """Write the log in the system's temporary folder; return its path, or None where nothing can be written."""
    import tempfile
    import traceback

    from detente.settings import versions

    stamp = dt.datetime.now(tz=dt.UTC).strftime("%Y%m%dT%H%M%S")
    lines = [f"{name} {version}" for name, version in versions("nuts").items()]
    text = "\n".join([*lines, "", " ".join(sys.argv), "", "".join(traceback.format_exception(error))])
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix=f"detente-{stamp}-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(text)
            return Path(file.name)
    except OSError:
        return None
