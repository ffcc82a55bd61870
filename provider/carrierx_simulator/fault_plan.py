"""A fault plan: which calls go wrong, and how; and one line for each error in it.

docs/simulator.md explains it with samples.
Each kind of fault is a class, with the fields that it takes; a field of another kind is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self, TypeAlias, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
)
from pydantic_core import ErrorDetails

from carrierx_simulator.external_did import PHONENUMBER_PATTERN
from carrierx_simulator.paths import API

When: TypeAlias = Literal["before", "after"]
"""Whether a fault comes before the call is carried out, or after."""

_Whole: TypeAlias = Annotated[int, Field(ge=1)]
_Seconds: TypeAlias = Annotated[float, Field(ge=0, le=3600)]


class FaultPlanError(ValueError):
    """A fault plan with errors; ``problems`` has one line for each of them."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class _Strict(BaseModel):
    # Strict: "5" instead of 5 is an error. Frozen: a plan is a value.
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


class First(_Strict):
    """The first so many of the calls that match."""

    first: _Whole


class Nth(_Strict):
    """One of the calls that match, counted from 1."""

    nth: _Whole


class Share(_Strict):
    """A random share of the calls that match: 0.1 is one in ten."""

    share: Annotated[float, Field(gt=0, le=1)]


def _form_of_calls(value: object) -> str | None:
    if value == "every":
        return "[every]"
    given = value.model_fields_set if isinstance(value, _Strict) else value
    if not isinstance(given, dict | set):
        return None
    return next((f"[{form}]" for form in ("first", "nth", "share") if form in given), None)


Calls: TypeAlias = Annotated[
    Annotated[Literal["every"], Tag("[every]")]
    | Annotated[First, Tag("[first]")]
    | Annotated[Nth, Tag("[nth]")]
    | Annotated[Share, Tag("[share]")],
    Discriminator(
        _form_of_calls,
        custom_error_type="form_of_calls",
        custom_error_message='must be "every", {"first": N}, {"nth": N} or {"share": 0.1}',
    ),
]


class DateIn(_Strict):
    """A point in time, so many seconds after the response; before it when negative."""

    date_in: Annotated[float, Field(ge=-86400, le=86400)]


RetryAfter: TypeAlias = Annotated[
    Annotated[_Seconds, Tag("[seconds]")] | Annotated[DateIn, Tag("[date]")],
    Discriminator(lambda value: "[date]" if isinstance(value, dict | DateIn) else "[seconds]"),
]


def _path_pattern(value: str) -> str:
    if not value.startswith(("/", "*")) or value.startswith(API):
        raise ValueError(f"must begin with / or *, and name what is below {API}")
    # One collection has two spellings; calls are compared by this one.
    return value.replace("external-dids", "external_dids")


def _digits(value: str) -> str:
    if not re.fullmatch(PHONENUMBER_PATTERN, value):
        raise ValueError("must be a phone number in E.164 format")
    return value.removeprefix("+")


def _position(value: str) -> str:
    if not re.fullmatch(r"0|[1-9][0-9]{0,8}", value):
        raise ValueError('must be the position of a token, such as "0"')
    return value


class _Fault(_Strict):
    """Which calls a fault hits."""

    method: Literal["POST", "GET", "PATCH", "PUT", "DELETE"] | None = None
    path: Annotated[str, AfterValidator(_path_pattern)] | None = None
    phonenumber: Annotated[str, AfterValidator(_digits)] | None = None
    token: Annotated[int, Field(ge=0)] | None = None
    calls: Calls = "every"


class StatusFault(_Fault):
    """Another response: this status, with an error in CarrierX's shape."""

    fault: Literal["status"]
    status: Annotated[int, Field(ge=400, le=599)]
    retry_after: RetryAfter | None = None
    when: When = "before"


class SlowFault(_Fault):
    """CarrierX's response, late."""

    fault: Literal["slow"]
    seconds: _Seconds
    when: When = "before"


class DropFault(_Fault):
    """No response: the connection is closed."""

    fault: Literal["drop"]
    when: When = "before"


class HalfBodyFault(_Fault):
    """The header of the response and half of its body; then the connection is closed."""

    fault: Literal["half_body"]
    when: When = "after"


class HtmlFault(_Fault):
    """A page of HTML instead of the response."""

    fault: Literal["html"]
    status: Annotated[int, Field(ge=200, le=599)] = 200
    when: When = "after"


class ForgetFieldFault(_Fault):
    """The response, without one of its fields."""

    fault: Literal["forget_field"]
    field: Annotated[str, Field(min_length=1)]
    when: Literal["after"] = "after"


class AnotherObjectFault(_Fault):
    """The response, with another External DID of the account in the place of those it shows."""

    fault: Literal["another_object"]
    when: Literal["after"] = "after"


class DelayVisibilityFault(_Fault):
    """A new registration is hidden from this many reads that would show it."""

    fault: Literal["delay_visibility"]
    reads: _Whole
    method: Literal["POST"] | None = None
    when: Literal["after"] = "after"


_AnyFault: TypeAlias = (
    StatusFault
    | SlowFault
    | DropFault
    | HalfBodyFault
    | HtmlFault
    | ForgetFieldFault
    | AnotherObjectFault
    | DelayVisibilityFault
)
Fault: TypeAlias = Annotated[_AnyFault, Field(discriminator="fault")]
_KINDS = [get_args(one.model_fields["fault"].annotation)[0] for one in get_args(_AnyFault)]


class FaultPlan(_Strict):
    """Which calls go wrong, and how. Make one with `of` or `from_json`."""

    seed: int = 0
    """Makes random shares repeatable: the same sequence of calls meets the same faults."""
    faults: Annotated[tuple[Fault, ...], Field(strict=False)] = ()
    """The first of them that a call matches, and that its ``calls`` select, hits."""
    rate_limits: dict[Annotated[str, AfterValidator(_position)], Annotated[int, Field(ge=0)]] = (
        Field(default_factory=dict)
    )
    """Calls per second of single tokens, by the position of the token; 0 is no limit. They override
    the settings' limits for as long as the plan is in force."""

    @classmethod
    def of(cls, plan: Mapping[str, object], *, tokens: int | None = None) -> Self:
        """Read a plan of JSON values, as docs/simulator.md describes it.

        ``tokens`` is the simulator's number of tokens, to refuse positions beyond; None does not.

        Raises:
            FaultPlanError: The plan has errors; each is one line of its ``problems``.
        """
        try:
            parsed = cls.model_validate(dict(plan))
        except ValidationError as error:
            raise FaultPlanError(map(_error_line, error.errors(include_url=False))) from None
        if tokens is not None and (unknown := parsed.unknown_tokens(tokens)):
            raise FaultPlanError(unknown)
        return parsed

    @classmethod
    def from_json(cls, text: str | bytes, *, tokens: int | None = None) -> Self:
        """Read a plan of JSON text; as `of`, also for text that is not JSON."""
        try:
            plan: object = json.loads(text)
        except (ValueError, RecursionError) as error:
            # The texts of decoding errors may repeat the whole file.
            where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
            raise FaultPlanError([f"is not JSON: syntax error{where}"]) from None
        if not isinstance(plan, dict):
            raise FaultPlanError(["must be a JSON object"])
        return cls.of(plan, tokens=tokens)

    def unknown_tokens(self, tokens: int) -> list[str]:
        """One line for every position that is beyond ``tokens``, the number of tokens."""
        beyond = f"must be less than {tokens}, the number of tokens"
        problems = [
            f"faults[{index}].token: {beyond}, not {fault.token}"
            for index, fault in enumerate(self.faults)
            if fault.token is not None and fault.token >= tokens
        ]
        return problems + [
            f"rate_limits.{position}: {beyond}"
            for position in self.rate_limits
            if int(position) >= tokens
        ]

    def as_json(self) -> dict[str, Any]:
        """The plan as it was given."""
        return {"seed": self.seed, "faults": [], **self.model_dump(exclude_unset=True, mode="json")}


_LONGEST_SHOWN = 60

# By pydantic's error types; the names in braces are from the error's context.
_MESSAGES = {
    "dict_type": "must be an object",
    "finite_number": "must be a number",
    "float_type": "must be a number",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be {ge:g} or more",
    "int_type": "must be a whole number",
    "less_than_equal": "must be {le:g} or less",
    "literal_error": "must be {expected}",
    "model_attributes_type": "must be an object",
    "string_too_short": "must not be empty",
    "string_type": "must be a string",
    "tuple_type": "must be a list",
    "union_tag_invalid": f"must be one of {', '.join(_KINDS)}",
    "value_error": "{error}",
}
_WITHOUT_VALUE = {
    "extra_forbidden": "is not a field",
    "missing": "is required",
    "union_tag_not_found": "is required",
}


def _error_line(detail: ErrorDetails) -> str:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    steps = list(detail["loc"])
    if kind.startswith("union_tag"):
        steps.append("fault")
        value = context.get("tag")
    elif steps[:1] == ["faults"] and len(steps) > 2:  # noqa: PLR2004 - faults, its index, its kind
        # The place in a fault names its kind as well: faults, 0, status, retry_after.
        del steps[2]
    # Steps in brackets are pydantic's, for a key, and the tags above: they say nothing here.
    named = (step for step in steps if not str(step).startswith("["))
    place = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in named).removeprefix(".")
    if kind in _WITHOUT_VALUE:
        return f"{place}: {_WITHOUT_VALUE[kind]}"
    text = _MESSAGES[kind].format(**context) if kind in _MESSAGES else detail["msg"]
    return f"{place}: {text}, not {_shown(value)}"


def _shown(value: object) -> str:
    text = json.dumps(value, default=repr, ensure_ascii=False)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
