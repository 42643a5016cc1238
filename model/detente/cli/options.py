"""What fills the parameters of commands: options and arguments, and those that recur declared once."""

from __future__ import annotations

import datetime as dt
import inspect
import math
from contextlib import contextmanager, suppress
from functools import partial, wraps
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

type Part = Any
"""What fills a parameter: called with its name it returns click's decorator.  Any, since it stands as its default."""

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


def option(help_: str, flag: str = "", **how: Any) -> Part:  # noqa: ANN401 - click's own
    """Return an option; its flag is made of its name where none is given."""
    return lambda name: click.option(flag or f"--{name.replace('_', '-')}", name, help=help_, **how)


def argument(**how: Any) -> Part:  # noqa: ANN401 - click's own
    """Return an argument."""
    return lambda name: click.argument(name, **how)


def valued(kind: click.ParamType[Any], default: object, help_: str, flag: str = "") -> Part:
    """Return an option that has a default, which its help shows."""
    return option(help_, flag, type=kind, default=default, show_default=True)


def path(help_: str, flag: str = "", *, metavar: str | None = None, callback: Any = None, **how: Any) -> Part:  # noqa: ANN401 - click's own
    """Return an option that names a file or a folder; ``how`` it must be is click's."""
    return option(help_, flag, type=click.Path(**how, path_type=Path), metavar=metavar, callback=callback)


def _there(_: click.Context, __: click.Parameter, folder: Path | None) -> Path | None:
    if folder is not None and not folder.is_dir():
        raise click.BadParameter(f"{folder}: {absent(folder, 'folder')}")
    return folder


switch = partial(option, is_flag=True)
"""An option that is given or not."""
day = partial(option, type=IsoDate())
"""An option that names a day."""
file = partial(path, metavar="FILE")
"""An option that names a file to be read or written."""
out = partial(path, file_okay=False)
"""The option that says where a folder is written."""
bulletins = partial(path, file_okay=False, callback=_there)
"""The option that names a folder of bulletins."""
question_set = partial(path, flag="--set", metavar="DIR")
"""The option that names a set of questions in place of cases."""


def round_number(help_: str) -> Part:
    """Return the option on the round of judgements."""
    return valued(click.IntRange(1), 1, help_, "--round")


def engine(help_: str, *choices: str) -> Part:
    """Return the option that chooses an engine; the first choice is the default."""
    return valued(click.Choice(choices), choices[0], help_)


def packed(kind: Callable[..., object], **parts: Part) -> Part:
    """Return options that reach a command as one object."""

    def add(parameter: str) -> Callable[[Command], Command]:
        def decorate(function: Command) -> Command:
            @wraps(function)
            def unpacked(**given: Any) -> Any:  # noqa: ANN401 - whatever the options hold
                return function(**{parameter: kind(**{name: given.pop(name) for name in parts})}, **given)

            return _with(parts, unpacked)

        return decorate

    return add


def _with(parts: dict[str, Part], function: Command) -> Command:
    """Add options and arguments to a function, in this order."""
    for name, add in reversed(parts.items()):
        function = add(name)(function)
    return function


def command(name: str, group: click.Group | None = None) -> Callable[[Command], click.Command]:
    """Return a decorator that makes a command of a function, perhaps one of a group.

    What fills a parameter stands in the place of its default: ``by: dt.date | None = day("Only up to this day.")``.
    """

    def decorate(function: Command) -> click.Command:
        parts = {parameter.name: parameter.default for parameter in inspect.signature(function).parameters.values()}
        make = click.command(name) if group is None else group.command(name)
        return make(_with(parts, function))

    return decorate


case = argument(required=False)
read_file = argument(type=click.Path(path_type=Path))
workspace = option(
    "Folder that holds seeds/, priors/ and reports/.",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    show_default="the current folder, or the nearest workspace above it",
    callback=_above,
)
as_of = day("Use nothing that became known after this day (default: the case's cut-off).")
target = option("Hypothesis or outcome to examine (default: the leading hypothesis).")
random_seed = valued(click.IntRange(0, LARGEST_SEED), DEFAULT_RANDOM_SEED, "Seed of all random numbers.")
workers = packed(
    Workers,
    workers=option(
        "Processes that share the work.", type=click.IntRange(1), default=processors(), show_default="one per processor"
    ),
    scheduler=option(
        "Share the work among the workers of a Dask cluster instead, such as tcp://HOST:8786.",
        metavar="ADDRESS",
        envvar="DASK_SCHEDULER_ADDRESS",
    ),
)
SPOKEN = {
    "as_json": switch("Print the result as JSON.", "--json"),
    "quiet": switch("On stderr, print only errors."),
    "verbose": switch("Print each stage on stderr, even where that is not a terminal."),
    "no_color": switch("Print without colours (as with NO_COLOR)."),
}
"""The options on how a command speaks, by the field of a screen that each fills."""


def screen(*names: str) -> Part:
    """Return the options on how a command speaks, those named or all; they arrive as one ``screen``."""
    return packed(Screen, **{name: SPOKEN[name] for name in names or SPOKEN})


def sampler(draws: int) -> Part:
    """Return the sampler's options; they arrive as ``settings``."""
    return packed(
        Settings,
        draws=valued(click.IntRange(100, MOST_DRAWS), draws, "Draws per chain."),
        tune=valued(click.IntRange(100, MOST_DRAWS), 1000, "Warm-up draws per chain."),
        chains=valued(click.IntRange(2, MOST_CHAINS), 4, "Number of chains."),
        target_accept=valued(FiniteRange(0.5, 0.999), 0.9, "Acceptance rate that NUTS aims for."),
        random_seed=random_seed,
    )


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
