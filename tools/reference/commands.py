"""The command line: every command, with its flags and exit codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from carrierx_cli.main import application
from tools.reference.markdown import code, entries
from tools.reference.said_in_code import NothingSaidError

if TYPE_CHECKING:
    from collections.abc import Mapping


def commands() -> str:
    """All commands of ``pulumi-carrierx``."""
    # The group is of typer's own click, which it does not name.
    group: Any = typer.main.get_command(application)
    named: Mapping[str, Any] = group.commands
    return "\n\n".join(
        ["## Commands", *(_command(name, command) for name, command in sorted(named.items()))]
    )


def _command(name: str, command: Any) -> str:  # noqa: ANN401 -- as above
    paragraphs = [" ".join(paragraph.split()) for paragraph in command.help.split("\n\n")]
    rows = [(_spelling(parameter), _meaning(parameter)) for parameter in command.params]
    return "\n\n".join(
        [
            f"### `pulumi-carrierx {name}`",
            *paragraphs,
            entries(rows),
        ]
    )


def _spelling(parameter: Any) -> str:  # noqa: ANN401 -- as above
    if parameter.param_type_name == "argument":
        return code(parameter.metavar)
    value = "" if parameter.is_flag else f" {parameter.metavar or 'TEXT'}"
    return code(f"{parameter.opts[0]}{value}")


def _meaning(parameter: Any) -> str:  # noqa: ANN401 -- as above
    if not parameter.help:
        raise NothingSaidError(f"the flag {parameter.name} says nothing")
    default = parameter.default
    said = "" if default is None or parameter.is_flag else f" Default: {code(str(default))}."
    return f"{parameter.help}{said}"
