"""Promises 4 and 5 for numbers with ``retain_on_delete``: such a number is never released.

The engine skips the delete of a resource that has the option in the state. A replace of the same
number then cannot register it, since it is registered still.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.provider.lifecycles import (
    GOING_ON,
    KEY,
    NAMED,
    NUMBER,
    OTHER_NUMBER,
    OWNER,
    RECORDS,
    RELEASED,
    Destroy,
    Lifecycles,
    Moment,
    Preview,
    Refresh,
    Up,
    World,
    live_through,
    registered,
)
from tests.provider.program import INHERITED_RETAIN, UNKNOWN

RETAINED = {**NAMED, "retain_on_delete": True}
OTHER_CAPABILITIES = {"capabilities": 1}
ANOTHER = {"phonenumber": OTHER_NUMBER}
CHANGED = (
    f"{NUMBER} (support): capabilities 3 (receive_sms, send_sms) → 1 (receive_sms), which CarrierX "
    "cannot update"
)
REFUSED = (
    f"{CHANGED}. The number cannot be replaced while it is retained (retain_on_delete): a number "
    "can be registered only once. Nothing was changed. Undo that change to keep the registration. "
    "To replace it, run up once without retain_on_delete and without that change, then make the "
    "change."
)
REPLACED = ["GET SID", "DELETE SID", "POST"]


def _forget_input(world: World) -> None:
    old = world.stack.resources["support"]
    inputs = {key: value for key, value in old.inputs.items() if key != "retain_on_delete"}
    world.stack.resources["support"] = replace(old, inputs=inputs)


WRITTEN_BY_AN_OLDER_VERSION = Moment(_forget_input)
"""The state has the option, and not the input."""

OPTION_OF_THE_RESOURCE: Lifecycles = {
    "a replace of the same number is an error, in the preview and in the up": (
        Up(RETAINED),
        Preview({**RETAINED, **OTHER_CAPABILITIES}, error=REFUSED),
        Up({**RETAINED, **OTHER_CAPABILITIES}, error=REFUSED, calls=[], keeps_sid=True),
        Up(RETAINED, step="same", calls=[]),
    ),
    "what the error proposes replaces the number": (
        Up(RETAINED),
        Up({**RETAINED, **OTHER_CAPABILITIES}, error=REFUSED),
        Up(NAMED, step="same", calls=[], keeps_sid=True),
        Up({**NAMED, **OTHER_CAPABILITIES}, calls=REPLACED, keeps_sid=False),
    ),
    "an option that goes with the change has its effect still, also after a refresh": (
        Up(RETAINED),
        Up({**NAMED, **OTHER_CAPABILITIES}, error=REFUSED, calls=[]),
        Refresh(step="same"),
        Up({**NAMED, **OTHER_CAPABILITIES}, error=REFUSED, calls=[], keeps_sid=True),
    ),
    "an option that comes with the change has its effect already": (
        Up(NAMED),
        Up({**RETAINED, **OTHER_CAPABILITIES}, error=REFUSED, calls=[], keeps_sid=True),
        Up(
            {**RETAINED, **ANOTHER},
            calls=["POST"],
            warning=(
                f"{NUMBER} (support): not released: the number is retained (retain_on_delete). SID "
                "{sid} stays registered, outside the state."
            ),
            registered=[NUMBER, OTHER_NUMBER],
        ),
    ),
    "a replace by another number leaves the old one registered, and the preview says so": (
        Up(RETAINED),
        Preview(
            {**RETAINED, **ANOTHER},
            step="create, delete: phonenumber",
            warning=f"{NUMBER} (support): phonenumber {NUMBER} → {OTHER_NUMBER}, which CarrierX "
            f"cannot update: {OTHER_NUMBER} is registered, and {NUMBER} stays registered with SID "
            "{sid}, outside the state (retain_on_delete).",
        ),
        Up({**NAMED, **ANOTHER}, calls=["POST"], registered=[NUMBER, OTHER_NUMBER]),
    ),
    "what a preview does not know yet may be no replace of the same number": (
        Up(RETAINED),
        *(
            Preview(
                {**RETAINED, **unknown},
                warning=f"if the values that are not known yet replace {NUMBER} by itself, the up "
                "fails, since the number is retained (retain_on_delete).",
            )
            for unknown in (
                {"capabilities": UNKNOWN},
                {"phonenumber": UNKNOWN},
                {"phonenumber": UNKNOWN, **OTHER_CAPABILITIES},
            )
        ),
        Up({**RETAINED, **ANOTHER}, registered=[NUMBER, OTHER_NUMBER]),
    ),
    "a move to another account is a replace of the same number": (
        Up(RETAINED),
        Up({**RETAINED, "account": "elsewhere"}, error=REFUSED[len(CHANGED) :], calls=[]),
    ),
    "everything but a replace is as without the option": (
        Up(RETAINED),
        Up({**RETAINED, "name": "sales"}, step="update", calls=["PATCH SID"]),
        Up({**NAMED, "name": "sales"}, step="same", calls=[]),
        Destroy(registered=[]),
    ),
    "a destroy forgets the number": (Up(RETAINED), Destroy(calls=[], registered=[NUMBER])),
    "a refresh that finds another registration does not fail, and the next up does": (
        Up(RETAINED, settings=RECORDS),
        RELEASED,
        registered(capabilities=1, name="support", attributes={KEY: OWNER}),
        Refresh(step="changed", warning="continued with SID {sid}"),
        Up(
            RETAINED,
            error="capabilities 1 (receive_sms) → 3 (receive_sms, send_sms), which CarrierX cannot "
            "update. The number cannot be replaced while it is retained",
            calls=[],
            keeps_sid=True,
        ),
    ),
}

INHERITED = {**NAMED, INHERITED_RETAIN: True}
NOT_RELEASED = (
    f"{CHANGED}. SID {{sid}} was not released for the replace, because of retain_on_delete or "
    "delete_before_replace=False: a number can be registered only once. Nothing was changed. Undo "
    "that change and run `{command}pulumi up`. To replace the number, also remove the option in "
    "that up, and make the change in the next one."
)
BY_COMMAND = NOT_RELEASED.replace("{command}", "CARRIERX_ADOPT={sid} ")
BY_RECORD = NOT_RELEASED.replace("{command}", "")
MET_AGAIN = ["POST", "GET ?"]
CONTINUED = f"continued with SID {{sid}}, {GOING_ON}."

OPTION_THAT_ONLY_THE_ENGINE_KNOWS: Lifecycles = {
    "a state that an older version wrote is not changed, and has the option": (
        Up(RETAINED),
        WRITTEN_BY_AN_OLDER_VERSION,
        Up(RETAINED, step="same", calls=[]),
        WRITTEN_BY_AN_OLDER_VERSION,
        Up({**RETAINED, **OTHER_CAPABILITIES}, error=REFUSED, calls=[]),
        Up({**NAMED, **OTHER_CAPABILITIES}, error=BY_COMMAND, calls=MET_AGAIN, keeps_sid=True),
        Up(NAMED, adopts="{sid}", keeps_sid=True),
    ),
    "without a record the number is not released, and the command of the error continues": (
        Up(INHERITED),
        *(
            Up(
                {**INHERITED, **OTHER_CAPABILITIES},
                error=BY_COMMAND,
                calls=MET_AGAIN,
                keeps_sid=True,
            )
            for _ in range(2)
        ),
        Up(INHERITED, error="take it over: `CARRIERX_ADOPT={sid} pulumi up`", keeps_sid=True),
        Up(INHERITED, adopts="{sid}", calls=MET_AGAIN, keeps_sid=True),
    ),
    "with a record the program as it was continues by itself": (
        Up(INHERITED, settings=RECORDS),
        Up({**INHERITED, **OTHER_CAPABILITIES}, error=BY_RECORD, calls=MET_AGAIN, keeps_sid=True),
        Up(INHERITED, calls=MET_AGAIN, warning=CONTINUED, keeps_sid=True),
    ),
    "what else has changed meanwhile is updated": (
        Up(INHERITED, settings=RECORDS),
        Up({**INHERITED, **OTHER_CAPABILITIES}, error=BY_RECORD),
        Up({**INHERITED, "name": "sales"}, calls=[*MET_AGAIN, "PATCH SID"], warning=CONTINUED),
    ),
    "with adopt_existing": (
        Up({**INHERITED, "adopt_existing": True}),
        Up(
            {**INHERITED, "adopt_existing": True, **OTHER_CAPABILITIES},
            error=BY_COMMAND,
            calls=["GET ?"],
        ),
        Up({**INHERITED, "adopt_existing": True}, adopts="{sid}", keeps_sid=True),
    ),
    **{
        f"the next steps of the error replace the number, {how}": (
            Up(INHERITED, settings=settings),
            Up({**INHERITED, **OTHER_CAPABILITIES}, error=error),
            Up(NAMED, adopts=adopts, warning=warning, keeps_sid=True),
            Up({**NAMED, **OTHER_CAPABILITIES}, calls=REPLACED, keeps_sid=False),
        )
        for how, settings, error, adopts, warning in (
            ("without a record", {}, BY_COMMAND, "{sid}", ()),
            ("with a record", RECORDS, BY_RECORD, "", CONTINUED),
        )
    },
    "once the resource has the option itself, the replace is an error before anything is sent": (
        Up(INHERITED, settings=RECORDS),
        Up({**INHERITED, **OTHER_CAPABILITIES}, error=BY_RECORD),
        Up({**RETAINED, **OTHER_CAPABILITIES}, error=REFUSED, calls=[]),
        Up(RETAINED, warning=CONTINUED, keeps_sid=True),
    ),
    "a destroy forgets the number": (
        Up(INHERITED),
        Up({**INHERITED, **OTHER_CAPABILITIES}, error=BY_COMMAND),
        Destroy(calls=[], registered=[NUMBER]),
    ),
}


@pytest.mark.parametrize("case", OPTION_OF_THE_RESOURCE)
def test_a_retained_number_is_not_released(world: World, case: str) -> None:
    """It cannot be replaced by itself, which is said before anything is sent."""
    live_through(world, OPTION_OF_THE_RESOURCE[case])


@pytest.mark.parametrize("case", OPTION_THAT_ONLY_THE_ENGINE_KNOWS)
def test_a_number_that_only_the_engine_retains_is_not_released(world: World, case: str) -> None:
    """The create finds out; what its error proposes leads on."""
    live_through(world, OPTION_THAT_ONLY_THE_ENGINE_KNOWS[case])
