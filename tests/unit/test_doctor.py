"""What the doctor finds, word for word: of accounts over HTTP, of all else from what it saw."""

import json
import re
import socket
import ssl
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from typer.testing import CliRunner

from carrierx_api.calls import LIST_LIMIT_MAXIMUM
from carrierx_cli.doctor.account_checks import AccountInfo, check_account
from carrierx_cli.doctor.checks import (
    EngineInfo,
    PythonInfo,
    SettingsInfo,
    Status,
    check_engine,
    check_host,
    check_modules,
    check_ownership,
    check_python,
    check_runtime,
    check_settings,
    failed,
    ok,
    runtime_of,
)
from carrierx_cli.doctor.probes import probe_account, probe_python, stack_accounts
from carrierx_cli.doctor.run import as_json, line, none_failed, summary
from carrierx_cli.main import application
from carrierx_provider.core.connections import run_blocking
from carrierx_provider.core.settings import Access
from carrierx_provider.external_did.gone import StackAccount
from carrierx_provider.pulumi_files.deployment import Deployment
from carrierx_provider.pulumi_files.urn import DYNAMIC_TYPE
from carrierx_simulator import FaultPlan, SimulatorSettings, Token, running_simulator
from carrierx_simulator.external_did import PARTNER_SID
from carrierx_simulator.testing import SimulatedAccount
from tests.answering_server import answering, raw_server
from tests.unit.outlines import cases_in

TOKEN = "a-token-of-no-importance"
CANNOT = (
    "phonenumber.create, .update and .delete cannot be tested without a write: an `up` names the "
    "one that it lacks"
)
NO_RATE = "no carrierx:requestsPerSecond, so calls slow down after the first 429"
FIX_THAT = "Fix that or carrierx:baseUrl, then run this again."
NETWORK = "Check the network and carrierx:baseUrl."
API = "Check that it is CarrierX's core API"

ANSWERS = "ok       connection     URL (1 address) answers in 1ms"
CLOCK = "ok       clock          agrees with CarrierX's"
SAYS_NOTHING = f"ok       rate limit     {NO_RATE}; CarrierX's response names no limit"
SILENT = [
    "warning  token          not checked, since CarrierX did not answer",
    "warning  scopes         not checked, since CarrierX did not answer",
    f"warning  rate limit     {NO_RATE}; CarrierX did not answer",
    "warning  clock          not checked, since CarrierX did not answer",
]

PAGE = b'{"count": 0, "has_more": false, "items": [], "limit": 1, "offset": 0, "total": 0}'
INSTALL = "Install Pulumi: https://www.pulumi.com/docs/install/"


def not_reached(why: str) -> list[str]:
    """The lines on an account whose URL could not be reached, or did not answer."""
    return [f"failed   connection     {why}", *SILENT]


def checks(
    base_url: str,
    *,
    token: str = TOKEN,
    timeout_seconds: float = 10,
    per_second: float | None = None,
    name: str | None = None,
    stack: StackAccount | None = None,
) -> list[str]:
    """The lines on an account; its URL and its times are as good as any other."""
    access = Access(base_url, token, "carrierx:token")
    seen = run_blocking(probe_account, name, access, stack or StackAccount(), timeout_seconds)
    lines = [line(check) for check in check_account(seen, per_second)]
    assert token not in str(lines)
    return [re.sub(r"\b[0-9]+ms", "1ms", text.replace(base_url, "URL")) for text in lines]


def no_such_host() -> str:
    """What this machine's resolver says of a name that does not exist."""
    with pytest.raises(socket.gaierror) as caught:
        socket.getaddrinfo("nowhere.invalid", 443)
    return str(caught.value.strerror)


def test_a_second_account_is_named_in_each_line() -> None:
    """With its own rate; all lines of the default account are in ``tests/engine``."""
    settings = SimulatorSettings(tokens=(Token(TOKEN, frozenset({"phonenumber.read"})),))
    with running_simulator(settings) as simulator:
        lines = checks(simulator.base_url, name="reseller", per_second=0.5)
    assert all(line.startswith("ok ") and "reseller: " in line for line in lines)
    assert lines[3] == (
        "ok       rate limit     reseller: at most 0.5 calls a second "
        "(carrierx:requestsPerSecond); CarrierX's response names no limit"
    )


OTHER_PARTNER_SID = "7e0b1c52-0f3e-4a70-8a44-5b1e6f2c9d22"


@pytest.mark.parametrize(
    ("registered", "partner_sid", "account"),
    [
        (1, PARTNER_SID, "ok       account        is that of the stack's 2 numbers"),
        (0, PARTNER_SID, "warning  account        shows none of the stack's 2 numbers on its first "
         "page, and no number of the same partner. Check carrierx:baseUrl and the token in "
         "carrierx:token. If all were released, run `CARRIERX_CONFIRM_GONE=true pulumi refresh`."),
        (1, OTHER_PARTNER_SID, "failed   account        shows numbers of partner "
         f"{PARTNER_SID}, and the stack's 2 numbers belong to partner {OTHER_PARTNER_SID}. Check "
         "carrierx:baseUrl and the token in carrierx:token."),
    ],
)  # fmt: skip
def test_whose_account_it_is(registered: int, partner_sid: str, account: str) -> None:
    """Going by the numbers that it has, and those that the state has of it."""
    stack = StackAccount({"sid-1", "sid-2"}, {partner_sid})
    with running_simulator(SimulatorSettings(tokens=(Token(TOKEN),))) as simulator:
        for digit in range(registered):
            SimulatedAccount(simulator).register(phonenumber=f"+4670098765{digit}", capabilities=3)
        lines = checks(simulator.base_url, stack=stack)
        assert lines[3] == account
        assert checks(simulator.base_url, stack=StackAccount()) == [*lines[:3], *lines[4:]]
        sid = next(iter(SimulatedAccount(simulator).numbers().values()), {}).get("external_did_sid")
        if sid is not None:
            stack.external_did_sids.add(sid)
            assert "is that of the stack's 3 numbers" in checks(simulator.base_url, stack=stack)[3]


def test_a_number_beyond_the_first_page() -> None:
    """Shows whose account it is, even if no response has a ``partner_sid``."""
    faults = FaultPlan.of({"faults": [{"fault": "forget_field", "field": "partner_sid"}]}, tokens=1)
    settings = SimulatorSettings(tokens=(Token(TOKEN),), faults=faults)
    with running_simulator(settings) as simulator:
        account = SimulatedAccount(simulator)
        for suffix in range(LIST_LIMIT_MAXIMUM + 1):
            account.register(phonenumber=f"+46700{suffix:06}", capabilities=3)
        last = account.sid(f"+46700{LIST_LIMIT_MAXIMUM:06}")
        lines = checks(simulator.base_url, stack=StackAccount({last}))
        assert lines[3] == "ok       account        is that of the stack's 1 number"
        *_, read = account.calls()
        assert read == "GET SID"


def test_an_account_that_is_secret_in_the_state() -> None:
    """Its number counts for none: it may be in any account."""
    resource = {"urn": "urn:pulumi:dev::trial::x::n", "type": DYNAMIC_TYPE}
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    numbers = [
        ("sid-1", {"account": {**secret, "ciphertext": "v1:AAAA"}}),
        ("sid-2", {"account": "reseller", "partner_sid": PARTNER_SID}),
        ("sid-3", {"account": None}),
        (None, {}),
    ]
    deployment = Deployment.model_validate(
        {"resources": [{**resource, "id": sid, "outputs": outputs} for sid, outputs in numbers]}
    )
    assert stack_accounts(deployment) == {
        "reseller": StackAccount({"sid-2"}, {PARTNER_SID}),
        None: StackAccount({"sid-3"}),
    }


@pytest.mark.parametrize(
    ("tokens", "lines"),
    [
        ((), ["failed   token          CarrierX does not accept the token in carrierx:token (401). "
              "Set one that is valid.",
              "warning  scopes         not checked, since the token is not accepted"]),
        ((Token(TOKEN, frozenset({"phonenumber.create"})),),
         ["ok       token          CarrierX accepts the token in carrierx:token",
          "failed   scopes         the token in carrierx:token lacks the scope phonenumber.manage "
          f"or phonenumber.read (403). Use one that has it. P{CANNOT[1:]}."]),
    ],
)  # fmt: skip
def test_a_token_that_may_not_read(tokens: tuple[Token, ...], lines: list[str]) -> None:
    """CarrierX does not know it, or does not let it read; the connection is well all the same."""
    with running_simulator(SimulatorSettings(tokens=(Token("another"), *tokens))) as simulator:
        assert checks(simulator.base_url) == [ANSWERS, *lines, SAYS_NOTHING, CLOCK]


def test_a_host_that_cannot_be_reached() -> None:
    """No such name, no server, no response, and a response that breaks off."""
    assert checks("http://nowhere.invalid/core/v2") == not_reached(
        f"the host of URL has no address: {no_such_host()}. {NETWORK}"
    )
    assert checks("http://127.0.0.1:9/core/v2") == not_reached(
        f"URL could not be reached: connection refused. {NETWORK}"
    )
    with answering(200, PAGE, wait=threading.Event()) as url:
        assert checks(url, timeout_seconds=0.2) == not_reached(
            f"URL did not answer within 0.2 s. {NETWORK}"
        )
    with raw_server(lambda send: send(b"")) as server:
        assert checks(server.url()) == not_reached(
            "URL broke the connection: Server disconnected without sending a response. " + NETWORK
        )


CERTIFICATES = """
127.0.0.1 2020 2120 unknown
    its certificate is not trusted (unable to get local issuer certificate; SSL_CERT_FILE names the
      CAs to trust)
127.0.0.1 2020 2021 known
    its certificate is not trusted (certificate has expired; check this machine's clock)
127.0.0.1 2120 2121 known
    its certificate is not trusted (certificate is not yet valid; check this machine's clock)
api.carrierx.example 2020 2120 known
    its certificate is not trusted (IP address mismatch, certificate is not valid for '127.0.0.1';
      the base URL has to name the certificate's host)
"""
"""Each with its host, the years in which it is valid, its CA, and what is wrong with it."""


@pytest.mark.parametrize(("certificate", "why"), cases_in(CERTIFICATES))
def test_a_certificate_that_is_not_trusted(
    certificate: str, why: list[str], tmp_path: Path, no_proxy: pytest.MonkeyPatch
) -> None:
    """Of an unknown CA, of another time, which may be the clock's fault, or of another host."""
    host, begins, ends, known = certificate.split()
    authority = trustme.CA()
    if known == "known":
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        no_proxy.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(
        host,
        not_before=datetime(int(begins), 1, 1, tzinfo=UTC),
        not_after=datetime(int(ends), 1, 1, tzinfo=UTC),
    ).configure_cert(context)
    with raw_server(lambda send: send(b""), context) as server:
        assert checks(server.url()) == not_reached(
            f"URL could not be reached: {why[0]}. {FIX_THAT}"
        )
        assert server.heads == []


def test_a_server_without_tls(no_proxy: pytest.MonkeyPatch) -> None:
    """Such as the simulator, asked by https; and CAs that cannot be read."""
    with running_simulator(SimulatorSettings()) as simulator:
        url = simulator.base_url.replace("http:", "https:")
        assert checks(url)[0] == (
            "failed   connection     URL could not be reached: it does not speak TLS as it should "
            "(wrong version number; the base URL has to name a port with TLS, or begin with "
            f"http:// for a server on this machine). {FIX_THAT}"
        )
        no_proxy.setenv("SSL_CERT_FILE", "/no/such/file")
        assert checks(url)[0] == (
            "failed   connection     URL could not be reached: SSL_CERT_FILE names no readable "
            f"file of certificates. {FIX_THAT}"
        )


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
def test_a_proxy_that_is_in_the_way(variable: str, no_proxy: pytest.MonkeyPatch) -> None:
    """It is named by its variable, whatever is wrong with it; its password is not shown."""
    check = f"Check {variable}, or name the host in NO_PROXY."
    fix_that = "Fix that or name the host in NO_PROXY, then run this again."
    through = f"through the proxy in {variable}"
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    with (
        raw_server(lambda send: send(refusal)) as refusing,
        raw_server(lambda send: send(b"")) as closing,
    ):
        for proxy, why in (
            ("http://ann:s3cr3t@127.0.0.1:9",
             f"could not be reached: connection refused, {through}. {check}"),
            (f"http://ann:s3cr3t@127.0.0.1:{refusing.port}",
             "could not be reached: the tunnel was refused (407 Proxy Authentication Required), "
             f"through the proxy in {variable}. {fix_that}"),
            (f"http://127.0.0.1:{closing.port}",
             f"broke the connection {through}: Server disconnected without sending a response. "
             f"{check}"),
            ("http://ann:s3cr3t@nowhere.invalid:3128",
             f"could not be reached: {no_such_host()}, {through}. {check}"),
            ("nonsense://ann:s3cr3t@proxy",
             f"could not be reached: {variable} is not the URL of a proxy, such as "
             f"http://127.0.0.1:3128. {fix_that}"),
        ):  # fmt: skip
            no_proxy.setenv(variable, proxy)
            assert checks("https://api.carrierx.example/core/v2") == not_reached(f"URL {why}")
        assert refusing.heads[0].startswith(b"CONNECT api.carrierx.example:443 HTTP/1.1\r\n")
        assert TOKEN.encode() not in refusing.heads[0]


@pytest.mark.parametrize(
    ("status", "body", "headers", "connection"),
    [
        (503, b'{"message": "down, Bearer %b"}' % TOKEN.encode(), {},
         f"refused a read (503): down, Bearer <token>. {API}, or try again later."),
        (200, b"<html>", {}, f"answered (200) with a body that is not JSON. {API}."),
        (302, b"", {"Location": f"https://login.example.com/?from={TOKEN}"},
         f"answered (302) with a redirect, which is not followed. {API}."),
        (403, b"<html>blocked: %b" % TOKEN.encode(), {},
         f"refused a read (403) without an error of CarrierX's. {API}, and that no firewall "
         "answers in its place."),
    ],
)  # fmt: skip
def test_an_answer_that_is_no_page(
    status: int, body: bytes, headers: dict[str, str], connection: str
) -> None:
    """Whether it is CarrierX's own, and what it leaves open."""
    with answering(status, body, headers) as url:
        found = checks(url)
    did = "did not answer" if status < 400 else f"refused the read ({status})"
    assert found[:3] == [
        f"failed   connection     URL {connection}",
        f"warning  token          not checked, since CarrierX {did}",
        f"warning  scopes         not checked, since CarrierX {did}",
    ]


def test_too_many_calls() -> None:
    """The answer is CarrierX's own, so the connection is well."""
    with answering(429, b"{}", {"Retry-After": "7"}) as url:
        assert checks(url)[:4] == [
            ANSWERS,
            "warning  token          not checked, since CarrierX refused the read (429)",
            "warning  scopes         not checked, since CarrierX refused the read (429)",
            "warning  rate limit     CarrierX answers that there are too many calls for this token "
            "(429, Retry-After 7). Run this again later. carrierx:requestsPerSecond limits the "
            "calls of one stack.",
        ]


def test_a_base_url_without_its_path() -> None:
    """The path of the API is named where it is missing."""
    with answering(404, b"not here") as url:
        assert checks(url.removesuffix("/core/v2"))[0] == (
            "failed   connection     URL answered (404) with an error that is not CarrierX's own. "
            f"{API}, which ends in /core/v2."
        )


@pytest.mark.parametrize("date", [{}, {"Date": "yesterday"}])
def test_what_the_headers_of_an_answer_say(date: dict[str, str]) -> None:
    """A limit, whatever they are called; a token in one is not repeated. A date may be invalid."""
    headers = {"X-RateLimit-Limit": "40", "RateLimit": f"{TOKEN};r=3", "X-Rate-Limit-Reset": "1"}
    with answering(200, PAGE, headers | date) as url:
        assert checks(url)[3:] == [
            f"ok       rate limit     {NO_RATE}; CarrierX's response says x-ratelimit-limit: 40, "
            "ratelimit: <token>;r=3, x-rate-limit-reset: 1",
            "warning  clock          not checked: the response has no Date",
        ]


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (-62, None),
        (60, None),
        (75, "1 min 15 s ahead of"),
        (-7230, "2 h 0 min behind"),
    ],
)
def test_the_clock_has_a_tolerance(ahead: int, words: str | None) -> None:
    """Of a minute, beside the time that the answer took."""
    theirs = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    sent = theirs + timedelta(seconds=ahead)
    seen = AccountInfo(
        None,
        Access("http://localhost/core/v2", TOKEN, "carrierx:token"),
        seconds=[2.0],
        sent=sent,
        received=sent + timedelta(seconds=2),
        date=format_datetime(theirs, usegmt=True),
    )
    *_, clock = check_account(seen, None)
    wrong = (
        f"failed   clock          this machine's clock is {words} CarrierX's. Set it, ideally by "
        "NTP: a Retry-After would be misread, and certificates refused."
    )
    assert line(clock) == (CLOCK if words is None else wrong)


@pytest.mark.parametrize(
    ("seen", "engine", "host"),
    [
        (EngineInfo(on_path=True, missing=("pulumi-language-python",)),
         f"failed   engine         the command `pulumi` does not run. {INSTALL}",
         "failed   language host  pulumi-language-python is neither beside `pulumi` nor on "
         f"PATH. Reinstall Pulumi completely. {INSTALL}"),
        (EngineInfo(on_path=True, version="3.199.9-alpha", missing=("a", "b")),
         f"failed   engine         pulumi 3.199.9 is older than 3.200.0. Upgrade it. {INSTALL}",
         "failed   language host  a, b are neither beside `pulumi` nor on PATH. Reinstall "
         f"Pulumi completely. {INSTALL}"),
        (EngineInfo(on_path=True, version="dev"),
         "warning  engine         cannot parse the version that pulumi reports: 'dev'. It "
         "must be 3.200.0 or newer.",
         "ok       language host  runs Python programs and dynamic providers"),
    ],
)  # fmt: skip
def test_the_engine(seen: EngineInfo, engine: str, host: str) -> None:
    """What is wrong with it; one that is well, and none, are in ``tests/engine``."""
    assert [line(check_engine(seen)), line(check_host(seen))] == [engine, host]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (PythonInfo("PYTHON"),
         "failed   python         PYTHON does not run, and the program needs it. Install Python "
         "3.11 or newer, or create the project's virtual environment."),
        (PythonInfo("PYTHON", version=(3, 9, 2)),
         "failed   python         PYTHON is Python 3.9.2. Programs need Python 3.11 or newer."),
        (PythonInfo(
            "PYTHON", version=(3, 11, 2),
            failures={"pulumi_carrierx": "ModuleNotFoundError: No module named 'pulumi_carrierx'"}),
         "failed   python         PYTHON (Python 3.11.2) cannot import pulumi_carrierx: "
         "ModuleNotFoundError: No module named 'pulumi_carrierx'. Install it there: `PYTHON -m pip "
         "install pulumi-carrierx`."),
        (PythonInfo("PYTHON", version=(3, 11, 2),
                    packages={"pulumi": "3.272.0", "pulumi_carrierx": "0.0.9"}),
         "warning  python         PYTHON (Python 3.11.2) has pulumi 3.272.0 and pulumi-carrierx "
         "0.0.9, but this command is 0.1.0. Run the command of the project's own environment."),
    ],
)  # fmt: skip
def test_the_python_of_programs(seen: PythonInfo, expected: str) -> None:
    """Whether it runs, is new enough and has the packages; more of it is in ``tests/engine``."""
    assert line(check_python(seen, "0.1.0")) == expected


@pytest.mark.parametrize("main", ["src/program.py", None])
def test_what_hides_a_module(
    main: str | None, tmp_path: Path, no_proxy: pytest.MonkeyPatch
) -> None:
    """Beside the program, in a folder of its own too; harmless names are passed over."""
    no_proxy.setenv("PULUMI_PYTHON_CMD", sys.executable)
    folder = tmp_path / "src" if main else tmp_path
    for name in (
        *("token.py", "google.py", "numbers.py", "wave.py", "turtle/__init__.py"),
        # Nobody needs what these hide, or only for something optional.
        *("phonenumbers.py", "resource.py", "rich.py"),
        # Python loads these before it looks there, or from itself.
        *("os.py", "time.py", "runpy.py"),
        # Without an __init__.py it is no package of its own.
        *("email/numbers.py", "mine.py", "token.txt"),
    ):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    python = probe_python(runtime_of({"main": main}), tmp_path)
    assert set(python.packages) == {"pulumi", "pulumi_carrierx"}
    assert [line(check) for check in check_modules(python)] == [
        "failed   modules        google.py, numbers.py, token.py beside the program hide modules "
        "that Pulumi or pulumi-carrierx imports. Rename them.",
        "warning  modules        resource.py, rich.py beside the program hide modules "
        "that Pulumi or pulumi-carrierx imports. Rename them if an import fails.",
        "warning  modules        turtle/, wave.py beside the program hide modules of Python's own. "
        "Rename them if an import fails.",
    ]
    alone = PythonInfo("PYTHON", hiding_needed=["token.py"])
    (one,) = check_modules(alone)
    assert line(one) == (
        "failed   modules        token.py beside the program hides a module that Pulumi or "
        "pulumi-carrierx imports. Rename it."
    )


def test_names_that_do_no_harm(tmp_path: Path, no_proxy: pytest.MonkeyPatch) -> None:
    """No import fails, with the folder first or without it."""
    no_proxy.setenv("PULUMI_PYTHON_CMD", sys.executable)
    for name in ("phonenumbers.py", "resource.py"):
        (tmp_path / name).touch()
    python = probe_python(runtime_of({}), tmp_path)
    assert [line(check) for check in check_modules(python)] == [
        "warning  modules        resource.py beside the program hides a module that Pulumi or "
        "pulumi-carrierx imports. Rename it if an import fails.",
    ]


def test_packages_that_are_beside_the_program(tmp_path: Path, no_proxy: pytest.MonkeyPatch) -> None:
    """Are found there, as when the program runs."""
    own = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", own], check=True)
    (tmp_path / "pulumi.py").touch()
    (tmp_path / "pulumi-3.300.0.dist-info").mkdir()
    metadata = "Metadata-Version: 2.1\nName: pulumi\nVersion: 3.300.0\n"
    (tmp_path / "pulumi-3.300.0.dist-info" / "METADATA").write_text(metadata, encoding="utf-8")
    no_proxy.setenv("PULUMI_PYTHON_CMD", str(own / "bin" / "python"))
    python = probe_python(runtime_of({}), tmp_path)
    assert (python.packages, list(python.failures)) == ({"pulumi": "3.300.0"}, ["pulumi_carrierx"])
    assert list(check_modules(python)) == []


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("nodejs", "failed   python         the project's runtime is nodejs, and "
         "pulumi-carrierx is for Python programs. Write `runtime: python` in Pulumi.yaml."),
        ({"options": {"toolchain": "poetry"}},
         "warning  python         not checked: where the toolchain poetry keeps its Python is not "
         "known. Make sure that pulumi and pulumi-carrierx are among the project's packages."),
        ({"name": "python"}, None),
        (None, None),
    ],
)  # fmt: skip
def test_a_python_that_is_not_looked_at(written: Any, expected: str | None) -> None:
    """Another language's program, and a toolchain that keeps its Python to itself."""
    check = check_runtime(runtime_of({"runtime": written}))
    assert (check and line(check)) == expected


def test_uv_keeps_its_python_in_a_folder() -> None:
    """As the language host looks for it, unless Pulumi.yaml names another."""
    written = {"name": "python", "options": {"toolchain": "uv"}}
    assert runtime_of({"runtime": written}).virtualenv == ".venv"


FIX = "Fix it, then run this again."


@pytest.mark.parametrize(
    ("configuration", "environment", "expected"),
    [
        ({}, {}, ["failed   settings       no CarrierX token: set it with `pulumi config set "
                  f"--secret carrierx:token`, or in the environment as CARRIERX_TOKEN. {FIX}"]),
        ({"numbers:baseurl": "http://localhost/core/v2", "numbers:timeoutSeconds": "5"},
         {"CARRIERX_TOKEN": TOKEN, "CARRIERX_TIMEOUT_SECONDS": "5"},
         ["warning  settings       numbers:baseurl is read by the program only, and "
          "carrierx:baseUrl is not set. If it is for CarrierX: `pulumi config set "
          "carrierx:baseUrl`, then `pulumi config rm numbers:baseurl`."]),
        ({"carrierx:accounts": '{"a": ""}', "carrierx:ownershipKey": "no key",
          f"carrierx:{'it is ' * 9}": "", "carrierx:baseURL": "http://localhost/core/v2"}, {},
         ["failed   settings       carrierx:ownershipKey must be a plain key such as "
          'managed_by: up to 64 letters, digits, "_", ".", ":" and "-". '
          f"{FIX}",
          'failed   settings       the account "a" in carrierx:accounts has no token: write '
          f'it as the token itself, or as {{"token": …, "baseUrl": …}}. {FIX}',
          f"warning  settings       carrierx:{'it is ' * 5}… is not a setting: the settings are "
          "token, baseUrl, accounts, ownershipKey, timeoutSeconds, deadlineSeconds, "
          "requestsPerSecond, formerStack, confirmGone. Remove it: `pulumi config rm "
          f"'carrierx:{'it is ' * 9}'`.",
          "warning  settings       carrierx:baseURL is not a setting: the settings are "
          "token, baseUrl, accounts, ownershipKey, timeoutSeconds, deadlineSeconds, "
          "requestsPerSecond, formerStack, confirmGone. Remove it: `pulumi config rm "
          "carrierx:baseURL`."]),
    ],
)  # fmt: skip
def test_settings(
    configuration: dict[str, str], environment: dict[str, str], expected: list[str]
) -> None:
    """Every mistake at once, and unknown settings."""
    found = [line(check) for check in check_settings(SettingsInfo(configuration, environment))]
    assert found == expected


def test_a_stack_that_is_not_read() -> None:
    """What it would set is not said to be missing; what the environment has wrong, is."""
    seen = SettingsInfo({}, {"CARRIERX_TIMEOUT_SECONDS": "soon"}, unread=True)
    assert [line(check) for check in check_settings(seen)] == [
        "failed   settings       CARRIERX_TIMEOUT_SECONDS must be a positive number of seconds, "
        f"such as 30. {FIX}",
        "warning  settings       no token in the environment; the stack's is not checked, since "
        "the stack's settings were not read",
    ]


def test_an_ownership_key_that_is_invalid() -> None:
    """The other findings about it are in ``tests/engine``."""
    assert line(check_ownership(SettingsInfo({"carrierx:ownershipKey": "no key"}, {}))) == (
        "warning  ownership      not checked: carrierx:ownershipKey is invalid, see settings"
    )


def test_the_whole_is_well_unless_something_failed() -> None:
    """The last line counts; JSON has every finding."""
    found = [
        ok("engine", "pulumi 3.259.0"),
        replace(failed("token", "no", "Set one."), account="b\n"),
    ]
    assert summary(found) == "1 ok, 0 warnings, 1 failed"
    assert line(found[1]) == "failed   token          b\\n: no. Set one."
    assert none_failed(found[:1])
    assert not none_failed(found)
    engine = {"check": "engine", "mark": Status.OK, "account": None, "text": "pulumi 3.259.0"}
    token = {"check": "token", "mark": "failed", "account": "b\n", "text": "no"}
    assert json.loads(as_json(found)) == {
        "ok": False,
        "findings": [{**engine, "todo": None}, {**token, "todo": "Set one."}],
    }


def test_a_folder_that_is_not_there() -> None:
    """Is a wrong flag."""
    found = CliRunner().invoke(application, ["doctor", "--cwd", "nowhere"])
    assert (found.exit_code, found.stdout, found.stderr) == (
        2,
        "",
        "pulumi-carrierx doctor: --cwd: there is no folder nowhere\n",
    )
