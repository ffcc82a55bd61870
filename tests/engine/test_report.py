"""``pulumi-carrierx report``: whatever it says happens is what ``up`` then does."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from carrierx_provider.core.json_merge import json_equal
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.console_command import run_command
from tests.engine.stack import Stack
from tests.property.changes import Change, changes

COLLECTION = "/core/v2/phonenumber/external_dids"
CASES = 60
NESTED = {"team": "care", "routing": {"queue": 7, "team": "a"}}
WITHOUT_A_KEY = {"routing": {"queue": 8}}
ALWAYS = [
    Change(
        before={"capabilities": 3, **before},
        drift=drift,
        drift_replaces=False,
        after={"capabilities": 3, **after},
        another_number=False,
    )
    for before, drift, after in (
        ({"attributes": NESTED}, {}, {"attributes": WITHOUT_A_KEY}),
        ({"attributes": NESTED}, {"attributes": {"theirs": 1}}, {"attributes": WITHOUT_A_KEY}),
        ({"attributes": WITHOUT_A_KEY}, {"attributes": {"theirs": 1}}, {"attributes": NESTED}),
        ({"attributes": NESTED, "name": "Support"}, {}, {"name": "Sales"}),
        ({"attributes": NESTED}, {}, {}),
        ({"attributes": NESTED}, {}, {"attributes": {"key": 1}}),
    )
]
"""Lives that take a read first, and ``nested_objects=replace``, whatever else is drawn."""
SECRET_AT_FIRST = (4, 5)
"""Those of them whose attributes are a secret as a whole, and then are not."""
RELEASED, AGAIN, ANOTHER = "released", "released_and_registered_again", "released_for_another"

PROGRAM = """\
import json

import pulumi
import pulumi_carrierx as carrierx
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

with open("numbers.json") as file:
    table = json.load(file)


class LaterProvider(ResourceProvider):
    def create(self, props):
        return CreateResult("later", {**props, "out": 1})

    def diff(self, _id, olds, news):
        return DiffResult(changes=olds["round"] != news["round"])

    def update(self, _id, olds, news):
        return UpdateResult({**news, "out": 1})


class Later(Resource):
    out: pulumi.Output[int]

    def __init__(self):
        super().__init__(LaterProvider(), "later", {"round": table["round"]["number"], "out": None})


later = Later()


def value_of(written):
    if isinstance(written, dict):
        if "$secret" in written:
            return pulumi.Output.secret(written["$secret"])
        if "$later" in written:
            return later.out.apply(lambda _: written["$later"])
        return {key: value_of(inner) for key, inner in written.items()}
    return written


for name, arguments in table["numbers"].items():
    carrierx.ExternalDID(name, **{key: value_of(value) for key, value in arguments.items()})
"""


SPECIAL_PROGRAM = """\
import json
import pulumi
import pulumi_carrierx as carrierx

with open("numbers.json") as file:
    given = json.load(file)["given"]
step, sid = given["step"], given["sid"]


def number(label, first, then=None, after=2, options=None, **inputs):
    last = first if step < after else then or first
    carrierx.ExternalDID(
        label,
        phonenumber=f"+467002000{last:02}",
        **{"capabilities": 3, **inputs},
        opts=pulumi.ResourceOptions(**options or {}),
    )


number("rest", 1, 11, after=1)
number("cut", 2, capabilities=3 if step == 0 else 1)
if step < 2:
    number("kept", 3, options={"retain_on_delete": True})
    number("old", 6, name="Renamed")
else:
    number("new", 6, name="Renamed", adopt_existing=True)
number("turned", 4, 14, options={"delete_before_replace": True})
number("left", 5, 15, options={"retain_on_delete": True})
number("gone", 7, name="Gone")
number("drifted", 8, name="Drifted", attributes={"team": "care"})
carrierx.ExternalDID.get("theirs", sid)
"""


def report(stack: Stack, *flags: str) -> tuple[int, str, list[str]]:
    """Run the command in the stack's folder: exit code, standard output, lines of errors."""
    told = run_command(stack, "report", *flags)
    return told.code, "\n".join(told.lines), told.errors


def number_of(index: int, *, another: bool = False) -> str:
    """The number of a case, and the other one that it may change to."""
    return f"+467001{index + CASES * another:05}"


def written(chance: random.Random, declared: dict[str, Any]) -> dict[str, Any]:
    """Inputs of which some are secrets, and some are known only after ``up``."""

    def wrapped(value: Any) -> Any:
        if isinstance(value, dict) and value and chance.random() < 0.7:
            return {key: wrapped(inner) for key, inner in value.items()}
        if value is None or chance.random() < 0.6:
            return value
        return {chance.choice(("$secret", "$later")): value}

    return {
        # An unknown number would be another one for each preview.
        name: ({"$secret": value} if chance.random() < 0.2 else value)
        if name == "phonenumber"
        else wrapped(value)
        for name, value in declared.items()
    }


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value of a body that is no object, by its path; empty objects too."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    else:
        yield path, value


def disagreement(
    call: dict[str, Any], made: tuple[str, str, dict[str, str], Any], *, drift_is_known: bool
) -> str | None:
    """What a call that was made has other than the report told; None for nothing."""
    _, _, query, body = made
    if call["only_if"] == "registered" and body is not None:
        # Of a take-over only what differs is sent, and nothing that is not said.
        said = dict(leaves(call["body"]))
        more = {path: sent for path, sent in leaves(body) if not json_equal(said.get(path), sent)}
        return f"{more}" if more else None
    if call["after_a_read"] and not drift_is_known:
        return None
    if query != call["query"]:
        return "query"
    not_told = [tuple(path) for path in call["not_told"]]

    def told(path: tuple[str, ...]) -> bool:
        # Up and down: what is not told may be an object, and an object may hold what is not.
        return not any(path[: len(part)] == part or part[: len(path)] == path for part in not_told)

    said = {path: value for path, value in leaves(call["body"]) if told(path)}
    sent = {path: value for path, value in leaves(body) if told(path)}
    if said.keys() == sent.keys() and all(json_equal(said[path], sent[path]) for path in said):
        return None
    return f"{said} {sent}"


def is_alike(call: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether a number has two calls that only their order tells apart."""
    return (call["method"], call["path"]) == (other["method"], other["path"])


def is_meant(
    call: dict[str, Any], made: tuple[str, str, dict[str, str], Any], numbers: set[str]
) -> bool:
    """Whether a call of the report is the one that was made; ``numbers`` are those of its row."""
    method, path, query, body = made
    if (method, path) != (call["method"], f"/core/v2{call['path']}"):
        return False
    if path != COLLECTION:
        return True
    asked = query.get("filter", "").rpartition("%")[2].removesuffix('"')
    return (f"+{asked}" if body is None else body["phonenumber"]) in numbers


def compare(
    reported: list[dict[str, Any]],
    made: Sequence[tuple[str, str, dict[str, str], Any]],
    numbers: dict[str, set[str]],
    *,
    drift_is_known: bool,
) -> list[str]:
    """Each call of the report beside the call that was made: what differs, a line each.

    Args:
        drift_is_known: Whether what a plan reads first is what the state has.
    """
    wrong = []
    # The read before a plain release is not reported: pages of the list may serve it.
    released = {
        ("GET", f"/core/v2{call['path']}")
        for number in reported
        if number["fate"] == "released"
        for call in number["calls"]
    }

    def is_read_for_a_release(one: tuple[str, str, dict[str, str], Any]) -> bool:
        is_page = one[:2] == ("GET", COLLECTION) and "filter" not in one[2]
        return (bool(released) and is_page) or one[:2] in released

    left = [(place, one) for place, one in enumerate(made) if not is_read_for_a_release(one)]
    for number in reported:
        order = []
        for index, call in enumerate(number["calls"]):
            found = [
                entry for entry in left if is_meant(call, entry[1], numbers[number["resource"]])
            ]
            if any(is_alike(call, later) for later in number["calls"][index + 1 :]):
                found = found[:1]
            is_made = call["certain"] and (drift_is_known or not call["after_a_read"])
            if len(found) > 1 or (not found and is_made):
                wrong.append(f"{number['resource']}: {len(found)} of {call}")
            for entry in found:
                left.remove(entry)
                place, one = entry
                order.append(place)
                difference = disagreement(call, one, drift_is_known=drift_is_known)
                if difference:
                    wrong.append(f"{number['resource']}: {call} was {one}: {difference}")
        if order != sorted(order):
            wrong.append(f"{number['resource']}: another order of {number['calls']}")
    return [*wrong, *(f"not reported: {one}" for _, one in left)]


@pytest.mark.parametrize(
    ("merge", "opaque", "drift_is_known"),
    [("shallow", False, True), ("deep", True, False)],
    indirect=["merge"],
)
@settings(
    max_examples=1,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(drawn=st.lists(changes(), min_size=CASES - len(ALWAYS), max_size=CASES - len(ALWAYS)))
def test_what_is_reported_is_what_up_does(
    stack: Stack, account: Account, opaque: bool, drift_is_known: bool, drawn: list[Change]
) -> None:
    """For many random changes the report's calls are those of the ``up``: method, path, body.

    Of what a preview does not tell, a secret or a value that is known only later, the report says
    that it may be, and nothing is sent that it has not said.
    """
    lives = [*ALWAYS, *drawn]
    assume(sum(life.before != life.after for life in lives) > CASES // 2)
    chance = random.Random(7)  # noqa: S311 -- cases, no secrets
    before, after = {}, {}
    for index, life in enumerate(lives):
        name = f"n{index}"
        was = {**life.before, "phonenumber": number_of(index)}
        shall = {**life.after, "phonenumber": number_of(index, another=life.another_number)}
        if opaque and index in SECRET_AT_FIRST:
            was["attributes"] = {"$secret": was["attributes"]}
        elif opaque:
            was, shall = written(chance, was), written(chance, shall)
        if index % 10 != 9:
            before[name] = was
        if index % 10 != 8:
            after[name] = before.get(name) if index % 7 == 6 else shall
    after = {name: inputs for name, inputs in after.items() if inputs is not None}
    numbers = {
        f"n{index}": {number_of(index), number_of(index, another=True)} for index in range(CASES)
    }
    stack.program(PROGRAM)
    stack.declare(round={"number": 1}, numbers=before)
    run = stack.up()
    assert run.ok, run.output
    for index, life in enumerate(lives):
        if life.drift and f"n{index}" in before:
            account.change(number_of(index), replace_attributes=life.drift_replaces, **life.drift)
    if drift_is_known:
        assert stack.refresh().ok
    stack.declare(round={"number": 2}, numbers=after)
    account.requests()

    code, output, errors = report(stack, "--json", "-")
    assert account.requests() == []
    told = json.loads(output)
    assert (code, errors, told["risk"]) == (3, [], "released")
    assert told["counts"]["not_known"] == 0
    assert told["other_resources"] == {"update": 1}
    run = stack.up()
    assert run.ok, run.output

    made = account.requests()
    assert compare(told["numbers"], made, numbers, drift_is_known=drift_is_known) == []
    # What had drifted unseen is repaired by now or by this up; then nothing is left to do.
    assert stack.up("--refresh").ok
    stack.assert_settled()
    uncertain = [c for number in told["numbers"] for c in number["calls"] if not c["certain"]]
    assert bool(uncertain) is opaque
    assert opaque or sum(bool(query) for _, _, query, _ in made) >= 3
    releases = sum(told["counts"][fate] for fate in (RELEASED, AGAIN, ANOTHER))
    certain = [
        call
        for number in told["numbers"]
        for call in number["calls"]
        if call["method"] == "DELETE" and call["certain"]
    ]
    assert len(certain) <= len([one for one in made if one[0] == "DELETE"]) <= releases
    assert told["counts"]["unchanged"] == len(before.keys() & after.keys()) - sum(
        number["fate"] in {"updated", AGAIN, ANOTHER} for number in told["numbers"]
    )


def test_special_lives_are_what_up_makes_of_them(stack: Stack, account: Account) -> None:
    """Options of a resource, runs that were cut off, a rename that adopts, a read, and a drift."""
    numbers = {
        name: {f"+467002000{number:02}" for number in registered}
        for name, registered in {
            "rest": [1, 11], "cut": [2], "kept": [3], "turned": [4, 14], "left": [5, 15],
            "old": [6], "new": [6], "gone": [7], "drifted": [8], "theirs": [99],
        }.items()
    }  # fmt: skip
    sid = account.register(phonenumber="+46700200099", capabilities=3)
    stack.program(SPECIAL_PROGRAM)
    stack.declare(given={"step": 0, "sid": sid})
    assert stack.up().ok
    faults = f"{account.base_url.removesuffix('/core/v2')}/_simulator/faults"
    refusals = [
        {"fault": "status", "status": 403, "method": "DELETE", "phonenumber": "46700200001"},
        {"fault": "status", "status": 422, "method": "POST", "phonenumber": "46700200002"},
    ]
    assert httpx.put(faults, json={"faults": refusals}).is_success
    stack.declare(given={"step": 1, "sid": sid})
    assert not stack.up("--continue-on-error").ok
    assert httpx.delete(faults).is_success

    stack.declare(given={"step": 2, "sid": sid})
    code, output, _ = report(stack, "--json", "-")
    told = json.loads(output)
    account.requests()
    run = stack.up()
    assert run.ok, run.output
    assert compare(told["numbers"], account.requests(), numbers, drift_is_known=True) == []
    assert (code, {number["resource"]: number["fate"] for number in told["numbers"]}) == (
        3,
        {
            "rest": "released",
            "turned": "released_for_another",
            "cut": "registered",
            "left": "registered",
            "new": "registered",
            "kept": "forgotten",
            "old": "forgotten",
            "theirs": "read",
        },
    )
    assert told["counts"]["unchanged"] == 3

    account.change("+46700200008", name="Else", attributes={"theirs": 1})
    account.release("+46700200007")
    code, output, _ = report(stack, "--refresh", "--json", "-", "--fail-on", "released")
    told = json.loads(output)
    account.requests()
    run = stack.up("--refresh")
    assert run.ok, run.output
    made = [one for one in account.requests() if one[0] != "GET"]
    changed = [n for n in told["numbers"] if n["fate"] != "read"]
    assert compare(changed, made, numbers, drift_is_known=True) == []
    assert [(n["resource"], n["fate"], n["only_undoes_drift"]) for n in changed] == [
        ("gone", "registered", True),
        ("drifted", "updated", True),
    ]
    assert code == 0
    assert [
        (one["resource"], one["released"], {v["field"]: v["stated"] for v in one["values"]})
        for one in told["drifted"]
    ] == [("gone", True, {}), ("drifted", False, {"name": True, "attributes.theirs": False})]


def test_what_is_reported_of_an_existing_registration_is_what_up_does(
    stack: Stack, account: Account
) -> None:
    """Cut-off runs with an ownership record, adopt_existing, CARRIERX_ADOPT, and numbers in none.

    The report reads no registration. It has the calls of both cases, and ``up`` makes no others.
    """
    names = ["restored", "reverted", "cut", "same", "asked", "absent", "named", "plain"]
    phonenumbers = {name: f"+46700300{index:03}" for index, name in enumerate(names)}
    declared: dict[str, dict[str, Any]] = {
        name: {
            "phonenumber": number,
            "capabilities": 3,
            "name": name,
            "attributes": {"a": {"b": 1}},
        }
        for name, number in phonenumbers.items()
    }
    stack.configure("carrierx:ownershipKey", "managed_by")
    replaced = {name: declared[name] for name in ("restored", "reverted")}
    stack.declare(**replaced)
    assert stack.up().ok
    assert stack.run("stack", "export", "--file", "before.json").ok
    stack.declare(**replaced, cut={**declared["cut"], "name": "before"}, same=declared["same"])
    assert stack.up().ok
    assert stack.run("stack", "import", "--file", "before.json").ok
    faults = f"{account.base_url.removesuffix('/core/v2')}/_simulator/faults"
    refusals = [
        {"fault": "status", "status": 422, "method": "POST", "calls": {"first": 1},
         "phonenumber": inputs["phonenumber"].removeprefix("+")}
        for inputs in replaced.values()
    ]  # fmt: skip
    assert httpx.put(faults, json={"faults": refusals}).is_success
    stack.declare(**{name: {**inputs, "capabilities": 1} for name, inputs in replaced.items()})
    assert not stack.up("--continue-on-error").ok
    assert httpx.delete(faults).is_success
    for name in ("asked", "named"):
        account.register(
            phonenumber=phonenumbers[name], capabilities=3, attributes={"theirs": 1, "a": {"b": 2}}
        )
    stack.environment["CARRIERX_ADOPT"] = account.sid(phonenumbers["named"])
    declared["restored"]["capabilities"] = 8
    for name in ("asked", "absent"):
        declared[name]["adopt_existing"] = True
    stack.declare(**declared)
    existing = {number: item["external_did_sid"] for number, item in account.numbers().items()}

    account.requests()
    code, output, errors = report(stack, "--json", "-")
    assert (code, errors, account.requests()) == (3, [], [])
    told = json.loads(output)
    run = stack.up()

    assert run.ok, run.output
    made = account.requests()
    # What is gone already is asked for once more before it is believed.
    made = [one for place, one in enumerate(made) if one[0] != "DELETE" or one not in made[:place]]
    for number in told["numbers"]:
        for call in number["calls"]:
            sid = existing.get(number["number"], "none")
            call["path"] = call["path"].replace("{external_did_sid}", sid)
    numbers = {name: {number} for name, number in phonenumbers.items()}
    wrong = compare(told["numbers"], made, numbers, drift_is_known=True)
    assert wrong == [], "\n".join(wrong)
    methods = {
        number["resource"]: [
            method
            for method, path, query, body in made
            if path.endswith(existing.get(number["number"], "none"))
            or number["number"].removeprefix("+") in f"{query} {body}"
        ]
        for number in told["numbers"]
    }
    assert methods == {
        "restored": ["POST", "GET", "DELETE", "POST"],
        "reverted": ["POST", "GET"],
        "cut": ["POST", "GET", "PATCH"],
        "same": ["POST", "GET"],
        "asked": ["GET", "GET", "PATCH"],
        "absent": ["GET", "POST"],
        "named": ["POST", "GET", "GET", "PATCH"],
        "plain": ["POST"],
    }
    assert {number["resource"]: number["fate"] for number in told["numbers"]} == {
        **dict.fromkeys(names, "registered"),
        "restored": AGAIN,
    }
    stack.assert_settled()


def test_a_preview_that_fails_is_never_nothing(stack: Stack, tmp_path: Path) -> None:
    """A program's mistakes end its preview: the report says so, whatever it is to fail on."""
    stack.declare(support={"phonenumber": number_of(1), "capabilities": 4})
    line = "The preview failed: 2 errors; the preview is incomplete; no numbers"
    markdown = str(tmp_path / "report.md")
    code, output, errors = report(stack, "--fail-on", "violated", "--markdown", markdown)
    assert (code, output) == (1, line)
    assert errors[0] == (
        "pulumi-carrierx report: pulumi: support: capabilities: External DIDs never have voice "
        "(bit 4): use receive_sms, send_sms, receive_mms, send_mms. Nothing was sent to CarrierX. "
        "Fix the program and run again."
    )
    assert Path(markdown).read_text(encoding="utf-8").startswith(f"**{line}**\n")
    assert report(stack, "--stack", "prod") == (
        1,
        "",
        ["pulumi-carrierx report: pulumi: no stack named 'prod' found"],
    )


def test_a_file_that_hides_a_module_of_python(stack: Stack) -> None:
    """The engine's own error, whether it comes before the program runs or from the provider."""
    stack.declare(support={"phonenumber": number_of(1), "capabilities": 3})
    (stack.folder / "numbers.py").touch()
    code, output, errors = report(stack)
    assert (code, output[:18]) == (1, "The preview failed")
    # Engines differ in what they add.
    assert errors[0] == (
        "pulumi-carrierx report: pulumi: AttributeError: module 'numbers' has no attribute 'Number'"
    )
    (stack.folder / "token.py").touch()
    # The stacks of these tests otherwise know the packages without asking Python.
    told = run_command(stack, "report", PYTHONPATH="")
    assert (told.code, told.lines) == (1, [])
    assert told.errors == [
        "pulumi-carrierx report: pulumi: failed to discover package requirements: calling `python "
        "-m pip list -v --format json`: exit status 1; `pulumi-carrierx doctor` checks that "
        "Python, and what hides its modules"
    ]
    assert (
        "failed   modules        numbers.py, token.py beside the program hide modules that Pulumi "
        "or pulumi-carrierx imports. Rename them."
    ) in run_command(stack, "doctor").lines
