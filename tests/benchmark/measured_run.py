"""One run of ``pulumi``, with its wall time and the engine's peak memory."""

import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from tools.pulumi_project import PulumiProject

_POLL_SECONDS = 0.05
_LONGEST_SECONDS = 900


@dataclass(frozen=True, slots=True)
class MeasuredRun:
    """What one run printed and what it took."""

    exit_code: int
    output: str
    seconds: float
    peak_megabytes: float
    """The most memory that the process ``pulumi`` held at once (resident set), in units of 10^6
    bytes. Neither the program's process nor the provider's is in it."""


def measured_run(
    project: PulumiProject, arguments: tuple[str, ...], environment: dict[str, str]
) -> MeasuredRun:
    """Run ``pulumi`` with these arguments over a project.

    Args:
        project: Whose folder, backend and environment are used.
        arguments: Such as ``("preview",)``.
        environment: Added to the project's own.

    Raises:
        subprocess.TimeoutExpired: It took longer than a quarter of an hour.
    """
    started = time.perf_counter()
    with subprocess.Popen(
        ["pulumi", *arguments, "--non-interactive", "--color=never"],  # noqa: S607 -- our PATH
        cwd=project.folder,
        env={**project.environment, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    ) as process:
        peak = _Peak(process)
        peak.start()
        try:
            output, _ = process.communicate(timeout=_LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    seconds = time.perf_counter() - started
    peak.join()
    return MeasuredRun(process.returncode, output, seconds, peak.kilobytes * 1024 / 1e6)


class _Peak(threading.Thread):
    """Follows a process until it ends, and keeps the most memory that it held."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__(daemon=True)
        self._process = process
        self.kilobytes = 0

    def run(self) -> None:
        while self._process.poll() is None:
            self.kilobytes = max(self.kilobytes, resident_kilobytes(self._process.pid))
            time.sleep(_POLL_SECONDS)


def resident_kilobytes(pid: int) -> int:
    """The memory of a process in KiB: its peak so far on Linux, elsewhere what it holds now.

    Gives 0 once the process has ended.
    """
    status = Path(f"/proc/{pid}/status")
    try:
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except OSError:
        pass
    if status.parent.parent.exists():
        return 0
    held = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(pid)],  # noqa: S607 -- where the system has it
        capture_output=True,
        text=True,
        check=False,
    )
    return int(held.stdout.strip() or 0)
