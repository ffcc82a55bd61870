"""Whether a 404 is believed: a number is gone only in the account in which it was registered.

A token or a base URL of another account answers 404 for every number of the stack. To believe that
would forget numbers that are registered, and register them a second time in the other account. So
there has to be evidence that the account is the right one. Pure. The same evidence shows whether a
registration went to another account than the stack's other numbers. What is said of it is here too.

CarrierX documents no call that names the account of a token, so that the evidence is in what the
account shows: its numbers, and their ``partner_sid`` ("External DID Object").
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from carrierx_api.errors import CarrierXError
from carrierx_api.models import AccountSeen, ExternalDID
from carrierx_provider.core.errors import what_failed
from carrierx_provider.core.text import one_or_more, shorten
from carrierx_provider.external_did.state import State

if TYPE_CHECKING:
    from carrierx_provider.core.errors import Subject


class Evidence(StrEnum):
    """Whose account it is, going by what it has shown."""

    SAME = "same"
    """It is the account in which the number was registered."""
    ANOTHER = "another"
    """Its numbers have another ``partner_sid`` than the one that was recorded."""
    NONE = "none"
    """Nothing shows it: the account is empty, or its responses carry no ``partner_sid``."""


@dataclass(slots=True)
class StackAccount:
    """What the stack's state has of one account, as far as the engine has asked about it."""

    external_did_sids: set[str] = field(default_factory=set)
    partner_sids: set[str] = field(default_factory=set)
    is_wrong_account: bool = False
    """Whether a registration of this run has shown another ``partner_sid`` than these."""
    registered: dict[str, str] = field(default_factory=dict)
    """What this run has registered or taken over there: a SID for each ``partner_sid``."""

    def add(self, external_did_sid: str, partner_sid: str | None) -> None:
        """Take what the state has of a number."""
        self.external_did_sids.add(external_did_sid)
        if partner_sid:
            self.partner_sids.add(partner_sid)

    def note_registered(self, external_did: ExternalDID) -> None:
        """Take what this run has registered, or taken over, in the account."""
        if external_did.partner_sid:
            self.registered[external_did.partner_sid] = external_did.external_did_sid

    def evidence_in(self, seen: AccountSeen) -> Evidence:
        """Whether the account that has shown this is the one in which these were registered."""
        knows_one = not self.external_did_sids.isdisjoint(seen.external_did_sids)
        if knows_one or not self.partner_sids.isdisjoint(seen.partner_sids):
            return Evidence.SAME
        return Evidence.ANOTHER if self.partner_sids and seen.partner_sids else Evidence.NONE

    def is_another_partner(self, partner_sid: str | None) -> bool:
        """Whether none of the stack's numbers there has this ``partner_sid``, and some have one."""
        return bool(partner_sid and self.partner_sids) and partner_sid not in self.partner_sids


def evidence_of(state: State, seen: AccountSeen, stack: StackAccount) -> Evidence:
    """Whether the account that does not have this number is the one in which it was registered."""
    own = StackAccount()
    own.add(state.external_did_sid, state.partner_sid)
    evidence = own.evidence_in(seen)
    # The number's own partner comes first: it may have been registered elsewhere than the others.
    return stack.evidence_in(seen) if evidence is Evidence.NONE else evidence


def gone_already_notice(
    gone: State, successor: ExternalDID | None = None, *, look_up_failed: bool = False
) -> str:
    """After a release that found nothing to release.

    ``successor`` is the number's registration now, if that has this very resource's record.
    ``look_up_failed``: it is not known whether there is one.
    """
    text = (
        f"{gone.label}: SID {gone.external_did_sid} was already gone: somebody else, or an earlier "
        "run of this stack, had released it."
    )
    if look_up_failed:
        return f"{text} Whether the number has been registered again could not be looked up."
    if successor is None:
        return text
    sid = successor.external_did_sid
    return (
        f"{text} The number is still registered, with SID {sid}, which has this resource's record. "
        f"To release it: `pulumi-carrierx orphans --release {sid}`."
    )


def not_confirmed_gone_error(
    gone: State,
    subject: Subject,
    recorded: Collection[str],
    partner_sids: Collection[str],
    *,
    answer_lost: bool,
) -> str:
    """For a 404 that does not come from the account in which the number was registered.

    ``partner_sids`` are those of the account that was asked, if these are other ones than those
    ``recorded``; none if nothing shows whose account it is. ``answer_lost``: a release was sent
    before, and its response was lost.
    """
    why = (
        f"that is another account: it has numbers of partner {one_or_more(partner_sids)}, and "
        f"this number was registered for partner {one_or_more(recorded)}"
        if partner_sids
        else "nothing shows that this is the account in which it was registered: it has none of "
        "the stack's numbers that this run has looked at, and none of the same partner"
    )
    outcome = (
        "The response to the release was lost, so it is not known whether it took effect."
        if answer_lost
        else "Nothing was changed."
    )
    return (
        f"{gone.label}: {subject.access.base_url} has no SID {gone.external_did_sid} (404), but "
        f"{why}. {outcome} Check carrierx:baseUrl and the token in "
        f"{subject.access.token_source}. If the number really was released, confirm that once: "
        "`CARRIERX_CONFIRM_GONE=true pulumi refresh`."
    )


def registered_for_another_text(
    subject: Subject,
    registered: ExternalDID,
    partner_sids: Collection[str],
    failed: CarrierXError | None,
) -> str:
    """For a registration that went to another account than the stack's other numbers.

    ``partner_sids`` are those of the stack's numbers; ``failed`` kept the registration from being
    released again.
    """
    sid, partner_sid = registered.external_did_sid, shorten(registered.partner_sid or "")
    released = (
        "it was released again"
        if failed is None
        else f"it could not be released again, so release SID {sid} there: "
        f"{what_failed(failed, subject)}"
    )
    return (
        f"registered with SID {sid} for partner {partner_sid}, but the stack's other numbers "
        f"belong to partner {one_or_more(partner_sids)}; {released}"
    )


NOT_REGISTERED_THERE = (
    "not registered: another number of this run was registered for another partner than the stack's"
)


def found_for_another_text(
    existing: ExternalDID, partner_sids: Collection[str], *, answer_lost: bool
) -> str:
    """For an existing registration of another account than the stack's other numbers."""
    sid, partner_sid = existing.external_did_sid, shorten(existing.partner_sid or "")
    made = "; if this run has registered it, release it there" if answer_lost else ""
    return (
        f"not taken over: SID {sid} belongs to partner {partner_sid}, and the stack's other "
        f"numbers to partner {one_or_more(partner_sids)}{made}"
    )


def registered_elsewhere_error(state: State, registered: Mapping[str, str]) -> str:
    """For a number of which the state shows that this run has registered in another account.

    ``registered`` has a SID for each partner.
    """
    partner_sid, sid = next(iter(registered.items()))
    own = shorten(state.partner_sid or "")
    return (
        f"{state.label}: this number was registered for partner {own}, but this run "
        f"has registered or taken over SID {sid} for partner {shorten(partner_sid)}, which is in "
        "another account. Check carrierx:baseUrl and the token, and release that SID there. Then "
        "remove its resource from the state with `pulumi state delete`, and run up again."
    )


def no_such_sid_error(external_did_sid: str) -> str:
    """For a look-up or a first read of a SID that CarrierX does not have."""
    return f"SID {external_did_sid}: no External DID of this account has this SID."
