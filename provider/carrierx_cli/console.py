"""What a command prints: its result on standard output, all else on standard error."""

from __future__ import annotations

import sys


def out(text: str) -> None:
    """Print a part of the command's result, at once."""
    print(text, flush=True)  # noqa: T201 -- a command prints


def err(text: str) -> None:
    """Print what is no result: how far it is, what is about to be done."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 -- a command prints


def error(command: str, text: str) -> None:
    """Print an error or a notice, with the command's name before it.

    :param command: without ``pulumi-carrierx``.
    :param text: one line.
    """
    err(f"pulumi-carrierx {command}: {text}")
