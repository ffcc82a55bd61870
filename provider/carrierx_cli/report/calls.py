"""The HTTP calls of a plan, as a report shows them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from carrierx_api import calls
from carrierx_api.calls import Operation
from carrierx_cli.report.masking import SECRET_TEXT, is_opaque, is_under, masked
from carrierx_provider.core.json_merge import json_equal
from carrierx_provider.external_did.plan import PlanKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from carrierx_api.calls import Call
    from carrierx_cli.report.masking import Path
    from carrierx_provider.external_did.plan import Plan

UNKNOWN_SID = "external_did_sid"
"""In a call on a registration of which only CarrierX knows the SID."""


class Condition(StrEnum):
    """What ``up`` must find about the number to make a call."""

    FREE = "free"
    """It is not registered yet."""
    REGISTERED = "registered"
    """It is already registered, and may be taken over."""
    OUTGROWN = "registered_otherwise"
    """An earlier run of this resource registered it, and what differs cannot be updated."""


@dataclass(frozen=True, slots=True)
class ReportedCall:
    """One call that ``up`` makes, or may make. What may not be shown is masked in ``body``."""

    method: str
    path: str
    """Below the base URL; ``{external_did_sid}`` for a SID that only CarrierX knows."""
    query: tuple[tuple[str, str], ...]
    body: dict[str, Any] | None = field(repr=False)
    certain: bool
    """Whether it is made whatever the values are that the preview hides."""
    unknown: tuple[Path, ...]
    """Parts of the body of which the preview hides the value, or whether they are sent at all."""
    after_a_read: bool
    """Whether what the call before it reads may change what is sent, or that it is."""
    only_if: Condition | None = None
    """What ``up`` must find about the number for the call to be made."""


def reported_calls(
    most: Sequence[Call],
    least: Sequence[Call],
    secrets: frozenset[Path],
    after_a_read: Sequence[Call],
) -> tuple[ReportedCall, ...]:
    """The calls of the upper bound, compared with those of the lower bound.

    Args:
        most: The calls of the upper bound.
        least: The calls of the lower bound.
        secrets: What may not be shown.
        after_a_read: Those of ``most`` that depend on what is read before them.
    """
    certain = {(call.method, call.path): call for call in least}
    return tuple(
        _reported(
            call,
            certain.get((call.method, call.path)),
            secrets,
            after_a_read=call in after_a_read,
        )
        for call in most
    )


def calls_if_found(
    made: Iterable[tuple[Call, Condition]], secrets: frozenset[Path]
) -> tuple[ReportedCall, ...]:
    """The calls that are made only if what stands in CarrierX asks for them.

    An update is then made with what differs, which may be nothing.
    """
    return tuple(_if_found(call, condition, secrets) for call, condition in made)


def _if_found(call: Call, condition: Condition, secrets: frozenset[Path]) -> ReportedCall:
    is_update = call.operation is Operation.UPDATE
    reported = _reported(call, None if is_update else call, secrets, after_a_read=is_update)
    path = reported.path.replace(f"/{UNKNOWN_SID}", f"/{{{UNKNOWN_SID}}}")
    return replace(reported, path=path, certain=False, only_if=condition)


def changed_after_its_read(plan: Plan) -> tuple[Call, ...]:
    """The calls that what a plan asks for may change.

    A replace asks only for what it would register again, should it fail.
    """
    if plan.asks is None or plan.kind is PlanKind.REPLACE:
        return ()
    return plan.sends


def _reported(
    call: Call, surely: Call | None, secrets: frozenset[Path], *, after_a_read: bool
) -> ReportedCall:
    body = None if call.body is None else masked(dict(call.body), (), secrets)
    sure = None if surely is None or surely.body is None else dict(surely.body)
    return ReportedCall(
        method=call.method,
        path=call.path,
        query=_query(call, secrets),
        body=body,
        certain=surely is not None,
        unknown=tuple(_unknown_parts(dict(call.body or {}), sure or {}, (), secrets)),
        after_a_read=after_a_read,
    )


def _query(call: Call, secrets: frozenset[Path]) -> tuple[tuple[str, str], ...]:
    """A look-up has the number in its filter."""
    if not is_under(("phonenumber",), secrets):
        return call.query
    return tuple((n, SECRET_TEXT if n == "filter" else value) for n, value in call.query)


def _unknown_parts(
    most: Any,  # noqa: ANN401 -- any JSON
    least: Any,  # noqa: ANN401 -- any JSON
    path: Path,
    secrets: frozenset[Path],
) -> Iterator[Path]:
    if is_under(path, secrets):
        yield path
    elif isinstance(most, dict) and isinstance(least, dict):
        for key, value in most.items():
            if key in least:
                yield from _unknown_parts(value, least[key], (*path, key), secrets)
            else:
                yield (*path, key)
    elif is_opaque(most) or not json_equal(most, least):
        yield path


def a_look_may_come_first(most: Sequence[Call], sid: str) -> tuple[Call, ...]:
    """The calls, with the read that a value that is not told yet may turn out to need.

    An attribute that becomes an object is merged with what stands below it (see ``plan``).
    """
    if not any(call.operation is Operation.UPDATE for call in most) or any(
        call.operation is Operation.GET for call in most
    ):
        return tuple(most)
    (update,) = (call for call in most if call.operation is Operation.UPDATE)
    attributes = (update.body or {}).get("attributes", {})
    opaque = is_opaque(attributes) or any(is_opaque(value) for value in attributes.values())
    return (calls.get(sid), *most) if opaque else tuple(most)
