"""The command ``pulumi-carrierx adopt``: its flags."""

from __future__ import annotations

from typing import Annotated

import typer

from carrierx_cli.options import (
    ProjectFolder,
    StackName,
)


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
        str | None, typer.Option(metavar="FILE", help="The numbers and SIDs in a file, one a line.")
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
        bool, typer.Option("--include-claimed", help="Also numbers with another stack's record.")
    ] = False,
    dry_run: Annotated[  # noqa: FBT002 -- a flag
        bool, typer.Option("--dry-run", help="Only print what would be done.")
    ] = False,
    stack: StackName = None,
    cwd: ProjectFolder = ".",
) -> None:
    """Bring numbers that are registered already under a stack's management.

    CarrierX is only read: nothing is changed there. The command writes a row for each number into a
    table, a program that declares the table (if there is none), and a resource for each number into
    the stack's state, after a backup of it.

    Exit code: 0 if every number that was asked for is in a stack of the project, 1 if some were
    skipped, 2 after an error.
    """
    # Imported late: `simulate` must load neither Pulumi nor the provider.
    from carrierx_cli.adopt.run import Options, run  # noqa: PLC0415

    options = Options(
        stack=stack,
        folder=cwd,
        all_numbers=all_numbers,
        filter=filter_,
        numbers=numbers,
        account=account,
        table=table,
        include_claimed=include_claimed,
        dry_run=dry_run,
    )
    raise typer.Exit(run(options))
