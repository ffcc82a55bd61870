"""Step 4: somebody changes a number past the engine; refresh sees it, up repairs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.demo.stage import Stage

TITLE = "someone changes a number behind the engine's back"

_STRAY_URL = "https://test.example.net/catch-all"
_STATED_URL = "https://hooks.example.com/sales"


def run(stage: Stage) -> None:
    """Change, refresh, repair."""
    stage.screen.text("A colleague points the callback of sales elsewhere, straight in CarrierX:")
    stage.someone_changes("sales", {"callback_url": _STRAY_URL})

    refreshed = stage.run("refresh", "--diff")
    stage.expect.that(
        "~ 1 updated" in refreshed.output
        and f'"{_STATED_URL}" => "{_STRAY_URL}"' in refreshed.output,
        "refresh shows the one number and the one field, and what it was changed to",
    )
    stage.expect.equal(
        [call.method for call in refreshed.calls],
        ["GET"] * 4,
        "refresh read three numbers by themselves, and the others from one page of the list",
    )

    repaired = stage.up()
    stage.expect.equal(
        [(call.method, call.body) for call in repaired.calls],
        [("PATCH", {"callback_url": _STATED_URL})],
        "up repairs it with one PATCH",
    )
