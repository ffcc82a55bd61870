"""Setting fault plans while the simulator runs, and the errors in them, word for word."""

import json
from typing import Any

import httpx
import pytest

from carrierx_simulator import (
    FaultPlan,
    FaultPlanError,
    RunningSimulator,
    SettingsError,
    SimulatorSettings,
    Token,
)
from tests.contract.conftest import Api, problems

KINDS = "status, slow, drop, half_body, html, forget_field, delay_visibility"
FORMS = '"every", {"first": N}, {"nth": N} or {"share": 0.1}'

# The value of "faults", and the lines less that word.
FAULTS: list[tuple[Any, list[str]]] = [
    (3, [": must be a list, not 3"]),
    ([3], ["[0]: must be an object, not 3"]),
    ([{}], ["[0].fault: is required"]),
    ([{"fault": "burn"}], [f'[0].fault: must be one of {KINDS}, not "burn"']),
    ([{"fault": "drop"}, {"fault": "drop", "seconds": 3}], ["[1].seconds: is not a field"]),
    ([{"fault": "status"}], ["[0].status: is required"]),
    (
        [{"fault": "status", "status": status} for status in (200, 600, True)],
        [
            "[0].status: must be 400 or more, not 200",
            "[1].status: must be 599 or less, not 600",
            "[2].status: must be a whole number, not true",
        ],
    ),
    (
        [{"fault": "status", "status": 429, "retry_after": x} for x in ("1", -1, {"date": 1})],
        [
            '[0].retry_after: must be a number, not "1"',
            "[1].retry_after: must be 0 or more, not -1",
            "[2].retry_after.date_in: is required",
            "[2].retry_after.date: is not a field",
        ],
    ),
    (
        [{"fault": "slow"}, {"fault": "slow", "seconds": 4000}],
        ["[0].seconds: is required", "[1].seconds: must be 3600 or less, not 4000"],
    ),
    (
        [{"fault": "drop", "when": "during"}],
        ["[0].when: must be 'before' or 'after', not \"during\""],
    ),
    (
        [{"fault": "forget_field", "field": "", "when": "before"}],
        ['[0].field: must not be empty, not ""', "[0].when: must be 'after', not \"before\""],
    ),
    (
        [{"fault": "delay_visibility", "reads": 0, "method": "GET"}],
        ["[0].method: must be 'POST', not \"GET\"", "[0].reads: must be 1 or more, not 0"],
    ),
    (
        [{"fault": "drop", "method": "get", "phonenumber": "12", "token": -1}],
        [
            "[0].method: must be 'POST', 'GET', 'PATCH', 'PUT' or 'DELETE', not \"get\"",
            '[0].phonenumber: must be a phone number in E.164 format, not "12"',
            "[0].token: must be 0 or more, not -1",
        ],
    ),
    *(
        (
            [{"fault": "drop", "path": path}],
            [f'[0].path: must begin with / or *, and name what is below /core/v2, not "{path}"'],
        )
        for path in ("external_dids", "/core/v2/phonenumber/*")
    ),
    (
        [{"fault": "drop", "calls": calls} for calls in ("all", 2, {}, {"last": 1})],
        [
            f"[{place}].calls: must be {FORMS}, not {shown}"
            for place, shown in enumerate(('"all"', "2", "{}", '{"last": 1}'))
        ],
    ),
    (
        [
            {"fault": "drop", "calls": calls}
            for calls in ({"first": 0}, {"nth": 1.5}, {"share": 0}, {"share": 2})
        ],
        [
            "[0].calls.first: must be 1 or more, not 0",
            "[1].calls.nth: must be a whole number, not 1.5",
            "[2].calls.share: must be more than 0, not 0",
            "[3].calls.share: must be 1 or less, not 2",
        ],
    ),
    ([{"fault": "drop", "calls": {"first": 1, "nth": 2}}], ["[0].calls.nth: is not a field"]),
]
MISTAKES: list[tuple[Any, list[str]]] = [
    *(({"faults": faults}, [f"faults{line}" for line in lines]) for faults, lines in FAULTS),
    ({"fault": []}, ["fault: is not a field"]),
    ({"seed": "7"}, ['seed: must be a whole number, not "7"']),
    (
        {"faults": [{"fault": "drop", "token": 1}], "rate_limits": {"0": 3, "2": 3}},
        [
            "faults[0].token: must be less than 1, the number of tokens, not 1",
            "rate_limits.2: must be less than 1, the number of tokens",
        ],
    ),
    (
        {"rate_limits": {"first": 3}},
        ['rate_limits.first: must be the position of a token, such as "0", not "first"'],
    ),
    ({"rate_limits": {"0": -3}}, ["rate_limits.0: must be 0 or more, not -3"]),
    ([], ["must be a JSON object"]),
]


@pytest.mark.parametrize(("given", "lines"), MISTAKES)
def test_every_error_has_its_line(api: Api, given: Any, lines: list[str]) -> None:
    """A wrong plan is a 422 with one entry for each error, and changes nothing."""
    api.set_faults({"fault": "status", "status": 503})
    response = api.put(f"{api.simulator.origin}/_simulator/faults", json=given)
    assert problems(response, 422) == [(None, line) for line in lines]
    assert api.get("/external_dids").status_code == 503


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"", "is not JSON: syntax error at line 1"),
        (b'{\n"faults": [,]}', "is not JSON: syntax error at line 2"),
        (b"\xff", "is not JSON: syntax error"),
        (b"[" * 100_000, "is not JSON: syntax error"),
        (b'{"faults": [{"fault": "slow", "seconds": NaN}]}', None),
    ],
)
def test_text_that_is_not_json(text: bytes, line: str | None) -> None:
    """Text that is not JSON is an error, with the line where it is known."""
    with pytest.raises(FaultPlanError) as caught:
        FaultPlan.from_json(text)
    assert caught.value.problems == (line or "faults[0].seconds: must be a number, not NaN",)


def test_a_long_value_is_cut_short() -> None:
    """What is shown of a wrong value ends after sixty characters."""
    with pytest.raises(FaultPlanError) as caught:
        FaultPlan.of({"seed": "x" * 100})
    assert str(caught.value) == f'seed: must be a whole number, not "{"x" * 59}…'


def test_settings_refuse_a_plan_for_tokens_that_are_not_there() -> None:
    """A plan that speaks of a token beyond the last is refused with the settings."""
    plan = FaultPlan.of({"faults": [{"fault": "drop", "token": 2}], "rate_limits": {"3": 1}})
    with pytest.raises(SettingsError) as caught:
        SimulatorSettings(tokens=(Token("one"), Token("two")), faults=plan)
    assert str(caught.value) == (
        "faults: faults[0].token: must be less than 2, the number of tokens, not 2; "
        "rate_limits.3: must be less than 2, the number of tokens"
    )


def test_set_faults_refuses_a_wrong_plan(simulator: RunningSimulator) -> None:
    """In process a wrong plan is a FaultPlanError with every error."""
    with pytest.raises(FaultPlanError) as caught:
        simulator.set_faults({"faults": [{"fault": "drop", "token": 1}]})
    assert caught.value.problems == (
        "faults[0].token: must be less than 1, the number of tokens, not 1",
    )


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
    assert stranger.post(url, json=PLAN).headers["allow"] == "GET, PUT, DELETE"
