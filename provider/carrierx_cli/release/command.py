"""The command ``pulumi-carrierx release``: its flags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from carrierx_cli.options import (  # noqa: TC001 -- typer reads them
    ProjectFolder,
    StackName,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the flags say."""

    named: tuple[str, ...]
    all_numbers: bool
    stack: str | None
    folder: str
    yes: bool


def release(
    named: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME|NUMBER|SID",
            help="Resources by their name in the program, their number or their SID.",
            show_default=False,
        ),
    ] = None,
    all_numbers: Annotated[  # noqa: FBT002 -- a flag
        bool, typer.Option("--all", help="Every External DID in the state.")
    ] = False,
    yes: Annotated[  # noqa: FBT002 -- a flag
        bool, typer.Option("--yes", help="Take them out of the state without asking.")
    ] = False,
    stack: StackName = None,
    cwd: ProjectFolder = ".",
) -> None:
    """Take numbers out of a stack's state: nothing is deleted, they stay registered at CarrierX.

    The reverse of `adopt`. CarrierX is not talked to at all; the stack lets go of the numbers and
    knows them no more. What deletes at CarrierX is another thing: `pulumi up` of a program that
    states a number no more, and `orphans --release` for a number that no state has.

    Exit code: 0 if the numbers are taken out, 1 if the question was answered with no, 2 after an
    error.
    """
    # Imported late: `simulate` shall load neither Pulumi nor the provider.
    from carrierx_cli.release.run import run  # noqa: PLC0415

    raise typer.Exit(run(Wanted(tuple(named or ()), all_numbers, stack, cwd, yes)))
