"""Turning results and errors into HTTP answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from carrierx_simulator.errors import ApiError


def error_answer(error: ApiError) -> JSONResponse:
    """An error as the documented body, with its status and headers."""
    return JSONResponse(error.body(), status_code=error.status, headers=error.headers)
