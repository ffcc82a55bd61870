"""The command ``pulumi-carrierx orphans``: its flags."""

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
    """What the flags say. Of ``disown`` and ``release`` each holds SIDs, or ``all``."""

    stack: str | None
    folder: str
    as_json: bool
    account: str | None
    disown: tuple[str, ...]
    release: tuple[str, ...]
    yes: bool


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
            help="Take the record out of the number's attributes; it stays registered. Repeatable.",
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
    """List the numbers that a stack registered and that no resource of it has any more.

    The stack has to keep an ownership record (carrierx:ownershipKey).

    --release deletes registrations at CarrierX. The command `release` is another thing: it takes
    numbers out of a stack's state, and they stay registered.

    Exit code: 0 if no orphan is there or left, 1 if some are left, 2 after an error.
    """
    # Imported late: `simulate` shall load neither Pulumi nor the provider.
    from carrierx_cli.orphans.run import run  # noqa: PLC0415

    wanted = Wanted(stack, cwd, as_json, account, _sids(disown), _sids(release), yes)
    raise typer.Exit(run(wanted))


def _sids(stated: list[str] | None) -> tuple[str, ...]:
    """Commas part them too, as in CARRIERX_ADOPT."""
    parts = (part.strip() for text in stated or () for part in text.split(","))
    return tuple(part for part in parts if part)
