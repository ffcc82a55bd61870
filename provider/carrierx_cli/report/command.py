"""The command ``pulumi-carrierx report``: its flags."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from carrierx_cli.options import (  # noqa: TC001 -- typer reads them
    ProjectFolder,
    StackName,
)

USAGE_ERROR, ERROR = 2, 1


class FailOn(StrEnum):
    """What ends with an exit code other than 0, and everything that is graver."""

    CHANGED = "changed"
    RELEASED = "released"
    VIOLATED = "violated"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the flags say. Of the forms each is a file, ``-`` for standard output, or None."""

    preview: str | None
    stack: str | None
    folder: str
    refresh: bool
    markdown: str | None
    html: str | None
    as_json: str | None
    policy: str | None
    fail_on: FailOn


class ReportCommand(TyperCommand):
    """A wrong flag ends with 1, as every error: the usual 2 would read as a change."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 -- of typer's own click, which it does not name
        """Parse, and give a mistake its exit code."""
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            if getattr(error, "exit_code", None) == USAGE_ERROR:
                error.exit_code = ERROR  # type: ignore[attr-defined]  # asked for above
            raise


def report(  # noqa: PLR0913, PLR0917 - one parameter per flag
    preview: Annotated[
        str | None,
        typer.Argument(
            metavar="PREVIEW",
            help="A file with what `pulumi preview --json --show-sames --show-replacement-steps` "
            "printed; - for standard input. Default: the command runs that preview itself.",
            show_default=False,
        ),
    ] = None,
    stack: StackName = None,
    cwd: ProjectFolder = ".",
    refresh: Annotated[  # noqa: FBT002 -- a flag
        bool,
        typer.Option(
            "--refresh", help="Let the preview ask CarrierX first, and report what has drifted."
        ),
    ] = False,
    markdown: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write the report as Markdown, for a pull request.",
        ),
    ] = None,
    html: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write it as one HTML page that needs nothing else.",
        ),
    ] = None,
    as_json: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help="Write it as JSON, for programs.")
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Check the numbers against the rules in a YAML file.",
        ),
    ] = None,
    fail_on: Annotated[
        FailOn,
        typer.Option(
            metavar="|".join(FailOn),
            help="End with 0 where the verdict is milder than this; changed is the mildest.",
        ),
    ] = FailOn.CHANGED,
) -> None:
    """Say what `up` would do to which numbers, and what would be lost.

    It reads a preview, and changes nothing. The report is shown in the
    terminal, or written where --markdown, --html and --json say; FILE is - for
    standard output.

    Exit code: 0 if nothing changes, 2 if something does, 3 if a number is
    released, 4 if the policy forbids it, 1 after an error or if the preview
    failed.
    """
    # Imported late: `simulate` shall load neither Pulumi nor the provider.
    from carrierx_cli.report.run import run  # noqa: PLC0415

    wanted = Wanted(preview, stack, cwd, refresh, markdown, html, as_json, policy, fail_on)
    raise typer.Exit(run(wanted))
