"""The HTTP calls of a plan, as a report shows them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from carrierx_api import calls
from carrierx_cli.report.masking import SECRET_TEXT, is_opaque, is_under, masked
from carrierx_provider.core.json_merge import json_equal
from carrierx_provider.external_did.plan import UNKNOWN_SID, Condition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from carrierx_api.calls import Call
    from carrierx_cli.report.masking import Path
    from carrierx_provider.core.plan import Branch, Plan


@dataclass(frozen=True, slots=True)
class ReportedCall:
    """One call that ``up`` makes, or may make. What may not be shown is masked in ``body``."""

    method: str
    path: str
    """Below the base URL; ``{external_did_sid}`` for a SID that only CarrierX knows."""
    query: tuple[tuple[str, str], ...]
    body: dict[str, Any] | None = field(repr=False)
    certain: bool
    """Whether it is made whatever the values turn out to be that the preview does not tell."""
    not_told: tuple[Path, ...]
    """Parts of the body whose value, or whether they are sent at all, the preview does not tell."""
    after_a_read: bool
    """Whether what the call before it reads may change what is sent, or that it is."""
    only_if: Condition | None = None
    """What has to be found of the number, for the call to be made."""


def reported_calls(
    most: Sequence[Call],
    least: Sequence[Call],
    secrets: frozenset[Path],
    after_a_read: Sequence[Call],
) -> tuple[ReportedCall, ...]:
    """The calls of the reading that has most of them, beside those of the one with the least.

    :param after_a_read: those of ``most`` that what is read before them may change.
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
    branches: Iterable[Branch], secrets: frozenset[Path]
) -> tuple[ReportedCall, ...]:
    """The calls that are made only if CarrierX has a registration of the number already.

    An update is then made with what differs, which may be nothing.
    """
    return tuple(
        _if_found(call, Condition(branch.condition), secrets)
        for branch in branches
        for call in branch.calls
    )


def _if_found(call: Call, condition: Condition, secrets: frozenset[Path]) -> ReportedCall:
    is_update = call.operation is calls.UPDATE
    reported = _reported(call, None if is_update else call, secrets, after_a_read=is_update)
    path = reported.path.replace(f"/{UNKNOWN_SID}", f"/{{{UNKNOWN_SID}}}")
    return replace(reported, path=path, certain=False, only_if=condition)


def changed_after_its_read(plan: Plan) -> tuple[Call, ...]:
    """The calls that the answer to a plan's reads may change."""
    return plan.writes if plan.reads else ()


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
        not_told=tuple(_not_told(dict(call.body or {}), sure or {}, (), secrets)),
        after_a_read=after_a_read,
    )


def _query(call: Call, secrets: frozenset[Path]) -> tuple[tuple[str, str], ...]:
    """A look-up has the number in its filter."""
    if not is_under(("phonenumber",), secrets):
        return call.query
    return tuple((n, SECRET_TEXT if n == "filter" else value) for n, value in call.query)


def _not_told(
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
                yield from _not_told(value, least[key], (*path, key), secrets)
            else:
                yield (*path, key)
    elif is_opaque(most) or not json_equal(most, least):
        yield path


def a_look_may_come_first(most: Sequence[Call], sid: str) -> tuple[Call, ...]:
    """The calls, with the read that a value that is not told yet may turn out to need.

    An attribute that becomes an object is merged with what stands below it (see ``plan``).
    """
    if not any(call.operation is calls.UPDATE for call in most) or any(
        call.operation is calls.GET for call in most
    ):
        return tuple(most)
    (update,) = (call for call in most if call.operation is calls.UPDATE)
    attributes = (update.body or {}).get("attributes", {})
    opaque = is_opaque(attributes) or any(is_opaque(value) for value in attributes.values())
    return (calls.get(sid), *most) if opaque else tuple(most)
