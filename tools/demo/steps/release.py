"""Step 7: destroy releases every number."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.demo.stage import Stage

TITLE = "destroy"


def run(stage: Stage) -> None:
    """Destroy; nothing is left."""
    destroyed = stage.run("destroy")
    stage.expect.equal(
        [call.method for call in destroyed.calls], ["DELETE"] * 5, "one DELETE for each number"
    )
    stage.expect.equal(stage.simulator.registered(), {}, "CarrierX has no number left")
