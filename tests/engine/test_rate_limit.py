"""The rate of calls on the engine, which calls the provider four times at once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carrierx_simulator.running import RunningSimulator
    from tests.engine.account import Account
    from tests.engine.stack import Stack

NUMBERS = {
    f"n{count}": {"phonenumber": f"+4670098765{count}", "capabilities": 3} for count in range(8)
}


def test_the_stacks_configuration_states_the_rate(
    stack: Stack, account: Account, simulator: RunningSimulator
) -> None:
    """Within CarrierX's limit no call is refused; and what is no rate is said in one line."""
    simulator.set_faults({"rate_limits": {"0": 4}})
    stack.declare(**NUMBERS)
    stack.configure("carrierx:requestsPerSecond", "4/s")
    run = stack.up()
    assert not run.ok
    assert (
        "carrierx:requestsPerSecond must be a positive number of calls per second, such as 10"
    ) in run.output
    stack.configure("carrierx:requestsPerSecond", "4")
    run = stack.up()
    assert run.ok, run.output
    assert Counter(account.statuses()) == {200: len(NUMBERS)}
