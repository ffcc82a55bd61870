"""Running a command that takes long: quiet, but never silent."""

import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tools.set_up.say import duration, say

REPORT_EVERY = 15.0


@dataclass(frozen=True)
class Command:
    """A program with all that it runs with.

    Attributes:
        words: The program and its arguments.
        directory: Where it runs.
        environment: All of its environment.
    """

    words: Sequence[str]
    directory: Path
    environment: Mapping[str, str]


def run_long(
    command: Command,
    *,
    log: Path,
    progress: Callable[[], str],
    each_line: Callable[[str], None] = lambda _line: None,
    report_every: float = REPORT_EVERY,
) -> int:
    """Run a command, with all that it prints in a log, and say regularly how far it is.

    Args:
        command: What is run.
        log: Takes everything that it prints; an older log is replaced.
        progress: Called for each report; says what is being done and how far it is.
        each_line: Called with each printed line, on a thread of its own.
        report_every: Seconds between two reports.

    Returns:
        The exit status, 0 if it went well.

    Raises:
        OSError: The program cannot be started, or the log cannot be written.
    """
    started = time.monotonic()
    # A command that outlives this process, killed, ends when it next prints: its pipe is gone.
    with (
        log.open("w", encoding="utf-8") as sink,
        subprocess.Popen(
            command.words,
            cwd=command.directory,
            env=command.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        if process.stdout is None:
            raise AssertionError
        reader = threading.Thread(target=_copy, args=(process.stdout, sink, each_line), daemon=True)
        reader.start()
        try:
            while True:
                try:
                    status = process.wait(report_every)
                except subprocess.TimeoutExpired:
                    say(f"  {progress()} ({duration(time.monotonic() - started)})")
                else:
                    reader.join()
                    return status
        except BaseException:
            process.terminate()
            raise


def _copy(printed: IO[str], log: IO[str], each_line: Callable[[str], None]) -> None:
    full = False
    for line in printed:
        try:
            if not full:
                log.write(line)
                log.flush()
        except OSError:
            # A full disk must not stop the reading: the command would wait for its reader forever.
            full = True
        each_line(line.rstrip("\n"))
