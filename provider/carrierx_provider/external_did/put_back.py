"""Putting a number back that was released for a registration which has failed.

And what an error says about it, between what failed and the next step: each sentence is about what
was sent and answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carrierx_api import calls
from carrierx_api import errors as api
from carrierx_api.errors import CarrierXError
from carrierx_provider.core.errors import Subject, what_failed
from carrierx_provider.core.text import account_text
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.registration import AlreadyRegisteredError, register
from carrierx_provider.external_did.run_registry import Release
from carrierx_provider.external_did.state import matches_create

if TYPE_CHECKING:
    from carrierx_provider.core.connections import Connections

REFUSES_ALL = (api.AuthenticationError, api.RateLimitError, api.UnreachableError)
"""An account that answers like this answers every call like this."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the number that was released for a registration that has failed.

    In an error it comes between what failed and the next step.
    """

    sentence: str
    next_step: str = ""
    """What to do beyond the error's own next step; with a space before it."""


async def put_back(
    connections: Connections,
    release: Release,
    inputs: Inputs,
    failed: CarrierXError | None,
    *,
    is_taken: bool,
) -> Outcome:
    """Register again what was released for a registration that has failed.

    It must not stay out of service. The operation fails all the same; the next ``up`` continues
    from there, and finds the number by its ownership record. Nothing is sent if the new number
    may be registered, or if the account refuses whatever is sent to it.

    Args:
        release: What was released.
        inputs: What was to be registered.
        failed: The error; None if a registration that exists was not taken over.
        is_taken: Whether the new number has a registration.

    Returns:
        What became of the released number.
    """
    account = connections.identity(inputs.account)
    is_same_account = release.number[0] == account
    is_same_number = release.phonenumber == inputs.phonenumber
    if is_taken and is_same_number and is_same_account:
        return RELEASED_FOR_ANOTHER
    if failed is not None:
        is_refused_always = is_same_account and isinstance(failed, REFUSES_ALL)
        # A path that does not exist has registered nothing.
        is_unknown = failed.effect_unknown and not isinstance(failed, api.NotCarrierXError)
        if is_refused_always or is_unknown:
            return released_outcome(release, inputs, is_same_number=is_same_number)
    body = dict(release.body)
    if inputs.ownership is not None:
        body["attributes"] = body.get("attributes", {}) | inputs.ownership.as_attribute()
    call = calls.register(body)
    with connections.operation(inputs.label, release.account) as (client, subject):
        try:
            restored = await register(client, call, release.external_did_sid)
        except AlreadyRegisteredError as error:
            if not (error.answer_lost and matches_create(call, error.existing)):
                return registered_since_outcome(release, error.existing.external_did_sid)
            restored = error.existing
        except CarrierXError as error:
            return not_put_back_outcome(release, error, subject, is_same_number=is_same_number)
    where = "" if is_same_account else f" in {account_text(release.account)}"
    return put_back_outcome(release, restored.external_did_sid, inputs, where=where)


RELEASED_FOR_ANOTHER = Outcome("This resource's own registration is already released.")
"""For a replace that finds the number registered by somebody else meanwhile."""


def released_outcome(release: Release, inputs: Inputs, *, is_same_number: bool) -> Outcome:
    """It was not registered again, since the new registration may exist, or none could be made."""
    if is_same_number:
        return Outcome(
            "The number has been released for the replace, and is not known to be registered now: "
            "the next up registers it."
        )
    return Outcome(
        f"{release.phonenumber} has been released for the replace, and {inputs.phonenumber} is not "
        "known to be registered now: the next up registers it."
    )


def registered_since_outcome(release: Release, external_did_sid: str) -> Outcome:
    """It could not be registered again, since it is registered by now."""
    return Outcome(
        f"{release.phonenumber} had been released for the replace, and somebody else has "
        f"registered it since, with SID {external_did_sid}."
    )


def put_back_outcome(
    release: Release, external_did_sid: str, inputs: Inputs, *, where: str
) -> Outcome:
    """It is registered again as it was, with this SID; ``where`` names another account."""
    sid, has_record = external_did_sid, inputs.ownership is not None
    is_same_number = release.phonenumber == inputs.phonenumber
    how_it_was = "as it was" if release.was_read else "as the state has it"
    adopt = f"`CARRIERX_ADOPT={sid} pulumi up`"
    if not is_same_number:
        keep = f" To keep {release.phonenumber}, declare it again"
        next_step = (
            f"{keep}; otherwise the up that registers {inputs.phonenumber} releases it."
            if has_record
            else f"{keep} and run {adopt}; otherwise release it at CarrierX."
        )
    elif where:
        # The next up uses the account that the program declares, and does not see this one.
        next_step = " Before it can move to another account, release that SID."
    else:
        next_step = (
            ""
            if has_record
            else f" First declare the number as it was and run {adopt}, which takes it over."
        )
    who = "The number" if is_same_number else release.phonenumber
    outside = "" if is_same_number else ", outside the state"
    return Outcome(
        f"{who} had been released for the replace, so it was registered again {how_it_was}{where}, "
        f"with SID {sid}{outside}; its messaging enablement is lost.",
        next_step,
    )


def not_put_back_outcome(
    release: Release, failed: CarrierXError, subject: Subject, *, is_same_number: bool
) -> Outcome:
    """It could not be registered again."""
    how_it_was = "as it was" if release.was_read else "as the state has it"
    if failed.effect_unknown:
        now = "It is not known whether it is registered now"
    elif is_same_number:
        now = "It is out of service until the next up registers it"
    else:
        now = "It is out of service until the program declares it again"
    who = "The number" if is_same_number else release.phonenumber
    return Outcome(
        f"{who} had been released for the replace, and could not be registered again {how_it_was}: "
        f"{what_failed(failed, subject)}. {now}."
    )
