"""Lines for the person at the engine: true warnings, in previews too.

A dynamic provider has no way to log; its process is handed the engine's address as its first
argument, and the engine takes log lines there.
"""

import sys
import threading
from contextlib import suppress

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

_said: set[str] = set()
_lock = threading.Lock()


def warn(line: str) -> None:
    """Show a warning, once a run however often it is given."""
    with _lock:
        if line in _said:
            return
        _said.add(line)
    if len(sys.argv) < 2:  # noqa: PLR2004 -- started by hand, not by the engine: nobody listens
        return
    # A warning that cannot be shown must not fail the operation that it is about.
    with suppress(grpc.RpcError), grpc.insecure_channel(sys.argv[1]) as channel:
        engine_pb2_grpc.EngineStub(channel).Log(
            engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=line)
        )
