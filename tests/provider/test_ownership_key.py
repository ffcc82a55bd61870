"""A key for ownership records that the program has declared as an attribute before.

What keeps a record, and whose number it then is, is in ``test_takeover.py``.
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
    Elsewhere,
    Lifecycles,
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
    "has declared it: set carrierx:ownershipKey back to what it was, run up, which removes the "
    "attribute, and set it again; or set another carrierx:ownershipKey"
)

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
