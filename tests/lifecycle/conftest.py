"""The lifecycle in this process, for what needs its insides: waits, rates, pages of the list.

Everything else is shown over the provider's gRPC interface: tests/provider.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import anyio.to_thread
import pytest

from carrierx_api.retry import Pause
from carrierx_provider.core.connections import Connections, run_blocking
from carrierx_provider.core.errors import ResourceError
from carrierx_provider.core.resource import Result
from carrierx_provider.core.settings import Settings
from carrierx_provider.external_did.lifecycle import ExternalDIDLifecycle
from carrierx_simulator import (
    SAMPLE_TOKEN,
    RunningSimulator,
    SimulatorSettings,
    Token,
    running_simulator,
)
from carrierx_simulator.testing import SimulatedAccount
from tests.waiting import PATIENCE_SECONDS

SOMEBODY_ELSE = "somebody-elses-token"
TOKENS = (Token(SAMPLE_TOKEN), Token(SOMEBODY_ELSE))
NUMBER = "+46700987654"
DECLARED: dict[str, Any] = {"phonenumber": NUMBER, "capabilities": 3, "name": "support"}
SAID = "the simulator's fault plan says so"


def connections_to(
    base_url: str, *, deadline_seconds: float = 5, requests_per_second: float | None = None
) -> Connections:
    """The clients of a new run of the provider, which knows nothing of the last one."""
    configuration = {
        "carrierx:token": SAMPLE_TOKEN,
        "carrierx:accounts": {"same": SAMPLE_TOKEN, "other": SOMEBODY_ELSE},
        "carrierx:baseUrl": base_url,
        # Longer than any answer takes, however busy the machine is.
        "carrierx:timeoutSeconds": "30",
        "carrierx:deadlineSeconds": str(deadline_seconds),
        "carrierx:requestsPerSecond": requests_per_second,
    }
    return Connections(Settings.of(configuration.get, {}))


class Numbers:
    """A simulated account, and runs of the provider on it."""

    def __init__(self, simulator: RunningSimulator) -> None:
        """Start with a first run."""
        self.account = SimulatedAccount(simulator, token=0)
        self._simulator = simulator
        self.base_url = simulator.base_url
        self.next_run()

    def next_run(self, **settings: Any) -> None:
        """A new run; the settings are those of ``connections_to``."""
        self._connections = connections_to(self.base_url, **settings)
        self.lifecycle = ExternalDIDLifecycle(self._connections)

    def fail(self, *faults: dict[str, Any]) -> None:
        """Let the provider's calls from now on meet these faults."""
        self._simulator.set_faults({"faults": [{"token": 0, **fault} for fault in faults]})

    def refuse(self, method: str, status: int, **more: Any) -> None:
        """Let the provider's calls with this method meet this status."""
        self.fail({"method": method, "fault": "status", "status": status, **more})

    def limit(self, per_second: int) -> None:
        """Let CarrierX answer the provider's calls with 429 beyond so many in a second."""
        self._simulator.set_faults({"rate_limits": {"0": per_second}})

    def create(self, inputs: dict[str, Any]) -> Result:
        """Check, then create."""
        checked = self.lifecycle.check(inputs)
        assert checked.failures == ()
        return run_blocking(self.lifecycle.create, checked.inputs)

    def update(self, created: Result, inputs: dict[str, Any]) -> Result:
        """Check, diff, then update."""
        checked = self.lifecycle.check(inputs).inputs
        sid = created.id
        self.lifecycle.diff(sid, created.outputs, checked)
        return run_blocking(self.lifecycle.update, sid, created.outputs, checked)

    def release(self, created: Result) -> tuple[str, ...]:
        """Delete."""
        return run_blocking(self.lifecycle.delete, created.id, created.outputs)

    def send_delete(self, created: Result) -> None:
        """The DELETE of a release alone, without the read before it."""
        label, account = f"{NUMBER} (support)", created.outputs.get("account")

        async def send() -> None:
            with self._connections.operation(label, account) as (client, _):
                await client.delete(created.id)

        run_blocking(send)

    def replace(self, created: Result, inputs: dict[str, Any]) -> Result:
        """Check, diff, delete, then create, as the engine does."""
        checked = self.lifecycle.check(inputs, created.outputs).inputs
        plan = self.lifecycle.diff(created.id, created.outputs, checked)
        assert plan.delete_before_replace
        self.release(created)
        return run_blocking(self.lifecycle.create, checked)

    def error(self, operation: Any, *arguments: object) -> str:
        """The one line with which the operation fails."""
        with pytest.raises(ResourceError) as caught:
            operation(*arguments)
        return str(caught.value)

    def calls(self) -> list[str]:
        """The provider's calls since the last look: ``POST -> 200``, or ``-> lost`` (no answer)."""
        return [
            f"{entry['method']} -> {entry['status'] or 'lost'}" for entry in self.account.logged()
        ]


class HeldPause:
    """A pause of the process ends when the test says so, or its block ends, and not by a clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Hold up the calls that wait for the end of a pause."""
        self._paused, self._ended = threading.Event(), threading.Event()
        self._waiting = threading.Semaphore(0)
        hold, over = Pause.hold, Pause.over
        held: list[Pause] = []

        def note_hold(pause: Pause, seconds: float) -> None:
            hold(pause, seconds)
            held.append(pause)
            self._paused.set()

        async def wait_for_end(pause: Pause, at_most: float) -> None:
            if pause in held:
                self._waiting.release()
                await anyio.to_thread.run_sync(self._ended.wait, PATIENCE_SECONDS)
            await over(pause, at_most)

        monkeypatch.setattr(Pause, "hold", note_hold)
        monkeypatch.setattr(Pause, "over", wait_for_end)

    def wait_for_pause(self) -> None:
        """Until a 429 has been met."""
        assert self._paused.wait(PATIENCE_SECONDS), "no pause has begun"

    def wait_for_calls(self, count: int) -> None:
        """Until so many calls wait for the end of the pause."""
        for number in range(count):
            assert self._waiting.acquire(timeout=PATIENCE_SECONDS), f"{number} calls wait"

    def close(self) -> None:
        """Let the calls go, once the time has passed too."""
        self._ended.set()


@pytest.fixture
def held_pause(monkeypatch: pytest.MonkeyPatch) -> HeldPause:
    """A pause that ends when the test says so."""
    return HeldPause(monkeypatch)


@pytest.fixture
def numbers() -> Iterator[Numbers]:
    """An account without numbers."""
    with running_simulator(SimulatorSettings(tokens=TOKENS)) as simulator:
        yield Numbers(simulator)
