"""Command: serve a simulator over TLS, by a server that speaks HTTP/1.1 and HTTP/2.

Prints its base URL, and serves until its standard input ends. Its own server, uvicorn, speaks no
HTTP/2; hypercorn speaks both, so that the two can be compared over one server.
"""

import argparse
import asyncio
import socket
import sys

from hypercorn.asyncio import serve
from hypercorn.config import Config

from carrierx_simulator import SimulatorSettings
from carrierx_simulator.application import application
from carrierx_simulator.paths import API
from carrierx_simulator.state import SimulatorState


def main() -> None:
    """Read the command line, and serve."""
    parser = argparse.ArgumentParser(description="Serve a simulator over TLS.")
    parser.add_argument("certificate", help="PEM file with the certificate for localhost, its key")
    parser.add_argument("--latency-ms", type=int, default=0)
    arguments = parser.parse_args()
    # As the simulator's own: asyncio switches Nagle's algorithm off only where the protocol is
    # named, and with it on every answer would wait 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    origin = f"https://localhost:{listener.getsockname()[1]}"
    settings = SimulatorSettings(latency_ms=arguments.latency_ms)
    simulator = application(SimulatorState(settings), origin)
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.certfile = config.keyfile = arguments.certificate
    # A new connection in the middle would be measured too.
    config.keep_alive_max_requests = 1_000_000
    config.loglevel = "ERROR"

    async def ended() -> None:
        await asyncio.to_thread(sys.stdin.read)

    async def run() -> None:
        print(origin + API, flush=True)
        await serve(simulator, config, shutdown_trigger=ended)  # type: ignore[arg-type] # hypercorn's own types of ASGI differ from starlette's

    asyncio.run(run())


if __name__ == "__main__":
    main()
