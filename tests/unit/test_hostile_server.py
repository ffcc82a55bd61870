"""A server that means harm, or is broken: the token stays, and what it sends ends at a limit."""

import gzip
import json
import time
import tracemalloc
import zlib
from collections.abc import Callable

import anyio
import pytest

from carrierx_api import calls
from carrierx_api.calls import Call
from carrierx_api.errors import (
    NoResponseError,
    TimedOutError,
    UnexpectedResponseError,
    UnprocessableError,
)
from carrierx_api.responses import parse_object, parse_page
from carrierx_api.transport import BODY_LIMIT_BYTES, Response, Transport
from carrierx_provider.core.errors import Subject, error_text
from carrierx_provider.core.settings import Access
from tests.answering_server import Write, answering, raw_server
from tests.unit.outlines import error_of

TOKEN = "a-token-that-must-not-leave"
SID = "ed3a6d9b-13a8-4bd4-a8a1-2e0d3f4a9d11"
NUMBER = "+46700987654"
MIB = 1024 * 1024


def sent(call: Call, base_url: str, timeout_seconds: float = 10.0) -> Response:
    async def run() -> Response:
        transport = Transport(base_url=base_url, token=TOKEN, timeout_seconds=timeout_seconds)
        try:
            return await transport.send(call)
        finally:
            await transport.close()

    return anyio.run(run)


def head(*headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.parametrize("status", ["301", "302", "303", "307", "308"])
def test_a_redirect_is_not_followed(status: str) -> None:
    """The target of a redirect gets no request, so no token."""
    call = calls.register({})
    with raw_server(lambda send: send(head("Content-Length: 0"))) as other:
        elsewhere = other.url() + call.path
        redirect = head(f"Location: {elsewhere}", "Content-Length: 0", status=f"{status} Elsewhere")
        with raw_server(lambda send: send(redirect)) as carrierx:
            response = sent(call, carrierx.url())
        assert len(carrierx.heads) == 1
        assert f"authorization: bearer {TOKEN}".encode() in carrierx.heads[0].lower()
    assert response.status == int(status)
    assert other.heads == []


def test_plain_http_goes_through_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is for this machine alone: a proxy elsewhere would be sent the token in clear.

    So what the environment says of proxies and of certificates cannot disturb it either.
    """
    response = head("Content-Length: 2") + b"{}"
    with raw_server(lambda send: send(response)) as proxy:
        for environment in (
            {"ALL_PROXY": f"http://127.0.0.1:{proxy.port}", "NO_PROXY": ""},
            {"ALL_PROXY": "", "NO_PROXY": "localhost,127.0.0.1,fd07:b51a:cc66:f0::/64"},
            {"ALL_PROXY": "nonsense://", "NO_PROXY": "[", "SSL_CERT_FILE": "/no/such/file"},
        ):
            for variable, value in {**environment, "HTTP_PROXY": environment["ALL_PROXY"]}.items():
                monkeypatch.setenv(variable, value)
                monkeypatch.setenv(variable.lower(), value)
            with raw_server(lambda send: send(response)) as carrierx:
                assert sent(calls.get(SID), carrierx.url()).json() == {}
            assert len(carrierx.heads) == 1
        assert proxy.heads == []


def counting(write: Write) -> tuple[Write, list[int]]:
    """The same response, and the sizes of the pieces that were read of it."""
    read: list[int] = []

    def counted(send: Callable[[bytes], None]) -> None:
        def count(content: bytes) -> None:
            send(content)
            read.append(len(content))

        write(count)

    return counted, read


def without_end(first: bytes, then: bytes) -> Write:
    """A response that begins, and goes on for as long as somebody reads it."""

    def write(send: Callable[[bytes], None]) -> None:
        send(first)
        while True:
            send(then)

    return write


def chunk(content: bytes) -> bytes:
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


ENDLESS_GZIP = gzip.compress(b"[")[:10]
"""The head of a gzip, after which empty stored blocks go on without ever making a byte."""
EMPTY_STORED_BLOCKS = b"\x00\x00\x00\xff\xff" * 20_000

TOO_LONG = {
    "1 GB": without_end(head(f"Content-Length: {10**9}"), b" " * MIB),
    "in chunks": without_end(head("Transfer-Encoding: chunked"), chunk(b" " * MIB)),
    "a gzip of nothing": without_end(
        head("Content-Encoding: gzip", "Connection: close") + ENDLESS_GZIP, EMPTY_STORED_BLOCKS
    ),
    "a refusal": without_end(head("Connection: close", status="422 No"), b" " * MIB),
}


@pytest.mark.parametrize("kind", TOO_LONG)
def test_a_long_response_stops_at_a_limit(kind: str) -> None:
    """1 GB, or no end at all: no more than 32 MiB is read, and the error says so."""
    counted, read = counting(TOO_LONG[kind])
    with raw_server(counted) as server, pytest.raises(UnexpectedResponseError) as caught:
        sent(calls.get(SID), server.url(), timeout_seconds=60.0)

    assert caught.value.message == "more than 32 MiB"
    assert caught.value.status == (422 if kind == "a refusal" else 200)
    assert not caught.value.transient
    # What the two ends of the connection keep for each other comes on top.
    assert BODY_LIMIT_BYTES <= sum(read) < BODY_LIMIT_BYTES + 16 * MIB


def test_a_response_at_the_limit_is_read() -> None:
    """The limit itself is still a response, compressed or not."""
    content = b'"' + b"x" * (BODY_LIMIT_BYTES - 2) + b'"'
    for encoding, body in (("identity", content), ("gzip", gzip.compress(content))):
        with answering(200, body, {"Content-Encoding": encoding}) as base_url:
            assert len(sent(calls.get(SID), base_url, 60.0).json()) == BODY_LIMIT_BYTES - 2
    beyond = gzip.compress(content + b" ")
    with answering(200, beyond, {"Content-Encoding": "gzip"}) as base_url:
        assert error_of(UnexpectedResponseError, sent, calls.get(SID), base_url, 60.0) == (
            "more than 32 MiB"
        )


@pytest.mark.parametrize("size", [0, 65_536, 1_000_003])
def test_a_compressed_response_comes_out_whole(size: int) -> None:
    """Whatever its size, and however it falls into pieces."""
    content = json.dumps("x" * size).encode()
    with answering(200, gzip.compress(content), {"Content-Encoding": "gzip"}) as base_url:
        assert sent(calls.get(SID), base_url).json() == "x" * size


def test_a_gzip_bomb_needs_little_memory() -> None:
    """128 kB that unpack to 128 MB: who is sent them stays below twice the limit."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    zeros = bytes(MIB)
    bomb = b"".join(packer.compress(zeros) for _ in range(128)) + packer.flush()
    assert len(bomb) < 0.2 * MIB
    with answering(200, bomb, {"Content-Encoding": "gzip"}) as base_url:
        tracemalloc.start()
        try:
            assert error_of(UnexpectedResponseError, sent, calls.get(SID), base_url, 60.0) == (
                "more than 32 MiB"
            )
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 2 * BODY_LIMIT_BYTES


@pytest.mark.parametrize(
    ("encoding", "body", "message"),
    [
        ("gzip", b"{}", "a body that is not the gzip it says it is"),
        ("gzip", gzip.compress(b"{}" * 999)[:-9], "a body whose gzip breaks off"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"{}")), "not asked for"),
        ("br", b"{}", "a body in an encoding that was not asked for"),
    ],
    ids=["no gzip", "half a gzip", "twice packed", "another encoding"],
)
def test_a_packing_that_cannot_be_undone_is_an_error(
    encoding: str, body: bytes, message: str
) -> None:
    """Only gzip is asked for, once over; anything else is not unpacked at all."""
    with answering(200, body, {"Content-Encoding": encoding}) as base_url:
        assert message in error_of(UnexpectedResponseError, sent, calls.get(SID), base_url)


INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"

TOO_SLOW = {
    "a body": without_end(head("Connection: close"), b" "),
    "interim responses": without_end(INTERIM, INTERIM * 4000),
    "empty pieces": without_end(
        head("Transfer-Encoding: chunked"), b"1;" + b"x" * 9000 + b"\r\n \r\n"
    ),
}


@pytest.mark.parametrize("kind", TOO_SLOW)
def test_a_response_that_never_ends_stops_in_time(kind: str) -> None:
    """A piece now and then would never be too much, nor too late after the one before."""

    def dripping(send: Callable[[bytes], None]) -> None:
        def drip(content: bytes) -> None:
            time.sleep(0.02)
            send(content)

        TOO_SLOW[kind](drip)

    with raw_server(dripping) as server, pytest.raises(TimedOutError) as caught:
        sent(calls.get(SID), server.url(), timeout_seconds=0.5)
    assert caught.value.message == "no response within 0.5 s"


def test_a_head_without_end_stops_at_a_limit() -> None:
    """The head of a response has a limit of its own, of some 100 kB."""
    counted, read = counting(without_end(head()[:-2], b"X-Many: x\r\n" * 100))
    with raw_server(counted) as server, pytest.raises(NoResponseError) as caught:
        sent(calls.get(SID), server.url())
    assert not isinstance(caught.value, TimedOutError)
    assert caught.value.message == "Receive buffer too long"
    assert sum(read) < 16 * MIB


@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b"NaN", b'{"a": 1e999}', b"1" * 5_000, b"\xff\xfe{}", b""],
    ids=["deep", "NaN", "1e999", "5,000 digits", "no UTF-8", "empty"],
)
def test_what_is_not_json_is_called_that(content: bytes) -> None:
    """Depth that would overflow, and numbers that no state can hold, are a ValueError as well."""
    with pytest.raises(ValueError):  # noqa: PT011 -- its message is not shown
        Response(status=200, content=content).json()


def answered(call: Call, **content: object) -> Response:
    """A 200 with an object that has the call's SID, unless ``content`` has another one."""
    fields = {"external_did_sid": call.external_did_sid or SID, **content}
    return Response(status=200, content=json.dumps(fields).encode())


@pytest.mark.parametrize(
    ("call", "content"),
    [
        (calls.get(SID), {"phonenumber": "46700987655"}),
        (calls.get(SID, ""), {"phonenumber": "46700987655"}),
        (calls.get(SID, NUMBER), {"phonenumber": NUMBER.removeprefix("+")}),
        (calls.get(SID, NUMBER.removeprefix("+")), {"phonenumber": NUMBER}),
        (calls.update(SID, {"name": "x"}, phonenumber=NUMBER), {"name": "x"}),
        (calls.register({"capabilities": 3}), {"phonenumber": NUMBER}),
    ],
    ids=["no number", "empty", "no plus", "plus", "left out", "not said"],
)
def test_an_answer_of_the_object_asked_for_is_taken(call: Call, content: dict[str, str]) -> None:
    """A number in its other spelling, and what is not known on one side."""
    assert parse_object(call, answered(call, **content)).external_did_sid == SID


OTHER_SID = "0f0c2a6e-8d0b-4c5e-9f7a-5d1e2b3c4d5e"
HARMFUL = "+46700987655\x1b[2J\u202e\u3164" + "9" * 1_000_000


@pytest.mark.parametrize(
    ("call", "content", "message"),
    [
        (calls.get(SID), {"external_did_sid": OTHER_SID}, f"SID {OTHER_SID} instead of {SID}"),
        (
            calls.get(SID, NUMBER),
            {"external_did_sid": SID.upper(), "phonenumber": NUMBER},
            f"SID {SID.upper()} instead of {SID}",
        ),
        (
            calls.get(SID, NUMBER),
            {"phonenumber": "46700987655"},
            f"number +46700987655 instead of {NUMBER}",
        ),
        (
            calls.update(SID, {"name": "x"}, phonenumber=NUMBER),
            {"phonenumber": "+46700987655", "name": "x"},
            f"number +46700987655 instead of {NUMBER}",
        ),
        (
            calls.replace(SID, {"name": "x"}, phonenumber=NUMBER),
            {"phonenumber": "+146700987654"},
            f"number +146700987654 instead of {NUMBER}",
        ),
        (
            calls.register({"phonenumber": "46700987654"}),
            {"phonenumber": "+46700987655"},
            "number +46700987655 instead of 46700987654",
        ),
        (calls.get(SID, NUMBER), {"phonenumber": ""}, f"number none instead of {NUMBER}"),
        (
            calls.get(SID, NUMBER),
            {"phonenumber": HARMFUL},
            f"number +46700987655\\x1b[2J\\u202e\\u3164999999999 instead of {NUMBER}",
        ),
    ],
    ids=["SID", "capitals", "number", "PATCH", "PUT", "POST", "empty", "harmful"],
)
def test_an_answer_of_another_object_is_none(
    call: Call, content: dict[str, str], message: str
) -> None:
    """It is not known whether the call took effect; what is shown of the answer is plain."""
    with pytest.raises(UnexpectedResponseError) as caught:
        parse_object(call, answered(call, **content))
    assert caught.value.message == f"another External DID: {message}"
    assert caught.value.effect_unknown
    assert caught.value.transient


@pytest.mark.parametrize("number", [5, None, [NUMBER], {"a": 1}])
def test_a_number_that_is_not_a_text_is_no_number(number: object) -> None:
    """Nor is it the one that was asked for."""
    call = calls.get(SID, NUMBER)
    with pytest.raises(UnexpectedResponseError) as caught:
        parse_object(call, answered(call, phonenumber=number))
    assert caught.value.message == "a body that is not an External DID (phonenumber)"


def test_a_look_up_that_shows_what_its_filter_excludes_is_no_answer() -> None:
    """It does not say that the number is not registered, unless the number is among them.

    What ends in the same digits is let by.
    """

    def found(*numbers: str | None) -> Response:
        items = [
            {"external_did_sid": SID, **({} if number is None else {"phonenumber": number})}
            for number in numbers
        ]
        return Response(status=200, content=json.dumps({"items": items}).encode())

    beside_others = ("46700987655", "46700987654", "46700987656")
    for numbers in ((), (None,), ("146700987654", "46700987654"), beside_others):
        assert len(parse_page(calls.find(NUMBER), found(*numbers)).items) == len(numbers)
    assert parse_page(calls.list_page(), found("46700987655")).items
    with pytest.raises(UnexpectedResponseError) as caught:
        parse_page(calls.find(NUMBER), found("146700987654", "46700987655", None))
    assert caught.value.message == (
        f"another External DID: number +46700987655 instead of {NUMBER}"
    )


def test_a_long_refusal_is_shortened_and_made_plain() -> None:
    """Megabytes of words, and words that a terminal would obey, become one line that is read."""
    entries = [{"field": "name\x1b[2J", "message": "long " * 10_000} for _ in range(100)]
    words = json.dumps({"message": "no", "errors": entries}).encode()
    call = calls.get(SID)
    with answering(422, words) as base_url, pytest.raises(UnprocessableError) as caught:
        parse_object(call, sent(call, base_url))
    access = Access(base_url=base_url, token=TOKEN, token_source="carrierx:token")
    line = error_text(caught.value, Subject("+46700987654", access))
    begin = "+46700987654: CarrierX refused the read (422): name\\x1b[2J: long long"
    assert line.startswith(begin)
    assert line.isprintable()
    assert len(line) < 2_000


def test_the_token_is_not_repeated_after_the_server() -> None:
    """A server, or a proxy that shows what it was sent, puts the token into no error."""
    echo = json.dumps({"message": f"bad header: Bearer {TOKEN}"}).encode()
    with answering(400, echo) as base_url:
        assert sent(calls.get(SID), base_url).json() == {"message": "bad header: Bearer <token>"}
    with raw_server(lambda send: send(f"Bearer {TOKEN}\r\n\r\n".encode())) as server:
        with pytest.raises(NoResponseError) as caught:
            sent(calls.get(SID), server.url())
        assert caught.value.message == "illegal status line: bytearray(b'Bearer <token>')"
