"""A wrong program, as it reaches a person: one line for each mistake, no traceback, nothing sent.

The texts are in tests/unit, where each mistake is made by itself.
"""

from __future__ import annotations

import pytest

from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.stack import Stack

WRONG = """\
import datetime
import pathlib
import pulumi
import pulumi_carrierx as carrierx

ring = {}
ring["me"] = ring
deep = "x"
for _ in range(200):
    deep = {"k": deep}


def declare(resource_name, **declared):
    return carrierx.ExternalDID(resource_name, **{
        "phonenumber": "+46700987650", "capabilities": 3, **declared})


class Desk(pulumi.ComponentResource):
    def __init__(self, name, kind, number):
        super().__init__(f"shop:index:{kind}", name)
        carrierx.ExternalDID("desk", phonenumber=number, capabilities=3,
                             opts=pulumi.ResourceOptions(parent=self))


right = declare("right")
carrierx.ExternalDID("in a row", "+46700987651", 3)
declare("halves", phonenumber="+46700987652", name="cut \\ud83d", attributes={"\\udc00": "\\udc00"})
declare("ring", phonenumber="+46700987653", attributes=ring, string_key_1=ring)
declare("deep", phonenumber="+46700987654", attributes=deep)
declare("large", phonenumber="+46700987655", attributes={"x": "y" * 2_000_000})
declare("digits", phonenumber=10**5000, capabilities=10**5000, attributes={"n": -10**5000})
declare("keys", phonenumber="+46700987656", attributes={None: 1, (1,): 1, 1: 1, "1": 1})
declare("types", phonenumber=b"1", capabilities={"fax": 1}, name=pathlib.Path("x"),
        attributes={"a.b": {"day": datetime.date(2026, 1, 2), "not": float("nan")}})
declare("url", phonenumber="+46700987657", callback_url="https://example.com:99999/")
declare("two\\nlines", phonenumber="+46700987658", account="a\\nb", **{"x\\ny": 1})
carrierx.ExternalDID.get("path", "../a/b")
declare("twice", phonenumber=46700987650)
Desk("b", "Sales", "+46700987659")
Desk("a", "Care", "+46700987659")
pulumi.export("number", declare("last", phonenumber="").phonenumber)
pulumi.export("sid", right.external_did_sid)
"""

TOLD = [
    "in a row: 2 arguments without a name",
    "in a row: phonenumber: ",
    "in a row: capabilities: ",
    "halves: name: ",
    'halves: attributes["\\udc00"]: ',
    'halves: attributes["\\udc00"]: ',
    "ring: attributes.me: ",
    "ring: string_key_1: ",
    "deep: attributes.k.k.k.k….k.k.k.k: ",
    "large: attributes: ",
    "digits: phonenumber: ",
    "digits: capabilities: ",
    "digits: attributes.n: ",
    "keys: attributes: ",
    "keys: attributes: ",
    "keys: attributes.1: ",
    "types: phonenumber: ",
    "types: capabilities: ",
    "types: name: ",
    'types: attributes["a.b"].day: ',
    'types: attributes["a.b"].not: ',
    "url: callback_url: ",
    "two\\nlines: the resource's name",
    "two\\nlines: x\\ny: ",
    "two\\nlines: account: ",
    "path: sid: ",
    "twice: phonenumber: ",
    "desk: phonenumber: ",
    "last: phonenumber: ",
    "29 ",
]

LATE = """\
import pulumi
import pulumi_carrierx as carrierx


async def awaited():
    return b"hidden"


def declare(**declared):
    carrierx.ExternalDID("late", phonenumber="+46700987651", capabilities=3, **declared)


first = carrierx.ExternalDID("first", phonenumber="+46700987650", capabilities=3)
"""


NUMBER, STACK = "pulumi-python:dynamic/carrierx:ExternalDID", "pulumi:pulumi:Stack (trial-dev)"
UP = ("up", "--yes", "--skip-preview")
UNHANDLED = "error: an unhandled error occurred: program exited with non-zero exit code: 1"
DECLARED = "carrierx.ExternalDID('first', phonenumber='+46700987650', capabilities=3)"


def errors_in(output: str) -> list[str]:
    """The lines that the engine printed as errors, less its own closing one."""
    lines = [line.strip() for line in output.splitlines() if line.strip().startswith("error: ")]
    return [line.removeprefix("error: ") for line in lines if "unhandled error" not in line]


def diagnostics(output: str) -> dict[str, list[str]]:
    """What the engine lists at the end of a run without ``--diff``: each resource's lines.

    Left out is what newer engines add if the program is still running when they end.
    """
    found: dict[str, list[str]] = {}
    output = output.replace("    error: Resource monitor has terminated, shutting down\n", "")
    resource = ""
    listed = output.partition("\nDiagnostics:\n")[2].partition("\nResources:\n")[0]
    for line in filter(None, listed.splitlines()):
        if line.startswith("    "):
            found.setdefault(resource, []).append(line.strip())
        else:
            resource = line.strip().removesuffix(":")
    return found


def test_every_mistake_is_one_line_and_nothing_is_sent(stack: Stack, account: Account) -> None:
    """A program with mistakes of every kind is told them all at once, without a traceback."""
    stack.program(WRONG)
    run = stack.up()
    assert not run.ok
    errors = errors_in(run.output)
    assert [line[: len(start)] for line, start in zip(errors, TOLD, strict=True)] == TOLD
    assert "Traceback" not in run.output
    assert account.calls() == []
    assert stack.resources() == {}


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "declare(attributes={'a': pulumi.Output.secret({'b': 'hidden \\ud83d', 'c': {1}})})",
            ["late: attributes.a.b: ", "late: attributes.a.c: "],
        ),
        ("declare(string_key_1=awaited())", ["late: string_key_1: "]),
        ("first.phonenumber.apply(lambda _: declare(nane='x'))", ["late: nane: "]),
    ],
    ids=["in a secret", "awaited bytes", "in an apply"],
)
def test_what_turns_out_wrong_late_is_told_in_one_line(
    stack: Stack, account: Account, statement: str, told: list[str]
) -> None:
    """What an Output turns out to hold is no traceback, and is not shown if it is a secret."""
    stack.program(f"{LATE}{statement}\n")
    previewed = stack.preview()
    assert not previewed.ok
    errors = "\n".join(errors_in(previewed.output))
    assert all(start in errors for start in told), previewed.output
    assert "Traceback" not in previewed.output
    assert "hidden \\ud" not in previewed.output
    assert account.calls() == []


def test_what_no_preview_can_know_is_checked_before_a_call_about_it(
    stack: Stack, account: Account
) -> None:
    """The output of another resource is wrong: that one is registered, the other never is."""
    stack.program(
        "import pulumi_carrierx as carrierx\n"
        "first = carrierx.ExternalDID('first', phonenumber='+46700987650', capabilities=3)\n"
        "carrierx.ExternalDID('third', phonenumber=first.external_did_sid, capabilities=3)\n"
    )
    run = stack.run(*UP)
    assert not run.ok
    ((resource, (line,)),) = diagnostics(run.output).items()
    assert resource == f"{NUMBER} (third)"
    assert f"'third' has a problem: phonenumber: '{account.sid('+46700987650')}'" in line
    assert [call.split()[0] for call in account.calls()] == ["POST"]


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        (
            DECLARED.replace("=3", "=4"),
            "first: capabilities: External DIDs never have voice (bit 4): use receive_sms, "
            "send_sms, receive_mms, send_mms. Nothing was sent to CarrierX. Fix the program and "
            "run again.",
        ),
        (
            "carrierx.get_external_did(phonenumber='+46700987650')",
            "+46700987650: no External DID of this account has this number.",
        ),
    ],
    ids=["mistake", "look-up"],
)
def test_an_error_of_the_program_is_one_line_and_one_of_the_engine(
    stack: Stack, statement: str, line: str
) -> None:
    """The engine's own, which comes last, says only that the program has ended."""
    stack.program(f"import pulumi_carrierx as carrierx\n{statement}\n")
    run = stack.run("preview")
    assert not run.ok
    assert diagnostics(run.output) == {STACK: [f"error: {line}", UNHANDLED]}


@pytest.mark.parametrize(
    ("token", "line"),
    [
        (
            "",
            "no CarrierX token: set it with `pulumi config set --secret carrierx:token`, or in the "
            "environment as CARRIERX_TOKEN",
        ),
        (
            "wrong",
            "CarrierX refused the registration (401): the token is not valid. Nothing was changed. "
            "Check the token in CARRIERX_TOKEN, then run up again.",
        ),
    ],
    ids=["no token", "refused"],
)
def test_an_error_of_a_number_is_one_line_and_one_of_the_engine(
    stack: Stack, token: str, line: str
) -> None:
    """The engine's own is about the stack; which of the two comes last, is left to chance."""
    stack.program(f"import pulumi_carrierx as carrierx\n{DECLARED}\n")
    stack.environment["CARRIERX_TOKEN"] = token
    run = stack.run(*UP)
    assert not run.ok
    assert diagnostics(run.output) == {
        f"{NUMBER} (first)": [f"error: CarrierXError: +46700987650: {line}"],
        STACK: ["error: update failed"],
    }
