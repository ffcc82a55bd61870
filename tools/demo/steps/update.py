"""Step 3: four numbers change in place, each with the smallest call that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.demo.numbers_file import Edit

if TYPE_CHECKING:
    from tools.demo.stage import Stage

TITLE = "rename one, move a callback, change one attribute key, drop another key"

_EDITS = (
    Edit("support", "language: sv", "language: en"),
    Edit(
        "support-night",
        "callback_url: https://hooks.example.com/support",
        "callback_url: https://hooks.example.com/night",
    ),
    Edit("sales", "name: Sales", "name: Sales US"),
    Edit("marketing", "approved_by: j.doe", None),
)

_CALLS = {
    "support": [("PATCH", {}, {"attributes": {"language": "en"}})],
    "support-night": [("PATCH", {}, {"callback_url": "https://hooks.example.com/night"})],
    "sales": [("PATCH", {}, {"name": "Sales US"})],
    "marketing": [
        ("GET", {}, None),
        (
            "PATCH",
            {"nested_objects": "replace"},
            {"attributes": {"team": "growth", "campaign": "spring"}},
        ),
    ],
}


def run(stage: Stage) -> None:
    """Edit, preview, update."""
    stage.edit(*_EDITS)
    previewed = stage.preview("--diff")
    stage.expect.that("~ 4 to update" in previewed.output, "the preview updates 4, in place")
    stage.expect.that(
        '"Sales" => "Sales US"' in previewed.output
        and '- approved_by: "j.doe"' in previewed.output,
        "it says which field changes, from what to what",
    )

    applied = stage.up()
    stage.expect.equal(
        {
            label: [(call.method, call.query, call.body) for call in calls]
            for label, calls in stage.labelled(applied.calls).items()
        },
        _CALLS,
        "each number took one PATCH, with nothing in it but what changed",
    )
    stage.screen.text(
        "    (A PATCH merges attributes, so only nested_objects=replace takes a key out. It takes "
        "out all that\n    the body lacks: hence the GET first, to keep the keys that others set.)"
    )
    live = stage.simulator.registered()
    stage.expect.equal(
        {
            label: live.get(entry["phonenumber"], {}).get("attributes")
            for label, entry in _with_attributes(stage)
        },
        {label: entry["attributes"] for label, entry in _with_attributes(stage)},
        "CarrierX now has the attributes that the file says, no more and no fewer",
    )


def _with_attributes(stage: Stage) -> list[tuple[str, dict[str, Any]]]:
    return [item for item in stage.numbers.numbers.items() if "attributes" in item[1]]
