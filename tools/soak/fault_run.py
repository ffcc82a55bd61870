"""A fault run: an ``up`` in which a random share of the calls goes wrong, recovery, comparison."""

from __future__ import annotations

import signal
import subprocess
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tools.soak.engine_processes import kill, processes_of
from tools.soak.soaked_stack import ANOTHER_ACCOUNT

if TYPE_CHECKING:
    from tools.soak.soaked_stack import SoakedStack, SoakRun

TIMEOUT_SECONDS = 1.0
DEADLINE_SECONDS = 6.0
ENVIRONMENT = {
    "CARRIERX_TIMEOUT_SECONDS": f"{TIMEOUT_SECONDS:g}",
    "CARRIERX_DEADLINE_SECONDS": f"{DEADLINE_SECONDS:g}",
}
"""What a fault run's stack is to be made with."""

_PATIENCE_SECONDS = 45
_SHARE = 0.2
_SHARE_OF_REGISTRATIONS = 0.5
_SHARE_OF_ALL = 0.03
_SLOW = {"fault": "slow", "seconds": TIMEOUT_SECONDS * 1.5}


def _status(status: int, **more: Any) -> list[dict[str, Any]]:
    return [{"fault": "status", "status": status, **more}]


def _before_and_after(**fault: Any) -> list[dict[str, Any]]:
    """The call is not carried out; it is, and the answer is lost."""
    return [{**fault, "when": when} for when in ("before", "after")]


_KINDS = {
    "429, Retry-After in seconds": _status(429, retry_after=1),
    "429, Retry-After as a date": _status(429, retry_after={"date_in": 1}),
    "429 without Retry-After": _status(429),
    "500": _before_and_after(fault="status", status=500),
    "502": _before_and_after(fault="status", status=502),
    "503": _before_and_after(fault="status", status=503),
    "504": _before_and_after(fault="status", status=504),
    "a response after the time-out": _before_and_after(**_SLOW),
    "a dropped connection": _before_and_after(fault="drop"),
    "half a body": _before_and_after(fault="half_body"),
    "HTML": _before_and_after(fault="html"),
    "a gateway's 404": _before_and_after(fault="html", status=404),
    "a response without its SID": [{"fault": "forget_field", "field": "external_did_sid"}],
    "a registration that is visible late": [{"fault": "delay_visibility", "reads": 2}],
}
_ALL = "all of these, mixed"
_ANOTHER = "the token of another account"
CAUSES_OF_CALLS = (*_KINDS, _ALL)
CAUSES = (*CAUSES_OF_CALLS, _ANOTHER)
"""What goes wrong in a run, as the table names it."""


def fault_run(soaked: SoakedStack, cause: str) -> SoakRun:
    """Let calls of one ``up`` go wrong, end the faults, recover, compare."""
    if cause == _ANOTHER:
        return _run_in_another_account(soaked)
    if cause == _ALL:
        faults, share = [fault for kind in _KINDS.values() for fault in kind], _SHARE_OF_ALL
    else:
        faults = _KINDS[cause]
        only_registrations = faults[0]["fault"] == "delay_visibility"
        share = _SHARE_OF_REGISTRATIONS if only_registrations else _SHARE / len(faults)
    seed = soaked.chance.randrange(1_000_000)
    soaked.declare_next()
    soaked.simulator.set_faults(
        {
            "seed": seed,
            "faults": [{**fault, "token": 0, "calls": {"share": share}} for fault in faults],
        }
    )
    try:
        first = _disturbed_up(soaked)
    finally:
        soaked.simulator.clear_faults()
    struck = sum(call["fault"] is not None for call in soaked.calls())
    return soaked.finished(
        cause,
        f"fault plan {seed}",
        struck=struck,
        first_up=first,
        recovery=soaked.recover(),
    )


def _disturbed_up(soaked: SoakedStack) -> str:
    """What the ``up`` printed.

    With ``--continue-on-error`` the engine may never end once the delete of a replace has failed.
    It gets what a person would press then, Ctrl-C.
    """
    with soaked.stack.start("up", "--yes", "--skip-preview", "--diff", *soaked.flags) as engine:
        try:
            return engine.communicate(timeout=_PATIENCE_SECONDS)[0]
        except subprocess.TimeoutExpired:
            engine.send_signal(signal.SIGINT)
            try:
                return engine.communicate(timeout=_PATIENCE_SECONDS)[0]
            except subprocess.TimeoutExpired:
                kill(processes_of(engine.pid))
                raise


def _run_in_another_account(soaked: SoakedStack) -> SoakRun:
    """Let an ``up`` have the token of another account, with a refresh or without, and recover."""
    if not soaked.has_numbers:
        # Nothing shows whose account it is until the stack has a number.
        soaked.declare_next()
        soaked.stack.up()
    soaked.declare_next()
    flags = soaked.chance.choice([("--refresh",), ("--continue-on-error",)])
    first = soaked.stack.up(*flags, environment=ANOTHER_ACCOUNT)
    statuses = [call["status"] for call in soaked.calls(token=1)]
    return soaked.finished(
        _ANOTHER,
        flags[0],
        struck=statuses.count(HTTPStatus.NOT_FOUND),
        first_up=first.output,
        recovery=soaked.recover(),
    )
