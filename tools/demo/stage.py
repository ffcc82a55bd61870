"""What every step works with: the file of numbers, the engine, the simulator, the screen."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import urlencode

import httpx
import yaml

from carrierx_simulator import SAMPLE_TOKEN
from carrierx_simulator.testing import SimulatedAccount
from tools.demo.engine_output import only_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from carrierx_simulator import RunningSimulator
    from tools.pulumi_project import PulumiProject

_BOLD, _RED, _GREEN, _YELLOW = "1", "31", "32", "33"
_COLOURS = {
    "+-": _YELLOW,
    "-": _RED,
    "+": _GREEN,
    "~": _YELLOW,
    "warning:": _YELLOW,
    "error:": _RED,
}
_API = "/core/v2"
_COLLECTION = "/phonenumber/external_dids"
_NO_LABEL = "?"
_SHORT_SID = 8  # characters: enough to distinguish five numbers


class DemoError(Exception):
    """The demo cannot continue."""


class Screen:
    """Prints plain lines, in colour on a terminal where ``NO_COLOR`` is not set."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._colour = stream.isatty() and not os.environ.get("NO_COLOR")

    def heading(self, text: str) -> None:
        """Begin a part."""
        self.text(f"\n=== {text}", _BOLD)

    def failed(self, text: str) -> None:
        """Show why the demo stops."""
        self.text(f"\nFAILED: {text}", _RED)

    def quote(self, lines: Iterable[str]) -> None:
        """Show the lines of a file, or of a program's output, coloured by their mark."""
        for line in lines:
            marks = (colour for mark, colour in _COLOURS.items() if line.lstrip().startswith(mark))
            self.text(f"  {line}", next(marks, None))

    def text(self, text: str, colour: str | None = None) -> None:
        """Show a text."""
        shown = f"\033[{colour}m{text}\033[0m" if self._colour and colour and text else text
        print(shown, file=self._stream, flush=True)


@dataclass(frozen=True, slots=True)
class Call:
    """One call that reached the simulator; ``path`` begins behind the base URL."""

    label: str
    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    status: int

    def __str__(self) -> str:
        sid = self.path.removeprefix(_COLLECTION).lstrip("/")
        path = self.path.replace(sid, f"{sid[:_SHORT_SID]}…") if sid else self.path
        query = f"?{urlencode(self.query)}" if self.query else ""
        body = "" if self.body is None else f" {json.dumps(self.body, ensure_ascii=False)}"
        return f"{self.label:<14}{self.method:<6} {path}{query}{body} → {self.status}"


@dataclass(frozen=True, slots=True)
class EngineRun:
    """What the engine printed, and the calls that reached the simulator meanwhile."""

    output: str
    calls: list[Call]

    def calls_by_label(self) -> dict[str, list[Call]]:
        """The calls of each number, in the order of their arrival."""
        found: dict[str, list[Call]] = {}
        for call in self.calls:
            found.setdefault(call.label, []).append(call)
        return found


class Stage:
    """Makes the moves of the steps, and shows each."""

    def __init__(
        self, screen: Screen, project: PulumiProject, simulator: RunningSimulator, file: Path
    ) -> None:
        self.screen = screen
        self.file = file
        self.calls: list[Call] = []
        self.expectations = 0
        self._project = project
        self._account = SimulatedAccount(simulator)

    @property
    def declared(self) -> dict[str, dict[str, Any]]:
        """The entries of the file, by label."""
        entries: dict[str, dict[str, Any]] = yaml.safe_load(self.file.read_text(encoding="utf-8"))
        return entries

    def registered(self) -> dict[str, dict[str, Any]]:
        """The registered External DIDs, by phone number with ``+``."""
        return self._account.numbers()

    def expect(self, found: object, expected: object, what: str) -> None:
        """Show that the two are equal, or raise ``DemoError``."""
        if found != expected:
            raise DemoError(f"{what}: no, found {found} in place of {expected}")
        self.expectations += 1
        self.screen.text(f"ok: {what}", _GREEN)

    def expect_in(self, output: str, what: str, *texts: str) -> None:
        """Show that an output has all these texts, or raise ``DemoError``."""
        self.expect([text for text in texts if text not in output], [], what)

    def edit(self, difference: str) -> None:
        """Show a change of the file, and make it.

        Args:
            difference: Lines that begin with ``-`` and ``+``, below the label of their number.
        """
        self.screen.text("numbers.yaml:")
        self.screen.quote(difference.splitlines())
        lines = self.file.read_text(encoding="utf-8").splitlines()
        place = 0
        for change in difference.splitlines():
            mark, line = change[0], change[2:]
            if mark == "+":
                lines.insert(place, line)
                place += 1
                continue
            if line not in lines[place:]:
                raise DemoError(f"examples/quickstart/numbers.yaml: no line {line!r}")
            place = lines.index(line, place)
            if mark == "-":
                del lines[place]
        self.file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def preview(self, *flags: str, shown: Callable[[str], list[str]] = only_changes) -> EngineRun:
        """Run ``pulumi preview``, which must succeed without any HTTP call."""
        run = self.run("preview", *flags, shown=shown)
        self.expect(len(run.calls), 0, "the preview made no HTTP call")
        return run

    def run(
        self,
        *arguments: str,
        shown: Callable[[str], list[str]] = only_changes,
        fails: bool = False,
    ) -> EngineRun:
        """Run the engine; show what it prints and the calls that it makes.

        Args:
            *arguments: As a user would type them; those for an unattended run are added.
            shown: Selects the lines of the output to show.
            fails: Whether it has to fail.

        Raises:
            DemoError: It ended otherwise.
        """
        self.screen.text(f"\n$ {' '.join(['pulumi', *arguments])}", _BOLD)
        sids = self._labels()
        unattended = [] if arguments[0] == "preview" else ["--yes", "--skip-preview"]
        finished = self._project.run(*arguments, *unattended, "--suppress-progress")
        calls = self._new_calls({**sids, **self._labels()})
        if finished.ok is fails:
            ended = "succeeded" if finished.ok else "failed"
            self.screen.text(finished.output)
            raise DemoError(f"pulumi {arguments[0]} {ended}")
        self.screen.quote(shown(finished.output))
        self._show_calls(calls)
        self.calls += calls
        return EngineRun(finished.output, calls)

    def somebody_changes(self, label: str, **body: str) -> None:
        """Change a number without the engine, and show the call."""
        sid = self._account.sid(self.declared[label]["phonenumber"])
        url = f"{self._account.base_url}{_COLLECTION}/{sid}"
        headers = {"Authorization": f"Bearer {SAMPLE_TOKEN}"}
        # The simulator is on this machine, whatever proxy the environment names.
        httpx.patch(url, json=body, headers=headers, trust_env=False).raise_for_status()
        self._show_calls(self._new_calls(self._labels()))

    def _labels(self) -> dict[str, str]:
        """The labels by phone number, and by the SID that the number has now."""
        labels = {entry["phonenumber"]: label for label, entry in self.declared.items()}
        registered = self.registered().items()
        sids = {item["external_did_sid"]: labels.get(number, "") for number, item in registered}
        return {**labels, **sids}

    def _new_calls(self, labels: Mapping[str, str]) -> list[Call]:
        calls = []
        for entry in self._account.logged():
            path, body = entry["path"].removeprefix(_API), entry["body"]
            subject = path.removeprefix(_COLLECTION).lstrip("/")
            if isinstance(body, dict) and not subject:
                subject = str(body.get("phonenumber"))
            label = labels.get(subject) or _NO_LABEL
            calls.append(Call(label, entry["method"], path, entry["query"], body, entry["status"]))
        return calls

    def _show_calls(self, calls: list[Call]) -> None:
        count = f"{len(calls)} HTTP call{'' if len(calls) == 1 else 's'}"
        self.screen.text(f"\n{count}{':' if calls else ''}")
        for call in calls:
            self.screen.text(f"  {call}")
