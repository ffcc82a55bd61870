"""The command ``pulumi-carrierx doctor``: its flags."""

from __future__ import annotations

from typing import Annotated

import typer


def doctor(
    stack: Annotated[
        str | None, typer.Option(metavar="NAME", help="Default: the selected stack, if any.")
    ] = None,
    cwd: Annotated[
        str, typer.Option(metavar="DIR", help="The project's folder, or one below it.")
    ] = ".",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002 -- a flag
) -> None:
    """Check what a stack needs: engine, Python, settings, token, CarrierX, clock. Only reads.

    Without a stack it checks what it can, with the settings of the environment.

    Exit code: 0 if nothing has failed, 1 if something has, 2 for wrong flags.
    """
    # Imported late: `simulate` shall load neither Pulumi nor the provider.
    from carrierx_provider.commands.doctor_run import run  # noqa: PLC0415

    raise typer.Exit(run(cwd, stack, as_json=as_json))
