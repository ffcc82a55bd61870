"""The provider behind its gRPC interface, and simulated accounts; nothing here starts an engine."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from carrierx_simulator import (
    SAMPLE_TOKEN,
    RunningSimulator,
    SimulatorSettings,
    Token,
    running_simulator,
)
from carrierx_simulator.active_faults import ActiveFaults, CountedFault
from carrierx_simulator.request import LoggedCall
from carrierx_simulator.testing import SimulatedAccount
from tests.provider.front import Front, dynamic_front
from tests.provider.lifecycles import World
from tests.provider.stack import Stack

SOMEBODY_ELSE = "somebody-elses-token"
ANOTHER_PARTNER = "another-partners-token"
ANOTHER_PARTNER_SID = "7e0b1c52-0f3e-4a70-8a44-5b1e6f2c9d22"


@pytest.fixture(scope="session")
def front() -> Iterator[Front]:
    """The provider, in one process for all tests; each command of a stack is a run of its own."""
    with dynamic_front() as front:
        yield front


@pytest.fixture(scope="session")
def simulators() -> Iterator[dict[str, RunningSimulator]]:
    """Simulated accounts for each kind of merge; the provider's token is the first one."""
    tokens = (
        Token(SAMPLE_TOKEN),
        Token(SOMEBODY_ELSE),
        Token(ANOTHER_PARTNER, partner_sid=ANOTHER_PARTNER_SID),
    )
    with (
        running_simulator(SimulatorSettings(merge="shallow", tokens=tokens)) as shallow,
        running_simulator(SimulatorSettings(merge="deep", tokens=tokens)) as deep,
    ):
        yield {"shallow": shallow, "deep": deep}


@pytest.fixture(params=["shallow"])
def merge(request: pytest.FixtureRequest) -> str:
    """How the simulator merges ``attributes``; a test parametrises this to run under both."""
    return str(request.param)


@pytest.fixture
def world(front: Front, simulators: dict[str, RunningSimulator], merge: str) -> Iterator[World]:
    """An empty stack, an empty account, and others: of another partner, and ``elsewhere``."""
    simulator = simulators[merge]
    other = next(each for kind, each in simulators.items() if kind != merge)
    settings = {
        "token": SAMPLE_TOKEN,
        "baseUrl": simulator.base_url,
        "accounts": {
            "same": SAMPLE_TOKEN,
            "other": SOMEBODY_ELSE,
            "elsewhere": {"token": SAMPLE_TOKEN, "baseUrl": other.base_url},
        },
        "deadlineSeconds": "4",
        # Longer than any answer takes, however busy the machine is.
        "timeoutSeconds": "30",
    }
    account, elsewhere = (SimulatedAccount(each, token=0) for each in (simulator, other))
    another = SimulatedAccount(simulator, token=2)
    for each in (account, elsewhere, another):
        for number in each.numbers():
            each.release(number)
        each.calls()
    yield World(Stack(front, settings), account, simulator, elsewhere, other, another)
    simulator.clear_faults()
    other.clear_faults()


@pytest.fixture
def act_before(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int, Callable[[], object]], None]:
    """Somebody else acts at an exact moment: when the nth call with a method has arrived."""

    def set_up(method: str, nth: int, act: Callable[[], object]) -> None:
        hit, arrivals = ActiveFaults.hit, itertools.count(1)

        def act_first(faults: ActiveFaults, call: LoggedCall) -> CountedFault | None:
            if call.method == method and next(arrivals) == nth:
                act()
            return hit(faults, call)

        monkeypatch.setattr(ActiveFaults, "hit", act_first)

    return set_up
