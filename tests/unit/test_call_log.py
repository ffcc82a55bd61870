"""CARRIERX_LOG: a line in a file for each call, without any value, never mixed with another."""

import asyncio
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carrierx_api import calls
from carrierx_api.call_log import log_call
from carrierx_api.calls import Call
from carrierx_api.client import CarrierXClient
from carrierx_provider.core.log_file import LogFile, open_log
from carrierx_simulator import SimulatorSettings, Token, running_simulator
from tests.unit.programs import run_python

SID = "ed3a6d9b-13a8-4bd4-a8a1-2e0d3f4a9d11"
ITEM = f"/phonenumber/external_dids/{SID}"
COLLECTION = "/phonenumber/external_dids"
TOKEN = "a-token-that-must-not-show"
SECRET = "s3cr3t"
BODY = {
    "phonenumber": "+46700987654",
    "capabilities": 3,
    "callback_url": f"https://example.com/?key={SECRET}",
    "attributes": {SECRET: SECRET},
}


@pytest.fixture(autouse=True)
def log_of_its_own() -> Iterator[None]:
    """Each test starts without a log file, as a process does."""
    yield
    logger = logging.getLogger("carrierx_api")
    for handler in list(logger.handlers):
        if isinstance(handler, LogFile):
            logger.removeHandler(handler)
            handler.close()
    logger.setLevel(logging.NOTSET)
    logger.propagate = True


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "calls.log"


def logging_to(log: Path, level: str = "debug") -> None:
    open_log({"CARRIERX_LOG": level, "CARRIERX_LOG_FILE": str(log)})


def lines_of(log: Path) -> list[str]:
    """The lines without their time and process id, whose form is checked here."""
    stamp = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z pid=\d+ ")
    lines = log.read_text(encoding="utf-8").splitlines()
    assert all(stamp.match(line) for line in lines), lines
    return [stamp.sub("", line) for line in lines]


OK = {"status": 200}
REFUSED = {"status": 422, "error": "InvalidObjectError"}
PAGE = f"GET {COLLECTION}?limit=1000&offset=0"


@pytest.mark.parametrize(
    ("call", "outcome", "line"),
    [
        (calls.register(BODY), OK, f"POST {COLLECTION} fields=attributes,callback_url,capabilities,"
         "phonenumber attempt=1 status=200"),
        (calls.get(SID), OK, f"GET {ITEM} attempt=1 status=200"),
        (calls.list_page(filter=f'name eq "{SECRET}"', order="name asc"), OK,
         f"{PAGE}&filter&order=name%20asc attempt=1 status=200"),
        (calls.list_page(order="x\n2026-01-01 forged=line"), OK,
         f"{PAGE}&order=x%0A2026-01-01%20forged%3Dline attempt=1 status=200"),
        (calls.update(SID, {"attributes": {}, "name": SECRET}, replace_nested_objects=True),
         REFUSED, f"PATCH {ITEM}?nested_objects=replace fields=attributes,name attempt=1 "
         "status=422 error=InvalidObjectError"),
        (calls.delete(SID), {"error": "TimedOutError"},
         f"DELETE {ITEM} attempt=1 error=TimedOutError"),
        (calls.delete(SID), {}, f"DELETE {ITEM} attempt=1 error=interrupted"),
    ],
    ids=lambda value: value.method if hasattr(value, "method") else "",
)  # fmt: skip
def test_a_line_tells_the_call_and_how_it_went(
    call: Call, outcome: dict[str, Any], line: str, log: Path
) -> None:
    """Names of fields and arguments, status or kind of error, attempt and time; no value."""
    logging_to(log)
    log_call(call, attempt=1, seconds=1.2345678, **outcome)
    assert lines_of(log) == [f"{line} ms=1235"]


def test_info_leaves_out_what_changed_nothing(log: Path) -> None:
    """At info: changes, failures and further attempts; at debug the plain reads as well."""
    logging_to(log, "info")
    log_call(calls.get(SID), attempt=1, seconds=0, status=200)
    log_call(calls.get(SID), attempt=2, seconds=0, status=200)
    log_call(calls.get(SID), attempt=1, seconds=0, status=404)
    log_call(calls.get(SID), attempt=1, seconds=0, status=200, error="UnexpectedResponseError")
    log_call(calls.delete(SID), attempt=1, seconds=0, status=204)
    assert [line.split(" ms=")[0] for line in lines_of(log)] == [
        f"GET {ITEM} attempt=2 status=200",
        f"GET {ITEM} attempt=1 status=404",
        f"GET {ITEM} attempt=1 status=200 error=UnexpectedResponseError",
        f"DELETE {ITEM} attempt=1 status=204",
    ]


def test_each_attempt_has_a_line(log: Path) -> None:
    """Each attempt has a line; attempts are counted from one in each call."""
    retry = {"fault": "status", "status": 503, "method": "GET", "calls": {"first": 1}}
    lost = {"fault": "drop", "when": "after", "method": "DELETE", "calls": {"first": 1}}

    async def work(base_url: str) -> str:
        async with CarrierXClient(base_url=base_url, token=TOKEN) as client:
            sid = (await client.register(BODY)).external_did_sid
            await client.get(sid)
            await client.delete(sid)
            return sid

    with running_simulator(SimulatorSettings(tokens=(Token(TOKEN),))) as simulator:
        simulator.set_faults({"faults": [retry, lost]})
        logging_to(log)
        item = f"{COLLECTION}/{asyncio.run(work(simulator.base_url))}"
    assert [line.split(" ms=")[0] for line in lines_of(log)][1:] == [
        f"GET {item} attempt=1 status=503 error=ServerError",
        f"GET {item} attempt=2 status=200",
        f"DELETE {item} attempt=1 error=NoResponseError",
        f"DELETE {item} attempt=2 status=404 error=NotFoundError",
    ]


def test_nothing_is_logged_unless_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without CARRIERX_LOG there is no file, and nothing on standard output or error."""
    monkeypatch.chdir(tmp_path)
    logging_to(tmp_path / "calls.log", "")
    log_call(calls.delete(SID), attempt=1, seconds=0, status=500, error="ServerError")
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


OPEN_LOG = """\
import sys
from carrierx_api import calls
from carrierx_api.call_log import log_call
from carrierx_provider.core.log_file import open_log
from carrierx_provider.core.settings import ConfigurationError

try:
    open_log({"CARRIERX_LOG": "debug", "CARRIERX_LOG_FILE": sys.argv[1]})
except ConfigurationError as error:
    # As the engine's SDK does, which shows it later.
    kept = error
    print(error)
"""


def test_a_file_that_cannot_be_opened_is_named_and_nothing_else_is_printed(tmp_path: Path) -> None:
    """One line: which file, why, and what to do; the process ends without any further output."""
    done = run_python(OPEN_LOG, str(tmp_path))
    assert (done.stdout, done.stderr) == (
        f"the log file {tmp_path} cannot be opened: Is a directory. Name another in "
        "CARRIERX_LOG_FILE, or unset CARRIERX_LOG\n",
        "",
    )


WRITER = f"""{OPEN_LOG}
for attempt in range(1, 501):
    log_call(calls.get("s" * 100), attempt=attempt, seconds=0, status=200)
"""


def test_lines_of_several_processes_do_not_mix(log: Path) -> None:
    """The provider and the program append to one file: every line is whole, none is lost."""
    command = [sys.executable, "-c", WRITER, str(log)]
    processes = [subprocess.Popen(command) for _ in range(4)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0, 0]
    path = f"{COLLECTION}/{'s' * 100}"
    expected = [f"GET {path} attempt={n} status=200 ms=0" for n in range(1, 501) for _ in range(4)]
    assert sorted(lines_of(log)) == sorted(expected)


DISK_FULL = f"""{OPEN_LOG}
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
for _ in range(3):
    log_call(calls.get("sid"), attempt=1, seconds=0, status=200)
print("went on")
"""


def test_a_line_that_cannot_be_written_fails_no_call(log: Path) -> None:
    """A full disk ends the log, not the operation, and nothing is printed."""
    done = run_python(DISK_FULL, str(log))
    assert log.stat().st_size == 10
    assert (done.stdout, done.stderr) == ("went on\n", "")


RETRIES = """\
import logging, os, sys
import stamina
from carrierx_provider.core.log_file import open_log

if "own" in sys.argv:
    logging.basicConfig(format="%(name)s: %(message)s", stream=sys.stdout)
if "opened" in sys.argv:
    open_log({})
for attempt in stamina.retry_context(on=KeyError, attempts=2, wait_initial=0, wait_jitter=0):
    with attempt:
        if attempt.num == 1:
            raise KeyError
"""


def test_a_retry_is_shown_to_those_alone_who_log() -> None:
    """Lines of stamina about retries are not printed, unless the program has set up logging."""
    silent = run_python(RETRIES, "opened")
    assert (silent.stdout, silent.stderr) == ("", "")
    own = run_python(RETRIES, "own", "opened")
    assert (own.stdout, own.stderr) == ("stamina: stamina.retry_scheduled\n", "")
    # Without our handler they are printed.
    assert run_python(RETRIES).stderr == "stamina.retry_scheduled\n"


def test_no_logger_shows_the_token_or_a_value(log: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Over real HTTP, with the loggers of all libraries at level debug."""
    caplog.set_level(logging.DEBUG)

    async def work(base_url: str) -> None:
        async with CarrierXClient(base_url=base_url, token=TOKEN) as client:
            registered = await client.register({**BODY, "name": "support"})
            await client.update(registered.external_did_sid, {"string_key_1": SECRET})
            assert [found async for found in client.list(filter=f'string_key_1 eq "{SECRET}"')]
            await client.delete(registered.external_did_sid)

    with running_simulator(SimulatorSettings(tokens=(Token(TOKEN),))) as simulator:
        asyncio.run(work(simulator.base_url))
        ours = [r.getMessage() for r in caplog.records if r.name.startswith("carrierx_api")]
        assert [line.split()[0] for line in ours] == ["POST", "PATCH", "GET", "DELETE"]
        assert {"httpx", "httpcore.http11"} <= {record.name for record in caplog.records}
        assert TOKEN not in "\n".join(str(vars(record)) for record in caplog.records)
        assert SECRET not in "\n".join(ours)
        logging_to(log)
        asyncio.run(work(simulator.base_url))
    assert [line.split(" attempt=")[0].split("?")[0] for line in lines_of(log)][::2] == [
        f"POST {COLLECTION} fields=attributes,callback_url,capabilities,name,phonenumber",
        f"GET {COLLECTION}",
    ]
    assert not [h for h in (TOKEN, SECRET, "support") if h in log.read_text(encoding="utf-8")]
