"""What every route works with, and the check of scopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carrierx_simulator import errors
from carrierx_simulator.call import call_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from carrierx_simulator.state import SimulatorState


@dataclass(frozen=True, slots=True)
class Context:
    """One simulator's state, and where clients reach it (``origin``)."""

    state: SimulatorState
    origin: str

    def allow(self, request: Request, *scopes: str) -> None:
        """Let the call pass if its token has one of ``scopes``.

        Raises an `ApiError`: 401 without a valid token, 403 without a scope, naming them all.
        """
        call = call_of(request.scope)
        if call.token is None:
            raise errors.unauthorized(given=call.token_given)
        if self.state.settings.tokens[call.token].scopes.isdisjoint(scopes):
            raise errors.forbidden(scopes)
