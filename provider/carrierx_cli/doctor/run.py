"""The command ``pulumi-carrierx doctor``: check one thing after the other, and print the result."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from carrierx_cli.console import ProjectFolder, StackName, UsageError, command, out
from carrierx_cli.doctor import checks, probes
from carrierx_cli.doctor.account_checks import check_account
from carrierx_cli.doctor.checks import Check, Status
from carrierx_provider.core.connections import run_blocking
from carrierx_provider.core.log_file import open_log
from carrierx_provider.core.settings import ConfigurationError
from carrierx_provider.core.text import plural, printable, shorten

CHECK_COLUMN = len("language host")
STATUS_COLUMN = len(Status.WARNING)


@command()
def doctor(
    *,
    stack: StackName = None,
    cwd: ProjectFolder = ".",
    print_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object instead of lines.")
    ] = False,
) -> int:
    """Check what a stack needs: engine, Python, settings, token, CarrierX, clock. Only reads.

    Each check is a line: ok, warning or failed, and what to do about it. If no
    stack is selected, the command checks what it can, with the settings of the
    environment.

    Exit code: 0 if nothing has failed, 1 if something has, 2 for wrong flags.
    """
    if not Path(cwd).is_dir():
        raise UsageError(f"--cwd: there is no folder {cwd}")
    done: list[Check] = []
    for check in _checks(cwd, stack):
        done.append(check)
        if not print_json:
            out(line(check))
    out(as_json(done) if print_json else summary(done))
    return 0 if none_failed(done) else 1


def _checks(folder: str, stack: str | None) -> Iterator[Check]:
    engine = probes.probe_engine()
    yield checks.check_engine(engine)
    yield checks.check_host(engine)
    found = probes.probe_stack(folder, stack, with_engine=engine.version is not None)
    runtime = checks.check_runtime(found.runtime)
    if runtime is not None:
        yield runtime
    else:
        python = probes.probe_python(found.runtime, found.folder)
        yield checks.check_python(python, version("pulumi-carrierx"))
        yield from checks.check_modules(python)
    yield found.check
    settings = found.settings
    yield from checks.check_settings(settings)
    yield checks.check_ownership(settings)
    try:
        open_log(os.environ)
    except ConfigurationError as failure:
        yield checks.failed("log", str(failure), checks.FIX)
    if not settings.accounts:
        yield checks.warning(
            "connection",
            "not checked, and neither are token, scopes, rate limit and clock: see settings",
        )
    for name, access in settings.accounts.items():
        account = run_blocking(
            probes.probe_account,
            *(name, access, found.numbers[name], settings.valid.timeout_seconds),
        )
        yield from check_account(account, settings.valid.requests_per_second)


def line(check: Check) -> str:
    """``failed   token          CarrierX refused it. Set another.``"""
    account = f"{shorten(check.account)}: " if check.account is not None else ""
    todo = f". {check.todo}" if check.todo else ""
    return printable(
        f"{check.status.ljust(STATUS_COLUMN)}  {check.name.ljust(CHECK_COLUMN)}  "
        f"{account}{check.text}{todo}"
    )


def summary(done: Sequence[Check]) -> str:
    """The last line: how many of each status."""
    counts = {status: sum(check.status is status for check in done) for status in Status}
    warnings = plural(counts[Status.WARNING], "warning")
    return f"{counts[Status.OK]} ok, {warnings}, {counts[Status.FAILED]} failed"


def as_json(done: Sequence[Check]) -> str:
    """The checks for a program that reads them."""
    findings = TypeAdapter(Sequence[Check]).dump_python(done, by_alias=True)
    return json.dumps({"ok": none_failed(done), "findings": findings}, indent=2)


def none_failed(done: Sequence[Check]) -> bool:
    """Whether no check has failed."""
    return all(check.status is not Status.FAILED for check in done)
