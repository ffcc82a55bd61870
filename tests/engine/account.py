"""The simulated account of an engine test, under the name that the tests use."""

from __future__ import annotations

from carrierx_simulator.testing import SimulatedAccount as Account

__all__ = ["Account"]
