"""Options that recur, declared once; those that belong together reach a command as one object."""

from __future__ import annotations

import datetime as dt
import functools
import math
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from detente.cli.screen import Screen, say
from detente.errors import absent
from detente.parallel import Workers, processors
from detente.settings import DEFAULT_RANDOM_SEED, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Command = Callable[..., Any]
    Option = Callable[[Command], Command]


CHECKPOINT = ".checkpoint.jsonl"
"""Where finished parts of a long command are kept until it is done."""


LARGEST_SEED = 2**53 - 1
"""Largest random seed: a forecast's JSON keeps whole numbers up to here in every reader."""
MOST_DRAWS, MOST_CHAINS = 1_000_000, 1_000


class IsoDate(click.ParamType[dt.date]):
    """An ISO date, such as 2023-02-08."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:  # noqa: ANN401 - click's signature
        """Parse the text, or fail with the form that is wanted."""
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            from detente.case.days import meant

            remedy = f": write {day}" if (day := meant(value)).count("-") > 1 else ""
            self.fail(f'"{value}" is not an ISO date such as 2023-02-08{remedy}', param, ctx)


class FiniteRange(click.FloatRange):
    """A number in a range; ``nan`` and ``inf`` are none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401 - click's signature
        """Parse the text, or fail with the range that is wanted."""
        if not math.isfinite(number := click.FLOAT.convert(value, param, ctx)):
            self.fail(f"{value} is not a finite number", param, ctx)
        return float(super().convert(number, param, ctx))


def _above(context: click.Context, parameter: click.Parameter, given: Path) -> Path:
    """Return the workspace given, else the current folder, or the nearest above it that is one."""
    if context.get_parameter_source(str(parameter.name)) is not ParameterSource.DEFAULT:
        return given
    from detente.case.locating import enclosing_workspace

    workspace = enclosing_workspace(Path.cwd())
    if workspace is None:
        return given
    say(f"the workspace is {workspace}", err=True)
    return workspace


def valued(flag: str, kind: click.ParamType[Any], default: object, help_: str) -> Option:
    """Return an option that has a default, which its help shows."""
    return click.option(flag, type=kind, default=default, show_default=True, help=help_)


def file(flag: str, help_: str, **how: Any) -> Option:  # noqa: ANN401 - click's own
    """Return an option that names a file, or whatever else there is to be read; ``how`` it must be is click's."""
    return click.option(flag, type=click.Path(**how, path_type=Path), metavar="FILE", help=help_)


def day(flag: str, name: str, help_: str) -> Option:
    """Return an option that names a day."""
    return click.option(flag, name, type=IsoDate(), help=help_)


def round_number(help_: str) -> Option:
    """Return the option on the round of judgements, which arrives as ``round_``."""
    return click.option("--round", "round_", type=click.IntRange(1), default=1, show_default=True, help=help_)


workspace = click.option(
    "--workspace",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    show_default="the current folder, or the nearest workspace above it",
    callback=_above,
    help="Folder that holds seeds/, priors/ and reports/.",
)
as_of = click.option(
    "--as-of", type=IsoDate(), help="Use nothing that became known after this day (default: the case's cut-off)."
)
target = click.option("--target", help="Hypothesis or outcome to examine (default: the leading hypothesis).")
random_seed = valued(
    "--random-seed", click.IntRange(0, LARGEST_SEED), DEFAULT_RANDOM_SEED, "Seed of all random numbers."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
quiet = click.option("--quiet", is_flag=True, help="On stderr, print only errors.")
verbose = click.option("--verbose", is_flag=True, help="Print each stage on stderr, even where that is not a terminal.")
no_color = click.option("--no-color", is_flag=True, help="Print without colours (as with NO_COLOR).")


def workers(command: Command) -> Command:
    """Add the options on who does the work; they arrive as ``workers``."""
    return packed(
        Workers,
        "workers",
        click.option(
            "--workers",
            type=click.IntRange(1),
            default=processors(),
            show_default="one per processor",
            help="Processes that share the work.",
        ),
        click.option(
            "--scheduler",
            metavar="ADDRESS",
            envvar="DASK_SCHEDULER_ADDRESS",
            help="Share the work among the workers of a Dask cluster instead, such as tcp://HOST:8786.",
        ),
    )(command)


def out(help_: str) -> Option:
    """Return the option that says where a folder is written."""
    return click.option("--out", type=click.Path(file_okay=False, path_type=Path), help=help_)


def bulletins(help_: str) -> Option:
    """Return the option that names a folder of bulletins."""
    return click.option("--bulletins", type=click.Path(file_okay=False, path_type=Path), callback=_there, help=help_)


def _there(_: click.Context, __: click.Parameter, folder: Path | None) -> Path | None:
    if folder is not None and not folder.is_dir():
        raise click.BadParameter(f"{folder}: {absent(folder, 'folder')}")
    return folder


def yes(help_: str) -> Option:
    """Return the option that takes what is doubtful as meant, without a question."""
    return click.option("--yes", is_flag=True, help=help_)


def question_set(help_: str) -> Option:
    """Return the option that names a set of questions in place of cases."""
    return click.option("--set", "set_folder", metavar="DIR", type=click.Path(path_type=Path), help=help_)


def refuse_beside_set(*names: str, option: str = "--set") -> None:
    """Refuse, beside ``--set`` or another ``option`` like it, parameters that go with cases only.

    Raises
    ------
    click.UsageError
        If any of them was given.
    """
    context = click.get_current_context()
    given = [
        "CASE" if isinstance(parameter, click.Argument) else parameter.opts[-1]
        for parameter in context.command.params
        if parameter.name in names
        and context.get_parameter_source(parameter.name) in {ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT}
        and context.params[parameter.name] != ()
    ]
    if given:
        raise click.UsageError(f"{option} takes the place of cases: leave out {', '.join(given)}")


@contextmanager
def checkpoint(folder: Path) -> Iterator[Path]:
    """Yield the path of a checkpoint in a folder; folders made for it are deleted afterwards if they are empty."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        yield folder / CHECKPOINT
    finally:
        for path in made:
            with suppress(OSError):  # something is in it
                path.rmdir()


def engine(help_: str, *choices: str) -> Option:
    """Return the option that chooses an engine; the first choice is the default."""
    return valued("--engine", click.Choice(choices), choices[0], help_)


def screen(*options: Option) -> Option:
    """Add the options on how a command speaks, in this order; they arrive as one ``screen``."""
    return packed(Screen, "screen", *options)


def sampler(draws: int) -> Option:
    """Add the sampler's options; they arrive as ``settings``."""
    return packed(
        Settings,
        "settings",
        valued("--draws", click.IntRange(100, MOST_DRAWS), draws, "Draws per chain."),
        valued("--tune", click.IntRange(100, MOST_DRAWS), 1000, "Warm-up draws per chain."),
        valued("--chains", click.IntRange(2, MOST_CHAINS), 4, "Number of chains."),
        valued("--target-accept", FiniteRange(0.5, 0.999), 0.9, "Acceptance rate that NUTS aims for."),
        random_seed,
    )


def packed(kind: type[Any], parameter: str, *options: Option) -> Option:
    """Return a decorator that adds options and hands what was given over as one object."""

    def decorate(command: Command) -> Command:
        own = _names(*options)

        @functools.wraps(command)
        def unpacked(**given: Any) -> Any:  # noqa: ANN401 - whatever the options hold
            return command(**{parameter: kind(**{name: given.pop(name) for name in own})}, **given)

        wrapped: Command = unpacked
        for option in reversed(options):
            wrapped = option(wrapped)
        return wrapped

    return decorate


def _names(*options: Option) -> set[str]:
    """Return the parameters that options are handed over as."""

    def probe() -> None: ...

    for option in options:
        option(probe)
    return {str(parameter.name) for parameter in vars(probe)["__click_params__"]}
