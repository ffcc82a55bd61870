"""The command ``pulumi-carrierx doctor``: its flags."""

from __future__ import annotations

from typing import Annotated

import typer

from carrierx_cli.options import (
    ProjectFolder,
    StackName,
)


def doctor(
    stack: StackName = None,
    cwd: ProjectFolder = ".",
    as_json: Annotated[  # noqa: FBT002 -- a flag
        bool, typer.Option("--json", help="Print one JSON object instead of lines.")
    ] = False,
) -> None:
    """Check what a stack needs: engine, Python, settings, token, CarrierX, clock. Only reads.

    Each check is a line: ok, warning or failed, and what to do about it. If no
    stack is selected, the command checks what it can, with the settings of the
    environment.

    Exit code: 0 if nothing has failed, 1 if something has, 2 for wrong flags.
    """
    # Imported late: `simulate` must load neither Pulumi nor the provider.
    from carrierx_cli.doctor.run import run  # noqa: PLC0415

    raise typer.Exit(run(cwd, stack, print_json=as_json))
