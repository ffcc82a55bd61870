"""Step 1: the numbers of the file are registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.demo.engine_output import without_progress

if TYPE_CHECKING:
    from tools.demo.stage import Stage

TITLE = "register the 5 numbers of a file that a person keeps"


def run(stage: Stage) -> None:
    """Preview and register; one POST for each number, with what the file says."""
    stage.screen.text("numbers.yaml:")
    stage.screen.quote(stage.numbers.text.splitlines())

    previewed = stage.preview(shown=without_progress)
    stage.expect.that(
        "+ 6 to create" in previewed.output, "the preview creates 6: the 5 numbers and the stack"
    )

    numbers = stage.numbers.numbers
    applied = stage.up(shown=without_progress)
    stage.expect.equal(
        {
            label: [call.method for call in calls]
            for label, calls in stage.labelled(applied.calls).items()
        },
        {label: ["POST"] for label in numbers},
        "one POST for each number, and nothing else",
    )
    registered = stage.simulator.registered()
    stage.expect.equal(
        {phonenumber: item["name"] for phonenumber, item in registered.items()},
        {entry["phonenumber"]: entry["name"] for entry in numbers.values()},
        "all 5 numbers are registered, under the names that the file gives them",
    )
    stage.expect.that(
        all(item["external_did_sid"] in applied.output for item in registered.values()),
        "the stack's output has the SID of each",
    )
