"""The capabilities of an External DID: what it may receive and send."""

from enum import IntFlag


class Capability(IntFlag):
    """CarrierX's capability bits; a number's ``capabilities`` is their sum.

    An External DID never has voice (bit 4), so voice is not a member. The valid values are the 15
    non-empty combinations of the members.

    Source: Core API, Phone Numbers, "External DID Object", field ``capabilities``.
    """

    RECEIVE_SMS = 1
    SEND_SMS = 2
    RECEIVE_MMS = 8
    SEND_MMS = 16


VOICE_BIT = 4

ALL_CAPABILITIES = sum(int(flag) for flag in Capability)

CAPABILITY_NAMES: tuple[str, ...] = tuple(str(flag.name).lower() for flag in Capability)


def capability_names(capabilities: int) -> str:
    """The names of the bits that are set: ``receive_sms, send_sms``, or ``none`` for 0."""
    names = [str(flag.name).lower() for flag in Capability if capabilities & flag]
    return ", ".join(names) or "none"
