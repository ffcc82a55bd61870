"""Orphans: which ones they are, and what becomes of them over real HTTP."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from carrierx_api.models import ExternalDID
from carrierx_cli.console import UsageError
from carrierx_cli.orphans.orphans import Orphan, Outcome, listing, orphans_among, select
from carrierx_cli.orphans.run import disown, registrations, release
from carrierx_provider.core.connections import Connections, run_blocking
from carrierx_provider.core.errors import ResourceError
from carrierx_provider.core.settings import Settings
from carrierx_provider.external_did.ownership import Ownership
from carrierx_provider.pulumi_files.deployment import Deployment
from carrierx_provider.pulumi_files.urn import DYNAMIC_TYPE
from carrierx_simulator import SAMPLE_TOKEN, RunningSimulator, running_simulator
from carrierx_simulator.testing import SimulatedAccount
from tests.unit.outlines import error_of

KEY = "managed_by"
KEPT = {"team": "x", "nested": {"a": [1, {"b": None}]}}
STACK = "trial/dev"
NUMBER = "+46700987654"
COLLECTION = "/phonenumber/external_dids"


def registered(
    sid: str = "one", owner: object = "trial/dev/support", **more: Any
) -> tuple[str | None, ExternalDID]:
    fields = {"phonenumber": NUMBER, "attributes": {KEY: owner, "team": "x"}, **more}
    return None, ExternalDID(external_did_sid=sid, **fields)


def sids(*numbers: tuple[str | None, ExternalDID], in_state: tuple[str, ...] = ()) -> list[str]:
    return [orphan.external_did_sid for orphan in orphans_among(numbers, KEY, STACK, in_state)]


ORPHANS = ["trial/dev/support", "trial/dev/a/name/with/slashes", "trial/dev/all"]
OTHERS: list[Any] = [
    *("trial/development/support", "other/dev/support", "my/trial/dev/support"),
    *("TRIAL/dev/support", "trial/dev", "trial/dev/", "", None, ["trial/dev/support"]),
]


@pytest.mark.parametrize("owner", [*ORPHANS, *OTHERS])
def test_the_record_decides(owner: object) -> None:
    """An orphan names exactly this project and stack, and a resource; others are not touched."""
    assert sids(registered(owner=owner)) == (["one"] if owner in ORPHANS else [])


def test_what_the_state_has_or_has_no_record_is_no_orphan() -> None:
    """Two accounts with the same token show the same number twice, and it is one orphan."""
    two = registered("two", phonenumber="46700987655")
    again = ("b", two[1])
    assert sids(two, registered("one"), again) == ["one", "two"]
    assert sids(two, registered("one"), in_state=("two",)) == ["one"]
    assert sids(registered(attributes=None), registered(attributes={"team": "x"})) == []


def test_a_choice_is_by_sid_or_all() -> None:
    """The SIDs are taken in the order given, each once; "all" stands for every orphan."""
    found = orphans_among([registered("one"), registered("two")], KEY, STACK, ())
    by_sid = select(found, ["two", "one", "two"], STACK, Deployment(), locked=False)
    assert [orphan.external_did_sid for orphan in by_sid] == ["two", "one"]
    assert select(found, ["all"], STACK, Deployment(), locked=False) == found
    assert select((), ["all"], STACK, Deployment(), locked=True) == ()
    assert error_of(
        UsageError, select, found, ["one", "three"], STACK, Deployment(), locked=False
    ) == (
        "three is not an orphan of trial/dev. Nothing was changed. `pulumi-carrierx orphans` lists "
        "the orphans with their SIDs"
    )


@pytest.mark.parametrize("named", ["one", "all"])
def test_nothing_is_chosen_while_a_run_may_be_at_work(named: str) -> None:
    """What it has registered looks like an orphan, if it writes its state at the end alone."""
    found = orphans_among([registered("one")], KEY, STACK, ())
    with pytest.raises(UsageError, match=r"^trial/dev is locked, and a run without checkpoints "):
        select(found, [named], STACK, Deployment(), locked=True)


@pytest.mark.parametrize("named", ["one", "all"])
def test_what_a_replace_has_registered_again_is_kept(named: str) -> None:
    """The state still has the SID that the replace has released; the program declares the number.

    A live resource of another name does not stand in the way.
    """

    def state(name: str, **more: Any) -> Deployment:
        urn = f"urn:pulumi:dev::trial::{DYNAMIC_TYPE}::{name}"
        resource = {"urn": urn, "type": DYNAMIC_TYPE, "id": "old", **more}
        return Deployment.model_validate({"resources": [resource]})

    found = orphans_among([registered("one")], KEY, STACK, ("old",))
    replaced = state("support", pendingReplacement=True)
    assert error_of(UsageError, select, found, [named], STACK, replaced, locked=False) == (
        'one may still be in use: the state has "support" in the middle of a replace. Nothing was '
        "changed. Run `pulumi up` first, which finishes it; to let the number go, first remove "
        '"support" from the program, and run `pulumi up`'
    )
    for other in (state("sales", pendingReplacement=True), state("support")):
        assert select(found, [named], STACK, other, locked=False) == found


def test_a_listing_is_plain_lines() -> None:
    """Columns wide enough for what is in them; what would forge a line is escaped."""
    orphans = (
        Orphan(None, "one", NUMBER, "Support\nSE", Ownership(KEY, "trial/dev/support")),
        Orphan("b", "another", "+12125550123", None, Ownership(KEY, "trial/dev/sales")),
    )
    assert list(listing(orphans, STACK, KEY))[2:5] == [
        "NUMBER        SID      NAME         RESOURCE  ACCOUNT",
        "+46700987654  one      Support\\nSE  support   (default)",
        "+12125550123  another               sales     b",
    ]


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    with running_simulator() as running:
        yield running


@pytest.fixture
def account(simulator: RunningSimulator) -> SimulatedAccount:
    """Somebody else, at work on the numbers."""
    return SimulatedAccount(simulator)


@pytest.fixture
def connections(simulator: RunningSimulator) -> Connections:
    """The default account of the simulator, and one with a wrong token."""
    configuration = {
        "carrierx:token": SAMPLE_TOKEN,
        "carrierx:baseUrl": simulator.base_url,
        "carrierx:accounts": {"wrong": "a-wrong-token"},
        "carrierx:deadlineSeconds": "2",
    }
    return Connections(Settings.of(configuration.get, {}))


@pytest.fixture
def orphan(account: SimulatedAccount) -> Orphan:
    """An orphan with attributes of other people."""
    owned = {KEY: "trial/dev/support", **KEPT}
    sid = account.register(phonenumber=NUMBER, capabilities=3, name="SE", attributes=owned)
    return Orphan(None, sid, NUMBER, "SE", Ownership(KEY, "trial/dev/support"))


def test_attributes_that_a_list_leaves_out_are_asked_for(
    orphan: Orphan, connections: Connections, simulator: RunningSimulator
) -> None:
    """An orphan is not hidden by a list whose items have no attributes."""
    forgets = {"path": COLLECTION, "fault": "forget_field", "field": "attributes"}
    simulator.set_faults({"faults": [forgets]})
    found = registrations(connections, (None,))
    assert [o.record for o in orphans_among(found, KEY, STACK, ())] == [orphan.record]


def test_an_account_that_cannot_be_read_is_one_line(connections: Connections) -> None:
    """A wrong token is told with the setting that holds it, and never itself."""
    assert error_of(ResourceError, registrations, connections, (None, "wrong")) == (
        "account wrong: CarrierX refused the look-up (401): the token is not valid. Check the "
        "token in carrierx:accounts, wrong."
    )


@pytest.mark.parametrize(
    "fault", [{"fault": "drop"}, {"fault": "half_body"}, {"fault": "html", "status": 502}]
)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", [disown, release])
def test_a_lost_answer_is_settled(
    what: Any,
    when: str,
    fault: dict[str, Any],
    orphan: Orphan,
    connections: Connections,
    simulator: RunningSimulator,
    account: SimulatedAccount,
) -> None:
    """Whether the change was made or not when its answer was lost, it is made in the end.

    To disown takes the record out; other people's attributes and all other fields stay.
    """
    before = account.numbers()[NUMBER]
    method = "PATCH" if what is disown else "DELETE"
    once = {"method": method, "when": when, "calls": {"nth": 1}}
    simulator.set_faults({"faults": [once | fault]})
    outcome = run_blocking(what, connections, orphan)
    assert outcome is (Outcome.DISOWNED if what is disown else Outcome.RELEASED)
    left = {NUMBER: {**before, "attributes": KEPT}} if what is disown else {}
    assert account.numbers() == left


@pytest.mark.parametrize(("what", "operation"), [(disown, "update"), (release, "release")])
def test_a_failure_for_good_is_one_line(
    what: Any, operation: str, orphan: Orphan, connections: Connections, simulator: RunningSimulator
) -> None:
    """What cannot be known is said, with the command that shows it."""
    method = "PATCH" if what is disown else "DELETE"
    simulator.set_faults({"faults": [{"method": method, "fault": "status", "status": 503}]})
    text = error_of(ResourceError, run_blocking, what, connections, orphan)
    assert re.sub("in [0-9]+ attempts", "in N attempts", text) == (
        f"{NUMBER} (SE): CarrierX refused the {operation} (503), in N attempts: the simulator's "
        "fault plan says so. It is not known whether it took effect. Run `pulumi-carrierx orphans` "
        "again later to see the current state."
    )


@pytest.mark.parametrize("what", [disown, release])
@pytest.mark.parametrize("attributes", [{KEY: "trial/prod/support"}, {"team": "x"}])
def test_a_number_that_changed_hands_is_left_alone(
    what: Any,
    attributes: dict[str, Any],
    orphan: Orphan,
    connections: Connections,
    account: SimulatedAccount,
) -> None:
    """Between the listing and the change somebody else took it over: nothing is changed."""
    account.change(NUMBER, replace_attributes=True, attributes=attributes)
    assert error_of(ResourceError, run_blocking, what, connections, orphan) == (
        f"{NUMBER} (SE): its record (attributes.managed_by) has changed since it was listed. "
        "Nothing was changed. Run `pulumi-carrierx orphans` again to see the current state."
    )
    assert account.numbers()[NUMBER]["attributes"] == attributes


def test_an_answer_of_another_number_decides_nothing(
    orphan: Orphan, connections: Connections, account: SimulatedAccount, simulator: RunningSimulator
) -> None:
    """Even if it has the same record: its keys would be written onto the orphan."""
    record = orphan.record.as_attribute()
    account.register(phonenumber="+46700987655", capabilities=3, attributes={"x": 1, **record})
    before = account.numbers()
    wrong = {"method": "GET", "fault": "another_object", "calls": {"first": 1}}
    simulator.set_faults({"faults": [wrong]})
    account.calls()
    assert run_blocking(disown, connections, orphan) is Outcome.DISOWNED
    assert [call.partition(" ")[0] for call in account.calls()] == ["GET", "GET", "PATCH"]
    after = {**before, NUMBER: {**before[NUMBER], "attributes": KEPT}}
    assert account.numbers() == after


@pytest.mark.parametrize("what", [disown, release])
def test_a_number_that_is_gone_is_no_error(
    what: Any, orphan: Orphan, connections: Connections, account: SimulatedAccount
) -> None:
    """Somebody else has released it: it is no orphan any more."""
    account.release(NUMBER)
    assert run_blocking(what, connections, orphan) is Outcome.GONE


@pytest.mark.parametrize(
    ("token", "accounts", "names"),
    [
        ("t", '{"b": "t", "a": "t"}', (None, "a", "b")),
        (None, '{"b": "t"}', ("b",)),
        (None, None, (None,)),
    ],
)
def test_all_configured_accounts(
    token: str | None, accounts: str | None, names: tuple[str | None, ...]
) -> None:
    """The default account counts where it has a token, or where it would be the only one."""
    configuration = {"carrierx:token": token, "carrierx:accounts": accounts}
    assert Settings.of(configuration.get, {}).account_names() == names
