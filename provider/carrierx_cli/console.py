"""What a command prints, and how it ends.

Its result goes to standard output, everything else to standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from carrierx_cli.options import UsageError
from carrierx_provider.core.errors import ResourceError
from carrierx_provider.core.settings import ConfigurationError
from carrierx_provider.number_table.table import TableError
from carrierx_provider.pulumi_files.stack import StackError

FAILED = 2
"""The exit code after an error."""

EXPECTED = (UsageError, StackError, ConfigurationError, ResourceError, TableError)


def out(text: str) -> None:
    """Print a part of the command's result, at once."""
    print(text, flush=True)  # noqa: T201 -- a command prints


def err(text: str) -> None:
    """Print what is not the result: progress, or what is about to be done."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 -- a command prints


def error(command: str, text: str) -> None:
    """Print an error or a notice, one line, after the command's name."""
    err(f"pulumi-carrierx {command}: {text}")


def exit_code(command: str, work: Callable[[], int]) -> int:
    """Do a command's work; its exit code, or ``FAILED`` with each line of an expected error."""
    try:
        return work()
    except EXPECTED as failure:
        for line in str(failure).splitlines():
            error(command, line)
    return FAILED
