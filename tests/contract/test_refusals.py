"""Every request that is refused: its status, its entries word for word; and nothing changes."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.contract.conftest import NUMBER, Api, path_of, problems
from tests.contract.test_register import EVERY_FIELD

MESSAGES = {
    400: "Bad Request",
    404: "no item error",
    409: "conflict",
    415: "Unsupported media type",
    422: "object validation error",
    501: "Not Implemented",
}
Request = tuple[str, str, dict[str, Any]]
Case = tuple[Request, int, Sequence[tuple[str | None, str]]]


def register(**fields: object) -> Request:
    body = {"phonenumber": "46700000002", "capabilities": 3, **fields}
    return "POST", "", {"json": body}


def patch(**body: object) -> Request:
    return "PATCH", "/SID", {"json": body}


def put(**body: object) -> Request:
    return "PUT", "/SID", {"json": body}


def listing(**params: object) -> Request:
    return "GET", "", {"params": params}


def messaging(**body: object) -> Request:
    return "POST", "/SID/messaging", {"json": body}


VOICE = "must not contain 4 (voice): External DIDs have no voice"
SUM = "must be a sum of 1, 2, 8 and 16"
URL = "must be an http(s) URL"
E164 = "must be a phone number in E.164 format"
STRING_OR_NULL = "must be a string or null"
NO_FIELD = "is not a field of an External DID"
MASKS = [(0, SUM), (32, SUM), (35, SUM), (-1, VOICE), (4, VOICE), (7, VOICE)]
NO_MASKS = [(value, "must be an integer") for value in (1.5, True, "3", None, [1])]
NUMBERS = ["", "+", "0700987654", "46 70", "++46700987654", "1" * 16, "123456", 46700987654]
URLS = ["", "example.com", "http://", "https:///x", "javascript:alert(1)", "http://a b", 1]

REGISTRATIONS: list[Case] = [
    *((register(capabilities=mask), 422, [("capabilities", s)]) for mask, s in MASKS + NO_MASKS),
    *((register(phonenumber=number), 422, [("phonenumber", E164)]) for number in NUMBERS),
    *((register(callback_url=url), 422, [("callback_url", URL)]) for url in URLS),
    *(
        (register(phonenumber=number), 409, [("phonenumber", "is already registered")])
        for number in (NUMBER, f"+{NUMBER}")
    ),
    (
        ("POST", "", {"json": {}}),
        422,
        [("phonenumber", "is required"), ("capabilities", "is required")],
    ),
    (
        register(
            phonenumber=None,
            capabilities=4,
            name=None,
            callback_url="ftp://example.com",
            attributes=[],
            string_key_1=1,
            string_key_2={},
            underlying_carrier_sid=2,
            status="assigned",
            colour="red",
        ),
        422,
        [
            ("phonenumber", E164),
            ("capabilities", VOICE),
            ("name", "must be a string"),
            ("callback_url", URL),
            ("attributes", "must be an object"),
            ("string_key_1", STRING_OR_NULL),
            ("string_key_2", STRING_OR_NULL),
            ("underlying_carrier_sid", STRING_OR_NULL),
            ("status", "is read-only"),
            ("colour", NO_FIELD),
        ],
    ),
]

ONLY_AGAIN = "cannot be updated; delete the External DID and register it again"
# Python equals True to 1, which are the capabilities.
FIXED = [("capabilities", 3), ("capabilities", True), ("phonenumber", "46700000000")]
FIXED += [("phonenumber", int(NUMBER)), ("underlying_carrier_sid", "x")]
READ_ONLY = [("status", "released"), ("external_did_sid", "x"), ("id", 0), ("lata", "476")]
WRONG = {"attributes": None, "callback_url": "no", "name": None, "string_key_2": 2, "colour": "red"}
OF_WRONG: list[tuple[str | None, str]] = [
    ("attributes", "must be an object"),
    ("callback_url", URL),
    ("name", "must be a string"),
    ("string_key_2", STRING_OR_NULL),
    ("colour", NO_FIELD),
]
UPDATES: list[Case] = [
    *((patch(name="x", **{f: value}), 422, [(f, ONLY_AGAIN)]) for f, value in FIXED),
    *((patch(name="x", **{f: value}), 422, [(f, "is read-only")]) for f, value in READ_ONLY),
    (
        patch(string_key_1="fine", capabilities=27, lata="476", **WRONG),
        422,
        [("capabilities", ONLY_AGAIN), ("lata", "is read-only"), *OF_WRONG],
    ),
    (put(name="x"), 422, [(name, "is required") for name in EVERY_FIELD if name != "name"]),
    (
        put(**{name: None for name in EVERY_FIELD if name not in {"lata", "string_key_1"}} | WRONG),
        422,
        [("lata", "is required"), ("string_key_1", "is required"), *OF_WRONG],
    ),
    *(
        (
            (method, "/SID", {"params": {"nested_objects": value}, "json": {"name": "x"}}),
            400,
            [("nested_objects", "must be replace")],
        )
        for method in ("PATCH", "PUT")
        for value in ("", "merge", "Replace", "true")
    ),
]

ENDS = "must be a whole number from 1 to 1000"
LIMITS = ["0", "1001", "-1", "ten", "", "1.0", "+5", "1_0", "٣"]
FILTERS = {
    "": "expected: field operator value, at: its end",
    "name": "expected: field operator value, at: name",
    "name eq": "expected: field operator value, at: name eq",
    "name eq two words": "conditions are joined by and, at: words",
    'name eq "open': 'expected: field operator value, at: name eq "open',
    'name eq "a"b': 'expected: field operator value, at: name eq "a"b',
    "name eq a or name eq b": "conditions are joined by and, at: or name eq b",
    "not name eq a": "not is not a field of an External DID",
    "(name eq a)": "expected: field operator value, at: (name eq a)",
    "name eq a and": "conditions are joined by and, at: and",
    "name eq a and ": "expected: field operator value, at: its end",
    "name is a": "is is not one of eq, ne, gt, ge, lt, le, like",
    "colour eq red": "colour is not a field of an External DID",
    "name.first eq a": "name has no nested fields",
}
LISTS: list[Case] = [
    *((listing(limit=limit), 400, [("limit", ENDS)]) for limit in LIMITS),
    *((listing(filter=text), 400, [("filter", said)]) for text, said in FILTERS.items()),
    (
        listing(include_fields=""),
        400,
        [("include_fields", "not fields of an External DID: an empty name")],
    ),
    (
        listing(
            limit=0,
            offset=-1,
            order="colour",
            filter="x",
            include_fields="colour",
            page=2,
            exclude_fields=["id", "name"],
        ),
        400,
        [
            ("include_fields", "not fields of an External DID: colour"),
            ("limit", ENDS),
            ("offset", "must be a whole number from 0 up"),
            ("order", "must be a field, a field with asc or desc, or shuffle"),
            ("filter", "expected: field operator value, at: x"),
            ("page", "is not a known query argument"),
            ("exclude_fields", "is given more than once"),
        ],
    ),
    *(
        (listing(**{name: "true"}), 501, [(None, f"the query argument {name} is not simulated")])
        for name in ("with_related", "after", "before")
    ),
]

BOOLEAN = ("enabled", "must be a boolean")
TYPE = ("type", "must be a2p or p2p")
A2P_ONLY = ("campaign_sid", "applies to the type a2p only")
P2P_ONLY = ("p2p_nnid", "applies to the type p2p only")
MESSAGING: list[Case] = [
    (messaging(enabled="true"), 422, [BOOLEAN]),
    (messaging(enabled=None), 422, [BOOLEAN]),
    (messaging(type="sms"), 422, [TYPE]),
    (messaging(type=["a2p"]), 422, [TYPE]),
    (
        messaging(campaign_sid=1, p2p_nnid=[], status="enabled", colour=1),
        422,
        [
            ("campaign_sid", STRING_OR_NULL),
            ("p2p_nnid", STRING_OR_NULL),
            ("status", "is read-only"),
            ("colour", "is not a field of messaging"),
        ],
    ),
    (messaging(type="p2p", campaign_sid="c"), 422, [A2P_ONLY]),
    (messaging(type="a2p", p2p_nnid="n"), 422, [P2P_ONLY]),
    (messaging(campaign_sid="c", p2p_nnid="n"), 422, [A2P_ONLY, P2P_ONLY]),
    (messaging(p2p_nnid="103"), 409, [("p2p_nnid", "does not apply to the type a2p")]),
    *(
        (
            ("POST", "/SID/messaging", {"params": {"force": force}, "json": {}}),
            400,
            [("force", "must be true or false")],
        )
        for force in ("1", "", "yes", "True")
    ),
]

OF_ONE = [(method, "/SID") for method in ("GET", "PATCH", "PUT", "DELETE")]
OF_ONE += [(method, "/SID/messaging") for method in ("GET", "POST")]
# Calls without query arguments, and a misspelt one, which must not merge.
UNKNOWN: list[Case] = [
    (
        (method, path, {"params": {"nested_object": "replace"}, "json": {}}),
        400,
        [("nested_object", "is not a known query argument")],
    )
    for method, path in [("POST", ""), *OF_ONE]
]

# Before the fields: a body that cannot be read as a JSON object.
SYNTAX = "the body is not JSON: syntax error"
DEEP = "the body is not JSON: nested deeper than 100 levels"
OBJECT = "the body must be a JSON object"
NOT_JSON = "Content-Type must be application/json"
BODIES = {
    b"": "a body is required, at least {}",
    b"{": SYNTAX,
    b"{'a': 1}": SYNTAX,
    b'{"a": 1,}': SYNTAX,
    b"\xff\xfe": SYNTAX,
    b'{"name": "\xff"}': SYNTAX,
    b'{"attributes": {"a": NaN}}': SYNTAX,
    b'{"attributes": {"a": -Infinity}}': SYNTAX,
    b'{"attributes": {"a": 1e999}}': SYNTAX,
    b'{"name": "\\ud800"}': SYNTAX,
    b'{"attributes": {"a": ' + b"1" * 5000 + b"}}": SYNTAX,
    b'{"attributes": ' + b'{"a":' * 100 + b"1" + b"}" * 101: DEEP,
    b"[" * 100_000 + b"]" * 100_000: DEEP,
    b"[]": OBJECT,
    b"null": OBJECT,
    b"3": OBJECT,
    b'"text"': OBJECT,
}
TYPES = ["", "text/plain", "text/json", "application/x-www-form-urlencoded", "application/json5"]
WITH_BODY = [("POST", ""), ("PATCH", "/SID"), ("PUT", "/SID"), ("POST", "/SID/messaging")]
NO_JSON: list[Case] = [
    ((method, path, {"content": content, "headers": headers}), status, [(None, said)])
    for method, path in WITH_BODY
    for content, headers, status, said in (
        *((body, {"Content-Type": "application/json"}, 400, text) for body, text in BODIES.items()),
        *((b"{}", {"Content-Type": kind}, 415, NOT_JSON) for kind in TYPES),
        (b"{}", {}, 415, NOT_JSON),
        (b"", {}, 400, BODIES[b""]),
    )
]

# The last four are no UUID.
SIDS = ["e8df62d5-07a3-4189-a67e-87585067c5fe", "x", NUMBER, "%00", "%F0%9F%98%80", "..."]
NO_ITEM: list[Case] = [
    ((method, path.replace("SID", sid), {"json": {}}), 404, [(None, "cannot find item by sid")])
    for sid in SIDS
    for method, path in OF_ONE
]
NO_ITEM += [(("GET", "/SID/messaging", {}), 404, [(None, "cannot find item by sid")])]

CASES = [*REGISTRATIONS, *UPDATES, *LISTS, *MESSAGING, *UNKNOWN, *NO_JSON, *NO_ITEM]


@pytest.mark.parametrize(
    ("request_", "status", "entries"),
    CASES,
    ids=[f"{method}{path}-{i}" for i, ((method, path, _), *_) in enumerate(CASES)],
)
def test_a_refusal_names_every_problem_and_changes_nothing(
    api: Api, request_: Request, status: int, entries: Sequence[tuple[str | None, str]]
) -> None:
    """One response has the documented message, and an entry for each wrong field or argument."""
    made = api.register(capabilities=1)
    method, path, arguments = request_
    path = path.replace("SID", made["external_did_sid"])
    response = api.request(method, f"/external_dids{path}", **arguments)
    assert sorted(problems(response, status), key=str) == sorted(entries, key=str)
    no_json = status == 400 and entries[0][0] is None
    message = "No JSON object could be decoded" if no_json else MESSAGES[status]
    assert response.json()["message"] == message
    assert all(entry["reference_sid"] is None for entry in response.json()["errors"])
    assert api.total() == 1
    assert api.get(path_of(made)).json() == made
    assert api.get(f"{path_of(made)}/messaging").status_code == 404
