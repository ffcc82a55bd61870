"""Promise 1, where a program stops declaring what somebody else has changed: theirs stays.

That what is still ours is cleared, and what the read before it finds, is in test_promises.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.provider.lifecycles import (
    BASE,
    FORGET,
    IMPATIENT,
    KEY,
    NAMED,
    NUMBER,
    RECORDS,
    REMEMBER,
    Lifecycles,
    Preview,
    Refresh,
    Up,
    World,
    changed,
    forget_field,
    live_through,
    lost,
)

OURS = "https://example.com/ours"
THEIRS = "https://example.com/theirs"
DECLARED: dict[str, Any] = {
    **NAMED,
    "callback_url": OURS,
    "attributes": {"n": {"x": 1}, "s": "ours"},
}
CHANGED: dict[str, Any] = {"callback_url": THEIRS, "attributes": {"n": {"x": 9}, "s": "theirs"}}
KEPT = "no longer declared, but not cleared: "
ALL_KEPT = (
    f"{NUMBER} (support): no longer declared, but not cleared: attributes.n.x, "
    "attributes.s, callback_url. Somebody else has changed this since the program set it, "
    "or an up was interrupted. To clear it, declare it in one up and remove it in the next."
)
OTHER_RECORD = {KEY: "shop/staging/support"}
TAKEN_OVER = {
    "callback_url": OURS,
    "attributes": {"n": {"x": 1}, "s": "ours", **OTHER_RECORD},
}
OF_ANOTHER = (
    f"{NUMBER} (support): no longer declared, but not cleared: attributes.n.x, attributes.s, "
    f"callback_url. SID {{sid}} belongs to shop/staging/support now (attributes.{KEY}). Remove the "
    "number from this program and from its state: `pulumi-carrierx release {sid}`."
)
CLEARED: dict[str, Any] = {"callback_url": None, "attributes": {}}

THEIRS_STAYS: Lifecycles = {
    "what others have changed since is read before it would be cleared, and stays": (
        Up(DECLARED),
        changed(**CHANGED),
        Preview(NAMED, step="update"),
        Up(NAMED, step="update", calls=["GET SID"], warning=ALL_KEPT, live=CHANGED),
        Up(NAMED, step="same", calls=[], live=CHANGED),
    ),
    "after a refresh the state has their value, and knows that it is theirs": (
        Up(DECLARED),
        changed(**CHANGED),
        Refresh(
            step="changed",
            outputs={
                "managed_fields": {
                    "name": True,
                    "callback_url": False,
                    "attributes": {"n": {"x": False}, "s": False},
                }
            },
        ),
        Refresh(),
        Preview(NAMED, step="update", warning=ALL_KEPT),
        Up(NAMED, step="update", calls=[], warning=ALL_KEPT, live=CHANGED),
        Up(NAMED, step="same", calls=[], live=CHANGED),
    ),
    "so too if the same up refreshes": (
        Up(DECLARED),
        changed(**CHANGED),
        Up(NAMED, refresh=True, calls=["GET SID"], warning=ALL_KEPT, live=CHANGED),
    ),
    "what the state knows is said before the read, what the read finds after it, each once": (
        Up(DECLARED),
        changed(attributes={"s": "theirs"}),
        Refresh(),
        changed(callback_url=THEIRS),
        Up(
            NAMED,
            calls=["GET SID", 'PATCH SID ?nested_objects=replace {"attributes": {"s": "theirs"}}'],
            warning=[f"{KEPT}attributes.s. ", f"{KEPT}callback_url. "],
            live={"callback_url": THEIRS, "attributes": {"s": "theirs"}},
        ),
    ),
    "what is still ours is cleared beside it": (
        Up({**DECLARED, "string_key_1": "K1", "string_key_2": "K2"}),
        changed(string_key_1="theirs", attributes={"s": "theirs", "billing": "B1"}),
        Up(
            NAMED,
            calls=[
                "GET SID",
                'PATCH SID ?nested_objects=replace {"attributes": {"billing": "B1", "s": "theirs"},'
                ' "callback_url": null, "string_key_2": null}',
            ],
            warning=f"{KEPT}attributes.s, string_key_1. ",
            live={"string_key_1": "theirs", "attributes": {"billing": "B1", "s": "theirs"}},
        ),
    ),
    "what is declared beside it is sent": (
        Up(DECLARED),
        changed(**CHANGED),
        Up(
            {**NAMED, "attributes": {"n": {"y": 2}}, "string_key_1": "K1"},
            calls=[
                "GET SID",
                'PATCH SID {"attributes": {"n": {"x": 9, "y": 2}}, "string_key_1": "K1"}',
            ],
            warning=ALL_KEPT,
            live={**CHANGED, "attributes": {"n": {"x": 9, "y": 2}, "s": "theirs"}},
        ),
    ),
    "an object that others have replaced, or a value that has become one, is theirs": (
        Up(DECLARED),
        changed(replace_attributes=True, attributes={"n": 5, "s": {"deep": "theirs"}}),
        Up(
            NAMED,
            calls=["GET SID", 'PATCH SID {"callback_url": null}'],
            warning=f"{KEPT}attributes.n, attributes.s. ",
            live={"callback_url": None, "attributes": {"n": 5, "s": {"deep": "theirs"}}},
        ),
    ),
    "what others have cleared needs no warning and no call": (
        Up(DECLARED),
        changed(replace_attributes=True, **CLEARED),
        Up(NAMED, calls=["GET SID"], live=CLEARED),
    ),
    "what others have changed and then cleared needs no warning either": (
        Up(DECLARED),
        changed(**CHANGED),
        Refresh(),
        changed(replace_attributes=True, **CLEARED),
        Refresh(),
        Up(NAMED, calls=[], live=CLEARED),
    ),
    "what others have cleared and set again, each seen by a refresh, was never ours": (
        Up(DECLARED),
        changed(callback_url=None),
        Refresh(outputs={"callback_url": None}),
        changed(callback_url=THEIRS),
        Refresh(outputs={"callback_url": THEIRS}),
        Up(
            {**NAMED, "attributes": DECLARED["attributes"]},
            step="same",
            calls=[],
            live={"callback_url": THEIRS},
        ),
    ),
    "what others have cleared and set again is put back while it is declared": (
        Up(DECLARED),
        changed(callback_url=None),
        Refresh(),
        changed(callback_url=THEIRS),
        Refresh(),
        Up(DECLARED, calls=['PATCH SID {"callback_url": "https://example.com/ours"}']),
        Up(NAMED, live=CLEARED),
    ),
    "what the program has put back is ours again": (
        Up(DECLARED),
        changed(**CHANGED),
        Refresh(),
        Up(DECLARED, step="update", live={"callback_url": OURS}),
        Up(NAMED, live=CLEARED),
    ),
    "their value is ours once the program declares it, which costs nothing": (
        Up(DECLARED),
        changed(**CHANGED),
        Refresh(),
        Up({**NAMED, **CHANGED}, step="update", calls=[]),
        Up(NAMED, live=CLEARED),
    ),
    "the warning's advice clears it": (
        Up(DECLARED),
        changed(**CHANGED),
        Up(NAMED, warning=ALL_KEPT),
        Up(DECLARED),
        Up(NAMED, live=CLEARED),
    ),
    "their value that the response to another change has shown is theirs": (
        Up(DECLARED),
        changed(callback_url=THEIRS, attributes={"s": "theirs"}),
        Up(
            {**DECLARED, "string_key_1": "K1"},
            calls=['PATCH SID {"string_key_1": "K1"}'],
            settles=False,
        ),
        Up(
            NAMED,
            calls=[
                "GET SID",
                'PATCH SID ?nested_objects=replace {"attributes": {"s": "theirs"}, '
                '"string_key_1": null}',
            ],
            warning=f"{KEPT}attributes.s, callback_url. ",
            live={"callback_url": THEIRS, "attributes": {"s": "theirs"}, "string_key_1": None},
        ),
    ),
    "a name is never cleared, so that it is not read either": (
        Up(NAMED),
        changed(name="theirs"),
        Up(BASE, step="update", calls=[], live={"name": "theirs"}, settles=False),
    ),
    "of many keys the warning names the first": (
        Up({**NAMED, "attributes": {f"k{n:02}": 1 for n in range(13)}}),
        changed(attributes={f"k{n:02}": 2 for n in range(13)}),
        Up(NAMED, warning="attributes.k08, attributes.k09 and 3 more. Somebody else has "),
    ),
    "an answer that leaves a field out does not show that it is theirs": (
        Up(DECLARED),
        Up(NAMED, faults=[forget_field("callback_url", calls={"first": 1})], live=CLEARED),
    ),
    "nor does it show that it is ours": (
        Up({**DECLARED, "string_key_1": "K1"}),
        changed(callback_url=THEIRS),
        *(
            Up(
                NAMED,
                settings=IMPATIENT,
                faults=[forget_field(field)],
                error=f"an object without its {field}",
                live={"callback_url": THEIRS, "string_key_1": "K1"},
            )
            for field in ("callback_url", "string_key_1", "attributes")
        ),
        Up(NAMED, warning=f"{KEPT}callback_url. ", live={"callback_url": THEIRS}),
    ),
    "on a number that another stack has taken over, nothing is ours": (
        Up(DECLARED, settings=RECORDS),
        changed(attributes=OTHER_RECORD),
        Up(NAMED, calls=["GET SID"], warning=OF_ANOTHER, live=TAKEN_OVER),
        Up(NAMED, step="same", calls=[], live=TAKEN_OVER),
    ),
    "so too after a refresh": (
        Up(DECLARED, settings=RECORDS),
        changed(attributes=OTHER_RECORD),
        Refresh(),
        Up(NAMED, calls=["GET SID"], warning=OF_ANOTHER, live=TAKEN_OVER),
    ),
    "an answer without the record does not show that the number is ours": (
        Up({**NAMED, "callback_url": OURS}, settings=RECORDS),
        changed(attributes=OTHER_RECORD),
        Up(
            NAMED,
            settings=IMPATIENT,
            faults=[forget_field("attributes")],
            error="an object without its attributes",
            live={"callback_url": OURS},
        ),
    ),
    "what that stack has cleared needs no call": (
        Up({**NAMED, "callback_url": OURS}, settings=RECORDS),
        changed(callback_url=None, attributes=OTHER_RECORD),
        Up(NAMED, calls=["GET SID"], live={"callback_url": None}),
    ),
    "so too once the stack keeps no records any more": (
        Up(DECLARED, settings=RECORDS),
        changed(attributes=OTHER_RECORD),
        Up(
            NAMED,
            settings={"ownershipKey": ""},
            calls=["GET SID"],
            warning=OF_ANOTHER,
            live=TAKEN_OVER,
        ),
    ),
    "so too before this stack has kept a record, where one warning says both": (
        Up(DECLARED),
        changed(attributes=OTHER_RECORD),
        Up(
            {**NAMED, "string_key_1": "K1"},
            settings=RECORDS,
            calls=["GET SID", 'PATCH SID {"string_key_1": "K1"}'],
            warning=OF_ANOTHER,
            live=TAKEN_OVER,
        ),
    ),
    "what a killed up wrote, and the state does not know, is not cleared either": (
        Up(DECLARED),
        REMEMBER,
        Up({**DECLARED, **CHANGED}),
        FORGET,
        Up(NAMED, warning=ALL_KEPT, live=CHANGED),
    ),
    "a lost answer to a clearing that took effect is no change by others": (
        Up(DECLARED),
        Up(NAMED, faults=[lost("PATCH", calls={"first": 1})], live=CLEARED),
    ),
}


@pytest.mark.parametrize("merge", ["shallow", "deep"], indirect=True)
@pytest.mark.parametrize("case", THEIRS_STAYS)
def test_what_somebody_else_has_changed_is_not_cleared(world: World, case: str) -> None:
    """What is no longer declared is cleared only with the value that the program gave it."""
    live_through(world, THEIRS_STAYS[case])


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_is_changed_while_an_answer_is_lost_stays(
    world: World, act_before: Any, when: str
) -> None:
    """The clearing is planned again with what the confirming read finds, and says what stays."""
    world.stack.declare(support={**DECLARED, "string_key_1": "K1"})
    assert world.stack.up().ok
    world.stack.declare(support=NAMED)
    world.fail({"fault": "drop", "when": when, "method": "PATCH", "calls": {"first": 1}})
    act_before("GET", 2, lambda: world.account.change(NUMBER, **CHANGED))
    outcome = world.stack.up()
    assert outcome.ok
    assert outcome.warnings == [ALL_KEPT]
    live = world.account.numbers()[NUMBER]
    assert {name: live[name] for name in CHANGED} == CHANGED
    assert live["string_key_1"] is None
    assert world.stack.settled()
