"""An account that has another name in ``carrierx:accounts``: its numbers stay as they are.

A move to another account is in ``test_promises.py``.
"""

from __future__ import annotations

from typing import Any

import pytest

from carrierx_simulator import SAMPLE_TOKEN
from tests.provider.lifecycles import (
    NAMED,
    NUMBER,
    OTHER_NUMBER,
    Destroy,
    Lifecycles,
    Preview,
    Refresh,
    Up,
    World,
    live_through,
)
from tests.provider.program import UNKNOWN

OLD, NEW = {**NAMED, "account": "old"}, {**NAMED, "account": "new"}
OWNED: dict[str, Any] = {**OLD, "attributes": {"team": "care", "old": 1}}


def accounts(*names: str) -> dict[str, Any]:
    """The setting with these names of the one account."""
    return {"accounts": dict.fromkeys(names, SAMPLE_TOKEN)}


NOT_CONFIGURED = (
    f'{NUMBER} (support): account old → account new: no account "old" in carrierx:accounts '
    "(there: new): set it with `pulumi config set --secret --path "
    "'carrierx:accounts[\"old\"].token'`. If both are the same account, set account old to the "
    "token and baseUrl of account new for one up, which then changes only the state."
)

RENAMED: Lifecycles = {
    "with both names only the state changes": (
        Up(OLD, settings=accounts("old", "new")),
        Preview(NEW, step="update"),
        Up(NEW, step="update", calls=[], keeps_sid=True, outputs={"account": "new"}),
        Refresh(step="same", settings=accounts("new")),
        Up({**NEW, "name": "sales"}, calls=["PATCH SID"], keeps_sid=True),
        Destroy(registered=[]),
    ),
    "the default account, too": (
        Up(NAMED, settings=accounts("new")),
        Up(NEW, step="update", calls=[], keeps_sid=True, outputs={"account": "new"}),
        Up(NAMED, step="update", calls=[], keeps_sid=True, outputs={"account": None}),
    ),
    "what else changes is updated, and replaced, as without the name": (
        Up(OWNED, settings=accounts("old", "new")),
        Up(
            {**OWNED, "account": "new", "attributes": {"team": "night"}},
            step="update",
            calls=["GET SID", "PATCH SID ?nested_objects=replace"],
            keeps_sid=True,
            outputs={"account": "new"},
        ),
        Up(
            {**NEW, "account": "old", "capabilities": 1},
            step="delete, create: capabilities",
            outputs={"account": "old"},
        ),
        Up(
            {**NEW, "capabilities": 1, "phonenumber": OTHER_NUMBER},
            step="create, delete: phonenumber",
            outputs={"account": "new"},
        ),
    ),
    "a name that is no longer configured: nothing is sent, and what the error says works": (
        Up(OLD, settings=accounts("old")),
        Preview(NEW, settings=accounts("new"), error=NOT_CONFIGURED),
        Up(NEW, error=NOT_CONFIGURED, calls=[], keeps_sid=True),
        Up(NEW, settings=accounts("new", "old"), step="update", calls=[], keeps_sid=True),
        Up(NEW, settings=accounts("new"), step="same", calls=[]),
    ),
    "a default account without a token: the same": (
        Up(NAMED, settings=accounts("new")),
        Up(
            NEW,
            settings={"token": ""},
            error=f"{NUMBER} (support): the default account → account new: no CarrierX token: ",
            calls=[],
            keeps_sid=True,
        ),
        Up(NEW, settings={"token": SAMPLE_TOKEN}, step="update", calls=[], keeps_sid=True),
        Up(NEW, settings={"token": ""}, step="same", calls=[]),
    ),
    "a retained number is not released for it, so that its old account may be gone": (
        Up({**OLD, "retain_on_delete": True}, settings=accounts("old")),
        Up(
            {**NEW, "retain_on_delete": True, "phonenumber": OTHER_NUMBER},
            settings=accounts("new"),
            calls=["POST"],
            registered=[NUMBER, OTHER_NUMBER],
        ),
    ),
    "an account that the preview does not know yet may be another one": (
        Up(OLD, settings=accounts("old", "new")),
        Preview({**OLD, "account": UNKNOWN}, step="delete, create: account", warning="account old"),
    ),
}


@pytest.mark.parametrize("case", RENAMED)
def test_an_account_with_another_name_keeps_its_numbers(world: World, case: str) -> None:
    """The same base URL and token are the same account."""
    live_through(world, RENAMED[case])
