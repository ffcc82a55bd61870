"""Whose is a registration that stands already, and may this resource take it over?"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from carrierx_provider.external_did.as_registered import registration_stands
from carrierx_provider.external_did.ownership import record_of

if TYPE_CHECKING:
    from carrierx_api.calls import Call
    from carrierx_api.models import ExternalDID
    from carrierx_provider.external_did.inputs import Stated


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


def claim_on(
    standing: ExternalDID,
    stated: Stated,
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
    record = None if ours is None else record_of(standing.attributes, ours.key)
    if record is not None and record == ours:
        return Claim.RECORDED
    if named:
        return Claim.ASKED_FOR
    if record is not None and ours is not None:
        renamed = stated.adopt_existing and record.stack == ours.stack
        return Claim.ASKED_FOR if renamed else Claim.OF_ANOTHER
    if stated.adopt_existing:
        return Claim.ASKED_FOR
    # With ownership on, what this run made would have its record.
    if answer_lost and ours is None and registration_stands(registration, standing):
        return Claim.JUST_MADE
    return Claim.NONE
