"""The command ``pulumi-carrierx release``: its flags."""

from __future__ import annotations

from typing import Annotated

import typer

from carrierx_cli.options import (
    ProjectFolder,
    StackName,
)


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

    The reverse of `adopt`. No call is made to CarrierX: the stack forgets the numbers, and CarrierX
    keeps them. To delete a number at CarrierX, remove it from the program and run `pulumi up`; a
    number that is in no state is deleted by `orphans --release`.

    Exit code: 0 if the numbers are taken out, 1 if the question was answered with no, 2 after an
    error.
    """
    # Imported late: `simulate` must load neither Pulumi nor the provider.
    from carrierx_cli.release.run import Options, run  # noqa: PLC0415

    options = Options(
        stack=stack, folder=cwd, named=tuple(named or ()), all_numbers=all_numbers, yes=yes
    )
    raise typer.Exit(run(options))
