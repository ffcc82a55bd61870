"""What the long suite takes for lost, orphaned, duplicated or different: it has to see it all."""

from __future__ import annotations

from typing import Any

import pytest

from tools.soak.agreement import Findings, agreement, ledger, left_alone, operations
from tools.soak.number_tables import asked

NUMBER = "+46700987654"
OTHER = "+46700987655"
SID = "798c5c8c-3610-4f61-b5c3-534c952eebec"
OTHER_SID = "9684eafa-e767-4b0e-acd7-d389cfa7b8c8"
STATED: dict[str, Any] = {"phonenumber": NUMBER, "capabilities": 3, "name": "Support"}
DID = {
    **STATED,
    "external_did_sid": SID,
    "callback_url": None,
    "string_key_1": None,
    "attributes": {"managed_by": "trial/dev/support"},
}
RESOURCE = {
    "type": "pulumi-python:dynamic/carrierx:ExternalDID",
    "urn": "urn:pulumi:dev::trial::pulumi-python:dynamic/carrierx:ExternalDID::support",
    "id": SID,
    "outputs": STATED,
}


def registered(number: str, outcome: int | None = 200) -> dict[str, Any]:
    """A registration in the simulator's log."""
    return {
        "method": "POST",
        "path": "/core/v2/phonenumber/external_dids",
        "body": {"phonenumber": number.lstrip("+")},
        "outcome": outcome,
    }


def released(sid: str, outcome: int | None = 204) -> dict[str, Any]:
    """A release in the simulator's log."""
    path = f"/core/v2/phonenumber/external_dids/{sid}"
    return {"method": "DELETE", "path": path, "body": None, "outcome": outcome}


@pytest.mark.parametrize(
    ("calls", "lines"),
    [
        ([released(SID), registered(NUMBER), registered(OTHER)], []),
        # Refused, or not carried out: nothing has happened.
        ([registered(NUMBER, 409), registered(NUMBER, None), released(OTHER_SID, 404)], []),
        (
            [released(OTHER_SID)],
            [f"lost: {OTHER} was released, and the program did not ask for it"],
        ),
        (
            [released("unknown")],
            ["lost: SID unknown was registered and released in the same run"],
        ),
        ([registered(NUMBER)] * 2, [f"duplicated: {NUMBER} was registered 2 times"]),
        (
            [registered("+46700987656")],
            ["duplicated: +46700987656 was registered, and the program did not ask for it"],
        ),
    ],
)
def test_the_ledger_sees_what_nobody_asked_for(
    calls: list[dict[str, Any]], lines: list[str]
) -> None:
    """A replace of one number and a create of another: any other change is a finding."""
    replaced = {"support": STATED}, {"support": {**STATED, "capabilities": 1}}
    sales = {"sales": {"phonenumber": OTHER, "capabilities": 3}}
    changes = asked(replaced[0], {**replaced[1], **sales})
    assert ledger(calls, changes, {NUMBER: SID, OTHER: OTHER_SID}).lines() == lines


def test_a_replace_by_flag_is_asked_for_once() -> None:
    """The tables say nothing of it, and it may not come to it; twice is a finding."""
    table = {"support": STATED}
    changes = asked(table, table, ["support"])
    assert changes.fewest_calls == 0
    once = [released(SID), registered(NUMBER)]
    assert ledger(once, changes, {NUMBER: SID}).lines() == []
    twice = [*once, registered(NUMBER)]
    assert ledger(twice, changes, {NUMBER: SID}).lines() == [
        f"duplicated: {NUMBER} was registered 2 times"
    ]


@pytest.mark.parametrize("account", [{}, {NUMBER: {**DID, "name": "x"}}, {OTHER: DID}])
def test_another_stack_s_number_is_lost_by_any_change(account: dict[str, Any]) -> None:
    """Also where it is registered again as it was, with another SID."""
    assert left_alone({NUMBER: DID}, {NUMBER: DID, OTHER: {}}).lines() == []
    assert left_alone({NUMBER: DID}, account).lines() == [
        f"lost: {NUMBER} of another stack was released or changed"
    ]


@pytest.mark.parametrize(
    ("deployment", "account", "lines"),
    [
        ({"resources": [RESOURCE]}, {NUMBER: DID}, []),
        (
            {"resources": [RESOURCE]},
            {},
            [f"lost: {NUMBER} (support) is declared and not registered"],
        ),
        (
            {"resources": []},
            {NUMBER: DID},
            [
                f"orphaned: {NUMBER} has SID {SID}, which no resource holds",
                "different: support is in the program and not in the state",
            ],
        ),
        (
            {"resources": [RESOURCE]},
            {NUMBER: DID, OTHER: {**DID, "external_did_sid": OTHER_SID}},
            [f"orphaned: {OTHER} has SID {OTHER_SID}, which no resource holds"],
        ),
        (
            {"resources": [RESOURCE, {**RESOURCE, "delete": True}]},
            {NUMBER: DID},
            [
                f"duplicated: 2 resources hold SID {SID}",
                "different: support is still to be deleted",
            ],
        ),
        (
            {"resources": [{**RESOURCE, "id": OTHER_SID}]},
            {NUMBER: DID},
            [
                f"orphaned: {NUMBER} has SID {SID}, which no resource holds",
                f"different: {NUMBER} (support) has SID {SID}, and {OTHER_SID} in the state",
            ],
        ),
        (
            {
                "resources": [RESOURCE],
                "pending_operations": [{"type": "creating", "resource": RESOURCE}],
            },
            {NUMBER: DID},
            [f"different: pending operation creating of {RESOURCE['urn']}"],
        ),
        (
            {"resources": [{**RESOURCE, "outputs": {**STATED, "name": "Old"}}]},
            {NUMBER: {**DID, "name": "Older", "string_key_1": "left", "attributes": {"a": 1}}},
            [
                f"different: {NUMBER} (support): name is 'Old' in the state, and declared as "
                "'Support'",
                f"different: {NUMBER} (support): name is 'Older' at CarrierX, and declared as "
                "'Support'",
                f"different: {NUMBER} (support): string_key_1 is 'left' at CarrierX, and no "
                "longer declared",
                f"different: {NUMBER} (support): attributes are {{'a': 1}} at CarrierX, and "
                "declared as None",
            ],
        ),
    ],
)
def test_program_state_and_account_are_compared_each_with_each(
    deployment: dict[str, Any], account: dict[str, dict[str, Any]], lines: list[str]
) -> None:
    """Whatever one of the three has, and another has not, is a finding."""
    found = agreement({"support": STATED}, deployment, account, "managed_by")
    assert found.lines() == lines


def test_a_resource_that_the_program_does_not_state_is_different() -> None:
    """What is in the state alone is a finding, though its number is registered."""
    found = agreement({}, {"resources": [RESOURCE]}, {NUMBER: DID})
    assert found == Findings(different=["support is in the state and not in the program"])


def test_operations_are_changes_that_were_carried_out() -> None:
    """Reads, refusals and calls that never got there are not counted."""
    read = {**released(SID), "method": "GET", "outcome": 200}
    assert operations([registered(NUMBER), registered(NUMBER, 409), released(SID), read]) == 2
