"""The processes of one engine run: the engine, its provider, the program.

The engine is started in a session of its own (``PulumiProject.start``). What it starts stays in
that session, also once the engine is dead, so nothing else on the machine is ever met. Found in
``/proc``, so on Linux only.
"""

from __future__ import annotations

import os
import signal
from enum import StrEnum
from pathlib import Path


class Victim(StrEnum):
    """What is killed with SIGKILL."""

    PROVIDER = "the provider"
    PROGRAM = "the program"
    ENGINE = "the engine alone"
    ALL = "all of them at once"

    @property
    def is_the_engine(self) -> bool:
        """Whether the engine is, or is among, what is killed."""
        return self in {Victim.ENGINE, Victim.ALL}


_MARKS = {
    Victim.PROVIDER: b"\0pulumi.dynamic\0",
    Victim.PROGRAM: b"/pulumi-language-python-exec\0",
}
"""A part of the command line that none of the other processes has."""


def processes_of(session: int) -> list[int]:
    """The ids of all processes of a session that are not dead."""
    return [pid for pid in _all_pids() if _live_session(pid) == session]


def found(victim: Victim, engine: int) -> list[int]:
    """The processes that the victim is, in the run of the engine with this id; perhaps none yet."""
    if victim is Victim.ENGINE:
        return [engine] if _live_session(engine) == engine else []
    alive = processes_of(engine)
    if victim is Victim.ALL:
        return alive
    return [pid for pid in alive if _MARKS[victim] in _command_line(pid)]


def kill(pids: list[int]) -> None:
    """Send SIGKILL to each, as near to at once as it goes."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:  # it has just ended by itself
            continue


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _live_session(pid: int) -> int | None:
    """The session of a process; None when it is dead (a zombie too)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the command in parentheses, which may itself hold some.
    state, _parent, _group, session, *_ = stat.rpartition(")")[2].split()
    return None if state in "ZX" else int(session)


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
