"""The command ``pulumi-carrierx adopt``: its flags."""

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

    stack: str | None
    folder: str
    all_numbers: bool
    filter: str | None
    numbers: str | None
    """The file with a list."""
    account: str | None
    table: str | None
    include_claimed: bool
    dry_run: bool


def adopt(  # noqa: PLR0913, PLR0917 - one parameter per flag
    all_numbers: Annotated[  # noqa: FBT002 -- a flag
        bool, typer.Option("--all", help="Every number of the account.")
    ] = False,
    filter_: Annotated[
        str | None,
        typer.Option(
            "--filter", metavar="FILTER", help="What CarrierX's filter finds: 'name like \"x%\"'."
        ),
    ] = None,
    numbers: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The numbers and SIDs in a file, one a line."),
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The table, .yaml or .csv, in the project's folder. Default: numbers.STACK.yaml.",
        ),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="One of carrierx:accounts. Default: the default one."),
    ] = None,
    include_claimed: Annotated[  # noqa: FBT002 -- a flag
        bool,
        typer.Option("--include-claimed", help="Also what another stack's record claims."),
    ] = False,
    dry_run: Annotated[  # noqa: FBT002 -- a flag
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
    stack: StackName = None,
    cwd: ProjectFolder = ".",
) -> None:
    """Bring numbers that are registered already under a stack's management.

    CarrierX is only read: nothing is changed there. The numbers get rows in a table, the program
    that reads it (where there is none), and resources in the stack's state, of which a backup is
    written first.

    Exit code: 0 if every number that was asked for is in a stack of the project, 1 if some were
    left out, 2 after an error.
    """
    # Imported late: `simulate` shall load neither Pulumi nor the provider.
    from carrierx_cli.adopt.run import run  # noqa: PLC0415

    wanted = Wanted(
        stack, cwd, all_numbers, filter_, numbers, account, table, include_claimed, dry_run
    )
    raise typer.Exit(run(wanted))
