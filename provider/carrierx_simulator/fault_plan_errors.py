"""What is wrong with a fault plan: one line for each error, with the place and the value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

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
    "value_error": "{error}",
}

# Where a value may have one of several forms, pydantic adds the name of the form to the place.
_FORMS = {
    "calls": {"every", "first", "nth", "share"},
    "retry_after": {"seconds", "date"},
}


class FaultPlanError(ValueError):
    """A fault plan with errors; ``problems`` has one line for each of them."""

    def __init__(self, problems: Iterable[str]) -> None:
        """Keep the problems, and make one text of them."""
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


def error_lines(error: ValidationError) -> list[str]:
    """One line for each error that pydantic found, in the order of the plan."""
    return [_line(detail) for detail in error.errors(include_url=False)]


def _line(detail: ErrorDetails) -> str:
    kind = detail["type"]
    place = list(detail["loc"])
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        place.append("fault")
        if kind == "union_tag_not_found":
            return f"{_place(place)}: is required"
        known = detail["ctx"]["expected_tags"].replace("'", "")
        return f"{_place(place)}: must be one of {known}, not {_shown(detail['ctx']['tag'])}"
    # The place in a fault names its kind as well: faults, 0, status, retry_after.
    if place[:1] == ["faults"] and len(place) > 2:  # noqa: PLR2004 - faults, its index, its kind
        del place[2]
    place = [
        step
        for step, before in zip(place, [None, *place], strict=False)
        if step not in _FORMS.get(str(before), ())
    ]
    return f"{_place(place)}: {_message(detail)}"


def _place(steps: list[int | str]) -> str:
    # For a key, pydantic adds the step "[key]", which says nothing here.
    shown = (f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps if s != "[key]")
    return "".join(shown).removeprefix(".")


def _message(detail: ErrorDetails) -> str:
    kind = detail["type"]
    if kind == "missing":
        return "is required"
    if kind == "extra_forbidden":
        return "is not a field"
    text = _MESSAGES[kind].format(**detail.get("ctx", {})) if kind in _MESSAGES else detail["msg"]
    return f"{text}, not {_shown(detail['input'])}"


def _shown(value: object) -> str:
    text = json.dumps(value, default=repr, ensure_ascii=False)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
