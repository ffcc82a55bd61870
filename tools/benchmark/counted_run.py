"""One run of ``pulumi``: its wall time, the bytes that the engine wrote, its peak memory.

Linux only: the kernel counts what a process writes to files, in ``/proc/PID/io``.
"""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from tools.benchmark.stack import RunFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.pulumi_project import PulumiProject

_TRIAL_BYTES = 1_000_000


class NotCountedError(Exception):
    """The machine, or the folder, does not tell what a process writes."""


@dataclass(frozen=True, slots=True)
class CountedRun:
    """What one run took."""

    seconds: float
    megabytes_written: float
    """By the process ``pulumi``, into files: the state, its copies, the history. In 10^6 bytes;
    what its plugins write is not in it."""
    peak_megabytes: float
    """The most memory that the process ``pulumi`` held at once, in 10^6 bytes."""


def check_that_writes_are_counted(folder: Path) -> None:
    """Write something there, and see whether the kernel has counted it.

    Raises:
        NotCountedError: It has not: no Linux, or a file system in memory.
    """
    before = _written("self")
    trial = folder / "trial"
    trial.write_bytes(b"x" * _TRIAL_BYTES)
    counted = _written("self") - before
    trial.unlink()
    if counted < _TRIAL_BYTES:
        message = (
            f"the kernel counts no bytes written to {folder}: set TMPDIR to a folder on a disk"
        )
        raise NotCountedError(message)


def counted_run(
    project: PulumiProject, arguments: tuple[str, ...], environment: Mapping[str, str]
) -> CountedRun:
    """Run ``pulumi`` with these arguments over a project.

    Args:
        environment: Added to the project's own.

    Raises:
        RunFailedError: It failed.
    """
    # A file takes any amount of output without anybody reading it.
    with TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive", "--color=never"],  # noqa: S607 -- our PATH
            cwd=project.folder,
            env={**project.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        # It has ended and is still there, so that its counters can be read.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        seconds = time.perf_counter() - started
        written = _written(str(process.pid))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise RunFailedError(output.read().decode(errors="replace")[-5_000:])
    return CountedRun(seconds, written / 1e6, usage.ru_maxrss * 1024 / 1e6)


def _written(process: str) -> int:
    """The bytes that a process has written to files so far.

    Raises:
        NotCountedError: The system does not tell.
    """
    try:
        lines = Path(f"/proc/{process}/io").read_text(encoding="ascii").splitlines()
    except OSError as error:
        message = f"the system does not tell what a process writes: {error}"
        raise NotCountedError(message) from None
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))
