"""The one decision about a number that is registered already, and who relies on it in a run."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from carrierx_api.models import ExternalDID
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.ownership import Ownership, other_owner
from carrierx_provider.external_did.plan import UNKNOWN_SID, plan_create
from carrierx_provider.external_did.run_registry import RunRegistry
from carrierx_provider.external_did.takeover import (
    Adopt,
    Decision,
    Facts,
    Refuse,
    decide_create,
)

SID = "ed3a6d9b-13a8-4bd4-a8a1-2e0d3f4a9d11"
NUMBER = {"phonenumber": "+46700987654", "capabilities": 3}
KEY = "managed_by"
OURS = "shop/production/support"
OWNED = {"ownership": {"key": KEY, "owner": OURS}}
ADOPTS = {"adopt_existing": True}
OTHER_STACK = {"attributes": {KEY: "shop/staging/support"}}
RENAMED = {"attributes": {KEY: "shop/production/old-name"}}
OWN = {"attributes": {KEY: OURS}}
LONG_NAME = "a long name" * 50
OUTGROWN = {**OWN, "capabilities": 1}


@dataclass(frozen=True)
class Case:
    """What is declared, what exists, what the run knows, and the decision."""

    inputs: dict[str, Any]
    existing: dict[str, Any]
    facts: dict[str, Any] = field(default_factory=dict)
    decision: type[Decision] = Refuse
    problem: str = ""
    notice: str = ""


CASES = {
    "a stranger's": Case({}, {}, problem="CARRIERX_ADOPT"),
    "a stranger's, adopted": Case(ADOPTS, {}, decision=Adopt),
    "a stranger's, named": Case({}, {}, {"named_by_user": True}, Adopt),
    "lost, and exactly what was asked for": Case(
        {},
        {},
        {"answer_lost": True},
        Adopt,
        notice=f"+46700987654: continued with SID {SID}, which is exactly what was requested: the "
        "response to the registration was lost.",
    ),
    "lost, and something else": Case({}, {"string_key_1": "theirs"}, {"answer_lost": True}),
    "lost, but with records on it would have ours": Case(OWNED, {}, {"answer_lost": True}),
    "ours": Case(OWNED, OWN, decision=Adopt, notice="an earlier run of this resource"),
    "ours, used by another resource": Case(
        OWNED, OWN, {"used_by_other": True}, problem="another resource of this program has SID"
    ),
    "another stack's": Case(OWNED, OTHER_STACK, problem="It belongs to shop/staging/support"),
    "another stack's, adopted": Case({**OWNED, **ADOPTS}, OTHER_STACK, problem="It belongs to"),
    "another stack's, named": Case(OWNED, OTHER_STACK, {"named_by_user": True}, Adopt),
    "renamed": Case(
        OWNED,
        RENAMED,
        problem="+46700987654: adopt_existing found a registration. Its registration has SID "
        f"{SID}, and matches what the program declares. Nothing was changed. It belongs to the "
        f'resource "old-name" of this stack (attributes.{KEY}). If that was renamed in the '
        'program, give it aliases=[pulumi.Alias(name="old-name")]. If it gives the number up, '
        "or is no longer in the program or the state, take it over: "
        f"`CARRIERX_ADOPT={SID} pulumi up`.",
    ),
    "renamed, from a long name": Case(
        OWNED,
        {"attributes": {KEY: f"shop/production/{LONG_NAME}"}},
        problem=f'It belongs to the resource "{LONG_NAME[:200]}…" of this stack '
        f"(attributes.{KEY}). If that was renamed in the program, give it "
        f'aliases=[pulumi.Alias(name="{LONG_NAME}")].',
    ),
    "renamed, from an odd name": Case(
        OWNED,
        {"attributes": {KEY: 'shop/production/"two"  \u202elines\n'}},
        problem=r'It belongs to the resource "\"two\" lines" of this stack '
        rf"(attributes.{KEY}). If that was renamed in the program, give it "
        r'aliases=[pulumi.Alias(name="\"two\"  \u202elines\n")].',
    ),
    "renamed, adopted": Case({**OWNED, **ADOPTS}, RENAMED, decision=Adopt),
    "not updatable": Case(ADOPTS, {"capabilities": 1}, problem="cannot be taken over"),
    "ours, outgrown, unknown to the state": Case(
        OWNED, OUTGROWN, problem=f"pulumi-carrierx orphans --release {SID}"
    ),
    "ours, outgrown, its replace was shown": Case(
        OWNED, OUTGROWN, {"known_to_state": True}, Adopt, notice="was released and the number"
    ),
    "ours, outgrown, and retained": Case(
        {**OWNED, "retain_on_delete": True},
        OUTGROWN,
        {"known_to_state": True},
        problem="cannot be taken over",
    ),
    "ours, outgrown, and left alone by the engine": Case(
        OWNED,
        OUTGROWN,
        {"known_to_state": True, "not_released": True},
        problem=f"SID {SID} was not released for the replace",
    ),
    "another stack's, and left alone by the engine": Case(
        OWNED,
        {**OTHER_STACK, "capabilities": 1},
        {"not_released": True},
        problem="It belongs to shop/staging/support",
    ),
    "ours, outgrown, and released already": Case(
        OWNED,
        OUTGROWN,
        {"known_to_state": True, "already_released": True},
        problem="cannot be taken over",
    ),
}


def decide(case: Case) -> Decision:
    existing = ExternalDID.model_validate({"external_did_sid": SID, **NUMBER, **case.existing})
    inputs = Inputs.parse({**NUMBER, **case.inputs})
    return decide_create(existing, inputs, Facts("+46700987654", **case.facts))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_done_about_an_existing_registration(case: Case) -> None:
    """Each case has one decision; a refusal and an unrequested take-over say why."""
    decision = decide(case)
    assert type(decision) is case.decision
    if isinstance(decision, Refuse):
        assert case.problem in decision.problem.text()
    if isinstance(decision, Adopt):
        assert bool(decision.notices) is bool(case.notice)
        assert case.notice in "".join(decision.notices)


@pytest.mark.parametrize(
    ("owner", "state_has", "is_other"),
    [
        (OURS, OURS, False),
        ("shop/staging/support", OURS, True),
        ("shop/production/helpdesk", OURS, True),
        ("billing", OURS, True),
        ({"owner": "infra"}, OURS, True),
        # The state has no record: records are new, or the number has had no change since.
        ("shop/staging/support", None, True),
        # What names no owner is what somebody keeps under that key.
        ("billing", None, False),
        ({"owner": "infra"}, None, False),
    ],
)
def test_whose_record_a_number_has(owner: object, state_has: str | None, *, is_other: bool) -> None:
    """Any owner but the one that the state has; the lifecycle knows which stack is its own."""
    ours = None if state_has is None else Ownership(KEY, state_has)
    another = other_owner({KEY: owner}, {KEY}, ours)
    assert (another is not None) is is_other
    assert other_owner({KEY: owner}, set(), ours) is None


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_branch_shows_at_least_what_is_executed(case: Case) -> None:
    """Every call of a decision is in the plan's branches, with the SID that only CarrierX knows."""
    decision = decide(case)
    plan = plan_create(Inputs.parse({**NUMBER, **case.inputs}), may_adopt=True, may_replace=True)
    shown = {
        (call.method, call.path, key)
        for branch in plan.branches
        for call in branch.calls
        for key in call.body or {"": None}
    }
    if isinstance(decision, Adopt):
        for call in decision.plan.calls:
            path = call.path.replace(SID, UNKNOWN_SID)
            assert {(call.method, path, key) for key in call.body or {"": None}} <= shown


@pytest.mark.parametrize(
    ("events", "held"),
    [
        # A plain delete, and one of what this same resource was diffed with: its own affair.
        ("", False),
        ("used SID mine", False),
        # A rename without an alias, in one run, or interrupted and finished in the next.
        ("used SID other", True),
        # A replace of this resource, then a delete by the engine.
        ("used SID mine, replaced SID mine", False),
        # A move: another resource adopts, then this one's diff gives the registration up.
        ("used SID other, replaced SID mine", True),
        # The other resource had it, and gives it up.
        ("used SID other, replaced SID other", False),
        # Another registration is irrelevant.
        ("used ANOTHER other", False),
        # A state written by hand has no instance ID.
        ("used SID none", True),
    ],
)
def test_a_delete_is_held_back_only_for_another_resource(events: str, held: bool) -> None:
    """What matters is whether somebody else relies on the SID, in whatever order it came."""
    run = RunRegistry()
    for event in filter(None, events.split(", ")):
        kind, sid, mark = event.split()
        if kind == "used":
            run.mark_used(sid, None if mark == "none" else mark)
        else:
            run.mark_replaced(sid, mark, released_first=True)
    assert run.is_used_by_other("SID", "mine") is held


def test_only_a_replace_of_the_same_number_releases_it_first() -> None:
    """A create that meets a registration which was to be released before says so."""
    run = RunRegistry()
    run.mark_replaced("SID", "mine", released_first=True)
    run.mark_replaced("ANOTHER", "mine", released_first=False)
    assert run.released_first == {"SID"}
    assert run.previewed == {"SID", "ANOTHER"}
