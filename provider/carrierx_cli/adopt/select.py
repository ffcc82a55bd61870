"""Which numbers of an account are to be adopted, and why others are not. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from carrierx_provider.external_did.ownership import names_an_owner, record_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from carrierx_api.models import ExternalDID
    from carrierx_cli.adopt.managed import Managed
    from carrierx_provider.pulumi_files.urn import StackPlace


class Why(StrEnum):
    """Why a number is not adopted."""

    HERE = "in this stack"
    ELSEWHERE = "in another stack of the project"
    CLAIMED = "claimed by another stack"
    NOT_FOUND = "not found"
    REFUSED = "refused"


IS_MANAGED = frozenset({Why.HERE, Why.ELSEWHERE})
"""The reasons that leave nothing to be done."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A number that is not adopted, or what was named and is none."""

    subject: str
    """The number, or the SID or text that named it."""
    why: Why
    detail: str = ""
    """The other stack, the owner, or the rule that refuses it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The numbers to adopt, ordered by number, and the others that were asked for."""

    external_dids: tuple[ExternalDID, ...] = field(repr=False)
    skipped: tuple[Skipped, ...]


def named_in(text: str) -> tuple[str, ...]:
    """The numbers and SIDs of a list, one a line; what follows a ``#`` says nothing."""
    # Some editors begin UTF-8 with a mark.
    lines = (line.partition("#")[0].strip() for line in text.removeprefix("\ufeff").splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def chosen(  # noqa: PLR0913 -- what there is, and what decides
    found: Iterable[ExternalDID],
    named: Sequence[str] | None,
    account: str | None,
    managed: Managed,
    place: StackPlace,
    *,
    include_claimed: bool,
) -> Choice:
    """The numbers to adopt.

    :param found: the account's numbers.
    :param named: numbers and SIDs; None for all that were found.
    :param include_claimed: whether to take those that have another stack's ownership record.
    """
    by_sid = {one.external_did_sid: one for one in found}
    skipped: list[Skipped] = []
    if named is not None:
        by_sid, skipped = _named(by_sid, named)
    taken = []
    for external_did in sorted(by_sid.values(), key=lambda one: one.phonenumber):
        reason = _reason(external_did, account, managed)
        if reason is None and not include_claimed:
            reason = _claim(external_did, place)
        if reason is None:
            taken.append(external_did)
        else:
            skipped.append(reason)
    return Choice(tuple(taken), tuple(skipped))


def _named(
    by_sid: dict[str, ExternalDID], named: Collection[str]
) -> tuple[dict[str, ExternalDID], list[Skipped]]:
    by_number = {one.phonenumber: one for one in by_sid.values()}
    picked: dict[str, ExternalDID] = {}
    missing = []
    for text in named:
        is_number = re.fullmatch(r"\+?[0-9]+", text)
        one = by_number.get(f"+{text.removeprefix('+')}") if is_number else None
        one = one or by_sid.get(text)
        if one is None:
            missing.append(Skipped(text, Why.NOT_FOUND))
        else:
            picked[one.external_did_sid] = one
    return picked, missing


def _reason(external_did: ExternalDID, account: str | None, managed: Managed) -> Skipped | None:
    sid, number = external_did.external_did_sid, external_did.phonenumber
    if sid in managed.sids:
        return Skipped(number, Why.HERE)
    if sid in managed.elsewhere:
        return Skipped(number, Why.ELSEWHERE, managed.elsewhere[sid])
    known = managed.sids_by_number.get((account, number))
    if known is not None:
        detail = (
            f"the state has it as SID {known}, and CarrierX as SID {sid}: run `pulumi refresh`, "
            "which follows it"
        )
        return Skipped(number, Why.REFUSED, detail)
    return None


def _claim(external_did: ExternalDID, place: StackPlace) -> Skipped | None:
    if place.ownership_key is None:
        return None
    record = record_of(external_did.attributes, place.ownership_key)
    if record is None or not names_an_owner(record.owner) or record.stack == place.record_name:
        return None
    return Skipped(external_did.phonenumber, Why.CLAIMED, record.owner)
