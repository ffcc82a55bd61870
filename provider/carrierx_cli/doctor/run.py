"""What ``pulumi-carrierx doctor`` does: check one thing after the other, and print the result."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from carrierx_cli.console import error, out
from carrierx_cli.doctor.account_checks import check_account
from carrierx_cli.doctor.checks import (
    FIX,
    accounts_of,
    check_engine,
    check_host,
    check_ownership,
    check_python,
    check_runtime,
    check_settings,
)
from carrierx_cli.doctor.finding import Check, as_json, failed, line, none_failed, summary, warning
from carrierx_cli.doctor.probes import probe_account, probe_engine, probe_python, probe_stack
from carrierx_provider.core.connections import run_blocking
from carrierx_provider.core.log_file import open_log
from carrierx_provider.core.settings import ConfigurationError, Settings

NONE_FAILED, SOME_FAILED, WRONG_USAGE = 0, 1, 2


def run(folder: str, stack: str | None, *, print_json: bool) -> int:
    """Check, and print each check as soon as it is done; the exit code."""
    if not Path(folder).is_dir():
        error("doctor", f"--cwd: there is no folder {folder}")
        return WRONG_USAGE
    done: list[Check] = []
    for check in _checks(folder, stack):
        done.append(check)
        if not print_json:
            out(line(check))
    out(as_json(done) if print_json else summary(done))
    return NONE_FAILED if none_failed(done) else SOME_FAILED


def _checks(folder: str, stack: str | None) -> Iterator[Check]:
    engine = probe_engine()
    yield check_engine(engine)
    yield check_host(engine)
    found = probe_stack(folder, stack, with_engine=engine.version is not None)
    yield check_runtime(found.runtime) or check_python(
        probe_python(found.runtime, found.folder), version("pulumi-carrierx")
    )
    yield found.check
    yield from check_settings(
        found.configuration, found.in_plain_text, os.environ, unread=found.unread
    )
    yield check_ownership(found.configuration, os.environ, unread=found.unread)
    try:
        open_log(os.environ)
    except ConfigurationError as failure:
        yield failed("log", str(failure), FIX)
    try:
        settings = Settings.of(found.configuration.get, os.environ)
        accounts = list(accounts_of(settings))
    except ConfigurationError:
        accounts = []
    if not accounts:
        yield warning(
            "connection",
            "not checked, and neither are token, scopes, rate limit and clock: see settings",
        )
    for name, access in accounts:
        account = run_blocking(probe_account, name, access, settings.timeout_seconds)
        yield from check_account(account, settings.requests_per_second)
