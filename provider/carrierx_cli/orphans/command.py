"""The command ``pulumi-carrierx orphans``: its flags."""

from __future__ import annotations

from typing import Annotated

import typer

from carrierx_cli.options import (
    ProjectFolder,
    StackName,
)


def orphans(  # noqa: PLR0913, PLR0917 - one parameter per flag
    stack: StackName = None,
    cwd: ProjectFolder = ".",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002 -- a flag
    account: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Look in this one of carrierx:accounts. Default: all."),
    ] = None,
    disown: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SID|all",
            help="Remove the record from the number's attributes; it stays registered. Repeatable.",
        ),
    ] = None,
    release: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SID|all",
            help="Delete the registration at CarrierX: the number is given back, and may be lost "
            "for good. Repeatable.",
        ),
    ] = None,
    yes: Annotated[  # noqa: FBT002 -- a flag
        bool, typer.Option("--yes", help="Delete at CarrierX without asking.")
    ] = False,
) -> None:
    """List the numbers that a stack registered and that are not in its state.

    The stack has to keep an ownership record (carrierx:ownershipKey).

    --release deletes registrations at CarrierX. The command `release` does something else: it takes
    numbers out of a stack's state, and they stay registered.

    Exit code: 0 if there are no orphans, or none is left; 1 if some are left; 2 after an error.
    """
    # Imported late: `simulate` must load neither Pulumi nor the provider.
    from carrierx_cli.orphans.run import Options, run  # noqa: PLC0415

    options = Options(
        stack=stack,
        folder=cwd,
        as_json=as_json,
        account=account,
        disown=_sids(disown),
        release=_sids(release),
        yes=yes,
    )
    raise typer.Exit(run(options))


def _sids(given: list[str] | None) -> tuple[str, ...]:
    """Commas separate them too, as in CARRIERX_ADOPT."""
    parts = (part.strip() for text in given or () for part in text.split(","))
    return tuple(part for part in parts if part)
