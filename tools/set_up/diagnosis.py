"""From what a failed program printed to the line that a person needs: what to do next."""

import re
from pathlib import Path
from typing import NoReturn

from tools.set_up.failure import SetUpError

_LONGEST = 300

_SEEN = (
    (
        re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE),
        (
            "the disk is full: free some space (a build of the engine takes 5 GB while it runs), "
            "or set PULUMI_CARRIERX_CACHE to a directory on a bigger disk, and run it again"
        ),
    ),
    (
        re.compile(r"checksum mismatch|SECURITY ERROR|do not match the hashes|Hash mismatch"),
        (
            "what was fetched is not what is pinned here: look at what stands between you and the "
            "registry, then run make clean-cache and start again"
        ),
    ),
    (
        re.compile(r"signal: killed|cannot allocate memory|out of memory"),
        "the memory did not suffice: close what else is running, and run it again",
    ),
    (
        re.compile(
            r"no such host|dial tcp|i/o timeout|connection re(?:fused|set)|proxyconnect|"
            r"TLS handshake|unexpected EOF|module lookup disabled|certificate|dns error|"
            r"network is unreachable|server misbehaving|failed to fetch|error sending request|"
            r"no matching distribution|NewConnectionError",
            re.IGNORECASE,
        ),
        (
            "something could not be fetched: check the network (for Go modules GOPROXY as well), "
            "and run it again; what was fetched is kept"
        ),
    ),
)
_UNKNOWN = "run it again, and if it fails in the same way, after make clean-cache"
_ERROR = re.compile(r"error\b", re.IGNORECASE)


def what_to_do(printed: str) -> str:
    """Say in one line what to do about a failure; for one never seen, what often helps.

    Args:
        printed: All that the program printed.
    """
    return next((advice for sign, advice in _SEEN if sign.search(printed)), _UNKNOWN)


def gist(printed: str) -> str:
    """Give the line that says most: the first that begins with "error", else the last one."""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    if not lines:
        return "nothing"
    return next((line for line in lines if _ERROR.match(line)), lines[-1])[:_LONGEST]


def give_up(what: str, log: Path) -> NoReturn:
    """Raise the error for a program that has failed.

    Args:
        what: What is not done now, as a sentence without its full stop.
        log: All that the program printed.

    Raises:
        SetUpError: Always; says what to do next.
    """
    printed = log.read_text(encoding="utf-8", errors="replace")
    message = f"{what}: {what_to_do(printed)}. It said: {gist(printed)} (all of it: {log})"
    raise SetUpError(message)
