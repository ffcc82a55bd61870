"""A local CarrierX for tests and trials: the External DID API over real HTTP.

``pulumi-carrierx simulate`` serves it from the command line, `running_simulator` from a test.
It shares no code with the client, so that the two cannot share a bug. What is documented, what is
inferred and what is unknown: docs/simulator.md. For your own tests: `carrierx_simulator.testing`.

Serving needs the extra ``simulator`` (starlette, uvicorn); importing this package does not.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from carrierx_simulator.external_did import PARTNER_SID
from carrierx_simulator.fault_plan import FaultPlan, FaultPlanError
from carrierx_simulator.settings import SAMPLE_TOKEN, SettingsError, SimulatorSettings, Token
from carrierx_simulator.testing import RunningSimulator

__all__ = [
    "PARTNER_SID",
    "SAMPLE_TOKEN",
    "FaultPlan",
    "FaultPlanError",
    "RunningSimulator",
    "SettingsError",
    "SimulatorSettings",
    "Token",
    "running_simulator",
]


def running_simulator(
    settings: SimulatorSettings | None = None,
) -> AbstractContextManager[RunningSimulator]:
    """Serve a simulator for as long as the ``with`` block runs, in a thread of this process.

    By default on a free port of this machine, with data in memory and the token `SAMPLE_TOKEN`.

    Returns:
        For ``with``: the running simulator, with ``base_url`` for a client and ``origin`` for the
        paths below ``/_simulator``.

    Raises:
        carrierx_simulator.server.AddressError: The port is in use, or it is not this machine's.
        carrierx_simulator.storage.StorageError: The data file cannot be used.
        ModuleNotFoundError: The extra ``simulator`` is not installed.
    """
    # Imported late, so that this package can be imported without the extra.
    from carrierx_simulator import server  # noqa: PLC0415

    return server.running_simulator(settings or SimulatorSettings())
