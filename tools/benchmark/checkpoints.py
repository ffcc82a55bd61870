"""What the engine's checkpoints cost, at sizes up to thousands of numbers.

With a file backend, on Linux, since the kernel counts the bytes. The sizes that are usual take a
quarter of an hour; with checkpoints the larger ones would take hours.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self
from urllib.request import Request, urlopen

from carrierx_simulator import SAMPLE_TOKEN, SimulatorSettings, running_simulator
from tools.benchmark.call_counts import most_reads
from tools.benchmark.counted_run import (
    CountedRun,
    check_that_writes_are_counted,
    counted_run,
)
from tools.benchmark.figures import Figures, Promise
from tools.pulumi_project import PulumiProject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from carrierx_simulator import RunningSimulator

WITH_CHECKPOINTS_UP_TO = 500
LATENCY_MILLISECONDS = 50

_PROGRAM = """\
import os

import pulumi_carrierx as carrierx

for index in range(int(os.environ["NUMBERS"])):
    carrierx.ExternalDID(
        f"number-{index}",
        phonenumber=f"+4670{1_000_000 + index}",
        capabilities=["receive_sms", "send_sms"],
        name=f"{os.environ['NAME']} {index}",
        callback_url="https://example.com/sms",
        attributes={"team": "support"},
    )
"""


class Command(StrEnum):
    """What is measured, in the order of a stack's life."""

    CREATE = "create"
    UNCHANGED = "up, nothing changed"
    UPDATE = "update of one field"
    DESTROY = "destroy"


_UP = ("up", "--yes", "--skip-preview")
_ARGUMENTS = {
    Command.CREATE: _UP,
    Command.UNCHANGED: _UP,
    Command.UPDATE: _UP,
    Command.DESTROY: ("destroy", "--yes", "--skip-preview"),
}
_METHODS = {Command.CREATE: "POST", Command.UPDATE: "PATCH", Command.DESTROY: "DELETE"}


@dataclass(frozen=True, slots=True)
class Measured:
    """One command over so many numbers, with checkpoints or without."""

    numbers: int
    command: Command
    checkpoints: bool
    run: CountedRun
    calls: Counter[str]
    registered: int
    """How many numbers stand at CarrierX afterwards."""

    @property
    def is_right(self) -> bool:
        """Whether it made the calls that it could not do without, and left what it should."""
        method = _METHODS.get(self.command)
        needed = Counter({method: self.numbers}) if method else Counter()
        releases = self.command is Command.DESTROY
        left = 0 if releases else self.numbers
        # Each number is read before it is released.
        reads = most_reads(self.numbers, self.numbers) if releases else 0
        most = needed + Counter(GET=reads)
        return needed <= self.calls <= most and self.registered == left

    @property
    def key(self) -> tuple[int, Command, bool]:
        """What it is a measurement of."""
        return self.numbers, self.command, self.checkpoints

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        # ``asdict`` makes a Counter of a Counter's pairs.
        return {**asdict(replace(self, calls=Counter())), "calls": dict(self.calls)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """The one that ``as_json`` gave."""
        return cls(
            **{
                **kept,
                "command": Command(kept["command"]),
                "run": CountedRun(**kept["run"]),
                "calls": Counter(kept["calls"]),
            }
        )


def measured_lives(sizes: Sequence[int]) -> Iterator[Measured]:
    """Take a stack of each size through its life, without checkpoints and, if small enough, with.

    Raises:
        NotCountedError: The kernel does not count what is written to the temporary folder.
        RunFailedError: A command failed.
    """
    with TemporaryDirectory(prefix="pulumi-carrierx-") as made:
        check_that_writes_are_counted(Path(made))
        for numbers in sorted(sizes):
            for checkpoints in (False, True):
                if not checkpoints or numbers <= WITH_CHECKPOINTS_UP_TO:
                    for one in measured(numbers, Path(made), checkpoints=checkpoints):
                        _say(one)
                        yield one


def measured(numbers: int, workspace: Path, *, checkpoints: bool) -> Iterator[Measured]:
    """Take a stack through its life, on a simulator and a state backend of its own.

    Raises:
        RunFailedError: A command failed.
    """
    with _project(workspace, checkpoints=checkpoints) as (project, simulator):
        for command in Command:
            name = "renamed" if command in {Command.UPDATE, Command.DESTROY} else "number"
            run = counted_run(project, _ARGUMENTS[command], {"NUMBERS": str(numbers), "NAME": name})
            calls = _take_calls(simulator)
            registered = _registered(simulator)
            _take_calls(simulator)
            yield Measured(numbers, command, checkpoints, run, calls, registered)


@contextmanager
def _project(
    workspace: Path, *, checkpoints: bool
) -> Iterator[tuple[PulumiProject, RunningSimulator]]:
    settings = SimulatorSettings(latency_ms=LATENCY_MILLISECONDS)
    with (
        TemporaryDirectory(prefix="pulumi-carrierx-", dir=workspace) as made,
        running_simulator(settings) as simulator,
    ):
        folder = Path(made) / "checkpoints"
        folder.mkdir()
        project_file = "name: checkpoints\nruntime: python\n"
        (folder / "Pulumi.yaml").write_text(project_file, encoding="utf-8")
        (folder / "__main__.py").write_text(_PROGRAM, encoding="utf-8")
        environment = {
            "CARRIERX_BASE_URL": simulator.base_url,
            "CARRIERX_TOKEN": SAMPLE_TOKEN,
            "CARRIERX_OWNERSHIP_KEY": "managed_by",
            **({} if checkpoints else {"PULUMI_SKIP_CHECKPOINTS": "true"}),
        }
        yield PulumiProject(folder, Path(made), environment), simulator


def _take_calls(simulator: RunningSimulator) -> Counter[str]:
    """How many calls of each HTTP method came since this was asked last."""
    path = f"{simulator.origin}/_simulator/requests"
    with urlopen(path) as answer:  # noqa: S310 -- the simulator's own address
        calls = Counter(entry["method"] for entry in json.load(answer))
    with urlopen(Request(path, method="DELETE")):  # noqa: S310 -- as above
        return calls


def _registered(simulator: RunningSimulator) -> int:
    request = Request(  # noqa: S310 -- the simulator's own address
        f"{simulator.base_url}/phonenumber/external_dids?limit=1",
        headers={"Authorization": f"Bearer {SAMPLE_TOKEN}"},
    )
    with urlopen(request) as answer:  # noqa: S310 -- as above
        return int(json.load(answer)["total"])


def checkpoint_figures(all_measured: Sequence[Measured]) -> Figures:
    """Both ways side by side; where checkpoints were not tried, what their growth leads to."""
    by_place = {each.key: each for each in all_measured}
    sizes = sorted({each.numbers for each in all_measured})
    tried = sorted({each.numbers for each in all_measured if each.checkpoints})
    rows = []
    for numbers in sizes:
        for command in Command:
            off = by_place[numbers, command, False]
            on = by_place.get((numbers, command, True))
            if on is not None:
                with_them = (_seconds(on.run.seconds), f"{on.run.megabytes_written:,.0f}")
            elif tried:
                of_largest = [by_place[tried[-1], command, each] for each in (True, False)]
                with_them = _led_to(off, *of_largest)
            else:
                with_them = ("not run", "")
            rows.append(
                (
                    command.value,
                    f"{numbers:,}",
                    *with_them,
                    _seconds(off.run.seconds),
                    f"{off.run.megabytes_written:,.0f}",
                    _in_words(off.calls),
                    f"{off.registered:,}",
                    f"{off.run.peak_megabytes:,.0f}",
                )
            )
    return Figures(
        title="Checkpoints",
        explanation=(
            "With a file, bucket or database backend the engine writes the whole state before and "
            "after each step, and keeps a copy of the one before. With "
            "`PULUMI_SKIP_CHECKPOINTS=true` it only writes the state at the end. The table shows "
            "the wall time, the megabytes that the process `pulumi` wrote into files (counted by "
            "the kernel: the state, its copies, the history), the calls, the numbers that are "
            "registered afterwards, and the engine's peak memory without checkpoints. One run "
            f"each, with ownership records, {LATENCY_MILLISECONDS} ms a call, a file backend. "
            "Figures with ≈ were not measured: they are the cost at the largest measured size, "
            "times the square of the ratio of the sizes. How to run without checkpoints, and what "
            "a crash then costs: "
            "[When things go wrong](reliability.md#runs-without-checkpoints)."
        ),
        columns=(
            "command",
            "numbers",
            "with: time",
            "with: MB",
            "without: time",
            "without: MB",
            "calls",
            "registered",
            "peak MB",
        ),
        rows=tuple(rows),
        promises=(
            Promise(
                "every command made exactly the necessary calls and left the expected numbers, "
                "with and without checkpoints",
                kept=all(each.is_right for each in all_measured),
            ),
            Promise(
                "without checkpoints the bytes grow with the numbers, not with their square",
                kept=_grows_in_proportion(
                    [by_place[size, Command.CREATE, False] for size in sizes]
                ),
            ),
        ),
    )


def _led_to(off: Measured, largest_on: Measured, largest_off: Measured) -> tuple[str, str]:
    """Time and megabytes with checkpoints, from those of the largest size that was run both ways.

    A state as long as the numbers, written as often as there are numbers: what checkpoints cost
    grows with the square.
    """
    on, without = largest_on.run, largest_off.run
    square = (off.numbers / largest_on.numbers) ** 2
    if largest_on.command is Command.UNCHANGED:
        # Where no step changes anything, the engine writes once either way.
        square = 0
    seconds = off.run.seconds + (on.seconds - without.seconds) * square
    megabytes = off.run.megabytes_written + square * (
        on.megabytes_written - without.megabytes_written
    )
    return f"≈ {_seconds(seconds)}", f"≈ {megabytes:,.0f}"


def _grows_in_proportion(by_size: Sequence[Measured]) -> bool:
    """Whether the bytes for each number stay what they are, within a half."""
    each = [one.run.megabytes_written / one.numbers for one in by_size]
    return max(each) <= 1.5 * min(each)


def _seconds(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes = seconds / 60
    return f"{minutes:.1f} min" if minutes < 100 else f"{minutes / 60:.0f} h"


def _in_words(calls: Counter[str]) -> str:
    return ", ".join(f"{count:,} {method}" for method, count in calls.items()) or "0"


def _say(one: Measured) -> None:
    how = "with" if one.checkpoints else "without"
    print(
        f"{one.numbers} {one.command}, {how} checkpoints: {one.run.seconds:.1f} s, "
        f"{one.run.megabytes_written:.1f} MB written, {_in_words(one.calls)}, "
        f"{one.registered} registered, {one.run.peak_megabytes:.0f} MB of memory",
        file=sys.stderr,
        flush=True,
    )
