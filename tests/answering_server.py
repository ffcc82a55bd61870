"""Servers that answer as no faithful CarrierX does, over real sockets: endless, broken, closed.

The simulator has its own tests, and stays faithful.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import responses
from socketserver import BaseRequestHandler, ThreadingTCPServer

Write = Callable[[Callable[[bytes], None]], None]

CLIENT_HELLO = b"\x16"
"""How TLS begins: a server of plain http that is asked by https answers that too."""


@dataclass
class Server:
    """A server under way: where it listens, and what it has seen."""

    port: int
    scheme: str
    heads: list[bytes] = field(default_factory=list)
    """The head of each request, in the order in which they came."""
    bodies: list[bytes] = field(default_factory=list)
    """The body of each."""
    connections: int = 0
    """How many connections were made to it."""
    closed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Released for each connection that has been closed, by either side."""

    def url(self, host: str = "127.0.0.1") -> str:
        """The base URL, under one of this machine's names."""
        return f"{self.scheme}://{host}:{self.port}/core/v2"


@contextmanager
def raw_server(
    write: Write,
    tls: ssl.SSLContext | None = None,
    *,
    keeps_connections: bool = False,
    idle_seconds: float | None = None,
) -> Iterator[Server]:
    """Serve until the ``with`` block ends.

    Args:
        write: Answers one request by calling its argument with bytes, until the client has enough;
            an ``OSError`` closes the connection.
        keeps_connections: Whether a connection stays open after an answer.
        idle_seconds: Close a connection that has been without a call for so long, unannounced.
    """

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            # The client may hang up as soon as it has enough.
            with suppress(OSError):
                self.request.settimeout(idle_seconds)
                while self._read_request():
                    write(self.request.sendall)
                    if not keeps_connections:
                        self.request.shutdown(socket.SHUT_WR)
                        return

        def _read_request(self) -> bool:
            received = b""
            while b"\r\n\r\n" not in received and not received.startswith(CLIENT_HELLO):
                more = self.request.recv(65536)
                if not more:
                    return False
                received += more
            head, _, body = received.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)^content-length: (\d+)", head, re.MULTILINE)
            while length and len(body) < int(length[1]):
                body += self.request.recv(65536)
            running.heads.append(head)
            running.bodies.append(body)
            return True

    class ListeningServer(ThreadingTCPServer):
        daemon_threads = True
        # With the five of socketserver a connection of many at once waits a second.
        request_queue_size = 128

        def get_request(self) -> tuple[socket.socket, object]:
            connection, address = super().get_request()
            running.connections += 1
            return (tls.wrap_socket(connection, server_side=True) if tls else connection), address

        def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
            super().shutdown_request(request)
            running.closed.release()

    server = ListeningServer(("127.0.0.1", 0), Handler)
    running = Server(server.server_address[1], "https" if tls else "http")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()


def response(
    status: int, body: bytes, headers: Mapping[str, str], promised_length: int | None = None
) -> bytes:
    """A whole response; its Content-Length is that of the body, unless another is promised."""
    lines = [f"HTTP/1.1 {status} {responses.get(status, '')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {promised_length or len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


@contextmanager
def answering(
    status: int,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    promised_length: int | None = None,
    wait: threading.Event | None = None,
) -> Iterator[str]:
    """Answer every call with one response until the ``with`` block ends; gives the base URL.

    Args:
        promised_length: The Content-Length to send, if not that of ``body``.
        wait: Answer no sooner than this is set.
    """
    prepared = response(status, body, {"Connection": "close", **(headers or {})}, promised_length)

    def write(send: Callable[[bytes], None]) -> None:
        if wait is not None:
            wait.wait(60)
        send(prepared)

    with raw_server(write) as server:
        try:
            yield server.url()
        finally:
            if wait is not None:
                wait.set()
