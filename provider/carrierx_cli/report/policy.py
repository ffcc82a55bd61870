"""What a team forbids, and where a preview goes against it.

A rule that cannot be checked, since the preview does not tell the value, counts as broken unless
the policy accepts that: a check that is silently left out is worse than none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from carrierx_cli.report.analyze import RELEASING, Fate
from carrierx_cli.report.masking import SECRET, is_opaque
from carrierx_cli.report.messages import number_text, path_text
from carrierx_provider.core.json_merge import json_equal
from carrierx_provider.external_did.schema import SCALAR_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from carrierx_cli.report.analyze import NumberReport
    from carrierx_cli.report.masking import Path

REGISTERED_AFTER = frozenset(
    {
        Fate.REGISTERED,
        Fate.REGISTERED_AGAIN,
        Fate.REPLACED_BY_ANOTHER,
        Fate.UPDATED,
        Fate.UNCHANGED,
        Fate.NOT_KNOWN,
    }
)
"""The fates after which the stack has a number that a rule can look at."""

_HOST = re.compile(r"(\*\.)?([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}|\[[0-9a-f:.]+\]")
_ATTRIBUTE = re.compile(r"attributes(\.[^.\s]+)+")
_KEYS = re.compile(r"[^.\s]+(\.[^.\s]+)*")


class NotTold(StrEnum):
    """What becomes of a rule about a value that the preview does not tell."""

    REFUSE = "refuse"
    ACCEPT = "accept"


def _host(text: str) -> str:
    if not _HOST.fullmatch(text.lower()):
        raise ValueError("is no host: write sms.example.com, or *.example.com for all below it")
    return text.lower()


def _field(text: str) -> str:
    if text not in SCALAR_FIELDS and not _ATTRIBUTE.fullmatch(text):
        raise ValueError(
            f"is no field that can be required: write one of {', '.join(SCALAR_FIELDS)}, or a key "
            "of the attributes such as attributes.owner"
        )
    return text


def _keys(text: str) -> str:
    if not _KEYS.fullmatch(text):
        raise ValueError("is no key of the attributes: write a key such as release")
    return text


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ReleaseLabel(_Model):
    """The label that a number has to have before it may be released."""

    attribute: Annotated[str, AfterValidator(_keys)]
    """The key in the number's attributes; dots lead into nested ones."""

    value: bool | int | float | str = True
    """What has to stand there."""


class Policy(_Model):
    """The rules of a team; each one that is left out is none."""

    release_needs_label: ReleaseLabel | None = None
    """A number is released, or released and registered again, only with this label."""

    callback_url_hosts: list[Annotated[str, AfterValidator(_host)]] | None = None
    """The hosts of a ``callback_url``, whatever its port; ``*.`` stands for all hosts below."""

    required: list[Annotated[str, AfterValidator(_field)]] = Field(default_factory=list)
    """What the program has to state of every number."""

    not_told: Annotated[NotTold, Field(strict=False)] = NotTold.REFUSE
    """Whether a rule is broken by a value that the preview does not tell: a secret, or one that is
    known only after ``up``."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One number against one rule."""

    rule: str
    resource_name: str
    number: str
    text: str
    """Why, and what to do; one line, without any value but a host."""


def violations_of(policy: Policy, numbers: Sequence[NumberReport]) -> tuple[Violation, ...]:
    """Every rule that a number breaks, in the order of the numbers."""
    return tuple(
        Violation(rule, number.resource_name, number_text(number), text)
        for number in numbers
        for rule, text in _broken(policy, number)
    )


def violations_of_inputs(
    policy: Policy, resource_name: str, inputs: Mapping[str, Any]
) -> tuple[Violation, ...]:
    """The rules on what the program states that these inputs of a number break.

    :param inputs: as the provider has checked them; ``UNKNOWN`` for what is known only after
        ``up``.
    """
    number = inputs.get("phonenumber")
    return tuple(
        Violation(rule, resource_name, number if isinstance(number, str) else "", text)
        for rule, text in _stated_against(policy, inputs)
    )


def surely_lacks(label: ReleaseLabel, side: Mapping[str, Any]) -> bool:
    """Whether a number has not the label; False where its value is not told."""
    value = _at(side, _path_of(label))
    return not is_opaque(value) and not json_equal(value, label.value)


def _path_of(label: ReleaseLabel) -> Path:
    return ("attributes", *label.attribute.split("."))


def _broken(policy: Policy, number: NumberReport) -> Iterator[tuple[str, str]]:
    refuse = policy.not_told is NotTold.REFUSE
    if policy.release_needs_label is not None and number.fate in RELEASING:
        text = _release(policy.release_needs_label, number, refuse=refuse)
        if text:
            yield "release_needs_label", text
    if number.fate in REGISTERED_AFTER:
        yield from _stated_against(policy, number.stated)


def _stated_against(policy: Policy, stated: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    refuse = policy.not_told is NotTold.REFUSE
    if policy.callback_url_hosts is not None:
        text = _callback_url(policy.callback_url_hosts, stated, refuse=refuse)
        if text:
            yield "callback_url_hosts", text
    for required in policy.required:
        text = _required(tuple(required.split(".")), stated, refuse=refuse)
        if text:
            yield "required", text


def _release(label: ReleaseLabel, number: NumberReport, *, refuse: bool) -> str:
    path = _path_of(label)
    # A number that is replaced goes on under its resource, which can say so along with the change.
    sides = (number.recorded, number.stated)
    values = [_at(side, path) for side in sides]
    if any(json_equal(value, label.value) for value in values):
        return ""
    if not all(surely_lacks(label, side) for side in sides):
        return _cannot_be_checked(path, values) if refuse else ""
    needed = f"it may be released only with the label {path_text(path)}"
    if number.fate is Fate.RELEASED:
        return f"{needed}: set it in one change, and take the number out in the next"
    return f"{needed}: state it along with the change"


def _callback_url(hosts: Sequence[str], stated: Mapping[str, Any], *, refuse: bool) -> str:
    url = _at(stated, ("callback_url",))
    if url is None:
        return ""
    if is_opaque(url):
        return _cannot_be_checked(("callback_url",), [url]) if refuse else ""
    host = _host_of(url)
    if any(_matches(host, pattern) for pattern in hosts):
        return ""
    allowed = ", ".join(hosts) or "none"
    return f"callback_url has the host {host or '(none)'}; allowed: {allowed}"


def _required(path: Path, stated: Mapping[str, Any], *, refuse: bool) -> str:
    for depth in range(1, len(path)):
        above = _at(stated, path[:depth])
        if is_opaque(above):
            return _cannot_be_checked(path[:depth], [above]) if refuse else ""
    # One that is not told is stated.
    if _at(stated, path) in (None, "", {}, []):
        return f"{path_text(path)} is required: state it in the program"
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
    return f"{path_text(path)} {why}, so that it cannot be checked (not_told: accept lets it pass)"


def _at(side: Mapping[str, Any], path: Path) -> Any:  # noqa: ANN401 -- any JSON
    """The value at a path, or what is not told of it."""
    value: Any = side
    for key in path:
        if is_opaque(value):
            return value
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return value
