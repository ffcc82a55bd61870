"""A pool of numbers: one table, checked as a whole, on the real engine."""

from __future__ import annotations

from pathlib import Path

from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.stack import Stack

SUPPORT, SALES, ALERTS = "+46700987654", "+46700987655", "+46700987656"
OTHER = "+46700987657"

TABLE = f"""\
support:
  phonenumber: "{SUPPORT}"
  capabilities: [receive_sms, send_sms]
  name: Support
  attributes: {{team: care}}
sales:
  phonenumber: {SALES.removeprefix("+")}
  capabilities: 3
"""

OUTSIDE = """\
import pulumi
import pulumi_carrierx as carrierx
import yaml

for label, fields in yaml.safe_load(open("numbers.yaml")).items():
    carrierx.ExternalDID(label, **{**fields, "phonenumber": str(fields["phonenumber"])})
"""

POOL = """\
import pulumi
import pulumi_carrierx as carrierx

pool = carrierx.NumberPool(
    "numbers",
    table="numbers.yaml",
    others=["numbers.yaml", "other.csv"],
    opts=pulumi.ResourceOptions(protect=pulumi.Config().get_bool("protect")),
)
pulumi.export("sids", pool.sids)
"""

MORE_POOLS = f"""
carrierx.NumberPool("one", table={{"a": {{"phonenumber": "{SUPPORT}", "capabilities": 1}}}})
carrierx.NumberPool("two", table="gone.csv")
carrierx.NumberPool("three", table={{"a": {{"phonenumber": "+46700987659", "capabilities": 1}}}})
carrierx.NumberPool("four", table={{"b": {{"phonenumber": "{SALES}", "capabilities": 1}}}})
carrierx.ExternalDID("outside", phonenumber="1", capabilities=3)
carrierx.ExternalDID("sales", phonenumber="+46700987658", capabilities=3)
carrierx.NumberPool("five", table={{"outside": {{"phonenumber": "{OTHER}", "capabilities": 1}}}})
"""

ROWS = f"""
import pulumi
import pulumi_carrierx as carrierx

support = carrierx.ExternalDID("support", phonenumber="{SUPPORT}", capabilities=3)
alerts = carrierx.ExternalDID("alerts", phonenumber="{ALERTS}", capabilities=3)
rows = {{
    "sales": {{
        "phonenumber": pulumi.Output.from_input("{SALES}"),
        "capabilities": support.capabilities,
        "callback_url": pulumi.Config().require_secret("hook"),
        "string_key_1": support.external_did_sid,
    }},
}}
carrierx.NumberPool("numbers", table=rows, opts=pulumi.ResourceOptions(
    depends_on=[alerts], ignore_changes=["name"], retain_on_delete=True,
))
"""

CHILD = "carrierx:index:NumberPool$pulumi-python:dynamic/carrierx:ExternalDID"


def write(stack: Stack, name: str, text: str) -> Path:
    """Write a table beside the program."""
    path = stack.folder / name
    path.write_text(text, encoding="utf-8")
    return path


def errors(output: str) -> list[str]:
    """What the engine said is wrong, one line each."""
    return [line for line in output.splitlines() if line.startswith("error: ")]


def test_numbers_move_into_a_pool_without_a_call(stack: Stack, account: Account) -> None:
    """In another order too, and with another name of the pool; then it protects them."""
    stack.configure("carrierx:ownershipKey", "managed_by")
    write(stack, "numbers.yaml", TABLE)
    write(stack, "other.csv", f"phonenumber,capabilities\n{ALERTS},3\n")
    stack.program(OUTSIDE)
    assert stack.up().ok
    before = account.numbers()
    account.calls()

    stack.program(POOL)
    preview = stack.preview()
    assert preview.output.endswith("Resources:\n    + 1 to create\n    3 unchanged\n")
    run = stack.up()
    assert run.ok, run.output
    assert stack.outputs()["sids"] == {"support": account.sid(SUPPORT), "sales": account.sid(SALES)}
    assert {resource["urn"].split("::")[2] for resource in stack.resources().values()} == {CHILD}

    support, sales = TABLE.split("sales:")
    write(stack, "numbers.yaml", f"sales:{sales}{support}")
    stack.program(POOL.replace('"numbers",', '"all",'))
    stack.configure("protect", "true")
    run = stack.up()
    assert run.ok, run.output
    assert account.calls() == []
    stack.assert_settled()
    assert account.numbers() == before

    write(stack, "numbers.yaml", f"sales:{sales}")
    refused = stack.up()
    assert not refused.ok
    assert 'support" cannot be deleted\nbecause it is protected.' in refused.output
    assert account.numbers() == before


def test_every_mistake_of_a_table_is_told_before_anything_is_sent(
    stack: Stack, account: Account
) -> None:
    """With its file and line, beside those of other pools and of numbers outside of any."""
    stack.configure("carrierx:ownershipKey", "managed_by")
    copy = f"copy: {{phonenumber: '{ALERTS}', attributes: {{managed_by: me}}}}\n"
    write(stack, "numbers.yaml", TABLE.replace("Support", "''") + copy)
    write(stack, "other.csv", f"phonenumber,label\n{ALERTS},alerts\n")
    stack.program(POOL + MORE_POOLS)
    run = stack.up()
    assert not run.ok
    assert errors(run.output)[:-1] == [
        "error: numbers.yaml:4: support: name: must not be empty: leave it out instead",
        "error: numbers.yaml:9: copy: capabilities: is missing: every External DID needs it",
        "error: numbers.yaml:9: copy: attributes.managed_by: is where carrierx:ownershipKey keeps "
        "the number's owner: set another carrierx:ownershipKey, or declare another key; if an "
        "earlier up declared this one, remove it in an up without carrierx:ownershipKey",
        f"error: numbers.yaml:9: copy: phonenumber: {ALERTS} is also in other.csv:2, and a number "
        f"can be registered only once: remove one of them",
        "error: gone.csv: cannot be read: No such file or directory",
        "error: a: label: a is already given: give each number a label of its own",
        f"error: b: phonenumber: sales declares {SALES} too, and a number can be registered only "
        f"once",
        "error: outside: phonenumber: +1 is too short: a phone number has 7 to 15 digits, country "
        "code included",
        "error: sales: the name is also the label of a number in a NumberPool: rename one of them",
        "error: outside: label: is also the name of a number outside of the pool: rename one of "
        "them",
        "error: 10 mistakes in 3 External DIDs and 4 tables: nothing was sent to CarrierX. Fix the "
        "program and the tables and run again.",
    ]
    assert account.calls() == []


def test_a_wrong_table_alone_ends_the_program(stack: Stack, account: Account) -> None:
    """Where no number of the program waits for the verdict; and rows may hold what comes later."""
    write(stack, "numbers.yaml", "support:\n")
    write(stack, "other.csv", "phonenumber\n")
    stack.program(POOL)
    run = stack.up()
    assert not run.ok
    assert errors(run.output)[:-1] == [
        "error: numbers.yaml:1: support: has no fields: write them below the label, indented. "
        "Nothing was sent to CarrierX. Fix the table and run again.",
    ]
    kinds = [resource["type"] for resource in stack.state()["deployment"]["resources"]]
    assert kinds == ["pulumi:pulumi:Stack"]

    stack.program(ROWS)
    stack.configure("hook", "https://example.com/a-hidden-key", secret=True)
    run = stack.up()
    assert run.ok, run.output
    assert account.numbers()[SALES]["callback_url"] == "https://example.com/a-hidden-key"
    assert account.numbers()[SALES]["string_key_1"] == account.sid(SUPPORT)
    assert "a-hidden-key" not in run.output + str(stack.state())
    found = stack.resources()
    assert found["sales"]["retainOnDelete"] is True
    assert found["sales"]["ignoreChanges"] == ["name"]
    assert found["alerts"]["urn"] in found["sales"]["dependencies"]
