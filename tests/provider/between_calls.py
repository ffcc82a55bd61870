"""Somebody else acts at an exact moment of an operation: just before one of its calls arrives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import httpx

from carrierx_simulator.testing import SimulatedAccount
from tests.provider.lifecycles import World


class BetweenCalls:
    """While it is open, the stack's calls pass through a server that can hold one of them up."""

    def __init__(
        self, world: World, method: str, nth: int, act: Callable[[SimulatedAccount], object]
    ) -> None:
        """Act before the nth call with this method."""
        self._world = world
        self._direct = str(world.stack.settings["baseUrl"])
        self._left = nth
        between = self

        class Passing(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass_on(self) -> None:
                if self.command == method:
                    between._left -= 1
                    if between._left == 0:
                        act(world.account)
                length = int(self.headers.get("Content-Length", 0))
                try:
                    answer = httpx.request(
                        self.command,
                        f"{between._direct.removesuffix('/core/v2')}{self.path}",
                        headers={
                            name: self.headers[name]
                            for name in ("Authorization", "Content-Type")
                            if name in self.headers
                        },
                        content=self.rfile.read(length),
                    )
                except httpx.TransportError:  # an answer that is lost is lost here too
                    self.close_connection = True
                    return
                self.send_response(answer.status_code)
                self.send_header("Content-Type", "application/json")
                if "retry-after" in answer.headers:
                    self.send_header("Retry-After", answer.headers["retry-after"])
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            do_GET = do_POST = do_PATCH = do_DELETE = _pass_on  # noqa: N815 -- http.server's names

            def log_message(self, *_: Any) -> None:
                """Print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
        self._server.daemon_threads = True

    def __enter__(self) -> Self:
        """Let the stack's calls pass through here."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        host, port = self._server.server_address[:2]
        self._world.stack.settings["baseUrl"] = f"http://{host!s}:{port}/core/v2"
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Let them go directly again; the moment must have come."""
        self._server.shutdown()
        self._server.server_close()
        self._world.stack.settings["baseUrl"] = self._direct
        assert kind is not None or self._left <= 0, "the moment has not come"
