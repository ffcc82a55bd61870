"""Step 2: nothing changed, so nothing happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.demo.stage import Stage

TITLE = "nothing changed"


def run(stage: Stage) -> None:
    """Preview again."""
    previewed = stage.preview("--diff")
    stage.expect.that(
        previewed.output.rstrip().endswith("Resources:\n    6 unchanged"),
        "the preview says that all 6 stay as they are",
    )
