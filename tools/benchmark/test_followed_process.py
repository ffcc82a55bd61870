"""What is measured of a command: all that it starts, for as long as it lives."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import psutil

from tools.benchmark.measured_run import measured_run
from tools.benchmark.roles import Role

if TYPE_CHECKING:
    from pathlib import Path

SPEND = "import time\nwhile time.process_time() < {}: pass"


def test_cpu_of_what_is_too_short_to_be_seen_is_counted(tmp_path: Path) -> None:
    """Ten processes of a few hundredths of a second each, some between two looks."""
    spend = SPEND.format(0.1)
    program = (
        f"import subprocess, sys\n"
        f"for _ in range(10): subprocess.run([sys.executable, '-c', {spend!r}])"
    )
    run = measured_run([sys.executable, "-c", program], tmp_path, os.environ)
    assert run.exit_code == 0, run.output
    assert run.cpu_seconds >= 1
    assert sum(run.cpu_by_role.values()) >= run.cpu_seconds


def test_cpu_of_what_is_left_behind_is_counted(tmp_path: Path) -> None:
    """The command ends at once, and what it started continues for a while."""
    program = (
        f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {SPEND.format(1)!r}])"
    )
    run = measured_run([sys.executable, "-c", program], tmp_path, os.environ)
    assert run.exit_code == 0, run.output
    assert run.cpu_seconds >= 1


def test_the_peak_of_memory_is_that_of_the_largest_process(tmp_path: Path) -> None:
    """What was held and given back again counts; a parent does not have its child's memory."""
    hold = "held = bytearray(200_000_000); del held; import time; time.sleep(0.5)"
    program = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {hold!r}])"
    run = measured_run([sys.executable, "-c", program], tmp_path, os.environ)
    assert run.exit_code == 0, run.output
    assert 200 < run.megabytes_by_role[Role.OTHER] < 300


def test_a_command_that_does_not_end_is_killed_with_all_it_started(tmp_path: Path) -> None:
    """It is told by the exit code, and what it started does not go on."""
    mark = tmp_path / "goes-on"
    later = f"import time, pathlib; time.sleep(30); pathlib.Path({str(mark)!r}).touch()"
    program = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {later!r}])\n"
        "print(child.pid, flush=True)\n"
        "child.wait()"
    )
    run = measured_run([sys.executable, "-c", program], tmp_path, os.environ, longest_seconds=1)
    assert run.exit_code != 0
    assert not psutil.pid_exists(int(run.output))
    assert not mark.exists()
