"""What a team forbids: the policy's file, and where a preview violates it.

A rule that cannot be checked, because the preview hides the value, counts as violated unless the
policy accepts that: a check that is silently left out is worse than none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from carrierx_cli.report.masking import is_opaque
from carrierx_cli.report.messages import number_text, path_text
from carrierx_cli.report.model import RELEASING, Outcome
from carrierx_provider.core.json_merge import json_equal
from carrierx_provider.core.text import shorten
from carrierx_provider.external_did.inputs import SCALAR_FIELDS
from carrierx_provider.pulumi_files.markers import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic_core import ErrorDetails

    from carrierx_cli.report.masking import Path
    from carrierx_cli.report.model import Row

REGISTERED_AFTER = frozenset(
    {
        Outcome.REGISTERED,
        Outcome.REGISTERED_AGAIN,
        Outcome.REPLACED_BY_ANOTHER,
        Outcome.UPDATED,
        Outcome.UNCHANGED,
        Outcome.UNKNOWN,
    }
)
"""The outcomes after which the stack has a number that a rule can look at."""

_HOST = re.compile(r"(\*\.)?([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}|\[[0-9a-f:.]+\]")
_ATTRIBUTE = re.compile(r"attributes(\.[^.\s]+)+")
_KEYS = re.compile(r"[^.\s]+(\.[^.\s]+)*")


class PolicyError(Exception):
    """The policy cannot be read: one line for each mistake, with the file's name and the line."""

    def __init__(self, lines: Sequence[str]) -> None:
        """Keep the lines."""
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)


class OnHidden(StrEnum):
    """What happens to a rule about a value that the preview hides."""

    REFUSE = "refuse"
    ACCEPT = "accept"


def _host(text: str) -> str:
    if not _HOST.fullmatch(text.lower()):
        raise ValueError("is not a host: write sms.example.com, or *.example.com for subdomains")
    return text.lower()


def _field(text: str) -> str:
    if text not in SCALAR_FIELDS and not _ATTRIBUTE.fullmatch(text):
        raise ValueError(
            f"cannot be required: write one of {', '.join(SCALAR_FIELDS)}, or an attribute such as "
            "attributes.owner"
        )
    return text


def _keys(text: str) -> str:
    if not _KEYS.fullmatch(text):
        raise ValueError("is not an attribute: write a key such as release")
    return text


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ReleaseLabel(_Model):
    """The label that a number needs before it may be released."""

    attribute: Annotated[str, AfterValidator(_keys)]
    """The key in the number's attributes; dots lead into nested ones."""

    value: bool | int | float | str = True
    """The value that the attribute must have."""


class Policy(_Model):
    """The rules of a team. A rule that is left out does not apply."""

    release_needs_label: ReleaseLabel | None = None
    """A number is released, or released and registered again, only with this label."""

    callback_url_hosts: list[Annotated[str, AfterValidator(_host)]] | None = None
    """The hosts of a ``callback_url``, whatever its port; ``*.`` stands for all subdomains."""

    required: list[Annotated[str, AfterValidator(_field)]] = Field(default_factory=list)
    """What the program must declare for every number."""

    not_told: Annotated[OnHidden, Field(strict=False)] = OnHidden.REFUSE
    """Whether a value that the preview hides, secret or known only after ``up``, breaks a rule."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One number that breaks one rule."""

    rule: str
    resource_name: str
    number: str
    text: str
    """Why, and what to do; one line, without any value but a host."""


def read_policy(text: str, name: str) -> Policy:
    """Read a policy.

    Args:
        text: YAML.
        name: What messages call the file.

    Raises:
        PolicyError: It is not YAML, or has something that is not a rule.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        written = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = error.problem or error.context
        raise PolicyError([f"{name}:{line}: invalid YAML: {problem}"]) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise PolicyError([f"{name}:1: invalid YAML"]) from None
    if not isinstance(root, yaml.MappingNode) or not isinstance(written, dict):
        raise PolicyError(
            [f"{name}:1: a policy is a mapping with these rules: {', '.join(Policy.model_fields)}"]
        )
    twice = [f"{name}:{line}: {key} appears twice" for key, line in _repeated(root)]
    if twice:
        raise PolicyError(twice)
    try:
        return Policy.model_validate(written)
    except ValidationError as error:
        raise PolicyError(
            [
                f"{name}:{_line(root, entry['loc'])}: {_place(entry['loc'])} {_reason(entry)}"
                for entry in _first_of_each_place(error)
            ]
        ) from None


def _first_of_each_place(error: ValidationError) -> Iterator[ErrorDetails]:
    """A value that may have several types has an error for each of them."""
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
        return f"is not a rule: the rules are {', '.join(fields)}"
    if entry["type"] == "missing":
        return "is missing"
    if entry["type"] == "value_error":
        return entry["msg"].removeprefix("Value error, ")
    if _places(entry["loc"])[-1:] == ("value",):
        return "must be a string, a number, true or false"
    return entry["msg"][0].lower() + entry["msg"][1:]


def _places(loc: Sequence[int | str]) -> tuple[int | str, ...]:
    """The place, without the type that pydantic adds for a value that may have several."""
    return tuple(loc[:2])


def _place(loc: Sequence[int | str]) -> str:
    return ".".join(shorten(str(part)) for part in _places(loc))


def _line(node: yaml.Node, loc: Sequence[int | str]) -> int:
    """The line of a mistake; for something that is missing, the line of what it is missing in."""
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


def _repeated(node: yaml.MappingNode) -> Iterator[tuple[str, int]]:
    seen = set()
    for key, value in node.value:
        name = str(key.value)
        if name in seen:
            yield shorten(name), key.start_mark.line + 1
        seen.add(name)
        if isinstance(value, yaml.MappingNode):
            yield from _repeated(value)


def violations_of(policy: Policy, rows: Sequence[Row]) -> tuple[Violation, ...]:
    """Every rule that a number breaks, in the order of the rows."""
    return tuple(
        Violation(rule, row.resource_name, number_text(row), text)
        for row in rows
        for rule, text in _broken(policy, row)
    )


def violations_of_inputs(
    policy: Policy, resource_name: str, inputs: Mapping[str, Any]
) -> tuple[Violation, ...]:
    """The rules about declared inputs that a number breaks.

    Args:
        policy: The rules.
        resource_name: The number's resource.
        inputs: As the provider has checked them; ``UNKNOWN`` for what is known only after ``up``.
    """
    number = inputs.get("phonenumber")
    return tuple(
        Violation(rule, resource_name, number if isinstance(number, str) else "", text)
        for rule, text in _broken_by_inputs(policy, inputs)
    )


def surely_lacks(label: ReleaseLabel, side: Mapping[str, Any]) -> bool:
    """Whether a number does not have the label; False if its value is hidden."""
    value = _at(side, _path_of(label))
    return not is_opaque(value) and not json_equal(value, label.value)


def _path_of(label: ReleaseLabel) -> Path:
    return ("attributes", *label.attribute.split("."))


def _broken(policy: Policy, row: Row) -> Iterator[tuple[str, str]]:
    refuse = policy.not_told is OnHidden.REFUSE
    if policy.release_needs_label is not None and row.outcome in RELEASING:
        text = _release(policy.release_needs_label, row, refuse=refuse)
        if text:
            yield "release_needs_label", text
    if row.outcome in REGISTERED_AFTER:
        yield from _broken_by_inputs(policy, row.inputs)


def _broken_by_inputs(policy: Policy, inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    refuse = policy.not_told is OnHidden.REFUSE
    if policy.callback_url_hosts is not None:
        text = _callback_url(policy.callback_url_hosts, inputs, refuse=refuse)
        if text:
            yield "callback_url_hosts", text
    for required in policy.required:
        text = _required(tuple(required.split(".")), inputs, refuse=refuse)
        if text:
            yield "required", text


def _release(label: ReleaseLabel, row: Row, *, refuse: bool) -> str:
    path = _path_of(label)
    # A number that is replaced keeps its resource, which can declare the label in the same change.
    sides = (row.outputs, row.inputs)
    values = [_at(side, path) for side in sides]
    if any(json_equal(value, label.value) for value in values):
        return ""
    if not all(surely_lacks(label, side) for side in sides):
        return _cannot_be_checked(path, values) if refuse else ""
    needed = f"may be released only with the label {path_text(path)}"
    if row.outcome is Outcome.RELEASED:
        return f"{needed}: set it in one change and remove the number in the next"
    return f"{needed}: declare it in the same change"


def _callback_url(hosts: Sequence[str], inputs: Mapping[str, Any], *, refuse: bool) -> str:
    url = _at(inputs, ("callback_url",))
    if url is None:
        return ""
    if is_opaque(url):
        return _cannot_be_checked(("callback_url",), [url]) if refuse else ""
    host = _host_of(url)
    if any(_matches(host, pattern) for pattern in hosts):
        return ""
    allowed = ", ".join(hosts) or "none"
    return f"callback_url has the host {host or '(none)'}; allowed: {allowed}"


def _required(path: Path, inputs: Mapping[str, Any], *, refuse: bool) -> str:
    for depth in range(1, len(path)):
        above = _at(inputs, path[:depth])
        if is_opaque(above):
            return _cannot_be_checked(path[:depth], [above]) if refuse else ""
    # A hidden value is declared.
    if _at(inputs, path) in (None, "", {}, []):
        return f"{path_text(path)} is required: declare it in the program"
    return ""


def _host_of(url: object) -> str:
    try:
        host = urlsplit(str(url)).hostname or ""
    except ValueError:
        return ""
    return f"[{host}]" if ":" in host else host.removesuffix(".")


def _matches(host: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and host != pattern[1:]
    return host == pattern


def _cannot_be_checked(path: Path, values: Sequence[object]) -> str:
    why = "is secret" if SECRET in values else "is known only after up"
    return f"{path_text(path)} {why}, so it cannot be checked (not_told: accept allows it)"


def _at(side: Mapping[str, Any], path: Path) -> Any:  # noqa: ANN401 -- any JSON
    """The value at a path; if a part of the path is hidden, that part."""
    value: Any = side
    for key in path:
        if is_opaque(value):
            return value
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return value
