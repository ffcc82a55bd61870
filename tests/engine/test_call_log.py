"""CARRIERX_LOG in a stack at work: every call of the provider and of the look-ups, in one file."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

from carrierx_simulator import SAMPLE_TOKEN
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.stack import Stack
from tools.pulumi_project import Run

NUMBER = "+46700987654"
PROGRAM = """\
import pulumi_carrierx as carrierx

carrierx.list_external_dids(filter='name like "s3cr3t%%"', order="name asc")
carrierx.ExternalDID("support", phonenumber="+46700987654", capabilities=3, name=%r)
"""
LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z pid=(?P<process>\d+) "
    r"(?P<call>\S+ /phonenumber/external_dids\S*(?: fields=\S+)?) "
    r"(?P<outcome>attempt=\d+( status=\d{3})?( error=\w+)?) ms=\d+"
)


def logged(log: Path) -> list[re.Match[str]]:
    """The lines of the log, each of which must be whole; the log is emptied."""
    lines = [LINE.fullmatch(line) for line in log.read_text(encoding="utf-8").splitlines()]
    os.truncate(log, 0)
    assert None not in lines
    return [line for line in lines if line is not None]


def test_every_call_is_in_the_log(stack: Stack, account: Account) -> None:
    """Provider and program append to carrierx.log in the project's folder what they send."""
    log = stack.folder / "carrierx.log"
    stack.environment["CARRIERX_LOG"] = "debug"
    seen: list[tuple[str, str]] = []
    processes = set()
    expected = []
    operations: list[Callable[[], Run]] = [stack.up, stack.refresh, stack.destroy]
    stack.program(PROGRAM % "s3cr3t-name")
    for operation in operations:
        done = operation()
        assert done.ok, done.output
        assert SAMPLE_TOKEN not in log.read_text(encoding="utf-8")
        assert "s3cr3t" not in log.read_text(encoding="utf-8")
        for line in logged(log):
            method, path = line["call"].split(" fields=")[0].split(" ")
            seen.append((method, path.split("?")[0]))
            processes.add(line["process"])
            assert re.fullmatch(r"attempt=1 status=20[04]", line["outcome"])
        expected += [
            (method, path.removeprefix("/core/v2")) for method, path, *_ in account.requests()
        ]
    assert sorted(seen) == sorted(expected)
    assert {method for method, _ in seen} == {"GET", "POST", "DELETE"}
    # The program of the up, and one provider for each of the three.
    assert len(processes) == 4
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_what_failed_is_in_the_log_at_info(stack: Stack, tmp_path: Path) -> None:
    """At info a plain look-up is left out and a refused call is there, in the file of one's own."""
    log = tmp_path / "calls.log"
    stack.environment |= {"CARRIERX_LOG": "info", "CARRIERX_LOG_FILE": str(log)}
    stack.program(PROGRAM % "support")
    assert stack.up().ok
    assert [(line["call"], line["outcome"]) for line in logged(log)] == [
        (
            "POST /phonenumber/external_dids fields=capabilities,name,phonenumber",
            "attempt=1 status=200",
        )
    ]

    stack.environment["CARRIERX_TOKEN"] = "no-such-token"
    assert not stack.preview().ok

    assert [(line["call"], line["outcome"]) for line in logged(log)] == [
        (
            "GET /phonenumber/external_dids?limit=1000&offset=0&filter&order=name%20asc",
            "attempt=1 status=401 error=AuthenticationError",
        )
    ]


def test_a_log_that_cannot_be_written_is_an_error_at_once(
    stack: Stack, account: Account, tmp_path: Path
) -> None:
    """In one line, from the provider and from a look-up, in the preview already."""
    stack.declare(support={"phonenumber": NUMBER, "capabilities": 3})
    missing = tmp_path / "no" / "such" / "folder" / "calls.log"
    stack.environment |= {"CARRIERX_LOG": "debug", "CARRIERX_LOG_FILE": str(missing)}
    line = (
        f"the log file {missing} cannot be opened: No such file or directory. Name another in "
        "CARRIERX_LOG_FILE, or unset CARRIERX_LOG"
    )
    of_provider = stack.preview()
    assert not of_provider.ok
    assert f"error: CarrierXError: {line}\n" in of_provider.output
    stack.program("import pulumi_carrierx\npulumi_carrierx.list_external_dids()\n")
    of_look_up = stack.preview()
    assert not of_look_up.ok
    assert f"error: {line}\n" in of_look_up.output
    assert "Traceback" not in of_provider.output + of_look_up.output
    assert account.calls() == []
