"""A page of the list: filter, order, limit, offset and the choice of fields.

Sources: CarrierX documentation, using-the-rest-api/pagination and using-the-rest-api/filtering.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from carrierx_simulator.errors import Entry
from carrierx_simulator.external_did import LIST_FIELDS
from carrierx_simulator.filter_expression import Condition, FilterError, parse
from carrierx_simulator.paths import RENTED_DIDS
from carrierx_simulator.request import Query

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

    from carrierx_simulator.json_values import JsonObject, JsonValue
    from carrierx_simulator.state import SimulatorState
    from carrierx_simulator.storage import Storage

DEFAULT_LIMIT = 10
LARGEST_LIMIT = 1000

FIELD_ARGUMENTS = ("include_fields", "includeFields", "exclude_fields", "excludeFields")
LIST_ARGUMENTS = ("limit", "offset", "order", "filter", *FIELD_ARGUMENTS)

NOT_SIMULATED = ("with_related", "after", "before")
"""Documented arguments of lists that the simulator does not have."""


def list_external_dids(state: SimulatorState, arguments: QueryParams, origin: str) -> JsonObject:
    """The body of the response to a list call.

    ``pagination.next`` is made of ``origin`` and the wrong collection, as in the documented
    sample.

    Raises:
        ApiError: 400 for wrong arguments, 501 for `NOT_SIMULATED`.
    """
    storage, visibility = state.storage, state.faults.visibility
    query = Query(arguments, LIST_ARGUMENTS, NOT_SIMULATED)
    limit = query.whole_number("limit", DEFAULT_LIMIT, 1, LARGEST_LIMIT)
    offset = query.whole_number("offset", 0, 0, None)
    order = _order(query)
    conditions = _conditions(query)
    names = selected_fields(query, LIST_FIELDS)
    query.check()

    hidden = visibility.hidden()
    if not (conditions or order or hidden):
        total = storage.count()
        page = storage.page(limit, offset)
    else:
        found = _matching(storage, conditions)
        _sort(found, order)
        would_show = found[offset : offset + limit]
        visibility.count_read(str(item["external_did_sid"]) for item in would_show)
        found = [item for item in found if item["external_did_sid"] not in hidden]
        total = len(found)
        page = found[offset : offset + limit]
    after = offset + len(page)
    has_more = bool(page) and after < total
    return {
        "count": len(page),
        "has_more": has_more,
        "items": [{name: item[name] for name in names} for item in page],
        "limit": limit,
        "offset": offset,
        "pagination": {
            "next": f"{origin}{RENTED_DIDS}?limit={limit}&offset={after}" if has_more else None
        },
        "total": total,
    }


def selected_fields(query: Query, fields: tuple[str, ...]) -> list[str]:
    """The fields that the response has; notes errors in the query."""
    included = _names(query, fields, "include_fields", "includeFields")
    excluded = _names(query, fields, "exclude_fields", "excludeFields")
    return [
        name
        for name in fields
        if (included is None or name in included) and name not in (excluded or ())
    ]


def _names(query: Query, fields: tuple[str, ...], *spellings: str) -> set[str] | None:
    """The fields that the arguments name, in either spelling; None without such an argument."""
    names: set[str] | None = None
    for spelling in spellings:
        text = query.text(spelling)
        if text is None:
            continue
        given = text.split(",")
        if unknown := [name or "an empty name" for name in given if name not in fields]:
            listed = ", ".join(unknown)
            query.errors.append(Entry(spelling, f"not fields of an External DID: {listed}"))
        names = (names or set()).union(given)
    return names


def _order(query: Query) -> list[str]:
    text = query.text("order")
    if text is None:
        return []
    words = text.split(" ")
    if words == ["shuffle"] or (words[0] in LIST_FIELDS and words[1:] in ([], ["asc"], ["desc"])):
        return words
    query.errors.append(Entry("order", "must be a field, a field with asc or desc, or shuffle"))
    return []


def _conditions(query: Query) -> list[Condition]:
    text = query.text("filter")
    if text is None:
        return []
    try:
        return parse(text, LIST_FIELDS)
    except FilterError as error:
        query.errors.append(Entry("filter", str(error)))
        return []


def _matching(storage: Storage, conditions: list[Condition]) -> list[JsonObject]:
    # Clients mostly look up one number; the index avoids reading all the others.
    number = next(
        (c.value for c in conditions if c.path == ("phonenumber",) and c.operator == "eq"), None
    )
    candidates = storage.all() if number is None else storage.with_phonenumber(number)
    return [item for item in candidates if all(c.holds(item) for c in conditions)]


def _sort(items: list[JsonObject], order: list[str]) -> None:
    if order == ["shuffle"]:
        random.shuffle(items)
    elif order:
        items.sort(key=lambda item: _sort_key(item[order[0]]), reverse=order[1:] == ["desc"])


def _sort_key(value: JsonValue) -> tuple[bool, float, str]:
    """Numbers by value, texts by code point, null last."""
    if isinstance(value, int | float):
        return (False, value, "")
    return (value is None, 0, "" if value is None else str(value))
