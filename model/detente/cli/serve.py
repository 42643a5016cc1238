"""``detente serve``: the workbench, a case in the browser."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.screen import say
from detente.errors import DetenteError, absent

if TYPE_CHECKING:
    from pathlib import Path


class NoWorkbenchError(DetenteError):
    """A workbench whose packages are not installed."""

    def __init__(self, package: str) -> None:
        """Say which one, and how to install them all."""
        super().__init__(f"the workbench needs the package {package}: pip install 'detente[serve]'")


@options.command("serve")
def serve_command(
    workspace: Path = options.workspace,
    port: int = options.option("Port.", type=click.IntRange(0, 65535), default=0, show_default="any that is free"),
    *,
    read_only: bool = options.switch("Show, and change nothing."),
) -> None:
    """Open the workbench: the cases of a workspace in the browser, with the text files as the truth.

    It listens on this machine only. The address that it prints lets one browser in, once; then it prints the next.
    Every change is shown as a difference before it is written, and detente undo takes it back. Ctrl-C ends it.

    \b
    Example:
      detente serve --workspace my-workspace
    """
    from detente.case.locating import WorkspaceError

    if not workspace.is_dir():
        raise WorkspaceError(workspace, absent(workspace, "folder"))
    try:
        from detente.cli.main import report_bug
        from detente.serve.desk import Desk
        from detente.serve.server import serve

        serve(Desk(workspace.resolve(), read_only=read_only), port, _tell, report_bug)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"starlette", "uvicorn", "multipart", "python_multipart"}:
            raise
        raise NoWorkbenchError(error.name or "") from error
    say("the workbench is closed", err=True)


def _tell(address: str) -> None:
    """Print an address that lets one browser in."""
    say(address)
    sys.stdout.flush()
