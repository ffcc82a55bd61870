"""``pulumi-carrierx orphans``: the numbers that a stack registered and no resource has any more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from carrierx_simulator import SAMPLE_TOKEN, RunningSimulator, running_simulator
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.console_command import answer_command, run_command
from tests.engine.stack import TABLE_PROGRAM, Stack
from tests.waiting import wait_until
from tools.soak.engine_processes import kill, processes_of

pytestmark = pytest.mark.xdist_group("orphans")

KEY = "managed_by"
SUPPORT, SALES = "+46700987654", "+46700987655"
WHO = "pulumi-carrierx orphans: "
WHAT_TO_DO = [
    "Keep it in this stack:  declare it in the program with the name RESOURCE, and run `pulumi up`",
    "Keep it elsewhere:      pulumi-carrierx orphans --disown SID   (only removes the record)",
    "Delete it at CarrierX:  pulumi-carrierx orphans --release SID  (the number may be lost for "
    "good)",
]
DECLARED = {
    "support": {"phonenumber": SUPPORT, "capabilities": 3, "name": "Support SE"},
    "sales": {"phonenumber": SALES, "capabilities": 3, "name": "Sales SE"},
}


def forget(stack: Stack, name: str) -> None:
    """Take a resource out of the state, as ``pulumi state delete`` does, and nothing else."""
    written = json.loads(stack.state_file.read_text(encoding="utf-8"))
    latest = written["checkpoint"]["latest"]
    latest["resources"] = [
        one for one in latest["resources"] if not one["urn"].endswith(f"::{name}")
    ]
    stack.state_file.write_text(json.dumps(written), encoding="utf-8")


def owning_stack(folder: Path, account: Account) -> Stack:
    """A stack that keeps an ownership record, and declares two numbers."""
    access = {"CARRIERX_TOKEN": SAMPLE_TOKEN, "CARRIERX_BASE_URL": account.base_url}
    stack = Stack(folder, {**access, "CARRIERX_DEADLINE_SECONDS": "4"})
    stack.configure("carrierx:ownershipKey", KEY)
    stack.declare(**DECLARED)
    return stack


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """The state that the engine makes of it, and the numbers that are registered then."""
    with running_simulator() as simulator:
        account = Account(simulator)
        stack = owning_stack(tmp_path_factory.mktemp("made"), account)
        assert stack.up().ok
        return stack.state_file.read_text(encoding="utf-8"), account.numbers()


@pytest.fixture
def owning(tmp_path: Path, account: Account, made: tuple[str, dict[str, Any]]) -> Stack:
    """The same stack on this test's account, with its own SIDs; a third number is not its own."""
    stack = owning_stack(tmp_path, account)
    state, numbers = made
    for number, did in numbers.items():
        fields = {name: did[name] for name in ("capabilities", "name", "attributes")}
        sid = account.register(phonenumber=number, **fields)
        state = state.replace(did["external_did_sid"], sid)
    stack.state_file.write_text(state, encoding="utf-8")
    account.register(
        phonenumber="+46700987656", capabilities=3, attributes={KEY: "trial/prod/support"}
    )
    return stack


def test_from_nothing_to_an_orphan_and_back(owning: Stack, account: Account) -> None:
    """A number deleted from the state is listed; an ``up`` that declares it takes it back."""
    # The state was made on another account: nothing is different on this one.
    owning.assert_settled()
    removed = owning.run("state", "delete", owning.resources()["support"]["urn"], "--yes")
    assert removed.ok, removed.output
    sid = account.sid(SUPPORT)
    below = owning.folder / "below"
    below.mkdir()
    listed = [
        "1 number carries trial/dev's ownership record (attributes.managed_by) but is not in its "
        "state:",
        "",
        "NUMBER        SID                                   NAME        RESOURCE",
        f"{SUPPORT}  {sid}  Support SE  support",
        "",
        *WHAT_TO_DO,
    ]
    assert run_command(owning, "orphans", real=True) == (1, listed, [])
    elsewhere = owning.folder.parent
    flags = ("--cwd", str(below), "--stack", "organization/trial/dev")
    assert run_command(owning, "orphans", *flags, folder=elsewhere) == (1, listed, [])
    assert owning.up().ok
    assert owning.resources()["support"]["id"] == sid
    assert run_command(owning, "orphans") == (0, ["No orphans of trial/dev."], [])


def test_disown_keeps_the_number_and_what_others_wrote(owning: Stack, account: Account) -> None:
    """The record goes, other people's attributes stay, and the number is no longer the stack's.

    So it is with what ``retain_on_delete`` left: the engine does not tell a provider of it.
    """
    owning.program(TABLE_PROGRAM.replace("(aliases=", "(retain_on_delete=True, aliases="))
    assert owning.up("--expect-no-changes").ok
    owning.declare(support=DECLARED["support"])
    assert owning.up().ok
    account.change(SUPPORT, attributes={"team": "x", "nested": {"a": [1]}})
    before = account.numbers()[SUPPORT]
    forget(owning, "support")
    sid, other = account.sid(SUPPORT), account.sid(SALES)
    account.calls()
    assert run_command(owning, "orphans", "--disown", sid) == (
        1,
        [
            f"{SUPPORT} (Support SE): the record was removed; the number stays registered "
            f"(SID {sid})."
        ],
        [f"{WHO}1 orphan is left"],
    )
    assert account.calls() == [
        "GET ?limit=1000&offset=0",
        "GET SID",
        'PATCH SID ?nested_objects=replace {"attributes": {"nested": {"a": [1]}, "team": "x"}}',
    ]
    kept = {"team": "x", "nested": {"a": [1]}}
    assert account.numbers()[SUPPORT] == {**before, "attributes": kept}
    assert run_command(owning, "orphans", "--disown", "all")[0] == 0
    assert account.sid(SALES) == other
    assert account.numbers()[SALES]["attributes"] == {}
    assert run_command(owning, "orphans") == (0, ["No orphans of trial/dev."], [])


def test_json_is_for_programs(owning: Stack, account: Account) -> None:
    """The same as JSON on standard output, with what became of each."""
    forget(owning, "support")
    sid = account.sid(SUPPORT)

    def document(outcome: str) -> dict[str, Any]:
        entry = {
            "phonenumber": SUPPORT,
            "external_did_sid": sid,
            "name": "Support SE",
            "resource": "support",
            "account": None,
            "outcome": outcome,
        }
        return {
            "stack": "trial/dev",
            "ownership_key": KEY,
            "pending_operations": 0,
            "orphans": [entry],
        }

    code, output, errors = run_command(owning, "orphans", "--json")
    assert (code, json.loads("\n".join(output)), errors) == (1, document("left"), [])
    code, output, errors = run_command(owning, "orphans", "--json", "--disown", sid)
    assert (code, json.loads("\n".join(output)), errors) == (0, document("disowned"), [])


def test_what_is_no_orphan_is_refused_before_anything_is_changed(
    owning: Stack, account: Account
) -> None:
    """A SID in the state or of another stack is refused by name, and the orphan beside it stays."""
    forget(owning, "support")
    orphan, managed, others = (account.sid(n) for n in (SUPPORT, SALES, "+46700987656"))
    before = account.numbers()
    account.calls()
    for flags in (["--disown", f"{orphan},{managed}"], ["--release", orphan, "--yes"]):
        assert run_command(owning, "orphans", *flags, flags[0], others) == (
            2,
            [],
            [
                f"{WHO}"
                + (f"{managed}, {others} are not orphans" if "," in flags[1] else "")
                + (f"{others} is not an orphan" if "," not in flags[1] else "")
                + " of trial/dev. Nothing was changed. `pulumi-carrierx orphans` lists the orphans "
                "with their SIDs"
            ],
        )
    assert run_command(owning, "orphans", "--release", orphan) == (
        2,
        [],
        [
            f"{WHO}--release deletes at CarrierX and asks first, and there is no terminal to ask "
            "at: add --yes"
        ],
    )
    assert run_command(owning, "orphans", "--release", orphan, "--disown", orphan) == (
        2,
        [],
        [f"{WHO}--disown and --release exclude each other: run one after the other"],
    )
    assert {call.split()[0] for call in account.calls()} == {"GET"}
    assert account.numbers() == before


def test_a_release_at_a_terminal_is_asked_for(owning: Stack, account: Account) -> None:
    """The number is shown before the question; anything but yes releases nothing."""
    forget(owning, "support")
    sid = account.sid(SUPPORT)
    question = (
        "Delete this registration at CarrierX? The number is given back, and may be lost for good. "
        "[y/N]: "
    )
    code, output = answer_command(owning, "n", "orphans", "--release", sid)
    assert code == 1, output
    assert f"{SUPPORT}  {sid}  Support SE  support\n{question}" in output
    assert account.sid(SUPPORT) == sid
    code, output = answer_command(owning, "y", "orphans", "--release", sid)
    assert code == 0, output
    assert output.endswith(
        f"{question}{SUPPORT} (Support SE): released: the registration was deleted at CarrierX "
        f"(SID {sid}).\n"
    )
    assert sorted(account.numbers()) == [SALES, "+46700987656"]


def test_what_a_run_takes_on_before_the_answer_is_kept(owning: Stack, account: Account) -> None:
    """While the question stands, an `up` takes the orphan on: it is no orphan by then."""
    forget(owning, "support")
    sid = account.sid(SUPPORT)
    code, output = answer_command(owning, "y", "orphans", "--release", sid, meanwhile=owning.up)
    assert code == 2, output
    assert f"{WHO}{sid} is not an orphan of trial/dev. Nothing was changed." in output
    assert account.sid(SUPPORT) == sid == owning.resources()["support"]["id"]


def test_another_stacks_state_is_respected(owning: Stack, account: Account) -> None:
    """A resource moved to another stack keeps its record until its next update: no orphan."""
    urn = owning.resources()["support"]["urn"]
    prod = Stack(owning.folder.parent, owning.environment, stack="prod")
    move = prod.run("state", "move", "--source", "dev", "--dest", "prod", "--yes", urn)
    assert move.ok, move.output
    sid = account.sid(SUPPORT)
    assert account.numbers()[SUPPORT]["attributes"] == {KEY: "trial/dev/support"}
    assert run_command(owning, "orphans", "--stack", "dev", "--release", "all", "--yes") == (
        0,
        ["No orphans of trial/dev."],
        [
            f"{WHO}{SUPPORT} (Support SE): not an orphan, though it carries the record of "
            f"trial/dev: SID {sid} is in the state of the stack prod"
        ],
    )
    assert account.sid(SUPPORT) == sid


def test_an_interrupted_create_is_left_to_up(
    owning: Stack, account: Account, simulator: RunningSimulator
) -> None:
    """After a crash its orphan is listed, and is not let go of until its create has ended."""
    number = "+46700987657"
    owning.declare(**DECLARED, late={"phonenumber": number, "capabilities": 3, "name": "Late SE"})
    # No answer comes before the kill, however late that is.
    slow = {"method": "POST", "fault": "slow", "seconds": 600, "when": "after"}
    simulator.set_faults({"faults": [slow]})
    with owning.start("up", "--yes", "--skip-preview") as engine:
        wait_until(lambda: number in account.numbers(), engine)
        engine.kill()
        # What has lost its engine would never end.
        kill(processes_of(engine.pid))
    simulator.clear_faults()

    sid = account.sid(number)
    pending = (
        f"{WHO}the state has 1 pending operation: a run was interrupted, or is in progress. Run "
        "`pulumi up` first, which continues with what the program declares"
    )
    code, output, errors = run_command(owning, "orphans")
    assert (code, errors) == (1, [pending])
    assert f"{number}  {sid}  Late SE  late" in output
    assert run_command(owning, "orphans", "--release", "all", "--yes") == (
        2,
        [],
        [
            pending,
            f'{WHO}{sid} may still be in use: the state has a pending create of "late". Nothing '
            "was changed. Run `pulumi up` first, which finishes it; if the program no longer "
            'declares "late" and no run is in progress, run '
            "`pulumi refresh --clear-pending-creates`",
        ],
    )

    # The program has stopped stating it, so that no `up` takes it on.
    owning.declare(**DECLARED)
    assert owning.run("cancel", "--yes").ok
    assert owning.refresh("--clear-pending-creates").ok
    assert run_command(owning, "orphans", "--release", "all", "--yes")[0] == 0
    assert number not in account.numbers()


def test_what_a_refused_replace_registered_again_is_left_to_up(
    owning: Stack, account: Account, simulator: RunningSimulator
) -> None:
    """It has a SID that no state has, and the program declares it.

    Once the program does not, the engine forgets the resource, and the number is an orphan.
    """
    owning.declare(**{**DECLARED, "support": {**DECLARED["support"], "capabilities": 1}})
    refused = {"method": "POST", "calls": {"first": 1}, "fault": "status", "status": 422}
    simulator.set_faults({"faults": [refused]})
    assert not owning.up().ok
    simulator.clear_faults()
    sid = account.sid(SUPPORT)
    assert owning.resources()["support"]["pendingReplacement"]
    unfinished = (
        f"{WHO}1 number may belong to a replace that has not ended (pendingReplacement). Run "
        "`pulumi up` first, which continues with what the program declares"
    )
    before = account.numbers()
    code, output, errors = run_command(owning, "orphans")
    assert (code, errors) == (1, [unfinished])
    assert f"{SUPPORT}  {sid}  Support SE  support" in output
    for flag in ("--release", "--disown"):
        code, output, errors = run_command(owning, "orphans", flag, "all", "--yes")
        assert (code, output, errors[0]) == (2, [], unfinished)
        assert errors[1].startswith(f"{WHO}{sid} may still be in use: the state has ")
    assert account.numbers() == before

    owning.declare(sales=DECLARED["sales"])
    assert owning.up().ok
    assert run_command(owning, "orphans", "--release", "all", "--yes")[0] == 0
    assert [*account.numbers()] == [SALES, "+46700987656"]


def test_all_configured_accounts_are_looked_at(owning: Stack, account: Account) -> None:
    """A named account has a column of its own, and --account looks at it alone."""
    owning.configure(
        "carrierx:accounts",
        json.dumps({"b": {"token": SAMPLE_TOKEN, "baseUrl": account.base_url}}),
        secret=True,
    )
    forget(owning, "support")
    sid = account.sid(SUPPORT)
    assert run_command(owning, "orphans")[1][3] == f"{SUPPORT}  {sid}  Support SE  support"
    _, output, _ = run_command(owning, "orphans", "--account", "b")
    assert output[2:4] == [
        "NUMBER        SID                                   NAME        RESOURCE  ACCOUNT",
        f"{SUPPORT}  {sid}  Support SE  support   b",
    ]


def test_errors_are_one_line(stack: Stack, tmp_path: Path) -> None:
    """Whatever keeps the command from its answer is told with what to do, and exit code 2."""

    def error(*flags: str, **environment: Any) -> str:
        code, output, (line, *more) = run_command(stack, "orphans", *flags, **environment)
        assert (code, output, more) == (2, [], [])
        return line.removeprefix(WHO)

    stack.configure("carrierx:token", SAMPLE_TOKEN, secret=True)
    assert error() == (
        "trial/dev keeps no ownership record: set carrierx:ownershipKey, by which its numbers can "
        "be recognized"
    )
    stack.configure("carrierx:ownershipKey", KEY)
    assert error("--stack", "organization/other/dev") == (
        "stack organization/other/dev does not belong to project trial: run this in its project "
        "folder, or pass --cwd"
    )
    assert error(PULUMI_CONFIG_PASSPHRASE="wrong") == (
        "the stack's passphrase is missing or wrong: set PULUMI_CONFIG_PASSPHRASE or "
        "PULUMI_CONFIG_PASSPHRASE_FILE"
    )
    assert error(PATH=str(tmp_path)) == (
        "the command `pulumi` is not on PATH, and is needed to read the stack: install Pulumi "
        "(https://www.pulumi.com/docs/install/), or add its folder to PATH"
    )
    assert error(PULUMI_BACKEND_URL="postgres://user:a-password@127.0.0.1:1/db") == (
        'pulumi: unable to open state database "postgres://…@127.0.0.1:1/db": failed to ping '
        "PostgreSQL: dial tcp 127.0.0.1:1: connect: connection refused; check that "
        "PULUMI_BACKEND_URL is right and that what it names exists"
    )
    assert error(without="PULUMI_BACKEND_URL") == (
        "Pulumi has no backend to keep the state in: set PULUMI_BACKEND_URL, or run `pulumi login`"
    )
    (stack.folder / "Pulumi.yaml").write_text("- : [", encoding="utf-8")
    assert error().startswith("pulumi: could not load current project: could not unmarshal ")


def test_errors_of_a_wrong_token_and_of_no_selection(stack: Stack, account: Account) -> None:
    """A wrong token is told as in a run; without a selected stack, the two ways to name one."""
    stack.configure("carrierx:ownershipKey", KEY)
    assert run_command(stack, "orphans", CARRIERX_TOKEN="none-of-the-accounts") == (
        2,
        [],
        [
            f"{WHO}the default account: CarrierX refused the look-up (401): the token is not valid."
            " Check the token in CARRIERX_TOKEN."
        ],
    )
    assert stack.run("stack", "unselect").ok
    assert run_command(stack, "orphans") == (
        2,
        [],
        [
            f"{WHO}no stack is selected: run `pulumi stack select`, or `pulumi stack init` for the "
            "first, or pass --stack"
        ],
    )
    assert account.numbers() == {}
