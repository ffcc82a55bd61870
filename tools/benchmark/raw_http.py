"""The calls that a command needs, and nothing else: what HTTP itself costs."""

import json
import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from carrierx_simulator import SAMPLE_TOKEN
from tools.benchmark.measured_run import MeasuredRun, measured_run
from tools.benchmark.programs.declared import declared_numbers
from tools.benchmark.simulated_account import SimulatedAccount, simulated_account
from tools.benchmark.stack import NAMES, Command, RunFailedError

_CLIENT = Path(__file__).with_name("raw_http_client.py")
_COLLECTION = "phonenumber/external_dids"
LARGEST_PAGE = 1_000

_Call = tuple[str, str, dict[str, str], Any]


@dataclass(frozen=True, slots=True)
class RawHTTP:
    """An account that is changed by bare calls over so many connections."""

    account: SimulatedAccount
    folder: Path
    numbers: int
    connections: int

    def run(self, command: Command) -> MeasuredRun:
        """Send the calls of one command; its seconds are those of the calls alone.

        Raises:
            RunFailedError: One was refused.
        """
        calls = self._calls(command)
        if not calls:
            return MeasuredRun(0, "", 0.0, 0.0, {}, {})
        self.account.take_calls()  # those that it took to know the SIDs
        said = self.folder / "calls.json"
        said.write_text(json.dumps(calls), encoding="utf-8")
        run = measured_run(
            [
                *(sys.executable, str(_CLIENT), str(said)),
                *(self.account.base_url, SAMPLE_TOKEN, str(self.connections)),
            ],
            self.folder,
            dict(os.environ),
        )
        if run.exit_code:
            raise RunFailedError(run.output)
        return replace(run, **json.loads(run.output))

    def _calls(self, command: Command) -> list[_Call]:
        if command is Command.CREATE:
            return [("POST", _COLLECTION, {}, inputs) for inputs in self._inputs(command)]
        if command is Command.REFRESH:
            return [
                ("GET", _COLLECTION, {"limit": f"{LARGEST_PAGE}", "offset": f"{offset}"}, None)
                for offset in range(0, self.numbers, LARGEST_PAGE)
            ]
        if command in {Command.PREVIEW_UNCHANGED, Command.UP_UNCHANGED}:
            return []
        method = "PATCH" if command is Command.UPDATE else "DELETE"
        bodies = [
            {"name": inputs["name"]} if command is Command.UPDATE else None
            for inputs in self._inputs(command)
        ]
        return [
            (method, f"{_COLLECTION}/{sid}", {}, body)
            for sid, body in zip(self.account.sids(), bodies, strict=True)
        ]

    def _inputs(self, command: Command) -> list[dict[str, Any]]:
        said = {
            "BENCHMARK_NUMBERS": str(self.numbers),
            "BENCHMARK_NAME": NAMES[command is Command.UPDATE],
        }
        return [inputs for _, inputs in declared_numbers(said)]

    def state_bytes(self) -> int:
        """It keeps none."""
        return 0


def pages_of(numbers: int) -> int:
    """How many list pages it takes to read an account of so many numbers."""
    return math.ceil(numbers / LARGEST_PAGE)


@contextmanager
def raw_http(numbers: int, connections: int, *, latency_ms: int = 0) -> Iterator[RawHTTP]:
    """An empty account, for as long as the block runs.

    Args:
        numbers: How many numbers each command is about.
        connections: How many calls are under way at a time.
        latency_ms: Milliseconds that the simulator waits before it handles a call.
    """
    with (
        TemporaryDirectory(prefix="pulumi-carrierx-") as made,
        simulated_account(latency_ms=latency_ms) as account,
    ):
        yield RawHTTP(account, Path(made), numbers, connections)
