"""The command ``pulumi-carrierx report``: its flags."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from carrierx_cli.options import (
    ProjectFolder,
    StackName,
)

USAGE_ERROR, ERROR = 2, 1


class FailOn(StrEnum):
    """What ends with an exit code other than 0, as does everything more serious."""

    CHANGED = "changed"
    RELEASED = "released"
    VIOLATED = "violated"


class ReportCommand(TyperCommand):
    """A wrong flag ends with 1, as every error does: the usual 2 would mean a change."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 -- of typer's own click, which has no name
        """Parse the command line; a usage error gets the exit code of every other error."""
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
            help="A file with the output of `pulumi preview --json --show-sames "
            "--show-replacement-steps`; - for standard input. Default: run that preview.",
            show_default=False,
        ),
    ] = None,
    stack: StackName = None,
    cwd: ProjectFolder = ".",
    refresh: Annotated[  # noqa: FBT002 -- a flag
        bool,
        typer.Option("--refresh", help="Refresh before the preview, and report what has drifted."),
    ] = False,
    markdown: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write the report as Markdown, for a pull request."),
    ] = None,
    html: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write the report as one HTML page without other files."),
    ] = None,
    as_json: Annotated[
        str | None,
        typer.Option("--json", metavar="FILE", help="Write the report as JSON, for programs."),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Check the numbers against the rules in a YAML file."),
    ] = None,
    fail_on: Annotated[
        FailOn,
        typer.Option(
            metavar="|".join(FailOn),
            help="Exit with 0 if the verdict is less serious; changed is the least serious.",
        ),
    ] = FailOn.CHANGED,
) -> None:
    """Report what `up` would do to which numbers, and what would be lost.

    It reads a preview, and changes nothing. The report is shown in the
    terminal, or written to the files of --markdown, --html and --json (- for
    standard output).

    Exit code: 0 if nothing changes, 2 if something does, 3 if a number is
    released, 4 if the policy forbids it, 1 after an error or if the preview
    failed.
    """
    # Imported late: `simulate` must load neither Pulumi nor the provider.
    from carrierx_cli.report.run import Options, run  # noqa: PLC0415

    options = Options(preview, stack, cwd, refresh, markdown, html, as_json, policy, fail_on)
    raise typer.Exit(run(options))
