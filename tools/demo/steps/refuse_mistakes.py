"""Step 6: a file with mistakes: all of them are named, none of it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.demo.numbers_file import Edit

if TYPE_CHECKING:
    from tools.demo.stage import Stage

TITLE = "bad input: all mistakes at once, nothing sent"

_EDITS = (
    Edit("support", 'phonenumber: "+46701740605"', 'phonenumber: "070-174 06 05"'),
    Edit(
        "support-night",
        "callback_url: https://hooks.example.com/night",
        "callback_url: hooks.example.com/night",
    ),
    Edit("sales", "name: Sales US", "name: 1"),
    Edit("marketing", "capabilities: [send_sms]", "capabilities: [send_sms, voice]"),
    Edit("marketing", "campaign: spring", "campaign: 12345678901234567890"),
)

_MISTAKES = (
    "support: phonenumber",
    "support-night: callback_url",
    "sales: name",
    "marketing: capabilities",
    "marketing: attributes.campaign",
)


def run(stage: Stage) -> None:
    """Edit badly, run up, and put the file back."""
    good = stage.numbers.text
    before = stage.simulator.registered()
    stage.edit(*_EDITS)

    failed = stage.run("up", "--diff", fails=True)
    lines = failed.output.splitlines()
    stage.expect.that(
        all(
            sum(line.startswith(f"error: {mistake}: ") for line in lines) == 1
            for mistake in _MISTAKES
        ),
        "all 5 mistakes in 4 numbers are named, in one line each",
    )
    stage.expect.that("Traceback" not in failed.output, "without a traceback")
    stage.expect.equal(len(failed.calls), 0, "nothing was sent")
    stage.expect.equal(stage.simulator.registered(), before, "CarrierX has what it had")
    stage.numbers.write(good)
