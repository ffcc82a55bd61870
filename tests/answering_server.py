"""A server that answers every call with one prepared HTTP response, over a real socket.

For responses that no faithful CarrierX gives: the simulator has its own tests, and stays faithful.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def answering(
    status: int,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    promised_length: int | None = None,
    wait: threading.Event | None = None,
) -> Iterator[str]:
    """Answer until the ``with`` block ends; gives the base URL.

    Args:
        promised_length: The Content-Length to send, if not that of ``body``.
        wait: Answer no sooner than this is set.
    """

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if wait is not None:
                wait.wait(60)
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(promised_length or len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer  # noqa: N815 -- http.server's names

        def log_message(self, *_: object) -> None:
            """Print nothing on standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/core/v2"
    finally:
        if wait is not None:
            wait.set()
        server.shutdown()
        server.server_close()
