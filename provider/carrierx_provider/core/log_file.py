"""The log file with a line for each call.

The provider and the program, which makes the look-ups, are two processes and append to one file.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from carrierx_api.call_log import LOGGER_NAME
from carrierx_provider.core.settings import ConfigurationError, Setting

DEFAULT_FILE = "carrierx.log"

SETTINGS = (
    Setting(
        None,
        "CARRIERX_LOG",
        "``debug``: every call in a file; ``info``: those that changed something, failed or were "
        "retried.",
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
_silent = logging.NullHandler()


class LogFile(logging.Handler):
    """Appends each line with one write, so that lines of several processes do not mix."""

    def __init__(self, path: Path) -> None:
        """Open the file; a new one is readable by its owner alone."""
        # Before the handler is registered: logging closes registered handlers at exit.
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        super().__init__()
        formatter = logging.Formatter(
            "%(asctime)s.%(msecs)03dZ pid=%(process)d %(message)s", "%Y-%m-%dT%H:%M:%S"
        )
        formatter.converter = time.gmtime
        self.setFormatter(formatter)

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line. An error here must not fail the call."""
        try:
            os.write(self._descriptor, f"{self.format(record)}\n".encode())
        except OSError:
            return

    def close(self) -> None:
        """Close the file. Later lines are dropped: the descriptor may be another file's by then."""
        super().close()
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def open_log(environment: Mapping[str, str]) -> None:
    """Log this process's calls as CARRIERX_LOG says; only the first call opens the file."""
    # stamina logs each retry as a warning, which Python prints to standard error if the program
    # has not set up logging. A program that has still sees it.
    logging.getLogger("stamina").addHandler(_silent)
    logger = logging.getLogger(LOGGER_NAME)
    with _lock:
        level = environment.get("CARRIERX_LOG", "").strip().lower()
        if not level or any(isinstance(handler, LogFile) for handler in logger.handlers):
            return
        if level not in LEVELS:
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
        logger.setLevel(LEVELS[level])
        logger.propagate = False
