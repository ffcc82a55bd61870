"""What one simulator keeps: its numbers, the log of calls, the fault plan in force. No HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx_simulator.faults.running_plan import RunningPlan
from carrierx_simulator.registrations import Registrations
from carrierx_simulator.request_log import RequestLog
from carrierx_simulator.storage import Storage

if TYPE_CHECKING:
    from carrierx_simulator.settings import SimulatorSettings


class SimulatorState:
    """The state of one simulator, for as long as it runs. Usable from any thread.

    Attributes:
        storage: The External DIDs and their messaging.
        registrations: The storage, changed by the API's rules only.
        log: Every API call so far.
        faults: The fault plan in force.

    """

    def __init__(self, settings: SimulatorSettings) -> None:
        """Open the data file, or use memory.

        Raises:
            carrierx_simulator.storage.StorageError: The data file cannot be used.

        """
        self.settings = settings
        self.storage = Storage(settings.data)
        self.registrations = Registrations(settings, self.storage)
        self.log = RequestLog()
        self.faults = RunningPlan(settings)
