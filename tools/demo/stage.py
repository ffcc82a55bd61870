"""What every step works with: the numbers' file, the engine, the simulator, the screen."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tools.demo.engine_output import only_changes
from tools.demo.expectations import DemoError, Expectations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tools.demo.numbers_file import Edit, NumbersFile
    from tools.demo.screen import Screen
    from tools.demo.simulator import LoggedCall, Simulator
    from tools.pulumi_project import PulumiProject

_NO_LABEL = "?"
_SHORT_SID = 8  # characters: enough to tell five numbers apart


@dataclass(frozen=True, slots=True)
class EngineRun:
    """What the engine printed, and the calls that reached the simulator meanwhile."""

    output: str
    calls: list[LoggedCall]


class Stage:
    """Makes the moves of the steps, and shows each as it is made."""

    def __init__(
        self, screen: Screen, project: PulumiProject, simulator: Simulator, numbers: NumbersFile
    ) -> None:
        """No number is registered yet."""
        self.screen = screen
        self.simulator = simulator
        self.numbers = numbers
        self.expect = Expectations(screen)
        self._project = project
        self.calls: list[LoggedCall] = []
        self._labels: dict[str, str] = {}

    def edit(self, *edits: Edit) -> None:
        """Edit the file of numbers, and show the changed lines."""
        self.screen.text("numbers.yaml:")
        self.screen.quote(self.numbers.edit(*edits))

    def preview(self, *flags: str, shown: Callable[[str], list[str]] = only_changes) -> EngineRun:
        """``pulumi preview``, which must succeed without any HTTP call."""
        run = self.run("preview", *flags, shown=shown)
        self.expect.equal(len(run.calls), 0, "the preview made no HTTP call")
        return run

    def up(self, *, shown: Callable[[str], list[str]] = only_changes) -> EngineRun:
        """``pulumi up``, which must succeed."""
        return self.run("up", shown=shown)

    def run(
        self,
        *arguments: str,
        shown: Callable[[str], list[str]] = only_changes,
        fails: bool = False,
    ) -> EngineRun:
        """Run the engine; show what it prints and the calls that it makes.

        :param arguments: as a user would type them; those for an unattended run are added.
        :param shown: what to show of the output.
        :param fails: whether it has to fail; default: it has to succeed.
        :raises DemoError: it ended otherwise.
        """
        self.screen.command(" ".join(["pulumi", *arguments]))
        unattended = [] if arguments[0] == "preview" else ["--yes", "--skip-preview"]
        finished = self._project.run(*arguments, *unattended, "--suppress-progress")
        calls = self.simulator.take_calls()
        self.calls += calls
        if finished.ok is fails:
            ended = "succeeded" if finished.ok else "failed"
            raise DemoError(f"pulumi {arguments[0]} {ended}", finished.output)
        self.screen.quote(shown(finished.output))
        self._learn_labels()
        self.screen.calls([self._worded(call) for call in calls])
        return EngineRun(finished.output, calls)

    def someone_changes(self, label: str, body: Mapping[str, Any]) -> None:
        """Change a number past the engine, and show the call."""
        self.simulator.change(self.sid(label), body)
        self.screen.calls([self._worded(call) for call in self.simulator.take_calls()])

    def labelled(self, calls: list[LoggedCall]) -> dict[str, list[LoggedCall]]:
        """The calls by the label of their number, in the order of their arrival."""
        found: dict[str, list[LoggedCall]] = {}
        for call in calls:
            found.setdefault(self._label(call), []).append(call)
        return found

    def sid(self, label: str) -> str:
        """The SID that the number with this label has now."""
        phonenumber = self.numbers.numbers[label]["phonenumber"]
        return str(self.simulator.registered()[phonenumber]["external_did_sid"])

    def _learn_labels(self) -> None:
        labels = {entry["phonenumber"]: label for label, entry in self.numbers.numbers.items()}
        for phonenumber, item in self.simulator.registered().items():
            if phonenumber in labels:
                self._labels[item["external_did_sid"]] = labels[phonenumber]

    def _label(self, call: LoggedCall) -> str:
        if call.sid is not None:
            return self._labels.get(call.sid, _NO_LABEL)
        phonenumber = call.body.get("phonenumber") if isinstance(call.body, dict) else None
        entries = self.numbers.numbers.items()
        return next(
            (label for label, entry in entries if entry["phonenumber"] == phonenumber), _NO_LABEL
        )

    def _worded(self, call: LoggedCall) -> str:
        path = call.path
        if call.sid is not None:
            path = path.replace(call.sid, f"{call.sid[:_SHORT_SID]}…")
        query = f"?{urlencode(call.query)}" if call.query else ""
        body = "" if call.body is None else f" {json.dumps(call.body, ensure_ascii=False)}"
        return f"{self._label(call):<14}{call.method:<6} {path}{query}{body} → {call.status}"
