"""What a team forbids: the policy's file, and where a preview violates it.

A rule that cannot be checked, because the preview hides the value, counts as violated unless the
policy accepts that: a check that is silently left out is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from carrierx_cli.console import UsageError
from carrierx_cli.report.masking import Path, is_opaque, path_text
from carrierx_cli.report.messages import number_text
from carrierx_cli.report.model import RELEASING, Outcome, ResourceName, Row
from carrierx_provider.core.json_merge import Json, json_equal
from carrierx_provider.core.text import shorten
from carrierx_provider.external_did.schema import SCALAR_FIELDS
from carrierx_provider.pulumi_files.markers import SECRET

NOT_DECLARED = frozenset({Outcome.RELEASED, Outcome.FORGOTTEN, Outcome.READ})
"""The outcomes after which the stack has no number that a rule can look at."""

_HOST = re.compile(r"(\*\.)?([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}|\[[0-9a-f:.]+\]")
_ATTRIBUTE = re.compile(r"attributes(\.[^.\s]+)+")
_KEYS = re.compile(r"[^.\s]+(\.[^.\s]+)*")


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

    @property
    def path(self) -> Path:
        """Where a number has the label."""
        return ("attributes", *self.attribute.split("."))


class Policy(_Model):
    """The rules of a team. A rule that is left out does not apply."""

    release_needs_label: ReleaseLabel | None = None
    """A number is released, or released and registered again, only with this label."""

    callback_url_hosts: list[Annotated[str, AfterValidator(_host)]] | None = None
    """The hosts of a ``callback_url``, whatever its port; ``*.`` stands for all subdomains."""

    required: list[Annotated[str, AfterValidator(_field)]] = Field(default_factory=list)
    """What the program must declare for every number."""

    not_told: Literal["refuse", "accept"] = "refuse"
    """Whether a value that the preview hides, secret or known only after ``up``, breaks a rule."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One number that breaks one rule."""

    rule: str
    resource_name: ResourceName
    number: str
    text: str
    """Why, and what to do; one line, without any value but a host."""


def violations_of(policy: Policy, rows: Sequence[Row]) -> tuple[Violation, ...]:
    """Every rule that a number breaks, in the order of the rows."""
    return tuple(
        Violation(rule, row.resource_name, number_text(row), text)
        for row in rows
        for rule, text in _broken_by_row(policy, row)
    )


def violations_of_inputs(
    policy: Policy, resource_name: str, inputs: Mapping[str, Any]
) -> tuple[Violation, ...]:
    """The rules about declared inputs that a number breaks.

    The inputs are as the provider has checked them, ``UNKNOWN`` where known only after ``up``.
    """
    number = inputs.get("phonenumber")
    return tuple(
        Violation(rule, resource_name, number if isinstance(number, str) else "", text)
        for rule, text in _broken_by_inputs(policy, inputs)
    )


def surely_lacks(label: ReleaseLabel, side: Mapping[str, Any]) -> bool:
    """Whether a number does not have the label; False if its value is hidden."""
    value = _at(side, label.path)
    return not is_opaque(value) and not json_equal(value, label.value)


def _broken_by_row(policy: Policy, row: Row) -> Iterator[tuple[str, str]]:
    if row.outcome in RELEASING:
        yield from _broken_by_release(policy, row)
    if row.outcome not in NOT_DECLARED:
        yield from _broken_by_inputs(policy, row.inputs)


def _broken_by_release(policy: Policy, row: Row) -> Iterator[tuple[str, str]]:
    label = policy.release_needs_label
    if label is None:
        return
    # A number that is replaced keeps its resource, which can declare the label in the same change.
    sides = (row.outputs, row.inputs)
    values = [_at(side, label.path) for side in sides]
    if any(json_equal(value, label.value) for value in values):
        return
    if all(surely_lacks(label, side) for side in sides):
        how = "declare it in the same change"
        if row.outcome is Outcome.RELEASED:
            how = "set it in one change and remove the number in the next"
        needed = f"may be released only with the label {path_text(label.path)}"
        yield "release_needs_label", f"{needed}: {how}"
    else:
        yield from _hidden(policy, "release_needs_label", label.path, values)


def _broken_by_inputs(policy: Policy, inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    url = inputs.get("callback_url")
    if policy.callback_url_hosts is not None and url is not None:
        if is_opaque(url):
            yield from _hidden(policy, "callback_url_hosts", ("callback_url",), [url])
        elif not any(_matches(_host_of(url), host) for host in policy.callback_url_hosts):
            allowed = ", ".join(policy.callback_url_hosts) or "none"
            text = f"callback_url has the host {_host_of(url) or '(none)'}; allowed: {allowed}"
            yield "callback_url_hosts", text
    for required in policy.required:
        path = tuple(required.split("."))
        # A hidden value is declared, but what is below one is not known.
        above = [path[:end] for end in range(1, len(path)) if is_opaque(_at(inputs, path[:end]))]
        if above:
            yield from _hidden(policy, "required", above[0], [_at(inputs, above[0])])
        elif _at(inputs, path) in (None, "", {}, []):
            yield "required", f"{path_text(path)} is required: declare it in the program"


def _hidden(
    policy: Policy, rule: str, path: Path, values: Sequence[object]
) -> Iterator[tuple[str, str]]:
    if policy.not_told == "refuse":
        why = "is secret" if SECRET in values else "is known only after up"
        text = f"{path_text(path)} {why}, so it cannot be checked (not_told: accept allows it)"
        yield rule, text


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


def _at(side: Mapping[str, Any], path: Path) -> Json:
    """The value at a path; if a part of the path is hidden, that part."""
    value: Any = side
    for key in path:
        if is_opaque(value):
            return value
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return value


def read_policy(text: str, name: str) -> Policy:
    """Read a policy in YAML; ``name`` is what messages call the file.

    Raises:
        UsageError: One line for each mistake, with the file's name and the line.
    """
    lines: dict[Path, int] = {}
    repeated: dict[Path, str] = {}
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        written = yaml.safe_load(text)
        for place, line in _places(root):
            if place[:-1] in repeated:
                continue
            if place in lines:
                repeated[place] = f"{name}:{line}: {shorten(place[-1])} appears twice"
            lines.setdefault(place, line)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = error.problem or error.context
        raise UsageError(f"{name}:{line}: invalid YAML: {problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise UsageError(f"{name}:1: invalid YAML") from None
    if not isinstance(written, dict):
        raise UsageError(f"{name}:1: a policy is a mapping with these rules: {_names(Policy)}")
    if repeated:
        raise UsageError("\n".join(repeated.values()))
    try:
        return Policy.model_validate(written)
    except ValidationError as error:
        # At most one for each place: a value that may have several types has an error for each.
        found = {
            tuple(map(str, entry["loc"][:2])): (entry["type"], entry["msg"])
            for entry in reversed(error.errors(include_url=False, include_input=False))
        }
        raise UsageError(
            "\n".join(
                # What is missing has the line of what it is missing in.
                f"{name}:{lines.get(place) or lines.get(place[:-1], 1)}: "
                f"{'.'.join(map(shorten, place))} {_reason(kind, place, message)}"
                for place, (kind, message) in reversed(found.items())
            )
        ) from None


def _places(node: yaml.Node | None, path: Path = ()) -> Iterator[tuple[Path, int]]:
    """The line of each key and each entry, by its path."""
    below: list[tuple[str, yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        below = [(str(key.value), key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        below = [(str(index), entry, entry) for index, entry in enumerate(node.value)]
    for name, marked, value in below:
        yield (*path, name), marked.start_mark.line + 1
        yield from _places(value, (*path, name))


def _reason(kind: str, place: Path, message: str) -> str:
    if kind == "extra_forbidden":
        model = Policy if len(place) == 1 else ReleaseLabel
        return f"is not a rule: the rules are {_names(model)}"
    if kind == "missing":
        return "is missing"
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    if place[-1] == "value":
        return "must be a string, a number, true or false"
    return message[0].lower() + message[1:]


def _names(model: type[_Model]) -> str:
    return ", ".join(model.model_fields)
