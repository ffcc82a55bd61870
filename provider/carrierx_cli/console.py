"""What the commands share: their flags, what they print, and how they end.

A command's result goes to standard output, everything else to standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from carrierx_provider.core.errors import ResourceError
from carrierx_provider.core.settings import ConfigurationError
from carrierx_provider.number_table.table import TableError
from carrierx_provider.pulumi_files.deployment import StackError
from carrierx_provider.pulumi_files.preview import PreviewError

FAILED = 2
"""The exit code after an error."""

StackName = Annotated[
    str | None, typer.Option(metavar="NAME", help="The stack. Default: the one that is selected.")
]
ProjectFolder = Annotated[
    str, typer.Option(metavar="DIR", help="The project's folder, or one below it.")
]


class UsageError(Exception):
    """What was asked for cannot be done: flags, a name, a file. One line. Nothing was changed."""


EXPECTED = (UsageError, StackError, ConfigurationError, ResourceError, TableError, PreviewError)


def out(text: str) -> None:
    """Print a part of the command's result, at once."""
    print(text, flush=True)  # noqa: T201 -- a command prints


def out_document(text: str) -> None:
    """Print a document that would otherwise be a file: in UTF-8, whatever the encoding is."""
    # A closed standard output, to which print() would write nothing.
    if sys.stdout is None:
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(f"{text}\n".encode())
    sys.stdout.flush()


def err(text: str) -> None:
    """Print what is not the result: progress, or what is about to be done."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 -- a command prints


def error(command: str, text: str) -> None:
    """Print an error or a notice, one line, after the command's name."""
    err(f"pulumi-carrierx {command}: {text}")


def command(
    *, cls: type[TyperCommand] = TyperCommand, failed: int = FAILED
) -> Callable[[Callable[..., int]], typer.Typer]:
    """Make a command of a function: its parameters are the flags, its result is the exit code.

    After an expected error, of which each line is printed, the exit code is ``failed``.
    """

    def command_of(function: Callable[..., int]) -> typer.Typer:
        @wraps(function)
        def run(**flags: Any) -> None:  # noqa: ANN401 -- as typer has parsed them
            try:
                code = function(**flags)
            except EXPECTED as failure:
                code = failed
                for line in str(failure).splitlines():
                    error(function.__name__, line)
            raise typer.Exit(code)

        application = typer.Typer(add_completion=False)
        application.command(cls=cls)(run)
        return application

    return command_of
