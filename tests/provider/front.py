"""A provider's process and the engine's address: started as the engine does, without the engine.

The tests know of a provider what a ``Front`` has, and nothing else.
"""

from __future__ import annotations

import itertools
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent import futures
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from carrierx_provider.dynamic_reference import EXTERNAL_DID_PROVIDER
from tests.provider.properties import Secret, decoded, encoded, plain

START_SECONDS = 60
CALL_SECONDS = 60
"""Longer than any deadline in the tests: a call that takes so long hangs."""

LONGEST_LINE = 1500
"""Of an error."""

DYNAMIC_TYPE = "pulumi-python:dynamic/carrierx:ExternalDID"
PROVIDER_KEY = "__provider"


class EngineLog(engine_pb2_grpc.EngineServicer):
    """What the engine serves to its providers: the lines that it is to show."""

    def __init__(self) -> None:
        """Nothing has been logged."""
        self._lines: list[tuple[int, str]] = []

    def Log(self, request: Any, _context: object) -> empty_pb2.Empty:  # noqa: N802 -- gRPC's name
        """Take a line."""
        self._lines.append((request.severity, request.message))
        return empty_pb2.Empty()

    def mark(self) -> int:
        """How many lines there are by now."""
        return len(self._lines)

    def since(self, mark: int, severity: int) -> list[str]:
        """The lines of a severity since the mark."""
        return [line for found, line in self._lines[mark:] if found == severity]


@dataclass
class Front:
    """A provider that answers, as the engine sees it."""

    stub: Any
    log: EngineLog
    start: Callable[..., AbstractContextManager[Front]]
    """Starts another process of the provider, with these variables in its environment."""
    kill_engine: Callable[[], None]
    """Ends what the engine serves, as if the engine had been killed."""
    resource_type: str = DYNAMIC_TYPE
    is_dynamic: bool = True
    """Whether the inputs of a resource name its provider, and what the SDK finds out for it."""
    _runs: Iterator[int] = field(default_factory=itertools.count)
    _opening: threading.Lock = field(default_factory=threading.Lock)

    def open_run(self, settings: Mapping[str, Any]) -> Run:
        """Begin a run with this configuration, as a new process would: it knows of no other."""
        # The engine hands a dynamic provider all of the stack's configuration, by its full keys.
        configuration = {
            f"carrierx:{key}" if self.is_dynamic else key: Secret(
                value if isinstance(value, str) else json.dumps(value)
            )
            for key, value in settings.items()
        }
        # The dynamic server keeps one provider for each such text. What follows the end of the
        # base64 does not count, so this is another text for the same class.
        reference = f"{EXTERNAL_DID_PROVIDER} {next(self._runs)}" if self.is_dynamic else None
        with self._opening:
            call = provider_pb2.CheckRequest(news=encoded(configuration))
            try:
                answer = self.stub.CheckConfig(call, timeout=CALL_SECONDS)
                configuration = decoded(answer.inputs)
            except grpc.RpcError as error:
                if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
                    raise
            configured = self.stub.Configure(
                provider_pb2.ConfigureRequest(
                    args=encoded(configuration),
                    acceptSecrets=True,
                    acceptResources=True,
                    sends_old_inputs=True,
                    sends_old_inputs_to_delete=True,
                ),
                timeout=CALL_SECONDS,
            )
            run = Run(self, reference, configured, settings.get("ownershipKey"))
            # The dynamic server configures the provider in its first call, whichever that is.
            with suppress(ProviderError):  # a setting is wrong: the first call of the test says so
                run.call("Check", provider_pb2.CheckRequest, news={})
        return run


@dataclass(frozen=True)
class Run:
    """One command of the engine, in which the provider is configured once."""

    front: Front
    reference: str | None
    configured: Any
    ownership_key: str | None

    @property
    def supports_preview(self) -> bool:
        """Whether creates and updates are asked in previews too."""
        return bool(self.configured.supportsPreview)

    @property
    def accepts_secrets(self) -> bool:
        """Whether secrets are sent as such."""
        return bool(self.configured.acceptSecrets)

    def inputs(self, owner: str, declared: Mapping[str, Any]) -> dict[str, Any]:
        """What the SDK hands to the engine for a resource that the program declares."""
        inputs = {key: value for key, value in declared.items() if value is not None}
        if self.front.is_dynamic:
            if isinstance(declared.get("name"), Secret):
                inputs["name_is_secret"] = True
            if self.ownership_key:
                inputs["ownership"] = {"key": self.ownership_key, "owner": owner}
        return inputs

    def call(self, method: str, request: Any, **fields: Any) -> Any:
        """Call the provider; dicts among the fields are properties.

        Raises:
            ProviderError: The provider refused, with its one line.
        """
        sent = {
            name: encoded(self._sent(value)) if isinstance(value, dict) else value
            for name, value in fields.items()
        }
        try:
            return getattr(self.front.stub, method)(request(**sent), timeout=CALL_SECONDS)
        except grpc.RpcError as error:
            # Older SDKs let gRPC put its own words before an exception's text.
            text = (error.details() or "").removeprefix("Exception calling application: ")
            raise ProviderError(error.code(), text) from None

    def _sent(self, properties: dict[str, Any]) -> dict[str, Any]:
        if not self.accepts_secrets:
            properties = plain(properties)
        # An old state names the provider that it was made with: every process knows that.
        return properties | ({} if self.reference is None else {PROVIDER_KEY: self.reference})

    def received(self, struct: Any) -> dict[str, Any]:
        """The properties of an answer; those of a dynamic resource name its provider."""
        properties = decoded(struct)
        assert properties.pop(PROVIDER_KEY, None) == self.reference
        return properties


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
    own = {k: v for k, v in os.environ.items() if not k.startswith(("CARRIERX_", "PULUMI_"))}
    with (
        tempfile.TemporaryDirectory() as no_certificates,
        tempfile.TemporaryFile("w+") as errors,
        # What `pulumi-resource-pulumi-python` runs, which lies beside the engine.
        subprocess.Popen(
            [sys.executable, "-u", "-m", "pulumi.dynamic", engine_address],
            # Loading the CAs, which nothing here needs, would take a tenth of a second a run.
            env={**own, "SSL_CERT_DIR": no_certificates, "NO_PROXY": "127.0.0.1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            port = _port_line(process)
            if port is None:
                errors.seek(0)
                message = f"no port from the provider within {START_SECONDS} s: {errors.read()}"
                raise AssertionError(message)
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield Front(
                    provider_pb2_grpc.ResourceProviderStub(channel),
                    log,
                    start=dynamic_front,
                    kill_engine=lambda: engine.stop(None).wait(),
                )
        finally:
            process.kill()
            engine.stop(None)


def _port_line(process: subprocess.Popen[str]) -> int | None:
    """The first line on standard output; None if there is none in time."""
    output = process.stdout
    assert output is not None
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=lambda: lines.put(output.readline()), daemon=True).start()
    try:
        line = lines.get(timeout=START_SECONDS).strip()
    except queue.Empty:
        return None
    return int(line) if line.isdecimal() else None
