"""A server that keeps its connections, counts them, and closes them when a test says so.

For what happens between the calls: the simulator answers as CarrierX does, this one the same to
every call.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket

SID = "ed3a6d9b-13a8-4bd4-a8a1-2e0d3f4a9d11"
NUMBER = {"external_did_sid": SID, "phonenumber": "46700987654", "capabilities": 3}


@dataclass
class KeepAliveServer:
    """A server under way: where it listens, and what it has seen."""

    base_url: str
    connections: int = 0
    """How many connections were made to it."""
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """The method and the headers (lower case) of each call that has come, in that order."""
    closed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Released for each connection that has been closed, by either side."""


@contextmanager
def keep_alive_server(
    *,
    idle_seconds: float | None = None,
    before_answer: Callable[[], object] = lambda: None,
    headers: Mapping[str, str] | None = None,
    drop_the_call: int | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[KeepAliveServer]:
    """Answer every call with one External DID until the ``with`` block ends.

    Args:
        idle_seconds: Close a connection that has been without a call for so long, unannounced.
        before_answer: Called before each response, on a thread of its own.
        drop_the_call: Close the connection of this call, counted from 1, without a response.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = idle_seconds

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            heads = {name.lower(): value for name, value in self.headers.items()}
            running.calls.append((self.command, heads))
            if len(running.calls) == drop_the_call:
                self.close_connection = True
                return
            before_answer()
            body = json.dumps(NUMBER).encode()
            self.send_response(200)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 -- http.server's names

        def log_message(self, *_: object) -> None:
            """Print nothing on standard error."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        # With the five of socketserver a connection of many at once waits a second.
        request_queue_size = 128

        def get_request(self) -> tuple[socket, object]:
            connection, address = super().get_request()
            running.connections += 1
            if tls is not None:
                connection = tls.wrap_socket(connection, server_side=True)
            return connection, address

        def shutdown_request(self, request: socket | tuple[bytes, socket]) -> None:
            super().shutdown_request(request)
            running.closed.release()

    server = Server(("127.0.0.1", 0), Handler)
    scheme = "http" if tls is None else "https"
    host = "127.0.0.1" if tls is None else "localhost"
    running = KeepAliveServer(f"{scheme}://{host}:{server.server_port}/core/v2")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
