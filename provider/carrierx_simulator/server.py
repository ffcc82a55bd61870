"""Serving a simulator on a socket, in a thread of this process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import uvicorn

from carrierx_simulator.application import application
from carrierx_simulator.connection import Connection
from carrierx_simulator.settings import SimulatorSettings
from carrierx_simulator.state import SimulatorState
from carrierx_simulator.testing import RunningSimulator

# Enough for a response under way; a client that keeps its connection open must not delay the end.
_SHUTDOWN_SECONDS = 3


class AddressError(Exception):
    """The simulator cannot listen on the address; the text says which, and why."""


@contextmanager
def running_simulator(settings: SimulatorSettings) -> Iterator[RunningSimulator]:
    """As `carrierx_simulator.running_simulator`, which imports this late."""
    state = SimulatorState(settings)
    with closing(state.storage), _listening(settings) as listener:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        origin = f"http://{host}:{listener.getsockname()[1]}"
        server = uvicorn.Server(
            uvicorn.Config(
                application(state, origin),
                access_log=False,
                http=Connection,
                lifespan="off",
                log_config=None,
                loop="asyncio",
                timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
                ws="none",
            )
        )
        thread = threading.Thread(
            target=server.run, args=([listener],), name="carrierx-simulator", daemon=True
        )
        # The socket listens already: a call waits until the thread serves.
        thread.start()
        try:
            yield RunningSimulator(origin, thread, state)
        finally:
            state.faults.stopping.set()
            server.should_exit = True
            thread.join()


def _listening(settings: SimulatorSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only where the protocol is named; with it on, every
    # response would wait 40 ms for the client's acknowledgement of the header.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen()
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise AddressError(
            f"cannot listen on {settings.host} port {settings.port}: {reason}; --port names "
            "another, and --port 0 picks a free one"
        ) from error
    return listener
