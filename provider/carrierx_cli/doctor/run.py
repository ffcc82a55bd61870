"""The command ``pulumi-carrierx doctor``: check one thing after the other, and print the result."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from carrierx_cli.console import command, out
from carrierx_cli.doctor import checks, probes
from carrierx_cli.doctor.account_checks import check_account
from carrierx_cli.doctor.finding import Check, as_json, failed, line, none_failed, summary, warning
from carrierx_cli.options import ProjectFolder, StackName, UsageError
from carrierx_provider.core.connections import run_blocking
from carrierx_provider.core.log_file import open_log
from carrierx_provider.core.settings import ConfigurationError


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
    yield checks.check_runtime(found.runtime) or checks.check_python(
        probes.probe_python(found.runtime, found.folder), version("pulumi-carrierx")
    )
    yield found.check
    settings = found.settings
    yield from checks.check_settings(settings)
    yield checks.check_ownership(settings)
    try:
        open_log(os.environ)
    except ConfigurationError as failure:
        yield failed("log", str(failure), checks.FIX)
    if not settings.accounts:
        yield warning(
            "connection",
            "not checked, and neither are token, scopes, rate limit and clock: see settings",
        )
    for name, access in settings.accounts.items():
        account = run_blocking(probes.probe_account, name, access, settings.valid.timeout_seconds)
        yield from check_account(account, settings.valid.requests_per_second)
