"""The token is nowhere but in CarrierX's ears, and a secret input stays a secret."""

from __future__ import annotations

import json
import re
from pathlib import Path

from carrierx_simulator import SimulatorSettings, Token, running_simulator
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.stack import Stack

TOKEN = "tok-7c1e4f90-never-to-be-seen"
ACCOUNT_TOKEN = "tok-2b8d5a31-never-to-be-seen"
SECRET = "s3cr3t-of-the-callback"
NUMBER = "+46700987654"

PROGRAM = """\
import pulumi
import pulumi_carrierx as carrierx

secret = pulumi.Config().require_secret("callback")
carrierx.ExternalDID(
    "support",
    phonenumber="+46700987654",
    capabilities=3,
    callback_url=secret.apply(lambda value: "https://example.com/?key=" + value),
    attributes={"owner": "support", "password": secret},
)
carrierx.ExternalDID(
    "reseller", phonenumber="+46700987655", capabilities=3, account="reseller-b", name=%s
)
pulumi.export("known", [n.phonenumber for n in carrierx.list_external_dids()])
"""


ONE_ACCOUNT_PROGRAM = """\
import pulumi
import pulumi_carrierx as carrierx

known = [number.phonenumber for number in carrierx.list_external_dids()]
carrierx.ExternalDID(
    "support",
    phonenumber="+46700987654",
    capabilities=3,
    callback_url=pulumi.Config().require_secret("callback").apply(
        lambda value: "https://example.com/?key=" + value
    ),
)
"""

ALL_LOGS = ("--logtostderr", "-v=9")
CONFIGURING = re.compile(
    r"Marshaling property for RPC\[Provider\[\w+\]\.Configure\(\)\.inputs\]: "
    r'value=\{(.*)\}","v":9\}$'
)
"""An older engine's log line of a value that it hands to the provider's Configure."""


def everything_below(folder: Path) -> str:
    """All files of the state backend, the project and Pulumi's home, as one text."""
    return "\n".join(
        path.read_text(encoding="utf-8", errors="replace")
        for path in folder.rglob("*")
        if path.is_file()
    )


def test_tokens_and_secret_inputs_are_nowhere(tmp_path: Path) -> None:
    """Neither state, backend, history, output nor log of any operation holds a token or secret."""
    with (
        running_simulator(SimulatorSettings(tokens=(Token(TOKEN),))) as simulator,
        running_simulator(SimulatorSettings(tokens=(Token(ACCOUNT_TOKEN),))) as other,
    ):
        account = Account(simulator)
        stack = Stack(tmp_path, {})
        stack.configure("carrierx:token", TOKEN, secret=True)
        stack.configure("carrierx:baseUrl", simulator.base_url)
        accounts = {"reseller-b": {"token": ACCOUNT_TOKEN, "baseUrl": other.base_url}}
        stack.configure("carrierx:accounts", json.dumps(accounts), secret=True)
        stack.configure("callback", SECRET, secret=True)
        stack.program(PROGRAM % "None")
        printed = [stack.preview().output, stack.up("--logtostderr", "-v=3").output]
        account.change(NUMBER, attributes={"password": "guessed"}, callback_url=None)
        stack.program(PROGRAM % "'renamed'")
        last = [stack.refresh(), stack.up()]
        assert all(run.ok for run in last), [run.output for run in last]
        live = account.numbers()[NUMBER]
        assert live["attributes"]["password"] == SECRET
        assert live["callback_url"] == f"https://example.com/?key={SECRET}"
        printed += [run.output for run in last]
        printed.append(stack.run("stack", "export").output)
        state = stack.state()
        stack.configure("carrierx:token", TOKEN + "-wrong", secret=True)
        refused = stack.preview()
        assert "error: list_external_dids: CarrierX refused the look-up (401)" in refused.output
        assert "Check the token in carrierx:token, then run up again." in refused.output
        printed.append(refused.output)
        printed.append(everything_below(tmp_path))

    assert "+46700987655" in "".join(printed)
    for hidden in (TOKEN, ACCOUNT_TOKEN, SECRET):
        assert hidden not in "\n".join(printed)
    providers = {
        resource["inputs"]["__provider"]
        for resource in state["deployment"]["resources"]
        if "__provider" in (resource.get("inputs") or {})
    }
    assert len(providers) == 1
    assert TOKEN not in str(providers)


def test_the_most_talkative_logs(tmp_path: Path) -> None:
    """At CARRIERX_LOG=debug and -v=9 no line of ours has the token; of an older engine's, one may.

    That one, of Configure, is about the stack's configuration: a token from the environment is
    nowhere at all.
    """
    calls = tmp_path / "calls.log"
    with running_simulator(SimulatorSettings(tokens=(Token(TOKEN),))) as simulator:
        stack = Stack(
            tmp_path,
            {
                "CARRIERX_BASE_URL": simulator.base_url,
                "CARRIERX_LOG": "debug",
                "CARRIERX_LOG_FILE": str(calls),
            },
        )
        stack.configure("carrierx:token", TOKEN, secret=True)
        stack.configure("callback", SECRET, secret=True)
        stack.program(ONE_ACCOUNT_PROGRAM)
        runs = [run(*ALL_LOGS) for run in (stack.up, stack.refresh, stack.destroy)]
        assert stack.run("config", "rm", "carrierx:token").ok
        from_environment = stack.up(*ALL_LOGS, environment={"CARRIERX_TOKEN": TOKEN})
    assert from_environment.ok, from_environment.output[-2000:]
    assert TOKEN not in from_environment.output
    assert all(run.ok for run in runs), [run.output[-2000:] for run in runs]
    for run in runs:
        assert '"v":9}' in run.output
        shown = [line for line in run.output.splitlines() if TOKEN in line]
        assert all(CONFIGURING.search(line) for line in shown), shown
        assert len(shown) <= 1
        # Secret inputs: the engine's log lines of this level alone.
        of_inputs = [line for line in run.output.splitlines() if SECRET in line]
        assert all(line.endswith('"v":9}') for line in of_inputs), of_inputs
    assert TOKEN not in everything_below(tmp_path)
    assert SECRET not in everything_below(tmp_path)
    logged = [line.split()[2] for line in calls.read_text(encoding="utf-8").splitlines()]
    assert logged == ["GET", "POST", "GET", "GET", "DELETE", "GET", "POST"]


def test_a_preview_without_calls_needs_no_token(tmp_path: Path) -> None:
    """Check and diff ask for nothing: a preview runs without token and without network."""
    with running_simulator(SimulatorSettings(tokens=(Token(TOKEN),))) as simulator:
        stack = Stack(tmp_path, {"CARRIERX_BASE_URL": simulator.base_url})
        base = {"phonenumber": NUMBER, "capabilities": 3}
        stack.declare(support=base)
        assert stack.up(environment={"CARRIERX_TOKEN": TOKEN}).ok
    stack.declare(support={**base, "capabilities": 1, "attributes": {"a": 1}})

    previewed = stack.preview()

    assert previewed.ok, previewed.output
    assert "+-1 to replace" in previewed.output
