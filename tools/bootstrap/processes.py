"""Long commands with a log and progress lines; locks between processes."""

import fcntl
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tools.bootstrap.errors import command_failed
from tools.bootstrap.log import duration, log


@dataclass(frozen=True)
class Command:
    """A program to run.

    Attributes:
        words: The program and its arguments.
        directory: Its working directory.
        environment: Its whole environment.
        log_file: Receives everything that it prints; an older log is replaced.
    """

    words: Sequence[str]
    directory: Path
    environment: Mapping[str, str]
    log_file: Path


def run_long(
    command: Command,
    failure: str,
    *,
    progress: Callable[[], str],
    on_line: Callable[[str], None] = lambda _line: None,
    report_every: float = 15.0,
) -> None:
    """Run a command to its end, and log its progress at intervals.

    Args:
        command: What to run.
        failure: What is not done if it fails, as a sentence without its full stop.
        progress: Called for each report, on another thread; says how far the command is.
        on_line: Called with each printed line.
        report_every: Seconds between two reports.

    Raises:
        SetUpError: It ended with another status than 0.
        OSError: It cannot be started, or the log cannot be written.
    """
    # If this process is killed, the command ends when it next prints: its pipe is closed.
    with (
        command.log_file.open("w", encoding="utf-8") as sink,
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
        try:
            with _reporting(progress, report_every):
                _copy(process.stdout, sink, on_line)
                process.wait()
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise command_failed(failure, command.log_file)


def _copy(printed: IO[str], sink: IO[str], on_line: Callable[[str], None]) -> None:
    for line in printed:
        # A full disk must not stop the reading: the command would block on its pipe forever.
        with suppress(OSError):
            sink.write(line)
            sink.flush()
        on_line(line.rstrip("\n"))


@contextmanager
def exclusive(lock_file: Path, activity: str, remind_every: float = 20.0) -> Iterator[None]:
    """Hold a lock between processes; while another process holds it, wait and say so.

    The operating system releases the lock when its holder ends, however it ends.

    Args:
        lock_file: Created with its directory if missing; stays when the lock is released.
        activity: What the holder does, for the line about the wait.
        remind_every: Seconds between two lines during the wait.
    """
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with lock_file.open("a+", encoding="ascii") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            # Empty if the holder took the lock a moment ago and has not written its number yet.
            holder = handle.read()
            log(f"{f'Process {holder}' if holder else 'Another process'} is {activity}: waiting.")
            with _reporting(lambda: "still waiting", remind_every):
                fcntl.flock(handle, fcntl.LOCK_EX)
        handle.seek(0)
        handle.truncate()
        handle.write(str(os.getpid()))
        handle.flush()
        yield


@contextmanager
def _reporting(progress: Callable[[], str], every: float) -> Iterator[None]:
    """Log the progress at intervals, from another thread."""
    started = time.monotonic()
    done = threading.Event()

    def report() -> None:
        while not done.wait(every):
            log(f"  {progress()} ({duration(time.monotonic() - started)})")

    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
