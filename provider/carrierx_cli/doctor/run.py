"""What ``pulumi-carrierx doctor`` does: look at one thing after the other, and say what it is."""

from __future__ import annotations

import os
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from carrierx_cli.console import error, out
from carrierx_cli.doctor import messages as words
from carrierx_cli.doctor.account import account_findings
from carrierx_cli.doctor.configuration import (
    MEND,
    accounts_of,
    ownership_finding,
    settings_findings,
)
from carrierx_cli.doctor.engine import engine_finding, host_finding
from carrierx_cli.doctor.finding import failed, warning
from carrierx_cli.doctor.probe_account import look_at_account
from carrierx_cli.doctor.probe_engine import look_at_engine, look_at_python
from carrierx_cli.doctor.probe_stack import look_at_stack
from carrierx_cli.doctor.python import python_finding, unchecked_runtime
from carrierx_provider.core.connections import run_blocking
from carrierx_provider.core.log_file import open_log
from carrierx_provider.core.settings import ConfigurationError, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from carrierx_cli.doctor.finding import Finding

WELL, FAILED, WRONG_USAGE = 0, 1, 2

_complain = partial(error, "doctor")


def run(folder: str, stack: str | None, *, as_json: bool) -> int:
    """Check, and print each finding as soon as it is there; the exit code."""
    if not Path(folder).is_dir():
        _complain(f"--cwd: there is no folder {folder}")
        return WRONG_USAGE
    found: list[Finding] = []
    for finding in _findings(folder, stack):
        found.append(finding)
        if not as_json:
            out(words.line(finding))
    out(words.as_json(found) if as_json else words.summary(found))
    return WELL if words.all_well(found) else FAILED


def _findings(folder: str, stack: str | None) -> Iterator[Finding]:
    engine = look_at_engine()
    yield engine_finding(engine)
    yield host_finding(engine)
    seen = look_at_stack(folder, stack, with_engine=engine.version is not None)
    unchecked = unchecked_runtime(seen.runtime)
    if unchecked is not None:
        yield unchecked
    else:
        yield python_finding(look_at_python(seen.runtime, seen.folder), version("pulumi-carrierx"))
    yield seen.finding
    yield from settings_findings(
        seen.configuration, seen.in_plain_text, os.environ, unread=seen.unread
    )
    yield ownership_finding(seen.configuration, os.environ, unread=seen.unread)
    try:
        open_log(os.environ)
    except ConfigurationError as error:
        yield failed("log", str(error), MEND)
    try:
        settings = Settings.of(seen.configuration.get, os.environ)
        accounts = list(accounts_of(settings))
    except ConfigurationError:
        accounts = []
    if not accounts:
        yield warning(
            "connection",
            "not checked, and so are token, scopes, rate limit and clock: see settings",
        )
    for name, access in accounts:
        account = run_blocking(look_at_account, name, access, settings.timeout_seconds)
        yield from account_findings(account, settings.requests_per_second)
