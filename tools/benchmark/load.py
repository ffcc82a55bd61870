"""Calls against a simulator in another process, so many at once, and how many a second."""

import asyncio
import ssl
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import trustme

from carrierx_simulator import SAMPLE_TOKEN

NUMBERS = 1_000
"""How many numbers the account has: one full page."""

ROUNDS = 5

_COLLECTION = "/phonenumber/external_dids"
_ROOT = Path(__file__).resolve().parents[2]


class Read(StrEnum):
    """What is read."""

    NUMBER = "one number"
    PAGE = "page of 1,000"


@dataclass(frozen=True, slots=True)
class Way:
    """How the calls are made."""

    connections: int
    http2: bool = False


@dataclass(frozen=True, slots=True)
class Server:
    """A simulator under way, with ``NUMBERS`` numbers."""

    base_url: str
    tls: ssl.SSLContext
    latency_ms: int
    paths: dict[Read, str]

    def calls_per_second(
        self, ways: Sequence[Way], read: Read, at_once: int, seconds: float
    ) -> dict[Way, float]:
        """Measure the ways in turn, so that a busy machine is so for all; the median of each.

        Args:
            ways: What is compared.
            read: What every call reads.
            at_once: How many calls are under way at any time.
            seconds: How long about each of the ``ROUNDS`` takes.
        """
        measured: dict[Way, list[float]] = {way: [] for way in ways}
        for turn in range(ROUNDS):
            first = turn % len(ways)
            for way in (*ways[first:], *ways[:first]):
                measured[way].append(asyncio.run(self._measure(way, read, at_once, seconds)))
        return {way: statistics.median(values) for way, values in measured.items()}

    async def _measure(self, way: Way, read: Read, at_once: int, seconds: float) -> float:
        async with self._client(way) as client:
            # The connections are made before it begins.
            await asyncio.gather(*(client.get(self.paths[read]) for _ in range(at_once)))
            made = 0
            began = time.perf_counter()

            async def call() -> None:
                nonlocal made
                while time.perf_counter() - began < seconds:
                    answer = await client.get(self.paths[read])
                    answer.raise_for_status()
                    made += 1

            await asyncio.gather(*(call() for _ in range(at_once)))
            return made / (time.perf_counter() - began)

    def _client(self, way: Way) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.base_url,
            headers={"Authorization": f"Bearer {SAMPLE_TOKEN}"},
            verify=self.tls,
            http2=way.http2,
            trust_env=False,
            timeout=60,
            limits=httpx.Limits(
                max_connections=way.connections, max_keepalive_connections=way.connections
            ),
        )


@contextmanager
def server(latency_ms: int) -> Iterator[Server]:
    """A simulator over TLS that speaks HTTP/1.1 and HTTP/2, until the ``with`` block ends."""
    authority = trustme.CA()
    tls = ssl.create_default_context()
    authority.configure_trust(tls)
    with TemporaryDirectory(prefix="pulumi-carrierx-") as folder:
        certificate = Path(folder) / "localhost.pem"
        authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(
            str(certificate)
        )
        with subprocess.Popen(
            [
                *(sys.executable, "-m", "tools.benchmark.tls_simulator"),
                *(str(certificate), "--latency-ms", str(latency_ms)),
            ],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                base_url = process.stdout.readline().strip()
                yield asyncio.run(_filled(Server(base_url, tls, latency_ms, {})))
            finally:
                process.stdin.close()


async def _filled(empty: Server) -> Server:
    way = Way(connections=16)
    numbers = iter(range(NUMBERS))
    sid = ""
    async with empty._client(way) as client:  # noqa: SLF001 -- this module's own

        async def register() -> None:
            nonlocal sid
            for number in numbers:
                body = {"phonenumber": f"+4670{number:07}", "capabilities": 3}
                answer = await client.post(_COLLECTION, json=body)
                sid = answer.raise_for_status().json()["external_did_sid"]

        await asyncio.gather(*(register() for _ in range(way.connections)))
    paths = {Read.NUMBER: f"{_COLLECTION}/{sid}", Read.PAGE: f"{_COLLECTION}?limit={NUMBERS}"}
    return Server(empty.base_url, empty.tls, empty.latency_ms, paths)
