"""A server that answers with whatever bytes a test writes, over a real socket, with TLS or without.

For responses that http.server would not send: endless ones, and those that break HTTP's own rules.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer


@dataclass
class RawServer:
    """A server under way: where it listens, and the heads of the requests it was sent."""

    port: int
    scheme: str
    heads: list[bytes] = field(default_factory=list)

    def url(self, host: str = "127.0.0.1") -> str:
        """The base URL, under one of this machine's names."""
        return f"{self.scheme}://{host}:{self.port}/core/v2"


@contextmanager
def raw_server(
    write: Callable[[Callable[[bytes], None]], None], tls: ssl.SSLContext | None = None
) -> Iterator[RawServer]:
    """Serve until the ``with`` block ends.

    Args:
        write: Answers one request by calling its argument with bytes, until the client has enough;
            the connection is closed after it.
    """

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            # The client may hang up as soon as it has enough, or not trust us.
            with suppress(OSError):
                if tls is not None:
                    self.request = tls.wrap_socket(self.request, server_side=True)
                head = b""
                while b"\r\n\r\n" not in head:
                    received = self.request.recv(65536)
                    if not received:
                        return
                    head += received
                running.heads.append(head)
                write(self.request.sendall)
                self.request.shutdown(socket.SHUT_WR)

    class Server(ThreadingTCPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    port: int = server.server_address[1]
    running = RawServer(port, "http" if tls is None else "https")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
