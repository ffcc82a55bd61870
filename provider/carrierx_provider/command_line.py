"""The console command ``pulumi-carrierx``."""

import typer

from carrierx_provider.commands.adopt import adopt
from carrierx_provider.commands.doctor import doctor
from carrierx_provider.commands.orphans import orphans
from carrierx_provider.commands.release import release
from carrierx_provider.commands.report import ReportCommand, report
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


@application.callback()
def _commands() -> None:
    """For stacks with CarrierX External DIDs. COMMAND --help says more of each."""


def main() -> None:
    """Run the command line."""
    application()
