"""How many connections help, and whether HTTP/2 does. Needs no engine; takes three minutes."""

from carrierx_api.transport import CONNECTIONS
from tools.benchmark.figures import Figures, Promise
from tools.benchmark.load import Read, Way, server

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
            "Calls a second with fewer connections than concurrent calls, divided by those with as "
            "many connections as calls, by raw httpx over TLS; a call reads one number. At 0 ms "
            "the calls wait for a processor, at 50 ms for each other. The engine makes four calls "
            "at once, and up to four pages of a list are read at the same time: so there are "
            f"{CONNECTIONS} connections."
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
            "Calls a second over HTTP/2, divided by those over HTTP/1.1, by raw httpx over TLS to "
            "one server that speaks both. HTTP/2 uses one connection, HTTP/1.1 one for each "
            f"concurrent call. With the engine's four calls at once HTTP/2 is {best:.2f} times as "
            f"fast at best, so it is {'worth using' if helps else 'not used'}."
        ),
        columns=("a call reads", "latency", "calls at once", "HTTP/2 over HTTP/1.1"),
        rows=tuple(rows),
        promises=(
            Promise(
                f"at four calls at once HTTP/2 is less than {HELPS} times as fast", kept=not helps
            ),
        ),
    )
