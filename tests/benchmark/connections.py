"""Command: measure how many connections help, and whether HTTP/2 does.

    python tests/benchmark/connections.py
    python tests/benchmark/connections.py --only http2 --write docs/performance.md

Needs no engine. Takes about three minutes, and wants the machine to itself. Exits with 1 if what
was decided by it does not hold.
"""

import argparse
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

if __name__ == "__main__":
    # In place of this folder, so that the project's modules are found from its root.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from carrierx_api.transport import CONNECTIONS
from tests.benchmark.document import write_into
from tests.benchmark.figures import Figures, Promise, as_markdown
from tests.benchmark.load import Read, Way, server

_LATENCIES_MS = (0, 50)
_SECONDS = 1.0

HELPS = 1.1
"""How many times as fast something has to be to help measurably."""


def connection_figures() -> Figures:
    """Calls a second with more and more connections, for as many calls at once as may come."""
    counts = (1, 2, 4, CONNECTIONS)
    rows = []
    enough = True
    for latency_ms in _LATENCIES_MS:
        with server(latency_ms) as under_way:
            for at_once in (4, CONNECTIONS):
                ways = [Way(count) for count in counts if count <= at_once]
                speed = under_way.calls_per_second(ways, Read.NUMBER, at_once, _SECONDS)
                most = speed[Way(at_once)]
                ratios = [speed[way] / most for way in ways]
                rows.append(
                    (
                        f"{latency_ms} ms",
                        f"{at_once}",
                        *(f"{ratio:.2f}" for ratio in ratios),
                        *[""] * (len(counts) - len(ratios)),
                    )
                )
                # Where an answer takes its time, half of the connections must be too few.
                if latency_ms:
                    enough = enough and ratios[-2] * HELPS < 1
    return Figures(
        title="Connections",
        explanation=(
            "Calls a second with fewer connections than calls at once, over those with as many, by "
            "raw httpx over TLS; a call reads one number. At 0 ms the calls wait for a processor, "
            "at 50 ms for one another. The engine makes four calls at once, and four pages of a "
            f"list may come on top: so there are {CONNECTIONS} connections. Measured, as the next "
            "table, by `make bench-http`."
        ),
        columns=("latency", "calls at once", *(f"{count}" for count in counts)),
        rows=tuple(rows),
        promises=(Promise("at 50 ms half as many connections are too few", kept=enough),),
    )


def http2_figures() -> Figures:
    """HTTP/2 over one connection beside HTTP/1.1 over as many as there are calls at once."""
    rows = []
    best = 0.0
    for latency_ms in _LATENCIES_MS:
        with server(latency_ms) as under_way:
            for read in Read:
                for at_once in (4, 16):
                    one, two = Way(at_once), Way(at_once, http2=True)
                    speed = under_way.calls_per_second([one, two], read, at_once, _SECONDS)
                    ratio = speed[two] / speed[one]
                    rows.append((read.value, f"{latency_ms} ms", f"{at_once}", f"{ratio:.2f}"))
                    if at_once == 4:
                        best = max(best, ratio)
    helps = best >= HELPS
    return Figures(
        title="HTTP/2",
        explanation=(
            "Calls a second over HTTP/2, over those with HTTP/1.1, by raw httpx over TLS to one "
            "server that speaks both. HTTP/2 takes one connection, HTTP/1.1 as many as there are "
            f"calls at once. With the engine's four calls at once it is {best:.2f} times as fast "
            f"at best, so it is {'worth using' if helps else 'not used'}."
        ),
        columns=("a call reads", "latency", "calls at once", "HTTP/2 over HTTP/1.1"),
        rows=tuple(rows),
        promises=(
            Promise(
                f"at four calls at once HTTP/2 is less than {HELPS} times as fast", kept=not helps
            ),
        ),
    )


def surroundings() -> str:
    """One line for below a table."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("httpx", "h2", "hypercorn"))
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with {packages}, "
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores."
    )


_PARTS: dict[str, Callable[[], Figures]] = {
    "connections": connection_figures,
    "http2": http2_figures,
}


def main() -> int:
    """Read the command line, measure, print; the exit code."""
    parser = argparse.ArgumentParser(description="Measure connections and HTTP/2.")
    parser.add_argument(
        "--only",
        action="append",
        choices=_PARTS,
        help="measure this part; may be given several times (default: both)",
    )
    parser.add_argument(
        "--write",
        type=Path,
        metavar="FILE",
        help="also put the figures into this Markdown file, in place of those it has",
    )
    arguments = parser.parse_args()
    kept = True
    for part in arguments.only or _PARTS:
        print(f"measuring {part} ...", file=sys.stderr, flush=True)  # noqa: T201 -- a command
        figures = _PARTS[part]()
        text = f"{as_markdown(figures)}\n\n{surroundings()}"
        print(text, end="\n\n", flush=True)  # noqa: T201 -- a command
        if arguments.write:
            write_into(arguments.write, part, text)
        kept = kept and figures.kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
