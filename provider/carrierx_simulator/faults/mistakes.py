"""What is wrong with a fault plan, one line for each mistake: where, what, and what was stated."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_LONGEST_SHOWN = 60

# By pydantic's names of its errors; what stands in braces is what the error is told with.
_WORDS = {
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
    """A fault plan with mistakes.

    ``problems`` has one line for each of them.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        """Keep the problems, and make one text of them."""
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


def of_validation(error: ValidationError) -> list[str]:
    """One line for each mistake that pydantic found, in the order of the plan."""
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
    # A fault's place names its kind as well: faults, 0, status, retry_after.
    if place[:1] == ["faults"] and len(place) > 2:  # noqa: PLR2004 - faults, its index, its kind
        del place[2]
    place = [
        step
        for step, before in zip(place, [None, *place], strict=False)
        if step not in _FORMS.get(str(before), ())
    ]
    return f"{_place(place)}: {_words(detail)}"


def _place(steps: list[int | str]) -> str:
    # Of a key, pydantic says so in a further step, which adds nothing here.
    shown = (f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps if s != "[key]")
    return "".join(shown).removeprefix(".")


def _words(detail: ErrorDetails) -> str:
    kind = detail["type"]
    if kind == "missing":
        return "is required"
    if kind == "extra_forbidden":
        return "is not known here"
    words = _WORDS[kind].format(**detail.get("ctx", {})) if kind in _WORDS else detail["msg"]
    return f"{words}, not {_shown(detail['input'])}"


def _shown(value: object) -> str:
    text = json.dumps(value, default=repr, ensure_ascii=False)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
