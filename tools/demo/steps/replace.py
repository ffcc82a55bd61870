"""Step 5: capabilities change, which CarrierX cannot update: the number is registered anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.demo.numbers_file import Edit

if TYPE_CHECKING:
    from tools.demo.stage import Stage

TITLE = "capabilities of one number change, which takes a replace"


def run(stage: Stage) -> None:
    """Edit, preview with its warning, replace."""
    phonenumber = stage.numbers.numbers["alerts"]["phonenumber"]
    before = _sids(stage)
    stage.edit(Edit("alerts", "capabilities: [send_sms]", "capabilities: [receive_sms, send_sms]"))
    previewed = stage.preview("--diff")
    stage.expect.that("+-1 to replace" in previewed.output, "the preview replaces 1")
    stage.expect.that(
        f"warning: {phonenumber} (Alerts): capabilities 2 (send_sms) → 3 (receive_sms, send_sms)"
        in previewed.output
        and f"its SID {before[phonenumber]}" in previewed.output,
        "it warns what is released, and what is lost with it",
    )

    replaced = stage.up()
    stage.expect.equal(
        [(call.method, call.status) for call in replaced.calls],
        [("GET", 200), ("DELETE", 204), ("POST", 200)],
        "the number was read, released, then registered again",
    )
    after = _sids(stage)
    stage.expect.that(
        after.keys() == before.keys() and after[phonenumber] != before[phonenumber],
        "it is the same number under another SID",
    )
    stage.expect.that(
        all(after[number] == before[number] for number in before if number != phonenumber),
        "the other 4 kept theirs",
    )


def _sids(stage: Stage) -> dict[str, str]:
    return {
        number: item["external_did_sid"] for number, item in stage.simulator.registered().items()
    }
