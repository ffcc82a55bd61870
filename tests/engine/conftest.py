"""The real engine, over a project folder of its own, against a simulator of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from carrierx_simulator import SAMPLE_TOKEN, RunningSimulator, SimulatorSettings, running_simulator
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.stack import Stack


@pytest.fixture(params=["shallow"])
def merge(request: pytest.FixtureRequest) -> str:
    """How the simulator merges ``attributes``; a test parametrises this to run under both."""
    kind: str = request.param
    return kind


@pytest.fixture
def simulator(merge: str) -> Iterator[RunningSimulator]:
    """A simulator with no number."""
    settings = SimulatorSettings(merge="deep" if merge == "deep" else "shallow")
    with running_simulator(settings) as simulator:
        yield simulator


@pytest.fixture
def account(simulator: RunningSimulator) -> Account:
    """The simulator's account, as a test looks at it and as somebody else changes it."""
    return Account(simulator)


@pytest.fixture
def stack(tmp_path: Path, account: Account) -> Stack:
    """An empty stack whose default account is ``account``."""
    return Stack(
        tmp_path,
        {
            "CARRIERX_TOKEN": SAMPLE_TOKEN,
            "CARRIERX_BASE_URL": account.base_url,
            "CARRIERX_DEADLINE_SECONDS": "4",
        },
    )
