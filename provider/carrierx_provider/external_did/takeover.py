"""Whose is a registration that stands already, and may this resource take it over?"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from carrierx_provider.external_did.as_registered import registration_stands
from carrierx_provider.external_did.ownership import Ownership, is_free_for, record_of

if TYPE_CHECKING:
    from carrierx_api.calls import Call
    from carrierx_api.models import ExternalDID
    from carrierx_provider.external_did.inputs import Inputs


class Claim(Enum):
    """What a resource may do with a registration that stands already."""

    RECORDED = auto()
    """Its ownership record names this very resource: an interrupted run made it."""
    JUST_MADE = auto()
    """It is what this run asked for, and the answer was lost."""
    ASKED_FOR = auto()
    """A person has asked to take it over."""
    OF_ANOTHER = auto()
    """Its ownership record names somebody else."""
    NONE = auto()
    """It cannot be told whose it is."""


def other_owner(standing: ExternalDID | None, ours: Ownership | None) -> Ownership | None:
    """The other stack that has taken the number over, going by its record; None if none has."""
    if standing is None or ours is None:
        return None
    record = record_of(standing.attributes, ours.key)
    return record if record is not None and record.stack != ours.stack else None


def claim_on(
    standing: ExternalDID,
    stated: Inputs,
    registration: Call,
    *,
    answer_lost: bool,
    named: bool,
) -> Claim:
    """What the resource that states ``stated`` may do with ``standing``.

    :param registration: the call that would register the number.
    :param answer_lost: whether that call was sent, and its answer lost.
    :param named: whether a person has named its SID to be taken over.
    """
    ours = stated.ownership
    attributes = standing.attributes or {}
    record = None if ours is None else record_of(attributes, ours.key)
    if record is not None and record == ours:
        return Claim.RECORDED
    if named:
        return Claim.ASKED_FOR
    if ours is not None and ours.key in attributes:
        renamed = stated.adopt_existing and is_free_for(attributes, ours)
        return Claim.ASKED_FOR if renamed else Claim.OF_ANOTHER
    if stated.adopt_existing:
        return Claim.ASKED_FOR
    # With ownership on, what this run made would have its record.
    if answer_lost and ours is None and registration_stands(registration, standing):
        return Claim.JUST_MADE
    return Claim.NONE
