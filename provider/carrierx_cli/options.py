"""What every command on a stack shares: its flags, and the error of a wrong request."""

from __future__ import annotations

from typing import Annotated

import typer

StackName = Annotated[
    str | None, typer.Option(metavar="NAME", help="The stack. Default: the one that is selected.")
]
ProjectFolder = Annotated[
    str, typer.Option(metavar="DIR", help="The project's folder, or one below it.")
]


class UsageError(Exception):
    """What was asked for cannot be done: flags, a name, a file. One line. Nothing was changed."""
