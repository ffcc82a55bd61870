"""The console command ``pulumi-carrierx``."""

from importlib.metadata import version
from typing import Annotated

import typer

from carrierx_cli.adopt.command import adopt
from carrierx_cli.doctor.command import doctor
from carrierx_cli.orphans.command import orphans
from carrierx_cli.release.command import release
from carrierx_cli.report.command import ReportCommand, report
from carrierx_simulator.command import simulate

application = typer.Typer(
    name="pulumi-carrierx",
    help="For stacks with CarrierX External DIDs. COMMAND --help says more of each.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

application.command()(simulate)
application.command()(orphans)
application.command()(doctor)
application.command(cls=ReportCommand)(report)
application.command()(adopt)
application.command()(release)


def _print_version(requested: bool) -> None:  # noqa: FBT001 -- typer passes the flag by place
    if requested:
        typer.echo(f"pulumi-carrierx {version('pulumi-carrierx')}")
        raise typer.Exit


@application.callback()
def _commands(
    _version: Annotated[  # noqa: FBT002 -- a flag
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """For stacks with CarrierX External DIDs. COMMAND --help says more of each."""


def main() -> None:
    """Run the command line."""
    application()
