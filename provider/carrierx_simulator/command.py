"""The command ``pulumi-carrierx simulate``."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carrierx_simulator.faults.mistakes import FaultPlanError
from carrierx_simulator.faults.plan import FaultPlan
from carrierx_simulator.settings import (
    DEFAULT_SCOPES,
    SAMPLE_TOKEN,
    SettingsError,
    SimulatorSettings,
    Token,
)

if TYPE_CHECKING:
    from types import FrameType

DEFAULT_PORT = "8642"

_MISSING_EXTRA = (
    'pulumi-carrierx simulate needs the extra "simulator": '
    "pip install 'pulumi-carrierx[simulator]'"
)
_FLAGS = {"latency_ms": "--latency-ms", "rate_limit": "--rate-limit", "tokens": "--token"}
_POLL = 0.05


# Numbers and words arrive as text and are checked here, so that every wrong flag gets its one
# line; typer's own check would stop at the first with a page of usage.
def simulate(  # noqa: PLR0913, PLR0917 - one parameter per flag
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        str, typer.Option(metavar="PORT", help="TCP port; 0 picks a free one.")
    ] = DEFAULT_PORT,
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
    merge: Annotated[
        str, typer.Option(metavar="shallow|deep", help="How a PATCH merges attributes.")
    ] = "shallow",
    latency_ms: Annotated[
        str, typer.Option(metavar="MS", help="Milliseconds that each call waits.")
    ] = "0",
    rate_limit: Annotated[
        str, typer.Option(metavar="N", help="Calls per second and token; 0 is no limit.")
    ] = "0",
    faults: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Fault plan: which calls go wrong, and how."),
    ] = None,
) -> None:
    """Run a local CarrierX with the External DID API until it is stopped."""
    problems: dict[str, str] = {}

    def whole_number(name: str, text: str, span: str) -> int:
        if text.isascii() and text.isdigit():
            return int(text)
        problems[name] = f"must be a whole number {span}, not {text}"
        return 0

    tokens = tuple(map(_token, token or [SAMPLE_TOKEN]))
    plan, mistakes = _fault_plan(faults, len(tokens)) if faults is not None else (FaultPlan(), ())
    settings = None
    try:
        settings = SimulatorSettings(
            host=host,
            port=whole_number("port", port, "from 0 to 65535"),
            data=data,
            tokens=tokens,
            merge=merge,  # type: ignore[arg-type]  # SimulatorSettings refuses any other word
            latency_ms=whole_number("latency_ms", latency_ms, "from 0 up"),
            rate_limit=whole_number("rate_limit", rate_limit, "from 0 up"),
            faults=plan,
        )
    except SettingsError as error:
        problems |= error.problems
    if problems or mistakes or settings is None:
        for name, text in problems.items():
            _complain(f"{_FLAGS.get(name, '--' + name)}: {text}")
        for mistake in mistakes:
            _complain(f"--faults: {mistake}")
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

    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        with running_simulator(settings) as simulator:
            print(f"CarrierX simulator: {simulator.base_url}", flush=True)  # noqa: T201
            while not stopping and simulator.alive:
                time.sleep(_POLL)
    except (AddressError, StorageError) as error:
        _complain(str(error))
        raise typer.Exit(1) from error


def _complain(text: str) -> None:
    print(f"pulumi-carrierx simulate: {text}", file=sys.stderr)  # noqa: T201


def _fault_plan(path: str, tokens: int) -> tuple[FaultPlan, tuple[str, ...]]:
    """The plan in a file; or every mistake in it, with the file's name, and a plan of no faults."""
    try:
        return FaultPlan.from_json(Path(path).read_bytes(), tokens=tokens), ()
    except OSError as error:
        return FaultPlan(), (f"{path} cannot be read: {error.strerror or error}",)
    except FaultPlanError as error:
        return FaultPlan(), tuple(f"{path}: {problem}" for problem in error.problems)


def _token(text: str) -> Token:
    value, equals, scopes = text.partition("=")
    names = frozenset(scope.strip() for scope in scopes.split(",")) if equals else DEFAULT_SCOPES
    return Token(value, names - {""})
