"""Failures of the set-up: one line that says what went wrong and what to do next."""

import errno
import sys
from collections.abc import Callable
from typing import NoReturn

from tools.set_up.say import say

_INTERRUPTED = 130

_ADVICE = {
    errno.ENOSPC: (
        "the disk is full: free some space, or set PULUMI_CARRIERX_CACHE to a directory "
        "on a bigger disk, and run it again"
    ),
    errno.EDQUOT: (
        "your disk quota is used up: free some space, or set PULUMI_CARRIERX_CACHE to a "
        "directory elsewhere, and run it again"
    ),
}


class SetUpError(Exception):
    """The set-up cannot go on. The text is one line, for the person who ran it."""


def explained(error: OSError) -> str:
    """Say in one line what an error of the file system means for the set-up."""
    if error.errno in _ADVICE:
        return _ADVICE[error.errno]
    if error.filename is None:
        return str(error)
    return (
        f"cannot use {error.filename}: {error.strerror}. If it is in the cache directory, set "
        "PULUMI_CARRIERX_CACHE to a directory that you can write, and run it again"
    )


def exit_with(main: Callable[[], None]) -> NoReturn:
    """Run ``main`` and leave the process: 0, or 1 after one line that says why."""
    try:
        main()
    except SetUpError as error:
        say(f"error: {error}")
        sys.exit(1)
    except OSError as error:
        say(f"error: {explained(error)}")
        sys.exit(1)
    except KeyboardInterrupt:
        say("Stopped. What is done so far is kept: run it again to go on.")
        sys.exit(_INTERRUPTED)
    sys.exit(0)
