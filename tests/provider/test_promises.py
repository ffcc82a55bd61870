from __future__ import annotations

import pytest

from tests.provider.lifecycles import *

MANAGE = {
    "what was never declared is left alone, whoever sets it, at any depth": (
        Up({**BASE, "attributes": {"owner": "support", "routing": {"queue": 7}}}, step="create"),
        changed(
            name="set by hand",
            callback_url="https://example.com/by-hand",
            attributes={"billing": "B1", "routing": {"queue": 7, "fallback": "voicemail"}},
        ),
        Refresh(step="changed"),
        Up(
            {**BASE, "attributes": {"owner": "sales", "routing": {"queue": 8}}},
            step="update",
            live={
                "name": "set by hand",
                "callback_url": "https://example.com/by-hand",
                "attributes": {
                    "owner": "sales",
                    "billing": "B1",
                    "routing": {"queue": 8, "fallback": "voicemail"},
                },
            },
        ),
    ),
}

@pytest.mark.parametrize("merge", ["shallow", "deep"], indirect=True)
@pytest.mark.parametrize("case", MANAGE)
def test_manage(world, case):
    live_through(world, MANAGE[case])
