"""Setting fault plans while the simulator runs, and the errors in them, word for word."""

import json
from typing import Any

import httpx
import pytest

from carrierx_simulator import FaultPlan, FaultPlanError, SettingsError, SimulatorSettings, Token
from tests.contract.conftest import Api, problems

KINDS = "status, slow, drop, half_body, html, forget_field, another_object, delay_visibility"
METHODS = "'POST', 'GET', 'PATCH', 'PUT' or 'DELETE'"
FORMS = 'must be "every", {"first": N}, {"nth": N} or {"share": 0.1}'
PATH = "must begin with / or *, and name what is below /core/v2"
WHOLE = "must be a whole number"
BEYOND = "must be less than 1, the number of tokens"

# The second fault of a plan, and its errors.
FAULTS: list[tuple[Any, list[str]]] = [
    (3, [": must be an object, not 3"]),
    ({}, [".fault: is required"]),
    ({"fault": "burn"}, [f'.fault: must be one of {KINDS}, not "burn"']),
    ({"fault": "drop", "seconds": 3}, [".seconds: is not a field"]),
    ({"fault": "status"}, [".status: is required"]),
    ({"fault": "status", "status": 200}, [".status: must be 400 or more, not 200"]),
    ({"fault": "status", "status": 600}, [".status: must be 599 or less, not 600"]),
    ({"fault": "status", "status": True}, [f".status: {WHOLE}, not true"]),
    *(
        ({"fault": "status", "status": 429, "retry_after": value}, lines)
        for value, lines in (
            ("1", ['.retry_after: must be a number, not "1"']),
            (-1, [".retry_after: must be 0 or more, not -1"]),
            ({"d": 1}, [".retry_after.date_in: is required", ".retry_after.d: is not a field"]),
        )
    ),
    ({"fault": "slow"}, [".seconds: is required"]),
    ({"fault": "slow", "seconds": 4000}, [".seconds: must be 3600 or less, not 4000"]),
    ({"fault": "drop", "when": 1}, [".when: must be 'before' or 'after', not 1"]),
    (
        {"fault": "forget_field", "field": "", "when": "before"},
        ['.field: must not be empty, not ""', ".when: must be 'after', not \"before\""],
    ),
    ({"fault": "another_object", "when": "before"}, [".when: must be 'after', not \"before\""]),
    (
        {"fault": "delay_visibility", "reads": 0, "method": "GET"},
        [".method: must be 'POST', not \"GET\"", ".reads: must be 1 or more, not 0"],
    ),
    (
        {"fault": "drop", "method": "get", "phonenumber": "12", "token": -1},
        [
            f'.method: must be {METHODS}, not "get"',
            '.phonenumber: must be a phone number in E.164 format, not "12"',
            ".token: must be 0 or more, not -1",
        ],
    ),
    *(
        ({"fault": "drop", "path": path}, [f'.path: {PATH}, not "{path}"'])
        for path in ("external_dids", "/core/v2/phonenumber/*")
    ),
    *(
        ({"fault": "drop", "calls": calls}, [f".calls{line}"])
        for calls, line in (
            ("all", f': {FORMS}, not "all"'),
            (2, f": {FORMS}, not 2"),
            ({}, f": {FORMS}, not {{}}"),
            ({"last": 1}, f': {FORMS}, not {{"last": 1}}'),
            ({"first": 0}, ".first: must be 1 or more, not 0"),
            ({"nth": 1.5}, f".nth: {WHOLE}, not 1.5"),
            ({"share": 0}, ".share: must be more than 0, not 0"),
            ({"share": 2}, ".share: must be 1 or less, not 2"),
            ({"first": 1, "nth": 2}, ".nth: is not a field"),
        )
    ),
    ({"fault": "drop", "token": 1}, [f".token: {BEYOND}, not 1"]),
]
PLANS: list[tuple[Any, list[str]]] = [
    *(
        ({"faults": [{"fault": "drop"}, fault]}, [f"faults[1]{line}" for line in lines])
        for fault, lines in FAULTS
    ),
    ({"faults": 3}, ["faults: must be a list, not 3"]),
    ({"fault": []}, ["fault: is not a field"]),
    ({"seed": "7"}, [f'seed: {WHOLE}, not "7"']),
    # What is shown of a wrong value ends after sixty characters.
    ({"seed": "x" * 100}, [f'seed: {WHOLE}, not "{"x" * 59}…']),
    (
        {"faults": [{"fault": "drop", "token": 1}], "rate_limits": {"0": 3, "2": 3}},
        [f"faults[0].token: {BEYOND}, not 1", f"rate_limits.2: {BEYOND}"],
    ),
    (
        {"rate_limits": {"first": 3}},
        ['rate_limits.first: must be the position of a token, such as "0", not "first"'],
    ),
    ({"rate_limits": {"0": -3}}, ["rate_limits.0: must be 0 or more, not -3"]),
]


@pytest.mark.parametrize(("given", "lines"), PLANS)
def test_every_error_has_its_line(api: Api, given: Any, lines: list[str]) -> None:
    """A wrong plan is a 422, or a FaultPlanError, with each error; and changes nothing."""
    api.set_faults({"fault": "status", "status": 503})
    response = api.put(f"{api.simulator.origin}/_simulator/faults", json=given)
    assert problems(response, 422) == [(None, line) for line in lines]
    with pytest.raises(FaultPlanError) as caught:
        api.simulator.set_faults(given)
    assert caught.value.problems == tuple(lines)
    assert str(caught.value) == "; ".join(lines)
    assert api.get("/external_dids").status_code == 503


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"", "is not JSON: syntax error at line 1"),
        (b'{\n"faults": [,]}', "is not JSON: syntax error at line 2"),
        (b"\xff", "is not JSON: syntax error"),
        (b"[" * 100_000, "is not JSON: syntax error"),
        (b"[]", "must be a JSON object"),
        (
            b'{"faults": [{"fault": "slow", "seconds": NaN}]}',
            "faults[0].seconds: must be a number, not NaN",
        ),
    ],
)
def test_text_that_is_not_json(api: Api, text: bytes, line: str) -> None:
    """Text that is not a JSON object is an error, with the line where it is known."""
    with pytest.raises(FaultPlanError) as caught:
        FaultPlan.from_json(text)
    assert caught.value.problems == (line,)
    response = api.put(f"{api.simulator.origin}/_simulator/faults", content=text)
    assert problems(response, 422) == [(None, line)]


def test_settings_say_which_token_is_wrong() -> None:
    """Every error has its text: a limit below 0, a token beyond the last; none shows a token."""
    plan = FaultPlan.of({"faults": [{"fault": "drop", "token": 2}], "rate_limits": {"3": 1}})
    token = Token("secret-value", rate_limit=-1)
    with pytest.raises(SettingsError) as caught:
        SimulatorSettings(tokens=(Token("one"), token), faults=plan)
    assert str(caught.value) == (
        "tokens: token 2 has a rate limit of -1; it must be a whole number from 0 up; "
        "faults: faults[0].token: must be less than 2, the number of tokens, not 2; "
        "rate_limits.3: must be less than 2, the number of tokens"
    )
    assert "secret-value" not in repr(token)


PLAN: dict[str, Any] = {
    "seed": 7,
    "faults": [
        {
            "method": "POST",
            "path": "/phonenumber/external_dids",
            "phonenumber": "46700987654",
            "token": 0,
            "calls": {"share": 0.5},
            "fault": "status",
            "status": 429,
            "retry_after": {"date_in": 3},
            "when": "after",
        },
        {"calls": {"nth": 9}, "fault": "html"},
    ],
    "rate_limits": {"0": 50},
}


def test_a_plan_is_set_shown_replaced_and_removed(api: Api, stranger: httpx.Client) -> None:
    """PUT responds as GET and resets the counts; DELETE leaves no faults; no token is needed."""
    url = f"{api.simulator.origin}/_simulator/faults"
    empty = {"plan": {"seed": 0, "faults": []}, "matches": [], "hits": []}
    assert stranger.get(url).json() == empty
    # curl says that a body is a form, unless it is reported otherwise.
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    response = stranger.put(url, content=json.dumps(PLAN), headers=form)
    assert (response.status_code, response.json()) == (
        200,
        {"plan": PLAN, "matches": [0, 0], "hits": [0, 0]},
    )
    api.get("/external_dids")
    assert stranger.get(url).json()["matches"] == [0, 1]
    assert stranger.put(url, json=PLAN).json()["matches"] == [0, 0]
    removed = stranger.delete(url)
    assert (removed.status_code, removed.content) == (204, b"")
    assert stranger.get(url).json() == empty
