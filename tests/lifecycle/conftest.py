"""One number's lifecycle against a simulator of its own, and somebody else on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from carrierx_provider.core.connections import Connections, run_blocking
from carrierx_provider.core.errors import ResourceError
from carrierx_provider.core.settings import Settings
from carrierx_provider.external_did.lifecycle import ExternalDIDLifecycle
from carrierx_provider.external_did.run_registry import RunRegistry
from carrierx_simulator import SAMPLE_TOKEN, SimulatorSettings, Token, running_simulator
from carrierx_simulator.testing import SimulatedAccount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from carrierx_provider.core.resource import Result
    from carrierx_simulator.running import RunningSimulator

SOMEBODY_ELSE = "somebody-elses-token"
KEY = "managed_by"


def owned(owner: str) -> dict[str, str]:
    """The ownership input of a resource."""
    return {"key": KEY, "owner": owner}


class Numbers:
    """A simulated account, and runs of the provider on it."""

    def __init__(self, simulator: RunningSimulator) -> None:
        """Start with a first run."""
        self.account = SimulatedAccount(simulator, token=0)
        self._simulator = simulator
        self.next_run()

    def next_run(
        self,
        *,
        deadline_seconds: float = 5,
        requests_per_second: float | None = None,
        adopt: str = "",
        is_abandoned: bool = False,
    ) -> None:
        """A new process of the provider, which knows nothing of the last one."""
        accounts = {"same": SAMPLE_TOKEN, "other": SOMEBODY_ELSE}
        configuration = {
            "carrierx:token": SAMPLE_TOKEN,
            "carrierx:accounts": accounts,
            "carrierx:baseUrl": self._simulator.base_url,
            "carrierx:timeoutSeconds": "1",
            "carrierx:deadlineSeconds": str(deadline_seconds),
            "carrierx:requestsPerSecond": requests_per_second,
        }
        settings = Settings.of(configuration.get, {"CARRIERX_ADOPT": adopt})
        self.lifecycle = ExternalDIDLifecycle(
            Connections(settings, lambda: is_abandoned), RunRegistry()
        )

    def fail(self, *faults: dict[str, Any]) -> None:
        """Let the provider's calls from now on meet these faults."""
        self._simulator.set_faults({"faults": [{"token": 0, **fault} for fault in faults]})

    def limit(self, per_second: int) -> None:
        """Let CarrierX answer the provider's calls with 429 beyond so many in a second."""
        self._simulator.set_faults({"rate_limits": {"0": per_second}})

    def create(self, inputs: dict[str, Any], *, goes_on: bool = False) -> Result:
        """Check, then create.

        :param goes_on: whether the state knows the resource: a replace was cut off, and goes on.
        """
        checked = self.lifecycle.check(inputs, inputs if goes_on else {})
        assert checked.failures == ()
        return run_blocking(self.lifecycle.create, checked.inputs)

    def read(self, created: Result) -> Result:
        """Refresh."""
        seen = run_blocking(self.lifecycle.read, created.external_did_sid, created.outputs)
        assert seen is not None
        return seen

    def update(self, created: Result, inputs: dict[str, Any]) -> Result:
        """Check, diff, then update."""
        checked = self.lifecycle.check(inputs).inputs
        sid = created.external_did_sid
        self.lifecycle.diff(sid, created.outputs, checked)
        return run_blocking(self.lifecycle.update, sid, created.outputs, checked)

    def release(self, created: Result) -> tuple[str, ...]:
        """Delete."""
        return run_blocking(self.lifecycle.delete, created.external_did_sid, created.outputs)

    def replace(self, created: Result, inputs: dict[str, Any]) -> Result:
        """Check, diff, delete, then create, as the engine does."""
        checked = self.lifecycle.check(inputs, created.outputs).inputs
        plan = self.lifecycle.diff(created.external_did_sid, created.outputs, checked)
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
        return [f"{entry['method']} -> {entry['status'] or 'lost'}" for entry in self.requests()]

    def requests(self) -> list[dict[str, Any]]:
        """The provider's calls since the last look, as the simulator logs them."""
        return self.account.logged()

    def registered(self) -> dict[str, dict[str, Any]]:
        """What is registered, by number."""
        return self.account.numbers()

    def by_somebody_else(self, method: str, sid: str = "", **body: Any) -> dict[str, Any]:
        """Somebody else registers (POST), changes or releases a number; what is then registered."""
        if method == "POST":
            sid = self.account.register(**body)
        number = self.account.phonenumber(sid)
        if method == "PATCH":
            self.account.change(number, **body)
        if method == "DELETE":
            self.account.release(number)
        return self.account.numbers().get(number, {})


@pytest.fixture
def numbers() -> Iterator[Numbers]:
    """An account without numbers."""
    tokens = (Token(SAMPLE_TOKEN), Token(SOMEBODY_ELSE))
    with running_simulator(SimulatorSettings(tokens=tokens)) as simulator:
        yield Numbers(simulator)
