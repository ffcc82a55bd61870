"""One run of a command, with its wall time and what its processes took."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tools.benchmark.roles import Role, role_of
from tools.pulumi_project import PulumiProject

_FOLLOWER = Path(__file__).with_name("followed_process.py")
_LONGEST_SECONDS = 1_800


@dataclass(frozen=True, slots=True)
class MeasuredRun:
    """What one run printed and what it took."""

    exit_code: int
    output: str
    seconds: float
    cpu_seconds: float
    """User and system time of all processes, those included that lived too short to be seen."""
    cpu_by_role: Mapping[Role, float]
    """The same by role, as it was seen last, at most 0.1 s before a process ended. What is left
    over, and what was not seen, is with ``Role.OTHER``."""
    megabytes_by_role: Mapping[Role, float]
    """The most memory that a process of this role held at once (resident set), in units of 10^6
    bytes; of several processes, that of the largest."""

    @property
    def peak_megabytes(self) -> float:
        """The engine's; neither the program's process nor the provider's is in it."""
        return self.megabytes_by_role.get(Role.ENGINE, 0.0)


def measured_pulumi(
    project: PulumiProject, arguments: Sequence[str], environment: Mapping[str, str]
) -> MeasuredRun:
    """Run ``pulumi`` with these arguments over a project.

    Args:
        project: Whose folder, backend and environment are used.
        arguments: Such as ``("preview",)``.
        environment: Added to the project's own.
    """
    return measured_run(
        ["pulumi", *arguments, "--non-interactive", "--color=never"],
        project.folder,
        {**project.environment, **environment},
    )


def measured_run(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    longest_seconds: float = _LONGEST_SECONDS,
) -> MeasuredRun:
    """Run a command, and measure it and all that it starts.

    Args:
        command: The program and its arguments.
        folder: Where it runs.
        environment: All of its environment.
        longest_seconds: After that it is killed, and the exit code tells.
    """
    with TemporaryDirectory(prefix="pulumi-carrierx-") as made:
        report = Path(made) / "report.json"
        done = subprocess.run(
            [sys.executable, str(_FOLLOWER), str(report), str(longest_seconds), *command],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        if not report.exists():
            raise AssertionError(done.stdout)
        measured: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return MeasuredRun(
        done.returncode,
        done.stdout,
        measured["seconds"],
        measured["cpu_seconds"],
        _cpu_by_role(measured["processes"], measured["cpu_seconds"]),
        _megabytes_by_role(measured["processes"]),
    )


def _cpu_by_role(processes: list[dict[str, Any]], all_seconds: float) -> dict[Role, float]:
    seconds = dict.fromkeys(Role, 0.0)
    for process in processes:
        seconds[role_of(process["command"])] += process["cpu_seconds"]
    seconds[Role.OTHER] += max(0.0, all_seconds - sum(seconds.values()))
    return {role: taken for role, taken in seconds.items() if taken}


def _megabytes_by_role(processes: list[dict[str, Any]]) -> dict[Role, float]:
    peaks: dict[Role, float] = {}
    for process in processes:
        role = role_of(process["command"])
        peaks[role] = max(peaks.get(role, 0.0), process["peak_megabytes"])
    return peaks
