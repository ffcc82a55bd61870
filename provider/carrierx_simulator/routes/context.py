"""What every route works with, and the check of scopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carrierx_simulator import errors
from carrierx_simulator.call import call_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from carrierx_simulator.faults.running_plan import RunningPlan
    from carrierx_simulator.settings import SimulatorSettings
    from carrierx_simulator.storage import Storage


@dataclass(frozen=True, slots=True)
class Context:
    """One simulator's settings, storage and fault plan, and where clients reach it (``origin``)."""

    settings: SimulatorSettings
    storage: Storage
    plan: RunningPlan
    origin: str

    def allow(self, request: Request, *scopes: str) -> None:
        """Let the call pass if its token has one of ``scopes``.

        Raises an `ApiError`: 401 without a valid token, 403 without a scope, naming them all.
        """
        call = call_of(request.scope)
        if call.token is None:
            raise errors.unauthorized(given=call.token_given)
        if self.settings.tokens[call.token].scopes.isdisjoint(scopes):
            raise errors.forbidden(scopes)
