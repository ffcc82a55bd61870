"""The engine, as the provider's process can reach it: lines for a person, and whether it lives.

True warnings, in previews too.

A dynamic provider has no way to log; its process is handed the engine's address as its first
argument, and the engine takes log lines there.
"""

from __future__ import annotations

import socket
import sys
import threading
from contextlib import suppress

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

_said: set[str] = set()
_lock = threading.Lock()


def engine_is_gone() -> bool:
    """Whether the engine that started this process has ended, by a kill for example.

    The process outlives it, with what was under way. A change that it sent then might undo what the
    next run has done meanwhile.
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
        # Not known is no reason to leave a change undone.
        return False


def warn(line: str) -> None:
    """Show a warning, once a run however often it is given."""
    with _lock:
        if line in _said:
            return
        _said.add(line)
    _log(line, engine_pb2.WARNING)


def inform(line: str) -> None:
    """Show a line that asks nothing of anybody."""
    _log(line, engine_pb2.INFO)


def _log(line: str, severity: engine_pb2.LogSeverity.ValueType) -> None:
    if len(sys.argv) < 2:  # noqa: PLR2004 -- started by hand, not by the engine: nobody listens
        return
    # A line that cannot be shown must not fail the operation that it is about.
    with suppress(grpc.RpcError), grpc.insecure_channel(sys.argv[1]) as channel:
        engine_pb2_grpc.EngineStub(channel).Log(
            engine_pb2.LogRequest(severity=severity, message=line)
        )
