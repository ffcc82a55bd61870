"""The file that shows every call, for looking into a stack at work.

The provider and the program, which makes the look-ups, are two processes and append to one file.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from carrierx_api.call_log import LOGGER_NAME
from carrierx_provider.core.settings import ConfigurationError, Setting

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_FILE = "carrierx.log"

SETTINGS = (
    Setting(
        None,
        "CARRIERX_LOG",
        "``debug``: every call in a file; ``info``: those that changed something, failed or were "
        "tried anew.",
    ),
    Setting(
        None,
        "CARRIERX_LOG_FILE",
        f"That file; default: ``{DEFAULT_FILE}`` in the process's working directory, which for a "
        "stack is the project's folder.",
    ),
)

LEVELS: Mapping[str, int] = {"debug": logging.DEBUG, "info": logging.INFO}

_lock = threading.Lock()


class LogFile(logging.Handler):
    """Appends each line with one write, so that lines of several processes do not mix."""

    def __init__(self, path: Path) -> None:
        """Open the file, readable by its owner alone if it is new.

        :raises OSError: it cannot be opened.
        """
        # First: logging closes at exit whatever handler was begun.
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        super().__init__()
        formatter = logging.Formatter(
            "%(asctime)s.%(msecs)03dZ pid=%(process)d %(message)s", "%Y-%m-%dT%H:%M:%S"
        )
        formatter.converter = time.gmtime
        self.setFormatter(formatter)

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line. A line that cannot be written must not fail the call it is about."""
        try:
            os.write(self._descriptor, f"{self.format(record)}\n".encode())
        except OSError:
            return

    def close(self) -> None:
        """Close the file. A line after that is lost, not written to a file of another number."""
        super().close()
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def open_log(environment: Mapping[str, str]) -> None:
    """Log this process's calls as CARRIERX_LOG says; the first call of this function decides.

    :raises ConfigurationError: no such level, or a file that cannot be opened; in one line.
    """
    # stamina logs each retry as a warning, which Python prints to standard error in a program
    # without logging of its own. One with such logging sees it as before.
    silent = logging.getLogger("stamina")
    logger = logging.getLogger(LOGGER_NAME)
    with _lock:
        if not any(isinstance(handler, logging.NullHandler) for handler in silent.handlers):
            silent.addHandler(logging.NullHandler())
        stated = environment.get("CARRIERX_LOG", "").strip().lower()
        if not stated or any(isinstance(handler, LogFile) for handler in logger.handlers):
            return
        if stated not in LEVELS:
            raise ConfigurationError("CARRIERX_LOG must be debug or info, or not set")
        path = Path(environment.get("CARRIERX_LOG_FILE", "").strip() or DEFAULT_FILE).absolute()
        try:
            logger.addHandler(LogFile(path))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ConfigurationError(
                f"the log file {path} cannot be opened: {reason}. Name another in "
                "CARRIERX_LOG_FILE, or unset CARRIERX_LOG"
            ) from None
        logger.setLevel(LEVELS[stated])
        logger.propagate = False
