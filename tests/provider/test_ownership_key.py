"""A key for ownership records that is not free.

The program has declared it as an attribute before, or somebody else's value is under it. What keeps
a record, and whose number it then is, is in ``test_takeover.py``.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.provider.lifecycles import (
    BASE,
    KEY,
    NUMBER,
    OWNER,
    RECORDS,
    Destroy,
    Elsewhere,
    Lifecycles,
    Moment,
    Preview,
    Refresh,
    Up,
    World,
    changed,
    live_through,
)

DECLARED: dict[str, Any] = {**BASE, "name": "support", "attributes": {"team": "care"}}
WITH_KEY = {**DECLARED, "attributes": {"team": "care", KEY: "team-billing"}}
RECORDED = {"attributes": {"team": "care", KEY: OWNER}}
OF_OURS = {"attributes": {"team": "care"}, "ownership": {"key": KEY, "owner": OWNER}}
DECLARED_BEFORE = (
    f"attributes.{KEY}: is where carrierx:ownershipKey keeps the number's owner, and an earlier up "
    "has declared it: set another carrierx:ownershipKey; or, unless somebody else has changed the "
    "attribute, set carrierx:ownershipKey back to what it was, run up, which removes the "
    "attribute, and set it again"
)

CHANGED = {**DECLARED, "string_key_1": "K1"}
THEIRS = "shop/staging/support"
NOT_WRITTEN = (
    f"{NUMBER} (support): no ownership record is written: attributes.{KEY} holds somebody else's "
    "value. Set another carrierx:ownershipKey, or let them remove that value."
)
BELONGS = (
    f"SID {{sid}} belongs to {THEIRS} now (attributes.{KEY}). Remove the number from this program "
    "and from its state: `pulumi-carrierx release {sid}`."
)
OF_ANOTHER = f"{NUMBER} (support): no ownership record is written: {BELONGS}"

CASES: Lifecycles = {
    "the next steps of the error remove the attribute, and then set the key": (
        Up(WITH_KEY),
        Preview(DECLARED, settings=RECORDS, error=DECLARED_BEFORE),
        Up(DECLARED, error=DECLARED_BEFORE, calls=[], keeps_sid=True),
        Refresh(step="same"),
        Up(DECLARED, settings={"ownershipKey": ""}, live={"attributes": {"team": "care"}}),
        Up({**DECLARED, "name": "x"}, settings=RECORDS, live=RECORDED, outputs=OF_OURS),
    ),
    "another key is free": (
        Up(WITH_KEY),
        Up(DECLARED, settings=RECORDS, error=DECLARED_BEFORE),
        Up(
            DECLARED,
            settings={"ownershipKey": "owner"},
            live={"attributes": {"team": "care", "owner": OWNER}},
        ),
    ),
    "the same while it is still declared": (
        Up(WITH_KEY),
        Up(WITH_KEY, settings=RECORDS, error="remove it in an up without", calls=[]),
        Up(DECLARED, settings={"ownershipKey": ""}, live={"attributes": {"team": "care"}}),
        Up({**DECLARED, "name": "x"}, settings=RECORDS, live=RECORDED, outputs=OF_OURS),
    ),
    "the same with the key of an earlier record, or with another one": (
        Up(WITH_KEY, settings={"ownershipKey": "owner"}),
        Up(DECLARED, settings=RECORDS, error=DECLARED_BEFORE, calls=[]),
        Up(WITH_KEY, settings={"ownershipKey": "another"}, step="same", calls=[]),
        Up(DECLARED, settings=RECORDS, error=DECLARED_BEFORE, calls=[]),
        Up(
            DECLARED,
            settings={"ownershipKey": "owner"},
            live={"attributes": {"team": "care", "owner": OWNER}},
        ),
        Up({**DECLARED, "name": "x"}, settings=RECORDS, live=RECORDED, outputs=OF_OURS),
    ),
    "what a refresh has found under the key counts as well": (
        Up(WITH_KEY),
        changed(attributes={KEY: "theirs"}),
        Refresh(step="changed"),
        Up(DECLARED, settings=RECORDS, error=DECLARED_BEFORE, calls=[]),
        Up(
            DECLARED,
            settings={"ownershipKey": ""},
            calls=[],
            warning=f"not cleared: attributes.{KEY}. Somebody else has changed this",
        ),
        Up(DECLARED, settings=RECORDS, step="same", calls=[]),
        Preview(CHANGED, step="update", warning=NOT_WRITTEN),
        Up(CHANGED, calls=['PATCH SID {"string_key_1": "K1"}'], warning=NOT_WRITTEN),
    ),
    "a key that is gone, and a record that a person wrote, are no problem": (
        Up(WITH_KEY),
        Elsewhere(
            lambda account: account.change(
                NUMBER, replace_attributes=True, attributes={"team": "care"}
            )
        ),
        Refresh(step="changed"),
        Up({**DECLARED, "name": "x"}, settings=RECORDS, live=RECORDED, outputs=OF_OURS),
        Up(None, settings={"ownershipKey": ""}),
        *(
            step
            for owner in (OWNER, "shop/prod/its old name")
            for step in (
                Up({**DECLARED, "attributes": {"team": "care", KEY: owner}}),
                Up({**DECLARED, "name": "x"}, settings=RECORDS, live=RECORDED, outputs=OF_OURS),
                Up(None, settings={"ownershipKey": ""}),
            )
        ),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_key_that_was_declared_is_not_free_for_records(world: World, case: str) -> None:
    """The record could not be written, and the attribute would stay for good."""
    live_through(world, CASES[case])


def _rename(world: World) -> None:
    resources = world.stack.resources
    resources["helpdesk"] = resources.pop("support")


RENAMED = Moment(_rename)
"""The resource has another name, and an alias says so."""
LEFT_ALONE = {"attributes": {"team": "care", KEY: THEIRS}, "string_key_1": "K1"}
ONLY_CHANGED = ["GET SID", 'PATCH SID {"string_key_1": "K1"}']
NOT_RELEASED = f"not released: {BELONGS}"

NOT_FREE: Lifecycles = {
    "the first record of a number costs one read, and so does another name; nothing else does": (
        Up(DECLARED),
        Up(
            CHANGED,
            settings=RECORDS,
            calls=[
                "GET SID",
                f'PATCH SID {{"attributes": {{"{KEY}": "{OWNER}"}}, "string_key_1": "K1"}}',
            ],
        ),
        Up({**CHANGED, "string_key_1": "K2"}, calls=['PATCH SID {"string_key_1": "K2"}']),
        RENAMED,
        Up(
            CHANGED,
            name="helpdesk",
            calls=[
                "GET SID",
                f'PATCH SID {{"attributes": {{"{KEY}": "shop/prod/helpdesk"}}, '
                '"string_key_1": "K1"}',
            ],
        ),
    ),
    "another stack's record, which the state has not seen": (
        Up(DECLARED),
        changed(attributes={KEY: THEIRS}),
        Up(CHANGED, settings=RECORDS, calls=ONLY_CHANGED, warning=OF_ANOTHER, live=LEFT_ALONE),
        Destroy(error=NOT_RELEASED, live=LEFT_ALONE),
    ),
    "so too if a key of the attributes changes": (
        Up(DECLARED),
        changed(attributes={KEY: THEIRS}),
        Up(
            {**DECLARED, "attributes": {"team": "sales"}},
            settings=RECORDS,
            calls=["GET SID", 'PATCH SID {"attributes": {"team": "sales"}}'],
            warning=OF_ANOTHER,
        ),
    ),
    "another stack's record, which a refresh has found": (
        Up(DECLARED),
        changed(attributes={KEY: THEIRS}),
        Refresh(),
        Preview(CHANGED, settings=RECORDS, step="update", warning=OF_ANOTHER),
        Up(CHANGED, calls=ONLY_CHANGED[1:], warning=OF_ANOTHER, live=LEFT_ALONE),
        Destroy(error=NOT_RELEASED, live=LEFT_ALONE),
    ),
    "another stack's record in the place of ours, while the resource gets another name": (
        Up(DECLARED, settings=RECORDS),
        changed(attributes={KEY: THEIRS}),
        RENAMED,
        Up(
            CHANGED,
            name="helpdesk",
            calls=ONLY_CHANGED,
            warning=OF_ANOTHER,
            live=LEFT_ALONE,
        ),
        Destroy(error=NOT_RELEASED, live=LEFT_ALONE),
    ),
    "another stack's record in the place of ours, while the key changes": (
        Up(DECLARED, settings=RECORDS),
        changed(attributes={KEY: THEIRS}),
        Up(
            CHANGED,
            settings={"ownershipKey": "owner"},
            calls=ONLY_CHANGED,
            warning=OF_ANOTHER,
            live=LEFT_ALONE,
        ),
        Destroy(error=NOT_RELEASED, live=LEFT_ALONE),
    ),
    "what is no record, and the state has not seen": (
        Up(DECLARED),
        changed(attributes={KEY: "team-billing"}),
        Up(
            CHANGED,
            settings=RECORDS,
            calls=ONLY_CHANGED,
            warning=NOT_WRITTEN,
            live={"attributes": {"team": "care", KEY: "team-billing"}},
        ),
    ),
    "what is no record, and a refresh has found, is said once, also if a read comes first": (
        Up({**DECLARED, "attributes": {"team": "care", "n": 1}}),
        changed(attributes={KEY: "team-billing"}),
        Refresh(),
        Up(
            CHANGED,
            settings=RECORDS,
            calls=["GET SID", "PATCH SID ?nested_objects=replace"],
            warning=NOT_WRITTEN,
            live={"attributes": {"team": "care", KEY: "team-billing"}},
        ),
    ),
    "what others have put there is not cleared with it": (
        Up({**DECLARED, "callback_url": "https://example.com/ours"}),
        changed(attributes={KEY: "team-billing"}),
        Up(
            CHANGED,
            settings=RECORDS,
            calls=["GET SID", 'PATCH SID {"callback_url": null, "string_key_1": "K1"}'],
            warning=NOT_WRITTEN,
            live={"attributes": {"team": "care", KEY: "team-billing"}},
        ),
    ),
}


@pytest.mark.parametrize("case", NOT_FREE)
def test_what_somebody_else_has_under_the_key_is_not_overwritten(world: World, case: str) -> None:
    """The record is written only if its key is free at that moment; else a warning says so."""
    live_through(world, NOT_FREE[case])


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_record_that_arrives_while_an_answer_is_lost_stays(
    world: World, act_before: Any, when: str
) -> None:
    """The update is planned again with what the confirming read finds."""
    world.stack.declare(support=DECLARED)
    assert world.stack.up().ok
    world.stack.settings |= RECORDS
    world.stack.declare(support=CHANGED)
    world.note_sid("sid")
    world.fail({"fault": "drop", "when": when, "method": "PATCH", "calls": {"first": 1}})
    act_before("GET", 2, lambda: world.account.change(NUMBER, attributes={KEY: THEIRS}))
    outcome = world.stack.up()
    assert outcome.ok
    assert outcome.warnings == [world.text(OF_ANOTHER)]
    live = world.account.numbers()[NUMBER]
    assert {name: live[name] for name in LEFT_ALONE} == LEFT_ALONE
