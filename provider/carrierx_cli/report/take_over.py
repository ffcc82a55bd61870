"""What ``up`` does with a number that it is to register, should it be registered already.

Only CarrierX knows whether it is, and a report asks nobody. What it can tell is which settings let
a registration that stands be taken over (see ``external_did.claim``), and the most that ``up`` then
sends.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from carrierx_api import calls
from carrierx_cli.report.calls import UNKNOWN_SID, Condition, calls_if_found
from carrierx_provider.external_did.plan import plan_create, plan_delete, plan_take_over
from carrierx_provider.external_did.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from carrierx_api.calls import Call
    from carrierx_cli.report.calls import ReportedCall
    from carrierx_cli.report.masking import Path
    from carrierx_provider.external_did.inputs import Inputs


class TakenOverIf(StrEnum):
    """What lets a resource take over a registration that stands already."""

    ADOPT_EXISTING = "adopt_existing"
    """The program states ``adopt_existing``."""
    OWN_RECORD = "own_record"
    """The registration's ownership record names this very resource: an earlier run made it."""
    NAMED = "CARRIERX_ADOPT"
    """The environment names its SID."""


def ways_to_take_over(stated: Inputs, *, names_sids: bool) -> tuple[TakenOverIf, ...]:
    """Those that the settings in play have opened.

    :param names_sids: whether ``CARRIERX_ADOPT`` names any SID.
    """
    open_ways = {
        TakenOverIf.ADOPT_EXISTING: stated.adopt_existing,
        TakenOverIf.OWN_RECORD: stated.ownership is not None,
        TakenOverIf.NAMED: names_sids,
    }
    return tuple(way for way, is_open in open_ways.items() if is_open)


def or_taken_over(
    made: Iterable[ReportedCall],
    stated: Inputs,
    secrets: frozenset[Path],
    *,
    may_be_outgrown: bool = False,
) -> tuple[ReportedCall, ...]:
    """The calls, and after a registration the most that is called if the number has one already.

    :param may_be_outgrown: whether what stands may differ in what CarrierX cannot update, and is
        then this resource's own to release.
    """
    instead = calls_if_found(_calls_of_take_over(stated, may_be_outgrown=may_be_outgrown), secrets)
    either: list[ReportedCall] = []
    for call in made:
        is_registration = call.method == "POST"
        if is_registration and stated.adopt_existing:
            either.append(replace(call, certain=False, only_if=Condition.FREE))
        else:
            either.append(call)
        either += instead if is_registration else ()
    return tuple(either)


def _calls_of_take_over(
    stated: Inputs, *, may_be_outgrown: bool
) -> Iterator[tuple[Call, Condition]]:
    standing = _as_stated(stated)
    if not stated.adopt_existing:
        # A registration that was refused is looked up; adopt_existing has done so before.
        looked_up = plan_create(replace(stated, adopt_existing=True)).asks
        if looked_up is not None:
            yield looked_up, Condition.REGISTERED
    # For what a list leaves out, or for the attributes of others.
    yield calls.get(UNKNOWN_SID), Condition.REGISTERED
    for call in plan_take_over(standing, stated).sends:
        yield call, Condition.REGISTERED
    if may_be_outgrown:
        for call in (*plan_delete(standing).sends, *plan_create(stated).sends):
            yield call, Condition.OUTGROWN


def _as_stated(stated: Inputs) -> State:
    """A registration that has nothing yet of what an update can bring."""
    carrier = stated.underlying_carrier_sid
    # What is known only after up stands here too, and is then equal to itself.
    identity: Any = (stated.phonenumber, stated.capabilities, stated.account)
    phonenumber, capabilities, account = identity
    return State(
        external_did_sid=UNKNOWN_SID,
        phonenumber=phonenumber,
        capabilities=capabilities,
        account=account,
        managed={},
        mark=None,
        name_is_secret=stated.name_is_secret,
        ownership=None,
        fields={} if carrier is None else {"underlying_carrier_sid": carrier},
    )
