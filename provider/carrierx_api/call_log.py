"""One line for each call, through the standard library's logging: what it was and how it went.

Never a value that was sent or received, never a header. Names of fields and of query arguments are
the API's own; of the arguments' values only those that cannot hold a secret are shown.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from urllib.parse import quote

from carrierx_api.calls import Call

LOGGER_NAME = "carrierx_api"

SHOWN_QUERY_VALUES = frozenset({"limit", "offset", "order", "nested_objects"})
"""A ``filter`` may compare with anything, secrets among it."""

# Without a handler nothing is shown: Python's last resort shows warnings and above.
_logger = logging.getLogger(LOGGER_NAME)


def log_call(
    call: Call, *, attempt: int, seconds: float, status: int | None = None, error: str | None = None
) -> None:
    """Log one attempt of a call, after its end.

    At INFO what changed something, failed, or was retried; at DEBUG the rest. ``error`` is the name
    of the error's class, if it failed. Never its message.
    """
    failed = error is not None or status is None or status >= HTTPStatus.BAD_REQUEST
    level = logging.INFO if failed or attempt > 1 or call.method != "GET" else logging.DEBUG
    if not _logger.isEnabledFor(level):
        return
    parts = [call.method, call.path + _query(call)]
    if call.body is not None:
        parts.append(f"fields={','.join(quote(name) for name in sorted(call.body))}")
    parts.append(f"attempt={attempt}")
    if status is not None:
        parts.append(f"status={status}")
    if error is not None or status is None:
        parts.append(f"error={error or 'interrupted'}")
    parts.append(f"ms={seconds * 1000:.0f}")
    _logger.log(level, "%s", " ".join(parts))


def _query(call: Call) -> str:
    if not call.query:
        return ""
    # Quoted, so that no value can begin a line of its own.
    return "?" + "&".join(
        f"{quote(name)}={quote(value)}" if name in SHOWN_QUERY_VALUES else quote(name)
        for name, value in call.query
    )
