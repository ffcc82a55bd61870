"""Program: send calls over so many connections, and say how long it took.

    python raw_http_client.py CALLS BASE_URL TOKEN CONNECTIONS

CALLS is a file of calls, each ``[method, path, query, body]``, as JSON. What is printed is one line
of JSON: the time from the first call to the last answer, without the time to start up.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

Call = tuple[str, str, dict[str, str], Any]


async def sent(base_url: str, token: str, connections: int, calls: list[Call]) -> dict[str, float]:
    """Send all of them, as many at a time as there are connections.

    Raises:
        httpx.HTTPStatusError: One was refused.
    """
    waiting = iter(calls)
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        base_url=base_url, headers=headers, limits=limits, timeout=60, trust_env=False
    ) as client:
        started, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(_send(client, waiting) for _ in range(connections)))
        return {
            "seconds": time.perf_counter() - started,
            "cpu_seconds": time.process_time() - cpu,
        }


async def _send(client: httpx.AsyncClient, calls: Iterator[Call]) -> None:
    for method, path, query, body in calls:
        answer = await client.request(method, path, params=query or None, json=body)
        answer.raise_for_status()


if __name__ == "__main__":
    _, file, address, bearer, at_a_time = sys.argv
    listed = json.loads(Path(file).read_text(encoding="utf-8"))
    figures = asyncio.run(sent(address, bearer, int(at_a_time), listed))
    print(json.dumps(figures))
