"""Whether a 404 is believed: a number is gone only in the account in which it was registered.

A token or a base URL of another account answers 404 for every number of the stack. To believe that
would forget numbers that are registered, and register them a second time in the other account. So
there has to be evidence that the account is the right one. Pure.

CarrierX documents no call that names the account of a token, so that the evidence is in what the
account shows: its numbers, and their ``partner_sid`` ("External DID Object").
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from carrierx_api.models import AccountSeen, ExternalDID
from carrierx_provider.external_did.state import State


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
    is_another: bool = False
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

    def is_anothers(self, partner_sid: str | None) -> bool:
        """Whether a number with this ``partner_sid`` is in another account than the stack's."""
        return bool(partner_sid and self.partner_sids) and partner_sid not in self.partner_sids


def evidence_of(state: State, seen: AccountSeen, stack: StackAccount) -> Evidence:
    """Whether the account that does not have this number is the one in which it was registered."""
    own = StackAccount()
    own.add(state.external_did_sid, state.partner_sid)
    evidence = own.evidence_in(seen)
    # The number's own partner comes first: it may have been registered elsewhere than the others.
    return stack.evidence_in(seen) if evidence is Evidence.NONE else evidence
