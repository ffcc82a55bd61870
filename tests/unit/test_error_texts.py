"""Errors, word for word: what was tried, on which number, what CarrierX said, what to do next."""

import json
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from carrierx_provider.core.connections import Connections, run_blocking
from carrierx_provider.core.errors import ResourceError
from carrierx_provider.core.settings import Settings
from carrierx_provider.external_did.lifecycle import ExternalDIDLifecycle
from carrierx_simulator import SimulatorSettings, running_simulator
from tests.answering_server import answering, raw_server

NUMBER = "+46700987654"
TOKEN = "a-token-that-must-not-show"
SID = "ed3a6d9b-13a8-4bd4-a8a1-2e0d3f4a9d11"
INPUTS = {"phonenumber": NUMBER, "capabilities": 3, "name": "support"}
OUTPUTS = {**INPUTS, "external_did_sid": SID, "managed_fields": {"name": True}}
SENT = {
    **INPUTS,
    "callback_url": "https://example.com/?key=s3cr3t",
    "attributes": {"pin": 12345678, "proto": "http", "password": "my  secret key"},
}


def lifecycle(
    base_url: str, timeout_seconds: float = 30.0, deadline_seconds: float = 0.001
) -> ExternalDIDLifecycle:
    """The operations against this server, configured as a stack would, with a single attempt."""
    configuration = {
        "carrierx:token": TOKEN,
        "carrierx:baseUrl": base_url,
        "carrierx:timeoutSeconds": str(timeout_seconds),
        "carrierx:deadlineSeconds": str(deadline_seconds),
    }
    connections = Connections(Settings.of(configuration.get, {}))
    return ExternalDIDLifecycle(connections)


def error_of(operation: Callable[..., Any], *arguments: object) -> str:
    with pytest.raises(ResourceError) as caught:
        run_blocking(operation, *arguments)
    assert caught.value.__cause__ is None
    line = str(caught.value)
    assert "\n" not in line
    assert TOKEN not in line
    assert TOKEN not in repr(caught.value)
    assert "s3cr3t" not in line
    return line


def body(message: str, *errors: tuple[str | None, str]) -> bytes:
    entries = [{"field": field, "message": words, "reference_sid": None} for field, words in errors]
    return json.dumps({"message": message, "errors": entries}).encode()


@pytest.mark.parametrize(
    ("status", "content", "line"),
    [
        (
            400,
            body("bad request", (None, "malformed query")),
            "CarrierX refused the update (400): malformed query. Nothing was changed. The same "
            "call would fail again: please report this line.",
        ),
        (
            401,
            body("authentication failed"),
            "CarrierX refused the update (401): authentication failed. Nothing was changed. Check "
            "the token in carrierx:token, then run up again.",
        ),
        (
            403,
            body("no permission"),
            "CarrierX refused the update (403): no permission. Nothing was changed. The token in "
            "carrierx:token lacks the scope phonenumber.manage or phonenumber.update: use one "
            "that has it.",
        ),
        (
            404,
            body("no item error", (None, "cannot find item by sid")),
            "CarrierX refused the update (404): cannot find item by sid. Nothing was changed. The "
            "number may have been released elsewhere: run refresh to see, then up to register it "
            "again.",
        ),
        (
            409,
            body("conflict", (None, "the item is being changed")),
            "CarrierX refused the update (409): the item is being changed. Nothing was changed. "
            "The conflict may be temporary: run up again; if it stays, look the number up in "
            "CarrierX.",
        ),
        (
            415,
            body("unsupported media type"),
            "CarrierX refused the update (415): unsupported media type. Nothing was changed. The "
            "same call would fail again: please report this line.",
        ),
        (
            422,
            body(
                "object validation error",
                ("callback_url", "must be an http(s) URL"),
                ("name", "is too long."),
            ),
            "CarrierX refused the update (422): callback_url: must be an http(s) URL; name: is too "
            "long. Nothing was changed. Fix callback_url, name in the program and run up again.",
        ),
        (
            422,
            body(
                "object validation error",
                ("callback_url", "must be an http(s) URL; got https://example.com/?key=s3cr3t"),
                ("attributes", 'pin 12345678 and "my  secret key" are bad'),
            ),
            "CarrierX refused the update (422): callback_url: must be an http(s) URL; got "
            '<callback_url>; attributes: pin <attributes> and "<attributes>" are bad. Nothing was '
            "changed. Fix callback_url, attributes in the program and run up again.",
        ),
        (
            422,
            b"{}",
            "CarrierX refused the update (422). Nothing was changed. Fix the fields that it "
            "names in the program and run up again.",
        ),
        (
            418,
            body("a teapot\nof lines"),
            "CarrierX refused the update (418): a teapot of lines. Nothing was changed. Run "
            "refresh to see, then up again.",
        ),
        (
            429,
            body("too many requests"),
            "CarrierX refused the update (429): too many requests. Nothing was changed. Too many "
            "calls for this token: run up again later. carrierx:requestsPerSecond limits the calls "
            "of one stack.",
        ),
        (
            500,
            body("internal error"),
            "CarrierX refused the update (500): internal error. It is not known whether it took "
            "effect. Run refresh to see, then up again.",
        ),
        (
            200,
            b"<html>hello</html>",
            "CarrierX answered the update (200) with a body that is not JSON. It is not known "
            "whether it took effect. Run refresh to see, then up again.",
        ),
        (
            200,
            b'{"phonenumber": "46700987654", "capabilities": 3}',
            "CarrierX answered the update (200) with an object without its external_did_sid. It "
            "is not known whether it took effect. Run refresh to see, then up again.",
        ),
        (
            200,
            b'{"external_did_sid": "x", "phonenumber": 5, "capabilities": "three"}',
            "CarrierX answered the update (200) with a body that is not an External DID "
            "(capabilities, phonenumber). It is not known whether it took effect. Run refresh to "
            "see, then up again.",
        ),
        (
            200,
            b'{"external_did_sid": "0f0c2a6e-8d0b-4c5e-9f7a-5d1e2b3c4d5e"}',
            "CarrierX answered the update (200) with another External DID: SID "
            f"0f0c2a6e-8d0b-4c5e-9f7a-5d1e2b3c4d5e instead of {SID}. It is not known whether it "
            "took effect. Run refresh to see, then up again.",
        ),
        (
            200,
            json.dumps({"external_did_sid": SID, "phonenumber": "46700987655"}).encode(),
            "CarrierX answered the update (200) with another External DID: number +46700987655 "
            f"instead of {NUMBER}. It is not known whether it took effect. Run refresh to see, "
            "then up again.",
        ),
        (
            302,
            b"",
            "CarrierX answered the update (302) with a redirect, which is not followed. It is not "
            "known whether it took effect. Run refresh to see, then up again.",
        ),
    ],
)
def test_a_failed_update(status: int, content: bytes, line: str) -> None:
    """Each status has its own text: what happened, what is the state now, what to do."""
    with answering(status, content) as base_url:
        assert (
            error_of(lifecycle(base_url).update, SID, OUTPUTS, SENT)
            == f"{NUMBER} (support): {line}"
        )


def test_a_time_out() -> None:
    """Without a response in time it is not known whether the update took effect."""
    with answering(200, b"{}", wait=threading.Event()) as base_url:
        operations = lifecycle(base_url, timeout_seconds=0.2)
        assert error_of(operations.update, SID, OUTPUTS, SENT) == (
            f"{NUMBER} (support): CarrierX did not answer the update within 0.2 s. It is not known "
            "whether it took effect. Run refresh to see, then up again."
        )


def test_a_refused_connection() -> None:
    """If nothing listens at the address, the text names it and says that nothing was changed."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{unused.getsockname()[1]}/core/v2"
        assert error_of(lifecycle(base_url).update, SID, OUTPUTS, SENT) == (
            f"{NUMBER} (support): CarrierX could not be reached at {base_url} for the update: "
            "connection refused. Nothing was changed. Check the network and carrierx:baseUrl, "
            "then run up again."
        )


def no_way_to(base_url: str, reason: str) -> bool:
    """Whether an update says this at once, and that no later attempt would do better."""
    update = lifecycle(base_url, deadline_seconds=10).update
    return error_of(update, SID, OUTPUTS, SENT) == (
        f"{NUMBER} (support): CarrierX could not be reached at {base_url} for the update: "
        f"{reason}. Nothing was changed. Fix that or carrierx:baseUrl, then run up again."
    )


@pytest.mark.usefixtures("no_proxy")
def test_https_at_a_port_without_tls_and_http_at_one_with_tls() -> None:
    """The text names the base URL; a server with TLS answers plain http by a page of its own."""
    with running_simulator(SimulatorSettings()) as simulator:
        assert no_way_to(
            simulator.base_url.replace("http:", "https:"),
            "it does not speak TLS as it should (wrong version number; the base URL has to name a "
            "port with TLS, or begin with http:// for a server on this machine)",
        )
    with answering(400, b"The plain HTTP request was sent to HTTPS port") as base_url:
        assert error_of(lifecycle(base_url).update, SID, OUTPUTS, SENT) == (
            f"{NUMBER} (support): CarrierX refused the update (400). Nothing was changed. Check "
            f"that {base_url} is CarrierX's core API, then run up again."
        )


def test_certificates_that_do_not_fit(tmp_path: Path, no_proxy: pytest.MonkeyPatch) -> None:
    """The server's, a list of CAs that is none, and one that this machine would have to have."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with raw_server(lambda send: send(b""), context) as server:
        assert no_way_to(
            server.url(),
            "its certificate is not trusted (unable to get local issuer certificate; SSL_CERT_FILE "
            "names the CAs to trust)",
        )
        (tmp_path / "empty.pem").touch()
        for file in ("empty.pem", "missing.pem", "."):
            no_proxy.setenv("SSL_CERT_FILE", str(tmp_path / file))
            assert no_way_to(server.url(), "SSL_CERT_FILE names no readable file of certificates")


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize(
    "proxy",
    [
        *("nonsense://ann:s3cr3t@proxy", "socks4://proxy:1080", "http://", ":3128"),
        *("http://ann:s3cr3t@proxy:port", "http://proxy:99999", '"http://proxy:3128"'),
    ],
)
def test_a_proxy_that_is_none(variable: str, proxy: str, no_proxy: pytest.MonkeyPatch) -> None:
    """The text names the variable, and not its value, which may hold a password."""
    no_proxy.setenv(variable, proxy)
    assert no_way_to(
        "https://api.carrierx.example/core/v2",
        f"{variable} is not the URL of a proxy, such as http://127.0.0.1:3128",
    )


def test_a_proxy_that_lets_nothing_through(no_proxy: pytest.MonkeyPatch) -> None:
    """By its rules, or since it is of another kind than its URL says; or its package is missing."""
    base_url = "https://api.carrierx.example/core/v2"
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    with raw_server(lambda send: send(refusal)) as proxy:
        # Without a scheme it is http.
        no_proxy.setenv("HTTPS_PROXY", f"127.0.0.1:{proxy.port}")
        assert no_way_to(
            base_url,
            "the tunnel was refused (407 Proxy Authentication Required), through the proxy in "
            "HTTPS_PROXY",
        )
    with running_simulator(SimulatorSettings()) as proxy_without_tls:
        no_proxy.setenv("HTTPS_PROXY", proxy_without_tls.base_url.replace("http:", "https:"))
        assert no_way_to(
            base_url,
            "it does not speak TLS as it should (wrong version number; HTTPS_PROXY has to begin "
            "with http:// if the proxy speaks plain http), through the proxy in HTTPS_PROXY",
        )
    no_proxy.setitem(sys.modules, "socksio", None)
    no_proxy.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1080")
    assert no_way_to(
        base_url, "HTTPS_PROXY names a SOCKS proxy, which needs `pip install 'httpx[socks]'`"
    )


def test_a_response_that_breaks_off() -> None:
    """After half a response it is not known whether the update took effect."""
    with answering(200, b'{"external', promised_length=500) as base_url:
        assert error_of(lifecycle(base_url).update, SID, OUTPUTS, SENT) == (
            f"{NUMBER} (support): the connection to CarrierX broke during the update: peer closed "
            "connection without sending complete message body (received 10 bytes, expected 500). "
            "It is not known whether it took effect. Run refresh to see, then up again."
        )


def test_the_other_operations() -> None:
    """Registration, read and release are named, with their scopes and the next step."""
    lacking = "The token in carrierx:token lacks the scope phonenumber.manage or phonenumber."
    with answering(403, body("no permission")) as base_url:
        first, second = lifecycle(base_url), lifecycle(base_url)
        adopting = {**SENT, "adopt_existing": True}
        for operation, arguments, name, changed, scope in (
            (first.create, (SENT,), "registration", " Nothing was changed.", "create"),
            (first.create, (adopting,), "look-up", "", "read"),
            (first.read, (SID, OUTPUTS), "read", "", "read"),
            (second.delete, (SID, OUTPUTS), "release", " Nothing was changed.", "delete"),
        ):
            assert error_of(operation, *arguments) == (
                f"{NUMBER} (support): CarrierX refused the {name} (403): no permission.{changed} "
                f"{lacking}{scope}: use one that has it."
            )


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"<html>not here</html>", body("no such path"), b'{"errors": ["no route"]}', b"[]"),
        b'{"errors": [{"status": "404", "title": "Not Found"}]}',
        b'{"errors": [{"message": "no Route matched with those values"}]}',
    ],
)
def test_a_404_that_is_not_carrierx_s_own(content: bytes) -> None:
    """It says nothing about a number; neither does one for a call without a SID."""
    with answering(404, content) as base_url:
        operations = lifecycle(base_url)
        errors = {
            "read": error_of(operations.read, SID, OUTPUTS),
            "update": error_of(operations.update, SID, OUTPUTS, {**INPUTS, "name": "x"}),
            "registration": error_of(operations.create, SENT),
            "look-up": error_of(operations.create, {**SENT, "adopt_existing": True}),
        }
    for operation, error in errors.items():
        is_read = operation in {"read", "look-up"}
        unknown = "" if is_read else "It is not known whether it took effect. "
        assert error == (
            f"{NUMBER} (support): {base_url} answered the {operation} (404) with an error that is "
            f"not CarrierX's own. {unknown}Check that {base_url} is CarrierX's core API, which "
            "ends in /core/v2, then run again."
        )


def test_a_404_for_the_collection_is_of_a_path_or_of_a_field() -> None:
    """CarrierX's body says "not found" only for a SID."""
    with answering(404, body("no item error", (None, "cannot find item"))) as base_url:
        assert error_of(lifecycle(base_url).create, SENT) == (
            f"{NUMBER} (support): CarrierX refused the registration (404): cannot find item. "
            f"Nothing was changed. Check that {base_url} is CarrierX's core API, which ends in "
            "/core/v2, then run again."
        )
    with answering(404, body("no item error", ("underlying_carrier_sid", "not found"))) as url:
        assert error_of(lifecycle(url).create, SENT) == (
            f"{NUMBER} (support): CarrierX refused the registration (404): underlying_carrier_sid: "
            "not found. Nothing was changed. Fix underlying_carrier_sid in the program and run up "
            "again."
        )


def test_an_unknown_outcome_of_the_other_operations() -> None:
    """A registration whose outcome is unknown says how the next run finds out."""
    with answering(502, b"") as base_url:
        operations = lifecycle(base_url)
        assert error_of(operations.create, INPUTS) == (
            f"{NUMBER} (support): CarrierX refused the registration (502). It is not known "
            "whether it took effect. Run up again: if the number is registered by now and is not "
            "known to be this stack's own, the error will name its SID and the command that takes "
            "it over."
        )
        assert error_of(operations.read, SID, OUTPUTS) == (
            f"{NUMBER} (support): CarrierX refused the read (502). Try again later."
        )
    with answering(200, b"[]") as base_url:
        assert error_of(lifecycle(base_url).read, SID, OUTPUTS) == (
            f"{NUMBER} (support): CarrierX answered the read (200) with a body that is not an "
            f"External DID. Check that {base_url} is CarrierX's core API, then run up again."
        )


LONG_NAME = 'reseller\'s "b", whose name has 40 characters or more'


@pytest.mark.parametrize(
    ("configuration", "account", "line"),
    [
        (
            {},
            None,
            "no CarrierX token: set it with `pulumi config set --secret carrierx:token`, or in "
            "the environment as CARRIERX_TOKEN",
        ),
        (
            {"carrierx:token": TOKEN, "carrierx:baseUrl": "api.carrierx.com"},
            None,
            "the base URL (carrierx:baseUrl, CARRIERX_BASE_URL or baseUrl in carrierx:accounts) "
            "is not a plain http(s) URL such as https://api.carrierx.com/core/v2",
        ),
        (
            {"carrierx:token": f"{TOKEN}\nx"},
            None,
            "the token in carrierx:token has a character that no CarrierX token has",
        ),
        (
            {"carrierx:token": TOKEN, "carrierx:accounts": json.dumps({"one": TOKEN, "two": "t"})},
            "reseller-b",
            'no account "reseller-b" in carrierx:accounts (there: one, two): set it with `pulumi '
            "config set --secret --path 'carrierx:accounts[\"reseller-b\"].token'`",
        ),
        (
            {},
            LONG_NAME,
            f'no account "{LONG_NAME[:39]}…" in carrierx:accounts (there: none): set it with '
            "`pulumi config set --secret --path 'carrierx:accounts[\""
            'reseller\'"\'"\'s \\"b\\", whose name has 40 characters or more"].token\'`',
        ),
        (
            {"carrierx:accounts": json.dumps({"reseller-b": {"baseUrl": "https://x.example"}})},
            "reseller-b",
            'the account "reseller-b" in carrierx:accounts has no token: write it as the token '
            'itself, or as {"token": …, "baseUrl": …}',
        ),
        (
            {"carrierx:accounts": TOKEN},
            "reseller-b",
            "carrierx:accounts must be a map of account names to tokens",
        ),
    ],
)
def test_a_mistake_in_the_configuration(
    configuration: dict[str, str], account: str | None, line: str
) -> None:
    """The text names what is missing or invalid and the command that fixes it, without secrets."""
    settings = Settings.of(configuration.get, {})
    operations = ExternalDIDLifecycle(Connections(settings))
    outputs = {**OUTPUTS, **({"account": account} if account else {})}
    assert error_of(operations.read, SID, outputs) == f"{NUMBER} (support): {line}"


def test_the_environment_fills_in_for_the_configuration() -> None:
    """``CARRIERX_TOKEN`` and ``CARRIERX_BASE_URL`` are used if the stack has no such setting."""
    environment = {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": "https://one.example/core/v2/"}
    nothing: dict[str, str] = {}
    access = Settings.of(nothing.get, environment).access(None)
    assert (access.base_url, access.token) == ("https://one.example/core/v2", TOKEN)
    assert access.token_source == "CARRIERX_TOKEN"
    configured = Settings.of({"carrierx:token": "other"}.get, environment).access(None)
    assert (configured.token, configured.token_source) == ("other", "carrierx:token")
    assert TOKEN not in repr((Settings.of(nothing.get, environment), access))


def test_a_read_without_attributes_is_not_taken_for_none() -> None:
    """Nothing is sent after such a read, since the keys of others could be lost."""
    content = json.dumps({"external_did_sid": SID, "phonenumber": NUMBER}).encode()
    outputs = {
        **OUTPUTS,
        "attributes": {"owner": "support"},
        "managed_fields": {"name": True, "attributes": {"owner": True}},
    }
    with answering(200, content) as base_url:
        line = error_of(lifecycle(base_url).update, SID, outputs, INPUTS)
    assert line == (
        f"{NUMBER} (support): CarrierX answered the read (200) with an object without its "
        f"attributes. Check that {base_url} is CarrierX's core API, then run up again."
    )
