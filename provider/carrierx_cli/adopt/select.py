"""Which numbers of an account are to be adopted, and why others are skipped. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from carrierx_api.models import ExternalDID
from carrierx_provider.core.text import shorten
from carrierx_provider.external_did.ownership import record_of
from carrierx_provider.pulumi_files.deployment import Deployment
from carrierx_provider.pulumi_files.urn import StackRef


class SkipReason(Enum):
    """Why a number is not adopted."""

    HERE = auto()
    """It is in this stack."""
    ELSEWHERE = auto()
    """It is in another stack of the project."""
    REFUSED = auto()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A number that is not adopted, or a text that names no number."""

    subject: str
    """The number, or the SID or text that was given for it."""
    reason: SkipReason
    detail: str = ""
    """The other stack, or why it is refused."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The numbers to adopt, ordered by number, and the others that were asked for."""

    external_dids: tuple[ExternalDID, ...] = field(repr=False)
    skipped: tuple[Skipped, ...]


class Managed:
    """What the stacks of a project manage already."""

    def __init__(
        self,
        deployment: Deployment,
        others: Mapping[str, Deployment],
        identity: Callable[[object], object],
    ) -> None:
        """Of the stack's deployment, and of those of the project's other stacks by their name.

        ``identity``: what two names of one account have in common (``Connections.identity``).
        """
        external_dids = deployment.external_dids
        self.names = frozenset(one.name for one in external_dids)
        """The names of its External DIDs, wherever they are declared, read ones too."""
        self.sids = frozenset(deployment.ids(only_managed=True))
        """Of all its resources and its pending operations; what it only reads is not managed."""
        self._identity = identity
        self._sids_by_number = {
            (identity(one.text("account") or None), one.text("phonenumber")): one.id
            for one in external_dids
            # A secret account is not the default one.
            if one.text("account") or not (one.outputs or {}).get("account")
            if one.id and one.text("phonenumber") and not one.external
        }
        self.elsewhere = {
            sid: stack for stack, other in others.items() for sid in other.ids(only_managed=True)
        }
        """Which other stack of the project has a SID."""

    def sid_of(self, account: str | None, phonenumber: str) -> str | None:
        """The SID that the stack has for a number of this account, under any of its names."""
        return self._sids_by_number.get((self._identity(account), phonenumber))


def parse_list(text: str) -> tuple[str, ...]:
    """The numbers and SIDs of a list, one a line; a ``#`` begins a comment."""
    # Some editors begin UTF-8 with a mark.
    lines = (line.partition("#")[0].strip() for line in text.removeprefix("\ufeff").splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def select(  # noqa: PLR0913 -- what exists, and what decides
    found: Iterable[ExternalDID],
    named: Sequence[str] | None,
    account: str | None,
    managed: Managed,
    stack: StackRef,
    *,
    include_claimed: bool,
) -> Selection:
    """Select the numbers to adopt among those of an account; None is the default account.

    ``named`` has numbers and SIDs, None selects all. ``include_claimed`` also selects numbers with
    another stack's ownership record.
    """
    by_sid = {one.external_did_sid: one for one in found}
    skipped: list[Skipped] = []
    if named is not None:
        by_sid, skipped = _named(by_sid, named)
    selected = []
    for external_did in sorted(by_sid.values(), key=lambda one: one.phonenumber):
        reason = _managed(external_did, account, managed)
        if not include_claimed:
            reason = reason or _claimed(external_did, stack)
        if reason is None:
            selected.append(external_did)
        else:
            skipped.append(reason)
    return Selection(tuple(selected), tuple(skipped))


def _named(
    by_sid: dict[str, ExternalDID], named: Collection[str]
) -> tuple[dict[str, ExternalDID], list[Skipped]]:
    by_number = {one.phonenumber: one for one in by_sid.values()}
    selected: dict[str, ExternalDID] = {}
    missing = []
    for text in named:
        one = by_sid.get(text)
        if re.fullmatch(r"\+?[0-9]+", text):
            one = by_number.get(f"+{text.removeprefix('+')}", one)
        if one is None:
            detail = "the account has no such number or SID"
            missing.append(Skipped(text, SkipReason.REFUSED, detail))
        else:
            selected[one.external_did_sid] = one
    return selected, missing


def _managed(external_did: ExternalDID, account: str | None, managed: Managed) -> Skipped | None:
    sid, number = external_did.external_did_sid, external_did.phonenumber
    if sid in managed.sids:
        return Skipped(number, SkipReason.HERE)
    if sid in managed.elsewhere:
        return Skipped(number, SkipReason.ELSEWHERE, managed.elsewhere[sid])
    other_sid = managed.sid_of(account, number)
    if other_sid is not None:
        detail = (
            f"the state has it with SID {other_sid}, CarrierX with SID {sid}: run `pulumi "
            "refresh`, which follows it"
        )
        return Skipped(number, SkipReason.REFUSED, detail)
    return None


def _claimed(external_did: ExternalDID, stack: StackRef) -> Skipped | None:
    if stack.ownership_key is None:
        return None
    record = record_of(external_did.attributes, stack.ownership_key)
    if record is None or not record.resource_name or record.stack == stack.full_name:
        return None
    detail = (
        f"its ownership record names {shorten(record.owner)}; --include-claimed adopts it anyway"
    )
    return Skipped(external_did.phonenumber, SkipReason.REFUSED, detail)
