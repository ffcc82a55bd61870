"""``pulumi-carrierx adopt`` and ``release``: under management, and out of it, without a write."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from carrierx_provider.pulumi_files.deployment import Deployment, StackError
from carrierx_provider.pulumi_files.stack import PulumiStack
from carrierx_provider.pulumi_files.state_edit import StateChange
from carrierx_simulator import SAMPLE_TOKEN, SimulatorSettings, running_simulator
from carrierx_simulator.state import SimulatorState
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.console_command import answer_command, run_command
from tests.engine.stack import Stack

KEY = "managed_by"
WHO = "pulumi-carrierx adopt: "
PROTECTED = (
    "Until the next `pulumi up` they are protected: a program that does not declare them yet "
    "cannot release them."
)
OTHERS_PROGRAM = (
    f"{WHO}__main__.py already exists and was not changed: make sure that it declares the "
)

KILLED_AT = """\
import os, signal, sys
left = int(sys.argv.pop(1))
def watch(event, arguments):
    global left
    moves = event == "os.rename" and str(arguments[1]).startswith(os.getcwd())
    if moves or (event == "subprocess.Popen" and "import" in arguments[1]):
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
sys.addaudithook(watch)
from carrierx_cli.main import main
main()
"""
"""Runs the command until it is about to write for the n-th time, and kills it then."""

IN_A_GROUP_OF_ITS_OWN = """\
import os
os.setpgid(0, 0)
from carrierx_cli.main import main
main()
"""
"""Runs the command as a terminal does, whose Ctrl-C goes to the whole group."""

INTERRUPTING_PULUMI = """\
#!/bin/sh
case "$*" in
*"stack import"*)
    cat >"$0.stdin"
    kill -INT "-$PPID"
    exec {pulumi} "$@" <"$0.stdin"
    ;;
esac
exec {pulumi} "$@"
"""
"""Presses Ctrl-C once the command has handed over the whole state and waits for the import."""


def resources_in(stack: Stack) -> list[dict[str, Any]]:
    """What the state has."""
    resources: list[dict[str, Any]] = stack.state()["deployment"].get("resources") or []
    return resources


def backup_in(stack: Stack, before: str) -> dict[str, Any]:
    """The last backup of the state."""
    *_, last = sorted(stack.folder.glob(f"trial.dev.before-{before}.*.json"))
    assert last.stat().st_mode & 0o777 == 0o600
    backup: dict[str, Any] = json.loads(last.read_text(encoding="utf-8"))
    return backup


VARIED: list[dict[str, Any]] = [
    {
        "name": "Support Sweden",
        "capabilities": 3,
        "callback_url": "https://example.com/a?b=c&d=%20",
    },
    {"name": "Support Sweden", "capabilities": 27},
    {"name": "Zürich, Büro 2", "attributes": {"team": "care", "tags": ["a", None, 1, 2.5, {}]}},
    {"name": "日本 📞", "attributes": {"日": "本", "deep": {"er": {"st": [], "none": None}}}},
    {"name": 'a "quoted", name', "string_key_1": "", "string_key_2": "=1+1"},
    {"name": "two\nlines", "string_key_1": '"', "string_key_2": "{not json"},
    {"name": " spaces ", "string_key_1": "no", "string_key_2": "1e3"},
    {"string_key_1": "007", "string_key_2": "2024-01-01", "attributes": {}},
    {"attributes": {"": "", "a.b": 1, "yes": True, "<<": {"x": 1.5}, "1": 2**53 - 1}},
    {"capabilities": 16, "underlying_carrier_sid": "7d0bf9a8-8c1d-4a3a-9d0c-6d2a6a3f1b11"},
    {"name": "0123", "phonenumber": "+345901234567890"},
    {"name": ""},
    {"name": "x" * 300, "attributes": {"long": "y" * 3000}},
]
"""Numbers of an account that no program has made."""


def test_a_varied_account_is_adopted_without_a_write(stack: Stack, account: Account) -> None:
    """Numbers of every kind, in YAML; then they are released, and adopted again in CSV."""
    for variable in ("CARRIERX_TOKEN", "CARRIERX_BASE_URL"):
        # A refresh takes the configuration from the provider's entry in the state.
        del stack.environment[variable]
    stack.configure("carrierx:token", SAMPLE_TOKEN, secret=True)
    stack.configure("carrierx:baseUrl", account.base_url)
    stack.configure("carrierx:ownershipKey", KEY)
    program = stack.folder / "__main__.py"
    program.unlink()
    numbers = [f"+467009876{count}" for count in range(50, 50 + len(VARIED))]
    numbers = [str(kind.get("phonenumber", n)) for kind, n in zip(VARIED, numbers, strict=True)]
    for number, kind in zip(numbers, VARIED, strict=True):
        account.register(**{"capabilities": 3, **kind, "phonenumber": number})
    code, lines, errors = run_command(stack, "adopt", "--all", real=True)
    assert (code, errors) == (0, ["Putting 13 numbers into the state."])
    assert lines[0].startswith("Backup of the state: trial.dev.before-adopt.")
    assert lines[1:] == [
        "13 numbers adopted into trial/dev, 13 of them as new rows of numbers.dev.yaml. Nothing "
        "was changed at CarrierX.",
        PROTECTED,
    ]
    assert len(account.requests()) == 1
    stack.assert_settled()
    adopted = stack.resources()
    assert {one["outputs"]["phonenumber"] for one in adopted.values()} == set(numbers)
    assert {"zurich-buro-2", "46700987657", "345901234567890"} <= adopted.keys()
    assert SAMPLE_TOKEN not in json.dumps(stack.state())

    assert run_command(stack, "adopt", "--all") == (
        0,
        ["Nothing to adopt into trial/dev."],
        [f"{WHO}13 numbers are already in this stack's state"],
    )
    code, lines, errors = run_command(stack, "release", "--all", "--yes", real=True)
    assert (code, errors) == (0, [])
    assert lines[1] == "13 numbers taken out of the state of trial/dev."
    assert stack.resources() == {}
    assert backup_in(stack, "release")["deployment"]["resources"][3:] == list(adopted.values())

    program.unlink()
    code, lines, _ = run_command(stack, "adopt", "--all", "--table", "numbers.csv")
    assert code == 0
    assert lines[1].startswith("13 numbers adopted into trial/dev, 13 of them as new rows of num")
    assert stack.resources().keys() == adopted.keys()
    # From here on the program alone says what is protected, and a refresh sees no drift.
    run = stack.up("--refresh", "--expect-no-changes")
    assert run.ok, run.output
    assert "warning" not in run.output
    assert not any(one.get("protect") for one in stack.resources().values())
    assert {method for method, *_ in account.requests()} <= {"GET"}


def test_thousands_are_adopted_with_a_call_for_each_thousand(tmp_path: Path) -> None:
    """2,100 numbers, of which 300 came first: one list call, then three; all are in the state."""
    data = tmp_path / "carrierx.sqlite"
    settings = SimulatorSettings(data=str(data))
    state = SimulatorState(settings)
    for count in range(2_100):
        state.account(token=0).register(
            {
                "phonenumber": str(46700000000 + count),
                "capabilities": 3,
                "name": f"{'First' if count < 300 else 'Later'} {count}",
                "attributes": {"count": count},
            }
        )
    state.storage.close()
    with running_simulator(settings) as simulator:
        account = Account(simulator)
        access = {"CARRIERX_TOKEN": SAMPLE_TOKEN, "CARRIERX_BASE_URL": account.base_url}
        stack = Stack(tmp_path / "workspace", access)
        (stack.folder / "__main__.py").unlink()
        table = ("--table", "numbers.csv")
        code, _, errors = run_command(stack, "adopt", "--filter", 'name like "First%"', *table)
        assert (code, errors) == (0, ["Putting 300 numbers into the state."])
        code, lines, errors = run_command(stack, "adopt", "--all", *table)
        assert (code, errors) == (
            0,
            [
                *(f"Reading from CarrierX: {count},000 numbers so far." for count in (1, 2)),
                f"{WHO}300 numbers are already in this stack's state",
                "Putting 1,800 numbers into the state.",
            ],
        )
        assert lines[1].startswith("1,800 numbers adopted into trial/dev, 1,800 of them as new")
        assert [method for method, *_ in account.requests()] == ["GET"] * 4
        adopted = stack.resources()
        assert adopted["later-2099"]["outputs"]["attributes"] == {"count": 2099}
        assert len({one["id"] for one in adopted.values()}) == 2_100
        rows = (stack.folder / "numbers.csv").read_text(encoding="utf-8").splitlines()
        assert len(rows) == 1 + 2_100


def test_an_adoption_may_be_killed_at_any_step_and_repeated(
    stack: Stack, account: Account, tmp_path: Path
) -> None:
    """Before each of its writes: the state is as it was, and the next run does what was left."""
    program = stack.folder / "__main__.py"
    program.unlink()
    account.register(phonenumber="+46700987654", capabilities=3, name="Support")
    account.register(phonenumber="+46700987655", capabilities=3, name="Sales")
    table = stack.folder / "numbers.dev.yaml"
    before = resources_in(stack)
    # Before the backup, the table, the program, and, since the table is there by then, the state.
    for writes, is_there in {
        "0": (False, False),
        "1": (False, False),
        "2": (True, False),
        "2 again": (True, True),
    }.items():
        killed = (sys.executable, "-c", KILLED_AT, writes[0])
        code, _, _ = run_command(stack, "adopt", "--all", run=killed)
        assert code == -signal.SIGKILL
        assert resources_in(stack) == before
        assert (table.exists(), program.exists()) == is_there
    # A Ctrl-C during the engine's own write does not stop the import.
    standing_in = tmp_path / "stand-in" / "pulumi"
    standing_in.parent.mkdir()
    pulumi = shutil.which("pulumi", path=stack.environment["PATH"])
    standing_in.write_text(INTERRUPTING_PULUMI.format(pulumi=pulumi), encoding="utf-8")
    standing_in.chmod(0o755)
    interrupted = (sys.executable, "-c", IN_A_GROUP_OF_ITS_OWN)
    path = f"{standing_in.parent}:{stack.environment['PATH']}"
    assert run_command(stack, "adopt", "--all", run=interrupted, PATH=path)[0] == 0
    assert standing_in.with_name("pulumi.stdin").exists()
    stack.assert_settled()
    assert {method for method, *_ in account.requests()} <= {"GET"}
    left = sorted(path.name for path in stack.folder.iterdir() if not path.is_dir())
    assert [name for name in left if not name.startswith((".trial", "trial.dev.before-"))] == [
        "Pulumi.dev.yaml",
        "Pulumi.yaml",
        "__main__.py",
        "numbers.dev.yaml",
        "numbers.json",
    ]

    # The reverse: its only write besides the backup is the state.
    adopted = resources_in(stack)
    for step in (0, 1):
        killed = (sys.executable, "-c", KILLED_AT, str(step))
        assert run_command(stack, "release", "--all", "--yes", run=killed)[0] == -signal.SIGKILL
        assert resources_in(stack) == adopted


def test_only_what_is_nobodys_is_adopted(stack: Stack, account: Account, tmp_path: Path) -> None:
    """Numbers of this stack, another, another's record, or against the rules are left out."""
    stack.configure("carrierx:ownershipKey", KEY)
    stack.configure("trial:unrelated", "a secret", secret=True)
    support = account.register(phonenumber="+46700987655", capabilities=3, name="Support")
    mine = (
        "import pulumi\nimport pulumi_carrierx as carrierx\n"
        # Only read here, so no stack manages it yet; the name of the resource is taken.
        f"carrierx.ExternalDID.get('support', '{support}')\n"
        "carrierx.ExternalDID('mine', phonenumber='+46700987650', capabilities=3,\n"
        "    callback_url=pulumi.Output.secret('https://example.com/secret'))\n"
    )
    stack.program(mine)
    assert stack.up().ok
    other = Stack(tmp_path, {**stack.environment}, stack="prod")
    other.program(
        "import pulumi_carrierx as carrierx\n"
        "carrierx.ExternalDID('theirs', phonenumber='+46700987651', capabilities=3)\n"
    )
    assert other.up().ok
    stack.run("stack", "select", "dev")
    stack.program(mine)
    account.register(
        phonenumber="+46700987652", capabilities=3, attributes={KEY: "shop/prod/x", "team": "a"}
    )
    account.register(phonenumber="+46700987653", capabilities=3, attributes={"big": 2**60})
    account.register(phonenumber="+99900987654", capabilities=3)
    ours = account.register(
        phonenumber="+46700987656", capabilities=3, attributes={KEY: "trial/dev/our name"}
    )
    account.register(phonenumber="+46700987657", capabilities=3, callback_url="https://a.example")
    account.calls()
    table = stack.folder / "numbers.dev.yaml"
    by_hand = (
        "# By hand.\n"
        "edited: {phonenumber: 46700987657, capabilities: 3, callback_url: https://b.example}\n"
        "new:\n  phonenumber: '+46700987699'\n  capabilities: 3 # not registered yet"
    )
    table.write_text(by_hand, encoding="utf-8")
    before, there = stack.state(), list(stack.resources())
    assert sorted(there) == ["mine", "support"]
    left_out = [
        f"{WHO}1 number is already in this stack's state",
        f"{WHO}1 number is already in the state of the stack prod, and left there",
        f"{WHO}+46700987652: not adopted: its ownership record names shop/prod/x; "
        "--include-claimed adopts it anyway",
        f"{WHO}+46700987653: not adopted: attributes.big: is an integer beyond 2^53, which the "
        "engine cannot keep exactly: write it as a string",
        f"{WHO}+99900987654: not adopted: phonenumber: +99900987654 does not begin with a country "
        "code",
        f"{WHO}+46700987657: the row edited of numbers.dev.yaml differs from CarrierX "
        "(callback_url): `pulumi preview` will show an update",
        f"{WHO}1 number is in numbers.dev.yaml but not in the stack: `pulumi up` would register "
        "what CarrierX does not have yet",
    ]
    would = "3 numbers would be adopted into trial/dev, 2 of them as new rows of numbers.dev.yaml."
    assert run_command(stack, "adopt", "--all", "--dry-run") == (
        1,
        [f"{would} Nothing was written."],
        left_out,
    )
    code, lines, _ = run_command(stack, "adopt", "--all", "--include-claimed", "--dry-run")
    assert (code, lines[0][:27]) == (1, "4 numbers would be adopted ")
    assert (stack.state(), table.read_text(encoding="utf-8")) == (before, by_hand)

    wanted = stack.folder / "wanted.txt"
    wanted.write_text(
        f"46700987657 # by hand\n\n{support}\n+46700987656\n+4670\n", encoding="utf-8"
    )
    code, _, errors = run_command(stack, "adopt", "--numbers", "wanted.txt")
    assert (code, errors) == (
        1,
        [
            f"{WHO}+4670: not adopted: the account has no such number or SID",
            *left_out[-2:],
            f"{OTHERS_PROGRAM}rows of numbers.dev.yaml before the next `pulumi up`",
            "Putting 3 numbers into the state.",
        ],
    )
    assert table.read_text(encoding="utf-8") == (
        f"{by_hand}\n\n"
        'support-46700987655:\n  phonenumber: "+46700987655"\n'
        "  capabilities: [receive_sms, send_sms]\n"
        "  name: Support\n\n"
        'our name:\n  phonenumber: "+46700987656"\n  capabilities: [receive_sms, send_sms]\n'
        "  name: External DID 102511\n"
    ).replace('"', "'")
    resources = stack.resources()
    assert list(resources) == [*there, "support-46700987655", "our name", "edited"]
    assert resources["our name"]["id"] == ours
    # The program is a person's, and may declare a number in a loop: its URN names no pool.
    assert resources["edited"]["urn"].endswith(
        "::pulumi-python:dynamic/carrierx:ExternalDID::edited"
    )
    assert "NumberPool" not in resources["edited"]["urn"]
    # Encrypted values come through as they were, in the backup and in the state.
    assert backup_in(stack, "adopt") == before
    old = before["deployment"]["resources"]
    shown = json.loads(stack.run("stack", "export", "--show-secrets").output)
    kept = shown["deployment"]["resources"][: len(old)]
    assert json.dumps(kept).count('"plaintext": "\\"https://example.com/secret\\""') == 2
    assert [one["urn"] for one in kept] == [one["urn"] for one in old]
    assert json.dumps(old).count("ciphertext") == json.dumps(kept).count("plaintext")

    # The program does not declare them: the engine refuses to release what is protected.
    refused = stack.up()
    assert not refused.ok
    assert "protected" in refused.output
    assert {method for method, *_ in account.requests()} == {"GET"}


def test_release_asks_and_names_what_stays(stack: Stack, account: Account) -> None:
    """By name, number or SID; what others depend on stays; the answer no leaves all as it is."""
    stack.program(
        "import pulumi_carrierx as carrierx\n"
        "numbers = [\n"
        "    carrierx.ExternalDID(name, phonenumber=f'+4670098765{count}', capabilities=3,\n"
        "        name=name)\n"
        "    for count, name in enumerate(['one', 'two', 'three', 'four'])\n"
        "]\n"
        "carrierx.ExternalDID('five', phonenumber='+46700987659', capabilities=3,\n"
        "    string_key_1=numbers[3].external_did_sid)\n"
    )
    assert stack.up().ok
    account.calls()
    before = stack.state()
    who = "pulumi-carrierx release: "
    sid = account.sid("+46700987652")
    for arguments, line in {
        (): "say which numbers: by name, number or SID, or all with --all",
        ("one", "--all"): "say which numbers: by name, number or SID, or all with --all",
        ("one",): "it asks first, and there is no terminal to ask at: add --yes",
        ("none", "--yes"): "none is not the name, number or SID of an External DID in the state "
        "of trial/dev. Nothing was changed.",
        ("four", "--yes"): "five depends on four. Nothing was changed. Remove the dependency "
        "from the program and run `pulumi up` first",
    }.items():
        assert run_command(stack, "release", *arguments) == (2, [], [who + line])
    question = (
        "Take these 3 numbers out of the state of trial/dev? They stay registered at CarrierX."
    )
    chosen = ("release", "one", "46700987651", sid)
    code, output = answer_command(stack, "n", *chosen)
    assert (code, output.splitlines()) == (
        1,
        [
            "NUMBER        SID                                   NAME   RESOURCE",
            *(
                f"+4670098765{count}  {account.sid(f'+4670098765{count}')}  {name:5}  {name}"
                for count, name in enumerate(["one", "two", "three"])
            ),
            f"{question} [y/N]: ",
        ],
    )
    assert stack.state() == before
    code, output = answer_command(stack, "y", *chosen)
    assert code == 0
    assert output.splitlines()[-3:] == [
        "3 numbers taken out of the state of trial/dev.",
        "They stay registered at CarrierX. Now remove them from the program too:",
        'as long as it declares them, `pulumi up` fails with "already registered".',
    ]
    assert list(stack.resources()) == ["four", "five"]
    assert len(account.numbers()) == 5
    assert account.calls() == []


def test_a_state_that_somebody_else_changes_is_left_alone(
    stack: Stack, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changed since it was read, locked, or with an open operation: one line, and no write."""
    number = {"phonenumber": "+46700987654", "capabilities": 3}
    account.register(phonenumber="+46700987655", capabilities=3)
    for variable, value in stack.environment.items():
        monkeypatch.setenv(variable, value)
    change = StateChange(PulumiStack(str(stack.folder), None))
    stack.declare(mine=number)
    assert stack.up().ok
    before = stack.state()
    with pytest.raises(StackError) as caught:
        change.put(Deployment())
    assert str(caught.value) == (
        "the state of trial/dev has changed since it was read, and was not written: run the "
        "same command again"
    )
    lock = stack.state_file.parents[2] / "locks" / "organization" / "trial" / "dev" / "x.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text("{}", encoding="utf-8")
    locked = (
        "trial/dev is locked: a run is in progress, or a killed run has left its lock. "
        "Nothing was changed in the state. Let the run end; if it was killed, run `pulumi cancel`"
    )
    for arguments in (("adopt", "--all"), ("release", "mine", "--yes")):
        assert run_command(stack, *arguments) == (
            2,
            [],
            [f"pulumi-carrierx {arguments[0]}: {locked}"],
        )
    # The engine's own import would not go past the lock either.
    with pytest.raises(StackError, match="locked by 1 lock"):
        PulumiStack(str(stack.folder), None).import_state(json.dumps(before))
    lock.unlink()
    written = json.loads(stack.state_file.read_text(encoding="utf-8"))
    latest = written["checkpoint"]["latest"]
    latest["pending_operations"] = [{"type": "updating", "resource": latest["resources"][-1]}]
    stack.state_file.write_text(json.dumps(written), encoding="utf-8")
    assert run_command(stack, "adopt", "--all") == (
        2,
        [],
        [
            f"{WHO}the state of trial/dev has pending operations: a run was interrupted, or is in "
            "progress. Nothing was changed. Run `pulumi up` or `pulumi refresh` first"
        ],
    )
    assert not (stack.folder / "numbers.dev.yaml").exists()


def test_what_cannot_be_done_is_said_in_one_line(stack: Stack) -> None:
    """Wrong flags, files and filters: exit code 2, and nothing is written."""
    which = "say which numbers: --all, or --filter FILTER, or --numbers FILE"
    for arguments, line in {
        (): which,
        ("--all", "--numbers", "x"): which,
        ("--numbers", "none.txt"): "none.txt: does not exist",
        (
            "--all",
            "--table",
            "x.json",
        ): "x.json: is neither .csv nor .yaml: give it one of these endings",
        ("--all", "--account", "b"): 'no account "b" in carrierx:accounts (there: none): set it ',
        ("--filter", "name ~ 1"): "the default account: CarrierX refused the look-up (400): ",
        ("--all", "--stack", "x"): 'no stack "x" in project trial: `pulumi stack ls` lists them',
    }.items():
        code, output, errors = run_command(stack, "adopt", *arguments)
        assert (code, output, len(errors)) == (2, [], 1)
        assert errors[0].startswith(WHO + line)
    assert not (stack.folder / "numbers.dev.yaml").exists()
