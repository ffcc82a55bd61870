"""Log lines for the engine to show, and whether the engine is still running.

The lines are shown as warnings, in previews too. Pulumi gives a dynamic provider no way to log, but
the engine's address is the first argument of its process, and the engine accepts log lines there.
"""

from __future__ import annotations

import socket
import sys
import threading
from contextlib import suppress

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

_shown: set[str] = set()
_lock = threading.Lock()


def engine_is_gone() -> bool:
    """Whether the engine that started this process has ended, by a kill for example.

    The provider's process outlives the engine and continues its operations. A change that it
    sent then might undo what the next run has done meanwhile.
    """
    if len(sys.argv) < 2:  # noqa: PLR2004 -- started by hand, not by the engine
        return False
    host, _, port = sys.argv[1].rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=1):
            return False
    except ConnectionRefusedError:
        return True
    except (OSError, ValueError):
        # Without a clear answer the change is sent.
        return False


def warn(line: str) -> None:
    """Show a warning, only once a run."""
    with _lock:
        if line in _shown:
            return
        _shown.add(line)
    _log(line, engine_pb2.WARNING)


def inform(line: str) -> None:
    """Show a line that needs no action."""
    _log(line, engine_pb2.INFO)


def _log(line: str, severity: engine_pb2.LogSeverity.ValueType) -> None:
    if len(sys.argv) < 2:  # noqa: PLR2004 -- started by hand, not by the engine
        return
    # An error here must not fail the operation.
    with suppress(grpc.RpcError), grpc.insecure_channel(sys.argv[1]) as channel:
        engine_pb2_grpc.EngineStub(channel).Log(
            engine_pb2.LogRequest(severity=severity, message=line)
        )
