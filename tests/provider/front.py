"""The provider's process and the engine's address: started as the engine does, without the engine.

The tests know of the provider what a ``Front`` has, and nothing else.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from carrierx_provider.dynamic_reference import EXTERNAL_DID_PROVIDER

CALL_SECONDS = 60
"""Longer than any deadline in the tests: a call that takes so long hangs."""

LONGEST_LINE = 1500
"""Of an error."""

PROVIDER_KEY = "__provider"


class EngineLog(engine_pb2_grpc.EngineServicer):
    """What the engine serves to its providers: the lines that it is to show."""

    def __init__(self) -> None:
        """Nothing has been logged."""
        self.lines: list[tuple[int, str]] = []
        """Each with its severity."""

    def Log(self, request: Any, _context: object) -> empty_pb2.Empty:  # noqa: N802 -- gRPC's name
        """Take a line."""
        self.lines.append((request.severity, request.message))
        return empty_pb2.Empty()


@dataclass
class Front:
    """A provider that answers, as the engine sees it."""

    stub: Any
    log: EngineLog
    kill_engine: Callable[[], None]
    """Ends what the engine serves, as if the engine had been killed."""
    _runs: Iterator[int] = field(default_factory=itertools.count)
    _opening: threading.Lock = field(default_factory=threading.Lock)

    def open_run(self, settings: Mapping[str, Any]) -> Run:
        """Begin a run with this configuration, as a new process would: it knows of no other."""
        # The engine hands a dynamic provider all of the stack's configuration, by its full keys.
        configuration = {
            f"carrierx:{key}": value if isinstance(value, str) else json.dumps(value)
            for key, value in settings.items()
        }
        # The dynamic server keeps one provider for each such text. What follows the end of the
        # base64 does not count, so this is another text for the same class.
        run = Run(self.stub, f"{EXTERNAL_DID_PROVIDER} {next(self._runs)}")
        with self._opening:
            request = provider_pb2.ConfigureRequest(args=encoded(configuration))
            self.stub.Configure(request, timeout=CALL_SECONDS)
            # The dynamic server configures the provider in its first call, whichever that is.
            with suppress(ProviderError):  # a setting is wrong: the first call of the test says so
                run.call("Check", provider_pb2.CheckRequest, news={})
        return run


@dataclass(frozen=True)
class Run:
    """One command of the engine, in which the provider is configured once."""

    stub: Any
    reference: str

    def call(self, method: str, request: Any, **fields: Any) -> Any:
        """Call the provider; dicts among the fields are properties, without secrets.

        Raises:
            ProviderError: The provider refused, with its one line.
        """
        # An old state names the provider that it was made with: every process knows that.
        sent = {
            name: encoded(value | {PROVIDER_KEY: self.reference})
            if isinstance(value, dict)
            else value
            for name, value in fields.items()
        }
        try:
            return getattr(self.stub, method)(request(**sent), timeout=CALL_SECONDS)
        except grpc.RpcError as error:
            # Older SDKs let gRPC put its own words before an exception's text.
            text = (error.details() or "").removeprefix("Exception calling application: ")
            raise ProviderError(error.code(), text) from None

    def received(self, struct: struct_pb2.Struct) -> dict[str, Any]:
        """The properties of an answer, which name their provider."""
        properties: dict[str, Any] = json_format.MessageToDict(struct)
        assert properties.pop(PROVIDER_KEY) == self.reference
        return properties


def encoded(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """The properties as they travel: every number a double."""
    struct = struct_pb2.Struct()
    struct.update(properties)
    return struct


class ProviderError(Exception):
    """What the provider refused a call with: the line that the engine would print."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        """Take the line, without the class that a dynamic provider's line begins with."""
        line = details.strip().removeprefix("CarrierXError: ")
        # One line, whatever happened: a traceback has more.
        assert line.isprintable(), details
        assert len(line) < LONGEST_LINE, details
        assert code is not grpc.StatusCode.DEADLINE_EXCEEDED, "the provider does not answer"
        super().__init__(line)


@contextmanager
def dynamic_front(**environment: str) -> Iterator[Front]:
    """Start the server that the engine starts for dynamic providers, and stop it at the end.

    Args:
        **environment: Variables for it; those of CarrierX and Pulumi are not inherited.
    """
    log = EngineLog()
    engine = grpc.server(futures.ThreadPoolExecutor(4))
    engine_pb2_grpc.add_EngineServicer_to_server(log, engine)
    engine_address = f"127.0.0.1:{engine.add_insecure_port('127.0.0.1:0')}"
    engine.start()
    foreign = ("CARRIERX_", "PULUMI_")
    own = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    with subprocess.Popen(
        # What `pulumi-resource-pulumi-python` runs, which lies beside the engine.
        [sys.executable, "-u", "-m", "pulumi.dynamic", engine_address],
        # As Docker writes it.
        env={**own, "NO_PROXY": "localhost,127.0.0.1,fd07:b51a:cc66:f0::/64", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            deadline = threading.Timer(CALL_SECONDS, process.kill)
            deadline.start()
            port = process.stdout.readline().strip()
            deadline.cancel()
            assert port.isdecimal(), "the provider has not started"
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield Front(
                    provider_pb2_grpc.ResourceProviderStub(channel),
                    log,
                    kill_engine=lambda: engine.stop(None).wait(),
                )
        finally:
            process.kill()
            engine.stop(None)
