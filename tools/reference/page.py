"""Command: write ``docs/reference.md``; one function for each of its sections."""

from __future__ import annotations

from pathlib import Path
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

import typer

import carrierx_api.calls
import pulumi_carrierx as carrierx
from carrierx_api.calls import OPERATIONS
from carrierx_api.capabilities import Capability
from carrierx_api.models import ExternalDID
from carrierx_cli.main import application
from carrierx_provider.core import log_file
from carrierx_provider.core.settings import SETTINGS
from carrierx_provider.external_did.schema import (
    INPUT_FIELDS,
    JSON_TYPES,
    MERGED_FIELDS,
    REQUIRED_FIELDS,
    RULES,
    SCALAR_FIELDS,
    Fields,
)
from tools.reference.docstrings import (
    MissingDocsError,
    attributes_of,
    parameters_of,
    sources_of,
    summary_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HEAD = """\
# Reference

Generated from the code by `make reference`, and compared with it in the tests. To change this page,
change the docstrings in the code. How things work together: [lifecycle.md](lifecycle.md)."""

INPUTS = (
    "Arguments in a program, and columns or keys in a table. A field that is not declared is left "
    "alone."
)
OUTPUTS = (
    "CarrierX's fields under its own names, and what the provider adds. `or None`: some of "
    "CarrierX's responses leave it out."
)
PRECEDENCE = (
    "For each setting, stack configuration comes first and the environment second. "
    "[configuration.md](configuration.md)"
)

RENAMED_OUTPUTS = {"id": "carrierx_id"}
"""Fields of CarrierX's object whose own name is Pulumi's."""


def page() -> str:
    """Return the whole page.

    Raises:
        MissingDocsError: Something that it shows is not documented in the code.
    """
    sections = (inputs, capabilities, outputs, tables, functions, settings, scopes, commands)
    return "\n\n".join([HEAD, *(section() for section in sections)]) + "\n"


def inputs() -> str:
    """The inputs of a number, each with its rule."""
    texts = parameters_of(carrierx.ExternalDID.__init__)
    rows = [
        (f"{code(name)} ({_kind(name)})", f"{_sentence(texts[name])} {_rule(name)}")
        for name in INPUT_FIELDS
    ]
    updatable = ", ".join(map(code, sorted((*SCALAR_FIELDS, *MERGED_FIELDS))))
    return _paragraphs(
        "## Inputs of `ExternalDID`",
        INPUTS,
        entries(rows),
        f"CarrierX updates {updatable}, and nothing else.",
        *sources(Fields, carrierx.ExternalDID),
    )


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _kind(name: str) -> str:
    """The JSON type without null, and whether the field is required."""
    return f"{JSON_TYPES[name]}{', required' if name in REQUIRED_FIELDS else ''}"


def _rule(name: str) -> str:
    """What the field's validator says of itself."""
    return f"*Rule:* {summary_of(RULES[name])}"


def capabilities() -> str:
    """The bits, and their names."""
    rows = [(str(int(bit)), code(str(bit.name).lower())) for bit in Capability]
    return _paragraphs(
        "## Capabilities",
        summary_of(Capability),
        table(("bit", "name"), rows),
        *sources(Capability),
    )


def outputs() -> str:
    """Every output of a number.

    Raises:
        MissingDocsError: A field of CarrierX's object is missing in the outputs.
    """
    texts = attributes_of(carrierx.ExternalDID)
    fields = (RENAMED_OUTPUTS.get(name, name) for name in ExternalDID.model_fields)
    if missing := [name for name in fields if name not in texts]:
        raise MissingDocsError(f"the outputs do not have {', '.join(missing)}")
    rows = [(f"{code(name)} ({_type(kind)})", text) for name, (kind, text) in texts.items()]
    return _paragraphs("## Outputs of `ExternalDID`", OUTPUTS, entries(rows))


def _type(annotation: str) -> str:
    inner = annotation.removeprefix("pulumi.Output[").removesuffix("]")
    return code(inner).replace(" | None`", "` or None").replace("dict[str, Any]", "dict")


def tables() -> str:
    """The component that manages a table."""
    pool = carrierx.NumberPool
    return _paragraphs(
        "## `NumberPool`",
        f"{summary_of(pool)} [tables.md](tables.md)",
        _parameters(pool.__init__),
        "It has:",
        entries((code(name), text) for name, (_, text) in attributes_of(pool).items()),
    )


def functions() -> str:
    """The look-ups, and the readers of tables."""
    exported: list[object] = [getattr(carrierx, name) for name in carrierx.__all__]
    parts = ["## Functions"]
    for function in [carrierx.ExternalDID.get, *exported]:
        if not isinstance(function, (FunctionType, MethodType)):
            continue
        parts += [f"### `{function.__qualname__}`", summary_of(function)]
        if parameters_of(function):
            parts.append(_parameters(function))
        parts += sources(function)
    return _paragraphs(*parts)


def _parameters(function: object) -> str:
    return entries((code(name), text) for name, text in parameters_of(function).items())


def settings() -> str:
    """Every setting, by its name in the stack and in the environment."""
    rows = []
    for setting in (*SETTINGS, *log_file.SETTINGS):
        names = (setting.name and f"carrierx:{setting.name}", setting.variable)
        rows.append((" or ".join(code(name) for name in names if name), setting.meaning))
    return _paragraphs("## Settings", PRECEDENCE, entries(rows))


def scopes() -> str:
    """The scopes that each call needs."""
    rows = [(each.label, " or ".join(map(code, each.scopes))) for each in OPERATIONS]
    return _paragraphs(
        "## Scopes of a token",
        "One of those named is enough.",
        table(("call", "scope"), rows),
        *sources(carrierx_api.calls),
    )


def commands() -> str:
    """Every command of the command line, with its flags and exit codes."""
    # The group is a type of the click that typer contains, which has no public name.
    group: Any = typer.main.get_command(application)
    parts = ["## Commands"]
    for name in sorted(group.commands):
        command = group.get_command(None, name)
        parts.append(f"### `pulumi-carrierx {name}`")
        parts += [" ".join(paragraph.split()) for paragraph in command.help.split("\n\n")]
        parts.append(entries((_spelling(one), _meaning(one)) for one in command.params))
    return _paragraphs(*parts)


def _spelling(parameter: Any) -> str:  # noqa: ANN401 -- as above
    if parameter.param_type_name == "argument":
        return code(parameter.metavar)
    value = "" if parameter.is_flag else f" {parameter.metavar or 'TEXT'}"
    return code(f"{parameter.opts[0]}{value}")


def _meaning(parameter: Any) -> str:  # noqa: ANN401 -- as above
    if not parameter.help:
        raise MissingDocsError(f"the flag {parameter.name} has no help")
    default = parameter.default
    shown = "" if default is None or parameter.is_flag else f" Default: {code(str(default))}."
    return f"{parameter.help}{shown}"


def _paragraphs(*parts: str) -> str:
    """Join paragraphs; the double backticks of docstrings become single ones."""
    return "\n\n".join(parts).replace("``", "`")


def code(text: str) -> str:
    """Format a name or a value."""
    return f"`{text}`"


def sources(*documented: object) -> list[str]:
    """Format the line that names the pages of CarrierX's documentation; nothing without any."""
    named = sources_of(*documented)
    return [f"Source: {'; '.join(named)}."] if named else []


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Format a table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def entries(named: Iterable[tuple[str, str]]) -> str:
    """Format a list, an entry for each name: a table of long texts is too wide for a phone."""
    return "\n".join(f"- {name}: {text}" for name, text in named)


if __name__ == "__main__":
    Path("docs/reference.md").write_text(page(), encoding="utf-8")
