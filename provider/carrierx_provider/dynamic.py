"""Front: the dynamic provider that Pulumi's engine talks to.

The path ``carrierx_provider.dynamic.ExternalDIDProvider`` is a public contract: the state of every
resource refers to the class by it (see ``dynamic_reference``). The class has no state when it is
pickled, and must stay importable under this name for as long as there are states that hold it.
"""

# ruff: noqa: E402 -- the garbage collector is configured before the larger half is imported
from __future__ import annotations

import gc
import inspect
import os
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import grpc
from pulumi import dynamic as sdk
from pulumi.output import Unknown
from pulumi.runtime import rpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

# What is loaded by now stays until the process ends. Without this the collector visits all of it
# during the imports below, and in every full collection after them, and finds nothing to free.
gc.freeze()

from carrierx_provider.core.connections import Connections, run_blocking
from carrierx_provider.core.errors import ResourceError
from carrierx_provider.core.log_file import open_log
from carrierx_provider.core.resource import (
    UNKNOWN,
    Lifecycle,
    PlanKind,
    ResourceRef,
    is_unknown,
)
from carrierx_provider.core.settings import ConfigurationError, Settings
from carrierx_provider.external_did.lifecycle import ExternalDIDLifecycle
from carrierx_provider.pulumi_files.urn import URN

_shown: set[str] = set()
_shown_lock = threading.Lock()


def engine_is_gone() -> bool:
    """Whether the engine that started this process has ended, by a kill for example.

    The provider's process outlives the engine and continues its operations. A change that it
    sent then might undo what the next run has done meanwhile.
    """
    try:
        host, _, port = sys.argv[1].rpartition(":")
        with socket.create_connection((host, int(port)), timeout=1):
            return False
    except ConnectionRefusedError:
        return True
    except (OSError, ValueError, IndexError):
        # Without a clear answer the change is sent, as by a provider that is started by hand.
        return False


def warn(lines: Iterable[str]) -> None:
    """Show warnings, in previews too, each only once a run."""
    for line in lines:
        with _shown_lock:
            is_new = line not in _shown
            _shown.add(line)
        if is_new:
            _log(line, engine_pb2.WARNING)


def _log(line: str, severity: engine_pb2.LogSeverity.ValueType) -> None:
    # Pulumi gives a dynamic provider no way to log, but the engine's address is the first argument
    # of its process, and the engine accepts log lines there.
    # An error here, or a start by hand, must not fail the operation.
    with suppress(grpc.RpcError, IndexError), grpc.insecure_channel(sys.argv[1]) as channel:
        engine_pb2_grpc.EngineStub(channel).Log(
            engine_pb2.LogRequest(severity=severity, message=line)
        )


Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")

PROVIDER_KEY = "__provider"


class EngineError(Exception):
    """A failed operation, in one line: all that a user sees of an exception."""


# The engine prints an exception as "module.Class: message". Users see it as "CarrierXError: …".
EngineError.__module__, EngineError.__qualname__ = "builtins", "CarrierXError"


def _in_one_line(operation: Callable[Parameters, Returned]) -> Callable[Parameters, Returned]:
    """Raise nothing but an ``EngineError``. Any BaseException would hang the engine."""

    @wraps(operation)
    def wrapper(*arguments: Parameters.args, **named: Parameters.kwargs) -> Returned:
        try:
            return operation(*arguments, **named)
        except (ResourceError, ConfigurationError) as error:
            raise EngineError(str(error)) from None
        except BaseException as error:  # noqa: BLE001 -- any of them would hang the engine
            raise EngineError(_bug(error, operation.__name__)) from None

    return wrapper


def _bug(error: BaseException, operation: str) -> str:
    # Neither the message nor the arguments: they may hold secret values.
    place = traceback.extract_tb(error.__traceback__, limit=-1)[0]
    where = f"{Path(place.filename).name}:{place.lineno}"
    return (
        f"pulumi-carrierx failed in {operation} with a {type(error).__name__} at {where}. This is "
        "a bug in pulumi-carrierx: please report this line. Run refresh before the next up."
    )


class ExternalDIDProvider(sdk.ResourceProvider):
    """The dynamic provider of External DIDs: translates for their lifecycle.

    It has no state until it is configured.
    """

    # Pickled by reference, without any captured value, so there is nothing secret in it.
    serialize_as_secret_always = False

    _lifecycle: Lifecycle

    @_in_one_line
    def configure(self, req: sdk.ConfigureRequest) -> None:
        """Read the stack's configuration; called once in the provider's process."""
        # The engine prints the traceback, which does not help a user. With this limit the
        # traceback module gives only the exception's line.
        sys.tracebacklimit = 0
        # A process that is configured again begins another run.
        _shown.clear()
        open_log(os.environ)
        settings = Settings.of(req.config.get, os.environ)
        say = partial(_log, severity=engine_pb2.INFO)
        connections = Connections(settings, engine_is_gone, say)
        self._lifecycle = ExternalDIDLifecycle(connections)

    @_in_one_line
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> sdk.CheckResult:
        """Check the inputs, every field at once, and warn of an unusual number."""
        checked = self._lifecycle.check(
            _from_engine(news), _from_engine(_olds or {}), resource=_requested()
        )
        warn(checked.warnings)
        # For a failure that names its property the engine prints the value, secret or not. So the
        # field is in the reason.
        return sdk.CheckResult(
            _replaced(checked.inputs, is_unknown, rpc.UNKNOWN),
            [sdk.CheckFailure("", str(failure)) for failure in checked.failures],
        )

    @_in_one_line
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> sdk.DiffResult:
        """Plan the change, and warn of a replace."""
        plan = self._lifecycle.diff(
            _id, _from_engine(olds), _from_engine(news), resource=_requested()
        )
        warn(plan.warnings)
        return sdk.DiffResult(
            changes=plan.kind is not PlanKind.UNCHANGED,
            replaces=list(plan.replaces),
            delete_before_replace=plan.delete_before_replace,
        )

    @_in_one_line
    def create(self, props: dict[str, Any]) -> sdk.CreateResult:
        """Register the number, or adopt its registration."""
        create = partial(self._lifecycle.create, resource=_requested())
        created = run_blocking(create, _from_engine(props))
        warn(created.notices)
        return sdk.CreateResult(created.id, created.outputs)

    @_in_one_line
    def read(self, id_: str, props: dict[str, Any]) -> sdk.ReadResult:
        """Refresh, or a first read of a number that is managed elsewhere."""
        seen = run_blocking(self._lifecycle.read, id_, _from_engine(props))
        if seen is None:
            return sdk.ReadResult("", {})
        warn(seen.notices)
        return sdk.ReadResult(seen.id, seen.outputs, seen.inputs)

    @_in_one_line
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> sdk.UpdateResult:
        """Send only what differs."""
        updated = run_blocking(
            self._lifecycle.update, _id, _from_engine(_olds), _from_engine(_news)
        )
        warn(updated.notices)
        return sdk.UpdateResult(updated.outputs)

    @_in_one_line
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Release the number."""
        delete = partial(self._lifecycle.delete, resource=_requested())
        warn(run_blocking(delete, _id, _from_engine(_props)))


def _requested() -> ResourceRef | None:
    """Which resource the engine's request is about.

    The engine says it, and the SDK's server does not pass it on: it is in the request, which is a
    local variable of the caller. Without it a resource is known by its number alone.
    """
    frame = inspect.currentframe()
    while frame is not None:
        urn = getattr(frame.f_locals.get("request"), "urn", None)
        if isinstance(urn, str) and urn:
            parsed = URN.parse(urn)
            return ResourceRef(urn, f"{parsed.project}/{parsed.stack}/{parsed.name}")
        frame = frame.f_back
    return None


def _from_engine(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties without the reference to the class, and with the core's unknowns."""
    declared = {key: value for key, value in properties.items() if key != PROVIDER_KEY}
    known: dict[str, Any] = _replaced(declared, _is_unknown_to_the_sdk, UNKNOWN)
    return known


def _is_unknown_to_the_sdk(value: object) -> bool:
    # The SDK passes an unknown as an object of its own, or as the engine's marker string.
    return isinstance(value, Unknown) or value == rpc.UNKNOWN


def _replaced(value: Any, is_old: Callable[[object], bool], new: object) -> Any:  # noqa: ANN401 -- any property value
    if isinstance(value, dict):
        return {key: _replaced(inner, is_old, new) for key, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, is_old, new) for inner in value]
    return new if is_old(value) else value
