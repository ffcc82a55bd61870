"""A policy as it is written: YAML, with the line of every mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from carrierx_cli.report.policy import Policy
from carrierx_provider.core.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic_core import ErrorDetails


class PolicyError(Exception):
    """The policy cannot be read: one line for each mistake, with the file's name and the line."""

    def __init__(self, lines: Sequence[str]) -> None:
        """Keep the lines."""
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)


def read_policy(text: str, name: str) -> Policy:
    """Read a policy.

    :param name: how messages call the file.
    :raises PolicyError: it is no YAML, or holds something that is no rule.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        stated = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PolicyError([f"{name}:{line}: no YAML: {error.problem or error.context}"]) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise PolicyError([f"{name}:1: no YAML"]) from None
    if not isinstance(root, yaml.MappingNode) or not isinstance(stated, dict):
        raise PolicyError(
            [f"{name}:1: a policy has its rules by name: {', '.join(Policy.model_fields)}"]
        )
    twice = [f"{name}:{line}: {key} is stated twice" for key, line in _stated_twice(root)]
    if twice:
        raise PolicyError(twice)
    try:
        return Policy.model_validate(stated)
    except ValidationError as error:
        raise PolicyError(
            [
                f"{name}:{_line(root, entry['loc'])}: {_place(entry['loc'])} {_reason(entry)}"
                for entry in _first_of_each_place(error)
            ]
        ) from None


def _first_of_each_place(error: ValidationError) -> Iterator[ErrorDetails]:
    """A value that may be of several types has an error for each of them."""
    seen = set()
    for entry in error.errors(include_url=False, include_input=False):
        place = _places(entry["loc"])
        if place not in seen:
            seen.add(place)
            yield entry


def _reason(entry: ErrorDetails) -> str:
    if entry["type"] == "extra_forbidden":
        fields: Any = Policy.model_fields
        if len(entry["loc"]) > 1:
            fields = ("attribute", "value")
        return f"is no rule: there are {', '.join(fields)}"
    if entry["type"] == "missing":
        return "is missing"
    if entry["type"] == "value_error":
        return entry["msg"].removeprefix("Value error, ")
    if _places(entry["loc"])[-1:] == ("value",):
        return "must be a text, a number, true or false"
    return entry["msg"][0].lower() + entry["msg"][1:]


def _places(loc: Sequence[int | str]) -> tuple[int | str, ...]:
    """Without the types that pydantic names at the end of a value that may be of several."""
    return tuple(loc[:2])


def _place(loc: Sequence[int | str]) -> str:
    return ".".join(shorten(str(part)) for part in _places(loc))


def _line(node: yaml.Node, loc: Sequence[int | str]) -> int:
    """The line of what a mistake is in; of the nearest thing above it that is there."""
    line = node.start_mark.line + 1
    for part in loc:
        below = _below(node, part)
        if below is None:
            break
        key, node = below
        line = key.start_mark.line + 1
    return line


def _below(node: yaml.Node, part: int | str) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if str(key.value) == str(part):
                return key, value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        return node.value[part], node.value[part]
    return None


def _stated_twice(node: yaml.MappingNode) -> Iterator[tuple[str, int]]:
    seen = set()
    for key, value in node.value:
        name = str(key.value)
        if name in seen:
            yield shorten(name), key.start_mark.line + 1
        seen.add(name)
        if isinstance(value, yaml.MappingNode):
            yield from _stated_twice(value)
