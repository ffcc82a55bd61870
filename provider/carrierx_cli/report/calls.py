"""The HTTP calls of a plan, as a report shows them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from carrierx_api import calls
from carrierx_cli.report.masking import SECRET_TEXT, is_opaque, is_under, masked
from carrierx_provider.core.json_merge import json_equal
from carrierx_provider.external_did.plan import UNKNOWN_SID, Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from carrierx_api.calls import Call
    from carrierx_cli.report.masking import Path
    from carrierx_provider.core.resource import Plan


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
    """Whether the answer to the read before it may change what is sent, or that it is."""
    only_if: Condition | None = None
    """What ``up`` must find about the number for the call to be made."""


def reported_calls(
    plan: Plan, least: Plan | None, secrets: frozenset[Path]
) -> tuple[ReportedCall, ...]:
    """The calls of a plan, followed by those of its branches.

    Args:
        plan: The upper bound.
        least: The lower bound, whose calls are certain; None if nothing is.
        secrets: What may not be shown.
    """
    certain = {} if least is None else {(call.method, call.path): call for call in least.calls}
    made = [_reported(call, certain.get((call.method, call.path)), secrets) for call in plan.calls]
    if plan.reads:
        first = len(plan.reads)
        made[first:] = [replace(call, after_a_read=True) for call in made[first:]]
        if plan.branches:
            made[first:] = [
                replace(call, certain=False, only_if=Condition.FREE) for call in made[first:]
            ]
    for branch in plan.branches:
        made += [_if_found(call, Condition(branch.condition), secrets) for call in branch.calls]
    return tuple(made)


def _if_found(call: Call, condition: Condition, secrets: frozenset[Path]) -> ReportedCall:
    # An update sends what differs from what is found, which may be nothing.
    is_update = call.operation is calls.UPDATE
    return replace(
        _reported(call, None if is_update else call, secrets),
        path=call.path.replace(f"/{UNKNOWN_SID}", f"/{{{UNKNOWN_SID}}}"),
        certain=False,
        after_a_read=is_update,
        only_if=condition,
    )


def _reported(call: Call, surely: Call | None, secrets: frozenset[Path]) -> ReportedCall:
    body = None if call.body is None else masked(dict(call.body), (), secrets)
    sure = None if surely is None or surely.body is None else dict(surely.body)
    return ReportedCall(
        method=call.method,
        path=call.path,
        query=_query(call, secrets),
        body=body,
        certain=surely is not None,
        unknown=tuple(_unknown_parts(dict(call.body or {}), sure or {}, (), secrets)),
        after_a_read=False,
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
