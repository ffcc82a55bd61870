"""The steps of the demo, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.demo.engine_output import without_progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.demo.stage import Stage

UPDATES = """\
  support:
-     language: sv
+     language: en
  support-night:
-   callback_url: https://hooks.example.com/support
+   callback_url: https://hooks.example.com/night
  sales:
-   name: Sales
+   name: Sales US
  marketing:
-     approved_by: j.doe
"""

REPLACE = """\
  alerts:
-   capabilities: [send_sms]
+   capabilities: [receive_sms, send_sms]
"""

MISTAKES = """\
  support:
-   phonenumber: "+46701740605"
+   phonenumber: "070-174 06 05"
  support-night:
-   callback_url: https://hooks.example.com/night
+   callback_url: hooks.example.com/night
  sales:
-   name: Sales US
+   name: 1
  marketing:
-   capabilities: [send_sms]
+   capabilities: [send_sms, voice]
-     campaign: spring
+     campaign: 12345678901234567890
"""

DECLARED_URL = "https://hooks.example.com/sales"
DRIFTED_URL = "https://test.example.net/catch-all"


def register(stage: Stage) -> None:
    """Preview and register; one POST for each number, with what the file says."""
    stage.screen.text("numbers.yaml:")
    stage.screen.quote(stage.file.read_text(encoding="utf-8").splitlines())

    previewed = stage.preview(shown=without_progress)
    creates = "the preview creates 7: the 5 numbers, their pool and the stack"
    stage.expect_in(previewed.output, creates, "+ 7 to create")

    applied = stage.run("up", shown=without_progress)
    stage.expect(
        {label: [one.method for one in calls] for label, calls in applied.calls_by_label().items()},
        {label: ["POST"] for label in stage.declared},
        "one POST for each number, and nothing else",
    )
    registered = stage.registered()
    stage.expect(
        {phonenumber: item["name"] for phonenumber, item in registered.items()},
        {entry["phonenumber"]: entry["name"] for entry in stage.declared.values()},
        "all 5 numbers are registered, under the names that the file gives them",
    )
    sids = [item["external_did_sid"] for item in registered.values()]
    stage.expect_in(applied.output, "the stack's output has the SID of each", *sids)


def change_nothing(stage: Stage) -> None:
    """Preview again; nothing happens."""
    previewed = stage.preview("--diff")
    stage.expect(
        previewed.output.rstrip().partition("Resources:\n")[2],
        "    7 unchanged",
        "the preview says that all 7 stay as they are",
    )


def update(stage: Stage) -> None:
    """Edit four numbers, preview, update; each takes the smallest call that does it."""
    stage.edit(UPDATES)
    previewed = stage.preview("--diff").output
    stage.expect_in(previewed, "the preview updates 4, in place", "~ 4 to update")
    changes = ['"Sales" => "Sales US"', '- approved_by: "j.doe"']
    stage.expect_in(previewed, "it says which field changes, from what to what", *changes)

    applied = stage.run("up")
    kept = {"team": "growth", "campaign": "spring"}
    stage.expect(
        {
            label: [(call.method, call.query, call.body) for call in calls]
            for label, calls in applied.calls_by_label().items()
        },
        {
            "support": [("PATCH", {}, {"attributes": {"language": "en"}})],
            "support-night": [("PATCH", {}, {"callback_url": "https://hooks.example.com/night"})],
            "sales": [("PATCH", {}, {"name": "Sales US"})],
            "marketing": [
                ("GET", {}, None),
                ("PATCH", {"nested_objects": "replace"}, {"attributes": kept}),
            ],
        },
        "each number took one PATCH, with nothing in it but what changed",
    )
    stage.screen.text(
        "    (A PATCH merges attributes, so only nested_objects=replace removes a key. It removes\n"
        "    every key that the body lacks: hence the GET first, to keep the keys of others.)"
    )
    registered = stage.registered()
    entries = [entry for entry in stage.declared.values() if "attributes" in entry]
    stage.expect(
        [registered.get(entry["phonenumber"], {}).get("attributes") for entry in entries],
        [entry["attributes"] for entry in entries],
        "CarrierX now has exactly the attributes in the file",
    )


def repair_drift(stage: Stage) -> None:
    """Somebody changes a number without the engine; refresh sees it, up repairs it."""
    stage.screen.text("A colleague points the callback of sales elsewhere, straight in CarrierX:")
    stage.somebody_changes("sales", callback_url=DRIFTED_URL)

    refreshed = stage.run("refresh", "--diff")
    stage.expect_in(
        refreshed.output,
        "refresh shows the one number and the one field, and what it was changed to",
        "~ 1 updated",
        f'"{DECLARED_URL}" => "{DRIFTED_URL}"',
    )
    stage.expect(
        [call.method for call in refreshed.calls],
        ["GET"] * 4,
        "refresh read three numbers by themselves, and the others from one page of the list",
    )

    repaired = stage.run("up")
    stage.expect(
        [(call.method, call.body) for call in repaired.calls],
        [("PATCH", {"callback_url": DECLARED_URL})],
        "up repairs it with one PATCH",
    )


def replace(stage: Stage) -> None:
    """Change capabilities, which CarrierX cannot update: the number is registered again."""
    phonenumber = stage.declared["alerts"]["phonenumber"]
    before = _sids(stage)
    stage.edit(REPLACE)
    previewed = stage.preview("--diff").output
    stage.expect_in(previewed, "the preview replaces 1", "+-1 to replace")
    stage.expect_in(
        previewed,
        "it warns what is released, and what is lost with it",
        f"warning: {phonenumber} (Alerts): capabilities 2 (send_sms) → 3 (receive_sms, send_sms)",
        f"its SID {before[phonenumber]}",
    )

    replaced = stage.run("up")
    stage.expect(
        [(call.method, call.status) for call in replaced.calls],
        [("GET", 200), ("DELETE", 204), ("POST", 200)],
        "the number was read, released, then registered again",
    )
    after = _sids(stage)
    kept = {number for number, sid in after.items() if sid == before.get(number)}
    stage.expect(after.keys() - kept, {phonenumber}, "it is the same number under another SID")
    stage.expect(kept, before.keys() - {phonenumber}, "the other 4 kept theirs")


def _sids(stage: Stage) -> dict[str, str]:
    return {number: item["external_did_sid"] for number, item in stage.registered().items()}


def refuse_mistakes(stage: Stage) -> None:
    """Edit badly, run up, and put the file back: all mistakes are named, nothing is sent."""
    correct = stage.file.read_text(encoding="utf-8")
    before = stage.registered()
    stage.edit(MISTAKES)
    failed = stage.run("up", "--diff", fails=True)
    errors = failed.output.splitlines()
    fields = (
        "support: phonenumber",
        "support-night: callback_url",
        "sales: name",
        "marketing: capabilities",
        "marketing: attributes.campaign",
    )
    stage.expect(
        [sum(f": {field}: " in line for line in errors) for field in fields],
        [1] * len(fields),
        "all 5 mistakes in 4 numbers are named, in one line each",
    )
    stage.expect(failed.output.count("Traceback"), 0, "without a traceback")
    stage.expect(failed.calls, [], "nothing was sent")
    stage.expect(stage.registered(), before, "CarrierX has what it had")
    stage.file.write_text(correct, encoding="utf-8")


def destroy(stage: Stage) -> None:
    """Destroy the stack, which releases every number."""
    destroyed = stage.run("destroy")
    methods = [call.method for call in destroyed.calls]
    releases = [method for method in methods if method == "DELETE"]
    stage.expect(releases, ["DELETE"] * 5, "one DELETE for each number, after reads")
    stage.expect(stage.registered(), {}, "CarrierX has no number left")


STEPS: dict[str, Callable[[Stage], None]] = {
    "register the 5 numbers of a file that a person keeps": register,
    "nothing changed": change_nothing,
    "rename one, move a callback, change one attribute key, drop another key": update,
    "someone changes a number behind the engine's back": repair_drift,
    "capabilities of one number change, which takes a replace": replace,
    "bad input: all mistakes at once, nothing sent": refuse_mistakes,
    "destroy": destroy,
}
"""By the title of each."""
