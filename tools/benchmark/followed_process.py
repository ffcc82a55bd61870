"""Program: run a command, follow every process that it starts, and report what each took.

    python followed_process.py REPORT SECONDS COMMAND ARGUMENT...

REPORT is a file for the figures, as JSON; after SECONDS everything is killed. The exit code is the
command's. In a process of its own, so that the CPU of its children is that of this one command; on
Linux it also inherits what the command leaves behind, and waits for that too.
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

_POLL_SECONDS = 0.1
# What a command leaves behind is on its way out.
_LEFT_BEHIND_SECONDS = 5
_PR_SET_CHILD_SUBREAPER = 36
_MEGABYTE = 1e6


@dataclass(slots=True)
class _Seen:
    """One process, as it was when it was looked at last; ``peak_megabytes`` the most it held."""

    command: list[str] = field(default_factory=list)
    cpu_seconds: float = 0.0
    peak_megabytes: float = 0.0

    def look_at(self, process: psutil.Process) -> None:
        # Each time, since a shell may have become another program.
        self.command = process.cmdline() or self.command
        times = process.cpu_times()
        self.cpu_seconds = times.user + times.system
        self.peak_megabytes = max(self.peak_megabytes, _held_megabytes(process))


def main(report: Path, seconds: float, command: list[str]) -> int:
    """Run, follow, report; the command's exit code."""
    _inherit_orphans()
    seen: dict[tuple[int, float], _Seen] = {}
    started = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    while process.poll() is None:
        _look(seen)
        if time.perf_counter() - started > seconds:
            _end_all()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLL_SECONDS)
    taken = time.perf_counter() - started
    _wait_for_what_is_left()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = {
        "seconds": taken,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "processes": [asdict(one) for one in seen.values()],
    }
    report.write_text(json.dumps(figures), encoding="utf-8")
    return process.returncode


def _look(seen: dict[tuple[int, float], _Seen]) -> None:
    for process in psutil.Process().children(recursive=True):
        # It may end at any moment, and then stays as it was seen last.
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            seen.setdefault((process.pid, process.create_time()), _Seen()).look_at(process)


def _held_megabytes(process: psutil.Process) -> float:
    """The peak so far where the system keeps it (Linux), elsewhere what the process holds now."""
    with suppress(OSError):
        for line in Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / _MEGABYTE
    held: int = process.memory_info().rss
    return held / _MEGABYTE


def _inherit_orphans() -> None:
    """The CPU of a process whose parent has ended counts for the one that inherits it: this one."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _wait_for_what_is_left() -> None:
    """Wait for every child, also those that were inherited; only then their CPU is counted."""
    last = time.perf_counter() + _LEFT_BEHIND_SECONDS
    with suppress(ChildProcessError):  # there are none left
        while True:
            ended, _ = os.waitpid(-1, os.WNOHANG)
            if not ended:
                if time.perf_counter() > last:
                    _end_all()
                time.sleep(_POLL_SECONDS / 10)


def _end_all() -> None:
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            process.kill()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
