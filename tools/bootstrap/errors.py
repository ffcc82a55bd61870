"""Failures of the set-up, each as one line: what went wrong and what to do next."""

import errno
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from tools.bootstrap.log import log

_CACHE = "PULUMI_CARRIERX_CACHE"
_INTERRUPTED = 130
_MAX_QUOTE = 300

_HINTS = {
    r"no space left on device|disk quota exceeded": (
        "the disk or your quota is full: free some space (a build of the engine takes 5 GB while "
        "it runs), or set PULUMI_CARRIERX_CACHE to a directory on a bigger disk, and run it again"
    ),
    r"checksum mismatch|SECURITY ERROR|do not match the hashes|Hash mismatch": (
        "a download does not match its pinned hash: check the proxy or mirror between you and the "
        "registry, then run make clean-cache and try again"
    ),
    r"signal: killed|cannot allocate memory|out of memory": (
        "out of memory: close other programs, and run it again"
    ),
    r"no such host|dial tcp|i/o timeout|connection re(?:fused|set)|proxyconnect|TLS handshake|"
    r"unexpected EOF|module lookup disabled|certificate|dns error|network is unreachable|"
    r"server misbehaving|failed to fetch|error sending request|no matching distribution|"
    r"NewConnectionError": (
        "a download failed: check the network (for Go modules GOPROXY as well), and run it again; "
        "finished downloads are kept"
    ),
}
"""The next step, by what the output of a failed program has."""

_DEFAULT_HINT = "run it again, and if it fails in the same way, after make clean-cache"
_ERROR = re.compile(r"error\b", re.IGNORECASE)


class SetUpError(Exception):
    """The set-up cannot continue. The text is one line, for the person who ran it."""


def hint_for(output: str) -> str:
    """Give the next step after a program failed, from what it printed."""
    found = (hint for sign, hint in _HINTS.items() if re.search(sign, output, re.IGNORECASE))
    return next(found, _DEFAULT_HINT)


def key_line(output: str) -> str:
    """Pick the line that explains a failure: the first that begins with "error", else the last."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    if not lines:
        return "nothing"
    return next((line for line in lines if _ERROR.match(line)), lines[-1])[:_MAX_QUOTE]


def command_failed(failure: str, log_file: Path) -> SetUpError:
    """Make the error for a program that failed.

    Args:
        failure: What was not done, as a sentence without its full stop.
        log_file: Everything that the program printed.
    """
    output = log_file.read_text(encoding="utf-8", errors="replace")
    return SetUpError(
        f"{failure}: {hint_for(output)}. It said: {key_line(output)} (full log: {log_file})"
    )


def explain(error: OSError, setting: str | None = None) -> str:
    """Describe a file system error in one line.

    Args:
        setting: The variable that names the directory; None if it may be the cache directory.
    """
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return hint_for(os.strerror(error.errno)).replace(_CACHE, setting or _CACHE)
    if error.filename is None:
        return str(error)
    set_it = f"Set {setting}" if setting else f"If it is in the cache directory, set {_CACHE}"
    return (
        f"cannot use {error.filename}: {error.strerror}. {set_it} to a directory that you can "
        "write, and run it again"
    )


def exit_with(main: Callable[[], None]) -> NoReturn:
    """Run ``main`` and exit: with 0, or with 1 after one line that says why."""
    try:
        main()
    except SetUpError as error:
        log(f"error: {error}")
        sys.exit(1)
    except OSError as error:
        log(f"error: {explain(error)}")
        sys.exit(1)
    except KeyboardInterrupt:
        log("Stopped. What is done so far is kept: run it again to continue.")
        sys.exit(_INTERRUPTED)
    sys.exit(0)
