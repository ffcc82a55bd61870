"""The console command ``pulumi-carrierx``."""

import codecs
import io
import json
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from carrierx_simulator.command import simulate

LOADED_LATE = ("orphans", "doctor", "report", "adopt", "release")
"""`simulate` must load neither Pulumi nor the provider."""


class CommandGroup(TyperGroup):
    """Loads a command's module, and with it what the command needs, once it is asked for."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 -- of typer's own click, which has no name
        """The command with its flags; None if there is no such command."""
        if cmd_name in LOADED_LATE:
            module = import_module(f"carrierx_cli.{cmd_name}.run")
            self.commands[cmd_name] = typer.main.get_command(getattr(module, cmd_name))
        return super().get_command(ctx, cmd_name)


application = typer.Typer(
    name="pulumi-carrierx",
    cls=CommandGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _not_loaded_yet() -> None:
    """In place of a command until it is asked for."""


application.command()(simulate)
for _name in LOADED_LATE:
    application.command(_name)(_not_loaded_yet)


def _print_version(requested: bool) -> None:  # noqa: FBT001 -- typer passes the flag by place
    if requested:
        typer.echo(f"pulumi-carrierx {version('pulumi-carrierx')}")
        raise typer.Exit


@application.callback()
def _commands(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """For stacks with CarrierX External DIDs. COMMAND --help says more of each."""


_IN_ASCII = {"→": "->", "…": "...", "\u200e": ""}
"""Replacements for our own characters that the console's encoding lacks."""


def _replace_unencodable(error: UnicodeError) -> tuple[str, int]:
    """Print JSON's escape for any other character, so that the body of a call stays JSON."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_IN_ASCII.get(char, json.dumps(char)[1:-1]) for char in lacking), error.end


def main() -> None:
    """Run the command line."""
    # Consoles of Windows and some CI jobs are not in UTF-8.
    codecs.register_error("carrierx_cli", _replace_unencodable)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="carrierx_cli")
    application()
