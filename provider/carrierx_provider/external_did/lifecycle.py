"""The life of an External DID: check, diff, create, read, update, delete.

Every operation makes its plan first and then sends exactly the plan's calls. Nothing here knows
Pulumi: the fronts translate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from carrierx_api.errors import (
    CarrierXError,
    ConflictError,
    InvalidObjectError,
    NotFoundError,
    RefusedError,
    UnexpectedAnswerError,
)
from carrierx_provider.error_text import (
    ExternalDIDError,
    adopted_twice_text,
    already_registered_text,
    cannot_adopt_text,
    no_such_sid_text,
)
from carrierx_provider.external_did.inputs import CheckedInputs, Stated, check_inputs, stated_by
from carrierx_provider.external_did.plan import (
    Plan,
    PlanKind,
    plan_change,
    plan_create,
    plan_delete,
)
from carrierx_provider.external_did.plan_words import (
    lost_words,
    number_and_name,
    replaced_fields_words,
)
from carrierx_provider.external_did.recorded import (
    Recorded,
    inputs_seen,
    outputs_after,
    outputs_kept,
    outputs_read,
    recorded_in,
)
from carrierx_provider.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carrierx_api.calls import Call
    from carrierx_api.client import CarrierXClient
    from carrierx_api.models import ExternalDID
    from carrierx_provider.connections import Connections
    from carrierx_provider.error_text import Subject
    from carrierx_provider.external_did.in_use import RegistrationsInUse


@dataclass(frozen=True, slots=True)
class Result:
    """What an operation leaves behind."""

    external_did_sid: str
    outputs: dict[str, Any] = field(repr=False)
    inputs: dict[str, Any] | None = field(default=None, repr=False)
    """After a read: what stands where the program stated something."""


class ExternalDIDLifecycle:
    """The operations, for all External DIDs of a run.

    Those that send calls raise ``ExternalDIDError``, in one line.
    """

    def __init__(self, connections: Connections, in_use: RegistrationsInUse) -> None:
        """Share the run's connections, and its knowledge of which registrations are in use."""
        self._connections = connections
        self._in_use = in_use

    def check(self, raw: Mapping[str, Any]) -> CheckedInputs:
        """Check the inputs and bring them into canonical form."""
        return check_inputs(raw)

    def diff(
        self, external_did_sid: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> Plan:
        """Plan the way from the recorded outputs to the checked inputs, without any call.

        :raises ExternalDIDError: the number is to move to an account that is not configured.
        """
        recorded, stated = recorded_in(outputs, external_did_sid), stated_by(inputs)
        plan = plan_change(recorded, stated)
        if plan.kind is PlanKind.REPLACE:
            self._in_use.note_replace(external_did_sid, recorded.mark)
        else:
            self._in_use.note_use(external_did_sid, recorded.mark)
        if "account" in plan.replaces and stated.account is not UNKNOWN:
            # The number is released in the one account before the other one is talked to.
            number = number_and_name(recorded.phonenumber, recorded.shown_name)
            self._connections.access(number, _account(stated))
        return plan

    async def create(self, inputs: Mapping[str, Any]) -> Result:
        """Register the number, or with ``adopt_existing`` take over its registration."""
        stated = stated_by(inputs)
        plan = plan_create(stated)
        number = number_and_name(str(stated.phonenumber), stated.shown_name)
        released = self._in_use.was_released(str(stated.phonenumber))
        about = self._connections.about(number, _account(stated), released=released)
        with about as (client, subject):
            if stated.adopt_existing:
                existing = await client.find(str(stated.phonenumber))
                if existing is not None:
                    return await self._adopt(client, existing, stated, subject)
            try:
                external_did = await client.send_for_object(plan.calls[-1])
            except (ConflictError, InvalidObjectError) as error:
                existing = await _registration_in_the_way(client, error, str(stated.phonenumber))
                if existing is None:
                    raise
                # With --continue-on-error the engine would go on to delete what was renamed.
                self._in_use.note_use(existing.external_did_sid, uuid4().hex)
                raise ExternalDIDError(
                    already_registered_text(error, subject, existing.external_did_sid)
                ) from None
        outputs = outputs_after(external_did, stated, sent=plan.calls[-1])
        return Result(external_did.external_did_sid, outputs)

    async def _adopt(
        self, client: CarrierXClient, existing: ExternalDID, stated: Stated, subject: Subject
    ) -> Result:
        sid = existing.external_did_sid
        if "capabilities" not in existing.model_fields_set:
            existing = await client.get(sid)
        mark = uuid4().hex
        if self._in_use.others_use(sid, mark):
            raise ExternalDIDError(adopted_twice_text(subject, sid))
        outputs = {
            **outputs_read(existing, {}),
            "account": stated.account,
            "resource_mark": mark,
        }
        recorded = recorded_in(outputs, sid)
        plan = plan_change(recorded, stated)
        if plan.kind is PlanKind.REPLACE:
            raise ExternalDIDError(
                cannot_adopt_text(
                    subject,
                    sid,
                    replaced_fields_words(recorded, stated, plan.replaces),
                    lost_words(recorded, stated),
                )
            )
        self._in_use.note_use(sid, mark)
        adopted, sent = await self._carry_out(client, plan, recorded, stated)
        return Result(sid, outputs_after(adopted or existing, stated, outputs, sent))

    async def read(self, external_did_sid: str, outputs: Mapping[str, Any]) -> Result | None:
        """What the number is now; None when CarrierX does not know the SID any more."""
        account = outputs.get("account")
        number = _number_in(outputs, external_did_sid)
        with self._connections.about(number, account) as (client, _):
            try:
                external_did = await client.get(external_did_sid)
            except NotFoundError:
                if not {"managed_fields", "phonenumber"} & outputs.keys():
                    # A first read (ExternalDID.get): the program relies on a number that is not.
                    raise ExternalDIDError(no_such_sid_text(external_did_sid)) from None
                return None
        after = outputs_read(external_did, outputs)
        return Result(external_did_sid, after, inputs_seen(after))

    async def update(
        self, external_did_sid: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> Result:
        """Change what differs, with one PATCH at the most."""
        recorded, stated = recorded_in(outputs, external_did_sid), stated_by(inputs)
        plan = plan_change(recorded, stated)
        if not plan.calls:
            return Result(external_did_sid, outputs_kept(outputs, stated))
        number = _number_in(outputs, external_did_sid)
        with self._connections.about(number, _account(stated)) as (client, _):
            external_did, sent = await self._carry_out(client, plan, recorded, stated)
        if external_did is None:
            return Result(external_did_sid, outputs_kept(outputs, stated))
        return Result(external_did_sid, outputs_after(external_did, stated, outputs, sent))

    async def _carry_out(
        self, client: CarrierXClient, plan: Plan, recorded: Recorded, stated: Stated
    ) -> tuple[ExternalDID | None, Call | None]:
        """Send the plan's calls; the last answer and the last change sent, where there are any."""
        external_did, sent = None, None
        if plan.asks_live:
            external_did = await client.send_for_object(plan.calls[0])
            if (
                external_did.attributes is None
                and "attributes" not in external_did.model_fields_set
            ):
                raise UnexpectedAnswerError(
                    plan.calls[0], "an object without its attributes", status=200
                )
            plan = plan_change(recorded, stated, external_did.attributes or {})
        for call in plan.calls[1:] if plan.asks_live else plan.calls:
            external_did, sent = await client.send_for_object(call), call
        return external_did, sent

    async def delete(self, external_did_sid: str, outputs: Mapping[str, Any]) -> tuple[str, ...]:
        """Release the number; one that is gone already is fine.

        :returns: what a person should be told, one line each.
        """
        recorded = recorded_in(outputs, external_did_sid)
        number = _number_in(outputs, external_did_sid)
        if self._in_use.others_use(external_did_sid, recorded.mark):
            kept = f"another resource of this program has SID {external_did_sid} now"
            return (f"{number}: not released: {kept}.",)
        with self._connections.about(number, recorded.account) as (client, _):
            for call in plan_delete(recorded).calls:
                try:
                    await client.send_for_nothing(call)
                except NotFoundError:
                    break
        self._in_use.note_release(recorded.phonenumber)
        return ()


async def _registration_in_the_way(
    client: CarrierXClient, error: RefusedError, phonenumber: str
) -> ExternalDID | None:
    """The registration that a refused one ran into, if that was the reason and can be seen."""
    blamed = {entry.field for entry in error.field_errors}
    if isinstance(error, InvalidObjectError) and "phonenumber" not in blamed:
        return None
    try:
        return await client.find(phonenumber)
    except CarrierXError:
        # The refusal itself is the better error.
        return None


def _account(stated: Stated) -> str | None:
    return None if stated.account is None else str(stated.account)


def _number_in(outputs: Mapping[str, Any], external_did_sid: str) -> str:
    recorded = recorded_in(outputs, external_did_sid)
    return number_and_name(recorded.phonenumber or f"SID {external_did_sid}", recorded.shown_name)
