"""A page of the list: filter, order, limit, offset and the choice of fields.

Sources: CarrierX documentation, using-the-rest-api/pagination and using-the-rest-api/filtering.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator
from pydantic_core import PydanticCustomError
from starlette.requests import Request

from carrierx_simulator.errors import error, message
from carrierx_simulator.external_did import FIELDS, LIST_FIELDS
from carrierx_simulator.filter_expression import (
    OPERATORS,
    VALUE_PATTERN,
    Condition,
    FilterError,
    parse,
)
from carrierx_simulator.json_values import JsonObject, JsonValue
from carrierx_simulator.paths import API
from carrierx_simulator.request import Arguments
from carrierx_simulator.storage import StoredAccount

DEFAULT_LIMIT = 10
LARGEST_LIMIT = 1000

_FIELDS_PATTERN = "|".join(map(re.escape, LIST_FIELDS))
_CONDITION = (
    rf"""({_FIELDS_PATTERN}|attributes(\.[^ "'.]+)+) +({"|".join(OPERATORS)}) +{VALUE_PATTERN}"""
)


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError
    # A larger number does not fit SQLite, and is beyond every end anyway.
    return min(int(text), 10**18)


def _filter(text: str) -> str:
    try:
        parse(text)
    except FilterError as error:
        raise PydanticCustomError("invalid", "{reason}", {"reason": str(error)}) from None
    return text


class FieldArguments(Arguments):
    """The fields that a response has: names, joined by commas, in either spelling."""

    names: ClassVar[tuple[str, ...]] = FIELDS

    include_fields: tuple[str, ...] = Field((), description="Only these fields.")
    include: tuple[str, ...] = Field((), alias="includeFields", description="Only these fields.")
    exclude_fields: tuple[str, ...] = Field((), description="All fields but these.")
    exclude: tuple[str, ...] = Field((), alias="excludeFields", description="All fields but these.")

    @field_validator("include_fields", "include", "exclude_fields", "exclude", mode="before")
    @classmethod
    def _split(cls, text: str) -> list[str]:
        given = text.split(",")
        if unknown := [name or "an empty name" for name in given if name not in cls.names]:
            listed = {"names": ", ".join(unknown)}
            raise PydanticCustomError("invalid", "not fields of an External DID: {names}", listed)
        return given

    def selected(self) -> list[str]:
        """The fields that the response has."""
        included = {*self.include_fields, *self.include} or {*self.names}
        excluded = {*self.exclude_fields, *self.exclude}
        return [name for name in self.names if name in included - excluded]


class ListArguments(FieldArguments):
    """Of a list."""

    names = LIST_FIELDS

    @classmethod
    def of(cls, request: Request) -> Self:
        """As for any call; a documented argument that is not simulated is a 501."""
        for name in ("with_related", "after", "before"):
            if name in request.query_params:
                raise error(501, f"the query argument {name} is not simulated")
        return super().of(request)

    limit: Annotated[
        int,
        Field(ge=1, le=LARGEST_LIMIT),
        BeforeValidator(_whole_number),
        message("must be a whole number from 1 to 1000"),
    ] = Field(DEFAULT_LIMIT, description="Largest number of items.")
    offset: Annotated[
        int,
        Field(ge=0),
        BeforeValidator(_whole_number),
        message("must be a whole number from 0 up"),
    ] = Field(0, description="Items to skip.")
    order: Annotated[
        str,
        Field(pattern=rf"^(shuffle|({_FIELDS_PATTERN})( (asc|desc))?)$"),
        message("must be a field, a field with asc or desc, or shuffle"),
    ] = Field("", description="A field, a field with asc or desc, or shuffle.")
    filter: Annotated[str, AfterValidator(_filter)] = Field(
        "",
        description="Conditions (field operator value), joined by and.",
        json_schema_extra={
            "pattern": rf"^ *{_CONDITION}( +and +{_CONDITION})* *$",
            "example": 'phonenumber eq "46700987654"',
        },
    )


def page(
    stored: StoredAccount, hidden: Counter[str], arguments: ListArguments, origin: str
) -> JsonObject:
    """The body of the response to a list call; ``hidden`` is that of the fault plan.

    ``pagination.next`` names the wrong collection below ``origin``, as in the documented sample.
    """
    limit, offset = arguments.limit, arguments.offset
    order = arguments.order.split()
    conditions = parse(arguments.filter) if arguments.filter else []
    names = arguments.selected()

    if not (conditions or order or hidden):
        total = stored.count()
        items = stored.page(limit, offset)
    else:
        found = _matching(stored, conditions)
        if order == ["shuffle"]:
            random.shuffle(found)
        elif order:
            found.sort(key=lambda item: _sort_key(item[order[0]]), reverse=order[1:] == ["desc"])
        visible = [item for item in found if item["external_did_sid"] not in hidden]
        hidden -= Counter(str(item["external_did_sid"]) for item in found[offset : offset + limit])
        total = len(visible)
        items = visible[offset : offset + limit]
    after = offset + len(items)
    has_more = bool(items) and after < total
    more = f"{origin}{API}/phonenumber/dids?limit={limit}&offset={after}"
    return {
        "count": len(items),
        "has_more": has_more,
        "items": [{name: item[name] for name in names} for item in items],
        "limit": limit,
        "offset": offset,
        "pagination": {"next": more if has_more else None},
        "total": total,
    }


def _matching(stored: StoredAccount, conditions: list[Condition]) -> list[JsonObject]:
    # Clients mostly look up one number; the index avoids reading all the others.
    number = next(
        (c.value for c in conditions if c.path == ("phonenumber",) and c.operator == "eq"), None
    )
    candidates = stored.page() if number is None else stored.with_phonenumber(number)
    return [item for item in candidates if all(c.holds(item) for c in conditions)]


def _sort_key(value: JsonValue) -> tuple[bool, float, str]:
    """Numbers by value, texts by code point, null last."""
    if isinstance(value, int | float):
        return (False, value, "")
    return (value is None, 0, "" if value is None else str(value))
