"""The command ``pulumi-carrierx simulate``."""

from __future__ import annotations

import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from carrierx_simulator.fault_plan import FaultPlan, FaultPlanError
from carrierx_simulator.settings import (
    DEFAULT_SCOPES,
    SAMPLE_TOKEN,
    SettingsError,
    SimulatorSettings,
    Token,
)

_MISSING_EXTRA = (
    'pulumi-carrierx simulate needs the extra "simulator": '
    "pip install 'pulumi-carrierx[simulator]'"
)
_POLL = 0.05


def simulate(  # noqa: PLR0913, PLR0917 - one parameter per flag
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="PORT", min=0, max=65535, help="TCP port; 0 picks a free one.")
    ] = 8642,
    data: Annotated[
        str, typer.Option(metavar="FILE", help="SQLite file that survives restarts, or :memory:.")
    ] = ":memory:",
    token: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TOKEN[=SCOPE,SCOPE...]",
            help=f"Bearer token to accept, repeatable. Without scopes it has phonenumber.manage. "
            f"Default: {SAMPLE_TOKEN}",
        ),
    ] = None,
    partner_sid: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SID",
            help="Account of the token at the same position, repeatable: one for each token. "
            "Default: all tokens share one account.",
        ),
    ] = None,
    merge: Annotated[
        str, typer.Option(metavar="shallow|deep", help="How a PATCH merges attributes.")
    ] = "shallow",
    latency_ms: Annotated[
        int, typer.Option(metavar="MS", min=0, help="Milliseconds that each call waits.")
    ] = 0,
    rate_limit: Annotated[
        int, typer.Option(metavar="N", min=0, help="Calls per second and token; 0 is no limit.")
    ] = 0,
    faults: Annotated[
        str | None, typer.Option(metavar="FILE", help="Fault plan: which calls go wrong, and how.")
    ] = None,
) -> None:
    """Run a local CarrierX with the External DID API until it is stopped."""
    tokens = tuple(map(_token, token or [SAMPLE_TOKEN]))
    plan, problems = _fault_plan(faults, len(tokens))
    if partner_sid and len(partner_sid) != len(tokens):
        counts = f"tokens: {len(tokens)}, partners: {len(partner_sid)}"
        problems.append(f"--partner-sid: must be given once for each token ({counts})")
    elif partner_sid:
        pairs = zip(tokens, partner_sid, strict=True)
        tokens = tuple(replace(one, partner_sid=sid) for one, sid in pairs)
    try:
        settings = SimulatorSettings(
            host=host,
            port=port,
            data=data,
            tokens=tokens,
            merge=merge,  # type: ignore[arg-type]  # SimulatorSettings refuses any other value
            latency_ms=latency_ms,
            rate_limit=rate_limit,
            faults=plan,
        )
    except SettingsError as error:
        flags = {**dict.fromkeys(error.problems), "tokens": "token", "partner_sids": "partner-sid"}
        problems = [f"--{flags[n] or n}: {text}" for n, text in error.problems.items()] + problems
    if problems:
        for problem in problems:
            _print_error(problem)
        raise typer.Exit(2)
    _run(settings)


def _run(settings: SimulatorSettings) -> None:
    # Imported late, so that the command line works, and says this, without the extra.
    try:
        from carrierx_simulator.server import AddressError, running_simulator  # noqa: PLC0415
        from carrierx_simulator.storage import StorageError  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn"):
            raise
        print(_MISSING_EXTRA, file=sys.stderr)  # noqa: T201
        raise typer.Exit(1) from error

    received: list[int] = []
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda number, _frame: received.append(number))
    try:
        with running_simulator(settings) as simulator:
            print(f"CarrierX simulator: {simulator.base_url}", flush=True)  # noqa: T201
            while not received and simulator.alive:
                time.sleep(_POLL)
        if not received:
            raise typer.Exit(1)
    except (AddressError, StorageError) as error:
        _print_error(str(error))
        raise typer.Exit(1) from error


def _print_error(text: str) -> None:
    print(f"pulumi-carrierx simulate: {text}", file=sys.stderr)  # noqa: T201


def _fault_plan(path: str | None, tokens: int) -> tuple[FaultPlan, list[str]]:
    """The plan in a file, and a line for every error in it."""
    if path is None:
        return FaultPlan(), []
    try:
        return FaultPlan.from_json(Path(path).read_bytes(), tokens=tokens), []
    except OSError as error:
        return FaultPlan(), [f"--faults: {path} cannot be read: {error.strerror or error}"]
    except FaultPlanError as error:
        return FaultPlan(), [f"--faults: {path}: {problem}" for problem in error.problems]


def _token(text: str) -> Token:
    value, equals, scopes = text.partition("=")
    names = frozenset(scope.strip() for scope in scopes.split(",")) if equals else DEFAULT_SCOPES
    return Token(value, names - {""})
