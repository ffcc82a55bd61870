"""The flags of every command that works on a stack: which one, and in which folder."""

from __future__ import annotations

from typing import Annotated

import typer

StackName = Annotated[
    str | None, typer.Option(metavar="NAME", help="The stack. Default: the one that is selected.")
]
ProjectFolder = Annotated[
    str, typer.Option(metavar="DIR", help="The project's folder, or one below it.")
]
